"""The features that the Archival Acid Test asks for (Kelly, Nelson, Weigle, 2014), each as a row of our own under its number.

The test has 18: 1a to 1f, 2a to 2e, 2g, 2i, 2j, 3a to 3c and 3f; 2f, 2h, 3d and 3e were never made. As there, scripts show a picture
that the page itself names, but for the last four: what these need stands in a script alone, and markup and CSS tell nothing of it.
"""

from __future__ import annotations

import base64

from .ways import Content, Way, film, painted, png, pngs, width_of

BLUE, RED = "/t/acid/blue.png", "/t/acid/red.png"
_FILES: dict[str, Content] = {BLUE: png(BLUE), RED: png(RED)}
_READY = "document.addEventListener('DOMContentLoaded', () => {"
_INLINE = "data:image/png;base64," + base64.b64encode(png("inline")).decode()
_ASKED = """<script>const image@ = document.getElementById('@'), ask@ = new XMLHttpRequest(); ask@.open('GET', '#');
ask@.responseType = 'arraybuffer'; ask@.onload = () => { image@.src = 'data:image/png;base64,'
  + btoa(String.fromCharCode(...new Uint8Array(ask@.response))); };
ask@.onloadend = () => { document.documentElement.dataset.asked@ = 'ran'; }; ask@.send();</script>"""


def blue(number: str, markup: str, reason: str, path: str = BLUE, **files: Content) -> Way:
    """A picture as wide as ``path`` says. ``@`` is its id."""
    name = f"acid{number}"
    found = {path: png(path), **_FILES, **files}
    return Way(name, markup.replace("@", name), found, f"shown('{name}', {width_of(path)})", reason)


def inline(number: str, code: str, reason: str) -> Way:
    """A script in the page that makes the picture."""
    return blue(number, f"<div id=in@></div><script>{_READY} const image = new Image(); image.id = '@';"
                f" document.getElementById('in@').append(image); {code} }});</script>", reason)  # fmt: skip


def asks(number: str, first: str, url: str, reason: str) -> Way:
    """A picture that a script replaces by what it asks for."""
    way = blue(number, f"<img id=@ src={first}>{_ASKED.replace('#', url)}", reason)
    return way._replace(check=f"ran('askedacid{number}').then((ok) => ok && {way.check})")


def script_file(number: str) -> str:
    return f"{_READY} const image = new Image(); image.id = 'acid{number}'; image.src = '{BLUE}'; document.body.append(image); }});"


# What markup and CSS tell.
TOLD = (
    blue("1a", f"<img id=@ src='..{BLUE}'>", "a local image, relative"),
    blue("1b", f"<img id=@ src='{{here}}{BLUE}'>", "a local image, absolute"),
    blue("1c", "<img id=@ src='{other}/t/acid/far.png'>", "an image of another host", "{other}/t/acid/far.png"),
    Way("acid1d", f"<img id=acid1d src='{_INLINE}'>", {}, f"shown('acid1d', {width_of('inline')})", "an image in its address"),
    blue("1e", "<img id=@ src='{//other}/t/acid/schemeless.png'>", "an address without scheme", "{other}/t/acid/schemeless.png"),
    Way("acid1f", "<i id=acid1f>x</i>", {"/t/acid/1f.css": "@import url(1f-deep.css); .acid{background:url(red.png)}",
        "/t/acid/1f-deep.css": "#acid1f{background:url(1f.png)}", **_FILES, **pngs("/t/acid/1f.png")},
        painted("acid1f", "/t/acid/1f.png"), "a style sheet that imports another", "<link rel=stylesheet href=/t/acid/1f.css>"),
    blue("2a", "<script src=/t/acid/2a.js></script>", "a local script", **{"/t/acid/2a.js": script_file("2a")}),
    blue("2b", "<script src='{other}/t/acid/2b.js'></script>", "a script of another host", **{"{other}/t/acid/2b.js": script_file("2b")}),
    inline("2c", f"image.src = '{BLUE}';", "a script in the page that changes it"),
    asks("2d", RED, BLUE, "an image replaced by what a script asks for"),
    asks("2e", BLUE, BLUE, "an image that is right, and still is when a script has asked"),
    inline("2g", f"image.src = '{RED}'; setTimeout(() => {{ image.src = '{BLUE}'; }}, 2000);", "a change after two seconds"),
    Way("acid3a", f"<canvas id=acid3a width=9 height=9></canvas><script>{_READY} const draw = document.getElementById('acid3a')"
        ".getContext('2d'); draw.fillStyle = '#0000ff'; draw.fillRect(0, 0, 9, 9); });</script>", {},
        "until(() => one('acid3a').getContext('2d').getImageData(4, 4, 1, 1).data.join() === '0,0,255,255')", "a drawing by script"),
    inline("3b", f"image.src = '{RED}'; localStorage.setItem('acid', '{BLUE}'); image.src = localStorage.getItem('acid');",
           "an address by way of the browser's storage"),
)  # fmt: skip

# What a literal in a script tells.
BY_SCRIPT = (
    blue("2i", f"<p style='height:3000px'></p><img id=@ src={RED}><script>{_READY} window.onscroll = () => {{"
         " document.getElementById('@').src = '/t/acid/2i.png'; }; });</script>", "what only scrolling loads", "/t/acid/2i.png")
    ._replace(check=f"(scrollTo(0, 500), shown('acid2i', {width_of('/t/acid/2i.png')}))"),
    Way("acid2j", f"<i id=acid2j>x</i><script>{_READY} const link = document.createElement('link'); link.rel = 'stylesheet';"
        " link.href = '/t/acid/2j.css'; document.head.append(link); });</script>",
        {"/t/acid/2j.css": "#acid2j{background:url(2j.png)}", **pngs("/t/acid/2j.png")}, painted("acid2j", "/t/acid/2j.png"),
        "a style sheet that a script adds"),
    Way("acid3c", f"<div id=in3c></div><script>{_READY} const frame = document.createElement('iframe'); frame.id = 'acid3c';"
        " frame.src = '/t/acid/3c.html'; document.getElementById('in3c').append(frame); });</script>",
        {"/t/acid/3c.html": "<!doctype html><title>3c</title><img id=in src=3c.png>", **pngs("/t/acid/3c.png")},
        f"framed('acid3c', (inner) => inner.querySelector('#in').naturalWidth === {width_of('/t/acid/3c.png')})",
        "a frame that a script adds"),
    Way("acid3f", f"<div id=in3f></div><script>{_READY} const film = document.createElement('video'); film.id = 'acid3f';"
        " const source = document.createElement('source'); source.src = '/t/acid/3f.webm'; source.type = 'video/webm';"
        " film.preload = 'auto'; film.append(source); document.getElementById('in3f').append(film); });</script>",
        {"/t/acid/3f.webm": film()}, "plays('acid3f').then((ok) => ok && one('acid3f').videoWidth > 0)", "a film that a script adds"),
)  # fmt: skip
_ONE_ORIGIN = "every host is replayed from one origin, so that nothing keeps a script from reading another's answer"
# As the paper words 2e, and as the published page does not ask it: what another host does not allow to be read stays as it is.
BEYOND = (
    asks("2eFar", BLUE, "{other}/t/acid/no.png", "an answer that the other host keeps to itself")._replace(
        files={**_FILES, "{other}/t/acid/no.png": png("{other}/t/acid/no.png")}, not_in_pywb=_ONE_ORIGIN, not_in_reader=_ONE_ORIGIN),
)  # fmt: skip
ACID = (*TOLD, *BY_SCRIPT, *BEYOND)
