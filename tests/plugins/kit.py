"""What tests of plugins share: packing one, a worklist for the Python example, mendctl, and a look at the processes."""

import hashlib
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import zipapp

import e2e
import mendwork_client
import practice as practice_module
import proto_messages
import server as server_module
from server import wait_until

admin = mendwork_client.package("mendwork.admin.v1")
Delivery = admin.Delivery
SECONDS = 120
CHART_SYSTEM = "urn:example:test-chart"
CHART = "qzneedle-chart-7"  # a marker: a chart's number leaves to a granted plugin and goes nowhere else
INTERPRETER = "/usr/bin/python3 -I"
PLUGINS = pathlib.Path(__file__).resolve().parent


def pack(directory, sources, manifest):
    """Packs a Python plugin as plugins/example-python/CMakeLists.txt does; returns the package's directory."""
    with tempfile.TemporaryDirectory() as stage:
        stage = pathlib.Path(stage)
        shutil.copytree(proto_messages.generate() / "mendwork" / "plugin", stage / "mendwork" / "plugin")
        for name, content in {**sources, "plugin.json": json.dumps(manifest)}.items():
            (stage / name).write_text(content)
        directory.mkdir(parents=True)
        zipapp.create_archive(stage, directory / "program", interpreter=INTERPRETER)
    (directory / "program").chmod(0o755)
    (directory / "plugin.json").write_text(json.dumps(manifest))
    return directory


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def example_package():
    """Returns where the build put the Python example."""
    return (e2e.Options.binaries / ".." / "packages" / "example-python").resolve()


class Refused(Exception):
    """Holds what mendctl said when it did not do something."""

    def __init__(self, arguments, done):
        super().__init__(f"mendctl {arguments} ended with {done.returncode}: {done.stderr}")
        self.error = json.loads(done.stderr)["error"] if done.stderr.startswith("{") else {}


class Worklist:
    """Is the practice's endpoint: remembers every request, and can hold back its answers."""

    def __init__(self):
        self._lock = threading.Condition()
        self._requests = []  # (method, path, body)
        self._holding = False
        worklist = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                worklist.note(self.command, self.path, json.loads(body or b"null"))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_PUT = do_DELETE = answer

            def log_message(self, *unused):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/worklist"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self.hold(False)
        self._server.shutdown()
        self._server.server_close()

    def note(self, method, path, body):
        """Carries a request out; its answer waits while answers are held back."""
        with self._lock:
            self._requests.append((method, path, body))
            self._lock.wait_for(lambda: not self._holding, timeout=SECONDS)

    def hold(self, holding):
        with self._lock:
            self._holding = holding
            self._lock.notify_all()

    def requests(self):
        with self._lock:
            return list(self._requests)

    def entries(self):
        """Returns what the worklist holds after all requests: its entries by path."""
        held = {}
        for method, path, body in self.requests():
            if method == "PUT":
                held[path] = body
            else:
                held.pop(path, None)
        return held


class PluginTest(e2e.PracticeTest):
    """Gives a server whose plugins can be told apart from everybody else's, and mendctl signed in beside it."""

    @classmethod
    def setUpClass(cls):
        home = server_module.temporary_data()
        cls.addClassCleanup(home.cleanup)
        cls.home = pathlib.Path(home.name)
        before = os.environ.get("TMPDIR")
        os.environ["TMPDIR"] = home.name  # the server puts its plugins' sockets there
        try:
            super().setUpClass()
        finally:
            os.environ.pop("TMPDIR") if before is None else os.environ.update(TMPDIR=before)
        administrator = cls.practice.administrator
        cls.mendctl("sign-in", "--name", administrator.sign_in_name, "--secret-stdin", text=practice_module.SECRET)

    @classmethod
    def mendctl(cls, *arguments, text=""):
        """Runs mendctl as the administrator does; returns its JSON."""
        command = [e2e.Options.binaries / "mendctl", "--server", cls.server.admin_listen, "--json"]
        command += ["--session-file", cls.home / "session", "--timeout", str(SECONDS)]
        done = subprocess.run(
            [*command, *arguments], input=f"{text}\n", capture_output=True, text=True, check=False, timeout=SECONDS
        )
        if done.returncode != 0:
            raise Refused(arguments, done)
        return json.loads(done.stdout or "{}")

    @classmethod
    def plugin_pids(cls, socket=""):
        """Returns the processes, wherever they hang in the tree, that were started as plugins of this server."""
        mark = f"MENDWORK_PLUGIN_SOCKET={cls.home}/{socket}".encode()
        found = []
        for each in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if mark in (each / "environ").read_bytes():
                    found.append(int(each.name))
            except OSError:  # it ended meanwhile
                continue
        return found

    @classmethod
    def zombies(cls):
        """Returns the ended children that the server has not reaped."""
        found = []
        for path in pathlib.Path(f"/proc/{cls.server.process.pid}/task").glob("*/children"):
            for child in path.read_text().split():
                try:
                    if pathlib.Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                        found.append(int(child))
                except OSError:
                    continue
        return found

    def shown(self, plugin):
        return self.mendctl("plugin", "show", plugin)

    def link(self, plugin):
        self.therapist.call(
            "CareService.LinkRecord",
            partner=self.one.name,
            plugin=plugin,
            identifier_system=CHART_SYSTEM,
            identifier_value=CHART,
        )

    def submit(self):
        """Hands a response in."""
        chosen = {"today": {"codes": {"codes": ["week"]}}, "energy": {"codes": {"codes": ["some"]}}}
        assignment = self.assign()
        self.one.client.send("ResponseService.SubmitResponse", self.submission(assignment, chosen=chosen))
        return assignment.response

    def consent(self, response, plugin):
        return self.one.call(
            "ConsentService.GrantConsent",
            parent=self.couple.name,
            scope={"item": {"response": response, "item_id": "energy"}},
            audience={"kind": practice_module.AudienceKind.KIND_PLUGIN, "resource": plugin},
            wording_hash=practice_module.wording_hash(
                self.one, self.practice.name, practice_module.Topic.CONSENT_TOPIC_RECORD
            ),
        ).name

    def release(self, response, plugin):
        return self.therapist.call(
            "ConsentService.CreateRelease", parent=self.couple.name, response=response, plugin=plugin
        ).name

    def newest(self, plugin, kind=Delivery.KIND_RESPONSE_RELEASED):
        page = self.therapist.call("PluginAdminService.ListDeliveries", parent=plugin)
        return next((each for each in page.deliveries if each.kind == kind), None)

    def wait_for(self, plugin, state, kind=Delivery.KIND_RESPONSE_RELEASED, seconds=SECONDS):
        """Waits until the newest delivery of a kind has a state; returns it."""

        def reached():
            delivery = self.newest(plugin, kind)
            return delivery if delivery and delivery.state == state else None

        return wait_until(f"a delivery is {Delivery.State.Name(state)}", reached, seconds)
