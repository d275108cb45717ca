"""State in a PostgreSQL database, for several machines and curators; the only folder that imports psycopg."""

from notebot.store.postgres.open import PostgresStore, open_store

__all__ = ["PostgresStore", "open_store"]
