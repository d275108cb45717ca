"""Matches the papers of a conference's list with preprints in the archive; if in doubt, there is no match."""

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
"""Most years between a paper on arXiv and its venue (services.md 2.2)."""
_LIST_YEARS_APART = 1
"""Most years between an entry and its list; a reference manager may have kept the preprint's year."""
_LEAST_LETTERS = 12
"""Letters that a title needs to identify a paper without the whole name of its first author."""
_LEAST_WORDS = 4
"""Significant words that a title needs before a different title may be its new one."""
# short acronyms are coined again and again
_LEAST_NAME = 4
# one or two authors often write several papers on one subject in a year; a team of three rarely does
_LEAST_TEAM = 3
_TEAM_OVERLAP = 0.6
_NAME_OVERLAP = 0.3
_CAPITALS_OVERLAP = 0.5
"""Many papers begin with ``RLHF``, only one team's with ``CriticLean``: capitals need more words in common."""

_STYLE = regex(r"\\(?:emph|(?:text|math)[a-z]{1,6}|(?:bf|it|rm|sc|tt|em)(?![a-z]))\s*")
_SUBTITLE = regex(r"\s*[:：]\s+|\s+[-–—]+\s+|\s*—\s*")
_COINED = regex(r"[^\W_][^\W_a-z]")
_GREEK = {
    ord(sign): unicodedata.name(sign).rpartition(" ")[2].lower()
    for sign in map(chr, [*range(0x3B1, 0x3CA), *range(0x391, 0x3AA)])
    if unicodedata.name(sign, "").startswith("GREEK") and "FINAL" not in unicodedata.name(sign)
}
_SMALL_WORDS = frozenset({
    "a", "an", "the", "of", "on", "in", "for", "to", "at", "by", "from", "and", "or", "with", "via", "using",
    "through", "is", "are", "as", "its", "their", "be", "do", "does", "how", "toward", "towards", "new",
    "novel", "simple", "improving", "improved", "improve", "enhancing", "enhanced", "enhance", "boosting", "boost",
    "framework", "method", "methods", "approach", "approaches", "technique", "techniques",
})  # fmt: skip
"""Words that a title may gain or lose and still be that of the same paper."""
_OTHER_PAPER_WORDS = frozenset({
    "ii", "iii", "iv", "v", "vi", "part", "revisited", "revisiting", "extended", "extension", "extending",
    "followup", "follow", "sequel", "again", "beyond", "next", "pro", "plus", "lite", "mini", "demo",
    "demonstration", "survey", "review", "overview", "tutorial", "position", "comment", "comments", "response",
    "reply", "reproducibility", "reproducing", "reproduction", "replication", "replicating", "workshop", "challenge",
    "erratum", "addendum",
})  # fmt: skip
"""Words that distinguish another paper, often by the same authors."""


class AcceptedPaper(Struct, frozen=True):
    """One paper of a list, as the list spells it."""

    title: str
    authors: tuple[str, ...]
    """At least the first one; a title alone cannot be matched."""
    track: str | None = None
    year: int | None = None
    venue: str = ""
    """The venue in the entry itself: ``Findings of the Association for Computational Linguistics: ACL 2026``."""


class ArchivedPreprint(Struct, frozen=True):
    """A note or kept stub whose venue is arXiv."""

    key: str
    """A stub's key, or ``note:2158``."""
    title: str
    authors: tuple[str, ...]
    """All authors, or only the first if the archive has no more."""
    year: int | None = None
    """The year in ``arXiv'25``."""


class Match(Struct, frozen=True):
    """A preprint and its entry in the list."""

    preprint: ArchivedPreprint
    paper: AcceptedPaper
    renamed: bool
    """The titles differ, and everything else agrees."""


def match_accepted(preprints: Sequence[ArchivedPreprint], accepted: Iterable[AcceptedPaper], year: int) -> list[Match]:
    """Returns the preprints that are in the list, in order; at most one match per key.

    Titles must be equal except for case, punctuation and TeX, and the names of the first authors must agree. A
    different title counts only with the same full name of the first author, and if nothing suggests a second paper.

    Args:
        preprints: a paper known by two titles appears twice with the same key.
        year: the venue's; papers and entries of other times are ignored.
    """
    index = _TitleIndex(
        paper for paper in accepted if paper.year is None or abs(paper.year - year) <= _LIST_YEARS_APART
    )
    timely = [each for each in preprints if each.year is None or abs(each.year - year) <= _YEARS_APART]
    same: dict[str, AcceptedPaper] = {}
    for preprint in timely:
        paper = index.same_title(_ParsedPaper(preprint.title, preprint.authors))
        if paper is not None:
            same[preprint.key] = paper
    taken = {title_letters(paper.title) for paper in same.values()}
    renamed = index.match_renamed([each for each in timely if each.key not in same], taken)
    matches: dict[str, Match] = {}
    for preprint in timely:
        paper = same.get(preprint.key) or renamed.get(preprint.key)
        if paper is not None:
            matches.setdefault(preprint.key, Match(preprint, paper, renamed=preprint.key not in same))
    return list(matches.values())


def title_letters(title: str) -> str:
    """Returns the letters of a title, equal in BibTeX, in a feed and on the archive's site, which drops some signs."""
    return "".join(_words_of(title))


