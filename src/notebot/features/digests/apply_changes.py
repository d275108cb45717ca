"""Applies to the stubs what changed in a digest file since it was last read."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.digest_reading import DigestReading, ReadEntry, Verdict
from notebot.core.model.offer import update_key
from notebot.core.model.read_file import DigestFile, LastReading
from notebot.core.model.stub import StubStatus, digest_mark
from notebot.core.ports import Transactional
from notebot.features.digests.collect_report import Collected, Conflict, EntryChange, NewTag
from notebot.features.digests.moves import SeenFiles, save_decision
from notebot.features.digests.rules.apply_edits import comparable, with_accepted_offer
from notebot.features.digests.rules.settle import settle
from notebot.features.digests.rules.take_back import take_back

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.model.decision import Decision
    from notebot.core.model.stub import Stub
    from notebot.core.note_format.stub_title import NoteStyle
    from notebot.core.ports import Decisions, Digests, Runs, Stubs

_MTIME_TOLERANCE_NS = 1_000_000_000
"""File systems round the time of a change, some to a second."""


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


class FileReading(Struct):
    """What one digest file says now, and what it said before."""

    name: str
    """The name that the store knows."""
    report: Collected
    file: DigestFile
    reading: DigestReading
    last: LastReading
    """What it said before; what notebot wrote, if it was never read."""


class ChangeApplier:
    """Stores what the curator decided in digest files."""

    def __init__(self, store: CollectStore, files: SeenFiles, style: NoteStyle, known_tags: Sequence[str]) -> None:
        self._store = store
        self._files = files
        self._style = style
        self._known_tags = known_tags

    def apply(self, file: FileReading, decision: Decision, *, as_typed: bool) -> None:
        """Applies the changes in one file and stores the reading for the next comparison, in the caller's transaction.

        Args:
            decision: time and run, recorded with each changed stub of the file.
        """
        store, last, report = self._store, file.last, file.report
        # Only keys that this digest had count, so that an entry pasted from elsewhere decides nothing here.
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
            if stub is None or entry.verdict is Verdict.UNTOUCHED:
                report.untouched += 1
            elif stub.status is StubStatus.KEPT:
                report.kept.append(entry.arxiv_id)
            elif stub.status is StubStatus.SKIPPED:
                report.skipped.append(entry.arxiv_id)
        ticked = dict.fromkeys(file.reading.accepted_updates)
        were_ticked = dict.fromkeys(said_before.accepted_updates)
        # In a half-synced copy a missing tick was not removed, but a tick that is there counts (rules.md 6.4).
        if not file.reading.complete:
            ticked = {**were_ticked, **ticked}
        for update in ticked:
            if update not in were_ticked:
                self._accept(file, update, decision)
        for update in were_ticked:
            if update not in ticked:
                self._withdraw(report, update, decision)
        store.digests.remember_reading(
            file.name,
            LastReading(
                sha256=file.file.sha256,
                version=file.file.version,
                # ids and not times: clocks of two computers disagree, and two decisions may share an instant
                newest_decision=store.decisions.newest_id(),
                as_typed=as_typed or last.as_typed,
                reading=replace(file.reading, entries=tuple(entries), accepted_updates=tuple(ticked)),
            ),
        )

    def _apply_entry(
        self, file: FileReading, stub: Stub, last: ReadEntry, entry: ReadEntry, decision: Decision
    ) -> Stub:
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
            sent=bool(self._store.decisions.sent([stub.key])),
        )
        report.conflicts += [Conflict(entry.arxiv_id, why) for why in settled.conflicts]
        if settled.stub == stub:
            return stub
        # The state of the other files is stored: an older tick in one of them must not win later (rules.md 6.6).
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
                values={part: _text_of(settled.stub, part) for part in settled.parts},
            )
        )
        if settled.stub.status is StubStatus.DIGESTED and stub.status is not StubStatus.DIGESTED:
            report.returned.append(entry.arxiv_id)
        for tag in entry.new_tags if "tags" in settled.parts else ():
            if tag not in self._known_tags:
                similar = difflib.get_close_matches(tag, self._known_tags, 1, 0.6)
                report.new_tags.append(NewTag(tag, entry.arxiv_id, similar[0] if similar else None))
        return settled.stub

    def _accept(self, file: FileReading, update: str, decision: Decision) -> None:
        """Stores a ticked offer; if it is about a stub, its value becomes the curator's own."""
        report = file.report
        subject, _, field_name = update.partition(" ")
        key = update_key(subject)
        newer = [
            made
            for made in self._store.decisions.of(key)
            if made.update == update and made.undone_at is None and made.file != file.name and _is_newer(made, file)
        ]
        # The newer decision wins, and the report says so (rules.md 6.6).
        if newer and newer[-1].move == "dismiss":
            report.conflicts.append(Conflict(update, "it was dismissed on the review page, which is newer"))
            return
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
        # Only the archive can change what was sent: un-ticking a line does not withdraw it (rules.md 6.6).
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


def _text_of(stub: Stub, part: str) -> str:
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


def _is_newer(decision: Decision, file: FileReading) -> bool:
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
