"""Tests a backfill with a fake search and a real store: every paper counts once, whatever the search does."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fakes import FakeClock, paper, topic
from fresh_store import new_store
from notebot.core.model.backfill_scope import DateWindow
from notebot.core.model.errors import BadAnswerError, ServiceError, StateError, UnavailableError
from notebot.core.model.paper import Paper, SearchPage
from notebot.core.model.stub import Stub, StubStatus
from notebot.core.ports import Progress
from notebot.features.announcements.backfill import PAGE, BackfillPorts, BackfillReport, backfill
from notebot.features.announcements.rules.backfill_window import scope_of
from notebot.features.summaries.rules.extract import with_extract
from notebot.features.topics.rules.drafting import draft_from_paper
from notebot.features.topics.rules.topic import Topic
from notebot.store.store import DatabaseStore

FIRST, LAST = date(2026, 4, 1), date(2026, 4, 8)
RANGE = DateWindow(FIRST, LAST)
Fault = Callable[[SearchPage], SearchPage]


def submitted(number: int, day: date, title: str = "Math for all", minute: int = 600) -> Paper:
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)
    return paper(f"2604.{number:05}", title, published=at, updated=at)


def spread(count: int, title: str = "Math for all") -> list[Paper]:
    """Papers spread evenly over the eight days, numbered by time."""
    return [submitted(number, FIRST + timedelta(number * 8 // count), title) for number in range(count)]


@dataclass
class FakeSearch:
    """Finds the papers within the closed range of the search; chosen answers can be broken."""

    papers: Sequence[Paper] = ()
    faults: dict[int, Fault | BaseException] = field(default_factory=dict)
    """By the number of the request, from 1; 0 breaks all."""
    totals: dict[DateWindow, int] = field(default_factory=dict)
    """Totals to return for a window, without papers."""
    asked: list[tuple[DateWindow, int]] = field(default_factory=list)

    def search(self, query: str, start: int, size: int) -> SearchPage:
        since, until = (_moment(text) for text in re.findall(r"\d{12}", query))
        window = DateWindow(since.date(), until.date() - timedelta(1))
        self.asked.append((window, start))
        found = sorted(
            (submission for submission in self.papers if since <= submission.published <= until),
            key=lambda submission: submission.published,
        )
        page = SearchPage(self.totals.get(window, len(found)), tuple(found[start : start + size]))
        fault = self.faults.get(len(self.asked), self.faults.get(0))
        if isinstance(fault, BaseException):
            raise fault
        return fault(page) if fault else page


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%d%H%M").replace(tzinfo=UTC)


def nothing(_: SearchPage) -> SearchPage:
    return SearchPage(0, ())


def one_more(page: SearchPage) -> SearchPage:
    return replace(page, total=page.total + 1)


def plain(stub: Stub) -> Stub:
    return stub


def fill(
    store: DatabaseStore,
    search: FakeSearch,
    window: DateWindow = RANGE,
    asking: Topic | None = None,
    progress: Progress = lambda what, done, total: None,
) -> BackfillReport:
    made = asking or topic()
    ports = BackfillPorts(
        store=store,
        search=search,
        clock=FakeClock(),
        enrich=plain,
        requests=lambda: len(search.asked),
        progress=progress,
    )
    return backfill(ports, made, window)


def queued(store: DatabaseStore) -> list[str]:
    return sorted(stub.arxiv_id for stub in store.stubs.all())


def done_on(store: DatabaseStore, window: DateWindow = RANGE, asking: Topic | None = None) -> date | None:
    return store.backfills.done_on(scope_of(asking or topic(), window))


def save(store: DatabaseStore, *papers: Paper, status: StubStatus = StubStatus.QUEUED, name: str = "Math") -> None:
    with store.transaction():
        for submission in papers:
            stub = replace(draft_from_paper(submission, None, ()), status=status, topics=(name,))
            store.stubs.save(stub, FakeClock()())


def test_matching_papers_are_drafted_and_the_rest_are_counted(store: DatabaseStore) -> None:
    known, skipped = submitted(1, FIRST), submitted(2, FIRST)
    save(store, known)
    save(store, skipped, status=StubStatus.SKIPPED)
    before = store.stubs.by_ids([known.arxiv_id, skipped.arxiv_id])
    papers = [
        replace(known, title="Math, retitled"),
        skipped,
        submitted(3, LAST),
        submitted(4, LAST, "Cooking"),
        replace(submitted(5, LAST), categories=("math.CO",)),
    ]
    report = fill(store, FakeSearch(papers))
    assert report == BackfillReport(
        topic="Math",
        since=FIRST,
        until=LAST,
        found=5,
        matched=3,
        drafted=1,
        known=1,
        tombstoned=1,
        unmatched=2,
        requests=1,
        complete=True,
        resumed_from=None,
        problems=(),
    )
    assert queued(store) == ["2604.00001", "2604.00002", "2604.00003"]
    assert store.stubs.by_ids([known.arxiv_id, skipped.arxiv_id]) == before
    run = store.runs.last("backfill")
    assert run is not None
    assert (run.status, run.detail) == ("ok", "topic=Math drafted=1 problems=0")


def test_a_draft_is_complete_and_summarised(store: DatabaseStore) -> None:
    search = FakeSearch([submitted(1, FIRST)])
    ports = BackfillPorts(
        store=store, search=search, clock=FakeClock(), enrich=with_extract, requests=lambda: len(search.asked)
    )
    backfill(ports, topic(), RANGE)
    (stub,) = store.stubs.all()
    assert (stub.status, stub.complete, stub.topics, stub.tags) == (StubStatus.QUEUED, True, ("Math",), ("Math",))
    assert stub.summary is not None
    assert (stub.url, stub.announced_on) == ("https://arxiv.org/abs/2604.00001", None)
    assert store.stubs.wanting_metadata() == []


def test_only_papers_submitted_within_the_range_count(store: DatabaseStore) -> None:
    """The requested range is closed: it includes the first minute of the next day."""
    papers = [
        submitted(1, FIRST - timedelta(1), minute=1439),
        submitted(2, FIRST, minute=0),
        submitted(3, LAST, minute=1439),
        submitted(4, LAST + timedelta(1), minute=0),
    ]
    assert fill(store, FakeSearch(papers)).found == 2
    assert queued(store) == ["2604.00002", "2604.00003"]


def test_pages_are_read_to_the_last(store: DatabaseStore) -> None:
    search = FakeSearch(spread(2 * PAGE + 1))
    progress_calls: list[tuple[str, int, int]] = []
    report = fill(store, search, progress=lambda *news: progress_calls.append(news))
    assert (report.drafted, report.complete) == (2 * PAGE + 1, True)
    assert search.asked == [(RANGE, 0), (RANGE, PAGE), (RANGE, 2 * PAGE)]
    assert progress_calls == [("2026-04-01 to 2026-04-08", done, 401) for done in (200, 400, 401)]
    assert done_on(store) == LAST


def test_a_topic_without_history_may_find_nothing(store: DatabaseStore) -> None:
    save(store, submitted(1, FIRST), name="Another")
    search = FakeSearch()
    report = fill(store, search)
    assert (report.complete, report.found, len(search.asked), done_on(store)) == (True, 0, 1, LAST)


def test_an_empty_range_is_suspicious_if_the_topic_has_had_papers(store: DatabaseStore) -> None:
    save(store, submitted(1, FIRST))
    search = FakeSearch()
    report = fill(store, search)
    assert (report.complete, len(search.asked), done_on(store)) == (False, 3, None)
    assert "suspicious empty" in report.problems[0]
    run = store.runs.last("backfill")
    assert run is not None
    assert run.status == "failed"


def test_an_empty_range_is_requested_again_until_papers_are_found(store: DatabaseStore) -> None:
    save(store, submitted(1, FIRST))
    search = FakeSearch(spread(3), {1: nothing, 2: nothing})
    report = fill(store, search)
    assert (report.complete, report.found, len(search.asked)) == (True, 3, 3)


def test_a_long_list_is_halved_and_each_paper_counts_once(store: DatabaseStore) -> None:
    papers = [*spread(2001, "Cooking"), submitted(90_001, date(2026, 4, 5), minute=0)]
    search = FakeSearch(papers)
    report = fill(store, search)
    assert (report.found, report.drafted, report.complete) == (2002, 1, True)
    older, newer = RANGE.halves()
    assert search.asked[:3] == [(RANGE, 0), (older, 0), (newer, 0)]
    assert {window for window, _ in search.asked} == {RANGE, older, newer}
    assert done_on(store) == LAST


def test_an_empty_half_is_credible_if_the_counts_add_up(store: DatabaseStore) -> None:
    papers = [submitted(number, LAST, "Cooking" if number else "Math") for number in range(2001)]
    save(store, papers[0])
    report = fill(store, FakeSearch(papers))
    assert (report.complete, report.found, report.known) == (True, 2001, 1)


def test_a_day_of_many_papers_is_read_page_by_page(store: DatabaseStore) -> None:
    day = DateWindow(LAST, LAST)
    search = FakeSearch([submitted(number, LAST, "Cooking") for number in range(2001)])
    assert fill(store, search, day).complete
    assert search.asked == [(day, start) for start in range(0, 2001, PAGE)]


def test_a_day_with_too_many_papers_is_reported_and_the_other_days_are_read(store: DatabaseStore) -> None:
    day = DateWindow(date(2026, 4, 3), date(2026, 4, 3))
    outer = {
        RANGE: 10_008,
        DateWindow(FIRST, date(2026, 4, 4)): 10_004,
        DateWindow(day.since, date(2026, 4, 4)): 10_002,
    }
    search = FakeSearch(spread(8), totals={**outer, day: 10_001})
    report = fill(store, search)
    assert (report.found, report.complete) == (7, False)
    assert len(report.problems) == 1
    assert all(word in report.problems[0] for word in ("10,001", "10,000", "2026-04-03"))
    assert done_on(store) == date(2026, 4, 2)
    run = store.runs.last("backfill")
    assert run is not None
    assert run.status == "partial"


def test_halves_that_lose_papers_once_are_asked_again(store: DatabaseStore) -> None:
    search = FakeSearch(spread(2001, "Cooking"), {2: nothing})
    report = fill(store, search)
    older, newer = RANGE.halves()
    assert [window for window, _ in search.asked[:6]] == [RANGE, older, newer, RANGE, older, newer]
    assert (report.complete, report.found) == (True, 2001)


def test_halves_that_keep_losing_papers_are_reported_and_read(store: DatabaseStore) -> None:
    search = FakeSearch(spread(2001, "Cooking"), {2: nothing, 5: nothing})
    report = fill(store, search)
    assert not report.complete
    assert "suspicious count" in report.problems[0]
    assert "2,001" in report.problems[0]
    assert 0 < report.found < 2001
    assert done_on(store) is None


@pytest.mark.parametrize("spoilt", [2, 3])
def test_a_list_that_changes_is_read_again(store: DatabaseStore, spoilt: int) -> None:
    search = FakeSearch(spread(2 * PAGE + 1), {spoilt: one_more})
    report = fill(store, search)
    assert (report.complete, report.drafted, report.known) == (True, 401, 0)
    assert [start for _, start in search.asked] == [*range(0, spoilt * PAGE, PAGE), 0, PAGE, 2 * PAGE]


def test_a_list_with_a_paper_twice_is_read_again(store: DatabaseStore) -> None:
    papers = spread(PAGE + 1)
    search = FakeSearch(papers, {2: lambda page: replace(page, papers=(papers[0],))})
    report = fill(store, search)
    assert (report.complete, report.found, len(search.asked)) == (True, PAGE + 1, 4)


def test_a_list_that_keeps_changing_is_read_four_times_and_reported(store: DatabaseStore) -> None:
    search = FakeSearch(spread(PAGE + 1), dict.fromkeys((2, 4, 6, 8), one_more))
    report = fill(store, search)
    assert (report.complete, report.found, len(search.asked)) == (False, PAGE + 1, 8)
    assert "changed each time" in report.problems[0]
    assert done_on(store) is None


def test_a_service_that_is_down_ends_the_run_and_the_next_run_resumes(store: DatabaseStore) -> None:
    papers = spread(2001, "Cooking")
    older, newer = RANGE.halves()
    down = FakeSearch(papers, {number: UnavailableError("arXiv is down.") for number in range(11, 99)})
    report = fill(store, down)
    assert (report.complete, report.problems, done_on(store)) == (False, ("arXiv is down.",), older.until)
    again = FakeSearch(papers)
    report = fill(store, again)
    assert (report.complete, report.resumed_from, report.problems) == (True, older.until, ())
    assert {window for window, _ in again.asked} == {newer}
    assert report.found == sum(newer.holds(submission.published) for submission in papers)


def test_a_bad_answer_affects_only_its_window(store: DatabaseStore) -> None:
    search = FakeSearch(spread(2001, "Cooking"), {4: BadAnswerError("It is cut short.")})
    report = fill(store, search)
    assert report.problems == ("2026-04-01 to 2026-04-04: It is cut short.",)
    assert report.found > 1000
    assert done_on(store) is None
    assert fill(store, FakeSearch(spread(2001, "Cooking"))).found == 2001


@pytest.mark.parametrize("error", [BadAnswerError("No."), UnavailableError("No.")])
def test_a_run_without_any_answer_has_failed(store: DatabaseStore, error: ServiceError) -> None:
    report = fill(store, FakeSearch(spread(8), {0: error}))
    assert (report.complete, report.problems, report.found) == (False, ("No.",), 0)


def test_complete_windows_are_not_requested_again(store: DatabaseStore) -> None:
    fill(store, FakeSearch(spread(8)))
    again = FakeSearch(spread(8))
    report = fill(store, again)
    assert (again.asked, report.complete, report.resumed_from) == ([], True, LAST)


@pytest.mark.parametrize(
    "asking",
    [topic(query="ti:math* OR abs:math"), topic(categories=("cs.CL",)), topic("Maths"), topic(query="")],
)
def test_another_scope_starts_from_its_beginning(store: DatabaseStore, asking: Topic) -> None:
    fill(store, FakeSearch(spread(8)))
    again = FakeSearch(spread(8))
    report = fill(store, again, asking=asking)
    assert (report.resumed_from, report.known, report.complete) == (None, 8, True)
    assert done_on(store, asking=asking) == LAST


def test_a_changed_query_discards_the_progress_of_the_previous_query(store: DatabaseStore) -> None:
    fill(store, FakeSearch(spread(8)))
    fill(store, FakeSearch(spread(8)), asking=topic(query="ti:math"))
    assert done_on(store) is None


def done_first_day(store: DatabaseStore) -> list[Paper]:
    """The store after an interrupted run that drafted the range's only paper, which gives the topic a history."""
    papers = [submitted(1, FIRST)]
    save(store, *papers)
    with store.transaction():
        store.backfills.move(scope_of(topic(), RANGE), FIRST)
    return papers


