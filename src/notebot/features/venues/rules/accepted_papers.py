"""Which papers of a conference's list are papers that the archive has at arXiv: no offer rather than a wrong one."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.text.patterns import regex
from notebot.core.text.person_names import Person, is_surely_same_person, may_be_same_person, parse_person
from notebot.core.text.tex import collapse, decode_accents
from notebot.core.text.words import split_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_YEARS_APART = 2
"""Between a paper's year on arXiv and its venue's (services.md 2.2)."""
_LIST_YEARS_APART = 1
"""Between the year that an entry bears and the list's: a reference manager may have kept the preprint's."""
_LEAST_KEY = 12
"""Letters of a title that tell a paper together with less than a whole name."""
_LEAST_WORDS = 4
"""Telling words that a title needs before another title may be a new name of the paper."""
_LEAST_NAME = 4
_LEAST_TEAM = 3
_TEAM_OVERLAP = 0.6
_NAME_OVERLAP = 0.3
_CAPITALS_OVERLAP = 0.5
"""``RLHF`` is written by many, ``CriticLean`` by one team: capitals alone need more words that agree."""

_STYLE = regex(r"\\(?:emph|(?:text|math)[a-z]{1,6}|(?:bf|it|rm|sc|tt|em)(?![a-z]))\s*")
_PARTED = regex(r"\s*[:：]\s+|\s+[-–—]+\s+|\s*—\s*")
_COINED = regex(r"[^\W_][^\W_a-z]")
_GREEK = {
    ord(sign): unicodedata.name(sign).rpartition(" ")[2].lower()
    for sign in map(chr, [*range(0x3B1, 0x3CA), *range(0x391, 0x3AA)])
    if unicodedata.name(sign, "").startswith("GREEK") and "FINAL" not in unicodedata.name(sign)
}
_LITTLE = frozenset({
    "a", "an", "the", "of", "on", "in", "for", "to", "at", "by", "from", "and", "or", "with", "via", "using",
    "through", "is", "are", "as", "its", "their", "be", "do", "does", "how", "toward", "towards", "new",
    "novel", "simple", "improving", "improved", "improve", "enhancing", "enhanced", "enhance", "boosting", "boost",
    "framework", "method", "methods", "approach", "approaches", "technique", "techniques",
})  # fmt: skip
"""Words that a title may gain or lose while it stays the same paper's."""
_ANOTHER = frozenset({
    "ii", "iii", "iv", "v", "vi", "part", "revisited", "revisiting", "extended", "extension", "extending",
    "followup", "follow", "sequel", "again", "beyond", "next", "pro", "plus", "lite", "mini", "demo",
    "demonstration", "survey", "review", "overview", "tutorial", "position", "comment", "comments", "response",
    "reply", "reproducibility", "reproducing", "reproduction", "replication", "replicating", "workshop", "challenge",
    "erratum", "addendum",
})  # fmt: skip
"""Words that make a title another paper's, often by the same authors."""


class Accepted(Struct, frozen=True):
    """One paper of a list, as the list spells it."""

    title: str
    authors: tuple[str, ...]
    """The first one at least; a list without authors tells too little."""
    track: str | None = None
    year: int | None = None
    venue: str = ""
    """What it says it is part of: ``Findings of the Association for Computational Linguistics: ACL 2026``."""


class Sought(Struct, frozen=True):
    """A paper that stands at arXiv in the archive."""

    key: str
    """A stub's, or ``note:2158``."""
    title: str
    authors: tuple[str, ...]
    """All of them, or only the first where the archive names no more."""
    year: int | None = None
    """Of ``arXiv'25``."""


class Match(Struct, frozen=True):
    """A sought paper and its entry of the list."""

    sought: Sought
    entry: Accepted
    renamed: bool
    """The titles differ, and all else speaks for it."""


def match_accepted(sought: Sequence[Sought], accepted: Iterable[Accepted], year: int) -> list[Match]:
    """The sought papers that the list holds, in order; a paper known by two titles is sought twice under one key.

    Titles must be equal without case, punctuation and TeX, and the first authors' names agree. A new title
    counts only beside the same whole name of the first author, where nothing hints at a second paper.

    Args:
        year: the venue's; papers and entries of other times are left out.
    """
    held = _Titles(entry for entry in accepted if entry.year is None or abs(entry.year - year) <= _LIST_YEARS_APART)
    timely = [one for one in sought if one.year is None or abs(one.year - year) <= _YEARS_APART]
    found = {one.key: entry for one in timely if (entry := held.same(_Paper(one.title, one.authors))) is not None}
    others = [one for one in timely if one.key not in found]
    new_names = _renamed(others, held, {title_letters(entry.title) for entry in found.values()})
    matches: dict[str, Match] = {}
    for one in timely:
        entry = found.get(one.key) or new_names.get(one.key)
        if entry is not None:
            matches.setdefault(one.key, Match(one, entry, renamed=one.key not in found))
    return list(matches.values())


def title_letters(title: str) -> str:
    """Equal for one title in BibTeX, in a feed, and as the archive's site shows it, which drops signs and quotes."""
    return "".join(_words_of(title))


class _Paper:
    """A title and its authors, read once."""

    def __init__(self, title: str, authors: Sequence[str]) -> None:
        self.title = title
        self.authors = authors
        self.letters = title_letters(title)
        self.first = parse_person(authors[0]) if authors else Person((), ())

    @cached_property
    def team(self) -> list[Person]:
        """All authors."""
        return [parse_person(name) for name in self.authors]


