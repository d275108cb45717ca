"""Fits a message into the few characters that a push service takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def short_text(first: str, lines: Sequence[str], link: str, most: int) -> str:
    """The first line, as many whole lines as fit, and the link, in at most ``most`` characters.

    The link is never cut: it is left out if there is no room for it.
    """
    end = f"\n{link}" if link and len(link) + 1 < most else ""
    room = most - len(end)
    text = first if len(first) <= room else f"{first[: max(room - 1, 0)]}…"
    for place, line in enumerate(lines):
        # what is left out is counted, so room for the count is kept
        count = f"\n+{len(lines) - place}"
        if len(text) + 1 + len(line) + (len(count) if place + 1 < len(lines) else 0) > room:
            return (text + count if len(text) + len(count) <= room else text) + end
        text += f"\n{line}"
    return text + end
