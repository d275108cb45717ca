"""Words updates and their reasons, in the two languages of :mod:`notebot.core.note_format.phrases`."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from msgspec.structs import asdict

from notebot.core.model.changes import VenueChange, field_and_value
from notebot.core.model.reasons import (
    AcceptedPaperList,
    LabelsNameVenue,
    LooksComplete,
    NewPost,
    NewVersion,
    Reason,
    SameLink,
    TitleNamesVenue,
    VenueEvidence,
)
from notebot.core.model.stub import NOT_IN_TABLE
from notebot.core.note_format.title_line import parse_venue
from notebot.core.note_format.venue_labels import venue_labels

if TYPE_CHECKING:
    from collections.abc import Callable

    from notebot.core.model.changes import Change
    from notebot.core.note_format.phrases import Phrases


def word_change(change: Change, words: Phrases, safe: Callable[[str], str], line: str = "") -> str:
    """Returns what a digest says about a change.

    Args:
        safe: escapes text from outside for use between backticks.
        line: the stub's title line, which is shown where the change itself has no value.
    """
    if isinstance(change, VenueChange) and change.before:
        labels = ", ".join(venue_labels(parse_venue(change.label), ()))
        return words.moved.format(before=safe(change.before), after=safe(change.label), labels=safe(labels))
    field, value = field_and_value(change)
    return words.fields[field.split(" ")[0]].format(value=safe(value or line))


def word_reason(reason: Reason | str, words: Phrases) -> str:
    """Returns a reason as one sentence or phrase; text of an earlier version is returned unchanged."""
    match reason:
        case str():
            return reason
        case NewVersion(version):
            return f"v{version}"
        case VenueEvidence(source, text):
            return word_evidence(words.said, source, text, words, str)
        case NewPost():
            template = words.new_post
        case AcceptedPaperList():
            template = words.listed_renamed if reason.title else words.listed
        case LabelsNameVenue():
            template = words.labels_not_title if reason.venue else words.labels_no_title
        case TitleNamesVenue():
            template = words.title_not_labels if reason.labels else words.title_no_label
        case SameLink():
            template = words.same_link
        case LooksComplete():
            template = words.looks_complete
        case _:
            assert_never(reason)
    return template.format(**asdict(reason))


def word_evidence(template: str, source: str, evidence: str, words: Phrases, safe: Callable[[str], str]) -> str:
    """Returns the words in which a venue was found, quoted; notebot's own remark on them comes after the quotation."""
    quoted = evidence.removesuffix(NOT_IN_TABLE).rstrip()
    text = template.format(source=words.found_in.get(source, words.found_in["comment"]), text=safe(quoted))
    return text if quoted == evidence else f"{text} ({words.not_in_table})"
