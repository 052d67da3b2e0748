"""Each way in which a page or a style sheet names what it needs: one row, with a reason."""

from __future__ import annotations

import time
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.extraction.requisites import (
    MAX_REQUISITES,
    find_css_requisites,
    find_manifest_requisites,
    find_requisites,
    srcset_urls,
)

PAGE = "https://news.example/world/story"


class Way(NamedTuple):
    """``found``: URLs below https://news.example/, in order, with their role."""

    html: str
    found: tuple[tuple[str, str], ...]
    reason: str


def one(html: str, path: str, role: str, reason: str) -> Way:
    return Way(html, ((path, role),), reason)


WAYS = (
    one("<link rel=stylesheet href=/a.css>", "a.css", "css", "usual"),
    one("<link rel='alternate stylesheet' href=/a.css>", "a.css", "css", "a reader may switch to it"),
    one("<link rel=STYLESHEET href=/a.css media=print>", "a.css", "css", "any case, any medium"),
    one("<link rel='shortcut icon' href=/i.ico>", "i.ico", "icon", "the old name"),
    one("<link rel=apple-touch-icon href=/i.png>", "i.png", "icon", "phones"),
    one("<link rel=manifest href=/m.json>", "m.json", "manifest", "web app"),
    one("<link rel=preload as=font href=/f>", "f", "font", "the address says nothing, `as` does"),
    one("<link rel=preload href=/f.woff2>", "f.woff2", "font", "`as` says nothing, the address does"),
    one("<link rel=modulepreload href=/m>", "m", "script", "modules"),
    Way("<link rel=preload as=image imagesrcset='/a.png 1x, /b.png 2x'>", (("a.png", "image"), ("b.png", "image")), "imagesrcset"),
    Way("<link rel='canonical next' href=/x.html><link rel=alternate href=/feed.xml>", (), "links that are no requisites"),
    one("<script src=/a></script>", "a", "script", "scripts need no extension"),
    one("<img src=/a>", "a", "image", "images neither"),
    Way("<img src=/a srcset='/b 1x,/c 2x , /d 3x'>", (("a", "image"), ("b", "image"), ("c", "image"), ("d", "image")), "srcset"),
    one("<img srcset='/w_1,h_2/a.jpg 300w'>", "w_1,h_2/a.jpg", "image", "commas within a URL"),
    Way("<picture><source srcset=/a.avif><img src=/b.jpg></picture>", (("a.avif", "image"), ("b.jpg", "image")), "picture"),
    one("<img data-src=/a>", "a", "image", "lazy loading"),
    Way("<img data-srcset='/a 1x, /b 2x'>", (("a", "image"), ("b", "image")), "lazy srcset"),
    one("<div data-bg=/a.jpg>", "a.jpg", "image", "lazy background"),
    one("<div data-background-image=\"url('/a.jpg')\">", "a.jpg", "image", "lazy background in CSS"),
    one("<div data-anything=/a.webp>", "a.webp", "image", "no loader's names are standard"),
    one("<div data-props='{\"img\":\"\\/a.png\"}'>", "a.png", "image", "JSON in an attribute"),
    Way("<div data-id=17 data-name='a.b' data-url=/story>", (), "data that is no asset"),
    one("<noscript><img src=/a></noscript>", "a", "image", "for readers without script"),
    one("<template><img src=/a></template>", "a", "image", "for scripts to use"),
    Way("<video poster=/p.jpg src=/v><source src=/w></video>", (("v", "media"), ("p.jpg", "image"), ("w", "media")), "a film"),
    Way("<audio src=/a></audio><audio><source src=/b></audio>", (("a", "media"), ("b", "media")), "sound needs no extension"),
    Way("<video><source src=/1><source src=/2><track src=/3><source src=/4></video>",
        (("1", "media"), ("2", "media"), ("3", "media"), ("4", "media")), "subtitles, and elements without an end tag"),
    one("<picture><source src=/no.png srcset=/a.png></picture>", "a.png", "image", "a picture's source has no src"),
    one("<video data-src=/v></video>", "v", "media", "lazy loading of films"),
    one("<script>player({file: '/v.mp4'})</script>", "v.mp4", "media", "a player made by script"),
    Way("<script>x=['/1.mp4','/2.mp4','/3.mp4','/4.mp4','/5.mp4','/6.png']</script>",
        (("1.mp4", "media"), ("2.mp4", "media"), ("3.mp4", "media"), ("4.mp4", "media"), ("6.png", "image")),
        "a player's list of films is no end of them"),
    one("<iframe src=/c></iframe>", "c", "frame", "a page in the page"),
    one("<frameset><frame src=/c></frameset>", "c", "frame", "the 1990s"),
    one("<iframe data-src=/c></iframe>", "c", "frame", "lazy loading of frames"),
    one("<noscript><iframe src=/c></iframe></noscript>", "c", "frame", "for readers without script"),
    Way("<iframe src=/c width=0 height=0></iframe><iframe data-src=/d width=1 height=1px></iframe>", (), "trackers show nothing"),
    one("<iframe src=/c width=0 height=90></iframe>", "c", "frame", "a width that a style sheet overrules"),
    Way("<iframe src=about:blank></iframe><iframe src='javascript:x'></iframe><iframe src=></iframe>", (), "frames without any"),
    Way("<iframe srcdoc='<img src=/a><iframe src=/c></iframe>' src=/old></iframe>", (("a", "image"), ("c", "frame")),
        "the frame's text in an attribute, which is shown in place of src"),
    one("<iframe srcdoc='<iframe srcdoc=&quot;<img src=/a>&quot;></iframe>'></iframe>", "a", "image", "in one another"),
    Way("<iframe srcdoc='<iframe srcdoc=&quot;<iframe srcdoc=&amp;quot;<img src=/a>&amp;quot;></iframe>&quot;></iframe>'></iframe>",
        (), "three deep: nobody does"),
    one("<script>const f = document.createElement('iframe'); f.src = 'c.html';</script>", "world/c.html", "frame", "by script"),
    Way("<script>f.src = 'c.html' + n; x = {url: '/story.html'}; f.href = 'd.html'</script>", (), "half an address; links"),
    one("<input type=image src=/a>", "a", "image", "a button"),
    one("<object data=/a.svg>", "a.svg", "image", "a picture as an object"),
    one("<embed src=/a type=image/png>", "a", "image", "a picture embedded"),
    Way("<object data=/a.pdf></object><embed src=/b>", (("a.pdf", "frame"), ("b", "frame")), "documents"),
    Way("<object data=/a type=video/mp4></object><embed src=/b.mp3>", (("a", "media"), ("b.mp3", "media")), "films and sounds"),
    one("<svg><image href=/a.png /></svg>", "a.png", "image", "SVG 2"),
    one("<svg><image xlink:href=/a.png /></svg>", "a.png", "image", "SVG 1"),
    one("<svg><use xlink:href='/s.svg#x'/><use href='#y'/></svg>", "s.svg", "image", "a symbol of another file"),
    one("<body background=/a.gif>", "a.gif", "image", "the 1990s"),
    one("<p style='background:url(/a.png)'>", "a.png", "image", "style attribute"),
    one("<p style='background:url(\"/a b.png\")'>", "a%20b.png", "image", "a space in quotes"),
    Way("<style>@import '/a.css'; b{background:url(/c.png)}</style>", (("a.css", "css"), ("c.png", "image")), "style element"),
    one("<meta property=og:image content=/a>", "a", "image", "the lead image as others see it"),
    one("<meta name=twitter:image content=/a>", "a", "image", "the same"),
    Way("<meta property=og:url content=/a.png>", (), "meta that is no image"),
    one("<script>var a = new Image(); a.src = '/x/a.png?v=1';</script>", "x/a.png?v=1", "image", "a literal in a script"),
    one('<script>load("\\/x\\/a.css")</script>', "x/a.css", "css", "slashes escaped"),
    one('<script>load("\\u002Fx\\u002Fa.js")</script>', "x/a.js", "script", "slashes escaped otherwise"),
    one('<script type=application/ld+json>{"image": "/a.jpg"}</script>', "a.jpg", "image", "JSON-LD"),
    one("<script type=application/json>{\"src\":\"/_next/a.js\"}</script>", "_next/a.js", "script", "state of a framework"),
    Way("<script>x('js.tracker.example/x.js'); y('a.b'); z('text/css')</script>", (), "what only looks like one"),
    Way("<script>x('/a' + n + '.png')</script>", (), "built by the script: no literal"),
    one("<base href=/deep/><img src=a.png>", "deep/a.png", "image", "<base>"),
    one("<img src='/a.png#x'><img src=/a.png>", "a.png", "image", "each once, without fragment"),
    Way("<img src='data:image/png,AA'><img src=''><img src='javascript:x'><img src='file:///x.png'>", (), "nothing to fetch"),
    one("<img src='//news.example/a.png'>", "a.png", "image", "no scheme"),
)  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.reason)
def test_what_a_page_needs_is_found(way: Way) -> None:
    found = find_requisites(f"<!doctype html><title>x</title>{way.html}".encode(), PAGE, "text/html; charset=utf-8")
    assert [(item.url, item.role) for item in found] == [(f"https://news.example/{path}", role) for path, role in way.found]


