"""Stubs for papers that somebody asked for by id or link: one request for many."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from notebot.domain.arxiv_id import ArxivId, parse_ref
from notebot.domain.enrich import Enrich
from notebot.domain.errors import InvalidRefError, NotebotError, NotFoundError, ServiceError
from notebot.domain.matching import TopicIndex, prepare_paper
from notebot.domain.paper import Paper
from notebot.domain.stub import Stub, StubStatus, draft_from_paper, with_post
from notebot.domain.topic import Topic
from notebot.services.ports import Clock, PaperSource, Store


@dataclass(frozen=True, slots=True)
class Fetched:
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
    ) -> None:
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
        try:
            papers = self._ask([found for found in ids if isinstance(found, ArxivId)])
        except ServiceError as error:
            return [
                Fetched(ref, error=error if isinstance(found, ArxivId) else found)
                for ref, found in zip(refs, ids, strict=True)
            ]
        return [self._answer(ref, found, papers, issue_date, post, save) for ref, found in zip(refs, ids, strict=True)]

    def _ask(self, ids: Sequence[ArxivId]) -> dict[str, Paper]:
        asked = list(dict.fromkeys(str(found) for found in ids))
        return self._api.papers(asked) if asked else {}

    def _answer(
        self,
        ref: str,
        found: ArxivId | InvalidRefError,
        papers: dict[str, Paper],
        issue_date: date,
        post: str | None,
        save: bool,
    ) -> Fetched:
        if isinstance(found, InvalidRefError):
            return Fetched(ref, error=found)
        paper = papers.get(str(found))
        if paper is None:
            return Fetched(ref, error=NotFoundError(f"arXiv has no paper {found}; check the id."))
        matches = self._index.match(prepare_paper(paper), paper.categories).matched
        stub = replace(self._enrich(draft_from_paper(paper, found.version, matches)), issue_date=issue_date)
        stub = with_post(stub, post) if post else stub
        return self._stored(ref, stub, post, save)

    def _stored(self, ref: str, stub: Stub, post: str | None, save: bool) -> Fetched:
        """A paper that has a stub keeps it: its state and the curator's words are never replaced."""
        if self._store is None:
            return Fetched(ref, stub)
        numbers = self._store.notes.numbers_of([stub.arxiv_id])
        if stub.arxiv_id in numbers:
            number = numbers[stub.arxiv_id]
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
            if post is None or post in held.posts or held.status is StubStatus.SKIPPED:
                return _known(ref, held, stub)
            self._store.stubs.save(with_post(held, post), self._clock())
            return replace(_known(ref, held, stub), remark=f"is {held.status} already; the post was added to it")


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
    return Fetched(
        ref, shown, remark=f"is {held.status} already; `notebot queue requeue {held.arxiv_id}` queues it anew"
    )


def _parsed(ref: str) -> ArxivId | InvalidRefError:
    try:
        return parse_ref(ref)
    except InvalidRefError as error:
        return error
