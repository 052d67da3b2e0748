"""The requisites torture site: each way in which a page names what it needs to be shown is one row, with a reason.

A row's markup stands in the article of its chapter; a check is JavaScript that a browser answers with true when the thing is shown.
"""

from __future__ import annotations

from typing import NamedTuple

from .torture_acid import ACID
from .torture_frames import FRAMES, MEDIA
from .ways import Content, Way, background, colour, font, had, painted, picture, png, pngs, shown, svg, width_of

MARKUP = (
    picture("plain", "<img @ src=/t/plain.png>", "/t/plain.png", "the usual way"),
    picture("nameless", "<img @ src=/t/nameless?id=7&amp;w=9>", "/t/nameless?id=7&w=9", "no extension, a query, an escaped ampersand"),
    picture("dotted", "<img @ src='../t/./x/../dotted.png'>", "/t/dotted.png", "dot segments"),
    picture("spaced", "<img @ src='  /t/spaced name.png '>", "/t/spaced%20name.png", "white space round and within"),
    picture("broken", "<img @ src='/t/bro\nken.png'>", "/t/broken.png", "a line break within: browsers leave it out"),
    picture("letters", "<img @ src='/t/grün-日.png'>", "/t/gr%C3%BCn-%E6%97%A5.png", "letters that are not ASCII"),
    picture("escaped", "<img @ src='/t/a%20b%2Cc.png'>", "/t/a%20b%2Cc.png", "escaped by the page itself"),
    picture("upper", "<IMG @ SRC='/t/Upper.PNG'>", "/t/Upper.PNG", "upper case"),
    picture("fragment", "<img @ src='/t/fragment.png#top'>", "/t/fragment.png", "a fragment is never sent"),
    picture("lazy-native", "<img @ loading=lazy src=/t/native.png>", "/t/native.png", "the browser's own lazy loading"),
    picture("far", "<img @ src='{other}/t/far.png'>", "{other}/t/far.png", "another host"),
    picture("schemeless", "<img @ src='{//other}/t/schemeless.png'>", "{other}/t/schemeless.png", "another host without scheme"),
    picture("srcset-x", "<img @ srcset='/t/x1.png 1x, /t/x2.png 2x'>", "/t/x1.png", "srcset alone", "/t/x2.png"),
    picture("srcset-w", "<img @ sizes=600px srcset='/t/w,1.png 300w,/t/w,2.png 600w'>", "/t/w,2.png", "commas in URLs", "/t/w,1.png"),
    picture("srcset-tight", "<img @ srcset='/t/tight1.png 1x,/t/tight2.png 2x'>", "/t/tight1.png", "no space", "/t/tight2.png"),
    picture("picture-media", "<picture><source media='(min-width:1px)' srcset=/t/source.png><img @ src=/t/fallback.png></picture>",
            "/t/source.png", "chosen by a media query", "/t/fallback.png"),
    picture("picture-type", "<picture><source type=image/unknown srcset=/t/unknown.xyz><img @ src=/t/known.png></picture>",
            "/t/known.png", "a type that this browser does not know"),
    picture("redrawn", "<img @ src=/t/moved.png>", "/t/moved.png", "answered by a redirect (the server's table)"),
    Way("input", "<input type=image id=input src=/t/button.png>", pngs("/t/button.png"),
        f"until(() => isWide(one('input').src, {width_of('/t/button.png')}))", "a button that is a picture"),
    background("table", "<table @ background=/t/table.png><tr><td>x</table>", "/t/table.png", "the 1990s"),
    background("attribute", "<p @ style='background:url(&quot;/t/attribute.png&quot;) no-repeat'>x</p>", "/t/attribute.png", "style="),
    Way("poster", "<video id=poster poster=/t/poster.png></video>", pngs("/t/poster.png"),
        f"until(() => isWide(one('poster').poster, {width_of('/t/poster.png')}))", "what stands for a film"),
    Way("object", "<object id=object data=/t/object.png type=image/png></object>", pngs("/t/object.png"),
        f"until(() => isWide(one('object').data, {width_of('/t/object.png')}))", "a picture as an object"),
    Way("embed", "<embed id=embed src=/t/embed.png type=image/png>", pngs("/t/embed.png"),
        f"until(() => isWide(one('embed').src, {width_of('/t/embed.png')}))", "a picture embedded"),
    Way("svg-image", "<svg><image id=svg-image href=/t/svg.png width=9 height=9 /></svg>", pngs("/t/svg.png"),
        f"until(() => isWide(one('svg-image').href.baseVal, {width_of('/t/svg.png')}))", "SVG 2"),
    Way("svg-xlink", "<svg><image id=svg-xlink xlink:href=/t/xlink.png width=9 height=9 /></svg>", pngs("/t/xlink.png"),
        f"until(() => isWide(one('svg-xlink').href.baseVal, {width_of('/t/xlink.png')}))", "SVG 1"),
    Way("svg-use", "<svg width=40 height=40><use id=svg-use href='/t/symbols.svg#s'/></svg>",
        {"/t/symbols.svg": svg("<symbol id='s' viewBox='0 0 9 9'><rect width='9' height='9'/></symbol>")},
        "until(() => one('svg-use').getBBox().width > 0)", "a symbol of another file"),
    picture("svg-file", "<img @ src=/t/drawing.svg>", "/t/unused.png", "a drawing")._replace(
        files={"/t/drawing.svg": svg("<rect width='9' height='9'/>")}, check="shown('svg-file', 9)"),
)  # fmt: skip

