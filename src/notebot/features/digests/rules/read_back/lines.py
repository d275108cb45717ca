"""Splits a digest into lines that compare equal despite what editors and phones change by themselves (rules.md 6)."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.post import PostKind
from notebot.core.note_format.phrases import LANGUAGES
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_LINE_END = regex(r"\r\n|\r|\n")
MARK = regex(r"<!-- /?nb\b[^<>]*-->")
"""An HTML comment with which notebot identifies an entry, an update or the digest."""
_TICK = regex(
    r"(?:[-*+・•–—－‐−]\s*+)?[\[［]\s*+(?P<mark>[xXｘＸ✓✔]?)\s*+[\]］]\s*+(?P<label>.*)",
    re.DOTALL,
)


class LineRole(Enum):
    """The role of a line in a digest."""

    KEEP = auto()
    READ_LATER = auto()
    TAGS = auto()
    ISSUE_DATE = auto()
    TITLE = auto()
    URL = auto()
    SUMMARY = auto()
    COMMENT = auto()
    POST = auto()
    RELATED = auto()
    CLOSE = auto()
    HEADLINE = auto()
    UPDATE = auto()
    OTHER = auto()


class Line(Struct, frozen=True):
    """A line, or a part of one if a mark splits it."""

    number: int
    """From 1."""
    text: str
    """The text without its line end."""
    bare: str
    """The text without the mark at its end."""
    mark: str
    """The mark at the end, or empty; in a line that consists of a mark alone, the mark is text."""
    key: str
    """The text for comparison: blanks as one space, boxes unticked; empty for a blank line."""
    box: bool
    ticked: bool
    label: str
    """The text after the box; without a box, ``bare`` stripped."""

    @property
    def role(self) -> LineRole:
        """The role that the line's form suggests, whoever wrote it."""
        return next((role for role, form in _FORMS if form.match(self.key)), LineRole.OTHER)


def split_lines(text: str) -> list[str]:
    """The lines of a file with any line ends, without byte order mark."""
    return _LINE_END.split(text.removeprefix("\ufeff"))


def read_lines(text: str, alone: Collection[str], ending: Collection[str]) -> Iterator[Line]:
    """The lines of a text, split at a known mark if a deleted line end joined it with other text.

    Args:
        alone: the marks that have a line of their own.
        ending: the marks at the end of a line.
    """
    for number, line in enumerate(split_lines(text), 1):
        if "<!--" not in line:
            yield make_line(number, line, "")
            continue
        for part in _split_at_marks(line, alone, ending):
            found = None if part.strip() in alone else MARK.search(part)
            yield make_line(number, part, found[0] if found and found[0] in ending else "")


def make_line(number: int, text: str, mark: str) -> Line:
    """Builds a line whose mark is already known."""
    bare = text.rstrip().removesuffix(mark) if mark else text
    stripped = bare.strip()
    tick = _TICK.fullmatch(stripped)
    if tick is None:
        return Line(number, text, bare, mark, squeeze(bare), box=False, ticked=False, label=stripped)
    key = f"[ ] {squeeze(tick['label'])}".rstrip()
    return Line(number, text, bare, mark, key, box=True, ticked=bool(tick["mark"]), label=tick["label"])


def squeeze(text: str) -> str:
    """The text with any run of blanks as one space, and none at the ends."""
    return " ".join(text.split())


def _split_at_marks(line: str, alone: Collection[str], ending: Collection[str]) -> Iterator[str]:
    start = 0
    for found in MARK.finditer(line):
        if found[0] in alone and line[start : found.start()].strip():
            yield line[start : found.start()]
            start = found.start()
        if found[0] in alone or found[0] in ending:
            yield line[start : found.end()]
            start = found.end()
    if line[start:].strip() or not start:
        yield line[start:]


def _any_of(words: Collection[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(set(words)))


_RELATED = "関連|related"
RELATED = regex(rf"(?:{_RELATED})\s*+[#＃]\s*+(?P<number>[0-9]{{1,9}})(?P<rest>.*)", re.DOTALL | re.IGNORECASE)
"""The label of a line that offers a related note."""
SOURCE_POST = regex(rf"{PostKind.SOURCE}\s*+[:：]")
OTHER_POST = regex(r"(?!>)[^:：<]{1,40}[:：]\s*+(?=https?://)", re.IGNORECASE)
"""The label of any other post that notebot wrote; labels that the curator types are matched in `post_lines`."""
ISSUE_DATE = regex(r"Issue Date\s*+[:：]\s*+", re.IGNORECASE)
SUMMARY = regex(r"\*\*Summary\*\*\s*+")

# The first match wins.
_FORMS = (
    (LineRole.KEEP, regex(rf"\[ \] (?:{_any_of([words.keep for words in LANGUAGES.values()])})")),
    (LineRole.READ_LATER, regex(r"\[ \] read-later")),
    (LineRole.RELATED, regex(rf"\[ \] {RELATED.pattern}", RELATED.flags)),
    (LineRole.TITLE, regex(r"###")),
    (LineRole.TAGS, regex(r"[#＃](?!#)\S")),
    (LineRole.ISSUE_DATE, ISSUE_DATE),
    (LineRole.URL, regex(r"https?://arxiv\.org/abs/\S+$")),
    (LineRole.SUMMARY, SUMMARY),
    (LineRole.COMMENT, regex(r"\*\*Comment\*\*")),
    (LineRole.POST, SOURCE_POST),
    (LineRole.CLOSE, regex(r"<!-- /nb -->$")),
)
