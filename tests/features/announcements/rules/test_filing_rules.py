"""Tests the decisions about a feed's answer, with tables from rules.md 1 and 9."""

from collections import Counter
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fakes import DAY, batch, entry, paper, topic
from notebot.core.model.changes import Change, MetadataArrived, PaperWithdrawn, TitleChanged
from notebot.core.model.entry import AnnounceType, Batch, Entry
from notebot.core.model.ledger import Counts, DayState, Outcome
from notebot.core.model.paper import Paper
from notebot.core.model.reasons import NewVersion, Reason
from notebot.core.model.stub import Curator, Stub, StubStatus, with_metadata
from notebot.core.note_format.stub_title import NoteStyle
from notebot.features.announcements.rules.filing_rules import (
    Filing,
    TopicOutcome,
    day_state,
    decide_filing,
    explain,
    unseen,
)
from notebot.features.topics.rules.drafting import draft_from_entry
from notebot.features.topics.rules.matching import Matches, TopicMatch
from notebot.features.venues.rules.metadata_update import apply_metadata

DAY_BEFORE = DAY - timedelta(days=1)
NOTHING = Matches((), ())


def hit(*names: str, announce: frozenset[str] = frozenset({"new", "cross"})) -> Matches:
    """Topics of these names match."""
    return Matches(tuple(TopicMatch(topic(name, announce=announce), ()) for name in names), ())


def decide(item: Entry, found: Matches, stub: Stub | None = None) -> Filing:
    return decide_filing([item], {item.arxiv_id: found}, {item.arxiv_id: stub} if stub else {})


def existing_stub(status: str = "queued", **changes: object) -> Stub:
    """A stub of the paper in ``entry()``, drafted by the topic Math."""
    stub = draft_from_entry(entry(), hit("Math").matched)
    return replace(stub, **{"status": StubStatus(status), **changes})


# unseen


def test_entries_are_unseen_until_that_version_is_filed() -> None:
    entries = [entry("2605.00001"), entry("2605.00002", version=2), entry("2605.00003")]
    seen = {("2605.00001", 1), ("2605.00002", 1)}
    assert [item.arxiv_id for item in unseen(entries, seen)] == ["2605.00002", "2605.00003"]


@pytest.mark.parametrize("versions", [(1, 3, 2), (3, 1, 2), (1, 2, 3)])
def test_a_paper_listed_twice_in_a_batch_counts_once_in_its_newest_version(versions: tuple[int, ...]) -> None:
    assert [item.version for item in unseen([entry(version=n) for n in versions], set())] == [3]


versions = st.tuples(st.sampled_from("abc"), st.integers(1, 3))


@given(st.lists(versions), st.sets(versions))
def test_unseen_entries_contain_each_paper_exactly_once(
    listed: list[tuple[str, int]], seen: set[tuple[str, int]]
) -> None:
    found = unseen([entry(name, version=number) for name, number in listed], seen)
    assert sorted(item.arxiv_id for item in found) == sorted({name for name, _ in set(listed) - seen})
    assert not {(item.arxiv_id, item.version) for item in found} & seen


# outcomes: the first that holds counts, tombstoned, known, unwanted, drafted (rules.md 9.2)


@pytest.mark.parametrize(
    ("status", "wanted", "outcome"),
    [
        (None, True, "drafted"),
        (None, False, "unwanted"),
        ("queued", True, "known"),
        ("queued", False, "known"),
        ("digested", True, "known"),
        ("kept", False, "known"),
        ("skipped", True, "tombstoned"),
        ("skipped", False, "tombstoned"),
    ],
)
def test_a_matched_entry_has_one_outcome(status: str | None, wanted: bool, outcome: str) -> None:
    announce = frozenset({"new"}) if wanted else frozenset({"replace"})
    filing = decide(entry(), hit("Math", announce=announce), existing_stub(status) if status else None)
    assert filing.counts == Counts(fetched=1, **{outcome: 1})
    assert filing.topic_outcomes == (TopicOutcome("2605.00001", "Math", Outcome(outcome)),)
    assert bool(filing.drafts) == (outcome == "drafted")


@pytest.mark.parametrize(("kind", "word"), list(product(AnnounceType, ["new", "cross", "replace"])))
def test_a_topic_drafts_only_the_announcement_types_it_asks_for(kind: AnnounceType, word: str) -> None:
    asked = {"new": ["new"], "cross": ["cross"], "replace": ["replace", "replace-cross"]}[word]
    filing = decide(entry(announce_type=kind), hit("Math", announce=frozenset({word})))
    assert bool(filing.drafts) == (kind in asked)
    assert filing.counts.unwanted == (kind not in asked)


