"""Reads completed digests back: what the curator typed or ticked is stored. The files themselves are never written."""

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
from notebot.core.model.stub import StubStatus, digest_mark, stub_key
from notebot.features.digests.rules.apply_edits import apply_edits, is_cut_short, with_accepted_offer
from notebot.features.digests.rules.read_back import read_digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from notebot.core.note_format.stub_title import NoteStyle
    from notebot.core.ports import Clock, Digests, Runs, Stubs


class CollectStore(Protocol):
    """What reading digests back reads and writes."""

    @property
    def stubs(self) -> Stubs: ...
    @property
    def digests(self) -> Digests: ...
    @property
    def runs(self) -> Runs: ...

    def transaction(self) -> AbstractContextManager[None]: ...


class CompletedFiles(Protocol):
    """The digest files as the curator left them."""

    def read(self, name: str) -> str | None:
        """The text of a file, or ``None`` if it does not exist.

        Raises:
            StateError: the file changed while it was read, or it cannot be read.
        """


class NewTag(Struct, frozen=True):
    """A typed tag that neither the archive nor a topic has."""

    tag: str
    arxiv_id: str
    nearest: str | None
    """The most similar known tag, as it may be a typing error."""


class Collected(Struct):
    """The result of reading one digest back."""

    digest: str
    kept: list[str] = field(default_factory=list)
    """arXiv ids, in file order."""
    skipped: list[str] = field(default_factory=list)
    """Entries that were deleted; ``queue requeue`` brings one back."""
    untouched: int = 0
    changed: int = 0
    """Stubs that this run changed; 0 if the same file is read again."""
    accepted: list[str] = field(default_factory=list)
    """Ticked updates such as ``2158 venue``."""
    new_tags: list[NewTag] = field(default_factory=list)
    remark: str | None = None
    """Text outside all entries."""
    unreadable: list[Unreadable] = field(default_factory=list)
    problem: str | None = None
    """Why the file was not read, or not completely."""


class Collector:
    """Reads completed digests and stores what the curator decided."""

    def __init__(
        self,
        *,
        store: CollectStore,
        files: CompletedFiles,
        style: NoteStyle,
        clock: Clock,
        known_tags: Sequence[str],
    ) -> None:
        self._store = store
        self._files = files
        self._style = style
        self._clock = clock
        self._known_tags = known_tags

    def collect(self, names: Sequence[str]) -> list[Collected]:
        """Reads the named digests, or all if ``names`` is empty; a file that fails does not stop the others."""
        started = self._clock()
        reports = [self._collect_digest(name) for name in names or self._store.digests.names()]
        problems = sum(report.problem is not None for report in reports)
        with self._store.transaction():
            detail = f"digests={len(reports)} changed={sum(report.changed for report in reports)} problems={problems}"
            status = "partial" if problems else "ok"
            self._store.runs.add(RunRecord("collect", started, self._clock(), status, detail=detail))
        return reports

    def _collect_digest(self, name: str) -> Collected:
        report = Collected(name)
        # The file may be given by its full path; the store knows digests by their file name alone.
        digest_name = PurePath(name).name
        try:
            original = self._store.digests.text(digest_name)
            if original is None:
                raise StateError(f"{name} is not a digest that notebot wrote for this archive; it was not read.")
            edited = self._files.read(name)
        except NotebotError as error:
            report.problem = str(error)
            return report
        if edited is None:
            report.problem = f"{name} does not exist; its entries are unchanged."
            return report
        reading = read_digest(original, edited)
        if is_cut_short(original, edited):
            report.problem = f"The end of {report.digest} is missing, so missing entries do not count as deleted."
        report.remark, report.unreadable = reading.remark, list(reading.unreadable)
        stub_keys = {digest_mark(key): key for key in self._store.digests.keys(digest_name)}
        # One transaction per digest: a crash leaves each digest either read completely or not at all.
        with self._store.transaction():
            for entry in reading.entries:
                self._apply_entry(report, entry, original, stub_keys)
            for update in reading.accepted_updates:
                self._accept_offer(report, update)
            self._store.digests.collected(digest_name, sha256(edited.encode()).hexdigest(), reading)
        return report

    def _apply_entry(self, report: Collected, entry: ReadEntry, original: str, stub_keys: Mapping[str, str]) -> None:
        """Saves the stub of one entry and adds it to the report."""
        stub = self._store.stubs.get(stub_keys.get(entry.arxiv_id, stub_key(entry.arxiv_id)))
        if entry.verdict is Verdict.UNTOUCHED or stub is None:
            report.untouched += 1
            return
        # In a file that lost its end, a missing entry may have been cut off rather than deleted.
        if entry.verdict is Verdict.SKIPPED and report.problem is not None:
            return
        edited_stub = apply_edits(stub, entry, self._style, original)
        if edited_stub != stub:
            self._store.stubs.save(edited_stub, self._clock())
            report.changed += 1
        if edited_stub.status is StubStatus.KEPT:
            report.kept.append(entry.arxiv_id)
            for tag in entry.new_tags:
                if tag not in self._known_tags:
                    similar = difflib.get_close_matches(tag, self._known_tags, 1, 0.6)
                    report.new_tags.append(NewTag(tag, entry.arxiv_id, similar[0] if similar else None))
        elif edited_stub.status is StubStatus.SKIPPED:
            report.skipped.append(entry.arxiv_id)

    def _accept_offer(self, report: Collected, update: str) -> None:
        """Stores a ticked offer; if it is about a stub, its value becomes the curator's own."""
        subject, _, field_name = update.partition(" ")
        key = update_key(subject)
        if self._store.digests.accept(key, field_name):
            report.accepted.append(update)
            stub = self._store.stubs.get(key)
            if stub is not None:
                self._store.stubs.save(with_accepted_offer(stub, field_name), self._clock())
