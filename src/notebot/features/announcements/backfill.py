"""Drafts the older papers of one topic, found by arXiv's search, window of submission by window.

the whole range ──> more than a list may contain? ──> halves ──> … ──> pages ──> match | one transaction per page
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from notebot.core.model.backfill_scope import DateWindow
from notebot.core.model.errors import BadAnswerError, ServiceError
from notebot.core.model.ledger import Outcome
from notebot.core.model.paper import SearchPage
from notebot.core.model.run_record import RunRecord
from notebot.core.ports import Clock, Progress, SearchSource, Transactional
from notebot.features.announcements.rules.backfill_window import (
    MAX_PER_DAY,
    MAX_PER_WINDOW,
    adds_up,
    explain_empty,
    explain_loss,
    explain_too_many,
    explain_unstable,
    scope_of,
    search_text,
)
from notebot.features.announcements.rules.filing_rules import outcome_of
from notebot.features.topics.rules.drafting import draft_from_paper
from notebot.features.topics.rules.matching import TopicIndex, prepare_paper
from notebot.features.venues.rules.enrich import Enrich

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.model.paper import Paper
    from notebot.core.model.stub import Stub
    from notebot.core.ports import Backfills, Notes, Runs, Stubs
    from notebot.features.topics.rules.topic import Topic

PAGE = 200
"""Papers per request."""
MAX_RESTARTS = 3
"""How often a window is read again because its list changed meanwhile."""
EMPTY_ASKS = 3
"""How often an empty range is requested if the topic has had papers."""


class BackfillReport(Struct, frozen=True):
    """The outcomes of the papers: ``found = matched + unmatched``, each paper once.

    ``matched = drafted + known + tombstoned``; ``known`` includes papers that an interrupted run had drafted.
    """

    topic: str
    since: date
    until: date
    found: int
    """Papers that this run read, submitted within the range."""
    matched: int
    drafted: int
    known: int
    tombstoned: int
    unmatched: int
    """Found by arXiv's interpretation of the query, but not by ours."""
    requests: int
    complete: bool
    resumed_from: date | None
    """The last day that an earlier run had completed; it was not requested again."""
    problems: tuple[str, ...]
    """One sentence each."""


class BackfillStore(Transactional, Protocol):
    """What a backfill reads and writes."""

    @property
    def stubs(self) -> Stubs: ...
    @property
    def notes(self) -> Notes: ...
    @property
    def backfills(self) -> Backfills: ...
    @property
    def runs(self) -> Runs: ...


class BackfillPorts(Struct, frozen=True, kw_only=True):
    """What a backfill needs from outside."""

    store: BackfillStore
    search: SearchSource
    clock: Clock
    enrich: Enrich
    requests: Callable[[], int]
    """How many requests were made so far."""
    progress: Progress = lambda what, done, total: None


def backfill(ports: BackfillPorts, topic: Topic, window: DateWindow) -> BackfillReport:
    """Drafts the papers submitted within the window that the topic matches.

    Progress moves only past complete windows, together with the last page of each. After an interruption, the
    next run of the same scope resumes after the last complete window, and reads some pages again.

    Raises:
        StateError: the store cannot be used. A failing service is reported, never raised.
    """
    return _Backfill(ports, topic, window).fill()


class _FirstPage(Struct, frozen=True):
    """A window with the first page of its papers."""

    window: DateWindow
    page: SearchPage
    restarts: int = 0


