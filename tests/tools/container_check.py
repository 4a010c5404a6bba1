#!/usr/bin/python3
"""Checks what of deploy/container/Dockerfile can be checked without a container engine.

    container_check.py [--bin DIR]

Every script it runs and every file it copies is there; every purpose it gives to install-packages is a section of
deploy/packages; the packages of the final image, with what they depend on, hold every library that the built programs
load; and the image does not run as root.
"""

import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "deploy" / "container" / "Dockerfile"
SANITIZERS = ("libasan8", "libubsan1")  # of the build that the tests use


def instructions():
    text = re.sub(r"\\\n\s*", " ", DOCKERFILE.read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [line.split(None, 1) for line in lines]


def sections():
    """Returns the packages of each section of deploy/packages."""
    found, name = {}, None
    for line in (ROOT / "deploy" / "packages").read_text().splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("["):
            name = line.strip("[]")
            found[name] = []
        elif line:
            found[name].append(line)
    return found


def check_steps(known):
    for instruction, rest in instructions():
        if instruction == "COPY" and not rest.startswith("--from"):
            for name in rest.split()[:-1]:
                if not (ROOT / name).exists():
                    yield f"COPY {name}: there is no such file"
        if instruction == "RUN":
            for name in re.findall(r"(?:^|[\s/])(deploy/[\w-]+)", rest):
                if not (ROOT / name).is_file():
                    yield f"RUN {name}: there is no such script"
            for purpose in re.findall(r"install-packages (\w+)", rest):
                script = (ROOT / "deploy" / "install-packages").read_text()
                if purpose not in known or not re.search(rf"^  [\w |]*\b{purpose}\b[\w |]*\)", script, re.M):
                    yield f"RUN install-packages {purpose}: it knows no such purpose"


def check_user():
    users = [rest for instruction, rest in instructions() if instruction == "USER"]
    if not users or users[-1].split(":")[0] in ("root", "0"):
        yield "the last USER is root"


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def owners(binaries):
    """Returns the packages of the libraries that the programs load, and those libraries."""
    found = {}
    programs = [path for path in binaries.glob("mend*") if "bench" not in path.name]
    for program in programs:
        for path in re.findall(r"=> (/\S+)", output("ldd", str(program))):
            real = str(pathlib.Path(path).resolve())
            for candidate in (real, real.removeprefix("/usr"), path):
                done = subprocess.run(["dpkg", "-S", candidate], capture_output=True, text=True, check=False)
                if done.returncode == 0:
                    found[done.stdout.split(":")[0]] = path
                    break
            else:
                found[f"(no package) {path}"] = path
    return found


def closure(packages):
    """Returns the packages and all that they depend on, as they are installed here."""
    depends = {}
    for line in output("dpkg-query", "-W", "-f", "${Package}\t${Depends}, ${Pre-Depends}\n").splitlines():
        name, _, text = line.partition("\t")
        depends[name] = re.findall(r"(?:^|[,|])\s*([a-z0-9][a-z0-9+.-]+)", text)
    seen, waiting = set(), list(packages)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += depends.get(name, [])
    return seen


def check_libraries(binaries, packages):
    present = closure([*packages, "libc6"])
    for package, path in sorted(owners(binaries).items()):
        if package not in present and package not in SANITIZERS:
            yield f"the final image lacks {package}, which holds {path}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build" / "dev" / "bin")
    arguments = parser.parse_args()
    known = sections()
    checks = {
        "steps": list(check_steps(known)),
        "user": list(check_user()),
        "libraries": list(check_libraries(arguments.bin, known.get("run", []))),
    }
    failed = [f"{name}: {finding}" for name, findings in checks.items() for finding in findings]
    print("\n".join(failed))
    print(f"{sum(not findings for findings in checks.values())} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
