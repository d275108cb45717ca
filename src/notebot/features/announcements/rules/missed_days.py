"""Works out from OAI's list of changes which papers were announced or replaced on missed days.

OAI lists records by the day of their last change, whatever changed. So (rules.md 3.4)

    never announced here, id above all ids seen before  ->  first announced in the gap
    newest version submitted for a batch of the gap     ->  replaced in the gap
    anything else that was never announced here         ->  an older paper: changed, held or cross-listed
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
    from notebot.core.model.filing_records import FilingDates

STALE_SHARE = 0.2
"""The share of a batch that has to belong to another day before it counts as that day's."""
NEIGHBOURS = 5
"""Papers on each side whose days give the day of a paper that was replaced since."""


class Gap(Struct, frozen=True):
    """The announcement days for which a list of changes is read, both included."""

    category: str
    since: date
    until: date
    known_up_to: str
    """The highest id seen before the gap: ids are given in the order of announcement."""


class Recovery(Struct, frozen=True):
    """The papers that a list of changes adds to the days of a gap."""

    entries: Mapping[date, tuple[Entry, ...]]
    """Announced in the gap and not filed under the category yet, by announcement day."""
    older: tuple[OaiRecord, ...]
    """Never announced here, and older than the gap: OAI does not say why they changed."""


def recover(records: Sequence[OaiRecord], gap: Gap, filed: Mapping[str, FilingDates]) -> Recovery:
    """Decides for every record whether its paper was announced in the gap, and on which day.

    Args:
        filed: by arXiv id, what was filed under the category before; nothing for a paper never filed.
    """
    days, begin = announcement_days(records, gap.known_up_to), announcement_day_on_or_after(gap.since)
    entries: dict[date, list[Entry]] = defaultdict(list)
    older = []
    for record in records:
        before = filed.get(record.arxiv_id)
        # not first_on: a paper of which only a later replacement was filed was first announced all the same
        is_first = before is None or before.first_on is None
        primary = record.categories[0]
        # the first category is the primary one; a record may use its alias (cs.NA for math.NA)
        is_primary = ALIASES.get(primary, primary) == ALIASES.get(gap.category, gap.category)
        if is_first and _is_above(record.arxiv_id, gap.known_up_to):
            day = max(days[record.arxiv_id], begin)
            kind = AnnounceType.NEW if is_primary else AnnounceType.CROSS
        elif (
            record.updated is not None
            and record.updated >= submissions_opened_on(gap.since)
            # a version is announced after the day of its submission, so anything filed later covers it
            and (before is None or before.last_on <= record.updated)
        ):
            day = _batch_day(record.datestamp)
            if day <= record.updated:  # its record was made early
                day = announcement_day_on_or_after(record.updated + timedelta(days=1))
            kind = AnnounceType.REPLACE if is_primary else AnnounceType.REPLACE_CROSS
        else:
            if before is None and gap.since <= record.datestamp <= gap.until:
                older.append(record)
            continue
        # a day after the gap has a feed of its own, which brings the paper
        if begin <= day <= gap.until:
            entries[day].append(entry_of(record, kind, day))
    return Recovery({day: tuple(entries[day]) for day in sorted(entries)}, tuple(older))


def announcement_days(records: Sequence[OaiRecord], known_up_to: str) -> dict[str, date]:
    """The announcement day of each paper, by id; for ids above ``known_up_to``, its first one.

    The datestamp is that day, until a replacement or a corrected record moves it. Then the papers with the
    nearest ids give the day.
    """
    days = {record.arxiv_id: _batch_day(record.datestamp) for record in records}
    new = sorted((r for r in records if _is_above(r.arxiv_id, known_up_to)), key=lambda r: r.arxiv_id)
    settled, own_days = [record.arxiv_id for record in new if record.updated is None], dict(days)
    for record in new:
        near = [own_days[arxiv_id] for arxiv_id in _neighbours(settled, record.arxiv_id)]
        is_last = bool(settled) and record.arxiv_id >= settled[-1]
        if not near or (is_last and record.updated is None):
            continue  # no paper with a higher id shows that this one was announced before its datestamp
        # in a tie, a replaced paper takes the earlier day, because its datestamp has moved; others take the later one
        middle = median_low(near) if record.updated is not None else median_high(near)
        days[record.arxiv_id] = min(own_days[record.arxiv_id], middle)
    return days