class _Titles:
    """A list by its titles and by its first authors."""

    def __init__(self, entries: Iterable[Accepted]) -> None:
        self._by_title: dict[str, list[tuple[_Paper, Accepted]]] = defaultdict(list)
        self._by_author: dict[str, list[tuple[_Paper, Accepted]]] = defaultdict(list)
        for entry in entries:
            paper = _Paper(entry.title, entry.authors)
            self._by_title[paper.letters].append((paper, entry))
            self._by_author["".join(sorted(paper.first.words))].append((paper, entry))
            self._by_author[paper.first.key].append((paper, entry))

    def same(self, paper: _Paper) -> Accepted | None:
        """The entry of this title and first author; none where two such entries are of different tracks."""
        found = [entry for other, entry in self._by_title.get(paper.letters, ()) if _is_same(paper, other)]
        return found[0] if len({entry.track for entry in found}) == 1 else None

    def by_first_author(self, paper: _Paper) -> list[tuple[_Paper, Accepted]]:
        """The entries of the first author, as the whole name says."""
        keys = dict.fromkeys((paper.first.key, "".join(sorted(paper.first.words))))
        listed = [one for key in keys for one in self._by_author.get(key, ())]
        sure = {
            other.letters: (other, entry) for other, entry in listed if is_surely_same_person(paper.first, other.first)
        }
        return list(sure.values())


def _is_same(paper: _Paper, other: _Paper) -> bool:
    if not paper.letters or _marks(paper) != _marks(other) or not may_be_same_person(paper.first, other.first):
        return False
    return len(paper.letters) >= _LEAST_KEY or is_surely_same_person(paper.first, other.first)


def _renamed(sought: Sequence[Sought], held: _Titles, taken: set[str]) -> dict[str, Accepted]:
    """Sought papers that exactly one free entry is likely the new name of, and that entry of no other paper."""
    found: dict[str, tuple[str, Accepted]] = {}
    claims: dict[str, set[str]] = defaultdict(set)
    for one in sought:
        paper = _Paper(one.title, one.authors)
        news = [
            (other.letters, entry)
            for other, entry in held.by_first_author(paper)
            if other.letters not in taken and other.letters != paper.letters and _is_new_name(paper, other)
        ]
        for letters, _ in news:
            claims[letters].add(paper.letters)
        if len(news) == 1:
            found[one.key] = news[0]
    return {key: entry for key, (letters, entry) in found.items() if len(claims[letters]) == 1}


def _is_new_name(paper: _Paper, other: _Paper) -> bool:
    ours, theirs = _words_of(paper.title), _words_of(other.title)
    changed = set(ours) ^ set(theirs)
    if changed & _ANOTHER or any(not word.isalpha() for word in changed) or _marks(paper) != _marks(other):
        return False
    return (
        (_tells(ours) and _telling(ours) == _telling(theirs))
        or _keeps_head(paper, other)
        or _keeps_name(paper, other)
        or _same_team(paper, other)
    )


def _marks(paper: _Paper) -> int:
    """``TokAlign++`` comes after ``TokAlign``."""
    return paper.title.count("+")


def _keeps_head(paper: _Paper, other: _Paper) -> bool:
    """A subtitle has come or gone."""
    (ours, our_tail), (theirs, their_tail) = _parts(paper.title), _parts(other.title)
    same = _tells(_words_of(ours)) and title_letters(ours) == title_letters(theirs)
    return same and not (our_tail and their_tail)


def _keeps_name(paper: _Paper, other: _Paper) -> bool:
    """Both begin with the same coined name, and what follows it is about the same."""
    (ours, our_tail), (theirs, their_tail) = _parts(paper.title), _parts(other.title)
    name = title_letters(ours)
    if name != title_letters(theirs) or len(name) < _LEAST_NAME or not (_COINED.search(ours) or _COINED.search(theirs)):
        return False
    least = _CAPITALS_OVERLAP if ours.isupper() else _NAME_OVERLAP
    return _overlap(our_tail, their_tail) >= least


def _same_team(paper: _Paper, other: _Paper) -> bool:
    """The very same authors in the same order, and most of the words."""
    if len(paper.team) < _LEAST_TEAM or len(paper.team) != len(other.team):
        return False
    together = all(may_be_same_person(one, two) for one, two in zip(paper.team, other.team, strict=True))
    return together and _tells(_words_of(paper.title)) and _overlap(paper.title, other.title) >= _TEAM_OVERLAP


def _parts(title: str) -> tuple[str, str]:
    """What stands before the first colon or dash, and what behind it."""
    title = collapse(title)
    found = _PARTED.search(title)
    return (title[: found.start()], title[found.end() :]) if found else (title, "")


def _overlap(one: str, other: str) -> float:
    ours, theirs = set(_telling(_words_of(one))), set(_telling(_words_of(other)))
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0


def _tells(words: Sequence[str]) -> bool:
    return len(_telling(words)) >= _LEAST_WORDS


def _telling(words: Sequence[str]) -> tuple[str, ...]:
    """The words without little ones and plural s; a large language model is an LLM."""
    text = re.sub(r"\blarge language model(?=s?\b)", "llm", " ".join(words))
    bare = (word[:-1] if len(word) > 3 and word.endswith("s") else word for word in text.split() if word not in _LITTLE)
    return tuple(bare)


def _words_of(title: str) -> list[str]:
    plain = _STYLE.sub("", decode_accents(title)).replace("&", " and ")
    return split_words(plain.replace("{", "").replace("}", "").translate(_GREEK))
