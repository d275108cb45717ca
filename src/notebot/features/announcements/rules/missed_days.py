"""What an OAI delta says of one category's days: which papers were first announced, and which replaced.

A delta lists records by the day of their last change, whatever changed. So (rules.md 3.4)

    never announced here, id above all that were seen before  ->  first announced in the gap
    newest version submitted for a batch of the gap           ->  replaced in the gap
    anything else that was never announced here               ->  an older paper: changed, held or cross-listed
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from statistics import median_high, median_low
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.arxiv_calendar import (
    announcement_day_on_or_after,
    previous_announcement_day,
    submissions_opened_on,
)
from notebot.core.model.arxiv_id import is_new_style_id, latest_id
from notebot.core.model.category import ALIASES
from notebot.core.model.entry import UNKNOWN_VERSION, AnnounceType, Entry
from notebot.core.model.oai_record import OaiRecord

if TYPE_CHECKING:
    from notebot.core.model.ledger import FilingDates

STALE_SHARE = 0.2
"""The share of a batch that has to be of another day before it counts as another day's."""
NEIGHBOURS = 5
"""Papers on each side whose day tells the day of one that was replaced since."""


class Gap(Struct, frozen=True):
    """The announcement days that a delta is asked about, both included."""

    category: str
    since: date
    until: date
    known_up_to: str
    """The highest id seen before the gap: ids are given in the order of announcement."""


class Recovery(Struct, frozen=True):
    """What a delta brings to the days of a gap."""

    entries: Mapping[date, tuple[Entry, ...]]
    """Announced in the gap and not filed under the category yet, by announcement day."""
    older: tuple[OaiRecord, ...]
    """Never announced here, and older than the gap: OAI cannot tell why they changed."""


def recover(records: Sequence[OaiRecord], gap: Gap, filed: Mapping[str, FilingDates]) -> Recovery:
    """Decides on every record of a delta.

    Args:
        filed: by arXiv id, what was filed under the category before; absent for a paper never filed.
    """
    days, begin = announcement_days(records, gap.known_up_to), announcement_day_on_or_after(gap.since)
    found: dict[date, list[Entry]] = defaultdict(list)
    older = []
    for record in records:
        held = filed.get(record.arxiv_id)
        if _is_first(record, gap, held):
            day, kind = max(days[record.arxiv_id], begin), _first_type(record, gap.category)
        elif _is_replaced(record, gap, held):
            day, kind = _replaced_on(record), _replaced_type(record, gap.category)
        else:
            if held is None and gap.since <= record.datestamp <= gap.until:
                older.append(record)
            continue
        if begin <= day <= gap.until:
            found[day].append(entry_of(record, kind, day))
    return Recovery({day: tuple(found[day]) for day in sorted(found)}, tuple(older))


def announcement_days(records: Sequence[OaiRecord], known_up_to: str) -> dict[str, date]:
    """By id, the day on which each paper was announced, the first time for ids above ``known_up_to``.

    The datestamp tells it, until a replacement or a mended record moves it on: then the papers with the nearest
    ids do.
    """
    days = {record.arxiv_id: _batch_day(record.datestamp) for record in records}
    fresh = sorted((r for r in records if _is_above(r.arxiv_id, known_up_to)), key=lambda r: r.arxiv_id)
    settled, own = [record.arxiv_id for record in fresh if record.updated is None], dict(days)
    for record in fresh:
        told = [own[arxiv_id] for arxiv_id in _neighbours(settled, record.arxiv_id)]
        is_last = bool(settled) and record.arxiv_id >= settled[-1]
        if not told or (is_last and record.updated is None):
            continue  # nothing with a higher id says that it was announced before its datestamp
        middle = median_low(told) if record.updated is not None else median_high(told)
        days[record.arxiv_id] = min(own[record.arxiv_id], middle)
    return days


def _neighbours(ids: Sequence[str], arxiv_id: str) -> Sequence[str]:
    """As many of the sorted ids on either side, itself left out; at an end, the nearest one alone."""
    place = bisect_left(ids, arxiv_id)
    above = place + (place < len(ids) and ids[place] == arxiv_id)
    width = min(NEIGHBOURS, place, len(ids) - above)
    if width:
        return [*ids[place - width : place], *ids[above : above + width]]
    return [*ids[max(place - 1, 0) : place], *ids[above : above + 1]]


