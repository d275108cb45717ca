"""``notebot worker``: several processes share the work of a lab, on a real PostgreSQL server."""

from __future__ import annotations

import socket
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from acceptance.command import (
    EVERYTHING,
    MATHEMATICS,
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    Desk,
    Running,
    Section,
    urls_of,
    wait_for,
)
from acceptance.lab_faults import make_database, owner_url
from acceptance.test_lab import DESKS, LEARNING, Lab, queue
from servers.faulty_arxiv import Fault, FaultKind, FaultyArxiv
from servers.postgres_server import shared_folder, start_server
from servers.webhook_server import WebhookServer

pytestmark = pytest.mark.usefixtures("postgres")
OFTEN = '[schedule]\npoll = "every 2s"\n'
"""Lets workers look every second for what is due."""
UNION: list[Section] = [MATHEMATICS, EVERYTHING, LEARNING]


@pytest.mark.slow
def test_two_workers_do_for_each_desk_what_its_curator_would_have_alone(tmp_path: Path) -> None:
    with FaultyArxiv(None) as arxiv, WebhookServer() as hook:
        arxiv.day = TUESDAY
        lab = Lab(tmp_path / "lab", arxiv)
        for name, topics in DESKS.items():
            lab.write_desk(name, topics, [webhook(hook, name)])
        with lab.start("worker") as first, lab.start("worker") as second:
            wait_for(lambda: len(hook.received) >= len(DESKS), "a delivery for each desk")
            wait_for(lambda: not lab.rows("SELECT 1 FROM deliveries WHERE state <> 'done'"), "the end of deliveries")
            assert [first.end(), second.end()] == [0, 0]
        assert lab.rows("SELECT * FROM workers") == []
        of_the_lab = len(arxiv.log)
        union = Desk(tmp_path / "union", urls_of(arxiv), topics=UNION)
        union.folder.mkdir()
        union.ok("poll")
        assert len(arxiv.log) == 2 * of_the_lab
        assert arxiv.max_open == 1
        received = {each.path: each.json["data"] for each in hook.received}
        assert len(hook.received) == len(DESKS)
        for name, topics in DESKS.items():
            alone = Desk(tmp_path / name, urls_of(arxiv), topics=topics, targets=[webhook(hook, f"alone/{name}")])
            alone.folder.mkdir()
            for command in ("poll", "digest", "deliver"):
                alone.ok(command)
            assert lab.queue(name) == queue(alone.ok("queue", "list", "--json"))
            (written,) = lab.digests(name)
            # the first line names the desk
            assert written.read_text("utf-8").splitlines()[1:] == alone.digests()[0].read_text("utf-8").splitlines()[1:]
            of_the_desk, of_the_curator = received[f"/{name}"], hook.received[-1].json["data"]
            assert of_the_desk["entries"] == of_the_curator["entries"]


def webhook(hook: WebhookServer, path: str) -> Section:
    """A target that gets the digests of a desk."""
    url = f"{hook.url}/{path}"
    return {"name": "hook", "kind": "webhook", "events": ["digest"], "url": url, "allow_private": True}


def test_another_worker_goes_on_at_once_when_one_is_killed_in_the_middle_of_a_poll(tmp_path: Path) -> None:
    with FaultyArxiv(None) as arxiv:
        arxiv.day = TUESDAY
        arxiv.set_faults(Fault("feed", FaultKind.HANG))
        lab = Lab(tmp_path / "lab", arxiv)
        lab.append(OFTEN)
        with lab.start("worker", "--concurrency", "4") as first:
            wait_for(lambda: arxiv.log, "a request of the first worker")
            with lab.start("worker") as second:
                wait_for(lambda: len(lab.rows("SELECT * FROM workers")) == 2, "two workers")
                first.process.kill()
                wait_for(lambda: "of a worker that is gone will be done again" in second.said, "a sweep")
                wait_for(lambda: all(lab.digests(name) for name in DESKS), "a digest of each desk")
                assert second.end() == 0
        # nobody waited a minute for the next heartbeat of the killed one
        assert arxiv.max_open <= 2


