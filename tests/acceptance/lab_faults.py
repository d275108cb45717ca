"""A lab of several machines whose processes, server and network fail at random, and what that cost.

Shared by the acceptance test and by ``bench/lab_faults.py``. The machines share the folder of the desks. Days are
announced one after the other. In the end every desk must have what the same curator has who is alone, with SQLite, and
whom nothing disturbs.
"""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from acceptance.command import (
    MATHEMATICS,
    NOTEBOT,
    PATIENCE_S,
    Desk,
    Done,
    Running,
    Section,
    clean_environment,
    run_here,
    table,
    urls_of,
)
from acceptance.kills import SIGHTED, TOPICS, Toll, toll
from servers.faulty_arxiv import FaultyArxiv
from servers.mail_server import MailServer
from servers.other_machine import OtherMachine
from servers.postgres_server import OWNER, PostgresServer
from servers.webhook_server import WebhookServer

PACE_S = 0.25
DESKS: dict[str, Sequence[Section]] = {"ada": TOPICS[:1], "ben": TOPICS[1:], "eve": [MATHEMATICS]}
UNION = [topic for topics in DESKS.values() for topic in topics]
SCHEDULE: Section = {"digest": "every 2s"}
# how matched papers were counted depends on which of two categories was filed first
COUNTS = """SELECT announced_on, category, state, fetched, recovered, unmatched, pending,
drafted + known + tombstoned + unwanted AS matched FROM ledger"""
COUNTS_OF_DAYS = """SELECT announced_on, CAST(sum(drafted) AS INTEGER) AS drafted, CAST(sum(known) AS INTEGER) AS known,
CAST(sum(tombstoned) AS INTEGER) AS tombstoned, CAST(sum(unwanted) AS INTEGER) AS unwanted
FROM ledger GROUP BY announced_on"""
_START_S = 0.3
"""How long a process that has ended is left alone, as by a service manager."""


class PacedArxiv(FaultyArxiv):
    """Reads at each request when its sender was allowed to send it, by the server's clock.

    The time of arrival would not do: on a loaded machine a request arrives late, and the next one in time.
    """

    def __init__(self, papers: Any = None) -> None:
        super().__init__(papers)
        self.url = ""
        self.sent_us: list[int | None] = []
        self.slowest_s = 0.0
        """Answers take a random time up to this, so that faults meet open requests."""
        self.chance = random.Random(1)

    def begin_count(self, url: str) -> None:
        """Forgets the requests so far, and reads the times from now on.

        Args:
            url: of the lab's database, for a superuser.
        """
        self.url, self.sent_us, self.max_open = url, [], 0
        with self._changed:
            self._log.clear()

    def serve(self, request: Any, handler: Any) -> None:
        if self.url:
            self.sent_us.append(self._sent_us())
        super().serve(request, handler)

    def plain_answer(self, request: Any) -> Any:
        if self.url:
            time.sleep(self.chance.uniform(0, self.slowest_s))
        return super().plain_answer(request)

    def _sent_us(self) -> int | None:
        try:
            with psycopg.connect(self.url, connect_timeout=2) as connection:
                row = connection.execute("SELECT started_us FROM pace").fetchone()
                return int(row[0]) if row else None
        except psycopg.Error:  # the server is being restarted
            return None

    def too_early(self) -> list[str]:
        """Requests that were sent sooner than a pace after the previous one."""
        gaps_us = [later - sooner for sooner, later in pairwise(us for us in self.sent_us if us is not None)]
        return [f"a request {gap_us / 1e6:.3f} s after another" for gap_us in gaps_us if gap_us < PACE_S * 1e6]


@dataclass
class DeskOfLab(Desk):
    """A desk of the lab; commands act on it, and its files are in its folder."""

    lab: Path = Path()
    url: str = ""

    @property
    def name(self) -> str:
        return self.folder.name

    def run(self, *arguments: str, now: str | None = None, **environment: str) -> Done:
        """Runs the command line for this desk, in this process."""
        words = ("--config", str(self.lab), "--desk", self.name, *arguments)
        return run_here(*words, cwd=self.lab.parent, env=self._environment(now, environment))

    def rows(self, query: str) -> list[dict[str, Any]]:
        """What the database says of the desk."""
        with psycopg.connect(self.url, autocommit=True, row_factory=dict_row) as connection:
            connection.execute("SELECT set_config('notebot.desk', %s, false)", (self.name or "(hub)",))
            return connection.execute(query.encode()).fetchall()


