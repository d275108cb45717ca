"""A worker of a lab: does tasks from a queue that all workers share, which procrastinate keeps on the database server.

A task names a kind of work and desks, and does what is due. So a task that is lost, done twice, or done by a worker
whose connection is gone does no harm. What excludes others is a lock of the server, which ends with its connection, and
never a state of a task, which would outlive a worker that was killed.

every few seconds, one worker: ``tick`` | sweeps; defers what is due of the lab
any other task                          | is done by ``lab_work.py``; what follows is deferred
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from notebot.app.desk_work import GRACE_S, KINDS
from notebot.app.lab_work import LabWork, Wanted
from notebot.core.model.errors import NotebotError, StateError
from notebot.core.model.worker_record import SILENT_AFTER, WorkerRecord
from notebot.core.schedule.schedule_text import Every
from notebot.core.text.counted import counted
from notebot.store.postgres import tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from procrastinate import App
    from procrastinate.manager import JobManager

    from notebot.app.resources import Resources


TICK_S = 15
"""How often the store is asked what is due; less if arXiv is polled more often."""
_TICKS_S = (15, 10, 6, 5, 3, 2, 1)
"""Intervals that divide a minute, which is how the queue keeps its schedule."""
PULSE_S = 10.0
SURE_AFTER_S = 20.0
"""How long the task queue must have worked before its outage counts as over: more than a tick."""
LONGEST_WAIT_S = 30.0
"""Between two attempts to reach the server."""
URGENT = ("tick", "poll", "fan_out", "look", *KINDS)
"""The kinds of tasks, those that are done first at the beginning."""


ANYWHERE, WITH_FILES = "lab", "files"
"""The queues: tasks for every worker, and those for workers on machines with the files of the desks."""
NEED_FILES = frozenset({"look", "digest", "collect", "inbox", "fill"})


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
        self._work = LabWork(hub, say, warn)
        self._doing: dict[object, str] = {}
        self._since = hub.store.now()
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
        self._work.abort_requests()
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
                    if not self._work.outages_of("").is_known("The task queue"):
                        again = "The worker goes on when the server is back."
                        self._work.outages_of("").failed("The task queue", f"{sentence} {again}")
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
                    stalled_worker_timeout=SILENT_AFTER.total_seconds(),
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
                        self._work.outages_of("").worked("The task queue")
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
        await self._defer(await asyncio.to_thread(self._work.due_of_lab, timestamp // self._tick_s()))

    async def _sweep(self) -> None:
        """Defers the tasks again that dead workers have begun, and that would never end (procrastinate#1518)."""
        from procrastinate.exceptions import ConnectorException
        from procrastinate.jobs import Status

        manager = self._app.job_manager
        await manager.prune_stalled_workers(SILENT_AFTER.total_seconds())
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
        if self._hub.stop.is_set() or not await asyncio.to_thread(self._work.exist, desks):
            return
        every_s = KINDS[kind].every_s if kind in KINDS else 0.0
        if every_s:  # first, because this worker may die before the end
            await self._defer([Wanted(kind, desks, every_s)])
        mark = object()
        whose = f" of {desks[0]}" if len(desks) == 1 else f" of {len(desks)} desks" if desks else ""
        self._doing[mark] = f"{kind.replace('_', '-')}{whose}"
        try:
            following = await asyncio.to_thread(self._work.do, kind, desks)
        finally:
            del self._doing[mark]
        await self._defer(following)


def _manager(app: App, sign_of_life: tasks.SignOfLife) -> JobManager:
    """A manager that lets a worker show that it lives before it gets its first task."""
    from procrastinate.manager import JobManager

    class Manager(JobManager):
        async def register_worker(self) -> int:
            worker_id = await super().register_worker()
            await asyncio.to_thread(sign_of_life.begin, worker_id)
            return worker_id

    return Manager(app.connector)
