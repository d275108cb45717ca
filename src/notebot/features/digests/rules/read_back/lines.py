"""A digest as lines, compared without what an editor or a phone changes by itself, and their forms."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.note_format.phrases import LANGUAGES
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_LINE_END = regex(r"\r\n|\r|\n")
MARK = regex(r"<!-- /?nb\b[^<>]*-->")
"""What notebot hides in a page to find its way back."""
_TICK = regex(
    r"(?:[-*+・•–—－‐−]\s*+)?[\[［]\s*+(?P<mark>[xXｘＸ✓✔]?)\s*+[\]］]\s*+(?P<label>.*)",
    re.DOTALL,
)


class Role(Enum):
    """What a line is for."""

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
    """One line, or the part of one that a mark cuts off."""

    number: int
    """From 1."""
    text: str
    """As it stands, without its end."""
    bare: str
    """Without the mark at its end."""
    mark: str
    """The mark at its end, or empty; a line that is nothing else keeps its mark as text."""
    key: str
    """What is compared: blanks as one space each, a box as unticked. Empty for a blank line."""
    box: bool
    ticked: bool
    label: str
    """What stands behind the box; the whole ``bare``, stripped, where there is none."""

    @property
    def role(self) -> Role:
        """The form that the line has, whoever wrote it."""
        return next((role for role, form in _FORMS if form.match(self.key)), Role.OTHER)


def split_lines(text: str) -> list[str]:
    """The lines of a file, whatever ends them; without byte order mark."""
    return _LINE_END.split(text.removeprefix("\ufeff"))


def read_lines(text: str, alone: Collection[str], ending: Collection[str]) -> Iterator[Line]:
    """The lines of a text, cut apart where a deleted line end ran a known mark into other text.

    Args:
        alone: the marks that stand on lines of their own.
        ending: the marks that stand at the end of a line.
    """
    for number, line in enumerate(split_lines(text), 1):
        if "<!--" not in line:
            yield make_line(number, line, "")
            continue
        for part in _parts(line, alone, ending):
            found = None if part.strip() in alone else MARK.search(part)
            yield make_line(number, part, found[0] if found and found[0] in ending else "")


def make_line(number: int, text: str, mark: str) -> Line:
    """A line of which the mark at the end is known."""
    bare = text.rstrip().removesuffix(mark) if mark else text
    stripped = bare.strip()
    tick = _TICK.fullmatch(stripped)
    if tick is None:
        return Line(number, text, bare, mark, squeeze(bare), box=False, ticked=False, label=stripped)
    key = f"[ ] {squeeze(tick['label'])}".rstrip()
    return Line(number, text, bare, mark, key, box=True, ticked=bool(tick["mark"]), label=tick["label"])


def squeeze(text: str) -> str:
    """Blanks of any kind as one space, none at the ends."""
    return " ".join(text.split())


def _parts(line: str, alone: Collection[str], ending: Collection[str]) -> Iterator[str]:
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
SOURCE_POST = regex(rf"(?:{_any_of([words.source_post.rstrip(':') for words in LANGUAGES.values()])})\s*+[:：]")
OTHER_POST = regex(r"(?!>)[^:：<]{1,40}[:：]\s*+(?=https?://)", re.IGNORECASE)
"""The words before a post that is no source post, where notebot drew them; typed ones are another matter."""
ISSUE_DATE = regex(r"Issue Date\s*+[:：]\s*+", re.IGNORECASE)
SUMMARY = regex(r"\*\*Summary\*\*\s*+")

# The first that matches counts.
_FORMS = (
    (Role.KEEP, regex(rf"\[ \] (?:{_any_of([words.keep for words in LANGUAGES.values()])})")),
    (Role.READ_LATER, regex(r"\[ \] read-later")),
    (Role.RELATED, regex(rf"\[ \] {RELATED.pattern}", RELATED.flags)),
    (Role.TITLE, regex(r"###")),
    (Role.TAGS, regex(r"[#＃](?!#)\S")),
    (Role.ISSUE_DATE, ISSUE_DATE),
    (Role.URL, regex(r"https?://arxiv\.org/abs/\S+$")),
    (Role.SUMMARY, SUMMARY),
    (Role.COMMENT, regex(r"\*\*Comment\*\*")),
    (Role.POST, SOURCE_POST),
    (Role.CLOSE, regex(r"<!-- /nb -->$")),
)
