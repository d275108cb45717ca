"""Applies the edited entry of a completed digest to its stub (rules.md 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.digest_reading import PostLine, ReadEntry, Verdict
from notebot.core.model.post import PostKind
from notebot.core.model.post_address import canonical_post
from notebot.core.model.stub import Stub, StubStatus
from notebot.core.model.stub_posts import has_post

if TYPE_CHECKING:
    from notebot.core.note_format.stub_title import NoteStyle

READ_LATER = "read-later"


def apply_edits(stub: Stub, entry: ReadEntry, style: NoteStyle, original: str = "") -> Stub:
    """The stub with everything that the curator typed or ticked in its entry; idempotent.

    Args:
        original: the digest as notebot wrote it. Posts that it does not show were found later and are kept.
    """
    if entry.verdict is Verdict.UNTOUCHED:
        return stub
    if entry.verdict is Verdict.SKIPPED:
        # A kept stub stays kept although its entry was deleted: only `queue skip` drops it (rules.md 5.2).
        undecided = stub.status in (StubStatus.QUEUED, StubStatus.DIGESTED)
        return replace(stub, status=StubStatus.SKIPPED) if undecided else stub
    posts_in_file = tuple(dict.fromkeys(_canonical_url(post) for post in entry.posts))
    later_posts = tuple(
        post for post in stub.posts if original and post not in original and not has_post(posts_in_file, post)
    )
    posts = (*posts_in_file, *later_posts)
    if entry.one_line:
        # A headline does not show the stub's posts, so their absence does not mean that they were deleted.
        posts = tuple(dict.fromkeys((*stub.posts, *posts)))
    # `元ポスト:` is the default label. It is stored only if it replaces a label that notebot suggested.
    suggested_words = dict(stub.post_words)
    post_words = tuple(
        (_canonical_url(post), f"{post.kind}:")
        for post in entry.posts
        if post.kind != PostKind.SOURCE or _canonical_url(post) in suggested_words
    )
    fields = {**stub.curator.fields, **entry.fields}
    if entry.one_line and style.prefix and "title_line" in entry.fields:
        fields["title_line"] = f"{style.prefix} {entry.fields['title_line']}"
    curator = replace(
        stub.curator,
        comment=entry.comment,
        fields=fields,
        tags=_curator_tags(stub, entry),
        related=entry.related,
        post_words=(*post_words, *(pair for pair in stub.curator.post_words if pair[0] in later_posts)),
    )
    # Editing the old entry of a skipped stub does not revive it: only `queue requeue` does (rules.md 5.2).
    status = StubStatus.KEPT if stub.status is not StubStatus.SKIPPED else stub.status
    return replace(stub, status=status, posts=posts, curator=curator)


def _curator_tags(stub: Stub, entry: ReadEntry) -> tuple[str, ...] | None:
    """The tags that the curator chose; ``None`` until the curator changes one."""
    if not entry.tags_changed and not entry.read_later:
        return stub.curator.tags
    tags = entry.tags
    if entry.one_line:
        # A headline shows no tags: start from those that the stub has for certain.
        guesses = {evidence.tag for evidence in stub.tag_evidence if not evidence.sure}
        tags = stub.curator.tags or tuple(tag for tag in stub.tags if tag not in guesses)
    return tuple(dict.fromkeys((*tags, *([READ_LATER] if entry.read_later else []))))


def _canonical_url(post: PostLine) -> str:
    return canonical_post(post.url) or post.url


def is_cut_short(original: str, edited: str) -> bool:
    """True if the end of the digest is missing, so that a missing entry may have been cut off.

    This happens if an editor that does not save atomically is still writing.
    """
    endings = [line for line in ("## Coverage", "<!-- /nb digest -->") if line in original]
    return bool(endings) and not any(line in edited for line in endings)


def with_accepted_offer(stub: Stub, field: str) -> Stub:
    """The stub with the newest offer for ``field`` taken over as the curator's own value."""
    offers = [offer for offer in stub.offers if offer.field == field]
    if not offers:
        return stub
    fields = {**stub.curator.fields, field: offers[-1].value}
    others = tuple(offer for offer in stub.offers if offer.field != field)
    return replace(stub, offers=others, curator=replace(stub.curator, fields=fields))
