"""Papers that somebody spoke of become stubs: one a paper, every post once, nothing that is known drafted again.

skipped before        left so
note of the archive   the post is offered to the note
stub                  the post is added to it; where a digest has shown it, the next one says so
new                   a stub with the post
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.article import article_key
from notebot.core.model.arxiv_id import ArxivId
from notebot.core.model.errors import NotebotError, NotFoundError, ServiceError
from notebot.core.model.offer import Update, note_key
from notebot.core.model.paper import Paper
from notebot.core.model.post import PostKind, Service
from notebot.core.model.post_address import parse_post, post_key
from notebot.core.model.stub import Stub, StubStatus, stub_key
from notebot.core.model.stub_posts import has_post, with_chosen_words, with_post
from notebot.core.note_format.venue_labels import POST
from notebot.core.text.escaping import is_plain_url
from notebot.features.intake.rules.source_item import Item, draft_from_item, is_post, text_paper
from notebot.features.topics.rules.drafting import draft_from_paper
from notebot.features.topics.rules.matching import TopicIndex, prepare_paper

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from notebot.core.model.note import Note
    from notebot.core.ports import Clock, PaperSource, Store
    from notebot.features.topics.rules.topic import Topic
    from notebot.features.venues.rules.enrich import Enrich

BATCH = 100
"""Ids per request."""
_WHY = "a new post on a paper that you have"


class Spoken(Struct, frozen=True):
    """A paper or page that a post speaks of."""

    arxiv_id: ArxivId | None
    """``None`` for what is no paper on arXiv."""
    post: str | None = None
    """The post's address as it is to be kept; ``None`` where nothing but the paper was named."""
    words: str | None = None
    """What the post stands under, with colon; ``None`` for a source post."""
    guess: str | None = None
    """The title by which a search found the paper, where nothing names it."""
    source: str | None = None
    """The watched source that brought it; ``None`` where the curator did."""
    votes: int | None = None
    only: frozenset[str] | None = None
    """A new paper is drafted only where one of these topics matches it; ``None``: in any case."""


class IntakeOutcome(StrEnum):
    """What became of it."""

    DRAFTED = "drafted"
    ADDED = "added"
    """The post was added to the stub."""
    OFFERED = "offered"
    """The post is offered to the note in the next digest's *Updates*."""
    KNOWN = "known"
    """Nothing changed."""
    SKIPPED = "skipped"
    """The curator has skipped the paper before."""
    UNMATCHED = "unmatched"
    FAILED = "failed"


class Taken(Struct, frozen=True):
    """What came of one paper, or of an item that names none."""

    outcome: IntakeOutcome
    stub: Stub | None = None
    remark: str | None = None
    """What the curator should know, as the end of a sentence that begins with the paper."""
    error: NotebotError | None = None


