"""Stubs for papers and pages that somebody asked for by id or link: one request for many papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.article import article_key, is_web_page_url
from notebot.core.model.arxiv_id import ArxivId, parse_ref
from notebot.core.model.errors import InvalidRefError, NotebotError, NotFoundError, ServiceError
from notebot.core.model.stub import Stub, StubStatus
from notebot.core.model.stub_posts import has_post, with_post
from notebot.core.text.escaping import is_plain_url
from notebot.features.topics.rules.drafting import draft_from_paper
from notebot.features.topics.rules.matching import TopicIndex, prepare_paper

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from notebot.core.model.note import KnownNote
    from notebot.core.model.paper import Paper
    from notebot.core.ports import Clock, PaperSource, Store
    from notebot.features.intake.web_articles import Articles
    from notebot.features.topics.rules.topic import Topic
    from notebot.features.venues.rules.enrich import Enrich


class Fetched(Struct, frozen=True):
    """The answer for one reference: a stub, or the error that is its answer."""

    ref: str
    stub: Stub | None = None
    error: NotebotError | None = None
    remark: str | None = None
    """What the curator should know besides: it was skipped before, it is in the queue already."""


class Fetch:
    """Drafts stubs from references of any form."""

    def __init__(
        self,
        api: PaperSource,
        store: Store | None,
        topics: Sequence[Topic],
        enrich: Enrich,
        clock: Clock,
        articles: Articles | None = None,
    ) -> None:
        self._articles = articles
        self._api = api
        self._store = store
        self._index = TopicIndex(topics)
        self._enrich = enrich
        self._clock = clock

    def run(self, refs: Sequence[str], issue_date: date, post: str | None, *, save: bool) -> list[Fetched]:
        """One :class:`Fetched` per reference, in the order asked; a bad one spoils no other.

        Args:
            issue_date: today in the curator's time zone.
            post: the social post the papers came from.
            save: put new stubs into the queue.
        """
        ids = [_parsed(ref) for ref in refs]
        papers = self._ask([found for found in ids if isinstance(found, ArxivId)])
        answers = []
        for ref, found in zip(refs, ids, strict=True):
            try:
                drafted = self._page(ref, found) if isinstance(found, InvalidRefError) else self._paper(found, papers)
            except NotebotError as error:
                answers.append(Fetched(ref, error=error))
                continue
            stub = replace(drafted, issue_date=issue_date)
            answers.append(self._stored(ref, with_post(stub, post) if post else stub, post, save))
        return answers

    def _ask(self, ids: Sequence[ArxivId]) -> dict[str, Paper] | ServiceError:
        asked = list(dict.fromkeys(str(found) for found in ids))
        try:
            return self._api.papers(asked) if asked else {}
        except ServiceError as error:
            return error

    def _paper(self, found: ArxivId, papers: dict[str, Paper] | ServiceError) -> Stub:
        if isinstance(papers, ServiceError):
            raise papers
        paper = papers.get(str(found))
        if paper is None:
            raise NotFoundError(f"arXiv has no paper {found}; check the id.")
        matches = self._index.match(prepare_paper(paper), paper.categories).matched
        return self._enrich(draft_from_paper(paper, found.version, matches))

    def _page(self, ref: str, error: InvalidRefError) -> Stub:
        """What names no paper may still be the address of a page."""
        if self._articles is None or not is_web_page_url(ref):
            raise error
        return self._articles.draft(ref)

    def _stored(self, ref: str, stub: Stub, post: str | None, save: bool) -> Fetched:
        """A paper that has a stub keeps it: its state and the curator's words are never replaced."""
        if self._store is None:
            return Fetched(ref, stub)
        noted = _noted(self._store, stub)
        if noted:
            number = noted[0]
            where = f"is note #{number} of the archive" if number else "stands in the archive"
            held = self._store.stubs.get(stub.key)
            shown = _known(ref, held, stub).stub or stub if held else stub
            return Fetched(ref, replace(shown, note_number=number), remark=f"{where} already; nothing is saved")
        if not save:
            held = self._store.stubs.get(stub.key)
            return Fetched(ref, stub) if held is None else _known(ref, held, stub)
        with self._store.transaction():  # what is held is read inside, so that no move of the curator is undone
            held = self._store.stubs.get(stub.key)
            if held is None:
                self._store.stubs.save(stub, self._clock())
                return Fetched(ref, stub, remark="saved into the queue")
            if post is None or has_post(held.posts, post) or held.status is StubStatus.SKIPPED:
                return _known(ref, held, stub)
            self._store.stubs.save(with_post(held, post), self._clock())
            return replace(_known(ref, held, stub), remark=f"is {held.status} already; the post was added to it")


def _noted(store: Store, stub: Stub) -> list[int | None]:
    """The numbers of the notes that the archive has of the stub's paper or page; ``None`` for one without number."""
    if stub.arxiv_id:
        return list(store.notes.numbers_of([stub.arxiv_id]).values())
    return [known.number for known in store.notes.known() if _is_at(known, stub.key)]


def _is_at(known: KnownNote, key: str) -> bool:
    """Whether a note is of the page with this key."""
    return known.url is not None and is_plain_url(known.url) and article_key(known.url) == key


def _known(ref: str, held: Stub, stub: Stub) -> Fetched:
    """What arXiv says now, with the state and the words of the stub that is held."""
    shown = replace(
        stub,
        status=held.status,
        note_number=held.note_number,
        curator=held.curator,
        posts=tuple(dict.fromkeys((*held.posts, *stub.posts))),
        announced_on=held.announced_on,
        announce_type=held.announce_type,
        issue_date=held.issue_date or stub.issue_date,
    )
    name = held.arxiv_id or held.url
    return Fetched(ref, shown, remark=f"is {held.status} already; `notebot queue requeue {name}` queues it anew")


def _parsed(ref: str) -> ArxivId | InvalidRefError:
    try:
        return parse_ref(ref)
    except InvalidRefError as error:
        return error
