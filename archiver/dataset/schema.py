"""The one field table of the dataset: JSON Lines, JSON Schema, cards, Parquet and docs are all made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from archiver.errors import ArchiverError

SCHEMA_VERSION = "1.0"

Kind = Literal["str", "int", "bool", "instant", "list"]
RecordType = Literal["article", "appearance", "failure", "run"]


@dataclass(frozen=True, slots=True)
class Field:
    """One column: ``kind`` for ever, whether it may be null, what it means, and the standard's word for it.

    ``instant`` is a string ``YYYY-MM-DDTHH:MM:SS.mmmZ``; ``list`` holds strings and is never null.
    """

    name: str
    kind: Kind
    nullable: bool
    meaning: str
    term: str = ""


Table = tuple[Field, ...]


def _field(spec: str, meaning: str, term: str = "") -> Field:
    """``name:kind`` or ``name:kind?``."""
    name, _, kind = spec.partition(":")
    return Field(name, kind.removesuffix("?"), kind.endswith("?"), meaning, term)  # type: ignore[arg-type]


def _head(record_type: str, id_form: str) -> tuple[Field, ...]:
    return (
        _field("schema_version:str", f'"{SCHEMA_VERSION}"; within a major version fields are only added'),
        _field("record_type:str", f'"{record_type}"'),
        _field("id:str", id_form, "DC identifier"),
    )


def _pointer(whose: str, *, nullable: bool) -> tuple[Field, ...]:
    mark = "?" if nullable else ""
    return (
        _field(f"warc_filename:str{mark}", f"WARC file of {whose}, relative to the collection's archive/", "CDXJ filename"),
        _field(f"warc_record_offset:int{mark}", "where the record begins, bytes in the compressed file", "CDXJ offset"),
        _field(f"warc_record_length:int{mark}", "length of the record, bytes in the compressed file", "CDXJ length"),
        _field(f"warc_record_id:str{mark}", "urn:uuid:…, without the angle brackets", "WARC-Record-ID"),
        _field(f"warc_type:str{mark}", "response or revisit", "WARC-Type"),
        # Null too where the stored message could not be read as HTTP, which has no payload.
        _field("warc_payload_digest:str" + mark, "sha256:… or sha1:… as in the record", "WARC-Payload-Digest"),
        _field("warc_refers_to_filename:str?", "where the bytes are when the record is a revisit", "WARC-Refers-To"),
        _field("warc_refers_to_offset:int?", "offset of that record", "WARC-Refers-To"),
        _field("warc_refers_to_length:int?", "length of that record", "WARC-Refers-To"),
        _field("warc_refers_to_record_id:str?", "id of that record", "WARC-Refers-To"),
    )


ARTICLE = (
    *_head("article", "art: + 32 hex of sha256(article_id + warc_record_id): this row"),
    _field("article_id:str", "url: + 32 hex of sha256(url_normalized): the same for every version of one article"),
    _field("version:int", "1, 2, …: counts up only when content_digest changes"),
    _field("url:str", "URL requested", "WARC-Target-URI of the first hop"),
    _field("url_final:str", "URL that answered, after redirects"),
    _field("url_canonical:str?", "rel=canonical or og:url as stated"),
    _field("url_normalized:str", "key for merging discoveries and versions: scheme, fragment and tracking parameters dropped"),
    _field("urlkey:str", "SURT key as in CDXJ, for look-up only", "CDXJ urlkey"),
    _field("domain:str", "registrable domain"),
    _field("site_name:str?", "name of the outlet", "schema.org publisher.name"),
    _field("fetched_at:instant", "WARC-Date of the response record, cut to milliseconds", "WARC-Date"),
    _field("http_status:int", "status code", "CDXJ status"),
    _field("mime:str", "media type as served", "CDXJ mime"),
    _field("charset:str", "charset used to decode, lower case"),
    *_pointer("the capture", nullable=False),
    _field("discovered_via:str", "section pagination feed sitemap news_sitemap wp_rest seed; unknown from a foreign WARC"),
    _field("discovered_from:str?", "the listing or feed it was first found on"),
    _field("depth:int", "link steps from the seed"),
    _field("title:str?", "headline", "schema.org headline"),
    _field("description:str?", "standfirst or meta description", "schema.org description"),
    _field("text:str", "clean text, paragraphs split by newline; empty when extraction failed", "schema.org articleBody"),
    _field("authors:list", "byline names in order", "schema.org author"),
    _field("date_published:instant?", "first publication; null if only a day is known", "schema.org datePublished"),
    _field("date_published_day:str?", "YYYY-MM-DD in the outlet's own zone"),
    _field("date_published_precision:str", "second minute day none"),
    _field("date_published_source:str", "jsonld meta time_tag url feed sitemap listing text none"),
    _field("date_published_raw:str?", "as found"),
    _field("date_modified:instant?", "last edit as stated", "schema.org dateModified"),
    _field("date_modified_raw:str?", "as found"),
    _field("language:str?", "BCP 47, as the page states", "schema.org inLanguage"),
    _field("language_detected:str?", "ISO 639-1 of the text"),
    _field("section:str?", "main section", "schema.org articleSection"),
    _field("breadcrumbs:list", "top first"),
    _field("tags:list", "keywords in order", "schema.org keywords"),
    _field("image_url:str?", "lead image", "schema.org image"),
    _field("image_urls:list", "images within the article", "schema.org image"),
    _field("links_out:list", "absolute http(s) links in the body, in order"),
    _field("is_accessible_for_free:bool?", "as stated", "schema.org isAccessibleForFree"),
    _field("license:str?", "as stated", "DC rights"),
    _field("tdm_reservation:bool?", "text-and-data-mining opt-out as stated", "TDMRep"),
    _field("tdm_policy:str?", "URL of the text-and-data-mining policy as stated", "TDMRep"),
    _field("noarchive:bool?", "the page or its headers ask not to be archived"),
    _field("page_type:str", "article listing liveblog video gallery consent blocked soft_404 js_required unknown"),
    _field("word_count:int", "words of text; each ideograph and kana counts as one", "schema.org wordCount"),
    _field("char_count:int", "Unicode code points of text"),
    _field("content_digest:str", 'sha256: of NFC(title + "\\n" + text): a changed digest is a new version'),
    _field("simhash:str", "sh64: + 16 hex, of text"),
    _field("extraction_status:str", "ok short (under 100 characters) empty error timeout: the row is never dropped"),
    _field("extractor:str", "name/version"),
    _field("extractor_config:str", "sha256: of the options"),
    _field("run_id:str", "joins runs.jsonl; also in every warcinfo"),
)

APPEARANCE = (
    *_head("appearance", "app: + 32 hex: this row"),
    _field("run_id:str", "joins runs.jsonl"),
    _field("listing_url:str", "URL requested"),
    _field("listing_url_final:str", "URL that answered, after redirects"),
    _field("listing_id:str", "url: + 32 hex of the listing's normalised URL, stable through time"),
    _field("listing_title:str?", "title of the listing page"),
    _field("listing_type:str", "home section tag category author date_archive feed sitemap"),
    _field("page_number:int", "1-based page of the section"),
    _field("observed_at:instant", "WARC-Date of the listing, cut to milliseconds", "WARC-Date"),
    _field("rank:int", "1-based among the article links of this page, in document order, each URL once"),
    _field("items_on_page:int", "article links on this page"),
    _field("block:str?", "heading of the block the link stands in"),
    _field("url:str", "the article link"),
    _field("article_id:str", "url: + 32 hex, joins articles.jsonl"),
    _field("headline:str?", "as printed on the listing, which may differ from the article's title"),
    _field("teaser:str?", "as printed"),
    _field("byline_raw:str?", "as printed"),
    _field("date_raw:str?", "as printed"),
    _field("image_url:str?", "the entry's image"),
    _field("label:str?", "live, premium, …"),
    *_pointer("the listing's capture", nullable=False),
)

FAILURE = (
    *_head("failure", "fail: + 32 hex: this row"),
    _field("run_id:str", "joins runs.jsonl"),
    _field("url:str", "URL that was wanted and not had"),
    _field(
        "reason:str",
        "dns refused reset truncated tls timeout http_status gone robots robots_unavailable too_large scope private_address trap"
        " redirect not_html protocol decode blocked extraction cancelled",
    ),
    _field("http_status:int?", "status code where one came"),
    _field("detail:str?", "what went wrong, in a few words"),
    _field("tries:int", "requests sent for it in this run"),
    _field("at:instant", "when it failed for good"),
    _field("discovered_via:str", "as in articles.jsonl"),
    _field("discovered_from:str?", "the page it was found on"),
    *_pointer("the last exchange, null where no bytes were captured", nullable=True),
)

RUN = (
    _field("schema_version:str", f'"{SCHEMA_VERSION}"'),
    _field("record_type:str", '"run"'),
    _field("run_id:str", "run: + id, also in every warcinfo", "DC identifier"),
    _field("started_at:instant", "when the run began"),
    _field("ended_at:instant?", "when it ended; null where that is not known"),
    _field("finish_reason:str?", "finished limit cancelled interrupted disk error; the last line of a run_id counts"),
    _field("seeds:list", "URLs the run began with"),
    _field("settings:str", "a JSON object of those in force"),
    _field("software:list", "name/version of what took part"),
    _field("user_agent:str", "as sent"),
    _field("operator:str?", "who runs the crawl"),
    _field("robots_policy:str", "obey or ignore"),
    _field("hostname:str", "machine of the crawl"),
    _field("listings:int", "listing pages, feeds and sitemaps read"),
    _field("articles_new:int", "articles with their first row"),
    _field("articles_changed:int", "articles with a new version"),
    _field("articles_unchanged:int", "articles checked again and found the same"),
    _field("appearances:int", "rows written to appearances.jsonl"),
    _field("failures:int", "rows written to failures.jsonl"),
    _field("requisites:int", "page requisites captured"),
    _field("exchanges:int", "HTTP exchanges on the wire"),
    _field("revisits:int", "of these, kept as revisit records"),
    _field("bytes_received:int", "bytes received on the wire, HTTP heads and bodies"),
    _field("warc_files:list", "files this run closed"),
)

TABLES: Mapping[RecordType, Table] = MappingProxyType(
    {"article": ARTICLE, "appearance": APPEARANCE, "failure": FAILURE, "run": RUN}
)
FILENAMES: Mapping[RecordType, str] = MappingProxyType(
    {"article": "articles.jsonl", "appearance": "appearances.jsonl", "failure": "failures.jsonl", "run": "runs.jsonl"}
)
_PYTHON_TYPES: dict[Kind, type] = {"str": str, "int": int, "bool": bool, "instant": str, "list": list}


class RowError(ArchiverError):
    """A row that does not fit its table: a fault of this program, never of a page."""


def complete_row(record_type: RecordType, values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` as a row: every key, in the table's order, of the table's type. Raises RowError otherwise.

    ``schema_version`` and ``record_type`` are filled in; nullable fields may be left out.
    """
    table = TABLES[record_type]
    given = {"schema_version": SCHEMA_VERSION, "record_type": record_type, **values}
    row = {field.name: _checked(record_type, field, given.pop(field.name, None)) for field in table}
    if given:
        raise RowError(f"{record_type} row: unknown fields {', '.join(sorted(given))}")
    return row


def _checked(record_type: str, field: Field, value: Any) -> Any:
    if value is None:
        if not field.nullable:
            raise RowError(f"{record_type} row: {field.name} is missing")
        return None
    expected = _PYTHON_TYPES[field.kind]
    if type(value) is not expected:
        raise RowError(f"{record_type} row: {field.name} is {type(value).__name__}, not {expected.__name__}")
    return value


def json_schema(record_type: RecordType) -> dict[str, Any]:
    """JSON Schema (2020-12) of one line."""
    kinds = {"str": "string", "int": "integer", "bool": "boolean"}

    def rule(field: Field) -> dict[str, Any]:
        if field.kind == "list":
            base: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
        elif field.kind == "instant":
            base = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
        else:
            base = {"type": kinds[field.kind]}
        if field.nullable:
            base["type"] = [base["type"], "null"]
        return base | {"description": field.meaning}

    table = TABLES[record_type]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": FILENAMES[record_type],
        "type": "object",
        "properties": {field.name: rule(field) for field in table},
        "required": [field.name for field in table],
        "additionalProperties": False,
    }
