"""Tests papers that were pending on their comment, once OAI's record is there (rules.md 2.2)."""

from datetime import timedelta
from itertools import product

import pytest
from msgspec.structs import replace

from fakes import DAY, paper, record, topic
from notebot.core.model.entry import AnnounceType
from notebot.core.model.filing_records import UndecidedEntry
from notebot.core.model.ledger import Counts, Outcome
from notebot.core.model.stub import Stub, StubStatus
from notebot.features.announcements.rules.filing_rules import TopicOutcome
from notebot.features.announcements.rules.undecided import DecidedPaper, decide_pending
from notebot.features.topics.rules.drafting import draft_from_paper
from notebot.features.topics.rules.matching import Matches, TopicMatch

NOTHING = Matches((), ())
ASKED = UndecidedEntry("2605.00001", DAY, AnnounceType.NEW, ("Venue", "Talks"))
RECORD = record(comment="A workshop paper")


def hit(*names: str, announce: frozenset[str] = frozenset({"new", "cross"})) -> Matches:
    """Topics of these names match."""
    return Matches(tuple(TopicMatch(topic(name, announce=announce), ()) for name in names), ())


def existing_stub(status: str = "queued", **changes: object) -> Stub:
    """The paper's stub, drafted on its day by the topic Math."""
    stub = draft_from_paper(paper(), None, hit("Math").matched)
    drafted = {"announced_on": DAY, "announce_type": AnnounceType.NEW, "status": StubStatus(status)}
    return replace(stub, **{**drafted, **changes})


def decide(found: Matches, stub: Stub | None = None, pending: UndecidedEntry = ASKED) -> DecidedPaper:
    return decide_pending(pending, RECORD, found, stub)


# changes of the ledger's row: the paper leaves `pending`, and `unmatched` if it matched


@pytest.mark.parametrize(
    ("status", "found", "counts"),
    [
        (None, NOTHING, Counts(pending=-1)),
        ("queued", NOTHING, Counts(pending=-1)),
        (None, hit("Venue"), Counts(unmatched=-1, pending=-1, drafted=1)),
        (None, hit("Venue", "Talks"), Counts(unmatched=-1, pending=-1, drafted=1)),
        (None, hit("Venue", announce=frozenset({"replace"})), Counts(unmatched=-1, pending=-1, unwanted=1)),
        ("queued", hit("Venue"), Counts(unmatched=-1, pending=-1, known=1)),
        ("kept", hit("Venue", announce=frozenset({"replace"})), Counts(unmatched=-1, pending=-1, known=1)),
        ("skipped", hit("Venue"), Counts(unmatched=-1, pending=-1, tombstoned=1)),
        (None, hit("Math"), Counts(pending=-1)),  # a topic that was not asked, such as a new one
    ],
)
def test_a_pending_paper_is_counted_by_its_outcome(status: str | None, found: Matches, counts: Counts) -> None:
    decision = decide(found, existing_stub(status) if status else None)
    assert decision.counts == counts
    assert decision.counts.announced == decision.counts.unmatched + decision.counts.matched == 0


@pytest.mark.parametrize(
    ("status", "found"), list(product([None, "queued", "kept", "skipped"], [NOTHING, hit("Venue"), hit("Math")]))
)
def test_a_paper_that_another_topic_had_matched_is_not_counted_again(status: str | None, found: Matches) -> None:
    pending = replace(ASKED, counted=Outcome.KNOWN)
    assert decide(found, existing_stub(status) if status else None, pending).counts == Counts()


def test_a_paper_that_was_counted_as_unwanted_and_is_drafted_now_is_counted_as_drafted() -> None:
    """Another topic had matched without asking for its type; ``drafted`` counts every draft (rules.md 1.3)."""
    decision = decide(hit("Venue"), None, replace(ASKED, counted=Outcome.UNWANTED))
    assert decision.stub is not None
    assert decision.counts == Counts(unwanted=-1, drafted=1)


# outcomes by topic


@pytest.mark.parametrize(
    ("status", "outcome"), [(None, "drafted"), ("queued", "known"), ("kept", "known"), ("skipped", "tombstoned")]
)
@pytest.mark.parametrize("counted", [None, Outcome.KNOWN])
def test_every_pending_topic_that_matches_has_an_outcome(
    status: str | None, outcome: str, counted: Outcome | None
) -> None:
    decision = decide(hit("Math", "Venue"), existing_stub(status) if status else None, replace(ASKED, counted=counted))
    assert decision.outcomes == (TopicOutcome("2605.00001", "Venue", Outcome(outcome)),)


def test_a_topic_that_asks_for_another_type_has_the_outcome_unwanted() -> None:
    found = Matches((*hit("Venue").matched, *hit("Talks", announce=frozenset({"replace"})).matched), ())
    decision = decide(found)
    assert {item.topic: item.outcome for item in decision.outcomes} == {
        "Venue": Outcome.DRAFTED,
        "Talks": Outcome.UNWANTED,
    }
    assert decision.stub is not None
    assert decision.stub.topics == ("Venue",)


def test_topics_that_do_not_match_have_no_outcome() -> None:
    assert decide(NOTHING) == DecidedPaper(Counts(pending=-1), (), None)


# the stub


@pytest.mark.parametrize("kind", AnnounceType)
def test_a_draft_has_the_day_and_type_of_the_announcement(kind: AnnounceType) -> None:
    day = DAY - timedelta(days=1)
    pending = replace(ASKED, announced_on=day, announce_type=kind)
    stub = decide(hit("Venue", announce=frozenset({"new", "cross", "replace"})), None, pending).stub
    assert stub is not None
    assert (stub.announced_on, stub.announce_type, stub.status) == (day, kind, StubStatus.QUEUED)
    assert (stub.title, stub.topics, stub.complete) == (RECORD.title, ("Venue",), False)


@pytest.mark.parametrize("status", ["queued", "digested"])
def test_an_undecided_stub_of_the_day_gains_the_topic(status: str) -> None:
    stub = decide(hit("Venue"), existing_stub(status)).stub
    assert stub is not None
    assert stub.topics == ("Math", "Venue")
    assert (stub.status, stub.comment, stub.complete) == (StubStatus(status), "12 pages", True)


@pytest.mark.parametrize(
    ("stub", "found"),
    [
        (None, NOTHING),
        (None, hit("Venue", announce=frozenset({"replace"}))),
        (existing_stub("kept"), hit("Venue")),
        (existing_stub("skipped"), hit("Venue")),
        (existing_stub(announced_on=DAY - timedelta(days=1)), hit("Venue")),
        (existing_stub(), hit("Math")),
        (existing_stub(), hit("Venue", announce=frozenset({"replace"}))),
        (existing_stub(topics=("Math", "Venue")), hit("Venue")),
    ],
)
def test_no_other_stub_is_saved(stub: Stub | None, found: Matches) -> None:
    assert decide(found, stub).stub is None
