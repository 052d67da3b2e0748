"""Pytest fixtures; a test module elsewhere imports the ones that it wants by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from .cases import CASES
from .model import Case
from .proxy import WireProxy
from .server import WireServer

StartServer = Callable[..., WireServer]
StartProxy = Callable[..., WireProxy]


@pytest.fixture
def start_server() -> Iterator[StartServer]:
    """A function that starts servers, all of which end with the test: ``start_server(cases, **options)``."""
    with ExitStack() as stack:

        def start(cases: Iterable[Case] = CASES, **options: Any) -> WireServer:
            return stack.enter_context(WireServer(cases, **options))

        yield start


@pytest.fixture
def wire_server(start_server: StartServer) -> WireServer:
    """The whole table over plain TCP."""
    return start_server()


@pytest.fixture
def start_proxy() -> Iterator[StartProxy]:
    """A function that starts proxies, all of which end with the test."""
    with ExitStack() as stack:

        def start(**options: Any) -> WireProxy:
            return stack.enter_context(WireProxy(**options))

        yield start
