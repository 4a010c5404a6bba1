"""Runs named steps one after another, whatever fails, and counts what passed: the machinery under tests/run.

A step is a command. What it counts is read from its output: our own last line `N passed, N failed`, GoogleTest's
totals, lines of TAP, or, for a command that says none of these, its exit status.
"""

import os
import re
import selectors
import signal
import subprocess
import time

OURS = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)
GTEST_PASSED = re.compile(r"\[  PASSED  \] (\d+) tests?\.")
GTEST_FAILED = re.compile(r"\[  FAILED  \] (\d+) tests?, listed below:")
TAP_PASSED = re.compile(r"^ok \d+", re.M)
TAP_FAILED = re.compile(r"^not ok \d+", re.M)
HEARTBEAT_SECONDS = 60
TAIL_LINES = 60


def count(output, status):
    """Returns (passed, failed) of one finished step."""
    ours = OURS.findall(output)
    if ours:
        passed, failed = (int(number) for number in ours[-1])
    else:
        passed = sum(int(number) for number in GTEST_PASSED.findall(output))
        failed = sum(int(number) for number in GTEST_FAILED.findall(output))
        passed += len(TAP_PASSED.findall(output))
        failed += len(TAP_FAILED.findall(output))
        if passed + failed == 0:
            passed = 1 if status == 0 else 0
    if status != 0 and failed == 0:
        failed = 1  # it ended before it could count
    return passed, failed


class Steps:
    """Runs steps and remembers their totals."""

    def __init__(self, root, log_directory):
        self.root = root
        self.log_directory = log_directory
        self.passed = 0
        self.failed = 0
        self.failed_names = []
        log_directory.mkdir(parents=True, exist_ok=True)

    def run(self, name, command, seconds, environment=None):
        """Runs one step with a time limit; returns whether it passed."""
        began = time.monotonic()
        log = self.log_directory / f"{name.replace(' ', '-')}.log"
        status = self._execute(name, command, seconds, environment or {}, log, began)
        output = log.read_text(errors="replace")
        passed, failed = count(output, status)
        self.passed += passed
        self.failed += failed
        spent = time.monotonic() - began
        print(
            f"{'ok    ' if failed == 0 else 'FAILED'} {name:<28} {spent:7.1f} s   {passed} passed, {failed} failed",
            flush=True,
        )
        if failed:
            self.failed_names.append(name)
            print("\n".join(f"    | {line}" for line in output.splitlines()[-TAIL_LINES:]))
            print(f"    Whole output: {log.relative_to(self.root)}", flush=True)
        return failed == 0

    def skip(self, name, why):
        """Counts a step that cannot run as failed: nothing is left out in silence."""
        self.failed += 1
        self.failed_names.append(name)
        print(f"FAILED {name:<28}          not run: {why}", flush=True)

    def _execute(self, name, command, seconds, environment, log, began):
        with open(log, "wb") as out:
            process = subprocess.Popen(
                command,
                cwd=self.root,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **environment},
            )
            last_line = self._copy(name, process, out, began, seconds)
            if last_line is None:
                os.killpg(process.pid, signal.SIGKILL)  # our own process group
                out.write(f"\nstopped: it took more than {seconds} s\n".encode())
            return process.wait()

    def _copy(self, name, process, out, began, seconds):
        """Copies output to the log until it ends; None when the time is over. Says now and then that it lives."""
        selector = selectors.DefaultSelector()
        selector.register(process.stdout, selectors.EVENT_READ)
        spoke = time.monotonic()
        last = b""
        while True:
            now = time.monotonic()
            if now - began > seconds:
                return None
            if now - spoke > HEARTBEAT_SECONDS:
                spoke = now
                print(
                    f"       {name}: {now - began:.0f} s: {last.decode(errors='replace')[:100]}", flush=True
                )
            if not selector.select(timeout=min(5, HEARTBEAT_SECONDS)):
                continue
            data = os.read(process.stdout.fileno(), 65536)
            if not data:
                return last
            out.write(data)
            lines = [line for line in data.splitlines() if line.strip()]
            last = lines[-1] if lines else last
