#!/usr/bin/python3
"""Every item type from the author's file to the stored answer, on a server with its own catalogue."""

import pathlib
import shutil

import e2e
import mendwork_client
import practice as practice_module
import server as server_module

v1 = mendwork_client.package("mendwork.v1")
FILES = pathlib.Path(__file__).resolve().parent / "catalog"
Outcome = v1.ActivityLog.Entry.Outcome
SUBMIT, AMEND = "ResponseService.SubmitResponse", "ResponseService.AmendResponse"


def text(words):
    return {"text": words}


def codes(*chosen):
    return {"codes": {"codes": chosen}}


def number(value):
    return {"number": value}


def flag(value):
    return {"flag": value}


def letter(**sections):
    return {"letter": {"sections": sections}}


def log(*entries):
    return {"log": {"entries": entries}}


def entry(activity="walk", outcome="OUTCOME_DONE", minutes=30, **more):
    return {"activity": activity, "outcome": Outcome.Value(outcome), "minutes": minutes, **more}


def rows(*each):
    return {
        "rows": {
            "rows": [{"answers": [{"item_id": key, **value} for key, value in row.items()]} for row in each]
        }
    }


# What a person may answer, all of it together one whole form.
GOOD = {
    "short": text("ñandú"),
    "mark": text("A. B."),
    "story": text("Zwei,\nне больше"),
    "note": letter(first="Hola", second=""),
    "pick": codes("one"),
    "level": codes("high"),
    "several": codes("blue", "red"),
    "order": codes("water", "tea"),
    "scale": number(4),
    "amount": number(2.5),
    "day": text("2026-02-28"),
    "hour": text("09:05"),
    "agree": flag(False),
    "done": codes("rest"),
    "log": log(
        entry("walk", "OUTCOME_DONE", 60, rating=0),
        entry("talk", "OUTCOME_SHORTENED", 5, rating=10),
        entry("walk", "OUTCOME_SKIPPED", 5),
    ),
    "people": rows(
        {"who": text("A"), "near": flag(True), "since": text("2019-05-01")},
        {"who": text("B"), "near": flag(False)},
    ),
    "confirm": flag(True),
    "alone_with_therapist": codes("next_time"),
}

# The bounds themselves, and what may be left out: item and answer, or None.
ALSO_GOOD = [
    ("short", text("ab")),
    ("short", text("ж" * 10)),
    ("mark", None),
    ("story", text("x" * 20)),
    ("note", letter(first="only")),
    ("several", codes("none")),
    ("several", codes("green")),
    ("order", codes("coffee")),
    ("scale", number(0)),
    ("scale", number(10)),
    ("amount", number(0)),
    ("amount", number(5)),
    ("day", text("2020-01-01")),
    ("day", text("2030-12-31")),
    ("hour", text("08:00")),
    ("hour", text("20:00")),
    ("agree", flag(True)),
    ("done", codes("walk", "rest")),
    ("log", None),
    ("people", rows({"who": text("Z")})),
    ("pick", None),
]

