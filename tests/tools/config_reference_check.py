#!/usr/bin/python3
"""Compares docs/operations/configuration.md with the server: every setting of `mendworkd --help`, and every limit.

    config_reference_check.py [--bin DIR]

A section whose heading ends with a source file lists constants of that file with their values: each must be there and
have that value. The files in COMPLETE must be listed without a gap. Settings must match in both directions. What the
page says about deploy/nginx.conf and the service unit must stand there, with the same numbers.
"""

import argparse
import ast
import operator
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "operations" / "configuration.md"
COMPLETE = ("service/rpc/limits.h", "service/domain/validation_limits.h")
SECTION = re.compile(r"^## .*`([^`]+)`$")
ROW = re.compile(r"^\| (`[^|]+) \| ([^|]*) \|")
CONSTANT = re.compile(r"^\s*(?:static )?constexpr [\w:<>]+ (k\w+) =", re.M)
UNITS = {
    "": 1,
    **dict.fromkeys(("bytes", "code points", "characters", "steps", "s"), 1),
    **{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "min": 60, "h": 3600},
}
DURATIONS = {"Seconds": 1, "Minutes": 60, "Hours": 3600, "Milliseconds": 0.001}
OPERATORS = {ast.Mult: operator.mul, ast.Add: operator.add, ast.LShift: operator.lshift}


def settings_of(help_text):
    return set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", "\n".join(_option_columns(help_text))))


def _option_columns(help_text):
    """Yields the first word of each option's line: descriptions may name settings too."""
    for line in help_text.splitlines():
        found = re.match(r"^  ((?:-\w,)?--[a-z-]+)", line)
        if found:
            yield found.group(1)


def sections(page):
    """Yields (heading's file or None, [(names, value)])."""
    source, rows = None, []
    for line in page.splitlines():
        if line.startswith("## "):
            yield source, rows
            found = SECTION.match(line)
            source, rows = found.group(1) if found else None, []
        found = ROW.match(line)
        if found:
            rows.append((re.findall(r"`([^`]+)`", found.group(1)), found.group(2).strip()))
    yield source, rows


def evaluate(expression):
    """Computes the value of a C++ initializer as our limits are written; durations in seconds."""
    text = re.sub(r"(?<=\d)'(?=\d)", "", expression)
    text = re.sub(r"\b(?:u?int\d*(?:_t|max_t)?|size_t|uintmax_t)\{(\d+)\}", r"\1", text)
    text = re.sub(r"absl::(\w+)\(", lambda found: f"{DURATIONS[found.group(1)]} * (", text)
    return _compute(ast.parse(text, mode="eval").body)


def _compute(node):
    if isinstance(node, ast.BinOp):
        return OPERATORS[type(node.op)](_compute(node.left), _compute(node.right))
    if isinstance(node, ast.Constant):
        return node.value
    raise ValueError(ast.dump(node))


def stated(value):
    """Reads a value of the page: a number and its unit."""
    found = re.fullmatch(r"(\d+)(?: (.+))?", value)
    if not found or (found.group(2) or "") not in UNITS:
        return None
    return int(found.group(1)) * UNITS[found.group(2) or ""]


def check_constants(source, rows):
    """Yields what differs between the page's section and its source file."""
    text = (ROOT / source).read_text()
    for (name, *_), value in rows:
        found = re.search(rf"\b{re.escape(name)} = ([^;]+);", text)
        if not found:
            yield f"{source} has no {name}: take it out of the page"
        elif stated(value) is None:
            yield f"the value of {name}, '{value}', is not a number with a known unit"
        elif stated(value) != evaluate(found.group(1)):
            yield f"{name} is {found.group(1)} in {source} and {value} on the page"
    if source in COMPLETE:
        listed = {name for names, _ in rows for name in names}
        for name in CONSTANT.findall(text):
            if name not in listed:
                yield f"{source} has {name}, which the page does not list"


def check_directives(source, rows):
    """Yields directives of the page that their configuration file does not have, or has with other numbers."""
    text = re.sub(r"#.*", "", (ROOT / source).read_text())
    for names, value in rows:
        numbers = set()
        for name in names:
            found = re.findall(rf"(?:^|[{{;])\s*{re.escape(name)}([^;\n]*)", text, re.M)
            if not found:
                yield f"{source} has no {name}: take it out of the page"
            numbers.update(re.findall(r"\d+", " ".join(found)))
        for number in re.findall(r"\d+", value):
            if number not in numbers:
                yield f"{', '.join(names)}: {source} has {sorted(numbers)}, the page says {value}"


def check_settings(page, program):
    done = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=60, check=True)
    documented = set(re.findall(r"^\| `(--[a-z-]+)` \|", page, re.M))
    offered = settings_of(done.stdout)
    if len(offered) < 5:
        yield f"--help could not be read: {sorted(offered)}"
    for name in sorted(offered - documented):
        yield f"mendworkd has {name}, which the page does not list"
    for name in sorted(documented - offered):
        yield f"the page lists {name}, which mendworkd does not have"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build" / "dev" / "bin")
    arguments = parser.parse_args()
    page = PAGE.read_text()
    findings = list(check_settings(page, arguments.bin / "mendworkd"))
    checked = 0
    sources = set()
    for source, rows in sections(page):
        if source is None:
            continue
        sources.add(source)
        checked += len(rows)
        check = check_directives if source.startswith("deploy/") else check_constants
        findings += check(source, rows)
    findings += [f"the page has no section for {source}" for source in COMPLETE if source not in sources]
    print("\n".join(findings))
    print(f"{checked - min(checked, len(findings))} passed, {len(findings)} failed")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
