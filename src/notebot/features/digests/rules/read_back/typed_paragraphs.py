"""What the curator typed, put together again."""

from msgspec import Struct, field


class Paragraphs(Struct):
    """Typed lines, byte for byte, with a blank line where others stood between them."""

    lines: list[str] = field(default_factory=list)
    last: int = -1
    """The place of the last line that was taken."""

    def say(self, place: int, text: str) -> None:
        """Takes one line."""
        if self.lines and place > self.last + 1:
            self.lines.append("")
        self.lines.append(text)
        self.last = place

    @property
    def text(self) -> str | None:
        """All of them, or ``None`` when there are none."""
        return "\n".join(self.lines) or None
