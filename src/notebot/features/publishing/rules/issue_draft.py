"""Drafts the issue of a kept stub and its comments, in the archive's own format (format.md a, b, f).

Text of a paper is escaped, and truncated to GitHub's limits; what the curator wrote is neither. The summary is the
last section, because the archive's site takes everything after its heading for the summary.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.errors import MoveError
from notebot.core.note_format.authors import clean_authors
from notebot.core.note_format.issue_body import first_arxiv_id, normalise_line_ends, read_body
from notebot.core.note_format.note_from_stub import confirmed_tags, make_comments
from notebot.core.note_format.stub_title import TITLE_LINE_LIMIT, NoteStyle, title_line
from notebot.core.text.escaping import neutralise
from notebot.core.text.patterns import regex
from notebot.core.text.tex import collapse, readable
from notebot.features.summaries.rules.extract import EXTRACTIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from notebot.core.model.stub import Stub
    from notebot.core.note_format.tag_order import TagOrder

TEXT_LIMIT = 65_536
"""GitHub's limit on the body of an issue or comment, in characters."""
LABEL_LIMIT = 50
"""GitHub's limit on the name of a label, in characters."""
CURATOR = "curator"
"""The author named for a summary that the curator typed where no model had written one."""

_KEPT_ABSTRACT = 2_000
"""Characters reserved for the abstract when a very long author list must be truncated."""
_JOINER = "\u2060"
_TITLE_CHARACTERS = {"&amp;": "&", "&lt;": "<", "&#x60;": "`", "&#x7B;": "{" + _JOINER}
_ACTIVE_MARKUP = regex(
    r"[@#]\w{1,100}|GH-\d{1,9}|github\.com/[\w./-]{1,300}|<[^\s<>]{0,100}|`|\{[{%#:]|\]\(", re.IGNORECASE
)
_ESCAPES = regex(r"&(?:amp|lt);|&#x[0-9A-F]+;|(?<=\])\\(?=\\*\()")


class Draft(Struct, frozen=True):
    """One issue as it will be sent."""

    url: str
    """The note's own link, under ``# URL``; it identifies the issue."""
    title: str
    body: str
    labels: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    """In the order in which they are sent."""
    left_out: tuple[str, ...] = ()
    """Tags that the archive does not have as labels, and that are not created."""


class OutboxState(StrEnum):
    """State of an outbox entry."""

    PLANNED = "planned"
    """The next request was not sent."""
    SENDING = "sending"
    """The next request may have been sent, and carried out."""
    DONE = "done"
    LEFT = "left"
    """Abandoned; ``why`` has the reason."""


class OutboxEntry(Struct, frozen=True):
    """A draft that is being published, stored before and after each request."""

    key: str
    """The stub's key, or that of an accepted update (:func:`outbox_key_of_update`)."""
    repo: str
    draft: Draft | None = None
    """``None`` for an update, which is computed again from the issue; once done, it names the labels left out."""
    state: OutboxState = OutboxState.PLANNED
    written: int = 0
    """Number of texts written: the issue, then its comments."""
    after: int = 0
    """The newest issue number before the issue was sent; an issue created since has a higher one."""
    number: int | None = None
    """The number of the issue."""
    why: str = ""
    labelled: bool = False
    """The draft's labels were added to an issue that was filled; one that the curator removes since stays removed."""

    @property
    def required_draft(self) -> Draft:
        """The draft of a stub or link-only issue, whose entries always have one."""
        assert self.draft is not None
        return self.draft


def outbox_key_of_update(update_id: int) -> str:
    """Returns the outbox key of an accepted update."""
    return f"update:{update_id}"


def draft_issue(stub: Stub, style: NoteStyle, order: TagOrder) -> Draft:
    """Drafts everything that is published of a kept stub.

    Raises:
        MoveError: its metadata is missing, so that the title line would lack venue and month; or what the
            curator wrote exceeds GitHub's limit: it is never truncated.
    """
    if not stub.complete and "title_line" not in stub.curator.fields:
        raise MoveError(f"{stub.arxiv_id or stub.key} waits for its metadata; `notebot poll` requests it")
    comments = make_comments(stub)
    for comment in comments:
        _check_length("A comment", comment, TEXT_LIMIT, stub)
    return Draft(stub.url, issue_title(stub, style), issue_body(stub), order.sort(confirmed_tags(stub)), comments)


def issue_title(stub: Stub, style: NoteStyle) -> str:
    """Returns the title line, at most 256 characters, without active mentions or references.

    Raises:
        MoveError: the curator's own line is longer.
    """
    safe = replace(
        stub,
        title=neutralise_title(readable(collapse(stub.title))),
        authors=tuple(neutralise_title(name) for name in clean_authors(stub.authors)),
        venue=replace(
            stub.venue, label=neutralise_title(stub.venue.label), track=neutralise_title(stub.venue.track or "")
        ),
    )
    own = stub.curator.fields.get("title_line")
    line = (
        title_line(safe, style).text if own is None else neutralise_copied(own, readable(stub.title), neutralise_title)
    )
    _check_length("The title line", line, TITLE_LINE_LIMIT, stub)
    return line


def issue_body(stub: Stub) -> str:
    """Returns the sections that have content; truncates first the abstract, then the authors.

    Raises:
        MoveError: it exceeds GitHub's limit even so.
    """
    translation = stub.translation
    ending = _join(
        [
            _section(f"Translation (by {_inline(translation.by)})", _inline(translation.text)) if translation else "",
            _summary_section(stub),
        ]
    )
    head = f"# URL\n- {stub.url}"
    names = [_inline(name) for name in clean_authors(stub.authors)]
    # translation and summary are never truncated, since the archive shows the summary; the rest gets what room is left
    room = TEXT_LIMIT - len(_join([head, ending])) - 2
    authors = _authors_section(names, room - min(len(_abstract_section(stub.abstract, room)), _KEPT_ABSTRACT))
    abstract = _abstract_section(stub.abstract, room - len(authors))
    body = _join([head, authors, abstract, ending])
    _check_length("The body", body, TEXT_LIMIT, stub)
    return body


