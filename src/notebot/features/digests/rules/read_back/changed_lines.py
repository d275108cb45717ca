"""Reads lines of an entry that were changed: each kind of field in its own way."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from notebot.core.text.patterns import regex
from notebot.features.digests.rules.read_back.entry_reader import (
    EntryReader,
    end_block,
    match_post_label,
    read_post,
    read_tick,
)
from notebot.features.digests.rules.read_back.lines import ISSUE_DATE, SOURCE_POST, SUMMARY, LineRole
from notebot.features.digests.rules.read_back.normal_form import fold
from notebot.features.digests.rules.read_back.typed_fields import (
    TagLine,
    composed,
    is_only_shortened,
    new_title_line,
    read_tags,
    restore_unchanged,
    typed_around,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from notebot.features.digests.rules.read_back.align import Change

CHANGED = "A line that notebot wrote was changed; the change was not read."
NEW_GUESS = "A tag followed by ? is a guess and was not taken; delete the ? to take it."
NO_TAG = "A # without a word is not a tag."


def read_fixed_line(reader: EntryReader, change: Change, _ignored: set[tuple[str, str]]) -> None:
    """Reads a line that is not editable: text before or after it was typed."""
    drawn, line = change.drawn, change.line
    same_kind = line.box == drawn.line.box
    typed = typed_around(_content(drawn.line.label), _content(change.text)) if same_kind else None
    if same_kind:
        read_tick(reader, drawn, line)
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
    head, old = split_summary_line(change.drawn.line.label)
    new_head, new = split_summary_line(change.text)
    if not SUMMARY.match(change.text):
        read_fixed_line(reader, change, ignored)
    elif fold(head) == fold(new_head) or not head:
        value = restore_unchanged(old, new, ignored)
        if value != restore_unchanged(old, old):
            reader.change("summary", value)
    else:
        reader.change("summary", SUMMARY.sub("", change.text, count=1).strip())


def split_summary_line(text: str) -> tuple[str, str]:
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
        read_fixed_line(reader, change, ignored)
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
    read_tick(reader, change.drawn, line)
    old, _, sources = drawn.label.partition(url)
    added = typed_around(sources.strip(), typed.strip(" >)"))
    reader.add_text(typed.strip() if added is None else added)
    if fold(title.rstrip(" <")) != fold(old):
        value = restore_unchanged(old.strip(), title.rstrip(" <"), ignored)
        if value != restore_unchanged(old.strip(), old.strip()):
            reader.change("title_line", value)


CHANGED_FIELDS: dict[LineRole, Callable[[EntryReader, Change, set[tuple[str, str]]], None]] = {
    LineRole.TAGS: _read_changed_tags,
    LineRole.TITLE: _read_changed_title,
    LineRole.SUMMARY: _read_changed_summary,
    LineRole.ISSUE_DATE: _read_changed_date,
    LineRole.HEADLINE: _read_changed_headline,
}


def read_changed_post(reader: EntryReader, change: Change) -> None:
    drawn, text = change.drawn.line, change.text
    if not match_post_label(text):
        end = next((place for place, character in enumerate(text) if character in ":："), 0)
        text = composed(text[:end]) + text[end:]
    source = SOURCE_POST.match(drawn.label)
    if not (SOURCE_POST.match(text) if source else match_post_label(text)):
        if typed_around(drawn.label, text):
            read_post(reader, drawn.label)
        end_block(reader)
        read_fixed_line(reader, change, set())
        return
    read_post(reader, text)
    changed = not is_only_shortened(drawn.label, text)
    reader.touched |= changed
    reader.posts_changed |= changed
