"""What the parts of one publishing run share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from notebot.core.model.errors import (
    BadAnswerError,
    MoveError,
    NotFoundError,
    ServiceError,
    ServiceTimeoutError,
    UnavailableError,
)
from notebot.core.model.note import Note
from notebot.core.note_format.stub_title import NoteStyle
from notebot.core.note_format.tag_order import TagOrder
from notebot.core.supervisor import supervised
from notebot.features.publishing.archive_port import Issue, IssueArchive, IssueRefusedError
from notebot.features.publishing.publish.labels import RepositoryLabels
from notebot.features.publishing.publish.report import PublishReport

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from notebot.core.model.errors import NotebotError
    from notebot.core.model.offer import Update
    from notebot.core.ports import Clock, Notes, Runs, Sources, Stubs
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

    def offer_again(self, update_id: int) -> None:
        """Marks an accepted offer as open again, so that the next digest shows it."""


class UnfilledIssues(Protocol):
    """The issues that a plain `fill` found and did not fill, for `status`."""

    def replace(self, reasons: Mapping[int, str]) -> None:
        """Stores the reasons by issue number, in place of those of the last run."""


class PublishStore(Protocol):
    """What publishing and filling read and write."""

    @property
    def stubs(self) -> Stubs: ...
    @property
    def notes(self) -> Notes: ...
    @property
    def sources(self) -> Sources: ...
    @property
    def runs(self) -> Runs: ...

    def transaction(self) -> AbstractContextManager[None]: ...


class PublishRules(Struct, frozen=True):
    """The curator's settings."""

    style: NoteStyle
    order: TagOrder
    new_labels: bool = False
    """Create labels that the archive does not have."""


@dataclass(kw_only=True)
class PublishSession:
    """One run: access to the archive and to the store."""

    store: PublishStore
    outbox: Outbox
    unfilled: UnfilledIssues
    archive: IssueArchive
    rules: PublishRules
    clock: Clock
    read_note: NoteOfIssue
    import_notes: Callable[[Sequence[Note]], object]
    """Stores notes of the archive in the local one."""
    say: Callable[[str], None]
    """Is called with the repository's name before the first write."""
    on_published: Callable[[int, str], None] = lambda number, title: None
    """Is called with each new note in the transaction in which it is stored as published."""
    report: PublishReport = field(init=False)

    def __post_init__(self) -> None:
        self.report = PublishReport(self.archive.repo)

    @cached_property
    def labels(self) -> RepositoryLabels:
        """The repository's labels."""
        return RepositoryLabels(self.archive, create=self.rules.new_labels)

    @cached_property
    def newest(self) -> list[Issue]:
        """The newest issues when the run began; requesting them also checks the repository's name."""
        newest = self.archive.newest()
        state = f"whose newest note is #{newest[0].number}" if newest else "which has no notes yet"
        self.say(f"Writing to {self.archive.repo}, {state}.")
        return newest

    def put(self, entry: OutboxEntry) -> OutboxEntry:
        """Stores the state of an entry and returns it."""
        with self.store.transaction():
            self.outbox.put(entry, self.clock())
        return entry

    def concerns_others(self, error: NotebotError) -> bool:
        """Tells whether the next issue would fail like this one, so that the run must stop (rules.md 7.8).

        True for refusals of the token or the repository, for rate limits and for outages. A server error may concern
        one issue alone, which the list of issues shows: it is requested, and answered, or not.
        """
        if isinstance(error, IssueRefusedError | BadAnswerError | MoveError | NotFoundError):
            return False
        if isinstance(error, UnavailableError | ServiceTimeoutError):
            try:
                with supervised("The list of the repository's issues"):
                    self.archive.newest()
            except (ServiceError, NotFoundError):
                return True
            return False
        return True

    def import_issue(self, number: int) -> tuple[Issue, Note]:
        """Reads an issue that was written back from GitHub, and imports it into the local archive."""
        issue = self.archive.issue(number)
        note = self.read_note(issue)
        self.import_notes([note])
        return issue, note