# Item, answer, path below "answers", and the words of the rule that refuses it.
RULES = {
    "required": "Please answer this question.",
    "value_kind": "This answer does not have the form its question asks for.",
    "min_length": "Please use at least 2 characters.",
    "max_length": "Please use at most 10 characters.",
    "max_length_20": "Please use at most 20 characters.",
    "pattern": "Please use initials only, such as A. B.",
    "option": "Please choose from the list.",
    "option_repeated": "Each choice can be made only once.",
    "exclusive": "This choice cannot be combined with another one.",
    "one_only": "Please give no more than 1 here.",
    "two_at_most": "Please give no more than 2 here.",
    "three_at_most": "Please give no more than 3 here.",
    "range_scale": "Please give a number from 0 to 10.",
    "range_amount": "Please give a number from 0 to 5.",
    "range_minutes": "Please give a number from 5 to 60.",
    "step_scale": "Please give a number in steps of 2, counted from 0.",
    "step_amount": "Please give a number in steps of 0.5, counted from 0.",
    "date": "Please give a date as year-month-day, such as 2026-01-31.",
    "earliest_day": "Please give 2020-01-01 or later.",
    "latest_day": "Please give 2030-12-31 or earlier.",
    "time": "Please give a time as hours and minutes, such as 07:30.",
    "earliest_hour": "Please give 08:00 or later.",
    "latest_hour": "Please give 20:00 or earlier.",
    "unknown_section": "This heading is not part of the letter.",
    "attestation": "Please tick this to confirm it, or leave the form for later.",
    "hidden_item": "This question is not shown with your other answers, so it cannot be answered.",
    "no_answer": "This part of the form takes no answer.",
}
BAD = [
    ("hello", text("hi"), "[hello]", "no_answer"),
    ("short", None, "[short]", "required"),
    ("short", text("  "), "[short]", "required"),
    ("short", text("a"), "[short]", "min_length"),
    ("short", text("ж" * 11), "[short]", "max_length"),
    ("short", number(3), "[short]", "value_kind"),
    ("mark", text("Alexander"), "[mark]", "pattern"),
    ("story", text("x" * 21), "[story]", "max_length_20"),
    ("story", flag(True), "[story]", "value_kind"),
    ("note_caution", flag(True), "[note_caution]", "no_answer"),
    ("note", letter(second="no first"), "[note][first]", "required"),
    ("note", letter(first="x" * 11), "[note][first]", "max_length"),
    ("note", letter(first="a", third="b"), "[note]", "unknown_section"),
    ("note", text("a"), "[note]", "value_kind"),
    ("pick", codes("three"), "[pick]", "option"),
    ("pick", codes("one", "two"), "[pick]", "one_only"),
    ("pick", text("one"), "[pick]", "value_kind"),
    ("hidden", text("because"), "[hidden]", "hidden_item"),
    ("level", codes("middle"), "[level]", "option"),
    ("level", number(3), "[level]", "value_kind"),
    ("several", codes("red", "green", "blue"), "[several]", "two_at_most"),
    ("several", codes("red", "red"), "[several]", "option_repeated"),
    ("several", codes("red", "none"), "[several]", "exclusive"),
    ("order", codes("tea", "coffee", "water"), "[order]", "two_at_most"),
    ("order", codes("tea", "tea"), "[order]", "option_repeated"),
    ("scale", number(12), "[scale]", "range_scale"),
    ("scale", number(-2), "[scale]", "range_scale"),
    ("scale", number(3), "[scale]", "step_scale"),
    ("scale", text("4"), "[scale]", "value_kind"),
    ("amount", number(5.5), "[amount]", "range_amount"),
    ("amount", number(2.25), "[amount]", "step_amount"),
    ("day", text("2026-02-30"), "[day]", "date"),
    ("day", text("2019-12-31"), "[day]", "earliest_day"),
    ("day", text("2031-01-01"), "[day]", "latest_day"),
    ("day", number(20260131), "[day]", "value_kind"),
    ("hour", text("9:05"), "[hour]", "time"),
    ("hour", text("07:59"), "[hour]", "earliest_hour"),
    ("hour", text("20:01"), "[hour]", "latest_hour"),
    ("agree", text("yes"), "[agree]", "value_kind"),
    ("done", codes("run"), "[done]", "option"),
    ("log", log(entry("run")), "[log][0].activity", "option"),
    ("log", log(entry(), entry(minutes=61)), "[log][1].minutes", "range_minutes"),
    ("log", log(entry(minutes=4)), "[log][0].minutes", "range_minutes"),
    ("log", log(entry(), entry(), entry(), entry()), "[log]", "three_at_most"),
    ("log", codes("walk"), "[log]", "value_kind"),
    ("people", rows({"who": text("Alexander")}), "[people][0][who]", "pattern"),
    ("people", rows({"who": text("A")}, {"near": flag(True)}), "[people][1][who]", "required"),
    ("people", rows({"who": text("A"), "since": text("2020-01-01")}), "[people][0][since]", "hidden_item"),
    ("people", rows(*[{"who": text("A")}] * 3), "[people]", "two_at_most"),
    ("people", text("A"), "[people]", "value_kind"),
    ("confirm", None, "[confirm]", "required"),
    ("confirm", flag(False), "[confirm]", "attestation"),
    ("worry", text("yes"), "[worry]", "value_kind"),
    ("alone_with_therapist", codes("perhaps"), "[alone_with_therapist]", "option"),
]


