"""The installed command on a PostgreSQL server: the same work, kills, and a server that is restarted."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest

from acceptance.command import EVERYTHING, MONDAY, TUESDAY, Desk, Done, Section, desk_with, run, urls_of, wait_for
from acceptance.kills import PHASES, Killer, Toll, go_through, links, made_ready, papers, toll
from acceptance.test_publish import KEPT, LATER, PAPERS, TOKEN, completed
from fresh_store import new_database
from servers.faulty_arxiv import FaultyArxiv
from servers.github_server import GitHubServer
from servers.postgres_server import PostgresServer, as_owner, empty_database, shared_folder, start_server
from servers.webhook_server import WebhookServer
from store.test_server_pace import END_LOCKS

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("postgres")]


def on_server(url: str) -> dict[str, Section]:
    return {"notebot": {"contact": "curator@example.org", "database": url}}


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that may be stopped."""
    with TemporaryDirectory(prefix="notebot-pg-", dir=shared_folder()) as folder:
        Path(folder).chmod(0o755)
        place = Path(folder) / "server"
        place.mkdir()
        server = start_server(place)
        yield server
        server.stop()


def whole_round(folder: Path, sections: dict[str, Section]) -> dict[str, Any]:
    """Polls, digests, collects, decides and publishes; returns all that a curator and other programs see of it."""
    folder.mkdir()
    with (
        desk_with(PAPERS, folder, topics=[EVERYTHING]) as (arxiv, desk),
        GitHubServer(TOKEN) as github,
        WebhookServer() as hook,
    ):
        arxiv.day = TUESDAY
        events = ["digest", "published", "alert"]
        desk.targets = [
            {"name": "hook", "kind": "webhook", "url": hook.url, "allow_private": True, "events": events},
        ]
        repository = github.add_repository(labels=dict.fromkeys(("NLP", "read-later", "ICLR")))
        desk.sections = {**sections, "archive": {"repo": "curator/notes", "github_url": github.url}}
        seen: dict[str, Any] = {"poll": desk.ok("poll", "--json").json}
        desk.ok("fetch", "2605.00004", "--save")
        path = Path(desk.ok("digest").out.strip())
        seen["digest"] = path.read_text(encoding="utf-8")
        path.write_bytes(completed(seen["digest"]).encode())
        seen["collect"] = desk.ok("collect", "--json").json
        desk.ok("queue", "keep", "2605.00004")
        desk.ok("queue", "undo")
        seen["publish"] = desk.run("publish", "--json", NOTEBOT_GITHUB_TOKEN=TOKEN).json
        seen["issues"] = [(issue["title"], issue["body"]) for issue in repository.issues.values()]
        sent = [desk.ok("deliver", "--json").json["sent"] for _ in range(2)]
        # every command begins at the same time, so the order of what they stored is that of chance
        seen["deliver"] = [sorted(each["event"] for each in one_run) for one_run in sent]
        seen["delivered"] = sorted(each.json["type"] for each in hook.received)
        desk.ok("import", "github", "curator/notes", "--json")
        for words in (
            ("queue", "list"),
            ("ledger",),
            ("search", "mathematics"),
            ("stats",),
            ("duplicates",),
            ("audit",),
        ):
            seen[" ".join(words)] = desk.ok(*words, "--json").json
        seen["why"] = desk.ok("why", KEPT).out
        seen["status"] = sorted(desk.run("status", "--json").json)
        assert desk.database.exists() is ("notebot" not in sections)
        text = json.dumps(seen, default=str).replace(github.url, "GITHUB").replace(str(folder), "FOLDER")
        return dict(json.loads(text))


def test_a_whole_round_is_the_same_on_both_engines(tmp_path: Path) -> None:
    in_file = whole_round(tmp_path / "file", {})
    on_postgres = whole_round(tmp_path / "server", on_server(new_database()))
    assert on_postgres.keys() == in_file.keys()
    for name, said in in_file.items():
        assert on_postgres[name] == said, name
    assert {stub["arxiv_id"] for stub in in_file["queue list"]} >= {KEPT, LATER}
    assert in_file["delivered"] == ["digest.written", *["note.published"] * 2]