SHEETS = (
    Way("@import 'a.css' screen;", (("css/a.css", "css"),), "a string"),
    Way("@import url(a.css) layer(x) supports(display:grid);", (("css/a.css", "css"),), "conditions behind it"),
    Way('@import url("a.css");', (("css/a.css", "css"),), "url() in quotes"),
    Way("a{background:url(b.png)}", (("css/b.png", "image"),), "relative to the sheet, not to the page"),
    Way("a{background:URL( 'b.png' )}", (("css/b.png", "image"),), "any case, spaces"),
    Way("@font-face{src:url(a.eot?#iefix) format('x'),local('b'),url(c.woff2)}",
        (("css/a.eot", "font"), ("css/c.woff2", "font")), "fonts"),
    Way("@media print{@font-face{src:url(a.woff)} b{background:url(c.png)}}",
        (("css/a.woff", "font"), ("css/c.png", "image")), "blocks in blocks"),
    Way("a{background:image-set('a.png' 1x, 'b.avif' type('image/avif'))}",
        (("css/a.png", "image"), ("css/b.avif", "image")), "image-set() takes strings"),
    Way("a{mask:url(#x);cursor:url(c.cur),auto;content:'d.png'}", (("css/c.cur", "image"),), "fragments and strings are none"),
    Way("@namespace url(http://www.w3.org/1999/xhtml);", (), "a name, not an address"),
    Way("/* url(no.png) */ a{b:url(data:image/png;base64,AA)}", (), "comments and data"),
    Way("a{background:url(a\\.png)}", (("css/a.png", "image"),), "escapes"),
    Way("@import 'a.css'; }}} b{background:url(c.png)", (("css/a.css", "css"), ("css/c.png", "image")), "broken"),
)  # fmt: skip


