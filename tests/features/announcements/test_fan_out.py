"""Every desk of a lab has what it would have if it had polled alone, and arXiv is asked once."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fakes import DAY, batch, entry, paper, record, topic
from features.announcements.poll_setup import PollSetup
from fresh_store import emptied_database, new_store
from notebot.core.model.arxiv_calendar import announcement_day_on_or_after
from notebot.core.model.entry import AnnounceType, Entry
from notebot.core.model.errors import ServiceError
from notebot.core.model.ledger import Counts, LedgerRow
from notebot.core.model.offer import DigestPlan
from notebot.core.model.stub import Stub, StubStatus, TopicEvidence
from notebot.core.note_format.stub_title import NoteStyle
from notebot.features.announcements.fan_out import DeskPorts, FanOutReport, fan_out
from notebot.features.announcements.hub import Hub, hub_topics
from notebot.features.digests.rules.count_papers import count_papers
from notebot.features.summaries.rules.extract import with_extract
from notebot.features.topics.rules.topic import Topic
from notebot.store.postgres import open_store
from notebot.store.store import DatabaseStore
from servers.postgres_server import as_owner

TITLES = ("Math for models", "A graph of proofs", "Speech", "Graphs and mathematics")
OLD = 2
"""How many papers were announced before the lab began."""
CATEGORIES = ("cs.CL", "cs.LG")
DESKS: dict[str, Sequence[Topic]] = {
    "ada": (topic("Math"), topic("Workshops", "co:workshop")),
    "ben": (topic("Math", "ti:math* AND abs:prove"), topic("Replaced", "ti:graph*", announce=frozenset({"replace"}))),
    "eve": (topic("Graphs", "ti:graph*", categories=("cs.LG",)), topic("Both", "ti:math* OR co:workshop")),
}


class Lab:
    """A hub that polls, desks that file what it has, and beside each desk the same curator polling alone."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        """Makes the stores: a file for each, or hub and desks in one database on a server."""
        self.hub = PollSetup(open_store(url) if url else new_store(folder / "hub.db"))
        self.digests = 0
        self.hub.topics = hub_topics(DESKS)
        self.day = DAY
        self.is_whole = True
        # announced before the lab began
        self.announced: list[tuple[str, str, str | None]] = [(title, "both", "12 pages") for title in TITLES[:OLD]]
        self.announced_on = [DAY - timedelta(days=40)] * OLD
        self.is_shared = url is not None
        self.desks: dict[str, DatabaseStore] = {
            name: open_store(url, name) if url else new_store(folder / f"{name}.db") for name in DESKS
        }
        self.alone = {name: PollSetup(new_store(folder / f"{name}-alone.db")) for name in DESKS}
        for name, setup in self.alone.items():
            setup.topics = list(DESKS[name])
            setup.feed, setup.api, setup.records, setup.clock = (
                *(self.hub.feed, self.hub.api, self.hub.records),
                self.hub.clock,
            )

    def close(self) -> None:
        for store in (self.hub.store, *self.desks.values(), *(setup.store for setup in self.alone.values())):
            store.close()

    def poll(self) -> None:
        self.hub.poll()
        for setup in self.alone.values():
            setup.poll()

    def run(self, days: list[dict[str, Any]], decisions: list[tuple[int, StubStatus]]) -> None:
        """Lets days pass, and compares every desk at the end."""
        self.poll()
        for name in DESKS:
            self.fan_out(name)
        for day in days:
            self.next_day()
            self.announce(day)
            if day["feed"] != "missed":
                self.poll()
            for name in DESKS if day["fan_out"] else ():
                self.fan_out(name)
                if self.is_shared:
                    self.compare_digests(name)
            for wanted, status in decisions:
                self.decide(wanted, status)
        self.next_day()
        self.hub.feed.answers = {category: batch(category=category) for category in CATEGORIES}
        # what OAI brings is asked for in the first one, and its metadata in the second
        self.poll()
        self.poll()
        for name in DESKS:
            self.fan_out(name)
            self.check(name)
            if self.is_shared:
                self.compare_digests(name)
            assert self.fan_out(name) == FanOutReport(days=0, drafted=0, completed=0)

    def next_day(self) -> None:
        self.day = announcement_day_on_or_after(self.day + timedelta(days=1))
        self.hub.clock.now += timedelta(days=(self.day - self.hub.clock.now.date()).days)

    def announce(self, day: dict[str, Any]) -> None:
        """The announcement of the day: new papers, some with a cross-list, and new versions of earlier ones."""
        entries: dict[str, list[Entry]] = {category: [] for category in CATEGORIES}
        # a new version of a paper that no poll has filed yet is filed in an order that differs (see `Hub.entries`)
        self.is_whole &= day["feed"] == "read"
        replaced = {place for place in day["replaced"] if place < (len(self.announced) if self.is_whole else OLD)}
        versions = dict.fromkeys(replaced, 2)
        first = len(self.announced)
        self.announced += day["new"]
        self.announced_on += [self.day] * len(day["new"])
        for place in (*versions, *range(first, len(self.announced))):
            title, where, comment = self.announced[place]
            arxiv_id, version = f"{2604 if place < OLD else 2605}.{place + 1:05d}", versions.get(place, 1)
            categories = CATEGORIES if where == "both" else (where,)
            self.hub.api.known[arxiv_id] = paper(
                arxiv_id, title, version=version, comment=comment, categories=categories
            )
            for category in categories:
                kind = AnnounceType.NEW if category == categories[0] else AnnounceType.CROSS
                kind = AnnounceType.REPLACE if version > 1 else kind
                fields = {"version": version, "announce_type": kind, "announced_on": self.day, "categories": categories}
                entries[category].append(entry(arxiv_id, title, **fields))
                created = self.announced_on[place] - timedelta(days=1)
                updated = self.day - timedelta(days=1) if version > 1 else None
                records = self.hub.records.known.setdefault(category, [])
                records[:] = [other for other in records if other.arxiv_id != arxiv_id]
                records.append(
                    record(
                        *(arxiv_id, self.day, title),
                        comment=comment,
                        categories=categories,
                        created=created,
                        updated=updated,
                    )
                )
        for category, announced in entries.items():
            shown = announced[1:] if day["feed"] == "lacks one" else announced
            failed = ServiceError("The feed is down.")
            self.hub.feed.answers[category] = (
                failed if day["feed"] == "failed" else batch(*shown, category=category, day=self.day)
            )

    def decide(self, wanted: int, status: StubStatus) -> None:
        """The curator decides on the desk and, as the same person, alone."""
        for name in DESKS:
            stores = self.desks[name], self.alone[name].store
            mine, alone = map(stubs_of, stores)
            if wanted < len(mine) and mine == alone:
                for store in stores:
                    with store.transaction():
                        store.stubs.save(replace(mine[wanted], status=status), self.hub.clock())

    def fan_out(self, name: str) -> FanOutReport:
        ports = DeskPorts(
            name=name,
            store=self.desks[name],
            topics=DESKS[name],
            clock=self.hub.clock,
            enrich=with_extract,
            style=NoteStyle(),
        )
        report = fan_out(Hub(self.hub.store), ports)
        assert report.errors == ()
        return report

    def compare_digests(self, name: str) -> None:
        """A digest of the desk counts the papers that one of the curator alone counts, and so do its corrections."""
        self.digests += 1
        counted = []
        for store in (self.desks[name], self.alone[name].store):
            with store.transaction():
                rows = store.ledger.unreported()
                papers = list(store.announcements.papers_of(row.announced_on for row in rows))
                new = {(row.announced_on, row.category) for row in rows if row.reported is None}
                total, corrections = count_papers(papers, new)
                counted.append((as_matched(total), {day: as_matched(counts) for day, counts in corrections.items()}))
                reported = tuple((row.announced_on, row.category, row.revision) for row in rows)
                plan = DigestPlan(f"{self.digests}.md", self.hub.clock(), self.day, "", (), (), reported)
                store.digests.plan(plan)
                store.digests.written(plan, self.hub.clock())
        assert counted[0] == counted[1]

    def check(self, name: str) -> None:
        """Stubs, outcomes and ledger are those of the curator who polled alone."""
        store, truth = self.desks[name], self.alone[name].store
        assert differences(stubs_of(store), stubs_of(truth)) == []
        assert rows_of(store) == rows_of(truth)
        assert [(one.arxiv_id, one.topics) for one in store.announcements.unreported_older()] == [
            (one.arxiv_id, one.topics) for one in truth.announcements.unreported_older()
        ]


def stubs_of(store: DatabaseStore) -> list[Stub]:
    """All stubs; which of a paper's topics comes first depends on which category was filed first."""
    stubs = (
        replace(
            stub,
            # a paper that is replaced twice is drafted for the day whose category was filed first
            announced_on=stub.announced_on if stub.announce_type is not AnnounceType.REPLACE else None,
            topics=tuple(sorted(stub.topics)),
            tags=tuple(sorted(stub.tags)),
            matched=tuple(TopicEvidence(topic) for topic in sorted(stub.topics)),
            tag_evidence=tuple(sorted(stub.tag_evidence, key=lambda found: found.tag)),
        )
        for stub in store.stubs.all()
    )
    return sorted(stubs, key=lambda stub: stub.key)


