"""The demo site's server keeps to HTTP where a crawler relies on it, and leaves nothing behind."""

from __future__ import annotations

import gzip
import http.client
import socket
import threading
from collections.abc import Iterator

import pytest
from demo_client import get

from archiver.demo_site import DemoSite


@pytest.fixture(scope="module")
def day_one() -> Iterator[DemoSite]:
    with DemoSite() as site:
        yield site


@pytest.fixture
def site() -> Iterator[DemoSite]:
    with DemoSite() as site:
        yield site


def test_a_page_is_gzipped_only_for_those_who_accept_it_and_each_form_has_its_own_etag(day_one: DemoSite) -> None:
    url = day_one.sections[0]
    _, plain_headers, plain = get(url)
    _, zipped_headers, zipped = get(url, Accept_Encoding="br, gzip")
    _, refused_headers, _ = get(url, Accept_Encoding="gzip;q=0, *;q=0.5")
    assert gzip.decompress(zipped) == plain
    assert zipped_headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain_headers
    assert "content-encoding" not in refused_headers
    assert zipped_headers["etag"] != plain_headers["etag"]
    assert zipped_headers["vary"] == "Accept-Encoding"
    assert int(zipped_headers["content-length"]) == len(zipped)
    assert get(url, Accept_Encoding="gzip", If_None_Match=zipped_headers["etag"])[0] == 304
    assert get(url, Accept_Encoding="gzip", If_None_Match=plain_headers["etag"])[0] == 200


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ({"If_None_Match": "*"}, 304),
        ({"If_None_Match": '"other", W/ETAG'}, 304),
        # RFC 9110 §13.1.3: the date does not count beside a tag.
        ({"If_None_Match": '"other"', "If_Modified_Since": "Tue, 01 Dec 2026 00:00:00 GMT"}, 200),
        ({"If_Modified_Since": "Tue, 01 Dec 2026 00:00:00 GMT"}, 304),
        ({"If_Modified_Since": "Thu, 01 Jan 2026 00:00:00 GMT"}, 200),
        ({"If_Modified_Since": "yesterday"}, 200),
    ],
)
def test_conditional_requests_follow_the_standard(day_one: DemoSite, condition: dict[str, str], status: int) -> None:
    _, headers, _ = get(f"{day_one.url}/world/")
    sent = {name: value.replace("ETAG", headers["etag"]) for name, value in condition.items()}
    answer, got, body = get(f"{day_one.url}/world/", **sent)
    assert answer == status
    assert got["etag"] == headers["etag"]
    assert (body == b"") is (status == 304)


def test_head_has_the_headers_of_get_and_no_body(day_one: DemoSite) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", day_one.port, timeout=10)
    connection.request("HEAD", "/world/")
    response = connection.getresponse()
    assert response.read() == b""
    assert response.getheader("Content-Length") == get(f"{day_one.url}/world/")[1]["content-length"]
    connection.close()


def test_one_connection_carries_many_requests_and_the_log_tells(site: DemoSite) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)
    for target in ("/world/", "/nowhere", "/world/2026/02/night-train-returns/", "/static/css/site.css"):
        connection.request("GET", target, headers={"User-Agent": "test/1"})
        connection.getresponse().read()
    assert [entry.status for entry in site.requests] == [200, 404, 301, 200]
    assert len({entry.connection for entry in site.requests}) == 1
    assert site.requests[0].header("user-agent") == "test/1"
    site.clear_requests()
    assert site.requests == ()
    connection.close()


def test_a_path_without_its_slash_redirects_and_an_unknown_query_is_ignored(day_one: DemoSite) -> None:
    assert get(f"{day_one.url}/world")[:2][1]["location"] == "/world/"
    assert get(f"{day_one.url}/world/?utm_source=x")[2] == get(f"{day_one.url}/world/")[2]
    assert get(f"{day_one.url}/culture/?page=3")[0] == 404


def test_the_end_of_the_block_leaves_no_thread_no_connection_and_a_free_port() -> None:
    threads = set(threading.enumerate())
    with DemoSite() as site:
        port = site.port
        idle = socket.create_connection(("127.0.0.1", port), timeout=10)
        kept = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        kept.request("GET", "/")
        kept.getresponse().read()
    assert set(threading.enumerate()) <= threads
    assert idle.recv(1) == b""
    idle.close()
    kept.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=10)
    with DemoSite(port=port, edition=2) as again:
        assert again.port == port
        assert again.edition == 2


def test_the_port_and_the_edition_must_be_there(day_one: DemoSite) -> None:
    with pytest.raises(OSError, match="in use"):
        DemoSite(port=day_one.port).__enter__()
    with pytest.raises(ValueError, match="editions 1 and 2"):
        DemoSite(edition=3)
    with pytest.raises(RuntimeError, match="context manager"):
        _ = DemoSite().url
