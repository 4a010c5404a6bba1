#!/usr/bin/python3
"""The edge as shipped, in front of a real server: what passes, what does not, and how it is refused."""

import http.client
import pathlib
import re
import ssl
import sys
import threading

import grpc

import e2e
import edge as edge_module
from mendwork_client import RpcFailure

sys.path.insert(0, str(e2e.ROOT / "tests" / "hostile"))

from victim import EdgeClient  # noqa: E402

HEALTH = "/grpc.health.v1.Health"
IDLE_STREAM_SECONDS = 4  # longer than any short timeout of a proxy would let a silent stream live


class EdgeTest(e2e.PracticeTest):
    """Puts one edge in front of the server of the class."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.edge = cls.new_edge("edge", cls.server.listen.removeprefix("unix:"))

    @classmethod
    def new_edge(cls, name, api_socket, replacements=()):
        edge = edge_module.Edge(cls.data / name, api_socket, replacements).start()
        cls.addClassCleanup(edge.stop)
        return edge

    def client(self, person=None, edge=None):
        edge = edge or self.edge
        client = EdgeClient(edge.port, edge.certificate, edge_module.NAME, self.ids)
        self.addCleanup(client.close)
        client.token = person.client.token if person else ""
        return client

    def raw(self, path, request=b"", edge=None, stream=False, metadata=()):
        """Calls any path with any bytes; returns (code, details, reply)."""
        channel = self.client(edge=edge)._channel
        try:
            if stream:
                call = channel.unary_stream(path)(request, timeout=20, metadata=metadata)
                return grpc.StatusCode.OK, "", next(call)
            return grpc.StatusCode.OK, "", channel.unary_unary(path)(request, timeout=20, metadata=metadata)
        except grpc.RpcError as error:
            return error.code(), error.details(), b""

    def http(self, method, path, body=None, headers=None):
        """Speaks HTTP/1.1, as a browser or a scanner would."""
        connection = http.client.HTTPConnection("127.0.0.1", self.edge.port, timeout=20)
        connection.sock = self.edge.connect(protocols=("http/1.1",))
        connection.request(method, path, body, {"host": edge_module.NAME, **(headers or {})})
        response = connection.getresponse()
        text = response.read()
        connection.close()
        return response, text


class WhatPasses(EdgeTest):
    def test_a_person_signs_in_and_works(self):
        client = self.client()
        client.sign_in(self.one.sign_in_name, self.one.secret)
        self.assertEqual(client.call("SessionService.GetSession").person, self.one.name)

    def test_what_is_written_is_read_back(self):
        assignment = self.assign()
        text = "ñ€" * 150
        client = self.client(self.one)
        answers = [
            {"item_id": "today", "codes": {"codes": ["week"]}},
            {"item_id": "appreciation", "text": text},
        ]
        saved = client.call("ResponseService.SaveDraft", name=assignment.response, answers=answers)
        draft = client.call("ResponseService.AccessDraft", name=assignment.response)
        self.assertEqual(draft.draft_revision, saved.draft_revision)
        self.assertEqual({each.item_id: each.text for each in draft.answers}["appreciation"], text)

    def test_every_violation_of_a_refusal_arrives(self):
        """The details of an error travel in trailers, which a small buffer of a proxy would lose."""
        assignment = self.assign()
        answers = [{"item_id": f"no-such-item-{number:03}", "text": "x"} for number in range(60)]
        seen = []
        for client in (self.one.client, self.client(self.one)):
            with self.assertRaises(RpcFailure) as caught:
                client.call("ResponseService.SaveDraft", name=assignment.response, answers=answers)
            seen.append((caught.exception.code, caught.exception.reason, caught.exception.violations))
        self.assertGreater(len(seen[0][2]), 10)
        self.assertEqual(seen[0], seen[1])

    def test_a_flag_reaches_a_stream_that_was_silent(self):
        client = self.client(self.therapist)
        ready, arrived = threading.Event(), threading.Event()
        ended = []

        def watch():
            try:
                for message in client.stream(
                    "SafetyService.WatchFlags", timeout_seconds=60, parent=self.practice.name
                ):
                    (arrived if message.HasField("flag") else ready).set()
            except RpcFailure as failure:
                ended.append(failure)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        self.assertTrue(ready.wait(30), f"the stream says that it is complete: {ended}")
        self.assertFalse(arrived.wait(IDLE_STREAM_SECONDS), "nothing happened, so nothing may arrive")
        self.assertEqual(ended, [], "the edge must not end a silent stream")
        self.raise_flag()
        self.assertTrue(arrived.wait(30), f"the flag did not arrive: {ended}")

    def raise_flag(self):
        assignment = self.assign("phq-9")
        chosen = {f"phq9_{number}": {"codes": {"codes": ["several_days"]}} for number in range(1, 10)}
        self.one.client.send("ResponseService.SubmitResponse", self.submission(assignment, chosen=chosen))

    def test_health_can_be_asked_and_not_watched(self):
        code, _, reply = self.raw(f"{HEALTH}/Check")
        self.assertEqual((code, reply), (grpc.StatusCode.OK, b"\x08\x01"), "SERVING")
        code, _, _ = self.raw(f"{HEALTH}/Watch", stream=True)
        self.assertEqual(code, grpc.StatusCode.UNIMPLEMENTED)


class WhatDoesNot(EdgeTest):
    def refused_here(self, code, outcome):
        self.assertEqual(outcome[0], code)
        self.assertTrue(outcome[1], "a refusal says something")

    def test_administration_and_reflection_are_not_there(self):
        """The socket behind is the administration's own: the edge alone must stop these."""
        edge = self.new_edge("wrong", self.server.admin_listen.removeprefix("unix:"))
        for path in (
            "/mendwork.admin.v1.PracticeService/InitializeServer",
            "/mendwork.admin.v1.StaffService/ListStaff",
            "/mendwork.admin.v1.PluginAdminService/ListPlugins",
            "/mendwork.plugin.v1.PluginService/Deliver",
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
            "/grpc.channelz.v1.Channelz/GetServers",
            "/mendwork.v1.SessionService/GetSession/..%2f",
            "/",
        ):
            with self.subTest(path=path):
                self.refused_here(grpc.StatusCode.UNIMPLEMENTED, self.raw(path, edge=edge))
        self.assertEqual(self.raw(f"{HEALTH}/Check", edge=edge)[0], grpc.StatusCode.OK, "the socket answers")

    def test_a_message_that_is_too_large(self):
        outcome = self.raw("/mendwork.v1.SessionService/SignIn", b"\x0a" * (1 << 20))
        self.refused_here(grpc.StatusCode.RESOURCE_EXHAUSTED, outcome)
        self.assertIn("256 KiB", outcome[1], "the edge's own words: the server never saw it")

    def test_metadata_that_is_too_large(self):
        code, _, _ = self.raw("/mendwork.v1.SessionService/GetSession", metadata=[("x-large", "m" * 9000)])
        self.assertNotEqual(code, grpc.StatusCode.OK)
        self.assertEqual(self.raw(f"{HEALTH}/Check")[0], grpc.StatusCode.OK)

    def test_too_many_guesses_from_one_address(self):
        """A fresh edge, because what it counted stays; empty guesses, because the server refuses them fast."""
        client = self.client(edge=self.new_edge("guesses", self.server.listen.removeprefix("unix:")))
        refusals = []
        for _ in range(80):
            with self.assertRaises(RpcFailure) as caught:
                client.send("SessionService.SignIn", b"")
            refusals.append(caught.exception)
        codes = [failure.code.name for failure in refusals]
        self.assertEqual(set(codes[:40]), {"INVALID_ARGUMENT"}, "a household that mistypes never meets the limit")
        self.assertIn("RESOURCE_EXHAUSTED", codes)
        self.assertIn("network address", refusals[codes.index("RESOURCE_EXHAUSTED")].message)

    def test_a_server_that_is_away(self):
        edge = self.new_edge("away", self.data / "nobody.sock")
        code, details, _ = self.raw("/mendwork.v1.SessionService/GetSession", edge=edge)
        self.assertEqual(code, grpc.StatusCode.UNAVAILABLE)
        self.assertIn("request_id", details)

    def test_a_browser_finds_nothing(self):
        for method, path, headers in (
            ("GET", "/", {}),
            ("GET", "/mendwork.v1.SessionService/GetSession", {}),
            ("POST", "/mendwork.v1.SessionService/SignIn", {"content-type": "application/grpc"}),
            ("POST", "/mendwork.v1.SessionService/SignIn", {"content-type": "application/json"}),
        ):
            with self.subTest(method=method, path=path, headers=headers):
                response, text = self.http(method, path, b"" if method == "POST" else None, headers)
                self.assertEqual(response.status, 404)
                self.assertNotIn(b"mendwork", text.lower())
                self.assertNotRegex(response.getheader("server", ""), r"\d", "no version")

    def test_whoever_does_not_know_the_name_gets_no_certificate(self):
        with self.assertRaisesRegex(ssl.SSLError, "(?i)unrecognized.name"):
            self.edge.connect(name="other.example")

    def test_old_tls_is_refused_and_new_is_spoken(self):
        with self.assertRaises(ssl.SSLError):
            self.edge.connect(maximum=ssl.TLSVersion.TLSv1_1)
        with self.edge.connect() as connection:
            self.assertEqual(connection.version(), "TLSv1.3")

    def test_nothing_is_written_about_who_called_what(self):
        client = self.client(self.one)
        client.call("SessionService.GetSession")
        self.raw("/mendwork.v1.SessionService/SignIn", b"\x0a" * (1 << 20))
        for path in pathlib.Path(self.edge.directory).rglob("*"):
            if path.is_file() and path.suffix not in (".pem", ".conf"):
                text = path.read_text(errors="replace")
                self.assertIsNone(re.search(r"127\.0\.0\.1|SessionService", text), f"{path.name}: {text[:300]}")


if __name__ == "__main__":
    e2e.main()
