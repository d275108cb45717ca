"""The database of the config, whichever engine it has: made, checked, repaired, backed up, copied."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

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

        return check_server(url, resources.config.desk)
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

        return check_on_server(url, resources.config.desk)
    from notebot.store.sqlite.damaged_records import check_records as check_in_file

    return check_in_file(resources.config.state_dir / DATABASE)


def set_aside_damaged(resources: Resources) -> str:
    """Moves damaged records to a file in the state directory; returns a sentence."""
    config, now = resources.config, resources.clock()
    if config.database:
        require_postgres_extra()
        from notebot.store.postgres.health import set_aside_damaged as set_aside_on_server

        return set_aside_on_server(config.database, config.state_dir, now, config.desk)
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
    """Makes the tables or brings them up to date, and a lab's task queue as well; returns a sentence."""
    _ = resources.store
    if resources.config.desks is not None:
        from notebot.store.postgres.tasks import make_task_tables

        make_task_tables(resources.config.database)
    return check(resources)


def copy(resources: Resources, to: str, progress: Callable[[str, int, int], None], into: str = "") -> DatabaseCopy:
    """Copies the database of the config into an empty one: a desk of a lab, all of its desks, or a single curator's.

    Args:
        to: the URL of a PostgreSQL database, or the path of a new SQLite file.
        into: the desk that is made of the copy, in a database that may have others; by default the desk of the source.

    Raises:
        UsageError: ``to`` cannot be used.
        StateError: a database cannot be used, or a table differs after it was copied.
    """
    from notebot.core.net.files import exclusive_lock

    config = resources.config
    busy = StateError(f"The notebot daemon is running on {config.state_dir}; stop it, so that nothing is missed.")
    with exclusive_lock(config.state_dir / "daemon.lock", lambda: busy):
        if "://" in to:
            return _copy_to_server(resources, to, progress, into)
        if into:
            raise UsageError("A file has no desks; leave out --into.")
        return _copy_to_file(resources, Path(to), progress)


def _copy_to_server(
    resources: Resources, url: str, progress: Callable[[str, int, int], None], into: str
) -> DatabaseCopy:
    from notebot.config.checks import database_problems

    config = resources.config
    problems = database_problems("--to", url)
    if problems:
        raise UsageError("\n".join(problems))
    if url == config.database:
        raise UsageError("--to names the database of the config; name another one.")
    require_postgres_extra()
    from notebot.store.copy import copy_tables
    from notebot.store.postgres.errors import describe
    from notebot.store.postgres.open import begin_copy, desk_names, finish_copy, open_to_read

    name = f"{resources.database_name}, desk {config.desk}" if config.desk else resources.database_name
    if config.desks is not None and into:
        raise UsageError("--into makes one desk of one desk; name the desk to copy with `notebot --desk NAME`.")
    desk = into or config.desk
    with closing(resources.store_to_read()) as source, closing(begin_copy(url, name, desk)) as target:
        tables = copy_tables(source.connection, target.connection, target.notes, progress)
        # the copy of the whole lab is finished when that of every desk is
        for other in desk_names(config.database) if config.desks is not None else ():
            with closing(open_to_read(config.database, other)) as of_desk, closing(begin_copy(url, name, other)) as to:
                copied = copy_tables(of_desk.connection, to.connection, to.notes, progress)
                finish_copy(to)
            tables += [replace(table, table=f"{other}/{table.table}") for table in copied]
        finish_copy(target, joins_lab=bool(desk))
    return DatabaseCopy(name, describe(url), tables)


def _copy_to_file(resources: Resources, path: Path, progress: Callable[[str, int, int], None]) -> DatabaseCopy:
    from notebot.store.copy import copy_tables
    from notebot.store.sqlite import open_store

    if resources.config.desks is not None:
        raise UsageError("A file has the state of one curator; name the desk to copy with `notebot --desk NAME`.")
    if path.exists():
        raise UsageError(f"{path} exists already; name a new file.")
    # under another name until it is whole; an interrupted copy goes on with it
    half = path.with_name(f"{path.name}.copying")
    with closing(resources.store_to_read()) as source, closing(open_store(half)) as target:
        tables = copy_tables(source.connection, target.connection, target.notes, progress)
    half.replace(path)
    half.with_suffix(".lock").unlink(missing_ok=True)
    return DatabaseCopy(resources.database_name, str(path), tables)
