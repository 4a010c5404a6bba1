"""Makes Python messages from proto/ with protoc, once per state of proto/, under build/python.

Import what it returns through messages(), never directly: two generated packages (google.rpc, grpc.health) share
their first name with installed ones, and this module joins the two.
"""

import hashlib
import importlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROTO = ROOT / "proto"


def proto_files():
    """Lists every proto file, relative to proto/, in a fixed order."""
    return sorted(str(path.relative_to(PROTO)) for path in PROTO.rglob("*.proto"))


def run_protoc(*arguments):
    """Runs protoc over proto/; raises with its own words when it fails."""
    command = ["protoc", "-I", str(PROTO), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise SystemExit(f"protoc failed:\n{done.stderr}\nIs the package protobuf-compiler installed?")


def _generated_directory():
    digest = hashlib.sha256()
    for name in proto_files():
        digest.update(name.encode() + b"\0" + (PROTO / name).read_bytes() + b"\0")
    return ROOT / "build" / "python" / digest.hexdigest()[:16]


def generate():
    """Generates the modules unless they are there; safe when several processes do it at once."""
    directory = _generated_directory()
    if directory.is_dir():
        return directory
    directory.parent.mkdir(parents=True, exist_ok=True)
    scratch = tempfile.mkdtemp(dir=directory.parent, prefix=".making-")
    try:
        run_protoc(f"--python_out={scratch}", *proto_files())
        os.rename(scratch, directory)
    except OSError:
        if not directory.is_dir():  # nobody else made it meanwhile
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return directory


def messages():
    """Returns every generated module by its proto file, for example `mendwork/v1/answer.proto`."""
    directory = generate()
    if str(directory) not in sys.path:
        sys.path.insert(0, str(directory))
        import google  # the installed package, to which ours are added

        google.__path__.append(str(directory / "google"))
    return {
        name: importlib.import_module(name[: -len(".proto")].replace("/", ".") + "_pb2")
        for name in proto_files()
    }


def descriptor_set():
    """Returns the FileDescriptorSet of proto/ with everything it imports."""
    from google.protobuf import descriptor_pb2

    messages()  # registers the extensions, so that options can be read
    with tempfile.NamedTemporaryFile(suffix=".binpb") as out:
        run_protoc("--include_imports", f"--descriptor_set_out={out.name}", *proto_files())
        return descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(out.name).read_bytes())
