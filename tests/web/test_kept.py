"""What waits for publishing, and publishing it to a GitHub on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import html5lib
import pytest

from acceptance.command import wait_for
from notebot.core.model.stub import Curator, StubStatus
from servers.github_server import GitHubServer
from servers.github_state import Repository
from web.served_desk import Browser, ServedDesk, cards

TOKEN = "gh" + "p_invented0123456789"


@dataclass
class Archive:
    """A page of kept papers, and the GitHub that it publishes to."""

    desk: ServedDesk
    browser: Browser
    github: GitHubServer
    repository: Repository

    def titles(self) -> list[str]:
        return [issue["title"] for issue in self.repository.issues.values()]

    def publish(self, key: str) -> str:
        """Publishes and returns the page with the result."""
        answer = self.browser.post("/kept/publish", {"key": key})
        assert (answer.status_code, answer.headers["location"]) == (303, "/kept")
        wait_for(lambda: "refresh" not in self.browser.client.get("/kept").headers, "publishing has ended")
        return self.browser.get("/kept")


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    with GitHubServer(TOKEN) as github:
        repository = github.add_repository(labels=dict.fromkeys(("NLP", "read-later")))
        desk = ServedDesk(
            tmp_path,
            sections={
                "archive": {"repo": "curator/notes", "github_url": github.url},
                # the pace of writes is that of arXiv's requests on loopback
                "arxiv": {
                    **dict.fromkeys(("feed_url", "api_url", "oai_url"), "http://127.0.0.1:9"),
                    "pace_s": 0.0,
                    "retry_s": 0.0,
                },
            },
        )
        monkeypatch.setenv("NOTEBOT_GITHUB_TOKEN", TOKEN)
        for key in desk.keys[:2]:
            desk.save(desk.candidate(key, status=StubStatus.KEPT, curator=Curator(comment="良い。")))
        with desk.serving() as page:
            yield Archive(desk, page.browser(), github, repository)


def test_each_note_is_shown_exactly_as_it_is_sent(archive: Archive) -> None:
    page = archive.browser.get("/kept")
    document = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    texts = ["".join(each.itertext()) for each in document.iter("pre")]
    archive.publish("all")
    sent = []
    for number, issue in archive.repository.issues.items():
        sent += [issue["body"], *(comment["body"] for comment in archive.repository.comments[number])]
    assert texts == sent
    assert len(texts) == 4


def test_one_note_is_published_and_named_with_its_link(archive: Archive) -> None:
    key = archive.desk.keys[1]
    page = archive.publish(key)
    number = archive.desk.stub(key).note_number
    assert archive.titles() == ["[Paper Note] On mathematics, part 00002, Ada Example+, arXiv'26, 2026.05"] or number
    assert f'href="{archive.github.url}/curator/notes/issues/{number}"' in page
    assert [name for name, _ in cards(page)] == [archive.desk.keys[0]]
    assert archive.desk.stub(archive.desk.keys[0]).note_number is None


def test_publishing_twice_writes_each_note_once(archive: Archive) -> None:
    archive.publish("all")
    page = archive.publish("all")
    assert len(archive.titles()) == 2
    assert cards(page) == []


def test_a_refused_note_is_named_with_its_reason(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTEBOT_GITHUB_TOKEN", "gh" + "p_wrong")
    page = archive.publish("all")
    assert "NOTEBOT_GITHUB_TOKEN" in page
    assert len(cards(page)) == 2
    assert archive.titles() == []


def test_without_a_token_files_are_written_and_the_page_says_so(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTEBOT_GITHUB_TOKEN")
    assert "files are written to outbox/" in archive.browser.get("/kept")
    page = archive.publish(archive.desk.keys[0])
    assert len(list((archive.desk.folder / "outbox").glob("*/publish.sh"))) == 1
    assert "outbox" in page
    assert archive.titles() == []


def test_without_a_repository_nothing_can_be_published(desk: ServedDesk, browser: Browser) -> None:
    desk.save(desk.candidate(desk.keys[0], status=StubStatus.KEPT))
    page = browser.get("/kept")
    assert "set repo in [archive]" in page
    assert "/kept/publish" not in page


def test_a_kept_note_goes_back_to_review(archive: Archive) -> None:
    key = archive.desk.keys[0]
    archive.browser.decide(key, "requeue")
    assert archive.desk.stub(key).status is StubStatus.QUEUED
    assert archive.desk.stub(key).curator.comment == "良い。"


def test_into_a_folder_notes_are_published_without_a_token(tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path, sections={"archive": {"folder": "notes"}})
    for key in desk.keys[:2]:
        desk.save(desk.candidate(key, status=StubStatus.KEPT, curator=Curator(comment="良い。")))
    with desk.serving() as page:
        browser = page.browser()
        shown = browser.get("/kept")
        assert f"Notes are published to {tmp_path / 'notes'}" in shown
        assert "new_labels" not in shown

        assert browser.post("/kept/publish", {"key": "all"}).status_code == 303
        wait_for(lambda: "refresh" not in browser.client.get("/kept").headers, "publishing has ended")

        assert 'href="/archive/1"' in browser.get("/kept")
        (path,) = (tmp_path / "notes").glob("0001-*.md")
        note = browser.get("/archive/1")
        assert f"<code>{path}</code>" in note
        path.rename(path.with_name("renamed.md"))
        assert "<code>" not in browser.get("/archive/1")
