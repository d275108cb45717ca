"""Divides the tables of a database among the desks of a lab, by row-level security.

Each row has the name of its desk, and a policy of its table shows a connection only the rows of the desk in its setting
``notebot.desk``. So no statement reaches another desk's rows, whatever its WHERE. Whoever may send any SQL can also
change the setting: the policies protect from mistakes, not from a hostile user of the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.model.errors import StateError
from notebot.store.postgres.desk_names import HUB, OF_THE_HUB, READ_BY_ALL, TABLES_OF_ALL
from notebot.store.postgres.errors import describe
from notebot.store.postgres.schema import TABLES

if TYPE_CHECKING:
    from notebot.store.postgres.connection import PostgresConnection

_OWN = "(SELECT current_setting('notebot.desk'))"  # a sub-select is computed once per statement, not once per row

DESKS = """
CREATE TABLE IF NOT EXISTS desks (
  name TEXT COLLATE "C" PRIMARY KEY,
  unfinished_copy_of TEXT COLLATE "C"
)"""
_POLICIES_OF_DESKS = f"""
CREATE POLICY everybody_reads ON desks FOR SELECT USING (true);
CREATE POLICY own_row ON desks USING (name = {_OWN});
ALTER TABLE desks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY
"""
_REFUSAL = """
CREATE OR REPLACE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'TRUNCATE would empty % for every desk; use DELETE', TG_TABLE_NAME; END $$
"""
"""Policies do not apply to TRUNCATE."""


def open_tables(connection: PostgresConnection) -> None:
    """Lets a migration, which runs in a transaction, see the rows of all desks."""
    for (name,) in connection.execute(
        "SELECT relname FROM pg_class WHERE relforcerowsecurity AND relnamespace = to_regnamespace(current_schema())"
        " AND relname = ANY(?)",
        (list(TABLES),),
    ).fetchall():
        connection.run_script(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY")


def divide_tables(connection: PostgresConnection) -> None:
    """Adds the desk to every table, key and index that has none; rows from before belong to the hub."""
    connection.run_script(DESKS)
    names = [
        name
        for (name,) in connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = to_regnamespace(current_schema())"
            " AND relname = ANY(?) ORDER BY relname",
            (list(TABLES),),
        ).fetchall()
    ]
    policies = {
        name
        for (name,) in connection.execute(
            "SELECT tablename FROM pg_policies WHERE schemaname = current_schema()"
        ).fetchall()
    }
    connection.run_script(_REFUSAL)
    if "desks" not in policies:
        connection.run_script(_POLICIES_OF_DESKS)
    for name in (*names, "desks"):
        connection.run_script(
            f"CREATE OR REPLACE TRIGGER refuse_truncate BEFORE TRUNCATE ON {name} EXECUTE FUNCTION refuse_truncate()"
        )
    for name in names:
        if name in OF_THE_HUB and name not in policies:
            connection.run_script(
                f"CREATE POLICY everybody_reads ON {name} FOR SELECT USING (true);"
                f" CREATE POLICY hub_writes ON {name} USING ({_OWN} = '{HUB}')"
            )
        elif name not in TABLES_OF_ALL:
            if name not in policies:
                connection.run_script(_division(name))
            for statement in _wider_indexes(connection, name):
                connection.run_script(statement)
        if name in OF_THE_HUB or name not in TABLES_OF_ALL:
            connection.run_script(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")


def _division(name: str) -> str:
    script = (
        f"ALTER TABLE {name} ADD COLUMN desk TEXT COLLATE \"C\" NOT NULL DEFAULT '{HUB}' CHECK (desk <> '');"
        f" ALTER TABLE {name} ALTER COLUMN desk SET DEFAULT current_setting('notebot.desk');"
        f" CREATE POLICY own_desk ON {name} USING (desk = {_OWN})"
    )
    if name in READ_BY_ALL:
        script += f"; CREATE POLICY everybody_reads ON {name} FOR SELECT USING (true)"
    if name == "sources":  # the hub's are the categories and services of arXiv
        script += f"; CREATE POLICY everybody_reads ON {name} FOR SELECT USING (desk = '{HUB}')"
    return script


def _wider_indexes(connection: PostgresConnection, name: str) -> list[str]:
    """The statements that put the desk before the columns of each key and index, but of a full-text index."""
    constraints = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = to_regclass(?) AND contype IN ('p', 'u')",
        (name,),
    ).fetchall()
    indexes = connection.execute(
        "SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " JOIN pg_am m ON m.oid = c.relam WHERE i.indrelid = to_regclass(?) AND m.amname = 'btree'"
        " AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = c.oid)",
        (name,),
    ).fetchall()
    return [
        f"ALTER TABLE {name} DROP CONSTRAINT {constraint}, ADD CONSTRAINT {constraint} {key.replace('(', '(desk, ', 1)}"
        for constraint, key in constraints
        if "(desk" not in key
    ] + [
        f"DROP INDEX {index}; {definition.replace(' USING btree (', ' USING btree (desk, ', 1)}"
        for index, definition in indexes
        if " USING btree (desk" not in definition
    ]


def take_seat(connection: PostgresConnection, url: str, copy_of: str | None = None) -> None:
    """Notes the desk's name, if it is new, after :func:`check_seat`."""
    if not check_seat(connection, url, copy_of):
        connection.execute("INSERT INTO desks (name) VALUES (?) ON CONFLICT DO NOTHING", (connection.desk,))


def check_seat(connection: PostgresConnection, url: str, copy_of: str | None = None) -> bool:
    """Returns whether the desk is known; refuses a user whom row-level security does not bind.

    A user who is exempt may open a database without desks: it belongs to a single curator.

    Args:
        copy_of: the source of a copy that may be unfinished.

    Raises:
        StateError: the user is exempt, or a copy into the desk is not finished.
    """
    desk = connection.desk
    is_exempt, user, has_desks, is_known, source = connection.execute(
        "SELECT rolsuper OR rolbypassrls, current_user, EXISTS (SELECT 1 FROM desks),"
        " EXISTS (SELECT 1 FROM desks WHERE name = ?), (SELECT unfinished_copy_of FROM desks WHERE name = ?)"
        " FROM pg_roles WHERE rolname = current_user",
        (desk, desk),
    ).fetchall()[0]
    if is_exempt and (desk or has_desks):
        raise StateError(
            f"{user} sees the rows of all desks in {describe(url)}, because it is a superuser or has BYPASSRLS; make "
            "a user without (`createuser notebot`), let it own the database (`createdb --owner notebot NAME`) "
            "and name it in notebot.database."
        )
    if has_desks:
        connection.stop_preparing()
    if source not in (None, copy_of):
        raise StateError(
            f"The desk {desk} in {describe(url)} is an unfinished copy of {source}; run the same `notebot db copy` "
            "again to finish it."
        )
    return is_known or not desk
