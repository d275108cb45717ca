"""Whether the name of a social account spells the name of an author."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.text.patterns import regex
from notebot.core.text.words import split_words

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORTEST = 5
"""Letters of a handle that can be told from any other."""
_WHOLE = 8
"""Letters of a full name that count anywhere in a handle: ``sharonyixuanli``."""
_NOT_LETTERS = regex(r"[^a-z]+")


def is_by_author(handle: str, authors: Iterable[str]) -> bool:
    """The handle is an author's name, or its beginning with the rest: ``gneubig``, ``jyo_pari``, ``HeMuyu0327``."""
    letters = _NOT_LETTERS.sub("", handle.split("@", maxsplit=1)[0].removesuffix(".bsky.social").lower())
    return len(letters) >= _SHORTEST and any(_spells(letters, author) for author in authors)


def _spells(letters: str, author: str) -> bool:
    words = split_words(author)
    if len(words) < 2:
        return False
    first, family = words[0], words[-1]
    orders = (first + family, family + first, "".join(words))
    if letters in orders or any(len(name) >= _WHOLE and name in letters for name in orders):
        return True
    return _is_cut(letters, first, family) or _is_cut(letters, family, first)


def _is_cut(letters: str, cut: str, whole: str) -> bool:
    """The beginning of one name and the whole of the other, in either order."""
    if len(whole) < 4:
        return False
    before, after = letters.removesuffix(whole), letters.removeprefix(whole)
    return any(rest and rest != letters and cut.startswith(rest) for rest in (before, after))
