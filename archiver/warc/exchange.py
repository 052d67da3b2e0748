"""One HTTP exchange as it went over the wire, and the records that keep it: metadata, request, response or revisit.

The response is the last of the group: a file that ends with a whole response holds its request and metadata too, so a crash can
only cut a capture as a whole (WARC/1.1 leaves the order open).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime

from archiver.errors import HttpFormatError
from archiver.model import TruncatedReason
from archiver.warc import http1
from archiver.warc.records import (
    HTTP_REQUEST,
    HTTP_RESPONSE,
    IDENTICAL_PAYLOAD,
    SERVER_NOT_MODIFIED,
    WARC_FIELDS,
    Record,
    format_warc_date,
    new_record_id,
    sha256_digest,
    warc_fields,
)

# Media types whose bytes do not get smaller (measured: isal level 1 and zlib level 9 differ by under 1 %).
_CODED_TYPES = (b"image/", b"video/", b"audio/", b"font/", b"application/zip", b"application/gzip", b"application/pdf")
_TEXTUAL_IMAGES = (b"image/svg", b"image/bmp", b"image/x-icon", b"image/vnd.microsoft.icon")


@dataclass(frozen=True, slots=True)
class Exchange:
    """What passed between one request and its end, above TLS and below parsing.

    ``received`` is every byte that came (interim messages, the final one, surplus); its last ``surplus_length`` bytes lie beyond
    the message's end. ``started_at`` is when the request was sent; ``truncated`` is set when our side ended the exchange, or the
    connection was reset. ``protocols`` and ``cipher_suite`` as in WARC-Protocol and WARC-Cipher-Suite.
    """

    url: str
    request: bytes
    received: bytes
    started_at: datetime
    fetch_time_ms: int
    surplus_length: int = 0
    truncated: TruncatedReason | None = None
    ip_address: str | None = None
    protocols: tuple[str, ...] = ()
    cipher_suite: str | None = None
    notes: tuple[tuple[str, str], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Reading:
    """An exchange taken apart. ``block`` is the final message byte for byte; ``message`` is ``None`` where it has no HTTP head."""

    interim: bytes
    block: bytes
    surplus: bytes
    message: http1.Message | None
    truncated: TruncatedReason | None
    payload_digest: str | None

    @property
    def status(self) -> int | None:
        """Status code of the final message."""
        return self.message.head.status if self.message else None

    @property
    def is_complete(self) -> bool:
        """A whole message that may be referred to, deduplicated and extracted."""
        return self.message is not None and self.truncated is None

    @property
    def may_be_revisit(self) -> bool:
        """Whether its head alone keeps everything but the payload: trailers come after the body (DESIGN §6)."""
        return self.is_complete and self.message is not None and not self.message.trailers


@dataclass(frozen=True, slots=True)
class Original:
    """The earlier capture a revisit refers to; ``date`` is the original's own WARC-Date string."""

    record_id: str
    target_uri: str
    date: str
    payload_digest: str


def read_exchange(exchange: Exchange) -> Reading:
    """Take the received bytes apart (DESIGN §5.3). Pure, never raises.

    What the framing says is beyond the message's end is surplus too, whatever ``surplus_length`` says (a body after a 204).
    """
    received = exchange.received
    until = max(0, len(received) - exchange.surplus_length)
    stream, surplus = received[:until], received[until:]
    start = http1.final_message_start(stream)
    interim, block = stream[:start], stream[start:]
    try:
        message = http1.read_message(block, method=exchange.request.partition(b" ")[0])
    except HttpFormatError:
        # Where no HTTP ends is unknown: only a head that may have begun is known to be cut.
        cut = exchange.truncated or ("disconnect" if http1.is_cut_head(block) else None)
        return Reading(interim, block, surplus, None, cut, None)
    block, surplus = block[: message.end], block[message.end :] + surplus
    truncated = exchange.truncated if not message.complete or message.framing == "close" else None
    if not message.complete:
        truncated = truncated or "disconnect"
    # A digest over a body that is still packed for transfer would be wrong (WARC/1.1 §6.3.2).
    digest = None if http1.is_packed_for_transfer(message.head) else sha256_digest([message.entity])
    return Reading(interim, block, surplus, message, truncated, digest)


