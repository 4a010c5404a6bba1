"""Looks into the demo's record system over its own FHIR interface, as somebody at its keyboard would."""

import json
import urllib.error
import urllib.parse
import urllib.request

SECONDS = 20
CHART_SYSTEM = "urn:example:demo-chart"


class RecordSystem:
    """Is a FHIR R4 endpoint."""

    def __init__(self, base_url):
        self.base_url = base_url.rstrip("/")
        # No proxy: it listens on this machine.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def _ask(self, method, path, body=None):
        request = urllib.request.Request(
            f"{self.base_url}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"accept": "application/fhir+json", "content-type": "application/fhir+json"},
        )
        with self._opener.open(request, timeout=SECONDS) as reply:
            return json.loads(reply.read() or b"null")

    def answers(self):
        """Says whether it is there."""
        try:
            return self._ask("GET", "metadata") is not None
        except (urllib.error.URLError, OSError):
            return False

    def open_chart(self, number):
        """Creates the chart of a person, with a number and nothing else."""
        return self._ask(
            "POST",
            "Patient",
            {"resourceType": "Patient", "identifier": [{"system": CHART_SYSTEM, "value": number}]},
        )["id"]

    def search(self, kind, **parameters):
        bundle = self._ask("GET", f"{kind}?{urllib.parse.urlencode({**parameters, '_count': 200})}")
        return [entry["resource"] for entry in bundle.get("entry", [])]

    def in_chart(self, kind, chart):
        """Returns the resources of one kind that lie in one chart."""
        return [
            each
            for each in self.search(kind)
            if each.get("subject", {}).get("reference") == f"Patient/{chart}"
        ]


def items_of(questionnaire_response):
    """Returns the link ids of every item of a QuestionnaireResponse, nested ones too."""
    found = []
    waiting = list(questionnaire_response.get("item", []))
    while waiting:
        item = waiting.pop()
        found.append(item["linkId"])
        waiting += item.get("item", [])
        for answer in item.get("answer", []):
            waiting += answer.get("item", [])
    return sorted(found)
