"""Writes the digest of everything queued; a crash at any step loses and duplicates nothing.

1. The plan (file name, text, keys) is stored.
2. The file is written whole.
3. The plan is settled: its stubs, updates and ledger rows are marked as shown.

An open plan means that the previous run was interrupted: the next run writes the file if it is missing, and
settles the plan.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.arxiv_calendar import announcement_day, is_batch_expected
from notebot.core.model.errors import UsageError
from notebot.core.model.ledger import DayState
from notebot.core.model.note import READ_LATER
from notebot.core.model.offer import DigestPlan, Update
from notebot.core.model.run_record import RunRecord
from notebot.core.ports import Transactional
from notebot.core.supervisor import LOG_NAME, log_traceback
from notebot.features.digests.rules.count_papers import count_papers
from notebot.features.digests.rules.layout import (
    Coverage,
    Layout,
    arrange,
    due_updates,
    held_back,
    is_reportable,
    missing_categories,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from notebot.core.model.note import Note
    from notebot.core.model.stub import Stub
    from notebot.core.ports import Announcements, Clock, Decisions, Digests, Ledger, Notes, Runs, Sources, Stubs


class DigestStore(Transactional, Protocol):
    """What writing a digest reads and writes."""

    @property
    def announcements(self) -> Announcements: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def stubs(self) -> Stubs: ...
    @property
    def digests(self) -> Digests: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def sources(self) -> Sources: ...
    @property
    def notes(self) -> Notes: ...


class DigestFiles(Protocol):
    """The folder of digests that the curator reads."""

    def free_name(self, stem: str, taken: Callable[[str], bool]) -> str:
        """``STEM.md``, or the first of ``STEM-2.md``, ``STEM-3.md``, … that does not exist and is not ``taken``."""

    def write(self, name: str, text: str) -> None:
        """Writes the whole file or nothing.

        Raises:
            FileExistsError: a file of this name exists; it is left unchanged.
            StateError: the folder cannot be written.
        """

    def path(self, name: str) -> str:
        """The absolute path of a file in the folder."""


class DigestRenderer(Protocol):
    """Renders a digest as text."""

    @property
    def other(self) -> str:
        """The heading for stubs without a watched topic."""

    def digest(
        self,
        day: date,
        layout: Layout,
        updates: Sequence[tuple[Update, Stub | None]],
        coverage: Coverage,
        still_to_read: Sequence[Note] = (),
    ) -> str:
        """The text of one digest file; the stub of an update is ``None`` if the update is about a note."""

    def reason(self, update: Update) -> str:
        """Why the update was made, in the digest's language."""


class DigestReport(Struct, frozen=True):
    """The result of writing or previewing a digest."""

    path: str | None
    """``None`` if there was nothing to write, and for a preview."""
    entries: list[str]
    """arXiv ids in file order; the stub's key for a web page, which has no arXiv id."""
    updates: list[dict[str, str]]
    text: str = ""
    finished: str | None = None
    """The path of an interrupted digest that was completed before this one."""
    left_out: tuple[str, ...] = ()
    """One sentence for each entry or update that cannot be rendered and waits for the next digest."""


class DigestStyle(Struct, frozen=True, kw_only=True):
    """The settings that shape a digest."""

    timezone: ZoneInfo
    topics: tuple[str, ...]
    categories: tuple[str, ...]
    full: int
    """How many entries are shown in full; all others get one line."""
    still_to_read: int = 0
    """How many of the oldest notes that the curator wants to read later are listed."""


class _Content(Struct, frozen=True):
    layout: Layout
    updates: list[Update]
    coverage: Coverage
    held_back_keys: list[str]

    @property
    def is_worth_writing(self) -> bool:
        """True if there is an entry, an update or an unreported warning (rules.md 5.6)."""
        rows = (*self.coverage.rows, *self.coverage.corrected)
        has_warning = any(row.state.needs_warning for row in rows)
        return bool(self.layout.stubs or self.updates or has_warning)


class _Rendered(Struct, frozen=True):
    content: _Content
    """What the text shows."""
    text: str
    left_out: tuple[str, ...] = ()
    """One sentence for each entry or update that cannot be rendered."""


