"""A curator with one digest: a real store, a real file, and edits that can be made and taken back."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fakes import FakeClock, entry, paper
from fresh_store import new_store
from notebot.core.model.decision import COMMAND
from notebot.core.model.stub import Stub, StubStatus, stub_key, with_metadata
from notebot.core.note_format.stub_title import NoteStyle
from notebot.features.digests.adapters.digest_folder import DigestFolder
from notebot.features.digests.adapters.jinja import JinjaRenderer
from notebot.features.digests.collect import Collector
from notebot.features.digests.collect_report import Collected
from notebot.features.digests.moves import Moves, TakenBack
from notebot.features.digests.write_digest import DigestStyle, DigestWriter
from notebot.features.topics.rules.drafting import draft_from_entry

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ("graphs", "proofs", "robots", "speech", "vision", "planning", "retrieval", "safety")


@dataclass(frozen=True)
class Edit:
    """What the curator has done to one entry of the file."""

    ticked: bool = False
    comment: str = ""
    title: str = ""
    deleted: bool = False


@dataclass
class CuratorDesk:
    """The papers ``2605.00001`` and so on, in one digest, all in full."""

    folder: Path
    papers: int = 3
    language: str = "en"
    full: int = 20
    edits: dict[str, Edit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.store = new_store(self.folder / "state" / "notebot.db")
        self.files = DigestFolder(self.folder / "digests")
        self.ids = [f"2605.{number:05d}" for number in range(1, self.papers + 1)]
        for number, arxiv_id in enumerate(self.ids):
            title = f"On {WORDS[number % len(WORDS)]}, part {number}"
            stub = with_metadata(draft_from_entry(entry(arxiv_id, title), ()), paper(arxiv_id, title))
            with self.store.transaction():
                self.store.stubs.save(stub, self.clock())
        self.path = self.write_digest()
        self.original = self.path.read_text(encoding="utf-8")
        self.edits = {}
        self.saves = 0

    def write_digest(self) -> Path:
        writer = DigestWriter(
            store=self.store,
            files=self.files,
            renderer=JinjaRenderer(NoteStyle(), self.language, ()),
            style=DigestStyle(timezone=ZoneInfo("Asia/Tokyo"), topics=(), categories=("cs.CL",), full=self.full),
            clock=self.clock,
            lock=nullcontext,
        )
        path = writer.write().path
        assert path is not None
        return self.folder / "digests" / path.rpartition("/")[2]

    def edit(self, arxiv_id: str, **changes: Any) -> None:
        """Changes an entry of the file and saves the file."""
        self.edits[arxiv_id] = Edit(**{**vars(self.edits.get(arxiv_id, Edit())), **changes})
        self.save(self.text())

    def text(self) -> str:
        """The digest with all edits."""
        text = self.original
        for arxiv_id, edit in self.edits.items():
            found = re.search(rf"<!-- nb {re.escape(arxiv_id)} -->\n.*?<!-- /nb -->\n", text, re.DOTALL)
            assert found
            block = found[0]
            if edit.ticked:
                block = block.replace("- [ ] ", "- [x] ", 1)
            if edit.title:
                block = re.sub(r"^### .*$", f"### [Paper Note] {edit.title}, Me+, ICLR'27, 2026.05", block, flags=re.M)
            if edit.comment:
                block = block.replace("**Comment**\n", f"**Comment**\n{edit.comment}\n\n")
            text = text.replace(found[0], "" if edit.deleted else block)
        return text

    def save(self, text: str) -> None:
        """Saves the file as an editor does, a little later than every decision before it."""
        self.path.write_text(text, encoding="utf-8")
        self.saves += 1

    def age(self, seconds: float) -> None:
        """Makes the file look as if it was saved so long ago."""
        at_ns = self.path.stat().st_mtime_ns - int(seconds * 1e9)
        os.utime(self.path, ns=(at_ns, at_ns))

    def collect(self, *names: str, **options: bool) -> Collected:
        collector = Collector(
            store=self.store, files=self.files, style=NoteStyle(), clock=self.clock, known_tags=("NLP",)
        )
        self.clock.pass_by(minutes=1)
        return collector.collect(names or [self.path.name], **options)[0]

    def moves(self, by: str = COMMAND) -> Moves:
        self.clock.pass_by(minutes=1)
        return Moves(self.store, self.files, self.clock, by)

    def move(self, verb: str, *refs: str) -> None:
        errors = [moved.error for moved in self.moves().move(verb, refs) if moved.error]
        if errors:
            raise errors[0]

    def undo(self) -> list[TakenBack]:
        return self.moves().undo()

    def stub(self, arxiv_id: str) -> Stub:
        stub = self.store.stubs.get(stub_key(arxiv_id))
        assert stub is not None
        return stub

    def statuses(self) -> list[StubStatus]:
        return [self.stub(arxiv_id).status for arxiv_id in self.ids]

    def state(self) -> list[str]:
        """Everything in the database, as text."""
        with closing(sqlite3.connect(self.folder / "state" / "notebot.db")) as connection:
            return list(connection.iterdump())
