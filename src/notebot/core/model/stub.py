"""The stub: a drafted note for one paper or page, and its parts."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from notebot.core.model.article import Article
from notebot.core.model.entry import AnnounceType, Entry
from notebot.core.model.reasons import Reason
from notebot.core.model.resource_links import ResourceLink
from notebot.core.text.tex import decode_accents

if TYPE_CHECKING:
    from notebot.core.model.paper import Paper


class StubStatus(StrEnum):
    """The state of a stub: ``queued`` → ``digested`` → ``kept`` | ``skipped`` (a tombstone)."""

    QUEUED = "queued"
    DIGESTED = "digested"
    KEPT = "kept"
    SKIPPED = "skipped"


NOT_IN_TABLE = "[not in the table]"
"""Marks the evidence of a venue that is not in the table."""


class Venue(Struct, frozen=True):
    """A conference or journal, with the text in which it was detected."""

    label: str
    """``COLM'25``, ``arXiv'26``, or just ``arXiv`` while the year is unknown."""
    name: str
    year: int | None = None
    track: str | None = None
    source: str = "default"
    evidence: str | None = None
    confidence: float | None = None
    """Confidence of the detection, 0 to 1; ``None`` if nothing was detected."""


class TagEvidence(Struct, frozen=True):
    """The reason for a tag; tags that are not ``sure`` are shown as guesses."""

    tag: str
    score: float
    sure: bool
    why: str


class AttributedText(Struct, frozen=True):
    """A generated text and the name of its author, usually a model."""

    text: str
    by: str


class RelatedKind(StrEnum):
    """What a note has in common with a paper."""

    LINKED = "linked"
    """The curator linked the note and an earlier note of this paper."""
    INTRODUCES = "introduces"
    """The note introduces something that the paper names."""
    TAGS = "tags"
    """The note has specific tags that are suggested for the paper."""
    WORDS = "words"
    """The note is among the nearest, by these words."""


class RelatedReason(Struct, frozen=True):
    """Why a note is offered; ``explain_related`` puts it into words."""

    kind: RelatedKind
    names: tuple[str, ...] = ()
    """The name that the note introduces, the tags or the words that both have, the strongest first."""
    field: str | None = None
    """The field of the paper that contains the name: ``title`` or ``abstract``."""


class Related(Struct, frozen=True):
    """A note of the archive that is related to this paper."""

    number: int
    title: str
    score: float
    """0 to 1; comparable within one archive."""
    why: RelatedReason | str
    """A sentence in rows that an earlier version stored."""


class InterestKind(StrEnum):
    """What the curator's decisions say about a paper."""

    LIKE_KEPT = "like_kept"
    """Its text is similar to that of a paper that the curator kept."""
    SKIPS_CATEGORY = "skips_category"
    """The curator skipped most papers of its category."""
    KEEPS_CATEGORY = "keeps_category"
    """The curator kept most papers of its category."""


class InterestReason(Struct, frozen=True):
    """One true statement about the curator's decisions; ``explain_interest`` puts it into words."""

    kind: InterestKind
    name: str
    """``#2453``, or the arXiv id of a kept paper without a number; or the category."""
    count: int = 0
    """How many papers of the category were kept or skipped, whichever it is about."""
    decided: int = 0
    """How many papers of the category the curator decided on."""


class Interest(Struct, frozen=True):
    """How much the curator's notes and decisions speak for a paper; it changes the order and hides nothing."""

    score: float
    """The logarithm of odds: above 0 the paper is more like what is kept than like what is announced or skipped."""
    why: tuple[InterestReason, ...] = ()
    """The strongest first; may be empty, because words have no reason that is worth a line."""


class Offer(Struct, frozen=True):
    """A value for a field that the curator has edited, so no machine may write it."""

    field: str
    value: str
    why: Reason | str
    """A text if an earlier version stored it."""


class Curator(Struct, frozen=True):
    """What the curator typed or chose. No machine writes here."""

    comment: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    """The fields that the curator edited, by name (``title_line``, ``summary``, ``issue_date``)."""
    tags: tuple[str, ...] | None = None
    """The complete list of tags; ``None`` if the curator has not changed it."""
    related: tuple[int, ...] = ()
    """Numbers of the related notes that the curator ticked."""
    post_words: tuple[tuple[str, str], ...] = ()
    """Post URL and the label that the curator chose for it, if not ``元ポスト:``."""


class FoundTerm(Struct, frozen=True):
    """A term of a topic's query and the field that contains it (``title``, ``abstract``, …)."""

    text: str
    field: str


class TopicEvidence(Struct, frozen=True):
    """A topic that matched the paper, with the matching terms (none for a topic without query)."""

    topic: str
    terms: tuple[FoundTerm, ...] = ()


