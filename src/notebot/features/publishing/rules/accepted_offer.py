"""Computes how an accepted offer changes a note, from the note as the archive has it at that moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.changes import AnotherPost, LeftoverLabels, MissingLabels, VenueChange
from notebot.core.model.errors import MoveError
from notebot.core.model.post import PostKind
from notebot.core.model.post_address import canonical_post, find_posts
from notebot.core.note_format.stub_title import TITLE_LINE_LIMIT
from notebot.core.note_format.title_line import parse_title_line, parse_venue, replace_venue
from notebot.core.note_format.venue_labels import PREPRINT, venue_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.model.offer import Update


class NoteChange(Struct, frozen=True):
    """A change of one note; empty if the note has it already."""

    title: str | None = None
    add_labels: tuple[str, ...] = ()
    remove_labels: tuple[str, ...] = ()
    comment: str | None = None


def change_of(
    update: Update, title: str, labels: Sequence[str], comments: Sequence[str], known: Sequence[str]
) -> NoteChange:
    """Returns what an offer changes on a note; ``known`` are the archive's labels.

    Raises:
        MoveError: the note has changed since the offer was made, or the offer cannot be applied.
    """
    match update.change:
        case VenueChange():
            return _venue_change(update.change, title, labels, known)
        case MissingLabels(wanted):
            return NoteChange(add_labels=_missing(wanted, labels))
        case LeftoverLabels(leftover):
            unwanted = {name.lower() for name in leftover}
            # as GitHub spells them: label names are matched without regard to case
            return NoteChange(remove_labels=tuple(label for label in labels if label.lower() in unwanted))
        case AnotherPost(url, words):
            post = canonical_post(url) or url
            if post in find_posts("\n".join(comments)) or any(url in comment for comment in comments):
                return NoteChange()  # somebody has added it since the offer was made
            return NoteChange(comment=f"{words.strip().rstrip(':：') or PostKind.SOURCE}:\n{post}")
        case _:
            raise MoveError(f"#{update.subject}: an offer of {update.field!r} cannot be applied; do it by hand")


def _venue_change(offered: VenueChange, title: str, labels: Sequence[str], known: Sequence[str]) -> NoteChange:
    before, label = offered.before, offered.label
    wanted, parsed = parse_venue(label), parse_title_line(title)
    if wanted is None:
        raise MoveError(f"the offered venue {label!r} names no year; edit the title line by hand")
    add = _missing(venue_labels(wanted, known), labels)
    current = parsed.venue.label if parsed.venue else ""
    if current == wanted.label:
        return NoteChange(add_labels=add)
    # without a venue before it, the offer replaces arXiv or fills an empty slot
    if before:
        is_expected = current == before.strip() and parsed.venue is not None
    else:
        is_expected = parsed.venue is None or parsed.venue.name.lower() == PREPRINT
    if not is_expected:
        raise MoveError(
            f"the title line says {current or 'no venue'} now, not {before or 'arXiv'}; it is left unchanged"
        )
    # only the venue is replaced: spacing and punctuation are the curator's
    line = replace_venue(parsed, label)
    # GitHub rejects longer titles; truncating the curator's line would lose text
    if len(line) > TITLE_LINE_LIMIT:
        raise MoveError(
            f"the title line would have {len(line)} characters, more than GitHub accepts; it is left unchanged"
        )
    return NoteChange(line, add)


def _missing(wanted: Sequence[str], labels: Sequence[str]) -> tuple[str, ...]:
    have = {label.lower() for label in labels}
    return tuple(name for name in wanted if name.lower() not in have)
