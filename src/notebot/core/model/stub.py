"""What notebot drafted for one paper, and the title line it is filed under."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from notebot.core.model.article import Article
from notebot.core.model.entry import AnnounceType, Entry
from notebot.core.model.resource_links import ResourceLink
from notebot.core.text.tex import decode_accents

if TYPE_CHECKING:
    from notebot.core.model.paper import Paper


class StubStatus(StrEnum):
    """Where a stub stands: ``queued`` → ``digested`` → ``kept`` | ``skipped`` (a tombstone)."""

    QUEUED = "queued"
    DIGESTED = "digested"
    KEPT = "kept"
    SKIPPED = "skipped"


class Venue(Struct, frozen=True):
    """Conference or journal, with the words it was read from."""

    label: str
    """``COLM'25``, ``arXiv'26``, or plain ``arXiv`` while the year is unknown."""
    name: str
    year: int | None = None
    track: str | None = None
    source: str = "default"
    evidence: str | None = None
    confidence: float | None = None
    """How sure the reading of these words is, 0 to 1; none where nothing was read."""


class TagEvidence(Struct, frozen=True):
    """Why a tag is on the stub; ``sure`` tags stand plain, the others as a guess."""

    tag: str
    score: float
    sure: bool
    why: str


class AttributedText(Struct, frozen=True):
    """A text and the name of what wrote it."""

    text: str
    by: str


class Related(Struct, frozen=True):
    """A note of the archive that is near this paper."""

    number: int
    title: str
    score: float
    why: str


class Offer(Struct, frozen=True):
    """Something a machine learned about a field that the curator owns."""

    field: str
    value: str
    why: str


class Curator(Struct, frozen=True):
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


class FoundTerm(Struct, frozen=True):
    """A term of a topic's query and the field it was found in (``title``, ``abstract``, …)."""

    text: str
    field: str


class TopicEvidence(Struct, frozen=True):
    """A topic that matched the paper, and by which terms (none for a topic without query)."""

    topic: str
    terms: tuple[FoundTerm, ...] = ()


class Stub(Struct, frozen=True):
    """A drafted note, keyed by arXiv id or address; it has no number until it is in the archive."""

    key: str
    """``arxiv:2504.02807``, ``url:https://blog.example/post``; unique."""
    arxiv_id: str
    """Empty where the note is of a page, and not of a paper on arXiv."""
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
    summary: AttributedText | None = None
    translation: AttributedText | None = None
    related: tuple[Related, ...] = ()
    links: tuple[ResourceLink, ...] = ()
    """Code, project page, data and reviews, as abstract and comment name them."""
    nearness: float | None = None
    """How near the paper is to the archive, from 0 to 1; ``None`` where that is not known."""
    posts: tuple[str, ...] = ()
    post_words: tuple[tuple[str, str], ...] = ()
    """Post URL and the words it stands under while the curator has chosen none, where these are not ``元ポスト:``."""
    sources: tuple[str, ...] = ()
    """Names of the watched sources that spoke of it."""
    votes: int | None = None
    """The most that a watched source counted for it."""
    guessed_from: str | None = None
    """The words of a post by which a search found it; ``None`` where something names it."""
    status: StubStatus = StubStatus.QUEUED
    note_number: int | None = None
    issue_date: date | None = None
    """The day of its digest in the curator's time zone; provisional."""
    offers: tuple[Offer, ...] = ()
    curator: Curator = Curator()
    kind: str = "paper"
    """``paper`` or ``article``."""
    article: Article | None = None
    """What the page said, where the note is of a page, or of a paper that is known by its page alone."""

    @property
    def mark(self) -> str:
        """See :func:`digest_mark`."""
        return digest_mark(self.key)

    @property
    def first_author(self) -> str | None:
        """The first author that holds a letter, or ``None``."""
        named = authors_with_letters(self.authors)
        return decode_accents(named[0]) if named else None


def stub_key(arxiv_id: str) -> str:
    """The key a paper's stub is stored under."""
    return f"arxiv:{arxiv_id}"


def digest_mark(key: str) -> str:
    """What stands for a stub in a digest's hidden marks: a paper's id, or for a page a short hash of its key.

    An address may hold what would end an HTML comment.
    """
    arxiv_id = key.removeprefix("arxiv:")
    return arxiv_id if arxiv_id != key else f"page-{sha256(key.encode()).hexdigest()[:12]}"


def abstract_url(arxiv_id: str, version: int | None = None) -> str:
    """The page that readers are sent to; with ``vN`` only where a version was asked for."""
    return f"https://arxiv.org/abs/{arxiv_id}" + (f"v{version}" if version else "")


def authors_with_letters(authors: tuple[str, ...]) -> tuple[str, ...]:
    """The authors that hold a letter: team papers carry a separator named ``:``."""
    return tuple(name for name in authors if any(char.isalpha() for char in name))


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


def with_better_announce_type(stub: Stub, entry: Entry) -> Stub:
    """The stub with the best announcement type of its day: new > cross > replace."""
    if stub.announced_on != entry.announced_on or stub.announce_type is None:
        return stub
    best = min(stub.announce_type, entry.announce_type, key=lambda kind: kind.rank)
    return replace(stub, announce_type=best)
