"""Attempts of one desk at another desk's rows, in SQL that a mistake in notebot or a pooler could send; none gets in.

The desk ben has no rows. An attempt gets in if what it returns has a word of ada's rows or ``IN``, or if one of ada's
rows changes. An attempt may choose neither the desk (``SET notebot.desk``) nor other tables and policies (``ALTER``):
a user of the database who may send any SQL can do both, as docs/lab.md says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

import psycopg
import pytest

from desk_of_lab import DeskOfLab
from fakes import NIGHT
from fresh_store import new_database
from notebot.store.postgres import open_store
from servers.postgres_server import as_owner
from store.store_calls import CALLS, stub
from store.test_desks import fill, rows_of, session

pytestmark = pytest.mark.usefixtures("postgres")
IN = "ada's"
"""Part of every text of ada's that is tried for."""

READ = {
    "no where": ["SELECT * FROM unfilled"],
    "a where that is always true": ["SELECT * FROM unfilled WHERE desk = 'ada' OR true"],
    "the row as a whole": ["SELECT CAST(unfilled AS TEXT) FROM unfilled"],
    "for update": ["SELECT * FROM unfilled FOR UPDATE"],
    "by physical place": ["SELECT * FROM unfilled WHERE ctid = '(0,1)'"],
    "a sample": ["SELECT * FROM unfilled TABLESAMPLE SYSTEM (100)"],
    "only the table": ["SELECT * FROM ONLY unfilled"],
    "a join with a table of all": ["SELECT u.why FROM announcements CROSS JOIN unfilled u"],
    "a lateral join": ["SELECT x.why FROM texts, LATERAL (SELECT why FROM unfilled) x"],
    "a union": ["SELECT why FROM unfilled UNION ALL TABLE pg_temp.none", "TABLE unfilled"],
    "exists": ["SELECT 'IN' WHERE EXISTS (SELECT FROM unfilled)"],
    "an aggregate": ["SELECT string_agg(why, ' ') FROM unfilled", "SELECT 'IN' FROM unfilled HAVING count(*) > 0"],
    "grouping sets": ["SELECT why, count(*) FROM unfilled GROUP BY GROUPING SETS ((why), (number))"],
    "a window": ["SELECT first_value(why) OVER () FROM unfilled"],
    "a recursive query": ["WITH RECURSIVE r AS (SELECT why FROM unfilled UNION SELECT why FROM r) SELECT * FROM r"],
    "copy": ["COPY unfilled TO STDOUT"],
    "copy of a query": ["COPY (SELECT * FROM unfilled) TO STDOUT"],
    "as xml": [
        "SELECT table_to_xml('unfilled', true, false, '')",
        "SELECT query_to_xml('TABLE unfilled', true, true, '')",
    ],
    "a view": ["CREATE TEMP VIEW v AS SELECT * FROM unfilled", "SELECT * FROM v"],
    "a view of the invoker's rights": [
        "CREATE TEMP VIEW i WITH (security_barrier) AS SELECT * FROM unfilled",
        "SELECT * FROM i",
    ],
    "a materialised copy": ["CREATE TEMP TABLE c AS SELECT * FROM unfilled", "SELECT * FROM c"],
    "select into": ["SELECT * INTO TEMP into_this FROM unfilled", "SELECT * FROM into_this"],
    "a function": [
        "CREATE FUNCTION pg_temp.f() RETURNS SETOF unfilled LANGUAGE sql AS 'TABLE unfilled'",
        "SELECT * FROM pg_temp.f()",
    ],
    "a function with its owner's rights": [
        "CREATE FUNCTION pg_temp.d() RETURNS SETOF unfilled LANGUAGE plpgsql SECURITY DEFINER"
        " AS 'BEGIN RETURN QUERY TABLE unfilled; END'",
        "SELECT * FROM pg_temp.d()",
    ],
    "dynamic SQL": ["DO $$ DECLARE w TEXT; BEGIN EXECUTE 'SELECT why FROM unfilled' INTO w; RAISE '%', w; END $$"],
    "a function that tells what it is given": [
        "CREATE FUNCTION pg_temp.tell(TEXT) RETURNS BOOL LANGUAGE plpgsql COST 0.0000001"
        " AS $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$",
        "SELECT * FROM unfilled WHERE pg_temp.tell(why)",
    ],
    "an error that names a value": ["SELECT CAST(why AS BIGINT) FROM unfilled"],
    "an error in a condition": ["SELECT 1 FROM unfilled WHERE CAST(why AS BIGINT) = 1"],
    "statistics of values": ["SELECT * FROM pg_stats WHERE tablename IN ('unfilled', 'stubs', 'notes')"],
    "the table of statistics": ["SELECT * FROM pg_statistic"],
    "extended statistics": ["SELECT CAST(e AS TEXT) FROM pg_stats_ext e", "TABLE pg_statistic_ext_data"],
    "the plan": ["EXPLAIN (VERBOSE) SELECT * FROM unfilled WHERE why > ''"],
    "the plan with what was done": ["EXPLAIN (ANALYZE, VERBOSE, TIMING OFF, SUMMARY OFF) SELECT * FROM unfilled"],
    "another role": ["SET ROLE postgres", "TABLE unfilled"],
    "another user": ["SET SESSION AUTHORIZATION postgres", "TABLE unfilled"],
    "row security off": ["SET row_security = off", "TABLE unfilled"],
    "a setting that is reset": ["RESET notebot.desk", "TABLE unfilled"],
    "everything reset": ["RESET ALL", "TABLE unfilled"],
    "a session discarded": ["DISCARD ALL", "TABLE unfilled"],
    "a desk whose name is nearly hers": ["BEGIN", "SET LOCAL notebot.desk = 'ADA'", "TABLE unfilled", "COMMIT"],
    "the hub": ["BEGIN", "SET LOCAL notebot.desk = '(hub)'", "TABLE unfilled", "COMMIT"],
    "another search path": ["SET search_path = pg_catalog, public, pg_temp", "TABLE unfilled"],
    "large objects": ["SELECT 'IN' FROM pg_largeobject_metadata", "TABLE pg_largeobject"],
    "files of the server": ["SELECT pg_read_file('postgresql.conf')", "COPY unfilled FROM PROGRAM 'id'"],
    "settings of the session": ["SELECT setting FROM pg_settings WHERE name LIKE 'notebot%'"],
}
WRITE = {
    "update": ["UPDATE unfilled SET why = ''", "UPDATE unfilled SET why = '' RETURNING why"],
    "update from another table": ["UPDATE unfilled u SET why = n.title_key FROM notes n RETURNING u.why"],
    "update in a query": ["WITH x AS (UPDATE unfilled SET why = '' RETURNING 'IN') TABLE x"],
    "delete": ["DELETE FROM unfilled", "DELETE FROM unfilled WHERE desk = 'ada'"],
    "delete using": ["DELETE FROM unfilled USING announcements RETURNING 'IN'"],
    "truncate": ["TRUNCATE unfilled"],
    "truncate of all": ["TRUNCATE unfilled, stubs, notes, announcements CASCADE"],
    "merge": ["MERGE INTO unfilled u USING announcements a ON true WHEN MATCHED THEN DELETE"],
    "insert for her": ["INSERT INTO unfilled (desk, number, why) VALUES ('ada', 99, 'x')"],
    "give her one's own": ["INSERT INTO unfilled VALUES (5, 'ben')", "UPDATE unfilled SET desk = 'ada'"],
    "copy in": ["COPY unfilled FROM STDIN"],
    "an upsert of her key": [
        "INSERT INTO unfilled (desk, number, why) VALUES ('ada', 7, 'x')"
        " ON CONFLICT (desk, number) DO UPDATE SET why = 'x' RETURNING why"
    ],
    "the list of desks emptied": ["DELETE FROM desks"],
    "the list of desks changed": ["UPDATE desks SET unfinished_copy_of = 'x'"],
    "the list of desks truncated": ["TRUNCATE desks"],
    "a cursor": [
        "BEGIN",
        "DECLARE c CURSOR FOR TABLE unfilled",
        "FETCH c",
        "DELETE FROM unfilled WHERE CURRENT OF c",
        "END",
    ],
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Of a database in which ada has rows in every table, and ben is a desk."""
    address = as_owner(new_database())
    with closing(DeskOfLab.open(address, "ada")) as ada:
        fill(ada)
        ada.unfilled.replace({7: f"{IN} issue", 8: f"{IN} other"})
        for number in range(20, 60):
            ada.stubs.save(stub(number, title=f"{IN} paper {number}"), NIGHT)
    open_store(address, "ben").close()
    with psycopg.connect(address.replace("//lab@", "//postgres@"), autocommit=True) as superuser:
        superuser.execute("ANALYZE")
    yield address


def answers(url: str, desk: str, statements: Sequence[str]) -> str:
    """All that a session hears: rows, errors, notices."""
    heard: list[str] = []
    with session(url, desk) as connection:
        connection.add_notice_handler(lambda notice: heard.append(str(notice.message_primary)))
        for statement in statements:
            try:
                heard += answer(connection, statement)
            except psycopg.Error as error:
                heard += [f"{error} {error.diag.message_detail} {error.diag.context}"]
    return "\n".join(heard)


def answer(connection: psycopg.Connection[tuple[object, ...]], statement: str) -> list[str]:
    with connection.cursor() as cursor:
        if statement.startswith("COPY") and "STDOUT" in statement:
            with cursor.copy(statement.encode()) as copied:
                return [bytes(block).decode() for block in copied]
        cursor.execute(statement.encode())
        return [str(row) for row in cursor.fetchall()] if cursor.description else []


@pytest.mark.parametrize("name", READ)
def test_nothing_of_another_desk_is_read(name: str, url: str) -> None:
    heard = answers(url, "ben", READ[name])
    assert IN not in heard and "'IN'" not in heard
    assert answers(url, "zoe", READ[name]) == heard.replace("ben", "zoe")


@pytest.mark.parametrize("name", WRITE)
def test_nothing_of_another_desk_is_written(name: str, url: str) -> None:
    before = rows_of(url, "ada")
    heard = answers(url, "ben", WRITE[name])
    assert IN not in heard and "'IN'" not in heard
    assert rows_of(url, "ada") == before
    with session(url, "ben") as connection:
        assert connection.execute("SELECT * FROM desks WHERE name = 'ada'").fetchall() == [("ada", None)]


@pytest.mark.parametrize("key", [7, 12345])
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO unfilled (number, why) VALUES ({}, 'x') ON CONFLICT DO NOTHING RETURNING why",
        "INSERT INTO unfilled (number, why) VALUES ({}, 'x')",
        "INSERT INTO unfilled (desk, number, why) VALUES ('ada', {}, 'x')",
        "INSERT INTO unfilled (desk, number, why) VALUES ('ada', {}, 'x') ON CONFLICT DO NOTHING RETURNING 'IN'",
        "UPDATE unfilled SET desk = 'ada', number = {} WHERE number = 1",
        "DELETE FROM unfilled WHERE number = {} AND desk = 'ada' RETURNING 'IN'",
    ],
)
def test_an_attempt_at_a_key_does_not_tell_whether_another_desk_has_it(key: int, statement: str, url: str) -> None:
    own = "INSERT INTO unfilled (number, why) VALUES (1, 'own')"
    heard = answers(url, "ben", ["BEGIN", own, statement.format(key), "ROLLBACK"])
    expected = "('x',)" if "RETURNING why" in statement else ""
    if "'ada', {}" in statement or "desk = 'ada', number" in statement:
        expected = "new row violates row-level security policy"
    assert heard[: len(expected)] == expected and "IN" not in heard
    assert "already exists" not in heard and str(key) not in heard


def test_the_statements_of_another_session_have_no_values(url: str) -> None:
    with closing(open_store(url, "ada")) as ada, ada.transaction():
        ada.unfilled.replace({7: f"{IN} issue", 8: f"{IN} other"})
        for query in ("SELECT query FROM pg_stat_activity", "TABLE pg_locks"):
            heard = answers(url, "ben", [query])
            assert "INSERT INTO unfilled" in heard or "advisory" in heard
            assert IN not in heard


def test_no_key_of_one_table_refers_to_another(url: str) -> None:
    """The check of a foreign key sees all rows, so it would tell whether another desk has one."""
    assert answers(url, "ben", ["SELECT 'IN' FROM pg_constraint WHERE contype = 'f'"]) == ""


def test_the_store_leaves_nothing_in_a_session_for_the_next_client_of_a_pooler(url: str) -> None:
    with closing(DeskOfLab.open(url, "zoe")) as zoe:
        for call in CALLS.values():
            call(zoe)
        with pytest.raises(ZeroDivisionError), zoe.transaction():
            zoe.unfilled.replace({9: "x"})
            raise ZeroDivisionError
        left = (
            "SELECT 'IN' FROM pg_cursors WHERE NOT is_binary AND statement NOT LIKE '%pg_cursors%'",
            "SELECT 'IN' FROM pg_prepared_statements",
            "SELECT 'IN' FROM pg_class WHERE relnamespace = pg_my_temp_schema()",
            "SELECT 'IN' FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
            "SELECT 'IN' WHERE current_setting('notebot.desk', true) <> ''",
        )
        connection = zoe.connection
        assert hasattr(connection, "_session")
        for query in left:
            assert connection._session.execute(query.encode()).fetchall() == [], query
