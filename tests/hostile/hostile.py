#!/usr/bin/python3
"""Attacks a real server, directly and through the edge, while a well-behaved client goes on working.

    hostile.py [--bin DIR] [--path direct|edge] [--only ATTACK]... [--long] [--report FILE]

For each attack it prints one JSON line: what the victim saw before and during it (in the same run, side by side), the
processor time of server and edge per MiB that the attacker sent, and what the attacker was answered. What must hold:
the server survives; nothing over a limit is ever carried out; directly, the victim is served again afterwards;
through the edge no call of the victim fails at any time. No time is asserted: figures are for reading.
"""

import argparse
import collections
import contextlib
import dataclasses
import json
import os
import pathlib
import random
import resource
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "tools"))

import edge as edge_module  # noqa: E402
import mendwork_client  # noqa: E402
import practice as practice_module  # noqa: E402
import server as server_module  # noqa: E402
from victim import DirectClient, EdgeClient, Victim  # noqa: E402

ATTACKER = pathlib.Path(__file__).with_name("attacker.py")
ATTACKER_ADDRESS = "127.0.0.2"  # the victim calls from 127.0.0.1
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
SERVED_AGAIN_SECONDS = 120
ATTACKER_GRACE_SECONDS = 60
DESCRIPTORS = 65536  # as the service unit has it: with fewer, gRPC 1.51 stops accepting (CVE-2023-4785)


@dataclasses.dataclass(frozen=True)
class Attack:
    """Bounds one attack; the long form multiplies. `bytes_min`: with less it was not the attack it says it is."""

    name: str
    megabytes: float = 4
    connections: int = 60
    bytes_min: int = 10_000
    signed_in: bool = False  # so that only the limit can refuse it
    all_refused: bool = False  # not one call of it may be carried out
    seconds_min: float = 0  # when the short form would end before every part of it was sent


ATTACKS = [
    Attack("header_bomb", megabytes=2, signed_in=True, all_refused=True),
    Attack("index_bomb", megabytes=2, connections=400, signed_in=True, all_refused=True),
    Attack("reset_flood"),
    Attack("idle_connections", connections=300, bytes_min=1_000),
    Attack("never_acknowledged_settings", signed_in=True, all_refused=True),
    Attack("giant_metadata", signed_in=True, all_refused=True),
    Attack("slow_body", connections=30, bytes_min=5_000, all_refused=True),
    Attack("ping_flood"),
    Attack("slow_reader", connections=20, signed_in=True),
    Attack("sign_in_flood", connections=10, bytes_min=1_000, all_refused=True),
    Attack("message_bombs", megabytes=8, signed_in=True, all_refused=True, seconds_min=4),
]


@dataclasses.dataclass(frozen=True)
class Form:
    """Says how long and how large. The short form is for every test run, the long one for figures."""

    before_seconds: float
    attack_seconds: float
    calls_per_second: int
    factor: int


SHORT = Form(before_seconds=0.4, attack_seconds=0.8, calls_per_second=25, factor=1)
LONG = Form(before_seconds=10, attack_seconds=30, calls_per_second=25, factor=20)


def cpu_seconds(process_ids):
    """Sums user and system time of processes, as the kernel counts it."""
    ticks = 0
    for process_id in process_ids:
        fields = pathlib.Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / CLOCK_TICKS


