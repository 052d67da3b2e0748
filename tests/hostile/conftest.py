"""Fixtures of the tests in this folder; the server is that of tests/wire."""

from __future__ import annotations

from wire.fixtures import start_server

__all__ = ["start_server"]
