"""State on disk: standard-library SQLite in WAL mode, one file, numbered migrations."""

from notebot.store.sqlite.open import SqliteStore, open_store

__all__ = ["SqliteStore", "open_store"]
