"""Reads one entry: every line that differs from what notebot wrote is interpreted."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct, field

from notebot.core.model.digest_reading import ReadEntry, Unreadable, Verdict
from notebot.core.text.patterns import regex
from notebot.features.digests.rules.read_back.lines import (
    ISSUE_DATE,
    MARK_START,
    OTHER_POST,
    RELATED,
    SOURCE_POST,
    SUMMARY,
    Line,
    LineRole,
)
from notebot.features.digests.rules.read_back.normal_form import fold
from notebot.features.digests.rules.read_back.original import OriginalEntry, OriginalLine
from notebot.features.digests.rules.read_back.post_lines import PostBlock, opens_block
from notebot.features.digests.rules.read_back.typed_fields import (
    TagLine,
    composed,
    is_only_shortened,
    new_title_line,
    read_tags,
    replacements,
    restore_unchanged,
    typed_around,
)
from notebot.features.digests.rules.read_back.typed_paragraphs import Paragraphs

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Container, Iterable, Sequence

    from notebot.features.digests.rules.read_back.align import Change, Region

CHANGED = "A line that notebot wrote was changed; the change was not read."
STRAY_TICK = "A box was ticked, but its entry is unclear."
STRAY_MARK = "A mark that notebot wrote was changed or moved."
NEW_GUESS = "A tag followed by ? is a guess and was not taken; delete the ? to take it."
NO_TAG = "A # without a word is not a tag."
NO_TICK = "A box holds neither a tick nor a blank; write x into it to tick it."

Ignored = frozenset[tuple[str, str, str]]
"""What a program did everywhere: the part of an entry, the old and the new words (rules.md 6.5)."""


class EntryReader(Struct):
    """The state while the lines of one entry are read."""

    entry: OriginalEntry
    tags: TagLine
    drawn_tags: TagLine
    typed: Paragraphs
    known_tags: Container[str]
    block: PostBlock = field(default_factory=PostBlock)
    related: list[int] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    ticked: bool = False
    declined: bool = False
    read_later: bool = False
    posts_changed: bool = False
    touched: bool = False
    post: OriginalLine | None = None
    """The original post line that was read last."""
    place: int = -1
    """The place of the current line in the file."""

    def add_text(self, text: str) -> None:
        """Adds a line or a part of one to the curator's comment."""
        if text.strip():
            self.typed.add_text(self.place, text)
            self.touched = True

    def report(self, why: str, *lines: Line) -> None:
        """Records lines as unreadable."""
        self.unreadable += [Unreadable(line.number, line.text, why) for line in lines]

    def change(self, name: str, value: str) -> None:
        """Sets the new value of a field."""
        self.fields[name] = value
        self.touched = True


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
    _end_block(reader)
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
            _end_block(reader)
        return
    change = region.changed.get(place)
    drawn = region.same.get(place) or (change.drawn if change else None)
    if drawn and line.mark not in {"", drawn.line.mark}:
        reader.report(STRAY_MARK, line)
    if place in region.same:
        _read_same(reader, region.same[place], line)
    elif change is not None:
        _read_changed(reader, change, _pairs(ignored, change.drawn.role))
    elif place in region.damaged:
        _end_block(reader)
        reader.report(CHANGED, line)
    elif ("text", "", line.key) not in ignored:
        _read_typed(reader, line, keys)


def _pairs(ignored: Ignored, role: LineRole) -> set[tuple[str, str]]:
    part = PARTS.get(role, "text")
    return {(old, new) for name, old, new in ignored if name == part}


def _read_same(reader: EntryReader, drawn: OriginalLine, line: Line) -> None:
    if drawn.role is not LineRole.POST:
        _end_block(reader)
    elif reader.post is not drawn:
        _read_post(reader, drawn.line.label)
        reader.post = drawn
    _read_tick(reader, drawn, line)


