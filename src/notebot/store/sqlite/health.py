"""Checks the integrity of the database file and keeps backup copies."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from notebot.core.model.errors import StateError
from notebot.core.net.files import PRIVATE_FILE, PRIVATE_FOLDER
from notebot.store.sqlite.connection import connect, is_damage

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

# each is as large as the database itself
KEPT_BACKUPS = 5


def check_database(path: Path) -> str:
    """Checks the file; returns a sentence for ``notebot doctor`` if it is intact or does not exist yet.

    Raises:
        StateError: there is none, it cannot be read, or a page of it is damaged.
    """
    if not _is_there(path):
        if backups(path):
            raise StateError(f"The database {path} is gone. {_way_back(path)}")
        return f"There is no database at {path} yet; the first poll makes it."
    if path.stat().st_size == 0:
        raise StateError(f"The database {path} is empty: something has cut it off. {_way_back(path)}")
    with closing(connect(path)) as connection:
        try:
            problems = [row[0] for row in connection.execute("PRAGMA integrity_check(3)").fetchall()]
        except StateError as error:
            if is_damage(str(error)):
                raise StateError(f"{error} {_way_back(path)}") from error
            raise
    if problems != ["ok"]:
        raise StateError(f"The database {path} is damaged ({problems[0]}). {_way_back(path)}")
    return f"The database {path} is whole ({path.stat().st_size / 1e6:.1f} MB)."


def back_up(path: Path, now: datetime) -> str:
    """Backs the database up while other processes use it; keeps the newest five backups.

    Raises:
        StateError: the copy cannot be written.
    """
    if not _is_there(path):
        return "There is nothing to back up yet."
    target = _folder(path) / f"{path.stem}-{now:%Y%m%d-%H%M%S}.db"
    half = target.with_suffix(".part")
    try:
        target.parent.mkdir(PRIVATE_FOLDER, exist_ok=True)
        half.unlink(missing_ok=True)
        with closing(connect(path)) as connection:
            connection.execute("VACUUM INTO ?", (str(half),))
        half.chmod(PRIVATE_FILE)
        # without it, a power cut could leave an empty file that `doctor` recommends as the backup to restore
        with half.open("rb") as file:
            os.fsync(file.fileno())
        half.replace(target)
    except OSError as error:
        raise StateError(f"The backup {target} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)
    for old in backups(path)[KEPT_BACKUPS:]:
        old.unlink()
    return f"Backed up to {target}."


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise StateError(f"{path} cannot be looked at: {error.strerror}; make state_dir yours to read.") from error


def backups(path: Path) -> list[Path]:
    """The backups, newest first."""
    return sorted(_folder(path).glob(f"{path.stem}-*.db"), reverse=True)


def _folder(path: Path) -> Path:
    return path.parent / "backups"


def _way_back(path: Path) -> str:
    good = next((copy for copy in backups(path) if _is_whole(copy)), None)
    if good is None:
        return f"There is no backup; move {path} away to start anew."
    return (
        f"Stop notebot, remove {path} and the files beside it that begin with its name, and copy {good} to its place."
    )


def _is_whole(path: Path) -> bool:
    try:
        if not path.stat().st_size:
            return False
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except (sqlite3.Error, OSError):
        return False
