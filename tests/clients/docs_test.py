#!/usr/bin/python3
"""Follows the pages of docs/clients to the letter: their server, their practice, their commands, their output.

    docs_test.py --bin DIR [TEST...]

The clients are buf, @grpc/grpc-js and Debian's grpcio, each from the shipped protos alone. What they did is read back
from the server's log.
"""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import unittest

import pages

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

import e2e  # noqa: E402
import server as server_module  # noqa: E402

DOCS = ROOT / "docs" / "clients"
PREPARATION = "README.md"  # what every page starts from
PAGE_SECONDS = 300  # a build with sanitizers on two busy cores

# What every page must have done, each call with the outcome it has when the flow is right.
WHOLE_FLOW = {
    ("AssignmentService.AssignExercise", "OK"),
    ("ConsentService.AcknowledgeLimits", "OK"),
    ("AssignmentService.GetForm", "OK"),
    ("ResponseService.SaveDraft", "OK"),
    ("SafetyService.ListFlags", "OK"),
    ("SafetyService.AcknowledgeFlag", "OK"),
    ("ResponseService.SubmitResponse", "OK"),
    ("ResponseService.AccessResponse", "NOT_FOUND"),
    ("ConsentService.GrantConsent", "OK"),
    ("ResponseService.AccessResponse", "OK"),
    ("ConsentService.WithdrawConsent", "OK"),
    ("SessionService.SignOut", "OK"),
    ("SessionService.GetSession", "UNAUTHENTICATED"),
}


def read_page(name):
    return pages.parse(f"docs/clients/{name}", (DOCS / name).read_text())


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class PageServer(server_module.Server):
    """Is the server that the page says to start."""

    def __init__(self, variables):
        super().__init__(variables["BIN"], pathlib.Path(variables["TRIAL"]) / "data")
        self.variables = [f"{name}={value}" for name, value in variables.items()]

    def command(self):
        page = read_page(PREPARATION)
        return ["env", "-C", str(ROOT), *self.variables, "bash", "-euc", page.server_command()]

    def kill(self):
        """Ends the whole group: the shell of the page and the server in it."""
        if self.running():
            os.killpg(self.process.pid, signal.SIGKILL)
        if self.process:
            self.process.wait()

    def calls(self):
        """Returns (Service.Method, code) of every call that the log of an ended server tells of."""
        events = iter(lambda: self._events.get(timeout=server_module.STOP_SECONDS), None)
        calls = [event for event in events if event.get("event") == "call"]
        return {(".".join(call["method"].split(".")[-2:]), call["code"]) for call in calls}


