"""Health at a glance: every source, what waits, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from notebot.core.model.arxiv_calendar import announcement_days_since
from notebot.core.model.source_record import SourceRecord
from notebot.core.model.stub import StubStatus
from notebot.core.note_format.stub_title import NoteStyle, title_line
from notebot.core.schedule.due import next_round_at
from notebot.core.schedule.schedule_text import Schedule
from notebot.features.health.circuit_breaker import closed_until

if TYPE_CHECKING:
    from datetime import datetime

    from notebot.core.ports import Store

SERVICES = ("api", "oai", "llm", "fill")
"""What is asked besides the categories' feeds."""
STALE_AFTER_DAYS = 2
"""A source whose last success is older than this many announcement days rings (rules.md 5.6)."""


class Plans(Struct, frozen=True):
    """What the config schedules and watches."""

    poll: Schedule
    digest: Schedule
    categories: tuple[str, ...]
    sources: tuple[str, ...] = ()
    """The names of watched sources."""


def status_document(store: Store, plans: Plans, style: NoteStyle, now: datetime) -> dict[str, Any]:
    """What ``notebot status --json`` prints. ``healthy`` false makes the command exit with 1."""
    records = {record.name: record for record in store.sources.all()}
    for name in (*plans.categories, *plans.sources):
        records.setdefault(name, SourceRecord(name))
    watched = [
        records[name] for name in (*plans.categories, *plans.sources, *(name for name in SERVICES if name in records))
    ]
    sources = [_source(record, now) for record in watched]
    poll = store.runs.last("poll")
    latest = store.digests.latest()
    counts = store.stubs.counts()
    return {
        "now": now,
        "healthy": not any(source["rings"] for source in sources),
        "sources": sources,
        "queue": {str(status): counts[status] for status in StubStatus},
        "left_alone": _left_alone(store, now),
        "without_metadata": len(store.stubs.wanting_metadata()),
        "last_poll": poll and {"at": poll.started_at, "status": poll.status},
        "last_digest": latest and {"name": latest[0], "at": latest[1]},
        "next": {
            "poll": next_round_at(plans.poll, now, *last_rounds(store, "poll")),
            "digest": next_round_at(plans.digest, now, *last_rounds(store, "digest")),
        },
        "kept_not_in_archive": _kept(store, style, now),
    }


def _left_alone(store: Store, now: datetime) -> list[dict[str, Any]]:
    """Services that are not asked for a while, and why."""
    closed = [
        (service, breaker, closed_until(breaker, now, probe=False)) for service, breaker in store.breakers.all().items()
    ]
    return [
        {"service": service, "until": until, "failures": breaker.failures, "reason": breaker.reason}
        for service, breaker, until in closed
        if until is not None
    ]


def last_rounds(store: Store, kind: str) -> tuple[datetime | None, datetime | None]:
    """When a round was last tried, and when one last succeeded."""
    tried, done = store.runs.last(kind), store.runs.last(kind, "ok")
    return tried.started_at if tried else None, done.started_at if done else None


def _source(record: SourceRecord, now: datetime) -> dict[str, Any]:
    success = record.last_success_at
    return {
        "source": record.name,
        "last_success_at": success,
        "age_s": round((now - success).total_seconds()) if success else None,
        "last_attempt_at": record.last_attempt_at,
        "batch_date": record.last_batch_on,
        "error": record.error and {"kind": record.error_kind, "message": record.error},
        "rings": _rings(record, now),
    }


def _rings(record: SourceRecord, now: datetime) -> bool:
    """A source never asked is new, not ill; one that only ever failed is ill at once.

    API and OAI are asked only when something is needed of them, so silence alone says nothing of them.
    """
    if record.last_success_at is None or record.name in SERVICES:
        return record.error is not None
    return announcement_days_since(record.last_success_at, now) > STALE_AFTER_DAYS


def _kept(store: Store, style: NoteStyle, now: datetime) -> list[dict[str, Any]]:
    since = store.stubs.since(StubStatus.KEPT)
    return [
        {
            "arxiv_id": stub.arxiv_id,
            "title_line": title_line(stub, style).text,
            "age_days": max((now - since[stub.key]).days, 0),
        }
        for stub in store.stubs.all(StubStatus.KEPT)
        if stub.note_number is None
    ]
