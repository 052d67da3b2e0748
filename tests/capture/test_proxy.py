"""Behind a proxy: the exchange with the site is kept byte for byte, and nothing of the one with the proxy."""

from __future__ import annotations

from pathlib import Path

import pytest
from wire.fixtures import StartProxy, StartServer
from wire.messages import message, plain, row
from wire.server import WireServer
from wire.site import build_site

from .host_tables import PAGES, assert_no_secret, collection
from .support import Crawl, crawl


@pytest.mark.parametrize("credentials", ["", "staff:s3cret-proxy"], ids=["open", "with-credentials"])
@pytest.mark.parametrize("tls", [None, "good"], ids=["absolute-form", "tunnel"])
def test_behind_a_proxy_the_exchange_with_the_site_is_kept_and_nothing_of_the_proxy(
    tmp_path: Path, start_server: StartServer, start_proxy: StartProxy, tls: str | None, credentials: str
) -> None:
    site = build_site([], listing_pages=1, plain_articles=9)
    server = start_server(site.cases, tls=tls)
    proxy = start_proxy(credentials=tuple(credentials.split(":")) if credentials else None)
    folder = collection(tmp_path / "proxied", f'[host."127.0.0.1"]\nproxy = "{proxy.url(credentials)}"\n')
    env = {"SSL_CERT_FILE": str(server.ca_path)} if tls else {}
    done = crawl([server.url(site.seed_path)], folder, env=env)

    assert len(done.kept.articles) == 9, done.stderr
    assert {exchange.kind for exchange in proxy.exchanges()} == {"connect" if tls else "forward"}
    assert {exchange.outcome for exchange in proxy.exchanges()} == {"relayed"}
    _assert_exact(done, server, None if tls else [exchange.request for exchange in proxy.exchanges()])
    for record in done.kept.records:
        assert record.get("WARC-IP-Address") is None
        assert b"CONNECT" not in record.block
        assert b"Proxy-Authorization" not in record.block
    for group in done.kept.groups:
        assert group.metadata.pairs["proxied"] == "yes"
        assert group.request.get("WARC-Cipher-Suite") == server.connections()[0].cipher
    assert [record for record in done.kept.records if b"s3cret" in record.block] == []
    assert_no_secret(done)


def _assert_exact(done: Crawl, server: WireServer, asked: list[bytes] | None) -> None:
    """Responses as the site sent them; requests as the site got them, or (absolute form) as the proxy did, without its field."""
    kept = {group.url: group for group in done.kept.groups}
    assert len(kept) == len(server.exchanges())
    for exchange in server.exchanges():
        assert kept[server.url(exchange.path)].block == exchange.response
    if asked is None:
        assert {group.request.block for group in kept.values()} == {exchange.request for exchange in server.exchanges()}
        return
    without = {b"".join(line for line in one.splitlines(True) if not line.startswith(b"Proxy-Auth")) for one in asked}
    assert {group.request.block for group in kept.values()} == without
    assert all(one.startswith(b"GET http://127.0.0.1:") for one in without)


def test_a_proxy_that_refuses_gives_failures_that_name_it_without_credentials(
    tmp_path: Path, start_server: StartServer, start_proxy: StartProxy
) -> None:
    plain_site, tls_site = start_server(PAGES), start_server(PAGES, tls="good", address="127.0.0.2")
    proxy = start_proxy(credentials=("staff", "another"))
    toml = "".join(f'[host."{host}"]\nproxy = "{proxy.url("staff:s3cret-proxy")}"\n' for host in ("127.0.0.1", "127.0.0.2"))
    urls = [plain_site.url(PAGES[0].path), tls_site.url(PAGES[0].path)]
    done = crawl(urls, collection(tmp_path / "refused", toml), "--ignore-robots")
    # In absolute form the proxy's answer stands in place of the site's: 407.
    assert done.kept.failures == {urls[0]: "http_status", urls[1]: "refused"}
    assert [exchange.outcome for exchange in proxy.exchanges()] == ["auth", "auth"]
    assert plain_site.exchanges() == tls_site.exchanges() == []
    assert_no_secret(done)


def test_only_the_named_host_goes_through_its_proxy_also_after_a_redirect(
    tmp_path: Path, start_server: StartServer, start_proxy: StartProxy
) -> None:
    elsewhere = plain("elsewhere", "where the redirect leads")
    other = start_server([elsewhere], address="127.0.0.2")
    hop = row("hop", "", message(b"", b"Location: " + other.url(elsewhere.path).encode(), status=b"HTTP/1.1 302 Found"))
    server, proxy = start_server([hop]), start_proxy(credentials=("staff", "s3cret-proxy"))
    folder = collection(tmp_path / "one", f'[host."127.0.0.1"]\nproxy = "{proxy.url("staff:s3cret-proxy")}"\n')
    done = crawl([server.url(hop.path)], folder, "--allow-private")
    assert len(done.kept.articles) == 1
    assert {exchange.target for exchange in proxy.exchanges()} == {server.url("/robots.txt"), server.url(hop.path)}
    assert len(other.exchanges()) == 2
    assert all(b"Proxy-Authorization" not in exchange.request for exchange in other.exchanges())
    addresses = {group.url: group.request.get("WARC-IP-Address") for group in done.kept.groups}
    assert addresses[other.url(elsewhere.path)] == "127.0.0.2"
    assert addresses[server.url(hop.path)] is None
