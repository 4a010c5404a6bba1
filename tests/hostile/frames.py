"""Speaks just enough HTTP/2 to misuse it: builds frames that a proper client would not send, and reads the answers.

Framing and header compression are Debian's python3-hyperframe and python3-hpack; no state machine stands in the way.
"""

import select
import socket
import ssl
import struct
import time

from hpack import Decoder, Encoder
from hpack.exceptions import HPACKError
from hyperframe.exceptions import HyperframeError
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
FRAME_BYTES_MAX = 16384  # of a payload, as every peer starts
SEND_SECONDS = 5.0
SIGN_IN = "/mendwork.v1.SessionService/SignIn"
GET_SESSION = "/mendwork.v1.SessionService/GetSession"


class PeerClosed(Exception):
    """Says that the other side ended the connection, or would take nothing more."""


def frame(kind, stream, *flags, **fields):
    each = kind(stream, **fields)
    for flag in flags:
        each.flags.add(flag)
    return each.serialize()


def settings(values=None):
    return frame(SettingsFrame, 0, settings=values or {})


def settings_ack():
    return frame(SettingsFrame, 0, "ACK")


def ping():
    return frame(PingFrame, 0, opaque_data=b"mendwork")


def reset(stream):
    return frame(RstStreamFrame, stream, error_code=8)


def data(stream, payload, last=False):
    return frame(DataFrame, stream, *(["END_STREAM"] if last else []), data=payload)


def message(payload, compressed=False, length=None):
    """Puts a message into gRPC's frame; `length` may lie."""
    return struct.pack(">BI", compressed, len(payload) if length is None else length) + payload


def headers(stream, block, last=False):
    """Carries a header block, in as many frames as it needs."""
    first, rest = block[:FRAME_BYTES_MAX], block[FRAME_BYTES_MAX:]
    flags = [*(["END_STREAM"] if last else []), *([] if rest else ["END_HEADERS"])]
    out = [frame(HeadersFrame, stream, *flags, data=first)]
    while rest:
        part, rest = rest[:FRAME_BYTES_MAX], rest[FRAME_BYTES_MAX:]
        out.append(frame(ContinuationFrame, stream, *([] if rest else ["END_HEADERS"]), data=part))
    return b"".join(out)


def request_block(path, authority, token="", more=()):
    """Compresses the headers of one call without touching the table, so that every call stands alone."""
    fields = [
        (":method", "POST"),
        (":scheme", "https"),
        (":authority", authority),
        (":path", path),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        *([("authorization", f"Bearer {token}")] if token else []),
        *more,
    ]
    return Encoder().encode([(name, value, True) for name, value in fields], huffman=False)


class Connection:
    """Is one HTTP/2 connection of an attacker. Counts what goes out and what the peer says to it."""

    def __init__(self, plain, counts, first_settings=None, acknowledge=True):
        self.socket = plain
        self.counts = counts
        self.acknowledge = acknowledge
        self.next_stream = 1
        self.closed = False
        self.settled = False  # the peer's settings have arrived
        self.ended = {}  # stream: its grpc-status, or what else ended it
        self.windows = {0: 65535}  # what may still be sent: on the connection, and by stream
        self._first_window = 65535
        self._in = b""
        self._decoder = Decoder(max_header_list_size=1 << 20)
        self._block = b""
        plain.settimeout(SEND_SECONDS)
        self.send(PREFACE + settings(first_settings))

    def stream(self):
        self.next_stream += 2
        return self.next_stream - 2

    def send(self, payload):
        try:
            self.socket.sendall(payload)
        except OSError as error:
            self.closed = True
            raise PeerClosed(str(error)) from None
        self.counts.bytes_sent += len(payload)

    def send_body(self, stream, payload, seconds):
        """Sends a body as fast as the peer's flow control lets it, until the stream ends or the time is over."""
        self.windows.setdefault(stream, self._first_window)

        def may_send():
            return stream in self.ended or min(self.windows[0], self.windows[stream]) > 0

        while payload:
            if not self.read_until(may_send, seconds) or stream in self.ended:
                return
            size = min(self.windows[0], self.windows[stream], FRAME_BYTES_MAX)
            part, payload = payload[:size], payload[size:]
            self.windows[0] -= len(part)
            self.windows[stream] -= len(part)
            self.send(data(stream, part, last=not payload))

    def read(self, seconds=0.0):
        """Takes what has arrived, waiting up to `seconds` for the first of it; returns whether anything came."""
        pending = isinstance(self.socket, ssl.SSLSocket) and self.socket.pending()
        if not pending and not select.select([self.socket], [], [], seconds)[0]:
            return False
        try:
            got = self.socket.recv(1 << 16)
        except (ssl.SSLWantReadError, socket.timeout):
            return False
        except OSError:
            got = b""
        if not got:
            self.closed = True
            raise PeerClosed("closed by the peer")
        self._in += got
        self._take_frames()
        return True

    def read_until(self, done, seconds):
        """Reads until done() or the time is over; returns done()."""
        deadline = time.monotonic() + seconds
        while not done():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self.read(left)
        return True

    def _take_frames(self):
        while len(self._in) >= 9:
            head, length = Frame.parse_frame_header(memoryview(self._in[:9]))
            if len(self._in) < 9 + length:
                return
            body, self._in = self._in[9 : 9 + length], self._in[9 + length :]
            try:
                head.parse_body(memoryview(body))
            except HyperframeError:
                continue
            self._take(head)

    def _take(self, each):
        if isinstance(each, GoAwayFrame):
            self.counts.go_aways += 1
        elif isinstance(each, SettingsFrame) and "ACK" not in each.flags:
            self.settled = True
            self._first_window = each.settings.get(SettingsFrame.INITIAL_WINDOW_SIZE, self._first_window)
            if self.acknowledge:
                self.send(settings_ack())
        elif isinstance(each, WindowUpdateFrame):
            known = self.windows.get(each.stream_id, self._first_window)
            self.windows[each.stream_id] = known + each.window_increment
        elif isinstance(each, RstStreamFrame):
            self._end(each.stream_id, f"reset {each.error_code}")
        elif isinstance(each, (HeadersFrame, ContinuationFrame)):
            self._block += each.data
            if "END_HEADERS" in each.flags:
                self._take_fields(each.stream_id)

    def _take_fields(self, stream):
        try:
            fields = dict(self._decoder.decode(self._block))
        except HPACKError:
            fields = {}
        self._block = b""
        if "grpc-status" in fields:
            self._end(stream, fields["grpc-status"])
        elif fields.get(":status", "200") != "200":
            self._end(stream, f"http {fields[':status']}")

    def _end(self, stream, why):
        if stream not in self.ended:
            self.ended[stream] = why
            self.counts.answers[why] += 1

    def close(self):
        self.closed = True
        self.socket.close()
