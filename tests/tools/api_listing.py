#!/usr/bin/python3
"""Compares the API with its golden listing of methods, permissions and field numbers.

    api_listing.py            shows every difference and fails if there is one
    api_listing.py --update   rewrites tests/golden/api_listing.txt
"""

import difflib
import sys

import proto_messages

GOLDEN = proto_messages.ROOT / "tests" / "golden" / "api_listing.txt"


def permission(method, options_module):
    """Says in words who may call a method; empty for the plugin contract, which has no people."""
    if not method.options.HasExtension(options_module.method):
        return ""
    rule = method.options.Extensions[options_module.method]
    names = [options_module.Role.Name(role)[len("ROLE_") :].lower() for role in rule.roles]
    who = "anyone" if rule.anonymous else " ".join(names) or "signed-in"
    return f" [{who}{', administration listener' if rule.administration else ''}]"


def field_line(message, field):
    repeated = "repeated " if field.label == field.LABEL_REPEATED else ""
    optional = "optional " if field.proto3_optional else ""
    kind = field.type_name.lstrip(".") or field.Type.Name(field.type)[len("TYPE_") :].lower()
    oneof = ""
    if field.HasField("oneof_index") and not field.proto3_optional:
        oneof = f" (one of {message.oneof_decl[field.oneof_index].name})"
    return f"  {field.number} {optional}{repeated}{kind} {field.name}{oneof}"


def message_lines(prefix, message):
    name = f"{prefix}.{message.name}"
    lines = [f"message {name}", *(field_line(message, field) for field in message.field)]
    for nested in message.nested_type:
        lines += message_lines(name, nested)
    for enum in message.enum_type:
        lines += enum_lines(name, enum)
    return lines


def enum_lines(prefix, enum):
    return [f"enum {prefix}.{enum.name}", *(f"  {value.number} {value.name}" for value in enum.value)]


def service_lines(prefix, service, options_module):
    lines = [f"service {prefix}.{service.name}"]
    for method in service.method:
        stream = "stream " if method.server_streaming else ""
        effects = ", no side effects" if method.options.idempotency_level == 1 else ""
        lines.append(
            f"  {method.name}({method.input_type[1:]}) -> {stream}{method.output_type[1:]}{effects}"
            f"{permission(method, options_module)}"
        )
    return lines


def listing():
    files = proto_messages.descriptor_set().file
    options_module = proto_messages.messages()["mendwork/options/v1/options.proto"]
    lines = [
        "# Every method, field number and enum value of the API. Rewritten by: tests/run --update-golden"
    ]
    for file in sorted(files, key=lambda each: each.name):
        if file.name.startswith("google/protobuf/"):
            continue
        lines += ["", f"file {file.name}"]
        for service in file.service:
            lines += service_lines(file.package, service, options_module)
        for message in file.message_type:
            lines += message_lines(file.package, message)
        for enum in file.enum_type:
            lines += enum_lines(file.package, enum)
    return "\n".join(lines) + "\n"


def main():
    now = listing()
    if sys.argv[1:] == ["--update"]:
        GOLDEN.write_text(now)
        return 0
    golden = GOLDEN.read_text() if GOLDEN.exists() else ""
    difference = list(
        difflib.unified_diff(golden.splitlines(), now.splitlines(), "golden", "proto", lineterm="", n=1)
    )
    print("\n".join(difference))
    if difference:
        print(
            "The API is not what tests/golden/api_listing.txt says. If that is meant: tests/run --update-golden"
        )
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