class Intake:
    """Takes papers in."""

    def __init__(self, store: Store, api: PaperSource, topics: Sequence[Topic], enrich: Enrich, clock: Clock) -> None:
        self._store = store
        self._api = api
        self._index = TopicIndex(topics)
        self._enrich = enrich
        self._clock = clock
        self._pages: dict[str, Note] | None = None
        self._posts: dict[str, Taken] | None = None

    def take(self, spoken: Sequence[Spoken], issue_date: date) -> list[Taken]:
        """One answer each, in order, each stored in a transaction of its own; one that fails stops no other.

        Args:
            spoken: papers on arXiv.
            issue_date: today in the curator's time zone.
        """
        papers = self._ask(spoken)
        found = []
        for one in spoken:
            assert one.arxiv_id is not None
            with self._store.transaction():
                found.append(self._take(one, one.arxiv_id, papers.get(str(one.arxiv_id)), issue_date))
        return found

    def take_item(self, item: Item, source: str, only: frozenset[str] | None, issue_date: date) -> Taken:
        """An item of a watched source that names no paper, as an article where it is wanted; see :class:`Spoken`.

        One without a word of its own, such as a bookmark, can be none.
        """
        if not (item.title or item.text).strip():
            return Taken(IntakeOutcome.UNMATCHED)
        matches = self._index.match(prepare_paper(text_paper(item)), None).matched
        if only is not None and not any(match.topic.name in only for match in matches):
            return Taken(IntakeOutcome.UNMATCHED)
        spoken = Spoken(None, source=source, votes=item.votes)
        return self.take_page(draft_from_item(item, matches), spoken, issue_date)

    def take_page(self, stub: Stub, spoken: Spoken, issue_date: date) -> Taken:
        """What a page came to: an article, or a paper by its page.

        Args:
            stub: as it was drafted.
            spoken: how it was met; its own id counts for nothing.
            issue_date: today in the curator's time zone.
        """
        notes = self._store.notes.of_paper(stub.arxiv_id) if stub.arxiv_id else self._notes_of_page(stub.key)
        with self._store.transaction():
            held = self._store.stubs.get(stub.key)
            if held is not None and held.status is StubStatus.SKIPPED:
                return _skipped(held)
            if notes:
                return self._offer(spoken, notes[0], held)
            return self._add(spoken, held) if held is not None else self._save(stub, spoken, issue_date)

    def known_post(self, post_url: str) -> Taken | None:
        """The stub or note that has a post already; ``None`` where none has it."""
        if self._posts is None:
            held = ((post, _posted(stub)) for stub in self._store.stubs.all() for post in stub.posts)
            noted = ((post, _noted(note)) for note in self._store.notes.all() for post in note.posts)
            self._posts = {post_key(post): taken for post, taken in (*noted, *held)}
        return self._posts.get(post_key(post_url))

    def count_votes(self, votes: Mapping[str, int]) -> None:
        """Raises the votes of queued stubs, by arXiv id; what a digest has shown stays as it was shown."""
        held = self._store.stubs.by_ids(list(votes))
        for arxiv_id, stub in held.items():
            if stub.status is StubStatus.QUEUED and _more(stub.votes, votes[arxiv_id]) != stub.votes:
                with self._store.transaction():
                    now_held = self._store.stubs.get(stub.key)
                    if now_held is not None and now_held.status is StubStatus.QUEUED:
                        self._store.stubs.save(replace(now_held, votes=votes[arxiv_id]), self._clock())

    def _ask(self, spoken: Sequence[Spoken]) -> dict[str, Paper | ServiceError]:
        """What arXiv says of those that are not known yet, in as few requests as may be."""
        ids = [one.arxiv_id for one in spoken if one.arxiv_id is not None]
        bases = [arxiv_id.base for arxiv_id in ids]
        known = {*self._store.stubs.by_ids(bases), *self._store.notes.numbers_of(bases)}
        wanted = list(dict.fromkeys(str(one) for one in ids if one.base not in known))
        answers: dict[str, Paper | ServiceError] = {}
        for start in range(0, len(wanted), BATCH):
            part = wanted[start : start + BATCH]
            try:
                answers.update(self._api.papers(part))
            except ServiceError as error:
                answers.update(dict.fromkeys(part, error))
        return answers

    def _take(self, spoken: Spoken, arxiv_id: ArxivId, paper: Paper | ServiceError | None, issue_date: date) -> Taken:
        """What is held is read inside the transaction, so that no move of the curator is undone."""
        held, notes = self._store.stubs.get(stub_key(arxiv_id.base)), self._store.notes.of_paper(arxiv_id.base)
        if held is not None and held.status is StubStatus.SKIPPED:
            return _skipped(held)
        if notes:
            return self._offer(spoken, notes[0], held)
        if held is not None:
            return self._add(spoken, held)
        if isinstance(paper, Paper):
            return self._draft(spoken, arxiv_id, paper, issue_date)
        return Taken(
            IntakeOutcome.FAILED, error=paper or NotFoundError(f"arXiv has no paper {arxiv_id}; check the id.")
        )

    def _draft(self, spoken: Spoken, arxiv_id: ArxivId, paper: Paper, issue_date: date) -> Taken:
        matches = self._index.match(prepare_paper(paper), paper.categories).matched
        if spoken.only is not None and not any(match.topic.name in spoken.only for match in matches):
            return Taken(IntakeOutcome.UNMATCHED)
        return self._save(self._enrich(draft_from_paper(paper, arxiv_id.version, matches)), spoken, issue_date)

    def _save(self, drafted: Stub, spoken: Spoken, issue_date: date) -> Taken:
        stub = replace(_with(drafted, spoken), issue_date=issue_date, guessed_from=spoken.guess)
        self._store.stubs.save(stub, self._clock())
        return Taken(IntakeOutcome.DRAFTED, stub, "was drafted into the queue")

    def _notes_of_page(self, key: str) -> list[Note]:
        if self._pages is None:
            notes = [note for note in self._store.notes.all() if not note.arxiv_id and is_plain_url(note.url or "")]
            self._pages = {article_key(note.url or ""): note for note in reversed(notes)}
        return [self._pages[key]] if key in self._pages else []

    def _add(self, spoken: Spoken, held: Stub) -> Taken:
        """A machine adds nothing to what was kept: no suggestion reaches a note unseen."""
        fresh = spoken.post is not None and not has_post(held.posts, spoken.post)
        may_add = spoken.source is None or held.status is not StubStatus.KEPT
        after = _with(held, spoken) if may_add else held
        if spoken.guess is None:
            after = replace(after, guessed_from=None)
        if after != held:
            self._store.stubs.save(after, self._clock())
        if fresh and held.status is not StubStatus.QUEUED:
            self._tell(held.key, POST, spoken.post or "", held.title)
        if not fresh:
            return Taken(IntakeOutcome.KNOWN, after, f"is {held.status} already")
        return Taken(IntakeOutcome.ADDED, after, f"is {held.status} already; the post was added to it")

    def _offer(self, spoken: Spoken, note: Note, held: Stub | None) -> Taken:
        where = f"is note #{note.number}" if note.number is not None else "stands in the archive"
        stub = replace(held, note_number=note.number) if held else None
        posts = (*note.posts, *(held.posts if held else ()))
        if spoken.post is None or has_post(posts, spoken.post) or not _is_worth_offering(spoken, spoken.post):
            return Taken(IntakeOutcome.KNOWN, stub, f"{where} already")
        if note.number is None:
            return Taken(IntakeOutcome.KNOWN, stub, f"{where} without a number, so that no post can be offered")
        words = "" if spoken.words in (None, PostKind.SOURCE.words) else f"{spoken.words} "
        field = f"{POST} {_id_of(spoken.post)}"
        self._tell(note_key(note.number), field, f"{words}{spoken.post}", note.title_line)
        return Taken(IntakeOutcome.OFFERED, stub, f"{where} already; the post is offered in the next digest's Updates")

    def _tell(self, key: str, field: str, value: str, title: str) -> None:
        self._store.digests.add_update(Update(0, key, field, value, _WHY, title), self._clock())


