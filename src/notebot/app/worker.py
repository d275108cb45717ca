"""A worker of a lab: does tasks from a queue that all workers share, which procrastinate keeps on the database server.

A task names a kind of work and desks, and does what is due. So a task that is lost, done twice, or done by a worker
whose connection is gone does no harm. What excludes others is a lock of the server, which ends with its connection, and
never a state of a task, which would outlive a worker that was killed.

every few seconds, one worker: ``tick`` | poll, fan_out and look, where they are due
``look``                                | the kinds of work of a desk that are due
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from notebot.app import lab
from notebot.app.announcements import poll_is_due
from notebot.app.desk_work import KINDS, DeskWork, Outages
from notebot.config.lab import Lab
from notebot.core.model.errors import ConfigError, NotebotError, ServerAwayError, StateError
from notebot.core.model.worker_record import WorkerRecord
from notebot.core.net.pace import Stopped
from notebot.core.schedule.schedule_text import Every
from notebot.core.supervisor import supervised
from notebot.core.text.counted import counted
from notebot.store.postgres import tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from procrastinate import App
    from procrastinate.manager import JobManager

    from notebot.app.resources import Resources
    from notebot.config import Config
    from notebot.features.topics.rules.topic import Topic

logger = logging.getLogger(__name__)

TICK_S = 15
"""How often the store is asked what is due; less if arXiv is polled more often."""
_TICKS_S = (15, 10, 6, 5, 3, 2, 1)
"""Intervals that divide a minute, which is how the queue keeps its schedule."""
SILENT_S = 60.0
"""After how long a worker that was not seen is forgotten; what it had begun is done again as soon as it is gone."""
PULSE_S = 10.0
PAUSE_S = 60.0
"""How long this worker leaves work alone that failed."""
SURE_AFTER_S = 20.0
"""How long the task queue must have worked before its outage counts as over: more than a tick."""
READ_AGAIN_S = 2.0
"""How long the list of the desks is used before the folder is read again."""
LONGEST_WAIT_S = 30.0
"""Between two attempts to reach the server."""
GRACE_S = 8.0
"""How long a running task may take to end after a signal; what it has stored by then is complete."""
SLICE = 25
"""Desks of one fan-out task, which reads the hub's rows once for all of them."""
LOOKED_AT_PER_TICK = 250
"""Desks that are looked at in one tick; with more of them, each is looked at every few ticks."""
URGENT = ("tick", "poll", "fan_out", "look", *KINDS)
"""The kinds of tasks, those that are done first at the beginning."""


ANYWHERE, WITH_FILES = "lab", "files"
"""The queues: tasks for every worker, and those for workers on machines with the files of the desks."""
NEED_FILES = frozenset({"look", "digest", "collect", "inbox", "fill"})


_FILE = "The config"


class Wanted(NamedTuple):
    """A task to defer."""

    kind: str
    desks: tuple[str, ...] = ()
    in_s: float = 0.0


