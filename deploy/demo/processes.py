"""The two processes of the demo: mendworkd and the record system. Started so that they outlive this program."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time

from server import wait_until

START_SECONDS = 120
STOP_SECONDS = 60


class DemoError(Exception):
    """Says in one text what went wrong and what to do."""


def free_ports(count):
    """Picks ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def require_free_port(port, what):
    with socket.socket() as probe:
        # As servers do, so that connections of an earlier run that still linger do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise DemoError(
                f"Port {port} of 127.0.0.1, which {what} would use, is taken ({error.strerror}). "
                "Choose another with --port N."
            ) from None


def listens(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """Is one process of the demo, with its log in a file."""

    def __init__(self, name, command, log, port):
        self.name = name
        self.command = [str(part) for part in command]
        self.log = pathlib.Path(log)
        self.port = port
        self.process = None

    def start(self):
        with open(self.log, "ab") as out:
            # A session of its own: a Ctrl-C in the terminal of the demo is handled here, and stops it in order.
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        try:
            wait_until(f"{self.name} listens on port {self.port}", self._ready, START_SECONDS)
        except AssertionError as late:
            self.stop()
            raise DemoError(f"{late}. Its log is {self.log}:\n{self.tail()}") from None
        return self

    def _ready(self):
        if self.process.poll() is not None:
            raise DemoError(
                f"{self.name} ended at once with status {self.process.returncode}. "
                f"Its log is {self.log}; it says:\n{self.tail()}"
            )
        return listens(self.port)

    def tail(self, lines=15):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        """Asks it to end, waits, and returns its exit status."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise DemoError(
                f"{self.name} (pid {self.pid}) did not stop within {STOP_SECONDS} s and was killed. "
                f"Its log is {self.log}"
            ) from None


def is_running(pid, program):
    """Says whether a process is alive and is that program."""
    try:
        return program in pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0")[0]
    except OSError:
        return False


class Mendctl:
    """Runs mendctl as an administrator at this machine would, and reads its JSON."""

    def __init__(self, binaries, data):
        self.command = [
            str(binaries / "mendctl"),
            "--server",
            f"unix:{data}/admin.sock",
            "--session-file",
            str(data / "demo-session"),
            "--json",
        ]

    def run(self, *arguments, text=""):
        """Runs one command; secrets go through standard input, never on the command line."""
        done = subprocess.run(
            [*self.command, *arguments],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=START_SECONDS,
        )
        if done.returncode != 0:
            raise DemoError(
                f"mendctl {' '.join(arguments)} failed with status {done.returncode}:\n{done.stderr.strip()}"
            )
        return json.loads(done.stdout or "{}")


def write_private(path, text):
    """Writes a file that only its owner can read."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)


def wait_until_healthy(mendctl, plugin, seconds=60):
    """Waits until a plugin answers its probe; says what is wrong when it does not."""
    deadline = time.monotonic() + seconds
    shown = {}

    def healthy():
        shown.update(mendctl.run("plugin", "show", plugin))
        return shown.get("healthy")

    try:
        wait_until("the plugin answers", healthy, max(0, deadline - time.monotonic()), pause_seconds=0.3)
    except AssertionError:
        raise DemoError(
            f"The plugin did not get healthy within {seconds} s: "
            f"{shown.get('healthMessage') or shown.get('state')}"
        ) from None