def _is_worth_offering(spoken: Spoken, post: str) -> bool:
    """What the curator hands over is; of what watched sources bring, what a person said."""
    return spoken.source is None or is_post(post)


def _posted(stub: Stub) -> Taken:
    if stub.status is StubStatus.SKIPPED:
        return _skipped(stub)
    return Taken(IntakeOutcome.KNOWN, stub, f"is {stub.status} already, with this post")


def _noted(note: Note) -> Taken:
    where = f"is note #{note.number}" if note.number is not None else "stands in the archive"
    return Taken(IntakeOutcome.KNOWN, None, f"{where} already, with this post")


def _skipped(held: Stub) -> Taken:
    name = held.arxiv_id or held.url
    remark = f"was skipped, and stays so; `notebot queue requeue {name}` undoes it"
    return Taken(IntakeOutcome.SKIPPED, held, remark)


def _with(stub: Stub, spoken: Spoken) -> Stub:
    named = (spoken.source,) if spoken.source and spoken.source not in stub.sources else ()
    marked = replace(stub, sources=(*stub.sources, *named), votes=_more(stub.votes, spoken.votes))
    if spoken.post is None:
        return marked
    if spoken.source is not None:
        return with_post(marked, spoken.post, spoken.words)
    posted = with_post(marked, spoken.post)
    return with_chosen_words(posted, spoken.post, spoken.words) if spoken.words else posted


def _more(one: int | None, other: int | None) -> int | None:
    return max((count for count in (one, other) if count is not None), default=None)


def _id_of(post_url: str) -> str:
    """What tells the posts apart that are offered to one note; it stands in a digest's hidden mark."""
    post = parse_post(post_url)
    if post is not None and post.service not in (Service.PAGE, Service.LINKEDIN):
        return post.id
    return sha256(post_url.encode()).hexdigest()[:12]