class Stub(Struct, frozen=True):
    """A drafted note. It gets a number when it is published to the archive."""

    key: str
    """Unique: ``arxiv:2504.02807`` or ``url:https://blog.example/post``."""
    arxiv_id: str
    """Canonical id without version; empty for a page that is not a paper on arXiv."""
    version: int
    """The arXiv version that the metadata describes."""
    url: str
    """The abstract page on arXiv, or the page itself."""
    title: str
    """As the source wrote it, TeX included; the title line is derived from it."""
    authors: tuple[str, ...]
    """In the order of the paper."""
    abstract: str
    """Empty if the source has none."""
    categories: tuple[str, ...]
    """arXiv categories, the primary one first."""
    published: datetime | None = None
    """Aware UTC time of version 1; ``None`` until the metadata was fetched."""
    comment: str | None = None
    """arXiv's author comment, in which most venues are named."""
    journal_ref: str | None = None
    """arXiv's journal reference."""
    doi: str | None = None
    """The publisher's DOI, without ``https://doi.org/``."""
    venue: Venue = Venue("arXiv", "arXiv")
    """The detected venue; arXiv if none was detected."""
    withdrawn: bool = False
    """The author comment says that the paper was withdrawn."""
    complete: bool = False
    """True once the metadata was fetched; feeds contain only a part of it."""
    announced_on: date | None = None
    """The announcement day (US Eastern); ``None`` if the stub did not come from an announcement."""
    announce_type: AnnounceType | None = None
    """The best type among the categories of that day (rules.md 2.3)."""
    topics: tuple[str, ...] = ()
    """Names of the topics that matched."""
    matched: tuple[TopicEvidence, ...] = ()
    """The terms by which they matched."""
    tags: tuple[str, ...] = ()
    """Suggested tags; ``curator.tags`` replaces them."""
    tag_evidence: tuple[TagEvidence, ...] = ()
    """The reasons for the suggested tags."""
    summary: AttributedText | None = None
    """The generated summary."""
    translation: AttributedText | None = None
    """The generated translation of the abstract."""
    related: tuple[Related, ...] = ()
    """Similar notes of the archive."""
    links: tuple[ResourceLink, ...] = ()
    """Code, project page, data and reviews that the abstract or comment links to."""
    nearness: float | None = None
    """Similarity of the paper to the archive, 0 to 1; ``None`` if unknown."""
    interest: Interest | None = None
    """What the curator's notes and decisions say; ``None`` if nothing was learned, or ``[digest] learn`` is off."""
    posts: tuple[str, ...] = ()
    """URLs of social posts about the paper, without duplicates."""
    post_words: tuple[tuple[str, str], ...] = ()
    """Post URL and suggested label, if not ``元ポスト:``; ``curator.post_words`` takes precedence."""
    sources: tuple[str, ...] = ()
    """Names of the watched sources that mentioned it."""
    votes: int | None = None
    """The highest vote count reported by a watched source."""
    guessed_from: str | None = None
    """Text of a post by which a search found the paper; ``None`` if it was identified by a link or id."""
    status: StubStatus = StubStatus.QUEUED
    """Where the stub is on its way to the archive."""
    note_number: int | None = None
    """The issue number; ``None`` until it is published."""
    issue_date: date | None = None
    """The day of its digest in the curator's time zone; the published issue may change it."""
    offers: tuple[Offer, ...] = ()
    """New values for fields that the curator has edited."""
    curator: Curator = Curator()
    """The curator's own input."""
    kind: str = "paper"
    """``paper`` or ``article``."""
    article: Article | None = None
    """Facts from the page, for a page or a paper known only by its page; otherwise ``None``."""

    @property
    def mark(self) -> str:
        """The stub's identifier in digests; see :func:`digest_mark`."""
        return digest_mark(self.key)

    @property
    def first_author(self) -> str | None:
        """The first author whose name contains a letter, or ``None``."""
        named = authors_with_letters(self.authors)
        return decode_accents(named[0]) if named else None


def stub_key(arxiv_id: str) -> str:
    """The key of the stub of an arXiv paper."""
    return f"arxiv:{arxiv_id}"


def digest_mark(key: str) -> str:
    """The identifier of a stub in a digest's HTML comments: the arXiv id, or a hash for a page."""
    arxiv_id = key.removeprefix("arxiv:")
    if arxiv_id != key:
        return arxiv_id
    # A hash, because a URL may contain the end of an HTML comment. hashlib loads OpenSSL, 4 ms, for pages only.
    from hashlib import sha256

    return f"page-{sha256(key.encode()).hexdigest()[:12]}"


def abstract_url(arxiv_id: str, version: int | None = None) -> str:
    """The URL of the abstract page on arXiv, with ``vN`` if a version is given."""
    return f"https://arxiv.org/abs/{arxiv_id}" + (f"v{version}" if version else "")


def authors_with_letters(authors: tuple[str, ...]) -> tuple[str, ...]:
    """The authors whose names contain a letter: team papers list a separator ``:`` as an author."""
    return tuple(name for name in authors if any(char.isalpha() for char in name))


def with_metadata(stub: Stub, paper: Paper) -> Stub:
    """The stub with the fetched metadata; the curator's input is unchanged."""
    year = paper.published.year  # replaced later if the comment names a venue
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


def paper_of(stub: Stub) -> Paper:
    """The metadata of a complete stub, as they were fetched."""
    from notebot.core.model.paper import Paper

    assert stub.published is not None  # it is complete
    return Paper(
        arxiv_id=stub.arxiv_id,
        version=stub.version,
        title=stub.title,
        authors=stub.authors,
        abstract=stub.abstract,
        categories=stub.categories,
        published=stub.published,
        updated=stub.published,  # a stub does not know when its newest version came
        comment=stub.comment,
        journal_ref=stub.journal_ref,
        doi=stub.doi,
        withdrawn=stub.withdrawn,
    )


def with_better_announce_type(stub: Stub, entry: Entry) -> Stub:
    """The stub with the better of two announcement types of the same day (rules.md 2.3)."""
    if stub.announced_on != entry.announced_on or stub.announce_type is None:
        return stub
    best = min(stub.announce_type, entry.announce_type, key=lambda kind: kind.rank)
    return replace(stub, announce_type=best)
