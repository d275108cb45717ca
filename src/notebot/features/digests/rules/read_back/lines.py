"""Splits a digest into lines that compare equal however an editor or a phone spelled them (rules.md 6.1, 6.2)."""

from __future__ import annotations

import html
import re
import unicodedata
from enum import IntEnum, auto
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.post import PostKind
from notebot.core.note_format.phrases import LANGUAGES
from notebot.core.text.patterns import regex
from notebot.features.digests.rules.read_back.normal_form import PlainText, fold

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterator, Sequence

_LINE_END = regex(r"\r\n|\r|\n")
_OWN_MARK = regex(r"<!-- (?P<inner>/?nb\b[^<>]*?) -->")
"""An HTML comment with which notebot identifies an entry, an update or the digest, as it writes it."""
_DASH = r"(?:\\?[-‐‑–—―－]|&[mn]dash;|&\#(?:45|x2[dD]);)"
_ANY_MARK = regex(
    rf"""(?:\\?[<＜]|&lt;|&\#(?:60|x3[cC]);)\\?!{_DASH}{{1,4}}
    (?P<inner>(?:\s|&nbsp;|&\#160;)*+/?nb\b[^<>\n]{{0,200}}?){_DASH}{{1,4}}(?:\\?[>＞]|&gt;|&\#(?:62|x3[eE]);)""",
    re.VERBOSE,
)
"""The same in any spelling: other blanks, dashes, entities, escapes."""
MARK_START = regex(r"(?:[<＜]|&lt;)\\?![-‐‑–—\\]{1,8}\s{0,9}/?nb\b")

_BULLET = r"(?:[-*+・•◦‣–—－‐−]|[0-9]{1,9}[.)])"
_TICKS = frozenset("xXvレ✓✔○●")
_BOXES = {"☐": " ", "⬜": " ", "☑": "x", "☒": "x", "✅": "x", "✓": "x", "✔": "x"}
_BOX = regex(
    rf"(?:{_BULLET}\s*+)?(?:\[(?P<holds>[^\[\]]{{0,3}})\]|(?P<sign>[{''.join(_BOXES)}]))\s*+(?P<label>.*)", re.DOTALL
)
"""A task at the start of a folded line."""
_TYPED_BOX = regex(
    rf"\s*+(?:>\s*+)*(?:{_BULLET}\s*+)?(?:\\?[\[［][^\[\]［］]{{0,4}}\\?[\]］]|[{''.join(_BOXES)}]\ufe0f?)\s*+(?P<label>.*)",
    re.DOTALL,
)
"""The same in a line as it is in the file."""


class LineRole(IntEnum):
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
    """A line, or a part of one that was joined from several."""

    number: int
    """The line number in the file, from 1."""
    text: str
    """The text as it is in the file, without its line end and its mark."""
    mark: str
    """The mark at the end, or of a line that consists of it: ``nb 2605.00011``; else empty."""
    words: str
    """What the line says, in the normal form, without the box."""
    box: bool
    holds: str
    """What the box holds, in the normal form: ``x`` for any tick, a blank for nothing."""
    glued: bool
    """True if the part before it is on the same line of the file."""

    @property
    def key(self) -> str:
        """The text for comparison, without any blanks; empty for a blank line and for mere syntax."""
        return self.words.replace(" ", "") or (f"<{self.mark}>" if self.mark else "")

    @property
    def ticked(self) -> bool:
        """True if the box is ticked (rules.md 6.2)."""
        return self.holds == "x"

    @property
    def label(self) -> str:
        """The text after the box as it is in the file, stripped; without a box, the whole line."""
        found = _TYPED_BOX.fullmatch(self.text) if self.box else None
        return (found["label"] if found else self.text).strip()

    @property
    def is_blank(self) -> bool:
        """True if nothing at all is on the line."""
        return not self.mark and not self.text.strip()

    @property
    def role(self) -> LineRole:
        """The role that the line's form suggests, whoever wrote it."""
        if self.mark == "/nb" and not self.words:
            return LineRole.CLOSE
        if _BOLD_SUMMARY.match(self.text):
            return LineRole.SUMMARY
        form = f"[ ] {self.words}" if self.box else self.words
        if not self.box and _HASH.match(self.text):
            return LineRole.TITLE if _HEADING.match(self.text) else LineRole.TAGS
        return next((role for role, pattern in _FORMS if pattern.match(form)), LineRole.OTHER)


