"""Reads completed digests back: what the curator typed or ticked is stored. The files themselves are never written.

Only what changed in a file since it was last read counts. So a file that is read twice changes nothing, and a decision
that was made or taken back elsewhere meanwhile is not overridden by an old tick.
"""

from __future__ import annotations

import difflib
from contextlib import suppress
from hashlib import sha256
from pathlib import PurePath
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from notebot.core.model.decision import Decision, by_file
from notebot.core.model.digest_reading import DigestReading, IgnoredRewrite, ReadEntry, Unreadable, Verdict
from notebot.core.model.errors import NotebotError, StateError
from notebot.core.model.offer import update_key
from notebot.core.model.read_file import DigestFile, LastReading
from notebot.core.model.run_record import RunRecord
from notebot.core.model.stub import StubStatus, digest_mark
from notebot.core.ports import Transactional
from notebot.core.supervisor import supervised
from notebot.features.digests.moves import save_decision
from notebot.features.digests.rules.apply_edits import comparable, with_accepted_offer
from notebot.features.digests.rules.read_back import read_digest
from notebot.features.digests.rules.settle import settle
from notebot.features.digests.rules.take_back import take_back

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.model.decision import SeenFile
    from notebot.core.model.read_file import FileVersion
    from notebot.core.model.stub import Stub
    from notebot.core.note_format.stub_title import NoteStyle
    from notebot.core.ports import Clock, Decisions, Digests, Runs, Stubs

_MTIME_TOLERANCE_NS = 1_000_000_000
"""File systems round the time of a change, some to a second."""

_DUE_AT_ONCE = 20
"""After an update of notebot all digests of the past may be due."""


class CollectStore(Transactional, Protocol):
    """What reading digests back reads and writes."""

    @property
    def stubs(self) -> Stubs: ...
    @property
    def digests(self) -> Digests: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def runs(self) -> Runs: ...


class CompletedFiles(Protocol):
    """The digest files as the curator left them."""

    def read(self, name: str) -> DigestFile | None:
        """A file, or ``None`` if it does not exist.

        Raises:
            StateError: the file changed while it was read, or it cannot be read.
        """

    def version(self, name: str) -> FileVersion | None:
        """The version of a file, without reading it; ``None`` if there is no such file."""

    def seen(self, name: str) -> SeenFile:
        """See :class:`notebot.features.digests.moves.SeenFiles`."""


class NewTag(Struct, frozen=True):
    """A typed tag that neither the archive nor a topic has."""

    tag: str
    arxiv_id: str
    nearest: str | None
    """The most similar known tag, as it may be a typing error."""


class EntryChange(Struct, frozen=True):
    """What one reading changed about one entry."""

    ref: str
    """The arXiv id, or the identifier of a page in the digest."""
    move: str
    """``keep``, ``skip``, ``untick``, ``put back`` or ``edit``."""
    was: StubStatus
    now: StubStatus
    parts: tuple[str, ...] = ()
    """What was typed or changed besides: ``comment``, ``posts``, ``tags``, ``related``, ``title_line``, …"""
    values: dict[str, str] = {}
    """What the stub has now under each of them."""


class Conflict(Struct, frozen=True):
    """A change in the file that was not taken."""

    ref: str
    why: str


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
    """Ticked updates such as ``2158 venue``, if they were not ticked before."""
    new_tags: list[NewTag] = field(default_factory=list)
    remark: str | None = None
    """Text outside all entries."""
    unreadable: list[Unreadable] = field(default_factory=list)
    problem: str | None = None
    """Why the file was not read, or not completely."""
    returned: list[str] = field(default_factory=list)
    """Entries that were un-ticked or put back, and are ``digested`` again."""
    withdrawn: list[str] = field(default_factory=list)
    """Updates that are no longer ticked."""
    changes: list[EntryChange] = field(default_factory=list)
    """One for every stub that this run changed, in file order."""
    conflicts: list[Conflict] = field(default_factory=list)
    ignored: list[IgnoredRewrite] = field(default_factory=list)
    """Changes that a program made; ``collect --as-typed`` takes them."""

    @property
    def changed_something(self) -> bool:
        """True if a stub or an update is not as it was before."""
        return bool(self.changes or self.accepted or self.withdrawn)

    @property
    def was_read(self) -> bool:
        """False if the file does not exist or cannot be read."""
        return bool(self.kept or self.skipped or self.untouched)


