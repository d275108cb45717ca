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

from notebot.app import announcements as arxiv
from notebot.app import archive, delivery, digests, intake, lab, publishing, zotero
from notebot.app.collect_lines import automatic_lines
from notebot.app.health import failing_sources
from notebot.app.resources import Resources
from notebot.config.checks import parse_listen
from notebot.core.model.errors import NotebotError, StateError
from notebot.core.net.files import exclusive_lock
from notebot.core.net.pace import Stopped
from notebot.core.schedule.due import RETRY_AFTER
from notebot.core.schedule.schedule_text import Every, Schedule
from notebot.core.supervisor import supervised
from notebot.web import require_web_extra

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from notebot.core.model.run_record import RunRecord
    from notebot.core.model.source_report import SourceReport
    from notebot.web.server import WebServer

logger = logging.getLogger(__name__)

TICK_S = 15.0
"""How often the store is asked what is due."""
FILL_EVERY_S = 900.0
"""How often GitHub is asked for link-only issues; an unchanged list does not count towards its rate limit."""
CHECK_DATABASE_EVERY_S = 24 * 3600.0
"""How often the whole database is read, which takes seconds for a large one."""
ZOTERO_EVERY_S = 900.0
"""How often kept papers are sent to Zotero; no request is made if there is nothing to send."""
GRACE_S = 8.0
"""How long a running job may take to end after a signal; what it has stored by then is complete."""
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
        say(f"notebot watches {', '.join(config.categories)}; state in {config.state_dir}.")
        try:
            Daemon(resources, say).serve(wait_for_signal)
        finally:
            # the last connection that is closed writes the rest of the -wal file into the database
            if page is not None:
                page.stop_and_wait()
        say("notebot has stopped.")


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
        self._say = say
        # these run in threads of their own, and an SQLite connection belongs to one thread
        self._inbox_resources, self._delivery_resources = (
            Resources(resources.config, urgent=resources.urgent, say=say, stop=resources.stop, now=resources.clock)
            for _ in range(2)
        )
        self._failing: dict[str, datetime] = dict(failing_sources(resources))
        """What fails -> since when; of a source from before this start, its last success."""
        self._inbox_error = ""
        self._fanned_out: RunRecord | None = None
        """The last poll that all desks have."""
        self._scheduler: Any = None
        self._delivery_waits = threading.Event()
        resources.on_delivery = self._deliver_soon

    def serve(self, wait_for_signal: Callable[[], bool]) -> None:
        """Runs the jobs until a signal arrives."""
        from apscheduler.events import EVENT_JOB_ERROR
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        scheduler = self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={name: ThreadPoolExecutor(1) for name in (ROUNDS, INBOX, DELIVERY)},
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
        _shut_down(scheduler)

    def _works(self) -> list[DaemonJob]:
        poll, digest = self._resources.config.poll_schedule, self._resources.config.digest_schedule
        # a quarter of the shortest interval, so that `every 2s` is kept too
        tick_s = min([TICK_S, *(max(0.25, each.seconds / 4) for each in (poll, digest) if isinstance(each, Every))])
        poll_job = DaemonJob("poll", self._poll_if_due, tick_s, _retry_s(poll))
        if self._resources.config.desks is not None:
            return [poll_job, DaemonJob("fan-out", self._fan_out_if_due, tick_s, RETRY_AFTER.total_seconds())]
        works = [
            # the hub of a lab polls for its desks
            *([] if self._resources.config.desk else [poll_job]),
            DaemonJob("watch", self._watch_if_due, tick_s, _retry_s(digest)),
            DaemonJob("digest", self._digest_if_due, tick_s, _retry_s(digest)),
            DaemonJob("inbox", self._drain_inbox, tick_s, tick_s, INBOX),
        ]
        after_s = self._resources.config.collect_after_s
        if after_s is not None:
            tick_s = min(TICK_S, max(0.25, after_s / 4))
            works.append(DaemonJob("collect", self._collect_if_due, tick_s, RETRY_AFTER.total_seconds()))
        if self._resources.config.targets:
            check = partial(delivery.check_database, self._delivery_resources)
            works += [
                DaemonJob("deliver", self._deliver, tick_s, tick_s, DELIVERY),
                DaemonJob("database", check, CHECK_DATABASE_EVERY_S, FILL_EVERY_S, DELIVERY),
            ]
        if zotero.may_write(self._resources):
            works.append(DaemonJob("zotero", self._send_to_zotero, ZOTERO_EVERY_S, ZOTERO_EVERY_S))
        if publishing.may_write(self._resources):
            works.append(DaemonJob("fill", self._fill, FILL_EVERY_S, FILL_EVERY_S))
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
            self._scheduler.modify_job(work.name, next_run_time=retry_at)
            self._failed(f"The job {work.name}", str(error))
        else:
            self._worked(f"The job {work.name}")

    def _failed(self, subject: str, sentence: str) -> None:
        """Logs a failure and remembers it, so that its end is logged too."""
        self._failing.setdefault(subject, self._resources.clock())
        logger.warning("%s", sentence)

    def _worked(self, subject: str) -> None:
        """Logs the end of an outage, once."""
        since = self._failing.pop(subject, None)
        if since is not None:
            self._say(f"{subject} is back again after {duration(self._resources.clock() - since)}.")

    def _log_round(self, line: str, sources: Sequence[SourceReport]) -> None:
        """One line for the round with what failed in it, and one for each source that is back again."""
        failed: dict[str, list[str]] = {}
        for source in sources:
            if source.error is None:
                self._worked(source.source)
            else:
                self._failing.setdefault(source.source, self._resources.clock())
                failed.setdefault(source.error["message"], []).append(source.source)
        if failed:
            messages = (f"{', '.join(names)}: {message}" for message, names in failed.items())
            logger.warning("%s; %s", line, "; ".join(messages))
        else:
            self._say(line)

    def _poll_if_due(self) -> None:
        if not arxiv.poll_is_due(self._resources):
            return
        # another machine may be polling for the same lab; once it has, the poll is not due here any more
        with self._resources.lock("poll"):
            self._poll()
        self._wake("fan-out")

    def _poll(self) -> None:
        if arxiv.poll_is_due(self._resources):
            report = arxiv.poll(self._resources, by_hand=False)
            announced = sum(source.announced - source.known for source in report.sources)
            drafted = sum(topic.drafted for topic in report.topics)
            counts = f"{announced} newly announced, {drafted} drafted, {report.requests} requests"
            self._log_round(f"poll {report.status}: {counts}", report.sources)
            # the poll may have completed the day, and the digest of a complete day is due at once
            self._wake("digest")

    def _fan_out_if_due(self) -> None:
        """Gives the desks of a lab what was polled, by this process or another, after each poll and at the start."""
        polled = self._resources.store.runs.last("poll")
        if polled is None or polled == self._fanned_out:
            return
        results = list(lab.fan_out(self._resources, self._resources.config.desks or ()))
        drafted = sum(result.report.drafted for result in results if result.report is not None)
        self._say(f"{len(results)} desks: {drafted} drafted")
        failed = [f"desk {result.desk}: {' '.join(result.errors)}" for result in results if result.errors]
        if failed:
            raise StateError("; ".join(failed))
        self._fanned_out = polled

    def _watch_if_due(self) -> None:
        sources = intake.watch_due(self._resources)
        if sources:
            brought = sum(source.new for source in sources)
            self._log_round(f"watched sources: {len(sources)} read, {brought} new", sources)

    def _digest_if_due(self) -> None:
        due, subject = digests.digest_due(self._resources)
        if due:
            report = digests.digest(self._resources, subject)
            if report.path is not None:
                self._say(f"wrote {report.path} with {len(report.entries)} entries")
            else:
                self._say("digest: nothing to write")
            for sentence in report.left_out:
                logger.warning("%s", sentence)

    def _collect_if_due(self) -> None:
        for line in automatic_lines(digests.collect_due(self._resources)):
            self._say(line)

    def _fill(self) -> None:
        report = publishing.fill(self._resources, (), by_hand=False)
        for issue in report.filled:
            self._say(f"filled #{issue.number}: {issue.title}")
        for trouble in report.troubles:
            self._failed(f"fill {trouble.subject}", f"fill {trouble.subject}: {trouble.message}")
        if not report.troubles:
            for subject in [name for name in self._failing if name.startswith("fill ")]:
                self._worked(subject)
            notes = archive.import_changed_folder(self._resources)
            if notes is not None and (notes.new or notes.changed):
                self._say(
                    f"read {notes.new} new and {notes.changed} changed notes in {self._resources.config.archive_dir}"
                )

    def _send_to_zotero(self) -> None:
        """Sends kept papers; what is wrong is named once, and once more when it is back again."""
        report = zotero.send(self._resources)
        if report.sent or report.updated:
            self._say(f"zotero {report.library}: {len(report.sent)} sent, {len(report.updated)} updated")
        subjects = {f"zotero {trouble.subject}": trouble.message for trouble in report.troubles}
        for subject, message in subjects.items():
            if subject not in self._failing:
                self._failed(subject, f"{subject}: {message}")
        for subject in [name for name in self._failing if name.startswith("zotero ") and name not in subjects]:
            self._worked(subject)

    def _deliver(self) -> None:
        """Sends what is due; a target that fails is named once, and once more when it is back again."""
        while True:
            self._delivery_waits.clear()
            report = delivery.deliver(self._delivery_resources, by_hand=False)
            for each in report.sent:
                self._worked(f"The target {each.target}")
                # health services get two messages per round, which would hide everything else in the log
                say = logger.debug if each.event.startswith("digest round") else self._say
                say(f"sent {each.event} to {each.target}")
            for each in report.failed:
                subject = f"The target {each.target}"
                if subject not in self._failing or each.next_at is None:
                    given_up = "" if each.next_at is not None else "; it is given up"
                    self._failed(subject, f"{each.target}: {each.event}: {each.why}{given_up}.")
            # the scheduler skips a job that is still running, so what came meanwhile is sent here
            if not self._delivery_waits.is_set() or self._resources.stop.is_set():
                return

    def _deliver_soon(self) -> None:
        self._delivery_waits.set()
        self._wake("deliver")

    def _wake(self, name: str) -> None:
        """Lets a job run now, if there is such a job."""
        if self._scheduler.get_job(name) is not None:
            self._scheduler.modify_job(name, next_run_time=datetime.now().astimezone())

    def _drain_inbox(self) -> None:
        """Processes what is due; the same failure of our own is reported once."""
        if not intake.has_inbox(self._inbox_resources):
            return
        try:
            report = intake.drain_inbox(self._inbox_resources, by_hand=False)
        except NotebotError as error:
            if str(error) != self._inbox_error:
                self._failed("The inbox", str(error))
            self._inbox_error = str(error)
            return
        self._inbox_error = ""
        self._worked("The inbox")
        if report.done:
            self._say(f"inbox: {len(report.done)} taken in")
        for line in report.failure_lines():
            logger.warning("%s", line)


def duration(span: timedelta) -> str:
    """``3 h 5 min``; seconds only below a minute."""
    minutes = max(int(span.total_seconds()), 0) // 60
    days, hours = divmod(minutes // 60, 24)
    parts = [(days, "d"), (hours, "h"), (minutes % 60 if not days else 0, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or f"{max(int(span.total_seconds()), 0)} s"


def _retry_s(schedule: Schedule) -> float:
    longest = RETRY_AFTER.total_seconds()
    return min(longest, schedule.seconds) if isinstance(schedule, Every) else longest


def _shut_down(scheduler: Any) -> None:
    """Waits for the running jobs; one that does not end in time is abandoned with its last transaction whole."""
    ender = threading.Thread(target=scheduler.shutdown, daemon=True)
    ender.start()
    ender.join(GRACE_S)
    if ender.is_alive():
        logger.warning("a job did not end within %s s and was abandoned; what it has stored is complete", GRACE_S)
        os._exit(0)
