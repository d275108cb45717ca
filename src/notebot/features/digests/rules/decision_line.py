"""The ``>`` line of an entry: what helps the curator to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.note_format.authors import Safe, authors_line
from notebot.core.note_format.phrases import explain_interest
from notebot.core.note_format.stub_title import NoteStyle, title_line
from notebot.core.note_format.update_wording import word_evidence
from notebot.core.text.tex import collapse, readable

if TYPE_CHECKING:
    from notebot.core.model.stub import Stub
    from notebot.core.note_format.phrases import Phrases

COMMENT_LIMIT = 90
"""How many characters of an author comment, or of another quoted text, are shown."""

HEADLINE_TERMS = 2
"""How many matched terms the line of a headline names."""


def decision_line(*, stub: Stub, home: str, words: Phrases, style: NoteStyle, safe: Safe) -> str:
    """Authors · categories · venue or comment · links · matched terms · warnings, joined by `` · ``.

    Args:
        home: the topic in whose section the entry is shown; its matches are named first.
    """
    # Numbers and names in a model's summary that the abstract does not contain.
    # imported here because a stub printed as an issue has no decision line, and `fetch` waits for each import
    from notebot.features.summaries.rules.faithfulness import stub_doubts

    doubts = stub_doubts(stub)
    parts = [
        authors_line(stub.authors, safe),
        ", ".join(safe(name) for name in stub.categories),
        _venue_or_comment(stub, words, safe),
        *(f"{link.kind} {link.url}" for link in stub.links),
        *_matches(stub, home, words),
        words.posts.format(count=len(stub.posts)) if stub.posts else "",
        words.sources.format(names=", ".join(safe(name) for name in stub.sources)) if stub.sources else "",
        words.votes.format(count=stub.votes) if stub.votes else "",
        words.guessed.format(text=safe(_shorten(stub.guessed_from))) if stub.guessed_from else "",
        words.nearness.format(score=stub.nearness) if stub.nearness else "",
        *(explain_interest(why, words, safe) for why in (stub.interest.why if stub.interest else ())),
        "" if stub.complete else words.incomplete,
        words.withdrawn if stub.withdrawn else "",
        words.cut if title_line(stub, style).cut else "",
        words.doubts.format(text=safe(", ".join(doubts))) if doubts else "",
    ]
    return " · ".join(part for part in parts if part)


def headline_hints(stub: Stub, home: str, words: Phrases, safe: Safe) -> str:
    """The end of a headline: the matched terms, then posts, votes, a withdrawal and sources, if there are any."""
    evidence = {matched.topic: matched for matched in stub.matched}.get(home)
    terms = list(dict.fromkeys(term.text for term in evidence.terms)) if evidence else []
    parts = [
        words.matched.format(terms=", ".join(safe(term) for term in terms[:HEADLINE_TERMS])) if terms else "",
        words.posts.format(count=len(stub.posts)) if stub.posts else "",
        words.votes.format(count=stub.votes) if stub.votes else "",
        words.withdrawn if stub.withdrawn else "",
        *(safe(name) for name in stub.sources),
    ]
    return " · ".join(part for part in parts if part)


def _venue_or_comment(stub: Stub, words: Phrases, safe: Safe) -> str:
    """The words that name the venue, with the confidence; without a venue the author comment."""
    evidence, comment = collapse(stub.venue.evidence or ""), collapse(stub.comment or "")
    if evidence:
        text = word_evidence(
            words.venue_from, stub.venue.source, evidence, words, lambda quoted: safe(_shorten(readable(quoted)))
        )
        return f"{text} ({stub.venue.confidence:.2f})" if stub.venue.confidence is not None else text
    return words.comment.format(text=safe(_shorten(readable(comment)))) if comment else ""


def _shorten(text: str) -> str:
    return text if len(text) <= COMMENT_LIMIT else text[: COMMENT_LIMIT - 1].rstrip() + "…"


def _matches(stub: Stub, home: str, words: Phrases) -> list[str]:
    """The matched terms of the home topic, then the names of the other matching topics."""
    texts = []
    evidence = {matched.topic: matched for matched in stub.matched}.get(home)
    if evidence and evidence.terms:
        fields_by_term: dict[str, list[str]] = {}
        for term in evidence.terms:
            fields_by_term.setdefault(term.text, []).append(words.found_in.get(term.field, term.field))
        terms = [f"`{text}` ({', '.join(dict.fromkeys(fields))})" for text, fields in fields_by_term.items()]
        texts.append(words.matched.format(terms=", ".join(terms)))
    other_topics = [name for name in stub.topics if name != home]
    if other_topics:
        texts.append(words.also.format(topics=", ".join(other_topics)))
    return texts