class Reader:
    """Is somebody who follows the pages: a home directory, a server, and one shell."""

    def __init__(self, home, address):
        self.home = home
        trial = home / "trial"
        trial.mkdir(mode=0o700)
        binaries = e2e.Options.binaries.resolve()
        self.variables = {"BIN": str(binaries), "ADDRESS": address, "TRIAL": str(trial)}
        self.server = PageServer(self.variables)

    def _environment(self):
        """Holds nothing of whoever runs the tests but where programs lie and what sanitizers are told."""
        kept = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
        reader = {"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        return {**kept, **reader, **self.variables}

    def follow(self, *names):
        """Runs the preparation and the named pages in one shell; raises PageWrong unless all is as said."""
        sitting = []  # each page with the file of what it prints
        lines = []
        for number, name in enumerate((PREPARATION, *names)):
            page, script = read_page(name), self.home / f"{number}-{name}"
            sitting.append((page, script.with_suffix(".out")))
            script.write_text(page.script())
            lines.append(f". {script} >{script.with_suffix('.out')}")
        complaints, status = self._run("\n".join(lines))
        for page, printed in sitting:
            try:
                pages.compare(page, printed.read_text() if printed.exists() else "")
            except pages.PageWrong as wrong:
                raise pages.PageWrong(f"{wrong}\nThe shell ended with {status}:\n{complaints}") from None
        if status != 0:
            raise pages.PageWrong(f"the shell ended with {status}:\n{complaints}")

    def _run(self, script):
        """Runs a script in the root of the repository; returns what it complained of and its status."""
        with subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=ROOT,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as shell:
            try:
                complaints = shell.communicate(timeout=PAGE_SECONDS)[1]
            except subprocess.TimeoutExpired:
                os.killpg(shell.pid, signal.SIGKILL)
                complaints = f"{shell.communicate()[1]}\nstopped: it took more than {PAGE_SECONDS} s"
        return complaints[-4000:], shell.returncode


class PagesTest(unittest.TestCase):
    """Follows each page as its reader does, on a practice of its own."""

    def follow(self, *names, unix=False):
        """Follows pages; returns the calls that the server says it answered."""
        directory = server_module.temporary_data()
        self.addCleanup(directory.cleanup)
        home = pathlib.Path(directory.name)
        reader = Reader(home, f"unix:{home}/api.sock" if unix else f"127.0.0.1:{free_port()}")
        self.addCleanup(reader.server.kill)
        reader.server.start()
        reader.follow(*names)
        self.assertEqual(reader.server.stop(), 0, reader.server.last_words())
        return reader.server.calls()

    def check_flow(self, calls, more=()):
        self.assertEqual({*WHOLE_FLOW, *more} - calls, set(), "calls that the page never made")

    def test_buf_curl(self):
        self.check_flow(self.follow("buf-curl.md"))

    def test_grpc_js(self):
        self.check_flow(self.follow("grpc-js.md"), [("SafetyService.WatchFlags", "CANCELLED")])

    def test_grpcio(self):
        self.check_flow(self.follow("grpcio.md"), [("SafetyService.WatchFlags", "CANCELLED")])

    def test_one_after_the_other_in_one_practice_over_a_unix_socket(self):
        self.follow("grpc-js.md", "grpcio.md", "grpc-js.md", unix=True)

    def test_every_page_is_followed(self):
        followed = {PREPARATION, "buf-curl.md", "grpc-js.md", "grpcio.md"}
        self.assertEqual({path.name for path in DOCS.glob("*.md")}, followed)


class ReadingTest(unittest.TestCase):
    """Checks that a page which is wrong is found wrong."""

    PAGE = "Text\n\n```sh\necho one\n```\n\n```text\none\ntwo ... four\n```\n"

    def compare(self, printed, text=PAGE):
        pages.compare(pages.parse("a.md", text), printed)

    def test_what_the_page_says_passes(self):
        self.compare("one\ntwo three four\n")

    def test_a_line_that_differs_is_found_with_its_place(self):
        with self.assertRaisesRegex(pages.PageWrong, "a.md:8: the page says `one`, and printed was `One`"):
            self.compare("One\ntwo three four\n")

    def test_dots_stand_for_part_of_one_line_only(self):
        for printed in ("one\ntwo three\n", "one\ntwo\nfour\n", "one\ntwo three four five\n"):
            with self.subTest(printed), self.assertRaisesRegex(pages.PageWrong, "a.md:9"):
                self.compare(printed)

    def test_output_that_ends_early_or_goes_on_is_found(self):
        with self.assertRaisesRegex(pages.PageWrong, "a.md:9: .* nothing more"):
            self.compare("one\n")
        with self.assertRaisesRegex(pages.PageWrong, "printed after everything the page says: `five`"):
            self.compare("one\ntwo three four\nfive\n")

    def test_a_block_that_nothing_would_run_is_refused(self):
        for fence in ("", "bash", "json", "sh title"):
            with self.subTest(fence), self.assertRaisesRegex(pages.PageWrong, "a.md:1: a block"):
                pages.parse("a.md", f"```{fence}\nx\n```\n")
        with self.assertRaisesRegex(pages.PageWrong, "without an end"):
            pages.parse("a.md", "```sh\necho\n")

    def test_the_script_keeps_the_line_numbers_of_the_page(self):
        self.assertEqual(pages.parse("a.md", self.PAGE).script().splitlines()[3], "echo one")


if __name__ == "__main__":
    e2e.main()
