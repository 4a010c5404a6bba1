#!/usr/bin/python3
"""Runs a plugin that means no good beside one that is in order, in every way we could think of: the server stays up
and answers, the good plugin's deliveries arrive exactly once, what becomes of the bad one's can be read with mendctl,
nothing it was told comes out, and nothing of it is left when it is switched off."""

import dataclasses
import json
import sys

import e2e

sys.path.insert(0, str(e2e.ROOT / "tests" / "plugins"))

import kit  # noqa: E402
from kit import Delivery, admin  # noqa: E402
from server import wait_until  # noqa: E402

PROMPT_SECONDS = 30.0  # for a call that takes milliseconds: sanitizers, two busy cores
CALL_SECONDS = 60  # how long the host waits for a Deliver
GIVEN_UP_SECONDS = 400  # eight starts with doubling pauses
STOP_SECONDS = 30
PENDING, DELIVERED, DEAD = Delivery.STATE_PENDING, Delivery.STATE_DELIVERED, Delivery.STATE_DEAD


@dataclasses.dataclass
class Bad:
    """Is one bad plugin that is registered."""

    mode: str
    id: str
    name: str
    before: set  # the processes of plugins before it was switched on


class BadPluginTest(kit.PluginTest):
    """Gives all tests of a class a good plugin, the Python example, and its worklist."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.count = 0
        cls.worklist = kit.Worklist()
        cls.addClassCleanup(cls.worklist.stop)
        cls.good = cls.register(kit.example_package()).name
        cls.grant(
            cls.good, [admin.DATA_CLASS_IDS, admin.DATA_CLASS_SCORES], [f"127.0.0.1:{cls.worklist.port}"]
        )
        cls.administer_plugin("ConfigurePlugin", cls.good, configuration_json=json.dumps({"baseUrl": cls.worklist.url}))
        cls.administer_plugin("EnablePlugin", cls.good)
        cls.released_to_good = 0

    def setUp(self):
        wait_until("the good plugin is healthy", lambda: self.shown(self.good).get("healthy"), kit.SECONDS)

    @classmethod
    def administer(cls, method, **fields):
        return cls.practice.administrator.call(f"PluginAdminService.{method}", **fields)

    @classmethod
    def administer_plugin(cls, method, name, **fields):
        if method in ("GrantPlugin", "ConfigurePlugin"):
            fields["etag"] = cls.administer("GetPlugin", name=name).etag
        return cls.administer(method, name=name, **fields)

    @classmethod
    def grant(cls, name, data_classes, egress=()):
        return cls.administer_plugin("GrantPlugin", name, data_classes=data_classes, egress=egress)

    @classmethod
    def register(cls, package):
        (program,) = [each for each in package.iterdir() if each.stat().st_mode & 0o100]
        digest = kit.digest(program)
        return cls.administer(
            "RegisterPlugin", parent=cls.practice.name, package_directory=str(package), executable_sha256=digest
        )

    @classmethod
    def pack(cls, mode, plugin_id):
        manifest = {
            "id": plugin_id,
            "version": "1.0.0",
            "title": f"Bad: {mode}",
            "kinds": ["PLUGIN_KIND_WEBHOOK"],
            "events": ["EVENT_TYPE_RESPONSE_RELEASED"],
            "dataClasses": ["DATA_CLASS_IDS", "DATA_CLASS_ANSWERS"],
            "limits": {"memoryBytes": str(2 << 30), "openFiles": 64},
        }
        sources = {"__main__.py": (kit.PLUGINS / "bad_plugin.py").read_text(), "mode": mode}
        return kit.pack(cls.home / f"{plugin_id}-{mode}", sources, manifest)

    def switch_on(self, mode):
        """Registers a plugin that behaves, configures it, and replaces it by a version that does not."""
        type(self).count += 1
        plugin_id = f"org.example.bad-{self.count}-{mode}"
        name = self.register(self.pack("good", plugin_id)).name
        self.grant(name, [admin.DATA_CLASS_IDS, admin.DATA_CLASS_ANSWERS])
        self.administer_plugin("ConfigurePlugin", name, configuration_json="{}")
        if mode != "good":
            self.register(self.pack(mode, plugin_id))
        self.link(name)
        before = set(self.plugin_pids())
        self.administer_plugin("EnablePlugin", name)
        return Bad(mode, plugin_id, name, before)

    def release_to(self, *plugins):
        """Releases one new response to several plugins."""
        response = self.submit()
        for plugin in plugins:
            self.consent(response, plugin)
            self.release(response, plugin)

    def deliver_beside(self, *bad):
        """Releases to the bad plugins and to the good one, and sees the good one's arrive, promptly and once."""
        self.link(self.good)
        self.release_to(*[each.name for each in bad], self.good)
        type(self).released_to_good += 1
        self.check_good_and_server()

    def check_good_and_server(self):
        self.wait_for(self.good, DELIVERED, seconds=PROMPT_SECONDS)
        requests = self.worklist.requests()
        self.assertEqual(len(requests), self.released_to_good, "each release arrived once")
        self.assertEqual(len(self.worklist.entries()), self.released_to_good)
        self.assertTrue(self.server.running())
        request = self.therapist.client.request("CareService.ListPartners", parent=self.couple.name)
        self.therapist.client.send("CareService.ListPartners", request, timeout_seconds=PROMPT_SECONDS)

    def wait_for_problem(self, bad, words):
        """Waits until mendctl tells an administrator what is wrong."""
        return wait_until(
            f"mendctl says '{words}' of {bad.mode}",
            lambda: words in self.shown(bad.name).get("healthMessage", ""),
            kit.SECONDS,
        )

    def wait_for_error(self, bad, error, state=PENDING, attempts=1, seconds=kit.SECONDS):
        """Waits until the bad plugin's delivery has come to this, as mendctl shows it."""

        def reached():
            (shown,) = self.mendctl("plugin", "deliveries", bad.name)["deliveries"]
            same = shown["state"] == Delivery.State.Name(state) and shown.get("lastError", "") == error
            return shown if same and shown.get("attemptCount", 0) >= attempts else None

        try:
            return wait_until(f"{bad.mode}: {Delivery.State.Name(state)} '{error}'", reached, seconds)
        except AssertionError as late:
            shown = self.mendctl("plugin", "deliveries", bad.name)
            raise AssertionError(f"{late}; it is {shown}") from None

    def switch_off(self, *bad):
        """Disables bad plugins; sees that no process of them is left, that nothing they know came out, and that the
        server and the good plugin do not care."""
        for each in bad:
            self.administer_plugin("DisablePlugin", each.name)
        self.wait_until_gone(*bad)
        wait_until("every process that ended is reaped", lambda: not self.zombies(), PROMPT_SECONDS)
        self.check_good_and_server()
        shown = [self.mendctl("plugin", what, each.name) for each in bad for what in ("show", "deliveries")]
        for place, text in {"the log": "\n".join(self.server.log), "mendctl": json.dumps(shown)}.items():
            self.assertNotIn(kit.CHART, text, f"what the plugin was told is in {place}")

    def wait_until_gone(self, *bad):
        """Waits until no more plugins run than before the first of these was switched on; the good one may have."""
        wait_until(
            f"{[each.mode for each in bad]} are gone",
            lambda: len(self.plugin_pids()) <= len(bad[0].before),
            STOP_SECONDS,
        )


