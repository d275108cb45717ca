"""Finds link-only issues, decides which can be filled, and fills them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from notebot.core.model.arxiv_id import find_ids
from notebot.core.model.errors import BadAnswerError, MoveError, NotebotError, NotFoundError, ServiceError
from notebot.core.model.run_record import RunRecord
from notebot.core.model.source_record import Validators
from notebot.core.model.stub import StubStatus, stub_key
from notebot.core.model.stub_posts import with_post
from notebot.core.note_format.title_line import parse_title_line
from notebot.core.note_format.venue_labels import venue_labels
from notebot.core.supervisor import supervised
from notebot.features.intake.fetch import Fetched
from notebot.features.publishing.fill.link_only_issues import as_link_only, is_overlooked_link, why_not_filled
from notebot.features.publishing.fill.report import FillReport, UnfilledIssue
from notebot.features.publishing.fill.write_issue import IssueWriter
from notebot.features.publishing.publish.report import PublishProblem
from notebot.features.publishing.rules.issue_draft import OutboxState, draft_issue, is_about, issue_body
from notebot.features.publishing.rules.link_only_issue import is_title_line, words_to_keep
from notebot.features.summaries.rules.extract import EXTRACTIVE

if TYPE_CHECKING:
    from datetime import datetime

    from notebot.core.model.stub import Stub
    from notebot.features.publishing.fill.follow_posts import ReadPost
    from notebot.features.publishing.fill.link_only_issues import CuratorIssues, LinkOnlyIssue
    from notebot.features.publishing.publish.session import PublishSession
    from notebot.features.publishing.rules.issue_draft import Draft

SOURCE = "fill"
"""The name under which the health of filling is stored."""

_Result = TypeVar("_Result")

FetchPapers = Callable[[Sequence[str]], Sequence[Fetched]]
"""Drafts stubs for arXiv ids with one request; returns one answer per id, in the same order."""


def fill(
    session: PublishSession,
    curator: CuratorIssues,
    fetch_papers: FetchPapers,
    read_post: ReadPost,
    numbers: Sequence[int] = (),
) -> FillReport:
    """Fills these issues, or the newest open link-only ones; first finishes what was interrupted.

    An issue with nothing but posts is about the one paper that they name; a guessed paper is never written.
    A failed issue appears in the report and in ``status``. The run ends if all the others would fail alike.

    Raises:
        UsageError: GitHub has the repository under another name.
        StateError: the store cannot be used.
    """
    started = session.clock()
    run = _FillRun(session, fetch_papers, read_post)
    issues = run.resume_interrupted()
    issues += run.look_up(numbers)
    if not numbers and not run.stopped:
        issues += run.list_newest(curator)
    # the oldest first: of two issues about one paper the older one becomes its note
    failed = {trouble.subject for trouble in run.report.troubles}  # while it was finished: once a run is enough
    by_number = {issue.number: issue for issue in issues if f"#{issue.number}" not in failed}
    oldest_first = [by_number[number] for number in sorted(by_number)]
    ready = []
    for issue in map(run.add_papers_of_posts, oldest_first):
        why = run.reason_to_wait(issue)
        if why:
            run.report.waiting.append(UnfilledIssue(issue.number, why))
        else:
            ready.append(issue)
    if ready and not run.stopped and run.is_repository_right():
        run.fill_all(ready)
    run.record(started, has_listed=not numbers)
    return run.report


class _FillRun:
    def __init__(self, session: PublishSession, fetch_papers: FetchPapers, read_post: ReadPost) -> None:
        self._session = session
        self._fetch_papers = fetch_papers
        self._read_post = read_post
        self.report = FillReport(session.archive.repo)
        self._writer = IssueWriter(session, self.report)
        self.stopped = False
        self._has_list = False
        self._validators = session.store.sources.get(SOURCE).validators

    def resume_interrupted(self) -> list[LinkOnlyIssue]:
        """Finishes issues that were interrupted; returns those of which nothing had been written."""
        unwritten: list[int] = []
        for entry in filter(self._writer.is_own_entry, self._session.outbox.begun()):
            number = entry.number or 0
            if self._try(number, lambda: self._writer.resume(entry)) is False:  # noqa: B023 (called at once)
                unwritten.append(number)
        return self.look_up(unwritten)

    def look_up(self, numbers: Sequence[int]) -> list[LinkOnlyIssue]:
        """Reads these issues; reports those that are not link-only."""

        def read(number: int) -> LinkOnlyIssue | None:
            issue = self._session.archive.issue(number)
            target = as_link_only(issue)
            if target is None:
                self.report.untouched.append(UnfilledIssue(number, why_not_filled(issue)))
            return target

        targets = [self._try(number, lambda: read(number)) for number in dict.fromkeys(numbers)]  # noqa: B023
        return [target for target in targets if target is not None]

    def list_newest(self, curator: CuratorIssues) -> list[LinkOnlyIssue]:
        """Lists the newest open link-only issues; none if the list has not changed since the last run."""
        try:
            with supervised("The list of issues"):
                newest = curator.newest_open(self._validators.etag)
        except (ServiceError, NotFoundError) as error:
            self.report.troubles.append(PublishProblem(self.report.repo, error.kind, str(error)))
            return []
        self._has_list = True
        if newest is None:
            return []
        self._validators = Validators(newest.etag)
        # silence would look as if the issue had been overlooked (issue 14, fault 8)
        self.report.waiting += [
            UnfilledIssue(issue.number, why_not_filled(issue)) for issue in newest.issues if is_overlooked_link(issue)
        ]
        return [target for target in map(as_link_only, newest.issues) if target is not None]

    def add_papers_of_posts(self, target: LinkOnlyIssue) -> LinkOnlyIssue:
        """Adds the papers that its posts mention, if the issue has nothing but posts.

        If one of the posts could not be read, no paper is added: that post may name another paper, and the issue
        is the curator's own.
        """
        if target.papers or target.links.pages:
            return target
        papers = {paper.base: paper for paper in find_ids(target.issue.title)}
        reasons: list[str] = []
        for post in target.links.posts:
            try:
                with supervised("The post"):
                    reading = self._read_post(post)
            except NotebotError as error:
                reasons.append(str(error))
                continue
            papers |= {mention.arxiv_id.base: mention.arxiv_id for mention in reading.papers if not mention.is_guess}
            reasons += [*([reading.post.reason] if reading.post.reason else []), *reading.remarks]
        return replace(target, followed=() if reasons else tuple(papers.values()), unread_why=" ".join(reasons))

    def reason_to_wait(self, target: LinkOnlyIssue) -> str:
        """Returns why an issue cannot be filled now; empty if it can."""
        papers = [str(paper) for paper in target.papers]
        if not papers:
            why = f" ({target.unread_why.rstrip('.')})" if target.unread_why else ""
            return f"its links lead to no known paper{why}; add the link to the paper"
        if len(papers) > 1:
            names = f"({', '.join(papers)}), and an issue is one note"
            if target.followed:
                return f"its title and posts mention several papers {names}; add the link to the one that is meant"
            return f"it links to several papers {names}; leave one of them"
        if self._session.store.notes.numbers_of([target.paper]).get(target.paper, 0) is None:
            return "the local archive has a note of the paper without its number; `notebot import github` brings it"
        entry = self._session.outbox.get(stub_key(target.paper))
        # a stub that is already being published would become a second issue for the same paper
        if entry is not None and (
            entry.state is OutboxState.SENDING or (entry.state is OutboxState.PLANNED and entry.written)
        ):
            return "its stub is being published; `notebot publish` finishes that"
        return ""

    def is_repository_right(self) -> bool:
        """Checks the repository's name, and says it before the first write."""
        try:
            with supervised("The repository"):
                return self._session.newest is not None
        except (ServiceError, NotFoundError) as error:
            self.report.troubles.append(PublishProblem(self.report.repo, error.kind, str(error)))
            return False

    def fill_all(self, ready: Sequence[LinkOnlyIssue]) -> None:
        """Fills issues, with one request to arXiv for the papers of all."""
        without_note = [target for target in ready if self._note_of(target) is None]
        answers = self._fetch_papers([str(target.papers[0]) for target in without_note]) if without_note else ()
        fetched = {target.number: answer for target, answer in zip(without_note, answers, strict=True)}
        for target in ready:
            self._try(target.number, lambda: self._fill(target, fetched.get(target.number)))  # noqa: B023 (at once)

    def _fill(self, target: LinkOnlyIssue, answer: Fetched | None) -> None:
        note = self._note_of(target)  # looked up again: an issue filled just before may be of the same paper
        if note is not None:
            self._writer.comment_duplicate(target, note)
            return
        if answer is None or answer.stub is None:
            # one request asked arXiv for all papers, so the others failed with this one
            self.stopped = answer is not None and isinstance(answer.error, ServiceError)
            raise (answer and answer.error) or BadAnswerError(
                f"arXiv's API gave no answer for {target.paper}; try again"
            )
        self._writer.fill(target, self._draft(target, answer.stub))

    def _note_of(self, target: LinkOnlyIssue) -> int | None:
        """Returns the paper's note in the local archive or among the newest issues, if it is another issue."""
        note = self._session.store.notes.numbers_of([target.paper]).get(target.paper)
        if note is not None and note != target.number:
            return note
        for issue in self._session.newest:
            is_other_open = issue.number != target.number and issue.state == "open"
            if (
                is_other_open
                and is_title_line(issue.title, target.links)
                and is_about(issue.body, target.papers[0].url)
            ):
                return issue.number
        return None

    def _draft(self, target: LinkOnlyIssue, stub: Stub) -> Draft:
        """Drafts the note, with the issue's posts first and what the queue already has about the paper."""
        queued = self._session.store.stubs.get(stub.key)
        for post in (*target.links.posts, *(queued.posts if queued else ())):
            stub = with_post(stub, post)
        if queued is not None:
            # a summary by a model or by hand is worth more than a new extract; the curator's edits count once kept
            summary = queued.summary if queued.summary and queued.summary.by != EXTRACTIVE else stub.summary
            curator = queued.curator if queued.status is StubStatus.KEPT else stub.curator
            stub = replace(stub, summary=summary, translation=queued.translation, curator=curator)
        rules = self._session.rules
        draft = draft_issue(stub, rules.style, rules.order)
        venues = venue_labels(parse_title_line(draft.title).venue, draft.labels)
        labels, left_out = self._session.labels.match(draft.labels, venues) if draft.labels else ((), ())
        words = words_to_keep(target.issue.title, target.links, stub.title)
        body = issue_body(replace(stub, url="\n- ".join((stub.url, *target.links.pages))))
        comments = (*draft.comments, *([words] if words else []))
        return replace(draft, body=body, labels=labels, left_out=left_out, comments=comments)

    def _try(self, number: int, do: Callable[[], _Result]) -> _Result | None:
        """Returns the result of ``do``; ``None`` after a failure, or once the run has stopped."""
        if self.stopped:
            self.report.waiting.append(UnfilledIssue(number, "it is left for the next run"))
            return None
        try:
            with supervised(f"Issue #{number}"):
                return do()
        except (ServiceError, MoveError, NotFoundError) as error:
            self.report.troubles.append(PublishProblem(f"#{number}", error.kind, str(error)))
            self.stopped = self.stopped or self._session.concerns_others(error)
            return None

    def record(self, started: datetime, *, has_listed: bool) -> None:
        """Stores the result for ``status``.

        The ETag is kept only if nothing waits: otherwise the next run must read the list, changed or not.
        """
        report, store, now = self.report, self._session.store, self._session.clock()
        is_settled = not (report.waiting or report.troubles)
        with store.transaction():
            if self._has_list:
                # only a run that read the list knows that an issue no longer waits
                reasons = {issue.number: issue.why for issue in report.waiting}
                failed = {trouble.subject[1:]: trouble.message for trouble in report.troubles}
                reasons |= {int(number): why for number, why in failed.items() if number.isdecimal()}
                self._session.unfilled.replace(reasons)
            if report.troubles:
                first, *more = report.troubles
                message = f"{first.subject}: {first.message}" + (f" (and {len(more)} more)" if more else "")
                store.sources.failed(SOURCE, now, first.kind, message)
            else:
                validators = self._validators if is_settled and has_listed else None
                store.sources.succeeded(SOURCE, now, validators if is_settled else Validators())
            if report.filled or report.known or report.troubles:
                status = "partial" if report.troubles else "ok"
                detail = f"filled={len(report.filled)} known={len(report.known)} troubles={len(report.troubles)}"
                store.runs.add(RunRecord(SOURCE, started, now, status, detail=detail))
