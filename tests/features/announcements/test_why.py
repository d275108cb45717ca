"""Tests the explanation of why a paper is or is not in a digest, with a real store."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from fakes import DAY, NIGHT, batch, entry, paper, record, topic
from features.announcements.poll_setup import PollSetup
from notebot.core.model.entry import AnnounceType, Entry
from notebot.core.model.errors import UnavailableError
from notebot.core.model.filing_records import MatchRecord, Sighting
from notebot.core.model.ledger import Counts, DayState, LedgerRow, Outcome
from notebot.core.model.offer import DigestPlan
from notebot.core.model.stub import StubStatus, with_metadata
from notebot.features.announcements.why import TopicVerdict, Why, why
from notebot.features.topics.rules.drafting import draft_from_entry
from notebot.features.topics.rules.topic import Topic
from notebot.store.store import DatabaseStore

ID, KEY = "2605.00001", "arxiv:2605.00001"
NEXT_DAY = DAY + timedelta(days=1)
MATH = topic()


def file(
    store: DatabaseStore,
    announced: Entry,
    category: str = "cs.CL",
    came_by: str = "feed",
    matches: Sequence[tuple[str, str | None]] = (),
) -> None:
    """Files a paper as a poll does; ``matches`` are topics with outcomes."""
    store.sources.succeeded(category, NIGHT)
    store.sources.began(category, announced.announced_on)
    store.announcements.file(category, [announced], announced.announced_on, came_by)
    store.announcements.record_matches(
        MatchRecord(announced.arxiv_id, name, category, announced.announced_on, Outcome(outcome) if outcome else None)
        for name, outcome in matches
    )


def draft(store: DatabaseStore, status: str = "queued", **changes: object) -> None:
    stub = replace(draft_from_entry(entry(), ()), status=StubStatus(status))
    store.stubs.save(replace(stub, **changes), NIGHT)


def digest(store: DatabaseStore, name: str, day: date, *, written: bool = True) -> None:
    plan = DigestPlan(name, NIGHT, day, "the text", (KEY,), (), ())
    store.digests.plan(plan)
    if written:
        store.digests.written(plan, NIGHT + (day - DAY))


def answer_of(store: DatabaseStore, *topics: Topic) -> TopicVerdict:
    (answer,) = why(store, topics, ID).topics
    return answer


# announcements


def test_announcements_are_listed_oldest_first_with_their_source(store: DatabaseStore) -> None:
    again = entry(version=2, announce_type=AnnounceType.REPLACE, announced_on=NEXT_DAY)
    file(store, again)
    file(store, entry(announce_type=AnnounceType.CROSS), "cs.LG", "oai")
    file(store, entry())
    found = why(store, [MATH], ID)
    assert found.announced == (
        Sighting("cs.CL", 1, DAY, AnnounceType.NEW, "feed"),
        Sighting("cs.LG", 1, DAY, AnnounceType.CROSS, "oai"),
        Sighting("cs.CL", 2, NEXT_DAY, AnnounceType.REPLACE, "feed"),
    )
    assert found.sentences()[:4] == [
        "2605.00001  Math for models",
        "announced 2026-05-12 as new in cs.CL, according to the feed",
        "announced 2026-05-12 as cross in cs.LG, according to OAI-PMH",
        "announced 2026-05-13 as replace in cs.CL, according to the feed",
    ]


# topics


@pytest.mark.parametrize(
    ("query", "answer", "says"),
    [
        ("ti:math*", "matched", "matched by math* in the title"),
        ("all:useful", "matched", "matched by useful in the abstract"),
        ('abs:"prove a thing" AND au:noether', "matched", "matched by prove a thing in the abstract, noether in the"),
        ("", "matched", "takes every paper of its categories"),
        ("ti:physics OR ti:chemistry", "unmatched", "does not match; its terms are ti:physics, ti:chemistry"),
        ("ti:physics OR ti:physics", "unmatched", "its terms are ti:physics"),
        ("co:workshop", "pending", "undecided by the feed, which lacks fields of the query; its terms are co:workshop"),
        ('ti:math* AND jr:"a journal"', "pending", 'its terms are ti:math*, jr:"a journal"'),
        ("ti:physics AND co:workshop", "unmatched", "does not match"),
    ],
)
def test_a_topic_names_the_terms_that_matched_or_the_terms_it_looks_for(
    store: DatabaseStore, query: str, answer: str, says: str
) -> None:
    file(store, entry())
    found = answer_of(store, topic(query=query))
    assert (found.topic, found.answer) == ("Math", answer)
    assert says in found.why


@pytest.mark.parametrize(("query", "answer"), [("co:pages", "matched"), ("co:workshop", "unmatched")])
def test_a_complete_stub_leaves_no_topic_pending(store: DatabaseStore, query: str, answer: str) -> None:
    file(store, entry())
    store.stubs.save(with_metadata(draft_from_entry(entry(), ()), paper()), NIGHT)
    assert answer_of(store, topic(query=query)).answer == answer


def test_a_stub_without_metadata_leaves_topics_on_comments_pending(store: DatabaseStore) -> None:
    draft(store)
    assert answer_of(store, topic(query="co:workshop")).answer == "pending"


@pytest.mark.parametrize(
    ("categories", "listed", "answer"),
    [
        (("cs.CV",), ("cs.CL",), "not watching"),
        (("cs.CV", "cs.CL"), ("cs.CL",), "matched"),
        (("cs.LG",), ("cs.CL", "cs.LG"), "matched"),  # by the paper's own list
        (("cs.LG",), ("cs.CL",), "matched"),  # it was announced there, whatever the list says
    ],
)
def test_a_topic_of_other_categories_does_not_watch_the_paper(
    store: DatabaseStore, categories: tuple[str, ...], listed: tuple[str, ...], answer: str
) -> None:
    announced = entry(categories=listed)
    file(store, announced)
    if categories == ("cs.LG",):
        file(store, announced, "cs.LG")
    found = answer_of(store, topic(categories=categories))
    assert found.answer == answer
    if answer == "not watching":
        assert found.why == "watches cs.CV, the paper is in none of them"


def test_topics_are_listed_in_config_order_one_per_line(store: DatabaseStore) -> None:
    file(store, entry())
    topics = [topic("B", "ti:physics"), topic("A"), topic("C", "", categories=("cs.CV",))]
    found = why(store, topics, ID)
    assert [(announced.topic, announced.answer) for announced in found.topics] == [
        ("B", "unmatched"),
        ("A", "matched"),
        ("C", "not watching"),
    ]
    assert [line.partition(":")[0] for line in found.sentences()[2:5]] == ["topic B", "topic A", "topic C"]


# outcomes


@pytest.mark.parametrize(
    ("status", "note_number", "says"),
    [
        ("queued", None, "It has a stub, which is queued."),
        ("skipped", None, "It has a stub, which is skipped."),
        ("kept", 4711, "It has a stub, which is kept, note #4711."),
    ],
)
def test_a_stub_is_reported_with_its_status(
    store: DatabaseStore, status: str, note_number: int | None, says: str
) -> None:
    file(store, entry())
    draft(store, status, note_number=note_number)
    found = why(store, [MATH], ID)
    assert (found.status, found.digest, found.became) == (status, None, says)
    assert found.sentences()[-1] == says


def test_the_newest_written_digest_is_named(store: DatabaseStore) -> None:
    draft(store)
    digest(store, "2026-05-12.md", DAY)
    digest(store, "2026-05-13.md", NEXT_DAY)
    digest(store, "2026-05-14.md", NEXT_DAY + timedelta(days=1), written=False)
    found = why(store, [MATH], ID)
    assert found.digest == "2026-05-13.md"
    assert found.became == "It has a stub, which is digested and is in the digest 2026-05-13.md."


def test_a_stub_that_was_saved_by_hand_has_no_announcement(store: DatabaseStore) -> None:
    draft(store)
    found = why(store, [MATH], ID)
    assert (found.title, found.announced) == ("Math for models", ())
    assert found.became == "It has a stub, which is queued."


@pytest.mark.parametrize(
    ("matches", "says"),
    [
        ([], "no topic matched it when it came"),
        ([("Math", "unwanted")], "it matched, but no topic asks for this announcement type"),
        ([("Math", "unwanted"), ("Venue", None)], "it matched, but no topic asks for this announcement type"),
        ([("Venue", None)], "not drafted yet: that depends on its comment"),
    ],
)
def test_a_paper_without_a_stub_is_reported_with_the_reason(
    store: DatabaseStore, matches: list[tuple[str, str | None]], says: str
) -> None:
    file(store, entry(), matches=matches)
    found = why(store, [MATH], ID)
    assert (found.status, found.digest) == (None, None)
    assert says in found.became


def test_a_paper_whose_text_was_pruned_still_lists_its_announcements(store: DatabaseStore) -> None:
    file(store, entry())
    store.announcements.prune_texts(NEXT_DAY)
    found = why(store, [MATH], ID)
    assert (found.title, found.topics) == (None, ())
    assert found.sentences() == [
        "2605.00001  (nothing but its id is known)",
        "announced 2026-05-12 as new in cs.CL, according to the feed",
        "It was not drafted: no topic matched it when it came.",
    ]


# unknown papers


def row(store: DatabaseStore, state: str, day: date, category: str = "cs.CL") -> None:
    store.ledger.add(LedgerRow(day, category, DayState(state), Counts(), "So it is."))


def test_before_the_first_poll_nothing_is_known_of_any_paper(store: DatabaseStore) -> None:
    assert why(store, [MATH], ID) == Why(
        ID, None, (), (), None, None, "No poll has succeeded yet, so nothing is known of any paper."
    )


def test_a_feed_that_never_answered_leaves_every_paper_unknown(store: DatabaseStore) -> None:
    store.sources.failed("cs.CL", NIGHT, "timeout", "It is silent.")
    assert why(store, [MATH], ID).became.startswith("No poll has succeeded yet")


def test_an_unknown_paper_is_reported_with_the_days_that_were_read(store: DatabaseStore) -> None:
    file(store, entry("2605.00002"))
    file(store, entry("2605.00002", announced_on=NEXT_DAY), "cs.LG")
    row(store, "fresh", DAY)
    row(store, "quiet", NEXT_DAY)
    assert why(store, [MATH], ID).became == "No announcement of cs.CL, cs.LG since 2026-05-12 held it."


@pytest.mark.parametrize("state", ["failed", "stale", "waiting"])
def test_days_that_were_not_read_are_named_as_possible(store: DatabaseStore, state: str) -> None:
    file(store, entry("2605.00002"))
    row(store, "fresh", DAY)
    row(store, state, NEXT_DAY)
    became = why(store, [MATH], ID).became
    assert became.endswith(f"Not all days are in: 2026-05-13 cs.CL ({state}).")


def test_only_the_last_of_many_failed_days_are_named(store: DatabaseStore) -> None:
    file(store, entry("2605.00002"))
    for number in range(30):
        row(store, "failed", DAY + timedelta(days=number))
    became = why(store, [MATH], ID).became
    assert became.count("(failed)") == 10
    assert f"{DAY + timedelta(days=29)} cs.CL" in became


def test_days_of_a_category_no_longer_watched_are_not_named(store: DatabaseStore) -> None:
    file(store, entry("2605.00002"))
    row(store, "failed", NEXT_DAY, "cs.CV")
    assert "cs.CV" not in why(store, [MATH], ID).became


# after real polls


@pytest.fixture
def bench(store: DatabaseStore) -> PollSetup:
    """Tuesday's feed contained one paper; the topic needs its comment."""
    setup = PollSetup(store)
    setup.topics = [topic("Venue", "co:workshop", categories=("cs.CL",))]
    setup.feed.answers["cs.CL"] = batch(entry(title="Cooking"))
    setup.poll()
    setup.clock.pass_by(days=1)
    setup.feed.answers["cs.CL"] = UnavailableError("It is down.")
    return setup