@pytest.mark.slow
def test_a_signal_ends_a_worker_in_the_middle_of_a_request_and_another_one_polls(tmp_path: Path) -> None:
    with FaultyArxiv(None) as arxiv:
        arxiv.day = TUESDAY
        arxiv.set_faults(Fault("feed", FaultKind.HANG))
        lab = Lab(tmp_path / "lab", arxiv)
        lab.append(OFTEN)
        with lab.start("worker") as first:
            wait_for(lambda: arxiv.log, "a request")
            assert first.end() == 0
        assert "abandoned" not in first.said
        assert lab.rows("SELECT * FROM workers") == []
        with lab.start("worker") as second:
            wait_for(lambda: lab.queue("eve"), "the papers of a desk")
            assert second.end() == 0


@pytest.mark.slow
def test_work_of_a_desk_that_fails_is_named_once_and_costs_the_others_nothing(tmp_path: Path) -> None:
    with FaultyArxiv(None) as arxiv:
        arxiv.day = TUESDAY
        lab = Lab(tmp_path / "lab", arxiv)
        lab.append(OFTEN)
        (lab.folder / "desks/ada").mkdir()
        (lab.folder / "desks/ada/digests").write_text("in the way", "utf-8")
        with lab.start("worker") as worker:
            wait_for(lambda: lab.digests("ben") and lab.digests("eve"), "digests of the others")
            wait_for(lambda: "WARNING desk ada: " in worker.said, "a word about ada")
            wait_for_polls(worker, 2)
            assert worker.end() == 0
        assert len([line for line in worker.said.splitlines() if "desks/ada/digests" in line]) == 1
        assert "WARNING desk ben" not in worker.said


@pytest.mark.slow
def test_workers_go_on_when_the_server_is_back(tmp_path: Path) -> None:
    with (
        TemporaryDirectory(prefix="notebot-pg-", dir=shared_folder()) as folder,
        FaultyArxiv(None) as arxiv,
    ):
        Path(folder).chmod(0o755)
        server = start_server(Path(folder))
        try:
            make_database(server)
            arxiv.day = MONDAY
            lab = Lab(tmp_path / "lab", arxiv, owner_url(server))
            lab.append(OFTEN)
            with lab.start("worker") as first, lab.start("worker", now="2026-05-12T14:05+09:00") as second:
                both = (first, second)
                wait_for(lambda: any("poll ok" in each.said for each in both), "a poll")
                server.stop("fast")
                arxiv.day = TUESDAY
                wait_for(lambda: all("The worker goes on when the server is back." in each.said for each in both), "it")
                server.start()
                wait_for(lambda: lab.queue("eve"), "the papers of the next day")
                assert [each.end() for each in both] == [0, 0]
            for each in both:
                assert each.said.count("The worker goes on when the server is back.") == 1
        finally:
            server.stop()


@pytest.mark.slow
def test_a_mistake_in_one_file_is_named_and_costs_nobody_a_paper(tmp_path: Path) -> None:
    with FaultyArxiv(None) as arxiv:
        arxiv.day = MONDAY
        lab = Lab(tmp_path / "lab", arxiv)
        lab.append(OFTEN)
        with lab.start("worker") as worker:
            wait_for(lambda: lab.rows("SELECT 1 FROM fan_outs WHERE name = 'ben'"), "the first day of ben")
            (lab.folder / "desks/ben.toml").write_text("[digest\n", "utf-8")
            wait_for(lambda: "desk ben: " in worker.said and "ben.toml is not valid TOML" in worker.said, "a word")
            arxiv.day = TUESDAY
            wait_for(lambda: lab.queue("eve"), "the papers of the others")
            lab.write_desk("ben", DESKS["ben"])
            alone = Desk(tmp_path / "ben", urls_of(arxiv), topics=DESKS["ben"])
            alone.folder.mkdir()
            for day in (MONDAY, TUESDAY):
                arxiv.day = day
                alone.ok("poll")
            wait_for(lambda: lab.queue("ben") == queue(alone.ok("queue", "list", "--json")), "all papers of ben")
            assert worker.end() == 0
        assert worker.said.count("ben.toml is not valid TOML") == 1
    broken = Lab(tmp_path / "broken", arxiv, lab.url)
    (broken.folder / "desks/ben.toml").write_text("[digest\n", "utf-8")
    done = broken.run("desk", "check")
    assert done.code == 1
    assert "ben.toml is not valid TOML" in done.err