HEADS = (
    colour("sheet", "<link rel=stylesheet href=/t/sheet.css>", {"/t/sheet.css": "#COLOUR#"}, 1, "the usual way"),
    colour("sheet-far", "<link rel=stylesheet href='{//other}/t/far.css'>", {"{other}/t/far.css": "#COLOUR#"}, 2, "another host"),
    colour("sheet-case", "<LINK REL=StyleSheet HREF=/t/case.css MEDIA=all>", {"/t/case.css": "#COLOUR#"}, 3, "any case"),
    colour("sheet-media", "<link rel=stylesheet media='(min-width:1px)' href=/t/media.css>", {"/t/media.css": "#COLOUR#"}, 4,
           "a media query"),
    colour("sheet-late", "<link rel=preload as=style href=/t/late.css onload=\"this.onload=null;this.rel='stylesheet'\">",
           {"/t/late.css": "#COLOUR#"}, 5, "a style sheet loaded without blocking"),
    colour("sheet-print", "<link rel=stylesheet media=print href=/t/print.css onload=\"this.media='all'\">",
           {"/t/print.css": "#COLOUR#"}, 6, "the same, the older way"),
    colour("sheet-query", "<link rel=stylesheet href='/t/css?family=A:wght@400;700&amp;display=swap'>",
           {"/t/css?family=A:wght@400;700&display=swap": "#COLOUR#"}, 7, "as font services name theirs"),
    colour("sheet-packed", "<link rel=stylesheet href=/t/packed.css>", {"/t/packed.css": "#COLOUR#"}, 8, "gzip on the way"),
    colour("sheet-latin", "<link rel=stylesheet href=/t/latin.css>", {"/t/latin.css": "/* \u00e9 */#COLOUR#"}, 9,
           "a byte that is not UTF-8 (the server's table)"),
    colour("import-inline", "<style>@import url(/t/inline.css);</style>", {"/t/inline.css": "#COLOUR#"}, 10, "@import in the page"),
    colour("style", "<style>#COLOUR#</style>", {}, 11, "nothing to fetch"),
    Way("icon", "", pngs("/t/icon.png"), had("document.querySelector('[rel=icon]').href", png("/t/icon.png")), "the tab's picture",
        "<link rel=icon href=/t/icon.png>"),
    Way("touch", "", pngs("/t/touch.png"), had("document.querySelector('[rel=apple-touch-icon]').href", png("/t/touch.png")), "phones",
        "<link rel=apple-touch-icon href=/t/touch.png>"),
    Way("manifest", "", {"/t/app.webmanifest": '{"name":"T","icons":[{"src":"app.png"}]}', **pngs("/t/app.png")},
        "until(async () => { const link = document.querySelector('[rel=manifest]').href;"
        " const app = await (await fetch(link)).json();"
        f" return isWide(new URL(app.icons[0].src, '{{here}}/t/'), {width_of('/t/app.png')}); }})",
        "icons of a web app, relative to its manifest", "<link rel=manifest href=/t/app.webmanifest>"),
    Way("lead", "", pngs("/t/lead"), had("document.querySelector('[property=\"og:image\"]').content", png("/t/lead")),
        "the picture that others show with a link", "<meta property=og:image content='{here}/t/lead'>"),
    Way("card", "", pngs("{other}/t/card"), had("document.querySelector('[name=\"twitter:image\"]').content", png("{other}/t/card")),
        "the same on another host", "<meta name=twitter:image content='{other}/t/card'>"),
    Way("preload-font", "<i style='font-family:early'>x</i>", {"/t/early.woff2": font()}, "lettered('early')", "wanted before its rule",
        "<link rel=preload as=font crossorigin href=/t/early.woff2><style>@font-face{font-family:early;src:url(/t/early.woff2)}</style>"),
    Way("preload-set", "", pngs("/t/hero1.png", "/t/hero2.png"),
        had("'{here}/t/hero1.png'", png("/t/hero1.png")) + ".then((ok) => ok && "
        + had("'{here}/t/hero2.png'", png("/t/hero2.png")) + ")", "imagesrcset",
        "<link rel=preload as=image imagesrcset='/t/hero1.png 1x, /t/hero2.png 2x'>"),
)  # fmt: skip

