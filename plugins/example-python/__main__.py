"""A complete Mendwork plugin in Python: the part every plugin has. What this one is about is in worklist.py.

It keeps no state: it may be killed at any instant and is given again whatever it did not answer. Read it from the
bottom: main, then the methods of the contract (mendwork/plugin/v1/plugin.proto) in the order of their calls.
"""

import concurrent.futures
import contextlib
import json
import os
import pkgutil
import signal
import sys
import threading

import grpc
import worklist
from google.protobuf import json_format
from mendwork.plugin.v1 import manifest_pb2, plugin_pb2, plugin_pb2_grpc

COOKIE = "mendwork-plugin-4c0b7d52e19f4a6b8d3a"  # no secret: it tells a start by the host from one by hand
UNSUPPORTED = plugin_pb2.Permanent(code="unsupported-event", scope=plugin_pb2.PERMANENT_SCOPE_ITEM)


def log(event, **fields):
    """Writes a line for the host, which keeps the event's name only. Nothing of a person goes here all the same."""
    print(json.dumps({"event": event, **fields}), file=sys.stderr, flush=True)


class Plugin(plugin_pb2_grpc.PluginServiceServicer):
    """Serves the contract. Methods that are not here (Reconcile, Import) answer UNIMPLEMENTED by themselves."""

    def __init__(self, stopping):
        self._stopping = stopping
        self._settings = None
        self._draining = False
        # One call at a time: an attempt that was given up must not reach its goal after the withdrawal that follows.
        self._turn = threading.Lock()

    def GetInfo(self, request, context):
        manifest = json_format.Parse(pkgutil.get_data(__name__, "plugin.json"), manifest_pb2.Manifest())
        schema = pkgutil.get_data(__name__, "config.schema.json").decode()
        return plugin_pb2.GetInfoResponse(manifest=manifest, configuration_schema=schema)

    def GetCapabilities(self, request, context):
        names = plugin_pb2.CAPABILITY_DELIVER, plugin_pb2.CAPABILITY_PREVIEW, plugin_pb2.CAPABILITY_REVOKE
        return plugin_pb2.GetCapabilitiesResponse(capabilities=names)

    def ValidateConfig(self, request, context):
        return plugin_pb2.ValidateConfigResponse(diagnostics=worklist.read_settings(request.configuration)[1])

    def Configure(self, request, context):
        settings, found = worklist.read_settings(request.configuration)
        if self._draining:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "the plugin is draining")
        self._settings = settings or self._settings
        log("configured", applied=not found)
        return plugin_pb2.ConfigureResponse(diagnostics=found)

    @contextlib.contextmanager
    def _work(self, context):
        """Admits a call that needs the configuration, when it is its turn and somebody still waits for it."""
        if self._draining:
            context.abort(grpc.StatusCode.UNAVAILABLE, "the plugin is draining")
        if self._settings is None:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "the plugin is not configured")
        if not self._turn.acquire(timeout=seconds_left(context)):
            context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "the call ended before its turn")
        try:
            if not context.is_active():
                context.abort(grpc.StatusCode.CANCELLED, "nobody waits any more")
            yield self._settings
        finally:
            self._turn.release()

    def Probe(self, request, context):
        with self._work(context) as settings:
            ready = worklist.answers(settings, seconds_left(context))
        state = plugin_pb2.PROBE_STATE_READY if ready else plugin_pb2.PROBE_STATE_DEGRADED
        return plugin_pb2.ProbeResponse(state=state)

    def Preview(self, request, context):
        with self._work(context) as settings:
            if request.event.WhichOneof("payload") != "response_released":
                return plugin_pb2.PreviewResponse(refusal=UNSUPPORTED)
            return plugin_pb2.PreviewResponse(documents=[worklist.preview(settings, request.event)])

    def Deliver(self, request, context):
        if not 1 <= len(request.items) <= 16:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "items: between 1 and 16 are needed")
        results = []
        with self._work(context) as settings:
            for item in request.items:  # what was done before is done again, to no further effect
                if results and results[-1].outcome.HasField("retry"):  # order holds: what follows waits as well
                    outcome = plugin_pb2.Outcome(retry=plugin_pb2.Retry(code="not-attempted"))
                elif item.event.WhichOneof("payload") == "response_released":
                    outcome = worklist.deliver(settings, seconds_left(context), item.event)
                else:
                    outcome = plugin_pb2.Outcome(permanent=UNSUPPORTED)
                log("delivered", result=outcome.WhichOneof("result"))
                results.append(plugin_pb2.DeliveryResult(delivery_id=item.delivery_id, outcome=outcome))
        return plugin_pb2.DeliverResponse(results=results)

    def Revoke(self, request, context):
        if request.policy not in worklist.WITHDRAWALS:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "policy: is needed")
        with self._work(context) as settings:
            outcome = worklist.revoke(settings, seconds_left(context), request)
        log("revoked", result=outcome.WhichOneof("result"))
        return plugin_pb2.RevokeResponse(outcome=outcome)

    def Drain(self, request, context):
        self._draining = True
        if not self._turn.acquire(timeout=seconds_left(context)):  # the running call, if there is one
            context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "a call is still running")
        self._turn.release()
        return plugin_pb2.DrainResponse()

    def Stop(self, request, context):
        self._draining = True
        self._stopping.set()
        return plugin_pb2.StopResponse()


def seconds_left(context):
    left = context.time_remaining()
    return 30.0 if left is None else min(max(0.0, left), 3600.0)


def main():
    path = os.environ.get("MENDWORK_PLUGIN_SOCKET")
    if os.environ.get("MENDWORK_PLUGIN_COOKIE") != COOKIE or os.environ.get("MENDWORK_PLUGIN_API") != "1" or not path:
        print("This is a Mendwork plugin: mendworkd starts it. Register it with mendctl.", file=sys.stderr)
        return 64
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=8))
    plugin_pb2_grpc.add_PluginServiceServicer_to_server(Plugin(stopping), server)
    server.add_insecure_port(f"unix:{path}")
    server.start()
    # The one line that belongs on standard output: the handshake's version, the contract's, where, and what.
    os.write(1, f"1|1|unix|{path}|grpc\n".encode())
    log("serving")
    stopping.wait()
    server.stop(grace=1).wait()
    return 0


if __name__ == "__main__":
    os._exit(main())  # at once: a request that hangs must not hold up the exit
