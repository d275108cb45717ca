"""New databases without the making of their schema, which takes ten times as long as opening one."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from notebot.store.sqlite import SqliteStore, open_store


def new_store(path: Path) -> SqliteStore:
    """Opens the database; if there is none, a copy of one that was made for all tests of this process."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_empty_database())
    return open_store(path)


@cache
def _empty_database() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "notebot.db"
        open_store(path).close()
        return path.read_bytes()
