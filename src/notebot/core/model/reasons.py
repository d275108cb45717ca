"""Why an update was made: one record per kind, worded by :mod:`notebot.core.note_format.update_wording`."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct


class NewPost(Struct, frozen=True, tag="new-post", tag_field="kind"):
    """Somebody posted about the paper."""


class NewVersion(Struct, frozen=True, tag="version", tag_field="kind"):
    """The paper's metadata are those of a newer version."""

    version: int


class VenueEvidence(Struct, frozen=True, tag="evidence", tag_field="kind"):
    """The paper's metadata name the venue."""

    source: str
    """The field: ``comment``, ``journal_ref`` or ``doi``."""
    text: str


class AcceptedPaperList(Struct, frozen=True, tag="list", tag_field="kind"):
    """A list of accepted papers has the paper."""

    file: str
    title: str = ""
    """The title in the list, if it is another than the archive's."""


class LabelsNameVenue(Struct, frozen=True, tag="labels-name-venue", tag_field="kind"):
    """The note's labels name a venue, and its title line does not."""

    labels: str
    venue: str
    """What the title line says; empty if nothing."""


class TitleNamesVenue(Struct, frozen=True, tag="title-names-venue", tag_field="kind"):
    """The note's title line names a venue, and its labels do not."""

    venue: str
    labels: str
    """The labels of other venues; empty if there are none."""


class SameLink(Struct, frozen=True, tag="same-link", tag_field="kind"):
    """An older note has the same link."""

    number: int
    link: str


class LooksComplete(Struct, frozen=True, tag="looks-complete", tag_field="kind"):
    """The note looks complete, and still has workflow labels."""

    labels: str


Reason: TypeAlias = (
    NewPost
    | NewVersion
    | VenueEvidence
    | AcceptedPaperList
    | LabelsNameVenue
    | TitleNamesVenue
    | SameLink
    | LooksComplete
)