class Marks(Struct, frozen=True):
    """The marks of a digest as notebot wrote it."""

    alone: frozenset[str] = frozenset()
    """Marks with a line of their own."""
    ending: frozenset[str] = frozenset()
    """Marks at the end of a line."""
    imitated: frozenset[str] = frozenset()
    """Marks that a text from outside looks like once an editor rewrites entities; only notebot's spelling counts."""


def split_lines(text: str) -> list[str]:
    """The lines of a file with any line ends, without byte order mark."""
    return _LINE_END.split(text.removeprefix("\ufeff"))


def find_marks(lines: Sequence[str]) -> Marks:
    """The marks in the lines of a digest that notebot wrote."""
    alone: set[str] = set()
    ending: set[str] = set()
    imitated: set[str] = set()
    for line in lines:
        own = _OWN_MARK.findall(line)
        if own:
            (ending if _OWN_MARK.sub("", line).strip() else alone).update(mark_name(inner) for inner in own)
        rest = html.unescape(_OWN_MARK.sub("", line).replace("\\", ""))
        imitated.update(mark_name(found["inner"]) for found in _ANY_MARK.finditer(rest))
    return Marks(frozenset(alone), frozenset(ending), frozenset(imitated))


def read_lines(lines: Sequence[str], marks: Marks, plain: PlainText, own: Collection[str] | None) -> list[Line]:
    """The lines of a text, cut where an editor joined lines of notebot's.

    Args:
        own: the lines of the digest as notebot wrote it, which are not cut; ``None`` to cut none.
    """
    parts: list[tuple[int, str, str, bool]] = []
    for number, line in enumerate(_unwrap_marks(lines, marks), 1):
        start = len(parts)
        for part, mark in _split_at_marks(line, marks):
            at = 0
            if own is not None and part.strip() not in own and len(part) <= _LONGEST_CUT:
                for joint in _JOINT.finditer(part):
                    parts.append((number, part[at : joint.start()], "", len(parts) > start))
                    at = joint.start()
            parts.append((number, part[at:], mark, len(parts) > start))
    words = plain.of_lines([part for _, part, _, _ in parts])
    return [_line(*part, said) for part, said in zip(parts, words, strict=True)]


def join_boxes(lines: Sequence[Line], boxed: Container[str]) -> list[Line]:
    """The lines, with the box of a task on the line of its text where an editor wrapped between them.

    Args:
        boxed: the keys of the lines that notebot wrote with a box.
    """
    result = [*lines]
    for place, (box, line) in enumerate(pairwise(lines)):
        if box.box and not box.words and not box.mark and not line.box and line.key in boxed:
            result[place] = replace(box, box=False, holds=" ")
            result[place + 1] = replace(line, box=True, holds=box.holds)
    return result


def make_line(text: str) -> Line:
    """A line outside of any file, without the context of a paragraph."""
    return _line(0, text, "", False, fold(text))


def _line(number: int, text: str, mark: str, glued: bool, said: str) -> Line:
    found = _BOX.fullmatch(said)
    if found is None:
        # `#NLP` at the start of a line becomes `# NLP` or `\#NLP` in some formatters.
        return Line(number, text, mark, said.lstrip("# "), box=False, holds=" ", glued=glued)
    holds = _BOXES[found["sign"]] if found["sign"] else found["holds"].strip() or " "
    holds = "x" if holds in _TICKS or holds == "V" else holds
    return Line(number, text, mark, found["label"].lstrip("# "), box=True, holds=holds, glued=glued)


_WRAPPED_LINES = 6
"""Most lines over which an editor may have wrapped a mark, including blank ones."""


def _unwrap_marks(lines: Sequence[str], marks: Marks) -> list[str]:
    """The lines, with each mark that an editor wrapped on the line where it begins."""
    unwrapped = [*lines]
    known = (marks.alone | marks.ending) - marks.imitated
    for place, line in enumerate(unwrapped):
        last = line.rfind("!")
        if last == -1:
            continue
        joined = line
        for below in range(place + 1, min(place + 1 + _WRAPPED_LINES, len(unwrapped))):
            joined = f"{joined} {unwrapped[below].lstrip()}"
            mark = _ANY_MARK.search(joined, max(last - 7, 0))  # `&#x3c;\` is the longest start
            if mark and mark.start() < len(line) < mark.end() and mark_name(mark["inner"]) in known:
                unwrapped[place : below + 1] = [joined[: mark.end()], *[""] * (below - place - 1), joined[mark.end() :]]
                break
    return unwrapped