@dataclass
class Machine:
    """A file of the lab in the folder that all machines share, and how processes are started there."""

    name: str
    folder: Path
    """With the files of the desks."""
    url: str
    """Of the database, as this machine reaches it."""
    prefix: tuple[str, ...] = ()
    fast_by: timedelta = timedelta(0)
    """Of its clock."""

    @property
    def config(self) -> Path:
        return self.folder / f"{self.name}.toml"

    def write_files(self, arxiv: FaultyArxiv, targets: Callable[[str], Sequence[Section]]) -> None:
        """Writes the lab's file and those of the desks."""
        (self.folder / "desks").mkdir(parents=True, exist_ok=True)
        lab: list[tuple[str, Section]] = [
            ("[notebot]", {"contact": "lab@example.org", "database": self.url, "state_dir": f"state-{self.name}"}),
            ("[arxiv]", {**urls_of(arxiv), "pace_s": PACE_S, "timeout_s": 5.0, "retry_s": 0.0}),
            ("[schedule]", {"poll": "every 1s"}),
            ("[lab]", {"desks": "desks/*.toml"}),
        ]
        self.config.write_text("\n".join(table(*each) for each in lab), encoding="utf-8")
        for name, topics in DESKS.items():
            desk: list[tuple[str, Section]] = [("[digest]", {"language": "en"}), ("[schedule]", SCHEDULE)]
            desk += [("[[topics]]", topic) for topic in topics]
            desk += [("[[deliver]]", target) for target in targets(name)]
            text = "\n".join(table(*each) for each in desk)
            (self.folder / f"desks/{name}.toml").write_text(text, encoding="utf-8")

    def start(self, words: Sequence[str], now: datetime) -> Running:
        at = (now + self.fast_by).isoformat()
        command = (*self.prefix, NOTEBOT, "--config", str(self.config), *words)
        return Running(command, self.folder, {**clean_environment(self.folder), "NOTEBOT_NOW": at})


@dataclass
class Service:
    """A process that is started again whenever it has ended."""

    machine: Machine
    words: tuple[str, ...]
    running: Running | None = None
    ended_at: float = 0.0
    may_be_killed: bool = True
    said: list[str] = field(default_factory=list)
    """What each of its processes has written to stderr."""

    @property
    def name(self) -> str:
        return " ".join((self.machine.name, *self.words))

    @property
    def has_worked(self) -> bool:
        """Whether the process that runs now has said more than that it begins."""
        return self.running is not None and self.running.said.count("\n") > 1

    def keep_up(self, now: datetime) -> None:
        """Starts it if it does not run."""
        if self.running is not None and self.running.process.poll() is not None:
            self._bury()
        if self.running is None and time.monotonic() - self.ended_at > _START_S:
            self.running = self.machine.start(self.words, now)

    def kill(self) -> bool:
        """Ends it at once; False if it does not run."""
        if self.running is None or self.running.process.poll() is not None:
            return False
        self.running.process.kill()
        self.running.process.wait()
        self._bury()
        return True

    def ask_to_stop(self) -> None:
        """Ends it as a service manager does."""
        if self.running is not None:
            self.running.process.terminate()

    def wait_for_end(self) -> None:
        if self.running is not None:
            code = self.running.process.wait(PATIENCE_S)
            # the signal may come before a process that was just started handles it
            assert code in (0, -signal.SIGTERM), (self.name, code, self.running.said)
            self._bury()
        self.ended_at = 0.0

    def _bury(self) -> None:
        assert self.running is not None
        self.said.append(self.running.said)
        self.running, self.ended_at = None, time.monotonic()


@dataclass
class Ends:
    """Where digests are delivered to."""

    mail: MailServer
    hook: WebhookServer

    @property
    def count(self) -> int:
        return len(self.mail.received) + len(self.hook.received)

    def targets(self, desk: str) -> list[Section]:
        mail = {"to": f"{desk}@example.org", "from": "bot@example.org", "smtp": self.mail.url}
        return [
            {"name": "mail", "kind": "mail", "events": ["digest"], **mail},
            {
                "name": "hook",
                "kind": "webhook",
                "events": ["digest"],
                "url": f"{self.hook.url}/{desk}",
                "allow_private": True,
            },
        ]

    def received(self, desk: str) -> dict[str, Counter[tuple[str, str]]]:
        """What came for a desk by mail and webhook: how often each id, and the digest that it brought."""
        mails = [mail for mail in self.mail.received if mail["To"] == f"{desk}@example.org"]
        hooks = [each for each in self.hook.received if each.path == f"/{desk}"]
        assert len({mail.as_bytes() for mail in mails}) == len({mail["Message-ID"] for mail in mails})
        return {
            "mail": Counter((str(mail["Message-ID"]), _digest_in(mail)) for mail in mails),
            "hook": Counter((each.headers["webhook-id"], each.json["data"]["name"]) for each in hooks),
        }


