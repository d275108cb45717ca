"""Sending to a Zotero that fails in every way, over real HTTP and with a real database."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from fakes import FakeClock
from fresh_store import new_store
from notebot.core.model.errors import UsageError
from notebot.core.model.note import Note
from notebot.core.model.stub import Stub, StubStatus
from notebot.core.net.client import Http
from notebot.core.note_format.stub_title import NoteStyle
from notebot.features.zotero.adapters.zotero_api import ZoteroApi
from notebot.features.zotero.rules.item import item_key
from notebot.features.zotero.send_kept import ZoteroReport, ZoteroSender
from notebot.store.store import DatabaseStore
from servers.loopback import answer, raw
from servers.zotero_server import COLLECTION, KEY, ZoteroServer

LIBRARY = "users/475425"


@dataclass
class Study:
    store: DatabaseStore
    zotero: ZoteroServer
    collection: str = COLLECTION
    retry_s: float = 0.0

    def keep(self, number: int, **changes: Any) -> Stub:
        arxiv_id = f"2605.{number:05}"
        stub = Stub(
            f"arxiv:{arxiv_id}",
            arxiv_id,
            1,
            f"https://arxiv.org/abs/{arxiv_id}",
            f"Paper {number}",
            ("Ada Byron",),
            "We count.",
            ("cs.CL",),
            published=datetime(2026, 5, 12, tzinfo=UTC),
            complete=True,
            status=StubStatus.KEPT,
        )
        stub = replace(stub, **changes)
        with self.store.transaction():
            self.store.stubs.save(stub, FakeClock()())
        return stub

    def send(self, *, dry_run: bool = False, key: str = KEY) -> ZoteroReport:
        stop = threading.Event()
        http = Http("notebot/test", 5.0, self.retry_s, stop)
        library = ZoteroApi(http, self.zotero.url, LIBRARY, key, "ZOTERO_KEY", stop)
        return ZoteroSender(
            store=self.store,
            items=self.store.zotero,
            library=library,
            collection=self.collection,
            style=NoteStyle(),
            clock=FakeClock(),
            dry_run=dry_run,
        ).run()

    def item(self, number: int) -> dict[str, Any]:
        return self.zotero.items[item_key(LIBRARY, f"arxiv:2605.{number:05}")]


@pytest.fixture
def study(store: DatabaseStore) -> Iterator[Study]:
    with ZoteroServer() as zotero:
        yield Study(store, zotero)
        # whatever happened, no item was created twice
        assert len(zotero.created) == len(set(zotero.created))


def test_120_papers_are_three_requests_and_nothing_is_sent_twice(study: Study) -> None:
    for number in range(120):
        study.keep(number)
    report = study.send()
    assert (len(report.sent), report.troubles, report.waiting) == (120, [], 0)
    assert [len(call.items) for call in study.zotero.writes] == [50, 50, 20]
    assert len({call.headers["zotero-write-token"] for call in study.zotero.writes}) == 3
    assert study.item(7)["title"] == "Paper 7"
    assert study.item(7)["collections"] == [COLLECTION]
    calls = len(study.zotero.calls)
    assert study.send().sent == []
    assert len(study.zotero.calls) == calls


def test_a_dry_run_sends_nothing_and_says_what_would_be(study: Study) -> None:
    study.keep(1)
    report = study.send(dry_run=True)
    assert [paper.title for paper in report.sent] == ["Paper 1"]
    assert study.zotero.calls == []
    study.send()
    study.keep(1, title="New title")
    assert [paper.title for paper in study.send(dry_run=True).updated] == ["New title"]


def test_papers_without_arxiv_id_or_metadata_and_those_not_kept_are_not_sent(study: Study) -> None:
    study.keep(1, complete=False)
    study.keep(2, status=StubStatus.SKIPPED)
    study.keep(3, key="url:https://blog.example/x", arxiv_id="", kind="article")
    assert study.send().sent == []


def test_a_refused_item_stops_no_other_and_is_tried_again(study: Study) -> None:
    for number in range(4):
        study.keep(number)
    study.zotero.refused_titles = {"Paper 2"}
    report = study.send()
    assert sorted(paper.title for paper in report.sent) == ["Paper 0", "Paper 1", "Paper 3"]
    assert [(trouble.subject, trouble.kind) for trouble in report.troubles] == [("2605.00002", "refused")]
    assert "code 400: This title is not accepted" in report.troubles[0].message
    study.zotero.refused_titles = set()
    assert [paper.title for paper in study.send().sent] == ["Paper 2"]


@pytest.mark.parametrize(
    "lost", [raw(), answer("<html>", 502), answer("{}", kind="application/json"), answer("x", 500)]
)
def test_a_lost_answer_makes_no_second_item(study: Study, lost: Any) -> None:
    study.keep(1)
    study.keep(2)
    study.zotero.lost = {1: lost}
    report = study.send()
    assert (report.sent, report.waiting, len(report.troubles)) == ([], 2, 1)
    # the items are there, and one more paper was kept since
    study.keep(3)
    report = study.send()
    assert (len(report.sent), report.troubles) == (3, [])
    assert [len(call.items) for call in study.zotero.writes] == [2, 1]


def test_a_request_that_never_arrived_is_sent_again(study: Study) -> None:
    study.keep(1)
    study.zotero.script = {1: raw()}
    assert study.send().waiting == 1
    report = study.send()
    assert (len(report.sent), report.troubles) == (1, [])


def test_a_request_that_is_carried_out_late_makes_no_second_item(study: Study) -> None:
    study.keep(1)
    study.zotero.script = {1: raw()}
    study.send()
    # between the look-up and the second request, the first one is carried out after all
    late = study.zotero.calls[0].items
    study.zotero.events = {2: lambda: [study.zotero._store(item) for item in late]}
    report = study.send()
    assert (len(report.sent), report.troubles) == (1, [])
    assert len(study.zotero.items) == 1


def test_a_lost_database_makes_no_second_item(study: Study, tmp_path: Path) -> None:
    study.keep(1)
    study.send()
    study.store = new_store(tmp_path / "other.db")
    study.keep(1)
    report = study.send()
    assert (len(report.sent), report.troubles) == (1, [])
    assert len(study.zotero.items) == 1


def test_a_used_write_token_is_looked_up(study: Study) -> None:
    study.keep(1)
    study.zotero.script = {1: answer("Write token already used", 412, "text/plain")}
    report = study.send()
    assert (report.sent, [trouble.subject for trouble in report.troubles]) == ([], ["2605.00001"])
    assert len(study.send().sent) == 1


def test_a_venue_that_comes_later_updates_our_item_only_where_its_owner_did_not(study: Study) -> None:
    study.keep(1)
    study.keep(2)
    study.send()
    study.zotero.edit(item_key(LIBRARY, "arxiv:2605.00002"), extra="notebot: arxiv:2605.00002\ncontainer-title: Mine")
    for number in (1, 2):
        arxiv_id = f"2605.{number:05}"
        line = f"[Paper Note] Paper {number}, Ada Byron, COLM'26, 2026.05"
        note = Note(line, number, arxiv_id=arxiv_id)
        with study.store.transaction():
            study.store.notes.save(None, note, {"github": note})
    report = study.send()
    assert [(paper.arxiv_id, paper.fields) for paper in report.updated] == [("2605.00001", ("extra",))]
    assert [(paper.arxiv_id, paper.fields) for paper in report.left] == [("2605.00002", ("extra",))]
    assert study.item(1)["extra"].endswith("Type: paper-conference\ncontainer-title: COLM 2026")
    assert study.item(2)["extra"] == "notebot: arxiv:2605.00002\ncontainer-title: Mine"
    calls = len(study.zotero.calls)
    assert (study.send().left, len(study.zotero.calls)) == ([], calls)


def test_an_item_that_changes_during_an_update_is_left_until_the_next_run(study: Study) -> None:
    stub = study.keep(1)
    study.send()
    study.keep(1, title="New title")
    key = item_key(LIBRARY, stub.key)
    study.zotero.events = {2: lambda: study.zotero.edit(key, tags=[{"tag": "mine"}])}
    report = study.send()
    assert (report.updated, len(report.troubles)) == ([], 1)
    assert "changed in Zotero meanwhile" in report.troubles[0].message
    assert len(study.send().updated) == 1
    assert study.item(1)["title"] == "New title"
    assert study.item(1)["tags"] == [{"tag": "mine"}]


@pytest.mark.parametrize("what", ["deleted", "trash", "disowned"])
def test_what_the_owner_deleted_or_took_over_is_left_forever(study: Study, what: str) -> None:
    stub = study.keep(1)
    study.send()
    key = item_key(LIBRARY, stub.key)
    if what == "deleted":
        del study.zotero.items[key]
    else:
        study.zotero.edit(key, **({"deleted": 1} if what == "trash" else {"extra": "mine"}))
    study.keep(1, title="New title")
    assert len(study.send().troubles) == 1
    calls = len(study.zotero.calls)
    study.keep(1, title="Newer title")
    report = study.send()
    assert (report.troubles, report.updated, len(study.zotero.calls)) == ([], [], calls)


def test_another_item_with_our_key_is_not_touched(study: Study) -> None:
    stub = study.keep(1)
    key = item_key(LIBRARY, stub.key)
    study.zotero.items[key] = {"key": key, "version": 3, "title": "Other", "extra": ""}
    assert "another item has the key" in study.send().troubles[0].message
    assert study.zotero.items[key]["title"] == "Other"
    assert study.send().troubles == []


def test_too_large_a_request_is_halved(study: Study) -> None:
    for number in range(8):
        study.keep(number, abstract="x" * 1000)
    study.zotero.most_bytes = 3000
    assert len(study.send().sent) == 8
    study.zotero.most_bytes = 100
    study.keep(9)
    report = study.send()
    assert [trouble.subject for trouble in report.troubles] == ["2605.00009"]
    assert "code 413" in report.troubles[0].message


@pytest.mark.parametrize(
    ("status", "kind"),
    [(403, "refused"), (404, "refused"), (409, "unavailable"), (429, "throttled"), (503, "throttled")],
)
def test_what_concerns_the_library_stops_the_run(study: Study, status: int, kind: str) -> None:
    for number in range(60):
        study.keep(number)
    study.zotero.script = {1: answer("no", status, "text/plain", Retry_After="30")}
    report = study.send()
    assert [trouble.kind for trouble in report.troubles] == [kind]
    assert (report.waiting, len(study.zotero.calls)) == (60, 1)
    assert KEY not in report.troubles[0].message
    assert len(study.send().sent) == 60


def test_a_short_wait_is_waited_for_and_a_long_backoff_ends_the_run(study: Study) -> None:
    for number in range(60):
        study.keep(number)
    study.retry_s = 5.0
    study.zotero.script = {1: answer("later", 503, "text/plain", Retry_After="0")}
    study.zotero.backoff_s = 300
    report = study.send()
    assert (len(report.sent), report.waiting, report.troubles[0].kind) == (50, 10, "throttled")
    study.zotero.backoff_s = 0.1
    assert len(study.send().sent) == 10


@pytest.mark.parametrize("key", ["", "with blank", "line\nend"])
def test_a_key_that_cannot_be_sent_is_refused_without_being_shown(study: Study, key: str) -> None:
    with pytest.raises(UsageError, match="ZOTERO_KEY") as raised:
        study.send(key=key)
    assert not key or key not in str(raised.value)
