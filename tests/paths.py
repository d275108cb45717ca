"""Where the checkout is, and the real material beside it (absent from a user's clone)."""

from pathlib import Path

TOP = Path(__file__).parents[1]
REAL_DATA = TOP.parent / "shared" / "data"
