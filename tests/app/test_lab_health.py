"""The health of a lab: `notebot status` with the lab's file, and what a desk learns of it."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from acceptance.command import Done, clean_environment, run_here
from notebot.app import lab_health
from notebot.app.resources import Resources
from notebot.config import load_config
from notebot.core.model.offer import DigestPlan
from notebot.core.model.worker_record import WorkerRecord
from store.store_calls import INBOX_FAILURE
from web.served_lab import DESKS, ServedLab

pytestmark = pytest.mark.usefixtures("postgres")


@pytest.fixture
def lab(tmp_path: Path) -> ServedLab:
    return ServedLab(tmp_path, lab={"admins": ["ada"]})


def status(lab: ServedLab, *words: str, desk: str = "") -> Done:
    chosen = ("--desk", desk) if desk else ()
    words = ("--config", str(lab.path), *chosen, "status", *words)
    return run_here(*words, cwd=lab.folder, env=clean_environment(lab.folder))


def add_trouble(lab: ServedLab) -> None:
    """A worker that lives and one that was killed, a digest of ada's, and something wrong at ben's."""
    with lab.store("") as hub:
        now = hub.now()
        hub.workers.put(WorkerRecord("host-1-a", now, now, "digest of ada"))
        hub.workers.put(WorkerRecord("host-2-b", now, now - timedelta(minutes=5)))
        hub.sources.succeeded("cs.CL", lab.clock())
    with lab.store("ada") as ada, ada.transaction():
        plan = DigestPlan("2026-05-12.md", lab.clock(), lab.clock().date(), "the text", (), (), ())
        ada.digests.plan(plan)
        ada.digests.written(plan, lab.clock())
    with lab.store("ben") as ben, ben.transaction():
        ben.sources.failed("A \x1b[31mblog", lab.clock(), "timeout", "It is silent.")
        ben.inbox.failed(INBOX_FAILURE)


def test_status_of_a_lab_has_workers_and_desks(lab: ServedLab) -> None:
    add_trouble(lab)
    done = status(lab, "--json")
    document = done.json
    assert [(each["name"], each["doing"]) for each in document["workers"]] == [
        ("host-1-a", "digest of ada"),
        ("host-2-b", ""),
    ]
    assert set(document["workers"][0]) == {"name", "since", "last_seen_at", "doing"}
    desks: dict[str, dict[str, Any]] = {desk["name"]: desk for desk in document["desks"]}
    assert list(desks) == list(DESKS)
    assert [desk["queue"]["queued"] for desk in desks.values()] == [1, 1, 1]
    assert desks["ada"]["last_digest"]["name"] == "2026-05-12.md"
    assert desks["eve"]["last_digest"] is None
    assert [each["message"] for each in desks["ben"]["failing"]] == ["It is silent."]
    assert (desks["ben"]["inbox"], desks["ada"]["inbox"]) == (1, 0)
    assert [source["source"] for source in document["sources"]] == ["cs.CL"]
    # the exit code is that of the hub's sources, the last success of which was months ago
    assert (done.code, document["healthy"]) == (1, False)


def test_status_of_a_lab_can_be_read_by_people(lab: ServedLab) -> None:
    add_trouble(lab)
    text = status(lab).out
    assert "worker host-1-a since" in text
    assert "digest of ada" in text
    lines = [line for line in text.splitlines() if line[2:5] in DESKS]
    assert [line[0] for line in lines] == [" ", "!", " "]
    assert "1 line of the inbox could not be taken in." in text
    assert "\x1b" not in text


def test_a_mistake_in_one_file_is_named_and_the_others_are_shown(lab: ServedLab) -> None:
    for text in ("[schedule", '[schedule]\ndigest = "never"\n', '[notebot]\ntimezone = "Nowhere"\n', "notebot = 1\n"):
        (lab.folder / "desks/ben.toml").write_text(text, "utf-8")
        desks = status(lab, "--json").json["desks"]
        assert [bool(desk["error"]) for desk in desks] == [False, True, False], text
        assert "ben.toml" in desks[1]["error"]


def test_a_desk_learns_only_how_many_workers_live(lab: ServedLab) -> None:
    add_trouble(lab)
    before = status(lab, "--json", desk="eve").json
    with lab.store("") as hub:
        hub.fan_outs.record("eve", datetime.now(UTC))
    document = status(lab, "--json", desk="eve").json
    # a desk knows of the lab's polls what it has received
    assert (before["last_poll"], document["last_poll"]["status"]) == (None, "ok")
    assert document["next"]["poll"] > before["next"]["poll"]
    assert document["workers_alive"] == 1
    assert "host-1-a" not in str(document)
    assert "ben" not in str(document)


def test_the_health_of_a_thousand_desks_takes_less_than_three_seconds(lab: ServedLab) -> None:
    text = (lab.folder / "desks/ada.toml").read_text("utf-8")
    for number in range(1_000):
        (lab.folder / f"desks/desk-{number}.toml").write_text(text, "utf-8")
    config = load_config(lab.path, need_topics=False)
    with closing(Resources(config, now=lab.clock)) as hub:
        _ = hub.store
        started = time.process_time()
        desks = lab_health.desks(hub)
        assert len(desks) == 1_003
        # of CPU in this process; the server's part is smaller
        assert time.process_time() - started < 3
