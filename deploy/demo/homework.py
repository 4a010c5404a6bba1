"""Homework in the demo: assigning, answering, reading, trying to peek, and an answer that raises a flag."""

from form_filler import answers_for
from mendwork_client import package

v1 = package("mendwork.v1")

MADE_UP = "a" * 26  # shaped like an id, and nobody's


def answered(reply):
    return sorted(answer.item_id for answer in reply.answers)


def assign(demo):
    story, therapist = demo.story, demo.therapist
    story.step("The therapist assigns homework to the couple: one assignment per partner, always")
    demo.exercises = {}
    for exercise in therapist.client.list("CatalogService.ListExercises", "exercises"):
        demo.exercises[exercise.name.split("/")[1]] = exercise.name  # the newest revision comes last
    for key, event in (("s2-responsibility", demo.event), ("s7-self-care", ""), ("phq-9", "")):
        made = therapist.call(
            "AssignmentService.AssignExercise",
            parent=demo.couple,
            whole_couple=True,
            exercise_revision=demo.exercises[key],
            betrayal_event=event,
        )
        story.claim(
            f"{made.assignments[0].title} ({key}): two assignments with unrelated ids",
            len({each.name for each in made.assignments}) == 2,
        )
        if made.contraindications:
            story.quote([f"to weigh: {text}" for text in made.contraindications[:2]])
    for person, name in ((demo.alex, "Alex"), (demo.robin, "Robin")):
        own = person.client.list("AssignmentService.ListAssignments", "assignments", parent=demo.couple)
        person.assignments = {each.exercise_revision.split("/")[1]: each for each in own}
        story.claim(
            f"{name} sees three assignments, all their own, naming no role and nothing that groups them",
            len(own) == 3
            and all(each.partner == person.name and not each.group and not each.variant for each in own),
        )


def form_of(person, key):
    return person.call("AssignmentService.GetForm", name=person.assignments[key].name)


def submit(person, key, chosen, withheld=()):
    """Fills a form in and submits it; returns the reply."""
    name = person.assignments[key].response
    response = person.call("ResponseService.GetResponse", name=name)
    return person.call(
        "ResponseService.SubmitResponse",
        name=name,
        etag=response.etag,
        withheld_items=withheld,
        answers=answers_for(form_of(person, key).form.items, chosen),
    )


def answer(demo):
    story, alex, robin = demo.story, demo.alex, demo.robin
    story.step("Both partners answer, each on their own")
    own, other = form_of(alex, "s2-responsibility"), form_of(robin, "s2-responsibility")
    story.tell("The same homework carries different questions for the two, under one neutral title:")
    story.quote(
        [
            f"Alex:  {own.form.title} - {own.form.items[2].text}",
            f"Robin: {other.form.title} - {other.form.items[2].text}",
        ]
    )
    story.claim(
        "the titles are the same, the questions are not, and the help shown to both is the same to the byte",
        own.form.title == other.form.title
        and own.form.items[2].text != other.form.items[2].text
        and own.support == other.support,
    )

    name = alex.assignments["s2-responsibility"].response
    letter = {"letter": {"sections": {"what_i_did": "I hid things from you, for months."}}}
    chosen = {"focus": {"codes": {"codes": ["letter"]}}, "letter": letter}
    before = demo.therapist.call("ResponseService.GetResponse", name=name)
    alex.call(
        "ResponseService.SaveDraft", name=name, draft_revision=0, answers=answers_for(own.form.items, chosen)
    )
    story.claim(
        "Alex saves a draft; the therapist sees neither it nor that there is one",
        demo.therapist.call("ResponseService.GetResponse", name=name) == before,
    )
    story.refused(
        "nobody but Alex opens the draft",
        "NOT_FOUND",
        lambda: robin.call("ResponseService.AccessDraft", name=name),
    )

    chosen["next_step"] = {"text": "Tell you on my own, before you ask."}
    submit(alex, "s2-responsibility", chosen)
    submit(
        alex,
        "s7-self-care",
        {
            "today": {"codes": {"codes": ["day"]}},
            "mood": {"number": 3},
            "sleep_hours": {"number": 5.5},
            "energy": {"codes": {"codes": ["some"]}},
            "day_log": {
                "log": {
                    "entries": [
                        {
                            "activity": "movement",
                            "minutes": 15,
                            "outcome": v1.ActivityLog.Entry.OUTCOME_SHORTENED,
                        }
                    ]
                }
            },
        },
        withheld=["mood"],
    )
    story.claim(
        "Alex submits two; from the second Alex keeps one answer to themselves (mood)",
        list(
            alex.call(
                "ResponseService.AccessResponse", name=alex.assignments["s7-self-care"].response
            ).withheld_items
        )
        == ["mood"],
    )
    reply = submit(
        robin,
        "s2-responsibility",
        {
            "focus": {"codes": {"codes": ["hearing"]}},
            "hear_apology": {"codes": {"codes": ["not_yet"]}},
            "small_help": {"text": "A long walk on Sunday."},
        },
    )
    story.claim("Robin submits too", reply.response.state == v1.Response.STATE_SUBMITTED)


