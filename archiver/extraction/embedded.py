"""Frames, films and sounds in markup: which address an element embeds, and as what. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Literal

from lxml.html import HtmlElement

Embedded = tuple[Literal["frame", "media", "image"], str]

MEDIA_EXTENSIONS = ("mp4", "m4v", "webm", "ogv", "mov", "mp3", "m4a", "aac", "ogg", "oga", "opus", "wav", "flac", "vtt")
_IMAGE = re.compile(r"\.(?:png|jpe?g|jfif|gif|webp|avif|svg|bmp|apng|jxl|ico)(?:[?#]|$)", re.IGNORECASE)
_MEDIA = re.compile(rf"\.(?:{'|'.join(MEDIA_EXTENSIONS)})(?:[?#]|$)", re.IGNORECASE)
# ``frame.src = "chart.html";``: a script that names a document so embeds it. One in any other place is a link, as a rule.
_SET_BY_SCRIPT = re.compile(
    r"""\.src\s{0,9}=\s{0,9}(["'`])([^"'`\s<>\\]{1,500}\.x?html?(?:\?[^"'`\s<>\\]{0,500})?)\1\s{0,9}(?:[;,)}\n]|$)"""
)
_MAX_SET_BY_SCRIPT = 20
_MAX_SOURCES = 50
_NO_EXTENT = frozenset({"0", "1", "0px", "1px"})


def frame_urls(element: HtmlElement) -> Iterator[Embedded]:
    """The document of ``iframe`` or ``frame``; none where it has no extent: trackers do that, and nothing is shown.

    Of one with ``srcdoc`` that is shown in place of ``src``, where it is known (HTML §4.8.5).
    """
    src = element.get("src")
    if src and element.get("srcdoc") is None and has_extent(element):
        yield "frame", src


def has_extent(element: HtmlElement) -> bool:
    """Whether anything of a frame can be seen, as far as its attributes say."""
    return not all((element.get(name) or "").strip().lower() in _NO_EXTENT for name in ("width", "height"))


def media_urls(element: HtmlElement) -> Iterator[Embedded]:
    """The film or sound of ``video`` and ``audio``, and the poster."""
    if src := element.get("src"):
        yield "media", src
    if poster := element.get("poster"):
        yield "image", poster


def track_urls(element: HtmlElement) -> Iterator[Embedded]:
    """Subtitles."""
    if src := element.get("src"):
        yield "media", src


def is_of_media(source: HtmlElement) -> bool:
    """Whether a ``source`` belongs to a film or sound, not to a ``picture``.

    *Quirk:* libxml2 does not know that it has no end tag: each further one stands within the one before.
    """
    above = (parent.tag for parent in islice(source.iterancestors(), _MAX_SOURCES))
    return next((tag for tag in above if tag not in ("source", "track")), None) in ("video", "audio")


def object_urls(element: HtmlElement) -> Iterator[Embedded]:
    """What ``object`` and ``embed`` hold: pictures, films, else documents (pages, PDF, SVG)."""
    href = (element.get("data") if element.tag == "object" else element.get("src")) or ""
    kind = (element.get("type") or "").strip().lower()
    if not href:
        return
    if kind.startswith("image/") or _IMAGE.search(href):
        yield "image", href
    elif kind.startswith(("video/", "audio/")) or _MEDIA.search(href):
        yield "media", href
    elif has_extent(element):
        yield "frame", href


def framed_by_script(text: str) -> Iterator[Embedded]:
    """Documents that an inline script embeds by a literal address."""
    for match in islice(_SET_BY_SCRIPT.finditer(text), _MAX_SET_BY_SCRIPT):
        yield "frame", match[2]
