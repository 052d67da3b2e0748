"""Pages that answer 200 and are not the article: bot walls, consent walls, soft 404s, pages that need JavaScript.

A wall has little text, so only small pages are looked at. A bot or consent vendor's script alone proves nothing (it is on
every page of the site): a wall also says what it is, or has hardly a word.
"""

from __future__ import annotations

import re
from typing import Literal

from archiver.extraction.statements import Statements, text_of

Wall = Literal["blocked", "consent", "soft_404", "js_required"]

# Marks of a challenge in scripts, ids and addresses, by vendor.
_BLOCKED_MARKUP = re.compile(
    "|".join([
        r"/cdn-cgi/challenge-platform/|cf-browser-verification|cf_chl_opt|cf-challenge|cf-error-details",  # Cloudflare
        r"captcha-delivery\.com|dd\s*=\s*\{\s*['\"]rt['\"]",  # DataDome
        r"px-captcha|_pxAppId|captcha\.px-cdn|human-challenge",  # PerimeterX, now HUMAN
        r"sec-if-cpt-container|/_sec/cp_challenge|errors\.edgesuite\.net|bm-verify",  # Akamai
        r"_Incapsula_Resource|incapsula incident",  # Imperva
        r"awswaf\.com|aws-waf-token|gokuProps",  # AWS WAF
        r"ddos-guard|sucuri_cloudproxy|kpsdk|arkoselabs\.com|anubis_challenge|/\.within\.website/",
    ]),
    re.IGNORECASE,
)  # fmt: skip
_BLOCKED_TEXT = re.compile(
    r"just a moment|attention required|access (?:to this page has been )?denied|are you a (?:robot|human)"
    r"|verify(?:ing)? (?:that )?you are (?:a )?human"
    r"|checking (?:if the site|your browser)|unusual (?:traffic|activity)|pardon our interruption|request unsuccessful"
    r"|you have been blocked"
    r"|bot (?:detection|protection)|security (?:check|verification)|press (?:and|&) hold|ddos protection by"
    r"|don't have permission to access"
    r"|complete the captcha|please enable js and disable any ad blocker|making sure you.re not a bot|zugriff verweigert"
    r"|accès refusé|acceso denegado",
    re.IGNORECASE,
)
_CONSENT_MARKUP = re.compile(
    r"consent\.(?:yahoo|google|youtube)\.|guce\.|sourcepoint|sp_message|privacy-mgmt|didomi|onetrust|usercentrics|quantcast"
    r"|cookiebot"
    r"|consentmanager|opencmp|iubenda|trustarc|contentpass|myprivacy\.dpgmedia|cookie-?wall|consent-?(?:wall|page|form)",
    re.IGNORECASE,
)
_CONSENT_TOPIC = re.compile(
    r"\b(?:cookies?|consent|partners?|privacy|einwilligung|datenschutz\w*|tracking|werbung|consentement|partenaires"
    r"|consentimiento|consenso"
    r"|toestemming|samtycke|samtykke|personenbezogene\w*|personal data|gdpr|dsgvo)\b",
    re.IGNORECASE,
)
_CONSENT_ASK = re.compile(
    r"before you continue|accept(?: all|\b)|reject all|agree\b|manage (?:settings|preferences|choices|options)"
    r"|alle[sn]? akzeptieren|akzeptieren|zustimmen"
    r"|tout accepter|accepter|aceptar|accetta|accepteren|godkänn|godkend|akkoord",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"\b404\b|page (?:was |is |could |can ?)?not (?:be )?found|\bnot found\b|page (?:you (?:were|are"
    r"|requested).{0,20} )?(?:doesn.t|does not|no longer) exist"
    r"|(?:page|article|story|content) (?:is |was )?(?:no longer available|has been removed)|we can.t find (?:the|that) page"
    r"|seite (?:wurde |konnte )?nicht gefunden"
    r"|(?:artikel|inhalt) (?:wurde )?nicht (?:mehr )?(?:gefunden|verfügbar)|page (?:introuvable|non trouvée)"
    r"|página no (?:encontrada|existe)|no se (?:encontró|ha encontrado)"
    r"|pagina non trovata|pagina niet gevonden|sidan (?:kunde inte hittas|hittades inte|finns inte)|siden (?:blev "
    r"|ble )?ikke (?:fundet|funnet)|fant ikke siden"
    r"|nie znaleziono|página não encontrada|страница не найдена"
    r"|ページが見つかりません|页面不存在|找不到(?:页面|網頁)|페이지를 찾을 수",
    re.IGNORECASE,
)
_NEEDS_SCRIPT = re.compile(
    r"(?:enable|activate|turn on|requires?|without|needs?) java ?script|java ?script (?:is )?(?:disabled|required|must be"
    r"|to run this app|not enabled)"
    r"|java ?script (?:ist )?(?:deaktiviert|aktivieren|erforderlich)|aktivieren sie (?:bitte )?java ?script"
    r"|activer java ?script|activ[ae] java ?script"
    r"|habilit[ae] java ?script|attiva(?:re)? java ?script",
    re.IGNORECASE,
)
_APP_ROOT = re.compile(r"root|app|__next|__nuxt|___gatsby|main-app|application|svelte")
_MAX_WALL, _MAX_BARE, _SHORT = 1500, 300, 250
_MAX_SCRIPT = 4000


