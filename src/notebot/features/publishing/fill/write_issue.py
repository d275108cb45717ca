"""Writes one issue: title and body in one request, its labels in another, then its comments one by one."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.errors import MoveError, NotFoundError, RefusedError, ServiceError, ThrottledError
from notebot.core.model.post import PostKind
from notebot.core.model.post_address import find_posts
from notebot.features.publishing.archive_port import Edit, Issue, NoteEditedError
from notebot.features.publishing.fill.report import DuplicateIssue, FilledIssue, FillReport
from notebot.features.publishing.rules.issue_draft import (
    Draft,
    OutboxEntry,
    OutboxState,
    has_comment,
    is_same_text,
    is_sent_draft,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.features.publishing.fill.link_only_issues import LinkOnlyIssue
    from notebot.features.publishing.publish.session import PublishSession

_DUPLICATE_OF = "既出: #"


class IssueWriter:
    """Writes issues and reports them; a later run finishes what was interrupted."""

    def __init__(self, session: PublishSession, report: FillReport) -> None:
        self._session = session
        self._report = report

    def fill(self, target: LinkOnlyIssue, draft: Draft) -> None:
        """Writes the draft into the issue, unless the issue has changed.

        Raises:
            MoveError: it has changed: nothing was written.
            NotFoundError: it was deleted.
            ServiceError: see :class:`notebot.features.publishing.archive_port.IssueArchive`.
        """
        entry = OutboxEntry(self._key(target.number), self._report.repo, draft, number=target.number)
        entry = self._put(entry, OutboxState.SENDING)
        comments_before: tuple[str, ...] = ()

        def decide(now: Issue) -> Edit:
            nonlocal comments_before
            target.raise_if_changed(now)
            comments_before = now.comments
            # no labels and no state: they may change at this moment, and there is no conditional write
            return Edit(draft.title if draft.title != now.title else None, draft.body)

        try:
            self._session.archive.amend(target.number, decide)
        except (MoveError, NotFoundError) as error:
            self._put(replace(entry, why=str(error)), OutboxState.LEFT)
            raise
        except (ThrottledError, RefusedError):
            self._put(entry, OutboxState.PLANNED)
            raise
        except ServiceError as lost:
            # the answer may be lost after GitHub wrote; if this cannot be checked, the next run checks again
            try:
                now = self._session.archive.issue(target.number)
            except (ServiceError, NotFoundError):
                raise lost from None
            if not is_sent_draft(now.title, now.body, draft):
                raise
        self._finish(self._mark_body_written(entry, comments_before))

    def comment_duplicate(self, target: LinkOnlyIssue, note: int) -> None:
        """Adds one comment that the paper has a note, and never a second one.

        Raises:
            MoveError: the issue has changed: nothing was written.
            NotFoundError: it was deleted.
            ServiceError: see :class:`notebot.features.publishing.archive_port.IssueArchive`.
        """
        text = f"{_DUPLICATE_OF}{note}"
        earlier = self._session.outbox.get(self._key(target.number))
        if earlier and earlier.state is OutboxState.DONE and earlier.required_draft.comments == (text,):
            return
        now = self._session.archive.issue(target.number)
        target.raise_if_changed(now)
        draft = Draft("", now.title, "", comments=_without_existing((text,), now.comments))
        entry = OutboxEntry(self._key(target.number), self._report.repo, draft, written=1, number=target.number)
        self._finish(self._put(entry, OutboxState.PLANNED))
        self._put(replace(entry, draft=replace(draft, comments=(text,))), OutboxState.DONE)

    def resume(self, entry: OutboxEntry) -> bool:
        """Finishes an interrupted issue; ``False`` if nothing was written, so that it can start again.

        Raises:
            NotFoundError: the issue was deleted, and is abandoned; or GitHub refuses this write to it.
            ServiceError: see :class:`notebot.features.publishing.archive_port.IssueArchive`.
        """
        try:
            now = self._session.archive.issue(entry.number or 0)
        except NotFoundError as error:  # nothing is left to be done
            self._put(replace(entry, why=str(error)), OutboxState.LEFT)
            raise
        if not entry.written:
            if not is_sent_draft(now.title, now.body, entry.required_draft):
                self._put(entry, OutboxState.PLANNED)
                return False
            entry = self._mark_body_written(entry, now.comments)
        self._finish(entry)
        return True

    def is_own_entry(self, entry: OutboxEntry) -> bool:
        """Tells whether an outbox entry is a link-only issue of this repository."""
        return entry.number is not None and entry.key == self._key(entry.number)

    def _mark_body_written(self, entry: OutboxEntry, existing: Sequence[str]) -> OutboxEntry:
        """Stores that the first request is done; comments that exist already are not sent."""
        draft = entry.required_draft
        draft = replace(draft, comments=_without_existing(draft.comments, existing))
        return self._put(replace(entry, draft=draft, written=1), OutboxState.PLANNED)

    def _finish(self, entry: OutboxEntry) -> None:
        """Adds the labels and the remaining comments, imports a filled issue, and reports it."""
        archive, draft, number = self._session.archive, entry.required_draft, entry.number or 0
        # once only, so that a label that the curator removes before the next run is not added again
        if draft.labels and not entry.labelled:
            have = {label.lower() for label in archive.issue(number).labels}
            missing = [label for label in draft.labels if label.lower() not in have]
            # the tags of a file in a folder may be the curator's own; then these are reported
            with suppress(NoteEditedError):
                if missing:
                    archive.add_labels(number, missing)
            entry = self._put(replace(entry, labelled=True), entry.state)
        while entry.written <= len(draft.comments):
            place = entry.written - 1
            # read again for each comment: the curator may have written it meanwhile
            if not has_comment(archive.issue(number).comments, draft, place):
                entry = self._put(entry, OutboxState.SENDING)
                try:
                    archive.add_comment(number, draft.comments[place])
                except (ThrottledError, RefusedError):
                    self._put(entry, OutboxState.PLANNED)
                    raise
            entry = self._put(replace(entry, written=entry.written + 1), OutboxState.PLANNED)
        if draft.body:
            issue, note = self._session.import_issue(number)
            have = {label.lower() for label in issue.labels}
            self._report.filled.append(
                FilledIssue(
                    number=number,
                    arxiv_id=note.arxiv_id or "",
                    title=issue.title,
                    labels=issue.labels,
                    comments=len(issue.comments),
                    left_out=draft.left_out,
                    dropped=tuple(label for label in draft.labels if label.lower() not in have),
                )
            )
        else:  # only the comment of a duplicate has no body
            self._report.known += [
                DuplicateIssue(number, int(text.removeprefix(_DUPLICATE_OF))) for text in draft.comments
            ]
        self._put(entry, OutboxState.DONE)

    def _put(self, entry: OutboxEntry, state: OutboxState) -> OutboxEntry:
        return self._session.put(replace(entry, state=state))

    def _key(self, number: int) -> str:
        return f"fill:{self._report.repo.lower()}#{number}"


def _without_existing(comments: Sequence[str], existing: Sequence[str]) -> tuple[str, ...]:
    """Drops comments that the issue has; a source post counts with any words around its link."""
    posts = set(find_posts("\n".join(existing)))
    return tuple(
        comment
        for comment in comments
        if not any(is_same_text(comment, other) for other in existing)
        and not (comment.startswith(PostKind.SOURCE.words) and posts.issuperset(find_posts(comment)))
    )
