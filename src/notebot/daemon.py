"""The daemon: a loop that asks the store what is due and calls the same one-shots as a person would."""

from __future__ import annotations

import logging
import os
import select
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from notebot.app import announcements, digests, intake, publishing
from notebot.app.resources import Resources
from notebot.core.model.arxiv_calendar import announcement_day
from notebot.core.model.errors import NotebotError, StateError
from notebot.core.model.stub import StubStatus
from notebot.core.net.files import exclusive
from notebot.core.schedule.due import RETRY_AFTER, complete_due, deadline_missed, round_due
from notebot.core.schedule.schedule_text import CompleteBy, Every, Schedule
from notebot.features.digests.rules.layout import missing_categories
from notebot.features.health.status import last_rounds
from notebot.features.intake.inbox import InboxReport, failure_lines

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

TICK_S = 15.0
"""How often the store is asked what is due."""
FILL_EVERY_S = 900.0
"""How often the archive is asked for bare issues; where none has changed, that costs GitHub nothing."""
GRACE_S = 8.0
"""How long a round in hand may take to end after a signal; every transaction is whole at any moment."""


def run_daemon(resources: Resources, say: Callable[[str], None]) -> None:
    """Runs until SIGTERM or SIGINT.

    Raises:
        StateError: another daemon holds the state directory, or the store cannot be opened.
    """
    with exclusive(resources.config.state_dir / "daemon.lock", lambda: _taken(resources)):
        _ = resources.store
        signalled = _listen()
        say(f"notebot watches {', '.join(resources.config.categories)}; state in {resources.config.state_dir}.")
        _serve(Rounds(resources, say), signalled)
        say("notebot has stopped.")


def _taken(resources: Resources) -> StateError:
    return StateError(
        f"Another notebot daemon works on {resources.config.state_dir} already; stop it, or name another state_dir."
    )


def _listen() -> Callable[[], bool]:
    """Returns a function that waits a while for SIGTERM or SIGINT, and says whether one came.

    A second signal ends the process at once.

    The kernel may hand a signal to any thread, and Python's handlers run in the main one alone, once it is
    back from its system call. So the interpreter itself writes to a pipe, and the main thread waits on that.
    """
    listening, telling = os.pipe()
    os.set_blocking(telling, False)
    signal.set_wakeup_fd(telling)

    def heard(*_: object) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, heard)
    return lambda: bool(select.select([listening], [], [], TICK_S)[0])


def _serve(rounds: Rounds, signalled: Callable[[], bool]) -> None:
    from apscheduler.events import EVENT_JOB_ERROR
    from apscheduler.schedulers.background import BackgroundScheduler

    resources, drains = rounds.resources, Drains(rounds.resources, rounds.say)
    # the library's default drops a job that is one second late, with a mere warning
    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    scheduler.add_listener(_log_crash, EVENT_JOB_ERROR)
    scheduler.add_job(
        rounds.tick, "interval", seconds=_tick_s(resources), id="tick", next_run_time=datetime.now().astimezone()
    )
    # beside the tick, for a poll can take minutes
    scheduler.add_job(
        drains.tick, "interval", seconds=_tick_s(resources), id="inbox", next_run_time=datetime.now().astimezone()
    )
    # a tick that finds the one before still at work is no news: the work itself says what it does
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler.start()
    while not signalled():
        _heed_clock(scheduler)
    resources.stop.set()
    for one in (resources, drains.resources):
        one.abort_requests()
    _end(scheduler)


def _heed_clock(scheduler: Any) -> None:
    """The scheduler plans by the wall clock; when that was set back, its next ticks would be far away."""
    now = datetime.now().astimezone()
    for job in scheduler.get_jobs():
        if job.next_run_time - now > timedelta(seconds=2 * TICK_S):
            job.modify(next_run_time=now)


def _tick_s(resources: Resources) -> float:
    """A quarter of the shortest interval, so that ``every 2s`` is kept too."""
    schedules: tuple[Schedule, ...] = (resources.config.poll_schedule, resources.config.digest_schedule)
    return min([TICK_S, *(max(0.25, s.seconds / 4) for s in schedules if isinstance(s, Every))])


def _log_crash(event: Any) -> None:
    logger.critical("a round crashed: %s", event.exception, exc_info=event.exception)


def _end(scheduler: Any) -> None:
    """A round that will not end, though its requests were dropped, is left where its last transaction stands."""
    ender = threading.Thread(target=scheduler.shutdown, daemon=True)
    ender.start()
    ender.join(GRACE_S)
    if ender.is_alive():
        logger.warning("a round did not end within %s s and is dropped; what it stored stays", GRACE_S)
        os._exit(0)


