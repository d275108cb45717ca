"""Finds what a program did to the whole file: the same change in many entries (rules.md 6.5)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from notebot.core.model.digest_reading import IgnoredRewrite
from notebot.features.digests.rules.read_back.original import OUTSIDE, OriginalDigest
from notebot.features.digests.rules.read_back.read_entry import DELETED, IDENTITY, PARTS, Ignored
from notebot.features.digests.rules.read_back.typed_fields import replacements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from notebot.features.digests.rules.read_back.align import Region

# rules.md 6.5: a curator may make the same correction twice, a program makes it everywhere
_FEWEST = 3
_EXAMPLE_LENGTH = 120


def find_rewrites(drawn: OriginalDigest, regions: Mapping[int, Region]) -> tuple[Ignored, tuple[IgnoredRewrite, ...]]:
    """The changes that at least three entries, and half of those without a tick, have in common."""
    examples: dict[tuple[str, str, str], dict[int, str]] = defaultdict(dict)
    for owner in range(len(drawn.entries)):
        for change, text in _changes(regions[owner]):
            examples[change].setdefault(owner, text)
    ticked = {owner for owner in range(len(drawn.entries)) if _is_ticked(regions[owner])}
    parts: dict[str, set[int]] = defaultdict(set)
    for one in drawn.lines:
        if one.owner != OUTSIDE:
            parts["text"].add(one.owner)
            parts[PARTS.get(one.role, "text")].add(one.owner)
    ignored = [
        (change, owners)
        for change, owners in examples.items()
        if len(owners) >= _FEWEST
        and owners.keys() - ticked
        and 2 * len(owners.keys() - ticked) >= len(parts[change[0]] - ticked)
    ]
    return frozenset(change for change, _ in ignored), tuple(
        IgnoredRewrite(
            part,
            "" if old == DELETED else old,
            new,
            len(owners),
            len(parts[part]),
            next(iter(owners.values()))[:_EXAMPLE_LENGTH],
        )
        for (part, old, new), owners in ignored
    )


def _changes(region: Region) -> Iterator[tuple[tuple[str, str, str], str]]:
    for change in region.changed.values():
        part = PARTS.get(change.drawn.role, "text")
        for old, new in replacements(change.drawn.line.label, change.text):
            yield (part, old, new), change.text
    standing = any(one.role in IDENTITY for one in region.same.values())
    for one in region.missing if standing else ():  # else the curator deleted the entry
        if one.line.key and one.role in PARTS:
            yield (PARTS[one.role], DELETED, ""), one.line.text
    for _, line in region.typed:
        yield ("text", "", line.key), line.text


def _is_ticked(region: Region) -> bool:
    pairs = [(line, region.same[place]) for place, line in region.lines if place in region.same]
    pairs += [(change.line, change.drawn) for change in region.changed.values()]
    return any(line.ticked and not drawn.line.ticked for line, drawn in pairs)
