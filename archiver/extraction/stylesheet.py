"""What a style sheet needs to be shown: ``@import``, ``url()`` and the strings of ``image-set()``. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tinycss2

# The largest style sheets of news sites are under 1 MB; tinycss2 reads about 1 MB a second.
_MAX_CSS_BYTES = 4 << 20
# At-rules whose URLs name something and are not fetched.
_NAMES_ONLY = frozenset({"namespace", "charset", "document", "-moz-document"})
_IMAGE_SETS = frozenset({"image-set", "-webkit-image-set", "src"})


def css_urls(css: bytes, charset: str | None = None) -> Iterator[tuple[str, str]]:
    """``(role, href)`` of every URL of a style sheet in order, as written; ``role`` is ``css``, ``font`` or ``image``.

    ``charset`` is that of the Content-Type header. Any bytes give an answer; over 4 MiB only the start is read.
    """
    rules, _ = tinycss2.parse_stylesheet_bytes(css[:_MAX_CSS_BYTES], protocol_encoding=charset, skip_comments=True)
    yield from _of_rules(rules)


def declaration_urls(declarations: str) -> Iterator[tuple[str, str]]:
    """The same of the content of a ``style`` attribute."""
    if "url(" in declarations.lower() or "image-set(" in declarations.lower():
        yield from _of_tokens(tinycss2.parse_component_value_list(declarations[:_MAX_CSS_BYTES]), "image")


def _of_rules(rules: list[Any]) -> Iterator[tuple[str, str]]:
    for rule in rules:
        name = getattr(rule, "lower_at_keyword", "")
        if name == "import":
            yield from _imported(rule.prelude)
        elif name not in _NAMES_ONLY:
            yield from _of_tokens([*(getattr(rule, "prelude", None) or []), *(getattr(rule, "content", None) or [])], _role(name))


def _role(at_keyword: str) -> str:
    return "font" if at_keyword == "font-face" else "image"


def _imported(prelude: list[Any]) -> Iterator[tuple[str, str]]:
    """The first string or URL of an ``@import``; what follows are conditions."""
    for token in prelude:
        if token.type in ("string", "url"):
            yield "css", token.value
            return
        if token.type == "function" and token.lower_name == "url":
            yield from (("css", argument.value) for argument in token.arguments if argument.type == "string")
            return


def _of_tokens(tokens: list[Any], role: str) -> Iterator[tuple[str, str]]:
    """URLs in component values, blocks within blocks too: no recursion, since nesting may be malice."""
    # Each entry: tokens still to be read (reversed), the role of what is found, whether plain strings are URLs.
    stack: list[tuple[list[Any], str, bool]] = [(list(reversed(tokens)), role, False)]
    pending_at = ""
    while stack:
        rest, role, takes_strings = stack[-1]
        if not rest:
            stack.pop()
            continue
        token = rest.pop()
        if token.type == "at-keyword":
            pending_at = token.lower_value
        elif token.type == "url" or (token.type == "string" and takes_strings):
            yield role, token.value
        elif token.type == "function":
            is_url = token.lower_name == "url"
            takes = is_url or token.lower_name in _IMAGE_SETS or (takes_strings and token.lower_name != "type")
            stack.append((list(reversed(token.arguments)), role, takes))
        elif token.type in ("{} block", "() block", "[] block"):
            inner = _role(pending_at) if token.type == "{} block" and pending_at else role
            pending_at = "" if token.type == "{} block" else pending_at
            stack.append((list(reversed(token.content)), inner, False))
