"""Counting papers for digests: each once, and later changes as differences."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from fakes import DAY
from notebot.core.model.filing_records import AnnouncedPaper
from notebot.core.model.ledger import Counts
from notebot.features.digests.rules.count_papers import count_papers

NEXT = DAY + timedelta(days=1)


def paper(arxiv_id: str = "1", result: str = "unmatched", **changes: object) -> AnnouncedPaper:
    return replace(AnnouncedPaper(arxiv_id, DAY, ("cs.CL",), by_feed=True, result=result, counted=None), **changes)


def test_a_paper_counts_once_whatever_its_categories_and_days() -> None:
    papers = [
        paper(categories=("cs.CL", "cs.LG")),
        paper(result="drafted", announced_on=NEXT),
        paper("2", "pending", by_feed=False),
    ]
    total, corrections = count_papers(papers, {(DAY, "cs.CL"), (DAY, "cs.LG"), (NEXT, "cs.CL")})
    assert total == Counts(fetched=1, recovered=1, unmatched=1, pending=1, drafted=1)
    assert corrections == {}


def test_a_paper_that_was_counted_in_another_category_is_not_new() -> None:
    papers = [paper(categories=("cs.CL", "cs.LG"), counted="unmatched"), paper("2", categories=("cs.LG",))]
    total, corrections = count_papers(papers, {(DAY, "cs.LG")})
    assert total == Counts(fetched=1, unmatched=1)
    assert corrections == {}


def test_a_pending_paper_that_is_decided_later_is_a_difference() -> None:
    papers = [paper("1", "drafted", counted="pending"), paper("2", counted="pending"), paper("3", "known")]
    total, corrections = count_papers(papers, {(NEXT, "cs.CL")})
    assert total == Counts()
    assert corrections == {DAY: Counts(fetched=1, unmatched=-1, pending=-2, drafted=1, known=1)}


class Event(Struct, frozen=True):
    day: date
    arxiv_id: str
    category: str
    result: str


DAYS = [DAY + timedelta(days=n) for n in range(3)]
RESULTS = ("drafted", "tombstoned", "known", "unwanted", "pending", "unmatched")
EVENTS = st.builds(
    Event,
    st.sampled_from(DAYS),
    st.sampled_from("123456"),
    st.sampled_from(["cs.CL", "cs.LG"]),
    st.sampled_from(RESULTS),
)


@given(st.lists(st.lists(EVENTS, max_size=8), min_size=1, max_size=5))
def test_the_digests_together_count_every_paper_of_a_day_once(batches: list[list[Event]]) -> None:
    """A model of the store: per digest some rows come or change, then all that is known is counted."""
    results: dict[tuple[date, str], dict[str, str]] = {}
    counted: dict[tuple[date, str], str] = {}
    reported: set[tuple[date, str]] = set()
    totals: Counter[str] = Counter()
    repeats = 0
    for batch in batches:
        for event in batch:
            results.setdefault((event.day, event.arxiv_id), {})[event.category] = event.result
        touched = {event.day for event in batch}
        papers = [
            AnnouncedPaper(
                arxiv_id,
                day,
                tuple(by_category),
                by_feed=True,
                result=min(by_category.values(), key=RESULTS.index),
                counted=counted.get((day, arxiv_id)),
            )
            for (day, arxiv_id), by_category in results.items()
            if day in touched
        ]
        new_rows = {(event.day, event.category) for event in batch} - reported
        headline, corrections = count_papers(papers, new_rows)
        for counts in (headline, *corrections.values()):
            assert counts.announced == counts.unmatched + counts.matched
            totals["announced"] += counts.announced
            for name in RESULTS:
                totals[name] += getattr(counts, name)
        new = [
            one for one in papers if one.counted is None and {(one.announced_on, c) for c in one.categories} & new_rows
        ]
        assert headline.announced == len({one.arxiv_id for one in new})
        repeats += len(new) - headline.announced
        reported |= new_rows
        counted |= {(one.announced_on, one.arxiv_id): one.result for one in papers}
    assert totals["announced"] == len(results) - repeats
    if not repeats:
        expected = Counter(counted.values())
        expected["unmatched"] += expected["pending"]
        assert +totals == +(expected + Counter(announced=len(results)))
