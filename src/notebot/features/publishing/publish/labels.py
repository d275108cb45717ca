"""Maps tags to the labels of the repository, and creates missing labels if asked to."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from notebot.core.model.errors import ServiceError
from notebot.core.note_format.venue_labels import VENUE_COLOUR
from notebot.features.publishing.rules.issue_draft import LABEL_LIMIT

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from notebot.features.publishing.archive_port import IssueArchive


class RepositoryLabels:
    """The labels of the repository, requested once when they are first needed.

    Args:
        create: create missing labels; otherwise their tags are left out.
    """

    def __init__(self, archive: IssueArchive, *, create: bool) -> None:
        self._archive = archive
        self.create = create

    @cached_property
    def names(self) -> dict[str, str]:
        """Labels as GitHub writes them, by lower-case name: GitHub compares labels without case."""
        return {name.lower(): name for name in self._archive.labels()}

    def match(self, tags: Sequence[str], venues: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Returns the labels for these tags, and the tags without one: unknown, or too long for a label.

        Args:
            venues: the tags that name a venue; created labels for them get the archive's venue colour.
        """
        # the order of the tags is kept: the archive lists its labels in that order
        known = []
        for tag in tags:
            if tag.lower() not in self.names and self.create and 0 < len(tag) <= LABEL_LIMIT:
                self._create(tag, VENUE_COLOUR if tag in venues else None)
            if tag.lower() in self.names:
                known.append(tag)
        labels = tuple(dict.fromkeys(self.names[tag.lower()] for tag in known))
        return labels, tuple(tag for tag in tags if tag not in known)

    def _create(self, tag: str, colour: str | None) -> None:
        try:
            self._archive.create_label(tag, colour)
        except ServiceError:
            # somebody else created it meanwhile, or only the answer was lost: then all is well
            existing = {name.lower(): name for name in self._archive.labels()}
            if tag.lower() not in existing:
                raise
            self.names[tag.lower()] = existing[tag.lower()]
        else:
            self.names[tag.lower()] = tag
