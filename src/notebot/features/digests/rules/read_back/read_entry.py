"""One entry read: every line that is not as notebot wrote it says something."""

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
    Role,
    squeeze,
)
from notebot.features.digests.rules.read_back.original import Drawn, DrawnEntry
from notebot.features.digests.rules.read_back.post_lines import Block, opens_block
from notebot.features.digests.rules.read_back.typed_fields import (
    Tags,
    new_title_line,
    only_cut,
    read_tags,
    taken_over,
    typed_around,
)
from notebot.features.digests.rules.read_back.typed_paragraphs import Paragraphs

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Container

    from notebot.features.digests.rules.read_back.align import Region

CHANGED = "A line of notebot's own was changed; nothing was taken from it."
TWICE = "A line of notebot's own stands here a second time; only the first one was read."
STRAY_TICK = "A ticked box stands where its entry cannot be told."
STRAY_MARK = "A mark of notebot's was changed or stands elsewhere."
NEW_GUESS = "A tag with ? behind it is a guess and is not taken; delete the ? to take it."
NO_TAG = "A # without a word behind it is no tag."

_MARK_START = regex(r"<!-- ?/?nb\b")


class Reader(Struct):
    """What has been found in one entry so far."""

    entry: DrawnEntry
    tags: Tags
    drawn_tags: Tags
    typed: Paragraphs = field(default_factory=Paragraphs)
    block: Block = field(default_factory=Block)
    related: list[int] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    read_later: bool = False
    touched: bool = False
    post: Drawn | None = None
    """The drawn post that was read last."""
    place: int = -1
    """Where the line that is being read stands."""

    def say(self, text: str) -> None:
        """Takes a line, or the part of one, as the curator's words."""
        if text:
            self.typed.say(self.place, text)
            self.touched = True

    def report(self, line: Line, why: str) -> None:
        """Gives a line up."""
        self.unreadable.append(Unreadable(line.number, line.text, why))

    def change(self, name: str, value: str) -> None:
        """Takes a field's new value."""
        self.fields[name] = value
        self.touched = True


def read_entry(
    entry: DrawnEntry, region: Region, *, own: Callable[[Line], bool], keys: Container[str], linked: Container[str]
) -> tuple[ReadEntry, list[Unreadable]]:
    """One entry, and the lines in its region that nothing was made of.

    Args:
        own: whether an unticked line was drawn elsewhere, and is missing there.
        keys: those of all drawn lines.
        linked: URLs of papers that stand in changed lines: their entries were not deleted.
    """
    tags = entry.line(Role.TAGS)
    drawn_tags = read_tags(tags.bare if tags else "")
    reader = Reader(entry, drawn_tags, drawn_tags)
    for reader.place, line in region.lines:
        _read_line(reader, region, line, own, keys)
    _end_block(reader)
    if reader.touched:
        _read_missing(reader, region)
    standing = entry.url in linked or any(
        one.role in _IDENTITY for one in (*region.same.values(), *region.changed.values())
    )
    return _result(reader, standing=standing), reader.unreadable


_IDENTITY = (Role.URL, Role.TITLE, Role.HEADLINE)


def _result(reader: Reader, *, standing: bool) -> ReadEntry:
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


def _read_missing(reader: Reader, region: Region) -> None:
    """In an entry that the curator worked on, a deleted field is a choice as well."""
    for one in region.missing:
        if one.line.key and one.role is Role.SUMMARY:
            reader.fields["summary"] = ""
        if one.line.key and one.role is Role.TAGS:
            reader.tags = Tags("", (), ())


def _read_line(reader: Reader, region: Region, line: Line, own: Callable[[Line], bool], keys: Container[str]) -> None:
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


# lines that notebot drew


def _read_same(reader: Reader, drawn: Drawn, line: Line) -> None:
    if drawn.role is not Role.POST:
        _end_block(reader)
    elif reader.post is not drawn:  # or an editor wrapped it, and this is the rest
        _read_post(reader, drawn.line)
        reader.post = drawn
    _read_tick(reader, drawn, line)


def _read_tick(reader: Reader, drawn: Drawn, line: Line) -> None:
    if not line.ticked:
        return
    reader.touched |= not drawn.line.ticked
    found = RELATED.match(line.label)
    if drawn.role is Role.RELATED and found:
        reader.related.append(int(found["number"]))
    elif drawn.role is Role.READ_LATER:
        reader.read_later = True
    elif drawn.role not in {Role.KEEP, Role.HEADLINE} and not drawn.line.ticked:
        reader.report(line, STRAY_TICK)


def _read_changed(reader: Reader, drawn: Drawn, line: Line) -> None:
    if drawn.role is Role.POST:
        _read_changed_post(reader, drawn, line)
        return
    _end_block(reader)
    _CHANGED.get(drawn.role, _read_own)(reader, drawn, line)


def _read_own(reader: Reader, drawn: Drawn, line: Line) -> None:
    """A line that the curator need not change: words before or behind it are typed text."""
    same_kind = line.box == drawn.line.box
    typed = typed_around(drawn.line.label, line.label) if same_kind else None
    if same_kind:
        _read_tick(reader, drawn, line)
    if typed is None:
        reader.report(line, CHANGED)
        reader.touched |= not only_cut(drawn.line.key, line.key)
    else:
        reader.say(typed)


