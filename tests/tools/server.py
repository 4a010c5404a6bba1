"""Starts, watches, stops and kills one mendworkd for the demo and the tests. Waits on its log, never on the clock."""

import json
import os
import pathlib
import queue
import signal
import subprocess
import tempfile
import threading
import time

CATALOG = pathlib.Path(__file__).resolve().parents[2] / "service" / "catalog"

# A build with sanitizers on two busy cores takes its time to start.
START_SECONDS = 120
STOP_SECONDS = 60


class ServerDied(Exception):
    """Says that the process ended before it served, with its last words."""


class Server:
    """Is one server process over one data directory. Sockets lie in the directory, so keep its path short."""

    def __init__(self, binaries, data, sockets=None, listen=None, arguments=(), prefix=(), catalog=CATALOG):
        self.binaries = pathlib.Path(binaries)
        self.data = pathlib.Path(data)
        sockets = sockets or self.data  # where the two sockets lie
        self.listen = listen or f"unix:{sockets}/api.sock"
        self.admin_listen = f"unix:{sockets}/admin.sock"
        self.arguments = ["--catalog", str(catalog), *arguments]
        self.prefix = list(prefix)  # a program that runs the server, such as setpriv
        self.process = None
        self.log = []  # every line of this start
        self._events = queue.Queue()

    def command(self):
        return [
            *self.prefix,
            str(self.binaries / "mendworkd"),
            "--data",
            str(self.data),
            "--listen",
            self.listen,
            "--admin-listen",
            self.admin_listen,
            *self.arguments,
        ]

    def start(self, wait=True):
        """Starts the process and, if asked to, waits until it serves."""
        self.log = []
        self._events = queue.Queue()
        self.process = subprocess.Popen(
            self.command(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        reader = threading.Thread(
            target=self._read_log, args=(self.process, self.log, self._events), daemon=True
        )
        reader.start()
        if wait:
            self.wait_until_serving()
        return self

    @staticmethod
    def _read_log(process, log, events):
        with process.stderr:
            for line in process.stderr:
                log.append(line.rstrip("\n"))
                try:
                    event = json.loads(line)
                except ValueError:
                    continue
                if isinstance(event, dict):
                    events.put(event)
        events.put(None)  # the process has closed its log: it is over

    def wait_for_event(self, name, seconds):
        """Waits for one event of the structured log; raises ServerDied when the process ends before."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                event = self._events.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise ServerDied(f"no '{name}' within {seconds} s:\n{self.last_words()}") from None
            if event is None:
                status = self.process.wait()
                raise ServerDied(f"mendworkd ended with status {status}:\n{self.last_words()}")
            if event.get("event") == name:
                return event

    def wait_until_serving(self):
        return self.wait_for_event("serving", START_SECONDS)

    def wait_until_ended(self, seconds=STOP_SECONDS):
        """Waits for the process to end by itself; returns its exit status."""
        return self.process.wait(timeout=seconds)

    def last_words(self, lines=30):
        return "\n".join(self.log[-lines:])

    def running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """Asks it to drain and end; returns the exit status."""
        if not self.running():
            return self.process.returncode if self.process else 0
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerDied(
                f"mendworkd did not stop within {STOP_SECONDS} s:\n{self.last_words()}"
            ) from None

    def kill(self):
        """Kills it as a power cut would end it."""
        if self.running():
            os.kill(self.process.pid, signal.SIGKILL)
        if self.process:
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.kill()


def temporary_data():
    """Makes a data directory that goes away with its `with` block. Its path is short, for the sockets in it."""
    return tempfile.TemporaryDirectory(prefix="mend", dir="/tmp", ignore_cleanup_errors=True)


def wait_until(what, condition, seconds, pause_seconds=0.1):
    """Polls until condition() is true; returns its value. Raises AssertionError when the time is over."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        pause.wait(pause_seconds)
