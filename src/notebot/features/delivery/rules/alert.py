"""Decides which alerts are raised and which are over, from what is wrong now and what was wrong before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.arxiv_calendar import announcement_days_since
from notebot.features.delivery.rules.events import AlertEvent, AlertKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SOURCE_DAYS = 2
"""A source is reported once it has failed for more announcement days than this, as in ``status`` (rules.md 5.6)."""
LATE_AFTER = timedelta(hours=1)
"""How long after its deadline a digest is late: the round itself may take a while."""
LATE_NOTICED_FOR = timedelta(minutes=15)
"""How long a late digest is watched: after a night of sleep, a computer first has to poll."""


class Cause(Struct, frozen=True):
    """Something that is wrong; at most one alert is sent about it until it is over."""

    kind: AlertKind
    subject: str
    since: datetime
    """When it began, or was first noticed."""
    noticed_at: datetime
    detail: str = ""
    raised: bool = False
    """An alert was sent."""

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.subject}"


def is_lasting(cause: Cause, now: datetime) -> bool:
    """True once an alert is due."""
    if cause.kind is AlertKind.SOURCE:
        return announcement_days_since(cause.since, now) > SOURCE_DAYS
    return now - cause.noticed_at >= LATE_NOTICED_FOR


def compare(
    present: Sequence[Cause], known: Mapping[str, Cause], now: datetime
) -> tuple[list[Cause], list[str], list[AlertEvent]]:
    """What has changed.

    Args:
        present: what is wrong now.
        known: what was wrong before, by key.

    Returns:
        The causes to store, the keys of those to forget, and the alerts to send.
    """
    changed, alerts = [], []
    for cause in present:
        before = known.get(cause.key)
        current = cause
        if before is not None:
            # the first notice counts, unless the clock was set back since
            noticed_at = min(before.noticed_at, cause.noticed_at)
            current = replace(cause, since=min(before.since, cause.since), noticed_at=noticed_at, raised=before.raised)
        if not current.raised and is_lasting(current, now):
            current = replace(current, raised=True)
            alerts.append(AlertEvent(current.kind, current.subject, current.since, current.detail))
        # the words of an error may change at every poll, and are not worth a write each
        if before is None or (before.raised, before.since) != (current.raised, current.since):
            changed.append(current)
    gone = {key: cause for key, cause in known.items() if all(each.key != key for each in present)}
    alerts += [AlertEvent(cause.kind, cause.subject, cause.since, over=True) for cause in gone.values() if cause.raised]
    return changed, list(gone), alerts
