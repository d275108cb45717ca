"""Filed entries, their text, and the outcome of matching them with the topics."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

from notebot.core.model.arxiv_id import latest_id
from notebot.core.model.entry import UNKNOWN_VERSION, AnnounceType, Entry
from notebot.core.model.filing_records import AnnouncedPaper, FilingDates, MatchRecord, Sighting, UndecidedEntry
from notebot.core.model.ledger import Counts, Outcome, count_outcomes
from notebot.core.model.offer import OlderPaper
from notebot.store.records import BEST_RESULT, CHUNK, ON_WATCHED_DAY, TEXT_OF_WATCHED, day_of, encode, marks, readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from notebot.store.connection import Connection


class AnnouncementTables:
    """See :class:`notebot.core.ports.Announcements`.

    All desks of a lab share the announcements and their texts, which only the hub writes. A desk sees those of the
    categories and days that are in its own ledger.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_hub = not connection.desk
        self._watched_day = "" if self._is_hub else f" AND {ON_WATCHED_DAY}"
        self._watched_text = "" if self._is_hub else f" AND {TEXT_OF_WATCHED}"

    def seen(self, category: str, ids: Sequence[str], day: date) -> set[tuple[str, int]]:
        found: set[tuple[str, int]] = set()
        for part in _parts(ids):
            found.update(
                self._connection.execute(
                    "SELECT arxiv_id, version FROM announcements"
                    f" WHERE category = ? AND arxiv_id IN ({marks(len(part))})"
                    # a replacement that came by OAI has no version and covers only the days up to its own
                    " AND (version > ? OR announced_on >= ?)",
                    (category, *part, UNKNOWN_VERSION, day.isoformat()),
                )
            )
        return found

    def filed(self, category: str, ids: Sequence[str]) -> dict[str, FilingDates]:
        found: dict[str, FilingDates] = {}
        for part in _parts(ids):
            rows = self._connection.execute(
                "SELECT arxiv_id, min(CASE WHEN announce_type IN ('new', 'cross') THEN announced_on END),"
                " max(announced_on)"
                f" FROM announcements WHERE category = ? AND arxiv_id IN ({marks(len(part))}) GROUP BY arxiv_id",
                (category, *part),
            )
            found.update((name, FilingDates(day_of(first), date.fromisoformat(last))) for name, first, last in rows)
        return found

    def highest_id(self, categories: Sequence[str], before: date) -> str | None:
        found = (self._highest_id(category, before.isoformat()) for category in categories)
        return latest_id(name for name in found if name is not None)

    def _highest_id(self, category: str, day: str) -> str | None:
        """Reads the category's ids from the highest down, skipping those that were announced since the day."""
        row = self._connection.execute(
            # new-style ids sort before ":", old-style ones such as hep-th/9711200 after it
            "SELECT arxiv_id FROM announcements WHERE category = ? AND arxiv_id < ':'"
            " AND announced_on < ? ORDER BY arxiv_id DESC LIMIT 1",
            (category, day),
        ).fetchone()
        return row[0] if row else None

    def papers_of(self, days: Iterable[date]) -> Iterator[AnnouncedPaper]:
        if self._connection.in_transaction:
            self._connection.lock_announcements(to_file=False)
        # one query per day: the index on the day serves it, and a long outage needs no long list of parameters
        for day in sorted(set(days)):
            categories: dict[str, list[str]] = {}
            for arxiv_id, category in self._connection.execute(
                f"SELECT DISTINCT arxiv_id, category FROM announcements WHERE announced_on = ?{self._watched_day}"
                " ORDER BY category",
                (day.isoformat(),),
            ):
                categories.setdefault(arxiv_id, []).append(category)
            counted = self._counted_on(day.isoformat())
            rows = self._connection.execute(
                f"SELECT arxiv_id, max(CASE WHEN came_by = 'feed' THEN 1 ELSE 0 END), {BEST_RESULT}"
                f" FROM announcements WHERE announced_on = ?{self._watched_day}"
                " GROUP BY arxiv_id, announced_on ORDER BY arxiv_id",
                (day.isoformat(),),
            )
            for arxiv_id, by_feed, result in rows:
                papers = tuple(categories[arxiv_id])
                yield AnnouncedPaper(arxiv_id, day, papers, bool(by_feed), result, counted.get(arxiv_id))

    def _counted_on(self, day: str) -> dict[str, str]:
        """The papers of a day that a digest has counted, with the result that it gave."""
        rows = self._connection.execute(
            # counted under the day itself, or under the day where it was before it was moved
            "SELECT arxiv_id, 'unmatched', announced_on FROM announcements WHERE announced_on = ?"
            " AND announcements.filed <= (SELECT max(reported_rows.filed) FROM reported_rows"
            f" WHERE reported_rows.announced_on = announcements.announced_on){self._watched_day}"
            " UNION SELECT arxiv_id, coalesce((SELECT result FROM counted WHERE counted.announced_on = moved_from"
            " AND counted.arxiv_id = announcements.arxiv_id), 'unmatched'), moved_from FROM announcements"
            " WHERE announced_on = ? AND EXISTS (SELECT 1 FROM reported_rows"
            " WHERE reported_rows.announced_on = moved_from AND reported_rows.filed >= filed_before"
            f" AND reported_rows.filed < announcements.filed){self._watched_day}"
            " UNION SELECT arxiv_id, result, announced_on FROM counted WHERE announced_on = ?",
            (day, day, day),
        ).fetchall()
        # a row of `counted` is more than the day alone says, and the day itself is more than an earlier one
        rows.sort(key=lambda row: (row[2] == day, row[1] != "unmatched"))
        return {arxiv_id: result for arxiv_id, result, _ in rows}

    def announced(self, category: str, day: date, came_by: str | None = None) -> dict[str, AnnounceType]:
        rows = self._connection.execute(
            "SELECT arxiv_id, announce_type FROM announcements WHERE category = ? AND announced_on = ?"
            f"{' AND came_by = ?' if came_by else ''} ORDER BY version",
            (category, day.isoformat(), *([came_by] if came_by else [])),
        )
        return {name: AnnounceType(kind) for name, kind in rows}

    def file(self, category: str, entries: Iterable[Entry], announced_on: date, came_by: str) -> None:
        day = announced_on.isoformat()
        held = list(entries)
        if not held or not self._is_hub:
            return
        number = self._next_filing()
        self._connection.insert_all(
            "INSERT INTO announcements (category, arxiv_id, version, announced_on, announce_type, came_by, filed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (category, arxiv_id, version) DO UPDATE SET"
            # only a row without a version is replaced, because OAI may file a replacement again on a later day
            " announced_on = excluded.announced_on, announce_type = excluded.announce_type, filed = excluded.filed,"
            f" moved_from = NULL, filed_before = NULL WHERE announcements.version = {UNKNOWN_VERSION}",
            ((category, e.arxiv_id, e.version, day, str(e.announce_type), came_by, number) for e in held),
            key=3,
        )
        self._connection.insert_all(
            "INSERT INTO texts (arxiv_id, announced_on, entry) VALUES (?, ?, ?) ON CONFLICT (arxiv_id)"
            " DO UPDATE SET announced_on = excluded.announced_on, entry = excluded.entry"
            # the newest announcement has the current title and abstract
            " WHERE excluded.announced_on > texts.announced_on",
            ((e.arxiv_id, day, encode(e)) for e in held),
            key=1,
        )

    def record_matches(self, matches: Iterable[MatchRecord]) -> None:
        self._connection.insert_all(
            "INSERT INTO matches (arxiv_id, topic, category, announced_on, outcome) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (arxiv_id, topic, category, announced_on) DO UPDATE SET"
            # an outcome is final; only a pending one is decided later (rules.md 2.2)
            " outcome = coalesce(matches.outcome, excluded.outcome)",
            (
                (m.arxiv_id, m.topic, m.category, m.announced_on.isoformat(), m.outcome and str(m.outcome))
                for m in matches
            ),
            key=4,
        )

    def pending(self, category: str, until: date) -> list[UndecidedEntry]:
        topics: dict[tuple[str, str], list[str]] = {}
        for name, day, topic in self._connection.execute(
            "SELECT arxiv_id, announced_on, topic FROM matches WHERE outcome IS NULL AND category = ?"
            " AND announced_on <= ? ORDER BY announced_on, arxiv_id, topic",
            (category, until.isoformat()),
        ):
            topics.setdefault((name, day), []).append(topic)
        # once per paper and not per row: at the hub of a lab, a thousand topics may wait for one paper
        kinds: dict[tuple[str, str], str] = {}
        outcomes: dict[tuple[str, str], str] = {}
        for part in _parts(list(dict.fromkeys(name for name, _ in topics))):
            among = f"category = ? AND arxiv_id IN ({marks(len(part))})"
            for name, day, kind in self._connection.execute(
                # a paper may have been announced in several versions
                "SELECT arxiv_id, announced_on, min(announce_type) FROM announcements"
                f" WHERE {among} GROUP BY arxiv_id, announced_on",
                (category, *part),
            ):
                kinds[name, day] = kind
            for name, day, outcome in self._connection.execute(
                f"SELECT DISTINCT arxiv_id, announced_on, outcome FROM matches WHERE {among} AND outcome IS NOT NULL",
                (category, *part),
            ):
                if outcomes.get((name, day)) in (None, Outcome.UNWANTED):
                    outcomes[name, day] = outcome
        return [
            UndecidedEntry(
                name,
                date.fromisoformat(day),
                AnnounceType(kinds[name, day]),
                tuple(waiting),
                Outcome(outcomes[name, day]) if (name, day) in outcomes else None,
            )
            for (name, day), waiting in topics.items()
            if (name, day) in kinds
        ]

    def decided(self, arxiv_ids: Sequence[str], category: str, announced_on: date) -> None:
        for part in _parts(arxiv_ids):
            self._connection.execute(
                f"DELETE FROM matches WHERE arxiv_id IN ({marks(len(part))}) AND category = ? AND announced_on = ?"
                " AND outcome IS NULL",
                (*part, category, announced_on.isoformat()),
            )

    def matches_of(self, arxiv_id: str) -> list[MatchRecord]:
        rows = self._connection.execute(
            "SELECT arxiv_id, topic, category, announced_on, outcome FROM matches WHERE arxiv_id = ?"
            " ORDER BY announced_on, category, topic",
            (arxiv_id,),
        )
        return [
            MatchRecord(name, topic, category, date.fromisoformat(day), Outcome(outcome) if outcome else None)
            for name, topic, category, day, outcome in rows
        ]

    def matches_on(
        self, days: Iterable[date], *, category: str | None = None, topics_with: str = ""
    ) -> list[MatchRecord]:
        # a range, because not every engine uses an index for LIKE
        names = (topics_with, f"{topics_with[:-1]}{chr(ord(topics_with[-1]) + 1)}") if topics_with else ()
        matches: list[MatchRecord] = []
        for part in _parts(sorted({day.isoformat() for day in days})):
            rows = self._connection.execute(
                "SELECT arxiv_id, topic, category, announced_on, outcome FROM matches WHERE announced_on IN"
                f" ({marks(len(part))}){' AND topic >= ? AND topic < ?' if names else ''}"
                f"{' AND category = ?' if category else ''} ORDER BY arxiv_id, topic, announced_on, category",
                (*part, *names, *([category] if category else [])),
            )
            matches += [
                MatchRecord(name, topic, category, date.fromisoformat(day), Outcome(outcome) if outcome else None)
                for name, topic, category, day, outcome in rows
            ]
        return matches

    def counts_of(self, category: str, day: date, ids: Sequence[str]) -> Counts:
        total = Counts(fetched=len(ids))
        for part in _parts(ids):
            outcomes: dict[str, list[str | None]] = {}
            for arxiv_id, outcome in self._connection.execute(
                "SELECT arxiv_id, outcome FROM matches"
                f" WHERE category = ? AND announced_on = ? AND arxiv_id IN ({marks(len(part))})",
                (category, day.isoformat(), *part),
            ):
                outcomes.setdefault(arxiv_id, []).append(outcome)
            total += count_outcomes(len(part), outcomes.values())
        return total

    def move_day(self, category: str, ids: Sequence[str], day: date, home: date) -> None:
        self._connection.executemany(
            # there may be a match under the right day already, and it gives way
            "DELETE FROM matches WHERE category = ? AND announced_on = ? AND arxiv_id = ? AND topic IN ("
            " SELECT topic FROM matches WHERE category = ? AND announced_on = ? AND arxiv_id = ?)",
            ((category, home.isoformat(), name, category, day.isoformat(), name) for name in ids if home != day),
        )
        self._connection.executemany(
            "UPDATE matches SET announced_on = ? WHERE category = ? AND announced_on = ? AND arxiv_id = ?",
            ((home.isoformat(), category, day.isoformat(), arxiv_id) for arxiv_id in ids),
        )
        if not self._is_hub or home == day:
            return
        number = self._next_filing()
        self._connection.executemany(
            "UPDATE announcements SET announced_on = ?, moved_from = announced_on, filed_before = filed, filed = ?"
            " WHERE category = ? AND announced_on = ? AND arxiv_id = ?",
            ((home.isoformat(), number, category, day.isoformat(), arxiv_id) for arxiv_id in ids),
        )

    def _next_filing(self) -> int:
        """Numbers what is filed now, so that a digest that was planned before is known not to have counted it."""
        self._connection.lock_announcements(to_file=True)
        row = self._connection.execute(
            "INSERT INTO filings (one, number) VALUES (1, 1) ON CONFLICT (one)"
            " DO UPDATE SET number = filings.number + 1 RETURNING number"
        ).fetchone()
        return int(row[0])

    def sightings(self, arxiv_id: str) -> list[Sighting]:
        return self.sightings_of([arxiv_id]).get(arxiv_id, [])

    def sightings_of(self, arxiv_ids: Sequence[str]) -> dict[str, list[Sighting]]:
        sightings: dict[str, list[Sighting]] = {}
        for part in _parts(arxiv_ids):
            rows = self._connection.execute(
                "SELECT arxiv_id, category, version, announced_on, announce_type, came_by FROM announcements"
                # the sub-select lets the engine use the primary key, which begins with the category
                f" WHERE category IN (SELECT name FROM sources) AND arxiv_id IN ({marks(len(part))})"
                f"{self._watched_day} ORDER BY announced_on, category",
                part,
            )
            for arxiv_id, category, version, day, kind, came_by in rows:
                sighting = Sighting(category, version, date.fromisoformat(day), AnnounceType(kind), came_by)
                sightings.setdefault(arxiv_id, []).append(sighting)
        return sightings

    def text_of(self, arxiv_id: str) -> Entry | None:
        return self.texts_of([arxiv_id]).get(arxiv_id)

    def texts_of(self, arxiv_ids: Sequence[str]) -> dict[str, Entry]:
        texts: dict[str, Entry] = {}
        for part in _parts(arxiv_ids):
            rows = self._connection.execute(
                f"SELECT arxiv_id, entry FROM texts WHERE arxiv_id IN ({marks(len(part))})", part
            )
            texts.update(readable(rows, Entry, 1))
        return texts

    def note_older(self, papers: Iterable[OlderPaper]) -> None:
        self._connection.executemany(
            "INSERT INTO older (arxiv_id, changed_on, category, title, topics) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (
                (one.arxiv_id, one.changed_on.isoformat(), one.category, one.title, json.dumps(one.topics))
                for one in papers
            ),
        )

    def unreported_older(self) -> list[OlderPaper]:
        rows = self._connection.execute(
            "SELECT arxiv_id, changed_on, category, title, topics FROM older WHERE digest IS NULL"
            " ORDER BY changed_on, arxiv_id"
        )
        return [
            OlderPaper(name, date.fromisoformat(day), category, title, tuple(json.loads(topics)))
            for name, day, category, title, topics in rows
        ]

    def stored_since(self, day: date) -> Iterator[Entry]:
        rows = self._connection.execute(
            f"SELECT entry FROM texts WHERE announced_on >= ?{self._watched_text} ORDER BY announced_on, arxiv_id",
            (day.isoformat(),),
        )
        return (entry for (entry,) in readable(rows, Entry))

    def latest(self, count: int) -> Iterator[Entry]:
        rows = self._connection.execute(
            f"SELECT entry FROM texts WHERE announced_on > ''{self._watched_text}"
            " ORDER BY announced_on DESC, arxiv_id DESC LIMIT ?",
            (count,),
        )
        return (entry for (entry,) in readable(rows, Entry))

    def prune_texts(self, before: date) -> None:
        if self._is_hub:
            self._connection.execute("DELETE FROM texts WHERE announced_on < ?", (before.isoformat(),))


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
