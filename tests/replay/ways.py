"""What a row of the torture site is, and the short ways to write one.

In markup, files and checks ``{here}`` and ``{other}`` are the origins of the two hosts, ``{//other}`` the second with no scheme.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import archiver.demo_site

_DEMO = Path(archiver.demo_site.__file__).parent / "static"
Content = bytes | str


class Way(NamedTuple):
    """``files``: content by address, a path of the first host or ``{other}/…``. ``head``: stands in the page's head.

    ``not_in_pywb``, ``not_in_reader``: why pywb or ReplayWeb.page does not show what the archive has.
    """

    name: str
    markup: str
    files: Mapping[str, Content]
    check: str
    reason: str
    head: str = ""
    not_in_pywb: str = ""
    not_in_reader: str = ""


@cache
def width_of(path: str) -> int:
    """Every picture has a width of its own, so that one cannot pass for another."""
    return 10 + zlib.crc32(path.encode()) % 2000


def png(path: str) -> bytes:
    """A picture two pixels high, as wide as its address says."""
    width = width_of(path)
    header = struct.pack(">IIBBBBB", width, 2, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress((b"\0" + bytes([90] * width)) * 2)), (b"IEND", b""))
    )


def pngs(*paths: str) -> dict[str, Content]:
    return {path: png(path) for path in paths}


def wav() -> bytes:
    """Half a second of silence."""
    samples = bytes([128]) * 4000
    return (
        struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + 4000, b"WAVE", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8, b"data", 4000) + samples
    )


def font() -> bytes:
    return (_DEMO / "fonts" / "brackwater-signs.woff2").read_bytes()


def film() -> bytes:
    return (_DEMO / "video" / "lock-gate.webm").read_bytes()


def svg(inner: str) -> str:
    return f"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>{inner}</svg>"


# What a check may ask. Each waits for a while, TRIES times 50 ms: fonts, lazy pictures and scripts come late.
HELPERS = """
  const one = (id) => document.querySelector('#' + id);
  const until = async (test) => {
    for (let left = TRIES; left > 0; left--) {
      try { if (await test()) return true; } catch (error) { /* not yet */ }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return false;
  };
  const isWide = async (url, width) => {
    const image = new Image(); image.src = url; await image.decode(); return image.naturalWidth === width;
  };
  const shown = (id, width) => until(() => one(id).naturalWidth === width);
  const painted = (id, property, width, pseudo) => until(() => {
    const urls = [...getComputedStyle(one(id), pseudo)[property].matchAll(/url\\("(.*?)"\\)/g)].map((match) => match[1]);
    return urls.length > 0 && isWide(urls[0], width);
  });
  const coloured = (id, colour) => until(() => getComputedStyle(one(id)).color === `rgb(${colour})`);
  const lettered = (family) => until(() => [...document.fonts].some((face) => face.family === family && face.status === 'loaded'));
  const had = (url, size) => until(async () => {
    const answer = await fetch(url); return answer.status === 200 && (await answer.arrayBuffer()).byteLength === size;
  });
  const ran = (name) => until(() => document.documentElement.dataset[name] === 'ran');
  const framed = (id, test) => until(() => test(one(id).contentDocument || one(id).contentWindow.document));
  const plays = (id) => until(() => one(id).duration > 0 && !one(id).error);
"""


def shown(name: str, path: str) -> str:
    return f"shown('{name}', {width_of(path)})"


def painted(name: str, path: str, property_: str = "backgroundImage", pseudo: str = "") -> str:
    return f"painted('{name}', '{property_}', {width_of(path)}, '{pseudo}')"


def had(expression: str, content: Content) -> str:
    return f"had({expression}, {len(content if isinstance(content, bytes) else content.encode())})"


def picture(name: str, markup: str, path: str, reason: str, *more: str) -> Way:
    """``@`` in the markup is ``id=NAME``; of several candidates ``path`` is the one that this browser shows."""
    return Way(name, markup.replace("@", f"id={name}"), pngs(path, *more), shown(name, path), reason)


def background(name: str, markup: str, path: str, reason: str, **more: str) -> Way:
    return Way(name, markup.replace("@", f"id={name}"), pngs(path), painted(name, path, **more), reason)


def colour(name: str, head: str, files: dict[str, str], number: int, reason: str) -> Way:
    """``#COLOUR#`` in a file is a rule for the row's element that nothing else states."""
    rule = f"#{name}{{color:rgb(1, 2, {number})}}"
    filled: dict[str, Content] = {path: text.replace("#COLOUR#", rule) for path, text in files.items()}
    return Way(name, f"<i id={name}>x</i>", filled, f"coloured('{name}', '1, 2, {number}')", reason, head.replace("#COLOUR#", rule))
