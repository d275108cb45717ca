"""Collects what the curator typed."""

from msgspec import Struct, field


class Paragraphs(Struct):
    """Typed lines, byte for byte; a blank line stands for other lines between them."""

    lines: list[str] = field(default_factory=list)
    last: int = -1
    """The place of the last added line."""

    def add_text(self, place: int, text: str) -> None:
        """Adds one line."""
        if self.lines and place > self.last + 1:
            self.lines.append("")
        self.lines.append(text)
        self.last = place

    @property
    def text(self) -> str | None:
        """All lines joined, or ``None`` if there are none."""
        return "\n".join(self.lines) or None