_SWAP = """<script>
addEventListener('DOMContentLoaded', () => {
  for (const image of document.querySelectorAll('[data-src]')) image.src = image.dataset.src;
  for (const image of document.querySelectorAll('[data-srcset]')) image.srcset = image.dataset.srcset;
  for (const image of document.querySelectorAll('[data-original]')) image.src = image.dataset.original;
  for (const box of document.querySelectorAll('[data-bg]')) box.style.backgroundImage = `url(${box.dataset.bg})`;
  for (const box of document.querySelectorAll('[data-bgset]')) box.style.backgroundImage = box.dataset.bgset;
  for (const image of document.querySelectorAll('[data-odd-name]')) image.src = image.dataset.oddName;
  for (const image of document.querySelectorAll('[data-props]')) image.src = JSON.parse(image.dataset.props).pic;
  for (const held of document.querySelectorAll('template')) held.replaceWith(held.content.cloneNode(true));
});
</script>"""

LAZY = (
    picture("data-src", "<img @ src='data:image/gif;base64,R0lGODlhAQABAAAAACw=' data-src=/t/data-src>", "/t/data-src",
            "a placeholder first, no extension")._replace(head=_SWAP),
    picture("data-srcset", "<img @ data-srcset='/t/lazy1.png 1x, /t/lazy2.png 2x'>", "/t/lazy1.png", "several", "/t/lazy2.png"),
    picture("data-original", "<img @ data-original=/t/original>", "/t/original", "an old loader's name"),
    picture("data-odd", "<img @ data-odd-name=/t/odd.webp>", "/t/odd.webp", "a name of nobody's: the value says it"),
    picture("data-props", "<img @ data-props='{\"pic\":\"\\/t\\/props.png\"}'>", "/t/props.png", "JSON in an attribute"),
    background("data-bg", "<p @ data-bg=/t/bg.png>x</p>", "/t/bg.png", "a background"),
    background("data-bgset", "<p @ data-bgset='url(/t/bgset.png)'>x</p>", "/t/bgset.png", "a background as CSS"),
    picture("noscript", "<noscript><img @ src=/t/noscript.png></noscript><script>for (const held of"
            " document.querySelectorAll('noscript')) held.outerHTML = held.textContent;</script>", "/t/noscript.png",
            "for readers without script; loaders take it from there"),
    picture("template", "<template><img @ src=/t/template.png></template>", "/t/template.png", "markup kept for a script"),
)  # fmt: skip


def sheet(name: str, rule: str, files: dict[str, Content], check: str, reason: str, markup: str | None = None) -> Way:
    """``rule`` stands in a style sheet of its own, in another folder than the page."""
    text = f"<p id={name}>x</p>" if markup is None else markup
    return Way(name, text, {f"/t/css/{name}.css": rule, **files}, check, reason, f"<link rel=stylesheet href=/t/css/{name}.css>")


def _image_sheet(name: str, rule: str, path: str, reason: str, property_: str = "backgroundImage", pseudo: str = "") -> Way:
    return sheet(name, rule, pngs(path), painted(name, path, property_, pseudo), reason)


