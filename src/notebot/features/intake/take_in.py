"""Turns papers that a post or source mentions into stubs: one per paper, each post once.

the paper was skipped     nothing changes
it has a note             the post is offered to the note
it has a stub             the post is added; if a digest has shown the stub, the next one reports it
it is new                 a stub with the post
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.article import article_key
from notebot.core.model.arxiv_id import ArxivId
from notebot.core.model.changes import AnotherPost
from notebot.core.model.errors import NotebotError, NotFoundError, ServiceError
from notebot.core.model.offer import Update, note_key
from notebot.core.model.paper import Paper
from notebot.core.model.post import PostKind, Service
from notebot.core.model.post_address import parse_post, post_key
from notebot.core.model.reasons import NewPost
from notebot.core.model.stub import Stub, StubStatus, stub_key
from notebot.core.model.stub_posts import has_post, with_chosen_words, with_post
from notebot.core.ports import Transactional
from notebot.core.supervisor import supervised
from notebot.core.text.escaping import is_plain_url
from notebot.features.intake.rules.source_item import SourceItem, as_paper, draft_from_item, is_post
from notebot.features.topics.rules.drafting import draft_from_paper
from notebot.features.topics.rules.matching import TopicIndex, prepare_paper

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from notebot.core.model.note import Note
    from notebot.core.ports import Clock, Digests, Notes, PaperSource, Stubs
    from notebot.features.topics.rules.topic import Topic
    from notebot.features.venues.rules.enrich import Enrich

BATCH = 100
"""Ids per request: the limit of :class:`notebot.core.ports.PaperSource`."""


class IntakeRequest(Struct, frozen=True):
    """A paper or page to take in, and where it was mentioned."""

    arxiv_id: ArxivId | None
    """``None`` for anything that is not a paper on arXiv."""
    post: str | None = None
    """The post's URL as stubs keep it; ``None`` if there was no post."""
    words: str | None = None
    """The heading of the post's link, with colon; ``None`` for a source post."""
    guess: str | None = None
    """The title by which a search found the paper, if nothing names it."""
    source: str | None = None
    """The watched source that brought it; ``None`` if the curator did."""
    votes: int | None = None
    only: frozenset[str] | None = None
    """Draft a new paper only if one of these topics matches it; ``None``: draft it in any case."""


class IntakeOutcome(StrEnum):
    """What happened to a request."""

    DRAFTED = "drafted"
    ADDED = "added"
    """The post was added to the stub."""
    OFFERED = "offered"
    """The post is offered to the note in the next digest's *Updates*."""
    KNOWN = "known"
    """Nothing changed."""
    SKIPPED = "skipped"
    """The curator skipped the paper earlier."""
    UNMATCHED = "unmatched"
    FAILED = "failed"


class IntakeResult(Struct, frozen=True):
    """The result for one paper, or for an item that names none."""

    outcome: IntakeOutcome
    stub: Stub | None = None
    remark: str | None = None
    """For the curator: the end of a sentence that begins with the paper."""
    error: NotebotError | None = None


class IntakeStore(Transactional, Protocol):
    """What intake reads and writes."""

    @property
    def stubs(self) -> Stubs: ...
    @property
    def notes(self) -> Notes: ...
    @property
    def digests(self) -> Digests: ...


