"""What can be wrong in ``[tags]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notebot.config.sections import TagsSection

MODELS = ("auto", "light", "extra", "none")


def tags_problems(tags: TagsSection) -> list[str]:
    """One line for each mistake, with its key."""
    found = []
    if tags.model not in MODELS:
        found.append(f'tags.model takes "auto", "light", "extra" or "none", not {tags.model!r}.')
    for key in ("min_score", "sure"):
        value = getattr(tags, key)
        if not 0 <= value <= 1:
            found.append(f"tags.{key} must be a number from 0 to 1, not {value}.")
    if tags.max < 0:
        found.append("tags.max must be 0 or more.")
    return found
