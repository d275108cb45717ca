"""Drafts the older papers of one topic, found by arXiv's search, window of submission by window.

the whole range ──> more than a list may hold? ──> halves ──> … ──> pages ──> match | one transaction a page
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.backfill_scope import DateWindow
from notebot.core.model.errors import BadAnswerError, ServiceError
from notebot.core.model.ledger import Outcome
from notebot.core.model.paper import SearchPage
from notebot.core.model.source_record import RunRecord
from notebot.features.announcements.rules.backfill_window import (
    MOST_PER_DAY,
    MOST_PER_WINDOW,
    adds_up,
    losing,
    restless,
    scope_of,
    search_text,
    suspicious_empty,
    too_many,
)
from notebot.features.announcements.rules.filing_rules import outcome_of
from notebot.features.topics.rules.drafting import draft_from_paper
from notebot.features.topics.rules.matching import TopicIndex, prepare_paper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from notebot.core.model.paper import Paper
    from notebot.core.model.stub import Stub
    from notebot.core.ports import Clock, Progress, SearchSource, Store
    from notebot.features.topics.rules.topic import Topic
    from notebot.features.venues.rules.enrich import Enrich

PAGE = 200
"""Papers per request."""
MOST_RESTARTS = 3
"""How often a window starts anew whose list changes while it is read."""
EMPTY_ASKS = 3
"""How often an empty range is asked for, where the topic has had papers."""


class BackfillReport(Struct, frozen=True):
    """What became of the papers found: ``found = matched + unmatched``, each paper once.

    ``matched = drafted + known + tombstoned``; ``known`` counts those an interrupted run had drafted, too.
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
    """Found by arXiv's reading of the query, but not by ours."""
    requests: int
    complete: bool
    resumed_from: date | None
    """The day up to which an earlier run had come; it was not asked for again."""
    problems: tuple[str, ...]
    """One sentence each."""


class _Piece(Struct, frozen=True):
    """A window with the first page of its papers."""

    window: DateWindow
    page: SearchPage
    restarts: int = 0