def with_answer(item_id, answer):
    """Returns the good answers with one of them put in, or left out."""
    answers = {**GOOD, item_id: answer}
    return {key: value for key, value in answers.items() if value is not None}


def as_list(answers):
    return [{"item_id": key, **value} for key, value in answers.items()]


def as_sent(answers):
    return {key: v1.Answer(item_id=key, **value) for key, value in answers.items()}


class ItemTypesTest(e2e.PracticeTest):
    """Serves the two files beside this test, and no others, under the harm rules as shipped."""

    @classmethod
    def setUpClass(cls):
        cls.ids = mendwork_client.RequestIds(e2e.Options.seed)
        cls.directory = server_module.temporary_data()
        cls.addClassCleanup(cls.directory.cleanup)
        cls.data = pathlib.Path(cls.directory.name)
        cls.server = server_module.Server(
            e2e.Options.binaries, cls.data / "d", catalog=cls.catalog("c")
        ).start()
        cls.addClassCleanup(cls.server.kill)
        cls.practice = practice_module.Practice(cls.server, cls.ids)
        cls.therapist = cls.practice.hire([practice_module.THERAPIST])
        cls.couple = cls.practice.bring_in_couple(cls.therapist)
        cls.one, cls.two = cls.couple.partners
        cls.exercises = practice_module.latest_exercises(cls.therapist)

    @classmethod
    def catalog(cls, name):
        """Makes a catalogue directory of the files of this test."""
        made = cls.data / name
        shutil.copytree(FILES, made / "exercises")
        shutil.copytree(server_module.CATALOG / "lint", made / "lint")
        return made

    def open_response(self):
        assignment = self.assign("every-type")
        response = self.one.call("ResponseService.GetResponse", name=assignment.response)
        return assignment, response

    def write(self, method, response, answers):
        request = self.one.client.request(
            method, name=response.name, etag=response.etag, answers=as_list(answers), language="en"
        )
        return self.one.client.send(method, request).response

    def read(self, person, response):
        opened = person.call("ResponseService.AccessResponse", name=response.name)
        return {answer.item_id: answer for answer in opened.answers}, opened.scores

    def violations(self, response, answers):
        failure = self.refused(
            "INVALID_ARGUMENT", "INVALID_REQUEST", lambda: self.write(SUBMIT, response, answers)
        )
        return failure.violations

    def test_the_catalogue_is_ours_alone(self):
        self.assertEqual(sorted(self.exercises), ["every-type", "joint-types"])
        shown = self.therapist.call("CatalogService.GetExercise", name=self.exercises["every-type"].name)
        schedule = shown.schedule
        self.assertEqual((schedule.repeat, schedule.times, schedule.then), ("daily", 14, "weekly"))
        self.assertEqual(schedule.note, "A note on the schedule.")
        self.assertEqual(list(shown.contraindications), ["Too early (28 days)"])
        self.assertEqual(list(shown.missing_capabilities), [])

    def test_form_shows_every_type_with_its_bounds(self):
        assignment, _ = self.open_response()
        form = self.one.call("AssignmentService.GetForm", name=assignment.name).form
        items = {item.item_id: item for item in form.items}
        names = {v1.FormItem.Type.Name(item.type) for item in form.items}
        couple_work = {"TYPE_GATE", "TYPE_AGREEMENT"}
        self.assertEqual(names, set(v1.FormItem.Type.keys()) - couple_work - {"TYPE_UNSPECIFIED"})
        self.assertEqual((items["short"].required, items["short"].length_max), (True, 10))
        self.assertEqual([option.code for option in items["note"].options], ["first", "second"])
        self.assertEqual((items["several"].count_min, items["several"].count_max), (1, 2))
        self.assertTrue(items["several"].options[3].exclusive)
        scale = items["scale"]
        self.assertEqual((scale.minimum, scale.maximum, scale.step, scale.maximum_label), (0, 10, 2, "High"))
        self.assertEqual((items["log"].minimum, items["log"].maximum), (5, 60))
        self.assertEqual([part.item_id for part in items["people"].items], ["who", "near", "since"])
        self.assertTrue(items["hidden"].show_when)
        self.assertEqual(list(items["hello"].readers), [])
        self.assertEqual(list(items["short"].readers), ["you", "your therapist, if you agreed"])

    def test_good_answers_come_back_as_they_were_given(self):
        _, response = self.open_response()
        response = self.write(SUBMIT, response, {**GOOD, "worry": flag(True)})
        for person in (self.one, self.therapist):
            answers, scores = self.read(person, response)
            self.assertEqual(answers, as_sent(GOOD), "the safety item is write-only, all else as sent")
            if person is self.therapist:
                found = [(score.measure_id, score.total, score.band) for score in scores]
                self.assertEqual(found, [("total", 7, "many")])
        for item_id, answer in ALSO_GOOD:
            with self.subTest(item=item_id, answer=str(answer)):
                sent = with_answer(item_id, answer)
                response = self.write(AMEND, response, sent)
                self.assertEqual(self.read(self.one, response)[0], as_sent(sent))
                self.assertEqual(self.read(self.therapist, response)[0], as_sent(sent))

    def test_a_shown_item_is_asked_for_and_then_kept(self):
        _, response = self.open_response()
        two = with_answer("pick", codes("two"))
        self.assertEqual(self.violations(response, two), [("answers[hidden]", RULES["required"])])
        whole = {**two, "hidden": text("because")}
        self.assertEqual(self.read(self.one, self.write(SUBMIT, response, whole))[0], as_sent(whole))

    def test_each_fault_is_named_with_its_place_and_rule(self):
        _, response = self.open_response()
        for item_id, answer, path, rule in BAD:
            with self.subTest(item=item_id, answer=str(answer), rule=rule):
                found = self.violations(response, with_answer(item_id, answer))
                self.assertEqual(found, [("answers" + path, RULES[rule])])
        with self.subTest("nothing of it was kept"):
            again = self.one.call("ResponseService.GetResponse", name=response.name)
            self.assertEqual(again, response)

    def test_all_faults_come_back_at_once(self):
        _, response = self.open_response()
        chosen = {}
        for item_id, answer, path, rule in BAD:
            chosen.setdefault(item_id, (answer, (f"answers{path}", RULES[rule])))
        answers = {key: answer for key, (answer, _) in chosen.items() if answer is not None}
        # Without a valid choice the hidden item stays hidden.
        expected = sorted(violation for _, violation in chosen.values())
        self.assertEqual(sorted(self.violations(response, answers)), expected)

    def test_couple_work_is_shown_and_cannot_be_assigned(self):
        exercise = self.exercises["joint-types"]
        self.assertEqual(list(exercise.missing_capabilities), ["couple_work"])
        form = self.therapist.call("CatalogService.PreviewForm", name=exercise.name)
        items = {item.item_id: item for item in form.items}
        self.assertEqual(items["door"].type, v1.FormItem.TYPE_GATE)
        self.assertEqual(items["points"].type, v1.FormItem.TYPE_AGREEMENT)
        for item_id in ("door", "points"):
            self.assertEqual(list(items[item_id].readers), [], "not answered here, so nobody reads it here")
        self.assertEqual(
            items["note"].show_when,
            'you said no at "Was it enough time?", or you left "Was it enough time?" open',
        )
        failure = self.refused(
            "FAILED_PRECONDITION", "ASSIGNMENT_NOT_POSSIBLE", lambda: self.assign("joint-types")
        )
        self.assertIn("this server lacks the capability couple_work", failure.message)

    def test_a_file_that_can_harm_keeps_the_server_from_starting(self):
        catalog = self.catalog("harmful")
        file = catalog / "exercises" / "every-type.yaml"
        file.write_text(file.read_text().replace("Some lines", "What was your part in it?"))
        harmful = server_module.Server(e2e.Options.binaries, self.data / "h", catalog=catalog)
        with self.assertRaises(server_module.ServerDied) as caught:
            harmful.start()
        line = file.read_text().split("- id: story")[0].count("\n") + 1
        self.assertIn(f"exercises/every-type.yaml:{line}: own_part: ", str(caught.exception))


if __name__ == "__main__":
    e2e.main()
