#!/usr/bin/python3
"""Plays the demo against the binaries under test, twice on the same data, and tries what it must refuse."""

import pathlib
import socket
import subprocess
import sys
import unittest

import e2e
import server as server_module

SECONDS = 600


class Demo(unittest.TestCase):
    """Runs deploy/demo/stage.py as deploy/quickstart does."""

    def setUp(self):
        directory = server_module.temporary_data()
        self.addCleanup(directory.cleanup)
        self.data = pathlib.Path(directory.name) / "d"

    def stage(self, *arguments, data=None):
        return subprocess.run(
            [
                sys.executable,
                "-B",
                e2e.ROOT / "deploy" / "demo" / "stage.py",
                "--bin",
                e2e.Options.binaries,
                "--data",
                data or self.data,
                "--once",
                *(arguments or ("--port", "0")),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
        )

    def test_plays_twice_on_the_same_data(self):
        for round_number in (1, 2):
            with self.subTest(round=round_number):
                done = self.stage()
                self.assertEqual(done.returncode, 0, f"{done.stdout[-4000:]}\n{done.stderr[-2000:]}")
                self.assertRegex(done.stdout, r"All \d+ claims of this story held\.")
                self.assertNotIn("\n   NO  ", done.stdout)
        self.assertEqual((self.data / "demo-people.json").stat().st_mode & 0o777, 0o600)
        self.assertFalse((self.data / "demo-pids.json").exists())

    def test_refuses_a_directory_with_another_practice(self):
        with server_module.Server(e2e.Options.binaries, self.data).start() as server:
            self.assertEqual(server.stop(), 0)
        done = self.stage()
        self.assertEqual(done.returncode, 1)
        self.assertIn("another practice", done.stderr)
        self.assertIn("--data", done.stderr)

    def test_refuses_a_port_that_is_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            done = self.stage("--port", str(port))
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(port), done.stderr)
        self.assertIn("--port", done.stderr)
        self.assertFalse(self.data.exists(), "it touched the directory")

    def test_refuses_a_path_too_long_for_sockets(self):
        done = self.stage(data=self.data / ("long" * 30))
        self.assertEqual(done.returncode, 1)
        self.assertIn("--data", done.stderr)


if __name__ == "__main__":
    e2e.main()
