"""The rows of the torture site for frames, films and sounds."""

from __future__ import annotations

from .ways import Content, Way, film, png, pngs, svg, wav, width_of

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n"
_OBJECT = "it shows no page in an object"
_SRCDOC = "it leaves what srcdoc holds as it is"
CAPTIONS = "WEBVTT\n\n00:00.000 --> 00:09.000\nThe gate opens.\n"


def document(name: str, inner: str = "") -> str:
    """A document with a picture of its own, ``NAME.png`` beside it."""
    return f"<!doctype html><title>{name}</title><p id=said>{name}</p><img id=in src={name}.png>{inner}"


def framed(name: str, markup: str, reason: str, at: str = "/t/frames/", **more: str) -> Way:
    """A frame that shows a document with a picture. ``@`` in the markup is ``id=NAME``, ``#`` the address of the document."""
    path = f"{at}{name}.html"
    picture = path.replace(".html", ".png")
    files: dict[str, Content] = {path: document(name), picture: png(picture)}
    check = f"framed('{name}', (inner) => inner.querySelector('#in').naturalWidth === {width_of(picture)})"
    return Way(name, markup.replace("@", f"id={name}").replace("#", path), files, check, reason, **more)


def by_script(name: str, text: str) -> str:
    return "<script>" + text.replace("@", f"document.getElementById('{name}')") + "</script>"


FRAMES = (
    framed("frame", "<iframe @ src='#'></iframe>", "the usual way"),
    framed("frame-far", "<iframe @ src='#'></iframe>", "another host: a map, a chart, a film's player", "{other}/t/"),
    framed("frame-native", "<iframe @ loading=lazy src='#'></iframe>", "the browser's own lazy loading"),
    framed("frame-lazy", "<iframe @ data-src='#'></iframe>" + by_script("frame-lazy", "@.src = @.dataset.src"), "a loader's"),
    framed("frame-script", "<iframe @></iframe>" + by_script("frame-script", "@.src = '/t/frames/frame-script.html';"), "a literal"),
    framed("frame-object", "<object @ type=text/html data='#' width=300 height=90></object>", "a page as an object",
           not_in_reader=_OBJECT),
    framed("frame-embed", "<embed @ type=text/html src='#' width=300 height=90>", "a page embedded")._replace(
        check="until(() => Array.from(window).some((inner) => inner.document.title === 'frame-embed' && inner.document.querySelector('#in').naturalWidth))"),
    Way("frame-style", "<iframe id=frame-style src=/t/frames/style.html></iframe>", {
        "/t/frames/style.html": "<!doctype html><title>style</title><link rel=stylesheet href=style.css><p id=said>x</p>",
        "/t/frames/style.css": "@import url(deep/style.css);", "/t/frames/deep/style.css": "#said{color:rgb(1, 5, 1)}"},
        "framed('frame-style', (inner) => getComputedStyle(inner.querySelector('#said')).color === 'rgb(1, 5, 1)')",
        "a style sheet of the frame, and what it imports", not_in_reader="shown without the imported sheet; why is not known"),
    Way("frame-two", "<iframe id=frame-two src=/t/frames/two.html></iframe>", {
        "/t/frames/two.html": "<iframe id=second src=second/second.html></iframe>",
        "/t/frames/second/second.html": document("second"), **pngs("/t/frames/second/second.png")},
        "framed('frame-two', (inner) => inner.querySelector('#second').contentDocument.querySelector('#in').naturalWidth"
        f" === {width_of('/t/frames/second/second.png')})", "a frame in a frame"),
    Way("frame-set", "<iframe id=frame-set src=/t/frames/set.html></iframe>", {
        "/t/frames/set.html": "<!doctype html><title>set</title><frameset cols='*,*'><frame id=left src=left.html></frameset>",
        "/t/frames/left.html": document("left"), **pngs("/t/frames/left.png")},
        "framed('frame-set', (inner) => inner.querySelector('#left').contentDocument.querySelector('#in').naturalWidth"
        f" === {width_of('/t/frames/left.png')})", "a frameset"),
    Way("frame-srcdoc", "<iframe id=frame-srcdoc srcdoc='<img id=in src={here}/t/frames/srcdoc.png>'></iframe>", pngs("/t/frames/srcdoc.png"),
        f"framed('frame-srcdoc', (inner) => inner.querySelector('#in').naturalWidth === {width_of('/t/frames/srcdoc.png')})",
        "the frame's text in an attribute",
        not_in_pywb="pywb 2.10 leaves what srcdoc holds as it is: its whole addresses are blocked", not_in_reader=_SRCDOC),
    Way("frame-srcdoc-path", "<iframe id=frame-srcdoc-path srcdoc='<img id=in src=/t/frames/path.png>'></iframe>", pngs("/t/frames/path.png"),
        f"framed('frame-srcdoc-path', (inner) => inner.querySelector('#in').naturalWidth === {width_of('/t/frames/path.png')})",
        "the same, counted from the page's address", not_in_reader=_SRCDOC),
    Way("frame-pdf", "<iframe id=frame-pdf src=/t/frames/report.pdf></iframe>", {"/t/frames/report.pdf": PDF},
        f"had(one('frame-pdf').src, {len(PDF)})", "a document that is no page"),
    Way("frame-drawing", "<iframe id=frame-drawing src=/t/frames/map.svg></iframe>", {"/t/frames/map.svg": svg("<rect id='r' width='9' height='9'/>")},
        "framed('frame-drawing', (inner) => inner.querySelector('#r').getBBox().width === 9)", "a drawing"),
)  # fmt: skip

