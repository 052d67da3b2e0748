"""A page cannot make the crawler talk to the machine it runs on, or to the network around it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from wire.messages import HTML, message, row
from wire.server import WireServer

from archiver.capture.addresses import AddressPolicy, is_public
from capture.support import crawl

ADDRESSES = [
    ("93.184.216.34", True, "an ordinary one"),
    ("2606:2800:220:1::1", True, "an ordinary one"),
    ("127.0.0.1", False, "this machine"),
    ("127.9.9.9", False, "this machine by another number"),
    ("0.0.0.0", False, "this machine, on Linux"),
    ("10.1.2.3", False, "private"),
    ("172.16.0.1", False, "private"),
    ("192.168.1.1", False, "private"),
    ("100.64.0.1", False, "carrier-grade NAT"),
    ("169.254.169.254", False, "metadata service of most clouds"),
    ("168.63.129.16", False, "metadata service of Azure, routable by its number"),
    ("224.0.0.1", False, "multicast"),
    ("255.255.255.255", False, "broadcast"),
    ("::1", False, "this machine"),
    ("fe80::1%eth0", False, "link-local with a zone"),
    ("fc00::1", False, "unique local"),
    ("::ffff:127.0.0.1", False, "this machine in IPv6 clothes"),
    ("::ffff:93.184.216.34", True, "an ordinary one in IPv6 clothes"),
    ("64:ff9b::7f00:1", False, "this machine through NAT64"),
    ("2002:7f00:1::", False, "this machine through 6to4"),
    ("", False, "no address"),
    ("example.org", False, "a name is no address"),
]


@pytest.mark.parametrize(("address", "public", "reason"), ADDRESSES)
def test_only_globally_reachable_unicast_addresses_are_public(address: str, public: bool, reason: str) -> None:
    assert is_public(address) is public, reason


def test_a_seed_may_be_private_at_its_very_port_only() -> None:
    policy = AddressPolicy(["http://127.0.0.1:8000/section/", "https://intranet.example/"])
    assert policy.allows("127.0.0.1", "127.0.0.1", 8000)
    assert not policy.allows("127.0.0.1", "127.0.0.1", 8001)
    assert policy.allows("10.0.0.1", "INTRANET.example", 443)
    assert not policy.allows("10.0.0.1", "intranet.example", 80)
    assert AddressPolicy(allow_private=True).allows("10.0.0.1", "other.example", 80)


def _section(other: str) -> list[Any]:
    links = [f"{other}/2026/03/14/listed.html", "/2026/03/14/moved.html", "http://localhost.localdomain.invalid/2026/03/14/x.html"]
    cards = "".join(
        f"<article><h2><a href='{link}'>A story about the quay number {i}</a></h2><p>It was a long day at the quay, all agreed.</p>"
        "</article>"
        for i, link in enumerate(links)
    )
    page = f"<html><body><main><h1>Quay</h1>{cards}</main></body></html>".encode()
    moved = b"HTTP/1.1 302 Found\r\nLocation: " + other.encode() + b"/2026/03/14/inside.html\r\nContent-Length: 0\r\n\r\n"
    return [
        row("robots", "allows all", message(b"", b"Content-Type: text/plain"), path="/robots.txt", listed=False),
        row("section", "links to another private host", message(page, HTML), path="/section/", listed=False),
        row("moved", "leads to another private host", moved, path="/2026/03/14/moved.html", status=302, listed=False),
    ]


@pytest.mark.parametrize("flags", [(), ("--allow-private",)], ids=["by default", "--allow-private"])
def test_links_and_redirects_to_private_hosts_are_rows_and_no_connection(
    tmp_path: Path, start_server: Callable[..., WireServer], flags: tuple[str, ...]
) -> None:
    inside = start_server((), address="127.0.0.2")
    outside = start_server(_section(inside.url("")))
    done = crawl([outside.url("/section/")], tmp_path / "c", *flags)
    reasons = {failure["url"].rsplit("/", 1)[1]: failure["reason"] for failure in done.kept.rows("failures")}
    assert reasons.pop("x.html") == "robots_unavailable", "a name that is not found is not private"
    if flags:
        assert "private_address" not in reasons.values()
        assert inside.connections()
    else:
        assert reasons == {"listed.html": "private_address", "moved.html": "private_address"}
        assert inside.connections() == []
