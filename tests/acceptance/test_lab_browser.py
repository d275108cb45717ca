"""The pages that only a lab has, in a real Chromium: by touch, without script, light and dark, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from notebot.core.model.discussed import DiscussedPaper
from notebot.core.model.worker_record import WorkerRecord
from real_browser import DESK, PHONE, RealBrowser, needs_browser
from web.served_lab import PAPERS, ServedLab, ServedLabPage

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_browser, pytest.mark.usefixtures("postgres")]


@contextmanager
def varied_lab(folder: Path, language: str) -> Iterator[ServedLabPage]:
    """A lab with a reading list, workers, and a desk with trouble."""
    lab = ServedLab(folder, lab={"admins": ["ada"]}, language=language)
    for desk, line in (
        ("ada", "Is Lemma 3 right?"),
        ("ben", ""),
        ("eve", "\u05d6\u05d4 \u05d7\u05e9\u05d5\u05d1 (very)"),
    ):
        stub = lab.candidate("ada")
        with lab.store(desk) as store, store.transaction():
            store.discussed.put(DiscussedPaper(stub.key, stub.title, "Ann Author", stub.url, lab.clock(), line))
            own = lab.candidate(desk)
            store.discussed.put(DiscussedPaper(own.key, own.title, "Ann Author", own.url, lab.clock(), line))
    with lab.store("") as hub, hub.transaction():
        hub.stubs.save(lab.candidate("eve"), lab.clock())
        hub.workers.put(
            WorkerRecord("big-machine-1234-abcdef", hub.now(), hub.now(), "fan-out of 25 desks, digest of ada")
        )
    with lab.store("ben") as store:
        store.sources.failed("A blog", lab.clock(), "timeout", "The feed of A blog did not answer within 30 s.")
    with lab.serving() as page:
        yield page


@pytest.mark.parametrize("language", ["en", "ja"])
def test_axe_finds_nothing(language: str, browser: RealBrowser, tmp_path: Path) -> None:
    violations = {}
    with varied_lab(tmp_path, language) as page:
        browser.open(page.start_url("ada"))
        for path in ("/discussed", f"/papers/{PAPERS['ada']}", "/health", "/start"):
            browser.open(f"{page.server.url.rstrip('/')}{path}")
            for size in (PHONE, DESK):
                for dark in (False, True):
                    browser.show(size, dark=dark)
                    width = browser.driver.execute_script("return document.documentElement.scrollWidth")
                    found = browser.accessibility_violations() + ([f"{width} px wide"] if width > size[0] else [])
                    if found:
                        violations[path, size, dark] = found
    assert violations == {}


@pytest.mark.parametrize("script", [True, False])
def test_a_paper_goes_from_one_desk_to_another(script: bool, browser: RealBrowser, tmp_path: Path) -> None:
    lab = ServedLab(tmp_path)
    with lab.store("") as hub, hub.transaction():
        hub.stubs.save(lab.candidate("ada"), lab.clock())
    browser.show(PHONE)
    press = browser.tap
    if not script:
        browser.switch_script_off()
        press = browser.click
    with lab.serving() as page:
        browser.open(page.start_url("ada"))
        browser.open(f"{page.server.url}papers/{PAPERS['ada']}")
        browser.one("#line").send_keys("Is Lemma 3 right?")
        press(browser.button("I want to discuss this"))
        browser.wait(lambda: bool(browser.all("#discuss li")), "it is on the list")
        browser.open(page.start_url("ben"))
        assert browser.one(".brand .desk").text == "ben"
        browser.open(f"{page.server.url}discussed")
        assert "Is Lemma 3 right?" in browser.one("article.discussed").text
        press(browser.all("article.discussed button")[0])
        browser.wait(lambda: browser.driver.current_url.endswith(f"/papers/{PAPERS['ada']}"), "it is in ben's queue")
