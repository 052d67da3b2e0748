"""The text of a field that may hold markup, as titles and summaries of feeds do."""

from __future__ import annotations

import re

from lxml import etree, html


def plain_text(value: str | None) -> str | None:
    """``value`` without tags, entities resolved, in one line; ``None`` when nothing is left."""
    if not value:
        return None
    text = value
    if re.search(r"<[a-zA-Z/!]|&[#\w]+;", text):
        try:
            root = html.fragment_fromstring(text.replace("\x00", ""), create_parent="div")
            for hidden in root.xpath(".//script | .//style"):
                hidden.drop_tree()
            text = " ".join(root.itertext())
        except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
            text = re.sub(r"<[^>]*>", " ", text)
    return re.sub(r"\s+([,.;:!?…])", r"\1", " ".join(text.split())) or None
