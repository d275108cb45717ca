"""Reads a whole completed digest back."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import groupby

from msgspec import Struct, field

from notebot.core.model.digest_reading import DigestReading, Unreadable
from notebot.core.text.patterns import regex
from notebot.features.digests.rules.read_back.align import Region, align, edges, is_similar, leftovers
from notebot.features.digests.rules.read_back.lines import Line, LineRole, read_lines
from notebot.features.digests.rules.read_back.original import OUTSIDE, OriginalLine, parse_original, update_id
from notebot.features.digests.rules.read_back.read_entry import (
    CHANGED,
    STRAY_MARK,
    STRAY_TICK,
    TWICE,
    contains_mark,
    read_entry,
)
from notebot.features.digests.rules.read_back.typed_paragraphs import Paragraphs

_CANDIDATES = 4
"""A line outside entries is compared with at most this many missing lines per edge; bounds the run time."""
_LINK = regex(r"https://arxiv\.org/abs/(?:[0-9]{4}\.[0-9]{4,5}|[A-Za-z.-]{1,20}/[0-9]{7})(?:v[0-9]{1,3})?")


def read_digest(
    original: str, edited: str, *, as_typed: bool = False, known_tags: Collection[str] = ()
) -> DigestReading:
    """What the curator changed in a digest.

    Every character that was typed, except blanks, is in the result: in a comment, a field, a tag, a post, the
    remark or ``unreadable``. Only the ``x`` of a tick and the words of a ticked ``関連 #N`` are replaced by
    their meaning.

    Args:
        original: the digest exactly as notebot wrote it.
        edited: the file as it is now; line ends, marks and blanks may have been changed by the editor.
        as_typed: take the same change in many entries as the curator's, not as a program's (rules.md 6.5).
        known_tags: tags of the archive; only these, and those in the digest, may contain blanks.
    """
    del as_typed, known_tags  # read by the rules that follow in the next change
    drawn = parse_original(original)
    regions = align(drawn, tuple(read_lines(edited, drawn.alone, drawn.ending)))
    own = _moved_line_predicate(leftovers(regions.values()))
    outside = _Outside(own, drawn.keys, _index_by_edges(one for region in regions.values() for one in region.missing))
    outside.read(regions[OUTSIDE])
    linked = _links_in_changed_lines(regions) | {drawn.entries[owner].url for owner in outside.damaged}
    read = [
        read_entry(entry, regions[owner], own=own, keys=drawn.keys, linked=linked)
        for owner, entry in enumerate(drawn.entries)
    ]
    return DigestReading(
        entries=tuple(entry for entry, _ in read),
        accepted_updates=tuple(outside.updates),
        remark=outside.remark.text,
        complete=_is_complete(original, edited),
        unreadable=_merge_unreadable([*outside.unreadable, *(one for _, given_up in read for one in given_up)]),
    )


def _is_complete(original: str, edited: str) -> bool:
    endings = [line for line in ("## Coverage", "<!-- /nb digest -->") if line in original]
    return not endings or any(line in edited for line in endings)


class _Outside(Struct):
    """Reads the lines outside entries."""

    own: Callable[[Line], bool]
    keys: frozenset[str]
    missing: Mapping[str, list[OriginalLine]]
    """Missing original lines by their edges."""
    updates: list[str] = field(default_factory=list)
    remark: Paragraphs = field(default_factory=Paragraphs)
    unreadable: list[Unreadable] = field(default_factory=list)
    damaged: set[int] = field(default_factory=set)
    """Headlines that were changed beyond reading; they do not count as deleted."""

    def read(self, region: Region) -> None:
        """Reads every line."""
        for place, line in region.lines:
            drawn = region.same.get(place)
            if drawn:
                self._read_same(drawn.line, line)
            elif line.key and not self.own(line):
                self._read_new(place, line)

    def _read_same(self, drawn: Line, line: Line) -> None:
        update = update_id(drawn.mark)
        if line.ticked and update:
            self.updates.append(update)
        elif line.ticked and not drawn.ticked:
            self._report(line, STRAY_TICK)
        if line.mark and line.mark != drawn.mark:
            self._report(line, STRAY_MARK)

    def _read_new(self, place: int, line: Line) -> None:
        update = update_id(line.mark)
        changed = _find_similar(self.missing, line)
        if update:
            self.updates += [update] if line.ticked else []
            self._report(line, CHANGED)
        elif line.key in self.keys:
            self._report(line, STRAY_TICK if line.ticked else TWICE)
        elif contains_mark(line):
            self._report(line, STRAY_MARK)
        elif changed:
            self._report(line, CHANGED)
            self.damaged |= {changed.owner} if changed.role is LineRole.HEADLINE else set()
        else:
            self.remark.add_text(place, line.text)

    def _report(self, line: Line, why: str) -> None:
        self.unreadable.append(Unreadable(line.number, line.text, why))


def _moved_line_predicate(left: Counter[str]) -> Callable[[Line], bool]:
    """A predicate for lines that were moved or remain of a deleted entry; each original line counts once."""

    def own(line: Line) -> bool:
        if line.ticked or left[line.key] <= 0:
            return False
        left[line.key] -= 1
        return True

    return own


def _links_in_changed_lines(regions: Mapping[int, Region]) -> set[str]:
    """The arXiv links in changed lines; their entries were not deleted."""
    changed = (
        line.key for region in regions.values() for place, line in region.lines if line.key and place not in region.same
    )
    return {link for key in changed for link in _LINK.findall(key)}


def _index_by_edges(missing: Iterable[OriginalLine]) -> Mapping[str, list[OriginalLine]]:
    found: dict[str, list[OriginalLine]] = defaultdict(list)
    for one in {one.line.key: one for one in missing if one.line.key}.values():
        for edge in edges(one.line.key):
            found[edge].append(one)
    return found


def _find_similar(missing: Mapping[str, list[OriginalLine]], line: Line) -> OriginalLine | None:
    near = (one for edge in edges(line.key) for one in missing.get(edge, ())[:_CANDIDATES])
    return next((one for one in near if is_similar(one.line.key, line.key)), None)


def _merge_unreadable(given_up: Iterable[Unreadable]) -> tuple[Unreadable, ...]:
    """Merges consecutive lines with the same reason; in file order."""
    ordered = sorted(given_up, key=lambda one: one.line)
    runs = groupby(enumerate(ordered), key=lambda item: (item[1].line - item[0], item[1].why))
    groups = [[one for _, one in run] for _, run in runs]
    return tuple(Unreadable(run[0].line, "\n".join(line.text for line in run), run[0].why) for run in groups)
