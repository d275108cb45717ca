"""Reads one entry: every line that differs from what notebot wrote is interpreted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.model.digest_reading import ReadEntry, Unreadable, Verdict
from notebot.features.digests.rules.read_back.changed_lines import (
    CHANGED,
    CHANGED_FIELDS,
    read_changed_post,
    read_fixed_line,
)
from notebot.features.digests.rules.read_back.entry_reader import (
    STRAY_TICK,
    EntryReader,
    end_block,
    read_post,
    read_posts,
    read_tick,
)
from notebot.features.digests.rules.read_back.lines import MARK_START, RELATED, Line, LineRole
from notebot.features.digests.rules.read_back.typed_fields import TagLine, read_tags, replacements
from notebot.features.digests.rules.read_back.typed_paragraphs import Paragraphs

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from notebot.features.digests.rules.read_back.align import Change, Region
    from notebot.features.digests.rules.read_back.original import OriginalEntry, OriginalLine

STRAY_MARK = "A mark that notebot wrote was changed or moved."

Ignored = frozenset[tuple[str, str, str]]
"""What a program did everywhere: the part of an entry, the old and the new words (rules.md 6.5)."""


def read_entry(
    entry: OriginalEntry,
    region: Region,
    file: Sequence[Line],
    *,
    ignored: Ignored,
    keys: Container[str],
    known_tags: Iterable[str],
    linked: Container[str],
) -> tuple[ReadEntry, list[Unreadable]]:
    """Reads one entry; also returns the lines of its region that no rule could interpret.

    Args:
        file: all lines of the file.
        ignored: changes that a program made.
        keys: the keys of all original lines.
        known_tags: tags that may contain blanks.
        linked: URLs of papers in changed lines; their entries were not deleted.
    """
    tags = entry.line(LineRole.TAGS)
    drawn_tags = _drawn_tags(tags)
    reader = EntryReader(entry, drawn_tags, drawn_tags, Paragraphs(file), frozenset((*drawn_tags.all, *known_tags)))
    for reader.place, line in region.lines:
        _read_line(reader, region, line, ignored, keys)
    end_block(reader)
    if reader.touched:
        _read_missing(reader, region, ignored)
    changes = (change.drawn for change in region.changed.values())
    standing = entry.url in linked or any(one.role in IDENTITY for one in (*region.same.values(), *changes))
    return _result(reader, standing=standing), reader.unreadable


def _drawn_tags(line: Line | None) -> TagLine:
    """The tags as notebot wrote them: each up to the next ``#``, blanks included."""
    if line is None:
        return TagLine("", (), ())
    whole = [" ".join(tag.split()).rstrip("?？") for tag in line.text.replace("＃", "#").split("#")]
    return read_tags(line.text, whole)


IDENTITY = (LineRole.URL, LineRole.TITLE, LineRole.HEADLINE)
"""An entry without any of these lines was deleted."""


def _result(reader: EntryReader, *, standing: bool) -> ReadEntry:
    drawn, tags = reader.drawn_tags, reader.tags
    verdict = Verdict.KEPT if reader.touched else Verdict.UNTOUCHED if standing else Verdict.SKIPPED
    return ReadEntry(
        arxiv_id=reader.entry.arxiv_id,
        verdict=verdict,
        one_line=reader.entry.one_line,
        ticked=reader.ticked,
        declined=reader.declined,
        read_later=reader.read_later,
        comment=reader.typed.text,
        posts=tuple(reader.block.posts),
        posts_changed=reader.posts_changed,
        related=tuple(dict.fromkeys(reader.related)),
        tags=tuple(dict.fromkeys(tags.taken)),
        tags_changed=tags.taken != drawn.taken,
        new_tags=tuple(dict.fromkeys(tag for tag in tags.taken if tag not in drawn.all)),
        fields=reader.fields,
    )


def _read_missing(reader: EntryReader, region: Region, ignored: Ignored) -> None:
    """Takes a deleted field as a choice, because the curator worked on the entry."""
    for one in region.missing:
        if not one.line.key or (PARTS.get(one.role, ""), DELETED, "") in ignored:
            continue
        if one.role is LineRole.SUMMARY:
            reader.fields["summary"] = ""
        if one.role is LineRole.TAGS:
            reader.tags = TagLine("", (), ())


PARTS = {
    LineRole.TITLE: "title line",
    LineRole.HEADLINE: "title line",
    LineRole.TAGS: "tags",
    LineRole.SUMMARY: "summary",
    LineRole.ISSUE_DATE: "issue date",
    LineRole.POST: "post",
}
"""The parts of an entry that a reader edits, as the report names them; any other line is ``text``."""
DELETED = "*"
"""Stands for whatever the whole line said, where the line is gone."""


def _read_line(reader: EntryReader, region: Region, line: Line, ignored: Ignored, keys: Container[str]) -> None:
    place = reader.place
    if place in region.own:
        return
    if not line.words and place not in region.same:
        if not line.is_blank and not line.mark:
            reader.typed.add_syntax(place)
        elif not reader.block.waiting:
            end_block(reader)
        return
    change = region.changed.get(place)
    drawn = region.same.get(place) or (change.drawn if change else None)
    if drawn and line.mark not in {"", drawn.line.mark}:
        reader.report(STRAY_MARK, line)
    if place in region.same:
        _read_same(reader, region.same[place], line)
    elif change is not None:
        part = PARTS.get(change.drawn.role, "text")
        _read_changed(reader, change, {(old, new) for name, old, new in ignored if name == part})
    elif place in region.damaged:
        end_block(reader)
        reader.report(CHANGED, line)
    elif ("text", "", line.key) not in ignored:
        _read_typed(reader, line, keys)


def _read_same(reader: EntryReader, drawn: OriginalLine, line: Line) -> None:
    if drawn.role is not LineRole.POST:
        end_block(reader)
    elif reader.post is not drawn:
        read_post(reader, drawn.line.label)
        reader.post = drawn
    read_tick(reader, drawn, line)


def _read_changed(reader: EntryReader, change: Change, ignored: set[tuple[str, str]]) -> None:
    if ignored and replacements(change.drawn.line.label, change.text) <= ignored:
        _read_same(reader, change.drawn, change.line)
    elif change.drawn.role is LineRole.POST:
        read_changed_post(reader, change)
    else:
        end_block(reader)
        CHANGED_FIELDS.get(change.drawn.role, read_fixed_line)(reader, change, ignored)


def _read_typed(reader: EntryReader, line: Line, keys: Container[str]) -> None:
    if read_posts(reader, line):
        reader.touched = True
        reader.posts_changed = True
    elif MARK_START.search(line.text):
        reader.report(STRAY_MARK, line)
    elif line.key in keys and line.role is not LineRole.URL:
        reader.report(STRAY_TICK, line)
    elif not _read_related(reader, line):
        reader.add_text(line.text)


def _read_related(reader: EntryReader, line: Line) -> bool:
    """Reads a ticked ``関連 #N`` that the curator typed; returns whether the line was one."""
    found = RELATED.match(line.label) if line.ticked else None
    if found is None:
        return False
    reader.related.append(int(found["number"]))
    reader.touched = True
    reader.add_text(found["rest"].strip())
    return True
