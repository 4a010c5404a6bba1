#!/usr/bin/python3
"""Plants a marker in every sensitive field that a normal day fills, then searches log, database, write-ahead log and
keyring for it: content must be nowhere but in the replies to those who may read it."""

import e2e
import mendwork_client
import practice as practice_module
from form_filler import answers_for

MARKER = "qzmarker"  # lower case and without punctuation, so that no encoding of text hides it

v1 = mendwork_client.package("mendwork.v1")
LOCATION = f"ES-MD {MARKER}location"


class MarkerSweep(e2e.PracticeTest):
    """Fills a day with markers."""

    def test_content_is_nowhere_in_the_clear(self):
        self.fill_names()
        assignment = self.answer_homework()
        self.answer_dangerously()
        self.review(assignment)
        self.assert_read_back(assignment)
        while_running = self.sweep()
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual((while_running, self.sweep()), ([], []))

    def fill_names(self):
        made = self.practice.administrator.call(
            "StaffService.CreateStaff", parent=self.practice.name, roles=[2], display_name=f"{MARKER}staff"
        )
        self.practice.connect().enroll(made.enrollment_code, f"{MARKER}secret of the staff member")
        partner = self.therapist.call(
            "CareService.CreatePartner", parent=self.couple.name, display_name=f"{MARKER}partner"
        )
        practice_module.confirm_partner(self.therapist, partner.name, LOCATION)
        self.third = partner.name

    def answer_homework(self):
        assignment = self.assign()
        form = self.one.call("AssignmentService.GetForm", name=assignment.name).form
        chosen = {"today": {"codes": {"codes": ["plans"]}}, "hard_moment": {"text": f"{MARKER}draft"}}
        self.one.call(
            "ResponseService.SaveDraft",
            name=assignment.response,
            draft_revision=0,
            answers=answers_for(form.items, chosen),
        )
        chosen["hard_moment"] = {"text": f"{MARKER}submitted"}
        self.one.client.send("ResponseService.SubmitResponse", self.submission(assignment, chosen=chosen))
        chosen["hard_moment"] = {"text": f"{MARKER}amended"}
        response = self.one.call("ResponseService.GetResponse", name=assignment.response)
        self.one.call(
            "ResponseService.AmendResponse",
            name=response.name,
            etag=response.etag,
            answers=answers_for(form.items, chosen),
        )
        return assignment

    def answer_dangerously(self):
        assignment = self.assign()
        self.one.client.send(
            "ResponseService.SubmitResponse",
            self.submission(
                assignment, chosen={"today": {"codes": {"codes": ["enough"]}}, "not_safe_now": {"flag": True}}
            ),
        )
        flag = self.therapist.client.list("SafetyService.ListFlags", "flags", parent=self.practice.name)[0]
        flag = self.therapist.call("SafetyService.AcknowledgeFlag", name=flag.name, etag=flag.etag)
        self.therapist.call(
            "SafetyService.ResolveFlag",
            name=flag.name,
            etag=flag.etag,
            note=f"{MARKER}resolution",
            disposition=v1.DISPOSITION_CONTACTED_SAFE,
        )

    def review(self, assignment):
        response = self.therapist.call("ResponseService.GetResponse", name=assignment.response)
        self.therapist.call(
            "ResponseService.ReviewResponse",
            name=response.name,
            etag=response.etag,
            discussed=True,
            outcome=v1.REVIEW_OUTCOME_HELPED,
            note_to_author=f"{MARKER}note",
        )

    def assert_read_back(self, assignment):
        """Makes sure that the markers were planted at all."""
        self.assertIn(
            f"{MARKER}amended",
            str(self.therapist.call("ResponseService.AccessResponse", name=assignment.response)),
        )
        self.assertIn(
            f"{MARKER}note", str(self.one.call("ResponseService.AccessReview", name=assignment.response))
        )
        self.assertIn(LOCATION, str(self.therapist.call("CareService.AccessPartner", name=self.third)))

    def sweep(self):
        """Returns where the marker is found, as text or as UTF-16 or hexadecimal."""
        needles = [MARKER.encode(), MARKER.encode("utf-16-le"), MARKER.encode().hex().encode()]
        haystacks = {"the log": "\n".join(self.server.log).encode()}
        haystacks |= {str(path): path.read_bytes() for path in self.data.rglob("*") if path.is_file()}
        self.assertGreater(len(haystacks), 3, "the data directory holds database, keyring and key")
        return [name for name, text in haystacks.items() if any(needle in text.lower() for needle in needles)]


if __name__ == "__main__":
    e2e.main()
