"""The order and selection of entries in a digest (product.md, The digest)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fakes import DAY, entry
from notebot.core.model.entry import AnnounceType
from notebot.core.model.ledger import Counts, DayState, LedgerRow
from notebot.core.model.stub import Stub
from notebot.features.digests.rules.layout import (
    Coverage,
    arrange,
    held_back,
    home_topic,
    missing_categories,
    rank_key,
)
from notebot.features.topics.rules.drafting import draft_from_entry

TOPICS = ("Math", "Models", "Vision")
OTHER = "No topic"


def stub(number: int = 1, topics: tuple[str, ...] = ("Math",), **changes: object) -> Stub:
    draft = draft_from_entry(entry(f"2605.{number:05d}"), ())
    return replace(draft, topics=topics, **changes)


def row(state: str, category: str = "cs.CL", day: date = DAY) -> LedgerRow:
    return LedgerRow(day, category, DayState(state), Counts(), "Because.")


def test_stubs_rank_by_post_then_newest_day_then_announcement_type() -> None:
    old, newer = DAY - timedelta(days=1), DAY
    ranked = [
        stub(9, posts=("https://x.com/a",), announced_on=old, announce_type=AnnounceType.REPLACE),
        stub(3, announced_on=newer, announce_type=AnnounceType.NEW),
        stub(4, announced_on=newer, announce_type=AnnounceType.NEW),
        stub(2, announced_on=newer, announce_type=AnnounceType.CROSS),
        stub(1, announced_on=newer, announce_type=AnnounceType.REPLACE),
        stub(5, announced_on=old, announce_type=AnnounceType.NEW),
        stub(6, announced_on=None, announce_type=None),
    ]
    shuffled = [ranked[place] for place in (6, 2, 4, 0, 5, 3, 1)]
    assert sorted(shuffled, key=rank_key) == ranked


def test_sections_follow_the_config_and_empty_ones_are_left_out() -> None:
    layout = arrange([stub(1, ("Vision",)), stub(2, ("Math",)), stub(3, ())], TOPICS, 20, OTHER)
    assert [section.topic for section in layout.sections] == ["Math", "Vision", OTHER]
    assert [one.arxiv_id for one in layout.stubs] == ["2605.00002", "2605.00001", "2605.00003"]


@pytest.mark.parametrize(
    ("topics", "home"),
    [
        (("Models", "Math"), "Math"),
        (("Vision",), "Vision"),
        (("A topic that is gone", "Models"), "Models"),
        (("A topic that is gone",), OTHER),
        ((), OTHER),
    ],
)
def test_the_home_topic_is_the_first_match_in_the_config(topics: tuple[str, ...], home: str) -> None:
    assert home_topic(stub(1, topics), TOPICS, OTHER) == home


def test_the_best_entries_are_in_full_and_all_others_are_headlines() -> None:
    stubs = [stub(n, posts=("https://x.com/a",) if n == 5 else ()) for n in range(1, 6)]
    layout = arrange(stubs, TOPICS, 2, OTHER)
    assert [one.arxiv_id for one in layout.sections[0].stubs] == ["2605.00005", "2605.00001"]
    assert [one.arxiv_id for one in layout.headlines] == ["2605.00002", "2605.00003", "2605.00004"]


def test_with_no_room_in_full_every_stub_is_a_headline() -> None:
    layout = arrange([stub(2), stub(1)], TOPICS, 0, OTHER)
    assert layout.sections == ()
    assert [one.arxiv_id for one in layout.headlines] == ["2605.00001", "2605.00002"]


def test_a_digest_without_stubs_is_empty() -> None:
    assert arrange([], TOPICS, 20, OTHER).stubs == ()


stubs = st.lists(
    st.builds(
        stub,
        st.integers(1, 999),
        st.lists(st.sampled_from([*TOPICS, "gone"]), unique=True).map(tuple),
        posts=st.sampled_from([(), ("https://x.com/a",)]),
        announced_on=st.none() | st.dates(date(2026, 1, 1), date(2026, 2, 1)),
        announce_type=st.none() | st.sampled_from(AnnounceType),
    ),
    unique_by=lambda one: one.key,
    max_size=12,
)


@given(stubs, st.integers(0, 14))
def test_every_stub_is_in_the_digest_exactly_once(given_stubs: list[Stub], full: int) -> None:
    layout = arrange(given_stubs, TOPICS, full, OTHER)
    assert sorted(one.key for one in layout.stubs) == sorted(one.key for one in given_stubs)
    assert len(layout.stubs) - len(layout.headlines) == min(full, len(given_stubs))
    for section in layout.sections:
        assert list(section.stubs) == sorted(section.stubs, key=rank_key)
    places = [*TOPICS, OTHER]
    in_order = sorted(layout.headlines, key=lambda one: (places.index(home_topic(one, TOPICS, OTHER)), rank_key(one)))
    assert list(layout.headlines) == in_order


@pytest.mark.parametrize(
    ("complete", "waited", "held"),
    [(False, 0, True), (False, 1, False), (False, 2, False), (True, 0, False)],
)
def test_a_stub_without_metadata_is_held_back_from_one_digest_only(complete: bool, waited: int, held: bool) -> None:
    assert held_back(stub(complete=complete), waited) == held


@pytest.mark.parametrize(
    ("states", "missing"),
    [
        ({}, ("cs.CL", "cs.LG")),
        ({"cs.CL": "fresh"}, ("cs.LG",)),
        ({"cs.CL": "quiet", "cs.LG": "truncated"}, ()),
        ({"cs.CL": "waiting", "cs.LG": "fresh"}, ("cs.CL",)),
        ({"cs.CL": "stale", "cs.LG": "failed", "cs.CV": "fresh"}, ("cs.CL", "cs.LG")),
    ],
)
def test_every_watched_category_that_has_not_arrived_is_missing(
    states: dict[str, str], missing: tuple[str, ...]
) -> None:
    held = {name: DayState(state) for name, state in states.items()}
    assert missing_categories(held, ("cs.CL", "cs.LG"), day_counts=True) == missing
    assert missing_categories(held, ("cs.CL", "cs.LG"), day_counts=False) == ()


@pytest.mark.parametrize(
    ("rows", "missing", "all_in"),
    [
        ((), (), True),
        ((row("fresh"), row("quiet", "cs.LG")), (), True),
        ((row("fresh"),), ("cs.LG",), False),
        ((row("fresh"), row("truncated", "cs.LG")), (), False),
        ((row("waiting", day=DAY - timedelta(days=1)), row("fresh")), (), False),
        ((row("stale"),), (), False),
        ((row("failed"),), (), False),
    ],
)
def test_all_is_in_if_nothing_is_missing_and_no_row_is_in_trouble(
    rows: tuple[LedgerRow, ...], missing: tuple[str, ...], all_in: bool
) -> None:
    assert Coverage(DAY, rows, missing).all_in == all_in
