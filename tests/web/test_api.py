"""The JSON API: documents, decisions by token, refusals, and its description."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from notebot.core.model.changes import MissingLabels, SecondNote, VenueChange
from notebot.core.model.note import Note
from notebot.core.model.offer import Update
from notebot.core.model.stub import StubStatus
from notebot.web.tokens import TokenFile, TokenKind
from web.served_desk import Browser, ServedDesk, ServedPage


@pytest.fixture
def token(desk: ServedDesk) -> str:
    """A token for scripts."""
    return TokenFile(desk.config.web_token_file, desk.clock).issue(TokenKind.API, "test")


@pytest.fixture
def script(page: ServedPage, token: str) -> Iterator[httpx.Client]:
    """A script that has the token."""
    with httpx.Client(
        base_url=f"{page.url}api/v1", headers={"authorization": f"Bearer {token}"}, timeout=30, verify=False
    ) as client:
        yield client


def error_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and kind of an error; its message is one sentence."""
    error: dict[str, str] = answer.json()["error"]
    assert error.keys() == {"kind", "message"}
    assert "\n" not in error["message"]
    return answer.status_code, error["kind"]


def test_the_documents_are_those_of_the_commands(script: httpx.Client, desk: ServedDesk) -> None:
    queue = script.get("/queue").json()
    assert [stub["key"] for stub in queue] == sorted(desk.keys, reverse=True)
    assert queue[-1]["title_line"].startswith("[Paper Note] On mathematics, part 00001, ")
    stub = script.get(f"/stubs/{desk.keys[0]}").json()
    assert stub == {**queue[-1], "decisions": []}
    assert script.get("/digest").json()["entries"] == [key.removeprefix("arxiv:") for key in desk.keys]
    assert script.get("/status").json()["queue"]["queued"] == 3
    assert script.get("/ledger").json() == []
    assert [note["arxiv_id"] for note in script.get("/search", params={"words": "part"}).json()] == []


def test_a_decision_needs_the_revision_that_was_seen(script: httpx.Client, desk: ServedDesk) -> None:
    key = desk.keys[0]
    kept = script.post(f"/stubs/{key}/decide", json={"action": "keep", "revision": 0})
    assert (kept.status_code, kept.json()["status"], kept.json()["revision"]) == (200, "kept", 1)
    assert [decision["move"] for decision in kept.json()["decisions"]] == ["keep"]
    late = script.post(f"/stubs/{key}/decide", json={"action": "skip", "revision": 0})
    assert error_of(late) == (409, "stale")
    assert late.json()["stub"] == kept.json()
    undone = script.post(f"/stubs/{key}/decide", json={"action": "undo", "revision": 1})
    assert (undone.status_code, undone.json()["status"]) == (200, "queued")
    assert desk.statuses() == [StubStatus.QUEUED] * 3


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/queue?status=lost", 400, "config"),
        ("/ledger?since=yesterday", 400, "config"),
        ("/ledger?category=cs.ZZ", 404, "not-found"),
        ("/search?limit=0", 400, "config"),
        ("/search?limit=9999999999999999999999", 400, "config"),
        ("/stubs/arxiv:0000.00000", 404, "not-found"),
        ("/stubs/%00%F0%9F", 404, "not-found"),
        ("/nothing", 404, "not-found"),
    ],
)
def test_wrong_questions_are_answered_in_one_sentence(script: httpx.Client, path: str, status: int, kind: str) -> None:
    assert error_of(script.get(path)) == (status, kind)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"action": "keep"}',
        b'{"action": "burn", "revision": 0}',
        b'{"action": "keep", "revision": "0"}',
    ],
)
def test_wrong_bodies_change_nothing(script: httpx.Client, desk: ServedDesk, body: bytes) -> None:
    assert error_of(script.post(f"/stubs/{desk.keys[0]}/decide", content=body)) == (400, "config")
    assert desk.statuses() == [StubStatus.QUEUED] * 3


