"""What notebot drafted for one paper, and the title line it is filed under."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from notebot.domain.entry import AnnounceType, Entry
from notebot.domain.matching import TopicMatch
from notebot.domain.paper import Paper
from notebot.domain.tex import collapse, decode_accents

TITLE_LINE_LIMIT = 256
"""GitHub's limit on an issue title, in characters."""


class StubStatus(StrEnum):
    """Where a stub stands: ``queued`` → ``digested`` → ``kept`` | ``skipped`` (a tombstone)."""

    QUEUED = "queued"
    DIGESTED = "digested"
    KEPT = "kept"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Venue:
    """Conference or journal, with the words it was read from."""

    label: str
    """``COLM'25``, ``arXiv'26``, or plain ``arXiv`` while the year is unknown."""
    name: str
    year: int | None = None
    track: str | None = None
    source: str = "default"
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class TagEvidence:
    """Why a tag is on the stub; ``sure`` tags stand plain, the others as a guess."""

    tag: str
    score: float
    sure: bool
    why: str


@dataclass(frozen=True, slots=True)
class Authored:
    """A text and the name of what wrote it."""

    text: str
    by: str


@dataclass(frozen=True, slots=True)
class Related:
    """A note of the archive that is near this paper."""

    number: int
    title: str
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class Offer:
    """Something a machine learned about a field that the curator owns."""

    field: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class Curator:
    """What the curator typed or chose; no machine writes here."""

    comment: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    """By name (``title_line``, ``summary``, ``issue_date``), each as the curator left it."""
    tags: tuple[str, ...] | None = None
    """All tags that are to stand; ``None`` while the curator has not touched them."""
    related: tuple[int, ...] = ()
    """Numbers of the related notes that were ticked."""
    post_words: tuple[tuple[str, str], ...] = ()
    """Post URL and the words it stands under, where these are not ``元ポスト:``."""


@dataclass(frozen=True, slots=True)
class FoundTerm:
    """A term of a topic's query and the field it was found in (``title``, ``abstract``, …)."""

    text: str
    field: str


@dataclass(frozen=True, slots=True)
class TopicEvidence:
    """A topic that matched the paper, and by which terms (none for a topic without query)."""

    topic: str
    terms: tuple[FoundTerm, ...] = ()


@dataclass(frozen=True, slots=True)
class Stub:
    """A drafted note, keyed by arXiv id; it has no number until it is in the archive."""

    key: str
    """``arxiv:2504.02807``; unique."""
    arxiv_id: str
    version: int
    url: str
    title: str
    authors: tuple[str, ...]
    abstract: str
    categories: tuple[str, ...]
    published: datetime | None = None
    """Aware UTC time of version 1; ``None`` until the metadata came."""
    comment: str | None = None
    """arXiv's author comment."""
    journal_ref: str | None = None
    doi: str | None = None
    venue: Venue = Venue("arXiv", "arXiv")
    withdrawn: bool = False
    complete: bool = False
    """The metadata has come; what the feed lacks is filled in."""
    announced_on: date | None = None
    announce_type: AnnounceType | None = None
    topics: tuple[str, ...] = ()
    matched: tuple[TopicEvidence, ...] = ()
    tags: tuple[str, ...] = ()
    tag_evidence: tuple[TagEvidence, ...] = ()
    summary: Authored | None = None
    translation: Authored | None = None
    related: tuple[Related, ...] = ()
    nearness: float | None = None
    """How near the paper is to the archive, from 0 to 1; ``None`` where that is not known."""
    posts: tuple[str, ...] = ()
    status: StubStatus = StubStatus.QUEUED
    note_number: int | None = None
    issue_date: date | None = None
    """The day of its digest in the curator's time zone; provisional."""
    offers: tuple[Offer, ...] = ()
    curator: Curator = Curator()
    kind: str = "paper"

    @property
    def first_author(self) -> str | None:
        """The first author that holds a letter, or ``None``."""
        named = lettered(self.authors)
        return decode_accents(named[0]) if named else None


@dataclass(frozen=True, slots=True)
class NoteStyle:
    """The curator's habits for a title line: config ``[note]``."""

    prefix: str = "[Paper Note]"
    month: bool = True


@dataclass(frozen=True, slots=True)
class TitleLine:
    """A title line in its two parts; ``cut`` says that the paper's title was shortened to fit."""

    prefix: str
    rest: str
    cut: bool = False

    @property
    def text(self) -> str:
        """The whole line."""
        return f"{self.prefix} {self.rest}" if self.prefix else self.rest


def stub_key(arxiv_id: str) -> str:
    """The key a paper's stub is stored under."""
    return f"arxiv:{arxiv_id}"


def abs_url(arxiv_id: str, version: int | None = None) -> str:
    """The page that readers are sent to; with ``vN`` only where a version was asked for."""
    return f"https://arxiv.org/abs/{arxiv_id}" + (f"v{version}" if version else "")


def lettered(authors: tuple[str, ...]) -> tuple[str, ...]:
    """The authors that hold a letter: team papers carry a separator named ``:``."""
    return tuple(name for name in authors if any(char.isalpha() for char in name))


