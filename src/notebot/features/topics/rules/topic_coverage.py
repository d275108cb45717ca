"""What a topic would have brought of the papers that the curator noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.note_format.issue_body import normalise_line_ends
from notebot.core.note_format.title_line import parse_title_line
from notebot.features.topics.rules.matching import TopicIndex, prepare

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from notebot.core.model.note import Note
    from notebot.features.topics.rules.topic import Topic

SHOWN_TITLES = 5


class ArchiveCheck(Struct, frozen=True):
    """One topic against notes. A note does not tell the paper's categories: all are taken to be watched."""

    notes: int
    """Notes of arXiv papers in the window; no topic could have brought the others."""
    brought: int
    """Of these, how many match; what hangs on an unknown comment or journal reference does not."""
    missed: int
    """How many carry all of the topic's tags and do not match; 0 for a topic without tags."""
    missed_titles: tuple[str, ...]
    """The title lines of the newest of them."""
    per_day: float | None = None
    """Papers a day by the stored entries; ``None`` without any."""


class _NotedPaper(Struct, frozen=True):
    """As much of a paper as its note tells."""

    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...] = ()
    journal_ref: str | None = None


def check_archive(topics: Sequence[Topic], notes: Iterable[Note], since: date) -> list[ArchiveCheck]:
    """Each topic against the notes of arXiv papers with an Issue Date from ``since`` on."""
    dated = [(note.issue_date, note) for note in notes if note.arxiv_id and note.issue_date]
    recent = [(day, note) for day, note in dated if day >= since]
    recent.sort(key=lambda one: (one[0], one[1].number or 0), reverse=True)
    index = TopicIndex(topics)
    brought = [(note, _brought_by(index, note)) for _, note in recent]
    return [_check(topic, brought) for topic in topics]


def _brought_by(index: TopicIndex, note: Note) -> set[str]:
    prepared = prepare(_paper(note), None, complete=False)
    return {match.topic.name for match in index.match(prepared, None).matched}


def _check(topic: Topic, brought: Sequence[tuple[Note, set[str]]]) -> ArchiveCheck:
    tags = set(topic.tags)
    missed = [note.title_line for note, names in brought if tags and tags <= {*note.tags} and topic.name not in names]
    count = sum(topic.name in names for _, names in brought)
    return ArchiveCheck(len(brought), count, len(missed), tuple(missed[:SHOWN_TITLES]))


def _paper(note: Note) -> _NotedPaper:
    parsed = parse_title_line(note.title_line)
    body = normalise_line_ends(note.body or "")
    text = _abstract(body) or f"{body}\n{note.summary or ''}"
    return _NotedPaper(parsed.title, text, (parsed.first_author,) if parsed.first_author else ())


def _abstract(body: str) -> str:
    """What stands under ``# Abstract``, up to the next heading."""
    inside, found = False, []
    for line in body.split("\n"):
        if line.startswith("# "):
            inside = line[2:].strip().lower() == "abstract"
        elif inside:
            found.append(line)
    return "\n".join(found).strip()