class Intake:
    """Takes papers and pages into the queue."""

    def __init__(
        self, *, store: IntakeStore, api: PaperSource, topics: Sequence[Topic], enrich: Enrich, clock: Clock
    ) -> None:
        self._store = store
        self._api = api
        self._index = TopicIndex(topics)
        self._enrich = enrich
        self._clock = clock
        self._notes_by_page: dict[str, Note] | None = None
        self._known_posts: dict[str, IntakeResult] | None = None

    def take_papers(self, requests: Sequence[IntakeRequest], issue_date: date) -> list[IntakeResult]:
        """Takes in arXiv papers; returns one result each, in order. One that fails does not stop the others.

        Each is stored in a transaction of its own.

        Args:
            issue_date: today in the curator's time zone.
        """
        papers = self._fetch_unknown([request.arxiv_id for request in requests if request.arxiv_id is not None])
        results = []
        for request in requests:
            assert request.arxiv_id is not None
            with self._store.transaction():
                results.append(self._take(request, request.arxiv_id, papers.get(str(request.arxiv_id)), issue_date))
        return results

    def take_item(self, item: SourceItem, source: str, only: frozenset[str] | None, issue_date: date) -> IntakeResult:
        """Takes in an item that names no paper as an article, if a topic of ``only`` matches it.

        An item without text, such as a bookmark, is never an article.
        """
        if not (item.title or item.text).strip():
            return IntakeResult(IntakeOutcome.UNMATCHED)
        matches = self._index.match(prepare_paper(as_paper(item)), None).matched
        if only is not None and not any(match.topic.name in only for match in matches):
            return IntakeResult(IntakeOutcome.UNMATCHED)
        request = IntakeRequest(None, source=source, votes=item.votes)
        return self.take_page(draft_from_item(item, matches), request, issue_date)

    def take_page(self, stub: Stub, request: IntakeRequest, issue_date: date) -> IntakeResult:
        """Takes in the stub of a page: an article, or the paper that the page belongs to.

        Args:
            stub: as it was drafted from the page.
            request: where it was mentioned; its ``arxiv_id`` is ignored.
            issue_date: today in the curator's time zone.
        """
        if stub.arxiv_id:
            notes = self._store.notes.of_paper(stub.arxiv_id)
        else:
            if self._notes_by_page is None:
                pages = [n for n in self._store.notes.all() if not n.arxiv_id and is_plain_url(n.url or "")]
                self._notes_by_page = {article_key(note.url or ""): note for note in reversed(pages)}
            notes = [self._notes_by_page[stub.key]] if stub.key in self._notes_by_page else []
        with self._store.transaction():
            queued = self._store.stubs.get(stub.key)
            if queued is not None and queued.status is StubStatus.SKIPPED:
                return _skipped(queued)
            if notes:
                return self._offer_post(request, notes[0], queued)
            return self._add_post(request, queued) if queued is not None else self._save(stub, request, issue_date)

    def known_post(self, post_url: str) -> IntakeResult | None:
        """Returns the stub or note that has a post already; ``None`` if none has it."""
        if self._known_posts is None:
            known: dict[str, IntakeResult] = {}
            for note in self._store.notes.all():
                where = f"is note #{note.number}" if note.number is not None else "is in the archive"
                result = IntakeResult(IntakeOutcome.KNOWN, None, f"{where} already, with this post")
                known |= dict.fromkeys(map(post_key, note.posts), result)
            for stub in self._store.stubs.all():  # after the notes: the state of the stub says more
                result = IntakeResult(IntakeOutcome.KNOWN, stub, f"is {stub.status} already, with this post")
                if stub.status is StubStatus.SKIPPED:
                    result = _skipped(stub)
                known |= dict.fromkeys(map(post_key, stub.posts), result)
            self._known_posts = known
        return self._known_posts.get(post_key(post_url))

    def count_votes(self, votes: Mapping[str, int]) -> None:
        """Raises the votes of queued stubs, by arXiv id; a stub that a digest has shown keeps its votes."""
        for arxiv_id, stub in self._store.stubs.by_ids(list(votes)).items():
            if stub.status is StubStatus.QUEUED and _higher(stub.votes, votes[arxiv_id]) != stub.votes:
                with self._store.transaction():
                    # read again inside the transaction: a digest may have shown it, or the curator decided on it
                    current = self._store.stubs.get(stub.key)
                    if current is not None and current.status is StubStatus.QUEUED:
                        self._store.stubs.save(replace(current, votes=votes[arxiv_id]), self._clock())

    def _fetch_unknown(self, ids: Sequence[ArxivId]) -> dict[str, Paper | ServiceError]:
        """Fetches the papers that have neither stub nor note; a failed batch maps its ids to the error."""
        bases = [arxiv_id.base for arxiv_id in ids]
        known = {*self._store.stubs.by_ids(bases), *self._store.notes.numbers_of(bases)}
        wanted = list(dict.fromkeys(str(arxiv_id) for arxiv_id in ids if arxiv_id.base not in known))
        answers: dict[str, Paper | ServiceError] = {}
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            try:
                with supervised("The metadata of a batch"):
                    answers.update(self._api.papers(batch))
            except ServiceError as error:
                answers.update(dict.fromkeys(batch, error))
        return answers

    def _take(
        self, request: IntakeRequest, arxiv_id: ArxivId, paper: Paper | ServiceError | None, issue_date: date
    ) -> IntakeResult:
        # read inside the transaction, so that a move that the curator makes meanwhile is not undone
        queued, notes = self._store.stubs.get(stub_key(arxiv_id.base)), self._store.notes.of_paper(arxiv_id.base)
        if queued is not None and queued.status is StubStatus.SKIPPED:
            return _skipped(queued)
        if notes:
            return self._offer_post(request, notes[0], queued)
        if queued is not None:
            return self._add_post(request, queued)
        if not isinstance(paper, Paper):
            error = paper or NotFoundError(f"arXiv has no paper {arxiv_id}; check the id.")
            return IntakeResult(IntakeOutcome.FAILED, error=error)
        matches = self._index.match(prepare_paper(paper), paper.categories).matched
        if request.only is not None and not any(match.topic.name in request.only for match in matches):
            return IntakeResult(IntakeOutcome.UNMATCHED)
        return self._save(self._enrich(draft_from_paper(paper, arxiv_id.version, matches)), request, issue_date)

    def _save(self, drafted: Stub, request: IntakeRequest, issue_date: date) -> IntakeResult:
        stub = replace(_add_origin(drafted, request), issue_date=issue_date, guessed_from=request.guess)
        self._store.stubs.save(stub, self._clock())
        return IntakeResult(IntakeOutcome.DRAFTED, stub, "was drafted into the queue")

    def _add_post(self, request: IntakeRequest, queued: Stub) -> IntakeResult:
        is_new = request.post is not None and not has_post(queued.posts, request.post)
        # what a watched source brings never changes a kept stub: no suggestion reaches a note unseen
        may_change = request.source is None or queued.status is not StubStatus.KEPT
        stub = _add_origin(queued, request) if may_change else queued
        if request.guess is None:
            stub = replace(stub, guessed_from=None)  # now something names the paper
        if stub != queued:
            self._store.stubs.save(stub, self._clock())
        # the next digest shows the posts of a queued stub; for any other one the post is news
        if is_new and queued.status is not StubStatus.QUEUED:
            self._add_update(queued.key, AnotherPost(request.post or ""), queued.title)
        if not is_new:
            return IntakeResult(IntakeOutcome.KNOWN, stub, f"is {queued.status} already")
        return IntakeResult(IntakeOutcome.ADDED, stub, f"is {queued.status} already; the post was added to it")

    def _offer_post(self, request: IntakeRequest, note: Note, queued: Stub | None) -> IntakeResult:
        where = f"is note #{note.number}" if note.number is not None else "is in the archive"
        stub = replace(queued, note_number=note.number) if queued else None
        post, posts = request.post, (*note.posts, *(queued.posts if queued else ()))
        # anything that the curator handed over is worth an offer; of a watched source only what a person wrote
        if post is None or has_post(posts, post) or not (request.source is None or is_post(post)):
            return IntakeResult(IntakeOutcome.KNOWN, stub, f"{where} already")
        if note.number is None:
            return IntakeResult(IntakeOutcome.KNOWN, stub, f"{where} without a number, so that no post can be offered")
        words = "" if request.words in (None, PostKind.SOURCE.words) else request.words or ""
        self._add_update(note_key(note.number), AnotherPost(post, words, _short_id(post)), note.title_line)
        return IntakeResult(
            IntakeOutcome.OFFERED, stub, f"{where} already; the post is offered in the next digest's Updates"
        )

    def _add_update(self, key: str, change: AnotherPost, title: str) -> None:
        self._store.digests.add_update(Update(0, key, change, NewPost(), title), self._clock())


