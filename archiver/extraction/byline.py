"""The language of bylines: which words stand round names, which names are nobody's, which markup is an author's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from archiver.extraction import jsonld

_BY = re.compile(
    r"^\W*(?:(?:责任?编辑?|責任編輯|编辑|作者|记者|記者|撰文|文)[:：]|(?:(?:written|posted|published|reported|words|story|text|article|reviewed"
    r"|created)\s+by|by|von|vom|par|por|di|da|av|af|door)\b"
    r"|(?:autor(?:en|in)?|author|reporter|redaktion|text|tekst|texto|foto)\s*:|ein\w*\s+\w+\s+von\b"
    r"|autor(?:in)?(?:/autor(?:in)?)?(?=\s+[A-Z])|escrito\s+por\b|guest\s+author\b)\s*:?\s*",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*[,;|/&•·、，]\s*|\s+(?:and|und|et|y|e|og|och|with|mit)\s+", re.IGNORECASE)
# After a name: what the person is, where and when.
_AFTER = re.compile(
    r"\s*(?:[–—•(\[]|\s-\s|\s(?:updated|published|posted|last|on|at|for|is|in)\s|\s(?:기자|記者|记者)|\d).*$", re.IGNORECASE
)
# Months that are nobody's name (June Carter, Tom May and Jan Böhmermann are).
_MONTH = re.compile(
    r"\s*\b(?:jan(?:uary|uar|vier)|feb(?:ruary|ruar)?|march|märz|sept(?:ember)?|oct(?:ober)?|okt(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?|dez(?:ember)?)\.?$",
    re.IGNORECASE,
)
# What a person does, printed right after the name.
_ROLE = re.compile(
    r"\s*\b(?:(?:staff|senior|junior|chief|contributing|managing|guest|executive|deputy|associate|assistant|marketing"
    r"|content|lead|freelance|co-?)\s*)*"
    r"(?:writer|reporter|editor|director|(?:co-?)?founder|researcher|manager|correspondent|contributor|journalist(?:in)?"
    r"|columnist|ceo|cto|specialist"
    r"|strategist|expert|analyst|consultant|coordinator|redakteur(?:in)?|reviewer|president|owner|process|guidelines"
    r"|policy)\b.*$",
    re.IGNORECASE,
)
# Degrees and titles that follow a name after a comma.
_DEGREE = re.compile(
    r"(?:[A-Z]\.?){2,6}(?:-[A-Z]+)?|Ph\.?\s?D\.?|M\.?D\.?|Esq\.?|Jr\.?|Sr\.?|[BM]\.?(?:A|S|Sc|Ed)\.?|Dipl?\.?[\w.-]*|CPA"
    r"|EdD|PharmD|PsyD"
)
# A byline that is no name: roles, defaults of a template, labels of a button.
_NOBODY = re.compile(
    r"(?:admin\w*|administrator|editor\w*|editorial(?:\s+(?:team|staff))?|authors?|guest|user|root|webmaster|none|null"
    r"|undefined|unknown|redaktion"
    r"|redacción|redazione|rédaction|news\s?desk|newsroom|team|contributors?|press\s+release|home|about|profile|bio|website"
    r"|email|follow|share|comments?"
    r"|published|updated|written|posted|date|news|blog|photo|advertisement|read\s+more|see\s+all|learn\s+more|(?:view"
    r"|see)\s+.*|more\s+.*|all\s+posts.*"
    r"|about\s+.*|.*\bcookies?\b.*|\w+\s+(?:editor|writer|reporter|correspondent|coordinator)|marketing|guest\s+\w+"
    r"|minutes?|min\s+read)",
    re.IGNORECASE,
)
_MAX_NAME, _MAX_BYLINE = 60, 500
_MAX_NAME_WORDS = 6
_PARTICLES = frozenset(
    [
        "de",
        "del",
        "della",
        "der",
        "den",
        "di",
        "da",
        "do",
        "dos",
        "das",
        "du",
        "van",
        "von",
        "vom",
        "zu",
        "zum",
        "zur",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "ibn",
        "ben",
        "y",
        "e",
        "und",
        "the",
        "und",
        "af",
        "av",
        "ter",
        "ten",
        "st",
    ]
)
_AUTHOR_WORD = re.compile(r"(?:^|[^a-z])(?:authors?|bylines?|writers?|autor(?:en)?|auteur|journalist|contributor)(?:[^a-z]|$)")
_NOT_NAME_WORD = re.compile(
    r"bio|desc|image|photo|avatar|social|follow|role|title|date|time|related|posts|count|comment", re.IGNORECASE
)
_AUTHOR_PATH = re.compile(
    r"/(?:authors?|autor(?:en|es)?|auteurs?|profiles?|staff|writers?|contributors?|journalists?|redakteure?|producers?"
    r"|by)/[^/?#]+/?$",
    re.IGNORECASE,
)


def split_byline(byline: str) -> Iterator[str]:
    """Names in ``byline``: ``By Ann Lee and Bo Diaz, MD | Reuters`` gives *Ann Lee*, *Bo Diaz*, *Reuters*. URLs give none."""
    text = jsonld.clean_text(byline[:_MAX_BYLINE])
    if "://" in text or text.startswith(("www.", "(")) or "@" in text.strip("@"):
        return
    for number, part in enumerate(_BETWEEN.split(_BY.sub("", text))):
        name = _MONTH.sub("", _ROLE.sub("", _AFTER.sub("", _BY.sub("", part.strip())))).strip(" .,:;-–—|\"'“”@（）)")
        if 1 < len(name) <= _MAX_NAME and not (number and _DEGREE.fullmatch(name)) and not _NOBODY.fullmatch(name):
            yield name


_NAME_AND_DATE = re.compile(
    r"(\D{4,60}?)\s*[|•·–—-]\s*(?:\d{1,2}[./]\s?\d{1,2}[./]\s?\d{4}|\d{4}-\d\d-\d\d|\w+\.?\s+\d{1,2},\s+\d{4}"
    r"|\d{1,2}\.?\s+\w+\s+\d{4})"
)


def name_before_date(text: str) -> str | None:
    """The person's name that opens ``text`` and is followed by a rule and a date."""
    match = _NAME_AND_DATE.match(text)
    names = list(split_byline(match[1])) if match else []
    return names[0] if len(names) == 1 and is_name(names[0]) and len(names[0].split()) in (2, 3) else None


