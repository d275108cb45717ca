"""The reading list of a lab: papers that its curators want to discuss, and the way from there into one's own queue."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.app import intake, sharing
from notebot.app.lab import hub_of
from notebot.app.papers import find_paper
from notebot.core.model.discussed import DiscussedPaper
from notebot.core.model.errors import InvalidRefError, MoveError, NotFoundError, UsageError
from notebot.core.model.stub import stub_key
from notebot.core.note_format.authors import authors_line
from notebot.core.text.escaping import is_plain_url, remove_hidden
from notebot.core.text.tex import collapse, readable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.app.resources import Resources
    from notebot.core.model.paper import Paper

MOST_CHARACTERS = 300
"""Of the line with which a curator says why."""
MOST_WISHES = 500
"""Of one curator."""


class ListedPaper(Struct, frozen=True):
    """A paper of the list, as one of the curators sees it."""

    key: str
    title: str
    authors: str
    url: str
    """Empty unless it is plain http(s)."""
    wishes: tuple[DiscussedPaper, ...]
    """The oldest first."""
    status: str | None
    """Of the curator's own stub; ``None`` if there is none."""
    note_number: int | None
    """Of the curator's own note."""


class Taken(Struct, frozen=True):
    """What became of a paper that was taken from the list."""

    key: str
    state: str
    """``queued``, ``known`` (in the queue or the archive already) or ``inbox``, where it waits for its metadata."""
    added: str = ""
    """The name of the file in the inbox."""


def listed(resources: Resources, start: int, count: int) -> tuple[list[ListedPaper], bool]:
    """The papers from ``start`` on, the one with the newest wish first, and whether more follow.

    Raises:
        NotFoundError: this is not a desk of a lab.
    """
    _check_lab(resources)
    by_key: dict[str, list[DiscussedPaper]] = {}
    for wish in resources.store.discussed.newest(start, count + 1):
        by_key.setdefault(wish.key, []).append(wish)
    ids = {key: key.removeprefix("arxiv:") for key in list(by_key)[:count]}
    numbers = resources.store.notes.numbers_of(list(ids.values()))
    papers = [_listed(resources, by_key[key], numbers.get(arxiv_id)) for key, arxiv_id in ids.items()]
    return papers, len(by_key) > count


def _listed(resources: Resources, wishes: list[DiscussedPaper], number: int | None) -> ListedPaper:
    first = wishes[0]
    stub = resources.store.stubs.get(first.key)
    return ListedPaper(
        first.key,
        first.title,
        first.authors,
        first.url if is_plain_url(first.url) else "",
        tuple(wishes),
        str(stub.status) if stub else None,
        (stub.note_number if stub else None) or number,
    )


def wishes_for(resources: Resources, key: str) -> list[DiscussedPaper]:
    """Who wants to discuss a paper, the oldest wish first."""
    return resources.store.discussed.of(key)


def add(resources: Resources, ref: str, line: str) -> DiscussedPaper:
    """Puts a paper of the curator's own queue on the list; if it is there already, only the line changes.

    Raises:
        NotFoundError: there is no such stub, or this is not a desk of a lab.
        UsageError: the line is too long.
        MoveError: the curator has too many wishes.
    """
    _check_lab(resources)
    stub = find_paper(resources, ref)
    line = remove_hidden(collapse(line))
    if len(line) > MOST_CHARACTERS:
        raise UsageError(f"The line has {len(line):,} characters; {MOST_CHARACTERS} are the most.")
    table = resources.store.discussed
    with resources.store.transaction():
        is_new = all(wish.desk != resources.config.desk for wish in table.of(stub.key))
        if is_new and table.own_count() >= MOST_WISHES:
            raise MoveError(f"You want to discuss {MOST_WISHES} papers already; take some off the list first.")
        title, authors = (
            remove_hidden(readable(collapse(text))) for text in (stub.title, authors_line(stub.authors, str))
        )
        table.put(DiscussedPaper(stub.key, title, authors, stub.url, resources.clock(), line))
    return next(wish for wish in table.of(stub.key) if wish.desk == resources.config.desk)


def remove(resources: Resources, ref: str) -> str:
    """Takes the curator's own wish off the list; returns the key of its paper.

    Raises:
        NotFoundError: the curator has no such wish, or this is not a desk of a lab.
    """
    _check_lab(resources)
    key = _key(ref)
    if not resources.store.discussed.remove(key):
        raise NotFoundError(f"You have no wish to discuss {key[:200]}.")
    return key


def take(resources: Resources, ref: str) -> Taken:
    """Puts a paper of the list into the curator's own queue.

    arXiv is not asked if the hub has the metadata; otherwise the paper goes into the inbox, as a link that is added.

    Raises:
        NotFoundError: the list has no such paper, or this is not a desk of a lab.
        StateError: the inbox cannot be written.
    """
    _check_lab(resources)
    key = _key(ref)
    wishes = resources.store.discussed.of(key)
    if not wishes:
        raise NotFoundError(f"There is no paper {key[:200]} on the reading list.")
    if resources.store.stubs.get(key) is not None:
        return Taken(key, "known")
    arxiv_id = key.removeprefix("arxiv:") if key.startswith("arxiv:") else ""
    paper = _paper_of_the_hub(resources, arxiv_id) if arxiv_id else None
    if paper is not None:
        (fetched,) = intake.fetch(resources, [arxiv_id], None, save=True, papers=_OnePaper(paper))
        resources.forget_learned()  # of many desks, in the process that serves their pages
        if fetched.error is not None:
            raise fetched.error
        return Taken(key, "queued" if resources.store.stubs.get(key) is not None else "known")
    added = sharing.add_to_inbox(resources, sharing.read_shared(resources, "", arxiv_id or wishes[0].url, ""))
    return Taken(key, "inbox", added.name)


class _OnePaper:
    """Answers as arXiv's API would, with what is known already."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper

    def papers(self, ids: Sequence[str]) -> dict[str, Paper]:
        return {self._paper.arxiv_id: self._paper}


def _paper_of_the_hub(resources: Resources, arxiv_id: str) -> Paper | None:
    from notebot.features.announcements.hub import Hub

    with closing(hub_of(resources).store_to_read()) as store:
        return Hub(store).paper(arxiv_id)


def _key(ref: str) -> str:
    """The key that a reference of any form names."""
    from notebot.core.model.article import article_key, is_web_page_url
    from notebot.core.model.arxiv_id import parse_ref

    if ref.startswith(("arxiv:", "url:")):
        return ref
    try:
        return stub_key(parse_ref(ref).base)
    except InvalidRefError as error:
        if is_web_page_url(ref):
            return article_key(ref)
        raise NotFoundError(str(error)) from error


def _check_lab(resources: Resources) -> None:
    if not resources.config.desk:
        raise NotFoundError("Only the desks of a lab share a reading list; see docs/lab.md.")