def read_as_therapist(demo):
    story = demo.story
    story.step("The therapist reads what each agreed to show")
    reply = demo.therapist.call(
        "ResponseService.AccessResponse", name=demo.alex.assignments["s7-self-care"].response
    )
    story.quote([f"Alex, looking after yourself: {', '.join(answered(reply))}"])
    story.claim(
        "the withheld answer is absent for the therapist, without a trace of its absence",
        "mood" not in answered(reply) and "sleep_hours" in answered(reply) and not reply.withheld_items,
    )
    reply = demo.therapist.call(
        "ResponseService.AccessResponse", name=demo.robin.assignments["s2-responsibility"].response
    )
    story.claim("Robin's answers are there, under Robin's own agreement", "hear_apology" in answered(reply))
    story.refused(
        "the administrator cannot read any of it",
        "PERMISSION_DENIED",
        lambda: demo.administrator.call(
            "ResponseService.AccessResponse", name=demo.robin.assignments["s2-responsibility"].response
        ),
    )


def try_to_peek(demo):
    story, alex, robin = demo.story, demo.alex, demo.robin
    story.step("What a partner sees of the other's answers: nothing, and no sign that there is anything")
    name = alex.assignments["s2-responsibility"].response
    real = story.refused(
        "Robin asks for Alex's answers by their very name",
        "NOT_FOUND",
        lambda: robin.call("ResponseService.AccessResponse", name=name),
    )
    head, _, _ = name.rpartition("/")
    made_up = story.refused(
        "Robin asks for answers that do not exist",
        "NOT_FOUND",
        lambda: robin.call("ResponseService.AccessResponse", name=f"{head}/{MADE_UP}"),
    )
    if real and made_up:
        story.claim(
            "the two refusals are the same, word for word",
            (real.message, real.reason, real.violations, real.localized)
            == (made_up.message, made_up.reason, made_up.violations, made_up.localized),
        )
    own = robin.client.list("ResponseService.ListResponses", "responses", parent=demo.couple)
    story.claim(
        "Robin's list holds only Robin's own",
        len(own) == 3 and all(each.partner == robin.name for each in own),
    )
    story.claim(
        "nothing is shared with Robin yet",
        robin.client.list("ResponseService.ListSharedResponses", "shared_responses", parent=demo.couple)
        == [],
    )


def _phq(item_nine):
    often = {"codes": {"codes": ["several_days"]}}
    return {
        **{f"phq9_{number}": often for number in range(1, 9)},
        "phq9_9": {"codes": {"codes": [item_nine]}},
    }


def answer_for_a_flag(demo):
    story, alex, robin, therapist = demo.story, demo.alex, demo.robin, demo.therapist
    story.step("One answer is dangerous: it raises a flag for the therapist, and nobody else can tell")
    calm = submit(alex, "phq-9", _phq("not_at_all"))
    worrying = submit(robin, "phq-9", _phq("more_than_half_the_days"))
    story.claim(
        "Alex's and Robin's replies look the same: same help, to the byte, and the same state",
        calm.support == worrying.support and calm.response.state == worrying.response.state,
    )
    story.quote(
        [worrying.support.text, *(f"{each.label}: {each.contact}" for each in worrying.support.contacts)]
    )
    flags = [
        each
        for each in therapist.client.list("SafetyService.ListFlags", "flags", parent=demo.practice)
        if each.couple == demo.couple
    ]
    story.need("the therapist has one flag, about Robin", len(flags) == 1 and flags[0].partner == robin.name)
    opened = therapist.call("SafetyService.AccessFlag", name=flags[0].name)
    severity = v1.Flag.Severity.Name(opened.flag.severity).removeprefix("SEVERITY_").lower()
    story.quote(
        [
            f"{severity}: {opened.flag.category} / {opened.flag.subject}, "
            f"{opened.partner_display_name}, {opened.partner_location}",
            *(f"{each.question}: {each.answer}" for each in opened.evidence),
        ]
    )
    story.claim(
        "it shows who, where they are, and the answer that raised it",
        opened.partner_display_name == "Robin" and any(each.answer for each in opened.evidence),
    )
    acknowledged = therapist.call(
        "SafetyService.AcknowledgeFlag", name=opened.flag.name, etag=opened.flag.etag
    )
    story.claim(
        "the therapist acknowledges it: somebody acts now, and the clock says when",
        acknowledged.state == v1.Flag.STATE_ACKNOWLEDGED and acknowledged.acknowledge_time.seconds > 0,
    )
    for person, name in ((alex, "Alex"), (robin, "Robin")):
        story.refused(
            f"{name} cannot list flags",
            "PERMISSION_DENIED",
            lambda: person.call("SafetyService.ListFlags", parent=demo.practice),
        )
    again = robin.call("ResponseService.AccessResponse", name=robin.assignments["phq-9"].response)
    story.claim(
        "Robin's own copy does not show that answer again either: somebody may look over a shoulder",
        "phq9_9" not in answered(again) and "phq9_1" in answered(again),
    )
    resolved = therapist.call(
        "SafetyService.ResolveFlag",
        name=acknowledged.name,
        etag=acknowledged.etag,
        disposition=v1.DISPOSITION_SAFETY_PLAN_MADE,
        note="Called at once. Safe now; plan made together; seen again tomorrow.",
    )
    story.claim(
        "the therapist calls Robin, makes a safety plan, and closes the flag with what was done",
        resolved.state == v1.Flag.STATE_RESOLVED,
    )
