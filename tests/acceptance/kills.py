"""``kill -9`` at random moments of poll, digest, catch-up and backfill, and what it came to.

Shared by the acceptance test and by ``bench/crash.py``.
"""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from acceptance.command import MONDAY, TUESDAY, WEDNESDAY, Desk, Section, sample_paper, urls_of
from notebot.demo.sample_arxiv import Announcement, Revision, SamplePaper, default_papers
from servers.faulty_arxiv import FaultyArxiv

TOPICS: list[Section] = [
    {"name": "Language", "categories": ["cs.CL", "cs.AI"], "announce": ["new", "cross", "replace"]},
    {"name": "Learning", "categories": ["cs.LG"], "query": "abs:learning OR abs:training OR ti:proof*"},
    {"name": "Vision", "categories": ["cs.CV"]},
    {"name": "Maths", "categories": ["cs.CL", "cs.LG"], "query": "ti:mathematics"},
]
LAST_DAY = date(2026, 5, 20)
"""A Wednesday; nobody polls between it and the Wednesday before."""
GAP = [WEDNESDAY + timedelta(days) for days in (1, 2, 5, 6)]
POLL, DIGEST = ("poll",), ("digest",)
BACKFILL = ("backfill", "--topic", "Maths", "--since", "2026-03-01", "--until", "2026-04-30")
Words = tuple[str, ...]


@dataclass(frozen=True)
class Phase:
    """A day, and the commands that a curator gives on it."""

    name: str
    day: date
    commands: Sequence[Words]

    @property
    def now(self) -> str:
        return f"{self.day}T14:00+09:00"

    def called(self, command: Words) -> str:
        """The word under which kills of a command are counted."""
        return self.name if command == POLL else command[0]


PHASES = (
    Phase("poll", MONDAY, (POLL, DIGEST)),
    Phase("poll", TUESDAY, (POLL, DIGEST)),
    Phase("poll", WEDNESDAY, (POLL, DIGEST)),
    Phase("catch-up", LAST_DAY, (POLL, DIGEST)),
    Phase("backfill", LAST_DAY, (BACKFILL, BACKFILL, DIGEST)),
)


def papers() -> list[SamplePaper]:
    """The bundled ones, a week that is missed, and two months before them for the backfill."""
    return [*default_papers(), *missed(), *old()]


def missed() -> list[SamplePaper]:
    """Papers of each missed day and of the day after; the first of each day was replaced within the gap."""
    return [_missed(95000 + 100 * place + n, day, n) for place, day in enumerate([*GAP, LAST_DAY]) for n in range(25)]


def _missed(number: int, day: date, n: int) -> SamplePaper:
    new = Announcement(day, 1, "new")
    again = n == 10 and day == GAP[0]
    return sample_paper(
        f"2605.{number}",
        day,
        f"On {'mathematics' if n % 3 else 'learning'}, part {number}",
        categories=(("cs.CL", "cs.LG"), ("cs.CV",), ("cs.LG", "cs.CV"), ("cs.AI",), ("cs.CL",))[n % 5],
        announced=(new, Announcement(GAP[2], 2, "replace")) if again else (new,),
        revisions=(Revision(2, datetime(2026, 5, 16, 9, tzinfo=UTC), title="On learning, anew"),) if again else (),
        comment="Accepted to ACL 2026" if n % 4 == 0 else None,
    )


def old(count: int = 450) -> list[SamplePaper]:
    """Three pages of a search."""
    days = [date(2026, 3, 2) + timedelta(58 * n // count) for n in range(count)]
    return [
        sample_paper(f"{day:%y%m}.{n:05}", day + timedelta(1), "On mathematics" if n % 3 == 0 else "On cooking")
        for n, day in enumerate(days)
    ]


def made_ready(arxiv: FaultyArxiv, folder: Path) -> Desk:
    """A desk in a folder of its own, and lists that come in pages."""
    arxiv.oai_page_size = 30
    folder.mkdir(parents=True)
    return Desk(folder, urls_of(arxiv), TOPICS)


def go_through(arxiv: FaultyArxiv, desk: Desk, killer: Killer | None = None, kills: int = 0) -> None:
    """Every phase to its end; before that, some of its commands are killed."""
    for phase in PHASES:
        arxiv.day = phase.day
        for _ in range(kills if killer else 0):
            assert killer is not None
            killer.kill_one(desk, phase)
        for command in dict.fromkeys(phase.commands):
            desk.ok(*command, now=phase.now)


@dataclass
class Killer:
    """Kills commands at random moments of their life, which it learns from those that got away."""

    chance: random.Random
    killed: Counter[str] = field(default_factory=Counter)
    life_s: dict[str, float] = field(default_factory=dict)

    def kill_one(self, desk: Desk, phase: Phase) -> None:
        """Starts commands of the phase until one was killed before its end."""
        while True:
            command = self.chance.choice(phase.commands)
            called = phase.called(command)
            began = time.monotonic()
            with desk.start_forked(*command, now=phase.now) as running:
                running.process.join(self.chance.uniform(0.05, 1.0) * self.life_s.get(called, 0.3))
                if running.process.is_alive():
                    self.killed[called] += 1
                    return
            self.life_s[called] = time.monotonic() - began


@dataclass
class Toll:
    """What kills cost, against an undisturbed run."""

    lost: list[str] = field(default_factory=list)
    """Papers without a stub, or that no digest links."""
    doubled: list[str] = field(default_factory=list)
    """Papers that digests link more than once, and what was not there at all."""
    wrong: list[str] = field(default_factory=list)
    """Anything else that differs."""


SUMS = """SELECT announced_on, category, state, fetched, recovered, unmatched, pending, drafted, known, tombstoned,
unwanted FROM ledger"""
SIGHTED = "SELECT category, arxiv_id, version, announced_on, announce_type, came_by FROM announcements"


def toll(struck: Desk, plain: Desk, queries: Sequence[str] = (SUMS, SIGHTED)) -> Toll:
    """Topics and tags may differ: a category that is met after a digest adds none to a stub that stands in it.

    Args:
        queries: whose rows must be the same for both.
    """
    expected, found = plain.stubs(), struck.stubs()
    linked, due = links(struck), links(plain)
    result = Toll(
        lost=sorted({*(set(expected) - set(found)), *(due - linked)}),
        doubled=sorted({*(set(found) - set(expected)), *(linked - due)}),
        wrong=[
            f"{name}.{key}: {stub[key]!r}, not {expected[name][key]!r}"
            for name, stub in found.items()
            for key in ("title_line", "status", "announced_on", "complete", "comment", "summary", "version")
            if name in expected and stub[key] != expected[name][key]
        ],
    )
    for query in queries:
        result.wrong += _differences(struck.rows(query), plain.rows(query))
    if struck.database.exists() and struck.rows("PRAGMA integrity_check") != [{"integrity_check": "ok"}]:
        result.wrong.append("the database is damaged")
    halves = [str(path) for path in struck.folder.rglob("*.part")]
    return Toll(result.lost, result.doubled, [*result.wrong, *halves])


def _differences(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> list[str]:
    had, due = Counter(map(str, found)), Counter(map(str, expected))
    return [*(f"not there: {row}" for row in due - had), *(f"too much: {row}" for row in had - due)]


def links(desk: Desk) -> Counter[str]:
    """How often each paper is linked, over all digests; every one of them is whole."""
    texts = [path.read_text(encoding="utf-8") for path in desk.digests()]
    assert all(text.endswith("<!-- /nb digest -->\n") for text in texts)
    return Counter(link for text in texts for link in re.findall(r"https://arxiv\.org/abs/([^\s<]+)", text))
