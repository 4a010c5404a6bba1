"""Plants one breach of every rule of house_check in a small tree: a checker that never fails proves nothing."""

import pathlib
import subprocess
import tempfile

import house_check

# Broken words, joined here so that this file breaks no rule itself.
PLANTED = {
    "service/domain/a.cc": ('#include "service/app/b.h"', "domain must not include app"),
    "service/policy/a.cc": ('#include "service/store/b.h"', "policy must not include store"),
    "service/rpc/a.cc": ('#include "service/plugin/b.h"', "rpc must not include plugin"),
    "service/app/a.cc": ('#include "mendwork/v1/care_service.grpc.pb.h"', "app must not see gRPC"),
    "service/app/b.cc": ("#include <grpcpp/grpcpp.h>", "app must not see gRPC"),
    "service/store/a.cc": ('#include "mendwork/v1/answer.pb.h"', "store must not see protobuf"),
    "service/app/c.cc": ("#include <sqlite3.h>", "app must not see SQLite"),
    "service/base/a.cc": ('#include "tests/support/manual_clock.h"', "base must not include tests"),
    "service/app/d.cc": ('const char* k = "SELECT id FROM couple";', "SQL outside store"),
    "plugins/fhir/a.cc": ('#include "service/store/store.h"', "may include only"),
    "admin/a.cc": ('#include "service/app/runtime.h"', "may include only"),
    "service/base/long.cc": ("\n" * house_check.LINES_MAX + ";", "too long"),
    "service/base/path.cc": ("// see /ho" + "me/somebody/notes", "machine path"),
    "deploy/mirror.sh": ("curl https://registry.npm" + "js.org/x", "registry host"),
    "service/base/later.cc": ("// TO" + "DO: finish", "unfinished work"),
    "tests/unit/base/a_test.cc": ("std::this_thread::sleep_" + "for(second);", "sleep in a test"),
    "deploy/run.sh": ("#!/bin/sh\ntrue", "not executable"),
}
HARMLESS = {
    "service/app/fine.cc": '#include "service/store/store.h"\n#include "mendwork/v1/answer.pb.h"\n// (SELECT is a word)',
    "service/rpc/fine.cc": '#include "service/app/call.h"\n#include "mendwork/v1/care_service.grpc.pb.h"',
    "service/main.cc": '#include "service/rpc/server.h"\n#include "service/plugin/host.h"',
    "tests/golden/long.txt": "x\n" * (house_check.LINES_MAX + 1),
    "tests/unit/store/fine_test.cc": 'Query("SELECT id FROM couple");',
}


def run():
    failed = 0
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        subprocess.run(["git", "init", "-q", directory], check=True)
        for name, text in [*HARMLESS.items(), *((name, planted[0]) for name, planted in PLANTED.items())]:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        findings = list(house_check.check_tree(root))
    for name, (_, expected) in PLANTED.items():
        if not any(finding.startswith(f"{name}:") and expected in finding for finding in findings):
            failed += 1
            print(f"{name}: the planted breach was not found: {expected}")
    for finding in findings:
        if finding.split(":")[0] not in PLANTED:
            failed += 1
            print(f"found where nothing is wrong: {finding}")
    print(f"{len(PLANTED) + len(HARMLESS) - failed} passed, {failed} failed")
    return 1 if failed else 0
