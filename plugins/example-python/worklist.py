"""Keeps the practice's own worklist in step with what was released to it.

The worklist is any HTTP endpoint of the practice. A release is one entry, `PUT {baseUrl}/released/{release id}`: the
chart, when it was released, and scores if they are granted; never an answer. A withdrawal takes the entry back. PUT
and DELETE of one URL have one effect however often they come: that is all it takes to deliver exactly once.
"""

import hashlib
import http.client
import json
import socket
import urllib.parse

from mendwork.plugin.v1 import plugin_pb2

JSON = "application/json"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
# What becomes of the entry of a release that consent no longer covers, by the practice's policy.
WITHDRAWALS = {
    plugin_pb2.WITHDRAWAL_POLICY_ENTERED_IN_ERROR: ("PUT", "released", {"status": "entered-in-error"}),
    plugin_pb2.WITHDRAWAL_POLICY_DELETE: ("DELETE", "released", None),
    plugin_pb2.WITHDRAWAL_POLICY_TASK: ("PUT", "tasks", {"status": "requested"}),
}


def read_settings(configuration):
    """Returns the settings, or None, and everything that is wrong with them, each with the path of its field."""
    found = []

    def report(code, field, message):
        severity = plugin_pb2.DIAGNOSTIC_SEVERITY_ERROR
        found.append(plugin_pb2.Diagnostic(severity=severity, code=code, field=field, message=message))

    try:
        settings = json.loads(configuration)
    except (ValueError, RecursionError):
        settings = None
    if not isinstance(settings, dict):
        report("not-json", "", "The configuration is not a JSON object.")
        return None, found
    for name in sorted(settings.keys() - {"baseUrl", "timeoutSeconds"}):
        report("unknown-field", name[:60], "There is no such field.")
    text, seconds = settings.get("baseUrl"), settings.get("timeoutSeconds", 10)
    try:
        url = urllib.parse.urlsplit(text if isinstance(text, str) else "")
        port = url.port or {"http": 80, "https": 443}[url.scheme]
    except (ValueError, KeyError):
        url, port = urllib.parse.urlsplit(""), None
    if not url.hostname or url.query or url.fragment or "@" in url.netloc:
        report("bad-url", "baseUrl", "An http or https URL without user, query or fragment is needed.")
    elif url.scheme == "http" and url.hostname not in LOOPBACK:
        report("plain-http", "baseUrl", "Charts leave this machine over https only.")
    if type(seconds) is not int or not 1 <= seconds <= 30:
        report("out-of-range", "timeoutSeconds", "A whole number from 1 to 30 is needed.")
    return None if found else (url, port, seconds), found


def answers(settings, seconds):
    """Says whether anybody listens there. Nothing about anybody is sent."""
    url, port, timeout = settings
    try:
        socket.create_connection((url.hostname, port), max(0.1, min(timeout, seconds))).close()
    except OSError:
        return False
    return True


def entry(event):
    """Returns the bytes that leave. Sorted, so that equal content has an equal hash."""
    released = event.response_released
    fields = {
        "status": "active",
        "revision": released.revision,
        "occurred": event.occurred_time.ToJsonString(),
        "chart": {"system": event.record_link.system, "value": event.record_link.value},
        "scores": [{"measure": each.measure_id, "total": each.total} for each in released.scores],
    }
    return json.dumps(fields, sort_keys=True, ensure_ascii=False).encode()


def preview(settings, event):
    target = f"PUT {settings[0].geturl().rstrip('/')}/released/{event.response_released.release_id}"
    return plugin_pb2.PreviewDocument(media_type=JSON, target=target, content=entry(event))


def deliver(settings, seconds, event):
    body = entry(event)
    outcome = send(settings, seconds, "PUT", "released", event.response_released.release_id, body)
    if outcome.HasField("done"):
        outcome.done.content_hash = hashlib.sha256(body).digest()
    return outcome


def revoke(settings, seconds, request):
    method, kind, fields = WITHDRAWALS[request.policy]
    body = json.dumps(fields).encode() if fields else None
    return send(settings, seconds, method, kind, request.release_id, body)


def send(settings, seconds, method, kind, release_id, body):
    """Sends one request and says how it went in the contract's terms."""
    url, port, timeout = settings
    connect = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = connect(url.hostname, port, timeout=max(0.1, min(timeout, seconds)))
    path = f"{url.path.rstrip('/')}/{kind}/{urllib.parse.quote(release_id, safe='')}"
    try:
        connection.request(method, path, body, {"Content-Type": JSON} if body else {})
        reply = connection.getresponse()
    except (OSError, http.client.HTTPException):
        return plugin_pb2.Outcome(retry=plugin_pb2.Retry(code="unreachable"))
    finally:
        connection.close()
    return outcome_of(reply, kind, release_id, body)


def outcome_of(reply, kind, release_id, body):
    status = reply.status
    if 200 <= status < 300 or (body is None and status in (404, 410)):
        refs = [plugin_pb2.ExternalRef(type=kind, id=release_id)] if body else []
        return plugin_pb2.Outcome(done=plugin_pb2.Done(refs=refs))
    if status in (408, 425, 429) or status >= 500:
        outcome = plugin_pb2.Outcome(retry=plugin_pb2.Retry(code="server-error"))
        asked = reply.getheader("Retry-After", "")
        if asked.isdecimal() and asked.isascii() and len(asked) < 10:
            outcome.retry.after.seconds = min(int(asked), 24 * 3600)
        return outcome
    if status in (409, 412):
        return plugin_pb2.Outcome(conflict=plugin_pb2.Conflict(code="changed-remotely"))
    if status < 400 or status in (401, 403):  # a redirect is not followed: the grant names one place
        scope, code = plugin_pb2.PERMANENT_SCOPE_CONFIGURATION, "access-refused"
    else:
        scope, code = plugin_pb2.PERMANENT_SCOPE_ITEM, "rejected"
    return plugin_pb2.Outcome(permanent=plugin_pb2.Permanent(code=code, scope=scope))
