"""The page of numbers and plots, by real requests."""

from __future__ import annotations

import json
from pathlib import Path

import html5lib
import pytest

from acceptance.command import MATHEMATICS
from notebot.core.model.stub import Interest, InterestKind, InterestReason
from notebot.features.statistics.rules.wording import plot_words
from web.filled_desk import add_numbers
from web.served_desk import Browser, ServedDesk

TABLES = ("notes_per_month", "tags_by_year", "venues", "topics", "ledger", "read_later_age", "days_to_note")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_shows_every_plot_with_a_table(language: str, tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path, language=language)
    add_numbers(desk)
    with desk.serving() as served:
        browser = served.browser()
        page = browser.get("/stats")
        words = plot_words(language)
        assert [page.count(f'id="about-{name}"') for name in TABLES] == [1] * len(TABLES)
        for name in TABLES:
            assert words[name] in page
        # nothing was kept yet, so two plots have nothing to show
        assert page.count("<svg") == page.count("<table>") == len(TABLES) - page.count(words["nothing"])
        assert "1,234" in page
        assert words["prediction_none"] in page
        assert 'href="/stats" aria-current="page"' in page


def test_the_page_is_strict_html_without_inline_style(desk: ServedDesk, browser: Browser) -> None:
    add_numbers(desk)
    page = browser.get("/stats")
    html5lib.HTMLParser(strict=True).parse(page)
    assert "style=" not in page
    assert "<style" not in page
    assert "<script>alert" not in page
    assert "<b onclick" not in page
    assert "{{ 7*7 }}" in page


@pytest.mark.parametrize("path", ["/stats", "/health"])
def test_a_page_with_plots_names_their_style_sheet(path: str, browser: Browser) -> None:
    assert '<link rel="stylesheet" href="/stats/plot.css">' in browser.get(path).partition("</head>")[0]


def test_the_style_sheet_of_the_plots_is_served(browser: Browser) -> None:
    answer = browser.client.get("/stats/plot.css")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/css")
    assert "prefers-color-scheme: dark" in answer.text


def test_a_stranger_sees_no_numbers(desk: ServedDesk) -> None:
    with desk.serving() as served, served.stranger() as client:
        assert client.get("/stats").status_code in (303, 401, 403)


def test_how_well_the_order_predicts_is_said(desk: ServedDesk, browser: Browser) -> None:
    with desk.store.transaction():
        desk.store._connection.executemany(
            "INSERT INTO digest_entries (key, digest, place) VALUES (?, '2026-05-12.md', ?)",
            [(key, place) for place, key in enumerate(desk.keys, 1)],
        )
    browser.decide(desk.keys[0], "keep")
    assert "in 1.00 of all pairs" in browser.get("/stats")
    browser.decide(desk.keys[0], "undo")
    browser.decide(desk.keys[-1], "keep")
    assert "in 0.00 of all pairs" in browser.get("/stats")


def test_a_card_says_what_the_decisions_say(tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path, topics=[MATHEMATICS])
    reasons = (
        InterestReason(InterestKind.LIKE_KEPT, "#2453"),
        InterestReason(InterestKind.SKIPS_CATEGORY, "cs.RO", 9, 11),
    )
    desk.save(desk.candidate(desk.keys[0], interest=Interest(-1.5, reasons)))
    with desk.serving() as served:
        page = served.browser().get("/card?key=" + desk.keys[0])
    assert "like #2453, which you kept" in page
    assert "you skip most of cs.RO (9 of 11)" in page


def test_the_api_gives_a_stub_its_interest_in_words(tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path)
    desk.save(desk.candidate(desk.keys[0], interest=Interest(0.5, (InterestReason(InterestKind.LIKE_KEPT, "#7"),))))
    with desk.serving() as served:
        answer = served.browser().client.get("/api/v1/queue")
    stub = next(each for each in json.loads(answer.text) if each["key"] == desk.keys[0])
    assert stub["interest"] == {"score": 0.5, "why": ["like #7, which you kept"]}
