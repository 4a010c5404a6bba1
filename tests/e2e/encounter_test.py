"""The session record and the view while several partners are in the room, against a real server."""

import e2e
import practice as practice_module
import server as server_module
from encounters import IN_PERSON, Appointment, Encounter, EncounterTest, Response, after, v1


class Record(EncounterTest):
    """The life of a session."""

    def test_opens_with_who_is_there_and_closes_with_one_form(self):
        booked = self.therapist.call(
            "CareService.CreateAppointment",
            parent=self.couple.name,
            appointment={
                "attendees": [self.one.name, self.two.name],
                "start_time": after(minutes=1),
                "end_time": after(hours=1),
            },
        )
        assignment = self.submit(self.one)
        encounter = self.open(appointment=booked.name)
        self.assertEqual(encounter.state, Encounter.STATE_OPEN)
        self.assertCountEqual(encounter.present, [self.one.name, self.two.name])
        self.assertEqual(list(encounter.clinicians), [self.therapist.name])
        closed = self.close(
            encounter,
            reviews=[
                {
                    "response": assignment.response,
                    "outcome": v1.REVIEW_OUTCOME_HELPED,
                    "note_to_author": "Small steps count.",
                }
            ],
            next_appointment={"start_time": after(days=7), "end_time": after(days=7, hours=1)},
        )
        self.assertEqual(closed.encounter.state, Encounter.STATE_CLOSED)
        self.assertEqual(list(closed.encounter.present), [])
        self.assertCountEqual(closed.next_appointment.attendees, [self.one.name, self.two.name])
        self.assertEqual(
            self.therapist.call("CareService.GetAppointment", name=booked.name).state,
            Appointment.STATE_COMPLETED,
        )
        self.assertEqual(
            self.therapist.call("ResponseService.GetResponse", name=assignment.response).state,
            Response.STATE_REVIEWED,
        )
        note = self.one.call("ResponseService.AccessReview", name=assignment.response)
        self.assertEqual(note.note_to_author, "Small steps count.")
        self.refused(
            "FAILED_PRECONDITION", "ENCOUNTER_CLOSED", lambda: self.close(closed.encounter)
        )

    def test_one_session_at_a_time(self):
        self.open()
        self.refused("FAILED_PRECONDITION", "ENCOUNTER_OPEN", self.open)

    def test_nothing_of_a_close_out_holds_when_a_part_is_refused(self):
        assignment = self.submit(self.one)
        encounter = self.open()
        self.refused(
            "INVALID_ARGUMENT",
            "INVALID_REQUEST",
            lambda: self.close(
                encounter,
                reviews=[{"response": assignment.response, "outcome": v1.REVIEW_OUTCOME_HELPED}],
                joint_window={"end_time": after(days=8)},
            ),
        )
        self.step_up()
        self.assertEqual(
            self.therapist.call("ResponseService.GetResponse", name=assignment.response).state,
            Response.STATE_SUBMITTED,
        )
        self.assertEqual(
            self.therapist.call("EncounterService.GetEncounter", name=encounter.name).state,
            Encounter.STATE_OPEN,
        )

    def test_a_place_is_confirmed_or_asked_for(self):
        partner = self.therapist.call(
            "CareService.CreatePartner", parent=self.couple.name, display_name="Partner three"
        )
        attendee = {"partner": partner.name}
        refused = self.refused(
            "FAILED_PRECONDITION",
            "LOCATION_UNKNOWN",
            lambda: self.therapist.call(
                "EncounterService.OpenEncounter",
                parent=self.couple.name,
                modality=IN_PERSON,
                attendees=[attendee],
            ),
        )
        self.assertIn("where", refused.message)
        self.therapist.call(
            "EncounterService.OpenEncounter",
            parent=self.couple.name,
            modality=IN_PERSON,
            attendees=[{**attendee, "location": "ES-MD, at a sister's"}],
        )
        self.assertEqual(
            self.therapist.call("CareService.AccessPartner", name=partner.name).location,
            "ES-MD, at a sister's",
        )

    def test_a_repeat_opens_nothing_twice(self):
        request = self.therapist.client.request(
            "EncounterService.OpenEncounter",
            parent=self.couple.name,
            modality=IN_PERSON,
            attendees=[{"partner": self.one.name}],
        )
        first = self.therapist.client.send("EncounterService.OpenEncounter", request)
        second = self.therapist.client.send("EncounterService.OpenEncounter", request)
        self.assertEqual(first.name, second.name)

    def test_partners_and_strangers_reach_no_session(self):
        encounter = self.open([self.one])
        self.refused(
            "PERMISSION_DENIED",
            None,
            lambda: self.one.call("EncounterService.GetEncounter", name=encounter.name),
        )
        stranger = self.practice.hire([practice_module.THERAPIST])
        self.refused(
            "NOT_FOUND", None, lambda: stranger.call("EncounterService.GetEncounter", name=encounter.name)
        )