class LabWorker:
    """One worker; several in one lab, on one or more machines, share the work.

    Args:
        hub: its config is that of the lab's file.
        concurrency: tasks that are done at the same time, each in a thread.
        has_files: the files of the desks are on this machine.
    """

    def __init__(
        self,
        hub: Resources,
        say: Callable[[str], None],
        warn: Callable[[str], None],
        concurrency: int,
        *,
        has_files: bool = True,
    ) -> None:
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._hub = hub
        self._say = say
        self._warn = warn
        self._concurrency = concurrency
        self._queues = [ANYWHERE, WITH_FILES] if has_files else [ANYWHERE]
        self._outages: dict[str, Outages] = {}
        """By desk; '' is the hub."""
        self._paused_until: dict[tuple[str, str], float] = {}
        self._open: list[Resources] = []
        self._doing: dict[object, str] = {}
        self._since = hub.store.now()
        self._lab_read: tuple[float, Lab | None] = (0.0, None)
        self._last_good: dict[str, Sequence[Topic]] = {}
        self._app: App
        self._loop: asyncio.AbstractEventLoop
        self._main: asyncio.Task[None]
        self._wait_s = 1.0

    def serve(self, wait_for_signal: Callable[[], bool]) -> None:
        """Works until a signal arrives.

        Raises:
            StateError: the task queue cannot be made.
        """
        tasks.quiet_libraries()
        tasks.make_task_tables(self._hub.config.database)
        started = threading.Event()
        thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)), daemon=True)
        thread.start()
        started.wait()
        while not wait_for_signal():
            pass
        self._hub.stop.set()
        for resources in [self._hub, *self._open]:
            resources.abort_requests()
        with suppress(RuntimeError):  # it has ended by itself
            self._loop.call_soon_threadsafe(self._main.cancel)
        thread.join(GRACE_S)
        if thread.is_alive():
            self._warn(f"A task did not end within {GRACE_S:g} s and was abandoned; what it has stored is complete.")
            os._exit(0)

    async def _serve(self, started: threading.Event) -> None:
        """Works until it is cancelled; connects again whenever the server was away."""
        current = asyncio.current_task()
        assert current is not None
        self._loop, self._main = asyncio.get_running_loop(), current
        # one thread per task, and some for the signs of life, which long tasks must not keep waiting
        self._loop.set_default_executor(ThreadPoolExecutor(self._concurrency + 4, thread_name_prefix="task"))
        started.set()
        with suppress(asyncio.CancelledError):
            while not self._hub.stop.is_set():
                sentence = "The connection to the task queue was lost."
                try:
                    await self._serve_once()
                except Exception as error:  # whatever it is, the next attempt begins anew
                    sentence = tasks.readable_error(self._hub.config.database, error)
                if not self._hub.stop.is_set():
                    if not self._outages_of("").is_known("The task queue"):
                        again = "The worker goes on when the server is back."
                        self._outages_of("").failed("The task queue", f"{sentence} {again}")
                    await asyncio.sleep(self._wait_s)
                    self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)
        with suppress(NotebotError):
            self._hub.store.workers.end(self.name)
            self._hub.close()

    async def _serve_once(self) -> None:
        """Works until it is cancelled or the server is gone."""
        url = self._hub.config.database
        schema = await asyncio.to_thread(tasks.make_task_tables, url)
        self._app = self._make_app(tasks.task_connection_settings(url, schema))
        sign_of_life = tasks.SignOfLife(url, schema)
        self._app.job_manager = _manager(self._app, sign_of_life)
        async with self._app.open_async():
            pulse = asyncio.create_task(self._pulse(sign_of_life))
            try:
                await self._app.run_worker_async(
                    name=self.name,
                    queues=self._queues,
                    concurrency=self._concurrency,
                    install_signal_handlers=False,
                    delete_jobs="always",
                    update_heartbeat_interval=PULSE_S,
                    stalled_worker_timeout=SILENT_S,
                )
            finally:
                pulse.cancel()
                sign_of_life.end()

    async def _pulse(self, sign_of_life: tasks.SignOfLife) -> None:
        """Stores every few seconds that this worker lives, and what it does."""
        stored: tuple[str, float] = ("", 0.0)
        began = time.monotonic()
        while True:
            doing = ", ".join(list(self._doing.values()))
            if doing != stored[0] or time.monotonic() - stored[1] > PULSE_S:
                with suppress(StateError):  # the queue on the same server reports it
                    await asyncio.to_thread(sign_of_life.renew)
                    await asyncio.to_thread(self._record, doing)
                    stored = doing, time.monotonic()
                    # a server whose disk is full lets us begin, and fails a moment later
                    if time.monotonic() - began > SURE_AFTER_S:
                        self._outages_of("").worked("The task queue")
                        self._wait_s = 1.0
            await asyncio.sleep(1.0)

    def _record(self, doing: str) -> None:
        store = self._hub.store
        store.workers.put(WorkerRecord(self.name, self._since, store.now(), doing))

    # the queue

    def _make_app(self, connection: dict[str, Any]) -> App:
        from procrastinate import App, PsycopgConnector

        app = App(connector=PsycopgConnector(**connection, min_size=1, max_size=4, timeout=5.0))

        async def tick(timestamp: int) -> None:
            await self._tick(timestamp)

        task = app.task(name="tick", queue=ANYWHERE, queueing_lock="tick", priority=len(URGENT))(tick)
        app.periodic(cron=f"* * * * * */{self._tick_s()}")(task)
        for kind in URGENT[1:]:
            self._add_task(app, kind)
        return app

    def _add_task(self, app: App, kind: str) -> None:
        async def run(desks: Sequence[str] = ()) -> None:
            await self._run(kind, tuple(desks))

        app.task(name=kind, queue=WITH_FILES if kind in NEED_FILES else ANYWHERE)(run)

    def _tick_s(self) -> int:
        """A quarter of the interval of the polls, so that `every 4s` is kept too, but at most ``TICK_S``."""
        schedule = self._hub.config.poll_schedule
        longest = schedule.seconds / 4 if isinstance(schedule, Every) else TICK_S
        return next((each for each in _TICKS_S if each <= longest), 1)

    async def _tick(self, timestamp: int) -> None:
        await self._sweep()
        await self._defer(await asyncio.to_thread(self._due_of_lab, timestamp // self._tick_s()))

    async def _sweep(self) -> None:
        """Defers the tasks again that dead workers have begun, and that would never end (procrastinate#1518)."""
        from procrastinate.exceptions import ConnectorException
        from procrastinate.jobs import Status

        manager = self._app.job_manager
        await manager.prune_stalled_workers(SILENT_S)
        again = []
        for row in await self._app.connector.execute_query_all_async(tasks.STRANDED):
            # another worker may sweep at the same time
            with suppress(ConnectorException):
                await manager.finish_job_by_id_async(row["id"], Status.FAILED, delete_job=True)
                again.append(Wanted(row["task_name"], tuple(row["args"].get("desks", ()))))
        if again:
            self._say(f"{counted(len(again), 'task')} of a worker that is gone will be done again")
        await self._defer(each for each in again if each.kind in URGENT[1:])

    async def _defer(self, wanted: Iterable[Wanted]) -> None:
        """Puts tasks into the queue that neither wait there nor are being done; a later one only must not wait."""
        from procrastinate.exceptions import AlreadyEnqueued

        wanted = list(wanted)
        if not wanted:
            return
        names = sorted({desk for each in wanted for desk in each.desks})
        query = self._app.connector.execute_query_all_async
        # all of them, if a task of the hub is wanted
        is_of_hub = not all(each.desks for each in wanted)
        pending = tasks.desks_of(await query(tasks.PENDING, desks=None if is_of_hub else names))
        for each in wanted:
            desks = tuple(desk for desk in each.desks or ("",) if each.in_s or (each.kind, desk) not in pending)
            if not desks:
                continue
            arguments: dict[str, Any] = {"desks": list(desks)} if each.desks else {}
            deferrer = self._app.configure_task(
                each.kind,
                queueing_lock=f"{each.kind}/{desks[0]}",
                priority=len(URGENT) - URGENT.index(each.kind),
                schedule_in={"seconds": each.in_s} if each.in_s else None,
            )
            with suppress(AlreadyEnqueued):  # another worker was quicker
                await deferrer.defer_async(**arguments)

    async def _run(self, kind: str, desks: tuple[str, ...]) -> None:
        """Does one task, in a thread; what follows from it is deferred."""
        # a task may wait for longer than there is its desk
        if self._hub.stop.is_set() or not await asyncio.to_thread(self._exist, desks):
            return
        every_s = KINDS[kind].every_s if kind in KINDS else 0.0
        if every_s:  # first, because this worker may die before the end
            await self._defer([Wanted(kind, desks, every_s)])
        mark = object()
        whose = f" of {desks[0]}" if len(desks) == 1 else f" of {len(desks)} desks" if desks else ""
        self._doing[mark] = f"{kind.replace('_', '-')}{whose}"
        try:
            following = await asyncio.to_thread(self._do, kind, desks)
        finally:
            del self._doing[mark]
        await self._defer(following)

    # what a task does, in a thread of its own

    def _do(self, kind: str, desks: tuple[str, ...]) -> list[Wanted]:
        if kind == "poll":
            return self._poll()
        if kind == "fan_out":
            return self._fan_out(desks)
        if kind == "look":
            return self._look(desks)
        return [each for desk in desks for each in self._work(kind, desk)]

    def _due_of_lab(self, tick: int) -> list[Wanted]:
        """What is due for the whole lab."""
        wanted: list[Wanted] = []
        with self._unit("tick", ""), self._opened(self._lab().hub(need_topics=False)) as hub:
            hub.store.workers.prune(hub.store.now() - timedelta(seconds=SILENT_S))
            if poll_is_due(hub):
                wanted.append(Wanted("poll"))
            names = hub.config.desks or ()
            wanted += self._fan_outs(hub, names)
            turns = -(-len(names) // LOOKED_AT_PER_TICK) or 1
            slices = list(_slices(names))
            wanted += [Wanted("look", each) for number, each in enumerate(slices) if number % turns == tick % turns]
        return wanted

    def _fan_outs(self, hub: Resources, names: Sequence[str]) -> list[Wanted]:
        """Fan-outs for the desks that do not have the last poll."""
        last, received = hub.store.runs.last("poll"), hub.store.fan_outs.received()
        if last is None:
            return []
        behind = [
            name for name in names if received.get(name) != last.started_at and not self._is_paused("fan_out", name)
        ]
        return [Wanted("fan_out", each) for each in _slices(behind)]

    def _poll(self) -> list[Wanted]:
        with self._unit("poll", ""), self._opened(self._lab().hub(last_good=self._last_good)) as hub:
            if DeskWork(hub, self._outages_of("")).poll():
                return self._fan_outs(hub, hub.config.desks or ())
        return []

    def _fan_out(self, desks: tuple[str, ...]) -> list[Wanted]:
        done, drafted = [], 0
        with self._unit("fan_out", ""), self._opened(self._lab().hub(need_topics=False)) as hub:
            behind = [desk for wanted in self._fan_outs(hub, desks) for desk in wanted.desks]
            for result in lab.fan_out(hub, behind):
                with self._unit("fan_out", result.desk):
                    if result.cause is not None:
                        raise result.cause
                    if result.errors:
                        raise StateError(" ".join(result.errors))
                    done.append(result.desk)
                    drafted += result.report.drafted if result.report else 0
                if hub.stop.is_set():
                    break
        if done:
            self._say(f"{counted(len(done), 'desk')}: {drafted} drafted")
        # a poll may have completed the day, and the digest of a complete day is due at once
        return [Wanted("look", each) for each in _slices(done)]

    def _look(self, desks: tuple[str, ...]) -> list[Wanted]:
        """What is due for some desks."""
        wanted: list[Wanted] = []
        with self._unit("look", ""), self._opened(self._lab().hub(need_topics=False)) as hub:
            for desk in desks:
                if not hub.stop.is_set() and not self._is_paused("look", desk):
                    with self._unit("look", desk):
                        wanted += self._due_of_desk(hub, desk)
        return wanted

    def _due_of_desk(self, hub: Resources, desk: str) -> list[Wanted]:
        wanted: list[Wanted] = []
        with closing(lab.desk_resources(hub, self._lab().desk(desk), alone=True)) as resources:
            for name, kind in KINDS.items():
                with self._unit(name, desk, begins=True):
                    if not self._is_paused(name, desk) and kind.is_due(resources):
                        wanted.append(Wanted(name, (desk,)))
        return wanted

    def _work(self, kind: str, desk: str) -> list[Wanted]:
        """Does one kind of work of a desk; what it has to tell is delivered next."""
        if self._is_paused(kind, desk):
            return []
        with self._unit(kind, desk), self._opened(self._lab().desk(desk)) as resources:
            KINDS[kind].do(DeskWork(resources, self._outages_of(desk)))
            if kind != "deliver" and KINDS["deliver"].is_due(resources):
                return [Wanted("deliver", (desk,))]
        return []

    def _lab(self) -> Lab:
        """The lab's file as it is, or was a moment ago; the file of a desk is read whenever its config is needed."""
        path = self._hub.config.path
        assert path is not None  # a lab is what its file says
        read_at, files = self._lab_read
        if files is None or time.monotonic() - read_at > READ_AGAIN_S:
            files = Lab.read(path)
            self._lab_read = time.monotonic(), files
        return files

    @contextmanager
    def _opened(self, config: Config) -> Iterator[Resources]:
        """Resources for one task; a signal aborts their requests."""
        with closing(lab.desk_resources(self._hub, config)) as resources:
            self._open.append(resources)
            try:
                yield resources
            finally:
                self._open.remove(resources)

    @contextmanager
    def _unit(self, kind: str, desk: str, *, begins: bool = False) -> Iterator[None]:
        """Work that fails alone: it is reported, left alone for a while, and tried again.

        Args:
            begins: this only decides whether to begin, so that its success says nothing about the work.
        """
        subject = f"The {kind.replace('_', '-')}"
        try:
            with suppress(Stopped), supervised(f"{subject} of the desk {desk}" if desk else subject):
                yield
        except ConfigError as error:  # once for all kinds of work, and it costs nothing to look again
            self._outages_of(desk).failed_anew(_FILE, str(error))
        except ServerAwayError as error:  # the queue on the same server reports it
            logger.debug("%s", error)
        except NotebotError as error:
            self._paused_until[kind, desk] = time.monotonic() + PAUSE_S
            self._outages_of(desk).failed_anew(subject, str(error))
        else:
            self._outages_of(desk).worked(_FILE)
            if not begins:
                self._outages_of(desk).worked(subject)

    def _exist(self, desks: Sequence[str]) -> bool:
        """True if one of the desks has a file, or if that cannot be known; True for the hub."""
        try:
            return not desks or any(desk in self._lab().files for desk in desks)
        except NotebotError:
            return True

    def _is_paused(self, kind: str, desk: str) -> bool:
        return time.monotonic() < self._paused_until.get((kind, desk), 0.0)

    def _outages_of(self, desk: str) -> Outages:
        if desk not in self._outages:
            prefix = f"desk {desk}: " if desk else ""
            self._outages[desk] = Outages(
                lambda line: self._say(prefix + line), lambda line: self._warn(prefix + line), self._hub.clock
            )
        return self._outages[desk]


def _manager(app: App, sign_of_life: tasks.SignOfLife) -> JobManager:
    """A manager that lets a worker show that it lives before it gets its first task."""
    from procrastinate.manager import JobManager

    class Manager(JobManager):
        async def register_worker(self) -> int:
            worker_id = await super().register_worker()
            await asyncio.to_thread(sign_of_life.begin, worker_id)
            return worker_id

    return Manager(app.connector)


def _slices(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(names[start : start + SLICE]) for start in range(0, len(names), SLICE))
