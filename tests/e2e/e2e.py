"""What every end-to-end test starts from: the binaries, a server with a practice, and a last line that counts."""

import argparse
import pathlib
import random
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "tools"))

import mendwork_client  # noqa: E402
import practice as practice_module  # noqa: E402
import server as server_module  # noqa: E402
from form_filler import answers_for  # noqa: E402


class Options:
    """Holds the command line of the test program."""

    binaries = ROOT / "build" / "dev" / "bin"
    seed = 0


class PracticeTest(unittest.TestCase):
    """Gives all tests of a class one server with one couple, each partner with one open assignment of S7."""

    @classmethod
    def setUpClass(cls):
        cls.ids = mendwork_client.RequestIds(Options.seed)
        cls.directory = server_module.temporary_data()
        cls.data = pathlib.Path(cls.directory.name)
        cls.server = server_module.Server(Options.binaries, cls.data / "d").start()
        cls.addClassCleanup(cls.directory.cleanup)
        cls.addClassCleanup(cls.server.kill)
        cls.practice = practice_module.Practice(cls.server, cls.ids)
        cls.therapist = cls.practice.hire([practice_module.THERAPIST])
        cls.couple = cls.practice.bring_in_couple(cls.therapist)
        cls.one, cls.two = cls.couple.partners
        cls.exercises = practice_module.latest_exercises(cls.therapist)

    @classmethod
    def assign(cls, key="s7-self-care", partner=None, couple=None, **fields):
        """Assigns an exercise to one partner and returns the assignment."""
        partner = partner or cls.one
        return cls.therapist.call(
            "AssignmentService.AssignExercise",
            parent=(couple or cls.couple).name,
            exercise_revision=cls.exercises[key].name,
            partner=partner.name,
            **fields,
        ).assignments[0]

    @classmethod
    def submission(cls, assignment, partner=None, chosen=None, **fields):
        """Builds a submission that is in order, for a test to spoil."""
        partner = partner or cls.one
        form = partner.call("AssignmentService.GetForm", name=assignment.name).form
        response = partner.call("ResponseService.GetResponse", name=assignment.response)
        chosen = {"today": {"codes": {"codes": ["enough"]}}} if chosen is None else chosen
        return partner.client.request(
            "ResponseService.SubmitResponse",
            **{
                "name": assignment.response,
                "etag": response.etag,
                "answers": answers_for(form.items, chosen),
                **fields,
            },
        )

    def refused(self, code, reason, call):
        """Asserts that a call is refused with one of the codes and one of the reasons; returns the refusal."""
        with self.assertRaises(mendwork_client.RpcFailure) as caught:
            call()
        failure = caught.exception
        self.assertIn(failure.code.name, (code,) if isinstance(code, str) else code, str(failure))
        if reason is not None:
            self.assertIn(failure.reason, (reason,) if isinstance(reason, str) else reason, str(failure))
            self.assertEqual(failure.domain, "mendwork", str(failure))
        self.assertTrue(failure.message, "a refusal says something")
        return failure

    def world(self):
        """Reads everything about the couple that a list shows, to compare before and after a refused call."""
        parent = self.couple.name
        seen = [
            self.therapist.client.list("AssignmentService.ListAssignments", "assignments", parent=parent),
            self.therapist.client.list("ResponseService.ListResponses", "responses", parent=parent),
            self.therapist.client.list("CareService.ListPartners", "partners", parent=parent),
            self.therapist.client.list("ConsentService.ListReleases", "releases", parent=parent),
            self.therapist.client.list(
                "SafetyService.ListFlags", "flags", parent=self.practice.name, include_closed=True
            ),
        ]
        for partner in self.couple.partners:
            seen.append(partner.client.list("ResponseService.ListResponses", "responses", parent=parent))
            seen.append(partner.client.list("ConsentService.ListConsents", "consents", parent=parent))
        return [[str(each) for each in group] for group in seen]


class _Counting(unittest.TextTestResult):
    """Counts every subtest as a test, passed or failed."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is None:
            self.passed += 1


def main():
    """Runs the tests of the calling program and prints `N passed, N failed`."""
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--bin", type=pathlib.Path, default=Options.binaries, help="directory of the binaries"
    )
    parser.add_argument(
        "--seed", type=int, default=None, help="seed of request ids; printed, random by default"
    )
    parser.add_argument("tests", nargs="*", help="names of tests, as unittest takes them")
    arguments = parser.parse_args()
    Options.binaries = arguments.bin
    Options.seed = random.SystemRandom().getrandbits(32) if arguments.seed is None else arguments.seed
    print(f"seed {Options.seed}", flush=True)
    loader = unittest.defaultTestLoader
    module = sys.modules["__main__"]
    suite = (
        loader.loadTestsFromNames(arguments.tests, module)
        if arguments.tests
        else loader.loadTestsFromModule(module)
    )
    result = unittest.TextTestRunner(stream=sys.stdout, resultclass=_Counting, verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"{result.passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
