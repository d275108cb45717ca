"""Reads a completed digest back: what the curator ticked, typed, changed and deleted (rules.md 6).

``lines`` takes a text apart, ``drawn`` knows what notebot wrote, ``align`` finds whose each line of
the edited file is, ``posts``, ``fields`` and ``entries`` read what is new in them.
"""

from notebot.features.digests.rules.read_back.read_digest import read_digest

__all__ = ["read_digest"]