def test_an_entry_that_no_topic_matches_is_filed_and_counted() -> None:
    filing = decide(entry(), NOTHING, existing_stub("skipped"))
    assert filing.counts == Counts(fetched=1, unmatched=1)
    assert filing.entries == (entry(),)
    assert filing.topic_outcomes == ()


def test_a_pending_entry_is_unmatched_and_pending() -> None:
    filing = decide(entry(), Matches((), (topic("Venues"),)))
    assert filing.counts == Counts(fetched=1, unmatched=1, pending=1)
    assert filing.topic_outcomes == (TopicOutcome("2605.00001", "Venues", None),)


def test_an_entry_that_another_topic_matches_is_not_pending() -> None:
    found = Matches(hit("Math").matched, (topic("Venues"),))
    filing = decide(entry(), found)
    assert filing.counts == Counts(fetched=1, drafted=1)
    assert {item.topic: item.outcome for item in filing.topic_outcomes} == {"Venues": None, "Math": Outcome.DRAFTED}


def test_a_draft_has_only_the_topics_that_want_its_type() -> None:
    found = Matches((*hit("Math").matched, *hit("Old", announce=frozenset({"replace"})).matched), ())
    filing = decide(entry(), found)
    assert filing.drafts[0].topics == ("Math",)
    assert {item.topic: item.outcome for item in filing.topic_outcomes} == {
        "Math": Outcome.DRAFTED,
        "Old": Outcome.UNWANTED,
    }
    assert filing.counts == Counts(fetched=1, drafted=1)


# changes to existing stubs


def test_a_queued_stub_announced_again_the_same_day_gains_topics_and_the_better_type() -> None:
    stub = replace(existing_stub(), announce_type=AnnounceType.CROSS)
    (changed,) = decide(entry(), hit("Models"), stub).changed
    assert changed.topics == ("Math", "Models")
    assert changed.announce_type is AnnounceType.NEW


@pytest.mark.parametrize(
    ("stub", "found"),
    [
        (existing_stub("kept"), hit("Models")),
        (existing_stub("skipped"), hit("Models")),
        (existing_stub(announced_on=DAY_BEFORE), hit("Models")),
        (existing_stub(announced_on=None), hit("Models")),
        (existing_stub(), hit("Math")),
        (existing_stub(), hit("Models", announce=frozenset({"replace"}))),
    ],
)
def test_decided_stubs_and_stubs_of_other_days_do_not_change(stub: Stub, found: Matches) -> None:
    assert decide(entry(), found, stub).changed == ()


@pytest.mark.parametrize(
    ("status", "version", "outdated"),
    [
        ("queued", 2, True),
        ("digested", 2, True),
        ("kept", 2, True),
        ("skipped", 2, False),
        ("queued", 1, False),
    ],
)
@pytest.mark.parametrize("found", [NOTHING, hit("Math")])
def test_a_newer_version_requests_metadata_whether_or_not_it_matches(
    status: str, version: int, outdated: bool, found: Matches
) -> None:
    filing = decide(entry(version=version, announce_type=AnnounceType.REPLACE), found, existing_stub(status))
    assert filing.outdated == ((("arxiv:2605.00001", version),) if outdated else ())
    assert filing.drafts == ()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(AnnounceType),
            st.sampled_from([None, *StubStatus]),
            st.sampled_from([NOTHING, hit("Math"), hit("Math", "RL"), Matches((), (topic(),))]),
        ),
        max_size=12,
    )
)
def test_every_announced_entry_is_accounted_for(
    rows: list[tuple[AnnounceType, StubStatus | None, Matches]],
) -> None:
    entries = [entry(f"2605.{n:05d}", announce_type=kind) for n, (kind, _, _) in enumerate(rows)]
    matches = {item.arxiv_id: found for item, (_, _, found) in zip(entries, rows, strict=True)}
    stubs = {
        item.arxiv_id: replace(draft_from_entry(item, ()), status=status)
        for item, (_, status, _) in zip(entries, rows, strict=True)
        if status is not None
    }
    filing = decide_filing(entries, matches, stubs)
    counts = filing.counts
    assert counts.announced == len(rows) == counts.unmatched + counts.matched
    assert counts.pending <= counts.unmatched
    assert counts.drafted == len(filing.drafts)
    assert not {stub.arxiv_id for stub in filing.drafts} & stubs.keys()
    reported = Counter(item.topic for item in filing.topic_outcomes if item.outcome is not None)
    assert max(reported.values(), default=0) == counts.matched


# the state of a day without unseen entries (rules.md 1.2 and 9.1)

OF_TODAY, OLD, EMPTY = batch(entry()), batch(entry(), day=DAY_BEFORE), batch()


