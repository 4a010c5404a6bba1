"""Knows which layer may include what. The picture is in ARCHITECTURE.md; this is the check of it."""

import re

# Arrows point down only: each layer with the layers it may include besides itself.
SERVICE_LAYERS = {
    "base": set(),
    "domain": {"base"},
    "policy": {"domain", "base"},
    "store": {"domain", "base"},
    "app": {"policy", "store", "domain", "base"},
    "rpc": {"app", "policy", "store", "domain", "base"},
    "plugin": {"app", "policy", "store", "domain", "base"},
}
# Programs beside the server: what each may include of the repository.
PROGRAMS = {
    "plugins/sdk/": ("plugins/sdk/", "service/base/"),
    "plugins/launcher/": ("plugins/launcher/", "service/base/"),
    "plugins/": ("plugins/", "service/base/"),
    "admin/": ("admin/", "service/base/", "service/domain/"),
}
# The one line both sides of the plugin contract must agree on.
CONTRACT = {"plugin": {"plugins/sdk/handshake.h"}}
SEES_GRPC = {"rpc", "plugin"}
SEES_MESSAGES = {"app", "rpc", "plugin"}

INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]')
GRPC = re.compile(r"^(?:grpc|grpcpp|grpc\+\+)/|\.grpc\.pb\.h$")
PROTOBUF = re.compile(r"\.pb\.h$|^google/protobuf/")
SQL = re.compile(
    r'"\s*(?:SELECT\s|INSERT\s+(?:OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+TABLE\s|PRAGMA\s)'
)


def _layer(name):
    """Returns the layer of a file of the service, or None: main.cc and config wire every layer."""
    parts = name.split("/")
    return parts[1] if len(parts) == 3 and parts[0] == "service" and parts[1] in SERVICE_LAYERS else None


def _breach_in_service(layer, target):
    if target in CONTRACT.get(layer, ()):
        return None
    if GRPC.search(target) and layer not in SEES_GRPC:
        return f"{layer} must not see gRPC"
    if PROTOBUF.search(target) and layer not in SEES_MESSAGES:
        return f"{layer} must not see protobuf"
    if target == "sqlite3.h" and layer != "store":
        return f"{layer} must not see SQLite"
    if target.startswith(("plugins/", "admin/", "tests/")):
        return f"{layer} must not include {target.split('/')[0]}"
    parts = target.split("/")
    if parts[0] == "service" and (len(parts) != 3 or parts[1] not in SERVICE_LAYERS[layer] | {layer}):
        return f"{layer} must not include {'/'.join(parts[1:-1]) or target}"
    return None


def _breach_in_program(name, target):
    for prefix, allowed in PROGRAMS.items():
        if name.startswith(prefix):
            ours = target.startswith(("service/", "plugins/", "admin/", "tests/"))
            return (
                f"{prefix} may include only {', '.join(allowed)}"
                if ours and not target.startswith(allowed)
                else None
            )
    return None


def check_includes(name, lines):
    """Yields a finding for every include that points the wrong way."""
    if not name.endswith((".cc", ".h")):
        return
    layer = _layer(name)
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        target = found.group(1)
        breach = _breach_in_service(layer, target) if layer else _breach_in_program(name, target)
        if breach:
            yield f"{name}:{number}: layers: {breach} ({target})"


def check_sql(name, lines):
    """Yields a finding for every SQL text outside the store."""
    if not name.endswith((".cc", ".h")) or name.startswith(("service/store/", "tests/")):
        return
    for number, line in enumerate(lines, 1):
        if SQL.search(line):
            yield f"{name}:{number}: SQL outside store: all SQL text lives in service/store"
