#!/usr/bin/python3
"""Runs the example plugin in Python as a practice would: registered with mendctl, in its sandbox, against a real
endpoint; killed between effect and answer; and taken back."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import unittest

import e2e

sys.path.insert(0, str(e2e.ROOT / "tests" / "plugins"))

import kit  # noqa: E402
from kit import Delivery  # noqa: E402
from server import wait_until  # noqa: E402


class PythonPlugin(kit.PluginTest):
    """Gives all tests one worklist and the plugin that keeps it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.worklist = kit.Worklist()
        cls.addClassCleanup(cls.worklist.stop)
        settings = cls.home / "config.json"
        settings.write_text(json.dumps({"baseUrl": cls.worklist.url, "timeoutSeconds": 30}))
        registered = cls.mendctl("plugin", "register", str(kit.example_package()), "--yes")
        cls.plugin = registered["name"]
        port = str(cls.worklist.port)
        cls.mendctl(
            *("plugin", "grant", cls.plugin, "--data-class", "ids", "--data-class", "scores"),
            *("--egress", f"127.0.0.1:{port}"),
        )
        cls.mendctl("plugin", "configure", cls.plugin, "--file", str(settings))
        cls.mendctl("plugin", "enable", cls.plugin)

    def setUp(self):
        self.link(self.plugin)
        wait_until("the plugin is healthy", lambda: self.shown(self.plugin).get("healthy"), kit.SECONDS)
        self.seen = len(self.worklist.requests())

    def released(self):
        """Hands a response in, consents, and releases it; returns the consent and the release."""
        response = self.submit()
        consent = self.consent(response, self.plugin)
        return consent, self.release(response, self.plugin)

    def new_requests(self):
        return self.worklist.requests()[self.seen :]

    def test_delivers_once_what_was_granted(self):
        self.released()
        self.wait_for(self.plugin, Delivery.STATE_DELIVERED)
        ((method, path, entry),) = self.new_requests()
        self.assertEqual(method, "PUT")
        self.assertRegex(path, r"^/worklist/released/[a-z0-9-]{26,64}$")
        self.assertEqual(entry["status"], "active")
        self.assertEqual(entry["chart"], {"system": kit.CHART_SYSTEM, "value": kit.CHART})
        self.assertNotIn("energy", json.dumps(entry), "answers were not granted")
        self.assertNotIn(kit.CHART, "\n".join(self.server.log))

    def test_killed_between_effect_and_answer(self):
        self.worklist.hold(True)
        self.addCleanup(self.worklist.hold, False)
        self.released()
        wait_until("the request arrived", self.new_requests, kit.SECONDS)
        (pid,) = self.plugin_pids()
        os.kill(pid, signal.SIGKILL)
        self.worklist.hold(False)
        delivery = self.wait_for(self.plugin, Delivery.STATE_DELIVERED)
        self.assertGreaterEqual(delivery.attempt_count, 2)
        requests = self.new_requests()
        self.assertGreaterEqual(len(requests), 2, "it was tried again")
        self.assertEqual(len({json.dumps(each) for each in requests}), 1, "to one effect")
        self.assertNotIn(pid, self.plugin_pids())

    def test_withdrawal_takes_the_entry_back(self):
        consent, _ = self.released()
        self.wait_for(self.plugin, Delivery.STATE_DELIVERED)
        path = self.new_requests()[0][1]
        self.one.call("ConsentService.WithdrawConsent", name=consent)
        self.wait_for(self.plugin, Delivery.STATE_DELIVERED, Delivery.KIND_RELEASE_REVOKED)
        self.assertEqual(self.worklist.entries()[path], {"status": "entered-in-error"})

    def test_refuses_a_configuration_field_by_field(self):
        settings = self.home / "wrong.json"
        url = "https://practice.example/w"
        for wrong, field, words in (
            ({"baseUrl": "http://practice.example/w"}, "baseUrl", "https only"),
            ({"baseUrl": "https://user:word@practice.example/w"}, "baseUrl", "without user"),
            ({"baseUrl": url, "timeoutSeconds": 0}, "timeoutSeconds", "from 1 to 30"),
            ({"baseUrl": url, "extra": 1}, "extra", "no such field"),
            ([1], "", "not a JSON object"),
        ):
            with self.subTest(wrong):
                settings.write_text(json.dumps(wrong))
                with self.assertRaises(kit.Refused) as refused:
                    self.mendctl("plugin", "configure", self.plugin, "--file", str(settings))
                (violation,) = refused.exception.error["fieldViolations"]
                self.assertTrue(violation["field"].endswith(field), violation)
                self.assertIn(words, violation["description"])

    def test_is_confined_to_what_it_needs(self):
        (pid,) = self.plugin_pids()
        process = pathlib.Path(f"/proc/{pid}")
        status = (process / "status").read_text()
        self.assertRegex(status, r"NoNewPrivs:\s1")
        self.assertRegex(status, r"Seccomp:\s2")
        self.assertRegex(status, r"CapEff:\s0+\n")
        self.assertIn(b"python3", (process / "cmdline").read_bytes())
        variables = {each.split(b"=")[0] for each in (process / "environ").read_bytes().split(b"\0") if each}
        self.assertTrue(all(each.startswith(b"MENDWORK_") for each in variables), variables)

    def test_changed_bytes_do_not_run(self):
        package = self.home / "changed"
        package.mkdir()
        for each in kit.example_package().iterdir():
            (package / each.name).write_bytes(each.read_bytes())
            (package / each.name).chmod(each.stat().st_mode)
        self.mendctl("plugin", "register", str(package), "--yes")
        self.mendctl("plugin", "enable", self.plugin)
        wait_until("the copy is healthy", lambda: self.shown(self.plugin).get("healthy"), kit.SECONDS)
        self.mendctl("plugin", "disable", self.plugin)
        program = package / "mendwork-example-python"
        program.write_bytes(program.read_bytes() + b"\n")
        self.mendctl("plugin", "enable", self.plugin)
        wait_until(
            "mendctl says that it is not the registered one",
            lambda: "not the one that was registered" in self.shown(self.plugin).get("healthMessage", ""),
            kit.SECONDS,
        )
        self.assertEqual(self.plugin_pids(), [])
        self.mendctl("plugin", "register", str(kit.example_package()), "--yes")
        self.mendctl("plugin", "enable", self.plugin)


class ByHand(unittest.TestCase):
    """Starts the program as somebody would who did not read about it."""

    def test_explains_itself(self):
        program = kit.example_package() / "mendwork-example-python"
        done = subprocess.run([program], capture_output=True, text=True, check=False, timeout=60, env={})
        self.assertEqual(done.returncode, 64)
        self.assertEqual(done.stdout, "")
        self.assertIn("mendctl", done.stderr)


if __name__ == "__main__":
    e2e.main()