def differences(stubs: list[Stub], expected: list[Stub]) -> list[tuple[object, ...]]:
    """Key, field, and both values, wherever two lists of stubs differ."""
    assert [stub.key for stub in stubs] == [stub.key for stub in expected]
    return [
        (stub.key, name, getattr(stub, name), getattr(other, name))
        for stub, other in zip(stubs, expected, strict=True)
        for name in Stub.__struct_fields__
        if getattr(stub, name) != getattr(other, name)
    ]


def rows_of(store: DatabaseStore) -> list[LedgerRow]:
    """The ledger; how matched papers were counted depends on which of two categories was filed first."""
    rows = []
    for row in store.ledger.rows():
        rows.append(replace(row, revision=0, counts=as_matched(row.counts)))
    return rows


def as_matched(counts: Counts) -> Counts:
    """The counts with every matched paper as drafted."""
    return replace(counts, drafted=counts.matched, known=0, tombstoned=0, unwanted=0)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


def test_each_desk_files_its_own_papers_of_one_poll(lab: Lab) -> None:
    lab.hub.feed.answers["cs.CL"] = batch(entry(), entry("2605.00002", "A graph"), entry("2605.00003", "Speech"))
    lab.hub.feed.answers["cs.LG"] = batch(
        entry("2605.00002", "A graph", announce_type=AnnounceType.CROSS), category="cs.LG"
    )
    lab.hub.api.known = {name: paper(name) for name in ("2605.00001", "2605.00002")}
    lab.hub.poll()
    asked = len(lab.hub.feed.asked), len(lab.hub.api.asked)
    assert asked == (2, 1)
    assert lab.fan_out("eve") == FanOutReport(days=2, drafted=2, completed=2)
    assert lab.fan_out("eve") == FanOutReport(days=0, drafted=0, completed=0)
    assert lab.fan_out("ada").drafted == 1
    assert (len(lab.hub.feed.asked), len(lab.hub.api.asked)) == asked
    row = lab.desks["ada"].ledger.row("cs.CL", DAY)
    assert row is not None
    assert row.counts == Counts(fetched=3, unmatched=2, pending=2, drafted=1)


