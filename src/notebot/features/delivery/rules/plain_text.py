"""Text from outside for plain-text messages: one line, nothing invisible, no control characters."""

from notebot.core.text.tex import collapse

_MOST = 2_000
"""Characters of one line; an abstract is shorter."""


def one_line(text: str, most: int = _MOST) -> str:
    """The text on one line without characters that a reader cannot see, cut to ``most`` characters."""
    # directional marks could make a line show something else than it says
    line = collapse("".join(char if char.isprintable() else " " for char in text[: 4 * most]))
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"