def is_name(text: str) -> bool:
    """Whether ``text`` looks like a person's name: few words, each with a capital where the script has them."""
    words = text.split()
    if len(words) > _MAX_NAME_WORDS or re.search(r"[\d!?:<>{}=…*]", text):
        return False
    return all(word.lower() in _PARTICLES or not word[0].islower() for word in words)


def opens_byline(text: str) -> bool:
    """Whether ``text`` begins as bylines do and goes on with a name."""
    match = _BY.match(text)
    return match is not None and text[match.end() : match.end() + 1].isalpha() and not text[match.end()].islower()


def says_author(element: HtmlElement) -> bool:
    """Whether the element or one of its two parents is marked as the author's name."""
    for level in range(3):
        if element.get("rel") == "author" or (element.get("itemprop") or "") in ("author", "creator"):
            return True
        if "hentry" in (element.get("class") or ""):
            # WordPress writes author-<login> on the whole post.
            return False
        names = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('data-testid') or ''}"
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", names).lower()
        if _AUTHOR_WORD.search(words):
            return level > 0 or not _NOT_NAME_WORD.search(names)
        parent = element.getparent()
        if parent is None:
            return False
        element = parent
    return False


def points_to_author(href: str) -> bool:
    """Whether ``href`` is the address of an author's page."""
    return _AUTHOR_PATH.search(href) is not None
