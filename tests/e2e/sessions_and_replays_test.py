#!/usr/bin/python3
"""Tokens that are missing, wrong, revoked or expired; ids that belong to somebody else; and calls that are repeated."""

import sqlite3

import e2e
import mendwork_client
import practice as practice_module

MADE_UP = "a" * 26


class Tokens(e2e.PracticeTest):
    """Calls with a token that is no session."""

    def session_with(self, metadata):
        client = self.practice.connect()
        return client.send(
            "SessionService.GetSession", client.request("SessionService.GetSession"), metadata=metadata
        )

    def test_tokens_that_are_no_session(self):
        good = self.one.client.token
        cases = {
            "none": (),
            "empty": (("authorization", ""),),
            "without Bearer": (("authorization", good),),
            "another scheme": (("authorization", f"Basic {good}"),),
            "one character changed": (
                ("authorization", f"Bearer {good[:-1]}{'a' if good[-1] != 'a' else 'b'}"),
            ),
            "one character less": (("authorization", f"Bearer {good[:-1]}"),),
            "very long": (("authorization", "Bearer " + "a" * 4000),),
            "two": (
                ("authorization", f"Bearer {good}"),
                ("authorization", f"Bearer {self.two.client.token}"),
            ),
        }
        texts = {}
        for name, metadata in cases.items():
            with self.subTest(name):
                failure = self.refused(
                    "UNAUTHENTICATED",
                    ("SESSION_MISSING", "AUTHORIZATION_MALFORMED", "SESSION_INVALID"),
                    lambda metadata=metadata: self.session_with(metadata),
                )
                self.assertNotIn(good, str(failure))
                texts[name] = (failure.message, failure.reason)
        with self.subTest("a token that is nearly right reads like one that is not"):
            self.assertEqual(texts["one character changed"], texts["one character less"])

    def test_revoked_at_once(self):
        elsewhere = self.practice.connect()
        elsewhere.sign_in(self.one.sign_in_name, self.one.secret)
        third = self.practice.connect()
        third.sign_in(self.one.sign_in_name, self.one.secret)
        third.call("SessionService.SignOut")
        self.refused("UNAUTHENTICATED", None, lambda: third.call("SessionService.GetSession"))
        self.assertEqual(elsewhere.call("SessionService.GetSession").person, self.one.name)
        elsewhere.call("SessionService.RevokeSessions")
        for client in (elsewhere, self.one.client):
            self.refused(
                "UNAUTHENTICATED", None, lambda client=client: client.call("SessionService.GetSession")
            )
        self.one.client.sign_in(self.one.sign_in_name, self.one.secret)

    def test_wrong_secrets_look_alike(self):
        texts = set()
        for name, secret in (
            (self.two.sign_in_name, "wrong secret, long enough"),
            ("nobody-at-all", self.two.secret),
            ("", self.two.secret),
        ):
            client = self.practice.connect()
            try:
                client.sign_in(name, secret)
                self.fail("signed in")
            except mendwork_client.RpcFailure as failure:
                if name:
                    texts.add((failure.code.name, failure.reason, failure.message))
        self.assertEqual({each[0] for each in texts}, {"UNAUTHENTICATED"})
        self.assertEqual(len(texts), 1, f"one text for every reason: {texts}")


class ExpiredSession(e2e.PracticeTest):
    """Ages a session in the stopped server's database: time itself cannot be turned over the wire."""

    def test_an_expired_session_is_refused_after_a_restart(self):
        token = self.one.client.token
        self.assertEqual(self.server.stop(), 0)
        with sqlite3.connect(self.data / "d" / "mendwork.db") as database:
            columns = [row[1] for row in database.execute("PRAGMA table_info(session)")]
            self.assertIn("expire_time_us", columns)
            database.execute("UPDATE session SET expire_time_us = 1")
        database.close()
        self.server.start()
        client = self.practice.connect()
        client.token = token
        self.refused("UNAUTHENTICATED", None, lambda: client.call("SessionService.GetSession"))
        client.sign_in(self.one.sign_in_name, self.one.secret)
        self.assertEqual(client.call("SessionService.GetSession").person, self.one.name)


