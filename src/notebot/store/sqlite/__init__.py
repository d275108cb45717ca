"""State on disk: standard-library SQLite in WAL mode, one file, numbered migrations."""

from notebot.store.sqlite.store import SqliteStore, open_store

__all__ = ["SqliteStore", "open_store"]
