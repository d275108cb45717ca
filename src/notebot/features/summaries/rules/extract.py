"""A summary without a model: the abstract's own most telling sentences."""

from collections import Counter

from msgspec.structs import replace

from notebot.core.model.stub import AttributedText, Stub
from notebot.core.text.patterns import regex
from notebot.core.text.words import split_words

EXTRACTIVE = "extractive"
"""What ``summary.by`` says of an extract; it never leaves the digest for an issue."""
SENTENCES = 3


_END = regex(r"(?<=[.!?])\s+(?=[A-Z0-9$\\\"'(])|(?<=。)")
_ABBREVIATION = regex(r"(?:\b(?:e\.g|i\.e|cf|vs|et al|Fig|Eq|Sec|resp|approx|w\.r\.t|[A-Z])\.)$")


def sentences(text: str) -> list[str]:
    """The sentences of a text; a full stop behind an abbreviation or an initial ends none."""
    found: list[str] = []
    for part in _END.split(text):
        if found and _ABBREVIATION.search(found[-1]):
            found[-1] += " " + part
        elif part.strip():
            found.append(part.strip())
    return found


def extract(abstract: str, title: str, count: int = SENTENCES) -> str:
    """At most ``count`` sentences in their own order, chosen by how much of the paper's words they carry."""
    parts = sentences(abstract)
    if len(parts) <= count:
        return " ".join(parts)
    weight = Counter(word for part in parts for word in set(_telling(part)))
    for word in _telling(title):
        weight[word] += 2
    scores = [_score(_telling(part), weight) for part in parts]
    best = sorted(range(len(parts)), key=lambda place: (-scores[place], place))[:count]
    return " ".join(parts[place] for place in sorted(best))


def with_extract(stub: Stub) -> Stub:
    """The stub with an extract of its abstract; one without abstract gets none."""
    text = extract(stub.abstract, stub.title)
    return replace(stub, summary=AttributedText(text, EXTRACTIVE) if text else None)


def _telling(text: str) -> list[str]:
    return [word for word in split_words(text) if len(word) > 3]


def _score(words: list[str], weight: Counter[str]) -> float:
    """Mean weight, but a sentence of a few words may not win by being short."""
    return sum(weight[word] for word in set(words)) / max(len(words), 12)
