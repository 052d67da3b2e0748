"""Fixtures of the tests in this folder; servers and proxies are those of tests/wire."""

from __future__ import annotations

from wire.fixtures import start_proxy, start_server

from .table_run import table_run, table_runs

__all__ = ["start_proxy", "start_server", "table_run", "table_runs"]
