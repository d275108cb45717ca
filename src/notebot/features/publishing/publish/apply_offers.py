"""Applies accepted offers to notes on GitHub; a note that has changed since the offer is left unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.errors import MoveError, NotFoundError
from notebot.core.note_format.title_line import parse_title_line
from notebot.core.note_format.venue_labels import venue_labels
from notebot.features.publishing.archive_port import Edit, Issue, NoteEditedError
from notebot.features.publishing.publish.report import AppliedOffer
from notebot.features.publishing.rules.accepted_offer import NoteChange, change_of
from notebot.features.publishing.rules.issue_draft import Draft, OutboxEntry, OutboxState, outbox_key_of_update

if TYPE_CHECKING:
    from notebot.core.model.offer import Update
    from notebot.features.publishing.publish.session import PublishSession


def apply_offer(session: PublishSession, update: Update) -> None:
    """Applies one offer; writes nothing if the note has it already.

    Raises:
        MoveError: the note has changed since the offer was made, or its issue was deleted or moved away: the offer is
            abandoned, so this is reported once. After a ``NoteEditedError`` it is an offer of the next digest again.
    """
    entry = OutboxEntry(outbox_key_of_update(update.id), session.archive.repo, number=int(update.subject))
    try:
        written, draft, refused = _apply(session, update, entry)
    except NoteEditedError as error:
        with session.store.transaction():
            session.outbox.put(replace(entry, state=OutboxState.PLANNED, why=str(error)), session.clock())
            session.outbox.offer_again(update.id)
        raise
    except MoveError as error:
        session.put(replace(entry, state=OutboxState.LEFT, why=str(error)))
        raise
    session.put(replace(entry, state=OutboxState.DONE, draft=draft if draft.left_out else None))
    session.report.applied.append(
        AppliedOffer(int(update.subject), update.field, update.value, written, (*draft.left_out, *refused))
    )


def add_missing_labels(session: PublishSession, entry: OutboxEntry) -> None:
    """Adds labels that were left out earlier, now that missing labels may be created."""
    draft, number = entry.draft, entry.number
    assert draft is not None
    assert number is not None
    venues = venue_labels(parse_title_line(draft.title).venue, draft.left_out)
    labels, left_out = session.labels.match(draft.left_out, venues)
    if labels:
        session.archive.add_labels(number, labels)
        session.put(replace(entry, draft=replace(draft, labels=(*draft.labels, *labels), left_out=left_out)))
        session.import_issue(number)
        session.report.labelled.append(
            AppliedOffer(number, "label", ", ".join(labels), written=True, left_out=left_out)
        )


def _apply(session: PublishSession, update: Update, entry: OutboxEntry) -> tuple[bool, Draft, tuple[str, ...]]:
    """Returns whether anything was written, a draft with labels that the archive lacks, and labels it does not take.

    The change is computed again from the issue, so that an interrupted run can be repeated.
    """
    number = int(update.subject)
    # never from the local archive, which may be days behind
    try:
        issue = session.archive.issue(number)
    except NotFoundError as error:
        # the run began with reading the repository, so this is about the issue alone, and it does not come back
        where = f"#{number} is not in {session.archive.repo}"
        raise MoveError(f"{where}, because it was deleted or moved away; the offer was given up") from error
    change = _change(session, update, issue)
    venues = venue_labels(parse_title_line(change.title or issue.title).venue, change.add_labels)
    labels, left_out = session.labels.match(change.add_labels, venues) if change.add_labels else ((), ())
    remaining = Draft("", change.title or issue.title, "", left_out=left_out)
    if not (change.title or change.remove_labels or labels or change.comment):
        return False, remaining, ()
    session.put(replace(entry, state=OutboxState.SENDING))
    if change.title:

        def new_title(now: Issue) -> Edit | None:
            title = _change(session, update, now).title
            return Edit(title) if title else None

        # computed again from the issue as it is read right before the write
        session.archive.amend(number, new_title)
    # one request per label: a list would remove labels that the curator adds at this moment (rules.md 7.8)
    for label in change.remove_labels:
        session.archive.remove_label(number, label)
    refused: tuple[str, ...] = ()
    if labels:
        try:
            session.archive.add_labels(number, labels)
        except NoteEditedError:
            # the venue is in the title line; only an offer of labels alone can be made again
            if not change.title:
                raise
            refused = labels
    # read once more, because the requests before took a second each, and the curator may have added the post
    if change.comment and (comment := _change(session, update, session.archive.issue(number)).comment):
        session.archive.add_comment(number, comment)
    session.import_issue(number)
    return True, remaining, refused


def _change(session: PublishSession, update: Update, issue: Issue) -> NoteChange:
    known = tuple(session.labels.names.values())
    return change_of(update, issue.title, issue.labels, issue.comments, known)
