"""Two weeks with weekends, cross-lists, undecided papers and outages: each digest counts each paper once.

The expected numbers are counted from the sample papers, not from the database. In one process.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest

from acceptance.command import Desk, Section, desk_with, sample_paper
from notebot.app import announcements, digests
from notebot.app.resources import Resources
from notebot.config import load_config
from notebot.demo.sample_arxiv import Announcement, SamplePaper
from servers.faulty_arxiv import Fault, FaultKind, FaultyArxiv

MONDAY = date(2026, 5, 11)
DAYS = [MONDAY + timedelta(days=n) for n in range(14)]
WORKING = [day for day in DAYS if day.weekday() < 5]
CATEGORIES = ["cs.CL", "cs.LG", "cs.AI", "cs.CV", "stat.ML"]
TOPICS: list[Section] = [
    {"name": "Maths", "categories": CATEGORIES[:3], "query": "ti:mathematics"},
    {"name": "Anywhere", "categories": CATEGORIES[1:], "query": "theorems"},
    {"name": "Venue", "categories": ["cs.CL", "cs.CV"], "query": "co:ACL"},
]
LISTS = [("cs.CL",), ("cs.LG",), ("cs.CL", "cs.LG", "cs.AI"), ("cs.CV", "cs.LG"), ("stat.ML", "cs.LG"), ("cs.AI",)]
TITLES = ["On mathematics", "On cooking", "On theorems", "On gardens", "On walking"]


def paper(place: int, day: date, number: int) -> SamplePaper:
    # never at the edge of a batch: where a batch was missed, the neighbours' days decide
    later = WORKING[place + 1 : place + 2] if number % 9 == 5 else []
    return sample_paper(
        f"2605.{1000 * (place + 1) + number:05}",
        day,
        TITLES[number % len(TITLES)],
        categories=LISTS[(number + place) % len(LISTS)],
        announced=(Announcement(day, 1, "new"), *(Announcement(on, 2, "replace") for on in later)),
        comment={0: "Accepted to ACL", 1: "With theorems"}.get(number % 7),
    )


PAPERS = [paper(place, day, number) for place, day in enumerate(WORKING) for number in range(24)]
BY_ROW: dict[tuple[str, str], set[str]] = defaultdict(set)
for one in PAPERS:
    for announcement in one.announced:
        for name in one.categories:
            BY_ROW[f"{announcement.day:%m-%d}", name].add(one.arxiv_id)
ROW = re.compile(r"^\| (\d\d-\d\d) \| (\S+) \| (\S+) \|", re.MULTILINE)
ANNOUNCED = re.compile(r"^(?:公告 )?([\d]+) (?:announced|件) = ", re.MULTILINE)
DRAFTED = re.compile(r" = (?:下書き )?(\d+) (?:drafted )?\+ (?:既出|\d+ known)")
CORRECTION = re.compile(r"^(?:Correction for|訂正) \d\d-\d\d: (.*)[.。]$", re.MULTILINE)
CHANGE = re.compile(r"(announced|drafted|公告|下書き) ([+-])(\d+)")


class Fortnight:
    """The clock, the rounds and the digests, with a count of its own."""

    def __init__(self, arxiv: FaultyArxiv, desk: Desk) -> None:
        desk.write_config()
        self.arxiv = arxiv
        self.now = datetime(2026, 5, 11, 6, tzinfo=UTC)
        self.resources = Resources(load_config(desk.config), now=lambda: self.now)
        self.rows: set[tuple[str, str]] = set()
        """Day and category of the rows that a digest has reported."""
        self.counted: set[tuple[str, str]] = set()
        """Day and id of the papers that a headline has counted."""
        self.announced = self.drafted = 0
        """All headlines and corrections together."""

    def poll(self, day: date, hour: int = 6, *faults: Fault) -> None:
        self.now = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        self.arxiv.day = max(known for known in WORKING if known <= day)
        self.arxiv.set_faults(*faults)
        announcements.poll(self.resources)

    def digest(self) -> str:
        """Writes a digest and compares its account with the sample papers; returns *Coverage*."""
        path = digests.digest(self.resources).path
        if path is None:
            return ""
        text = Path(path).read_text(encoding="utf-8")
        coverage = text[text.index("## Coverage") :]
        rows = {(day, name): state for day, name, state in ROW.findall(coverage)}
        assert not rows.keys() & self.rows, "a row is reported twice"
        self.rows |= rows.keys()
        read = [row for row, state in rows.items() if state not in ("failed", "不明")]
        papers = {(day, name) for day, category in read for name in BY_ROW[day, category]} - self.counted
        self.counted |= papers
        headline, drafted = ANNOUNCED.search(coverage), DRAFTED.search(coverage)
        distinct = len({name for _, name in papers})
        assert (int(headline[1]) if headline else 0) == distinct, coverage
        self.announced += len(papers)
        self.drafted += int(drafted[1]) if drafted else 0
        for changes in CORRECTION.findall(coverage):
            numbers = {name: int(f"{sign}{number}") for name, sign, number in CHANGE.findall(changes.replace("−", "-"))}
            self.announced += numbers.get("announced", 0) + numbers.get("公告", 0)
            self.drafted += numbers.get("drafted", 0) + numbers.get("下書き", 0)
        return coverage


@contextmanager
def fortnight(folder: Path, language: str = "en") -> Iterator[Fortnight]:
    sections: dict[str, Section] = {"digest": {"language": language, "full": 2}}
    with desk_with(PAPERS, folder, topics=TOPICS, sections=sections) as (arxiv, desk):
        weeks = Fortnight(arxiv, desk)
        try:
            yield weeks
        finally:
            weeks.resources.store.close()


def down(service: Literal["feed", "api", "oai"], category: str | None = None) -> Fault:
    return Fault(service, FaultKind.UNAVAILABLE, category=category, times=None)


OUTAGES: dict[date, tuple[Fault, ...]] = {
    WORKING[2]: (down("feed", "cs.LG"),),
    WORKING[4]: (down("oai"),),
    WORKING[6]: (down("feed"), down("oai"), down("api")),
}
MISSED = WORKING[8]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_headline_is_the_number_of_distinct_papers_and_no_row_is_reported_twice(
    language: str, tmp_path: Path
) -> None:
    with fortnight(tmp_path, language) as weeks:
        for day in DAYS:
            if day == MISSED:
                continue
            weeks.poll(day, 6, *OUTAGES.get(day, ()))
            weeks.digest()
            if day.day % 3 == 0:  # a second poll and a second digest of the same day
                weeks.poll(day, 13)
                weeks.digest()
        weeks.poll(DAYS[-1] + timedelta(days=1))
        weeks.digest()
        stubs = weeks.resources.store.stubs.all()
    days = {f"{day:%m-%d}" for day in WORKING}
    assert {row for row in weeks.rows if row[0] in days} == {(day, name) for day in days for name in CATEGORIES}
    assert weeks.announced == len({(day, name) for (day, _), names in BY_ROW.items() for name in names})
    assert weeks.drafted == len(stubs) > 20


WORDS = {
    "all": (
        "Not known: no category could be read.",
        "不明: 読めた分類がありません。",
    ),
    "category": (
        "**Of 05-12 only cs.AI, cs.CL, cs.CV, stat.ML is known** — not known: cs.LG.",
        "**05-12 は cs.AI, cs.CL, cs.CV, stat.ML の分だけです** — 不明: cs.LG。",
    ),
    "oai": (
        "**OAI-PMH does not answer",
        "**OAI-PMH が応答していません",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    ("outage", "faults"),
    [
        ("all", (down("feed"), down("oai"), down("api"))),
        ("category", (down("feed", "cs.LG"),)),
        ("oai", (down("oai"),)),
    ],
)
def test_an_outage_is_said_as_what_it_is(outage: str, faults: tuple[Fault, ...], language: str, tmp_path: Path) -> None:
    with fortnight(tmp_path, language) as weeks:
        weeks.poll(MONDAY)
        weeks.digest()
        weeks.poll(WORKING[1], 6, *faults)
        coverage = weeks.digest()
        assert WORDS[outage][language == "ja"] in coverage
        assert "Nothing new" not in coverage
        assert "新しい公告はありません" not in coverage
        weeks.poll(WORKING[1], 13)
        weeks.poll(WORKING[2])
        coverage = weeks.digest()
        for words in WORDS.values():
            assert not any(sentence in coverage for sentence in words)
