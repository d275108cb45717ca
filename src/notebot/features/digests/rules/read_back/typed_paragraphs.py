"""Collects what the curator typed, as it is in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.features.digests.rules.read_back.lines import Line


class Paragraphs(Struct):
    """Typed lines, byte for byte, with the blank lines between them; lines that notebot wrote become one blank line."""

    file: Sequence[Line]
    """All lines of the file."""
    lines: list[str] = field(default_factory=list)
    last: int = -1
    """The place of the last added line."""
    syntax: int = -1
    """The place of a line of mere syntax, such as a fence, which belongs to text typed directly below it."""

    def add_text(self, place: int, text: str) -> None:
        """Adds one line, or a part of one."""
        if self.syntax == place - 1 and self.syntax > self.last:
            self._add(self.syntax, self.file[self.syntax].text)
        self._add(place, text)

    def add_syntax(self, place: int) -> None:
        """Adds a line without words if it is beside typed text."""
        if self.lines and self.last == place - 1:
            self._add(place, self.file[place].text)
        elif self.syntax != place - 1 or self.syntax < 0:
            self.syntax = place

    def _add(self, place: int, text: str) -> None:
        between = self.file[self.last + 1 : place]
        if self.lines and self.file[place].glued and self.file[self.last].number == self.file[place].number:
            whole = self.file[place].text
            self.lines[-1] += whole[: len(whole) - len(whole.lstrip())] + text.lstrip()
        else:
            if self.lines and between:
                typed_blanks = all(not line.words and not line.mark for line in between)
                self.lines += [line.text for line in between] if typed_blanks else [""]
            self.lines.append(text)
        self.last = place

    @property
    def text(self) -> str | None:
        """All lines joined, or ``None`` if there are none."""
        return "\n".join(self.lines) or None