def test_an_empty_rest_is_credible_if_the_completed_part_has_all_papers(store: DatabaseStore) -> None:
    search = FakeSearch(done_first_day(store))
    report = fill(store, search)
    assert (report.complete, report.resumed_from, report.found, done_on(store)) == (True, FIRST, 0, LAST)
    assert search.asked == [(DateWindow(date(2026, 4, 2), LAST), 0)] * 3 + [(RANGE, 0), (DateWindow(FIRST, FIRST), 0)]


@pytest.mark.parametrize("whole", [one_more, nothing])
def test_an_empty_rest_is_suspicious_if_the_counts_disagree(store: DatabaseStore, whole: Fault) -> None:
    report = fill(store, FakeSearch(done_first_day(store), {4: whole}))
    assert not report.complete
    assert "suspicious empty" in report.problems[0]
    assert done_on(store) == FIRST


class CrashError(BaseException):
    """Simulates a kill: no code catches it."""


@settings(
    max_examples=min(15, settings().max_examples),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cuts=st.lists(st.integers(1, 14), max_size=4))
def test_interrupted_runs_lose_nothing_and_duplicate_nothing(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
) -> None:
    papers = spread(2004, "Cooking")
    papers[::100] = [replace(submission, title="Math") for submission in papers[::100]]
    store = new_store(tmp_path_factory.mktemp("cut") / "n.db")
    for cut in cuts:
        with suppress(CrashError):
            fill(store, FakeSearch(papers, {cut: CrashError()}))
    report = fill(store, FakeSearch(papers))
    assert (report.complete, done_on(store)) == (True, LAST)
    assert queued(store) == [submission.arxiv_id for submission in papers[::100]]
    store.close()


def test_a_failing_store_is_not_reported_as_a_failing_service(store: DatabaseStore) -> None:
    store.close()
    with pytest.raises(StateError):
        fill(store, FakeSearch(spread(8)))
