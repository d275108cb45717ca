"""Takes a decision back without touching what machines have learned about the stub since."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

if TYPE_CHECKING:
    from notebot.core.model.decision import Choice
    from notebot.core.model.stub import Curator, Stub

Value = TypeVar("Value")


def take_back(stub: Stub, before: Choice, after: Choice) -> Stub:
    """The stub with everything that a decision changed set back; everything else stays as it is now."""
    return replace(
        stub,
        status=_restore(stub.status, before.status, after.status),
        posts=_restore_items(stub.posts, before.posts, after.posts),
        offers=_restore_items(stub.offers, before.offers, after.offers),
        curator=_restore_curator(stub.curator, before.curator, after.curator),
    )


def _restore_curator(now: Curator, before: Curator, after: Curator) -> Curator:
    fields = dict(now.fields)
    for name in before.fields.keys() | after.fields.keys():
        if before.fields.get(name) == after.fields.get(name):
            continue
        if name in before.fields:
            fields[name] = before.fields[name]
        else:
            fields.pop(name, None)
    return replace(
        now,
        comment=_restore(now.comment, before.comment, after.comment),
        fields=fields,
        tags=_restore(now.tags, before.tags, after.tags),
        related=_restore(now.related, before.related, after.related),
        post_words=_restore(now.post_words, before.post_words, after.post_words),
    )


def _restore(now: Value, before: Value, after: Value) -> Value:
    return now if before == after else before


def _restore_items(now: tuple[Value, ...], before: tuple[Value, ...], after: tuple[Value, ...]) -> tuple[Value, ...]:
    """The items without those that the decision added, and with those that it removed; later ones stay."""
    if now == after:
        return before
    added = [item for item in after if item not in before]
    removed = [item for item in before if item not in after and item not in now]
    return (*(item for item in now if item not in added), *removed)