class _ParsedPaper:
    """A title and its authors, parsed once."""

    def __init__(self, title: str, authors: Sequence[str]) -> None:
        self.title = title
        self.authors = authors
        self.letters = title_letters(title)
        self.first = parse_person(authors[0]) if authors else Person((), ())
        self.plus_signs = title.count("+")
        """``TokAlign++`` is the successor of ``TokAlign``."""

    @cached_property
    def parts(self) -> tuple[str, str]:
        """The text before and after the first colon or dash."""
        title = collapse(self.title)
        match = _SUBTITLE.search(title)
        return (title[: match.start()], title[match.end() :]) if match else (title, "")

    @cached_property
    def team(self) -> list[Person]:
        """All authors."""
        return [parse_person(name) for name in self.authors]

    def may_be_renamed_to(self, other: _ParsedPaper) -> bool:
        """True if the other title is likely a new one of the same paper; both have the same first author."""
        ours, theirs = _words_of(self.title), _words_of(other.title)
        changed = set(ours) ^ set(theirs)
        # a word with digits is a version or a size (GPT-4, 7B): if it changed, it is another paper
        if changed & _OTHER_PAPER_WORDS or any(not word.isalpha() for word in changed):
            return False
        if self.plus_signs != other.plus_signs:
            return False
        words = _significant(ours)
        if len(words) >= _LEAST_WORDS and words == _significant(theirs):
            return True
        (head, tail), (other_head, other_tail) = self.parts, other.parts
        same_head = title_letters(head) == title_letters(other_head)
        # a subtitle was added or removed
        if same_head and not (tail and other_tail) and len(_significant(_words_of(head))) >= _LEAST_WORDS:
            return True
        # both begin with the same coined name, such as "ProofCount", and the rest is similar
        coined = _COINED.search(head) or _COINED.search(other_head)
        if same_head and coined and len(title_letters(head)) >= _LEAST_NAME:
            least = _CAPITALS_OVERLAP if head.isupper() else _NAME_OVERLAP
            if _overlap(tail, other_tail) >= least:
                return True
        # exactly the same authors in the same order, and most of the words
        return (
            len(self.team) == len(other.team) >= _LEAST_TEAM
            and all(may_be_same_person(author, its) for author, its in zip(self.team, other.team, strict=True))
            and len(words) >= _LEAST_WORDS
            and _overlap(self.title, other.title) >= _TEAM_OVERLAP
        )


class _TitleIndex:
    """The papers of a list by title and by first author."""

    def __init__(self, papers: Iterable[AcceptedPaper]) -> None:
        self._by_title: dict[str, list[tuple[_ParsedPaper, AcceptedPaper]]] = defaultdict(list)
        self._by_author: dict[str, list[tuple[_ParsedPaper, AcceptedPaper]]] = defaultdict(list)
        for paper in papers:
            parsed = _ParsedPaper(paper.title, paper.authors)
            self._by_title[parsed.letters].append((parsed, paper))
            self._by_author["".join(sorted(parsed.first.words))].append((parsed, paper))
            self._by_author[parsed.first.key].append((parsed, paper))

    def same_title(self, paper: _ParsedPaper) -> AcceptedPaper | None:
        """Returns the paper with this title and first author, or ``None`` if several differ in their track."""
        if not paper.letters:
            return None
        same = [
            accepted
            for other, accepted in self._by_title.get(paper.letters, ())
            if paper.plus_signs == other.plus_signs
            and may_be_same_person(paper.first, other.first)
            # a short title such as "Proofs" needs the full name
            and (len(paper.letters) >= _LEAST_LETTERS or is_surely_same_person(paper.first, other.first))
        ]
        return same[0] if len({accepted.track for accepted in same}) == 1 else None

    def match_renamed(self, preprints: Sequence[ArchivedPreprint], taken: set[str]) -> dict[str, AcceptedPaper]:
        """Returns the papers with a new title by key, only where preprint and entry have no other candidate.

        Args:
            taken: letters of the titles that are already matched.
        """
        only: dict[str, tuple[str, AcceptedPaper]] = {}
        claims: dict[str, set[str]] = defaultdict(set)
        for preprint in preprints:
            paper = _ParsedPaper(preprint.title, preprint.authors)
            # some lists write the family name first, so the index has both orders of the words
            keys = dict.fromkeys((paper.first.key, "".join(sorted(paper.first.words))))
            candidates = {
                other.letters: accepted
                for key in keys
                for other, accepted in self._by_author.get(key, ())
                if is_surely_same_person(paper.first, other.first)
                and other.letters not in taken
                and other.letters != paper.letters
                and paper.may_be_renamed_to(other)
            }
            for letters in candidates:
                claims[letters].add(paper.letters)
            # two candidates would be a guess, and a suggestion without evidence is worse than none
            if len(candidates) == 1:
                only[preprint.key] = next(iter(candidates.items()))
        return {key: accepted for key, (letters, accepted) in only.items() if len(claims[letters]) == 1}


def _overlap(text: str, other: str) -> float:
    """Returns the share of significant words that both texts have, from 0 to 1."""
    ours, theirs = set(_significant(_words_of(text))), set(_significant(_words_of(other)))
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0


def _significant(words: Sequence[str]) -> tuple[str, ...]:
    """Returns the words without small ones and plural s; a large language model becomes an LLM."""
    text = re.sub(r"\blarge language model(?=s?\b)", "llm", " ".join(words))
    singular = (
        word[:-1] if len(word) > 3 and word.endswith("s") else word for word in text.split() if word not in _SMALL_WORDS
    )
    return tuple(singular)


def _words_of(title: str) -> list[str]:
    plain = _STYLE.sub("", decode_accents(title)).replace("&", " and ")
    return split_words(plain.replace("{", "").replace("}", "").translate(_GREEK))