class Backfill:
    """One run; make one per run.

    Progress moves only past windows that are complete, and with the last page of each: whatever cuts the run
    off, the next one of the same scope goes on behind the last complete window, and reads a part once more.
    """

    def __init__(
        self,
        store: Store,
        source: SearchSource,
        topic: Topic,
        window: DateWindow,
        clock: Clock,
        enrich: Enrich,
        requests: Callable[[], int],
        progress: Progress = lambda what, done, total: None,
    ) -> None:
        self._store = store
        self._source = source
        self._topic = topic
        self._scope = scope_of(topic, window)
        self._index = TopicIndex([topic])
        self._clock = clock
        self._enrich = enrich
        self._requests = requests
        self._progress = progress
        self._outcomes: dict[str, Outcome | None] = {}
        self._expected = 0
        self._problems: list[str] = []

    def run(self) -> BackfillReport:
        """Drafts whatever the topic matches.

        Raises:
            StateError: the store cannot be used. A failing service is never raised, it is reported.
        """
        started = self._clock()
        done_on = self._store.backfills.done_on(self._scope)
        done, rest = (None, self._scope.window) if done_on is None else self._scope.window.split_after(done_on)
        if rest is not None:
            try:
                self._fill(rest, done)
            except ServiceError as error:  # it will not answer for the next window either
                self._problems.append(str(error))
        return self._finish(started, done_on)

    def _finish(self, started: datetime, resumed_from: date | None) -> BackfillReport:
        report = self._report(resumed_from)
        status = "ok" if report.complete else "partial" if report.found else "failed"
        detail = f"topic={report.topic} drafted={report.drafted} problems={len(report.problems)}"
        with self._store.transaction():
            self._store.runs.add(RunRecord("backfill", started, self._clock(), status, detail=detail))
        return report

    def _report(self, resumed_from: date | None) -> BackfillReport:
        counts = Counter(self._outcomes.values())
        return BackfillReport(
            topic=self._topic.name,
            since=self._scope.window.since,
            until=self._scope.window.until,
            found=counts.total(),
            matched=counts.total() - counts[None],
            drafted=counts[Outcome.DRAFTED],
            known=counts[Outcome.KNOWN],
            tombstoned=counts[Outcome.TOMBSTONED],
            unmatched=counts[None],
            requests=self._requests(),
            complete=not self._problems,
            resumed_from=resumed_from,
            problems=tuple(self._problems),
        )

    def _fill(self, rest: DateWindow, done: DateWindow | None) -> None:
        """The windows of what is left, the oldest first: progress is a single day, so none may be passed over."""
        waiting = self._whole(rest, done)
        while waiting:
            piece = waiting.pop()
            try:
                waiting += reversed(self._take(piece))
            except BadAnswerError as error:  # about this window; the others may do
                self._problems.append(f"{piece.window}: {error}")

    def _whole(self, rest: DateWindow, done: DateWindow | None) -> list[_Piece]:
        """What is left as one piece; no piece where arXiv's "nothing" is not to be believed."""
        piece = self._ask(rest)
        asked = 1
        while piece.page.total == 0 and asked < EMPTY_ASKS and self._has_history():
            piece = self._ask(rest)
            asked += 1
        self._expected = piece.page.total
        if asked < EMPTY_ASKS or piece.page.total or self._holds_all(done):
            return [piece]
        self._problems.append(suspicious_empty(rest, asked))
        return []

    def _has_history(self) -> bool:
        return bool(self._store.stubs.all(topic=self._topic.name))

    def _holds_all(self, done: DateWindow | None) -> bool:
        """Whether the part that an earlier run completed finds all that the whole range does."""
        if done is None:
            return False
        total = self._ask(self._scope.window).page.total
        return total > 0 and adds_up(total, self._ask(done).page.total)

    def _take(self, piece: _Piece) -> Sequence[_Piece]:
        """Reads the piece, or says what to read in its place."""
        total = piece.page.total
        if total > MOST_PER_WINDOW and not piece.window.is_single_day:
            return self._halves(piece)
        if total > MOST_PER_DAY:
            self._problems.append(too_many(piece.window, total, self._topic.name))
            return ()
        return self._read(piece)

    def _halves(self, piece: _Piece) -> Sequence[_Piece]:
        halves = [self._ask(half) for half in piece.window.halves()]
        if not _covered(piece, halves):
            piece = self._ask(piece.window)
            halves = [self._ask(half) for half in piece.window.halves()]
            if not _covered(piece, halves):
                totals = [half.page.total for half in halves]
                self._problems.append(losing(piece.window, piece.page.total, totals))
        return halves

    def _read(self, piece: _Piece) -> Sequence[_Piece]:
        """All pages; a list that changed meanwhile, by its total or by giving a paper twice, is read anew."""
        total, ids = piece.page.total, set[str]()
        for start in range(0, max(total, 1), PAGE):
            page = self._page(piece.window, start) if start else piece.page
            ids.update(paper.arxiv_id for paper in page.papers)
            last = start + PAGE >= total
            steady = page.total == total and (not last or len(ids) == total)
            self._file(page.papers, piece.window.until if last and steady else None)
            self._progress(str(piece.window), len(self._outcomes), max(self._expected, len(self._outcomes)))
            if not steady:
                return self._anew(piece)
        return ()

    def _anew(self, piece: _Piece) -> Sequence[_Piece]:
        if piece.restarts == MOST_RESTARTS:
            self._problems.append(restless(piece.window))
            return ()
        return (self._ask(piece.window, piece.restarts + 1),)

    def _ask(self, window: DateWindow, restarts: int = 0) -> _Piece:
        return _Piece(window, self._page(window, 0), restarts)

    def _page(self, window: DateWindow, start: int) -> SearchPage:
        return self._source.search(search_text(self._topic, window), start, PAGE)

    def _file(self, papers: Sequence[Paper], done_on: date | None) -> None:
        """One page; ``done_on`` is the last day of a window that is complete with it."""
        fresh = [
            paper
            for paper in papers
            if paper.arxiv_id not in self._outcomes and self._scope.window.holds(paper.published)
        ]
        drafts = {paper.arxiv_id: self._draft(paper) for paper in fresh}
        wanted = {arxiv_id: stub for arxiv_id, stub in drafts.items() if stub is not None}
        with self._store.transaction():
            held = self._store.stubs.by_ids(list(wanted))
            noted = self._store.notes.numbers_of(list(wanted))
            now = self._clock()
            for arxiv_id, stub in wanted.items():
                if arxiv_id not in held and arxiv_id not in noted:
                    self._store.stubs.save(stub, now)
            if done_on is not None and not self._problems:
                self._store.backfills.move(self._scope, done_on)
        self._outcomes.update(
            (arxiv_id, _outcome(stub, held.get(arxiv_id), noted=arxiv_id in noted)) for arxiv_id, stub in drafts.items()
        )

    def _draft(self, paper: Paper) -> Stub | None:
        """The stub, if the paper is the topic's by our own reading of its query."""
        matches = self._index.match(prepare_paper(paper), paper.categories).matched
        return self._enrich(draft_from_paper(paper, None, matches)) if matches else None


def _covered(piece: _Piece, halves: Sequence[_Piece]) -> bool:
    return adds_up(piece.page.total, *(half.page.total for half in halves))


def _outcome(draft: Stub | None, held: Stub | None, *, noted: bool) -> Outcome | None:
    return outcome_of(held, wanted=True, noted=noted) if draft is not None else None
