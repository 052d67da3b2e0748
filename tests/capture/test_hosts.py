"""``[host."…"]`` tables of collection.toml: headers, login, cookies, proxy, pace, certificates; and where none of it may stand."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from wire.fixtures import StartServer
from wire.messages import message, plain, row

from archiver.cli import run

from .host_tables import BASIC, PAGES, assert_no_secret, collection, fields
from .support import crawl

# ---- headers, login, cookies ----------------------------------------------------------------------------------------

COOKIES = """# Netscape HTTP Cookie File
127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\ts3cret-cookie
127.0.0.1\tFALSE\t/\tFALSE\t4102444800\tlater\ttwo
127.0.0.1\tFALSE\t/\tFALSE\t1000000000\texpired\tyes
127.0.0.1\tFALSE\t/elsewhere\tFALSE\t4102444800\tother-path\tyes
127.0.0.2\tFALSE\t/\tFALSE\t4102444800\tother-host\tyes
"""
TABLE = """
[host."127.0.0.1"]
headers = { "X-Api-Key" = "s3cret-key", "Accept-Language" = "mt" }
username = "reader"
password = "s3cret-pass"
cookies = "cookies.txt"
"""


def test_headers_login_and_cookies_go_to_their_host_and_into_its_request_records_only(
    tmp_path: Path, start_server: StartServer
) -> None:
    elsewhere = plain("elsewhere", "where the redirect leads")
    other = start_server([elsewhere], address="127.0.0.2")
    hop = row("hop", "", message(b"", b"Location: " + other.url(elsewhere.path).encode(), status=b"HTTP/1.1 302 Found"))
    server = start_server([*PAGES, hop])
    folder = collection(tmp_path / "login", TABLE)
    (folder / "cookies.txt").write_text(COOKIES, "utf-8")
    done = crawl([server.url(case.path) for case in (*PAGES, hop)], folder, "--allow-private")

    assert len(done.kept.articles) == len(PAGES) + 1
    assert len(server.exchanges()) == len(PAGES) + 2  # robots.txt too
    for exchange in server.exchanges():
        sent = fields(exchange.request)
        assert sent[b"X-Api-Key"] == b"s3cret-key"
        assert sent[b"Accept-Language"] == b"mt"
        assert sent[b"Authorization"] == BASIC
        assert set(sent[b"Cookie"].split(b"; ")) == {b"session=s3cret-cookie", b"later=two"}
    assert len(other.exchanges()) == 2
    for exchange in other.exchanges():
        assert not {b"X-Api-Key", b"Authorization", b"Cookie"} & set(fields(exchange.request))
        assert fields(exchange.request)[b"Accept-Language"] != b"mt"
    logged = {exchange.request for exchange in (*server.exchanges(), *other.exchanges())}
    assert {group.request.block for group in done.kept.groups} == logged
    assert_no_secret(done)


def test_redacted_headers_are_replaced_in_the_record_and_that_is_said(tmp_path: Path, start_server: StartServer) -> None:
    server = start_server(PAGES)
    folder = collection(tmp_path / "redacted", TABLE.replace('cookies = "cookies.txt"', ""))
    done = crawl([server.url(PAGES[0].path)], folder, "--redact-request-headers", "authorization,X-Api-Key")
    (group,) = done.kept.of(PAGES[0].path)
    sent = server.exchanges()[-1].request
    assert group.request.block == sent.replace(BASIC, b"[redacted]").replace(b"s3cret-key", b"[redacted]")
    assert group.metadata.pairs["redacted"] == "request headers"
    assert [record for record in done.kept.records if b"s3cret-key" in record.block] == []


def test_a_table_may_name_one_port(tmp_path: Path, start_server: StartServer) -> None:
    one, two = start_server([PAGES[0]]), start_server([PAGES[1]])
    folder = collection(tmp_path / "port", f'[host."127.0.0.1:{one.port}"]\nheaders = {{ "X-Api-Key" = "s3cret-key" }}\n')
    crawl([one.url(PAGES[0].path), two.url(PAGES[1].path)], folder, "--allow-private")
    assert all(b"X-Api-Key" in exchange.request for exchange in one.exchanges())
    assert not any(b"X-Api-Key" in exchange.request for exchange in two.exchanges())


def test_a_host_keeps_its_own_pace(tmp_path: Path, start_server: StartServer) -> None:
    slow, quick = start_server(PAGES, address="127.0.0.2"), start_server(PAGES)
    folder = collection(tmp_path / "pace", '[host."127.0.0.2"]\ndelay = 0.4\n')
    urls = [server.url(case.path) for case in PAGES for server in (slow, quick)]
    done = crawl(urls, folder, "--allow-private")
    assert len(done.kept.articles) == 2 * len(PAGES)
    starts = [exchange.started_s for exchange in slow.exchanges()]
    assert min(after - before for before, after in pairwise(starts)) > 0.35
    starts = [exchange.started_s for exchange in quick.exchanges()]
    assert max(starts) - min(starts) < 1.0


# ---- certificates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("certificate", ["expired", "wrong-host"])
def test_a_certificate_that_is_not_good_is_a_failure_and_nothing_was_sent(
    tmp_path: Path, start_server: StartServer, certificate: str
) -> None:
    server = start_server(PAGES, tls=certificate)
    url = server.url(PAGES[0].path)
    done = crawl([url], tmp_path / certificate, "--ignore-robots", env={"SSL_CERT_FILE": str(server.ca_path)})
    assert done.kept.failures == {url: "tls"}
    assert done.code == 1
    # No request has left, so no record says that one had.
    assert server.exchanges() == []
    assert done.kept.groups == []


@pytest.mark.parametrize("certificate", ["expired", "wrong-host"])
def test_insecure_tls_takes_it_for_that_host_and_says_so_in_the_record(
    tmp_path: Path, start_server: StartServer, certificate: str
) -> None:
    server, other = start_server(PAGES, tls=certificate), start_server(PAGES, address="127.0.0.2", tls=certificate)
    folder = collection(tmp_path / certificate, '[host."127.0.0.1"]\ninsecure_tls = true\n')
    urls = [server.url(PAGES[0].path), other.url(PAGES[0].path)]
    done = crawl(urls, folder, env={"SSL_CERT_FILE": str(server.ca_path)})
    assert list(done.kept.articles) == urls[:1]
    assert done.kept.failures == {urls[1]: "robots_unavailable"}
    assert {group.metadata.pairs["tls"] for group in done.kept.groups} == {"not verified"}
    assert {group.request.get("WARC-Cipher-Suite") for group in done.kept.groups} == {server.connections()[0].cipher}


def test_a_good_certificate_is_not_remarked_upon(tmp_path: Path, start_server: StartServer) -> None:
    server = start_server(PAGES, tls="good")
    done = crawl([server.url(PAGES[0].path)], tmp_path / "good", env={"SSL_CERT_FILE": str(server.ca_path)})
    assert len(done.kept.articles) == 1
    assert [group.url for group in done.kept.groups if "tls" in group.metadata.pairs] == []
    ends = {group.metadata.pairs["certificateNotAfter"] for group in done.kept.groups}
    assert len(ends) == 1
    assert datetime.fromisoformat(ends.pop()) > datetime.now(UTC), "said while it is good, so that nobody is surprised"


# ---- what is wrong with a table -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('colour = "blue"', "unknown option 'colour'"),
        ('headers = { "X-Key" = "s3cret-key\\r\\nX-Other: 1" }', "headers: a table of names and values"),
        ('headers = { "X Key" = "s3cret-key" }', "headers: a table of names and values"),
        ("password = 12345", "password: text in one line"),
        ('password = "s3cret-pass"', "a password without a username"),
        ('proxy = "socks5://staff:s3cret-proxy@127.0.0.1:1080"', "proxy: an http:// URL"),
        ("delay = -1", "delay: seconds, not negative"),
        ("delay = true", "delay: seconds, not negative"),
        ('insecure_tls = "yes"', "insecure_tls: true or false"),
        ('cookies = "no-such-file.txt"', "cannot read the cookies: No such file or directory"),
        ('cookies = "collection.toml"', "not a cookies file in Netscape's format"),
    ],
)
def test_a_wrong_table_stops_before_the_first_request_without_printing_a_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    folder = collection(tmp_path / "wrong", f'[host."127.0.0.1"]\n{line}\n')
    assert run(["crawl", "http://127.0.0.1:9/", "-o", str(folder)]) == 2
    printed = capsys.readouterr().err
    assert len(printed.splitlines()) == 1
    assert said in printed
    assert "s3cret" not in printed
    assert "12345" not in printed
    assert list(folder.iterdir()) == [folder / "collection.toml"]
