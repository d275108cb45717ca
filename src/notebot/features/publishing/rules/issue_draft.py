"""What a kept stub becomes on GitHub: one issue and its comments, in the archive's own form (format.md a, b, f).

Text of a paper is made harmless, and cut where GitHub's limits ask for it; what the curator wrote is
neither. Nothing stands behind the summary: the archive's site takes all of it for the summary.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.errors import MoveError
from notebot.core.note_format.authors import clean_authors
from notebot.core.note_format.issue_body import arxiv_id_of, as_lines, read_body
from notebot.core.note_format.note_from_stub import comments_of, taken_tags
from notebot.core.note_format.stub_title import TITLE_LINE_LIMIT, NoteStyle, title_line
from notebot.core.text.escaping import neutralise
from notebot.core.text.patterns import regex
from notebot.core.text.tex import collapse, decode_accents
from notebot.features.summaries.rules.extract import EXTRACTIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from notebot.core.model.stub import AttributedText, Stub
    from notebot.core.note_format.tag_order import TagOrder

TEXT_LIMIT = 65_536
"""GitHub's limit on the body of an issue, and on a comment, in characters."""
LABEL_LIMIT = 50
"""GitHub's limit on the name of a label, in characters."""
CURATOR = "curator"
"""Who wrote a summary that the curator typed over none, or over an extract."""

_KEPT_ABSTRACT = 2_000
"""Characters of an abstract that are worth more than the names at the end of a long list."""
_JOINER = "\u2060"
_SHOWN = {"&amp;": "&", "&lt;": "<", "&#x60;": "`", "&#x7B;": "{" + _JOINER}
_TELLING = regex(r"[@#]\w{1,100}|GH-\d{1,9}|github\.com/[\w./-]{1,300}|<[^\s<>]{0,100}|`|\{[{%#:]|\]\(", re.IGNORECASE)
_MARKED = regex(r"&(?:amp|lt);|&#x[0-9A-F]+;|(?<=\])\\(?=\\*\()")


class Draft(Struct, frozen=True):
    """One issue as it is to be sent."""

    url: str
    """The note's own link, which stands under ``# URL`` and says which issue is this one."""
    title: str
    body: str
    labels: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    """In the order in which they are to stand."""
    left_out: tuple[str, ...] = ()
    """Labels that the archive does not have, and that are not to be created."""


class DeliveryState(StrEnum):
    """How far a delivery is."""

    PLANNED = "planned"
    """The next write was not sent."""
    SENDING = "sending"
    """The next write may have been sent, and obeyed."""
    DONE = "done"
    LEFT = "left"
    """Nothing more is done about it; ``why`` says the reason."""


class Delivery(Struct, frozen=True):
    """A draft on its way to the archive, as it is stored before and after each request."""

    key: str
    """The stub's, or that of an accepted update (:func:`update_delivery_key`)."""
    repo: str
    draft: Draft | None = None
    """``None`` for an update, which is made anew from what the server has; once it is done, labels left out."""
    state: DeliveryState = DeliveryState.PLANNED
    written: int = 0
    """Writes that are done: the issue, then its comments."""
    after: int = 0
    """The newest number before the issue was sent: what was sent since has a higher one."""
    number: int | None = None
    """The issue's."""
    why: str = ""


def update_delivery_key(update_id: int) -> str:
    """The key of the delivery of an accepted update."""
    return f"update:{update_id}"


def draft_issue(stub: Stub, style: NoteStyle, order: TagOrder) -> Draft:
    """The whole of what is published of a kept stub.

    Raises:
        MoveError: its metadata has not come, so that the title line would lack venue and month; or what the
            curator wrote is longer than GitHub takes: it is never cut.
    """
    if not stub.complete and "title_line" not in stub.curator.fields:
        raise MoveError(f"{stub.arxiv_id or stub.key} waits for its metadata; `notebot poll` asks for it")
    comments = comments_of(stub)
    for comment in comments:
        _check_length("A comment", comment, TEXT_LIMIT, stub)
    return Draft(stub.url, issue_title(stub, style), issue_body(stub), order.sort(taken_tags(stub)), comments)


def issue_title(stub: Stub, style: NoteStyle) -> str:
    """The title line, at most 256 characters; what it holds of the paper's text is no mention and no reference.

    Raises:
        MoveError: the curator's own line is longer.
    """
    safe = replace(
        stub,
        title=plain_title(decode_accents(collapse(stub.title))),
        authors=tuple(plain_title(name) for name in clean_authors(stub.authors)),
        venue=replace(stub.venue, label=plain_title(stub.venue.label), track=plain_title(stub.venue.track or "")),
    )
    own = stub.curator.fields.get("title_line")
    line = title_line(safe, style).text if own is None else guarded(own, decode_accents(stub.title), plain_title)
    _check_length("The title line", line, TITLE_LINE_LIMIT, stub)
    return line


