#!/usr/bin/python3
"""Hands released responses to a real FHIR server through the real plugin, while endpoint, plugin and server die: in the
end there is exactly one copy, and none of what is no longer consented to."""

import hashlib
import json
import os
import pathlib
import signal

import e2e
import fhir_peer
import mendwork_client
import practice as practice_module
from server import wait_until

admin = mendwork_client.package("mendwork.admin.v1")
v1 = mendwork_client.package("mendwork.v1")

SECONDS = 120
CHART = "MRN-1"
Delivery = admin.Delivery


def child_processes(pid):
    """Returns the processes that one started: its plugins."""
    children = pathlib.Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in children for child in path.read_text().split()]


class Deliveries(e2e.PracticeTest):
    """Gives every test a fresh FHIR server and a fresh release."""

    def setUp(self):
        self.peer = fhir_peer.FhirPeer()
        self.addCleanup(self.peer.stop)
        self.plugin = self.connect_plugin()
        self.therapist.call(
            "CareService.LinkRecord",
            partner=self.one.name,
            plugin=self.plugin,
            identifier_system=fhir_peer.CHART_SYSTEM,
            identifier_value=CHART,
        )

    def administer(self, method, **fields):
        return self.practice.administrator.call(f"PluginAdminService.{method}", **fields)

    def connect_plugin(self):
        """Registers the FHIR plugin once, and points it at this test's peer."""
        package = (e2e.Options.binaries / ".." / "packages" / "fhir").resolve()
        digest = hashlib.sha256((package / "mendwork-fhir").read_bytes()).hexdigest()
        known = self.practice.administrator.client.list(
            "PluginAdminService.ListPlugins", "plugins", parent=self.practice.name
        )
        plugin = (
            known[0]
            if known
            else self.administer(
                "RegisterPlugin",
                parent=self.practice.name,
                package_directory=str(package),
                executable_sha256=digest,
            )
        )
        plugin = self.administer(
            "GrantPlugin",
            name=plugin.name,
            etag=plugin.etag,
            data_classes=[admin.DATA_CLASS_IDS, admin.DATA_CLASS_ANSWERS, admin.DATA_CLASS_SCORES],
            egress=[f"127.0.0.1:{self.peer.port}"],
        )
        settings = {
            "baseUrl": self.peer.url,
            "identifierBaseUrl": "https://practice.example/mendwork",
            "timeouts": {"connectMs": 1000, "totalMs": 3000},
        }
        plugin = self.administer(
            "ConfigurePlugin", name=plugin.name, etag=plugin.etag, configuration_json=json.dumps(settings)
        )
        self.administer("EnablePlugin", name=plugin.name)
        return plugin.name

    def submit(self):
        chosen = {"today": {"codes": {"codes": ["week"]}}, "energy": {"codes": {"codes": ["some"]}}}
        assignment = self.assign()
        self.one.client.send("ResponseService.SubmitResponse", self.submission(assignment, chosen=chosen))
        return assignment.response

    def consent(self, response):
        """Grants the record system one item of one response."""
        return self.one.call(
            "ConsentService.GrantConsent",
            parent=self.couple.name,
            scope={"item": {"response": response, "item_id": "energy"}},
            audience={"kind": practice_module.AudienceKind.KIND_PLUGIN, "resource": self.plugin},
            wording_hash=practice_module.wording_hash(
                self.one, self.practice.name, practice_module.Topic.CONSENT_TOPIC_RECORD
            ),
        ).name

    def release(self, response):
        return self.therapist.call(
            "ConsentService.CreateRelease", parent=self.couple.name, response=response, plugin=self.plugin
        ).name

    def newest(self, kind=Delivery.KIND_RESPONSE_RELEASED):
        page = self.therapist.call("PluginAdminService.ListDeliveries", parent=self.plugin)
        return next((each for each in page.deliveries if each.kind == kind), None)

    def wait_for(self, state, kind=Delivery.KIND_RESPONSE_RELEASED):
        """Waits until the newest delivery of a kind has a state."""

        def reached():
            delivery = self.newest(kind)
            return delivery if delivery and delivery.state == state else None

        return wait_until(f"a delivery is {Delivery.State.Name(state)}", reached, SECONDS)

    def assert_one_copy(self, items=("energy",)):
        copies = self.peer.copies()
        self.assertEqual(len(copies), 1)
        self.assertEqual([item["linkId"] for item in copies[0]["item"]], list(items))
        self.assertEqual(len(self.peer.stored("Questionnaire")), 1)

    def reconnect(self):
        """Connects everybody again after a restart; sessions outlive the server."""
        for person in (self.one, self.two, self.therapist, self.practice.administrator):
            token = person.client.token
            person.client.close()
            person.client = self.practice.connect(admin=person is self.practice.administrator)
            person.client.token = token

    def test_an_endpoint_that_is_dead_at_first(self):
        response = self.submit()
        self.consent(response)
        self.release(response)
        wait_until("an attempt failed", lambda: self.newest().attempt_count > 0, SECONDS)
        self.assertEqual(self.newest().state, Delivery.STATE_PENDING)
        self.assertTrue(self.newest().last_error)
        self.peer.start([CHART])
        self.wait_for(Delivery.STATE_DELIVERED)
        self.assert_one_copy()

    def test_an_endpoint_that_fails_in_every_way(self):
        self.peer.start([CHART], "429,drop-before,503,drop-after,500")
        response = self.submit()
        self.consent(response)
        self.release(response)
        self.wait_for(Delivery.STATE_DELIVERED)
        self.assert_one_copy()

    def test_a_server_killed_between_effect_and_answer(self):
        self.peer.start([CHART], "hang-after,hang-after")
        response = self.submit()
        self.consent(response)
        self.release(response)
        self.peer.wait_until_hanging()
        self.server.kill()
        self.peer.set_faults("")
        self.server.start()
        self.reconnect()
        self.wait_for(Delivery.STATE_DELIVERED)
        self.assert_one_copy()

    def test_a_plugin_killed_between_effect_and_answer(self):
        self.peer.start([CHART], "hang-after,hang-after")
        response = self.submit()
        self.consent(response)
        self.release(response)
        self.peer.wait_until_hanging()
        self.peer.set_faults("")
        plugins = child_processes(self.server.process.pid)
        self.assertTrue(plugins, "the plugin runs below the server")
        for pid in plugins:
            os.kill(pid, signal.SIGKILL)
        self.wait_for(Delivery.STATE_DELIVERED)
        self.assert_one_copy()

    def test_consent_withdrawn_while_the_endpoint_was_dead(self):
        response = self.submit()
        consent = self.consent(response)
        release = self.release(response)
        wait_until("an attempt failed", lambda: self.newest().attempt_count > 0, SECONDS)
        self.one.call("ConsentService.WithdrawConsent", name=consent)
        self.peer.start([CHART])
        self.wait_for(Delivery.STATE_SUPPRESSED)
        self.wait_for(Delivery.STATE_DELIVERED, Delivery.KIND_RELEASE_REVOKED)
        self.assertEqual(self.peer.stored("QuestionnaireResponse"), [])
        state = self.therapist.call("ConsentService.GetRelease", name=release).state
        self.assertEqual(state, v1.Release.STATE_REVOKED)

    def test_consent_withdrawn_while_the_server_was_about_to_die(self):
        self.peer.start([CHART])
        response = self.submit()
        consent = self.consent(response)
        self.release(response)
        self.wait_for(Delivery.STATE_DELIVERED)
        self.assert_one_copy()
        self.peer.set_faults("hang-after,hang-after")
        self.one.call("ConsentService.WithdrawConsent", name=consent)
        self.peer.wait_until_hanging()
        self.server.kill()
        self.peer.set_faults("")
        self.server.start()
        self.reconnect()
        self.wait_for(Delivery.STATE_DELIVERED, Delivery.KIND_RELEASE_REVOKED)
        self.assertEqual(self.peer.copies(), [])
        self.assertEqual(
            [each["status"] for each in self.peer.stored("QuestionnaireResponse")], ["entered-in-error"]
        )

    def test_only_what_is_consented_to_leaves(self):
        self.peer.start([CHART])
        response = self.submit()
        self.consent(response)
        self.one.call(
            "ResponseService.UpdateWithheldItems",
            name=response,
            withheld_items=["energy"],
            etag=self.one.call("ResponseService.GetResponse", name=response).etag,
        )
        try:
            self.release(response)
        except mendwork_client.RpcFailure as refusal:
            self.assertEqual(refusal.code.name, "FAILED_PRECONDITION")
        else:
            wait_until("it is decided", lambda: self.newest().state != Delivery.STATE_PENDING, SECONDS)
        self.assertNotIn("some", json.dumps(self.peer.copies()))


if __name__ == "__main__":
    e2e.main()
