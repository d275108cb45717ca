"""The archive as the models see it: a text, tags and a weight per note."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.note import Note
from notebot.core.note_format.title_line import ParsedTitle, parse_title_line
from notebot.core.text.patterns import regex
from notebot.features.suggestions.rules.tag_model.labels import is_topical
from notebot.features.suggestions.rules.tag_model.neighbour_index import (
    IndexRecord,
    Neighbours,
    TextIndex,
    build_index,
)
from notebot.features.suggestions.rules.tag_model.terms import terms_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from notebot.features.suggestions.rules.tag_model.vectors import Vector

TITLE_COUNTS = 3
"""A word of the title counts as much as three occurrences in the abstract."""
NEAREST = 30
"""Notes that vote for tags and are ranked as related notes."""
_MEAN_OF = 10
"""Notes whose mean similarity is a paper's nearness."""
KEPT_WEIGHT = 2.0
"""Votes of a note that went through the queue, because the curator saw each of its tags."""
LARGEST = 8_000
"""Characters of a text that are read; arXiv's abstracts have 2,000 at most."""
_ABSTRACT = regex(r"^#{1,6}[ \t]*Abstract\b[^\n]*\n(?P<text>[^#]*)", re.IGNORECASE | re.MULTILINE)


class NotedPaper(Struct, frozen=True):
    """A note to learn from."""

    note: Note
    abstract: str = ""
    """arXiv's abstract, if it is known; see :func:`best_text`."""
    kept: bool = False
    """True if it went through the queue."""


class PaperText(Struct, frozen=True):
    """A paper's title and abstract as terms."""

    title: list[str]
    abstract: list[str]

    def counts(self) -> Counter[str]:
        """How often each term occurs; those of the title count several times."""
        counted = Counter(self.abstract)
        for term in self.title:
            counted[term] += TITLE_COUNTS
        return counted


class CorpusRecord(Struct, frozen=True):
    """The archive as it is stored; all sequences but ``tags`` have one item per note, in the order of the notes."""

    index: IndexRecord
    tags: tuple[str, ...]
    """Every tag that may be suggested."""
    tags_of: tuple[tuple[int, ...], ...]
    """Positions in ``tags``."""
    numbers: tuple[int | None, ...]
    """Issue numbers; ``None`` for kept stubs that are not published."""
    titles: tuple[str, ...]
    """The title lines without their prefix."""
    papers: tuple[str | None, ...]
    """arXiv ids."""
    kept: bytes
    """1 if the note went through the queue."""
    has_abstract: bytes
    """1 if more than the title is known."""

    @property
    def share_with_abstract(self) -> float:
        """The share of the notes of which more than the title is known; 0 to 1."""
        return sum(self.has_abstract) / max(len(self.has_abstract), 1)


class Corpus:
    """A corpus with its index, for queries."""

    def __init__(self, record: CorpusRecord) -> None:
        self.record = record
        self.index = TextIndex(record.index)
        self._kept = frozenset(place for place, kept in enumerate(record.kept) if kept)
        self.weights = [KEPT_WEIGHT if kept else 1.0 for kept in record.kept]
        self.uses = Counter(tag for tags in record.tags_of for tag in tags)
        self._places: dict[str, list[int]] = {}
        for place, paper in enumerate(record.papers):
            if paper:
                self._places.setdefault(paper, []).append(place)

    def places_of(self, arxiv_id: str | None) -> list[int]:
        """The places of a paper's notes."""
        return self._places.get(arxiv_id, []) if arxiv_id else []

    def near(self, vector: Vector, but: Collection[int] = ()) -> Neighbours:
        """The nearest notes, as many as the tag model and the related notes use at most.

        Args:
            but: places to leave out: the paper's own notes.
        """
        return self.index.nearest(vector, NEAREST, but)

    def nearness(self, vector: Vector, but: Collection[int] = ()) -> float:
        """The mean similarity to the ten nearest notes, 0 to 1; notes that went through the queue count double."""
        return sum(similarity for _, similarity in self.index.nearest(vector, _MEAN_OF, but, self._kept)) / _MEAN_OF


def read_paper(title: str, abstract: str) -> PaperText:
    """The terms of a paper; of a longer text only as much is read as an abstract can contain."""
    return PaperText(terms_of(title), terms_of(abstract[:LARGEST]))


def best_text(noted: NotedPaper) -> str:
    """The abstract of a note's paper; if it is unknown, the abstract in its body, its summary, or its body."""
    body = (noted.note.body or "")[:LARGEST]
    # arXiv's abstract is better than a quotation of it, which may be cut or edited
    quoted = None if noted.abstract else _ABSTRACT.search(body)
    return (noted.abstract or (quoted["text"] if quoted else "") or noted.note.summary or body)[:LARGEST]


def read_note(noted: NotedPaper, parsed: ParsedTitle) -> PaperText:
    """A note's title and best text; Japanese is left out unless arXiv gave the abstract (new ones are English)."""
    return PaperText(terms_of(parsed.title), terms_of(best_text(noted), ideographs=bool(noted.abstract)))


def gather(noted: Sequence[NotedPaper], hidden: Collection[str] = ()) -> tuple[CorpusRecord, list[PaperText]]:
    """The archive as a corpus, and the text of each note.

    Args:
        hidden: tags that are never suggested, such as venues.
    """
    parsed = [parse_title_line(one.note.title_line) for one in noted]
    texts = [read_note(one, title) for one, title in zip(noted, parsed, strict=True)]
    own = [tuple(dict.fromkeys(tag for tag in one.note.tags if tag not in hidden and is_topical(tag))) for one in noted]
    tags = tuple(dict.fromkeys(tag for tags in own for tag in tags))
    numbers = {tag: number for number, tag in enumerate(tags)}
    record = CorpusRecord(
        index=build_index([text.counts() for text in texts]),
        tags=tags,
        tags_of=tuple(tuple(numbers[tag] for tag in tags) for tags in own),
        numbers=tuple(one.note.number for one in noted),
        titles=tuple(title.text.strip().removeprefix(title.prefix).strip() for title in parsed),
        papers=tuple(one.note.arxiv_id for one in noted),
        kept=array("B", (one.kept for one in noted)).tobytes(),
        has_abstract=array("B", (bool(text.abstract) for text in texts)).tobytes(),
    )
    return record, texts
