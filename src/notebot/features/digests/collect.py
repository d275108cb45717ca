"""Reads completed digests back: what the curator typed or ticked is stored. The files themselves are never written.

Only what changed in a file since it was last read counts. So a file that is read twice changes nothing, and a decision
that was made or taken back elsewhere meanwhile is not overridden by an old tick.
"""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from pathlib import PurePath
from typing import TYPE_CHECKING, Protocol

from notebot.core.model.decision import Decision, by_file
from notebot.core.model.errors import NotebotError, StateError
from notebot.core.model.read_file import DigestFile, LastReading
from notebot.core.model.run_record import RunRecord
from notebot.core.supervisor import supervised
from notebot.core.text.patterns import regex
from notebot.features.digests.apply_changes import ChangeApplier, CollectStore, FileReading
from notebot.features.digests.collect_report import Collected
from notebot.features.digests.moves import SeenFiles
from notebot.features.digests.rules.read_back import is_out_of_proportion, read_digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.model.read_file import FileVersion
    from notebot.core.note_format.stub_title import NoteStyle
    from notebot.core.ports import Clock, Digests

_MARK = regex(r"<!-- nb digest \S+(?: (?P<desk>[a-z0-9-]+))? -->")
_DUE_AT_ONCE = 20
"""After an update of notebot all digests of the past may be due."""


class CompletedFiles(SeenFiles, Protocol):
    """The digest files as the curator left them."""

    def read(self, name: str) -> DigestFile | None:
        """A file, or ``None`` if it does not exist.

        Raises:
            StateError: the file changed while it was read, or it cannot be read.
        """

    def version(self, name: str) -> FileVersion | None:
        """The version of a file, without reading it; ``None`` if there is no such file."""


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
        self._changes = ChangeApplier(store, files, style, known_tags)
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
        reports: list[Collected] = []
        files: list[FileReading] = []
        for name in names or self._store.digests.names():
            report = Collected(name)
            reports.append(report)
            try:
                with supervised(f"The digest {name}"):
                    # Curators move old digests away: only a file that was asked for by name has to exist (rules.md 6.8)
                    if not names and self._files.version(name) is None:
                        report.gone = True
                    else:
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
                by, at = by_file(file.name), self._clock()
                decision = Decision(key="", move="", by=by, at=at, batch=batch, automatic=automatic)
                self._changes.apply(file, decision, as_typed=as_typed)
            problems = sum(report.problem is not None for report in reports)
            changed = sum(report.changed for report in reports)
            if changed or problems or not automatic:
                detail = f"digests={len(reports)} changed={changed} problems={problems}"
                status = "partial" if problems else "ok"
                self._store.runs.add(RunRecord("collect", started, self._clock(), status, detail=detail))
            # A dry run does the real work and rolls it back, so that it cannot differ from the real run.
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

    def _read(self, report: Collected, *, as_typed: bool) -> FileReading:
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
        if (desk := _desk_of(file.text)) and desk != (_desk_of(original) or desk):
            raise StateError(f"{report.digest} is a digest of the desk {desk}; it was not read.")
        # Checked before parsing: text from outside must not cost more than a digest of normal length.
        if is_out_of_proportion(original, file.text):
            raise StateError(
                f"{report.digest} is far longer than a completed digest can be: {len(file.text):,} characters, where "
                f"notebot wrote {len(original):,}. It was not read; save the digest under its name again."
            )
        last = self._store.digests.last_reading(name)
        # `--as-typed` applies to the file from then on; else the next collect would ignore what it took (rules.md 6.5).
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
        return FileReading(name, report, file, reading, last)


def _desk_of(text: str) -> str | None:
    """The desk of a lab that a digest belongs to, if its first mark is still there; each desk has a 2026-05-12.md."""
    mark = _MARK.search(text)
    return mark["desk"] if mark else None


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
