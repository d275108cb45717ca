"""Extractive summaries: the most informative sentences of the abstract."""

from collections import Counter

from msgspec.structs import replace

from notebot.core.model.stub import AttributedText, Stub
from notebot.core.text.patterns import regex
from notebot.core.text.words import split_words

EXTRACTIVE = "extractive"
"""Value of ``summary.by`` for an extract, which is never published to an issue."""
SENTENCES = 3


_END = regex(r"(?<=[.!?])\s+(?=[A-Z0-9$\\\"'(])|(?<=。)")
_ABBREVIATION = regex(r"(?:\b(?:e\.g|i\.e|cf|vs|et al|Fig|Eq|Sec|resp|approx|w\.r\.t|[A-Z])\.)$")
_LONGEST_ABBREVIATION = len(" approx.")


def sentences(text: str) -> list[str]:
    """Splits a text into sentences, ignoring full stops after abbreviations and initials."""
    found: list[list[str]] = []
    for part in _END.split(text):
        # only the end of the last part is looked at: text full of abbreviations is one long sentence
        if found and _ABBREVIATION.search(found[-1][-1][-_LONGEST_ABBREVIATION:]):
            found[-1].append(part)
        elif part.strip():
            found.append([part])
    return [" ".join(parts).strip() for parts in found]


def extract(abstract: str, title: str, count: int = SENTENCES) -> str:
    """Returns the ``count`` highest-scoring sentences, in their original order."""
    parts = sentences(abstract)
    if len(parts) <= count:
        return " ".join(parts)
    weight = Counter(word for part in parts for word in set(_long_words(part)))
    for word in _long_words(title):
        weight[word] += 2
    scores: list[float] = []
    for part in parts:
        words = _long_words(part)
        # the mean weight; the divisor is at least 12 so that short sentences do not win
        scores.append(sum(weight[word] for word in set(words)) / max(len(words), 12))
    best = sorted(range(len(parts)), key=lambda place: (-scores[place], place))[:count]
    return " ".join(parts[place] for place in sorted(best))


def with_extract(stub: Stub) -> Stub:
    """Returns the stub with an extract of its abstract, or none without an abstract."""
    text = extract(stub.abstract, stub.title)
    return replace(stub, summary=AttributedText(text, EXTRACTIVE) if text else None)


def _long_words(text: str) -> list[str]:
    return [word for word in split_words(text) if len(word) > 3]
