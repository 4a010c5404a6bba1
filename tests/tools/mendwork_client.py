"""A small client of Mendwork's API, for the demo and the tests. Written against proto/ only.

    with Client("127.0.0.1:8443") as client:
        client.sign_in(name, secret)
        couple = client.call("CareService.CreateCouple", parent=practice)

call() takes the fields of the request by name, fills in a request_id where the method has one, and raises RpcFailure
with everything the server said: code, reason, violations, delay, text for the person.
"""

import random
import threading
import types
import uuid

import grpc

import proto_messages

_modules = proto_messages.messages()
_error_details = _modules["google/rpc/error_details.proto"]
_status = _modules["google/rpc/status.proto"]

BEARER = "authorization"


def package(name):
    """Returns everything that a proto package declares, whichever of its files does: package("mendwork.v1").Couple."""
    merged = types.SimpleNamespace()
    for each in _modules.values():
        if each.DESCRIPTOR.package == name:
            vars(merged).update({key: value for key, value in vars(each).items() if not key.startswith("_")})
    return merged


def _find_methods():
    found = {}
    for each in _modules.values():
        for service in each.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                found[f"{service.name}.{method.name}"] = method
    return found


METHODS = _find_methods()


class RequestIds:
    """Makes UUIDs of version 4 from a seed, so that a run can be repeated. Safe to share between threads."""

    def __init__(self, seed=None):
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def next(self):
        with self._lock:
            return str(uuid.UUID(int=self._random.getrandbits(128), version=4))


class RpcFailure(Exception):
    """Holds what the server said when it refused a call."""

    def __init__(self, method, error):
        self.method = method
        self.code = error.code()
        self.message = error.details()
        self.reason = ""
        self.domain = ""
        self.metadata = {}
        self.violations = []  # (field, description)
        self.retry_seconds = None
        self.localized = ""
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                self._read(_status.Status.FromString(value))
        super().__init__(
            f"{method}: {self.code.name} {self.reason} {self.message} {self.violations or ''}".strip()
        )

    def _read(self, status):
        for detail in status.details:
            info, bad = _error_details.ErrorInfo(), _error_details.BadRequest()
            retry, localized = _error_details.RetryInfo(), _error_details.LocalizedMessage()
            if detail.Unpack(info):
                self.reason, self.domain, self.metadata = info.reason, info.domain, dict(info.metadata)
            elif detail.Unpack(bad):
                self.violations = [(each.field, each.description) for each in bad.field_violations]
            elif detail.Unpack(retry):
                self.retry_seconds = retry.retry_delay.ToTimedelta().total_seconds()
            elif detail.Unpack(localized):
                self.localized = localized.message


class Client:
    """Is one person's connection. Starts signed out."""

    def __init__(self, address, ids=None, timeout_seconds=30.0):
        self.address = address
        self.token = ""
        self.session = None
        self.timeout_seconds = timeout_seconds
        self.ids = ids or RequestIds()
        # A killed server is back at once in the tests: reconnect quickly, and never share a connection.
        self._channel = grpc.insecure_channel(
            address,
            options=[
                ("grpc.initial_reconnect_backoff_ms", 50),
                ("grpc.min_reconnect_backoff_ms", 50),
                ("grpc.max_reconnect_backoff_ms", 250),
                ("grpc.use_local_subchannel_pool", 1),
                ("grpc.enable_retries", 0),
                ("grpc.enable_http_proxy", 0),
            ],
        )

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def close(self):
        self._channel.close()

    def wait_until_ready(self, seconds):
        """Waits until the server accepts connections; raises grpc.FutureTimeoutError if it does not in time."""
        grpc.channel_ready_future(self._channel).result(timeout=seconds)

    def request(self, method, **fields):
        """Builds a request without sending it."""
        descriptor = METHODS[method].input_type
        if "request_id" in descriptor.fields_by_name:
            fields.setdefault("request_id", self.ids.next())
        return descriptor._concrete_class(**fields)

    def call(self, method, **fields):
        """Calls a unary method by `Service.Method`."""
        return self.send(method, self.request(method, **fields))

    def send(self, method, request, timeout_seconds=None, metadata=None):
        """Sends a request, a message or raw bytes, as it is."""
        descriptor = METHODS[method]
        handle = self._channel.unary_unary(
            f"/{descriptor.containing_service.full_name}/{descriptor.name}",
            request_serializer=lambda each: each if isinstance(each, bytes) else each.SerializeToString(),
            response_deserializer=descriptor.output_type._concrete_class.FromString,
        )
        try:
            return handle(
                request,
                timeout=self.timeout_seconds if timeout_seconds is None else timeout_seconds,
                metadata=self._metadata() if metadata is None else metadata,
            )
        except grpc.RpcError as error:
            raise RpcFailure(method, error) from None

    def stream(self, method, timeout_seconds=None, **fields):
        """Yields the messages of a server stream until it ends or the time is over."""
        descriptor = METHODS[method]
        handle = self._channel.unary_stream(
            f"/{descriptor.containing_service.full_name}/{descriptor.name}",
            request_serializer=lambda each: each.SerializeToString(),
            response_deserializer=descriptor.output_type._concrete_class.FromString,
        )
        messages = handle(
            self.request(method, **fields),
            metadata=self._metadata(),
            timeout=self.timeout_seconds if timeout_seconds is None else timeout_seconds,
        )
        try:
            yield from messages
        except grpc.RpcError as error:
            raise RpcFailure(method, error) from None
        finally:
            messages.cancel()

    def list(self, method, items, **fields):
        """Calls a List method page by page and returns the elements of its field `items`."""
        found, token = [], ""
        while True:
            page = self.call(method, page_token=token, **fields)
            found += getattr(page, items)
            token = page.next_page_token
            if not token:
                return found

    def sign_in(self, sign_in_name, secret):
        """Signs in and keeps the session. Raises on any outcome that is not a session."""
        reply = self.call("SessionService.SignIn", sign_in_name=sign_in_name, secret=secret)
        if reply.WhichOneof("outcome") != "session":
            raise RuntimeError(
                f"the server asks for a step this client does not know: {reply.challenge.kind}"
            )
        self.token = reply.session.token
        self.session = reply.session.session
        return self.session

    def enroll(self, code, secret):
        """Redeems a one-time code, signs in with the new secret, and returns the sign-in name."""
        name = self.call("SessionService.Enroll", code=code, secret=secret).sign_in_name
        self.sign_in(name, secret)
        return name

    def _metadata(self):
        return ((BEARER, f"Bearer {self.token}"),) if self.token else ()
