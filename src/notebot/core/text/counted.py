"""Numbers of things in English sentences."""

from __future__ import annotations


def counted(number: float, noun: str, plural: str = "") -> str:
    """The number with its noun, such as ``1 note`` or ``1,234 notes``; ``plural`` if it does not only add an s."""
    amount = f"{number:,}" if isinstance(number, int) else f"{number:g}"
    return f"{amount} {noun if number == 1 else plural or f'{noun}s'}"
