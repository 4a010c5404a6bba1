"""The two sheets of the brief, and the windows for joint work, against a real server."""

import e2e
import practice as practice_module
from encounters import EncounterTest, PrivateBrief, after, v1
from form_filler import answers_for


class Brief(EncounterTest):
    """The two sheets."""

    def test_the_private_sheet_says_what_happened_since(self):
        first = self.submit(self.one)
        self.close(self.open())
        second = self.submit(
            self.one,
            {"today": {"codes": {"codes": ["enough"]}}, "alone_with_therapist": {"codes": {"codes": ["next_time"]}}},
        )
        self.submit(self.two, {"today": {"codes": {"codes": ["enough"]}}, "not_safe_now": {"flag": True}})
        self.assign(partner=self.two, couple=self.couple, due_time=after(days=2))
        brief = self.therapist.call("EncounterService.AccessPrivateBrief", parent=self.couple.name)
        one, two = brief.partners
        self.assertEqual(one.wants_to_talk, PrivateBrief.WANTS_TO_TALK_NEXT_TIME)
        self.assertEqual(
            [(each.response, each.unreviewed, each.changed) for each in one.homework],
            [(first.response, True, False), (second.response, True, True)],
        )
        self.assertEqual(len(one.open_flags), 0)
        self.assertEqual([flag.category for flag in two.open_flags], ["suicide"])
        self.assertEqual([each.unreviewed for each in two.homework], [True, False])
        self.assertTrue(brief.pairs[0].current)

    def test_scores_are_compared(self):
        for codes in ("not_at_all", "nearly_every_day"):
            chosen = self.measure(codes)
            self.submit(self.one, chosen, key="phq-9")
        brief = self.therapist.call("EncounterService.AccessPrivateBrief", parent=self.couple.name)
        (score,) = brief.partners[0].scores
        self.assertEqual((score.previous_total, score.total, score.reliable_change), (0, 24, True))

    def measure(self, code):
        """Answers the first eight items of PHQ-9 with one option, the ninth with the lowest."""
        assignment = self.assign("phq-9", partner=self.one, couple=self.couple)
        form = self.one.call("AssignmentService.GetForm", name=assignment.name).form
        items = [item for item in form.items if item.item_id.startswith("phq9_") or item.item_id[-1:].isdigit()]
        codes = {}
        for number, item in enumerate(items):
            options = [option.code for option in item.options]
            codes[item.item_id] = {"codes": {"codes": [options[-1] if code != "not_at_all" and number < 8 else options[0]]}}
        return codes

    def test_without_the_grant_only_status_and_flags(self):
        self.submit(
            self.one,
            {"today": {"codes": {"codes": ["enough"]}}, "alone_with_therapist": {"codes": {"codes": ["next_time"]}}},
        )
        for consent in self.one.call("ConsentService.ListConsents", parent=self.couple.name).consents:
            self.one.call("ConsentService.WithdrawConsent", name=consent.name)
        brief = self.therapist.call("EncounterService.AccessPrivateBrief", parent=self.couple.name)
        sheet = brief.partners[0]
        self.assertFalse(sheet.treatment_granted)
        self.assertEqual(sheet.wants_to_talk, PrivateBrief.WANTS_TO_TALK_UNSPECIFIED)
        self.assertEqual(len(sheet.homework), 1)

    def test_the_joint_sheet_tells_of_no_private_thing(self):
        common = self.therapist.call(
            "AssignmentService.AssignExercise",
            parent=self.couple.name,
            exercise_revision=self.exercises["s7-self-care"].name,
            whole_couple=True,
        ).assignments
        before = self.therapist.call("EncounterService.AccessJointBrief", parent=self.couple.name)
        self.assertEqual(len(before.common_homework), 1)
        theirs = [each for each in common if each.partner == self.two.name][0]
        self.two.client.send(
            "ResponseService.SubmitResponse",
            self.submission(theirs, self.two, {"today": {"codes": {"codes": ["enough"]}}, "not_safe_now": {"flag": True}}),
        )
        self.submit(self.two)
        self.therapist.call(
            "CareService.CreateAppointment",
            parent=self.couple.name,
            appointment={
                "attendees": [self.two.name],
                "start_time": after(hours=1),
                "end_time": after(hours=2),
            },
        )
        after_all = self.therapist.call("EncounterService.AccessJointBrief", parent=self.couple.name)
        self.assertEqual(before, after_all)


class JointWork(EncounterTest):
    """Joint work is closed by default (confidentiality rules, B6)."""

    def closed(self, assignment):
        return self.refused(
            "FAILED_PRECONDITION",
            "NOT_AVAILABLE_NOW",
            lambda: self.one.call("AssignmentService.GetForm", name=assignment.name),
        )

    def own(self, assignments):
        return [each for each in assignments if each.partner == self.one.name][0]

    def test_opens_with_the_window_and_ends_with_it(self):
        assignment = self.own(self.assign_joint())
        self.assertFalse(self.one.call("AssignmentService.GetAssignment", name=assignment.name).available_now)
        before = self.closed(assignment)
        released = self.close(self.open(), joint_window={"end_time": after(days=7)}).encounter
        self.assertTrue(self.one.call("AssignmentService.GetAssignment", name=assignment.name).available_now)
        form = self.one.call("AssignmentService.GetForm", name=assignment.name).form
        submission = self.one.client.request(
            "ResponseService.SubmitResponse",
            name=assignment.response,
            etag=self.one.call("ResponseService.GetResponse", name=assignment.response).etag,
            answers=answers_for(form.items, {"today": {"codes": {"codes": ["enough"]}}}),
        )
        self.therapist.call("EncounterService.EndJointWindow", name=released.name, etag=released.etag)
        self.assertEqual(str(self.closed(assignment)), str(before))
        self.refused(
            "FAILED_PRECONDITION",
            "NOT_AVAILABLE_NOW",
            lambda: self.one.client.send("ResponseService.SubmitResponse", submission),
        )

    def test_a_later_close_without_one_releases_nothing_new(self):
        assignment = self.own(self.assign_joint())
        self.close(self.open())
        self.closed(assignment)

    def test_needs_a_joint_session_and_a_decision(self):
        window = {"joint_window": {"end_time": after(days=1)}}
        alone = self.open([self.one])
        self.refused("FAILED_PRECONDITION", "SUITABILITY_NEEDED", lambda: self.close(alone, **window))
        self.close(alone)
        self.therapist.call(
            "CareService.RecordSuitability",
            parent=self.couple.name,
            suitability_decision={
                "partners": [self.one.name, self.two.name],
                "spoke_to_each_alone": True,
                "decision": v1.SuitabilityDecision.DECISION_INDIVIDUAL_ONLY,
            },
        )
        both = self.open()
        self.refused("FAILED_PRECONDITION", "SUITABILITY_NEEDED", lambda: self.close(both, **window))

    def test_sharing_is_only_narrowed_in_a_session(self):
        assignment = self.submit(self.one)

        def share():
            return practice_module.share_item(
                self.one, self.practice.name, self.couple.name, assignment.response, "energy"
            )

        encounter = self.open([self.two])
        granted = share()  # only the other is in the room: nothing changes for this one
        self.close(encounter)
        self.open()
        self.refused("FAILED_PRECONDITION", "IN_SESSION", share)
        self.one.call("ConsentService.WithdrawConsent", name=granted.name)


if __name__ == "__main__":
    e2e.main()