SHEETS = (
    _image_sheet("url", "#url{background:url(url.png)}", "/t/css/url.png", "relative to the style sheet"),
    _image_sheet("url-quoted", "#url-quoted{background:url( 'quo ted.png' )}", "/t/css/quo%20ted.png", "in quotes"),
    _image_sheet("url-escaped", "#url-escaped{background:url(esc\\61 ped\\.png)}", "/t/css/escaped.png", "CSS escapes"),
    _image_sheet("url-far", "#url-far{background:url({//other}/t/url.png)}", "{other}/t/url.png", "another host"),
    _image_sheet("set", "#set{background:image-set('set1.png' 1x, 'set2.png' 2x)}", "/t/css/set1.png", "image-set() of strings")
    ._replace(files={"/t/css/set.css": "#set{background:image-set('set1.png' 1x, 'set2.png' 2x)}",
                     **pngs("/t/css/set1.png", "/t/css/set2.png")}),
    _image_sheet("list", "#list{list-style-image:url(list.png)}", "/t/css/list.png", "bullets", "listStyleImage"),
    _image_sheet("before", "#before::before{content:url(before.png)}", "/t/css/before.png", "content", "content", "::before"),
    _image_sheet("border", "#border{border:3px solid;border-image:url(border.png) 1}", "/t/css/border.png", "frames",
                 "borderImageSource"),
    _image_sheet("mask", "#mask{mask-image:url(mask.png)}", "/t/css/mask.png", "masks", "maskImage"),
    _image_sheet("cursor", "#cursor{cursor:url(cursor.png),auto}", "/t/css/cursor.png", "the pointer", "cursor"),
    _image_sheet("nested", "@media (min-width:1px){@supports (color:red){#nested{background:url(nested.png)}}}",
                 "/t/css/nested.png", "blocks within blocks"),
    _image_sheet("nesting", "body{& #nesting{background:url(nesting.png)}}", "/t/css/nesting.png", "rules within rules"),
    _image_sheet("layer", "@layer a{#layer{background:url(layer.png)}}", "/t/css/layer.png", "cascade layers"),
    _image_sheet("property", ":root{--pic:url(property.png)}#property{background:var(--pic)}", "/t/css/property.png",
                 "a custom property: relative to where it is declared"),
    sheet("face", "@font-face{font-family:face;src:url(../fonts/face.eot?#iefix) format('x'),url(../fonts/face.woff2) format('woff2')}"
          "#face{font-family:face}", {"/t/fonts/face.woff2": font()}, "lettered('face')", "a font, and one for old browsers"),
    sheet("face-far", "@font-face{font-family:far;src:url({other}/t/far.woff2)}#face-far{font-family:far}",
          {"{other}/t/far.woff2": font()}, "lettered('far')", "a font of another host"),
    sheet("import", "@import 'deep/one.css';", {
        "/t/css/deep/one.css": "@import url(two.css) screen;", "/t/css/deep/two.css": "@import url('/t/css/three.css') layer(x);",
        "/t/css/three.css": "#import{color:rgb(1, 3, 1)}"}, "coloured('import', '1, 3, 1')", "three deep, each its own way"),
    sheet("import-circle", "@import 'circle.css';#import-circle{color:rgb(1, 3, 2)}", {"/t/css/circle.css": "@import 'import-circle.css';"},
          "coloured('import-circle', '1, 3, 2')", "sheets that import each other"),
)  # fmt: skip


def script(name: str, markup: str, files: dict[str, Content], check: str, reason: str) -> Way:
    return Way(name, markup, files, check, reason)


def _mark(name: str) -> str:
    return f"document.documentElement.dataset.{name} = 'ran';"


_MODULES = "pywb 2.10 writes `let arguments` before every script, which no module may have"

