"""What can be wrong in ``[links]``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notebot.config.sections import LinksSection


def links_problems(links: LinksSection) -> list[str]:
    """One line for each mistake, with its key."""
    found = []
    if links.max_bytes < 1:
        found.append(f"links.max_bytes must be 1 or more, not {links.max_bytes}.")
    if not math.isfinite(links.timeout_s) or links.timeout_s <= 0:
        found.append(f"links.timeout_s must be a number of seconds, not {links.timeout_s}.")
    return found
