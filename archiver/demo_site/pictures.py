"""Drawings for the stories: a river landscape as SVG, made from nothing but its name, always the same for one name."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator

WIDTH, HEIGHT = 960, 480
# Sky above, sky below, far hills, near hills, water.
_PALETTES = (
    ("#f6d9b8", "#fdf3e3", "#c08f78", "#7d5a5a", "#8fa9b8"),
    ("#b9d6e4", "#eef6f8", "#86a89a", "#4f7566", "#6f9bb3"),
    ("#d8cfe6", "#f7f0f3", "#a08fae", "#645a7c", "#8c9cc0"),
    ("#cfe3d2", "#f5f8ec", "#8fb08d", "#52755c", "#7fb0ae"),
    ("#f3c9b5", "#fbeadb", "#b5746b", "#6f4654", "#97a3b5"),
    ("#27364f", "#5b6f8d", "#3b4a63", "#1e2a3d", "#31455f"),
)


def landscape(name: str) -> str:
    """An SVG of 960 by 480: sky, sun, two rows of hills, a town, the river."""
    numbers = _numbers(name)
    sky_high, sky_low, far, near, water = _PALETTES[int(next(numbers) * len(_PALETTES))]
    sun_x, sun_y, sun_r = 120 + 720 * next(numbers), 70 + 110 * next(numbers), 26 + 30 * next(numbers)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
        f'<defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="{sky_high}"/>'
        f'<stop offset="1" stop-color="{sky_low}"/></linearGradient></defs>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#sky)"/>',
        f'<circle cx="{sun_x:.0f}" cy="{sun_y:.0f}" r="{sun_r:.0f}" fill="#fff8e1" opacity=".85"/>',
        _hills(numbers, far, 240, 46),
        *_town(numbers, near, 318),
        _hills(numbers, near, 326, 22),
        f'<rect y="372" width="{WIDTH}" height="108" fill="{water}"/>',
        *_ripples(numbers),
        "</svg>\n",
    ]
    return "\n".join(parts)


def weather_sign() -> str:
    """The small cloud in the masthead."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="32" height="32">\n'
        '<path d="M9 20a5 5 0 0 1 .6-10A7 7 0 0 1 23 11.500a4.300 4.300 0 0 1 0 8.500z" fill="#8aa1ad"/>\n'
        '<path d="M11 23l-2 5M17 23l-2 5M23 23l-2 5" stroke="#3f7f99" stroke-width="2" stroke-linecap="round"/>\n</svg>\n'
    )


def _numbers(name: str) -> Iterator[float]:
    """Numbers in [0, 1) without end, the same on every machine and version (``random`` promises that for no method but one)."""
    count = 0
    while True:
        digest = hashlib.sha256(f"{name}:{count}".encode()).digest()
        yield from (byte / 256 for byte in digest)
        count += 1


def _hills(numbers: Iterator[float], colour: str, level: float, swing: float) -> str:
    waves = [(1 + 3 * next(numbers), math.tau * next(numbers), swing * (0.4 + 0.6 * next(numbers))) for _ in range(3)]
    points = [
        f"{x},{level + sum(math.sin(x / WIDTH * math.tau * turns + phase) * height for turns, phase, height in waves) / 2:.0f}"
        for x in range(0, WIDTH + 1, 24)
    ]
    return f'<polygon fill="{colour}" points="0,{HEIGHT} {" ".join(points)} {WIDTH},{HEIGHT}"/>'


def _town(numbers: Iterator[float], colour: str, base: int) -> Iterator[str]:
    """A row of gabled houses and one spire."""
    x = 90 + 380 * next(numbers)
    spire = int(next(numbers) * 6)
    yield f'<g fill="{colour}">'
    for house in range(9):
        width, height = 26 + 20 * next(numbers), 26 + 26 * next(numbers)
        roof = 74 if house == spire else 15
        top = base - height
        outline = f"V{top:.0f}L{x + width / 2:.0f} {top - roof:.0f}L{x + width:.0f} {top:.0f}V{base + 40}z"
        yield f'<path d="M{x:.0f} {base + 40}{outline}"/>'
        x += width + 6 * next(numbers)
    yield "</g>"


def _ripples(numbers: Iterator[float]) -> Iterator[str]:
    yield '<g stroke="#fff" stroke-opacity=".4" stroke-width="2" stroke-linecap="round">'
    for _ in range(14):
        x, y, length = WIDTH * next(numbers), 384 + 86 * next(numbers), 30 + 90 * next(numbers)
        yield f'<path d="M{x:.0f} {y:.0f}h{length:.0f}"/>'
    yield "</g>"