_FILM = film()


def plays(name: str, markup: str, path: str, content: Content, reason: str) -> Way:
    seen = " && one('{0}').videoWidth > 0" if "video" in markup else ""
    check = f"plays('{name}').then((ok) => ok{seen.format(name)})"
    return Way(name, markup.replace("@", f"id={name} preload=auto"), {path: content}, check, reason)


MEDIA = (
    plays("film", "<video @ src=/t/film.webm></video>", "/t/film.webm", _FILM, "the usual way"),
    plays("film-far", "<video @ src='{other}/t/far.webm'></video>", "{other}/t/far.webm", _FILM, "another host"),
    plays("film-source", "<video @><source src=/t/no.mp4 type=video/unknown><source src=/t/source.webm></video>", "/t/source.webm", _FILM,
          "several, of which the browser takes one"),
    plays("film-lazy", "<video @ data-src=/t/lazy></video>" + by_script("film-lazy", "@.src = @.dataset.src"), "/t/lazy", _FILM,
          "a loader's, without an extension"),
    plays("film-script", "<video @></video>" + by_script("film-script", "@.src = '/t/script.webm';"), "/t/script.webm", _FILM, "a literal"),
    plays("film-in-frame", "<iframe id=player src=/t/player.html></iframe>", "/t/in-frame.webm", _FILM, "a player in a frame")._replace(
        files={"/t/player.html": "<video id=film preload=auto src=in-frame.webm></video>", "/t/in-frame.webm": _FILM},
        check="framed('player', (inner) => inner.querySelector('#film').videoWidth > 0)"),
    plays("sound", "<audio @ src=/t/sound.wav></audio>", "/t/sound.wav", wav(), "a sound"),
    plays("sound-source", "<audio @><source src=/t/sound-source.wav></audio>", "/t/sound-source.wav", wav(), "the same, one of several"),
    Way("captions", "<video id=captioned src=/t/captioned.webm><track id=captions default src=/t/captions.vtt></video>",
        {"/t/captioned.webm": _FILM, "/t/captions.vtt": CAPTIONS},
        "until(() => one('captions').readyState === 2 && one('captions').track.cues.length === 1)", "subtitles"),
)  # fmt: skip
