"""What a page that answered 200 really is. A table of marks; the text and the statements decide, never the site's name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archiver.extraction import jsonld
from archiver.extraction.statements import Statements, text_of
from archiver.model import PageType

# Marks in the markup (scripts, ids, URLs) of a challenge that stands in place of the page.
_BLOCKED_MARKUP = re.compile(
    r"/cdn-cgi/challenge-platform/|cf-browser-verification|cf_chl_opt|cf-challenge|challenges\.cloudflare\.com/turnstile"  # Cloudflare
    r"|captcha-delivery\.com|datadome"  # DataDome
    r"|px-captcha|_pxAppId|perimeterx|human-challenge"  # PerimeterX (HUMAN)
    r"|sec-if-cpt-container|/_sec/cp_challenge|errors\.edgesuite\.net|ak-challenge"  # Akamai
    r"|_Incapsula_Resource|incapsula incident"  # Imperva
    r"|awswaf|aws-waf-token|gokuProps"  # AWS WAF
    r"|ddos-guard|sucuri_cloudproxy|kpsdk|geetest|arkoselabs|hcaptcha\.com/1/api|recaptcha/challengepage",
    re.IGNORECASE,
)
_BLOCKED_TEXT = re.compile(
    r"just a moment|attention required|access denied|are you a robot|verify (?:that )?you are (?:a )?human|checking (?:if the site|your browser)"
    r"|please verify you are|unusual (?:traffic|activity)|pardon our interruption|request unsuccessful|you have been blocked|bot (?:detection|protection)"
    r"|performing security verification|security check|press (?:and|&) hold|ddos protection by|zugriff verweigert|accès refusé|acceso denegado",
    re.IGNORECASE,
)
_CONSENT_MARKUP = re.compile(
    r"consent\.(?:yahoo|google|youtube)\.|guce\.|sourcepoint|sp_message|privacy-mgmt|didomi|onetrust|cmp2?\.|usercentrics|quantcast|cookiebot"
    r"|consentmanager|opencmp|iubenda|trustarc|pur-abo|contentpass",
    re.IGNORECASE,
)
_CONSENT_TEXT = re.compile(
    r"\b(?:cookies?|consent|einwilligung|zustimm\w+|consentement|consentimiento|consenso|toestemming|samtycke|privacy|datenschutz)\b",
    re.IGNORECASE,
)
_CONSENT_ASK = re.compile(
    r"before you continue|accept all|reject all|alle akzeptieren|zustimmen|akzeptieren|tout accepter|accepter|aceptar|accetta|accepteren|agree|manage (?:settings|preferences|choices)",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"\b404\b|page (?:was |is |could )?not (?:be )?found|not found\b|page (?:you (?:were|are) looking for )?(?:doesn.t|does not|no longer) exist|no longer available"
    r"|seite (?:wurde )?nicht gefunden|nicht gefunden|page (?:introuvable|non trouvée)|página no encontrada|no se encontró|pagina non trovata"
    r"|pagina niet gevonden|sidan (?:kunde inte hittas|hittades inte)|siden (?:blev |ble )?ikke fundet|fant ikke siden|nie znaleziono|página não encontrada"
    r"|страница не найдена|ページが見つかりません|页面不存在|找不到|페이지를 찾을 수",
    re.IGNORECASE,
)
_NEEDS_SCRIPT = re.compile(
    r"(?:enable|activate|turn on|requires?|without|need) java ?script|java ?script (?:is )?(?:disabled|required|must be|to run this app|aktivieren|ist deaktiviert)"
    r"|aktivieren sie java ?script|activer java ?script|activ[ae] java ?script|javascript (?:needs|must|muss)",
    re.IGNORECASE,
)
_APP_ROOT = ".//*[@id='root' or @id='app' or @id='__next' or @id='__nuxt' or @id='main-app' or self::app-root]"
# A wall or error page is short: the longest of the own examples has 900 characters of text.
_WALL_MAX_CHARS = 1500
_SHORT = 250
_LIVE = re.compile(r"/live(?:blog|ticker|-updates)?[/-]|liveblog|live-ticker|newsticker", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shape:
    """What the extraction saw, for :func:`page_type`. ``visible`` is the page's whole visible text, whitespace folded."""

    text: str
    visible: str
    is_listing: bool = False


def page_type(page: Statements, title: str | None, shape: Shape) -> PageType:
    """The first row that fits: walls and errors, then what the page says of itself, then its shape."""
    wall = _wall(page, title or "", shape)
    if wall:
        return wall
    own = _stated_type(page)
    if own in ("liveblog", "video", "gallery"):
        return own
    if shape.is_listing:
        return "listing"
    if own == "article" and shape.text:
        return own
    return "article" if len(shape.text) >= _SHORT else "unknown"


def _wall(page: Statements, title: str, shape: Shape) -> PageType | None:
    if len(shape.visible) > _WALL_MAX_CHARS:
        return None
    seen = f"{title} {' '.join(page.page_titles)} {shape.visible}"
    markup = _markup(page)
    if _BLOCKED_MARKUP.search(markup) and (len(shape.visible) < 300 or _BLOCKED_TEXT.search(seen)):
        return "blocked"
    if _BLOCKED_TEXT.search(seen) and len(shape.visible) < 800 and not page.article:
        return "blocked"
    if _MISSING.search(" ".join([title, *page.page_titles])) or (_MISSING.search(shape.visible[:300]) and not page.article):
        return "soft_404"
    if not page.article and _CONSENT_ASK.search(seen) and (_CONSENT_TEXT.search(title) or len(_CONSENT_TEXT.findall(seen)) >= 3):
        return "consent"
    if not page.article and _CONSENT_MARKUP.search(markup) and len(_CONSENT_TEXT.findall(seen)) >= 2:
        return "consent"
    if len(shape.text) < _SHORT and (_NEEDS_SCRIPT.search(seen + " " + _noscript(page)) or _is_empty_app(page, shape)):
        return "js_required"
    return None


def _stated_type(page: Statements) -> PageType | None:
    node = page.article
    if any(jsonld.is_type(n, "LiveBlogPosting") for n in ([node] if node else page.nodes)):
        return "liveblog"
    og_type = (page.first_meta("og:type") or "").lower()
    if og_type.startswith("video") or (not node and any(jsonld.is_type(n, "VideoObject") for n in page.nodes)):
        return "video"
    if any(jsonld.is_type(n, "ImageGallery", "MediaGallery") for n in page.nodes):
        return "gallery"
    if node or og_type == "article":
        return "article"
    return None


def _markup(page: Statements) -> str:
    """Scripts, ids and URLs of the page as one string; only read for pages with hardly any text."""
    parts = []
    for element in page.root.iter("script", "iframe", "div", "form", "img", "link", "meta"):
        parts += [element.get(name) or "" for name in ("src", "id", "class", "action", "href", "content")]
        if element.tag == "script":
            parts.append((element.text or "")[:4000])
    return " ".join(part for part in parts if part)


def _noscript(page: Statements) -> str:
    return " ".join(text_of(element) for element in page.root.iter("noscript"))


def _is_empty_app(page: Statements, shape: Shape) -> bool:
    return len(shape.visible) < _SHORT and any(len(text_of(e)) < _SHORT for e in page.root.xpath(_APP_ROOT))
