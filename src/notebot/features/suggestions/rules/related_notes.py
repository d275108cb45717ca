"""The notes that belong beside a paper: those it names, and those nearest to it."""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import compress

from msgspec import Struct

from notebot.core.model.stub import Related
from notebot.core.note_format.title_line import parse_title_line
from notebot.core.text.patterns import regex
from notebot.features.suggestions.rules.tag_model.corpus import KEPT_WEIGHT, Corpus, NotedPaper
from notebot.features.suggestions.rules.tag_model.neighbour_index import nearest

MOST = 5
NEAREST = 10
"""Notes whose mean similarity is a paper's nearness."""
LEAST_SIMILARITY = 0.05
"""Below it two papers have no more in common than that they are papers."""

_NAMED_IN_TITLE = 0.8
_NAMED_IN_ABSTRACT = 0.6
_MOST_OWNERS = 3
"""A name that more notes claim is the name of a thing, not of one paper: ``RLHF``."""
_MOST_MENTIONS = 0.05
"""Of all notes; what more of them mention is common property: ``LLM``."""
_HEADED_TIMES = 6
"""So many times as often may a name be mentioned with which a title begins (``GSM8K: …``): it is that paper's."""
_MENTIONS_OF_FEW = 5
"""So many notes may mention a name in an archive of any size."""
_LARGEST = 8_000

_WORD = regex(r"[A-Za-z0-9]+(?:[-.+][A-Za-z0-9]+)*")
_LONGEST_NAME = 3
"""Words."""
_NAME_LIKE = regex(r"[A-Z]{2}|[a-z][A-Z]|[A-Za-z][0-9]")
_NAME_LENGTHS = range(3, 41)
_PLURAL = regex(r".*[A-Z]s")
_NO_ABBREVIATION = regex(r"[a-z][A-Z]|[A-Za-z][0-9]")
_CALLED = regex(r" (?:Dataset|Benchmark|Corpus|Challenge|Suite|Technical Report)\b", re.IGNORECASE)
_PARTS = regex(r"[()（）/ ]+")
"""A tag may have two names: ``MoE(Mixture-of-Experts)``."""
_INTRODUCES = regex(r"\b(?:introduc|present|propos|releas|develop|construct|creat|call|nam|dubb|term)[a-z]{0,4}\b")
_AFTER = 60
"""Characters in which an abstract names what it introduces."""
_SENTENCE_END = regex(r"[.;] ")


class Named(Struct, frozen=True):
    """What a name stands for."""

    places: tuple[int, ...]
    """The notes that gave it."""
    mentions: int
    """How many notes have it in title or abstract."""


Names = Mapping[str, Named]


class _Claims(Struct, frozen=True):
    """The names that one note may have given, the surest first."""

    headed: frozenset[str]
    """Its title begins with it and a colon."""
    introduced: frozenset[str]
    """Its abstract says so."""
    titled: frozenset[str]
    """Its title begins with it, calls it a dataset, or has it written as no abbreviation is."""