@pytest.mark.parametrize("is_filed_between", [False, True])
def test_a_paper_that_was_replaced_again_is_still_counted_on_the_earlier_day(lab: Lab, is_filed_between: bool) -> None:
    # OAI tells no version, so the hub has the replacement under the later day alone
    replaced = {"feed": "missed", "new": [], "replaced": {1}, "fan_out": False}
    read = {"feed": "read", "new": [], "replaced": set(), "fan_out": is_filed_between}
    lab.run([replaced, read, replaced], [])


def test_a_new_version_that_matches_no_topic_any_more_reaches_the_stub(lab: Lab) -> None:
    for title, version, day in (("Math for models", 1, DAY), ("Speech", 2, DAY + timedelta(days=1))):
        kind = AnnounceType.NEW if version == 1 else AnnounceType.REPLACE
        announced = entry("2605.00001", title, version=version, announce_type=kind, announced_on=day)
        lab.hub.feed.answers = {"cs.CL": batch(announced, day=day), "cs.LG": batch(category="cs.LG", day=day)}
        lab.hub.api.known = {"2605.00001": paper("2605.00001", title, version=version)}
        lab.hub.clock.now += timedelta(days=version - 1)
        lab.poll()
        lab.fan_out("ben")
    for store in (lab.desks["ben"], lab.alone["ada"].store):
        (stub,) = store.stubs.all()
        assert (stub.version, stub.title) == (2, "Speech")


