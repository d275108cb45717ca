"""What the curator made of a drawn line: new values, typed words, tags."""

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

# What `neutralise` put in stays one token, so that no half of it is ever undone.
_TOKEN = regex(r"&\#?\w{1,6};\u2060? | \]\\*\(\u2060? | \w+\u2060? | \s+ | .\u2060?", re.VERBOSE | re.DOTALL)
_TOKEN_LIMIT = 4_000
"""Comparing more changed tokens would take too long; such a text is taken as typed throughout."""
_PREFIX = regex(r"\[[^\[\]\\]*\] ")
_TAG = regex(r"(?:(?<=\s)|^)[#＃]")
_GUESS = ("?", "？")


class Tags(Struct, frozen=True):
    """A line of tags; they may hold blanks."""

    before: str
    """Text before the first one."""
    taken: tuple[str, ...]
    guesses: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Those with and without ``?``."""
        return (*self.taken, *self.guesses)


def read_tags(text: str) -> Tags:
    """``#NLP #Author Thread-Post?``: what has a ``?`` left is a guess."""
    before, *tags = (part.strip() for part in _TAG.split(text))
    return Tags(
        before,
        tuple(tag for tag in tags if not tag.endswith(_GUESS)),
        tuple(tag[:-1].rstrip() for tag in tags if tag.endswith(_GUESS)),
    )


def typed_around(drawn: str, edited: str) -> str | None:
    """What was typed before or behind a drawn line; ``None`` when it was changed elsewhere."""
    if edited.startswith(drawn):
        return edited[len(drawn) :].strip()
    return edited[: -len(drawn)].strip() if edited.endswith(drawn) else None


def only_cut(drawn: str, edited: str) -> bool:
    """Whether a line was changed by nothing but deletion."""
    rest = iter(drawn)
    return all(character in rest for character in edited if not character.isspace())


def new_title_line(drawn: str, edited: str) -> str:
    """The title line as stored: notebot's part as before it was drawn, the curator's as typed."""
    prefix = _PREFIX.match(drawn)
    if prefix and edited.startswith(prefix[0]):
        return prefix[0] + taken_over(drawn[prefix.end() :], edited[prefix.end() :])
    return taken_over(drawn, edited)


def taken_over(drawn: str, edited: str) -> str:
    """The edited text, with ``restore`` for what notebot drew and nothing undone in what was typed."""
    old, new = _TOKEN.findall(drawn), _TOKEN.findall(edited)
    first = _shared(old, new)
    last = _shared(old[:first:-1], new[:first:-1])
    middle = _merged(old[first : len(old) - last], new[first : len(new) - last], at_start=not first)
    return restore("".join(new[:first])) + "".join(middle) + _restored_inside(new[len(new) - last :])


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many tokens are the same from the start."""
    same = (a == b for a, b in zip(one, other, strict=False))
    return sum(1 for _ in takewhile(bool, same))


def _merged(old: list[str], new: list[str], *, at_start: bool) -> Iterator[str]:
    if len(old) + len(new) > _TOKEN_LIMIT:
        yield "".join(new)
        return
    for change, i, _, j, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if change != "equal":
            yield "".join(new[j:end])
        elif at_start and i == 0:
            yield restore("".join(new[j:end]))
        else:
            yield _restored_inside(new[j:end])


def _restored_inside(tokens: list[str]) -> str:
    """The tokens as they were before they were drawn inside of a line: a backslash there was the author's."""
    return restore("x" + "".join(tokens))[1:]
