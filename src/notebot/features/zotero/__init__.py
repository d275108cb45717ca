"""Kept papers as items of a Zotero library."""
