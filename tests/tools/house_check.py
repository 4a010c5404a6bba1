#!/usr/bin/python3
"""Checks the rules of the house that no compiler knows. Prints each finding as `file:line: rule: text`.

    house_check.py              checks the files git knows or would add
    house_check.py --selftest   plants one breach of every rule and fails unless each is found

Rules: layers include only downwards; gRPC, protobuf, SQLite and SQL stay where they belong; files fit a sitting; no
machine paths or registry hosts; no words that mark unfinished work; no sleeps in tests; scripts can be run; every
method of the API says who may call it.
"""

import os
import pathlib
import re
import subprocess
import sys

import house_layers
import proto_messages

LINES_MAX = 450
CODE_SUFFIXES = {".cc", ".h", ".proto", ".py", ".sh", ".mjs", ".ts", ".cmake"}
# Written by programs, quoted from elsewhere, or data: length and wording are not ours to choose.
EXEMPT = re.compile(r"(^|/)(node_modules|golden|testdata|service/catalog|package-lock\.json|LICENSE)(/|$)")

# Spelled so that these lines do not match themselves.
FORBIDDEN_TEXT = {
    "machine path": re.compile(r"(?<![\w.$}*)\]])/(?:work|farm|home|root)/"),
    "registry host": re.compile(r"\b(?:registry\.[a-z]+js|deb\.[a-z]+|pypi|files\.pythonhosted)\.org\b"),
}
UNFINISHED = re.compile(
    r"\b(?:TO[D]O|FIX[M]E|X[X]X|HAC[K])\b|(?i:\bnot (?:yet )?impl[e]mented\b|\bfor n[o]w\b"
    r"|\bplace[h]older\b|\bdum[m]y\b)"
)
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')  # a program may look for such words
SLEEP = re.compile(
    r"sleep_[f]or|sleep_[u]ntil|\busl[e]ep\(|\bnanosl[e]ep\(|absl::Sleep[F]or|time\.sl[e]ep|^\s*sl[e]ep [0-9.$]"
)


def tracked_files(root):
    """Lists the files that git knows or would add, relative to root."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, capture_output=True, check=True)
    names = [name for name in done.stdout.decode().split("\0") if name]
    return sorted(name for name in set(names) if (root / name).is_file())


def is_code(name, first_line):
    path = pathlib.PurePosixPath(name)
    return path.suffix in CODE_SUFFIXES or path.name == "CMakeLists.txt" or first_line.startswith("#!")


def check_text(name, lines, code):
    """Yields findings about the lines of one file."""
    for number, line in enumerate(lines, 1):
        for rule, pattern in FORBIDDEN_TEXT.items():
            found = pattern.search(line)
            if found:
                yield f"{name}:{number}: {rule}: '{found.group(0)}'"
        unfinished = UNFINISHED.search(STRING.sub('""', line)) if code else None
        if unfinished:
            yield f"{name}:{number}: unfinished work: '{unfinished.group(0)}'"
        if code and name.startswith("tests/") and SLEEP.search(line):
            yield f"{name}:{number}: sleep in a test: wait for an event with a deadline, or inject the clock"


def check_file(root, name):
    """Yields findings about one file."""
    data = (root / name).read_bytes()
    if b"\0" in data:
        return
    lines = data.decode("utf-8", "replace").splitlines()
    code = is_code(name, lines[0] if lines else "")
    yield from check_text(name, lines, code)
    if code and len(lines) > LINES_MAX:
        yield f"{name}:{len(lines)}: too long: more than {LINES_MAX} lines; split it where a stranger would look"
    if lines and lines[0].startswith("#!") and not os.access(root / name, os.X_OK):
        yield f"{name}:1: not executable: it starts with #! but has no run bit"
    yield from house_layers.check_includes(name, lines)
    yield from house_layers.check_sql(name, lines)


def check_tree(root):
    for name in tracked_files(root):
        if not EXEMPT.search(name):
            yield from check_file(root, name)


def check_permissions():
    """Yields the methods of the people's API that lack the permission option."""
    options = proto_messages.messages()["mendwork/options/v1/options.proto"]
    for file in proto_messages.descriptor_set().file:
        # The plugin contract is between two processes: nobody signs in there.
        if not file.package.startswith("mendwork.") or file.package == "mendwork.plugin.v1":
            continue
        for service in file.service:
            for method in service.method:
                if not method.options.HasExtension(options.method):
                    yield f"proto/{file.name}:1: no permission: {service.name}.{method.name} lacks the option `method`"


def main():
    if sys.argv[1:] == ["--selftest"]:
        import house_selftest

        return house_selftest.run()
    findings = [*check_tree(proto_messages.ROOT), *check_permissions()]
    print("\n".join(findings))
    print(f"{len(findings)} finding{'' if len(findings) == 1 else 's'}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