class ForeignIds(e2e.PracticeTest):
    """Names somebody else's resources: byte for byte like names of nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_therapist = cls.practice.hire([practice_module.THERAPIST], "Another therapist")
        cls.other_couple = cls.practice.bring_in_couple(cls.other_therapist, ("Third", "Fourth"))
        cls.foreign = cls.other_therapist.call(
            "AssignmentService.AssignExercise",
            parent=cls.other_couple.name,
            partner=cls.other_couple.partners[0].name,
            exercise_revision=cls.exercises["s7-self-care"].name,
        ).assignments[0]
        cls.own = cls.assign()

    def fingerprint(self, failure):
        return (
            failure.code.name,
            failure.message,
            failure.reason,
            failure.metadata,
            failure.violations,
            failure.localized,
        )

    def assert_like_nothing(self, person, method, foreign, **fields):
        made_up = foreign.rsplit("/", 1)[0] + "/" + MADE_UP
        first = self.refused("NOT_FOUND", "NOT_FOUND", lambda: person.call(method, name=foreign, **fields))
        second = self.refused("NOT_FOUND", "NOT_FOUND", lambda: person.call(method, name=made_up, **fields))
        self.assertEqual(self.fingerprint(first), self.fingerprint(second))

    def test_reads(self):
        foreign = self.foreign
        for person, who in ((self.one, "a partner"), (self.therapist, "a therapist")):
            for method, name in (
                ("AssignmentService.GetAssignment", foreign.name),
                ("ResponseService.GetResponse", foreign.response),
                ("ResponseService.AccessResponse", foreign.response),
                ("ResponseService.AccessReview", foreign.response),
            ):
                with self.subTest(f"{who}: {method}"):
                    self.assert_like_nothing(person, method, name)
        for method, name in (
            ("CareService.GetCouple", self.other_couple.name),
            ("CareService.GetPartner", self.other_couple.partners[0].name),
            ("CareService.AccessPartner", self.other_couple.partners[0].name),
        ):
            with self.subTest(f"a therapist: {method}"):
                self.assert_like_nothing(self.therapist, method, name)

    def test_the_other_partner_of_the_couple(self):
        for method, name in (
            ("AssignmentService.GetAssignment", self.own.name),
            ("AssignmentService.GetForm", self.own.name),
            ("ResponseService.GetResponse", self.own.response),
            ("ResponseService.AccessResponse", self.own.response),
            ("ResponseService.AccessDraft", self.own.response),
        ):
            with self.subTest(method):
                self.assert_like_nothing(self.two, method, name)

    def test_writes(self):
        before = self.world()
        request = self.submission(self.own)
        with self.subTest("a submission for somebody else"):
            self.refused(
                "NOT_FOUND",
                "NOT_FOUND",
                lambda: self.two.client.send("ResponseService.SubmitResponse", request),
            )
        with self.subTest("a submission into another couple"):
            request.name = self.foreign.response
            request.request_id = self.ids.next()
            self.refused(
                "NOT_FOUND",
                "NOT_FOUND",
                lambda: self.one.client.send("ResponseService.SubmitResponse", request),
            )
        with self.subTest("homework for another therapist's couple"):
            self.refused(
                "NOT_FOUND",
                "NOT_FOUND",
                lambda: self.therapist.call(
                    "AssignmentService.AssignExercise",
                    parent=self.other_couple.name,
                    whole_couple=True,
                    exercise_revision=self.exercises["s7-self-care"].name,
                ),
            )
        with self.subTest("homework for a partner of another couple"):
            self.refused(
                "NOT_FOUND",
                "NOT_FOUND",
                lambda: self.therapist.call(
                    "AssignmentService.AssignExercise",
                    parent=self.couple.name,
                    partner=self.other_couple.partners[0].name,
                    exercise_revision=self.exercises["s7-self-care"].name,
                ),
            )
        self.assertEqual(before, self.world())

    def test_roles(self):
        for person, method, fields in (
            (self.one, "CareService.CreateCouple", {"parent": self.practice.name}),
            (self.one, "SafetyService.ListFlags", {"parent": self.practice.name}),
            (self.one, "StaffService.ListStaff", {"parent": self.practice.name}),
            (self.therapist, "ResponseService.SaveDraft", {"name": self.own.response}),
            (
                self.therapist,
                "StaffService.CreateStaff",
                {"parent": self.practice.name, "display_name": "X", "roles": [2]},
            ),
            (self.practice.administrator, "ResponseService.AccessResponse", {"name": self.own.response}),
            (self.practice.administrator, "CareService.AccessPartner", {"name": self.one.name}),
        ):
            with self.subTest(method):
                self.refused("PERMISSION_DENIED", None, lambda: person.call(method, **fields))


class Repeats(e2e.PracticeTest):
    """Repeats calls: the same outcome, once; another body is refused."""

    def test_the_same_body_gives_the_same_outcome(self):
        assignment = self.assign()
        request = self.submission(assignment)
        first = self.one.client.send("ResponseService.SubmitResponse", request)
        again = self.one.client.send("ResponseService.SubmitResponse", request)
        self.assertEqual(str(first.response), str(again.response))
        self.assertEqual(first.support, again.support)
        self.assertEqual(self.one.call("ResponseService.GetResponse", name=assignment.response).version, 1)

    def test_another_body_is_refused(self):
        assignment = self.assign()
        request = self.submission(assignment)
        self.one.client.send("ResponseService.SubmitResponse", request)
        before = self.world()
        request.withheld_items.append("today")
        failure = self.refused(
            "INVALID_ARGUMENT", None, lambda: self.one.client.send("ResponseService.SubmitResponse", request)
        )
        self.assertEqual([field for field, _ in failure.violations], ["request_id"])
        self.assertEqual(before, self.world())

    def test_the_same_id_for_another_person_is_another_call(self):
        request = self.submission(self.assign())
        other = self.submission(
            self.assign(partner=self.two), partner=self.two, request_id=request.request_id
        )
        self.one.client.send("ResponseService.SubmitResponse", request)
        self.two.client.send("ResponseService.SubmitResponse", other)

    def test_a_refused_call_can_be_mended_and_sent_again(self):
        request = self.submission(self.assign())
        request.etag = "stale"
        self.refused(
            "ABORTED",
            "ETAG_MISMATCH",
            lambda: self.one.client.send("ResponseService.SubmitResponse", request),
        )
        request.etag = self.one.call("ResponseService.GetResponse", name=request.name).etag
        request.request_id = self.ids.next()
        self.one.client.send("ResponseService.SubmitResponse", request)

    def test_a_repeat_that_returned_a_secret_voids_it(self):
        partner = self.therapist.call(
            "CareService.CreatePartner", parent=self.couple.name, display_name="Third"
        )
        practice_module.confirm_partner(self.therapist, partner.name)
        request = self.therapist.client.request(
            "CareService.CreateInvitation", partner=partner.name, in_person=True
        )
        code = self.therapist.client.send("CareService.CreateInvitation", request).code
        failure = self.refused(
            "ABORTED", None, lambda: self.therapist.client.send("CareService.CreateInvitation", request)
        )
        self.assertNotIn(code, str(failure))
        self.refused(
            "UNAUTHENTICATED",
            None,
            lambda: self.practice.connect().call(
                "SessionService.Enroll", code=code, secret=practice_module.SECRET
            ),
        )

    def test_submitting_twice_is_refused_and_amending_counts_up(self):
        assignment = self.assign()
        first = self.one.client.send("ResponseService.SubmitResponse", self.submission(assignment))
        self.refused(
            "FAILED_PRECONDITION",
            None,
            lambda: self.one.client.send("ResponseService.SubmitResponse", self.submission(assignment)),
        )
        amended = self.one.call(
            "ResponseService.AmendResponse",
            name=assignment.response,
            etag=first.response.etag,
            answers=[{"item_id": "today", "codes": {"codes": ["enough"]}}],
        )
        self.assertEqual(amended.response.version, 2)
        self.refused(
            "ABORTED",
            "ETAG_MISMATCH",
            lambda: self.one.call(
                "ResponseService.AmendResponse",
                name=assignment.response,
                etag=first.response.etag,
                answers=[{"item_id": "today", "codes": {"codes": ["enough"]}}],
            ),
        )


if __name__ == "__main__":
    e2e.main()
