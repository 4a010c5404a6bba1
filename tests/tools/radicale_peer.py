"""Starts Debian's CalDAV server (radicale) behind a proxy that keeps every byte and can fail on command."""

import base64
import http.client
import http.server
import pathlib
import socket
import subprocess
import tempfile
import threading

from server import wait_until

SECONDS = 60
ACCOUNT = "practice"
PASSWORD = "an app password"
HEADERS_KEPT = ("content-type", "etag", "content-length", "cache-control")

CONFIGURATION = """\
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {directory}/users
htpasswd_encryption = plain
[rights]
type = from_file
file = {directory}/rights
[storage]
filesystem_folder = {directory}/collections
[headers]
Cache-Control = private, no-store
[web]
type = none
"""
# The account may do everything below its own name; everybody may read a feed whose name they know, and list
# nothing.
RIGHTS = """\
[account]
user: practice
collection: practice(/.*)?
permissions: RrWw
[feeds]
user: .*
collection: practice/feed-[a-z0-9]+
permissions: r
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class CalDavPeer:
    """Is one CalDAV server with one calendar; `url` leads through the proxy, `radicale_port` past it."""

    def __init__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="mendcal")
        self.directory = pathlib.Path(self._directory.name)
        self.radicale_port = free_port()
        self.process = None
        self.traffic = []  # every request as bytes
        self.writes = []  # methods and paths of what changed something
        self.faults = []  # for the next writes: "503", "drop-before" or "hang-after"
        self.hanging = threading.Event()
        self._let_go = threading.Event()
        self._proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._proxy.daemon_threads = True
        self.port = self._proxy.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/{ACCOUNT}/calendar/"
        threading.Thread(target=self._proxy.serve_forever, daemon=True).start()

    def start(self):
        (self.directory / "users").write_text(f"{ACCOUNT}:{PASSWORD}\n")
        (self.directory / "rights").write_text(RIGHTS)
        configuration = self.directory / "config"
        configuration.write_text(CONFIGURATION.format(port=self.radicale_port, directory=self.directory))
        self.process = subprocess.Popen(
            ["/usr/bin/python3", "-m", "radicale", "--config", str(configuration)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until("radicale answers", self._answers, SECONDS)
        calendar = f"/{ACCOUNT}/calendar/"
        if not (self.directory / "collections/collection-root" / calendar.strip("/")).exists():
            assert self.ask("MKCALENDAR", calendar)[0] == 201
        return self

    def _answers(self):
        try:
            return self.ask("GET", "/")
        except OSError:
            return None

    def stop(self):
        self._let_go.set()
        self._proxy.shutdown()
        self._proxy.server_close()
        self.stop_radicale()
        self._directory.cleanup()

    def stop_radicale(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def ask(self, method, path, account=True, body=None):
        """Asks radicale itself; returns status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.radicale_port, timeout=SECONDS)
        token = base64.b64encode(f"{ACCOUNT}:{PASSWORD}".encode()).decode()
        connection.request(method, path, body, {"Authorization": f"Basic {token}"} if account else {})
        reply = connection.getresponse()
        answer = reply.status, dict(reply.getheaders()), reply.read()
        connection.close()
        return answer

    def entries(self):
        """Returns the calendar's files as they lie on disk, by name."""
        folder = self.directory / "collections" / "collection-root" / ACCOUNT / "calendar"
        return {each.name: each.read_bytes() for each in folder.glob("*.ics")}

    def wait_until_hanging(self):
        """Waits until a write was carried out whose sender will never learn."""
        if not self.hanging.wait(SECONDS):
            raise AssertionError("no request hangs")

    def _handler(peer):
        class Handler(http.server.BaseHTTPRequestHandler):
            """Passes one request on."""

            protocol_version = "HTTP/1.1"

            def log_message(self, *unused):
                pass

            def _pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                peer.traffic.append(f"{self.requestline}\r\n{self.headers}".encode() + body)
                writes = self.command in ("PUT", "DELETE")
                fault = peer.faults.pop(0) if writes and peer.faults else ""
                if fault == "drop-before":
                    self.close_connection = True
                    return
                if fault == "503":
                    self._answer(503, {}, b"")
                    return
                try:
                    connection = http.client.HTTPConnection("127.0.0.1", peer.radicale_port, timeout=SECONDS)
                    connection.request(self.command, self.path, body, dict(self.headers))
                    reply = connection.getresponse()
                    status, headers, answer = reply.status, dict(reply.getheaders()), reply.read()
                except OSError:
                    self.close_connection = True
                    return
                if writes and status < 300:
                    peer.writes.append((self.command, self.path))
                if fault == "hang-after":
                    peer.hanging.set()
                    peer._let_go.wait()
                    self.close_connection = True
                    return
                self._answer(status, headers, answer)

            def _answer(self, status, headers, answer):
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() in HEADERS_KEPT and name.lower() != "content-length":
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_PUT = do_DELETE = do_PROPFIND = do_REPORT = _pass_on

        return Handler
