"""Drafts stubs for papers and pages requested by id or link, with one request for all papers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.article import article_key, is_web_page_url
from notebot.core.model.arxiv_id import ArxivId, parse_ref
from notebot.core.model.errors import InvalidRefError, NotebotError, NotFoundError, ServiceError
from notebot.core.model.stub import Stub, StubStatus
from notebot.core.model.stub_posts import has_post, with_post
from notebot.core.ports import Transactional
from notebot.core.supervisor import supervised
from notebot.core.text.escaping import is_plain_url
from notebot.features.topics.rules.drafting import draft_from_paper
from notebot.features.topics.rules.matching import TopicIndex, prepare_paper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from notebot.core.model.paper import Paper
    from notebot.core.ports import Clock, Notes, PaperSource, Stubs
    from notebot.features.intake.handed_over_links import PageDrafts
    from notebot.features.topics.rules.topic import Topic
    from notebot.features.venues.rules.enrich import Enrich


class Fetched(Struct, frozen=True):
    """The result for one reference: a stub or an error."""

    ref: str
    stub: Stub | None = None
    error: NotebotError | None = None
    remark: str | None = None
    """For the curator: the paper was skipped earlier, it is in the queue already."""


class FetchStore(Transactional, Protocol):
    """What a fetch reads and writes."""

    @property
    def stubs(self) -> Stubs: ...
    @property
    def notes(self) -> Notes: ...


class PaperFetcher:
    """Drafts stubs from references of any form.

    Args:
        store: ``None`` if there is no database: then nothing is known and nothing saved.
        make_articles: builds the drafter of web pages; called only for references to web pages;
            ``None`` refuses web pages.
    """

    def __init__(
        self,
        *,
        api: PaperSource,
        store: FetchStore | None,
        topics: Sequence[Topic],
        enrich: Enrich,
        clock: Clock,
        make_articles: Callable[[], PageDrafts] | None = None,
    ) -> None:
        self._make_articles = make_articles
        self._api = api
        self._store = store
        self._index = TopicIndex(topics)
        self._enrich = enrich
        self._clock = clock

    def fetch(self, refs: Sequence[str], issue_date: date, post: str | None, *, save: bool) -> list[Fetched]:
        """Returns one :class:`Fetched` per reference, in the order given; a bad one does not stop the others.

        Args:
            issue_date: today in the curator's time zone.
            post: the social post that mentions the papers.
            save: put new stubs into the queue.
        """
        ids: list[ArxivId | InvalidRefError] = []
        for ref in refs:
            try:
                ids.append(parse_ref(ref))
            except InvalidRefError as error:
                ids.append(error)  # it may still be a web page
        wanted = list(dict.fromkeys(str(parsed) for parsed in ids if isinstance(parsed, ArxivId)))
        papers: dict[str, Paper] | ServiceError
        try:
            with supervised("The metadata of the papers"):
                papers = self._api.papers(wanted) if wanted else {}
        except ServiceError as error:
            papers = error  # the web pages among the references can be fetched all the same
        results = []
        for ref, parsed in zip(refs, ids, strict=True):
            try:
                with supervised(f"The reference {ref[:200]}"):
                    stub = replace(self._draft(ref, parsed, papers), issue_date=issue_date)
            except NotebotError as error:
                results.append(Fetched(ref, error=error))
                continue
            results.append(self._merge_known(ref, with_post(stub, post) if post else stub, post, save))
        return results

    def _draft(self, ref: str, parsed: ArxivId | InvalidRefError, papers: dict[str, Paper] | ServiceError) -> Stub:
        if isinstance(parsed, InvalidRefError):
            if self._make_articles is None or not is_web_page_url(ref):
                raise parsed
            return self._make_articles().draft(ref)
        if isinstance(papers, ServiceError):
            raise papers
        paper = papers.get(str(parsed))
        if paper is None:
            raise NotFoundError(f"arXiv has no paper {parsed}; check the id.")
        matches = self._index.match(prepare_paper(paper), paper.categories).matched
        return self._enrich(draft_from_paper(paper, parsed.version, matches))

    def _merge_known(self, ref: str, stub: Stub, post: str | None, save: bool) -> Fetched:
        """Adds what the store knows, and saves a new stub; state and edits of an existing one never change."""
        store = self._store
        if store is None:
            return Fetched(ref, stub)
        if stub.arxiv_id:
            numbers = list(store.notes.numbers_of([stub.arxiv_id]).values())
        else:
            numbers = [
                known.number
                for known in store.notes.known()
                if known.url is not None and is_plain_url(known.url) and article_key(known.url) == stub.key
            ]
        if numbers:
            where = f"is note #{numbers[0]} of the archive" if numbers[0] else "is in the archive"
            queued = store.stubs.get(stub.key)
            shown = _with_state_of(queued, stub) if queued else stub
            return Fetched(ref, replace(shown, note_number=numbers[0]), remark=f"{where} already; nothing is saved")
        if not save:
            queued = store.stubs.get(stub.key)
            return Fetched(ref, stub) if queued is None else _already_queued(ref, queued, stub)
        with store.transaction():
            # read inside the transaction, so that a move that the curator makes meanwhile is not undone
            queued = store.stubs.get(stub.key)
            if queued is None:
                store.stubs.save(stub, self._clock())
                return Fetched(ref, stub, remark="saved into the queue")
            # only `queue requeue` changes a skipped stub (rules.md 5.2)
            if post is None or has_post(queued.posts, post) or queued.status is StubStatus.SKIPPED:
                return _already_queued(ref, queued, stub)
            store.stubs.save(with_post(queued, post), self._clock())
            return Fetched(
                ref, _with_state_of(queued, stub), remark=f"is {queued.status} already; the post was added to it"
            )


def _with_state_of(queued: Stub, stub: Stub) -> Stub:
    """Returns the new draft with the state and the curator's edits of the existing stub."""
    return replace(
        stub,
        status=queued.status,
        note_number=queued.note_number,
        curator=queued.curator,
        posts=tuple(dict.fromkeys((*queued.posts, *stub.posts))),
        announced_on=queued.announced_on,
        announce_type=queued.announce_type,
        issue_date=queued.issue_date or stub.issue_date,
    )


def _already_queued(ref: str, queued: Stub, stub: Stub) -> Fetched:
    remark = f"is {queued.status} already; `notebot queue requeue {queued.arxiv_id or queued.url}` queues it again"
    return Fetched(ref, _with_state_of(queued, stub), remark=remark)