SCRIPTS = (
    script("src", "<script src=/t/src.js></script>", {"/t/src.js": _mark("src")}, "ran('src')", "the usual way"),
    script("far", "<script async src='{//other}/t/script'></script>", {"{other}/t/script": _mark("far")}, "ran('far')",
           "another host, no extension"),
    script("module", "<script type=module src=/t/module.mjs></script>", {"/t/module.mjs": _mark("module")}, "ran('module')", "a module")
    ._replace(not_in_pywb=_MODULES),
    script("modulepreload", "<link rel=modulepreload href=/t/early.mjs><script type=module>import '/t/early.mjs';</script>",
           {"/t/early.mjs": _mark("modulepreload")}, "ran('modulepreload')", "imported by a module in the page")
    ._replace(not_in_pywb=_MODULES),
    script("literal", "<img id=literal><script>document.getElementById('literal').src = '/t/literal.png?v=1';</script>",
           pngs("/t/literal.png?v=1"), shown("literal", "/t/literal.png?v=1"), "a literal"),
    script("slashes", "<img id=slashes><script>document.getElementById('slashes').src = \"\\/t\\/slashes.png\";</script>",
           pngs("/t/slashes.png"), shown("slashes", "/t/slashes.png"), "its slashes escaped"),
    script("unicode", "<img id=unicode><script>document.getElementById('unicode').src = '\\u002Ft\\u002Funicode.png';</script>",
           pngs("/t/unicode.png"), shown("unicode", "/t/unicode.png"), "escaped otherwise"),
    script("state", "<img id=state><script id=data type=application/json>{\"pic\":\"{here}/t/state.png\"}</script>"
           "<script>document.getElementById('state').src = JSON.parse(document.getElementById('data').textContent).pic;</script>",
           pngs("/t/state.png"), shown("state", "/t/state.png"), "the state of a framework"),
    script("late-sheet", "<i id=late-sheet>x</i><script>setTimeout(() => { const link = document.createElement('link');"
           " link.rel = 'stylesheet'; link.href = '/t/late-sheet.css'; document.head.append(link); }, 50)</script>",
           {"/t/late-sheet.css": "#late-sheet{color:rgb(1, 4, 1)}"}, "coloured('late-sheet', '1, 4, 1')", "a style sheet by script"),
    script("late-script", "<script>const late = document.createElement('script'); late.src = '/t/late.js';"
           " document.head.append(late);</script>", {"/t/late.js": _mark("late")}, "ran('late')", "a script by script"),
)  # fmt: skip

BASE = (
    picture("base", "<img @ src=based.png>", "/t/deep/based.png", "relative to <base>")._replace(head="<base href='/t/deep/'>"),
    Way("base-sheet", "<i id=base-sheet>x</i>", {"/t/deep/based.css": "#base-sheet{background:url(inner.png)}",
        **pngs("/t/deep/inner.png")}, painted("base-sheet", "/t/deep/inner.png"), "so is a style sheet", "<link rel=stylesheet href=based.css>"),
    background("base-style", "<i @ style='background:url(styled.png)'>x</i>", "/t/deep/styled.png", "and a style attribute"),
)  # fmt: skip


class Chapter(NamedTuple):
    title: str
    path: str
    ways: tuple[Way, ...]


CHAPTERS = (
    Chapter("The ferry goes back to its berth after the storm", "/news/ferry-goes-back.html", MARKUP),
    Chapter("Council counts its lamps and finds one too many", "/news/council-counts-lamps.html", HEADS),
    Chapter("Nine geese hold up the morning train to the coast", "/news/nine-geese.html", LAZY),
    Chapter("A painter leaves the town her four hundred sketches", "/news/painter-leaves-sketches.html", SHEETS),
    Chapter("Old mill on the north bank gets its wheel again", "/news/old-mill-wheel.html", SCRIPTS),
    Chapter("The lighthouse shows its charts to anyone who asks", "/news/lighthouse-charts.html", FRAMES),
    Chapter("A film of the lock gate is shown in the town hall", "/news/film-of-the-lock.html", MEDIA),
    Chapter("Eighteen blue squares are hung in the old granary", "/news/eighteen-squares.html", ACID),
    Chapter("Choir sings in the empty reservoir for one night", "/news/choir-in-reservoir.html", BASE),
)
_TEXT = " ".join(["The works began on Monday, the council said, and are to be done before the first frost of the year."] * 12)


def page(chapter: Chapter) -> str:
    """The article of a chapter."""
    head, body = "".join(way.head for way in chapter.ways), "\n".join(f"<div>{way.markup}</div>" for way in chapter.ways)
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8>{head}<title>{chapter.title}</title></head><body><main><article>"
        f"<h1>{chapter.title}</h1><p>{_TEXT}</p>{body}</article></main></body></html>"
    )


def section(chapters: tuple[Chapter, ...]) -> str:
    links = "".join(f"<h2><a href={chapter.path}>{chapter.title}</a></h2><p>{_TEXT[:140]}</p>" for chapter in chapters)
    return f"<!doctype html><html lang=en><title>News</title><main><h1>News</h1>{links}</main></html>"


def filled(text: str, here: str, other: str) -> str:
    """With the origins of the two hosts in it."""
    return text.replace("{here}", here).replace("{other}", other).replace("{//other}", other.partition(":")[2])