@pytest.mark.slow
def test_work_that_is_done_every_hour_waits_once_in_the_queue(tmp_path: Path) -> None:
    with FaultyArxiv(None) as arxiv:
        arxiv.day = TUESDAY
        lab = Lab(tmp_path / "lab", arxiv)
        lab.append(OFTEN)
        assert lab.run("db", "init").code == 0
        waiting = "SELECT args FROM public_tasks.procrastinate_jobs WHERE task_name = 'learn' AND status = 'todo'"
        with lab.start("worker") as worker:
            wait_for(lambda: len(lab.rows(waiting)) == len(DESKS), "a later task for each desk")
            wait_for_polls(worker, 2)
            # a task whose desk was removed meanwhile ends without a successor; the list of desks is read every 2 s
            (lab.folder / "desks/ben.toml").unlink()
            wait_for_polls(worker, 3)
            with psycopg.connect(lab.url, autocommit=True) as session:
                session.execute("SET search_path TO public_tasks")
                session.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
            wait_for(lambda: {args["desks"][0] for (args,) in lab.rows(waiting)} == {"ada", "eve"}, "no task of ben")
            assert worker.end() == 0
        assert len(lab.rows(waiting)) == len(DESKS) - 1
        # what is done is deleted
        assert lab.rows("SELECT 1 FROM public_tasks.procrastinate_jobs WHERE status NOT IN ('todo', 'doing')") == []


def wait_for_polls(worker: Running, count: int) -> None:
    """Waits for more polls, of which there is one every two seconds or more."""
    polls = worker.said.count("poll ok")
    wait_for(lambda: worker.said.count("poll ok") >= polls + count, "more polls")


def test_only_the_config_of_a_lab_has_workers(tmp_path: Path) -> None:
    with FaultyArxiv(None) as arxiv:
        lab = Lab(tmp_path / "lab", arxiv, "postgresql://nobody@/none?host=/nowhere")
        alone = Desk(tmp_path / "alone", urls_of(arxiv))
        alone.folder.mkdir()
        for done, sentence in (
            (lab.run("--desk", "ada", "worker"), "A worker works for all desks; leave out --desk."),
            (alone.run("worker"), "has no [lab] section; one curator needs no workers but `notebot run`"),
        ):
            assert (done.code, done.out) == (2, "")
            assert sentence in done.err
        done = lab.run("worker")
        assert done.code == 1
        assert "Check that the server runs" in done.err


@pytest.mark.slow
def test_files_are_written_by_machines_with_the_folder_of_the_desks_alone(tmp_path: Path) -> None:
    with FaultyArxiv(None) as arxiv:
        arxiv.day = TUESDAY
        lab = Lab(tmp_path / "lab", arxiv)
        other = Lab(tmp_path / "other", arxiv, lab.url)
        lab.append(OFTEN)
        other.append(OFTEN)
        with lab.start("worker") as first:
            wait_for(lambda: lab.rows("SELECT * FROM workers"), "the first worker")
            assert first.end() == 0
        with other.start("worker") as without_files:
            wait_for(lambda: lab.run("--desk", "eve", "queue", "list", "--json").json, "the papers of a desk")
            with lab.start("worker") as with_files:
                wait_for(lambda: all(lab.digests(name) for name in DESKS), "a digest of each desk")
                assert with_files.end() == 0
            assert without_files.end() == 0
        assert f"The files of the desks are in {socket.gethostname()}:{lab.folder / 'desks'}" in without_files.said
        assert not any(other.digests(name) for name in DESKS)
        # the folder is lost, and another one takes its place
        arxiv.day = WEDNESDAY
        with other.start("worker", "--take-files", now="2026-05-13T14:00+09:00") as successor:
            wait_for(lambda: all(other.digests(name) for name in ("ben", "eve")), "digests of the next day")
            assert successor.end() == 0