class _Backfill:
    def __init__(self, ports: BackfillPorts, topic: Topic, window: DateWindow) -> None:
        self._ports = ports
        self._store = ports.store
        self._topic = topic
        self._scope = scope_of(topic, window)
        self._index = TopicIndex([topic])
        self._outcomes: dict[str, Outcome | None] = {}
        self._expected = 0
        self._problems: list[str] = []

    def fill(self) -> BackfillReport:
        started = self._ports.clock()
        done_on = self._store.backfills.done_on(self._scope)
        done, rest = (None, self._scope.window) if done_on is None else self._scope.window.split_after(done_on)
        if rest is not None:
            try:
                self._fill_windows(rest, done)
            except ServiceError as error:  # the service is down, it will not answer for the next window either
                self._problems.append(str(error))
        counts = Counter(self._outcomes.values())
        report = BackfillReport(
            topic=self._topic.name,
            since=self._scope.window.since,
            until=self._scope.window.until,
            found=counts.total(),
            matched=counts.total() - counts[None],
            drafted=counts[Outcome.DRAFTED],
            known=counts[Outcome.KNOWN],
            tombstoned=counts[Outcome.TOMBSTONED],
            unmatched=counts[None],
            requests=self._ports.requests(),
            complete=not self._problems,
            resumed_from=done_on,
            problems=tuple(self._problems),
        )
        status = "ok" if report.complete else "partial" if report.found else "failed"
        detail = f"topic={report.topic} drafted={report.drafted} problems={len(report.problems)}"
        with self._store.transaction():
            self._store.runs.add(RunRecord("backfill", started, self._ports.clock(), status, detail=detail))
        return report

    def _fill_windows(self, rest: DateWindow, done: DateWindow | None) -> None:
        """Reads the rest of the range, oldest first: progress is a single day, so no window may be skipped.

        If arXiv finds nothing although the topic has had papers, that is a problem, not an empty range.
        """
        first = self._request(rest)
        asked = 1
        # arXiv at times answers with an empty list to a search that found papers before (services.md 1.1)
        has_history = first.page.total == 0 and bool(self._store.stubs.all(topic=self._topic.name))
        while first.page.total == 0 and asked < EMPTY_ASKS and has_history:
            first = self._request(rest)
            asked += 1
        self._expected = first.page.total
        is_credible = asked < EMPTY_ASKS or first.page.total > 0
        if not is_credible and done is not None:
            # it is, if the part that an earlier run completed finds everything that the whole range does
            total = self._request(self._scope.window).page.total
            is_credible = total > 0 and adds_up(total, self._request(done).page.total)
        if not is_credible:
            self._problems.append(explain_empty(rest, asked))
            return
        waiting = [first]
        while waiting:
            first = waiting.pop()
            try:
                # `waiting` is a stack: reversed, so that the older half is read first
                waiting += reversed(self._read_or_split(first))
            except BadAnswerError as error:  # about this window only
                self._problems.append(f"{first.window}: {error}")

    def _read_or_split(self, first: _FirstPage) -> Sequence[_FirstPage]:
        """Reads the window, or returns the windows to read instead."""
        total = first.page.total
        if total <= MAX_PER_WINDOW or (first.window.is_single_day and total <= MAX_PER_DAY):
            return self._read(first)
        if first.window.is_single_day:
            self._problems.append(explain_too_many(first.window, total, self._topic.name))
            return ()
        halves = [self._request(half) for half in first.window.halves()]
        if not _covers(first, halves):
            # once more: the list may have changed between the requests
            first = self._request(first.window)
            halves = [self._request(half) for half in first.window.halves()]
            if not _covers(first, halves):
                totals = [half.page.total for half in halves]
                self._problems.append(explain_loss(first.window, first.page.total, totals))
        return halves

    def _read(self, first: _FirstPage) -> Sequence[_FirstPage]:
        """Reads all pages; returns the window again if its list changed meanwhile.

        A list has changed if its total differs, or if a paper comes twice.
        """
        window, total, ids = first.window, first.page.total, set[str]()
        for start in range(0, max(total, 1), PAGE):
            page = self._page(window, start) if start else first.page
            ids.update(paper.arxiv_id for paper in page.papers)
            is_last = start + PAGE >= total
            # pages are cut from a live list: when it changes, papers move to pages that were read already
            is_stable = page.total == total and (not is_last or len(ids) == total)
            # the papers of an unstable page are filed too: only the completeness of the window is in doubt
            self._file(page.papers, window.until if is_last and is_stable else None)
            self._ports.progress(str(window), len(self._outcomes), max(self._expected, len(self._outcomes)))
            if not is_stable:
                if first.restarts == MAX_RESTARTS:
                    self._problems.append(explain_unstable(window))
                    return ()
                return (self._request(window, first.restarts + 1),)
        return ()

    def _request(self, window: DateWindow, restarts: int = 0) -> _FirstPage:
        return _FirstPage(window, self._page(window, 0), restarts)

    def _page(self, window: DateWindow, start: int) -> SearchPage:
        return self._ports.search.search(search_text(self._topic, window), start, PAGE)

    def _file(self, papers: Sequence[Paper], done_on: date | None) -> None:
        """Stores one page; ``done_on`` is the last day of a window that is complete with it."""
        drafts: dict[str, Stub | None] = {}
        for paper in papers:
            # windows overlap by a minute, and a window may be read several times
            if paper.arxiv_id in self._outcomes or not self._scope.window.holds(paper.published):
                continue
            # arXiv's search is only a first filter: our own query language decides
            matches = self._index.match(prepare_paper(paper), paper.categories).matched
            draft = self._ports.enrich(draft_from_paper(paper, None, matches)) if matches else None
            drafts[paper.arxiv_id] = draft
        wanted = [arxiv_id for arxiv_id, draft in drafts.items() if draft is not None]
        with self._store.transaction():
            stubs = self._store.stubs.by_ids(wanted)
            noted = self._store.notes.numbers_of(wanted)
            now = self._ports.clock()
            for arxiv_id, draft in drafts.items():
                if draft is not None and arxiv_id not in stubs and arxiv_id not in noted:
                    self._store.stubs.save(draft, now)
            # after a problem, progress stays, so that the next run reads the window again
            if done_on is not None and not self._problems:
                self._store.backfills.move(self._scope, done_on)
        for arxiv_id, draft in drafts.items():
            outcome = outcome_of(stubs.get(arxiv_id), wanted=True, noted=arxiv_id in noted)
            self._outcomes[arxiv_id] = outcome if draft is not None else None


def _covers(whole: _FirstPage, halves: Sequence[_FirstPage]) -> bool:
    return adds_up(whole.page.total, *(half.page.total for half in halves))
