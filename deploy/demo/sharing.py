"""Sharing in the demo: one item for the other partner, a copy in the record system, and both taken back."""

import time

from homework import answered
from mendwork_client import package, RpcFailure
from practice import AudienceKind, Topic, wording_hash
from record_system import CHART_SYSTEM, items_of
from server import wait_until

admin = package("mendwork.admin.v1")
v1 = package("mendwork.v1")

DELIVERY_SECONDS = 60


def shared_with(person, couple):
    return person.client.list("ResponseService.ListSharedResponses", "shared_responses", parent=couple)


def share_one_item(demo):
    story, alex, robin = demo.story, demo.alex, demo.robin
    story.step("Alex shows Robin one answer, and nothing else")
    audiences = alex.client.list("ConsentService.ListAudiences", "audiences", parent=demo.couple)
    other = next(each for each in audiences if each.kind == AudienceKind.KIND_PARTNER)
    scope = {"item": {"response": alex.assignments["s2-responsibility"].response, "item_id": "next_step"}}
    demo.share = alex.call(
        "ConsentService.GrantConsent",
        parent=demo.couple,
        scope=scope,
        audience={"kind": other.kind, "resource": other.resource},
        wording_hash=wording_hash(alex, demo.practice, Topic.CONSENT_TOPIC_SHARING),
    )
    wait = demo.share.effective_time.seconds - demo.share.create_time.seconds
    story.claim(
        f"the grant waits {wait} seconds before it holds; until then Alex can take it back in silence",
        demo.share.state == v1.Consent.STATE_PENDING,
    )
    if time.time() < demo.share.effective_time.seconds:
        story.claim("meanwhile Robin sees nothing", shared_with(robin, demo.couple) == [])
    found = wait_until("what Alex shared reaches Robin", lambda: shared_with(robin, demo.couple), wait + 30)
    reply = robin.call("ResponseService.AccessSharedResponse", name=found[0].name)
    story.quote(
        [
            f'Robin reads, under "{found[0].title}": {each.question} - {each.answer.text}'
            for each in reply.answers
        ]
    )
    story.claim(
        "Robin reads that one answer, and only that one",
        len(found) == 1 and answered_items(reply) == ["next_step"],
    )
    story.claim(
        "what Robin holds carries no name of Alex's own resources",
        demo.share.scope.item.response not in str(reply),
    )


def answered_items(reply):
    return sorted(each.answer.item_id for each in reply.answers)


def _released(demo, response):
    return demo.therapist.call(
        "ConsentService.CreateRelease", parent=demo.couple, response=response, plugin=demo.plugin
    )


def _deliveries(demo, kind):
    found = demo.therapist.client.list("PluginAdminService.ListDeliveries", "deliveries", parent=demo.plugin)
    return [each for each in found if each.kind == kind]


def _in_chart(demo):
    """Returns Alex's questionnaire responses in the record system that are not marked as entered in error."""
    return [
        each
        for each in demo.record_system.in_chart("QuestionnaireResponse", demo.chart)
        if each["status"] != "entered-in-error"
    ]


def release_to_the_record(demo):
    story, alex = demo.story, demo.alex
    story.step("A copy goes to the record system: only with Alex's consent and the therapist's release")
    response = alex.assignments["s7-self-care"].response
    try:
        _released(demo, response)  # allowed or refused, nothing may leave
    except RpcFailure as refusal:
        story.quote([refusal.message])
    story.claim("without Alex's consent nothing reaches the record system", _in_chart(demo) == [])
    exercise = "/".join(demo.exercises["s7-self-care"].split("/")[:2])
    demo.record_consent = alex.call(
        "ConsentService.GrantConsent",
        parent=demo.couple,
        scope={"exercise": exercise},
        audience={"kind": AudienceKind.KIND_PLUGIN, "resource": demo.plugin},
        wording_hash=wording_hash(alex, demo.practice, Topic.CONSENT_TOPIC_RECORD),
    )
    story.claim(
        "Alex agrees to a copy of this one exercise; it holds from the next read",
        demo.record_consent.state == v1.Consent.STATE_IN_FORCE,
    )
    demo.release = _released(demo, response)
    story.claim("the therapist releases it", demo.release.state == v1.Release.STATE_RELEASED)
    wait_until(
        "the delivery is made",
        lambda: any(
            each.state == admin.Delivery.STATE_DELIVERED
            for each in _deliveries(demo, admin.Delivery.KIND_RESPONSE_RELEASED)
        ),
        DELIVERY_SECONDS,
    )
    found = wait_until("the copy lies in Alex's chart", lambda: _in_chart(demo), DELIVERY_SECONDS)
    items = items_of(found[0])
    story.quote(
        [
            f"QuestionnaireResponse {found[0]['id']} in chart {CHART_SYSTEM}|{demo.chart_number}: {', '.join(items)}"
        ]
    )
    story.need("exactly one copy lies in Alex's chart", len(found) == 1)
    story.claim("the withheld answer is not in it", "mood" not in items and "sleep_hours" in items)
    story.claim("it names nobody", not any(name in str(found) for name in ("Alex", "Robin")))


def withdraw(demo):
    story, alex, robin = demo.story, demo.alex, demo.robin
    story.step("Alex changes their mind, twice")
    alex.call("ConsentService.WithdrawConsent", name=demo.share.name)
    story.claim(
        "from the next read Robin sees nothing, as if it had never been shared",
        shared_with(robin, demo.couple) == [],
    )
    alex.call("ConsentService.WithdrawConsent", name=demo.record_consent.name)
    wait_until("the record system takes the copy out", lambda: _in_chart(demo) == [], DELIVERY_SECONDS)
    kept = demo.record_system.in_chart("QuestionnaireResponse", demo.chart)
    story.quote(
        [
            f"QuestionnaireResponse {each['id']}: {each['status']}, items: {', '.join(items_of(each)) or 'none'}"
            for each in kept
        ]
        or ["nothing is left"]
    )
    story.claim(
        "the record system shows the copy as entered in error, by the practice's setting",
        bool(kept) and all(each["status"] == "entered-in-error" for each in kept),
    )
    release = wait_until("the release is revoked", lambda: _revoked(demo), DELIVERY_SECONDS)
    story.claim("the therapist sees that the release was revoked", release.state == v1.Release.STATE_REVOKED)
    mine = alex.call("ResponseService.AccessResponse", name=alex.assignments["s7-self-care"].response)
    story.claim("Alex's own answers are untouched", "mood" in answered(mine))


def _revoked(demo):
    release = demo.therapist.call("ConsentService.GetRelease", name=demo.release.name)
    return release if release.state == v1.Release.STATE_REVOKED else None
