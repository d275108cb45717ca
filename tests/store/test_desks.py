"""The desks of a lab in one PostgreSQL database: none reaches another's rows, and none waits for another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import psycopg
import pytest
from msgspec.structs import replace

from desk_of_lab import DeskOfLab
from fakes import DAY, NIGHT, entry
from fresh_store import emptied_database
from notebot.core.model.errors import StateError
from notebot.core.model.filing_records import MatchRecord
from notebot.core.model.ledger import Outcome
from notebot.core.model.note import Note, NoteQuery
from notebot.store.postgres import PostgresStore, open_store
from notebot.store.postgres.connection import PostgresConnection
from notebot.store.postgres.desk_names import OF_THE_HUB, READ_BY_ALL, TABLES_OF_ALL
from notebot.store.postgres.desks import divide_tables, open_tables
from notebot.store.postgres.schema import TABLES, migrations_after, to_postgres
from notebot.store.schema import MIGRATIONS
from servers.postgres_server import OWNER, as_owner, empty_database
from store.store_calls import CALLS, DAY_BEFORE, DISCUSSED, KEY, LATER, NEXT_DAY, PLAN, READING, row, stub

pytestmark = pytest.mark.usefixtures("postgres")
DESKS_CAME_WITH = next(number for number, script in enumerate(MIGRATIONS, 1) if "CREATE TABLE counted" in script)


@pytest.fixture
def url() -> str:
    """Of a database without rows, for its owner."""
    return as_owner(emptied_database())


@pytest.fixture
def alice(url: str) -> Iterator[PostgresStore]:
    with closing(DeskOfLab.open(url, "alice")) as store:
        fill(store)
        yield store


@pytest.fixture
def bob(url: str, alice: PostgresStore) -> Iterator[PostgresStore]:
    with closing(DeskOfLab.open(url, "bob")) as store:
        yield store


def fill(store: PostgresStore) -> None:
    """At least one row in every table."""
    with store.transaction():
        for name, call in CALLS.items():
            if not name.endswith((".drop", ".undo", ".decided", ".discard", ".forget", ".drop_source", "prune_texts")):
                call(store)


@contextmanager
def session(url: str, desk: str | None) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """What a person with `psql` has."""
    with psycopg.connect(url, autocommit=True) as connection:
        if desk is not None:
            connection.execute("SELECT set_config('notebot.desk', %s, false)", (desk,))
        yield connection


def tables_of_desks(url: str) -> list[str]:
    with session(url, None) as connection:
        rows = connection.execute(
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'desk' AND table_schema = 'public'"
        ).fetchall()
    return sorted(str(name) for (name,) in rows)


def rows_of(url: str, desk: str) -> dict[str, list[tuple[object, ...]]]:
    """All rows of a desk, read by the superuser, whom no policy binds."""
    with psycopg.connect(url.replace(f"//{OWNER}@", "//postgres@")) as connection:
        return {
            name: sorted(
                connection.execute(f"SELECT * FROM {name} WHERE desk = %s".encode(), (desk,)).fetchall(), key=str
            )
            for name in tables_of_desks(url)
        }


# SQL


def test_each_table_is_of_a_desk_of_all_or_of_the_hub(url: str, alice: PostgresStore) -> None:
    with session(url, None) as connection:
        rows = connection.execute(
            "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
    guarded = {name for name, is_guarded in rows if is_guarded}
    assert guarded == {*tables_of_desks(url), *OF_THE_HUB, "desks"}
    assert {name for name, _ in rows} - guarded == TABLES_OF_ALL - OF_THE_HUB - {"desks"}
    assert {name for name, _ in rows} == TABLES | {"schema_version", "desks"}
    # every one of them is tried below with rows
    assert [name for name, rows in rows_of(url, "alice").items() if not rows] == []


def test_no_statement_without_where_reaches_another_desk(url: str, bob: PostgresStore) -> None:
    before = rows_of(url, "alice")
    with session(url, "bob") as connection:
        for name in tables_of_desks(url):
            (column,) = connection.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND column_name <> 'desk'"
                " ORDER BY ordinal_position LIMIT 1",
                (name,),
            ).fetchone() or ("",)
            for statement in (
                f'UPDATE {name} SET "{column}" = "{column}"',
                f"UPDATE {name} SET desk = 'bob'",
                f"UPDATE {name} SET desk = 'bob' WHERE desk = 'alice'",
                f"DELETE FROM {name}",
                f"DELETE FROM {name} WHERE desk = 'alice' OR true",
            ):
                assert connection.execute(statement.encode()).rowcount == 0, statement
            if name in READ_BY_ALL:
                continue
            for query in (
                f"SELECT count(*) FROM {name}",
                f"SELECT count(*) FROM {name} WHERE desk = 'alice'",
                f"WITH gone AS (DELETE FROM {name} RETURNING *) SELECT count(*) FROM gone",
                f"SELECT count(*) FROM {name} a FULL JOIN {name} b ON true",
            ):
                assert connection.execute(query.encode()).fetchone() == (0,), query
            with connection.cursor() as cursor, cursor.copy(f"COPY {name} TO STDOUT".encode()) as copied:
                assert list(copied) == []
    assert rows_of(url, "alice") == before


def test_no_row_is_written_for_another_desk(url: str, alice: PostgresStore, bob: PostgresStore) -> None:
    fill(bob)
    bob.connection.execute("INSERT INTO counted (announced_on, arxiv_id, result) VALUES ('2026-05-12', '1', 'known')")
    before = rows_of(url, "alice")
    with session(url, "bob") as connection:
        for name in tables_of_desks(url):
            for statement in (
                f"UPDATE {name} SET desk = 'alice'",
                f"INSERT INTO {name} SELECT * FROM {name}_of_alice",
                f"INSERT INTO {name} SELECT * FROM {name}_of_alice ON CONFLICT DO NOTHING",
            ):
                connection.execute(
                    f"CREATE TEMP TABLE IF NOT EXISTS {name}_of_alice AS SELECT * FROM {name} WHERE desk = 'bob';"
                    f" UPDATE {name}_of_alice SET desk = 'alice'".encode()
                )
                with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
                    connection.execute(statement.encode())
            with (
                pytest.raises(psycopg.errors.FeatureNotSupported, match="COPY FROM not supported"),
                connection.cursor() as cursor,
                cursor.copy(f"COPY {name} FROM STDIN".encode()),
            ):
                pass
    assert rows_of(url, "alice") == before


def test_views_and_functions_show_the_rows_of_the_desk_alone(url: str, bob: PostgresStore) -> None:
    with session(url, "bob") as connection, connection.transaction(force_rollback=True):
        connection.execute("CREATE VIEW all_stubs AS SELECT * FROM stubs")
        for kind in ("INVOKER", "DEFINER"):
            connection.execute(
                f"CREATE OR REPLACE FUNCTION stub_count() RETURNS BIGINT LANGUAGE sql SECURITY {kind}"
                " AS 'SELECT count(*) FROM stubs'".encode()
            )
            assert connection.execute("SELECT stub_count(), count(*) FROM all_stubs").fetchone() == (0, 0)


@pytest.mark.parametrize("setting", [None, "", "Alice", "alice ", "%", "' OR true --"])
def test_a_session_without_a_desk_sees_and_writes_nothing(url: str, alice: PostgresStore, setting: str | None) -> None:
    with session(url, setting) as connection:
        if setting is None:
            with pytest.raises(psycopg.errors.UndefinedObject, match=r"notebot\.desk"):
                connection.execute("SELECT * FROM stubs")
        else:
            assert connection.execute("SELECT * FROM stubs").fetchall() == []
        if not setting:
            with pytest.raises((psycopg.errors.UndefinedObject, psycopg.errors.CheckViolation)):
                connection.execute("INSERT INTO unfilled (number, why) VALUES (1, 'x')")


def test_only_the_hub_writes_what_all_desks_read(url: str, alice: PostgresStore) -> None:
    with session(url, "alice") as connection:
        for name in sorted(OF_THE_HUB):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"INSERT INTO {name} SELECT * FROM {name}".encode())
            assert connection.execute(f"DELETE FROM {name}".encode()).rowcount == 0
            assert connection.execute(f"SELECT count(*) FROM {name}".encode()).fetchone() != (0,)
    with closing(open_store(url, "alice")) as desk, closing(open_store(url)) as hub:
        seen = hub.announcements.announced("cs.CL", DAY)
        desk.announcements.file("cs.CL", [entry("2605.00009")], DAY, "feed")
        desk.announcements.move_day("cs.CL", list(seen), DAY, NEXT_DAY)
        desk.announcements.prune_texts(NEXT_DAY)
        assert hub.announcements.announced("cs.CL", DAY) == seen
        assert desk.announcements.text_of("2605.00001") is not None


# the store's methods


def test_every_method_of_a_desk_answers_as_if_it_were_alone(url: str, bob: PostgresStore) -> None:
    answers = {name: CALLS[name](bob) for name in sorted(READING)}
    with closing(DeskOfLab.open(as_owner(empty_database("alone")), "bob")) as alone:
        with alone.transaction():
            for name in ("announcements.file", "breakers.put", "asked_papers.put", "written.keep", "written.failed"):
                CALLS[name](alone)
        of_all = {"announcements.seen", "announcements.filed", "announcements.announced", "announcements.highest_id"}
        of_all |= {"fan_outs.received", "lab_folder.get", "discussed.newest", "discussed.of"}
        expected = {name: CALLS[name](alone) for name in answers if name not in of_all}
    assert {name: answer for name, answer in answers.items() if name not in of_all} == expected


def test_no_method_changes_a_row_of_another_desk(url: str, bob: PostgresStore) -> None:
    before = rows_of(url, "alice")
    for call in CALLS.values():
        call(bob)
    assert rows_of(url, "alice") == before


def test_an_id_never_leads_to_a_row_of_another_desk(url: str, alice: PostgresStore, bob: PostgresStore) -> None:
    with session(url, "alice") as connection:
        ((number, note_id, decision),) = connection.execute(
            "SELECT max(updates.id), max(notes.id), max(decisions.id) FROM updates, notes, decisions"
        ).fetchall()
    assert isinstance(number, int) and isinstance(note_id, int) and isinstance(decision, int)
    before = rows_of(url, "alice")
    assert bob.digests.update(number) is None and bob.digests.shown_in(number) is None
    bob.digests.set_accepted(number, True)
    bob.outbox.offer_again(number)
    bob.decisions.undo([decision], NIGHT)
    bob.notes.drop(note_id)
    bob.notes.save(note_id, Note("Another title"), {"page": Note("Another title")})
    assert bob.notes.all() == [] and list(bob.notes.find(NoteQuery("math"))) == []
    assert rows_of(url, "alice") == before
    # two desks may have rows with one id, as after copying two databases
    with session(url, "bob") as connection:
        connection.execute(
            "INSERT INTO runs (id, kind, started_at, finished_at, status, detail) VALUES (1, 'poll', '', '', '', '')"
        )
    assert rows_of(url, "alice") == before


def test_a_desk_sees_the_sources_of_the_hub_and_its_own(url: str) -> None:
    with (
        closing(open_store(url)) as hub,
        closing(open_store(url, "ann")) as ann,
        closing(open_store(url, "ben")) as ben,
    ):
        hub.sources.failed("cs.CL", NIGHT, "timeout", "It is silent.")
        ann.sources.succeeded("A blog", NIGHT)
        assert [source.name for source in ann.sources.all()] == ["A blog", "cs.CL"]
        assert [source.name for source in ben.sources.all()] == ["cs.CL"]
        assert [source.name for source in hub.sources.all()] == ["cs.CL"]
        # a desk that asks arXiv itself does not change what the hub knows
        ben.sources.succeeded("cs.CL", NIGHT.replace(hour=23))
        assert ben.sources.get("cs.CL").error is None and hub.sources.get("cs.CL").error is not None
        assert len(ben.sources.all()) == 1


def test_a_digest_counts_the_papers_of_the_desk_s_own_categories_and_days(url: str) -> None:
    with closing(open_store(url)) as hub, closing(open_store(url, "ann")) as ann:
        for category in ("cs.CL", "cs.RO"):
            hub.sources.succeeded(category, NIGHT)
            for day in (DAY_BEFORE, DAY):
                number = f"2605.{len(category + str(day)) + day.day + ord(category[-1]):05d}"
                hub.announcements.file(category, [entry(number), entry("2605.00001")], day, "feed")
                hub.ledger.add(row(day=day, category=category))
        ann.ledger.add(row(day=DAY, category="cs.CL"))
        papers = list(ann.announcements.papers_of([DAY_BEFORE, DAY]))
        assert {(paper.announced_on, paper.categories) for paper in papers} == {(DAY, ("cs.CL",))}
        assert [sighting.category for sighting in ann.announcements.sightings("2605.00001")] == []
        assert len(list(hub.announcements.papers_of([DAY_BEFORE, DAY]))) > len(papers) == 1
        assert ann.sources.get("cs.CL").began_on == DAY
        # what ann's digest has counted is not counted for the hub
        ann.announcements.record_matches([MatchRecord(papers[0].arxiv_id, "Math", "cs.CL", DAY, Outcome.DRAFTED)])
        ann.digests.plan(PLAN)
        assert [paper.counted for paper in ann.announcements.papers_of([DAY])] == ["drafted"]
        assert {paper.counted for paper in hub.announcements.papers_of([DAY])} == {None}


def test_every_desk_reads_the_reading_list_and_writes_its_own_wishes(url: str) -> None:
    other = "url:https://a.example"
    with (
        closing(open_store(url)) as hub,
        closing(open_store(url, "ann")) as ann,
        closing(open_store(url, "ben")) as ben,
    ):
        ann.discussed.put(DISCUSSED)
        ben.discussed.put(replace(DISCUSSED, since=LATER, line="Me too", desk="ann"))
        ben.discussed.put(replace(DISCUSSED, key=other, since=LATER + timedelta(hours=1)))
        for store in (hub, ann, ben):
            wishes = store.discussed.newest(0, 10)
            assert [(wish.desk, wish.key) for wish in wishes] == [("ben", other), ("ann", KEY), ("ben", KEY)]
            assert store.discussed.of(KEY) == wishes[1:] == store.discussed.newest(1, 1)
        assert [store.discussed.own_count() for store in (hub, ann, ben)] == [0, 1, 2]
        ann.discussed.put(replace(DISCUSSED, since=LATER, line="Soon"))
        assert ben.discussed.of(KEY)[0] == replace(DISCUSSED, line="Soon", desk="ann")
        assert (ann.discussed.remove(other), hub.discussed.remove(KEY), ann.discussed.remove(KEY)) == (
            False,
            False,
            True,
        )
        assert [wish.desk for wish in hub.discussed.newest(0, 10)] == ["ben", "ben"]


# locks and connections


def impatient(url: str, desk: str) -> PostgresStore:
    connection = PostgresConnection(url, desk)
    connection.run_script("SET lock_timeout = '10ms'")
    return PostgresStore(connection)


def test_two_desks_and_the_hub_write_at_once(url: str, alice: PostgresStore) -> None:
    with (
        closing(impatient(url, "bob")) as bob,
        closing(impatient(url, "")) as hub,
        closing(impatient(url, "alice")) as other,
        alice.transaction(),
    ):
        alice.stubs.save(stub(5), NIGHT)
        for store in (bob, hub):
            with store.transaction():
                store.stubs.save(stub(5), NIGHT)
        with hub.transaction():
            hub.announcements.file("cs.CL", [entry("2605.00009")], DAY, "feed")
        # one process at a time writes to one desk
        with pytest.raises(StateError, match="Another notebot"), other.transaction():
            pass
    assert alice.stubs.get("arxiv:2605.00005") == stub(5)


def test_nothing_is_filed_between_counting_and_planning_a_digest(url: str, alice: PostgresStore) -> None:
    with closing(impatient(url, "bob")) as bob, closing(impatient(url, "")) as hub:
        with alice.transaction():
            counted = list(alice.announcements.papers_of([DAY]))
            with bob.transaction():
                list(bob.announcements.papers_of([DAY]))
            with pytest.raises(StateError, match="Another notebot"), hub.transaction():
                hub.announcements.file("cs.CL", [entry("2605.00009")], DAY, "feed")
            assert list(alice.announcements.papers_of([DAY])) == counted
        with hub.transaction():
            hub.announcements.file("cs.CL", [entry("2605.00009")], DAY, "feed")
            with pytest.raises(StateError, match="Another notebot"), bob.transaction():
                list(bob.announcements.papers_of([DAY]))
            # without a digest, nobody waits
            list(bob.announcements.papers_of([DAY]))
            with bob.transaction():
                bob.stubs.save(stub(5), NIGHT)


def test_neither_a_lost_connection_nor_a_pooler_changes_the_desk(
    url: str, alice: PostgresStore, bob: PostgresStore
) -> None:
    assert isinstance(bob.connection, PostgresConnection)
    # a pooler gives one process of the server to one client after the other
    bob.connection.run_script("SELECT set_config('notebot.desk', 'alice', false)")
    assert bob.stubs.all() == []
    with bob.transaction():
        assert bob.stubs.all() == []
        bob.stubs.save(stub(7), NIGHT)
    bob.stubs.save(stub(8), NIGHT)
    end_connections(url)
    assert len(bob.stubs.all()) == 2
    assert alice.stubs.get("arxiv:2605.00007") is None


def test_no_statement_is_prepared_where_a_pooler_could_run_it_for_another_desk(
    url: str, alice: PostgresStore, bob: PostgresStore
) -> None:
    """A pooler lets desks share a process of the server, where the names of prepared statements would collide."""
    with closing(open_store(url)) as hub:
        for store in (alice, bob, hub):
            for _ in range(2):
                for _ in range(10):
                    store.stubs.get(KEY)
                with store.transaction():
                    for _ in range(10):
                        store.stubs.get(KEY)
                        store.drafts.save(KEY, {"comment": "x"}, NIGHT)
                    prepared = store.connection.execute("SELECT statement FROM pg_prepared_statements").fetchall()
                assert prepared == []
                end_connections(url)  # and none on the next connection


def end_connections(url: str) -> None:
    ask(
        url.replace(f"//{OWNER}@", "//postgres@"),
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


# who may open it


def test_a_user_whom_no_policy_binds_may_not_open_a_database_with_desks(url: str) -> None:
    superuser = url.replace(f"//{OWNER}@", "//postgres@")
    open_store(superuser).close()  # a single curator's
    with pytest.raises(StateError, match=r"postgres sees the rows of all desks .*createuser notebot"):
        open_store(superuser, "alice")
    open_store(url, "alice").close()
    with pytest.raises(StateError, match="sees the rows of all desks"):
        open_store(superuser)


@pytest.mark.parametrize("name", ["(hub)", "Alice", "-a", "a b", "a'; DROP TABLE stubs --", "数", "a\n", "a" * 64])
def test_a_name_that_no_desk_can_have_is_refused(url: str, name: str) -> None:
    with pytest.raises(StateError, match="cannot be a desk") as caught:
        open_store(url, name)
    assert "\n" not in str(caught.value)


# a database of a single curator


def test_a_database_from_before_belongs_to_the_hub_and_gets_the_schema_of_a_new_one(url: str) -> None:
    old = as_owner(empty_database("before_desks"))
    with psycopg.connect(old, autocommit=True) as connection:
        scripts = [migrations_after(0)[0], *map(to_postgres, MIGRATIONS[15 : DESKS_CAME_WITH - 1])]
        connection.execute(";".join(scripts).encode())
        connection.execute(b"CREATE TABLE schema_version (version BIGINT NOT NULL, unfinished_copy_of TEXT)")
        connection.execute(f"INSERT INTO schema_version VALUES ({DESKS_CAME_WITH - 1})".encode())
        connection.execute("INSERT INTO unfilled VALUES (7, 'it has no link')")
        connection.execute(
            "INSERT INTO ledger (announced_on, category, state, explanation)"
            " VALUES ('2026-05-12', 'cs.CL', 'fresh', '');"
            "INSERT INTO announcements VALUES"
            " ('cs.CL', '2605.00001', 1, '2026-05-12', 'new', 'feed', 'drafted'),"
            " ('cs.CL', '2605.00002', 1, '2026-05-12', 'new', 'feed', 'unmatched'),"
            " ('cs.CL', '2605.00003', 1, '2026-05-12', 'new', 'oai', NULL),"
            " ('cs.CL', '2605.00004', 1, '2026-05-11', 'new', 'feed', 'unmatched');"
            "INSERT INTO reported_rows VALUES ('2026-05-12', 'cs.CL', 1, 'a.md', 'fresh', 2, 0, 1, 0, 1, 0, 0, 0)"
        )
    with closing(open_store(old)) as store, closing(open_store(old, "alice")) as desk:
        assert store.unfilled.all() == {7: "it has no link"} and desk.unfilled.all() == {}
        papers = store.announcements.papers_of([DAY_BEFORE, DAY])
        assert [paper.counted for paper in papers] == ["unmatched", "drafted", "unmatched", None]
        store.announcements.file("cs.CL", [entry("2605.00009")], DAY, "feed")
        assert [paper.counted for paper in store.announcements.papers_of([DAY])][-1] is None
        assert desk.stubs.get(KEY) is None
    assert schema_of(old) == schema_of(url)


def test_a_later_migration_reaches_the_rows_of_all_desks_and_its_indexes_get_the_desk(url: str) -> None:
    for desk in ("ann", "ben"):
        with closing(open_store(url, desk)) as store:
            store.unfilled.replace({7: f"{desk}'s"})
    before = schema_of(url)
    with closing(PostgresConnection(url, "ann")) as connection, connection.whole(alone=True):
        open_tables(connection)
        connection.run_script(
            "UPDATE unfilled SET why = why || ' issue'; ALTER TABLE unfilled ADD seen INTEGER;"
            " CREATE UNIQUE INDEX unfilled_once ON unfilled (why, md5(why)) WHERE number > 0"
        )
        divide_tables(connection)
    for desk in ("ann", "ben"):
        with closing(open_store(url, desk)) as store:
            assert store.unfilled.all() == {7: f"{desk}'s issue"}
    ((definition,),) = ask(url, "SELECT indexdef FROM pg_indexes WHERE indexname = 'unfilled_once'")
    assert "(desk, why, md5(why)) WHERE" in str(definition)
    ask(url, "DROP INDEX unfilled_once; ALTER TABLE unfilled DROP seen")
    assert schema_of(url) == before
    assert ask(url, "SELECT count(*) FROM pg_class WHERE relrowsecurity <> relforcerowsecurity") == [(0,)]


def test_tables_of_others_in_the_same_schema_stay_as_they_are(url: str, alice: PostgresStore) -> None:
    ask(url, "CREATE TABLE jobs_of_others (id BIGINT PRIMARY KEY, args JSONB)")
    try:
        with closing(PostgresConnection(url)) as connection, connection.whole(alone=True):
            divide_tables(connection)
            assert "jobs_of_others" not in {table.name for table in connection.tables()}
        columns = "SELECT column_name FROM information_schema.columns WHERE table_name = 'jobs_of_others' ORDER BY 1"
        assert ask(url, columns) == [("args",), ("id",)]
    finally:
        ask(url, "DROP TABLE jobs_of_others")


def ask(url: str, script: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(script.encode())
        return cursor.fetchall() if cursor.description else []


def schema_of(url: str) -> list[tuple[object, ...]]:
    queries = (
        "SELECT table_name, column_name, data_type, column_default, is_nullable FROM information_schema.columns"
        " WHERE table_schema = 'public' ORDER BY 1, 2",
        "SELECT conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid <> 0 ORDER BY 1, 2",
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
        "SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies ORDER BY 1, 2",
    )
    with psycopg.connect(url) as connection:
        return [row for query in queries for row in connection.execute(query.encode()).fetchall()]


def test_each_key_and_index_of_a_desk_begins_with_the_desk(url: str) -> None:
    with psycopg.connect(url) as connection:
        definitions = connection.execute(
            "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE '%USING btree%'"
        ).fetchall()
    wrong = [text for name, text in definitions if name not in TABLES_OF_ALL and "btree (desk, " not in str(text)]
    assert wrong == []


def test_desks_that_share_a_session_see_their_own_rows_alone_and_survive_its_loss(url: str) -> None:
    with closing(open_store(url)) as hub:
        desks = [hub.at_desk(name) for name in ("alice", "bob")]
        for number, store in enumerate((hub, *desks)):
            with store.transaction():
                store.stubs.save(stub(number), NIGHT)
        with psycopg.connect(url, autocommit=True) as other:
            query = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            ended = other.execute(f"{query} AND datname = current_database() AND usename = current_user").fetchall()
        assert len(ended) == 1
        assert [store.stubs.all() for store in (hub, *desks)] == [[stub(number)] for number in range(3)]
        with pytest.raises(StateError, match="within a transaction"), hub.transaction(), desks[0].transaction():
            pass
        desks[0].close()
        assert desks[1].stubs.all() == [stub(2)]
        assert hub.stubs.all() == [stub(0)]


def test_a_desk_does_not_read_the_rows_of_all_even_if_the_server_knows_of_no_other(url: str) -> None:
    with closing(open_store(url)) as hub:
        hub.announcements.record_matches(
            MatchRecord(f"2605.{number:05d}", "ada/Math", "cs.CL", DAY, None) for number in range(20_000)
        )
        hub.connection.execute("ANALYZE matches")
        desk = hub.at_desk("ada")
        query = "SELECT arxiv_id FROM matches WHERE announced_on IN (?) AND category = ?"
        plan = desk.connection.execute(f"EXPLAIN {query}", (DAY.isoformat(), "cs.CL")).fetchall()
        assert "Index Cond: ((desk = $0)" in str(plan), plan
        assert "Seq Scan" not in str(plan), plan
