"""The page of ``inspect --html``: what was read from a page, and the page itself with every link's fate drawn on it.

Self-contained and without any script: the page stands in a sandboxed frame whose policy loads nothing; its own scripts, forms
and addresses are removed as well, so that a look at a hostile page is no visit to it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from html import escape

from lxml import html

from archiver._version import __version__
from archiver.extraction.boxes import Item
from archiver.extraction.clusters import Cluster
from archiver.extraction.reading import Reading
from archiver.extraction.survey import Survey
from archiver.model import Listing
from archiver.urls import normalize_url

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
# What can load, run, lead away or hide the rest; the policy and the sandbox forbid it too.
_REMOVED = frozenset(
    {"script", "noscript", "template", "iframe", "frame", "frameset", "object", "embed", "applet", "portal", "base", "meta", "link"}
    | {"audio", "video", "source", "track", "form", "dialog", "svg", "math"}
)
_KEPT_INSIDE = frozenset({"form", "noscript", "dialog"})
# Of attributes only these: no addresses, no events.
_ATTRIBUTES = frozenset(
    {"class", "id", "style", "dir", "lang", "align", "valign", "width", "height", "colspan", "rowspan", "hidden", "alt", "title"}
)
SLIGHT = "too slight to be a headline"
_MARK = "data-archiver"
_FRAME_STYLE = f"""
[{_MARK}] {{ outline: 3px solid #b3261e !important; outline-offset: 1px !important; }}
[{_MARK}^="#"] {{ outline-color: #14713d !important; }}
[{_MARK}]::before {{ content: attr({_MARK}) !important; display: inline-block !important; font: bold 12px/1.5 sans-serif !important;
 background: #b3261e !important; color: #fff !important; padding: 0 5px !important; margin: 0 4px 0 0 !important; }}
[{_MARK}^="#"]::before {{ background: #14713d !important; }}
img {{ background: #ddd; min-width: 16px; min-height: 16px; }}
"""
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem; color: #1c1b1f; background: #fff; }
h1 { font-size: 1.3rem; overflow-wrap: anywhere; } h2 { font-size: 1.05rem; margin-top: 1.6rem; }
table { border-collapse: collapse; width: 100%; } td, th { border: 1px solid #c9c5d0; padding: .3rem .5rem; text-align: left;
 vertical-align: top; overflow-wrap: anywhere; } th { background: #f3f1f6; }
small { color: #5b5965; } iframe { width: 100%; height: 85vh; border: 2px solid #79747e; }
.in { color: #14713d; font-weight: bold; } .out { color: #b3261e; font-weight: bold; }
"""


def annotated_page(reading: Reading) -> str:
    """One HTML document, UTF-8; every text and address of the page is escaped in it."""
    listing = reading.listing
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">
<meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width">
<title>{escape(listing.url)}</title><style>{_STYLE}</style></head><body>
<h1>{escape(listing.url)}</h1>
<p>archiver {__version__} takes this page for: <b>{escape(reading.kind)}</b>. Next page: {escape(listing.next_page or "none")}.</p>
{_taken(listing)}
{_left(reading)}
<h2>On the page</h2>
<p><span class="in">Green: taken.</span> <span class="out">Red: not taken.</span> The page is shown without its scripts, pictures
and outside style sheets; nothing of it is loaded, and its links lead nowhere. What scripts draw is not on it.</p>
<iframe sandbox title="the page, marked" srcdoc="{escape(_marked(reading.seen, reading))}"></iframe>
</body></html>
"""


def _taken(listing: Listing) -> str:
    rows = "".join(
        f"<tr><td>{entry.rank}</td><td>{escape(entry.headline or '—')}<br><small>{escape(entry.url)}</small></td>"
        f"<td>{escape(entry.teaser or '')}</td><td>{escape(entry.reason)}</td></tr>"
        for entry in listing.entries
    )
    head = "<tr><th>rank</th><th>headline and URL</th><th>teaser</th><th>taken because</th></tr>"
    return f"<h2>{len(listing.entries)} article links</h2>\n<table>{head}{rows}</table>"


def _left(reading: Reading) -> str:
    listing = reading.listing
    rows = "".join(
        f"<tr><td>{escape(cluster.path)}</td><td>{len(cluster.urls)}</td><td>{escape(cluster.reason)}</td></tr>"
        for cluster in listing.rejected
    )
    rows += f"<tr><td>elsewhere</td><td>{len(reading.slight_links())}</td><td>{SLIGHT}</td></tr>"
    head = "<tr><th>where</th><th>links</th><th>not taken because</th></tr>"
    return f"<h2>{len(listing.rejected)} groups of links not taken</h2>\n<table>{head}{rows}</table>"


def _marked(seen: Survey, reading: Reading) -> str:
    """The page with a mark on each entry and each link that was not taken, stripped of all that acts."""
    root = seen.document.root
    order = {element: place for place, element in enumerate(root.iter())}
    marks = {order[element]: text for element, text in _marks(seen, reading)}
    page = copy.deepcopy(root)
    for place, element in enumerate(list(page.iter())):
        _strip(element)
        if place in marks and element.getparent() is not None:
            element.set(_MARK, marks[place])
    style = f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}"><style>{_FRAME_STYLE}</style>'
    body = html.tostring(page, encoding="unicode", method="html")
    return f"<!DOCTYPE html><html><head>{style}</head>{body}</html>"


def _marks(seen: Survey, reading: Reading) -> Iterator[tuple[html.HtmlElement, str]]:
    ranks = {normalize_url(entry.url): entry.rank for entry in reading.listing.entries}
    choice = reading.decision.choice
    yield from ((seen.page.nodes[link.node], SLIGHT) for link in reading.slight_links())
    for cluster, reason in choice.left:
        for item in cluster.items:
            yield seen.page.nodes[item.link.node], reason
    for cluster, reason in choice.taken:
        for item in cluster.items:
            yield seen.page.nodes[_drawn(seen, cluster, item)], f"#{ranks[item.link.key]} {reason}"


def _drawn(seen: Survey, cluster: Cluster, item: Item) -> int:
    """The box; in a flat list, where it is not all of the story, the headline."""
    return item.box if item.stop == seen.page.end[item.box] else item.link.node


def _strip(element: html.HtmlElement) -> None:
    if not isinstance(element.tag, str):
        element.text = None
        return
    for name in list(element.attrib):
        if name not in _ATTRIBUTES:
            del element.attrib[name]
    if element.tag in _REMOVED and element.getparent() is not None:
        if element.tag in _KEPT_INSIDE:
            element.drop_tag()
        else:
            element.drop_tree()
