"""Compares an edited line with the original one: new values, typed words, tags."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import takewhile
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.text.escaping import restore
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# An escape that `neutralise` inserted stays one token, so that it is never undone by half.
_TOKEN = regex(r"&\#?\w{1,6};\u2060? | \]\\*\(\u2060? | \w+\u2060? | \s+ | .\u2060?", re.VERBOSE | re.DOTALL)
_TOKEN_LIMIT = 4_000
"""Comparing more changed tokens takes too long; such a text counts as typed completely."""
_PREFIX = regex(r"\[[^\[\]\\]*\] ")
_TAG = regex(r"(?:(?<=\s)|^)[#＃]")
_GUESS = ("?", "？")


class TagLine(Struct, frozen=True):
    """A line of tags; a tag may contain blanks."""

    before: str
    """The text before the first tag."""
    taken: tuple[str, ...]
    guesses: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """The tags with and without ``?``."""
        return (*self.taken, *self.guesses)


def read_tags(text: str) -> TagLine:
    """Parses ``#NLP #Author Thread-Post?``; a tag that still has a ``?`` is a guess."""
    before, *tags = (part.strip() for part in _TAG.split(text))
    return TagLine(
        before,
        tuple(tag for tag in tags if not tag.endswith(_GUESS)),
        tuple(tag[:-1].rstrip() for tag in tags if tag.endswith(_GUESS)),
    )


def typed_around(drawn: str, edited: str) -> str | None:
    """What was typed before or after the original text; ``None`` if the text itself was changed."""
    if edited.startswith(drawn):
        return edited[len(drawn) :].strip()
    return edited[: -len(drawn)].strip() if edited.endswith(drawn) else None


def is_only_shortened(drawn: str, edited: str) -> bool:
    """True if characters were only deleted."""
    rest = iter(drawn)
    return all(character in rest for character in edited if not character.isspace())


def new_title_line(drawn: str, edited: str) -> str:
    """The title line to store: unescaped where notebot wrote it, unchanged where the curator did."""
    prefix = _PREFIX.match(drawn)
    if prefix and edited.startswith(prefix[0]):
        return prefix[0] + restore_unchanged(drawn[prefix.end() :], edited[prefix.end() :])
    return restore_unchanged(drawn, edited)


def restore_unchanged(drawn: str, edited: str) -> str:
    """The edited text, unescaped where notebot wrote it and unchanged where the curator typed."""
    old, new = _TOKEN.findall(drawn), _TOKEN.findall(edited)
    first = _common_prefix_length(old, new)
    last = _common_prefix_length(old[:first:-1], new[:first:-1])
    middle = _restore_changed(old[first : len(old) - last], new[first : len(new) - last], at_start=not first)
    return restore("".join(new[:first])) + "".join(middle) + _restore_inside(new[len(new) - last :])


def _common_prefix_length(one: Sequence[str], other: Sequence[str]) -> int:
    """The length of the common prefix."""
    same = (a == b for a, b in zip(one, other, strict=False))
    return sum(1 for _ in takewhile(bool, same))


def _restore_changed(old: list[str], new: list[str], *, at_start: bool) -> Iterator[str]:
    if len(old) + len(new) > _TOKEN_LIMIT:
        yield "".join(new)
        return
    for change, i, _, j, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if change != "equal":
            yield "".join(new[j:end])
        elif at_start and i == 0:
            yield restore("".join(new[j:end]))
        else:
            yield _restore_inside(new[j:end])


def _restore_inside(tokens: list[str]) -> str:
    """Unescapes tokens from inside a line, where a backslash was the author's and not an escape."""
    return restore("x" + "".join(tokens))[1:]