def _skipped(stub: Stub) -> IntakeResult:
    name = stub.arxiv_id or stub.url
    remark = f"was skipped, and stays so; `notebot queue requeue {name}` undoes it"
    return IntakeResult(IntakeOutcome.SKIPPED, stub, remark)


def _add_origin(stub: Stub, request: IntakeRequest) -> Stub:
    """Adds the source, votes and post of a request to a stub."""
    is_new_source = request.source and request.source not in stub.sources
    sources = (*stub.sources, request.source) if request.source and is_new_source else stub.sources
    stub = replace(stub, sources=sources, votes=_higher(stub.votes, request.votes))
    if request.post is None:
        return stub
    if request.source is not None:
        return with_post(stub, request.post, request.words)
    # the curator's words are kept as the curator's choice, those of a source are only a default
    stub = with_post(stub, request.post)
    return with_chosen_words(stub, request.post, request.words) if request.words else stub


def _higher(votes: int | None, other: int | None) -> int | None:
    return max((count for count in (votes, other) if count is not None), default=None)


def _short_id(post_url: str) -> str:
    """Returns an id that is unique among the posts offered to one note, for a digest's hidden mark."""
    post = parse_post(post_url)
    if post is not None and post.service not in (Service.PAGE, Service.LINKEDIN):
        return post.id
    return sha256(post_url.encode()).hexdigest()[:12]