class NameFinder:
    """Finds names in a text as whole words, with the same capitals."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._longer: dict[str, list[str]] = {}
        for name in self._names:
            words = _WORD.findall(name)
            if len(words) > 1:
                self._longer.setdefault(words[0], []).append(name)

    def find(self, text: str) -> set[str]:
        """The names that stand in a text."""
        words = frozenset(_WORD.findall(text))
        longer = {name for first in words & self._longer.keys() for name in self._longer[first] if _holds(text, name)}
        return longer.union(words & self._names)


def learn_names(noted: Sequence[NotedPaper]) -> dict[str, Named]:
    """The names of projects, datasets and models that notes of the archive gave."""
    titles = [parse_title_line(one.note.title_line).title for one in noted]
    subjects = {part for one in noted for tag in one.note.tags for part in _PARTS.split(tag)}
    claims = [_claims(title, one.abstract[:_LARGEST]) for title, one in zip(titles, noted, strict=True)]
    owners: dict[str, list[int]] = {}
    for kind in ("titled", "introduced", "headed"):
        owners.update(_owners([getattr(claim, kind) for claim in claims]))
    finder = NameFinder(owners)
    mentions = Counter(
        name
        for title, one in zip(titles, noted, strict=True)
        for name in finder.find(f"{title}\n{one.abstract[:_LARGEST]}")
    )
    most, headed = max(_MOST_MENTIONS * len(noted), _MENTIONS_OF_FEW), {name for one in claims for name in one.headed}
    return {
        name: Named(tuple(places), mentions[name])
        for name, places in owners.items()
        if len(places) <= _MOST_OWNERS
        and mentions[name] <= (_HEADED_TIMES * most if name in headed else most)
        and name not in subjects
    }


def _owners(claimed: Sequence[Iterable[str]]) -> dict[str, list[int]]:
    owners: dict[str, list[int]] = {}
    for place, names in enumerate(claimed):
        for name in names:
            owners.setdefault(name, []).append(place)
    return owners


def nearness(similarities: Sequence[float], kept: Sequence[int]) -> float:
    """The mean similarity to the ten nearest notes, 0 to 1; those that went through the queue count more.

    Args:
        kept: by place, 1 where the note went through the queue.
    """
    weighed = list(similarities)
    for place in compress(range(len(weighed)), kept):
        weighed[place] = min(weighed[place] * KEPT_WEIGHT, 1.0)
    return sum(similarity for _, similarity in nearest(weighed, NEAREST)) / NEAREST


def related_notes(
    corpus: Corpus,
    names: Names,
    finder: NameFinder,
    title: str,
    abstract: str,
    similarities: Sequence[float],
    but: Collection[int] = (),
    most: int = MOST,
) -> tuple[Related, ...]:
    """The notes to offer beside a paper, the strongest first; none without a number.

    Args:
        but: places of the paper's own notes.
    """
    found = _near(similarities, most)
    for place, (strength, why) in _named(names, finder, title, abstract[:_LARGEST]).items():
        found[place] = (1 - (1 - min(similarities[place], 1.0)) * (1 - strength), why)
    shown = []
    for place, (score, why) in sorted(found.items(), key=lambda one: (-one[1][0], one[0])):
        number = corpus.record.numbers[place]
        if number is not None and place not in but:
            shown.append(Related(number, corpus.record.titles[place], round(score, 3), why))
    return tuple({one.number: one for one in reversed(shown)}.values())[::-1][:most]


def _near(similarities: Sequence[float], most: int) -> dict[int, tuple[float, str]]:
    near = nearest(similarities, 2 * most)
    return {
        place: (similarity, f"nearness {similarity:.2f}")
        for place, similarity in near
        if similarity >= LEAST_SIMILARITY
    }


def _named(names: Names, finder: NameFinder, title: str, abstract: str) -> dict[int, tuple[float, str]]:
    """By place, how much a name speaks for a note, and which; the more notes mention it, the less."""
    found: dict[int, tuple[float, str]] = {}
    for text, strength, where in ((title, _NAMED_IN_TITLE, "title"), (abstract, _NAMED_IN_ABSTRACT, "abstract")):
        for name in finder.find(text):
            weight = strength / (1 + math.log2(max(names[name].mentions, 1)))
            for place in names[name].places:
                found[place] = max(found.get(place, (0.0, "")), (weight, f"{name} in the {where}"))
    return found


def _holds(text: str, name: str) -> bool:
    """Whether a name of several words stands in a text, not as part of a longer word."""
    return name in text and re.search(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", text) is not None


def _claims(title: str, abstract: str) -> _Claims:
    head, colon, _ = title.partition(":")
    heads = [head.strip()] if colon and _is_head(head.split()) else []
    return _Claims(frozenset(heads), frozenset(_introduced(abstract)), frozenset(_titled(title)))


def _titled(title: str) -> Iterator[str]:
    for found in _WORD.finditer(title):
        if _is_name(found[0]) and (
            not found.start() or _CALLED.match(title, found.end()) or _NO_ABBREVIATION.search(found[0])
        ):
            yield found[0]


def _is_head(words: list[str]) -> bool:
    """One to three words that are all written as names are."""
    whole = all(_WORD.fullmatch(word) for word in words)
    return 0 < len(words) <= _LONGEST_NAME and whole and all(word[0].isupper() or _is_name(word) for word in words)


def _is_name(word: str) -> bool:
    """Capitals inside, or letters and digits: ``GSM8K``, ``DeepSeekMath``, ``MATH``; not the plural of ``LLM``."""
    known = len(word) in _NAME_LENGTHS and not word[0].isdigit() and not _PLURAL.fullmatch(word)
    return known and bool(_NAME_LIKE.search(word))


def _introduced(abstract: str) -> Iterator[str]:
    for found in _INTRODUCES.finditer(abstract):
        said = abstract[found.end() : found.end() + _AFTER]
        words = _WORD.findall(_SENTENCE_END.split(said, 1)[0])
        # The last word may be cut.
        yield from filter(_is_name, words if len(said) < _AFTER else words[:-1])
