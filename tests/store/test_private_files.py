"""What notebot stores for itself can be read by its owner alone."""

import stat
from datetime import UTC, datetime
from pathlib import Path

from notebot.store.sqlite import open_store
from notebot.store.sqlite.health import back_up


def modes(folder: Path) -> dict[str, int]:
    paths = [folder, *folder.rglob("*")]
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in paths}


def test_state_and_backups_are_private(tmp_path: Path) -> None:
    path = tmp_path / "state" / "notebot.db"
    store = open_store(path)
    back_up(path, datetime(2026, 5, 12, tzinfo=UTC))
    found = modes(path.parent)
    assert {"state", "notebot.db", "notebot.db-wal", "notebot.lock", "backups"} <= found.keys()
    assert {name: mode for name, mode in found.items() if mode & 0o077} == {}
    store.close()


def test_a_database_of_an_older_version_becomes_private(tmp_path: Path) -> None:
    path = tmp_path / "notebot.db"
    open_store(path).close()
    path.chmod(0o644)
    open_store(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
