"""What an update reports about a stub, or offers to change on a note: one record per kind.

The tag of a record is its name in the JSON documents and in the hidden marks of a digest.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

from msgspec import Struct


class MetadataArrived(Struct, frozen=True, tag="metadata", tag_field="kind"):
    """A stub that was drafted without metadata has them now."""


class TitleChanged(Struct, frozen=True, tag="title", tag_field="kind"):
    """A newer version of the paper has another title."""

    title: str


class PaperWithdrawn(Struct, frozen=True, tag="withdrawn", tag_field="kind"):
    """The paper was withdrawn."""


class TitleLineOffer(Struct, frozen=True, tag="title_line", tag_field="kind"):
    """A title line from newer metadata, for a stub whose title line the curator wrote."""

    line: str


class VenueChange(Struct, frozen=True, tag="venue", tag_field="kind"):
    """Another venue of a stub, or a venue offered for a note's title line."""

    label: str
    """As title lines have it, such as ``ACL'26 Findings``; by an audit without year."""
    before: str = ""
    """The venue that the title line must still have; empty: arXiv, or none."""


class MissingLabels(Struct, frozen=True, tag="label", tag_field="kind"):
    """Labels to add to a note."""

    labels: tuple[str, ...]


class LeftoverLabels(Struct, frozen=True, tag="leftover", tag_field="kind"):
    """Labels to remove from a note."""

    labels: tuple[str, ...]


class SecondNote(Struct, frozen=True, tag="twice", tag_field="kind"):
    """The note is about the same paper as an older one."""

    older: int


class AnotherPost(Struct, frozen=True, tag="post", tag_field="kind"):
    """A post about a paper that has a stub or note already."""

    url: str
    words: str = ""
    """The heading of its comment with colon, such as ``解説ポスト:``; empty for a source post."""
    mark: str = ""
    """Distinguishes the posts offered to one note; empty for a stub."""


Change: TypeAlias = (
    MetadataArrived
    | TitleChanged
    | PaperWithdrawn
    | TitleLineOffer
    | VenueChange
    | MissingLabels
    | LeftoverLabels
    | SecondNote
    | AnotherPost
)


def field_and_value(change: Change) -> tuple[str, str]:
    """Returns ``field`` and ``value`` as the JSON documents have them; a digest's hidden mark has the field too.

    They are for display and for finding an update again. Nothing parses them.
    """
    field = str(change.__struct_config__.tag)
    match change:
        case TitleChanged(text) | TitleLineOffer(text):
            return field, text
        case VenueChange(label, before):
            return field, f"{before} → {label}" if before else label
        case MissingLabels(labels) | LeftoverLabels(labels):
            return field, ", ".join(labels)
        case SecondNote(older):
            return field, str(older)
        case AnotherPost(url, words, mark):
            return f"{field} {mark}".strip(), f"{words} {url}".strip()
        case MetadataArrived() | PaperWithdrawn():
            return field, ""
    assert_never(change)
