"""Accepted offers applied to notes as they stand on GitHub at that moment; a note that has changed is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.errors import MoveError, NotFoundError
from notebot.core.note_format.title_line import parse_title_line
from notebot.core.note_format.venue_labels import venue_labels
from notebot.features.publishing.github_port import Edit, Issue
from notebot.features.publishing.publish.report import Applied
from notebot.features.publishing.rules.accepted_offer import Change, change_of
from notebot.features.publishing.rules.issue_draft import Delivery, DeliveryState, Draft, update_delivery_key

if TYPE_CHECKING:
    from notebot.core.model.offer import Update
    from notebot.features.publishing.publish.session import Session


def apply_offer(session: Session, update: Update) -> None:
    """Applies one offer; nothing is written where the note has it already.

    Raises:
        MoveError: the note is no longer what the offer was made for: it is left, for good.
        NotFoundError: the note's issue is gone: likewise.
    """
    delivery = Delivery(update_delivery_key(update.id), session.github.repo, number=int(update.subject))
    try:
        written, draft = _apply(session, update, delivery)
    except (MoveError, NotFoundError) as error:
        session.put(replace(delivery, state=DeliveryState.LEFT, why=str(error)))
        raise
    session.put(replace(delivery, state=DeliveryState.DONE, draft=draft if draft.left_out else None))
    session.report.applied.append(Applied(int(update.subject), update.field, update.value, written, draft.left_out))


def label_later(session: Session, delivery: Delivery) -> None:
    """Adds labels that were left out when the issue was published or changed, and that may be made now."""
    draft, number = delivery.draft, delivery.number
    assert draft is not None
    assert number is not None
    venues = venue_labels(parse_title_line(draft.title).venue, draft.left_out)
    labels, left_out = session.labels.fit(draft.left_out, lambda tag: tag in venues)
    if labels:
        session.github.add_labels(number, labels)
        session.put(replace(delivery, draft=replace(draft, labels=(*draft.labels, *labels), left_out=left_out)))
        session.take_in(number)
        session.report.labelled.append(Applied(number, "label", ", ".join(labels), written=True, left_out=left_out))


def _apply(session: Session, update: Update, delivery: Delivery) -> tuple[bool, Draft]:
    """Whether anything was written; and what is left to be done, which is the labels that were left out.

    Each part is looked at again before it is written, so that a run that was broken off can be made again.
    """
    number = int(update.subject)
    issue = session.github.issue(number)
    change = _change(session, update, issue)
    venues = venue_labels(parse_title_line(change.title or issue.title).venue, change.add_labels)
    labels, left_out = (
        session.labels.fit(change.add_labels, lambda tag: tag in venues) if change.add_labels else ((), ())
    )
    left = Draft("", change.title or issue.title, "", left_out=left_out)
    if not (change.title or change.remove_labels or labels or change.comment):
        return False, left
    session.put(replace(delivery, state=DeliveryState.SENDING))
    if change.title or change.remove_labels:
        session.github.amend(number, lambda issue: _edit(_change(session, update, issue), issue))
    if labels:
        session.github.add_labels(number, labels)
    if change.comment:
        session.github.add_comment(number, change.comment)
    session.take_in(number)
    return True, left


def _change(session: Session, update: Update, issue: Issue) -> Change:
    known = tuple(session.labels.names.values())
    return change_of(update, issue.title, issue.labels, issue.comments, known)


def _edit(change: Change, issue: Issue) -> Edit | None:
    """The title, and the labels that stay; labels are added apart, which cannot undo another's."""
    if not (change.title or change.remove_labels):
        return None
    stay = tuple(label for label in issue.labels if label not in change.remove_labels)
    return Edit(change.title, labels=stay if change.remove_labels else None)
