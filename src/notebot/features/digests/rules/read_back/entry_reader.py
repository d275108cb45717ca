"""The state while one entry is read, and the lines that any part of an entry may contain: ticks and posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from notebot.core.model.digest_reading import Unreadable
from notebot.features.digests.rules.read_back.lines import OTHER_POST, RELATED, SOURCE_POST, Line, LineRole
from notebot.features.digests.rules.read_back.original import OriginalEntry, OriginalLine
from notebot.features.digests.rules.read_back.post_lines import PostBlock, opens_block
from notebot.features.digests.rules.read_back.typed_fields import TagLine
from notebot.features.digests.rules.read_back.typed_paragraphs import Paragraphs

if TYPE_CHECKING:
    import re
    from collections.abc import Container

STRAY_TICK = "A box was ticked, but its entry is unclear."
NO_TICK = "A box contains neither a tick nor a blank; write x into it to tick it."


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


def read_tick(reader: EntryReader, drawn: OriginalLine, line: Line) -> None:
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


def read_post(reader: EntryReader, label: str) -> None:
    """Reads ``元ポスト:`` with or without a URL, or another label and URL that notebot wrote."""
    end_block(reader)
    found = match_post_label(label)
    words = label[: found.end()] if found else ""
    reader.block.open(words)
    typed = reader.block.read(label)
    reader.add_text((label[len(words) :] if typed is None else typed).strip())


def match_post_label(text: str) -> re.Match[str] | None:
    return SOURCE_POST.match(text) or OTHER_POST.match(text)


def read_posts(reader: EntryReader, line: Line) -> bool:
    block = reader.block
    if line.box:
        end_block(reader)
        return False
    typed = block.read(line.text)
    if typed is not None:
        reader.add_text(typed)
        return True
    inside = bool(block.kind)
    end_block(reader)
    if opens_block(line.text, inside=inside):
        block.open(line.label, pending_label=(reader.place, line.text))
        return True
    return False


def end_block(reader: EntryReader) -> None:
    pending_label = reader.block.close()
    if pending_label:
        reader.typed.add_text(*pending_label)
        reader.touched = True
