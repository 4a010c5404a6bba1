#!/usr/bin/python3
"""Plays Mendwork's main job once, as clients would, against a running server, and checks every step of it.

    play.py --server ADDR --admin-server ADDR --people FILE --record-system URL

deploy/quickstart calls it. FILE holds who can sign in (deploy/demo/stage.py writes it); the couple of this run is added
to it. Everything is read back through the API as each person would see it. Exits 0 only if every claim held.
"""

import argparse
import json
import os
import pathlib
import secrets
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "tools"), str(ROOT / "deploy" / "demo")]

import homework  # noqa: E402
import sharing  # noqa: E402
from mendwork_client import Client, package, RequestIds, RpcFailure  # noqa: E402
from practice import consent_to_treatment, Person  # noqa: E402
from record_system import CHART_SYSTEM, RecordSystem  # noqa: E402
from story import StepFailed, Story  # noqa: E402

v1 = package("mendwork.v1")

GRANT_DELAY_SECONDS = 5


class Demo:
    """Holds what the steps share."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.story = Story()
        self.ids = RequestIds(arguments.seed)
        self.people = json.loads(arguments.people.read_text())
        self.practice = self.people["practice"]
        self.plugin = self.people["plugin"]
        self.record_system = RecordSystem(arguments.record_system)

    def sign_in(self, who, admin=False):
        entry = self.people[who]
        client = Client(self.arguments.admin_server if admin else self.arguments.server, self.ids)
        client.wait_until_ready(30)
        client.sign_in(entry["sign_in_name"], entry["secret"])
        return Person(entry["name"], entry["sign_in_name"], client, entry["secret"])

    def let_in(self, who, name, code):
        """Redeems an invitation with a secret that the person makes up, and remembers it for whoever tries the demo."""
        secret = secrets.token_urlsafe(12)
        client = Client(self.arguments.server, self.ids)
        client.wait_until_ready(30)
        person = Person(name, client.enroll(code, secret), client, secret)
        self.people[who] = {"name": name, "sign_in_name": person.sign_in_name, "secret": secret}
        return person

    def save_people(self):
        scratch = self.arguments.people.with_suffix(".new")
        with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(self.people, out, indent=2)
        os.replace(scratch, self.arguments.people)


def set_the_scene(demo):
    story = demo.story
    story.step("The practice")
    demo.administrator = demo.sign_in("administrator", admin=True)
    settings = demo.administrator.call("PracticeService.GetPractice", name=demo.practice)
    settings = demo.administrator.call(
        "PracticeService.UpdatePractice",
        update_mask={"paths": ["partner_grant_delay"]},
        practice={
            "name": demo.practice,
            "etag": settings.etag,
            "partner_grant_delay": {"seconds": GRANT_DELAY_SECONDS},
        },
    )
    story.tell(
        f"A demo practice. What one partner shares with the other waits {GRANT_DELAY_SECONDS} seconds here, so that "
        "you need not; in a real practice it waits 24 hours and can be taken back silently meanwhile. The support "
        "numbers of a demo practice cannot be dialled."
    )
    story.need(
        "the practice is marked as a demo, and the waiting time is what was set",
        settings.demo and settings.partner_grant_delay.seconds == GRANT_DELAY_SECONDS,
    )
    demo.therapist = demo.sign_in("therapist")
    story.tell("The record system is Medplum's own FHIR router, in memory: a program none of us wrote.")
    story.need("the record system answers", demo.record_system.answers())


def bring_in_the_couple(demo):
    story, therapist = demo.story, demo.therapist
    story.step("The therapist takes a couple into care")
    demo.couple = therapist.call("CareService.CreateCouple", parent=demo.practice).name
    for who, display_name in (("alex", "Alex"), ("robin", "Robin")):
        name = therapist.call(
            "CareService.CreatePartner",
            parent=demo.couple,
            display_name=display_name,
            language="en",
            time_zone="Europe/Madrid",
        ).name
        early = story.refused(
            f"no invitation for {display_name} before they were asked alone",
            "FAILED_PRECONDITION",
            lambda: therapist.call("CareService.CreateInvitation", partner=name, in_person=True),
        )
        if early:
            story.quote([early.message])
        therapist.call(
            "CareService.ConfirmPartner",
            name=name,
            adult=True,
            location="ES-MD Madrid",
            asked_alone=True,
            digital_homework=v1.Partner.DIGITAL_HOMEWORK_ACCEPTED,
        )
        code = therapist.call("CareService.CreateInvitation", partner=name, in_person=True).code
        person = demo.let_in(who, name, code)
        setattr(demo, who, person)
        story.claim(
            f"{display_name}, of age and asked alone, comes in with a one-time code and their own secret",
            person.client.session.person == name,
        )
        story.refused(
            "the code works once",
            "UNAUTHENTICATED",
            lambda: Client(demo.arguments.server, demo.ids).call(
                "SessionService.Enroll", code=code, secret=secrets.token_urlsafe(12)
            ),
        )
    demo.save_people()


def ask_for_consent(demo):
    story = demo.story
    story.step("Each partner, alone, reads what is kept between whom, and agrees or not")
    wording = demo.alex.call(
        "ConsentService.GetConsentWording", parent=demo.practice, topic=v1.CONSENT_TOPIC_TREATMENT
    )
    story.quote(wording.text.splitlines()[:4])
    for person, name in ((demo.alex, "Alex"), (demo.robin, "Robin")):
        grant = consent_to_treatment(person, demo.practice, demo.couple)
        kept = [
            each.name
            for each in person.client.list("ConsentService.ListConsents", "consents", parent=demo.couple)
        ]
        story.claim(
            f"{name}'s agreement is kept with the exact wording that was shown, and only {name} sees it",
            grant.wording_hash == wording.hash and kept == [grant.name],
        )
    other = demo.alex.client.list("ConsentService.ListConsents", "consents", parent=demo.couple)[0].name
    story.refused(
        "Robin cannot read Alex's consent",
        "NOT_FOUND",
        lambda: demo.robin.call("ConsentService.GetConsent", name=other),
    )


def plan_the_care(demo):
    story, therapist = demo.story, demo.therapist
    story.step(
        "The therapist records what only a therapist may: the event, and whether homework suits this couple"
    )
    event = therapist.call(
        "CareService.CreateBetrayalEvent",
        parent=demo.couple,
        betrayal_event={
            "status": v1.BetrayalEvent.STATUS_ACKNOWLEDGED,
            "participants": [
                {"partner": demo.alex.name, "role": v1.EVENT_ROLE_INVOLVED},
                {"partner": demo.robin.name, "role": v1.EVENT_ROLE_BETRAYED},
            ],
        },
    )
    demo.event = event.name
    decision = therapist.call(
        "CareService.RecordSuitability",
        parent=demo.couple,
        suitability_decision={
            "partners": [demo.alex.name, demo.robin.name],
            "spoke_to_each_alone": True,
            "decision": v1.SuitabilityDecision.DECISION_JOINT_WITH_LIMITS,
        },
    )
    weeks = (decision.expire_time.seconds - decision.create_time.seconds) / (7 * 86400)
    story.claim(
        "the decision was made after speaking to each alone, and lapses after eight weeks",
        round(weeks, 3) == 8,
    )
    story.refused(
        "no partner can read the event",
        "PERMISSION_DENIED",
        lambda: demo.robin.call("CareService.GetBetrayalEvent", name=demo.event),
    )
    demo.chart_number = f"DEMO-{secrets.randbelow(10**8):08d}"
    demo.chart = demo.record_system.open_chart(demo.chart_number)
    therapist.call(
        "CareService.LinkRecord",
        partner=demo.alex.name,
        plugin=demo.plugin,
        identifier_system=CHART_SYSTEM,
        identifier_value=demo.chart_number,
    )
    linked = therapist.call("CareService.GetPartner", name=demo.alex.name).linked_plugins
    story.claim(
        f"Alex is linked to chart {demo.chart_number} of the record system, by its number and never by name",
        list(linked) == [demo.plugin],
    )


def play(demo):
    set_the_scene(demo)
    bring_in_the_couple(demo)
    ask_for_consent(demo)
    plan_the_care(demo)
    homework.assign(demo)
    homework.answer(demo)
    homework.read_as_therapist(demo)
    homework.try_to_peek(demo)
    homework.answer_for_a_flag(demo)
    sharing.share_one_item(demo)
    sharing.release_to_the_record(demo)
    sharing.withdraw(demo)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--server", required=True, help="address of the API")
    parser.add_argument("--admin-server", required=True, help="address of the administration listener")
    parser.add_argument("--people", required=True, type=pathlib.Path, help="file with the people of the demo")
    parser.add_argument("--record-system", required=True, help="base URL of the FHIR endpoint")
    parser.add_argument("--seed", type=int, help="seed of the request ids; random by default")
    return parser.parse_args()


def main():
    demo = Demo(parse_arguments())
    try:
        play(demo)
    except StepFailed:
        demo.story.tell("The story cannot go on without that.")
    except (RpcFailure, AssertionError) as failure:
        demo.story.claim(f"a step failed: {failure}", False)
    return demo.story.end()


if __name__ == "__main__":
    sys.exit(main())
