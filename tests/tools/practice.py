"""Sets up a practice over the API, as its people would: an administrator, a therapist, a couple that has joined."""

import dataclasses

import mendwork_client
from mendwork_client import Client

options = mendwork_client.package("mendwork.options.v1")
v1 = mendwork_client.package("mendwork.v1")

THERAPIST = options.ROLE_THERAPIST
ON_CALL = options.ROLE_ON_CALL
ADMINISTRATOR = options.ROLE_ADMINISTRATOR
Topic = v1.ConsentTopic
AudienceKind = v1.Audience.Kind
SECRET = "correct horse battery staple"  # for people who exist only in a test


@dataclasses.dataclass
class Person:
    """Is somebody who can sign in."""

    name: str  # resource name
    sign_in_name: str
    client: Client
    secret: str = SECRET

    def call(self, method, **fields):
        return self.client.call(method, **fields)


@dataclasses.dataclass
class Couple:
    """Is a couple in care."""

    name: str
    partners: list


class Practice:
    """Is a practice on a running server."""

    def __init__(self, server, ids, demo=True, timeout_seconds=60.0):
        self.server = server
        self.ids = ids
        self.timeout_seconds = timeout_seconds
        anonymous = self.connect(admin=True)
        made = anonymous.call(
            "PracticeService.InitializeServer",
            practice_display_name="Test practice",
            administrator_display_name="Test administrator",
            demo=demo,
        )
        self.name = made.practice.name
        self.administrator = self._enroll(made.administrator, made.enrollment_code, admin=True)

    def connect(self, admin=False):
        """Opens a signed-out connection."""
        address = self.server.admin_listen if admin else self.server.listen
        client = Client(address, self.ids, self.timeout_seconds)
        client.wait_until_ready(self.timeout_seconds)
        return client

    def _enroll(self, name, code, admin=False):
        client = self.connect(admin)
        return Person(name, client.enroll(code, SECRET), client)

    def share_at_once(self):
        """Lets a grant to another partner hold after a second instead of a day; the demo practice only."""
        settings = self.administrator.call("PracticeService.GetPractice", name=self.name)
        self.administrator.call(
            "PracticeService.UpdatePractice",
            update_mask={"paths": ["partner_grant_delay"]},
            practice={"name": self.name, "etag": settings.etag, "partner_grant_delay": {"seconds": 1}},
        )

    def hire(self, roles, display_name="Test therapist"):
        """Creates a staff member who has signed in."""
        made = self.administrator.call(
            "StaffService.CreateStaff", parent=self.name, display_name=display_name, roles=roles
        )
        return self._enroll(made.staff.name, made.enrollment_code)

    def bring_in_couple(self, therapist, display_names=("Partner one", "Partner two"), suitable=True):
        """Creates a couple whose partners have joined, consented to treatment, and may be given homework."""
        couple = therapist.call("CareService.CreateCouple", parent=self.name)
        partners = [self.bring_in_partner(therapist, couple.name, each) for each in display_names]
        if suitable:
            therapist.call(
                "CareService.RecordSuitability",
                parent=couple.name,
                suitability_decision={
                    "partners": [partner.name for partner in partners],
                    "spoke_to_each_alone": True,
                    "decision": v1.SuitabilityDecision.DECISION_JOINT,
                },
            )
        return Couple(couple.name, partners)

    def bring_in_partner(self, therapist, couple, display_name, language="en"):
        """Creates one partner, confirms them, lets them in, and gives the treatment grant."""
        partner = therapist.call(
            "CareService.CreatePartner",
            parent=couple,
            display_name=display_name,
            language=language,
            time_zone="Europe/Madrid",
        )
        confirm_partner(therapist, partner.name)
        invitation = therapist.call("CareService.CreateInvitation", partner=partner.name, in_person=True)
        person = self._enroll(partner.name, invitation.code)
        consent_to_treatment(person, self.name, couple)
        return person

    def record_event(self, therapist, couple, betrayed, involved):
        """Records an acknowledged event, which makes role variants assignable."""
        return therapist.call(
            "CareService.CreateBetrayalEvent",
            parent=couple,
            betrayal_event={
                "status": v1.BetrayalEvent.STATUS_ACKNOWLEDGED,
                "participants": [
                    {"partner": betrayed, "role": v1.EVENT_ROLE_BETRAYED},
                    {"partner": involved, "role": v1.EVENT_ROLE_INVOLVED},
                ],
            },
        )


def confirm_partner(therapist, partner, location="ES-MD Madrid"):
    therapist.call(
        "CareService.ConfirmPartner",
        name=partner,
        adult=True,
        location=location,
        asked_alone=True,
        digital_homework=v1.Partner.DIGITAL_HOMEWORK_ACCEPTED,
    )


def wording_hash(person, practice, topic):
    return person.call("ConsentService.GetConsentWording", parent=practice, topic=topic).hash


def consent_to_treatment(person, practice, couple):
    """Acknowledges the limits of confidentiality and gives the treating therapist the treatment grant."""
    person.call(
        "ConsentService.AcknowledgeLimits",
        parent=couple,
        wording_hash=wording_hash(person, practice, Topic.CONSENT_TOPIC_LIMITS),
    )
    return person.call(
        "ConsentService.GrantConsent",
        parent=couple,
        audience={"kind": AudienceKind.KIND_THERAPIST},
        scope={"everything": True},
        wording_hash=wording_hash(person, practice, Topic.CONSENT_TOPIC_TREATMENT),
    )


def share_item(person, practice, couple, response, item):
    """Grants the one other partner an item of a response; it holds after the practice's delay."""
    audiences = person.call("ConsentService.ListAudiences", parent=couple).audiences
    other = [each for each in audiences if each.kind == AudienceKind.KIND_PARTNER][0]
    return person.call(
        "ConsentService.GrantConsent",
        parent=couple,
        audience=other,
        scope={"item": {"response": response, "item_id": item}},
        wording_hash=wording_hash(person, practice, Topic.CONSENT_TOPIC_SHARING),
    )


def latest_exercises(therapist, language="en"):
    """Returns the newest revision of every exercise by its key."""
    newest = {}
    for exercise in therapist.client.list("CatalogService.ListExercises", "exercises", language=language):
        key, revision = exercise.name.split("/")[1], int(exercise.name.split("/")[3])
        if key not in newest or revision > newest[key][0]:
            newest[key] = (revision, exercise)
    return {key: exercise for key, (_, exercise) in newest.items()}