def _read_changed_tags(reader: Reader, drawn: Drawn, line: Line) -> None:
    reader.tags = read_tags(line.bare)
    reader.say(reader.tags.before)
    reader.touched = True
    if set(reader.tags.guesses) - set(reader.drawn_tags.guesses):
        reader.report(line, NEW_GUESS)
    if "" in reader.tags.all:
        reader.report(line, NO_TAG)
        reader.tags = Tags("", tuple(filter(None, reader.tags.taken)), reader.tags.guesses)


def _read_changed_title(reader: Reader, drawn: Drawn, line: Line) -> None:
    edited = line.label.removeprefix("###").strip().removesuffix(reader.entry.url).strip()
    if edited:
        reader.change("title_line", new_title_line(drawn.line.label.removeprefix("###").strip(), edited))


def _read_changed_summary(reader: Reader, drawn: Drawn, line: Line) -> None:
    head, old = _summary(drawn.line.label)
    new_head, new = _summary(line.label)
    if not SUMMARY.match(line.label):
        _read_own(reader, drawn, line)
    elif squeeze(head) == squeeze(new_head):
        reader.change("summary", taken_over(old, new))
    else:
        reader.change("summary", SUMMARY.sub("", line.label, count=1))


def _summary(text: str) -> tuple[str, str]:
    """``**Summary** (by whom)``, and the text behind."""
    found = SUMMARY.match(text)
    end = found.end() if found else 0
    if text.startswith("(", end):
        end = text.find(")", end) + 1 or end
    return text[:end], text[end:].strip()


def _read_changed_date(reader: Reader, drawn: Drawn, line: Line) -> None:
    try:
        value = date.fromisoformat(ISSUE_DATE.sub("", line.key, count=1))
    except ValueError:
        _read_own(reader, drawn, line)
    else:
        reader.change("issue_date", value.isoformat())


def _read_changed_headline(reader: Reader, drawn: Drawn, line: Line) -> None:
    """``- [ ] TITLE LINE URL``, with what was typed behind."""
    title, url, typed = line.label.partition(reader.entry.url)
    if not url or line.box != drawn.line.box:
        reader.report(line, CHANGED)
        reader.touched |= line.ticked or not only_cut(drawn.line.key, line.key)
        return
    _read_tick(reader, drawn, line)
    reader.say(typed.strip())
    old = drawn.line.label.partition(url)[0].strip()
    if squeeze(title) != squeeze(old):
        reader.change("title_line", taken_over(old, title.strip()))


_CHANGED: dict[Role, Callable[[Reader, Drawn, Line], None]] = {
    Role.TAGS: _read_changed_tags,
    Role.TITLE: _read_changed_title,
    Role.SUMMARY: _read_changed_summary,
    Role.ISSUE_DATE: _read_changed_date,
    Role.HEADLINE: _read_changed_headline,
}


# posts


def _read_post(reader: Reader, line: Line) -> None:
    """``元ポスト:`` with or without a URL, or other words that notebot drew before one."""
    _end_block(reader)
    found = _post_words(line)
    words = found[0] if found else ""
    reader.block.open(words)
    typed = reader.block.read(line.label)
    reader.say((line.label[len(words) :] if typed is None else typed).strip())


def _post_words(line: Line) -> re.Match[str] | None:
    return SOURCE_POST.match(line.label) or OTHER_POST.match(line.label)


def _read_changed_post(reader: Reader, drawn: Drawn, line: Line) -> None:
    source = SOURCE_POST.match(drawn.line.label)
    if not (SOURCE_POST.match(line.label) if source else _post_words(line)):
        if typed_around(drawn.line.label, line.label):
            _read_post(reader, drawn.line)
        _end_block(reader)
        _read_own(reader, drawn, line)
        return
    _read_post(reader, line)
    reader.touched |= not only_cut(drawn.line.key, line.key)


def _end_block(reader: Reader) -> None:
    asked = reader.block.close()
    if asked:
        reader.typed.say(*asked)
        reader.touched = True


# lines that notebot did not draw


def _read_typed(reader: Reader, line: Line, keys: Container[str]) -> None:
    if _read_posts(reader, line):
        reader.touched = True
    elif holds_mark(line):
        reader.report(line, STRAY_MARK)
    elif line.key in keys and line.role is not Role.URL:
        reader.report(line, STRAY_TICK if line.ticked else TWICE)
    elif not _read_related(reader, line):
        reader.say(line.text)


def holds_mark(line: Line) -> bool:
    """Whether a line holds one of notebot's marks, whole or broken."""
    return bool(_MARK_START.search(line.text))


def _read_posts(reader: Reader, line: Line) -> bool:
    block = reader.block
    if line.box:
        _end_block(reader)
        return False
    typed = block.read(line.text)
    if typed is not None:
        reader.say(typed)
        return True
    inside = bool(block.kind)
    _end_block(reader)
    if opens_block(line.text, inside=inside):
        block.open(line.label, asked=(reader.place, line.text))
        return True
    return False


def _read_related(reader: Reader, line: Line) -> bool:
    """A ticked ``関連 #N`` that the curator typed."""
    found = RELATED.match(line.label) if line.ticked else None
    if found is None:
        return False
    reader.related.append(int(found["number"]))
    reader.touched = True
    reader.say(found["rest"].strip())
    return True