def _split_at_marks(line: str, marks: Marks) -> Iterator[tuple[str, str]]:
    """The parts of a line, each with the mark that ends it."""
    start = 0
    for found in _ANY_MARK.finditer(line) if "nb" in line else ():
        name = mark_name(found["inner"])
        before = line[start : found.start()]
        if name in marks.imitated and not _OWN_MARK.fullmatch(found[0]):
            continue
        if name in marks.alone and before.strip():
            yield before, ""
            before = ""
        if name in marks.alone or name in marks.ending:
            yield before, name
            start = found.end()
    if line[start:].strip() or not start:
        yield line[start:], ""


def mark_name(inner: str) -> str:
    """The words of a mark with single blanks: ``nb up 2158 venue``."""
    return " ".join(unicodedata.normalize("NFKC", html.unescape(inner).replace("\\", "")).split())


_LONGEST_CUT = 20_000


def _any_of(words: Collection[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(set(words)))


_KEEP = _any_of([words.keep for words in LANGUAGES.values()])
_RELATED = _any_of([words.related for words in LANGUAGES.values()])
_SOURCE = _any_of([PostKind.SOURCE, "Source post", *(words.source_post.rstrip(":： ") for words in LANGUAGES.values())])
RELATED = regex(rf"(?:{_RELATED})\s*+\\?[#＃]\s*+(?P<number>[0-9]{{1,9}})(?P<rest>.*)", re.DOTALL | re.IGNORECASE)
"""The label of a line that offers a related note."""
SOURCE_POST = regex(rf"(?:{_SOURCE})\s*+[:：]", re.IGNORECASE)
OTHER_POST = regex(r"(?!>)[^:：<]{1,40}[:：]\s*+(?=https?://)", re.IGNORECASE)
"""The label of any other post that notebot wrote; labels that the curator types are matched in `post_lines`."""
ISSUE_DATE = regex(r"Issue Date\s*+[:：]\s*+", re.IGNORECASE)
SUMMARY = regex(
    r"(?<![*_])[*_]*+Summary[*_]*+\s*+(?=\\?\(|[*_])|(?<![*_])[*_]{2,}+Summary[*_]{2,}\s*+|Summary(?=\s*+\\?\()",
    re.IGNORECASE,
)
_BOLD_SUMMARY = regex(r"\s*+[*_]{2,3}Summary[*_]{2,3}", re.IGNORECASE)
_HASH = regex(r"\s*+(?:>\s*+)*\\?[#＃]")
_HEADING = regex(r"\s*+(?:>\s*+)*\#{3}(?!\#)\s*+\S")
_ANY_TASK = rf"(?:\\?[\[［][^\[\]［］\n]{{0,2}}\\?[\]］]|[{''.join(_BOXES)}]\ufe0f?)\s"
_TASK = rf"{_ANY_TASK}(?:{_KEEP}|read-later|(?:{_RELATED})\s?\\?\#[0-9])"
_JOINT = regex(
    rf"""(?<=\S)[^\S\n]+(?=Issue\ Date:|(?:{_SOURCE})\s?[:：]|(?:\*\*|__)(?:Summary|Comment)(?:\*\*|__))
    |(?<=\S)[^\S\n]+(?=[-*+]\s{_ANY_TASK})
    |(?<=[^\s*+>.-])[^\S\n]+(?={_TASK}|\#{{2,6}}\s\S)""",
    re.VERBOSE,
)
"""Where notebot's lines begin, in a line that an editor joined."""

# The first match wins.
_FORMS = (
    (LineRole.KEEP, regex(rf"\[ \] (?:{_KEEP})")),
    (LineRole.READ_LATER, regex(r"\[ \] read-later")),
    (LineRole.RELATED, regex(rf"\[ \] {RELATED.pattern}", RELATED.flags)),
    (LineRole.ISSUE_DATE, ISSUE_DATE),
    (LineRole.URL, regex(r"https?://arxiv\.org/abs/\S+$")),
    (LineRole.SUMMARY, regex(r"Summary ?\(")),
    (LineRole.COMMENT, regex(r"Comment(?!\w)")),
    (LineRole.POST, SOURCE_POST),
)