class TogetherInTheRoom(EncounterTest):
    """What the therapist's screen shows while several partners look at it (clinical rulings, 2.14)."""

    def test_private_panels_ask_to_step_up(self):
        self.submit(self.one)
        self.open()
        for panel, call in self.private_calls().items():
            with self.subTest(panel):
                self.refused("FAILED_PRECONDITION", "STEP_UP_REQUIRED", call)

    def test_the_refusal_is_the_same_whatever_there_is_to_see(self):
        self.open()
        before = {panel: str(self.failure(call)) for panel, call in self.private_calls().items()}
        self.submit_while_together(self.two, {"not_safe_now": {"flag": True}, "today": {"codes": {"codes": ["enough"]}}})
        after_flag = {panel: str(self.failure(call)) for panel, call in self.private_calls().items()}
        self.assertEqual(before, after_flag)

    def submit_while_together(self, partner, chosen):
        """Assigns in a private view and answers; the therapist's view is the joint one again afterwards."""
        self.step_up()
        self.submit(partner, chosen)
        self.therapist.client.sign_in(self.therapist.sign_in_name, self.therapist.secret)

    def failure(self, call):
        return self.refused("FAILED_PRECONDITION", "STEP_UP_REQUIRED", call)

    def test_stepping_up_opens_them_for_this_session_only(self):
        self.open()
        elsewhere = self.practice.connect()
        elsewhere.sign_in(self.therapist.sign_in_name, self.therapist.secret)
        self.step_up()
        for panel, call in self.private_calls().items():
            with self.subTest(panel):
                call()
        with self.assertRaises(e2e.mendwork_client.RpcFailure) as caught:
            elsewhere.call("SafetyService.ListFlags", parent=self.practice.name)
        self.assertEqual(caught.exception.reason, "STEP_UP_REQUIRED")

    def test_a_wrong_secret_opens_nothing(self):
        self.open()
        self.refused(
            "FAILED_PRECONDITION",
            "WRONG_SECRET",
            lambda: self.therapist.call("SessionService.StepUp", secret="not the right secret"),
        )
        self.failure(self.private_calls()["flags"])

    def test_guessing_the_secret_has_to_wait(self):
        for _ in range(5):
            with self.assertRaises(e2e.mendwork_client.RpcFailure):
                self.therapist.call("SessionService.StepUp", secret="not the right secret")
        self.refused(
            "RESOURCE_EXHAUSTED",
            "SIGN_IN_THROTTLED",
            lambda: self.therapist.call("SessionService.StepUp", secret="not the right secret"),
        )
        server_module.wait_until("the right secret is accepted again", self.steps_up, 60)

    def steps_up(self):
        try:
            self.step_up()
            return True
        except e2e.mendwork_client.RpcFailure:
            return False

    def test_seeing_one_alone_opens_them(self):
        encounter = self.open()
        encounter = self.therapist.call(
            "EncounterService.UpdatePresence",
            name=encounter.name,
            etag=encounter.etag,
            present=[self.one.name],
        )
        self.private_calls()["flags"]()
        self.therapist.call(
            "EncounterService.UpdatePresence",
            name=encounter.name,
            etag=encounter.etag,
            present=[self.one.name, self.two.name],
        )
        self.failure(self.private_calls()["flags"])

    def test_a_response_shows_what_was_shared_with_everybody(self):
        week = {"today": {"codes": {"codes": ["week"]}}, "energy": {"codes": {"codes": ["some"]}}}
        shared = self.submit(self.one, {**week, "appreciation": {"text": "A walk in the rain"}})
        kept = self.submit(self.two, week)
        practice_module.share_item(
            self.one, self.practice.name, self.couple.name, shared.response, "appreciation"
        )
        self.open()
        opened = server_module.wait_until(
            "the grant to the other holds", lambda: self.opens(shared.response), 60
        )
        self.assertEqual([answer.item_id for answer in opened.answers], ["appreciation"])
        self.assertEqual(len(opened.scores), 0)
        self.refused(
            "NOT_FOUND",
            None,
            lambda: self.therapist.call("ResponseService.AccessResponse", name=kept.response),
        )
        brief = self.therapist.call("EncounterService.AccessJointBrief", parent=self.couple.name)
        self.assertEqual([list(each.item_ids) for each in brief.shared], [["appreciation"]])
        self.assertEqual(brief.shared[0].response, shared.response)

    def opens(self, response):
        try:
            return self.therapist.call("ResponseService.AccessResponse", name=response)
        except e2e.mendwork_client.RpcFailure:
            return None


if __name__ == "__main__":
    e2e.main()
