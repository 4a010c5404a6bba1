#!/usr/bin/python3
"""Sends the server what a careless or hostile client would, over a real socket. Each time: a clear refusal with a
reason, nothing of what was sent in it, and nothing stored."""

import e2e
import mendwork_client

MARKER = "zq-marker-7141"  # planted in bad values: no refusal and no log line may carry it
LARGE = 64 * 1024


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out + bytes([number]))


def tagged(number, payload):
    """Encodes a length-delimited field."""
    return varint(number << 3 | 2) + varint(len(payload)) + payload


class BytesOnTheWire(e2e.PracticeTest):
    """Spoils a submission that would be accepted, one way at a time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.assignment = cls.assign()
        cls.good = cls.submission(cls.assignment)

    def send(self, request, client=None, **options):
        return (client or self.one.client).send("ResponseService.SubmitResponse", request, **options)

    def assert_refused(self, request, code, reason=None, **options):
        before = self.world()
        failure = self.refused(code, reason, lambda: self.send(request, **options))
        self.assertEqual(before, self.world(), "a refused call stored something")
        self.assertNotIn(MARKER, str(failure))
        return failure

    def spoiled(self, **fields):
        request = type(self.good)()
        request.CopyFrom(self.good)
        for name, value in fields.items():
            setattr(request, name, value)
        return request

    def with_answer(self, item_id, **value):
        request = type(self.good)()
        request.CopyFrom(self.good)
        request.request_id = self.ids.next()
        request.answers.add(item_id=item_id, **value)
        return request

    def test_sizes(self):
        with self.subTest("a message over gRPC's own limit"):
            self.assert_refused(self.with_answer("hard_moment", text="x" * (5 << 20)), "RESOURCE_EXHAUSTED")
        with self.subTest("a message over ours"):
            request = self.spoiled()
            for number in range(6):
                request.answers.add(item_id=f"item{number}", text="x" * 60_000)
            self.assert_refused(request, "RESOURCE_EXHAUSTED")
        with self.subTest("a field over its limit"):
            failure = self.assert_refused(
                self.with_answer("hard_moment", text=MARKER + "x" * LARGE), "INVALID_ARGUMENT"
            )
            self.assertNotIn(MARKER, str(failure.violations))
        with self.subTest("too many elements"):
            request = self.spoiled()
            request.withheld_items.extend(str(number) for number in range(501))
            failure = self.assert_refused(request, "INVALID_ARGUMENT", "INVALID_REQUEST")
            self.assertIn("withheld_items", [field for field, _ in failure.violations])
        with self.subTest("a swarm of empty messages"):
            self.assert_refused(self.good.SerializeToString() + tagged(2, b"") * 100_000, "INVALID_ARGUMENT")

    def test_encoding(self):
        good = self.good.SerializeToString()
        with self.subTest("an unknown field"):
            failure = self.assert_refused(
                good + tagged(999, MARKER.encode()), "INVALID_ARGUMENT", "INVALID_REQUEST"
            )
            self.assertIn("999", [field for field, _ in failure.violations])
        with self.subTest("an unknown field inside an answer"):
            answer = tagged(1, b"hard_moment") + tagged(2, b"words") + tagged(77, MARKER.encode())
            failure = self.assert_refused(good + tagged(2, answer), "INVALID_ARGUMENT", "INVALID_REQUEST")
            self.assertTrue(any(field.endswith(".77") for field, _ in failure.violations), failure.violations)
        with self.subTest("a known field with another wire type"):
            self.assert_refused(good + varint(1 << 3) + varint(7), "INVALID_ARGUMENT", "INVALID_REQUEST")
        with self.subTest("text that is not UTF-8"):
            self.assert_refused(good + tagged(4, b"\xff\xfe"), "INVALID_ARGUMENT", "MALFORMED_REQUEST")
        with self.subTest("bytes that are no message"):
            self.assert_refused(
                b"\x0a\xff\xff\xff\xff\x0f" + MARKER.encode(), "INVALID_ARGUMENT", "MALFORMED_REQUEST"
            )
        with self.subTest("an empty message"):
            failure = self.assert_refused(b"", "INVALID_ARGUMENT", "INVALID_REQUEST")
            self.assertLessEqual({"name", "etag", "request_id"}, {field for field, _ in failure.violations})
        for depth in (20, 120, 5000):
            with self.subTest(f"{depth} levels deep"):
                answer = tagged(1, b"x")
                for _ in range(depth):
                    answer = tagged(1, b"x") + tagged(8, tagged(1, tagged(1, answer)))
                self.assert_refused(good + tagged(2, answer), "INVALID_ARGUMENT")

    def test_request_id(self):
        for text in (
            "",
            "1",
            "not-a-uuid",
            "00000000-0000-1000-8000-000000000000",
            "{" + self.ids.next() + "}",
            self.ids.next() + " ",
        ):
            with self.subTest(request_id=text):
                failure = self.assert_refused(
                    self.spoiled(request_id=text), "INVALID_ARGUMENT", "INVALID_REQUEST"
                )
                self.assertIn("request_id", [field for field, _ in failure.violations])

    def test_names(self):
        own = self.good.name
        couple = own.split("/assignments/")[0]
        for name in (
            "x",
            "practices",
            couple,
            own + "/",
            own + "/x",
            "/" + own,
            own.replace("practices/", "practices//"),
            own.replace("responses", "answers"),
            own + "\n",
            own[:-1],
            "practices/../couples/../x",
        ):
            with self.subTest(name=name):
                # Not shaped like a name, or shaped like one and nobody's.
                self.assert_refused(
                    self.spoiled(name=name, request_id=self.ids.next()),
                    ("INVALID_ARGUMENT", "NOT_FOUND"),
                    ("INVALID_REQUEST", "NOT_FOUND"),
                )
        with self.subTest("a name over its limit"):
            self.assert_refused(
                self.spoiled(name="practices/" + "a" * 300), "INVALID_ARGUMENT", "INVALID_REQUEST"
            )

    def test_etag(self):
        with self.subTest("none"):
            self.assert_refused(self.spoiled(etag=""), "INVALID_ARGUMENT", "INVALID_REQUEST")
        with self.subTest("one that was never given"):
            self.assert_refused(
                self.spoiled(etag="abc", request_id=self.ids.next()), "ABORTED", "ETAG_MISMATCH"
            )

    def test_deadline_that_has_passed(self):
        before = self.world()
        with self.assertRaises(mendwork_client.RpcFailure) as caught:
            self.send(self.spoiled(request_id=self.ids.next()), timeout_seconds=1e-6)
        self.assertEqual(caught.exception.code.name, "DEADLINE_EXCEEDED")
        self.assertEqual(before, self.world())

    def test_log_carries_none_of_it(self):
        self.test_sizes()
        self.assertNotIn(MARKER, "\n".join(self.server.log))


class AnswersAgainstTheForm(e2e.PracticeTest):
    """Breaks the rules of the form: every violation comes back at once, with its path."""

    def violations(self, chosen, **fields):
        request = self.submission(self.assign())
        del request.answers[:]
        for item_id, value in chosen:
            request.answers.add(item_id=item_id, **value)
        for name, value in fields.items():
            getattr(request, name).extend(value)
        before = self.world()
        failure = self.refused(
            "INVALID_ARGUMENT",
            "INVALID_REQUEST",
            lambda: self.one.client.send("ResponseService.SubmitResponse", request),
        )
        self.assertEqual(before, self.world())
        self.assertNotIn(MARKER, str(failure))
        return [field for field, _ in failure.violations]

    def test_everything_wrong_at_once(self):
        found = self.violations(
            [
                ("today", {"codes": {"codes": ["nowhere"]}}),
                ("mood", {"number": 11}),
                ("confidant_initials", {"text": MARKER}),
                ("unheard_of", {"text": MARKER}),
            ]
        )
        self.assertLessEqual({"answers[today]", "answers[mood]", "answers[3]"}, set(found))
        self.assertNotIn("unheard_of", str(found), "an id that the form does not have is not repeated")

    def test_one_rule_each(self):
        day = ("today", {"codes": {"codes": ["day"]}})
        for name, bad, path in (
            ("above the range", ("mood", {"number": 10.5}), "answers[mood]"),
            ("below the range", ("mood", {"number": -1}), "answers[mood]"),
            ("off the step", ("sleep_hours", {"number": 7.3}), "answers[sleep_hours]"),
            ("not a number", ("sleep_hours", {"number": float("nan")}), "answers[1].number"),
            ("without end", ("sleep_hours", {"number": float("inf")}), "answers[1].number"),
            ("another kind of value", ("mood", {"text": MARKER}), "answers[mood]"),
            ("an unknown option", ("energy", {"codes": {"codes": [MARKER]}}), "answers[energy]"),
            ("two of one", ("energy", {"codes": {"codes": ["low", "good"]}}), "answers[energy]"),
            ("a hidden item", ("appreciation", {"text": "a song"}), "answers[appreciation]"),
            (
                "minutes out of range",
                ("day_log", {"log": {"entries": [{"activity": "rest", "outcome": 1, "minutes": 601}]}}),
                "answers[day_log]",
            ),
            ("an unknown item", (MARKER, {"flag": True}), "answers[1]"),
        ):
            with self.subTest(name):
                found = self.violations([day, bad])
                self.assertTrue(any(each.startswith(path) for each in found), found)
        with self.subTest("the same item twice"):
            self.assertIn("answers[today]", self.violations([day, day]))
        with self.subTest("a required item left out"):
            self.assertIn("answers[today]", self.violations([]))
        with self.subTest("withholding an item that is not there"):
            self.assertTrue(self.violations([day], withheld_items=["unheard_of"]))

    def test_a_draft_is_checked_too(self):
        assignment = self.assign()
        before = self.world()
        self.refused(
            "INVALID_ARGUMENT",
            "INVALID_REQUEST",
            lambda: self.one.call(
                "ResponseService.SaveDraft",
                name=assignment.response,
                draft_revision=0,
                answers=[{"item_id": "mood", "text": MARKER}],
            ),
        )
        self.refused(
            "ABORTED",
            "DRAFT_REVISION_MISMATCH",
            lambda: self.one.call(
                "ResponseService.SaveDraft",
                name=assignment.response,
                draft_revision=7,
                answers=[{"item_id": "today", "codes": {"codes": ["enough"]}}],
            ),
        )
        self.assertEqual(before, self.world())
        self.assertEqual(
            self.one.call("ResponseService.AccessDraft", name=assignment.response).draft_revision, 0
        )


class Paging(e2e.PracticeTest):
    """Misuses page sizes and tokens."""

    def list(self, person, **fields):
        return person.call("AssignmentService.ListAssignments", parent=self.couple.name, **fields)

    def test_sizes_and_tokens(self):
        for _ in range(3):
            self.assign()
        first = self.list(self.one, page_size=2)
        self.assertEqual(len(first.assignments), 2)
        for name, fields in (
            ("a negative size", {"page_size": -1}),
            ("a size over the limit", {"page_size": 100_000}),
            ("a token nobody made", {"page_token": "abc"}),
            ("a token with one character changed", {"page_token": _changed(first.next_page_token)}),
            ("a token over its limit", {"page_token": "a" * 2000}),
        ):
            with self.subTest(name):
                self.refused("INVALID_ARGUMENT", None, lambda fields=fields: self.list(self.one, **fields))
        with self.subTest("another person's token"):
            self.refused(
                "INVALID_ARGUMENT", None, lambda: self.list(self.two, page_token=first.next_page_token)
            )
        with self.subTest("a token of another list"):
            self.refused(
                "INVALID_ARGUMENT",
                None,
                lambda: self.one.call(
                    "ResponseService.ListResponses", parent=self.couple.name, page_token=first.next_page_token
                ),
            )
        with self.subTest("the rest of the list"):
            rest = self.list(self.one, page_token=first.next_page_token, page_size=2)
            names = [each.name for each in (*first.assignments, *rest.assignments)]
            self.assertEqual(len(names), len(set(names)))


def _changed(token):
    middle = len(token) // 2
    return token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]


if __name__ == "__main__":
    e2e.main()
