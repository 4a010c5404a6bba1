#!/usr/bin/python3
"""Follows a release through the real server and the real webhook plugin to a receiver: it learns that something was
released and taken back, once each, and nothing of what it says."""

import base64
import hashlib
import hmac
import http.server
import json
import threading

import e2e
import mendwork_client
import practice as practice_module
from server import wait_until

admin = mendwork_client.package("mendwork.admin.v1")
v1 = mendwork_client.package("mendwork.v1")

SECONDS = 120
KEY = b"a key of the tests, 32 bytes long"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
Delivery = admin.Delivery


class Receiver:
    """Takes notices on a loopback port and answers the first ones as it is told."""

    def __init__(self):
        self.notices = []  # (headers, body) of everything that is not a check
        self.answers = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.take(dict(self.headers.items()), body)
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *unused):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, headers, body):
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = "v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        if headers["webhook-signature"] != expected:
            return 401
        if json.loads(body)["type"] == "mendwork.endpoint.check.v1":
            return 204
        self.notices.append((headers, body))
        return self.answers.pop(0) if self.answers else 204

    def events(self):
        return [json.loads(body) for _, body in self.notices]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class WebhookDeliveries(e2e.PracticeTest):
    """Gives every test a fresh receiver and a fresh submission."""

    def setUp(self):
        self.receiver = Receiver()
        self.addCleanup(self.receiver.stop)
        self.plugin = self.connect_plugin()
        for partner in (self.one, self.two):
            self.therapist.call(
                "CareService.LinkRecord",
                partner=partner.name,
                plugin=self.plugin,
                identifier_system="urn:example:receiver",
                identifier_value="MRN-needle",
            )

    def administer(self, method, **fields):
        return self.practice.administrator.call(f"PluginAdminService.{method}", **fields)

    def connect_plugin(self):
        package = (e2e.Options.binaries / ".." / "packages" / "webhook").resolve()
        digest = hashlib.sha256((package / "mendwork-webhook").read_bytes()).hexdigest()
        plugin = self.administer(
            "RegisterPlugin",
            parent=self.practice.name,
            package_directory=str(package),
            executable_sha256=digest,
        )
        secrets = self.data / "d" / "secrets" / "plugins" / plugin.name.rsplit("/", 1)[1]
        secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
        (secrets / "signing_secrets").write_text(SECRET + "\n")
        (secrets / "signing_secrets").chmod(0o600)
        plugin = self.administer(
            "GrantPlugin",
            name=plugin.name,
            etag=plugin.etag,
            data_classes=[admin.DATA_CLASS_IDS],
            egress=[f"127.0.0.1:{self.receiver.port}"],
        )
        settings = {
            "url": f"http://127.0.0.1:{self.receiver.port}/in",
            "source": "/practices/test",
            "allowPlainHttp": True,
            "allowedNetworks": ["127.0.0.1/32"],
        }
        self.administer(
            "ConfigurePlugin", name=plugin.name, etag=plugin.etag, configuration_json=json.dumps(settings)
        )
        self.administer("EnablePlugin", name=plugin.name)
        return plugin.name

    def submit(self, partner=None):
        partner = partner or self.one
        chosen = {"today": {"codes": {"codes": ["week"]}}, "energy": {"codes": {"codes": ["some"]}}}
        assignment = self.assign(partner=partner)
        partner.client.send(
            "ResponseService.SubmitResponse", self.submission(assignment, partner, chosen=chosen)
        )
        return assignment.response

    def consent(self, response, partner=None):
        partner = partner or self.one
        return partner.call(
            "ConsentService.GrantConsent",
            parent=self.couple.name,
            scope={"item": {"response": response, "item_id": "energy"}},
            audience={"kind": practice_module.AudienceKind.KIND_PLUGIN, "resource": self.plugin},
            wording_hash=practice_module.wording_hash(
                partner, self.practice.name, practice_module.Topic.CONSENT_TOPIC_RECORD
            ),
        ).name

    def release(self, response):
        return self.therapist.call(
            "ConsentService.CreateRelease", parent=self.couple.name, response=response, plugin=self.plugin
        ).name

    def wait_for(self, state, kind=Delivery.KIND_RESPONSE_RELEASED):
        def reached():
            page = self.therapist.call("PluginAdminService.ListDeliveries", parent=self.plugin)
            delivery = next((each for each in page.deliveries if each.kind == kind), None)
            return delivery if delivery and delivery.state == state else None

        return wait_until(f"a delivery is {Delivery.State.Name(state)}", reached, SECONDS)

    def test_a_release_arrives_once_and_says_nothing(self):
        response = self.submit()
        self.consent(response)
        self.release(response)
        self.wait_for(Delivery.STATE_DELIVERED)
        (event,) = self.receiver.events()
        self.assertEqual(event["type"], "mendwork.response.released.v1")
        self.assertEqual(sorted(event["data"]), ["releaseId", "revision"])
        everything = str(self.receiver.notices)
        for needle in ("MRN-needle", "energy", "some", "s7-self-care", self.one.name, self.couple.name):
            self.assertNotIn(needle, everything)

    def test_a_receiver_that_fails_twice(self):
        self.receiver.answers = [500, 429]
        response = self.submit(self.two)
        self.consent(response, self.two)
        self.release(response)
        # The third attempt is five minutes away; deliveries of the same person wait behind it.
        wait_until("two attempts failed", lambda: len(self.receiver.notices) == 2, SECONDS)
        self.assertEqual(len({headers["webhook-id"] for headers, _ in self.receiver.notices}), 1)

    def test_a_withdrawal_is_told(self):
        response = self.submit()
        consent = self.consent(response)
        self.release(response)
        self.wait_for(Delivery.STATE_DELIVERED)
        self.one.call("ConsentService.WithdrawConsent", name=consent)
        self.wait_for(Delivery.STATE_DELIVERED, Delivery.KIND_RELEASE_REVOKED)
        released, revoked = self.receiver.events()
        self.assertEqual(revoked["type"], "mendwork.response.revoked.v1")
        self.assertEqual(revoked["data"]["releaseId"], released["data"]["releaseId"])
        self.assertEqual(revoked["subject"], released["subject"])

    def test_a_response_that_no_consent_covers_is_not_told(self):
        self.consent(self.submit())
        self.release(self.submit())
        self.wait_for(Delivery.STATE_SUPPRESSED)
        self.assertEqual(self.receiver.notices, [])


if __name__ == "__main__":
    e2e.main()
