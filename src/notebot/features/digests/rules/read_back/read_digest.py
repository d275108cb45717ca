"""Reads a whole completed digest back."""

from __future__ import annotations

import codecs
from itertools import groupby
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from notebot.core.model.digest_reading import DigestReading, ReadEntry, Unreadable, Verdict
from notebot.core.text.patterns import regex
from notebot.features.digests.rules.read_back.align import Region, align
from notebot.features.digests.rules.read_back.changed_lines import CHANGED
from notebot.features.digests.rules.read_back.entry_reader import NO_TICK, STRAY_TICK
from notebot.features.digests.rules.read_back.lines import (
    MARK_START,
    Line,
    join_boxes,
    read_lines,
    split_lines,
)
from notebot.features.digests.rules.read_back.normal_form import PlainText
from notebot.features.digests.rules.read_back.original import OUTSIDE, OriginalDigest, parse_original, update_id
from notebot.features.digests.rules.read_back.read_entry import (
    DELETED,
    STRAY_MARK,
    Ignored,
    read_entry,
)
from notebot.features.digests.rules.read_back.rewrites import find_rewrites
from notebot.features.digests.rules.read_back.typed_paragraphs import Paragraphs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

_LINK = regex(r"https://arxiv\.org/abs/(?:[0-9]{4}\.[0-9]{4,5}|[A-Za-z.-]{1,20}/[0-9]{7})(?:v[0-9]{1,3})?")
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MOST_LINES = 30_000
_MOST_CHARACTERS = 2_000_000
"""Of what a curator types, all entries together; a comment on GitHub has at most 65,536."""
_NOTHING_DELETED: Ignored = frozenset({("summary", DELETED, ""), ("tags", DELETED, "")})


def decode_digest(body: bytes) -> str:
    """The text of a digest file in UTF-8, or in the encoding that its byte order mark declares.

    A character that a sync client cut in two at the end is left out.

    Raises:
        UnicodeDecodeError: the file is in another encoding.
    """
    mark, encoding = next((found for found in _BYTE_ORDER_MARKS if body.startswith(found[0])), (b"", "utf-8"))
    text = body[len(mark) :]
    try:
        return text.decode(encoding)
    except UnicodeDecodeError as error:
        # a UTF-8 character has at most four bytes; a cut one is missing at least its last
        if error.end < len(text) or len(text) - error.start > 3:
            raise
        return text[: error.start].decode(encoding)


def is_out_of_proportion(original: str, edited: str) -> bool:
    """True if a text is far longer than any curator or program makes a digest.

    Wrapping, blank lines and entities make a digest up to eight times as long. Reading takes a second for each 30,000
    lines or 2 million characters more.
    """
    lines = edited.count("\n") + edited.count("\r") - edited.count("\r\n")
    written = original.count("\n") + len(original) // 20
    return lines > _MOST_LINES + 4 * written or len(edited) > _MOST_CHARACTERS + 8 * len(original)


def read_digest(
    original: str, edited: str | bytes, *, as_typed: bool = False, known_tags: Collection[str] = ()
) -> DigestReading:
    """What the curator changed in a digest.

    Both texts are compared by what they say (rules.md 6.1). Every word that was typed is in the result as it is in the
    file: in a comment, a field, a tag, a post, the remark, ``unreadable`` or ``ignored``. Only the mark of a tick and
    the words of a ticked ``関連 #N`` are replaced by their meaning.

    Args:
        original: the digest exactly as notebot wrote it.
        edited: the file as it is now; sync clients, editors, formatters and keyboards may have rewritten all of it.
        as_typed: take the same change in many entries as the curator's, not as a program's (rules.md 6.5).
        known_tags: tags of the archive; only these, and those in the digest, may contain blanks.
    """
    plain = PlainText(len(original))
    drawn = parse_original(original, plain)
    text = decode_digest(edited) if isinstance(edited, bytes) else edited
    lines = join_boxes(read_lines(split_lines(text), drawn.marks, plain, drawn.own), drawn.boxed)
    regions = align(drawn, lines)
    complete = _is_complete(drawn, lines, regions)
    ends_in = _drop_half_line(drawn, lines, regions, complete=complete)
    ignored, report = (frozenset(), ()) if as_typed else find_rewrites(drawn, regions)
    ignored |= frozenset() if complete else _NOTHING_DELETED
    outside = _Outside(drawn, Paragraphs(lines))
    outside.read(regions[OUTSIDE], ignored)
    linked = _links_in_changed_lines(regions) | {drawn.entries[owner].url for owner in outside.damaged}
    entries: list[ReadEntry] = []
    unreadable = outside.unreadable
    for owner, entry in enumerate(drawn.entries):
        region = _only_ticks(drawn, owner, regions[owner]) if owner == ends_in else regions[owner]
        reading, given_up = read_entry(
            entry, region, lines, ignored=ignored, keys=drawn.keys, known_tags=known_tags, linked=linked
        )
        # in an incomplete file a missing entry may simply not have arrived yet (rules.md 6.4)
        unsure = not complete and (reading.verdict is Verdict.SKIPPED or owner == ends_in)
        if unsure and reading.verdict is not Verdict.KEPT:
            reading = replace(reading, verdict=Verdict.UNKNOWN)
        entries.append(reading)
        unreadable += given_up
    return DigestReading(
        entries=tuple(entries),
        accepted_updates=tuple(outside.updates),
        remark=outside.remark.text,
        unreadable=_merge_unreadable(unreadable, split_lines(text)),
        complete=complete,
        ends_in=drawn.entries[ends_in].arxiv_id if ends_in is not None else None,
        ignored=report,
    )