@pytest.mark.parametrize("way", SHEETS, ids=lambda way: way.reason)
def test_what_a_style_sheet_needs_is_found(way: Way) -> None:
    found = find_css_requisites(way.html.encode(), "https://news.example/css/main.css", "text/css")
    assert [(item.url, item.role) for item in found] == [(f"https://news.example/{path}", role) for path, role in way.found]


def test_a_manifest_names_icons_and_anything_else_names_none() -> None:
    found = find_manifest_requisites(b'{"icons":[{"src":"/i.png"},{"no":1},7],"screenshots":[{"src":"s.webp"}]}', PAGE)
    assert [item.url for item in found] == ["https://news.example/i.png", "https://news.example/world/s.webp"]
    for broken in (b"", b"[]", b"{", b'{"icons":3}', b"[" * 100_000):
        assert find_manifest_requisites(broken, PAGE) == ()


def test_srcset_is_read_as_the_standard_and_its_breakers_write_it() -> None:
    assert list(srcset_urls("a.png 1x,b.png 2x")) == ["a.png", "b.png"], "no space after the comma"
    assert list(srcset_urls(" a.png, b.png 2x")) == ["a.png", "b.png"]
    assert list(srcset_urls("a,b.png 100w")) == ["a,b.png"]
    assert list(srcset_urls("")) == []


@given(st.binary(max_size=3000))
def test_any_bytes_give_an_answer(body: bytes) -> None:
    for found in (find_requisites(body, PAGE), find_css_requisites(body, PAGE), find_manifest_requisites(body, PAGE)):
        assert all(item.url.startswith(("http://", "https://")) for item in found)


@pytest.mark.parametrize(
    "page",
    [b"<img src=/%d.png>" * 1, b"<p style='background:url(/a.png)'>", b"<script>'/a.png'</script>", b"<div data-x='{'>", b"<b>"],
)
def test_a_page_made_to_be_slow_is_read_in_linear_time_and_bounded(page: bytes) -> None:
    times = []
    for count in (20_000, 80_000):
        body = b"".join(page.replace(b"%d", b"%d" % number) for number in range(count))
        begun = time.process_time()
        assert len(find_requisites(body, PAGE)) <= MAX_REQUISITES
        times.append(time.process_time() - begun)
    assert times[1] < 12 * times[0] + 0.5
