"""Reads one entry: every line that differs from what notebot wrote is interpreted."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct, field

from notebot.core.model.digest_reading import ReadEntry, Unreadable, Verdict
from notebot.core.text.patterns import regex
from notebot.features.digests.rules.read_back.lines import (
    ISSUE_DATE,
    OTHER_POST,
    RELATED,
    SOURCE_POST,
    SUMMARY,
    Line,
    LineRole,
    squeeze,
)
from notebot.features.digests.rules.read_back.original import OriginalEntry, OriginalLine
from notebot.features.digests.rules.read_back.post_lines import PostBlock, opens_block
from notebot.features.digests.rules.read_back.typed_fields import (
    TagLine,
    is_only_shortened,
    new_title_line,
    read_tags,
    restore_unchanged,
    typed_around,
)
from notebot.features.digests.rules.read_back.typed_paragraphs import Paragraphs

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Container

    from notebot.features.digests.rules.read_back.align import Region

CHANGED = "A line that notebot wrote was changed; the change was not read."
TWICE = "A line that notebot wrote occurs twice; only the first was read."
STRAY_TICK = "A box was ticked, but its entry is unclear."
STRAY_MARK = "A mark that notebot wrote was changed or moved."
NEW_GUESS = "A tag followed by ? is a guess and was not taken; delete the ? to take it."
NO_TAG = "A # without a word is not a tag."

_MARK_START = regex(r"<!-- ?/?nb\b")


class EntryReader(Struct):
    """The state while the lines of one entry are read."""

    entry: OriginalEntry
    tags: TagLine
    drawn_tags: TagLine
    typed: Paragraphs = field(default_factory=Paragraphs)
    block: PostBlock = field(default_factory=PostBlock)
    related: list[int] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    read_later: bool = False
    touched: bool = False
    post: OriginalLine | None = None
    """The original post line that was read last."""
    place: int = -1
    """The place of the current line in the file."""

    def add_text(self, text: str) -> None:
        """Adds a line or a part of one to the curator's comment."""
        if text:
            self.typed.add_text(self.place, text)
            self.touched = True

    def report(self, line: Line, why: str) -> None:
        """Records a line as unreadable."""
        self.unreadable.append(Unreadable(line.number, line.text, why))

    def change(self, name: str, value: str) -> None:
        """Sets the new value of a field."""
        self.fields[name] = value
        self.touched = True


def read_entry(
    entry: OriginalEntry, region: Region, *, own: Callable[[Line], bool], keys: Container[str], linked: Container[str]
) -> tuple[ReadEntry, list[Unreadable]]:
    """Reads one entry; also returns the lines of its region that no rule could interpret.

    Args:
        own: true for an unticked line that notebot wrote elsewhere and that is missing there.
        keys: the keys of all original lines.
        linked: URLs of papers in changed lines; their entries were not deleted.
    """
    tags = entry.line(LineRole.TAGS)
    drawn_tags = read_tags(tags.bare if tags else "")
    reader = EntryReader(entry, drawn_tags, drawn_tags)
    for reader.place, line in region.lines:
        _read_line(reader, region, line, own, keys)
    _end_block(reader)
    if reader.touched:
        _read_missing(reader, region)
    standing = entry.url in linked or any(
        one.role in _IDENTITY for one in (*region.same.values(), *region.changed.values())
    )
    return _result(reader, standing=standing), reader.unreadable


_IDENTITY = (LineRole.URL, LineRole.TITLE, LineRole.HEADLINE)


def _result(reader: EntryReader, *, standing: bool) -> ReadEntry:
    drawn, tags = reader.drawn_tags, reader.tags
    verdict = Verdict.KEPT if reader.touched else Verdict.UNTOUCHED if standing else Verdict.SKIPPED
    return ReadEntry(
        arxiv_id=reader.entry.arxiv_id,
        verdict=verdict,
        one_line=reader.entry.one_line,
        read_later=reader.read_later,
        comment=reader.typed.text,
        posts=tuple(reader.block.posts),
        related=tuple(dict.fromkeys(reader.related)),
        tags=tuple(dict.fromkeys(tags.taken)),
        tags_changed=tags.taken != drawn.taken,
        new_tags=tuple(dict.fromkeys(tag for tag in tags.taken if tag not in drawn.all)),
        fields=reader.fields,
    )


