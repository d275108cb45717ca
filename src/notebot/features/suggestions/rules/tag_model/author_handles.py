"""Decides whether the handle of a social account spells the name of an author."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.text.patterns import regex
from notebot.core.text.words import split_words

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORTEST = 5
"""Letters of the shortest handle that is compared; ``ann`` would match too many authors."""
_WHOLE = 8
"""Letters of a full name that may appear anywhere in a handle: ``sharonyixuanli``."""
_NOT_LETTERS = regex(r"[^a-z]+")


def is_by_author(handle: str, authors: Iterable[str]) -> bool:
    """True if the handle is an author's name or a shortened one: ``gneubig``, ``jyo_pari``, ``HeMuyu0327``."""
    # a full name on Mastodon contains the server, one on Bluesky may contain the default domain
    letters = _NOT_LETTERS.sub("", handle.split("@", maxsplit=1)[0].removesuffix(".bsky.social").lower())
    if len(letters) < _SHORTEST:
        return False
    for words in map(split_words, authors):
        if len(words) < 2:
            continue
        first, family = words[0], words[-1]
        orders = (first + family, family + first, "".join(words))
        if letters in orders or any(len(name) >= _WHOLE and name in letters for name in orders):
            return True
        if _is_shortened(letters, first, family) or _is_shortened(letters, family, first):
            return True
    return False


def _is_shortened(letters: str, shortened: str, whole: str) -> bool:
    """True for the beginning of one name and the whole of the other, in either order."""
    # a family name such as Li is part of too many words
    if len(whole) < 4:
        return False
    before, after = letters.removesuffix(whole), letters.removeprefix(whole)
    return any(rest and rest != letters and shortened.startswith(rest) for rest in (before, after))
