"""Checks topics against stored entries and the archive, for `notebot check`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.arxiv_calendar import announcement_day
from notebot.features.topics.rules.matching import TopicIndex, prepare_entry
from notebot.features.topics.rules.query import hangs_on_unknown, server_reading
from notebot.features.topics.rules.topic_coverage import ArchiveCheck, check_archive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.ports import Announcements, Notes, Stubs
    from notebot.features.topics.rules.topic import Topic

# rules.md 1.4: entries of the last 7 days, with a warning above 50 a day
LOOK_BACK = timedelta(days=7)
ARCHIVE_LOOK_BACK = timedelta(days=180)
"""Notes with an Issue Date since then are compared (product.md, Topic queries)."""
MANY_A_DAY = 50


class TopicCheckStore(Protocol):
    """What a check of topics reads."""

    @property
    def announcements(self) -> Announcements: ...

    @property
    def notes(self) -> Notes: ...

    @property
    def stubs(self) -> Stubs: ...


class TopicCheck(Struct, frozen=True):
    """One topic compared with the stored entries of the last 7 days."""

    topic: str
    matched: int | None
    """Number of matching entries; ``None`` if no entries are stored."""
    warnings: tuple[str, ...]
    archive: ArchiveCheck | None = None
    """Set only if the comparison was requested and the archive has notes."""


def check_topics(
    topics: Sequence[Topic], store: TopicCheckStore | None, now: datetime, *, archive: bool = False
) -> list[TopicCheck]:
    """Counts what each topic would have matched, and warns where a query may surprise.

    Args:
        archive: also compare each topic with the archive's notes of the last 180 days.
    """
    counts: dict[str, int] = {}
    announcement_days = set()
    if store is not None:
        index = TopicIndex(topics)
        for entry in store.announcements.stored_since(announcement_day(now) - LOOK_BACK):
            announcement_days.add(entry.announced_on)
            for match in index.match(prepare_entry(entry), entry.categories).matched:
                counts[match.topic.name] = counts.get(match.topic.name, 0) + 1
    # Only days with stored entries count: a weekend must not lower the daily rate.
    days = len(announcement_days)
    checks = [
        TopicCheck(topic.name, counts.get(topic.name, 0) if days else None, _warnings(topic, counts, days))
        for topic in topics
    ]
    if not archive or store is None or not store.notes.count():
        return checks
    notes, since = store.notes.all(), (now - ARCHIVE_LOOK_BACK).date()
    noted = [note.arxiv_id for note in notes if note.arxiv_id and note.issue_date and note.issue_date >= since]
    # of most papers that were noted since notebot is in use, the announcement or the stub has the categories
    entries = {arxiv_id: store.announcements.text_of(arxiv_id) for arxiv_id in noted}
    categories = {arxiv_id: entry.categories for arxiv_id, entry in entries.items() if entry and entry.categories}
    for arxiv_id, stub in store.stubs.by_ids(noted).items():
        if stub.categories:
            categories[arxiv_id] = stub.categories
    archive_checks = check_archive(topics, notes, since, categories)
    results = []
    for check, archive_check in zip(checks, archive_checks, strict=True):
        # Without stored entries the daily rate is unknown, not zero.
        per_day = None if check.matched is None else round(check.matched / days, 1)
        results.append(replace(check, archive=replace(archive_check, per_day=per_day)))
    return results


def _warnings(topic: Topic, counts: dict[str, int], days: int) -> tuple[str, ...]:
    warnings = []
    if topic.query is not None:
        # a query that was tried on arXiv's site may match other papers here
        reading = server_reading(topic.query)
        if reading is not None:
            warnings.append(f"arXiv's own search would read the query as {reading}; notebot reads it as written.")
        unknown = hangs_on_unknown(topic.query)
        if unknown:
            warnings.append(
                f"{', '.join(unknown)}: the announcement feed has no author comments, so papers that "
                "only this decides are matched days later."
            )
    # a broken query is easier to see by what it matches than by its text
    matched = counts.get(topic.name, 0)
    if days and not matched:
        warnings.append("matched none of the stored entries of the last 7 days.")
    if days and matched / days > MANY_A_DAY:
        warnings.append(f"matched {matched / days:.0f} papers a day; more than {MANY_A_DAY} is a lot to read.")
    return tuple(warnings)
