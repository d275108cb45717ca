"""Reads completed digests back: whatever the curator wrote or chose becomes data; the files are never written."""

from __future__ import annotations

import difflib
from hashlib import sha256
from pathlib import PurePath
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

from notebot.core.model.digest_reading import ReadEntry, Unreadable, Verdict
from notebot.core.model.errors import NotebotError, StateError
from notebot.core.model.offer import update_key
from notebot.core.model.run_record import RunRecord
from notebot.core.model.stub import Stub, StubStatus, digest_mark, stub_key
from notebot.features.digests.rules.apply_edits import collected, is_cut_short, with_accepted
from notebot.features.digests.rules.read_back import read_digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.note_format.stub_title import NoteStyle
    from notebot.core.ports import Clock, Store


class CompletedFiles(Protocol):
    """The digests as the curator left them."""

    def read(self, name: str) -> str | None:
        """The text of a file that nobody was writing meanwhile; ``None`` where there is no such file.

        Raises:
            StateError: it changes while it is read, or cannot be read.
        """


class NewTag(Struct, frozen=True):
    """A tag that neither the archive nor a topic has."""

    tag: str
    arxiv_id: str
    nearest: str | None


class Collected(Struct):
    """What was read back of one digest."""

    digest: str
    kept: list[str] = field(default_factory=list)
    """arXiv ids, in file order."""
    skipped: list[str] = field(default_factory=list)
    """Entries that were deleted; ``queue requeue`` brings one back."""
    untouched: int = 0
    changed: int = 0
    """Stubs that this run changed; 0 when the same is read again."""
    accepted: list[str] = field(default_factory=list)
    new_tags: list[NewTag] = field(default_factory=list)
    remark: str | None = None
    unreadable: list[Unreadable] = field(default_factory=list)
    problem: str | None = None
    """Why it was not read, or not read in full."""


class Collector:
    """One run over some digests."""

    def __init__(
        self, store: Store, files: CompletedFiles, style: NoteStyle, clock: Clock, known_tags: Sequence[str]
    ) -> None:
        self._store = store
        self._files = files
        self._style = style
        self._clock = clock
        self._known_tags = known_tags
        self._keys: dict[str, str] = {}

    def run(self, names: Sequence[str]) -> list[Collected]:
        """Reads the digests of these names, or all that were written; one that cannot be read stops no other."""
        started = self._clock()
        found = [self._collect(name) for name in names or self._store.digests.names()]
        problems = sum(one.problem is not None for one in found)
        with self._store.transaction():
            detail = f"digests={len(found)} changed={sum(one.changed for one in found)} problems={problems}"
            status = "partial" if problems else "ok"
            self._store.runs.add(RunRecord("collect", started, self._clock(), status, detail=detail))
        return found

    def _collect(self, name: str) -> Collected:
        report = Collected(name)
        try:
            original = self._store.digests.text(PurePath(name).name)
            if original is None:
                raise StateError(f"{name} is no digest that notebot has written here; it is left as it is.")
            edited = self._files.read(name)
        except NotebotError as error:
            report.problem = str(error)
            return report
        if edited is None:
            report.problem = f"{name} is not there; its entries stay as they are."
            return report
        self._take(report, original, edited)
        return report

    def _take(self, report: Collected, original: str, edited: str) -> None:
        reading = read_digest(original, edited)
        self._keys = {digest_mark(key): key for key in self._store.digests.keys(PurePath(report.digest).name)}
        if is_cut_short(original, edited):
            report.problem = f"{report.digest} has lost its end, so that no entry is taken for deleted."
        report.remark, report.unreadable = reading.remark, list(reading.unreadable)
        with self._store.transaction():
            for entry in reading.entries:
                self._take_entry(report, entry, original)
            for accepted in reading.accepted_updates:
                self._accept(report, accepted)
            self._store.digests.collected(PurePath(report.digest).name, sha256(edited.encode()).hexdigest(), reading)

    def _take_entry(self, report: Collected, entry: ReadEntry, original: str) -> None:
        stub = self._store.stubs.get(self._keys.get(entry.arxiv_id, stub_key(entry.arxiv_id)))
        if entry.verdict is Verdict.UNTOUCHED or stub is None:
            report.untouched += 1
            return
        if entry.verdict is Verdict.SKIPPED and report.problem is not None:
            return
        after = collected(stub, entry, self._style, original)
        if after != stub:
            self._store.stubs.save(after, self._clock())
            report.changed += 1
        self._tell(report, entry, after)

    def _tell(self, report: Collected, entry: ReadEntry, stub: Stub) -> None:
        if stub.status is StubStatus.KEPT:
            report.kept.append(entry.arxiv_id)
            report.new_tags += [self._new_tag(tag, entry) for tag in entry.new_tags if tag not in self._known_tags]
        elif stub.status is StubStatus.SKIPPED:
            report.skipped.append(entry.arxiv_id)

    def _new_tag(self, tag: str, entry: ReadEntry) -> NewTag:
        near = difflib.get_close_matches(tag, self._known_tags, 1, 0.6)
        return NewTag(tag, entry.arxiv_id, near[0] if near else None)

    def _accept(self, report: Collected, update: str) -> None:
        """An offer that was ticked: its value becomes the curator's."""
        subject, _, field_name = update.partition(" ")
        key = update_key(subject)
        if self._store.digests.accept(key, field_name):
            report.accepted.append(update)
            stub = self._store.stubs.get(key)
            if stub is not None:
                self._store.stubs.save(with_accepted(stub, field_name), self._clock())
