"""The fixtures of `fixtures.py` for the tests in this folder."""

from __future__ import annotations

from .fixtures import start_proxy, start_server, wire_server

__all__ = ["start_proxy", "start_server", "wire_server"]
