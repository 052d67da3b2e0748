"""A news section of any size as gzip files for nginx: 40 KB articles of generated text, listing pages of 50 links."""

from __future__ import annotations

import getpass
import gzip
import json
import random
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PER_LISTING = 50
_ARTICLE_BYTES = 40_000
_PHOTO_BYTES = 60_000
_SYLLABLES = [
    "ka",
    "lo",
    "mi",
    "ner",
    "tos",
    "vel",
    "dra",
    "pin",
    "su",
    "gor",
    "tan",
    "e",
    "li",
    "ro",
    "ba",
    "cor",
    "den",
    "fu",
    "ha",
    "jul",
]


def _words(chance: random.Random, count: int) -> str:
    words = ("".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(count))
    return " ".join(words)


def _sentence(chance: random.Random) -> str:
    return _words(chance, chance.randint(8, 22)).capitalize() + "."


def article(number: int, size: int = _ARTICLE_BYTES, photos: int = 0) -> bytes:
    """One page in the shape of a news site: metadata, navigation, byline, text, photos, related links, and script as ballast."""
    chance = random.Random(number)
    title = _words(chance, 8).capitalize()
    day = f"2026-{1 + number % 10:02d}-{1 + number % 28:02d}"
    stated = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": title,
        "datePublished": f"{day}T08:{number % 60:02d}:00+00:00",
        "author": [{"@type": "Person", "name": f"{_words(chance, 1).title()} {_words(chance, 1).title()}"}],
        "publisher": {"@type": "Organization", "name": "Bench Courier"},
    }
    nav = "".join(f'<li><a href="/topic/{i}/">{_words(chance, 2)}</a></li>' for i in range(40))
    body = "".join(f"<p>{' '.join(_sentence(chance) for _ in range(chance.randint(3, 6)))}</p>\n" for _ in range(14))
    shown = "".join(f'<img src="/photos/{number}-{i}.jpg" alt="{_words(chance, 3)}">' for i in range(photos))
    related = "".join(f'<li><a href="/news/{(number + i) % 1000}.html">{_words(chance, 7)}</a></li>' for i in range(8))
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} | Bench Courier</title>'
        f'<meta property="og:type" content="article"><meta property="og:title" content="{title}">'
        f'<link rel="stylesheet" href="/static/site.css"><script type="application/ld+json">{json.dumps(stated)}</script></head>'
        f"<body><header><nav><ul>{nav}</ul></nav></header><main><article><h1>{title}</h1>"
        f'<p class="byline">By {stated["author"][0]["name"]} <time datetime="{stated["datePublished"]}">{day}</time></p>\n'
        f"{body}{shown}</article><aside><h2>Related</h2><ul>{related}</ul></aside></main>"
        f"<footer><p>Bench Courier</p></footer><script>var ballast = '{{}}';</script></body></html>"
    )
    ballast = _words(chance, max(size - len(page), 0) // 6)
    return page.replace("{}", ballast, 1).encode()


def listing(number: int, count: int) -> bytes:
    """Listing page ``number`` (1-based) of a section with ``count`` articles."""
    chance = random.Random(-number)
    first = (number - 1) * PER_LISTING
    cards = "".join(
        f'<article class="card"><h2><a href="/news/{i}.html">{_words(chance, 8).capitalize()}</a></h2>'
        f"<p>{_sentence(chance)}</p></article>"
        for i in range(first, min(first + PER_LISTING, count))
    )
    following = f'<a rel="next" href="/section/{number + 1}.html">Older</a>' if first + PER_LISTING < count else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Section, page {number}</title></head>'
        f"<body><main><h1>Section</h1>{cards}<nav class='pager'>{following}</nav></main></body></html>"
    ).encode()


def build(folder: Path, count: int, *, size: int = _ARTICLE_BYTES, photos: int = 0) -> None:
    """Write the site; each page only as ``.gz``, which nginx serves as it is. ``photos`` of 60 KB an article."""
    for name in ("news", "section", "photos"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number in range(count):
        _put(folder / "news" / f"{number}.html", article(number, size, photos))
        for i in range(photos):
            photo = folder / "photos" / f"{number}-{i}.jpg"
            photo.write_bytes(b"\xff\xd8\xff\xe0" + random.Random(number * 100 + i).randbytes(_PHOTO_BYTES))
    for number in range(1, -(-count // PER_LISTING) + 1):
        _put(folder / "section" / f"{number}.html", listing(number, count))
    _put(folder / "robots.txt", b"User-agent: *\nDisallow:\n")


def _put(path: Path, page: bytes) -> None:
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(page, 6, mtime=0))


@contextmanager
def serve(folder: Path, port: int) -> Iterator[str]:
    """nginx on loopback; gives the URL of the section's first page."""
    prefix = Path(tempfile.mkdtemp(prefix="bench-nginx-"))
    config = prefix / "nginx.conf"
    config.write_text(
        f"user {getpass.getuser()}; worker_processes 1; daemon off; pid {prefix}/pid; error_log {prefix}/error.log;\n"
        "events { worker_connections 512; }\n"
        f"http {{ access_log off; types {{ text/html html; text/plain txt; image/jpeg jpg; }}"
        f" client_body_temp_path {prefix}; proxy_temp_path {prefix};"
        f" fastcgi_temp_path {prefix}; uwsgi_temp_path {prefix}; scgi_temp_path {prefix}; keepalive_requests 100000; sendfile on;"
        f" server {{ listen 127.0.0.1:{port}; root {folder}; gzip_static always;"
        " location /photos/ { gzip_static off; } } }\n"
    )
    nginx = subprocess.Popen(["nginx", "-p", str(prefix), "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        first = f"http://127.0.0.1:{port}/section/1.html"
        _wait_for(first)
        yield first
    finally:
        nginx.terminate()
        nginx.wait(timeout=10)
        shutil.rmtree(prefix, ignore_errors=True)


def _wait_for(url: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(url, timeout=1).read()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("nginx did not start")