def test_a_run_of_publish_that_loses_its_lock_stops_and_later_ones_finish_it_once(tmp_path: Path) -> None:
    url = new_database()

    def end_locks() -> None:
        with psycopg.connect(url, autocommit=True) as session:
            session.execute(END_LOCKS.encode())

    with desk_with(PAPERS, tmp_path, topics=[EVERYTHING]) as (arxiv, desk), GitHubServer(TOKEN) as github:
        arxiv.day = TUESDAY
        repository = github.add_repository(labels=dict.fromkeys(("NLP", "read-later", "ICLR")))
        desk.sections = {**on_server(url), "archive": {"repo": "curator/notes", "github_url": github.url}}
        desk.ok("poll")
        desk.ok("queue", "keep", KEPT, LATER)
        lost, done = 0, None
        for request in range(1, 30):
            github.events = {len(github.calls) + request: end_locks}
            done = desk.run("publish", "--json", NOTEBOT_GITHUB_TOKEN=TOKEN)
            if "a lock that keeps others from doing the same" not in done.err:
                break
            lost += 1
        assert done is not None and done.code == 0, done
        assert lost >= 2
        assert len({issue["title"] for issue in repository.issues.values()}) == len(repository.issues) == 2
        assert len([call for call in github.writes if call.path.endswith("/issues")]) == 2


def test_the_installed_command_makes_the_schema_and_finds_it_again(tmp_path: Path) -> None:
    with desk_with(None, tmp_path) as (arxiv, desk):
        arxiv.day = TUESDAY
        desk.sections = on_server(new_database())
        assert desk.run_process("poll", "--json").json["status"] == "ok"
        assert [stub["status"] for stub in desk.run_process("queue", "list", "--json").json] == ["queued"]
        desk.sections = on_server("postgresql://postgres@127.0.0.1:1/x")
        done = desk.run_process("queue", "list")
        assert (done.code, done.out) == (1, "")
        assert "postgresql://postgres@127.0.0.1:1/x cannot be used" in done.err
        assert "Check that the server runs" in done.err


def test_a_password_in_the_url_is_refused_and_shown_nowhere(tmp_path: Path) -> None:
    with desk_with(None, tmp_path) as (_, desk):
        desk.sections = on_server("postgresql://me:hunter22@127.0.0.1:1/x?application_name=y")
        for words in (("check",), ("status", "--json"), ("doctor", "--offline"), ("queue", "list"), ("-v", "poll")):
            done = desk.run(*words)
            assert done.code == 2
            assert "notebot.database must not contain a password" in done.err
            assert "hunter22" not in done.out + done.err
        files = [path for path in tmp_path.rglob("*") if path.is_file() and path != desk.config]
        assert all(b"hunter22" not in path.read_bytes() for path in files)


def test_a_curator_moves_to_a_server_and_back(tmp_path: Path) -> None:
    with desk_with(None, tmp_path) as (arxiv, desk):
        arxiv.day = MONDAY
        desk.ok("poll", now="2026-05-11T14:00+09:00")
        listed = desk.ok("queue", "list", "--json").json
        url = empty_database("moved")
        done = desk.ok("db", "copy", "--to", url, "--json").json
        assert done["source"] == str(desk.database)
        assert {"table", "rows", "sha256"} == set(done["tables"][0])
        desk.sections = on_server(url)
        assert desk.ok("queue", "list", "--json").json == listed
        arxiv.day = TUESDAY
        desk.ok("poll", now="2026-05-12T14:00+09:00")
        assert len(desk.stubs()) == 2
        done = desk.run("db", "copy", "--to", "back.db")
        assert "All " in done.err and "are the same in back.db" in done.err
        assert "stubs                     2 " in done.out
        desk.sections = {}
        (tmp_path / "back.db").replace(desk.database)
        assert len(desk.stubs()) == 2
        refused = desk.run("db", "copy", "--to", url)
        assert (refused.code, "has rows already" in refused.err) == (1, True)
        for target, says in (
            ("postgresql://me:hunter22@h/x", "--to must not contain a password"),
            ("mysql://h/x", "--to must be"),
            (str(desk.database), "exists already"),
        ):
            refused = desk.run("db", "copy", "--to", target)
            assert (refused.code, says in refused.err, "hunter22" in refused.err) == (2, True, False), refused
        assert not list(tmp_path.rglob("*.copying*"))