def test_only_a_token_for_scripts_changes_anything(page: ServedPage, browser: Browser, desk: ServedDesk) -> None:
    path, body = f"/api/v1/stubs/{desk.keys[0]}/decide", {"action": "keep", "revision": 0}
    for other in ("/api/v1/updates/1/decide", "/api/v1/inbox"):
        assert error_of(browser.client.post(other, json={"action": "accept"})) == (401, "refused")
    assert browser.client.get("/api/v1/queue").status_code == 200
    assert error_of(browser.client.post(path, json=body)) == (401, "refused")
    with page.stranger() as stranger:
        assert error_of(stranger.get("/api/v1/queue")) == (401, "refused")
        assert error_of(stranger.post(path, json=body)) == (401, "refused")
        assert error_of(stranger.post(path, json=body, headers={"authorization": "Bearer guess"})) == (401, "refused")
        feed = TokenFile(desk.config.web_token_file, desk.clock).issue(TokenKind.FEED, "reader")
        assert error_of(stranger.get("/api/v1/queue", headers={"authorization": f"Bearer {feed}"})) == (401, "refused")
    assert desk.statuses() == [StubStatus.QUEUED] * 3


def test_a_read_only_page_refuses_changes(tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path, web={"read_only": True})
    token = TokenFile(desk.config.web_token_file, desk.clock).issue(TokenKind.API, "test")
    with desk.serving() as page, page.stranger(authorization=f"Bearer {token}") as script:
        assert script.get("/api/v1/queue").status_code == 200
        answer = script.post(f"/api/v1/stubs/{desk.keys[0]}/decide", json={"action": "keep", "revision": 0})
    assert error_of(answer) == (403, "refused")
    assert desk.statuses() == [StubStatus.QUEUED] * 3


def test_offered_changes_are_listed_and_decided_as_on_the_page(script: httpx.Client, desk: ServedDesk) -> None:
    note = Note("[Paper Note] A, Ada Example+, arXiv'25, 2025.03", 1, desk.clock().date())
    with desk.store.transaction():
        desk.store.notes.save(None, note, {"notes": note})
        for change in (VenueChange("ACL'26", "arXiv'25"), SecondNote(1), MissingLabels(("NLP",))):
            desk.store.digests.add_update(Update(0, "note:1", change, "found in a list", "A"), desk.clock())
    labels, twice, venue = script.get("/updates").json()
    assert venue == {
        "id": 1,
        "key": "note:1",
        "subject": "1",
        "field": "venue",
        "value": "arXiv'25 → ACL'26",
        "title": "A",
        "why": "found in a list",
        "can_accept": True,
    }
    assert (twice["can_accept"], labels["value"]) == (False, "NLP")
    assert script.post("/updates/1/decide", json={"action": "accept"}).json() == venue
    assert script.post("/updates/3/decide", json={"action": "dismiss"}).json() == labels
    assert [update.id for update in desk.store.outbox.accepted()] == [1]
    assert [(each.by, each.move) for each in desk.store.decisions.of("note:1")] == [
        ("page", "accept"),
        ("page", "dismiss"),
    ]
    assert error_of(script.post("/updates/1/decide", json={"action": "dismiss"})) == (409, "stale")
    assert error_of(script.post("/updates/2/decide", json={"action": "accept"})) == (409, "refused")
    assert error_of(script.post("/updates/99/decide", json={"action": "accept"})) == (409, "stale")
    assert error_of(script.post("/updates/x/decide", json={"action": "accept"})) == (404, "not-found")
    assert error_of(script.post("/updates/2/decide", json={"action": "burn"})) == (400, "config")
    assert [update["id"] for update in script.get("/updates").json()] == [2]


def test_an_error_of_another_method_says_which_are_allowed(script: httpx.Client) -> None:
    answer = script.delete("/queue")
    assert error_of(answer) == (405, "refused")
    assert "GET" in answer.headers["allow"]


def test_the_description_names_every_route(script: httpx.Client) -> None:
    described: dict[str, Any] = script.get("/openapi.json").json()["paths"]
    from notebot.web import api, discussed

    paths = [route.path for route in (*api.ROUTES, *discussed.ROUTES) if route.path.startswith("/api/v1")]
    assert set(described) == {path.removeprefix("/api/v1").replace(":path", "") for path in paths}


@pytest.mark.slow
def test_the_api_keeps_its_description(page: ServedPage, token: str, desk: ServedDesk) -> None:
    """Schemathesis: no server error, no undocumented answer, nothing malformed accepted, nothing valid refused."""
    command = [str(Path(sys.executable).with_name("schemathesis")), "--no-color", "run", "--seed", "1"]
    options = ["--phases", "coverage,fuzzing", "--max-examples", "5", "--header", f"Authorization: Bearer {token}"]
    done = subprocess.run(
        [*command, *options, f"{page.url}api/v1/openapi.json"],
        cwd=desk.folder,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert "14 total" in done.stdout
