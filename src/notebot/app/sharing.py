"""Links that a browser or a phone shares: what they name, and the way into the inbox."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.errors import InvalidRefError, NotFoundError
from notebot.core.model.stub import stub_key
from notebot.core.note_format.stub_title import title_line
from notebot.core.text.escaping import is_plain_url
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notebot.app.resources import Resources
    from notebot.features.intake.adapters.inbox_folder import InboxFolder

MOST_KNOWN = 10
"""Papers of one line that are looked up."""
_NAME = regex(r"added-[0-9a-f]{16}\.txt", re.ASCII)


class KnownPaper(Struct, frozen=True):
    """A paper or page that the line names and that is in the queue or the archive already."""

    key: str
    title: str
    status: str | None
    """Of its stub; ``None`` if the archive alone has it."""
    note_number: int | None


class SharedLine(Struct, frozen=True):
    """What was shared, as one line of the inbox."""

    text: str
    links: tuple[str, ...]
    """What will be read, posts first."""
    known: tuple[KnownPaper, ...]
    problem: str = ""
    """Why it cannot be read, in one sentence; empty if it can."""


class AddedLine(Struct, frozen=True):
    """The file of a line that was added."""

    name: str
    is_new: bool = True
    """False if the same line waited already."""
    waiting: bool = True
    """False once it was taken in."""
    failure: str = ""
    """Why it could not be taken in so far."""


def read_shared(resources: Resources, title: str, text: str, url: str) -> SharedLine:
    """Reads what was shared, without asking anybody."""
    from notebot.features.intake.rules.inbox_lines import (
        LINE_LIMIT,
        InboxItem,
        compose_line,
        extract_links,
        why_no_links,
    )

    item = InboxItem("", compose_line(title, text, url))
    links = extract_links(item) if len(item.text) <= LINE_LIMIT else ()
    urls = tuple(dict.fromkeys(link.url for link in links))
    known = tuple(_known_papers(resources, item.text, urls)) if urls else ()
    return SharedLine(item.text, urls, known, "" if urls else why_no_links(item))


def add_to_inbox(resources: Resources, line: SharedLine) -> AddedLine:
    """Stores a line in the inbox, which is read when the services answer.

    Raises:
        InvalidRefError: it has no link and no id.
        StateError: the inbox cannot be written.
    """
    if line.problem:
        raise InvalidRefError(line.problem)
    name, is_new = _inbox(resources).add(line.text)
    return AddedLine(name, is_new, failure=_failure(resources, name))


def added_line(resources: Resources, name: str) -> AddedLine:
    """What became of a line that was added.

    Raises:
        NotFoundError: no line that was added can have this name.
    """
    if not _NAME.fullmatch(name):
        raise NotFoundError(f"{name[:40]!r} is not the name of a line that was added.")
    waiting = _inbox(resources).has(name)
    # the failure of a line that somebody has deleted is forgotten when the inbox is read the next time
    return AddedLine(name, is_new=False, waiting=waiting, failure=_failure(resources, name) if waiting else "")


def _inbox(resources: Resources) -> InboxFolder:
    from notebot.features.intake.adapters.inbox_folder import InboxFolder

    return InboxFolder(resources.config.inbox_dir)


def _failure(resources: Resources, name: str) -> str:
    return next((failure.why for failure in resources.store.inbox.failures() if failure.place == name), "")


def _known_papers(resources: Resources, line: str, urls: tuple[str, ...]) -> Iterator[KnownPaper]:
    from notebot.core.model.article import article_key
    from notebot.core.model.arxiv_id import find_ids

    # as the inbox reads it: Japanese keyboards type digits in full width
    papers = find_ids(unicodedata.normalize("NFKC", line))
    ids = list(dict.fromkeys(paper.base for paper in papers))[:MOST_KNOWN]
    keys = [stub_key(arxiv_id) for arxiv_id in ids] or [
        article_key(url) for url in urls[:MOST_KNOWN] if is_plain_url(url)
    ]
    numbers = resources.store.notes.numbers_of(ids)
    for key in keys:
        stub, number = resources.store.stubs.get(key), numbers.get(key.removeprefix("arxiv:"))
        if stub is not None:
            title = title_line(stub, resources.config.note).rest
            yield KnownPaper(key, title, str(stub.status), stub.note_number or number)
        elif number is not None:
            note = resources.store.notes.with_number(number)
            yield KnownPaper(key, note.title_line if note else "", None, number)
