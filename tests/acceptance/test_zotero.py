"""Kept papers become items of a Zotero library by the installed command, each exactly once over random kills."""

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from acceptance.command import EVERYTHING, TUESDAY, Desk, desk_with, sample_paper, wait_for
from servers.loopback import answer
from servers.zotero_server import COLLECTION, KEY, ZoteroServer

IDS = [f"2605.{number:05}" for number in range(1, 61)]
PAPERS = [sample_paper(arxiv_id, TUESDAY, f"On mathematics <b>{arxiv_id}</b> {{{{ 7 * 7 }}}}") for arxiv_id in IDS]


@dataclass
class Study:
    desk: Desk
    zotero: ZoteroServer

    def titles(self) -> list[str]:
        return sorted(item["title"] for item in self.zotero.items.values())


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    """Sixty papers kept by the command line."""
    with desk_with(PAPERS, tmp_path, topics=[EVERYTHING]) as (arxiv, desk), ZoteroServer() as zotero:
        arxiv.day = TUESDAY
        desk.sections["zotero"] = {"library": zotero.library, "collection": COLLECTION, "url": zotero.url}
        desk.ok("poll")
        desk.ok("queue", "keep", *IDS)
        yield Study(desk, zotero)
        assert len(zotero.created) == len(set(zotero.created))
        assert KEY.encode() not in desk.database.read_bytes()


def test_kept_papers_are_sent_once_and_a_dry_run_sends_nothing(study: Study) -> None:
    done = study.desk.run("zotero", "--dry-run")
    assert (done.code, study.zotero.calls) == (0, [])
    assert "60 would be sent" in done.out
    done = study.desk.run("zotero", "--json", NOTEBOT_ZOTERO_KEY=KEY)
    assert done.code == 0, done
    assert (done.json["library"], len(done.json["sent"])) == ("users/475425", 60)
    assert study.titles() == sorted(paper.title for paper in PAPERS)
    again = study.desk.run("zotero", NOTEBOT_ZOTERO_KEY=KEY)
    assert (again.code, again.out) == (0, "users/475425: 0 sent, 0 changed\n")
    assert len(study.zotero.calls) == 2
    assert "Zotero users/475425: 60 papers sent" in study.desk.run("status").out


def test_a_refused_paper_is_named_by_status_until_it_is_sent(study: Study) -> None:
    study.zotero.refused_titles = {PAPERS[0].title}
    done = study.desk.run("zotero", NOTEBOT_ZOTERO_KEY=KEY)
    assert (done.code, "2605.00001: Zotero refuses the item (code 400" in done.err) == (1, True)
    assert "! 2605.00001 is not in Zotero: Zotero refuses the item" in study.desk.run("status").out
    study.zotero.refused_titles = set()
    assert study.desk.run("zotero", NOTEBOT_ZOTERO_KEY=KEY).code == 0
    sent = {"library": "users/475425", "sent": 60, "troubles": []}
    assert study.desk.run("status", "--json").json["zotero"] == sent


def test_wrong_use_is_one_sentence(study: Study) -> None:
    done = study.desk.run("zotero")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "NOTEBOT_ZOTERO_KEY is empty" in done.err
    done = study.desk.run("zotero", NOTEBOT_ZOTERO_KEY="wrong-key-0123456789")
    assert done.code == 1
    assert "does not let the key in NOTEBOT_ZOTERO_KEY write to users/475425 (status 403)" in done.err
    assert "wrong-key" not in done.out + done.err
    study.desk.sections["zotero"] = {}
    done = study.desk.run("zotero", NOTEBOT_ZOTERO_KEY=KEY)
    assert (done.code, "set library" in done.err) == (2, True)


@pytest.mark.slow
def test_every_paper_is_one_item_over_random_kills_and_lost_answers(study: Study) -> None:
    chance = random.Random(17)
    killed, life_s = 0, 1.0
    for _ in range(15):
        if chance.random() < 0.3:
            study.zotero.lost[len(study.zotero.calls) + 1] = answer("lost", 502, "text/plain")
        began = time.monotonic()
        with study.desk.start_forked("zotero", NOTEBOT_ZOTERO_KEY=KEY) as running:
            running.process.join(chance.uniform(0.1, 1.2) * life_s)
            is_killed = running.process.is_alive()
        # how long a run takes is learned from those that got away; a loaded machine needs longer
        life_s = life_s * 1.2 if is_killed else time.monotonic() - began
        killed += is_killed
        # the database forgets a third of what was sent, as an older backup would, so that there is more to do
        with closing(sqlite3.connect(study.desk.database, timeout=10)) as database, database:
            database.execute("DELETE FROM zotero_items WHERE abs(random()) % 3 = 0")
    assert killed >= 2
    assert len(study.zotero.writes) >= 2
    study.zotero.lost.clear()
    assert study.desk.run("zotero", NOTEBOT_ZOTERO_KEY=KEY).code == 0
    assert study.titles() == sorted(paper.title for paper in PAPERS)


@pytest.mark.slow
def test_a_kill_between_the_request_and_its_answer_makes_no_second_item(study: Study) -> None:
    for _ in range(4):
        with study.desk.start_forked("zotero", NOTEBOT_ZOTERO_KEY=KEY) as running:
            process = running.process
            # killed while the request is carried out, before its answer is sent
            study.zotero.events = {len(study.zotero.calls) + 1: process.kill}
            process.join()
    study.zotero.events = {}
    assert study.desk.run("zotero", NOTEBOT_ZOTERO_KEY=KEY).code == 0
    assert study.titles() == sorted(paper.title for paper in PAPERS)


@pytest.mark.slow
def test_the_daemon_sends_what_is_kept(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOTERO_KEY_OF_THIS_TEST", KEY)
    study.desk.sections["zotero"]["api_key_env"] = "ZOTERO_KEY_OF_THIS_TEST"
    with study.desk.start("run") as daemon:
        wait_for(lambda: "zotero users/475425: 60 sent, 0 updated" in daemon.said, "the papers are sent")
        assert daemon.end() == 0
    assert study.titles() == sorted(paper.title for paper in PAPERS)