def _read_tick(reader: EntryReader, drawn: OriginalLine, line: Line) -> None:
    if drawn.role in {LineRole.KEEP, LineRole.HEADLINE}:
        reader.ticked |= line.ticked and not drawn.line.ticked
        reader.declined |= line.holds == "-"
    if not line.ticked:
        if line.box and line.holds not in {" ", "-"} and line.holds != drawn.line.holds:
            reader.report(NO_TICK, line)
        return
    reader.touched |= not drawn.line.ticked
    found = RELATED.match(line.words)
    if drawn.role is LineRole.RELATED and found:
        reader.related.append(int(found["number"]))
    elif drawn.role is LineRole.READ_LATER:
        reader.read_later = True
    elif drawn.role not in {LineRole.KEEP, LineRole.HEADLINE} and not drawn.line.ticked:
        reader.report(STRAY_TICK, line)


def _read_changed(reader: EntryReader, change: Change, ignored: set[tuple[str, str]]) -> None:
    if ignored and replacements(change.drawn.line.label, change.text) <= ignored:
        _read_same(reader, change.drawn, change.line)
    elif change.drawn.role is LineRole.POST:
        _read_changed_post(reader, change)
    else:
        _end_block(reader)
        _CHANGED.get(change.drawn.role, _read_fixed_line)(reader, change, ignored)


def _read_fixed_line(reader: EntryReader, change: Change, _ignored: set[tuple[str, str]]) -> None:
    """Reads a line that is not editable: text before or after it was typed."""
    drawn, line = change.drawn, change.line
    same_kind = line.box == drawn.line.box
    typed = typed_around(_content(drawn.line.label), _content(change.text)) if same_kind else None
    if same_kind:
        _read_tick(reader, drawn, line)
    if typed is None:
        reader.report(CHANGED, *change.lines)
    else:
        reader.add_text(typed)


def _content(text: str) -> str:
    """A line without the marks of a quote or a heading."""
    return _CLOSED.sub("", text.lstrip(">#")).strip()


_CLOSED = regex(r"(?<=\s)#{1,6}\s*$")


def _read_changed_tags(reader: EntryReader, change: Change, ignored: set[tuple[str, str]]) -> None:
    text = restore_unchanged(change.drawn.line.label, change.text, ignored) if ignored else change.text
    if text.startswith("# ") and not text.startswith("# #"):  # what some formatters turn `#NLP` into
        text = f"#{text[2:]}"
    reader.tags = read_tags(text, reader.known_tags)
    reader.add_text(reader.tags.before)
    reader.touched |= (reader.tags.taken, reader.tags.guesses) != (reader.drawn_tags.taken, reader.drawn_tags.guesses)
    if set(reader.tags.guesses) - set(reader.drawn_tags.guesses):
        reader.report(NEW_GUESS, *change.lines)
    if "" in reader.tags.all:
        reader.report(NO_TAG, *change.lines)
        reader.tags = TagLine("", tuple(filter(None, reader.tags.taken)), reader.tags.guesses)


def _read_changed_title(reader: EntryReader, change: Change, ignored: set[tuple[str, str]]) -> None:
    edited = _content(change.text).removesuffix(reader.entry.url).strip()
    drawn = _content(change.drawn.line.label)
    if edited and fold(edited) != fold(drawn):
        value = new_title_line(drawn, edited, ignored)
        if value != new_title_line(drawn, drawn):
            reader.change("title_line", value)


def _read_changed_summary(reader: EntryReader, change: Change, ignored: set[tuple[str, str]]) -> None:
    head, old = _split_summary_line(change.drawn.line.label)
    new_head, new = _split_summary_line(change.text)
    if not SUMMARY.match(change.text):
        _read_fixed_line(reader, change, ignored)
    elif fold(head) == fold(new_head) or not head:
        value = restore_unchanged(old, new, ignored)
        if value != restore_unchanged(old, old):
            reader.change("summary", value)
    else:
        reader.change("summary", SUMMARY.sub("", change.text, count=1).strip())