@pytest.mark.parametrize(
    ("answer", "filed", "working", "early", "median", "state"),
    [
        # entries filed under the feed's own date make it fresh, whatever the hour
        (OF_TODAY, True, True, True, 50, "fresh"),
        (OF_TODAY, True, True, False, 50, "fresh"),
        (OF_TODAY, True, False, False, 50, "fresh"),
        # the feed has an earlier date: the announcement is late
        (OLD, False, True, True, 50, "waiting"),
        (OLD, False, True, False, 50, "waiting"),
        (OLD, True, True, False, 50, "waiting"),
        # today's date over entries of earlier days only
        (OF_TODAY, False, True, True, 50, "waiting"),
        (OF_TODAY, False, True, False, 50, "stale"),
        # an empty feed
        (EMPTY, False, True, True, 50, "waiting"),
        (EMPTY, False, True, True, 0, "waiting"),
        (EMPTY, False, True, False, 0, "quiet"),
        (EMPTY, False, True, False, 9.5, "quiet"),
        (EMPTY, False, True, False, 10, "failed"),
        (EMPTY, False, True, False, 500, "failed"),
        # weekends and holidays
        (EMPTY, False, False, True, 500, "quiet"),
        (EMPTY, False, False, False, 500, "quiet"),
        (OLD, False, False, False, 500, "quiet"),
        (OF_TODAY, False, False, False, 500, "quiet"),
    ],
)
def test_the_state_of_a_day_without_unseen_entries(
    answer: Batch, filed: bool, working: bool, early: bool, median: float, state: str
) -> None:
    found = day_state(
        answer,
        DAY,
        filed_under_its_date=filed,
        announcement_day=working,
        before_cutoff=early,
        median=median,
    )
    assert found == state


@pytest.mark.parametrize("state", DayState)
@pytest.mark.parametrize("bears", [DAY, None])
def test_every_state_has_an_explanation(state: DayState, bears: date | None) -> None:
    sentence = explain(state, bears)
    assert sentence.endswith(".")
    assert "None" not in sentence


def test_an_explanation_names_the_feed_s_date_or_the_error() -> None:
    assert "2026-05-11" in explain(DayState.STALE, DAY_BEFORE)
    assert "no date" in explain(DayState.WAITING, None)
    assert explain(DayState.FAILED, DAY, "The feed is cut short.") == "The feed is cut short."


def test_a_digested_stub_of_the_same_day_gains_topics_too_and_stays_digested() -> None:
    (gained,) = decide(entry(), hit("Models"), existing_stub("digested")).changed
    assert "Models" in gained.topics
    assert gained.status is StubStatus.DIGESTED


# metadata


COMPLETE = with_metadata(existing_stub(), paper())


@pytest.mark.parametrize(
    ("stub", "news", "changes"),
    [
        (existing_stub(), paper(), ()),
        (COMPLETE, paper(title="Other", withdrawn=True), ()),
        (existing_stub("digested"), paper(), ((MetadataArrived(), NewVersion(1)),)),
        (existing_stub("kept"), paper(title="Other"), ((MetadataArrived(), NewVersion(1)),)),
        (
            existing_stub("digested"),
            paper(withdrawn=True),
            ((MetadataArrived(), NewVersion(1)), (PaperWithdrawn(), NewVersion(1))),
        ),
        (replace(COMPLETE, status=StubStatus.DIGESTED), paper(version=2), ()),
        (
            replace(COMPLETE, status=StubStatus.DIGESTED),
            paper(version=2, title="Other"),
            ((TitleChanged("Other"), NewVersion(2)),),
        ),
        (
            replace(COMPLETE, status=StubStatus.KEPT),
            paper(version=3, title="Other", withdrawn=True),
            ((TitleChanged("Other"), NewVersion(3)), (PaperWithdrawn(), NewVersion(3))),
        ),
        (replace(COMPLETE, status=StubStatus.KEPT, withdrawn=True), paper(version=3, withdrawn=True), ()),
    ],
)
def test_changes_since_the_curator_saw_the_stub_are_reported_once(
    stub: Stub, news: Paper, changes: tuple[tuple[Change, Reason], ...]
) -> None:
    after, reported = apply_metadata(stub, news, NoteStyle(), lambda s: s, shown=stub.status is not StubStatus.QUEUED)
    assert reported == changes
    assert after.complete
    assert after.status is stub.status
    assert apply_metadata(after, news, NoteStyle(), lambda s: s, shown=True)[1] == ()


def test_metadata_does_not_overwrite_the_curator_s_text() -> None:
    mine = Curator("mine", {"title_line": "Mine"})
    assert (
        apply_metadata(existing_stub("kept", curator=mine), paper(title="Other"), NoteStyle(), lambda s: s, shown=True)[
            0
        ].curator
        == mine
    )