def issue_body(stub: Stub) -> str:
    """The sections that have content, at most 65,536 characters: the abstract is cut first, then the authors.

    Raises:
        MoveError: it is longer even so.
    """
    summary = _summary_section(stub)
    tail = _joined([_section(f"Translation (by {_inline(one.by)})", _inline(one.text)) for one in _some(stub)])
    ending = _joined([tail, summary])
    head = f"# URL\n- {stub.url}"
    names = [_inline(name) for name in clean_authors(stub.authors)]
    room = TEXT_LIMIT - len(_joined([head, ending])) - 2
    listed = _author_lines(names, room - min(len(_abstract_section(stub.abstract, room)), _KEPT_ABSTRACT))
    abstract = _abstract_section(stub.abstract, room - len(listed))
    body = _joined([head, listed, abstract, ending])
    _check_length("The body", body, TEXT_LIMIT, stub)
    return body


def plain_title(text: str) -> str:
    """Text of a paper for the title of an issue, which GitHub shows as it is: markup stays, hidden characters go.

    A word joiner keeps names from being mentions, numbers from being references, and ``{{`` from Liquid.
    """
    return _MARKED.sub(lambda found: _SHOWN.get(found[0], ""), _within(text))


def guarded(own: str, source: str, safe: Callable[[str], str]) -> str:
    """The curator's text, in which mentions, references and markup taken over from ``source`` are made harmless."""
    return _TELLING.sub(lambda found: safe(found[0]) if found[0] in source else found[0], own)


def is_of(body: str | None, url: str) -> bool:
    """Whether an issue's ``# URL`` section names the note's own link, or the same paper in another form."""
    urls = read_body(body or "").urls
    paper = arxiv_id_of((url,))
    return url in urls or (paper is not None and paper == arxiv_id_of(urls))


def is_ours(title: str, body: str | None, draft: Draft) -> bool:
    """Whether an issue is the one that a draft was sent as: the link is the same, and title or body as well."""
    same = same_text(title, draft.title) or same_text(body or "", draft.body)
    return same and is_of(body, draft.url)


def same_text(one: str, other: str) -> bool:
    """The same text, however the server ends lines."""
    return as_lines(one).strip() == as_lines(other).strip()


def is_there(comments: Sequence[str], draft: Draft, place: int) -> bool:
    """Whether the draft's comment of this place (from 0) is among those of the issue; equal ones are counted."""
    text = draft.comments[place]
    ours = sum(same_text(text, one) for one in draft.comments[: place + 1])
    return sum(same_text(text, one) for one in comments) >= ours


def _summary_section(stub: Stub) -> str:
    """By a model, or as the curator left it; an extract never leaves the digest."""
    told, own = stub.summary, stub.curator.fields.get("summary")
    by_model = told is not None and told.by != EXTRACTIVE
    if own is None:
        return _section(f"Summary (by {_inline(told.by)})", _inline(told.text)) if told and by_model else ""
    source = f"{stub.abstract} {told.text if told else ''}"
    by = _inline(told.by) if told and by_model else CURATOR
    return _section(f"Summary (by {by})", guarded(own, source, _within))


def _some(stub: Stub) -> list[AttributedText]:
    return [stub.translation] if stub.translation else []


def _section(name: str, text: str) -> str:
    return f"# {name}\n- {text}" if text else ""


def _author_lines(names: Sequence[str], room: int) -> str:
    """The ``# Authors`` section within ``room``, with how many they are in all where they do not fit."""
    if not names:
        return ""
    lines = ["# Authors", *(f"  - {name}" for name in names)]
    if len(_joined(lines)) <= room:
        return _joined(lines)
    note = f"  - … ({len(names):,} authors in all)"
    size, kept = len(note), 0
    while kept < len(lines) and size + len(lines[kept]) + 1 <= room:
        size += len(lines[kept]) + 1
        kept += 1
    return _joined([*lines[: max(kept, 1)], note])


def _abstract_section(abstract: str, room: int) -> str:
    """The ``# Abstract`` section within ``room``, with how long it is in all where it does not fit."""
    if not abstract:
        return ""
    head, text = "# Abstract\n  - ", collapse(abstract)
    if len(head) + len(safe := neutralise(text)) <= room:
        return head + safe
    note = f"… (cut; {len(text):,} characters in all)"
    left = max(room - len(head) - len(note), 0)
    kept, safe = left, neutralise(text[:left])
    while len(safe) > left:
        kept = min(kept - 1, kept * left // len(safe))
        safe = neutralise(text[:kept])
    return head + safe + note


def _within(text: str) -> str:
    """Made harmless as a part of a line that does not begin with it."""
    return neutralise("," + text)[1:]


def _inline(text: str) -> str:
    return neutralise(collapse(text))


def _joined(parts: Sequence[str]) -> str:
    return "\n".join(part for part in parts if part)


def _check_length(what: str, text: str, limit: int, stub: Stub) -> None:
    if len(text) > limit:
        raise MoveError(
            f"{what} of {stub.arxiv_id or stub.key} has {len(text):,} characters, of which GitHub takes {limit:,}; "
            "shorten it in the digest and run `notebot collect`"
        )
