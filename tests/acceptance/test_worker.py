"""``notebot worker``: several processes share the work of a lab, on a real PostgreSQL server."""

from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.command import EVERYTHING, MATHEMATICS, TUESDAY, Desk, Section, urls_of, wait_for
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
            assert written.read_text("utf-8") == alone.digests()[0].read_text("utf-8")
