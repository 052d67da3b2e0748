"""Which of a site's feeds and URLs are a section's, told from addresses alone, so that it can be told again from the archive.

A URL belongs to a section when it lies under the section's path; when the section's own name (the last part of its path, unless
that is a word every site uses) is one of its folders; or when the list files it under a term of that name. To the front page of
a site (or of a language: ``/en/``) belongs everything under it. Of a section that is named by its query alone (``/?cat=5``)
nothing can be told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote

from archiver.urls import path_and_query

# Folders that say how a page is filed, not under what.
_COMMON = re.compile(
    r"news|articles?|stor(?:y|ies)|posts?|blog|all|latest|archives?|categor(?:y|ies)|tags?|topics?|sections?|authors?|search|index|home"
    r"|pages?|local|en|de|fr|es|it|pt|nl"
)
_PAGE_NUMBER = re.compile(r"(?:page|seite|pagina|p)[/-]?\d+")
_COMMENTS = re.compile(r"(?i)comment|kommentar|comentario")


def belongs(url: str, section: str, terms: Iterable[str] = ()) -> bool:
    """Whether ``url`` is one of ``section``'s, by the rule above; ``terms`` are what a list files it under."""
    folders, query = _place(section)
    if not folders:
        return not query
    parts = _parts(path_and_query(url)[0])
    if parts[: len(folders)] == folders:
        return True
    name = section_name(section)
    return name is not None and (name in parts[:-1] or any(_slug(term) == name for term in terms))


def is_own_feed(feed: str, section: str) -> bool:
    """Whether a feed that a section's page names is the section's and not the whole site's."""
    folders, query = _place(section)
    path, feed_query = path_and_query(feed)
    if not folders and not query:
        return True
    parts = _parts(path)
    if folders and parts[: len(folders)] == folders:
        return True
    asked, feed_asked = set(parse_qsl(query)), set(parse_qsl(feed_query))
    if asked and asked <= feed_asked:
        return True
    name = section_name(section)
    words = {part.rsplit(".", 1)[0] for part in parts} | {value.lower() for _, value in feed_asked}
    return name is not None and name in words


def section_feeds(section: str, feeds: Iterable[str]) -> list[tuple[str, bool]]:
    """The feeds to try for a section, best first, each with whether it is the section's own.

    A page names a feed in several formats, a site's beside the section's, and one of comments: those of the section, else the
    site's, never comments.
    """
    candidates = [feed for feed in feeds if not _COMMENTS.search(feed)]
    own = [feed for feed in candidates if is_own_feed(feed, section)]
    return [(feed, True) for feed in own] or [(feed, False) for feed in candidates]


def section_name(section: str) -> str | None:
    """The word that names a section in other addresses, ``None`` when there is none that tells it from others."""
    folders, _ = _place(section)
    name = folders[-1].rsplit(".", 1)[0] if folders else ""
    return name if len(name) > 2 and not _COMMON.fullmatch(name) and not name.isdigit() else None


def _place(section: str) -> tuple[list[str], str]:
    """The folders of a section and its query, both without what only says which page of it."""
    path, query = path_and_query(section)
    path = _PAGE_NUMBER.sub("", path.lower())
    parts = [part for part in _parts(path) if not re.fullmatch(r"index\.\w{2,5}", part)]
    return parts, "&".join(f"{name}={value}" for name, value in parse_qsl(query) if name not in ("page", "paged"))


def _parts(path: str) -> list[str]:
    return [part for part in unquote(path).lower().split("/") if part]


def _slug(term: str) -> str:
    """A term as addresses write it: ``Art & Culture`` is ``art-culture``."""
    plain = unicodedata.normalize("NFKD", term.lower()).encode("ascii", "ignore").decode() or term.lower()
    return re.sub(r"[^\w]+", "-", plain).strip("-")