def batch_day(ids: Iterable[str], records: Sequence[OaiRecord], known_up_to: str) -> date | None:
    """The day to which a feed's batch belongs by OAI's datestamps; ``None`` where OAI knows none of its papers.

    A feed holds one batch, so the day that most of its papers bear decides: a few may have changed since.
    """
    days = announcement_days(records, known_up_to)
    told = Counter(days[arxiv_id] for arxiv_id in ids if arxiv_id in days)
    return max(told, key=lambda day: (told[day], day), default=None)


def strayed(fed: Iterable[str], day: date, records: Sequence[OaiRecord], gap: Gap) -> dict[date, list[str]]:
    """Papers that a feed filed under ``day`` but that OAI knows from an earlier day of the gap, by that day.

    A few may only look so, for their records have changed since; a stale feed's are many.
    """
    days, filed = announcement_days(records, gap.known_up_to), list(fed)
    homes: dict[date, list[str]] = defaultdict(list)
    for arxiv_id in filed:
        if arxiv_id in days and gap.since <= days[arxiv_id] < day:
            homes[days[arxiv_id]].append(arxiv_id)
    return {home: ids for home, ids in homes.items() if len(ids) >= STALE_SHARE * len(filed)}


def bound_of_first_day(announced: Mapping[str, AnnounceType], *, whole: bool) -> str | None:
    """An id below all that were first announced on a category's first day; ``None`` where that cannot be told.

    Args:
        announced: what the day's feed held.
        whole: nothing was cut off it, so no new paper has a lower id than the lowest one seen.
    """
    new = filter(is_new_style_id, (name for name, kind in announced.items() if kind is AnnounceType.NEW))
    lowest = min(new, default=None)
    if whole and lowest is not None:
        month, number = lowest.split(".")
        return f"{month}.{int(number) - 1:0{len(number)}d}"
    return latest_id(name for name, kind in announced.items() if kind.announce_option == "replace")


def first_id_of_month(day: date) -> str:
    """A bound below every id given in the month of ``day``."""
    return f"{day:%y%m}."


def entry_of(record: OaiRecord, kind: AnnounceType, day: date) -> Entry:
    """The announcement that the record stands for."""
    version = UNKNOWN_VERSION if kind.announce_option == "replace" else 1
    return Entry(
        record.arxiv_id,
        version,
        kind,
        day,
        record.title,
        record.abstract,
        record.authors,
        record.categories,
        record.journal_ref,
        record.doi,
    )


def _is_first(record: OaiRecord, gap: Gap, held: FilingDates | None) -> bool:
    """A paper that only a later replacement was filed of, was first announced all the same."""
    known = held is not None and held.first_on is not None
    return not known and _is_above(record.arxiv_id, gap.known_up_to)


def _is_above(arxiv_id: str, bound: str) -> bool:
    return is_new_style_id(arxiv_id) and arxiv_id > bound


def _is_replaced(record: OaiRecord, gap: Gap, held: FilingDates | None) -> bool:
    """A version submitted on one day is in the batch of a later day, so what was filed since then covers it."""
    if record.updated is None or record.updated < submissions_opened_on(gap.since):
        return False
    return held is None or held.last_on <= record.updated


def _replaced_on(record: OaiRecord) -> date:
    """A version is announced on a later day than it was submitted on, whenever its record was made."""
    day = _batch_day(record.datestamp)
    submitted_on = record.updated or record.created
    return day if day > submitted_on else announcement_day_on_or_after(submitted_on + timedelta(days=1))


def _batch_day(day: date) -> date:
    """At weekends records may change, but nothing is announced."""
    return day if day.weekday() < 5 else previous_announcement_day(day)


def _first_type(record: OaiRecord, category: str) -> AnnounceType:
    return AnnounceType.NEW if _is_primary(record, category) else AnnounceType.CROSS


def _replaced_type(record: OaiRecord, category: str) -> AnnounceType:
    return AnnounceType.REPLACE if _is_primary(record, category) else AnnounceType.REPLACE_CROSS


def _is_primary(record: OaiRecord, category: str) -> bool:
    primary = record.categories[0]
    return ALIASES.get(primary, primary) == ALIASES.get(category, category)