def _read_missing(reader: EntryReader, region: Region) -> None:
    """Takes a deleted field as a choice, because the curator worked on the entry."""
    for one in region.missing:
        if one.line.key and one.role is LineRole.SUMMARY:
            reader.fields["summary"] = ""
        if one.line.key and one.role is LineRole.TAGS:
            reader.tags = TagLine("", (), ())


def _read_line(
    reader: EntryReader, region: Region, line: Line, own: Callable[[Line], bool], keys: Container[str]
) -> None:
    if not line.key:
        if not reader.block.waiting:
            _end_block(reader)
        return
    drawn = region.same.get(reader.place) or region.changed.get(reader.place)
    if drawn and line.mark not in {"", drawn.line.mark}:
        reader.report(line, STRAY_MARK)
    if reader.place in region.same:
        _read_same(reader, region.same[reader.place], line)
    elif reader.place in region.changed:
        _read_changed(reader, region.changed[reader.place], line)
    elif not own(line):
        _read_typed(reader, line, keys)


def _read_same(reader: EntryReader, drawn: OriginalLine, line: Line) -> None:
    if drawn.role is not LineRole.POST:
        _end_block(reader)
    elif reader.post is not drawn:  # else an editor wrapped the post, and this is its rest
        _read_post(reader, drawn.line)
        reader.post = drawn
    _read_tick(reader, drawn, line)


def _read_tick(reader: EntryReader, drawn: OriginalLine, line: Line) -> None:
    if not line.ticked:
        return
    reader.touched |= not drawn.line.ticked
    found = RELATED.match(line.label)
    if drawn.role is LineRole.RELATED and found:
        reader.related.append(int(found["number"]))
    elif drawn.role is LineRole.READ_LATER:
        reader.read_later = True
    elif drawn.role not in {LineRole.KEEP, LineRole.HEADLINE} and not drawn.line.ticked:
        reader.report(line, STRAY_TICK)


def _read_changed(reader: EntryReader, drawn: OriginalLine, line: Line) -> None:
    if drawn.role is LineRole.POST:
        _read_changed_post(reader, drawn, line)
        return
    _end_block(reader)
    _CHANGED.get(drawn.role, _read_fixed_line)(reader, drawn, line)


def _read_fixed_line(reader: EntryReader, drawn: OriginalLine, line: Line) -> None:
    """Reads a line that is not editable: text before or after it was typed."""
    same_kind = line.box == drawn.line.box
    typed = typed_around(drawn.line.label, line.label) if same_kind else None
    if same_kind:
        _read_tick(reader, drawn, line)
    if typed is None:
        reader.report(line, CHANGED)
        reader.touched |= not is_only_shortened(drawn.line.key, line.key)
    else:
        reader.add_text(typed)


def _read_changed_tags(reader: EntryReader, drawn: OriginalLine, line: Line) -> None:
    reader.tags = read_tags(line.bare)
    reader.add_text(reader.tags.before)
    reader.touched = True
    if set(reader.tags.guesses) - set(reader.drawn_tags.guesses):
        reader.report(line, NEW_GUESS)
    if "" in reader.tags.all:
        reader.report(line, NO_TAG)
        reader.tags = TagLine("", tuple(filter(None, reader.tags.taken)), reader.tags.guesses)


def _read_changed_title(reader: EntryReader, drawn: OriginalLine, line: Line) -> None:
    edited = line.label.removeprefix("###").strip().removesuffix(reader.entry.url).strip()
    if edited:
        reader.change("title_line", new_title_line(drawn.line.label.removeprefix("###").strip(), edited))


def _read_changed_summary(reader: EntryReader, drawn: OriginalLine, line: Line) -> None:
    head, old = _split_summary_line(drawn.line.label)
    new_head, new = _split_summary_line(line.label)
    if not SUMMARY.match(line.label):
        _read_fixed_line(reader, drawn, line)
    elif squeeze(head) == squeeze(new_head):
        reader.change("summary", restore_unchanged(old, new))
    else:
        reader.change("summary", SUMMARY.sub("", line.label, count=1))


