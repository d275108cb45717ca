"""Reads a completed digest back: what the curator ticked, typed, changed and deleted (rules.md 6).

``lines`` splits a text into lines with their ``normal_form``; ``original`` parses the digest as notebot wrote it;
``align`` assigns each line of the edited file to an entry, and ``explain`` finds notebot's words in lines that differ;
``rewrites`` finds what a program did everywhere; ``read_entry`` interprets the rest, with ``entry_reader``,
``changed_lines``, ``post_lines`` and ``typed_fields``.
"""

from notebot.features.digests.rules.read_back.read_digest import decode_digest, is_out_of_proportion, read_digest

__all__ = ["decode_digest", "is_out_of_proportion", "read_digest"]
