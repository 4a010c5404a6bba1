#!/usr/bin/python3
"""Kills the server at random moments under load, starts it again, and checks that every acknowledged submission is
there exactly once, and that a call whose outcome was unknown can be repeated safely.

    kill_loop.py [--bin DIR] [--cycles N] [--seed N] [--couples N]
"""

import argparse
import contextlib
import hashlib
import pathlib
import random
import sqlite3
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "tools"), str(ROOT / "tests" / "crash")]

import mendwork_client  # noqa: E402
import practice as practice_module  # noqa: E402
import server as server_module  # noqa: E402
from writers import Tally, Writer  # noqa: E402

FRESH_PER_CYCLE = 12  # assignments that each partner has at the start of a cycle
ACKNOWLEDGED_MAX = 60  # a cycle is killed after at most this many acknowledgements
CYCLE_SECONDS = 120


class KillLoop:
    """Holds one server, its writers, and what they found."""

    def __init__(self, arguments, data):
        self.random = random.Random(arguments.seed)
        self.server = server_module.Server(arguments.bin, data / "d").start()
        self.practice = practice_module.Practice(self.server, mendwork_client.RequestIds(arguments.seed))
        self.therapist = self.practice.hire([practice_module.THERAPIST])
        self.couples = [self.practice.bring_in_couple(self.therapist) for _ in range(arguments.couples)]
        exercise = practice_module.latest_exercises(self.therapist)["s7-self-care"]
        self.exercise = exercise.name
        partners = [(couple, partner) for couple in self.couples for partner in couple.partners]
        self.writers = [
            Writer(partner, arguments.seed, number) for number, (_, partner) in enumerate(partners)
        ]
        self.by_partner = {writer.partner.name: writer for writer in self.writers}
        self.carried_out = self.lost_before_commit = self.kills_at_start = 0
        self.acknowledged = self.audit_leaves = 0
        self.restart_seconds = []

    def top_up(self):
        """Gives every partner fresh assignments, so that submissions never run out."""
        missing = FRESH_PER_CYCLE - min(len(writer.fresh) for writer in self.writers)
        for couple in self.couples:
            made = []
            for _ in range(missing):
                made += self.therapist.call(
                    "AssignmentService.AssignExercise",
                    parent=couple.name,
                    whole_couple=True,
                    exercise_revision=self.exercise,
                ).assignments
            for partner in couple.partners:
                self.by_partner[partner.name].add_assignments(
                    [each for each in made if each.partner == partner.name]
                )

    def load_and_kill(self):
        """Lets every writer write, and kills the server in the middle of it."""
        tally = Tally()
        threads = [threading.Thread(target=writer.run, args=(tally.add,)) for writer in self.writers]
        for thread in threads:
            thread.start()
        tally.wait_for(self.random.randint(1, ACKNOWLEDGED_MAX), CYCLE_SECONDS)
        self.pause_up_to(0.04)  # between two acknowledgements, in the middle of anything
        self.server.kill()
        for thread in threads:
            thread.join()
        self.acknowledged += tally.count

    def pause_up_to(self, seconds):
        threading.Event().wait(self.random.uniform(0, seconds))

    def restart(self):
        """Starts the server again; sometimes kills it once more while it recovers."""
        if self.random.random() < 0.25:
            self.server.start(wait=False)
            self.pause_up_to(1.0)
            self.server.kill()
            self.kills_at_start += 1
        began = time.monotonic()
        self.server.start()
        self.restart_seconds.append(time.monotonic() - began)
        for writer in self.writers:
            writer.forget_connection(self.practice.connect)
        token = self.therapist.client.token
        self.therapist.client.close()
        self.therapist.client = self.practice.connect()
        self.therapist.client.token = token

    def settle_and_check(self, everything):
        for writer in self.writers:
            try:
                self.settle_and_check_writer(writer, everything)
            except mendwork_client.RpcFailure as failure:
                writer.errors.append(f"after a restart: {failure}")

    def settle_and_check_writer(self, writer, everything):
        touched = writer.pending[0] if writer.pending else None
        outcome = writer.settle()
        self.carried_out += outcome is True
        self.lost_before_commit += outcome is False
        chosen = writer.kept if everything else self.random.sample(writer.kept, min(6, len(writer.kept)))
        for kept in [*chosen, *([touched] if touched and touched not in chosen else [])]:
            writer.check(kept)
        if writer.kept:
            writer.check_repeat(self.random.choice(writer.kept))

    def errors(self):
        return [error for writer in self.writers for error in writer.errors]

    def run(self, cycles):
        for cycle in range(1, cycles + 1):
            self.top_up()
            self.load_and_kill()
            self.restart()
            self.settle_and_check(everything=cycle == cycles)
            if self.errors():
                return
            if cycle % 10 == 0 or cycle == cycles:
                print(
                    f"cycle {cycle}: {self.acknowledged} acknowledged, {self.carried_out + self.lost_before_commit} "
                    f"unknown ({self.carried_out} had been carried out)",
                    flush=True,
                )

    def check_files(self):
        """Stops the server and looks into its files from outside, with nothing of the server's own code."""
        errors = self.writers[0].errors
        if self.server.stop() != 0:
            errors.append(f"it did not stop cleanly: {self.server.last_words()}")
        for name in ("mendwork.db", "keyring.db"):
            verdict = self.query(name, "PRAGMA integrity_check")[0][0]
            if verdict != "ok":
                errors.append(f"{name}: {verdict}")
        expected = sum(len(kept.attempts) for writer in self.writers for kept in writer.kept)
        stored = self.query("mendwork.db", "SELECT COUNT(*) FROM response_version")[0][0]
        if stored != expected:
            errors.append(f"{stored} versions are stored, {expected} were acknowledged")
        leaves = self.query(
            "mendwork.db", "SELECT sequence, entry, leaf_hash FROM audit_entry ORDER BY sequence"
        )
        self.audit_leaves = len(leaves)
        for number, (sequence, entry, leaf_hash) in enumerate(leaves, leaves[0][0]):
            if sequence != number or hashlib.sha256(b"\0" + entry).digest() != leaf_hash:
                errors.append(f"audit leaf {sequence} is out of order or has a wrong hash")
                break

    def query(self, name, sql):
        with contextlib.closing(
            sqlite3.connect(f"file:{self.server.data / name}?mode=ro", uri=True)
        ) as database:
            return database.execute(sql).fetchall()


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--bin", type=pathlib.Path, default=ROOT / "build" / "dev" / "bin", help="directory of the binaries"
    )
    parser.add_argument("--cycles", type=int, default=5, help="how often to kill (default 5)")
    parser.add_argument("--couples", type=int, default=2, help="couples that write at once (default 2)")
    parser.add_argument("--seed", type=int, default=None, help="seed; printed, random by default")
    arguments = parser.parse_args()
    if arguments.seed is None:
        arguments.seed = random.SystemRandom().getrandbits(32)
    return arguments


def main():
    arguments = parse_arguments()
    print(f"seed {arguments.seed}", flush=True)
    with server_module.temporary_data() as directory:
        loop = KillLoop(arguments, pathlib.Path(directory))
        with loop.server:
            loop.run(arguments.cycles)
            loop.check_files()
    errors = loop.errors()
    print("\n".join(errors[:20]))
    restarts = loop.restart_seconds
    print(
        f"{arguments.cycles} kills under load and {loop.kills_at_start} during recovery; {loop.acknowledged} acknowledged; "
        f"{loop.carried_out + loop.lost_before_commit} outcomes unknown, of which {loop.carried_out} had been carried out; "
        f"{loop.audit_leaves} audit leaves; longest restart {max(restarts, default=0):.1f} s; {len(errors)} errors"
    )
    if errors:
        print(f"Again: tests/crash/kill_loop.py --seed {arguments.seed} --cycles {arguments.cycles}")
    print(f"{arguments.cycles - bool(errors)} passed, {len(errors)} failed")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
