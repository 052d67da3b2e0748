"""What the tests of this folder share: a real crawl in a process of its own, and what it left, read back and put together."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from archiver.collection.layout import Collection
from archiver.warc.http1 import parse_head
from archiver.warc.reader import Damage, read_records
from archiver.warc.records import parse_warc_fields

REPOSITORY = Path(__file__).parent.parent.parent
# No throttling, and one try: what a test asks for beyond that it says.
QUICK = ("--delay", "0", "--retries", "0", "--timeout", "5")


@dataclass(frozen=True)
class Record:
    """One WARC record. ``fields`` in order, brackets kept; ``block`` is its content."""

    filename: str
    offset: int
    fields: tuple[tuple[str, str], ...]
    block: bytes

    def get(self, name: str) -> str | None:
        """Value of a field, without angle brackets."""
        values = self.all(name)
        return values[0] if values else None

    def all(self, name: str) -> list[str]:
        return [value.strip("<>") for field, value in self.fields if field.lower() == name.lower()]

    @property
    def type(self) -> str:
        return self.get("WARC-Type") or ""

    @property
    def id(self) -> str:
        return self.get("WARC-Record-ID") or ""

    @property
    def url(self) -> str:
        return self.get("WARC-Target-URI") or ""

    @cached_property
    def pairs(self) -> dict[str, str]:
        """The block of a ``metadata`` or ``warcinfo`` record."""
        return dict(parse_warc_fields(self.block))

    def decoded(self, name: str) -> bytes:
        """A base64 pair of a ``metadata`` record, ``b""`` where there is none."""
        return base64.b64decode(self.pairs.get(name, ""))


@dataclass(frozen=True)
class Group:
    """The records of one exchange. ``late``: surplus that came after the response was written."""

    metadata: Record
    request: Record
    response: Record | None
    late: bytes = b""

    @property
    def url(self) -> str:
        return self.request.url

    @property
    def block(self) -> bytes:
        return self.response.block if self.response else b""

    @property
    def is_revisit(self) -> bool:
        return self.response is not None and self.response.type == "revisit"

    def holds(self, sent: bytes) -> bool:
        """Whether the response is what was ``sent``, byte for byte; of a revisit the head is."""
        head = parse_head(sent) if self.is_revisit else None
        return self.block == (sent[: head.length] if head else sent)

    @property
    def truncated(self) -> str | None:
        return self.response.get("WARC-Truncated") if self.response else None

    @property
    def interim(self) -> bytes:
        return self.metadata.decoded("interimBase64")

    @property
    def surplus(self) -> bytes:
        return self.metadata.decoded("surplusBase64") + self.late


class Kept:
    """What a crawl left in its collection folder."""

    def __init__(self, root: Path) -> None:
        self.root, self.collection = root, Collection(root)

    @cached_property
    def records(self) -> list[Record]:
        """Every record of ``archive/``, in the order written; asserts that all of it can be read."""
        return [record for path in self.collection.warcs() for record in read_file(path)]

    @cached_property
    def groups(self) -> list[Group]:
        """Every exchange, in the order written."""
        joined = {record.id: record for record in self.records}
        late: defaultdict[str, bytes] = defaultdict(bytes)
        for record in self.records:
            if record.type == "metadata" and "surplusBase64" in record.pairs and not record.get("WARC-Concurrent-To"):
                late[record.get("WARC-Refers-To") or record.url] += record.decoded("surplusBase64")
        by_target = {record.get("WARC-Concurrent-To"): record for record in self.records if record.type == "metadata"}
        groups = []
        for request in self.records:
            if request.type == "request":
                response = joined.get(request.get("WARC-Concurrent-To") or "")
                key = response.id if response else request.id
                groups.append(Group(by_target[key], request, response, late.get(key, b"")))
        return groups

    def of(self, path: str) -> list[Group]:
        """The exchanges for URLs that end in ``path``."""
        return [group for group in self.groups if group.url.endswith(path)]

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of one file of the dataset: ``articles``, ``appearances``, ``failures`` or ``runs``."""
        path = self.collection.dataset / f"{name}.jsonl"
        return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []

    @property
    def failures(self) -> dict[str, str]:
        """Reason by URL."""
        return {row["url"]: row["reason"] for row in self.rows("failures")}

    @property
    def articles(self) -> dict[str, dict[str, Any]]:
        return {row["url"]: row for row in self.rows("articles")}

    @property
    def log(self) -> str:
        return "".join(path.read_text("utf-8") for path in sorted(self.collection.logs.glob("*.log")))

    @property
    def finish_reason(self) -> str:
        return str(self.rows("runs")[-1]["finish_reason"])

    def all_bytes(self) -> Iterator[tuple[str, bytes]]:
        """Every file but the records of requests: where no secret may stand. WARC files come unpacked."""
        for path in sorted(self.root.rglob("*")):
            if path.is_file() and ".warc.gz" not in path.name and path.name not in ("collection.toml", "cookies.txt"):
                yield path.name, path.read_bytes()
        for record in self.records:
            yield f"{record.filename}@{record.offset} ({record.type})", repr(record.fields).encode() + record.block


def read_file(path: Path) -> list[Record]:
    """Every record of one WARC file."""
    records = []
    for item in read_records(path):
        assert not isinstance(item, Damage), item
        records.append(Record(path.name, item.offset, tuple(item.fields), item.read()))
    return records


@dataclass(frozen=True)
class Crawl:
    """A crawl that has ended."""

    kept: Kept
    code: int
    stdout: str
    stderr: str

    @property
    def messages(self) -> list[str]:
        """Lines on stderr, without the advice to name a contact."""
        return [line for line in self.stderr.splitlines() if line and "no contact is set" not in line]


def start(urls: Sequence[str], folder: Path, *flags: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """``archiver crawl`` as a user runs it; the proxies of the environment are taken out."""
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    command = [sys.executable, "-m", "archiver", "crawl", *urls, "-o", str(folder), *QUICK, *flags]
    return subprocess.Popen(
        command,
        cwd=folder.parent,
        env={**clean, "PYTHONPATH": str(REPOSITORY), **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def crawl(urls: Sequence[str], folder: Path, *flags: str, env: dict[str, str] | None = None, timeout_s: float = 300) -> Crawl:
    """Run to the end."""
    process = start(urls, folder, *flags, env=env)
    try:
        stdout, stderr = process.communicate(timeout=timeout_s)
    finally:
        process.kill()
    return Crawl(Kept(folder), process.returncode, stdout, stderr)
