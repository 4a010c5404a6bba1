"""The load of the kill loop: each writer is one partner, and remembers what the server acknowledged."""

import dataclasses
import random
import threading

from mendwork_client import RpcFailure

# What a call ends with when the server dies under it: whether it was carried out is unknown.
UNKNOWN = {"UNAVAILABLE", "CANCELLED", "DEADLINE_EXCEEDED", "UNKNOWN", "INTERNAL"}
METHODS = {True: "ResponseService.SubmitResponse", False: "ResponseService.AmendResponse"}


@dataclasses.dataclass
class Attempt:
    """Is one call with its request, which can be sent again."""

    method: str
    request: object
    words: str  # unique: proves which version is stored
    version: int  # that it makes
    outcome: object = None  # the reply's metadata, once acknowledged


@dataclasses.dataclass
class Kept:
    """Is one response as its author knows it."""

    name: str
    etag: str
    attempts: list = dataclasses.field(default_factory=list)  # acknowledged, in order


class Writer:
    """Submits and amends as one partner until the server goes away."""

    def __init__(self, partner, seed, number):
        self.partner = partner
        self.random = random.Random(f"{seed}/{number}")
        self.number = number
        self.count = 0
        self.fresh = []  # Kept, not submitted yet
        self.kept = []
        self.pending = None  # (Kept, Attempt) whose outcome is unknown
        self.errors = []

    def add_assignments(self, assignments):
        for assignment in assignments:
            etag = self.partner.call("ResponseService.GetResponse", name=assignment.response).etag
            self.fresh.append(Kept(assignment.response, etag))

    def _next(self):
        """Chooses a response and builds the call on it."""
        submit = bool(self.fresh) and (not self.kept or self.random.random() < 0.6)
        kept = self.fresh.pop() if submit else self.random.choice(self.kept)
        self.count += 1
        # Lengths differ, so that records of several sizes are in flight.
        words = f"{self.number}-{self.count} " + "w" * self.random.choice((0, 40, 250))
        method = METHODS[submit]
        request = self.partner.client.request(
            method,
            name=kept.name,
            etag=kept.etag,
            answers=[
                {"item_id": "today", "codes": {"codes": ["week"]}},
                {"item_id": "appreciation", "text": words},
            ],
        )
        return kept, Attempt(method, request, words, len(kept.attempts) + 1)

    def acknowledge(self, kept, attempt, reply):
        """Remembers what the server said was durable, and checks that it says the right thing."""
        attempt.outcome = reply.response
        if reply.response.version != attempt.version or reply.response.name != kept.name:
            self.errors.append(
                f"{attempt.words}: acknowledged as version {reply.response.version}, not {attempt.version}"
            )
        kept.attempts.append(attempt)
        kept.etag = reply.response.etag
        if kept not in self.kept:
            self.kept.append(kept)

    def run(self, acknowledged):
        """Writes until the server goes away. `acknowledged` is called after each acknowledgement."""
        while True:
            kept, attempt = self._next()
            try:
                reply = self.partner.client.send(attempt.method, attempt.request)
            except RpcFailure as failure:
                if failure.code.name not in UNKNOWN or failure.reason:
                    self.errors.append(f"{attempt.words}: refused: {failure}")
                self.pending = (kept, attempt)
                return
            self.acknowledge(kept, attempt, reply)
            acknowledged()

    def settle(self):
        """After a restart, sends the call with the unknown outcome again. Returns whether it had been carried out."""
        if self.pending is None:
            return None
        kept, attempt = self.pending
        self.pending = None
        before = self.partner.call("ResponseService.GetResponse", name=kept.name).version
        if before not in (attempt.version - 1, attempt.version):
            self.errors.append(f"{attempt.words}: version {before} before it was sent again")
        first = self.partner.client.send(attempt.method, attempt.request)
        second = self.partner.client.send(attempt.method, attempt.request)
        if first.response != second.response:
            self.errors.append(f"{attempt.words}: two repeats, two outcomes")
        self.acknowledge(kept, attempt, first)
        return before == attempt.version

    def check(self, kept):
        """Reads one response back and compares it with what was acknowledged."""
        reply = self.partner.call("ResponseService.AccessResponse", name=kept.name)
        stored = {answer.item_id: answer.text for answer in reply.answers}
        last = kept.attempts[-1]
        if reply.response.version != len(kept.attempts):
            self.errors.append(
                f"{kept.name}: version {reply.response.version}, acknowledged {len(kept.attempts)}"
            )
        if stored.get("appreciation") != last.words:
            self.errors.append(
                f"{kept.name}: holds {stored.get('appreciation')!r}, acknowledged {last.words!r}"
            )
        if reply.response.etag != kept.etag:
            self.errors.append(f"{kept.name}: another etag than was acknowledged")

    def check_repeat(self, kept):
        """Repeats an old, acknowledged call: the same outcome, and nothing happens."""
        attempt = self.random.choice(kept.attempts)
        reply = self.partner.client.send(attempt.method, attempt.request)
        if reply.response != attempt.outcome:
            self.errors.append(f"{attempt.words}: repeated after a restart, another outcome")

    def forget_connection(self, connect):
        """Opens a new connection with the same session: sessions outlive the server."""
        token = self.partner.client.token
        self.partner.client.close()
        self.partner.client = connect()
        self.partner.client.token = token


class Tally:
    """Counts acknowledgements and wakes whoever waits for a number of them."""

    def __init__(self):
        self.count = 0
        self._condition = threading.Condition()

    def add(self):
        with self._condition:
            self.count += 1
            self._condition.notify_all()

    def wait_for(self, count, seconds):
        with self._condition:
            return self._condition.wait_for(lambda: self.count >= count, timeout=seconds)