def resident_mib(process_id):
    pages = int(pathlib.Path(f"/proc/{process_id}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class Battlefield:
    """Is one server with a couple: one partner is the victim, the other one may be the attacker."""

    def __init__(self, stack, binaries, ids, form):
        directory = pathlib.Path(stack.enter_context(server_module.temporary_data()))
        self.server = stack.enter_context(server_module.Server(binaries, directory / "d"))
        self.server.start()
        practice = practice_module.Practice(self.server, ids)
        therapist = practice.hire([practice_module.THERAPIST])
        couple = practice.bring_in_couple(therapist)
        exercise = practice_module.latest_exercises(therapist)["s7-self-care"]
        assigned = therapist.call(
            "AssignmentService.AssignExercise",
            parent=couple.name,
            exercise_revision=exercise.name,
            partner=couple.partners[0].name,
        ).assignments[0]
        self.practice_name = practice.name
        self.attacker_token = couple.partners[1].client.token
        self.socket = self.server.listen.removeprefix("unix:")
        self.edge = self.open_way(stack, directory)
        self.victim = Victim(self.connect, couple.partners[0], assigned, form.calls_per_second)
        stack.callback(self.victim.close)

    def open_way(self, stack, directory):
        return None

    def connect(self):
        return DirectClient(self.server.listen)

    def order(self):
        return {"unix": self.socket}

    def edge_ids(self):
        return []


class ThroughEdge(Battlefield):
    """Is the same behind nginx with the shipped configuration."""

    def open_way(self, stack, directory):
        return stack.enter_context(edge_module.Edge(directory / "e", self.socket)).start()

    def connect(self):
        return EdgeClient(self.edge.port, self.edge.certificate, edge_module.NAME)

    def order(self):
        return {
            "port": self.edge.port,
            "source": ATTACKER_ADDRESS,
            "authority": edge_module.NAME,
            "certificate": str(self.edge.directory / "fullchain.pem"),
        }

    def edge_ids(self):
        return self.edge.process_ids()


PATHS = {"direct": Battlefield, "edge": ThroughEdge}


def run_attack(field, attack, form):
    """Lets the victim work alone and then under attack; returns the report and what the attacker said."""
    seconds = max(form.attack_seconds, attack.seconds_min)
    order = {
        **field.order(),
        "attack": attack.name,
        "seconds": seconds,
        "practice": field.practice_name,
        "megabytes": attack.megabytes * form.factor,
        "connections": attack.connections * form.factor,
        **({"token": field.attacker_token} if attack.signed_in else {}),
    }
    server_id = field.server.process.pid
    marks = [(cpu_seconds([server_id]), cpu_seconds(field.edge_ids()))]
    before = field.victim.measure(lambda: False, form.before_seconds)
    marks.append((cpu_seconds([server_id]), cpu_seconds(field.edge_ids())))
    resident = resident_mib(server_id)
    attacker = subprocess.Popen(
        [sys.executable, "-B", str(ATTACKER), json.dumps(order)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        during = field.victim.measure(lambda: attacker.poll() is None, seconds)
        said, complaint = attacker.communicate(timeout=ATTACKER_GRACE_SECONDS)
    finally:
        attacker.kill()
        attacker.wait()
    if attacker.returncode != 0:
        raise AssertionError(f"the attacker failed:\n{complaint[-2000:]}")
    if field.server.running():
        marks.append((cpu_seconds([server_id]), cpu_seconds(field.edge_ids())))
    return before, during, json.loads(said), cost(before, during, marks, json.loads(said)), resident


def cost(before, during, marks, sent):
    """Returns processor seconds beyond what the victim's own calls cost before the attack."""
    if len(marks) < 3 or not before.milliseconds:
        return {}
    mebibytes = sent["bytes_sent"] / 2**20
    out = {"attacker_mib": round(mebibytes, 2)}
    for index, name in enumerate(("server", "edge")):
        own = (marks[1][index] - marks[0][index]) / len(before.milliseconds)
        spent = marks[2][index] - marks[1][index] - own * len(during.milliseconds)
        out[f"{name}_cpu_s"] = round(spent, 2)
        out[f"{name}_cpu_s_per_mib"] = round(spent / mebibytes, 3) if mebibytes else None
    return out


def problems(path, field, attack, before, during, sent):
    """Says in sentences what did not hold."""
    found = []
    if before.failures:
        found.append(f"calls of the victim failed without any attack: {before.failures[0]}")
    if sent["bytes_sent"] < attack.bytes_min:
        found.append(f"only {sent['bytes_sent']} bytes were sent: that is no attack")
    if not field.server.running():
        return [*found, f"the server ended:\n{field.server.last_words()}"]
    if attack.all_refused and "0" in sent["answers"]:
        found.append(f"{sent['answers']['0']} hostile calls were answered with OK")
    if path == "edge" and during.failures:
        found.append(f"{len(during.failures)} calls of the victim failed: {during.failures[0]}")
    if not field.victim.served_within(SERVED_AGAIN_SECONDS):
        found.append(f"the victim is not served within {SERVED_AGAIN_SECONDS} s after the attack")
    return found


def report_line(path, attack, before, during, sent, costs, resident, after_mib):
    ratio = None
    if before.milliseconds and during.milliseconds:
        ratio = round(during.quantile(0.99) / before.quantile(0.99), 2)
    return {
        "path": path,
        "attack": attack.name,
        "victim_before": before.summary(),
        "victim_during": during.summary(),
        "first_failure": during.failures[0] if during.failures else None,
        "p99_ratio": ratio,
        **costs,
        "server_rss_mib": [round(resident), round(after_mib)],
        "attacker": {key: value for key, value in sent.items() if key != "bytes_sent"},
    }


class Tally:
    """Counts, and keeps what did not hold."""

    def __init__(self, report):
        self.counts = collections.Counter()
        self._report = report

    def line(self, report):
        text = json.dumps(report)
        print(text, flush=True)
        if self._report:
            with open(self._report, "a", encoding="utf-8") as out:
                out.write(text + "\n")

    def judge(self, what, found):
        self.counts["failed" if found else "passed"] += 1
        for each in found:
            print(f"FAILED {what}: {each}", flush=True)


def run_path(path, attacks, form, binaries, ids, tally):
    with contextlib.ExitStack() as stack:
        field = PATHS[path](stack, binaries, ids, form)
        for attack in attacks:
            before, during, sent, costs, resident = run_attack(field, attack, form)
            alive = field.server.running()
            after_mib = resident_mib(field.server.process.pid) if alive else 0
            tally.line(report_line(path, attack, before, during, sent, costs, resident, after_mib))
            tally.judge(f"{path} {attack.name}", problems(path, field, attack, before, during, sent))
            if not field.server.running():
                return
        status = field.server.stop()
        tally.judge(
            f"{path} stop",
            [f"the server ended with status {status}:\n{field.server.last_words()}"] if status else [],
        )


def parse_arguments():
    names = [attack.name for attack in ATTACKS]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build" / "dev" / "bin")
    parser.add_argument("--path", choices=PATHS, action="append", help="one way only; default: both")
    parser.add_argument("--only", choices=names, action="append", help="one attack only; default: all")
    parser.add_argument("--long", action="store_true", help="longer and larger, for figures")
    parser.add_argument("--report", type=pathlib.Path, help="append the JSON lines to this file")
    parser.add_argument("--seed", type=int, default=None, help="seed of request ids; printed, random by default")
    return parser.parse_args()


def allow_descriptors():
    """For the server and the attackers, which inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def main():
    arguments = parse_arguments()
    allow_descriptors()
    seed = random.SystemRandom().getrandbits(32) if arguments.seed is None else arguments.seed
    print(f"seed {seed}", flush=True)
    form = LONG if arguments.long else SHORT
    attacks = [attack for attack in ATTACKS if not arguments.only or attack.name in arguments.only]
    tally = Tally(arguments.report)
    for path in arguments.path or PATHS:
        run_path(path, attacks, form, arguments.bin, mendwork_client.RequestIds(seed), tally)
    print(f"{tally.counts['passed']} passed, {tally.counts['failed']} failed")
    return 1 if tally.counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
