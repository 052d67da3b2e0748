"""README.md of a dataset folder: a Hugging Face card, so that ``load_dataset(folder)`` needs no argument, and a datasheet.

Everything in it comes from the rows and the field table; the same rows give the same file.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable

from archiver.dataset.digest import Digest, share
from archiver.dataset.schema import FILENAMES, TABLES, Field, RecordType

_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"))
_KINDS = {"str": "string", "int": "int64", "bool": "bool"}
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def config_name(record_type: RecordType) -> str:
    """The name of a table for those who load it: ``articles``."""
    return FILENAMES[record_type].removesuffix(".jsonl")


def card(found: Digest, files: dict[RecordType, list[str]], *, typed: bool) -> str:
    """The whole file. ``files`` are those to load by record type; ``typed``: they are Parquet, whose instants are timestamps."""
    return f"---\n{_front_matter(found, files, typed=typed)}---\n{_datasheet(found)}"


def _front_matter(found: Digest, files: dict[RecordType, list[str]], *, typed: bool) -> str:
    languages = [code for code, _ in found.languages.most_common() if _LANGUAGE.fullmatch(code)]
    lines = [f"pretty_name: {_quoted('News articles of ' + _listed(found.hosts, 'unknown sites'))}"]
    lines += ["language:", *(f"- {_quoted(code)}" for code in languages)] if languages else []
    lines += ["license: other", "license_name: rights-of-the-publishers", "tags:", "- news", "- web-archive", "- warc"]
    size = next((label for limit, label in _SIZES if found.rows["article"] < limit), "n>10M")
    lines += ["size_categories:", f"- {size}", "configs:"]
    for record_type, names in files.items():
        lines += [f"- config_name: {config_name(record_type)}", "  data_files:", "  - split: train", "    path:"]
        lines += [f"    - {_quoted(name)}" for name in names]
        lines += ["  default: true"] if record_type == "article" else []
    lines.append("dataset_info:")
    for record_type in files:
        lines += [f"- config_name: {config_name(record_type)}", "  features:"]
        for field in TABLES[record_type]:
            lines += [f"  - name: {field.name}", f"    {_feature(field, typed=typed)}"]
    return "\n".join(lines) + "\n"


def _feature(field: Field, *, typed: bool) -> str:
    if field.kind == "list":
        return "list: string"
    if field.kind == "instant":
        return "dtype: timestamp[ms, tz=UTC]" if typed else "dtype: string"
    return f"dtype: {_KINDS[field.kind]}"


def _datasheet(found: Digest) -> str:
    hosts = _listed(found.hosts, "unknown sites")
    rows = found.rows
    return f"""
<!-- Written by archiver after each run from the rows beside it; what is changed here by hand is lost. -->

# News articles of {_code(hosts)}

{rows["article"]} versions of {found.articles} articles, {rows["appearance"]} sightings of article links on section pages. Every row
names the WARC record (file, offset, length, id, digest) that its values were read from.

## Loading

```python
datasets.load_dataset("path/to/this/folder")             # articles; also "appearances", "failures", "runs"
pandas.read_parquet("articles.parquet")                  # polars.read_parquet, duckdb: FROM 'articles.parquet'
archiver.load("articles.jsonl")                          # the JSON Lines with their types, as a pyarrow Table
```

`duckdb -init load.sql` in this folder types the JSON Lines too. Loaders that guess types from the first lines are wrong on columns
that begin with many nulls; the Parquet files, `load.sql` and `archiver.load` do not guess.

| file | rows | one row is |
|---|---|---|
| `articles` | {rows["article"]} | one captured version of one article |
| `appearances` | {rows["appearance"]} | one article link seen on one captured section page |
| `failures` | {rows["failure"]} | one URL that was wanted and not had, and why |
| `runs` | {rows["run"]} | one run of the crawl |

The fields are described in `schema/` (JSON Schema), `croissant.json` and `datapackage.json`.

## Motivation

To have the coverage of news sections as it was on the day, in a form that can be checked: the text with its sources, the
place it had on the section page, and what is missing.

## Composition

- Captured {_span(found.fetched.first[:10], found.fetched.last[:10])}; published, as far as stated,
  {_span(found.published.first, found.published.last)}.
- Domains: {_counted(found.domains)}. Languages of the texts: {_counted(found.languages)}.
- What the pages were: {_counted(found.page_types)}. Extraction: {_counted(found.statuses)}.
- Values stated by the pages: {_shares(found)}. `null` means that the page does not say; nothing is guessed.
- The articles name people and may be wrong about them; publishers correct and withdraw them. Nothing was anonymised.
- Opt-outs as the pages state them: text and data mining reserved on {found.opt_outs["tdm_reservation"]} rows, `noarchive` on
  {found.opt_outs["noarchive"]}; see `tdm_reservation`, `tdm_policy`, `noarchive`. They are recorded, not
  applied: that is for you to do.

## Collection

- Runs: {rows["run"]}, {_span(found.runs.first[:16], found.runs.last[:16])} ({_counted(found.finish_reasons)}).
- Seeds: {_codes(found.seeds)}.
- Operator: {_codes(found.operators) or "not stated"}. Software: {_codes(found.software)}.
- Section pages were read as a person reads them and their article links followed; a story that no section page, feed or
  sitemap showed while a run was on is not here.
- robots.txt: {_robots(found)}.

## Known gaps

{_gaps(found)}

## Rights

The texts belong to their publishers; `license` holds what a page states. Whether you may use or pass them on depends on the law of
your country and on the opt-outs above.
"""


def _gaps(found: Digest) -> str:
    if not found.gaps:
        return "No URL that was wanted is without a row."
    total = sum(found.gaps.values())
    rows = "\n".join(f"| `{reason}` | {count} |" for reason, count in found.gaps.most_common())
    return (
        f"{total} URLs were wanted and have no row; each one has its lines in `failures.jsonl`. By the last reason:\n\n"
        f"| reason | URLs |\n|---|---|\n{rows}"
    )


def _robots(found: Digest) -> str:
    words = {"obey": "obeyed (RFC 9309)", "ignore": "not obeyed"}
    policies = [f"{words.get(policy, 'unknown')} in {count} runs" for policy, count in found.robots.most_common()]
    return ", ".join(policies) or "not known"


def _shares(found: Digest) -> str:
    total = found.rows["article"]
    names = ("title", "authors", "date_published_day", "section", "language")
    return ", ".join(f"`{name}` {share(found.stated[name], total)}" for name in names)


def _span(first: str, last: str) -> str:
    if not first:
        return "at a time that is not known"
    return f"on {first}" if first == last else f"{first} to {last}"


def _counted(counter: Counter[str]) -> str:
    listed = [f"{_code(name)} {count}" for name, count in counter.most_common(12)]
    more = len(counter) - len(listed)
    return (", ".join(listed) or "none") + (f" and {more} more" if more > 0 else "")


def _codes(names: Iterable[str]) -> str:
    listed = list(names)
    shown = ", ".join(_code(name) for name in listed[:20])
    return shown + (f" and {len(listed) - 20} more" if len(listed) > 20 else "")


def _listed(names: list[str], nothing: str) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "") if names else nothing


def _code(text: str) -> str:
    """Text of others as code: no Markdown or HTML in it acts."""
    return "`" + re.sub(r"[`|\s]+", " ", text).strip() + "`"


def _quoted(text: str) -> str:
    """A YAML scalar: JSON's strings are YAML's too."""
    return json.dumps(text, ensure_ascii=True)