class BesideAGoodOne(BadPluginTest):
    """Tries every way on one server."""

    def test_does_not_come_up(self):
        for mode, words in {
            "crash-start": "ended before it was ready",
            "crash-probe": "did not answer the call",
            "hang-handshake": "did not say that it is ready within 10s",
            "flood-start": "not the handshake that was agreed",
            "other-version": "not the handshake that was agreed",
            "other-path": "not the handshake that was agreed",
            "other-manifest": "does not say of itself what was registered",
            "oversize-info": "did not answer the call",
        }.items():
            with self.subTest(mode):
                bad = self.switch_on(mode)
                self.deliver_beside(bad)
                self.wait_for_problem(bad, words)
                self.assertEqual(self.newest(bad.name).state, PENDING, "it waits")
                self.switch_off(bad)
                # Mended and enabled again, it gets what waited.
                self.register(self.home / f"{bad.id}-good")
                self.administer_plugin("EnablePlugin", bad.name)
                self.wait_for(bad.name, DELIVERED)
                self.switch_off(bad)

    def test_does_not_deliver(self):
        for mode, error, state, attempts in (
            ("crash-deliver", "plugin-unavailable", PENDING, 2),
            ("tell-tale-status", "plugin-unavailable", PENDING, 2),
            ("oversize", "plugin-unavailable", PENDING, 1),
            ("fork", "plugin-unavailable", PENDING, 1),
            ("other-delivery", "plugin-gave-no-result", PENDING, 2),
            ("no-outcome", "no-outcome", PENDING, 2),
            ("two-outcomes", "plugin-gave-no-result", PENDING, 1),
            ("tell-tale-code", "code-not-allowed", DEAD, 1),
            ("flood", "", DELIVERED, 1),
            ("ignore-stop", "", DELIVERED, 1),
        ):
            with self.subTest(mode):
                bad = self.switch_on(mode)
                self.deliver_beside(bad)
                self.wait_for_error(bad, error, state, attempts)
                self.switch_off(bad)

    def test_hogs_memory(self):
        bad = self.switch_on("hog")
        self.deliver_beside(bad)
        limited = wait_until("it runs", lambda: self.limited(bad), kit.SECONDS)
        if limited == "yes":
            self.wait_for_error(bad, "plugin-unavailable")
        else:  # a host built with AddressSanitizer sets no limit: unit_plugin tests it
            self.wait_for_error(bad, "", DELIVERED)
        self.switch_off(bad)

    def limited(self, bad):
        for pid in set(self.plugin_pids()) - bad.before:
            with open(f"/proc/{pid}/limits", encoding="ascii") as limits:
                (line,) = [each for each in limits if each.startswith("Max address space")]
            return "no" if "unlimited" in line else "yes"
        return None

    def test_hangs_and_answers_late(self):
        hanging, late = self.switch_on("hang-deliver"), self.switch_on("late")
        self.deliver_beside(hanging, late)
        self.wait_for_error(hanging, "plugin-unavailable", seconds=2 * CALL_SECONDS)
        # The late answer counted for nothing: the second attempt is what delivered.
        self.wait_for_error(late, "", DELIVERED, attempts=2, seconds=2 * CALL_SECONDS)
        wait_until("it hangs again", lambda: self.newest(hanging.name).attempt_count >= 2, kit.SECONDS)
        self.switch_off(hanging, late)

    def test_hangs_and_is_switched_off(self):
        bad = self.switch_on("hang-deliver")
        self.deliver_beside(bad)
        wait_until("it hangs", lambda: self.newest(bad.name).attempt_count >= 1, kit.SECONDS)
        self.administer_plugin("DisablePlugin", bad.name)
        other = self.switch_on("good")  # the host can still start another one
        wait_until("another one starts", lambda: self.shown(other.name).get("healthy"), PROMPT_SECONDS)
        self.switch_off(bad, other)

    def test_is_given_up(self):
        bad = self.switch_on("crash-start")
        self.wait_for_problem(bad, "ended before it was ready")
        self.deliver_beside(bad)
        wait_until(
            "it is given up",
            lambda: self.shown(bad.name)["state"] == "STATE_FAILED",
            GIVEN_UP_SECONDS,
        )
        self.assertIn("ended before it was ready", self.shown(bad.name).get("healthMessage", ""))
        self.assertIn('"plugin_given_up"', "\n".join(self.server.log))
        self.assertEqual(self.newest(bad.name).state, PENDING, "it waits")
        self.switch_off(bad)


class BesideAServerThatStops(BadPluginTest):
    """Stops the server, so it has one of its own."""

    def test_the_server_stops_while_one_hangs(self):
        bad = self.switch_on("hang-deliver")
        self.deliver_beside(bad)
        wait_until("it hangs", lambda: self.newest(bad.name).attempt_count >= 1, kit.SECONDS)
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(self.plugin_pids(), [])


if __name__ == "__main__":
    e2e.main()
