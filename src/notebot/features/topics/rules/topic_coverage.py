"""Compares topics with the papers of the notes in the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.note_format.issue_body import normalise_line_ends
from notebot.core.note_format.title_line import parse_title_line
from notebot.features.topics.rules.matching import TopicIndex, prepare

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from notebot.core.model.note import Note
    from notebot.features.topics.rules.topic import Topic

SHOWN_TITLES = 5


class ArchiveCheck(Struct, frozen=True):
    """One topic compared with notes."""

    notes: int
    """Number of notes of arXiv papers in the window; topics cannot match other notes."""
    brought: int
    """How many of these match; undecided ones (unknown comment or journal reference) do not count. A paper whose
    categories are known has to be in one of the topic's; notes do not record them."""
    missed: int
    """How many have all of the topic's tags but do not match; 0 for a topic without tags."""
    missed_titles: tuple[str, ...]
    """The title lines of the newest missed notes."""
    per_day: float | None = None
    """Matches per day among the stored entries; ``None`` if no entries are stored."""
    categories_unknown: int = 0
    """How many of ``brought`` match by their text, while it is not known whether they are in the topic's categories."""


class NotedPaperText(Struct, frozen=True):
    """The fields of a paper that its note records."""

    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...] = ()
    journal_ref: str | None = None


def check_archive(
    topics: Sequence[Topic], notes: Iterable[Note], since: date, categories: Mapping[str, tuple[str, ...]]
) -> list[ArchiveCheck]:
    """Compares each topic with the notes of arXiv papers issued on or after ``since``.

    Args:
        categories: arXiv id → categories, of the papers whose metadata are known.
    """
    dated = [(note.issue_date, note) for note in notes if note.arxiv_id and note.issue_date]
    recent = [(day, note) for day, note in dated if day >= since]
    recent.sort(key=lambda dated_note: (dated_note[0], dated_note[1].number or 0), reverse=True)
    index = TopicIndex(topics)
    brought = []
    for _, note in recent:
        known = categories.get(note.arxiv_id or "")
        # not complete, because a note records no author comment: terms that need it stay unknown
        matches = index.match(prepare(read_noted_paper(note), None, complete=False), known)
        brought.append((note, {match.topic.name for match in matches.matched}))
    checks = []
    for topic in topics:
        tags = set(topic.tags)
        missed = [
            note.title_line for note, names in brought if tags and tags <= {*note.tags} and topic.name not in names
        ]
        matched = [note for note, names in brought if topic.name in names]
        unknown = sum(note.arxiv_id not in categories for note in matched)
        checks.append(
            ArchiveCheck(
                len(brought), len(matched), len(missed), tuple(missed[:SHOWN_TITLES]), categories_unknown=unknown
            )
        )
    return checks


def read_noted_paper(note: Note, *, abstract_only: bool = False) -> NotedPaperText:
    """The paper as its note describes it: the title of the title line, and the abstract in the body.

    Args:
        abstract_only: a note without an abstract has no text but its title.
    """
    parsed = parse_title_line(note.title_line)
    body = normalise_line_ends(note.body or "")
    inside, lines = False, []
    for line in body.split("\n"):
        if line.startswith("# "):
            inside = line[2:].strip().lower() == "abstract"
        elif inside:
            lines.append(line)
    # a note without an abstract is matched by whatever it says
    text = "\n".join(lines).strip() or ("" if abstract_only else f"{body}\n{note.summary or ''}")
    return NotedPaperText(parsed.title, text, (parsed.first_author,) if parsed.first_author else ())
