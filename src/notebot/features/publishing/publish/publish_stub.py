"""Publishes one kept stub as an issue with its comments."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from notebot.core.model.decision import choice_of
from notebot.core.model.errors import MoveError, NotFoundError, RefusedError, ServiceError, ThrottledError
from notebot.core.model.stub import StubStatus
from notebot.core.note_format.title_line import parse_title_line
from notebot.core.note_format.venue_labels import venue_labels
from notebot.features.publishing.publish.report import PublishedStub
from notebot.features.publishing.rules.issue_draft import (
    OutboxEntry,
    OutboxState,
    draft_issue,
    has_comment,
    is_about,
    is_sent_draft,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from notebot.core.model.stub import Stub
    from notebot.features.publishing.archive_port import Issue
    from notebot.features.publishing.publish.session import PublishSession
    from notebot.features.publishing.rules.issue_draft import Draft

_Written = TypeVar("_Written")


class StubPublisher:
    """Publishes stubs within one session; continues where an earlier run was interrupted."""

    def __init__(self, session: PublishSession) -> None:
        self._session = session

    def publish(self, stub: Stub) -> None:
        """Sends what was not sent yet, and imports the finished issue.

        Raises:
            MoveError: the paper is in the archive already, or a text exceeds GitHub's limit.
            NotFoundError: the issue was deleted before all its comments were sent; this is reported on every run
                until the stub is skipped.
            ServiceError: see :class:`notebot.features.publishing.archive_port.IssueArchive`.
        """
        entry = self._prepare(stub)
        dropped: tuple[str, ...] = ()
        try:
            if entry.number is None:
                entry, dropped = self._create_issue(entry, stub)
            while entry.written <= len(entry.required_draft.comments):
                entry = self._add_next_comment(entry)
            self._finish(stub, entry, dropped)
        except NotFoundError as error:
            if entry.number is None:  # the repository is missing, not the issue: the stub must wait
                raise RefusedError(str(error)) from error
            raise

    def _prepare(self, stub: Stub) -> OutboxEntry:
        """Returns the entry to work on: a begun one unchanged, otherwise one with a new draft."""
        session = self._session
        stored = session.outbox.get(stub.key)
        if stored is None or (stored.state is OutboxState.PLANNED and not stored.written):
            draft = self._draft(stub)
            # an issue that the curator opened for this paper since the last import must not get a twin
            duplicate = next(
                (issue for issue in session.newest if issue.state == "open" and is_about(issue.body, draft.url)), None
            )
            if duplicate is not None:
                raise MoveError(
                    f"{stub.arxiv_id or stub.key} is already in the archive as #{duplicate.number}; nothing was "
                    f"written, and `{session.archive.import_command}` imports that note"
                )
            return session.put(OutboxEntry(stub.key, session.archive.repo, draft))
        if stored.repo.lower() != session.archive.repo.lower():
            raise MoveError(f"{stub.arxiv_id or stub.key} was begun in {stored.repo}; finish it there first")
        return stored

    def _draft(self, stub: Stub) -> Draft:
        draft = draft_issue(stub, self._session.rules.style, self._session.rules.order)
        if not draft.labels:
            return draft
        venues = venue_labels(parse_title_line(draft.title).venue, draft.labels)
        labels, left_out = self._session.labels.match(draft.labels, venues)
        return replace(draft, labels=labels, left_out=left_out)

    def _create_issue(self, entry: OutboxEntry, stub: Stub) -> tuple[OutboxEntry, tuple[str, ...]]:
        """Creates the issue, unless an earlier request did; also returns the labels that GitHub dropped."""
        session = self._session
        issue = None
        if entry.state is OutboxState.SENDING:
            issue = self._find_created_issue(entry, stub)
            entry = entry if issue else replace(entry, draft=self._draft(stub))
        if issue is None:
            # issue numbers only grow, so whatever an unanswered request created has a higher one
            after = entry.after or max((newest.number for newest in session.newest), default=0)
            entry = self._begin_sending(replace(entry, state=OutboxState.SENDING, after=after), stub)
            draft = entry.required_draft
            try:
                issue = session.archive.create_issue(draft.title, draft.body, draft.labels)
            except ServiceError as lost:
                issue = _recover(lost, lambda: self._find_created_issue(entry, stub))
        have = {label.lower() for label in issue.labels}
        dropped = tuple(label for label in entry.required_draft.labels if label.lower() not in have)
        created = replace(entry, state=OutboxState.PLANNED, written=1, number=issue.number)
        return session.put(created), dropped

    def _begin_sending(self, entry: OutboxEntry, stub: Stub) -> OutboxEntry:
        """Stores that the request may be sent, unless the stub is no longer kept.

        The curator may take the decision back or edit the note during a long run; in one transaction, because
        `queue undo` and the review page look at the outbox in the same way.

        Raises:
            MoveError: the stub is not kept any more.
        """
        session = self._session
        with session.store.transaction():
            current = session.store.stubs.get(stub.key)
            if current is None or current.status is not StubStatus.KEPT:
                raise MoveError(f"{stub.arxiv_id or stub.key} is no longer kept; nothing was written")
            if choice_of(current) == choice_of(stub):
                session.outbox.put(entry, session.clock())
                return entry
        return self._begin_sending(replace(entry, draft=self._draft(current)), current)

    def _find_created_issue(self, entry: OutboxEntry, stub: Stub) -> Issue | None:
        """Returns the issue that an unanswered request created, if it did.

        Raises:
            MoveError: somebody else created an issue for the same paper meanwhile.
        """
        draft, newer = entry.required_draft, self._session.archive.newest(entry.after)
        same_paper = [issue for issue in newer if is_about(issue.body, draft.url)]
        # several are possible only if somebody copied ours; the oldest is the one that was sent
        ours = [issue for issue in same_paper if is_sent_draft(issue.title, issue.body, draft)]
        if ours or not same_paper:
            return ours[-1] if ours else None
        why = (
            f"#{same_paper[-1].number} is about the same paper, but differs from what was sent from here; "
            "nothing more was written"
        )
        if stub.note_number is not None:
            self._session.put(replace(entry, state=OutboxState.LEFT, why=why))
        raise MoveError(why)

    def _add_next_comment(self, entry: OutboxEntry) -> OutboxEntry:
        """Adds the next comment, unless an earlier request did."""
        archive, draft, place = self._session.archive, entry.required_draft, entry.written - 1
        number = entry.number or 0

        def is_written() -> bool:
            return has_comment(archive.issue(number).comments, draft, place)

        if entry.state is not OutboxState.SENDING or not is_written():
            entry = self._session.put(replace(entry, state=OutboxState.SENDING))
            try:
                archive.add_comment(number, draft.comments[place])
            except ServiceError as lost:
                _recover(lost, is_written)
        return self._session.put(replace(entry, state=OutboxState.PLANNED, written=entry.written + 1))

    def _finish(self, stub: Stub, entry: OutboxEntry, dropped: tuple[str, ...]) -> None:
        """Imports the issue as GitHub has it; its creation date becomes the note's."""
        session = self._session
        issue, note = session.import_issue(entry.number or 0)
        # the curator may have changed the stub while its issue was written
        current = session.store.stubs.get(stub.key) or stub
        with session.store.transaction():
            session.store.stubs.save(
                replace(current, note_number=issue.number, issue_date=note.issue_date), session.clock()
            )
            session.outbox.put(replace(entry, state=OutboxState.DONE), session.clock())
            session.on_published(issue.number, issue.title)
        session.report.published.append(
            PublishedStub(
                key=stub.key,
                arxiv_id=stub.arxiv_id,
                number=issue.number,
                title=issue.title,
                labels=issue.labels,
                comments=len(issue.comments),
                left_out=entry.required_draft.left_out,
                dropped=dropped,
            )
        )


def _recover(lost: ServiceError, find: Callable[[], _Written | None]) -> _Written:
    """Returns what a request wrote although its answer was lost; otherwise raises ``lost``.

    The next run looks again before it sends again, so a failed look-up loses nothing.
    """
    if isinstance(lost, ThrottledError | RefusedError):  # GitHub said that it did not write
        raise lost
    try:
        written = find()
    except ServiceError:
        raise lost from None
    if not written:
        raise lost
    return written