def title_line(stub: Stub, style: NoteStyle) -> TitleLine:
    """``[Paper Note] TITLE, FIRST AUTHOR+, VENUE'YY, YYYY.MM``.

    Year and month are those of version 1, never of the id. Without metadata the line ends after
    the author. A line over 256 characters has the paper's title cut with ``…``. A line that the
    curator wrote is returned as it stands.
    """
    own = stub.curator.fields.get("title_line")
    if own is not None:
        known = bool(style.prefix) and own.startswith(style.prefix + " ")
        return TitleLine(style.prefix, own[len(style.prefix) + 1 :]) if known else TitleLine("", own)
    title = decode_accents(collapse(stub.title))
    tail = _after_title(stub, style)
    room = TITLE_LINE_LIMIT - len(tail) - (len(style.prefix) + 1 if style.prefix else 0)
    if len(title) <= room:
        return TitleLine(style.prefix, title + tail)
    short = title[: max(room - 1, 0)].rstrip() + "…" + tail
    return TitleLine(style.prefix, short[: room + len(tail)], cut=True)


def _after_title(stub: Stub, style: NoteStyle) -> str:
    named = lettered(stub.authors)
    parts = [collapse(decode_accents(named[0])) + ("+" if len(named) > 1 else "")] if named else []
    if stub.published is not None:
        parts.append(stub.venue.label + (f" {stub.venue.track}" if stub.venue.track else ""))
        if style.month:
            parts.append(f"{stub.published:%Y.%m}")
    return "".join(f", {part}" for part in parts)


def draft_from_entry(entry: Entry, matches: tuple[TopicMatch, ...]) -> Stub:
    """A stub as far as the feed allows: no publication time, so no venue year either."""
    stub = Stub(
        key=stub_key(entry.arxiv_id),
        arxiv_id=entry.arxiv_id,
        version=entry.version,
        url=abs_url(entry.arxiv_id),
        title=entry.title,
        authors=entry.authors,
        abstract=entry.abstract,
        categories=entry.categories,
        journal_ref=entry.journal_ref,
        doi=entry.doi,
        announced_on=entry.announced_on,
        announce_type=entry.announce_type,
    )
    return with_topics(stub, matches)


def draft_from_paper(paper: Paper, asked_version: int | None, matches: tuple[TopicMatch, ...]) -> Stub:
    """A complete stub, for a paper that was asked for by its id."""
    empty = Stub(
        key=stub_key(paper.arxiv_id),
        arxiv_id=paper.arxiv_id,
        version=paper.version,
        url=abs_url(paper.arxiv_id, asked_version),
        title=paper.title,
        authors=paper.authors,
        abstract=paper.abstract,
        categories=paper.categories,
    )
    return with_topics(with_metadata(empty, paper), matches)


def with_metadata(stub: Stub, paper: Paper) -> Stub:
    """The stub with everything that the metadata knows; what the curator wrote stays."""
    year = paper.published.year
    return replace(
        stub,
        version=paper.version,
        title=paper.title,
        authors=paper.authors,
        abstract=paper.abstract,
        categories=paper.categories,
        published=paper.published,
        comment=paper.comment,
        journal_ref=paper.journal_ref,
        doi=paper.doi,
        venue=Venue(f"arXiv'{year % 100:02d}", "arXiv", year),
        withdrawn=paper.withdrawn,
        complete=True,
    )


def with_topics(stub: Stub, matches: tuple[TopicMatch, ...]) -> Stub:
    """The stub with these topics, their tags and the terms they matched by, each once."""
    fresh = [match for match in matches if match.topic.name not in stub.topics]
    tags = [
        TagEvidence(tag, 1.0, sure=True, why=f"topic {match.topic.name}") for match in fresh for tag in match.topic.tags
    ]
    by_tag = {evidence.tag: evidence for evidence in (*reversed(tags), *stub.tag_evidence)}
    ordered = dict.fromkeys((*stub.tags, *(evidence.tag for evidence in tags)))
    return replace(
        stub,
        topics=(*stub.topics, *(match.topic.name for match in fresh)),
        matched=(*stub.matched, *(_evidence(match) for match in fresh)),
        tags=tuple(ordered),
        tag_evidence=tuple(by_tag[tag] for tag in ordered if tag in by_tag),
    )


def with_post(stub: Stub, post_url: str) -> Stub:
    """The stub with one more source post, each once."""
    return replace(stub, posts=tuple(dict.fromkeys((*stub.posts, post_url))))


def better_type(stub: Stub, entry: Entry) -> Stub:
    """The stub with the best announcement type of its day: new > cross > replace."""
    if stub.announced_on != entry.announced_on or stub.announce_type is None:
        return stub
    best = min(stub.announce_type, entry.announce_type, key=lambda kind: kind.rank)
    return replace(stub, announce_type=best)


def _evidence(match: TopicMatch) -> TopicEvidence:
    return TopicEvidence(match.topic.name, tuple(FoundTerm(term.text, term.field) for term in match.terms))
