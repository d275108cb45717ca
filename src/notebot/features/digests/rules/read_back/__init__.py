"""Reads a completed digest back: what the curator ticked, typed, changed and deleted (rules.md 6).

``lines`` splits a text into comparable lines, ``original`` parses the digest as notebot wrote it, ``align`` assigns
each line of the edited file to an entry, ``read_entry``, ``post_lines`` and ``typed_fields`` interpret the new lines.
"""

from notebot.features.digests.rules.read_back.read_digest import read_digest

__all__ = ["read_digest"]