class DigestWriter:
    """Writes digests; ``lock`` keeps other processes from writing one at the same time."""

    def __init__(
        self,
        *,
        store: DigestStore,
        files: DigestFiles,
        renderer: DigestRenderer,
        style: DigestStyle,
        clock: Clock,
        lock: Callable[[], AbstractContextManager[None]],
        on_written: Callable[[str], None] = lambda name: None,
        undelivered: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        """Writes nothing yet.

        Args:
            on_written: receives the name of each digest in the transaction in which it becomes a written one.
            undelivered: a line about each message that could not be delivered since the last digest.
        """
        self._store = store
        self._on_written = on_written
        self._undelivered = undelivered
        self._files = files
        self._renderer = renderer
        self._style = style
        self._clock = clock
        self._lock = lock

    def stubs_in_full(self) -> list[Stub]:
        """The stubs that the next digest would show in full."""
        return [stub for section in self._select_content().layout.sections for stub in section.stubs]

    def preview(self) -> DigestReport:
        """The digest that :meth:`write` would write now; changes nothing."""
        content = self._select_content()
        if not content.is_worth_writing:
            return DigestReport(None, [], [])
        rendered = self._render(content, self._today())
        return self._report(None, rendered)

    def write(self, subject: date | None = None) -> DigestReport:
        """Completes an interrupted digest, then writes a new one if there is anything to show.

        Args:
            subject: the announcement day that a scheduled digest is for; ``None`` if the curator asked for it.

        Raises:
            StateError: the store or the folder cannot be written. The next run completes the digest.
        """
        with self._lock():
            started = self._clock()
            # First the interrupted digest: its entries still count as queued and would be shown twice.
            finished = self._finish_open_plan()
            report = self._write_new()
            if report is None:
                report = finished or DigestReport(None, [], [])
            elif finished is not None:
                report = replace(report, finished=finished.path)
            detail = f"path={report.path or '-'} entries={len(report.entries)}"
            with self._store.transaction():
                self._store.runs.add(RunRecord("digest", started, self._clock(), "ok", subject, detail))
            return report

    def _finish_open_plan(self) -> DigestReport | None:
        plan = self._store.digests.open_plan()
        if plan is None:
            return None
        # A planned file that exists is taken as written (rules.md 4.5): the crash came after the write.
        with suppress(FileExistsError):
            self._files.write(plan.name, plan.text)
        self._settle(plan)
        return DigestReport(self._files.path(plan.name), [key.removeprefix("arxiv:") for key in plan.keys], [])

    def _write_new(self) -> DigestReport | None:
        """Plans, writes and settles a digest; ``None`` if there is nothing to show."""
        # One transaction from reading to planning: what a poll files in between would count as reported.
        with self._store.transaction():
            content = self._select_content()
            self._store.stubs.hold_back(content.held_back_keys)
            if not content.is_worth_writing:
                return None
            rendered = self._render(content, self._today())
            plan = self._plan(rendered)
            self._store.digests.plan(plan)
        while True:
            try:
                self._files.write(plan.name, plan.text)
                break
            except FileExistsError:
                # Someone created a file of this name after `free_name` looked: keep theirs and take the next name.
                taken, plan = plan.name, replace(plan, name=self._free_name(plan.issue_date))
                with self._store.transaction():
                    self._store.digests.rename_plan(taken, plan)
        self._settle(plan)
        return self._report(self._files.path(plan.name), rendered)

    def _plan(self, rendered: _Rendered) -> DigestPlan:
        day, content = self._today(), rendered.content
        coverage = content.coverage
        return DigestPlan(
            name=self._free_name(day),
            planned_at=self._clock(),
            issue_date=day,
            text=rendered.text,
            keys=tuple(stub.key for stub in content.layout.stubs),
            ranked=content.layout.ranked,
            update_ids=tuple(update.id for update in content.updates),
            rows=tuple((row.announced_on, row.category, row.revision) for row in (*coverage.rows, *coverage.corrected)),
            older=tuple((paper.arxiv_id, paper.changed_on) for paper in coverage.older),
        )

    def _free_name(self, day: date) -> str:
        return self._files.free_name(day.isoformat(), self._store.digests.is_known)

    def _settle(self, plan: DigestPlan) -> None:
        with self._store.transaction():
            self._store.digests.written(plan, self._clock())
            self._on_written(plan.name)

    def _select_content(self) -> _Content:
        queued = self._store.stubs.queued()
        shown = [stub for stub, waited in queued if not held_back(stub, waited)]
        held_back_keys = [stub.key for stub, waited in queued if held_back(stub, waited)]
        layout = arrange(shown, self._style.topics, self._style.full, self._renderer.other)
        return _Content(layout, due_updates(self._store.digests.open_updates()), self._coverage(), held_back_keys)

    def _coverage(self) -> Coverage:
        today = announcement_day(self._clock())
        states = self._store.ledger.states_of(today)
        missing = missing_categories(states, self._style.categories, day_counts=is_batch_expected(today))
        rows = [row for row in self._store.ledger.unreported() if is_reportable(row, today)]
        new = tuple(row for row in rows if row.reported is None)
        papers = self._store.announcements.papers_of(row.announced_on for row in rows)
        # A row that an earlier digest reported adds nothing to the headline, only its difference (rules.md 1.5).
        total, corrections = count_papers(papers, {(row.announced_on, row.category) for row in new})
        oai = self._store.sources.get("oai")
        return Coverage(
            day=today,
            rows=new,
            missing=missing,
            older=tuple(self._store.announcements.unreported_older()),
            total=total,
            corrected=tuple(row for row in rows if row.reported is not None),
            corrections=corrections,
            arrived=tuple(name for name in self._style.categories if name not in missing and is_batch_expected(today)),
            waiting=tuple(name for name in missing if states.get(name) is DayState.WAITING),
            oai_failing=oai.error_kind is not None,
            collected=tuple(self._store.decisions.collected_since_digest()),
            undelivered=tuple(self._undelivered()),
            oai_answered_on=oai.last_success_at and announcement_day(oai.last_success_at),
        )

    def _render(self, content: _Content, day: date) -> _Rendered:
        """The digest's text; an entry or update that cannot be rendered is left out and stays for the next digest.

        Raises:
            UsageError: a template cannot render any of them, or something else in the digest.
        """
        try:
            return _Rendered(content, self._text_of(content, day))
        # Entries are rendered alone only after a failure, because that costs one rendering per entry.
        except UsageError:
            failures = self._failures_alone(content, day)
            stubs = [stub for stub in content.layout.stubs if stub.key not in failures]
            parts = len(content.layout.stubs) + len(content.updates)
            if len(failures) in (0, parts) or (content.layout.stubs and not stubs):
                raise  # the fault is not in one of them, but in the template
            rest = replace(
                content,
                layout=arrange(stubs, self._style.topics, self._style.full, self._renderer.other),
                updates=[update for update in content.updates if f"update {update.id}" not in failures],
            )
            left_out = tuple(
                f"{name} is left out of the digest and stays queued. {error} The traceback is "
                f"[{log_traceback(f'Rendering {name}', error)}] in {LOG_NAME} of the state directory."
                for name, error in failures.values()
            )
            return _Rendered(rest, self._text_of(rest, day), left_out)

    def _failures_alone(self, content: _Content, day: date) -> dict[str, tuple[str, UsageError]]:
        """Renders each entry and each update alone; returns name and error of those that fail."""
        empty = replace(content, layout=arrange([], self._style.topics, 0, self._renderer.other), updates=[])
        alone = {}
        for stub in content.layout.stubs:
            full = 0 if stub in content.layout.headlines else 1
            layout = arrange([stub], self._style.topics, full, self._renderer.other)
            alone[stub.key] = (stub.arxiv_id or stub.key, replace(empty, layout=layout))
        for update in content.updates:
            alone[f"update {update.id}"] = (f"The update of {update.key}", replace(empty, updates=[update]))
        failures = {}
        for key, (name, part) in alone.items():
            try:
                self._text_of(part, day)
            except UsageError as error:
                failures[key] = (name, error)
        return failures

    def _text_of(self, content: _Content, day: date) -> str:
        pairs = [(update, self._store.stubs.get(update.key)) for update in content.updates]
        updates = [(update, stub) for update, stub in pairs if update.of_note or stub is not None]
        unread = self._store.notes.oldest_tagged(READ_LATER, self._style.still_to_read)
        return self._renderer.digest(day, content.layout, updates, content.coverage, unread)

    def _today(self) -> date:
        # The file name and the Issue Date use the curator's time zone, unlike the announcement day (New York).
        return self._clock().astimezone(self._style.timezone).date()

    def _report(self, path: str | None, rendered: _Rendered) -> DigestReport:
        content = rendered.content
        updates = [
            {"key": update.key, "field": update.field, "value": update.value, "why": self._renderer.reason(update)}
            for update in content.updates
        ]
        entries = [stub.arxiv_id or stub.key for stub in content.layout.stubs]
        return DigestReport(path, entries, updates, rendered.text, left_out=rendered.left_out)
