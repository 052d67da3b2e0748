"""The proxy: relays what it gets, and logs what it was asked."""

from __future__ import annotations

import base64
import socket
import ssl

import pytest

from .cases import case
from .fixtures import StartProxy, StartServer
from .proxy import WireProxy
from .server import WireServer
from .test_server import get, read

ODD = case("chunked-trailers")
CLOSED = case("close-delimited")


def absolute(server: WireServer, path: str, *lines: bytes) -> bytes:
    request = b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n" % server.url(path).encode()
    return request + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def connect(proxy: WireProxy) -> socket.socket:
    return socket.create_connection((proxy.address, proxy.port), timeout=5)


def basic(text: str) -> bytes:
    return b"Proxy-Authorization: Basic " + base64.b64encode(text.encode())


def test_absolute_form_reaches_the_origin_in_origin_form(start_server: StartServer, start_proxy: StartProxy) -> None:
    server, proxy = start_server(), start_proxy()
    request = absolute(server, ODD.path, b"proxy-connection: x", b"X-Case: Kept")
    with connect(proxy) as sock:
        sock.sendall(request)
        assert read(sock, len(ODD.expect.response), 2).data == ODD.expect.response
        sock.sendall(absolute(server, CLOSED.path))
        arrived = read(sock, len(CLOSED.expect.response), 2)
        assert (arrived.data, arrived.end) == (CLOSED.expect.response, "eof")
    first, _ = server.settled()
    assert first.request == b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Case: Kept\r\n\r\n" % ODD.path.encode()
    logged, second = proxy.exchanges()
    assert (logged.kind, logged.target, logged.request) == ("forward", server.url(ODD.path), request)
    assert logged.forwarded == first.request
    assert (logged.connection, second.connection, second.outcome) == (0, 0, "relayed")


def test_a_new_origin_on_the_same_connection_is_reached(start_server: StartServer, start_proxy: StartProxy) -> None:
    one, two, proxy = start_server(), start_server(address="127.0.0.2"), start_proxy()
    kept = case("kept-alive-first")
    with connect(proxy) as sock:
        for server in (one, two):
            sock.sendall(absolute(server, kept.path))
            assert read(sock, len(kept.expect.response), 2).data == kept.expect.response
    assert [len(server.settled()) for server in (one, two)] == [1, 1]


def test_connect_is_a_tunnel_for_tls(start_server: StartServer, start_proxy: StartProxy) -> None:
    server, proxy = start_server(tls="good"), start_proxy()
    context = ssl.create_default_context(cafile=str(server.ca_path))
    with connect(proxy) as sock:
        sock.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: x\r\n\r\n" % server.port)
        assert sock.recv(4096).startswith(b"HTTP/1.1 200 Connection established")
        with context.wrap_socket(sock, server_hostname="127.0.0.1") as tls:
            tls.sendall(get(ODD.path))
            assert read(tls, len(ODD.expect.response), 2).data == ODD.expect.response
    assert [(e.kind, e.target, e.forwarded) for e in proxy.exchanges()] == [("connect", f"127.0.0.1:{server.port}", b"")]
    assert server.settled()[0].request == get(ODD.path)


@pytest.mark.parametrize("method", ["GET", "CONNECT"])
def test_credentials_are_asked_for_and_checked(method: str, start_server: StartServer, start_proxy: StartProxy) -> None:
    server, proxy = start_server(), start_proxy(credentials=("reader", "s3cret:x"))

    def ask(*lines: bytes) -> bytes:
        request = absolute(server, "/nowhere", *lines)
        if method == "CONNECT":
            request = b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n" % server.port + b"".join(x + b"\r\n" for x in lines) + b"\r\n"
        with connect(proxy) as sock:
            sock.sendall(request)
            return sock.recv(12)

    assert ask() == ask(basic("reader:wrong")) == b"HTTP/1.1 407"
    assert ask(basic("reader:s3cret:x")) == (b"HTTP/1.1 404" if method == "GET" else b"HTTP/1.1 200")
    assert [e.outcome for e in proxy.exchanges()] == ["auth", "auth", "relayed"]
    assert all(b"Authorization" not in exchange.request for exchange in server.settled())


def test_what_cannot_be_reached_or_read_is_said(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for request, answer in (
        (b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n" % port, b"HTTP/1.1 502"),
        (b"GET /origin-form HTTP/1.1\r\n\r\n", b"HTTP/1.1 400"),
    ):
        with connect(proxy) as sock:
            sock.sendall(request)
            assert sock.recv(12) == answer
    assert [e.outcome for e in proxy.exchanges()] == ["unreachable", "bad"]
    assert proxy.url("u:p") == f"http://u:p@127.0.0.1:{proxy.port}"
