"""What becomes of a stub when its entry in a completed digest is read back (rules.md 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.digest_reading import PostLine, ReadEntry, Verdict
from notebot.core.model.post_address import canonical_post
from notebot.core.model.stub import Stub, StubStatus
from notebot.core.model.stub_posts import has_post

if TYPE_CHECKING:
    from notebot.core.note_format.stub_title import NoteStyle

READ_LATER = "read-later"
SOURCE_POST = "元ポスト"


def collected(stub: Stub, entry: ReadEntry, style: NoteStyle, original: str = "") -> Stub:
    """The stub with everything that the curator typed or chose in its entry; the same again changes nothing.

    An entry that was not touched leaves the stub as it is. One that was deleted is skipped, unless the
    stub had been kept before: what was once kept, only `queue skip` drops.

    Args:
        original: the digest as it was written: posts that it does not show came later, and stay.
    """
    if entry.verdict is Verdict.UNTOUCHED:
        return stub
    if entry.verdict is Verdict.SKIPPED:
        undecided = stub.status in (StubStatus.QUEUED, StubStatus.DIGESTED)
        return replace(stub, status=StubStatus.SKIPPED) if undecided else stub
    read = tuple(dict.fromkeys(_canonical(post) for post in entry.posts))
    late = tuple(post for post in stub.posts if original and post not in original and not has_post(read, post))
    posts = (*read, *late)
    fields = {**stub.curator.fields, **entry.fields}
    if entry.one_line and style.prefix and "title_line" in entry.fields:
        fields["title_line"] = f"{style.prefix} {entry.fields['title_line']}"
    curator = replace(
        stub.curator,
        comment=entry.comment,
        fields=fields,
        tags=_tags(stub, entry),
        related=entry.related,
        post_words=(*_words(stub, entry), *(pair for pair in stub.curator.post_words if pair[0] in late)),
    )
    shown = posts if not entry.one_line else tuple(dict.fromkeys((*stub.posts, *posts)))
    status = StubStatus.KEPT if stub.status is not StubStatus.SKIPPED else stub.status
    return replace(stub, status=status, posts=shown, curator=curator)


def _words(stub: Stub, entry: ReadEntry) -> tuple[tuple[str, str], ...]:
    """Those that say more than the words would be without them."""
    known = dict(stub.post_words)
    return tuple(
        (_canonical(post), f"{post.kind}:")
        for post in entry.posts
        if post.kind != SOURCE_POST or _canonical(post) in known
    )


def _tags(stub: Stub, entry: ReadEntry) -> tuple[str, ...] | None:
    """``None`` while the curator has changed none; a one-liner shows no tags, so it changes none."""
    if not entry.tags_changed and not entry.read_later:
        return stub.curator.tags
    guesses = {evidence.tag for evidence in stub.tag_evidence if not evidence.sure}
    plain = stub.curator.tags or tuple(tag for tag in stub.tags if tag not in guesses)
    chosen = plain if entry.one_line else entry.tags
    return tuple(dict.fromkeys((*chosen, *([READ_LATER] if entry.read_later else []))))


def _canonical(post: PostLine) -> str:
    return canonical_post(post.url) or post.url


def is_cut_short(original: str, edited: str) -> bool:
    """Whether the end of a digest is missing: then a deleted entry may only have been cut off.

    An editor that saves in place can be met halfway.
    """
    ends = [line for line in ("## Coverage", "<!-- /nb digest -->") if line in original]
    return bool(ends) and not any(line in edited for line in ends)


def with_accepted(stub: Stub, field: str) -> Stub:
    """The stub whose newest offer for a field has become the curator's own word."""
    offers = [offer for offer in stub.offers if offer.field == field]
    if not offers:
        return stub
    fields = {**stub.curator.fields, field: offers[-1].value}
    others = tuple(offer for offer in stub.offers if offer.field != field)
    return replace(stub, offers=others, curator=replace(stub.curator, fields=fields))
