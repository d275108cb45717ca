"""The queue of every desk is what a plain evaluation of its queries says, without an index and without a hub."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from fakes import DAY, batch, entry, record, topic
from features.announcements.poll_setup import PollSetup
from fresh_store import new_store
from notebot.core.model.entry import AnnounceType, Entry
from notebot.core.note_format.stub_title import NoteStyle
from notebot.demo.sample_arxiv import SamplePaper, default_papers
from notebot.features.announcements.fan_out import DeskPorts, FanOutReport, fan_out
from notebot.features.announcements.hub import Hub, hub_topics
from notebot.features.summaries.rules.extract import with_extract
from notebot.features.topics.rules.topic import Topic
from notebot.store.store import DatabaseStore
from plain_matching import YES, PlainPaper, truth_of

PAPERS: dict[str, SamplePaper] = {
    each.arxiv_id: each for each in default_papers() if set(each.categories) & {"cs.CL", "cs.LG"}
}
QUERIES = (
    "ti:math* OR abs:proof*",
    "reasoning",
    'co:accepted AND "language model*"',
    "abs:model* ANDNOT ti:graph*",
    "au:a* OR ti:learning",
    "cat:cs.LG AND abs:data*",
    "abs:the ANDNOT co:pages",
)
"""Each desk has some of them, in other categories; some are equal between desks."""


def topics_of(desk: int) -> list[Topic]:
    """The topics of one desk; their names are the same on all desks."""
    places = range(desk % 3, len(QUERIES), 1 + desk % 2)
    homes = (("cs.CL",), ("cs.LG",), ("cs.CL", "cs.LG"))
    return [topic(f"T{place}", QUERIES[place], categories=homes[(desk + place) % 3]) for place in places]


DESKS = {f"desk-{number}": topics_of(number) for number in range(12)}


def announced_in(category: str) -> Iterator[Entry]:
    for each in PAPERS.values():
        if category in each.categories:
            kind = AnnounceType.NEW if each.categories[0] == category else AnnounceType.CROSS
            yield entry(
                each.arxiv_id,
                each.title,
                announce_type=kind,
                abstract=each.abstract,
                authors=each.authors,
                categories=each.categories,
                journal_ref=each.journal_ref,
            )


def true_queue(topics: list[Topic], *, is_feed: bool) -> dict[str, set[str]]:
    """The topics of each paper that the desk must have."""
    queue: dict[str, set[str]] = {}
    for each in PAPERS.values():
        plain = PlainPaper(each, with_comment=not is_feed)
        for wanted in topics:
            assert wanted.query is not None
            is_watched = bool(set(wanted.categories) & set(each.categories))
            if is_watched and truth_of(wanted.query.root, plain, is_feed=is_feed) == YES:
                queue.setdefault(each.arxiv_id, set()).add(wanted.name)
    return queue


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[tuple[PollSetup, dict[str, DatabaseStore]]]:
    hub = PollSetup(new_store(tmp_path / "hub.db"))
    hub.topics = hub_topics(DESKS)
    for category in ("cs.CL", "cs.LG"):
        hub.feed.answers[category] = batch(*announced_in(category), category=category)
    desks: dict[str, DatabaseStore] = {name: new_store(tmp_path / f"{name}.db") for name in DESKS}
    yield hub, desks
    for store in (hub.store, *desks.values()):
        store.close()


def give_to_all(hub: PollSetup, desks: dict[str, DatabaseStore]) -> list[FanOutReport]:
    polled = Hub(hub.store)
    return [
        fan_out(
            polled,
            DeskPorts(
                name=name,
                store=store,
                topics=DESKS[name],
                clock=hub.clock,
                enrich=with_extract,
                style=NoteStyle(),
            ),
        )
        for name, store in desks.items()
    ]


def queue_of(store: DatabaseStore) -> dict[str, set[str]]:
    return {stub.arxiv_id: set(stub.topics) for stub in store.stubs.all()}


def test_each_queue_is_the_true_one_before_and_after_comments_are_known(
    lab: tuple[PollSetup, dict[str, DatabaseStore]],
) -> None:
    hub, desks = lab
    hub.poll()
    give_to_all(hub, desks)
    before = {name: queue_of(store) for name, store in desks.items()}
    assert before == {name: true_queue(topics, is_feed=True) for name, topics in DESKS.items()}
    assert sum(map(len, before.values())) > 40
    for category in ("cs.CL", "cs.LG"):
        hub.feed.answers[category] = batch(category=category)
        hub.records.known[category] = [
            record(
                each.arxiv_id,
                DAY,
                each.title,
                abstract=each.abstract,
                authors=each.authors,
                categories=each.categories,
                comment=each.comment,
                journal_ref=each.journal_ref,
            )
            for each in PAPERS.values()
            if category in each.categories
        ]
    hub.clock.now += timedelta(days=1)
    hub.poll()
    give_to_all(hub, desks)
    after = {name: queue_of(store) for name, store in desks.items()}
    assert after == {name: true_queue(topics, is_feed=False) for name, topics in DESKS.items()}
    assert after != before
    assert {report.days for report in give_to_all(hub, desks)} == {0}
