"""Collects the status document: every source, the queue, and the next rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from notebot.core.model.arxiv_calendar import announcement_days_since
from notebot.core.model.source_record import SourceRecord
from notebot.core.model.stub import StubStatus
from notebot.core.note_format.stub_title import NoteStyle, title_line
from notebot.core.schedule.due import next_round_at
from notebot.core.schedule.schedule_text import Schedule
from notebot.features.health.circuit_breaker import blocked_until

if TYPE_CHECKING:
    from datetime import datetime

    from notebot.core.ports import Breakers, Digests, Runs, Sources, Stubs

SERVICES = ("api", "oai", "llm", "fill")
"""Services besides the categories' feeds."""
STALE_AFTER_DAYS = 2
"""A source whose last success is older than this many announcement days raises an alert (rules.md 5.6)."""


class StatusSettings(Struct, frozen=True):
    """The schedules and the watched sources of the config."""

    poll: Schedule
    digest: Schedule
    categories: tuple[str, ...]
    sources: tuple[str, ...] = ()
    """The names of watched sources."""


class RunsStore(Protocol):
    """Where finished rounds are kept."""

    @property
    def runs(self) -> Runs: ...


class StatusStore(RunsStore, Protocol):
    """What the status document reads."""

    @property
    def sources(self) -> Sources: ...
    @property
    def digests(self) -> Digests: ...
    @property
    def stubs(self) -> Stubs: ...
    @property
    def breakers(self) -> Breakers: ...


def status_document(store: StatusStore, settings: StatusSettings, style: NoteStyle, now: datetime) -> dict[str, Any]:
    """The document of ``notebot status --json``; with ``healthy`` false the command exits with 1."""
    records = {record.name: record for record in store.sources.all()}
    # a category without a record was never polled, and has to be visible all the same
    names = (*settings.categories, *settings.sources, *(name for name in SERVICES if name in records))
    sources = [_source(records.get(name, SourceRecord(name)), now) for name in names]
    blocked = [
        (service, state, blocked_until(state, now, probe=False)) for service, state in store.breakers.all().items()
    ]
    poll = store.runs.last("poll")
    latest = store.digests.latest()
    counts = store.stubs.counts()
    kept_at = store.stubs.since(StubStatus.KEPT)
    return {
        "now": now,
        "healthy": not any(source["rings"] for source in sources),
        "sources": sources,
        "queue": {str(status): counts[status] for status in StubStatus},
        "left_alone": [
            {"service": service, "until": until, "failures": state.failures, "reason": state.reason}
            for service, state, until in blocked
            if until is not None
        ],
        "without_metadata": len(store.stubs.wanting_metadata()),
        "last_poll": poll and {"at": poll.started_at, "status": poll.status},
        "last_digest": latest and {"name": latest[0], "at": latest[1]},
        "next": {
            "poll": next_round_at(settings.poll, now, *last_rounds(store, "poll")),
            "digest": next_round_at(settings.digest, now, *last_rounds(store, "digest")),
        },
        "kept_not_in_archive": [
            {
                "arxiv_id": stub.arxiv_id,
                "title_line": title_line(stub, style).text,
                "age_days": max((now - kept_at[stub.key]).days, 0),
            }
            for stub in store.stubs.all(StubStatus.KEPT)
            if stub.note_number is None
        ],
    }


def last_rounds(store: RunsStore, kind: str) -> tuple[datetime | None, datetime | None]:
    """The start of the last round of a kind, and of the last one that succeeded."""
    tried, done = store.runs.last(kind), store.runs.last(kind, "ok")
    return tried.started_at if tried else None, done.started_at if done else None


def _source(record: SourceRecord, now: datetime) -> dict[str, Any]:
    success = record.last_success_at
    if success is None or record.name in SERVICES:
        # a source without any answer is new, or broken if it has failed; API and OAI are asked only when they are
        # needed, so an old success means nothing there
        rings = record.error is not None
    else:
        rings = announcement_days_since(success, now) > STALE_AFTER_DAYS
    return {
        "source": record.name,
        "last_success_at": success,
        "age_s": round((now - success).total_seconds()) if success else None,
        "last_attempt_at": record.last_attempt_at,
        "batch_date": record.last_batch_on,
        "error": record.error and {"kind": record.error_kind, "message": record.error},
        "rings": rings,
    }
