"""Which issues are bare, which of them can be filled, and with what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from notebot.core.model.arxiv_id import find_ids
from notebot.core.model.errors import BadAnswerError, MoveError, NotebotError, NotFoundError, ServiceError
from notebot.core.model.source_record import RunRecord, Validators
from notebot.core.model.stub import Stub, StubStatus, stub_key, with_post
from notebot.core.note_format.title_line import parse_title_line
from notebot.core.note_format.venue_labels import venue_labels
from notebot.features.intake.fetch import Fetched
from notebot.features.publishing.fill.link_only_issues import BareIssue, CuratorIssues, as_bare, why_not_bare
from notebot.features.publishing.fill.report import FillReport, Remark
from notebot.features.publishing.fill.write_issue import IssueWriter
from notebot.features.publishing.publish import Session, Trouble
from notebot.features.publishing.rules.issue_draft import DeliveryState, Draft, draft_issue, is_of, issue_body
from notebot.features.publishing.rules.link_only_issue import is_title_line, words_kept
from notebot.features.summaries.rules.extract import EXTRACTIVE

if TYPE_CHECKING:
    from datetime import datetime

    from notebot.features.publishing.fill.follow_posts import Follow

SOURCE = "fill"
"""Under which the health of filling is kept."""

_Answer = TypeVar("_Answer")

Papers = Callable[[Sequence[str]], Sequence[Fetched]]
"""Stubs for ids of arXiv, drafted with one request; one answer an id, in the order asked."""


def fill(
    session: Session, curator: CuratorIssues, papers: Papers, follow: Follow, numbers: Sequence[int] = ()
) -> FillReport:
    """Fills these issues, or those of the newest open ones that are bare; what was broken off before is ended first.

    An issue with nothing but posts is about the one paper that they name; what is only guessed is not written into it.

    One that fails stands in the report and in ``status``, and ends the run where all the rest would fail alike.

    Raises:
        UsageError: GitHub has the repository under another name.
        StateError: the store cannot be used.
    """
    return _Run(session, curator, papers, follow).run(numbers)


class _Run:
    def __init__(self, session: Session, curator: CuratorIssues, papers: Papers, follow: Follow) -> None:
        self._session = session
        self._curator = curator
        self._papers = papers
        self._follow = follow
        self._report = FillReport(session.github.repo)
        self._writer = IssueWriter(session, self._report)
        self._stopped = False
        self._validators = session.store.sources.get(SOURCE).validators

    def run(self, numbers: Sequence[int]) -> FillReport:
        started, report = self._session.clock(), self._report
        again = self._end_begun()
        bare = self._looked_up([*again, *numbers])
        if not numbers and not self._stopped:
            bare += self._listed()
        ready = [one for one in map(self._led_by_posts, _once(bare)) if not self._waits(one)]
        if ready and not self._stopped and self._may_write():
            self._fill_all(ready)
        self._record(started, listed=not numbers)
        return report

    # Which issues there are.

    def _end_begun(self) -> list[int]:
        """Goes on where a run was broken off; returns the issues of which nothing had been written."""
        again: list[int] = []
        for delivery in filter(self._writer.is_begun, self._session.outbox.begun()):
            number = delivery.number or 0
            done = self._tried(number, lambda: self._writer.go_on(delivery))  # noqa: B023 (called at once)
            if done is False:
                again.append(number)
        return again

    def _looked_up(self, numbers: Sequence[int]) -> list[BareIssue]:
        found = [self._tried(number, lambda: self._look_up(number)) for number in dict.fromkeys(numbers)]  # noqa: B023
        return [one for one in found if one is not None]

    def _look_up(self, number: int) -> BareIssue | None:
        issue = self._session.github.issue(number)
        bare = as_bare(issue)
        if bare is None:
            self._report.untouched.append(Remark(number, why_not_bare(issue)))
        return bare

    def _listed(self) -> list[BareIssue]:
        try:
            told = self._curator.newest_open(self._validators.etag)
        except (ServiceError, NotFoundError) as error:
            self._report.troubles.append(Trouble(self._report.repo, error.kind, str(error)))
            return []
        if told is None:
            return []
        self._validators = Validators(told.etag)
        return [bare for bare in map(as_bare, told.issues) if bare is not None]

    # What becomes of them.

    def _led_by_posts(self, one: BareIssue) -> BareIssue:
        """The issue with the papers that its posts speak of, where it holds nothing else.

        What was read in part names no paper: the rest may name another one, and the issue is the curator's.
        """
        if one.papers or one.links.pages:
            return one
        found = {paper.base: paper for paper in find_ids(one.issue.title)}
        reasons: list[str] = []
        for post in one.links.posts:
            try:
                reading = self._follow(post)
            except NotebotError as error:
                reasons.append(str(error))
                continue
            found |= {mention.arxiv_id.base: mention.arxiv_id for mention in reading.papers if not mention.is_guess}
            reasons += [*([reading.post.reason] if reading.post.reason else []), *reading.remarks]
        return replace(one, followed=() if reasons else tuple(found.values()), not_told=" ".join(reasons))

    def _waits(self, one: BareIssue) -> bool:
        why = self._reason_to_wait(one)
        if why:
            self._report.waiting.append(Remark(one.number, why))
        return bool(why)

    def _reason_to_wait(self, one: BareIssue) -> str:
        papers = [str(paper) for paper in one.papers]
        if not papers:
            told = f" ({one.not_told.rstrip('.')})" if one.not_told else ""
            return f"no paper is known behind its links{told}; add the link to the paper"
        if len(papers) > 1:
            named = f"({', '.join(papers)}), and an issue holds one note"
            if one.followed:
                return f"its title and posts speak of several papers {named}; add the link to the one that is meant"
            return f"it links to several papers {named}; leave one of them"
        if self._session.store.notes.numbers_of([one.paper]).get(one.paper, 0) is None:
            return "the archive here has a note of the paper without its number; `notebot import github` brings it"
        delivery = self._session.outbox.get(stub_key(one.paper))
        if delivery is not None and delivery.state in (DeliveryState.SENDING, DeliveryState.PLANNED):
            begun = delivery.written or delivery.state is DeliveryState.SENDING
            return "its stub is being published; `notebot publish` ends that" if begun else ""
        return ""

    def _may_write(self) -> bool:
        """Whether the repository is the one that is meant, which is told before the first write."""
        try:
            return self._session.newest is not None
        except (ServiceError, NotFoundError) as error:
            self._report.troubles.append(Trouble(self._report.repo, error.kind, str(error)))
            return False

    def _fill_all(self, ready: Sequence[BareIssue]) -> None:
        fresh = [one for one in ready if self._note_of(one) is None]
        answers = self._papers([str(one.papers[0]) for one in fresh]) if fresh else ()
        drafted = {one.number: answer for one, answer in zip(fresh, answers, strict=True)}
        for one in ready:
            self._tried(one.number, lambda: self._fill(one, drafted.get(one.number)))  # noqa: B023 (called at once)

    def _fill(self, one: BareIssue, answer: Fetched | None) -> None:
        note = self._note_of(one)
        if note is not None:
            self._writer.tell(one, note)
            return
        if answer is None or answer.stub is None:
            raise (answer and answer.error) or BadAnswerError(f"arXiv's API gave no answer for {one.paper}; try again")
        self._writer.fill(one, self._drafted(one, self._with_held(answer.stub, one.links.posts)))

    def _note_of(self, one: BareIssue) -> int | None:
        """The note of the paper, if it is another issue: as the archive here knows it, or among the newest issues."""
        note = self._session.store.notes.numbers_of([one.paper]).get(one.paper)
        if note is not None and note != one.number:
            return note
        url = one.papers[0].url
        others = (issue for issue in self._session.newest if issue.number != one.number and issue.state == "open")
        notes = (issue for issue in others if is_title_line(issue.title, one.links))
        return next((issue.number for issue in notes if is_of(issue.body, url)), None)

    def _with_held(self, stub: Stub, posts: Sequence[str]) -> Stub:
        """The stub with these posts first, and with what was written of the paper before: by a model, or by hand."""
        held = self._session.store.stubs.get(stub.key)
        for post in (*posts, *(held.posts if held else ())):
            stub = with_post(stub, post)
        if held is None:
            return stub
        summary = held.summary if held.summary and held.summary.by != EXTRACTIVE else stub.summary
        curator = held.curator if held.status is StubStatus.KEPT else stub.curator
        return replace(stub, summary=summary, translation=held.translation, curator=curator)

    def _drafted(self, one: BareIssue, stub: Stub) -> Draft:
        rules = self._session.rules
        draft = draft_issue(stub, rules.style, rules.order)
        venues = venue_labels(parse_title_line(draft.title).venue, draft.labels)
        fitting = self._session.labels.fit(draft.labels, lambda tag: tag in venues) if draft.labels else ((), ())
        words = words_kept(one.issue.title, one.links, stub.title)
        body = issue_body(replace(stub, url="\n- ".join((stub.url, *one.links.pages))))
        comments = (*draft.comments, *([words] if words else []))
        return replace(draft, body=body, labels=fitting[0], left_out=fitting[1], comments=comments)

    def _tried(self, number: int, do: Callable[[], _Answer]) -> _Answer | None:
        """What ``do`` gives; ``None`` where it fails, or where GitHub or arXiv wants no more now."""
        if self._stopped:
            self._report.waiting.append(Remark(number, "it is left for the next run"))
            return None
        try:
            return do()
        except (ServiceError, MoveError, NotFoundError) as error:
            self._report.troubles.append(Trouble(f"#{number}", error.kind, str(error)))
            self._stopped = not isinstance(error, BadAnswerError | MoveError | NotFoundError)
            return None

    def _record(self, started: datetime, *, listed: bool) -> None:
        """For ``status``; a list in which something waits is read in full the next time, changed or not."""
        report, store, now = self._report, self._session.store, self._session.clock()
        settled = not (report.waiting or report.troubles)
        with store.transaction():
            if report.troubles:
                first, *more = report.troubles
                sentence = f"{first.subject}: {first.message}" + (f" (and {len(more)} more)" if more else "")
                store.sources.failed(SOURCE, now, first.kind, sentence)
            else:
                validators = self._validators if settled and listed else None
                store.sources.succeeded(SOURCE, now, validators if settled else Validators())
            if report.filled or report.known or report.troubles:
                status = "partial" if report.troubles else "ok"
                detail = f"filled={len(report.filled)} known={len(report.known)} troubles={len(report.troubles)}"
                store.runs.add(RunRecord(SOURCE, started, now, status, detail=detail))


def _once(bare: Sequence[BareIssue]) -> list[BareIssue]:
    """Each issue once, the oldest first: of two on one paper the older one becomes its note."""
    return sorted({one.number: one for one in bare}.values(), key=lambda one: one.number)
