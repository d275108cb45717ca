"""Writes the digest of everything queued, so that a kill at any moment loses and doubles nothing.

    plan stored | file written whole | stubs, updates and rows settled

A plan that is found open was interrupted: its file is written if it is missing, and it is settled.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.arxiv_calendar import announcement_day, is_batch_expected
from notebot.core.model.offer import DigestPlan, Update
from notebot.core.model.run_record import RunRecord
from notebot.features.digests.rules.layout import Coverage, Layout, due_updates, held_back, lay_out, missing_categories

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from notebot.core.model.stub import Stub
    from notebot.core.ports import Clock, Store


if TYPE_CHECKING:
    from notebot.core.model.stub import Stub


class DigestRenderer(Protocol):
    """Draws the pages."""

    @property
    def other(self) -> str:
        """The heading for stubs of no watched topic."""

    def digest(
        self, day: date, layout: Layout, updates: Sequence[tuple[Update, Stub | None]], coverage: Coverage
    ) -> str:
        """The text of one digest file; an update of a note comes without stub."""


class DigestReport(Struct, frozen=True):
    """``path`` is ``None`` where there was nothing to write (or for a dry run)."""

    path: str | None
    entries: list[str]
    """arXiv ids in file order."""
    updates: list[dict[str, str]]
    text: str = ""
    finished: str | None = None
    """The path of an interrupted digest that was completed before this one."""


class DigestStyle(Struct, frozen=True):
    """What the config says of digests."""

    timezone: ZoneInfo
    topics: tuple[str, ...]
    categories: tuple[str, ...]
    full: int


class _Content(Struct, frozen=True):
    layout: Layout
    updates: list[Update]
    coverage: Coverage
    held: list[str]

    @property
    def worth_writing(self) -> bool:
        """An entry, an update, or a warning of a day not yet reported (rules.md 5.6)."""
        warned = any(row.state.needs_warning for row in self.coverage.rows)
        return bool(self.layout.stubs or self.updates or warned)


class DigestWriter:
    """Makes digests; one at a time over all processes, by ``lock``."""

    def __init__(
        self,
        store: Store,
        files: DigestFiles,
        renderer: DigestRenderer,
        style: DigestStyle,
        clock: Clock,
        lock: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._store = store
        self._files = files
        self._renderer = renderer
        self._style = style
        self._clock = clock
        self._lock = lock

    def in_full(self) -> list[Stub]:
        """The stubs that the next digest would show in full."""
        return [stub for section in self._content().layout.sections for stub in section.stubs]

    def preview(self) -> DigestReport:
        """What :meth:`run` would write now; nothing is changed."""
        content = self._content()
        if not content.worth_writing:
            return DigestReport(None, [], [])
        return self._report(None, content, self._text(content, self._today()))

    def run(self, subject: date | None = None) -> DigestReport:
        """Writes the digest, if there is anything to say.

        Args:
            subject: the announcement day this round is made for, where the daemon made it.

        Raises:
            StateError: the store or the folder cannot be written; the next run makes up for it.
        """
        with self._lock():
            started = self._clock()
            finished = self._finish_open_plan()
            report = self._write(self._content())
            if report is None:
                report = finished or DigestReport(None, [], [])
            elif finished is not None:
                report = replace(report, finished=finished.path)
            detail = f"path={report.path or '-'} entries={len(report.entries)}"
            with self._store.transaction():
                self._store.runs.add(RunRecord("digest", started, self._clock(), "ok", subject, detail))
            return report

    def _write(self, content: _Content) -> DigestReport | None:
        if not content.worth_writing:
            with self._store.transaction():
                self._store.stubs.hold_back(content.held)
            return None
        day = self._today()
        text = self._text(content, day)
        plan = self._store_plan(content, day, text)
        try:
            self._files.write(plan.name, text)
        except FileExistsError:
            # somebody made a file of this name since it was chosen: theirs stays, ours takes the next name
            with self._store.transaction():
                self._store.digests.drop_plan(plan.name)
            return self._write(content)
        self._settle(plan)
        return self._report(self._files.path(plan.name), content, text)

    def _store_plan(self, content: _Content, day: date, text: str) -> DigestPlan:
        plan = DigestPlan(
            name=self._files.free_name(day.isoformat(), self._store.digests.is_known),
            planned_at=self._clock(),
            issue_date=day,
            text=text,
            keys=tuple(stub.key for stub in content.layout.stubs),
            update_ids=tuple(update.id for update in content.updates),
            rows=tuple((row.announced_on, row.category, row.revision) for row in content.coverage.rows),
            older=tuple((paper.arxiv_id, paper.changed_on) for paper in content.coverage.older),
        )
        with self._store.transaction():
            self._store.digests.plan(plan)
            self._store.stubs.hold_back(content.held)
        return plan

    def _finish_open_plan(self) -> DigestReport | None:
        plan = self._store.digests.open_plan()
        if plan is None:
            return None
        with suppress(FileExistsError):  # a planned file that exists is taken as written (rules.md 4.5)
            self._files.write(plan.name, plan.text)
        self._settle(plan)
        return DigestReport(self._files.path(plan.name), [key.removeprefix("arxiv:") for key in plan.keys], [])

    def _settle(self, plan: DigestPlan) -> None:
        with self._store.transaction():
            self._store.digests.written(plan, self._clock())

    def _content(self) -> _Content:
        queued = self._store.stubs.queued()
        shown = [stub for stub, waited in queued if not held_back(stub, waited)]
        held = [stub.key for stub, waited in queued if held_back(stub, waited)]
        layout = lay_out(shown, self._style.topics, self._style.full, self._renderer.other)
        updates = due_updates(self._store.digests.open_updates())
        return _Content(layout, updates, self._coverage(self._clock()), held)

    def _coverage(self, now: datetime) -> Coverage:
        today = announcement_day(now)
        missing = missing_categories(
            self._store.ledger.states_of(today),
            self._style.categories,
            day_counts=is_batch_expected(today),
        )
        older = tuple(self._store.announcements.unreported_older())
        return Coverage(today, tuple(self._store.ledger.unreported()), missing, older)

    def _text(self, content: _Content, day: date) -> str:
        pairs = [(update, self._store.stubs.get(update.key)) for update in content.updates]
        updates = [(update, stub) for update, stub in pairs if update.of_note or stub is not None]
        return self._renderer.digest(day, content.layout, updates, content.coverage)

    def _today(self) -> date:
        return self._clock().astimezone(self._style.timezone).date()

    def _report(self, path: str | None, content: _Content, text: str) -> DigestReport:
        updates = [
            {"key": update.key, "field": update.field, "value": update.value, "why": update.why}
            for update in content.updates
        ]
        return DigestReport(path, [stub.arxiv_id or stub.key for stub in content.layout.stubs], updates, text)


class DigestFiles(Protocol):
    """The folder that the curator reads."""

    def free_name(self, stem: str, taken: Callable[[str], bool]) -> str:
        """``STEM.md``, or the first of ``STEM-2.md``, … that does not exist and is not ``taken``."""

    def exists(self, name: str) -> bool:
        """Whether a file of this name is there."""

    def write(self, name: str, text: str) -> None:
        """Writes the whole file or none.

        Raises:
            FileExistsError: there is a file of this name; it is untouched.
            StateError: the folder cannot be written.
        """

    def path(self, name: str) -> str:
        """The absolute path of a name."""
