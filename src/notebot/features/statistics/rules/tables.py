"""The numbers that the plots show, one table per plot."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.note_format.title_line import venue_of_line
from notebot.features.statistics.rules.prediction import kept_in_first, ranked_before, share_kept_in_first

if TYPE_CHECKING:
    from notebot.core.model.ledger import LedgerRow
    from notebot.core.model.shown_entry import ShownEntry

MOST_TAGS = 20
MOST_VENUES = 15
LEDGER_WEEKS = 26
"""Weeks of the ledger calendar: half a year of squares fits on a phone."""
FIRST = 20
"""The first entries of a digest, as many as are shown in full by default."""
NO_VENUE = "arXiv"

READ_LATER_DAYS = (7, 30, 90, 180, 365)
"""The upper bounds of the ages of notes that wait to be read; older ones share the last row."""
TO_NOTE_DAYS = (0, 1, 3, 7, 30)
"""The upper bounds of the days from announcement to note."""

Cell = str | int | float | None


class NumberTable(Struct, frozen=True):
    """The numbers of one plot."""

    name: str
    """The plot's name in files, addresses and JSON: ``notes_per_month``."""
    keys: tuple[str, ...]
    """The names of the columns in JSON; :mod:`wording` has their headings."""
    rows: tuple[tuple[Cell, ...], ...]


class NoteFacts(Struct, frozen=True):
    """What the statistics need of a note."""

    title_line: str
    issue_date: date | None = None
    tags: tuple[str, ...] = ()


class NoteCounts(Struct, frozen=True):
    """The counts of notes as they are stored; they do not depend on today's date."""

    revision: str
    """The revision of the archive that was counted."""
    months: dict[str, int]
    """By ``2026-05``."""
    tags: dict[str, dict[int, int]]
    """By tag and year."""
    venues: dict[str, int]
    waiting: dict[date, int]
    """Notes that wait to be read, by their issue date."""


class TopicCounts(Struct, frozen=True):
    """For one topic: the announced papers of its categories, those that it matched, and the kept ones among them."""

    topic: str
    announced: int
    matched: int
    kept: int


class Prediction(Struct, frozen=True):
    """How well the order of the digests predicted what the curator kept."""

    digests: int
    """Digests whose ranks are stored."""
    shown: int
    """Their entries."""
    kept: int
    """Those that were kept."""
    auc: float | None
    """How often a kept entry was ranked before another of the same digest: 0.5 is chance, 1 is perfect."""
    kept_in_first_20: float | None
    """Kept entries among the first 20 of a digest, on average over the digests with a kept entry."""
    share_in_first_20: float | None
    """The share of the kept entries that were among the first 20 of their digest."""


def predict(entries: Sequence[ShownEntry]) -> Prediction:
    """How well the order predicted, from the ranks of all digests."""
    return Prediction(
        digests=len({entry.digest for entry in entries}),
        shown=len(entries),
        kept=sum(entry.kept for entry in entries),
        auc=ranked_before(entries),
        kept_in_first_20=kept_in_first(entries, FIRST),
        share_in_first_20=share_kept_in_first(entries, FIRST),
    )


def count_notes(notes: Iterable[NoteFacts], later: str, revision: str = "") -> NoteCounts:
    """Counts notes; reads each once.

    Args:
        later: the tag of notes that wait to be read.
    """
    days: Counter[date] = Counter()
    tags_by_year: defaultdict[int, Counter[str]] = defaultdict(Counter)
    venues: Counter[str] = Counter()
    waiting: Counter[date] = Counter()
    for note in notes:
        venue = venue_of_line(note.title_line)
        if venue is not None:
            # before the date is checked, because a venue counts without one
            venues[venue.name] += 1
        day = note.issue_date
        if day is None:
            continue
        days[day] += 1
        tags_by_year[day.year].update(set(note.tags))
        if later in note.tags:
            waiting[day] += 1
    months: Counter[str] = Counter()
    for day, count in days.items():
        months[day.isoformat()[:7]] += count
    tags: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for year, counts in tags_by_year.items():
        for tag, count in counts.items():
            tags[tag][year] = count
    return NoteCounts(revision, dict(months), dict(tags), dict(venues), dict(waiting))


def add_counts(one: NoteCounts, other: NoteCounts) -> NoteCounts:
    """The counts of two sets of notes together."""
    tags = {
        tag: dict(Counter(one.tags.get(tag, {})) + Counter(other.tags.get(tag, {})))
        for tag in dict.fromkeys((*one.tags, *other.tags))
    }
    return NoteCounts(
        one.revision,
        dict(Counter(one.months) + Counter(other.months)),
        tags,
        dict(Counter(one.venues) + Counter(other.venues)),
        dict(Counter(one.waiting) + Counter(other.waiting)),
    )


