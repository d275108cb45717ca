"""Finds the words of a completed digest that notebot wrote, wherever an editor moved, cut, joined or wrapped them."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING

from notebot.features.digests.rules.read_back.normal_form import words_of

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from notebot.features.digests.rules.read_back.original import OriginalDigest

_RUN = 3
"""So many equal words in a row are notebot's; fewer only where its text goes on."""
NOBODY = -1
"""The position of a word that notebot did not write."""


class Explainer:
    """Finds words in a digest, with an index of three consecutive words."""

    def __init__(self, drawn: OriginalDigest, taken: Container[int]) -> None:
        """Indexes the digest; lines in ``taken`` were found already and explain only copies of themselves."""
        self.words: list[str] = []
        self.line_of: list[int] = []
        """The index of the line of each word; ``NOBODY`` for the words of a mark."""
        self.start_of: list[int] = []
        for one in drawn.lines:
            self.start_of.append(len(self.words))
            self._add(words_of(one.line.words), one.index)
            if one.line.mark:
                self._add(words_of(f"<!- {one.line.mark} ->"), NOBODY)
        self._free: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self._all: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for place, run in enumerate(zip(self.words, self.words[1:], self.words[2:], strict=False)):
            self._all[run].append(place)
            if self.line_of[place] not in taken:
                self._free[run].append(place)

    def explain(self, words: Sequence[str], near: int) -> list[int]:
        """The position in the digest of each word, or ``NOBODY``; linear in the number of words.

        Args:
            near: where in the digest its text is expected to go on.
        """
        positions = [NOBODY] * len(words)
        place = 0
        while place < len(words):
            goes_on = near < len(self.words) and self.words[near] == words[place]
            if not goes_on and tuple(words[place : place + _RUN]) not in self._all:
                place += 1  # most typed words; without this line they take ten times as long
                continue
            length, start = max(
                ((self._common(words, place, start), start) for start in self._candidates(words, place, near)),
                key=lambda found: found[0] if found[1] == near or found[0] >= _RUN else 0,
                default=(0, near),
            )
            if length >= _RUN or (length and start == near):
                positions[place : place + length] = range(start, start + length)
                near = start + length
                place += length
            else:
                place += 1
        return positions

    def length(self, line: int) -> int:
        """The number of words of a line, without its mark."""
        start = self.start_of[line]
        end = start
        while end < len(self.line_of) and self.line_of[end] == line:
            end += 1
        return end - start

    def _add(self, words: Sequence[str], line: int) -> None:
        self.words += words
        self.line_of += [line] * len(words)

    def _candidates(self, words: Sequence[str], place: int, near: int) -> list[int]:
        run = tuple(words[place : place + _RUN])
        candidates = [near]
        for index in (self._free, self._all):
            found = index.get(run, ())
            after = bisect_left(found, near)
            candidates += (*found[after : after + 1], *found[max(after - 1, 0) : after])  # of two equal runs the next
        return candidates

    def _common(self, words: Sequence[str], place: int, start: int) -> int:
        length = 0
        while (
            place + length < len(words)
            and start + length < len(self.words)
            and words[place + length] == self.words[start + length]
        ):
            length += 1
        return length
