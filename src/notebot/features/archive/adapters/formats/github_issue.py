"""Creates a note from a GitHub issue, whether the issue comes from a file or over the network."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from notebot.core.model.note import Note
from notebot.core.model.post_address import find_posts
from notebot.core.note_format.issue_body import (
    curator_comments,
    first_arxiv_id,
    note_kind,
    note_refs,
    read_body,
    read_summary,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def note_from_issue(
    number: int,
    title: str,
    body: str | None,
    labels: Sequence[str],
    created_at: datetime,
    comments: Sequence[str],
    state: str,
    repo: str | None = None,
) -> Note:
    """The note that an issue contains.

    Args:
        created_at: aware; its UTC date is the Issue Date.
        comments: raw, in order; a comment that is a summary does not become a comment of the note.
        state: ``open`` or ``closed``, in any case.
        repo: ``owner/name``; URLs of its issues count as references.
    """
    parts, own = read_body(body or ""), curator_comments(comments)
    return Note(
        title_line=title,
        number=number,
        issue_date=created_at.astimezone(UTC).date(),
        tags=tuple(dict.fromkeys(labels)),
        urls=parts.urls,
        arxiv_id=first_arxiv_id(parts.urls),
        summary=read_summary(body or "", comments),
        comments=own,
        posts=tuple(find_posts("\n".join(own))),
        refs=note_refs((parts.prose, *own), number, repo),
        body=body,
        state=state.lower(),
        kind=note_kind(title),
    )