def _split_summary_line(text: str) -> tuple[str, str]:
    """Splits ``**Summary** (by …) TEXT`` before the text."""
    found = SUMMARY.match(text)
    end = found.end() if found else 0
    if text.startswith("(", end):
        end = text.find(")", end) + 1 or end
    return text[:end], text[end:].strip()


def _read_changed_date(reader: EntryReader, drawn: OriginalLine, line: Line) -> None:
    try:
        value = date.fromisoformat(ISSUE_DATE.sub("", line.key, count=1))
    except ValueError:
        _read_fixed_line(reader, drawn, line)
    else:
        reader.change("issue_date", value.isoformat())


def _read_changed_headline(reader: EntryReader, drawn: OriginalLine, line: Line) -> None:
    """Reads ``- [ ] TITLE LINE URL`` and what was typed after it."""
    title, url, typed = line.label.partition(reader.entry.url)
    if not url or line.box != drawn.line.box:
        reader.report(line, CHANGED)
        reader.touched |= line.ticked or not is_only_shortened(drawn.line.key, line.key)
        return
    _read_tick(reader, drawn, line)
    reader.add_text(typed.strip())
    old = drawn.line.label.partition(url)[0].strip()
    if squeeze(title) != squeeze(old):
        reader.change("title_line", restore_unchanged(old, title.strip()))


_CHANGED: dict[LineRole, Callable[[EntryReader, OriginalLine, Line], None]] = {
    LineRole.TAGS: _read_changed_tags,
    LineRole.TITLE: _read_changed_title,
    LineRole.SUMMARY: _read_changed_summary,
    LineRole.ISSUE_DATE: _read_changed_date,
    LineRole.HEADLINE: _read_changed_headline,
}


def _read_post(reader: EntryReader, line: Line) -> None:
    """Reads ``元ポスト:`` with or without a URL, or another label and URL that notebot wrote."""
    _end_block(reader)
    found = _match_post_label(line)
    words = found[0] if found else ""
    reader.block.open(words)
    typed = reader.block.read(line.label)
    reader.add_text((line.label[len(words) :] if typed is None else typed).strip())


def _match_post_label(line: Line) -> re.Match[str] | None:
    return SOURCE_POST.match(line.label) or OTHER_POST.match(line.label)


def _read_changed_post(reader: EntryReader, drawn: OriginalLine, line: Line) -> None:
    source = SOURCE_POST.match(drawn.line.label)
    if not (SOURCE_POST.match(line.label) if source else _match_post_label(line)):
        if typed_around(drawn.line.label, line.label):
            _read_post(reader, drawn.line)
        _end_block(reader)
        _read_fixed_line(reader, drawn, line)
        return
    _read_post(reader, line)
    reader.touched |= not is_only_shortened(drawn.line.key, line.key)


def _end_block(reader: EntryReader) -> None:
    pending_label = reader.block.close()
    if pending_label:
        reader.typed.add_text(*pending_label)
        reader.touched = True


def _read_typed(reader: EntryReader, line: Line, keys: Container[str]) -> None:
    if _read_posts(reader, line):
        reader.touched = True
    elif contains_mark(line):
        reader.report(line, STRAY_MARK)
    elif line.key in keys and line.role is not LineRole.URL:
        reader.report(line, STRAY_TICK if line.ticked else TWICE)
    elif not _read_related(reader, line):
        reader.add_text(line.text)


def contains_mark(line: Line) -> bool:
    """True if a line contains one of notebot's marks, intact or broken."""
    return bool(_MARK_START.search(line.text))


def _read_posts(reader: EntryReader, line: Line) -> bool:
    block = reader.block
    if line.box:
        _end_block(reader)
        return False
    typed = block.read(line.text)
    if typed is not None:
        reader.add_text(typed)
        return True
    inside = bool(block.kind)
    _end_block(reader)
    if opens_block(line.text, inside=inside):
        block.open(line.label, pending_label=(reader.place, line.text))
        return True
    return False


def _read_related(reader: EntryReader, line: Line) -> bool:
    """Reads a ticked ``関連 #N`` that the curator typed; returns whether the line was one."""
    found = RELATED.match(line.label) if line.ticked else None
    if found is None:
        return False
    reader.related.append(int(found["number"]))
    reader.touched = True
    reader.add_text(found["rest"].strip())
    return True
