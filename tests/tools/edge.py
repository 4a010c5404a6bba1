"""Runs Debian's nginx with deploy/nginx.conf as it is shipped; only names, paths, ports and the account are replaced."""

import os
import pathlib
import signal
import socket
import ssl
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFIGURATION = ROOT / "deploy" / "nginx.conf"
NGINX = "/usr/sbin/nginx"
NAME = "mendwork.example"
START_SECONDS = 30
STOP_SECONDS = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def replace_each(text, replacements):
    """Replaces literal texts; raises when one is not there, so that the shipped file cannot drift away from here."""
    for old, new in replacements:
        if old not in text:
            raise AssertionError(f"deploy/nginx.conf no longer holds {old!r}")
        text = text.replace(old, new)
    return text


class Edge:
    """Is one nginx in a directory of its own, in front of one Unix socket."""

    def __init__(self, directory, api_socket, replacements=()):
        self.directory = pathlib.Path(directory)
        self.port = free_port()
        self.process = None
        for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
            (self.directory / name).mkdir(parents=True, exist_ok=True)
        self._make_certificate()
        text = self._own_configuration(CONFIGURATION.read_text(), api_socket)
        self.configuration = self.directory / "nginx.conf"
        self.configuration.write_text(replace_each(text, replacements))

    def _own_configuration(self, text, api_socket):
        directory = self.directory
        temporary = "\n".join(
            f"  {module}_temp_path {directory}/{path};"
            for module, path in (
                ("client_body", "body"),
                ("proxy", "proxy"),
                ("fastcgi", "fastcgi"),
                ("uwsgi", "uwsgi"),
                ("scgi", "scgi"),
            )
        )
        # The account reaches the socket in a test's own directory, and may not be changed by anybody but root.
        account = "user root;" if os.geteuid() == 0 else ""
        return replace_each(
            text,
            [
                ("user www-data;", account),
                ("pid /run/nginx.pid;", f"pid {directory}/nginx.pid;"),
                ("/var/log/nginx/error.log", f"{directory}/error.log"),
                ("unix:/run/mendwork/api.sock", f"unix:{api_socket}"),
                ("listen 443 ", f"listen 127.0.0.1:{self.port} "),
                ("listen [::]:443 ", f"listen [::1]:{self.port} "),
                ("/etc/mendwork/edge/", f"{directory}/"),
                ("http {\n", f"http {{\n{temporary}\n"),
            ],
        )

    def _make_certificate(self):
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", f"/CN={NAME}"),
                *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
                *("-addext", f"subjectAltName=DNS:{NAME}"),
                *("-keyout", str(self.directory / "privkey.pem")),
                *("-out", str(self.directory / "fullchain.pem")),
            ],
            check=True,
            capture_output=True,
            timeout=60,
        )

    @property
    def certificate(self):
        return (self.directory / "fullchain.pem").read_bytes()

    def _command(self, *more):
        return [NGINX, "-p", str(self.directory), "-c", str(self.configuration), *more]

    def check(self):
        """Lets nginx check the configuration; returns what it says."""
        done = subprocess.run(
            self._command("-t", "-q"), capture_output=True, text=True, timeout=60, check=False
        )
        if done.returncode != 0:
            raise AssertionError(f"nginx refuses deploy/nginx.conf:\n{done.stderr}")
        return done.stderr

    def start(self):
        self.process = subprocess.Popen(
            self._command("-g", "daemon off;"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.connect(timeout_seconds=2).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    raise AssertionError(f"nginx does not serve:\n{self.last_words()}") from None

    def connect(self, name=NAME, source="127.0.0.1", timeout_seconds=20, protocols=("h2",), maximum=None):
        """Opens a TLS connection from one address of the loopback network, as a client that trusts the certificate."""
        context = ssl.create_default_context(cadata=self.certificate.decode())
        context.set_alpn_protocols(list(protocols))
        if maximum is not None:
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            context.maximum_version = maximum
            context.set_ciphers("ALL:@SECLEVEL=0")
        plain = socket.create_connection(("127.0.0.1", self.port), timeout_seconds, (source, 0))
        try:
            return context.wrap_socket(plain, server_hostname=name)
        except BaseException:
            plain.close()
            raise

    def process_ids(self):
        """Returns the master and its workers."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [self.process.pid, *map(int, children.split())]

    def last_words(self):
        log = self.directory / "error.log"
        said = self.process.stderr.read().decode(errors="replace") if self.process else ""
        return said + (log.read_text(errors="replace")[-4000:] if log.exists() else "")

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)  # its own process group
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()
        self.process.stderr.close()
