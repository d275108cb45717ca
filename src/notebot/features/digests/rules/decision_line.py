"""The one ``>`` line of an entry: what helps the curator to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.note_format.authors import Safe, authors_line
from notebot.core.note_format.stub_title import NoteStyle, title_line
from notebot.core.text.tex import collapse
from notebot.features.summaries.rules.faithfulness import stub_doubts

if TYPE_CHECKING:
    from notebot.core.model.stub import Stub, TopicEvidence
    from notebot.core.note_format.phrases import Phrases

COMMENT_LIMIT = 90
"""Characters of arXiv's author comment that are shown."""


def hints(stub: Stub, home: str, words: Phrases, style: NoteStyle, safe: Safe) -> str:
    """Authors · categories · venue or comment · links · what matched · warnings, joined by `` · ``.

    Args:
        home: the topic in whose section the entry stands; its matches are named first.
    """
    parts = [
        authors_line(stub.authors, safe),
        ", ".join(safe(name) for name in stub.categories),
        _comment(stub, words, safe),
        *(f"{link.kind} {link.url}" for link in stub.links),
        *_matched(stub, home, words),
        words.posts.format(count=len(stub.posts)) if stub.posts else "",
        words.sources.format(names=", ".join(safe(name) for name in stub.sources)) if stub.sources else "",
        words.votes.format(count=stub.votes) if stub.votes else "",
        words.guessed.format(text=safe(_short(stub.guessed_from))) if stub.guessed_from else "",
        words.nearness.format(score=stub.nearness) if stub.nearness else "",
        "" if stub.complete else words.incomplete,
        words.withdrawn if stub.withdrawn else "",
        words.cut if title_line(stub, style).cut else "",
        _doubts(stub, words, safe),
    ]
    return " · ".join(part for part in parts if part)


def _doubts(stub: Stub, words: Phrases, safe: Safe) -> str:
    """Numbers and names that a model wrote and the abstract does not have."""
    doubts = stub_doubts(stub)
    return words.doubts.format(text=safe(", ".join(doubts))) if doubts else ""


def reason(why: str, words: Phrases) -> str:
    """Why a note is related, in the digest's language: ``nearness 0.31``, or ``NAME in the title``."""
    near, score = why.partition("nearness ")[::2]
    if not near and score:
        return words.nearness.format(score=float(score))
    text, _, field = why.rpartition(" in the ")
    return words.named_in.format(text=text, field=words.found_in.get(field, field)) if text else why


def _comment(stub: Stub, words: Phrases, safe: Safe) -> str:
    """The words that name the venue, with how sure the reading is; else the author comment, and that it names none."""
    evidence, comment = collapse(stub.venue.evidence or ""), collapse(stub.comment or "")
    if evidence:
        source = words.found_in.get(stub.venue.source, words.found_in["comment"])
        told = words.venue_from.format(source=source, text=safe(_short(evidence)))
        return f"{told} ({stub.venue.confidence:.2f})" if stub.venue.confidence is not None else told
    return words.comment.format(text=safe(_short(comment))) if comment else ""


def _short(text: str) -> str:
    return text if len(text) <= COMMENT_LIMIT else text[: COMMENT_LIMIT - 1].rstrip() + "…"


def _matched(stub: Stub, home: str, words: Phrases) -> list[str]:
    by_topic = {evidence.topic: evidence for evidence in stub.matched}
    found = by_topic.get(home)
    others = [name for name in stub.topics if name != home]
    said = [words.matched.format(terms=_terms(found, words))] if found and found.terms else []
    return [*said, words.also.format(topics=", ".join(others))] if others else said


def _terms(found: TopicEvidence, words: Phrases) -> str:
    places: dict[str, list[str]] = {}
    for term in found.terms:
        places.setdefault(term.text, []).append(words.found_in.get(term.field, term.field))
    return ", ".join(f"`{text}` ({', '.join(dict.fromkeys(where))})" for text, where in places.items())
