"""Two weeks of polls that are made or not, of feeds that are late and of faults, all by chance: nothing is lost.

In one process, on the sample arXiv: the rounds are the same, and there can be many of them.
"""

import itertools
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from acceptance.command import Desk, Section, desk_with, sample_paper
from notebot.app import announcements
from notebot.app.resources import Resources
from notebot.config import load_config
from notebot.demo.sample_arxiv import Announcement, SamplePaper
from servers.faulty_arxiv import Fault, FaultKind, FaultyArxiv

DAYS = [date(2026, 5, day) for day in (11, 12, 13, 14, 15, 18, 19, 20, 21, 22)]
AFTER = date(2026, 5, 25)
TOPICS: list[Section] = [
    {"name": "Maths", "categories": ["cs.CL", "cs.LG"], "query": "ti:mathematics"},
    {"name": "Venue", "categories": ["cs.CL"], "query": "co:ACL"},
]
BELONGS = [("cs.CL",), ("cs.LG",), ("cs.CL", "cs.LG"), ("cs.CV", "cs.LG"), ("cs.LG", "cs.CV")]
SLOW_KINDS = {FaultKind.HANG, FaultKind.DRIP, FaultKind.HUGE, FaultKind.NO_SUCH_HOST}
UNSEEN_IN_OAI = {FaultKind.LOST_ENTRY}
"""A record that is left out of a page without a trace: nobody could tell."""


def papers(chance: random.Random) -> list[SamplePaper]:
    return [_paper(chance, 1000 * place + n, day) for place, day in enumerate(DAYS, 1) for n in range(30)]


def _paper(chance: random.Random, number: int, day: date) -> SamplePaper:
    later = [each for each in DAYS if each > day]
    again = sorted(chance.sample(later, min(len(later), chance.choice([1, 1, 2])))) if chance.random() < 0.1 else []
    return sample_paper(
        f"2605.{number:05}",
        day,
        f"On {'mathematics' if chance.random() < 0.4 else 'cooking'}, part {number}",
        categories=chance.choice(BELONGS),
        announced=(Announcement(day, 1, "new"), *(Announcement(on, n, "replace") for n, on in enumerate(again, 2))),
        comment="Accepted to ACL" if chance.random() < 0.1 else None,
        published=datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - timedelta(chance.choice([1, 1, 20])),
    )


def is_wanted(paper: SamplePaper) -> bool:
    watched = {"cs.CL", "cs.LG"} & set(paper.categories)
    return bool(watched) and ("mathematics" in paper.title or (paper.comment is not None and "cs.CL" in watched))


def faults(chance: random.Random) -> list[Fault]:
    drawn = [_fault(chance) for _ in range(chance.choice([0, 0, 1, 1, 2, 3]))]
    return [fault for fault in drawn if fault.service != "oai" or fault.kind not in UNSEEN_IN_OAI]


def _fault(chance: random.Random) -> Fault:
    service: Any = chance.choice(["feed", "api", "oai"])
    kind = chance.choice([kind for kind in FaultKind if kind not in SLOW_KINDS])
    if kind is FaultKind.BAD_TOKEN:
        service = "oai"
    wait = chance.choice([None, None, "3600", "999999"])
    return Fault(service, kind, chance.choice([None, 1, 2, 3]), times=chance.choice([1, 1, 2, None]), retry_after=wait)


class Weeks:
    """The clock, the rounds, and what they leave."""

    def __init__(self, arxiv: FaultyArxiv, desk: Desk) -> None:
        desk.write_config()
        self.arxiv = arxiv
        self.now = datetime(2026, 5, 11, 6, tzinfo=UTC)
        self.resources = Resources(load_config(desk.config), now=lambda: self.now)

    def poll(self, day: date, hour: int, *struck: Fault) -> str:
        self.now = datetime(day.year, day.month, day.day, hour, 5, tzinfo=UTC)
        self.arxiv.day = day
        self.arxiv.set_faults(*struck)
        return announcements.poll(self.resources).status

    def go_through(self, chance: random.Random) -> None:
        self.poll(DAYS[0], 6)
        for before, day in itertools.pairwise(DAYS[:-1]):
            for hour in sorted(chance.sample([5, 6, 13, 15, 20], chance.choice([0, 0, 1, 1, 2, 3]))):
                self.arxiv.day_of = {chance.choice(["cs.CL", "cs.LG"]): before} if chance.random() < 0.2 else {}
                self.poll(day, hour, *faults(chance))
        self.arxiv.day_of = {}
        assert "ok" in {self.poll(DAYS[-1], 6), self.poll(DAYS[-1], 20)}
        assert self.poll(AFTER, 20) == "ok"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(24))
def test_whatever_happens_in_two_weeks_nothing_is_lost_or_doubled(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    held = papers(chance)
    with desk_with(held, tmp_path, topics=TOPICS) as (arxiv, desk):
        arxiv.oai_page_size = chance.choice([7, 40, 2000])
        weeks = Weeks(arxiv, desk)
        weeks.go_through(chance)
        stubs = {stub.arxiv_id: stub for stub in weeks.resources.store.stubs.all()}
        rows = weeks.resources.store.ledger.rows()
        weeks.resources.store.close()
    newest = {paper.arxiv_id: paper.newest for paper in held if is_wanted(paper)}
    assert {name: stub.version for name, stub in stubs.items()} == newest
    assert all(stub.complete for stub in stubs.values())
    assert sum(row.counts.drafted for row in rows) == len(stubs)
    assert all(row.counts.announced == row.counts.unmatched + row.counts.matched for row in rows)
    assert not any(row.counts.pending for row in rows if row.announced_on < DAYS[-1])
    states = Counter(str(row.state) for row in rows if row.announced_on in DAYS)
    assert states == {"fresh": 2 * len(DAYS)}
