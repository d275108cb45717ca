"""The labels that the archive has, and what becomes of a tag that is none of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from notebot.core.model.errors import ServiceError
from notebot.core.note_format.venue_labels import VENUE_COLOUR
from notebot.features.publishing.rules.issue_draft import LABEL_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from notebot.features.publishing.github_port import IssueArchive


class LabelBook:
    """The labels of the repository, read once when they are first needed.

    Args:
        create: makes labels that are missing; else they are left out.
    """

    def __init__(self, github: IssueArchive, *, create: bool) -> None:
        self._github = github
        self.create = create

    @cached_property
    def names(self) -> dict[str, str]:
        """As GitHub writes them, by their name in lower case: it tells no others apart."""
        return {name.lower(): name for name in self._github.labels()}

    def fit(self, tags: Sequence[str], is_venue: Callable[[str], bool]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The labels of these tags, and the tags that are left out: unknown, or longer than a label can be."""
        fitting = [tag for tag in tags if self._has(tag, is_venue)]
        labels = tuple(dict.fromkeys(self.names[tag.lower()] for tag in fitting))
        return labels, tuple(tag for tag in tags if tag not in fitting)

    def _has(self, tag: str, is_venue: Callable[[str], bool]) -> bool:
        if tag.lower() not in self.names and self.create and 0 < len(tag) <= LABEL_LIMIT:
            self._make(tag, VENUE_COLOUR if is_venue(tag) else None)
        return tag.lower() in self.names

    def _make(self, tag: str, colour: str | None) -> None:
        """A label that turns out to be there is as good as made: somebody else did, or an answer was lost."""
        try:
            self._github.create_label(tag, colour)
        except ServiceError:
            there = {name.lower(): name for name in self._github.labels()}
            if tag.lower() not in there:
                raise
            self.names[tag.lower()] = there[tag.lower()]
        else:
            self.names[tag.lower()] = tag