def _digest_in(mail: Any) -> str:
    text: str = mail.get_body(("plain",)).get_content()
    return next(line.removeprefix("File: ") for line in text.splitlines() if line.startswith("File: "))


@dataclass
class Cost:
    """What the faults cost; nothing, if all is well."""

    tolls: dict[str, Toll] = field(default_factory=dict)
    """By desk, and of the hub's announcements."""
    over_pace: list[str] = field(default_factory=list)
    deliveries: list[str] = field(default_factory=list)
    """Digests that were not delivered, or under two ids."""
    repeated: int = 0
    """Messages that came once more under their id, which delivery allows after a kill."""
    sentences: list[str] = field(default_factory=list)
    """What no process may write: a traceback."""

    @property
    def is_nothing(self) -> bool:
        return not (self.over_pace or self.deliveries or self.sentences) and all(
            each == Toll() for each in self.tolls.values()
        )


@dataclass
class Campaign:
    """Several machines, one server, one arXiv, and chance."""

    folder: Path
    chance: random.Random
    server: PostgresServer
    arxiv: PacedArxiv
    ends: Ends
    url: str
    services: list[Service] = field(default_factory=list)
    desks: list[DeskOfLab] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    """Kills and restarts, by what was hit."""
    cut_machine: OtherMachine | None = None
    _day: date = date.min
    _began: float = 0.0

    def add_machine(self, machine: Machine, commands: Sequence[tuple[str, ...]]) -> None:
        machine.write_files(self.arxiv, self.ends.targets)
        self.services += [Service(machine, words) for words in commands]
        if not self.desks:
            desks = machine.folder / "desks"
            self.desks = [DeskOfLab(desks / name, lab=machine.config, url=self.url) for name in DESKS]

    @property
    def now(self) -> datetime:
        """Goes on over all processes: a process that is started later has a later clock."""
        noon = datetime(self._day.year, self._day.month, self._day.day, 5, tzinfo=UTC)
        return noon + timedelta(seconds=time.monotonic() - self._began)

    def live_through(self, day: date, events: Sequence[Callable[[], None]], alone: Alone) -> None:
        """Announces a day, lets things happen while everybody works, and waits until the work is done."""
        self._day, self._began, self.arxiv.day = day, time.monotonic(), day
        self.keep_up()
        for event in events:
            self._wait_for_moment()
            event()
        deadline = time.monotonic() + PATIENCE_S
        while not self.has_all(alone):
            self.keep_up()
            assert time.monotonic() < deadline, f"the work of {day} is not done: {self.state()}"
            time.sleep(0.2)
        for service in self.services:
            service.ask_to_stop()
        for service in self.services:
            service.wait_for_end()

    def end(self) -> None:
        """Ends every process that still runs, as after a failure."""
        for service in self.services:
            service.kill()

    def keep_up(self) -> None:
        for service in self.services:
            service.keep_up(self.now)

    def kill_one(self) -> None:
        """Kills a random process, and starts those that have ended."""
        able = [service for service in self.services if service.may_be_killed]
        while not (service := self.chance.choice(able)).kill():
            self.keep_up()
            time.sleep(0.05)
        self.done[f"kill {service.words[-1] if service.words[0] != '--desk' else 'desk'}"] += 1
        self.keep_up()

    def restart_server(self) -> None:
        mode = self.chance.choice(["fast", "immediate"])
        self.server.restart(mode)
        self.done[f"restart {mode}"] += 1
        self.keep_up()

    def end_connection(self) -> None:
        """Ends a random connection to the server, as an administrator can."""
        with psycopg.connect(self.server.url("lab"), autocommit=True) as session:
            pids = session.execute(f"SELECT pid FROM pg_stat_activity WHERE usename = '{OWNER}'".encode()).fetchall()
            if pids:
                session.execute("SELECT pg_terminate_backend(%s)", self.chance.choice(sorted(pids)))
                self.done["connection"] += 1

    def cut(self) -> None:
        """Cuts the other machine off."""
        assert self.cut_machine is not None
        for service in self.services:
            service.may_be_killed = not service.machine.prefix
        self.cut_machine.cut()
        self.done["cut"] += 1

    def mend(self) -> None:
        assert self.cut_machine is not None
        self.cut_machine.mend()
        for service in self.services:
            service.may_be_killed = True

    def _wait_for_moment(self) -> None:
        """A random while, or until a little after something has arrived somewhere."""
        until = time.monotonic() + self.chance.uniform(0.1, 1.5)
        count = self.ends.count + len(self.arxiv.log)
        waits_for_arrival = self.chance.random() < 0.5
        while time.monotonic() < until:
            self.keep_up()
            if waits_for_arrival and self.ends.count + len(self.arxiv.log) > count:
                time.sleep(self.chance.uniform(0, 0.1))
                return
            time.sleep(0.02)

    def has_all(self, alone: Alone) -> bool:
        """Whether each desk has the stubs of the curator alone, and everything is delivered."""
        try:
            return len(self.hub.rows(SIGHTED)) == alone.announced[self._day] and all(
                desk.statuses() == alone.statuses[self._day][desk.name]
                and not desk.rows("SELECT 1 FROM digests WHERE written_at IS NULL")
                and not desk.rows("SELECT 1 FROM deliveries WHERE state <> 'done'")
                and not desk.rows("SELECT 1 FROM stubs WHERE wants_metadata = 1")
                for desk in self.desks
            )
        except psycopg.Error:
            return False

    def state(self) -> str:
        """For the message of a failure."""
        queries = ("SELECT status, count(*) FROM stubs GROUP BY 1", "SELECT state, count(*) FROM deliveries GROUP BY 1")
        states = {desk.name: [desk.rows(query) for query in queries] for desk in self.desks}
        return f"{states}; " + "; ".join(f"{each.name}: {self._last_words(each)}" for each in self.services)

    @staticmethod
    def _last_words(service: Service) -> str:
        said = service.running.said if service.running else "".join(service.said[-1:])
        return said[-600:]

    @property
    def hub(self) -> DeskOfLab:
        return DeskOfLab(Path(), url=self.url)

    def cost(self, alone: Alone) -> Cost:
        """Compares every desk with the curator alone, and the hub's announcements with those of the union."""
        cost = Cost(over_pace=self.arxiv.too_early())
        if self.arxiv.max_open > 1:
            cost.over_pace.append(f"{self.arxiv.max_open} connections at once")
        for desk in self.desks:
            cost.tolls[desk.name] = toll(desk, alone.desks[desk.name], (COUNTS, COUNTS_OF_DAYS))
            written = {str(row["name"]) for row in desk.rows("SELECT name FROM digests WHERE written_at IS NOT NULL")}
            for target, came in self.ends.received(desk.name).items():
                digests = Counter(name for _, name in came)
                if set(digests) != written or set(digests.values()) != {1}:
                    cost.deliveries.append(f"{target} of {desk.name}: {came}, written {written}")
                cost.repeated += came.total() - len(came)
        seen, due = (Counter(map(str, each.rows(SIGHTED))) for each in (self.hub, alone.union))
        cost.tolls["hub"] = Toll(lost=[*(due - seen)], doubled=[*(seen - due)])
        for service in self.services:
            said = "\n".join(service.said)
            bad = [line for line in said.splitlines() if "Traceback" in line or "failed unexpectedly" in line]
            cost.sentences += [f"{service.name}: {line}" for line in bad]
        return cost


