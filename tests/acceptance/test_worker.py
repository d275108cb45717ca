"""``notebot worker``: several processes share the work of a lab, on a real PostgreSQL server."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from acceptance.command import EVERYTHING, MATHEMATICS, TUESDAY, WEDNESDAY, Desk, Section, urls_of, wait_for
from acceptance.test_lab import DESKS, LEARNING, Lab, queue
from servers.faulty_arxiv import FaultyArxiv

pytestmark = pytest.mark.usefixtures("postgres")
UNION: list[Section] = [MATHEMATICS, EVERYTHING, LEARNING]


def test_two_workers_do_for_each_desk_what_its_curator_would_have_alone(tmp_path: Path) -> None:
    with FaultyArxiv(None) as arxiv:
        arxiv.day = TUESDAY
        lab = Lab(tmp_path / "lab", arxiv)
        with lab.start("worker") as first, lab.start("worker") as second:
            wait_for(lambda: all(lab.digests(name) for name in DESKS), "a digest of each desk")
            workers = [first.end(), second.end()]
        assert workers == [0, 0], first.said + second.said
        of_the_lab = len(arxiv.log)
        union = Desk(tmp_path / "union", urls_of(arxiv), topics=UNION)
        union.folder.mkdir()
        union.ok("poll")
        assert len(arxiv.log) == 2 * of_the_lab
        for name, topics in DESKS.items():
            alone = Desk(tmp_path / name, urls_of(arxiv), topics=topics)
            alone.folder.mkdir()
            alone.ok("poll")
            alone.ok("digest")
            mine = lab.run("--desk", name, "queue", "list", "--json")
            assert queue(mine) == queue(alone.ok("queue", "list", "--json"))
            (written,) = lab.digests(name)
            # the first line names the desk
            assert written.read_text("utf-8").splitlines()[1:] == alone.digests()[0].read_text("utf-8").splitlines()[1:]


def test_files_are_written_by_machines_with_the_folder_of_the_desks_alone(tmp_path: Path) -> None:
    with FaultyArxiv(None) as arxiv:
        arxiv.day = TUESDAY
        lab = Lab(tmp_path / "lab", arxiv)
        other = Lab(tmp_path / "other", arxiv, lab.url)
        assert lab.run("db", "init").code == 0
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
