"""What the config would bring: `notebot check` beyond its syntax."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.arxiv_calendar import announcement_day
from notebot.features.topics.rules.matching import TopicIndex, prepare_entry
from notebot.features.topics.rules.query import hangs_on_unknown, server_reading
from notebot.features.topics.rules.topic_coverage import ArchiveCheck, check_archive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.ports import Store
    from notebot.features.topics.rules.topic import Topic

LOOK_BACK = timedelta(days=7)
ARCHIVE_LOOK_BACK = timedelta(days=180)
"""Notes with an Issue Date since then are compared (product.md, Topic queries)."""
MANY_A_DAY = 50


class TopicCheck(Struct, frozen=True):
    """One topic against the stored entries of the last 7 days; ``matched`` is ``None`` without any."""

    topic: str
    matched: int | None
    warnings: tuple[str, ...]
    archive: ArchiveCheck | None = None
    """Where it was asked for and there is an archive."""


def check_topics(
    topics: Sequence[Topic], store: Store | None, now: datetime, *, archive: bool = False
) -> list[TopicCheck]:
    """Counts what each topic would have matched, and warns where a query may surprise.

    Args:
        archive: each topic against the archive's notes of the last 180 days too.
    """
    counts, days = _count(topics, store, now)
    checks = [
        TopicCheck(topic.name, counts.get(topic.name, 0) if days else None, _warnings(topic, counts, days))
        for topic in topics
    ]
    if not archive or store is None or not store.notes.count():
        return checks
    told = check_archive(topics, store.notes.all(), (now - ARCHIVE_LOOK_BACK).date())
    return [
        replace(check, archive=replace(one, per_day=_per_day(check.matched, days)))
        for check, one in zip(checks, told, strict=True)
    ]


def _per_day(matched: int | None, days: int) -> float | None:
    return None if matched is None else round(matched / days, 1)


def _count(topics: Sequence[Topic], store: Store | None, now: datetime) -> tuple[dict[str, int], int]:
    if store is None:
        return {}, 0
    index = TopicIndex(topics)
    counts: dict[str, int] = {}
    days = set()
    for entry in store.announcements.stored_since(announcement_day(now) - LOOK_BACK):
        days.add(entry.announced_on)
        for match in index.match(prepare_entry(entry), entry.categories).matched:
            counts[match.topic.name] = counts.get(match.topic.name, 0) + 1
    return counts, len(days)


def _warnings(topic: Topic, counts: dict[str, int], days: int) -> tuple[str, ...]:
    found = []
    if topic.query is not None:
        reading = server_reading(topic.query)
        if reading is not None:
            found.append(f"arXiv's own search would read the query as {reading}; notebot reads it as written.")
        unknown = hangs_on_unknown(topic.query)
        if unknown:
            found.append(
                f"{', '.join(unknown)}: the announcement feed has no author comments, so where the answer "
                "hangs on this it is not known on the day."
            )
    matched = counts.get(topic.name, 0)
    if days and not matched:
        found.append("matched none of the stored entries of the last 7 days.")
    if days and matched / days > MANY_A_DAY:
        found.append(f"matched {matched / days:.0f} papers a day; more than {MANY_A_DAY} is a lot to read.")
    return tuple(found)
