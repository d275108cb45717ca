"""Finds out what has been wrong for long, and stores one alert about each cause, and one when it is over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from notebot.core.model.arxiv_calendar import announcement_day
from notebot.core.ports import Transactional
from notebot.core.schedule.schedule_text import CompleteBy, Every, Schedule, last_slot
from notebot.features.delivery.deliver import enqueue
from notebot.features.delivery.rules.alert import LATE_AFTER, Cause, compare
from notebot.features.delivery.rules.events import AlertKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from notebot.core.ports import Runs, Sources
    from notebot.features.delivery.deliver import Deliveries
    from notebot.features.delivery.rules.events import AlertEvent
    from notebot.features.delivery.rules.target import DeliveryTarget


class Causes(Protocol):
    """What is wrong at the moment."""

    def all(self) -> dict[str, Cause]:
        """Every cause, by key."""

    def put(self, cause: Cause) -> None:
        """Inserts or replaces by key."""

    def forget(self, key: str) -> None:
        """Deletes a cause that is over."""


class AlertStore(Transactional, Protocol):
    """What alerts are read from, and where they are kept."""

    @property
    def alerts(self) -> Causes: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def sources(self) -> Sources: ...
    @property
    def runs(self) -> Runs: ...


class AlertSettings(Struct, frozen=True, kw_only=True):
    """What is watched."""

    digest: Schedule
    sources: tuple[str, ...]
    """The categories and the watched sources."""
    services: tuple[str, ...]
    """What is asked only when it is needed: its last success may be old without anything being wrong."""


def check_alerts(
    store: AlertStore, settings: AlertSettings, targets: Sequence[DeliveryTarget], now: datetime
) -> list[AlertEvent]:
    """Stores the alerts that are due for every target that asked for them; returns them."""
    present = [*_failing_sources(store.sources, settings, now), *_late_digest(store.runs, settings.digest, now)]
    known = store.alerts.all()
    if not present and not known:
        return []
    with store.transaction():
        # read again: another process may have raised them meanwhile
        changed, gone, alerts = compare(present, store.alerts.all(), now)
        for cause in changed:
            store.alerts.put(cause)
        for key in gone:
            store.alerts.forget(key)
        for alert in alerts:
            enqueue(store.deliveries, targets, alert, now)
    return alerts


def _failing_sources(sources: Sources, settings: AlertSettings, now: datetime) -> list[Cause]:
    """The sources whose last request failed, each since its last success."""
    causes = []
    for record in sources.all():
        if record.error_kind is None or record.name not in (*settings.sources, *settings.services):
            continue
        is_service = record.name in settings.services
        since = now if is_service or record.last_success_at is None else record.last_success_at
        causes.append(Cause(AlertKind.SOURCE, record.name, since, now, record.error or ""))
    return causes


def _late_digest(runs: Runs, schedule: Schedule, now: datetime) -> list[Cause]:
    """The digest that should have been written an hour ago or more, if there is one."""
    last = runs.last("digest", "ok")
    done_at = last.started_at if last is not None else None
    if isinstance(schedule, CompleteBy):
        day = announcement_day(now)
        due_at, subject = schedule.deadline(day), day.isoformat()
        # one that was asked for by hand has no subject, and counts if it was written on that day
        done = runs.digested(day) or (done_at is not None and done_at >= due_at - timedelta(days=1))
    elif isinstance(schedule, Every):
        # without any digest there is nothing to count from
        due_at = (done_at or now) + timedelta(seconds=2 * schedule.seconds)
        subject, done = f"{due_at:%Y-%m-%d %H:%M}", now < due_at
    else:
        due_at = last_slot(schedule, now)
        subject, done = f"{due_at:%Y-%m-%d %H:%M}", done_at is not None and done_at >= due_at
    if done or now < due_at + LATE_AFTER:
        return []
    # whoever begins in the evening has missed no digest of the morning
    began = runs.first("poll")
    if began is None or began.started_at > due_at:
        return []
    failed = runs.last("digest")
    detail = failed.detail if failed is not None and failed.status != "ok" else ""
    return [Cause(AlertKind.LATE_DIGEST, subject, due_at, now, detail)]