def neutralise_title(text: str) -> str:
    """Makes text of a paper safe in an issue's title, which GitHub shows without rendering Markdown.

    HTML entities and backslashes would be visible there, so only word joiners stay: they stop names from being
    mentions, numbers from being references, and ``{{`` from being Liquid (the archive's site runs Jekyll).
    """
    return _ESCAPES.sub(lambda match: _TITLE_CHARACTERS.get(match[0], ""), _neutralise_inside(text))


def neutralise_copied(own: str, source: str, neutralise_part: Callable[[str], str]) -> str:
    """Neutralises mentions, references and markup in the curator's text that were copied from ``source``.

    What the curator typed stays active: a mention may be meant.
    """
    return _ACTIVE_MARKUP.sub(lambda match: neutralise_part(match[0]) if match[0] in source else match[0], own)


def is_about(body: str | None, url: str) -> bool:
    """Tells whether an issue's ``# URL`` section has the link, or another link to the same paper."""
    urls = read_body(body or "").urls
    paper = first_arxiv_id((url,))
    return url in urls or (paper is not None and paper == first_arxiv_id(urls))


def is_sent_draft(title: str, body: str | None, draft: Draft) -> bool:
    """Tells whether an issue was created from a draft: the link is the same, and its title or body."""
    # one of both may have been edited between the lost answer and the next run
    same = is_same_text(title, draft.title) or is_same_text(body or "", draft.body)
    return same and is_about(body, draft.url)


def is_same_text(one: str, other: str) -> bool:
    """Compares texts regardless of line ends, which GitHub may change."""
    return normalise_line_ends(one).strip() == normalise_line_ends(other).strip()


def has_comment(comments: Sequence[str], draft: Draft, place: int) -> bool:
    """Tells whether an issue's comments include the draft's comment at ``place`` (from 0).

    A draft may have equal comments; then the issue must have as many of them as the draft has up to that place. What
    the curator writes below a comment belongs to it: in a file that is all text up to the next ``# Comment``.
    """
    text = draft.comments[place]
    expected = sum(_begins_with(comment, text) for comment in draft.comments[: place + 1])
    return sum(_begins_with(comment, text) for comment in comments) >= expected


def _begins_with(comment: str, text: str) -> bool:
    """Tells whether a comment is a text, perhaps with more lines below."""
    return f"{normalise_line_ends(comment).strip()}\n".startswith(f"{normalise_line_ends(text).strip()}\n")


def _summary_section(stub: Stub) -> str:
    """Returns the summary of a model or the curator; an extract is shown in the digest only."""
    summary, own = stub.summary, stub.curator.fields.get("summary")
    by_model = summary is not None and summary.by != EXTRACTIVE
    by = _inline(summary.by) if summary and by_model else CURATOR
    if own is not None:
        # what the curator edited may still contain text of the abstract or the model, and that part stays harmless
        source = f"{stub.abstract} {summary.text if summary else ''}"
        return _section(f"Summary (by {by})", neutralise_copied(own, source, _neutralise_inside))
    return _section(f"Summary (by {by})", _inline(summary.text)) if summary and by_model else ""


def _section(name: str, text: str) -> str:
    return f"# {name}\n- {text}" if text else ""


def _authors_section(names: Sequence[str], room: int) -> str:
    """Returns ``# Authors`` in at most ``room`` characters; a truncated list ends with the total."""
    if not names:
        return ""
    lines = ["# Authors", *(f"  - {name}" for name in names)]
    if len(_join(lines)) <= room:
        return _join(lines)
    note = f"  - … ({len(names):,} authors in all)"
    size, kept = len(note), 0
    while kept < len(lines) and size + len(lines[kept]) + 1 <= room:
        size += len(lines[kept]) + 1
        kept += 1
    return _join([*lines[: max(kept, 1)], note])


def _abstract_section(abstract: str, room: int) -> str:
    """Returns ``# Abstract`` in at most ``room`` characters; a truncated text ends with its length."""
    if not abstract:
        return ""
    head, text = "# Abstract\n  - ", collapse(abstract)
    if len(head) + len(safe := neutralise(text)) <= room:
        return head + safe
    note = f"… (cut; {len(text):,} characters in all)"
    left = max(room - len(head) - len(note), 0)
    kept, safe = left, neutralise(text[:left])
    # escaping makes the text longer, by how much is known only afterwards
    while len(safe) > left:
        kept = min(kept - 1, kept * left // len(safe))
        safe = neutralise(text[:kept])
    return head + safe + note


def _neutralise_inside(text: str) -> str:
    """Neutralises text inside a line: markup that counts only at the start of a line stays as it is."""
    return neutralise("," + text)[1:]


def _inline(text: str) -> str:
    return neutralise(collapse(text))


def _join(parts: Sequence[str]) -> str:
    return "\n".join(part for part in parts if part)


def _check_length(what: str, text: str, limit: int, stub: Stub) -> None:
    if len(text) > limit:
        raise MoveError(
            f"{what} of {stub.arxiv_id or stub.key} has {len(text):,} characters, and GitHub accepts {limit:,}; "
            "shorten it in the digest and run `notebot collect`"
        )
