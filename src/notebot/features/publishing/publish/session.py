"""What the parts of one publishing run share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from notebot.core.model.note import Note
from notebot.core.note_format.stub_title import NoteStyle
from notebot.core.note_format.tag_order import TagOrder
from notebot.features.archive.import_notes import Importer
from notebot.features.publishing.github_port import Issue, IssueArchive
from notebot.features.publishing.publish.labels import RepositoryLabels
from notebot.features.publishing.publish.report import PublishReport

if TYPE_CHECKING:
    from datetime import datetime

    from notebot.core.model.offer import Update
    from notebot.core.ports import Clock, Store
    from notebot.features.publishing.rules.issue_draft import OutboxEntry

NoteOfIssue = Callable[[Issue], Note]
"""Parses an issue into the note that it contains."""


class Outbox(Protocol):
    """What is being published, stored before and after each request."""

    def get(self, key: str) -> OutboxEntry | None:
        """Returns the entry of a stub or an update."""

    def put(self, entry: OutboxEntry, at: datetime) -> None:
        """Inserts or replaces by key."""

    def begun(self) -> list[OutboxEntry]:
        """Returns unfinished entries of stubs of which something was, or may have been, written."""

    def done(self) -> list[OutboxEntry]:
        """Returns finished entries by number; of updates only those with labels left out."""

    def accepted(self) -> list[Update]:
        """Returns accepted offers on notes that are neither applied nor abandoned."""


class PublishRules(Struct, frozen=True):
    """The curator's settings."""

    style: NoteStyle
    order: TagOrder
    new_labels: bool = False
    """Create labels that the archive does not have."""


@dataclass(kw_only=True)
class PublishSession:
    """One run: access to GitHub and to the store."""

    store: Store
    outbox: Outbox
    github: IssueArchive
    rules: PublishRules
    clock: Clock
    read_note: NoteOfIssue
    say: Callable[[str], None]
    """Is called with the repository's name before the first write."""
    report: PublishReport = field(init=False)

    def __post_init__(self) -> None:
        self.report = PublishReport(self.github.repo)

    @cached_property
    def labels(self) -> RepositoryLabels:
        """The repository's labels."""
        return RepositoryLabels(self.github, create=self.rules.new_labels)

    @cached_property
    def newest(self) -> list[Issue]:
        """The newest issues when the run began; requesting them also checks the repository's name."""
        newest = self.github.newest()
        self.say(f"Writing to {self.github.repo}, whose newest issue is #{newest[0].number if newest else 0}.")
        return newest

    def put(self, entry: OutboxEntry) -> OutboxEntry:
        """Stores the state of an entry and returns it."""
        with self.store.transaction():
            self.outbox.put(entry, self.clock())
        return entry

    def import_issue(self, number: int) -> tuple[Issue, Note]:
        """Reads an issue that was written back from GitHub, and imports it into the local archive."""
        issue = self.github.issue(number)
        note = self.read_note(issue)
        self._importer.take([note])
        return issue, note

    @cached_property
    def _importer(self) -> Importer:
        return Importer(self.store, self.clock, "github", self.github.repo, lambda what, done, total: None)
