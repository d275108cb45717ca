"""Applies what changed in a digest entry, since the file was last read, to its stub (rules.md 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.digest_reading import PostLine, ReadEntry, Verdict
from notebot.core.model.note import READ_LATER
from notebot.core.model.post import PostKind
from notebot.core.model.post_address import canonical_post
from notebot.core.model.stub import Curator
from notebot.core.model.stub_posts import has_post

if TYPE_CHECKING:
    from notebot.core.model.digest_reading import DigestReading
    from notebot.core.model.stub import Stub
    from notebot.core.note_format.stub_title import NoteStyle


def comparable(entry: ReadEntry, last: ReadEntry, reading: DigestReading) -> ReadEntry:
    """The entry such that every difference to ``last`` is something that the curator did.

    Args:
        last: the same entry when the file was last read; as notebot wrote it, if it never was.
        reading: of the whole file. If its end is missing, what is not there was not removed (rules.md 6.4); if a
            program rewrote it, what the curator had typed there may have been ignored with the rest (rules.md 6.5).
    """
    if not reading.complete and entry.verdict is not Verdict.KEPT:
        return last
    if entry.verdict is Verdict.SKIPPED:
        # The text that the entry had is remembered, so that an entry which is put back is compared with it.
        return replace(last, verdict=Verdict.SKIPPED)
    if entry.verdict is Verdict.UNTOUCHED and last.verdict is Verdict.UNTOUCHED:
        # Deleting a post or a tag alone keeps no entry. It counts once the entry is kept, so it stays a difference.
        return last
    if last.verdict is not Verdict.KEPT or (reading.complete and not reading.ignored):
        return entry
    if entry.verdict is Verdict.UNTOUCHED:
        return entry if last.ticked else last
    return replace(
        entry,
        comment=entry.comment or last.comment,
        fields={**last.fields, **entry.fields},
        posts=tuple(dict.fromkeys((*last.posts, *entry.posts))),
        related=tuple(dict.fromkeys((*last.related, *entry.related))),
        tags=entry.tags if entry.tags_changed else last.tags,
        tags_changed=entry.tags_changed or last.tags_changed,
        read_later=entry.read_later or last.read_later,
    )


def changed_parts(last: ReadEntry, entry: ReadEntry) -> tuple[str, ...]:
    """The names of what the curator typed or changed in an entry: ``comment``, ``tags``, ``title_line`` …"""
    fields = [name for name in {**last.fields, **entry.fields} if last.fields.get(name) != entry.fields.get(name)]
    differs = {
        "comment": last.comment != entry.comment,
        "posts": last.posts != entry.posts,
        "tags": (last.tags, last.read_later) != (entry.tags, entry.read_later),
        "related": last.related != entry.related,
    }
    return (*fields, *(name for name, different in differs.items() if different))


def apply_edits(stub: Stub, last: ReadEntry, entry: ReadEntry, style: NoteStyle, parts: tuple[str, ...]) -> Stub:
    """The stub with these :func:`changed_parts` of its entry; its status stays."""
    curator, posts = stub.curator, stub.posts
    fields = dict(curator.fields)
    for name in parts:
        if name in entry.fields:
            prefix = f"{style.prefix} " if entry.one_line and style.prefix and name == "title_line" else ""
            fields[name] = prefix + entry.fields[name]
        elif name in last.fields:  # the curator restored what notebot wrote
            fields.pop(name, None)
    curator = replace(curator, fields=fields)
    if "comment" in parts:
        curator = replace(curator, comment=entry.comment)
    if "related" in parts:
        curator = replace(curator, related=entry.related)
    if "tags" in parts:
        curator = replace(curator, tags=_chosen_tags(stub, last, entry))
    if "posts" in parts:
        posts, post_words = _changed_posts(stub, last, entry)
        curator = replace(curator, post_words=post_words)
    return replace(stub, posts=posts, curator=curator)


def _changed_posts(
    stub: Stub, last: ReadEntry, entry: ReadEntry
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The posts in the order of the file, then those that it does not show; and the labels the curator chose."""
    before = tuple(dict.fromkeys(map(_canonical_url, last.posts)))
    # A post that the file still shows, but that was removed elsewhere, does not come back.
    in_file = tuple(
        url
        for url in dict.fromkeys(map(_canonical_url, entry.posts))
        if has_post(stub.posts, url) or not has_post(before, url)
    )
    # Posts that the file has never shown were found later, or stand in another digest.
    others = tuple(url for url in stub.posts if not has_post(in_file, url) and not has_post(before, url))
    # `元ポスト:` is the default label. It is stored only if it replaces a label that notebot suggested.
    suggested_words = dict(stub.post_words)
    words = tuple(
        (_canonical_url(post), f"{post.kind}:")
        for post in entry.posts
        if post.kind != PostKind.SOURCE or _canonical_url(post) in suggested_words
    )
    other_words = tuple(pair for pair in stub.curator.post_words if pair[0] in others)
    # A headline does not show the stub's posts, so the typed ones come after those that it had.
    return ((*others, *in_file) if entry.one_line else (*in_file, *others)), (*words, *other_words)


def _chosen_tags(stub: Stub, last: ReadEntry, entry: ReadEntry) -> tuple[str, ...] | None:
    """The tags that the curator chose; ``None`` if the choice was taken back."""
    if entry.tags_changed and not entry.one_line:
        chosen = entry.tags
    else:
        # Tags that were chosen elsewhere stay; a headline shows no tags at all.
        chosen = _sure_tags(stub) if entry.one_line or stub.curator.tags is not None else entry.tags
        chosen = tuple(tag for tag in chosen if tag != READ_LATER)
        if not entry.read_later and not entry.tags_changed:
            untouched = last.tags if not last.one_line else _sure_tags(replace(stub, curator=Curator()))
            return None if chosen == untouched else chosen
    return tuple(dict.fromkeys((*chosen, *([READ_LATER] if entry.read_later else []))))


def with_read_later(stub: Stub) -> Stub:
    """The stub with the tag of the reading list."""
    tags = tuple(dict.fromkeys((*_sure_tags(stub), READ_LATER)))
    return replace(stub, curator=replace(stub.curator, tags=tags))


def _sure_tags(stub: Stub) -> tuple[str, ...]:
    """The tags that the curator chose, else those that are not guesses; a headline shows none of them."""
    if stub.curator.tags is not None:
        return stub.curator.tags
    guesses = {evidence.tag for evidence in stub.tag_evidence if not evidence.sure}
    return tuple(tag for tag in stub.tags if tag not in guesses)


def _canonical_url(post: PostLine) -> str:
    return canonical_post(post.url) or post.url


def with_accepted_offer(stub: Stub, field: str) -> Stub:
    """The stub with the newest offer for ``field`` taken over as the curator's own value."""
    offers = [offer for offer in stub.offers if offer.field == field]
    if not offers:
        return stub
    fields = {**stub.curator.fields, field: offers[-1].value}
    others = tuple(offer for offer in stub.offers if offer.field != field)
    return replace(stub, offers=others, curator=replace(stub.curator, fields=fields))
