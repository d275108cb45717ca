"""The page that says whether everything works, by real requests against a real sample arXiv."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import html5lib
import pytest

from acceptance.command import TUESDAY, urls_of, wait_for
from notebot.features.delivery.rules.delivery import Delivery, DeliveryState
from notebot.features.delivery.rules.events import NotePublished
from servers.faulty_arxiv import Fault, FaultKind, FaultyArxiv
from web.filled_desk import add_trouble
from web.served_desk import Browser, ServedDesk


@pytest.fixture
def arxiv() -> Iterator[FaultyArxiv]:
    with FaultyArxiv() as server:
        server.day = TUESDAY
        yield server


def watching(arxiv: FaultyArxiv, folder: Path, **values: object) -> ServedDesk:
    """A desk whose config names the sample arXiv."""
    folder.mkdir(exist_ok=True)
    urls = {**urls_of(arxiv), "pace_s": 0.0, "timeout_s": 5.0, "retry_s": 0.0}
    return ServedDesk(folder, papers=0, sections={"arxiv": urls}, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_lists_what_is_wrong_and_nothing_in_it_acts(language: str, tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path, language=language)
    add_trouble(desk)
    with desk.serving() as served:
        page = served.browser().get("/health")
    html5lib.HTMLParser(strict=True).parse(page)
    assert "<script>alert" not in page
    assert page.count("{{ 7*7 }}") >= 4
    assert "style=" not in page
    for text in (
        "cs.CL",
        "The feed is damaged",
        "https://oai.example",
        "partial",
        "inbox.md",
        "state-stale",
        "note #12",
    ):
        assert text in page
    assert ("All is well" if language == "en" else "問題はありません") not in page


def test_a_desk_without_trouble_says_so(desk: ServedDesk, browser: Browser) -> None:
    assert "All is well." in browser.get("/health")


def test_a_message_that_was_not_delivered_is_no_good_news(desk: ServedDesk, browser: Browser) -> None:
    now = desk.clock()
    event = NotePublished(12, "A title", "https://example.org/12")
    with desk.store.transaction():
        desk.store.deliveries.add(Delivery("me", event, now, now, DeliveryState.LEFT, 3, "Refused.", now))
    page = browser.get("/health")
    assert "Some messages could not be delivered." in page
    assert "All is well." not in page


def test_poll_now_polls_and_says_how_it_ended(arxiv: FaultyArxiv, tmp_path: Path) -> None:
    desk = watching(arxiv, tmp_path)
    with desk.serving() as served:
        browser = served.browser()
        answer = browser.post("/health/poll", {})
        assert (answer.status_code, answer.headers["location"]) == (303, "/health")
        wait_for(lambda: "Polling…" not in browser.get("/health"), "the poll ends")
        page = browser.get("/health")
    assert "Polled: ok" in page
    assert [str(stub.status) for stub in desk.store.stubs.all()] == ["queued"]
    assert "state-fresh" in page
    (run,) = desk.store.runs.recent(5)
    assert (run.kind, run.status) == ("poll", "ok")


def test_a_poll_that_fails_names_the_source(arxiv: FaultyArxiv, tmp_path: Path) -> None:
    arxiv.set_faults(Fault("feed", FaultKind.UNAVAILABLE, times=None))
    desk = watching(arxiv, tmp_path)
    with desk.serving() as served:
        browser = served.browser()
        browser.post("/health/poll", {})
        wait_for(lambda: "Polling…" not in browser.get("/health"), "the poll ends")
        page = browser.get("/health")
    assert "Polled: failed" in page or "Polled: partial" in page
    assert "Some sources have been failing." in page


def test_polling_needs_the_token_of_the_form_and_a_page_that_may_change(arxiv: FaultyArxiv, tmp_path: Path) -> None:
    desk = watching(arxiv, tmp_path / "open")
    with desk.serving() as served:
        browser = served.browser()
        assert browser.client.post("/health/poll", data={"csrf": "0" * 32}).status_code == 403
        assert served.stranger().post("/health/poll", data={}).status_code in (401, 403)
    locked = watching(arxiv, tmp_path / "locked", web={"read_only": True})
    with locked.serving() as served:
        browser = served.browser()
        assert browser.post("/health/poll", {}).status_code == 403
        assert "/health/poll" not in browser.get("/health")
    assert not desk.store.runs.recent(1)
    assert not locked.store.runs.recent(1)