@dataclass
class Alone:
    """The same curators, each alone with SQLite, and one who watches what all of them watch; nothing disturbs them."""

    arxiv: FaultyArxiv
    folder: Path
    desks: dict[str, Desk] = field(default_factory=dict)
    union: Desk = field(init=False)
    statuses: dict[date, dict[str, dict[str, str]]] = field(default_factory=dict)
    """After each day, by desk: paper → status."""
    announced: dict[date, int] = field(default_factory=dict)
    """After each day, how often anything was announced."""

    def __post_init__(self) -> None:
        named = [{**topic, "name": f"{topic['name']} {number}"} for number, topic in enumerate(UNION)]
        for name, topics in (*DESKS.items(), ("union", named)):
            (self.folder / name).mkdir(parents=True)
            self.desks[name] = Desk(self.folder / name, urls_of(self.arxiv), topics)
        self.union = self.desks.pop("union")

    def live_through(self, day: date) -> None:
        self.arxiv.day = day
        for desk in (*self.desks.values(), self.union):
            for command in ("poll", "digest"):
                desk.ok(command, now=f"{day}T05:00+00:00")
        self.statuses[day] = {name: desk.statuses() for name, desk in self.desks.items()}
        self.announced[day] = len(self.union.rows(SIGHTED))


def owner_url(server: PostgresServer, host: str = "127.0.0.1") -> str:
    """The lab's database over TCP, for its owner."""
    return server.tcp_url("lab", OWNER).replace("127.0.0.1", host)


def make_database(server: PostgresServer) -> None:
    """Makes the lab's database and its owner, who may connect from any address."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {OWNER} LOGIN".encode())
        connection.execute(f"CREATE DATABASE lab OWNER {OWNER}".encode())