def exchange_records(
    exchange: Exchange,
    reading: Reading,
    *,
    warcinfo_id: str,
    original: Original | None = None,
    metadata: tuple[tuple[str, str], ...] = (),
) -> list[Record]:
    """The records of one exchange in the order they are written; the last is the response or revisit.

    With ``original`` a revisit is written: server-not-modified for a 304, identical-payload-digest otherwise; but never where a
    revisit would lose bytes (``may_be_revisit``). An exchange that got no bytes has no response record.
    """
    date = format_warc_date(exchange.started_at)
    response_id = new_record_id() if reading.block else None
    request_id = new_record_id()
    shared = (("WARC-Date", date), ("WARC-Target-URI", exchange.url), ("WARC-Warcinfo-ID", warcinfo_id))
    pairs = metadata + exchange.notes + _wire_notes(exchange, reading)
    records = [
        _record(
            "metadata",
            new_record_id(),
            (*shared, ("WARC-Concurrent-To", response_id or request_id)),
            WARC_FIELDS,
            (warc_fields(pairs),),
        ),
        _record(
            "request",
            request_id,
            (*shared, *_connection(exchange), *_concurrent(response_id)),
            HTTP_REQUEST,
            (exchange.request,),
            payload=_request_body(exchange.request),
        ),
    ]
    if response_id is not None:
        common = (*shared, *_connection(exchange), ("WARC-Concurrent-To", request_id))
        records.append(_response(response_id, common, reading, original if reading.may_be_revisit else None))
    return records


def _request_body(request: bytes) -> bytes:
    head = http1.parse_head(request)
    return request[head.length :] if head else b""


def _response(record_id: str, common: tuple[tuple[str, str], ...], reading: Reading, original: Original | None) -> Record:
    if original is None:
        digest = (("WARC-Payload-Digest", reading.payload_digest),) if reading.payload_digest else ()
        cut = (("WARC-Truncated", reading.truncated),) if reading.truncated else ()
        coded = has_coded_body(reading.message.head if reading.message else None)
        return _record("response", record_id, (*common, *digest, *cut), HTTP_RESPONSE, (reading.block,), coded=coded)
    head = reading.block if reading.status == 304 else reading.block[: reading.message.head.length if reading.message else 0]
    refers_to = (
        ("WARC-Profile", SERVER_NOT_MODIFIED if reading.status == 304 else IDENTICAL_PAYLOAD),
        ("WARC-Refers-To", original.record_id),
        ("WARC-Refers-To-Target-URI", original.target_uri),
        ("WARC-Refers-To-Date", original.date),
        ("WARC-Payload-Digest", original.payload_digest),
    )
    return _record("revisit", record_id, (*common, *refers_to), HTTP_RESPONSE, (head,))


def _record(
    warc_type: str,
    record_id: str,
    fields: tuple[tuple[str, str], ...],
    content_type: str,
    block: tuple[bytes, ...],
    *,
    payload: bytes | None = None,
    coded: bool = False,
) -> Record:
    digests = [("WARC-Block-Digest", sha256_digest(block))]
    if payload is not None:
        digests.append(("WARC-Payload-Digest", sha256_digest([payload])))
    head = (("WARC-Type", warc_type), ("WARC-Record-ID", record_id))
    return Record((*head, *fields, *digests, ("Content-Type", content_type)), block, body_is_coded=coded)


def _connection(exchange: Exchange) -> tuple[tuple[str, str], ...]:
    address = (("WARC-IP-Address", exchange.ip_address),) if exchange.ip_address else ()
    cipher = (("WARC-Cipher-Suite", exchange.cipher_suite),) if exchange.cipher_suite else ()
    return (*address, *(("WARC-Protocol", name) for name in exchange.protocols), *cipher)


def _concurrent(record_id: str | None) -> tuple[tuple[str, str], ...]:
    return (("WARC-Concurrent-To", record_id),) if record_id else ()


def _wire_notes(exchange: Exchange, reading: Reading) -> tuple[tuple[str, str], ...]:
    """What has no place in a response block: interim messages and bytes beyond the end, byte-exact in base64."""
    notes = [("fetchTimeMs", str(exchange.fetch_time_ms)), ("receivedBytes", str(len(exchange.received)))]
    if reading.interim:
        notes.append(("interimBase64", base64.b64encode(reading.interim).decode("ascii")))
    if reading.surplus:
        notes.append(("surplusBase64", base64.b64encode(reading.surplus).decode("ascii")))
    if reading.truncated:
        notes.append(("truncated", reading.truncated))
    return tuple(notes)


def has_coded_body(head: http1.Head | None) -> bool:
    """Whether a message with this head holds bytes that are compressed already: what the writer's choice of compressor goes by."""
    if head is None:
        return False
    if (head.get(b"Content-Encoding") or b"identity").strip().lower() not in (b"identity", b""):
        return True
    content_type = (head.get(b"Content-Type") or b"").strip().lower()
    return content_type.startswith(_CODED_TYPES) and not content_type.startswith(_TEXTUAL_IMAGES)
