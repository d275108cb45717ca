"""A text as weighted terms."""

Vector = list[tuple[int, float]]
"""Numbers of terms with their weights, the strongest first; the squares of the weights add up to 1 at most."""
