"""What the tests of the session record start from: a couple per test, and the calls of its therapist."""

import pathlib
import shutil
import time

import e2e
import practice as practice_module
import server as server_module

v1 = e2e.mendwork_client.package("mendwork.v1")
Encounter, PrivateBrief, Response, Appointment = v1.Encounter, v1.PrivateBrief, v1.Response, v1.Appointment

JOINT = "s3-shared-time"  # joint work; here without the capability that its reveal needs
IN_PERSON = Encounter.MODALITY_IN_PERSON


def after(days=0, hours=0, minutes=0):
    """Returns a moment from now on, as a field of a request."""
    return {"seconds": int(time.time()) + ((days * 24 + hours) * 60 + minutes) * 60}


class EncounterTest(e2e.PracticeTest):
    """Gives every test a couple of its own, since a session belongs to the couple."""

    @classmethod
    def setUpClass(cls):
        cls.ids = e2e.mendwork_client.RequestIds(e2e.Options.seed)
        cls.directory = server_module.temporary_data()
        cls.addClassCleanup(cls.directory.cleanup)
        cls.data = pathlib.Path(cls.directory.name)
        catalog = cls.data / "catalog"
        shutil.copytree(server_module.CATALOG, catalog)
        joint = catalog / "exercises" / f"{JOINT}.yaml"
        joint.write_text(joint.read_text().replace("requires: [couple_work]", "requires: []"))
        cls.server = server_module.Server(e2e.Options.binaries, cls.data / "d", catalog=catalog).start()
        cls.addClassCleanup(cls.server.kill)
        cls.practice = practice_module.Practice(cls.server, cls.ids)
        cls.practice.share_at_once()
        cls.therapist = cls.practice.hire([practice_module.THERAPIST])
        cls.exercises = practice_module.latest_exercises(cls.therapist)

    def setUp(self):
        self.couple = self.practice.bring_in_couple(self.therapist)
        self.one, self.two = self.couple.partners

    def tearDown(self):
        """Ends what is open, so that the next test's therapist is alone in the room."""
        self.step_up()
        for each in self.therapist.call("EncounterService.ListEncounters", parent=self.couple.name).encounters:
            if each.state == Encounter.STATE_OPEN:
                self.close(each)
        self.therapist.client.sign_in(self.therapist.sign_in_name, self.therapist.secret)

    def open(self, partners=None, **fields):
        partners = self.couple.partners if partners is None else partners
        return self.therapist.call(
            "EncounterService.OpenEncounter",
            parent=self.couple.name,
            modality=IN_PERSON,
            attendees=[{"partner": partner.name} for partner in partners],
            **fields,
        )

    def close(self, encounter, **fields):
        return self.therapist.call(
            "EncounterService.CloseEncounter",
            name=encounter.name,
            etag=encounter.etag,
            outcome=Encounter.OUTCOME_HELPED,
            **fields,
        )

    def step_up(self):
        return self.therapist.call("SessionService.StepUp", secret=self.therapist.secret)

    def submit(self, partner, chosen=None, key="s7-self-care"):
        assignment = self.assign(key, partner=partner, couple=self.couple)
        partner.client.send("ResponseService.SubmitResponse", self.submission(assignment, partner, chosen))
        return assignment

    def assign_joint(self):
        return self.therapist.call(
            "AssignmentService.AssignExercise",
            parent=self.couple.name,
            exercise_revision=self.exercises[JOINT].name,
            whole_couple=True,
        ).assignments

    def private_calls(self):
        """Every kind of panel that shows more than may be said together, as calls of the therapist."""
        parent, one = self.couple.name, self.one.name
        return {
            "assignments": lambda: self.therapist.call("AssignmentService.ListAssignments", parent=parent),
            "responses": lambda: self.therapist.call("ResponseService.ListResponses", parent=parent),
            "partner": lambda: self.therapist.call("CareService.GetPartner", name=one),
            "identity": lambda: self.therapist.call("CareService.AccessPartner", name=one),
            "appointments": lambda: self.therapist.call("CareService.ListAppointments", parent=parent),
            "suitability": lambda: self.therapist.call("CareService.ListSuitabilityDecisions", parent=parent),
            "releases": lambda: self.therapist.call("ConsentService.ListReleases", parent=parent),
            "flags": lambda: self.therapist.call("SafetyService.ListFlags", parent=self.practice.name),
            "sessions": lambda: self.therapist.call("EncounterService.ListEncounters", parent=parent),
            "brief": lambda: self.therapist.call("EncounterService.AccessPrivateBrief", parent=parent),
        }