def _is_complete(drawn: OriginalDigest, lines: Sequence[Line], regions: Mapping[int, Region]) -> bool:
    """True if the file has its end: the end mark, or the last entry and whatever follows it."""
    if not drawn.entries or any(line.mark == "/nb digest" for line in lines):
        return True
    has_marks = any(line.mark for line in lines)
    last = [one for one in drawn.entries[-1].lines if one.index >= 0 and (has_marks or one.line.words)]
    found = {one.index for region in regions.values() for one in region.same.values()}
    return bool(last) and any(index >= last[-1].index for index in found)


def _drop_half_line(
    drawn: OriginalDigest, lines: Sequence[Line], regions: Mapping[int, Region], *, complete: bool
) -> int | None:
    """Drops the last line of a file without end mark if it may be half a line; returns the entry that is cut."""
    if any(line.mark == "/nb digest" for line in lines):
        return None
    last = next((place for place in range(len(lines) - 1, -1, -1) if lines[place].key), -1)
    text = lines[last].text.strip() if lines else ""
    # a prefix of one of our lines is what a sync client left of it; any other text was typed
    half = any(own.startswith(text) for own in drawn.own)
    for owner, region in regions.items():
        if any(place == last for place, _ in region.lines):
            if half and last not in region.same:
                region.own.add(last)
                region.changed.pop(last, None)
                region.damaged.discard(last)
            return owner if owner != OUTSIDE and not complete else None
    return None


def _only_ticks(drawn: OriginalDigest, owner: int, region: Region) -> Region:
    """The entry as notebot wrote it, with the ticks of whole lines (rules.md 6.4)."""
    now = {one.index: line for place, line in region.lines if (one := region.same.get(place))}
    written = [one for one in drawn.entries[owner].lines if one.index >= 0]
    return Region(
        lines=[(place, now.get(one.index, one.line)) for place, one in enumerate(written)],
        same=dict(enumerate(written)),
    )


class _Outside(Struct):
    """Reads the lines outside entries."""

    drawn: OriginalDigest
    remark: Paragraphs
    updates: list[str] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    damaged: set[int] = field(default_factory=set)
    """Headlines that were changed beyond reading; they do not count as deleted."""

    def read(self, region: Region, ignored: Ignored) -> None:
        """Reads every line."""
        for place, line in region.lines:
            one = region.same.get(place)
            change = region.changed.get(place)
            if one:
                self._read_tick(one.line, line)
            elif change:
                self._read_tick(change.drawn.line, line)
                for changed in change.lines:
                    self._report(changed, CHANGED)
            elif place in region.damaged:
                self._report(line, CHANGED)
            elif not line.words and not line.is_blank and not line.mark:
                self.remark.add_syntax(place)
            elif line.words and place not in region.own and ("text", "", line.key) not in ignored:
                self._read_typed(place, line)

    def _read_tick(self, one: Line, line: Line) -> None:
        update = update_id(one.mark)
        if line.ticked and update:
            self.updates.append(update)
        elif line.ticked and not one.ticked:
            self._report(line, STRAY_TICK)
        elif line.box and line.holds not in {" ", "-", "x", one.holds}:
            self._report(line, NO_TICK)
        if line.mark and line.mark != one.mark:
            self._report(line, STRAY_MARK)

    def _read_typed(self, place: int, line: Line) -> None:
        if line.key in self.drawn.keys:
            self._report(line, STRAY_TICK)
        elif MARK_START.search(line.text):
            self._report(line, STRAY_MARK)
        else:
            self.remark.add_text(place, line.text)

    def _report(self, line: Line, why: str) -> None:
        self.unreadable.append(Unreadable(line.number, line.text, why))


def _links_in_changed_lines(regions: Mapping[int, Region]) -> set[str]:
    """The arXiv links in changed lines; their entries were not deleted."""
    changed = (
        line.text
        for region in regions.values()
        for place, line in region.lines
        if line.words and place not in region.same
    )
    return {link for text in changed if "arxiv.org" in text for link in _LINK.findall(text)}


def _merge_unreadable(given_up: Iterable[Unreadable], file: Sequence[str]) -> tuple[Unreadable, ...]:
    """Merges consecutive lines with the same reason, each as it is in the file; in file order."""
    ordered = sorted({(one.line, one.why) for one in given_up})
    runs = groupby(enumerate(ordered), key=lambda item: (item[1][0] - item[0], item[1][1]))
    groups = [[number for _, (number, _) in run] for (_, _), run in runs]
    whys = dict(ordered)
    return tuple(
        Unreadable(numbers[0], "\n".join(file[number - 1] for number in numbers), whys[numbers[0]])
        for numbers in groups
    )