class _File(Struct):
    """One digest file on its way from the disk into the store."""

    name: str
    """The name that the store knows."""
    report: Collected
    file: DigestFile
    reading: DigestReading
    last: LastReading
    """What it said before; what notebot wrote, if it was never read."""


class _DryRun(Exception):  # noqa: N818 - it is not an error
    """Rolls a transaction back that was only made to see its result."""


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

    def collect(
        self, names: Sequence[str], *, as_typed: bool = False, dry_run: bool = False, automatic: bool = False
    ) -> list[Collected]:
        """Reads the named digests, or all if ``names`` is empty; a file that fails does not stop the others.

        Args:
            as_typed: take changes that look like those of a program as the curator's.
            dry_run: store nothing.
            automatic: the daemon reads by itself: it leaves incomplete files alone, and reports them once.
        """
        started = self._clock()
        reports, files = [], []
        for name in names or self._store.digests.names():
            report = Collected(name)
            reports.append(report)
            try:
                with supervised(f"The digest {name}"):
                    files.append(self._read(report, as_typed=as_typed))
            except NotebotError as error:
                report.problem = str(error)
                if automatic:
                    self._leave(report)
        if automatic:
            for file in files:
                if not file.reading.complete:
                    self._leave(file.report)
            files = [file for file in files if file.reading.complete]
        # One transaction for all files: a crash leaves them all read or none, and undo takes them back together.
        with suppress(_DryRun), self._store.transaction():
            batch = self._store.decisions.new_batch()
            for file in files:
                self._store_file(file, batch, as_typed=as_typed, automatic=automatic)
            problems = sum(report.problem is not None for report in reports)
            changed = sum(report.changed for report in reports)
            if changed or problems or not automatic:
                detail = f"digests={len(reports)} changed={changed} problems={problems}"
                status = "partial" if problems else "ok"
                self._store.runs.add(RunRecord("collect", started, self._clock(), status, detail=detail))
            if dry_run:
                raise _DryRun
        return reports

    def _leave(self, report: Collected) -> None:
        """Remembers that the daemon did not read this version of a file, and reports that only once."""
        last = self._store.digests.last_reading(report.digest)
        version = self._files.version(report.digest)
        report.unreadable, report.ignored, report.remark = [], [], None
        if last is not None and last.left:
            report.problem = None
        if version is not None:
            with self._store.transaction():
                self._store.digests.leave(report.digest, version)

    def _read(self, report: Collected, *, as_typed: bool) -> _File:
        """Reads one file; one that has not changed since it was last read is not parsed again.

        Raises:
            StateError: the file cannot be read, does not exist, or is not a digest.
        """
        # The file may be given by its full path; the store knows digests by their file name alone.
        name = PurePath(report.digest).name
        file = self._files.read(report.digest)
        original = self._store.digests.text(name)
        if file is None:
            raise StateError(f"{report.digest} does not exist" + ("; its entries are unchanged." if original else "."))
        if original is None:
            raise StateError(f"{report.digest} is not a digest that notebot wrote for this archive; it was not read.")
        last = self._store.digests.last_reading(name)
        as_typed = as_typed or (last is not None and last.as_typed)
        if last is not None and last.reading and last.sha256 == file.sha256 and last.as_typed is as_typed:
            reading = last.reading
        else:
            reading = read_digest(original, file.text, as_typed=as_typed, known_tags=self._known_tags)
            if last is None or last.reading is None:
                # What changed is found by comparing with what notebot wrote; or with nothing, if an older notebot
                # has stored already what this file says.
                is_stored = last is not None and last.sha256 == file.sha256
                before = file.text if is_stored else original
                last = LastReading(
                    sha256=sha256(before.encode()).hexdigest(),
                    version=file.version,
                    reading=read_digest(original, before, as_typed=as_typed, known_tags=self._known_tags),
                )
        if not reading.complete:
            ends = f" in the entry {reading.ends_in}" if reading.ends_in else ""
            report.problem = (
                f"The end of {name} is missing (the file ends{ends}), so nothing in it counts as deleted or un-ticked; "
                "collect it again once it is complete."
            )
        report.remark, report.unreadable, report.ignored = reading.remark, [*reading.unreadable], [*reading.ignored]
        return _File(name, report, file, reading, last)

    def _store_file(self, file: _File, batch: int, *, as_typed: bool, automatic: bool) -> None:
        """Applies what changed in one file, and remembers what it says."""
        store, last = self._store, file.last
        decision = Decision(key="", move="", by=by_file(file.name), at=self._clock(), batch=batch, automatic=automatic)
        keys = {digest_mark(key): key for key in store.digests.keys(file.name)}
        said_before = last.reading or file.reading
        before = {entry.arxiv_id: entry for entry in said_before.entries}
        entries = []
        for read in file.reading.entries:
            last_entry = before.get(read.arxiv_id, read)
            entry = comparable(read, last_entry, file.reading) if read != last_entry else read
            entries.append(entry)
            stub = None
            if entry != last_entry or entry.verdict is not Verdict.UNTOUCHED:
                stub = store.stubs.get(keys.get(entry.arxiv_id, ""))
            if stub is not None and entry != last_entry:
                stub = self._apply_entry(file, stub, last_entry, entry, decision)
            _count(file.report, entry, stub)
        ticked = dict.fromkeys(file.reading.accepted_updates)
        were_ticked = dict.fromkeys(said_before.accepted_updates)
        if not file.reading.complete:
            ticked = {**were_ticked, **ticked}
        for update in ticked:
            if update not in were_ticked:
                self._accept(file.report, update, decision)
        for update in were_ticked:
            if update not in ticked:
                self._withdraw(file.report, update, decision)
        store.digests.remember_reading(
            file.name,
            LastReading(
                sha256=file.file.sha256,
                version=file.file.version,
                newest_decision=store.decisions.newest_id(),
                as_typed=as_typed or last.as_typed,
                reading=replace(file.reading, entries=tuple(entries), accepted_updates=tuple(ticked)),
            ),
        )

    def _apply_entry(self, file: _File, stub: Stub, last: ReadEntry, entry: ReadEntry, decision: Decision) -> Stub:
        """Saves the stub of an entry that changed, and adds it to the report."""
        report = file.report
        decisions = [made for made in self._store.decisions.of(stub.key) if made.undone_at is None]
        settled = settle(
            stub,
            last,
            entry,
            self._style,
            file=file.name,
            decisions=decisions,
            newer=[made for made in decisions if made.file != file.name and _is_newer(made, file)],
        )
        report.conflicts += [Conflict(entry.arxiv_id, why) for why in settled.conflicts]
        if settled.stub == stub:
            return stub
        others = [name for name in self._store.digests.containing(stub.key) if name != file.name]
        record = replace(
            decision, key=stub.key, move=settled.move, files={name: self._files.seen(name) for name in others}
        )
        save_decision(self._store, stub, settled.stub, record)
        report.changed += 1
        report.changes.append(
            EntryChange(
                ref=entry.arxiv_id,
                move=settled.move,
                was=stub.status,
                now=settled.stub.status,
                parts=settled.parts,
                values={part: _value(settled.stub, part) for part in settled.parts},
            )
        )
        if settled.stub.status is StubStatus.DIGESTED and stub.status is not StubStatus.DIGESTED:
            report.returned.append(entry.arxiv_id)
        for tag in entry.new_tags if "tags" in settled.parts else ():
            if tag not in self._known_tags:
                similar = difflib.get_close_matches(tag, self._known_tags, 1, 0.6)
                report.new_tags.append(NewTag(tag, entry.arxiv_id, similar[0] if similar else None))
        return settled.stub

    def _accept(self, report: Collected, update: str, decision: Decision) -> None:
        """Stores a ticked offer; if it is about a stub, its value becomes the curator's own."""
        subject, _, field_name = update.partition(" ")
        key = update_key(subject)
        update_id = self._store.digests.accept(key, field_name)
        if update_id is None:
            return
        report.accepted.append(update)
        record = replace(decision, key=key, move="accept", update=update, update_id=update_id)
        stub = self._store.stubs.get(key)
        if stub is None:
            self._store.decisions.add(record)
        else:
            save_decision(self._store, stub, with_accepted_offer(stub, field_name), record)

    def _withdraw(self, report: Collected, update: str, decision: Decision) -> None:
        """Takes back an offer that this file had ticked, unless it was sent."""
        key = update_key(update.partition(" ")[0])
        accepted = [
            made
            for made in self._store.decisions.of(key)
            if made.update == update and made.by == decision.by and made.undone_at is None
        ]
        if not accepted or accepted[-1].move != "accept":
            return
        made = accepted[-1]
        stub = self._store.stubs.get(key)
        if self._store.decisions.sent([made.outbox_key]) or (stub is not None and stub.note_number is not None):
            report.conflicts.append(Conflict(update, "it was sent to the archive already; change the note there"))
            return
        self._store.digests.set_accepted(made.update_id, False)
        report.withdrawn.append(update)
        record = replace(decision, key=key, move="withdraw", update=update, update_id=made.update_id)
        if stub is None or made.before is None or made.after is None:
            self._store.decisions.add(record)
        else:
            save_decision(self._store, stub, take_back(stub, made.before, made.after), record)


