"""What may be done with a page, as it says itself: licence, paywall, text-and-data-mining and archiving opt-outs."""

from __future__ import annotations

import re

from archiver.extraction import jsonld
from archiver.extraction.statements import Statements


def tdm_reservation(page: Statements) -> bool | None:
    """TDMRep §6: 1 reserves the rights, 0 does not; a value of the page itself goes before the header's. Else ``None``."""
    for value in [*page.all_meta("tdm-reservation"), *page.header("tdm-reservation")]:
        if value.strip() in ("0", "1"):
            return value.strip() == "1"
    return None


def tdm_policy(page: Statements) -> str | None:
    """URL of the TDM policy as stated in the page or, failing that, its headers."""
    return next((v.strip() for v in [*page.all_meta("tdm-policy"), *page.header("tdm-policy")] if v.strip()), None)


def noarchive(page: Statements) -> bool | None:
    """``True`` when robots meta or X-Robots-Tag asks all robots not to archive, ``False`` when one says ``archive``.

    Rules for one named robot (``googlebot: noarchive``) bind that robot alone and are not counted.
    """
    rules = [*page.all_meta("robots"), *(value for value in page.header("x-robots-tag") if not _names_a_robot(value))]
    directives = {word.strip().lower() for rule in rules for word in rule.split(",")}
    if "noarchive" in directives:
        return True
    return False if "archive" in directives else None


def _names_a_robot(value: str) -> bool:
    name, colon, _ = value.partition(":")
    # Three directives take a value themselves: "unavailable_after: …", "max-snippet: 5".
    return bool(colon) and "," not in name and not re.match(r"\s*(?:unavailable_after|max-)", name, re.IGNORECASE)


def license_of(page: Statements) -> str | None:
    """The licence as stated: JSON-LD, ``rel=license``, meta."""
    node = page.article.get("license")
    stated = node.get("url") or node.get("@id") or node.get("name") if isinstance(node, dict) else jsonld.text_of(node)
    hrefs = [element.get("href") for element in page.links.get("license", [])]
    anchors = [
        element.get("href") for element in page.elements.get("a", []) if "license" in (element.get("rel") or "").lower().split()
    ]
    metas = page.all_meta("dc.rights.license", "dcterms.license", "license", "dc.rights", "dcterms.rights")
    return next((value.strip() for value in [stated, *hrefs, *anchors, *metas] if isinstance(value, str) and value.strip()), None)


_FREE = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def is_accessible_for_free(page: Statements) -> bool | None:
    """``isAccessibleForFree`` in JSON-LD (any part that is not free makes the article not free), else the paywall metas."""
    article = page.article
    nodes = [article, *(part for part in jsonld.as_list(article.get("hasPart")) if isinstance(part, dict))]
    if not article:
        nodes = [node for node in page.nodes if jsonld.is_type(node, "WebPage", "WebPageElement")]
    stated = [_free(node.get("isAccessibleForFree")) for node in nodes]
    if False in stated:
        return False
    if True in stated:
        return True
    tier = (page.first_meta("article:content_tier", "content_tier") or "").lower()
    return {"free": True, "metered": False, "locked": False}.get(tier)


def _free(value: object) -> bool | None:
    return _FREE.get(str(value).strip().lower().rpartition("/")[2])
