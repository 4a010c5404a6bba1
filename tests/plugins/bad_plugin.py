"""A plugin that means no good, in one way per package: the way is the file `mode` of its zip application.

Packed and registered by tests/e2e/bad_plugin_test.py. In mode `good` it is in order and answers Done.
"""

import concurrent.futures
import json
import os
import pkgutil
import signal
import sys
import threading

import grpc
from google.protobuf import json_format
from mendwork.plugin.v1 import manifest_pb2, plugin_pb2

MODE = pkgutil.get_data(__name__, "mode").decode()
DONE = plugin_pb2.Outcome(done=plugin_pb2.Done())
FLOOD_BYTES = 1 << 20
OVERSIZE_BYTES = 12 << 20  # the host takes 8 MiB
HOG_BYTES = 6 << 30  # never touched, so it costs the machine nothing where no limit is set
FORKS = 20


def log(event, **fields):
    print(json.dumps({"event": event, **fields}), file=sys.stderr, flush=True)


def text_of(event):
    """Returns what a plugin must never repeat: everything it was told."""
    return json_format.MessageToJson(event)


def wait_forever():
    threading.Event().wait()


def flood(descriptor, line):
    sent = 0
    while sent < FLOOD_BYTES:
        sent += os.write(descriptor, line)


def fork_bomb():
    """Makes children that leave the session and live on; they hold this plugin's pipes open."""
    for _ in range(FORKS):
        if os.fork() == 0:
            os.setsid()
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            wait_forever()


def get_info(request, context):
    manifest = json_format.Parse(pkgutil.get_data(__name__, "plugin.json"), manifest_pb2.Manifest())
    response = plugin_pb2.GetInfoResponse(manifest=manifest)
    if MODE == "other-manifest":
        response.manifest.title += ", and more than that"
    if MODE == "oversize-info":
        response.configuration_schema = " " * OVERSIZE_BYTES
    return response


def probe(request, context):
    if MODE == "crash-probe":
        os.abort()
    return plugin_pb2.ProbeResponse(state=plugin_pb2.PROBE_STATE_READY)


def deliver(request, context):
    item = request.items[0]
    response = plugin_pb2.DeliverResponse()
    result = response.results.add(delivery_id=item.delivery_id, outcome=DONE)
    if MODE == "crash-deliver":
        os.kill(os.getpid(), signal.SIGKILL)
    elif MODE == "hang-deliver":
        wait_forever()
    elif MODE == "late" and item.attempt == 1:
        over = threading.Event()
        context.add_callback(over.set)  # the call ended: its deadline has passed
        over.wait()
        log("answers_late")
    elif MODE == "flood":
        line = json.dumps({"event": "flood", "content": text_of(item.event)}).encode()[:4000] + b"\n"
        flood(2, line)
        flood(1, b"x" * 4096)
        flood(2, b"y" * 4096)
    elif MODE == "oversize":
        result.outcome.done.refs.add(type="T", id="x" * OVERSIZE_BYTES)
    elif MODE == "two-outcomes":
        response.results.add(delivery_id=item.delivery_id).outcome.permanent.code = "rejected"
    elif MODE == "other-delivery":
        result.delivery_id = "a-delivery-nobody-knows"
    elif MODE == "no-outcome":
        result.ClearField("outcome")
    elif MODE == "tell-tale-code":
        result.outcome.permanent.code = text_of(item.event)
    elif MODE == "tell-tale-status":
        context.abort(grpc.StatusCode.INTERNAL, text_of(item.event)[:2000])
    elif MODE == "fork":
        fork_bomb()
    elif MODE == "hog":
        bytearray(HOG_BYTES)
    return response


METHODS = {
    "GetInfo": (get_info, plugin_pb2.GetInfoRequest),
    "ValidateConfig": (lambda *_: plugin_pb2.ValidateConfigResponse(), plugin_pb2.ValidateConfigRequest),
    "Configure": (lambda *_: plugin_pb2.ConfigureResponse(), plugin_pb2.ConfigureRequest),
    "Probe": (probe, plugin_pb2.ProbeRequest),
    "Deliver": (deliver, plugin_pb2.DeliverRequest),
    "Revoke": (lambda *_: plugin_pb2.RevokeResponse(outcome=DONE), plugin_pb2.RevokeRequest),
}


def main():
    path = os.environ["MENDWORK_PLUGIN_SOCKET"]
    if MODE == "crash-start":
        os.abort()
    if MODE == "hang-handshake":
        wait_forever()
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=4))
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            handle, request_deserializer=request.FromString, response_serializer=lambda each: each.SerializeToString()
        )
        for name, (handle, request) in METHODS.items()
    }
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler("mendwork.plugin.v1.PluginService", handlers)]
    )
    server.add_insecure_port(f"unix:{path}")
    server.start()
    if MODE == "flood-start":
        flood(2, b'{"event": "flood"}\n')
        flood(1, b"x" * 4096)
    version, told = ("1|9" if MODE == "other-version" else "1|1"), f"{path}x" if MODE == "other-path" else path
    os.write(1, f"{version}|unix|{told}|grpc\n".encode())
    log("serving")
    if MODE == "ignore-stop":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    wait_forever()


main()
