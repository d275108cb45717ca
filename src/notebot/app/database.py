"""The database of the config, whichever engine it has: made, checked, repaired, backed up, copied."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.app.resources import DATABASE, require_postgres_extra
from notebot.core.model.errors import StateError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from notebot.app.resources import Resources
    from notebot.store.copy import CopiedTable


class DatabaseCopy(Struct, frozen=True):
    """A finished copy."""

    source: str
    target: str
    tables: list[CopiedTable]


def check(resources: Resources) -> str:
    """Returns a sentence if the database can be used.

    Raises:
        StateError: it cannot, or it is damaged; the message says what to do.
    """
    url = resources.config.database
    if url:
        require_postgres_extra()
        from notebot.store.postgres.health import check_database as check_server

        return check_server(url)
    from notebot.store.sqlite.health import check_database

    return check_database(resources.config.state_dir / DATABASE)


def check_records(resources: Resources) -> str:
    """Reads every record; returns a sentence if all can be read.

    Raises:
        StateError: some are damaged; the message names them.
    """
    url = resources.config.database
    if url:
        require_postgres_extra()
        from notebot.store.postgres.health import check_records as check_on_server

        return check_on_server(url)
    from notebot.store.sqlite.damaged_records import check_records as check_in_file

    return check_in_file(resources.config.state_dir / DATABASE)


def set_aside_damaged(resources: Resources) -> str:
    """Moves damaged records to a file in the state directory; returns a sentence."""
    config, now = resources.config, resources.clock()
    if config.database:
        require_postgres_extra()
        from notebot.store.postgres.health import set_aside_damaged as set_aside_on_server

        return set_aside_on_server(config.database, config.state_dir, now)
    from notebot.store.sqlite.damaged_records import set_aside_damaged as set_aside_in_file

    return set_aside_in_file(config.state_dir / DATABASE, now)


def back_up(resources: Resources) -> str:
    """Backs a database file up; returns a sentence."""
    config = resources.config
    if config.database:
        return "notebot does not back a server up; `pg_dump` does, as a superuser."
    from notebot.store.sqlite.health import back_up as back_up_file

    return back_up_file(config.state_dir / DATABASE, resources.clock())


def make_or_migrate(resources: Resources) -> str:
    """Opens the database, which makes its tables or brings them up to date; returns a sentence."""
    _ = resources.store
    return check(resources)


def copy(resources: Resources, to: str, progress: Callable[[str, int, int], None]) -> DatabaseCopy:
    """Copies the database of the config into an empty one.

    Args:
        to: the URL of a PostgreSQL database, or the path of a new SQLite file.

    Raises:
        UsageError: ``to`` cannot be used.
        StateError: a database cannot be used, or a table differs after it was copied.
    """
    from notebot.core.net.files import exclusive_lock

    config = resources.config
    busy = StateError(f"The notebot daemon is running on {config.state_dir}; stop it, so that nothing is missed.")
    with exclusive_lock(config.state_dir / "daemon.lock", lambda: busy):
        return _copy_to_server(resources, to, progress) if "://" in to else _copy_to_file(resources, Path(to), progress)


def _copy_to_server(resources: Resources, url: str, progress: Callable[[str, int, int], None]) -> DatabaseCopy:
    from notebot.config.checks import database_problems

    problems = database_problems("--to", url)
    if problems:
        raise UsageError("\n".join(problems))
    if url == resources.config.database:
        raise UsageError("--to names the database of the config; name another one.")
    require_postgres_extra()
    from notebot.store.copy import copy_tables
    from notebot.store.postgres.errors import describe
    from notebot.store.postgres.open import begin_copy, finish_copy

    name = resources.database_name
    with closing(resources.store_to_read()) as source, closing(begin_copy(url, name)) as target:
        tables = copy_tables(source.connection, target.connection, target.notes, progress)
        finish_copy(target)
    return DatabaseCopy(name, describe(url), tables)


def _copy_to_file(resources: Resources, path: Path, progress: Callable[[str, int, int], None]) -> DatabaseCopy:
    from notebot.store.copy import copy_tables
    from notebot.store.sqlite import open_store

    if path.exists():
        raise UsageError(f"{path} exists already; name a new file.")
    # under another name until it is whole; an interrupted copy goes on with it
    half = path.with_name(f"{path.name}.copying")
    with closing(resources.store_to_read()) as source, closing(open_store(half)) as target:
        tables = copy_tables(source.connection, target.connection, target.notes, progress)
    half.replace(path)
    half.with_suffix(".lock").unlink(missing_ok=True)
    return DatabaseCopy(resources.database_name, str(path), tables)