def due_files(digests: Digests, files: CompletedFiles, now_ns: int, after_s: float) -> list[str]:
    """The digests whose files changed since they were last looked at, and then did not change for ``after_s``.

    At most :data:`_DUE_AT_ONCE`, the oldest first; the others are due in the next round.

    Args:
        now_ns: by the clock that stamps files.
    """
    due, looked_at = [], digests.looked_at()
    for name in digests.names():
        version = files.version(name)
        if version is None or looked_at.get(name) == version:
            continue
        # A time in the future comes from another computer's clock, so it does not say how long the file is unchanged.
        if abs(now_ns - version.mtime_ns) >= after_s * 1e9:
            due.append(name)
    return due[:_DUE_AT_ONCE]


def _value(stub: Stub, part: str) -> str:
    """What a stub has under one of the names of :func:`changed_parts`, as text."""
    curator = stub.curator
    if part == "comment":
        return curator.comment or ""
    if part == "posts":
        return " ".join(stub.posts)
    if part == "tags":
        return " ".join(f"#{tag}" for tag in curator.tags or ())
    if part == "related":
        return " ".join(f"#{number}" for number in curator.related)
    return curator.fields.get(part, "")


def _count(report: Collected, entry: ReadEntry, stub: Stub | None) -> None:
    """Counts an entry by what its stub is now."""
    if stub is None or entry.verdict is Verdict.UNTOUCHED:
        report.untouched += 1
    elif stub.status is StubStatus.KEPT:
        report.kept.append(entry.arxiv_id)
    elif stub.status is StubStatus.SKIPPED:
        report.skipped.append(entry.arxiv_id)


def _is_newer(decision: Decision, file: _File) -> bool:
    """True if a decision made elsewhere is newer than what changed in the file since it was last read."""
    if decision.id <= file.last.newest_decision:
        return False
    seen = decision.files.get(file.name)
    if seen is None:  # the digest was written later
        return False
    if file.file.version.mtime_ns + _MTIME_TOLERANCE_NS < seen.at_ns:
        return True  # a sync client brought an older file after the decision
    # The file was changed before the decision; whether it was changed after it, too, is unknown.
    return seen.sha256 != file.last.sha256