def test_a_paper_is_pending_on_its_comment_until_the_oai_list_arrives(bench: PollSetup) -> None:
    assert why(bench.store, bench.topics, ID).became.startswith("It is not drafted yet")
    bench.records.known["cs.CL"] = [record(title="Cooking", comment="A workshop paper")]
    bench.poll()
    assert why(bench.store, bench.topics, ID).became == "It has a stub, which is queued."


@pytest.mark.parametrize(
    ("comment", "answer", "became"),
    [
        ("12 pages", "unmatched", "It was not drafted: no topic matched it when it came."),
        (
            "A workshop paper",
            "matched",
            "It was not drafted: it matched, but no topic asks for this announcement type.",
        ),
    ],
)
def test_a_topic_decided_by_the_comment_is_no_longer_pending(
    bench: PollSetup, comment: str, answer: str, became: str
) -> None:
    bench.topics = [replace(bench.topics[0], announce=frozenset({"replace"}))]
    bench.records.known["cs.CL"] = [record(title="Cooking", comment=comment)]
    bench.poll()
    found = why(bench.store, bench.topics, ID)
    assert (found.became, [announced.answer for announced in found.topics]) == (became, [answer])


def test_a_match_in_the_feed_s_text_still_names_its_terms(bench: PollSetup) -> None:
    bench.topics = [topic("Food", "ti:cooking", categories=("cs.CL",)), topic(categories=("cs.CL",))]
    bench.records.known["cs.CL"] = [record(title="Cooking", comment="12 pages")]
    bench.poll()
    assert [(announced.answer, announced.why) for announced in why(bench.store, bench.topics, ID).topics] == [
        ("matched", "matched by cooking in the title"),
        ("unmatched", "does not match; its terms are ti:math*"),
    ]


def test_a_topic_added_later_is_not_matched_by_the_comment(bench: PollSetup) -> None:
    bench.records.known["cs.CL"] = [record(title="Cooking", comment="A tutorial")]
    bench.poll()
    (found,) = why(bench.store, [topic("Tutorials", "co:tutorial", categories=("cs.CL",))], ID).topics
    assert found.why == "depended on its comment, which OAI-PMH has delivered since; not drafted for this topic"
