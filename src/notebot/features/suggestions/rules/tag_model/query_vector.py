"""A text as a query of the index."""

from msgspec import Struct


class Vector(Struct, frozen=True):
    """A text as a query."""

    weights: list[tuple[int, float]]
    """Numbers of terms with their weights, the strongest first; their squares add up to 1 at most."""
    power: float
    """How much rare terms count."""
    length: float
    """The length before it was normalised, unknown terms included."""
