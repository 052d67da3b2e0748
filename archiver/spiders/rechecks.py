"""The known articles that are to be fetched again in this run."""

from __future__ import annotations

from collections.abc import Iterator

from archiver.capture.recheck import is_due, schedule_of
from archiver.capture.session import CaptureSession
from archiver.clock import now
from archiver.model import Discovery
from archiver.warc.records import parse_warc_date


def articles_due(session: CaptureSession) -> Iterator[tuple[str, Discovery]]:
    """Articles of earlier runs that ``--recheck`` asks for now, each with how it was found then."""
    options = session.options
    if options.recheck == "none":
        return
    moment, schedule = now(), schedule_of(options.recheck_schedule)
    check_all = options.recheck == "all"
    max_age_s = None if check_all or not schedule else schedule[-1].total_seconds()
    for url, discovery, first, last in session.lookup.article_checks(max_age_s, besides_run=session.run.run_id):
        if check_all or is_due(parse_warc_date(first), parse_warc_date(last), moment, schedule):
            yield url, discovery
