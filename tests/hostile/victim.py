"""The well-behaved client: calls at a steady pace while somebody else attacks, and notes how long each call took."""

import dataclasses
import threading
import time

import grpc

from mendwork_client import Client, RpcFailure

CALL_SECONDS = 20.0
FRESH_EVERY = 10  # each so many calls one over a connection of its own: a deaf listener still serves old ones


OPTIONS = [
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_retries", 0),
    ("grpc.enable_http_proxy", 0),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 1000),
    # Also how long a connection may take: the tests' own client gives up at once, a patient person does not.
    ("grpc.min_reconnect_backoff_ms", int(CALL_SECONDS * 1000)),
]


class DirectClient(Client):
    """Is a client that is patient enough to be a victim."""

    def __init__(self, address, ids=None):
        super().__init__(address, ids, CALL_SECONDS)
        self._channel.close()
        self._channel = grpc.insecure_channel(address, OPTIONS)


class EdgeClient(Client):
    """Is the same, coming in through the edge, over TLS."""

    def __init__(self, port, certificate, name, ids=None):
        super().__init__(f"127.0.0.1:{port}", ids, CALL_SECONDS)
        self._channel.close()
        credentials = grpc.ssl_channel_credentials(certificate)
        options = [*OPTIONS, ("grpc.ssl_target_name_override", name)]
        self._channel = grpc.secure_channel(self.address, credentials, options)


@dataclasses.dataclass
class Measured:
    """Holds one stretch of the victim's time. Milliseconds from when a call was due, not from when it got its turn."""

    milliseconds: list
    failures: list

    def quantile(self, part):
        if not self.milliseconds:
            return None
        ordered = sorted(self.milliseconds)
        return round(ordered[min(len(ordered) - 1, int(part * len(ordered)))], 1)

    def summary(self):
        return {
            "calls": len(self.milliseconds) + len(self.failures),
            "failed": len(self.failures),
            "p50_ms": self.quantile(0.5),
            "p99_ms": self.quantile(0.99),
        }


class Victim:
    """Is one partner at work: reads the form, saves the draft, now and then from a new connection."""

    def __init__(self, connect, partner, assignment, calls_per_second):
        self._connect = connect  # makes a signed-out client
        self._token = partner.client.token
        self._assignment = assignment
        self._pause = 1.0 / calls_per_second
        self._client = self._signed_in()
        self._count = 0
        self._revision = 0  # of the draft; None: unknown, after a save that did not come back

    def _signed_in(self):
        client = self._connect()
        client.token = self._token
        return client

    def call(self):
        """Makes the next call; raises RpcFailure."""
        self._count += 1
        if self._count % FRESH_EVERY == 0:
            with self._signed_in() as fresh:
                fresh.call("SessionService.GetSession")
        elif self._count % 2:
            self._client.call("AssignmentService.GetForm", name=self._assignment.name)
        else:
            self._save()

    def _save(self):
        name = self._assignment.response
        revision, self._revision = self._revision, None
        if revision is None:
            revision = self._client.call("ResponseService.AccessDraft", name=name).draft_revision
        answers = [
            {"item_id": "today", "codes": {"codes": ["week"]}},
            {"item_id": "appreciation", "text": f"draft {self._count}"},
        ]
        saved = self._client.call(
            "ResponseService.SaveDraft", name=name, answers=answers, draft_revision=revision
        )
        self._revision = saved.draft_revision

    def measure(self, go_on, seconds):
        """Calls at its pace for at least `seconds` and while go_on() says so."""
        measured = Measured([], [])
        began = time.monotonic()
        number = 0
        while True:
            due = began + number * self._pause
            wait = due - time.monotonic()
            if wait > 0:
                threading.Event().wait(wait)
            if time.monotonic() - began >= seconds and not go_on():
                return measured
            number += 1
            try:
                self.call()
                measured.milliseconds.append((time.monotonic() - due) * 1000)
            except RpcFailure as failure:
                measured.failures.append(str(failure)[:200])

    def served_within(self, seconds):
        """Waits until ten calls in a row succeed, one of them over a new connection; returns whether they did."""
        deadline = time.monotonic() + seconds
        in_a_row = 0
        while in_a_row < FRESH_EVERY:
            try:
                self.call()
                in_a_row += 1
            except RpcFailure:
                in_a_row = 0
                if time.monotonic() > deadline:
                    return False
        return True

    def close(self):
        self._client.close()
