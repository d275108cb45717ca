"""Tests what OAI's list of changes adds to missed days, with tables from rules.md 1.2, 1.4 and 3.4."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import chain
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import record
from notebot.core.model.arxiv_calendar import (
    announcement_days_between,
    is_announcement_day,
    previous_announcement_day,
    submissions_opened_on,
)
from notebot.core.model.arxiv_id import is_new_style_id, latest_id
from notebot.core.model.entry import UNKNOWN_VERSION, AnnounceType, Entry
from notebot.core.model.filing_records import FilingDates
from notebot.core.model.ledger import DayState
from notebot.core.model.oai_record import OaiRecord
from notebot.features.announcements.rules.filing_rules import explain_contradiction, explain_oai, state_after_oai
from notebot.features.announcements.rules.missed_days import (
    Gap,
    Recovery,
    announcement_days,
    batch_day,
    bound_of_first_day,
    entry_of,
    first_id_of_month,
    recover,
)

FRI_BEFORE = date(2026, 5, 8)
MON, TUE, WED, THU, FRI, SAT, SUN = (date(2026, 5, day) for day in range(11, 18))
NEXT_MON = date(2026, 5, 18)
WEEK = (MON, TUE, WED, THU, FRI)
KNOWN_UP_TO = "2605.00100"
GAP = Gap("cs.CL", TUE, THU, KNOWN_UP_TO)
OLD, NEW = "2401.00007", "2605.00201"
days = st.dates(FRI_BEFORE, NEXT_MON)


def recovered(item: OaiRecord, before: FilingDates | None = None, gap: Gap = GAP) -> Entry | str:
    """The result for a single record: its entry, ``older``, or ``nothing``."""
    found = recover([item], gap, {item.arxiv_id: before} if before else {})
    entries = list(chain(*found.entries.values()))
    assert len(entries) + len(found.older) <= 1
    return entries[0] if entries else "older" if found.older else "nothing"


# the calendar of a gap


@pytest.mark.parametrize(("day", "before"), [(MON, FRI_BEFORE), (TUE, MON), (SAT, FRI), (SUN, FRI), (NEXT_MON, FRI)])
def test_the_previous_announcement_day_skips_the_weekend(day: date, before: date) -> None:
    assert previous_announcement_day(day) == before


@pytest.mark.parametrize(("batch", "opened"), [(WED, MON), (THU, TUE), (TUE, FRI_BEFORE), (NEXT_MON, THU)])
def test_a_batch_is_open_for_submissions_from_two_announcement_days_before(batch: date, opened: date) -> None:
    assert submissions_opened_on(batch) == opened


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_no_announcement_day_lies_between_a_day_and_the_previous_one(day: date) -> None:
    before = previous_announcement_day(day)
    assert is_announcement_day(before)
    assert announcement_days_between(before, day - timedelta(days=1)) == []


# one record: first announced, replaced, older, or nothing (rules.md 3.4)


@pytest.mark.parametrize(
    ("arxiv_id", "stamp", "updated", "before", "becomes"),
    [
        # never seen and above the highest id seen before the gap: first announced
        (NEW, TUE, None, None, (TUE, "new")),
        (NEW, THU, None, None, (THU, "new")),
        (NEW, THU, TUE, None, (THU, "new")),  # replaced since, and no neighbour tells its day
        ("2605.00101", TUE, None, None, (TUE, "new")),
        # only a replacement was filed: its first announcement is missing
        (NEW, TUE, None, FilingDates(None, FRI), (TUE, "new")),
        # announced here before
        (NEW, TUE, None, FilingDates(MON, MON), "nothing"),
        (NEW, THU, None, FilingDates(TUE, TUE), "nothing"),
        # after the gap: left to a later poll
        (NEW, FRI, None, None, "nothing"),
        (OLD, FRI, None, None, "nothing"),
        (OLD, FRI, THU, None, "nothing"),
        # a version submitted for a batch of the gap: replaced
        (OLD, TUE, MON, None, (TUE, "replace")),
        (OLD, TUE, FRI_BEFORE, None, (TUE, "replace")),
        (OLD, WED, TUE, FilingDates(date(2024, 1, 9), date(2024, 1, 9)), (WED, "replace")),
        (NEW, WED, TUE, FilingDates(MON, MON), (WED, "replace")),
        (OLD, WED, TUE, FilingDates(None, TUE), (WED, "replace")),
        # already filed from the feed
        (OLD, TUE, MON, FilingDates(None, TUE), "nothing"),
        (OLD, THU, MON, FilingDates(None, TUE), "nothing"),  # the record has changed again since
        # everything else never announced here is older: changed, held or cross-listed
        (OLD, TUE, None, None, "older"),
        (OLD, THU, date(2026, 5, 7), None, "older"),
        (KNOWN_UP_TO, TUE, None, None, "older"),
        ("2605.00099", TUE, None, None, "older"),
        ("cs/0604001", TUE, None, None, "older"),
        ("hep-th/9901001", WED, None, None, "older"),
        ("hep-th/9901001", WED, TUE, None, (WED, "replace")),
        # at a weekend, when records change and nothing is announced
        (OLD, SAT, None, None, "nothing"),
    ],
)
def test_a_record_is_decided_by_its_id_its_newest_version_and_what_was_filed(
    arxiv_id: str, stamp: date, updated: date | None, before: FilingDates | None, becomes: tuple[date, str] | str
) -> None:
    found = recovered(record(arxiv_id, stamp, updated=updated), before)
    result = (found.announced_on, found.announce_type) if isinstance(found, Entry) else found
    assert result == becomes


@pytest.mark.parametrize("created", [date(2019, 1, 1), date(2026, 4, 20), TUE])
def test_the_submission_date_does_not_decide(created: date) -> None:
    assert isinstance(recovered(record(NEW, TUE, created=created)), Entry)
    assert recovered(record(OLD, TUE, created=created)) == "older"


@pytest.mark.parametrize(
    ("categories", "category", "primary"),
    [
        (("cs.CL", "cs.LG"), "cs.CL", True),
        (("cs.LG", "cs.CL"), "cs.CL", False),
        (("math.MP", "math-ph"), "math-ph", True),  # two names of one category
        (("math-ph",), "math.MP", True),
        (("cmp-lg",), "cs.CL", True),
        (("quant-ph", "math.MP"), "math-ph", False),
    ],
)
def test_a_paper_is_new_in_its_primary_category_and_a_cross_in_others(
    categories: tuple[str, ...], category: str, primary: bool
) -> None:
    gap = Gap(category, TUE, THU, KNOWN_UP_TO)
    first = recovered(record(NEW, TUE, categories=categories), gap=gap)
    again = recovered(record(OLD, TUE, categories=categories, updated=MON), gap=gap)
    assert isinstance(first, Entry)
    assert isinstance(again, Entry)
    assert first.announce_type == ("new" if primary else "cross")
    assert again.announce_type == ("replace" if primary else "replace-cross")


def test_a_change_at_a_weekend_belongs_to_the_previous_announcement_day() -> None:
    gap = Gap("cs.CL", THU, NEXT_MON, KNOWN_UP_TO)
    for stamp in (SAT, SUN):
        found = recovered(record(NEW, stamp), gap=gap)
        assert isinstance(found, Entry)
        assert found.announced_on == FRI


def test_an_entry_copies_the_record_and_a_replacement_has_no_version() -> None:
    item = record(NEW, TUE, "A title", categories=("cs.LG", "cs.CL"), journal_ref="J. 1", doi="10.1/x", comment="c")
    new, again = (entry_of(item, kind, WED) for kind in (AnnounceType.CROSS, AnnounceType.REPLACE_CROSS))
    assert (new.version, again.version) == (1, UNKNOWN_VERSION)
    assert (new.announce_type, new.announced_on) == (AnnounceType.CROSS, WED)
    for name in ("arxiv_id", "title", "abstract", "authors", "categories", "journal_ref", "doi"):
        assert getattr(new, name) == getattr(again, name) == getattr(item, name)


@pytest.mark.parametrize("stamp", [SAT, SUN])
def test_nothing_is_filed_under_a_weekend_day_on_which_the_ledger_began(stamp: date) -> None:
    found = recovered(record(OLD, stamp, updated=THU), gap=Gap("cs.CL", SAT, NEXT_MON, KNOWN_UP_TO))
    assert not isinstance(found, Entry) or is_announcement_day(found.announced_on)


def test_a_replacement_announced_before_the_gap_is_not_filed_in_it() -> None:
    assert recovered(record(OLD, MON, updated=FRI_BEFORE)) == "nothing"


# a whole list

stamped = st.tuples(days, st.none() | st.integers(1, 9)).map(
    lambda drawn: (drawn[0], drawn[1] and drawn[0] - timedelta(days=drawn[1]))
)
ids = st.sampled_from([*(f"2605.{number:05d}" for number in range(95, 125)), OLD, "2512.09999", "cs/0604001"])
filings = st.tuples(st.none() | days, days).map(lambda pair: FilingDates(pair[0], max(pair[0] or pair[1], pair[1])))
deltas = st.dictionaries(ids, stamped).map(
    lambda drawn: [record(name, stamp, updated=updated) for name, (stamp, updated) in drawn.items()]
)
gaps = st.lists(st.sampled_from(WEEK), min_size=2, max_size=2).map(
    lambda ends: Gap("cs.CL", min(ends), max(ends), KNOWN_UP_TO)
)


def entries_of(found: Recovery) -> list[Entry]:
    return list(chain(*found.entries.values()))


def filed_after(found: Recovery, filed: Mapping[str, FilingDates]) -> dict[str, FilingDates]:
    """The filing dates after the entries of a recovery are filed."""
    after = dict(filed)
    for item in entries_of(found):
        before = after.get(item.arxiv_id)
        first = None if item.announce_type.announce_option == "replace" else item.announced_on
        last = max(item.announced_on, before.last_on) if before else item.announced_on
        after[item.arxiv_id] = FilingDates(first or (before.first_on if before else None), last)
    return after


@given(deltas, gaps, st.dictionaries(ids, filings))
def test_each_record_is_an_entry_or_older_or_known(
    records: list[OaiRecord], gap: Gap, filed: dict[str, FilingDates]
) -> None:
    found = recover(records, gap, filed)
    taken = [item.arxiv_id for item in entries_of(found)]
    older = [item.arxiv_id for item in found.older]
    assert len({*taken, *older}) == len(taken) + len(older)
    assert {*taken, *older} <= {item.arxiv_id for item in records}
    assert not set(older) & filed.keys()
    unfiled = {item.arxiv_id for item in records if gap.since <= item.datestamp <= gap.until} - filed.keys()
    assert unfiled <= {*taken, *older}


@given(deltas, gaps, st.dictionaries(ids, filings))
def test_every_entry_is_filed_under_an_announcement_day_of_the_gap(
    records: list[OaiRecord], gap: Gap, filed: dict[str, FilingDates]
) -> None:
    found = recover(records, gap, filed)
    assert list(found.entries) == sorted(found.entries)
    for day, entries in found.entries.items():
        assert gap.since <= day <= gap.until
        assert is_announcement_day(day)
        assert {item.announced_on for item in entries} == {day}


@given(deltas, gaps, st.dictionaries(ids, filings))
def test_only_ids_above_all_seen_ones_are_first_announced_and_only_once(
    records: list[OaiRecord], gap: Gap, filed: dict[str, FilingDates]
) -> None:
    found = recover(records, gap, filed)
    first = [item.arxiv_id for item in entries_of(found) if item.announce_type.announce_option != "replace"]
    assert all(is_new_style_id(name) and name > KNOWN_UP_TO for name in first)
    assert all(filed[name].first_on is None for name in first if name in filed)
    again = recover(records, gap, filed_after(found, filed))
    assert all(item.announce_type.announce_option == "replace" for item in entries_of(again))


workday_stamps = st.tuples(st.sampled_from((FRI_BEFORE, *WEEK)), st.none() | st.integers(1, 9)).map(
    lambda drawn: (drawn[0], drawn[1] and drawn[0] - timedelta(days=drawn[1]))
)


@given(st.dictionaries(ids, workday_stamps), gaps)
def test_reading_the_same_list_again_converges(drawn: dict[str, tuple[date, date | None]], gap: Gap) -> None:
    """A paper announced and replaced within the gap is an entry twice, and no paper more often."""
    records = [record(name, stamp, updated=updated) for name, (stamp, updated) in drawn.items()]
    filed: dict[str, FilingDates] = {}
    for _ in range(2):
        filed = filed_after(recover(records, gap, filed), filed)
    assert recover(records, gap, filed).entries == {}


def test_a_replacement_with_a_datestamp_of_the_weekend_is_recovered_once() -> None:
    gap = Gap("cs.CL", FRI, NEXT_MON, KNOWN_UP_TO)
    records = [record(OLD, SAT, updated=FRI)]
    once = recover(records, gap, {})
    assert recover(records, gap, filed_after(once, {})).entries == {}


@given(deltas, gaps, st.randoms())
def test_the_order_of_the_records_does_not_matter(records: list[OaiRecord], gap: Gap, chance: Random) -> None:
    shuffled = list(records)
    chance.shuffle(shuffled)
    item, other = recover(records, gap, {}), recover(shuffled, gap, {})
    assert {day: set(entries) for day, entries in item.entries.items()} == {
        day: set(entries) for day, entries in other.entries.items()
    }
    assert set(item.older) == set(other.older)


# the day of a paper that was replaced since


def announced(sizes: Sequence[int]) -> dict[str, date]:
    """The true day of every paper for these numbers of papers per day from Monday on, ids in order."""
    result = [day for day, size in zip(WEEK, sizes, strict=False) for _ in range(size)]
    return {f"2605.{201 + number:05d}": day for number, day in enumerate(result)}


def delta(truth: Mapping[str, date], replaced: set[str]) -> list[OaiRecord]:
    """The records of the papers, some of them moved to Friday by a replacement."""
    return [record(name, FRI, updated=THU) if name in replaced else record(name, day) for name, day in truth.items()]


def inner(truth: Mapping[str, date]) -> list[str]:
    """The papers with a neighbour of the same day on both sides."""
    names = list(truth)
    return [
        name
        for before, name, after in zip(names, names[1:], names[2:], strict=False)
        if truth[before] == truth[name] == truth[after]
    ]


@given(st.lists(st.integers(10, 30), min_size=1, max_size=4), st.integers(0, 2))
def test_neighbours_give_the_true_day_although_a_third_was_replaced_since(sizes: list[int], phase: int) -> None:
    truth = announced(sizes)
    replaced = set(inner(truth)[phase::3])
    assert announcement_days(delta(truth, replaced), KNOWN_UP_TO) == truth


@given(st.lists(st.integers(10, 30), min_size=2, max_size=4), st.randoms())
def test_between_two_days_neighbours_are_off_by_at_most_one_announcement_day(sizes: list[int], chance: Random) -> None:
    truth = announced(sizes)
    replaced = set(chance.sample(list(truth), len(truth) // 3))
    for name, day in announcement_days(delta(truth, replaced), KNOWN_UP_TO).items():
        assert abs(WEEK.index(day) - WEEK.index(truth[name])) <= 1


@pytest.mark.parametrize("place", [1, -2], ids=["of the first day", "of the last day"])
def test_a_day_of_three_papers_at_either_end_of_the_gap_keeps_its_middle_one(place: int) -> None:
    truth = announced([3, 12, 3])
    name = list(truth)[place]
    assert announcement_days(delta(truth, {name}), KNOWN_UP_TO)[name] == truth[name]


def test_a_day_of_three_papers_between_others_keeps_its_middle_one() -> None:
    truth = announced([12, 3, 12])
    name = list(truth)[13]
    assert announcement_days(delta(truth, {name}), KNOWN_UP_TO)[name] == TUE


@pytest.mark.parametrize("exception", [NEW, "2605.00215"])
def test_one_paper_out_of_order_does_not_mislead_its_neighbours(exception: str) -> None:
    truth = announced([20, 20])
    records = [record(exception, THU) if item.arxiv_id == exception else item for item in delta(truth, {"2605.00210"})]
    assert announcement_days(records, KNOWN_UP_TO)["2605.00210"] == MON


def test_neighbours_never_move_a_paper_past_its_own_datestamp() -> None:
    records = [*(record(f"2605.002{number:02d}", THU) for number in range(12)), record("2605.00290", TUE, updated=MON)]
    assert announcement_days(records, KNOWN_UP_TO)["2605.00290"] == TUE


def test_papers_below_the_bound_do_not_affect_those_above() -> None:
    records = [record("2605.00099", MON), record("2605.00100", MON), record("2605.00101", THU, updated=WED)]
    result = announcement_days(records, KNOWN_UP_TO)
    assert result == {"2605.00099": MON, "2605.00100": MON, "2605.00101": THU}


# the day of a feed's batch, for a stale feed can have today's date


@pytest.mark.parametrize(
    ("names", "day"),
    [
        (["2605.00201", "2605.00202"], TUE),
        (["2605.00201", "2605.00202", "2605.00301"], TUE),  # one has changed since
        (["2605.00201", "2605.00301"], WED),  # as many: the later day
        (["2605.00301"], WED),
        (["2605.00201", "2605.99999"], TUE),
        (["2605.99999"], None),  # OAI does not have it yet
        ([], None),
    ],
)
def test_a_batch_belongs_to_the_day_of_most_of_its_papers(names: list[str], day: date | None) -> None:
    records = [record("2605.00201", TUE), record("2605.00202", TUE), record("2605.00301", WED)]
    assert batch_day(names, records, KNOWN_UP_TO) == day


def test_a_batch_with_papers_replaced_since_still_belongs_to_its_own_day() -> None:
    truth = announced([12])
    records = delta(truth, set(list(truth)[1:11:2]))
    assert batch_day(truth, records, KNOWN_UP_TO) == MON


# bounds: above which id a paper is new


@pytest.mark.parametrize(
    ("names", "highest"),
    [
        (["2605.00002", "2605.00010", "2512.99999"], "2605.00010"),
        (["0704.0001", "1501.00001"], "1501.00001"),
        (["hep-th/9901001", "2605.00002"], "2605.00002"),
        (["hep-th/9901001", "cs/0604001"], None),
        ([], None),
    ],
)
def test_only_new_style_ids_count_for_the_latest_id(names: list[str], highest: str | None) -> None:
    assert latest_id(names) == highest


@pytest.mark.parametrize(
    ("before", "whole", "bound"),
    [
        # a whole feed: no new paper has a lower id than its lowest new one
        ({"2605.00102": "new", "2605.00101": "new"}, True, "2605.00100"),
        ({"2605.01000": "new"}, True, "2605.00999"),
        ({"0704.1000": "new"}, True, "0704.0999"),
        ({"2605.00101": "new", "2604.00001": "cross", "2401.00001": "replace"}, True, "2605.00100"),
        # a truncated feed: only replaced papers are certainly older
        ({"2605.00101": "new", "2604.00009": "replace"}, False, "2604.00009"),
        ({"2604.00009": "replace", "2605.00009": "replace-cross", "2605.00050": "cross"}, False, "2605.00009"),
        ({"2605.00101": "new"}, False, None),
        # a feed without new papers
        ({"2604.00009": "replace", "cs/0604001": "new"}, True, "2604.00009"),
        ({"2605.00101": "cross"}, True, None),
        ({}, True, None),
    ],
)
def test_the_bound_of_a_first_day_is_below_all_its_ids(before: dict[str, str], whole: bool, bound: str | None) -> None:
    result = {name: AnnounceType(kind) for name, kind in before.items()}
    assert bound_of_first_day(result, whole=whole) == bound


def test_the_bound_of_a_month_is_below_its_ids_and_above_earlier_ones() -> None:
    bound = first_id_of_month(MON)
    assert "2604.99999" < bound < "2605.00001"


# the state of a day once OAI was read (rules.md 1.2 and 9.1)


@pytest.mark.parametrize(
    ("before", "count", "expected", "over", "after"),
    [
        (None, 3, True, True, "fresh"),
        ("failed", 3, True, True, "fresh"),
        ("quiet", 3, True, True, "fresh"),
        ("stale", 3, True, False, "fresh"),
        ("waiting", 3, True, True, "fresh"),
        ("fresh", 3, True, True, "fresh"),
        (None, 3, False, True, "fresh"),  # a holiday that brought papers all the same
        # OAI's papers do not undo that the feed was truncated
        ("truncated", 2003, True, True, "truncated"),
        ("truncated", 2000, True, False, "truncated"),
        # OAI agrees that there was nothing
        (None, 0, True, True, "quiet"),
        ("failed", 0, True, True, "quiet"),
        ("failed", 0, True, False, "quiet"),
        ("stale", 0, True, True, "quiet"),
        ("waiting", 0, True, True, "quiet"),
        ("quiet", 0, False, True, "quiet"),
        # today's feed may still bring its batch
        ("stale", 0, True, False, "stale"),
        # a holiday without a row needs none
        (None, 0, False, True, None),
    ],
)
def test_the_state_of_a_day_after_the_comparison_with_oai(
    before: str | None, count: int, expected: bool, over: bool, after: str | None
) -> None:
    assert state_after_oai(DayState(before) if before else None, count, expected=expected, over=over) == after


def test_a_waiting_day_does_not_become_quiet() -> None:
    assert state_after_oai(DayState.WAITING, 0, expected=True, over=False) is DayState.WAITING


@pytest.mark.parametrize(
    ("state", "fetched", "brought", "says"),
    [
        ("fresh", 5, 2, "feed brought 5 .* OAI-PMH brought 2 that it left out"),
        ("fresh", 5, 0, "feed brought .* OAI-PMH knows of no more"),
        ("fresh", 0, 7, "No feed .* OAI-PMH brought its papers, 7 in all"),
        ("quiet", 0, 0, "Nothing was announced"),
        ("stale", 0, 0, "OAI-PMH has none of this day yet"),
        ("truncated", 2000, 31, "cut at 2000 items; OAI-PMH brought 31 more"),
    ],
)
def test_explanations_name_the_sources_of_a_day(state: str, fetched: int, brought: int, says: str) -> None:
    sentence = explain_oai(DayState(state), fetched, brought)
    assert sentence.endswith(".")
    assert re.search(says, sentence)


def test_a_contradictory_answer_is_reported_with_the_day_it_denies() -> None:
    assert "2026-05-12" in explain_contradiction(TUE)