@pytest.mark.parametrize("polls_after", [1, 2])
def test_a_desk_gets_papers_whose_announcement_was_forgotten_before_it_asked(lab: Lab, polls_after: int) -> None:
    # texts are kept for 60 days: the lab was off for longer, or the desk failed for longer
    day = {"feed": "read", "new": [("Math for models", "both", "Accepted at a workshop")], "replaced": {1}}
    lab.poll()
    for name in DESKS:
        lab.fan_out(name)
    lab.next_day()
    lab.announce(day)
    lab.poll()
    lab.hub.clock.now += timedelta(days=70)
    lab.hub.feed.answers = {category: batch(category=category, day=None) for category in CATEGORIES}
    for _ in range(polls_after):
        lab.poll()
    for name in DESKS:
        lab.fan_out(name)
        assert differences(stubs_of(lab.desks[name]), stubs_of(lab.alone[name].store)) == []
        assert stubs_of(lab.desks[name])


NEW = st.tuples(
    st.sampled_from(TITLES),
    st.sampled_from(("cs.CL", "cs.LG", "both")),
    st.sampled_from((None, "Accepted at a workshop", "12 pages")),
)
DAYS = st.lists(
    st.fixed_dictionaries(
        {
            "new": st.lists(NEW, max_size=4),
            "replaced": st.sets(st.integers(0, 8), max_size=2),
            "feed": st.sampled_from(("read", "read", "missed", "failed", "lacks one")),
            "fan_out": st.booleans(),
        }
    ),
    max_size=5,
)
DECISIONS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from((StubStatus.KEPT, StubStatus.SKIPPED))), max_size=3)


@settings(max_examples=min(25, settings().max_examples), phases=[Phase.generate])
@given(DAYS, DECISIONS)
def test_every_desk_has_what_it_would_have_alone(
    days: list[dict[str, Any]], decisions: list[tuple[int, StubStatus]]
) -> None:
    run_lab(days, decisions, None)


@pytest.mark.usefixtures("postgres")
@settings(max_examples=min(8, settings().max_examples // 4), phases=[Phase.generate], derandomize=True)
@given(DAYS, DECISIONS)
def test_desks_that_share_announcements_have_what_they_would_have_alone(
    days: list[dict[str, Any]], decisions: list[tuple[int, StubStatus]]
) -> None:
    run_lab(days, decisions, as_owner(emptied_database()))


def run_lab(days: list[dict[str, Any]], decisions: list[tuple[int, StubStatus]], url: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder), url)
        try:
            lab.run(days, decisions)
        finally:
            lab.close()