def _neighbours(ids: Sequence[str], arxiv_id: str) -> Sequence[str]:
    """Equally many of the sorted ids on both sides, without the id itself; at an end, the nearest id only."""
    place = bisect_left(ids, arxiv_id)
    above = place + (place < len(ids) and ids[place] == arxiv_id)
    width = min(NEIGHBOURS, place, len(ids) - above)
    if width:
        return [*ids[place - width : place], *ids[above : above + width]]
    return [*ids[max(place - 1, 0) : place], *ids[above : above + 1]]


def batch_day(ids: Iterable[str], records: Sequence[OaiRecord], known_up_to: str) -> date | None:
    """The day of a feed's batch by OAI's datestamps; ``None`` if OAI knows none of its papers."""
    days = announcement_days(records, known_up_to)
    # a feed contains one batch, so the day of most papers decides: a few may have changed since
    counts = Counter(days[arxiv_id] for arxiv_id in ids if arxiv_id in days)
    return max(counts, key=lambda day: (counts[day], day), default=None)


def misfiled(
    fed: Mapping[str, AnnounceType], day: date, records: Sequence[OaiRecord], gap: Gap
) -> dict[date, list[str]]:
    """Papers that a feed filed under ``day`` but that belong to an earlier day of the gap, by that day.

    A few of them may only seem so, because their records have changed since. In a stale feed there are many.

    Args:
        fed: how the feed announced each of its papers.
    """
    days, filed = announcement_days(records, gap.known_up_to), list(fed)
    # a paper of the gap that is replaced in it: its first day says nothing about the day of the replacement
    replaced = {name for name, kind in fed.items() if kind.announce_option == "replace"}
    days |= {record.arxiv_id: _batch_day(record.datestamp) for record in records if record.arxiv_id in replaced}
    homes: dict[date, list[str]] = defaultdict(list)
    for arxiv_id in filed:
        if arxiv_id in days and gap.since <= days[arxiv_id] < day:
            homes[days[arxiv_id]].append(arxiv_id)
    return {home: ids for home, ids in homes.items() if len(ids) >= STALE_SHARE * len(filed)}


def bound_of_first_day(announced: Mapping[str, AnnounceType], *, whole: bool) -> str | None:
    """An id below all ids first announced on a category's first day; ``None`` if it is unknown.

    Args:
        announced: the entries of the day's feed.
        whole: the feed was not truncated, so no new paper has a lower id than the lowest one in it.
    """
    new = filter(is_new_style_id, (name for name, kind in announced.items() if kind is AnnounceType.NEW))
    lowest = min(new, default=None)
    if whole and lowest is not None:
        # one below the lowest id of the day, because only ids above the bound count as first announced
        month, number = lowest.split(".")
        return f"{month}.{int(number) - 1:0{len(number)}d}"
    return latest_id(name for name, kind in announced.items() if kind.announce_option == "replace")


def first_id_of_month(day: date) -> str:
    """The start of all ids given in the month, such as ``2605.``; as text it is less than each of them."""
    return f"{day:%y%m}."


def entry_of(record: OaiRecord, kind: AnnounceType, day: date) -> Entry:
    """The entry that announced the record's paper."""
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


def _is_above(arxiv_id: str, bound: str) -> bool:
    """True for an id given after ``bound``; old ids (``hep-th/9901001``) have no common order."""
    return is_new_style_id(arxiv_id) and arxiv_id > bound


def _batch_day(day: date) -> date:
    """The announcement day of a datestamp: records may change at weekends, but nothing is announced then."""
    return day if day.weekday() < 5 else previous_announcement_day(day)