def archive_tables(counts: NoteCounts, today: date, hidden: frozenset[str]) -> list[NumberTable]:
    """Notes per month, tags by year, venues, and the age of what waits to be read.

    Args:
        today: in the curator's time zone.
        hidden: tags that are not shown.
    """
    months = counts.months
    waiting: Counter[int] = Counter()
    for day, count in counts.waiting.items():
        # ages change every day, so they are computed here and never stored
        waiting[(today - day).days] += count
    return [
        NumberTable(
            "notes_per_month", ("month", "notes"), tuple((each, months.get(each, 0)) for each in _all_months(months))
        ),
        _tags_by_year(counts.tags, hidden),
        _venues(counts.venues),
        _bounded("read_later_age", "days", waiting, READ_LATER_DAYS),
    ]


def watch_tables(
    topics: Sequence[TopicCounts], ledger: Sequence[LedgerRow], categories: Sequence[str], days_to_note: Iterable[int]
) -> list[NumberTable]:
    """The funnel of each topic, the ledger calendar, and the days from announcement to note.

    Args:
        ledger: the rows of the days that the calendar shows.
        categories: those that are watched; others, such as watched sources, are left out.
    """
    watched = [row for row in ledger if row.category in categories]
    # categories in the order of the config
    watched.sort(key=lambda row: (categories.index(row.category), row.announced_on))
    return [
        NumberTable(
            "topics",
            ("topic", "announced", "matched", "kept", "keep_rate"),
            tuple((one.topic, one.announced, one.matched, one.kept, _share(one.kept, one.matched)) for one in topics),
        ),
        NumberTable(
            "ledger",
            ("category", "date", "state", "announced"),
            tuple((row.category, str(row.announced_on), str(row.state), row.counts.announced) for row in watched),
        ),
        _bounded("days_to_note", "days", Counter(days_to_note), TO_NOTE_DAYS),
    ]


def first_ledger_day(today: date) -> date:
    """The Monday with which the ledger calendar begins."""
    return today - timedelta(days=today.weekday(), weeks=LEDGER_WEEKS - 1)


def _all_months(months: Mapping[str, int]) -> list[str]:
    """Every month from the first to the last, also those without a note."""
    if not months:
        return []
    (year, month), last = map(int, min(months).split("-")), max(months)
    found = [min(months)]
    while found[-1] < last:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        found.append(f"{year}-{month:02d}")
    return found


def _tags_by_year(tags: Mapping[str, Mapping[int, int]], hidden: frozenset[str]) -> NumberTable:
    total = {tag: sum(years.values()) for tag, years in tags.items() if tag not in hidden}
    # ties by name, so that the same archive always gives the same plot
    ranked = sorted(total, key=lambda tag: (-total[tag], tag))[:MOST_TAGS]
    known = [year for tag in ranked for year in tags[tag]]
    years = range(min(known), max(known) + 1) if known else range(0)
    return NumberTable(
        "tags_by_year",
        ("tag", *map(str, years)),
        tuple((tag, *(tags[tag].get(year, 0) for year in years)) for tag in ranked),
    )


def _venues(venues: Mapping[str, int]) -> NumberTable:
    """The most frequent venues; arXiv, which means that there is no other venue, comes last."""
    named = sorted((name for name in venues if name != NO_VENUE), key=lambda name: (-venues[name], name))
    rows = [(name, venues[name]) for name in named[:MOST_VENUES]]
    if venues.get(NO_VENUE):
        rows.append((NO_VENUE, venues[NO_VENUE]))
    return NumberTable("venues", ("venue", "notes"), tuple(rows))


def _bounded(name: str, key: str, days: Mapping[int, int], bounds: Sequence[int]) -> NumberTable:
    """Counts days by range; each row has its range as its name, such as ``8-30`` or ``31-``."""
    rows, low = [], 0
    for high in bounds:
        label = str(high) if low == high else f"{low}-{high}"
        # a date in the future is a typing error, or another time zone
        rows.append((label, sum(count for day, count in days.items() if max(day, 0) in range(low, high + 1))))
        low = high + 1
    rows.append((f"{low}-", sum(count for day, count in days.items() if day >= low)))
    return NumberTable(name, (key, "notes"), tuple(rows))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
