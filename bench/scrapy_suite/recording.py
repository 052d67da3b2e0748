"""The add-on with a collection for each crawl, and a pytest plugin that puts a relay before Scrapy's mock server."""

from __future__ import annotations

import atexit
import base64
import contextlib
import itertools
import json
import os
import socket
import struct
import threading
from pathlib import Path
from typing import Any

from archiver.addon import WarcAddon

RECORDED = Path(os.environ["ARCHIVER_RECORDED"])
_serial = itertools.count()


class RecordingAddon(WarcAddon):
    """As the add-on is, with a collection of its own a crawl."""

    def update_settings(self, settings: Any) -> None:
        test = "".join(char if char.isalnum() else "-" for char in os.environ.get("PYTEST_CURRENT_TEST", "script").split(" ")[0])
        folder = RECORDED / "collections" / f"{test[-100:].strip('-')}-{os.getpid()}-{next(_serial)}"
        settings.set("ARCHIVER_COLLECTION", str(folder), priority="addon")
        super().update_settings(settings)


class Relay:
    """Passes every connection on to ``port`` and keeps a copy of both directions."""

    def __init__(self, port: int) -> None:
        self._target, self.connections = port, []
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            near, _ = self._listening.accept()
            far = socket.create_connection(("127.0.0.1", self._target))
            sent, received = bytearray(), bytearray()
            self.connections.append((sent, received))
            threading.Thread(target=_copy, args=(near, far, sent), daemon=True).start()
            threading.Thread(target=_copy, args=(far, near, received), daemon=True).start()


def _copy(source: socket.socket, target: socket.socket, copy: bytearray) -> None:
    try:
        while data := source.recv(1 << 16):
            copy += data
            target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)
    except OSError:
        # What was reset is reset on the other side too.
        for end in (target, source):
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RD)
                end.close()


def pytest_configure() -> None:
    from tests.mockserver.http_base import BaseMockServer

    entered, relays = BaseMockServer.__enter__, []

    def with_relay(server: Any) -> Any:
        entered(server)
        if server.listen_http:
            relays.append(Relay(server.http_port))
            server.http_port = relays[-1].port
        return server

    def save() -> None:
        with (RECORDED / "wire.jsonl").open("a") as out:
            for relay in relays:
                for pair in relay.connections:
                    sent, received = (base64.b64encode(bytes(part)).decode() for part in pair)
                    out.write(json.dumps({"port": relay.port, "sent": sent, "received": received}) + "\n")

    BaseMockServer.__enter__ = with_relay
    atexit.register(save)
