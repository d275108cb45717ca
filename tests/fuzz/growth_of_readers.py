"""How the time of a reader grows with hostile text."""

from collections.abc import Iterator
from contextlib import suppress

from fuzz.targets import HOSTILE, Target
from growth import growth, repeated


def growths(target: Target, first: int = 0) -> Iterator[tuple[float, str]]:
    """How many times as long the longest text takes, for each piece repeated in each frame, with a description.

    The target's own pieces come first; those of all targets then begin with the ``first``.
    """

    def read(text: str) -> None:
        with suppress(*target.errors):
            target.read(text)

    for seed in target.seeds[:1]:
        read(seed)  # imports and compiles what it needs
    first %= len(HOSTILE)
    for piece in (*target.pieces, *HOSTILE[first:], *HOSTILE[:first]):
        for before, after in target.frames:
            ratio = growth(
                lambda size, piece=piece, before=before, after=after: read(before + repeated(piece, size) + after),  # type: ignore[misc]
                target.measured_to // 10,
                target.measured_to,
            )
            yield ratio, f"{before!r} + {piece!r} … + {after!r}"
