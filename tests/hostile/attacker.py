#!/usr/bin/python3
"""Carries out one attack, in a process of its own so that it does not slow its victim's clock down. Loopback only.

    attacker.py '{"attack": "reset_flood", "unix": "/path/api.sock", "seconds": 2, "megabytes": 4, "connections": 50}'

Instead of "unix": "port", "source", "authority", "certificate" (a PEM file) for an attack through the edge. "token"
makes it an attack of somebody who is signed in. Prints one JSON object: what was sent, and what was answered. Every
attack is bounded by time, by bytes and by connections, whichever comes first.
"""

import collections
import json
import socket
import ssl
import sys
import time

import attacks
from frames import Connection, PeerClosed


class Counts:
    """Holds what an attack did and what came of it."""

    def __init__(self):
        self.bytes_sent = 0
        self.connections = 0
        self.refused_connections = 0
        self.streams = 0
        self.go_aways = 0
        self.closed_by_peer = 0
        self.answers = collections.Counter()


class Attacker:
    """Knows the target, the bounds, and what has been used of them."""

    def __init__(self, order):
        self.order = order
        self.token = order.get("token", "")
        self.authority = order.get("authority", "localhost")
        self.counts = Counts()
        self._bytes_max = order["megabytes"] * 1024 * 1024
        self._connections_max = order["connections"]
        self._deadline = time.monotonic() + order["seconds"]
        self._context = None
        if "certificate" in order:
            self._context = ssl.create_default_context(cafile=order["certificate"])
            self._context.set_alpn_protocols(["h2"])

    @property
    def bytes_left(self):
        return max(0, self._bytes_max - self.counts.bytes_sent)

    @property
    def seconds_left(self):
        return max(0.0, self._deadline - time.monotonic())

    def may_go_on(self):
        return self.seconds_left > 0 and self.bytes_left > 0

    def may_connect(self):
        return self.may_go_on() and self.counts.connections < self._connections_max

    def dial(self, encrypted=True):
        """Opens a transport connection; None when the peer or this machine would not."""
        self.counts.connections += 1
        try:
            if "unix" in self.order:
                plain = socket.socket(socket.AF_UNIX)
                plain.settimeout(5)
                plain.connect(self.order["unix"])
                return plain
            plain = socket.create_connection(
                ("127.0.0.1", self.order["port"]), 5, (self.order["source"], 0)
            )
            return self._context.wrap_socket(plain, server_hostname=self.authority) if encrypted else plain
        except OSError:
            self.counts.refused_connections += 1
            return None

    def each_connection(self, use, **options):
        """Calls use(connection) with fresh HTTP/2 connections, one after another, until the bounds are reached."""
        while self.may_connect():
            connection = self.connect(**options)
            if connection is None:
                continue
            try:
                use(connection)
            except PeerClosed:
                self.counts.closed_by_peer += 1
            finally:
                connection.close()

    def connect(self, **options):
        """Opens one HTTP/2 connection; None when the peer would not."""
        plain = self.dial()
        try:
            return plain and Connection(plain, self.counts, **options)
        except PeerClosed:
            plain.close()
            self.counts.closed_by_peer += 1
            return None


def main():
    attacker = Attacker(json.loads(sys.argv[1]))
    began = time.monotonic()
    getattr(attacks, attacker.order["attack"])(attacker)
    counts = attacker.counts
    counts.answers = dict(counts.answers.most_common(12))
    print(json.dumps({**vars(counts), "seconds": round(time.monotonic() - began, 2)}))


if __name__ == "__main__":
    main()
