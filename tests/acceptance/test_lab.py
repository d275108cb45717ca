"""A lab on a real PostgreSQL server: one poll for all desks, and each desk has what it would have alone."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from acceptance.command import (
    EVERYTHING,
    MATHEMATICS,
    MONDAY,
    NOTEBOT,
    TUESDAY,
    Desk,
    Done,
    Running,
    Section,
    clean_environment,
    run_here,
    table,
    urls_of,
    wait_for,
)
from fresh_store import new_database
from servers.faulty_arxiv import FaultyArxiv
from servers.postgres_server import OWNER, as_owner

pytestmark = pytest.mark.usefixtures("postgres")
NOW = "2026-05-12T14:00+09:00"
LEARNING: Section = {"name": "Learning", "categories": ["cs.LG"], "query": "ti:learning OR abs:model*", "tags": []}
DESKS: dict[str, list[Section]] = {"ada": [MATHEMATICS], "ben": [EVERYTHING, LEARNING], "eve": [LEARNING]}

REFUSE_BEN = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room for ben'; END $$;
CREATE TRIGGER refuse_ben BEFORE INSERT ON stubs FOR EACH ROW WHEN (NEW.desk = 'ben') EXECUTE FUNCTION refuse()
"""


class Lab:
    """A folder with a lab's files, and the command run on it."""

    def __init__(self, folder: Path, arxiv: FaultyArxiv, url: str | None = None) -> None:
        self.folder = folder
        self.url = url or as_owner(new_database())
        (folder / "desks").mkdir(parents=True)
        fast = {"pace_s": 0.0, "timeout_s": 5.0, "retry_s": 0.0}
        tables: list[tuple[str, Section]] = [
            ("[notebot]", {"contact": "lab@example.org", "database": self.url}),
            ("[arxiv]", {**urls_of(arxiv), **fast}),
            ("[lab]", {"desks": "desks/*.toml"}),
        ]
        (folder / "lab.toml").write_text("\n".join(table(*each) for each in tables), "utf-8")
        for name, topics in DESKS.items():
            self.write_desk(name, topics)

    def write_desk(self, name: str, topics: list[Section], targets: Sequence[Section] = ()) -> None:
        tables = [table("[digest]", {"language": "en"}), *(table("[[topics]]", topic) for topic in topics)]
        tables += [table("[[deliver]]", target) for target in targets]
        (self.folder / f"desks/{name}.toml").write_text("\n".join(tables), "utf-8")

    def run(self, *words: str) -> Done:
        return run_here("--config", str(self.folder / "lab.toml"), *words, cwd=self.folder, env=self.environment)

    def start(self, *words: str, now: str = NOW) -> Running:
        words = (NOTEBOT, "--config", str(self.folder / "lab.toml"), *words)
        return Running(words, self.folder, {**self.environment, "NOTEBOT_NOW": now})

    def digests(self, name: str) -> list[Path]:
        """The digest files of a desk."""
        return sorted(self.folder.glob(f"desks/{name}/digests/[!.]*.md"))

    def queue(self, name: str) -> list[tuple[str, str, list[str]]]:
        """The papers of a desk."""
        return queue(self.run("--desk", name, "queue", "list", "--json"))

    def append(self, text: str) -> None:
        """Adds to the lab's file."""
        with (self.folder / "lab.toml").open("a", encoding="utf-8") as file:
            file.write(text)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database says of all desks, for the superuser."""
        with psycopg.connect(self.url.replace(f"//{OWNER}@", "//postgres@"), autocommit=True) as session:
            return session.execute(query.encode()).fetchall()

    def workers(self) -> int:
        """How many workers there are."""
        with psycopg.connect(self.url) as session:
            return int(*session.execute("SELECT count(*) FROM workers").fetchone() or (0,))

    @property
    def environment(self) -> dict[str, str]:
        return {**clean_environment(self.folder), "NOTEBOT_NOW": NOW}


def queue(done: Done) -> list[tuple[str, str, list[str]]]:
    return sorted((stub["arxiv_id"], stub["title"], sorted(stub["topics"])) for stub in done.json)


@pytest.mark.parametrize("day", [TUESDAY, MONDAY], ids=["today's batch", "before today's batch"])
def test_each_desk_has_the_queue_it_would_have_alone_and_arxiv_is_asked_once(tmp_path: Path, day: date) -> None:
    with FaultyArxiv(None) as arxiv:
        arxiv.day = day
        lab = Lab(tmp_path / "lab", arxiv)
        report = lab.run("poll")
        assert report.code == 0, report
        of_the_lab = len(arxiv.log)
        union = Desk(tmp_path / "union", urls_of(arxiv), topics=[MATHEMATICS, EVERYTHING, LEARNING])
        union.folder.mkdir()
        union.ok("poll")
        assert len(arxiv.log) == 2 * of_the_lab
        for name, topics in DESKS.items():
            alone = Desk(tmp_path / name, urls_of(arxiv), topics=topics)
            alone.folder.mkdir()
            alone.ok("poll")
            mine = lab.run("--desk", name, "queue", "list", "--json")
            assert queue(mine) == queue(alone.ok("queue", "list", "--json"))
            assert mine.json
            assert f"desk {name}: {len(mine.json)} drafted" in report.out
        again = lab.run("poll")
        assert "desk ada: 0 drafted, 0 completed" in again.out
        digest = lab.run("--desk", "ada", "digest")
        assert Path(digest.out.strip()).parent == tmp_path / "lab/desks/ada/digests"


def test_a_desk_that_fails_costs_the_others_nothing_and_catches_up(tmp_path: Path) -> None:
    with FaultyArxiv(None) as arxiv:
        arxiv.day = TUESDAY
        lab = Lab(tmp_path / "lab", arxiv)
        assert lab.run("db", "init").code == 0
        with psycopg.connect(lab.url, autocommit=True) as session:
            session.execute(REFUSE_BEN)
        done = lab.run("poll")
        assert done.code == 1
        assert "desk ben: " in done.err
        assert lab.run("--desk", "eve", "queue", "list", "--json").json
        assert lab.run("--desk", "ben", "queue", "list", "--json").json == []
        with psycopg.connect(lab.url, autocommit=True) as session:
            session.execute("DROP TRIGGER refuse_ben ON stubs")
        assert lab.run("poll").code == 0
        assert lab.run("--desk", "ben", "queue", "list", "--json").json


def test_a_desk_does_not_poll_and_the_hub_has_no_queue(tmp_path: Path) -> None:
    with FaultyArxiv(None) as arxiv:
        lab = Lab(tmp_path / "lab", arxiv)
        of_a_desk, of_the_hub = lab.run("--desk", "ada", "poll"), lab.run("queue", "list")
        assert (of_a_desk.code, of_the_hub.code) == (2, 2)
        assert "A lab asks arXiv once for all of its desks" in of_a_desk.err
        assert "one of ada, ben, eve" in of_the_hub.err
        assert arxiv.log == []


@pytest.mark.slow
def test_the_daemons_of_hub_and_desk_share_the_work_and_survive_a_kill(tmp_path: Path) -> None:
    with FaultyArxiv(None) as arxiv:
        arxiv.day = TUESDAY
        lab = Lab(tmp_path / "lab", arxiv)
        with lab.start("run") as hub:
            wait_for(lambda: arxiv.log, "a request")
            hub.process.kill()
            hub.process.wait()
        with lab.start("run") as hub, lab.start("--desk", "ada", "run") as ada:
            wait_for(lambda: lab.run("--desk", "eve", "queue", "list", "--json").json, "the queue of the last desk")
            assert hub.end() == 0
            assert ada.end() == 0
        for name, topics in DESKS.items():
            alone = Desk(tmp_path / name, urls_of(arxiv), topics=topics)
            alone.folder.mkdir()
            alone.ok("poll")
            assert queue(lab.run("--desk", name, "queue", "list", "--json")) == queue(
                alone.ok("queue", "list", "--json")
            )
        assert "poll" not in ada.said


@pytest.mark.slow
def test_two_machines_with_different_clocks_poll_once(tmp_path: Path) -> None:
    with FaultyArxiv(None) as arxiv:
        arxiv.day = TUESDAY
        one = Lab(tmp_path / "one", arxiv)
        other = Lab(tmp_path / "other", arxiv, one.url)
        assert one.run("db", "init").code == 0
        with one.start("run") as first, other.start("run", now="2026-05-12T14:05+09:00") as second:
            wait_for(lambda: one.workers() == 2, "two workers")
            wait_for(lambda: all(one.run("--desk", name, "queue", "list", "--json").json for name in DESKS), "queues")
            assert (first.end(), second.end()) == (0, 0)
        assert sorted("poll ok" in machine.said for machine in (first, second)) == [False, True]
        assert arxiv.max_open == 1
        asked = len(arxiv.log)
        union = Desk(tmp_path / "union", urls_of(arxiv), topics=[MATHEMATICS, EVERYTHING, LEARNING])
        union.folder.mkdir()
        union.ok("poll")
        assert len(arxiv.log) == 2 * asked


@pytest.mark.slow
def test_a_machine_polls_on_when_the_other_is_killed(tmp_path: Path) -> None:
    with FaultyArxiv(None) as arxiv:
        arxiv.day = TUESDAY
        labs = [Lab(tmp_path / "one", arxiv)]
        labs.append(Lab(tmp_path / "other", arxiv, labs[0].url))
        for lab in labs:
            with (lab.folder / "lab.toml").open("a", encoding="utf-8") as file:
                file.write('[schedule]\npoll = "every 1s"\n')
        assert labs[0].run("db", "init").code == 0
        with labs[0].start("run") as first, labs[1].start("run") as second:
            wait_for(lambda: "poll ok" in first.said + second.said, "a poll of one machine")
            # the machine that polls may win every round, so it is the one to kill
            killed, other = (first, second) if "poll ok" in first.said else (second, first)
            killed.process.kill()
            killed.process.wait()
            said = other.said.count("poll ok")
            wait_for(lambda: other.said.count("poll ok") >= said + 2, "polls of the other machine")
            assert other.end() == 0
        assert arxiv.max_open == 1


@pytest.mark.slow
def test_the_hub_serves_one_page_for_all_desks(tmp_path: Path) -> None:
    with FaultyArxiv(None) as arxiv, closing(socket.create_server(("127.0.0.1", 0))) as free:
        arxiv.day = TUESDAY
        lab = Lab(tmp_path / "lab", arxiv)
        address = f"127.0.0.1:{free.getsockname()[1]}"
        free.close()
        with (lab.folder / "lab.toml").open("a", encoding="utf-8") as file:
            file.write(table("[web]", {"listen": address}))
        with (
            lab.start("run") as hub,
            lab.start("--desk", "ada", "run") as ada,
            lab.start("--desk", "ben", "run") as ben,
        ):
            wait_for(lambda: "3 desks: " in hub.said, "a fan-out")
            assert f"http://{address}/; `notebot --desk NAME web token new`" in hub.said
            for name in DESKS:
                start = lab.run("--desk", name, "web", "token", "new").out.strip()
                assert start.startswith(f"http://{address}/start?token={name}.")
                with httpx.Client(timeout=30, headers={"sec-fetch-site": "same-origin"}) as browser:
                    assert browser.get(start).status_code == 303
                    shown = set(re.findall(r'data-key="arxiv:([^"]+)"', browser.get(f"http://{address}/").text))
                queued = lab.run("--desk", name, "queue", "list", "--json").json
                assert shown
                assert shown <= {stub["arxiv_id"] for stub in queued}
            refused = lab.start("web")
            assert refused.process.wait(30) == 1
            assert "is in use" in refused.said
            assert [each.end() for each in (ada, ben, hub)] == [0, 0, 0]
        assert "review page" not in ada.said + ben.said


def test_doctor_tests_what_all_desks_share_or_what_one_of_them_has(tmp_path: Path) -> None:
    with FaultyArxiv(None) as arxiv:
        arxiv.day = TUESDAY
        lab = Lab(tmp_path / "lab", arxiv)
        shared, of_ada = (lab.run(*words, "doctor", "--json") for words in ((), ("--desk", "ada")))
        assert (shared.code, of_ada.code) == (0, 0), (shared, of_ada)
        names = [finding["check"] for finding in of_ada.json]
        assert names == ["state_dir", "digest_dir", "database", "records", "backup", "feed", "api", "oai"]
        assert [finding["check"] for finding in shared.json] == [name for name in names if name != "digest_dir"]
        assert not (lab.folder / "digests").exists()
        for desk in DESKS:
            (lab.folder / f"desks/{desk}.toml").unlink()
        without_desks = lab.run("doctor", "--json")
        assert [finding["check"] for finding in without_desks.json if finding["ok"]] == [
            name for name in names if name not in ("digest_dir", "feed")
        ]


def test_desks_are_added_listed_and_checked(tmp_path: Path) -> None:
    with FaultyArxiv(None) as arxiv:
        lab = Lab(tmp_path / "lab", arxiv, "postgresql://nobody@127.0.0.1:1/none")
        assert lab.run("desk", "add", "zoe").code == 0
        assert lab.run("desk", "list").out.split() == ["ada", "ben", "eve", "zoe"]
        assert "zoe: 1 topic in cs.CL" in lab.run("desk", "check").out
        before = (lab.folder / "desks/zoe.toml").read_bytes()
        for name, sentence in (("zoe", "There is a desk zoe already"), ("../up", "cannot be a desk")):
            done = lab.run("desk", "add", name)
            assert (done.code, done.out) == (2, "")
            assert sentence in done.err
        assert (lab.folder / "desks/zoe.toml").read_bytes() == before
        assert not (lab.folder / "up.toml").exists()
        (lab.folder / "desks/ben.toml").write_text("[arxiv]\npace_s = 1.0\n", "utf-8")
        done = lab.run("desk", "check")
        assert done.code == 1
        assert "ben.toml: [arxiv] belongs in lab.toml" in done.err
        assert "eve: 1 topic in" in done.out
        alone = Desk(tmp_path / "alone")
        alone.folder.mkdir()
        assert "has no [lab] section" in alone.run("desk", "list").err
