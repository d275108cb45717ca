"""What the tasks of a lab's workers do: each does what is due, and says what is to be done next.

due of the lab | poll, fan-outs of desks that lack the last poll, looks at the desks
look           | the kinds of work of a desk that are due (``desk_work.py``)
"""

from __future__ import annotations

import logging
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from notebot.app import lab
from notebot.app.announcements import poll_is_due
from notebot.app.desk_work import KINDS, DeskWork, Outages
from notebot.config.lab import Lab
from notebot.core.model.errors import ConfigError, NotebotError, ServerAwayError, StateError
from notebot.core.model.worker_record import SILENT_AFTER
from notebot.core.net.pace import Stopped
from notebot.core.supervisor import supervised
from notebot.core.text.counted import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from notebot.app.resources import Resources
    from notebot.config import Config
    from notebot.features.topics.rules.topic import Topic

logger = logging.getLogger(__name__)

PAUSE_S = 60.0
"""How long a process leaves work alone that failed."""
READ_AGAIN_S = 2.0
"""How long the list of the desks is used before the folder is read again."""
SLICE = 25
"""Desks of one fan-out task, which reads the hub's rows once for all of them."""
LOOKED_AT_PER_TICK = 250
"""Desks that are looked at in one tick; with more of them, each is looked at every few ticks."""
_FILE = "The config"


class Wanted(NamedTuple):
    """A task to defer."""

    kind: str
    desks: tuple[str, ...] = ()
    in_s: float = 0.0


class LabWork:
    """The work of one process for a lab; its methods are called in threads, several at the same time.

    Args:
        hub: its config is that of the lab's file.
    """

    def __init__(self, hub: Resources, say: Callable[[str], None], warn: Callable[[str], None]) -> None:
        self._hub = hub
        self._say = say
        self._warn = warn
        self._outages: dict[str, Outages] = {}
        """By desk; '' is the hub."""
        self._paused_until: dict[tuple[str, str], float] = {}
        self._open: list[Resources] = []
        self._lab_read: tuple[float, Lab | None] = (0.0, None)
        self._last_good: dict[str, Sequence[Topic]] = {}

    def abort_requests(self) -> None:
        """Aborts the requests of all tasks; may be called from any thread."""
        for resources in list(self._open):
            resources.abort_requests()

    def do(self, kind: str, desks: tuple[str, ...]) -> list[Wanted]:
        """Does one task; returns what follows from it."""
        if kind == "poll":
            return self._poll()
        if kind == "fan_out":
            return self._fan_out(desks)
        if kind == "look":
            return self._look(desks)
        return [each for desk in desks for each in self._work(kind, desk)]

    def due_of_lab(self, tick: int) -> list[Wanted]:
        """What is due for the whole lab."""
        wanted: list[Wanted] = []
        with self._unit("tick", ""), self._opened(self._lab().hub(need_topics=False)) as hub:
            hub.store.workers.prune(hub.store.now() - SILENT_AFTER)
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
        return [Wanted("fan_out", each) for each in _slices(self._behind(hub, names))]

    def _behind(self, hub: Resources, names: Sequence[str]) -> list[str]:
        """The desks that do not have the last poll."""
        last, received = hub.store.runs.last("poll"), hub.store.fan_outs.received()
        if last is None:
            return []
        return [
            name for name in names if received.get(name) != last.started_at and not self._is_paused("fan_out", name)
        ]

    def _poll(self) -> list[Wanted]:
        with self._unit("poll", ""), self._opened(self._lab().hub(last_good=self._last_good)) as hub:
            if DeskWork(hub, self.outages_of("")).poll():
                return self._fan_outs(hub, hub.config.desks or ())
        return []

    def _fan_out(self, desks: tuple[str, ...]) -> list[Wanted]:
        done, drafted = [], 0
        with self._unit("fan_out", ""), self._opened(self._lab().hub(need_topics=False)) as hub:
            for result in lab.fan_out(hub, self._behind(hub, desks)):
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
            KINDS[kind].do(DeskWork(resources, self.outages_of(desk)))
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
        subject = f"The job {kind.replace('_', '-')}"
        try:
            with suppress(Stopped), supervised(f"{subject} of the desk {desk}" if desk else subject):
                yield
        except ConfigError as error:  # once for all kinds of work, and it costs nothing to look again
            self.outages_of(desk).failed_anew(_FILE, str(error))
        except ServerAwayError as error:  # the queue on the same server reports it
            logger.debug("%s", error)
        except NotebotError as error:
            self._paused_until[kind, desk] = time.monotonic() + PAUSE_S
            self.outages_of(desk).failed_anew(subject, str(error))
        else:
            self.outages_of(desk).worked(_FILE)
            if not begins:
                self.outages_of(desk).worked(subject)

    def exist(self, desks: Sequence[str]) -> bool:
        """True if one of the desks has a file, or if that cannot be known; True for the hub."""
        try:
            return not desks or any(desk in self._lab().files for desk in desks)
        except NotebotError:
            return True

    def _is_paused(self, kind: str, desk: str) -> bool:
        return time.monotonic() < self._paused_until.get((kind, desk), 0.0)

    def outages_of(self, desk: str) -> Outages:
        if desk not in self._outages:
            prefix = f"desk {desk}: " if desk else ""
            self._outages[desk] = Outages(
                lambda line: self._say(prefix + line), lambda line: self._warn(prefix + line), self._hub.clock
            )
        return self._outages[desk]


def _slices(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(names[start : start + SLICE]) for start in range(0, len(names), SLICE))
