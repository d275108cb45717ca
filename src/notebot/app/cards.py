"""The content of a candidate's card on the review page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct

from notebot.core.model.note import READ_LATER
from notebot.core.model.post import PostKind
from notebot.core.note_format.authors import authors_line
from notebot.core.note_format.note_from_stub import post_lines
from notebot.core.note_format.phrases import LANGUAGES, explain_interest, explain_related
from notebot.core.note_format.stub_title import title_line
from notebot.core.note_format.update_wording import word_evidence
from notebot.core.text.escaping import is_plain_url
from notebot.core.text.tex import collapse, readable

if TYPE_CHECKING:
    from notebot.config import Config
    from notebot.core.model.stub import Stub
    from notebot.core.note_format.phrases import Phrases

QUOTED = 120
"""Characters of an author comment, or of a venue's evidence, on a card."""


class CardTag(Struct, frozen=True):
    """One tag with its reason."""

    name: str
    guess: bool
    why: str


class Card(Struct, frozen=True):
    """The content of a card; texts are not escaped yet."""

    key: str
    url: str
    """Of the paper; empty unless it is plain http(s), so that no script can hide in it. So are all addresses here."""
    status: str
    revision: int
    read_later: bool
    title: str
    """The title line without prefix."""
    authors: str
    categories: str
    venue: str
    """The label, or empty for a plain preprint."""
    venue_why: str
    terms: tuple[str, ...]
    marks: tuple[str, ...]
    """Votes, sources, nearness, what the decisions say."""
    warnings: tuple[str, ...]
    summary: str
    summary_by: str
    """Empty for an extract."""
    tags: tuple[CardTag, ...]
    related: tuple[tuple[int, str, str], ...]
    """Number, title and reason."""
    posts: tuple[tuple[str, str], ...]
    """Label and address."""
    links: tuple[tuple[str, str], ...]
    """Kind and address of code, project page, data."""
    note_number: int | None


def make_card(stub: Stub, revision: int, config: Config, language: str) -> Card:
    """The card of a stub in a language."""
    words = LANGUAGES[language]
    line = title_line(stub, config.note)
    tags = card_tags(stub)
    return Card(
        key=stub.key,
        url=_link(stub.url),
        status=str(stub.status),
        revision=revision,
        read_later=READ_LATER in (stub.curator.tags or ()),
        title=line.rest,
        authors=authors_line(stub.authors, str),
        categories=", ".join(stub.categories),
        venue=stub.venue.label if stub.venue.evidence else "",
        venue_why=venue_reason(stub, words),
        terms=tuple(dict.fromkeys(term.text for matched in stub.matched for term in matched.terms)),
        marks=_marks(stub, words),
        warnings=_warnings(stub, words, cut=line.cut),
        summary=_plain(stub.curator.fields.get("summary") or (stub.summary.text if stub.summary else "")),
        summary_by=stub.summary.by if stub.summary and stub.summary.by != "extractive" else "",
        tags=tags,
        related=tuple(
            (note.number, note.title, explain_related(note.why, words))
            for note in stub.related[: config.digest.related]
        ),
        posts=tuple(
            (words.source_post if label == PostKind.SOURCE.words else label, url)
            for label, post in post_lines(stub)
            if (url := _link(post))
        ),
        links=tuple((str(each.kind), url) for each in stub.links if (url := _link(each.url))),
        note_number=stub.note_number,
    )


def paper_path(key: str) -> str:
    """The path of a stub's page: ``/papers/2605.09063``, ``/papers/url:https:%3A//…``."""
    return "/papers/" + quote(key.removeprefix("arxiv:"), safe="/:")


def card_tags(stub: Stub) -> tuple[CardTag, ...]:
    """The tags with their reasons; those that the curator chose have no reason and are not guesses."""
    if stub.curator.tags is not None:
        return tuple(CardTag(tag, guess=False, why="") for tag in stub.curator.tags)
    evidence = {each.tag: each for each in stub.tag_evidence}
    return tuple(
        CardTag(tag, guess=tag in evidence and not evidence[tag].sure, why=evidence[tag].why if tag in evidence else "")
        for tag in stub.tags
    )


def venue_reason(stub: Stub, words: Phrases) -> str:
    """The words in which the venue was found, else the author comment."""
    evidence, comment = _plain(stub.venue.evidence), _plain(stub.comment)
    if evidence:
        return word_evidence(words.venue_from, stub.venue.source, evidence, words, _shorten)
    return words.comment.format(text=_shorten(comment)) if comment else ""


def _marks(stub: Stub, words: Phrases) -> tuple[str, ...]:
    marks = [
        words.votes.format(count=stub.votes) if stub.votes else "",
        words.sources.format(names=", ".join(stub.sources)) if stub.sources else "",
        words.nearness.format(score=stub.nearness) if stub.nearness else "",
        *(explain_interest(why, words) for why in (stub.interest.why if stub.interest else ())),
    ]
    return tuple(mark for mark in marks if mark)


def _warnings(stub: Stub, words: Phrases, *, cut: bool) -> tuple[str, ...]:
    from notebot.features.summaries.rules.faithfulness import stub_doubts

    doubts = stub_doubts(stub)
    warnings = [
        words.guessed.format(text=_shorten(_plain(stub.guessed_from))) if stub.guessed_from else "",
        "" if stub.complete or stub.kind == "article" else words.incomplete,
        words.withdrawn if stub.withdrawn else "",
        words.cut if cut else "",
        words.doubts.format(text=", ".join(doubts)) if doubts else "",
    ]
    # the digest's phrases are Markdown, and these pages are not
    return tuple(warning.replace("**", "") for warning in warnings if warning)


def _plain(text: str | None) -> str:
    """Text of a paper on one line, with TeX accents decoded."""
    return readable(collapse(text or ""))


def _link(url: str) -> str:
    return url if is_plain_url(url) else ""


def _shorten(text: str) -> str:
    return text if len(text) <= QUOTED else text[: QUOTED - 1].rstrip() + "…"
