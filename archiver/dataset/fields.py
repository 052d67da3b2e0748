"""The fields as docs/dataset.md shows them. ``python -m archiver.dataset.fields docs/dataset.md`` writes them into the file."""

from __future__ import annotations

import sys
from pathlib import Path

from archiver.dataset.schema import FILENAMES, TABLES, RecordType

_TYPES = {"str": "string", "int": "integer", "bool": "boolean", "instant": "instant", "list": "list of strings"}


def field_table(record_type: RecordType) -> str:
    """One Markdown table; ``?`` marks what may be null."""
    lines = ["| field | type | meaning | standard term |", "|---|---|---|---|"]
    for field in TABLES[record_type]:
        kind = _TYPES[field.kind] + (" ?" if field.nullable else "")
        lines.append(f"| `{field.name}` | {kind} | {field.meaning} | {field.term} |")
    return "\n".join(lines)


def with_fields(text: str) -> str:
    """``text`` with each block between ``<!-- fields: NAME.jsonl -->`` and ``<!-- end -->`` made anew."""
    for record_type, name in FILENAMES.items():
        block = f"<!-- fields: {name} -->\n\n{field_table(record_type)}\n\n<!-- end -->"
        before, mark, rest = text.partition(f"<!-- fields: {name} -->")
        if mark:
            text = before + block + rest.partition("<!-- end -->")[2]
    return text


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        page = Path(argument)
        page.write_text(with_fields(page.read_text(encoding="utf-8")), encoding="utf-8")