def wall_of(page: Statements, visible: str, text: str) -> Wall | None:
    """Which wall the page is, if any. ``visible`` is all text a reader sees, ``text`` what was taken for the article's."""
    if len(visible) > _MAX_WALL:
        return None
    titles = " ".join(page.page_titles)
    seen = f"{titles} {visible}"
    markup = _markup(page)
    if _BLOCKED_MARKUP.search(markup) and (len(visible) < _MAX_BARE or _BLOCKED_TEXT.search(titles or seen)):
        return "blocked"
    if page.article:
        return None
    # Where there is text, the text has to be the wall's; an article may stand over a banner, or be about walls.
    is_bare = len(text) < _SHORT
    if _BLOCKED_TEXT.search(titles) or (is_bare and len(visible) < 2 * _MAX_BARE and _BLOCKED_TEXT.search(seen)):
        return "blocked"
    if _MISSING.search(titles) or (is_bare and _MISSING.search(visible[:_MAX_BARE])):
        return "soft_404"
    seen = seen if is_bare else f"{titles} {text}"
    topics = len(_CONSENT_TOPIC.findall(seen))
    if _CONSENT_ASK.search(seen) and (
        topics >= 4 or (topics >= 2 and _CONSENT_MARKUP.search(markup)) or _CONSENT_TOPIC.search(titles)
    ):
        return "consent"
    if is_bare and (_NEEDS_SCRIPT.search(f"{seen} {_noscript(page)}") or _is_empty_app(page, visible)):
        return "js_required"
    return None


def _markup(page: Statements) -> str:
    """Scripts, ids and addresses of the page as one string."""
    parts: list[str | None] = []
    for element in page.root.iter("script", "iframe", "div", "form", "img", "link", "meta", "a"):
        parts += [element.get(name) for name in ("src", "id", "class", "action", "href", "content")]
        if element.tag == "script":
            parts.append((element.text or "")[:_MAX_SCRIPT])
    return " ".join(part for part in parts if part)


def _noscript(page: Statements) -> str:
    return " ".join(text_of(element) for element in page.root.iter("noscript"))


def _is_empty_app(page: Statements, visible: str) -> bool:
    """Whether a script is to fill the page: an application's root element and hardly a word."""
    if len(visible) >= _SHORT or next(page.root.iter("script"), None) is None:
        return False
    return any(_APP_ROOT.fullmatch(element.get("id") or element.tag) for element in page.root.iter("div", "main", "app-root"))
