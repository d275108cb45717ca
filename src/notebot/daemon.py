"""The daemon: APScheduler calls the same functions as the one-shot commands; the store decides what is due.

One job per kind of work. A job that runs too often does no harm, and a job that was missed is made up for by its next
run, because each asks the store first. So the schedules of the config are kept across restarts, too.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import threading
import time
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from notebot.app import delivery, lab, publishing, zotero
from notebot.app.desk_work import FILL_EVERY_S, GRACE_S, ZOTERO_EVERY_S, DeskWork, Outages
from notebot.app.health import failing_sources
from notebot.app.resources import Resources, require_postgres_extra
from notebot.config.checks import parse_listen
from notebot.core.model.errors import NotebotError, StateError
from notebot.core.net.files import exclusive_lock
from notebot.core.net.pace import Stopped
from notebot.core.schedule.due import RETRY_AFTER
from notebot.core.schedule.schedule_text import Every, Schedule
from notebot.core.supervisor import supervised
from notebot.core.text.counted import counted
from notebot.web import require_web_extra

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from notebot.web.server import WebServer

logger = logging.getLogger(__name__)

TICK_S = 15.0
"""How often the store is asked what is due."""
CHECK_DATABASE_EVERY_S = 24 * 3600.0
"""How often the whole database is read, which takes seconds for a large one."""
WORKER_TASKS = 2
"""Tasks at a time of the worker in `notebot run` of a lab."""
ONE_SIGNAL_S = 0.5
"""Signals within this time are one."""
ROUNDS, INBOX, DELIVERY = "default", "inbox", "delivery"
"""Executors of one thread each: rounds never overlap, and a poll of minutes delays neither inbox nor mail."""


class DaemonJob(NamedTuple):
    """One job of the scheduler."""

    name: str
    do: Callable[[], None]
    every_s: float
    retry_s: float
    """Pause after a failure of our own: a full disk must not make us ask arXiv every few seconds."""
    executor: str = ROUNDS


def run_daemon(resources: Resources, say: Callable[[str], None]) -> None:
    """Runs until SIGTERM or SIGINT.

    Raises:
        StateError: another daemon uses the state directory, or the database cannot be opened.
    """
    config = resources.config
    taken = StateError(
        f"Another notebot daemon is already running on {config.state_dir}; stop it, or set another state_dir."
    )
    with exclusive_lock(config.state_dir / "daemon.lock", lambda: taken):
        try:
            _ = resources.store  # a damaged database ends the daemon here, not its first job
        except StateError as error:
            delivery.report_damage(resources, error)
            raise
        wait_for_signal = _listen()
        # in a lab one page serves all desks, and two servers cannot have one port
        page = _serve_page(resources, say) if config.web.listen and not config.desk else None
        try:
            if config.desks is not None:
                _serve_lab(resources, say, wait_for_signal, WORKER_TASKS)
            else:
                say(f"notebot watches {', '.join(config.categories)}; state in {config.state_dir}.")
                Daemon(resources, say).serve(wait_for_signal)
        finally:
            # the last connection that is closed writes the rest of the -wal file into the database
            if page is not None:
                page.stop_and_wait()
        say("notebot has stopped.")


def run_worker(resources: Resources, say: Callable[[str], None], concurrency: int, *, take_files: bool) -> None:
    """Works for the desks of a lab until SIGTERM or SIGINT.

    Args:
        take_files: from now on, the files of the desks are in this lab's folder.

    Raises:
        StateError: the database cannot be opened.
    """
    wait_for_signal = _listen()
    _serve_lab(resources, say, wait_for_signal, concurrency, take_files=take_files)
    say("The worker has stopped.")


def _serve_lab(
    resources: Resources,
    say: Callable[[str], None],
    wait_for_signal: Callable[[], bool],
    concurrency: int,
    *,
    take_files: bool = False,
) -> None:
    require_postgres_extra()
    from notebot.app.worker import LabWorker

    elsewhere = lab.other_folder(resources, take=take_files)
    worker = LabWorker(resources, say, logger.warning, concurrency, has_files=not elsewhere)
    desks = counted(len(resources.config.desks or ()), "desk")
    say(f"The worker {worker.name} works for {desks}, {counted(concurrency, 'task')} at a time.")
    if elsewhere:
        logger.warning(
            "The files of the desks are in %s, so this worker polls, gives the desks their papers and delivers, and "
            "leaves digests and inboxes to the workers there. Mount that folder here to share that work too; if it is "
            "lost, start one `notebot worker --take-files`.",
            elsewhere,
        )
    worker.serve(wait_for_signal)


def _serve_page(resources: Resources, say: Callable[[str], None]) -> WebServer:
    """Starts the review page in a thread of its own; its requests never wait for a job."""
    require_web_extra()
    from notebot.web.server import WebServer

    listen = parse_listen(resources.config.web.listen)
    assert listen is not None  # the config was checked
    server = WebServer(resources, listen)
    server.serve_in_thread()
    # no sign-in link here: the output of a daemon ends up in a log that others may read
    desk = "" if resources.config.desks is None else "--desk NAME "
    say(f"The review page is at {server.url}; `notebot {desk}web token new` makes a link that signs a browser in.")
    return server


def _listen() -> Callable[[], bool]:
    """Returns a function that waits up to ``TICK_S`` for SIGTERM or SIGINT and says whether one arrived.

    A second signal ends the process at once.
    """
    # The kernel may deliver a signal to any thread, but Python runs handlers only in the main thread, once that has
    # returned from its system call. The interpreter writes to this pipe at once, so the main thread waits on it.
    receiving, sending = os.pipe()
    os.set_blocking(sending, False)
    signal.set_wakeup_fd(sending)

    def wait() -> bool:
        if not select.select([receiving], [], [], TICK_S)[0]:
            return False
        # `timeout` signals the process and then its group, a moment later: that is one wish, not two
        time.sleep(ONE_SIGNAL_S)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        return True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    return wait


class Daemon:
    """The scheduler and its jobs."""

    def __init__(self, resources: Resources, say: Callable[[str], None]) -> None:
        self._resources = resources
        # these run in threads of their own, and an SQLite connection belongs to one thread
        self._inbox_resources, self._delivery_resources = (
            Resources(resources.config, urgent=resources.urgent, say=say, stop=resources.stop, now=resources.clock)
            for _ in range(2)
        )
        # of a source that failed before this start, the outage began with its last success
        self._outages = Outages(say, logger.warning, resources.clock, failing_sources(resources))
        self._work, self._inbox, self._delivery = (
            DeskWork(each, self._outages) for each in (resources, self._inbox_resources, self._delivery_resources)
        )
        self._scheduler: Any = None
        self._delivery_waits = threading.Event()
        resources.on_delivery = self._deliver_soon

    def serve(self, wait_for_signal: Callable[[], bool]) -> None:
        """Runs the jobs until a signal arrives."""
        from apscheduler.events import EVENT_JOB_ERROR
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        executors = {name: ThreadPoolExecutor(1) for name in (ROUNDS, INBOX, DELIVERY)}
        scheduler = self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors=executors,
            # by default the library drops a job that is one second late, with only a warning (APScheduler issue 296)
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        scheduler.add_listener(
            lambda event: logger.critical("a job crashed: %s", event.exception, exc_info=event.exception),
            EVENT_JOB_ERROR,
        )
        # a job that is still running when it is due again is normal here, and APScheduler warns about it
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        now = datetime.now().astimezone()
        for work in self._works():
            scheduler.add_job(
                self._run,
                "interval",
                args=[work],
                seconds=work.every_s,
                id=work.name,
                executor=work.executor,
                next_run_time=now,
            )
        scheduler.start()
        clock_offset = time.time() - time.monotonic()
        while not wait_for_signal():
            # APScheduler plans by the wall clock: if that is set back, the next runs would be far in the future
            if abs(time.time() - time.monotonic() - clock_offset) > 2 * TICK_S:
                clock_offset = time.time() - time.monotonic()
                for job in scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now().astimezone())
        self._resources.stop.set()
        for each in (self._resources, self._inbox_resources, self._delivery_resources):
            each.abort_requests()
        _shut_down(scheduler, executors.values())

    def _works(self) -> list[DaemonJob]:
        poll, digest = self._resources.config.poll_schedule, self._resources.config.digest_schedule
        # a quarter of the shortest interval, so that `every 2s` is kept too
        tick_s = min([TICK_S, *(max(0.25, each.seconds / 4) for each in (poll, digest) if isinstance(each, Every))])
        works = [
            DaemonJob("watch", self._work.watch, tick_s, _retry_s(digest)),
            DaemonJob("digest", self._work.digest, tick_s, _retry_s(digest)),
            DaemonJob("inbox", self._inbox.inbox, tick_s, tick_s, INBOX),
        ]
        if not self._resources.config.desk:  # the workers of a lab poll for its desks
            works.insert(0, DaemonJob("poll", self._poll_if_due, tick_s, _retry_s(poll)))
        after_s = self._resources.config.collect_after_s
        if after_s is not None:
            tick_s = min(TICK_S, max(0.25, after_s / 4))
            works.append(DaemonJob("collect", self._work.collect, tick_s, RETRY_AFTER.total_seconds()))
        if self._resources.config.targets:
            check = partial(delivery.check_database, self._delivery_resources)
            works += [
                DaemonJob("deliver", self._deliver, tick_s, tick_s, DELIVERY),
                DaemonJob("database", check, CHECK_DATABASE_EVERY_S, FILL_EVERY_S, DELIVERY),
            ]
        if zotero.may_write(self._resources):
            works.append(DaemonJob("zotero", self._work.zotero, ZOTERO_EVERY_S, ZOTERO_EVERY_S))
        if publishing.may_write(self._resources):
            works.append(DaemonJob("fill", self._work.fill, FILL_EVERY_S, FILL_EVERY_S))
        return works

    def _run(self, work: DaemonJob) -> None:
        """Does one piece of work; after a failure it pauses for ``retry_s``."""
        if self._resources.stop.is_set():
            return
        try:
            with suppress(Stopped), supervised(f"The job {work.name}"):
                work.do()
        except NotebotError as error:
            retry_at = datetime.now().astimezone() + timedelta(seconds=work.retry_s)
            self._run_at(work.name, retry_at)
            self._outages.failed(f"The job {work.name}", str(error))
        else:
            self._outages.worked(f"The job {work.name}")

    def _poll_if_due(self) -> None:
        if self._work.poll():
            # the poll may have completed the day, and the digest of a complete day is due at once
            self._wake("digest")

    def _deliver(self) -> None:
        while True:
            self._delivery_waits.clear()
            self._delivery.deliver()
            # the scheduler skips a job that is still running, so what came meanwhile is sent here
            if not self._delivery_waits.is_set() or self._resources.stop.is_set():
                return

    def _deliver_soon(self) -> None:
        self._delivery_waits.set()
        self._wake("deliver")

    def _wake(self, name: str) -> None:
        """Lets a job run now, if there is such a job."""
        self._run_at(name, datetime.now().astimezone())

    def _run_at(self, name: str, at: datetime) -> None:
        from apscheduler.jobstores.base import JobLookupError

        # there is no job any more once the daemon is ending
        with suppress(JobLookupError):
            self._scheduler.modify_job(name, next_run_time=at)


def _retry_s(schedule: Schedule) -> float:
    longest = RETRY_AFTER.total_seconds()
    return min(longest, schedule.seconds) if isinstance(schedule, Every) else longest


def _shut_down(scheduler: Any, executors: Iterable[Any]) -> None:
    """Waits for the running jobs; one that does not end in time is abandoned with its last transaction whole."""

    def shut_down() -> None:
        # `wait=True` would hold the scheduler's lock while it waits for a job, which needs it to wake another one
        scheduler.shutdown(wait=False)
        for executor in executors:
            executor.shutdown(wait=True)

    ender = threading.Thread(target=shut_down, daemon=True)
    ender.start()
    ender.join(GRACE_S)
    if ender.is_alive():
        logger.warning("a job did not end within %s s and was abandoned; what it has stored is complete", GRACE_S)
        os._exit(0)