def _split_summary_line(text: str) -> tuple[str, str]:
    """Splits ``**Summary** (by …) TEXT`` before the text."""
    found = SUMMARY.match(text)
    end = found.end() if found else 0
    if text.startswith(("(", "\\("), end):
        end = text.find(")", end) + 1 or end
    return text[:end], text[end:].strip()


def _read_changed_date(reader: EntryReader, change: Change, ignored: set[tuple[str, str]]) -> None:
    try:
        value = date.fromisoformat(ISSUE_DATE.sub("", fold(change.text), count=1))
    except ValueError:
        _read_fixed_line(reader, change, ignored)
    else:
        reader.change("issue_date", value.isoformat())


def _read_changed_headline(reader: EntryReader, change: Change, ignored: set[tuple[str, str]]) -> None:
    """Reads ``- [ ] TITLE LINE URL · SOURCE`` and what was typed after it."""
    drawn, line = change.drawn.line, change.line
    title, url, typed = change.text.partition(reader.entry.url)
    if not url or line.box != drawn.box:
        reader.report(CHANGED, *change.lines)
        reader.ticked |= line.ticked
        reader.touched |= line.ticked
        return
    _read_tick(reader, change.drawn, line)
    old, _, sources = drawn.label.partition(url)
    added = typed_around(sources.strip(), typed.strip(" >)"))
    reader.add_text(typed.strip() if added is None else added)
    if fold(title.rstrip(" <")) != fold(old):
        value = restore_unchanged(old.strip(), title.rstrip(" <"), ignored)
        if value != restore_unchanged(old.strip(), old.strip()):
            reader.change("title_line", value)


_CHANGED: dict[LineRole, Callable[[EntryReader, Change, set[tuple[str, str]]], None]] = {
    LineRole.TAGS: _read_changed_tags,
    LineRole.TITLE: _read_changed_title,
    LineRole.SUMMARY: _read_changed_summary,
    LineRole.ISSUE_DATE: _read_changed_date,
    LineRole.HEADLINE: _read_changed_headline,
}


def _read_post(reader: EntryReader, label: str) -> None:
    """Reads ``元ポスト:`` with or without a URL, or another label and URL that notebot wrote."""
    _end_block(reader)
    found = _match_post_label(label)
    words = label[: found.end()] if found else ""
    reader.block.open(words)
    typed = reader.block.read(label)
    reader.add_text((label[len(words) :] if typed is None else typed).strip())


def _match_post_label(text: str) -> re.Match[str] | None:
    return SOURCE_POST.match(text) or OTHER_POST.match(text)


def _read_changed_post(reader: EntryReader, change: Change) -> None:
    drawn, text = change.drawn.line, change.text
    if not _match_post_label(text):
        end = next((place for place, character in enumerate(text) if character in ":："), 0)
        text = composed(text[:end]) + text[end:]
    source = SOURCE_POST.match(drawn.label)
    if not (SOURCE_POST.match(text) if source else _match_post_label(text)):
        if typed_around(drawn.label, text):
            _read_post(reader, drawn.label)
        _end_block(reader)
        _read_fixed_line(reader, change, set())
        return
    _read_post(reader, text)
    changed = not is_only_shortened(drawn.label, text)
    reader.touched |= changed
    reader.posts_changed |= changed


def _end_block(reader: EntryReader) -> None:
    pending_label = reader.block.close()
    if pending_label:
        reader.typed.add_text(*pending_label)
        reader.touched = True


def _read_typed(reader: EntryReader, line: Line, keys: Container[str]) -> None:
    if _read_posts(reader, line):
        reader.touched = True
        reader.posts_changed = True
    elif MARK_START.search(line.text):
        reader.report(STRAY_MARK, line)
    elif line.key in keys and line.role is not LineRole.URL:
        reader.report(STRAY_TICK, line)
    elif not _read_related(reader, line):
        reader.add_text(line.text)


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