def test_desks_join_move_and_leave(tmp_path: Path) -> None:
    url, other = as_owner(empty_database("joined")), as_owner(empty_database("moved_lab"))
    with desk_with(None, tmp_path) as (arxiv, desk):
        arxiv.day = MONDAY
        desk.ok("poll", now="2026-05-11T14:00+09:00")
        listed = desk.ok("queue", "list", "--json").json
        assert "make the file alice.toml" in desk.ok("db", "copy", "--to", url, "--into", "alice").err
        refused = desk.run("db", "copy", "--to", url, "--into", "alice")
        assert (refused.code, "The desk alice in " in refused.err) == (1, True)

    lab = tmp_path / "lab.toml"
    own = "[[topics]]\nname = 'All'\nquery = 'abs:a*'\ncategories = ['cs.CL']\n"
    (tmp_path / "desks").mkdir()
    for name in ("alice", "bob"):
        (tmp_path / f"desks/{name}.toml").write_text(own)

    def notebot(database: str, *words: str) -> Done:
        notebot_section = f"[notebot]\ncontact = 'lab@example.org'\ndatabase = '{database}'\n"
        lab.write_text(f"{notebot_section}[lab]\ndesks = 'desks/*.toml'\n")
        return run("--config", str(lab), *words, cwd=tmp_path)

    def queue(database: str, name: str) -> object:
        return notebot(database, "--desk", name, "queue", "list", "--json").json

    assert (queue(url, "alice"), queue(url, "bob")) == (listed, []) and listed
    done = notebot(url, "db", "copy", "--to", other)
    assert (done.code, "alice/stubs" in done.out) == (0, True), done.err
    assert (queue(other, "alice"), queue(other, "bob")) == (listed, [])
    assert notebot(other, "db", "copy", "--to", "all.db").code == 2
    assert notebot(other, "--desk", "alice", "db", "copy", "--to", "alice.db").code == 0
    with closing(sqlite3.connect(tmp_path / "alice.db")) as alone:
        assert alone.execute("SELECT count(*) FROM stubs").fetchone() == (len(listed),)
    # a superuser would see the rows of all desks
    refused_superuser = notebot(other.replace("lab@", "postgres@"), "--desk", "alice", "queue", "list")
    assert (refused_superuser.code, "createuser" in refused_superuser.err) == (1, True)


def test_doctor_reads_every_record_on_the_server_and_sets_damaged_ones_aside(tmp_path: Path) -> None:
    with desk_with(None, tmp_path) as (arxiv, desk):
        arxiv.day = TUESDAY
        url = empty_database("examined")
        desk.sections = on_server(url)
        assert "no tables yet" in desk.run("doctor", "--offline").out
        assert "PostgreSQL 1" in desk.ok("db", "init").out
        desk.ok("poll")
        done = desk.ok("doctor", "--offline", "--json").json
        found = {finding["check"]: finding["message"] for finding in done}
        assert "answers: PostgreSQL" in found["database"]
        assert "records of the database can be read" in found["records"]
        assert "pg_dump" in found["backup"]
        with psycopg.connect(url) as connection:
            connection.execute("UPDATE stubs SET document = '{}'")
            connection.execute("UPDATE ledger SET state = 'odd' WHERE category = 'cs.LG'")
        done = desk.run("doctor", "--offline")
        assert (done.code, "2 of " in done.out, "doctor --repair" in done.out) == (1, True, True)
        assert "Moved 2 damaged records" in desk.ok("doctor", "--offline", "--repair").out
        (saved,) = (tmp_path / "state").glob("damaged-*.jsonl")
        assert len(saved.read_text(encoding="utf-8").splitlines()) == 2
        assert desk.stubs() == {}


@pytest.mark.parametrize("seed", range(2))
def test_kills_lose_nothing_and_double_nothing(seed: int, tmp_path: Path) -> None:
    with FaultyArxiv(papers()) as arxiv:
        plain = made_ready(arxiv, tmp_path / "plain")
        go_through(arxiv, plain)
    killer = Killer(random.Random(seed))
    with FaultyArxiv(papers()) as arxiv:
        struck = made_ready(arxiv, tmp_path / "struck")
        struck.sections = on_server(new_database())
        go_through(arxiv, struck, killer, 5)
        assert toll(struck, plain) == Toll()
    assert links(struck) == dict.fromkeys(plain.statuses(), 1)
    assert killer.killed.total() == 5 * len(PHASES)


def test_the_daemon_outlives_a_restart_of_the_server(own_server: PostgresServer, tmp_path: Path) -> None:
    with FaultyArxiv() as arxiv:
        arxiv.day = MONDAY
        schedule: Section = {"poll": "every 1s", "digest": "every 2s"}
        desk = Desk(tmp_path, urls_of(arxiv), sections={**on_server(own_server.url("postgres")), "schedule": schedule})
        with desk.start("run", now="2026-05-11T14:00+09:00") as daemon:
            wait_for(lambda: len(desk.digests()) == 1, "the digest of Monday")
            own_server.stop("fast")
            wait_for(lambda: "cannot be used" in daemon.said, "a word about the missing server")
            own_server.start()
            arxiv.day = TUESDAY
            wait_for(lambda: len(desk.digests()) == 2, "the digest of Tuesday")
            assert daemon.process.poll() is None
            assert daemon.end() == 0
        assert desk.statuses() == {"2605.90001": "digested", "2605.90101": "digested"}
