"""A kept stub as the note that it will be: it stands among the archive's notes at once (rules.md 5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.model.note import Note
from notebot.core.model.post import PostKind, post_rank
from notebot.core.note_format.issue_body import kind_of
from notebot.core.note_format.stub_title import NoteStyle, title_line

if TYPE_CHECKING:
    from notebot.core.model.stub import Stub


def note_of(stub: Stub, style: NoteStyle) -> Note:
    """The note of a stub that the curator keeps; its number is the archive's, once it has one."""
    line = title_line(stub, style).text
    return Note(
        title_line=line,
        number=stub.note_number,
        issue_date=stub.issue_date,
        tags=taken_tags(stub),
        urls=(stub.url,),
        arxiv_id=stub.arxiv_id or None,
        summary=stub.summary.text if stub.summary else None,
        comments=comments_of(stub),
        posts=stub.posts,
        refs=tuple(one.number for one in stub.related if one.number in stub.curator.related),
        kind="article" if stub.kind == "article" else kind_of(line),
    )


def taken_tags(stub: Stub) -> tuple[str, ...]:
    """Tags that stand without doubt; a guess counts only when the curator has taken it."""
    if stub.curator.tags is not None:
        return stub.curator.tags
    guesses = {evidence.tag for evidence in stub.tag_evidence if not evidence.sure}
    return tuple(tag for tag in stub.tags if tag not in guesses)


def comments_of(stub: Stub) -> tuple[str, ...]:
    """The comments in the archive's order: posts under their words, 関連, the curator's own words."""
    posts = tuple(f"{words}\n{post}" for words, post in post_lines(stub))
    related = "".join(f"\n- #{number}" for number in stub.curator.related)
    own = stub.curator.comment
    return (*posts, *([f"関連:{related}"] if related else []), *([own] if own else []))


def post_lines(stub: Stub) -> tuple[tuple[str, str], ...]:
    """The posts in the order in which a note shows them, each behind its words: the curator's before any other."""
    words = {**dict(stub.post_words), **dict(stub.curator.post_words)}
    lines = ((words.get(post, PostKind.SOURCE.words), post) for post in stub.posts)
    return tuple(sorted(lines, key=lambda line: post_rank(line[0])))
