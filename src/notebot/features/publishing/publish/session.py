"""What all parts of a run share."""

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
from notebot.features.publishing.publish.labels import LabelBook
from notebot.features.publishing.publish.report import PublishReport

if TYPE_CHECKING:
    from datetime import datetime

    from notebot.core.model.offer import Update
    from notebot.core.ports import Clock, Store
    from notebot.features.publishing.rules.issue_draft import Delivery

ReadNote = Callable[[Issue], Note]
"""The note that an issue holds."""


class Outbox(Protocol):
    """What is on its way to the archive."""

    def get(self, key: str) -> Delivery | None:
        """The delivery of a stub or an update."""

    def put(self, delivery: Delivery, at: datetime) -> None:
        """Inserts or replaces by key."""

    def begun(self) -> list[Delivery]:
        """Deliveries of stubs of which something was, or may have been, written, and that are not ended."""

    def done(self) -> list[Delivery]:
        """Deliveries that are done, by number; of updates those that have labels left out."""

    def accepted(self) -> list[Update]:
        """Accepted offers on notes that are neither applied nor left."""


class PublishRules(Struct, frozen=True):
    """The curator's habits."""

    style: NoteStyle
    order: TagOrder
    new_labels: bool = False
    """Labels that the archive does not have are made."""


@dataclass
class Session:
    """One run's way to GitHub, and to what is stored here."""

    store: Store
    outbox: Outbox
    github: IssueArchive
    rules: PublishRules
    clock: Clock
    read_note: ReadNote
    say: Callable[[str], None]
    """Told the repository's name before the first write."""
    report: PublishReport = field(init=False)

    def __post_init__(self) -> None:
        self.report = PublishReport(self.github.repo)

    @cached_property
    def labels(self) -> LabelBook:
        """The repository's labels."""
        return LabelBook(self.github, create=self.rules.new_labels)

    @cached_property
    def newest(self) -> list[Issue]:
        """The newest issues when the run began; to ask for them also checks the repository's name."""
        newest = self.github.newest()
        self.say(f"Writing to {self.github.repo}, whose newest issue is #{newest[0].number if newest else 0}.")
        return newest

    @cached_property
    def _importer(self) -> Importer:
        return Importer(self.store, self.clock, "github", self.github.repo, lambda what, done, total: None)

    def put(self, delivery: Delivery) -> Delivery:
        """Stores how far a delivery is."""
        with self.store.transaction():
            self.outbox.put(delivery, self.clock())
        return delivery

    def take_in(self, number: int) -> tuple[Issue, Note]:
        """Reads an issue that was written, and takes it into the archive here."""
        issue = self.github.issue(number)
        note = self.read_note(issue)
        self._importer.take([note])
        return issue, note
