"""Turns a kept stub into a note, so that the archive contains it before it is published (rules.md 5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.model.note import Note
from notebot.core.model.post import PostKind, post_rank
from notebot.core.note_format.issue_body import note_kind
from notebot.core.note_format.stub_title import NoteStyle, title_line

if TYPE_CHECKING:
    from notebot.core.model.stub import Stub


def make_note(stub: Stub, style: NoteStyle) -> Note:
    """The note of a kept stub; its number is ``None`` until the archive has the issue."""
    line = title_line(stub, style).text
    return Note(
        title_line=line,
        number=stub.note_number,
        issue_date=stub.issue_date,
        tags=confirmed_tags(stub),
        urls=(stub.url,),
        arxiv_id=stub.arxiv_id or None,
        summary=stub.summary.text if stub.summary else None,
        comments=make_comments(stub),
        posts=stub.posts,
        refs=tuple(note.number for note in stub.related if note.number in stub.curator.related),
        kind="article" if stub.kind == "article" else note_kind(line),
    )


def confirmed_tags(stub: Stub) -> tuple[str, ...]:
    """The tags without unconfirmed guesses; once the curator has changed the tags, the curator's."""
    if stub.curator.tags is not None:
        return stub.curator.tags
    guesses = {evidence.tag for evidence in stub.tag_evidence if not evidence.sure}
    return tuple(tag for tag in stub.tags if tag not in guesses)


def make_comments(stub: Stub) -> tuple[str, ...]:
    """The comments in the archive's order: posts with their labels, 関連, the curator's own (format.md f)."""
    posts = tuple(f"{words}\n{post}" for words, post in post_lines(stub))
    related = "".join(f"\n- #{number}" for number in stub.curator.related)
    own = stub.curator.comment
    return (*posts, *([f"関連:{related}"] if related else []), *([own] if own else []))


def post_lines(stub: Stub) -> tuple[tuple[str, str], ...]:
    """Pairs of label and post in the order of a note; a label by the curator takes precedence."""
    words = {**dict(stub.post_words), **dict(stub.curator.post_words)}
    lines = ((words.get(post, PostKind.SOURCE.words), post) for post in stub.posts)
    return tuple(sorted(lines, key=lambda line: post_rank(line[0])))
