"""An archive in a folder, with a store beside it, and what publishes into it and fills it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from fakes import KEPT_STUB, FakeApi, FakeClock, topic
from notebot.core.model.changes import Change
from notebot.core.model.offer import DigestPlan, Update
from notebot.core.model.stub import Curator, Stub
from notebot.core.note_format.stub_title import NoteStyle
from notebot.core.note_format.tag_order import TagOrder
from notebot.features.archive.adapters.note_folder import read_note_file
from notebot.features.archive.import_notes import Importer
from notebot.features.intake.fetch import PaperFetcher
from notebot.features.intake.read_post import PostReading
from notebot.features.publishing.adapters.note_folder import FolderNotes, NoteFolder
from notebot.features.publishing.archive_port import IssueArchive
from notebot.features.publishing.fill.fill_issues import fill
from notebot.features.publishing.fill.report import FillReport
from notebot.features.publishing.publish.publish_kept import publish
from notebot.features.publishing.publish.report import PublishReport
from notebot.features.publishing.publish.session import PublishRules, PublishSession
from notebot.features.publishing.rules.folder_note import FolderNote
from notebot.store.sqlite.open import SqliteStore
from servers.github_archive import DyingGitHub, Killed, read_note

_PLANS = count()
TOKYO = ZoneInfo("Asia/Tokyo")
LINK = "https://arxiv.org/abs/2605.00001"
STUB = replace(
    KEPT_STUB,
    abstract="We count [[all]] %%of%% it. {{x}} `= this.file` #tag works.",
    curator=Curator(comment="- 良い。\n\n  二行目  @me\n# Comment\n", related=(7,)),
)


@dataclass
class FolderArchive:
    """A store and a folder of notes."""

    store: SqliteStore
    folder: Path
    api: FakeApi = field(default_factory=FakeApi)
    clock: FakeClock = field(default_factory=FakeClock)
    said: list[str] = field(default_factory=list)

    def notes(self, table: FolderNotes | None = None) -> NoteFolder:
        return NoteFolder(
            self.folder,
            table or self.store.folder_notes,
            self.store.transaction,
            clock=self.clock,
            zone=TOKYO,
            highest=lambda: max((note.number or 0 for note in self.store.notes.all()), default=0),
        )

    def session(self, archive: IssueArchive | None = None) -> PublishSession:
        folder = self.notes()
        folder.finish_interrupted()
        return PublishSession(
            store=self.store,
            outbox=self.store.outbox,
            unfilled=self.store.unfilled,
            archive=archive or folder,
            rules=PublishRules(NoteStyle(), TagOrder(("NLP", "Mathematics")), new_labels=True),
            clock=self.clock,
            read_note=read_note,
            import_notes=Importer(self.store, self.clock, "folder", str(self.folder), lambda *_: None).take,
            say=self.said.append,
        )

    def publish(self, archive: IssueArchive | None = None) -> PublishReport:
        return publish(self.session(archive), None)

    def fill(self, *numbers: int, archive: IssueArchive | None = None) -> FillReport:
        fetch = PaperFetcher(
            api=self.api, store=None, topics=[topic(query="")], enrich=lambda stub: stub, clock=self.clock
        )

        def no_post(url: str) -> PostReading:
            raise AssertionError(url)

        papers = lambda ids: fetch.fetch(ids, self.clock().date(), None, save=False)  # noqa: E731
        return fill(self.session(archive), self.notes(), papers, no_post, numbers)

    def keep(self, *stubs: Stub) -> None:
        with self.store.transaction():
            for stub in stubs:
                self.store.stubs.save(stub, self.clock())

    def accept(self, *changes: Change, number: int = 1) -> None:
        """Accepted offers on a note."""
        with self.store.transaction():
            for change in changes:
                self.store.digests.add_update(Update(0, f"note:{number}", change, "why"), self.clock())
            updates = self.store.digests.open_updates()
            ids = tuple(update.id for update in updates)
            plan = DigestPlan(f"{next(_PLANS)}.md", self.clock(), date(2026, 5, 12), "", (), ids, ())
            self.store.digests.plan(plan)
            self.store.digests.written(plan, self.clock())
            for update in updates:
                self.store.digests.set_accepted(update.id, accepted=True)

    def files(self) -> dict[str, bytes]:
        """Every file of the folder that an editor shows, by its path."""
        shown = (path for path in sorted(self.folder.rglob("*.md")) if not path.name.startswith("."))
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in shown}

    def hidden(self) -> list[str]:
        return sorted(path.name for path in self.folder.rglob(".*"))

    def path(self, number: int = 1) -> Path:
        """The file with a number."""
        paths = [path for path in self.folder.rglob("*.md") if read_note_file(path).file.number == number]
        assert len(paths) == 1, paths
        return paths[0]


@dataclass
class DyingTable:
    """The table of known notes as seen by a process that is killed right after its nth write."""

    table: FolderNotes
    last: int
    writes: int = 0

    def all(self, folder: str) -> Mapping[int, FolderNote]:
        return self.table.all(folder)

    def put(self, folder: str, note: FolderNote) -> None:
        self.table.put(folder, note)
        self.writes += 1
        if self.writes == self.last:
            raise Killed


def dying(notes: NoteFolder, last: int, *, after: bool) -> IssueArchive:
    """The archive as seen by a process that is killed at its nth step."""
    return DyingGitHub(cast("Any", notes), last, after)


def survive(do: Callable[[], object]) -> bool:
    """Runs a process that may be killed; returns whether it was."""
    try:
        do()
    except Killed:
        return True
    return False


def check_curators_lines(before: bytes, after: bytes, ours: set[bytes]) -> None:
    """Only lines of notebot's own were replaced, in place, and text was added behind the end only."""
    old, new = before.split(b"\n"), after.split(b"\n")
    # the last element is an unfinished line, which a comment ends
    for was, now in zip(old[:-1], new, strict=False):
        assert was == now or (was in ours and was.startswith((b"title_line: ", b"tags: "))), (was, now)
    assert len(new) >= len(old)
    assert new[len(old) - 1].rstrip(b"\r") == old[-1].rstrip(b"\r")