@dataclass
class Rounds:
    """What the loop does at each tick."""

    resources: Resources
    say: Callable[[str], None]
    held_until: dict[str, float] = field(default_factory=dict)
    """By kind of work: the monotonic time before which it is not tried again, after a failure of our own."""
    fills_at: float = 0.0
    """The monotonic time from which on bare issues are looked for again."""

    def tick(self) -> None:
        """Polls if that is due, then writes the digest if that is due; and completes what the curator opened."""
        works = (
            ("poll", self._poll_if_due),
            ("watch", self._watch_if_due),
            ("digest", self._digest_if_due),
            ("fill", self._fill_if_due),
        )
        for kind, work in works:
            if self.resources.stop.is_set() or time.monotonic() < self.held_until.get(kind, 0.0):
                continue
            self.held_until[kind] = time.monotonic() + self._retry_s(kind)
            try:
                work()
            except NotebotError as error:
                self.say(str(error))
            else:
                del self.held_until[kind]

    def _retry_s(self, kind: str) -> float:
        """A full disk must not make us ask arXiv at every tick."""
        if kind == "fill":
            return FILL_EVERY_S
        config = self.resources.config
        schedule = config.poll_schedule if kind == "poll" else config.digest_schedule
        longest = RETRY_AFTER.total_seconds()
        return min(longest, schedule.seconds) if isinstance(schedule, Every) else longest

    def _poll_if_due(self) -> None:
        from notebot.core.net.pace import Stopped

        if self._due("poll", self.resources.config.poll_schedule):
            with suppress(Stopped):
                report = announcements.poll(self.resources, by_hand=False)
                for source in report.sources:
                    if source.error is not None:
                        self.say(f"{source.source}: {source.error['message']}")

    def _watch_if_due(self) -> None:
        from notebot.core.net.pace import Stopped

        with suppress(Stopped):
            for source in intake.watch_due(self.resources):
                if source.error is not None:
                    self.say(f"{source.source}: {source.error['message']}")

    def _digest_if_due(self) -> None:
        schedule = self.resources.config.digest_schedule
        subject: date | None = announcement_day(self.resources.clock())
        if isinstance(schedule, CompleteBy):
            subject = self._subject_due(schedule)
            due = subject is not None
        else:
            due = self._due("digest", schedule)
        if due:
            report = digests.digest(self.resources, subject)
            if report.path is not None:
                self.say(f"wrote {report.path} with {len(report.entries)} entries")

    def _fill_if_due(self) -> None:
        """Where there is a repository and a token; the rest is as long after a run that went well."""
        from notebot.core.net.pace import Stopped

        if not publishing.may_write(self.resources) or time.monotonic() < self.fills_at:
            return
        self.fills_at = time.monotonic() + FILL_EVERY_S
        with suppress(Stopped):
            report = publishing.fill(self.resources, (), by_hand=False)
            for one in report.filled:
                self.say(f"filled #{one.number}: {one.title}")
            for trouble in report.troubles:
                self.say(f"fill {trouble.subject}: {trouble.message}")

    def _due(self, kind: str, schedule: Schedule) -> bool:
        return round_due(schedule, self.resources.clock(), *last_rounds(self.resources.store, kind))

    def _subject_due(self, schedule: CompleteBy) -> date | None:
        """The announcement day whose digest is due, a missed one first."""
        now, runs = self.resources.clock(), self.resources.store.runs
        queued_at = self.resources.store.stubs.since(StubStatus.QUEUED).values()
        missed = deadline_missed(schedule, now, min(queued_at, default=None))
        if missed is not None and not runs.digested(missed):
            return missed
        today = announcement_day(now)
        states = self.resources.store.ledger.states_of(today)
        missing = missing_categories(states, self.resources.config.categories, day_counts=True)
        return today if complete_due(schedule, now, done=runs.digested(today), all_in=not missing) else None


class Drains:
    """The inbox is looked at on a thread of its own, with a store of its own."""

    def __init__(self, resources: Resources, say: Callable[[str], None]) -> None:
        self.resources = Resources(resources.config, resources.urgent, say, resources.stop, resources.clock)
        self._say = say
        self._said = ""

    def tick(self) -> None:
        """Tries what is due; a fault of our own is told of once, and tried again at the next tick."""
        from notebot.core.net.pace import Stopped

        if self.resources.stop.is_set() or not intake.has_inbox(self.resources):
            return
        try:
            with suppress(Stopped):
                self._tell(intake.drain_inbox(self.resources, by_hand=False))
            self._said = ""
        except NotebotError as error:
            if str(error) != self._said:
                self._say(str(error))
            self._said = str(error)

    def _tell(self, report: InboxReport) -> None:
        if report.done:
            self._say(f"inbox: {len(report.done)} taken in")
        for line in failure_lines(report):
            self._say(line)
