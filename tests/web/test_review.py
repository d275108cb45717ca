"""The list of candidates and the decisions about them, by real requests."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from threading import Event
from typing import Any

import html5lib
import pytest

from acceptance.command import Section, wait_for
from notebot.core.model.offer import DigestPlan
from notebot.core.model.stub import StubStatus
from servers.llm_server import TRANSLATION, Called, LlmServer, obliging
from web.served_desk import Browser, ServedDesk, ServedPage, cards

TODAY = date(2026, 5, 12)


def test_candidates_are_listed_with_title_line_terms_and_tags(desk: ServedDesk, browser: Browser) -> None:
    page = browser.get("/")
    assert sorted(cards(page)) == [(key, "queued") for key in desk.keys]
    assert "On mathematics, part 00001, " in page
    assert "<code>math*</code>" in page
    assert "#Mathematics" in page


def test_a_decision_without_script_leads_back_to_the_list(desk: ServedDesk, browser: Browser) -> None:
    answer = browser.decide(desk.keys[0], "keep")
    assert answer.status_code == 303
    page = browser.get(answer.headers["location"])
    assert "On mathematics, part 00001" in page.partition('id="toast"')[2]
    assert sorted(key for key, _ in cards(page)) == desk.keys[1:]
    assert desk.statuses() == [StubStatus.KEPT, StubStatus.QUEUED, StubStatus.QUEUED]


@pytest.mark.parametrize(
    ("action", "status", "tags"),
    [
        ("keep", StubStatus.KEPT, None),
        ("later", StubStatus.KEPT, ("NLP", "Mathematics", "read-later")),
        ("skip", StubStatus.SKIPPED, None),
    ],
)
def test_each_action_decides_and_undo_takes_it_back(
    action: str, status: StubStatus, tags: tuple[str, ...] | None, desk: ServedDesk, browser: Browser
) -> None:
    key = desk.keys[0]
    browser.decide(key, action)
    assert (desk.stub(key).status, desk.stub(key).curator.tags) == (status, tags)
    (decision,) = desk.store.decisions.of(key)
    assert decision.by == "page"
    browser.decide(key, "undo")
    assert (desk.stub(key).status, desk.stub(key).curator.tags) == (StubStatus.QUEUED, None)


def test_undo_of_one_paper_leaves_later_decisions_about_others(desk: ServedDesk, browser: Browser) -> None:
    browser.decide(desk.keys[0], "keep")
    browser.decide(desk.keys[1], "skip")
    browser.decide(desk.keys[0], "undo")
    assert desk.statuses() == [StubStatus.QUEUED, StubStatus.SKIPPED, StubStatus.QUEUED]


def test_the_script_gets_the_card_as_it_is_now(desk: ServedDesk, browser: Browser) -> None:
    fields = {"key": desk.keys[0], "revision": "0", "action": "keep"}
    answer = browser.post("/decide", fields, accept="application/json")
    document = answer.json()
    assert (answer.status_code, document["status"], document["revision"]) == (200, "kept", 1)
    assert cards(document["card"]) == [(desk.keys[0], "kept")]


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_stale_form_changes_nothing_and_shows_what_changed(accept: str, desk: ServedDesk, browser: Browser) -> None:
    key = desk.keys[0]
    browser.decide(key, "skip", revision=0)
    answer = browser.post("/decide", {"key": key, "revision": "0", "action": "keep"}, accept=accept)
    assert answer.status_code == 409
    card = answer.json()["card"] if accept == "application/json" else answer.text
    assert cards(card) == [(key, "skipped")]
    assert desk.stub(key).status is StubStatus.SKIPPED
    assert "changed elsewhere" in answer.text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"key": "arxiv:2605.00001", "revision": "0", "action": "publish"}, 400),
        ({"key": "arxiv:2605.00001", "revision": "x", "action": "keep"}, 400),
        ({"key": "arxiv:2605.00001", "action": "keep"}, 400),
        ({"key": "arxiv:2605.09999", "revision": "0", "action": "keep"}, 404),
        ({"key": "arxiv:2605.00001", "revision": "0", "action": "undo"}, 409),
    ],
)
def test_a_wrong_decision_is_refused_in_one_sentence(
    fields: dict[str, str], status: int, desk: ServedDesk, browser: Browser
) -> None:
    answer = browser.post("/decide", fields)
    assert answer.status_code == status, answer.text
    assert set(desk.statuses()) == {StubStatus.QUEUED}


def test_filters_narrow_the_list_and_survive_a_decision(tmp_path: Path) -> None:
    other: Section = {"name": "Speech", "categories": ["cs.CL"], "query": "ti:speech"}
    desk = ServedDesk(tmp_path, topics=({**other, "name": "Mathematics"}, other))
    desk.save(
        desk.candidate("arxiv:2605.00101", topics=("Speech",), sources=("Hacker News",), abstract="Vowels of 日本語."),
        desk.candidate(
            "arxiv:2605.00102", topics=("Speech",), status=StubStatus.DIGESTED, announced_on=desk.clock().date()
        ),
    )
    with desk.serving() as page:
        browser = page.browser()
        found = {
            query: sorted(key[-3:] for key, _ in cards(browser.get(f"/?{query}")))
            for query in (
                "topic=Speech", "topic=Speech&source=arxiv", "source=Hacker+News", "source=hand", "text=vowel*",
                "text=%E6%97%A5%E6%9C%AC%E8%AA%9E", "text=nothing+of+it", "state=digested", "state=kept", "state=none",
            )
        }  # fmt: skip
        answer = browser.decide("arxiv:2605.00101", "skip", query="topic=Speech")
    assert found == {
        "topic=Speech": ["101", "102"],
        "topic=Speech&source=arxiv": ["102"],
        "source=Hacker+News": ["101"],
        "source=hand": ["001", "002", "003"],
        "text=vowel*": ["101"],
        "text=%E6%97%A5%E6%9C%AC%E8%AA%9E": ["101"],
        "text=nothing+of+it": [],
        "state=digested": ["102"],
        "state=kept": [],
        "state=none": ["001", "002", "003", "101", "102"],
    }
    assert answer.headers["location"] == "/?topic=Speech&decided=arxiv%3A2605.00101"


def test_a_decision_is_answered_whatever_the_old_address_holds(desk: ServedDesk, browser: Browser) -> None:
    query = "&".join(f"a{number}=%zz" for number in range(50)) + "&topic=Mathematics;x&text=%ff"
    answer = browser.decide(desk.keys[0], "skip", query=query)
    assert answer.status_code == 303, answer.text
    assert desk.statuses()[0] is StubStatus.SKIPPED


def test_old_digested_papers_leave_the_list_and_queued_ones_do_not(desk: ServedDesk, browser: Browser) -> None:
    desk.save(desk.candidate(desk.keys[0], status=StubStatus.DIGESTED))
    desk.later(days=15)
    assert len(cards(browser.get("/"))) == 2
    assert cards(browser.get("/?state=digested")) == [(desk.keys[0], "digested")]


def test_after_a_holiday_the_last_days_before_it_are_listed(desk: ServedDesk, browser: Browser) -> None:
    keys = (desk.keys[0],)
    plan = DigestPlan("2026-05-12.md", desk.clock(), TODAY, text="", keys=keys, update_ids=(), rows=())
    with desk.store.transaction():
        desk.store.digests.plan(plan)
        desk.store.digests.written(plan, desk.clock())
    desk.later(days=60)
    assert (desk.keys[0], "digested") in cards(browser.get("/"))


def test_300_candidates_come_in_parts_each_once(tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path, papers=300)
    with desk.serving() as page:
        browser = page.browser()
        seen, path = [], "/"
        while path:
            text = browser.get(path)
            seen += [key for key, _ in cards(text)]
            # a decision between two parts moves nothing
            browser.decide(seen[-1], "skip")
            path = text.partition('id="more" href="')[2].partition('"')[0].replace("&amp;", "&")
        assets = [page.stranger().get(name).content for name in assets_of(browser.get("/"))]
        whole = len(browser.get("/").encode()) + sum(map(len, assets))
    assert sorted(seen) == desk.keys
    assert len(assets) == 5  # style sheet, script, two icons, manifest
    assert whole <= 150_000


def assets_of(page: str) -> list[str]:
    """The addresses of style sheet, icons, manifest and script; a browser loads no feed by itself."""
    document = html5lib.parse(page, namespaceHTMLElements=False)
    addresses = [element.get("href") for element in document.iter("link") if element.get("rel") != "alternate"]
    return [address for address in [*addresses, *scripts_of(document)] if address]


def scripts_of(document: Any) -> list[str | None]:
    return [element.get("src") for element in document.iter("script")]


@pytest.mark.parametrize("path", ["/", "/?state=kept", "/start", "/nowhere"])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_pages_are_valid_html_in_both_languages(path: str, language: str, desk: ServedDesk, browser: Browser) -> None:
    browser.decide(desk.keys[0], "keep")
    browser.post("/language", {"language": language})
    text = browser.client.get(path).text
    html5lib.HTMLParser(strict=True).parse(text)
    assert f'<html lang="{language}">' in text


@pytest.mark.parametrize(
    ("back", "location"),
    [
        ("/?state=kept", "/?state=kept"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
    ],
)
def test_choosing_the_language_stays_on_this_site(back: str, location: str, browser: Browser) -> None:
    answer = browser.post("/language", {"language": "ja", "back": back})
    assert answer.headers["location"] == location
    assert "確認" in browser.get("/")


def test_a_read_only_page_shows_everything_and_changes_nothing(tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path, web={"read_only": True})
    with desk.serving() as page:
        browser = page.browser()
        text = browser.get("/")
        answer = browser.decide(desk.keys[0], "keep", revision=0)
    assert len(cards(text)) == 3
    assert 'action="/decide"' not in text
    assert answer.status_code == 403
    assert set(desk.statuses()) == {StubStatus.QUEUED}


def test_hostile_text_of_a_paper_stays_text(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}"
    desk = ServedDesk(tmp_path)
    desk.save(
        desk.candidate(
            desk.keys[0], title=hostile, abstract=hostile, authors=(hostile,), comment=hostile, tags=(hostile,),
            url="javascript:alert(1)", posts=("javascript:alert(2)", "https://x.com/a/status/1"), sources=(hostile,),
        )
    )  # fmt: skip
    with desk.serving() as page:
        text = page.browser().get("/")
    document = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    assert len(scripts_of(document)) == 1
    assert scripts_of(document)[0] in assets_of(text)
    assert not list(document.iter("img"))
    assert not [element for element in document.iter() for name in element.keys() if str(name).startswith("on")]  # noqa: SIM118
    links = [element.get("href") for element in document.iter("a")]
    assert "https://x.com/a/status/1" in links
    assert not [address for address in links if address and address.startswith("javascript:")]
    assert "49" not in text.partition("<main")[2].partition("</h3>")[0]


def test_two_browsers_have_sessions_of_their_own(page: ServedPage, desk: ServedDesk) -> None:
    first, second = page.browser(), page.browser()
    stolen = {"csrf": first.csrf(), "key": desk.keys[0], "revision": "0", "action": "keep"}
    answer = second.client.post("/decide", data=stolen)
    assert answer.status_code == 403
    assert set(desk.statuses()) == {StubStatus.QUEUED}


def test_a_language_model_writes_for_what_is_kept_and_no_page_waits(tmp_path: Path) -> None:
    answering = Event()
    with LlmServer() as model:

        def slowly(called: Called) -> str:
            answering.wait(60)
            return obliging(called).replace(TRANSLATION, TRANSLATION * 6)

        model.write = slowly
        llm: Section = {"base_url": model.url, "summary_model": "tiny-1", "translation_model": "tiny-1"}
        desk = ServedDesk(tmp_path, sections={"summary": {"backend": "llm"}, "llm": llm})
        with desk.serving() as page:
            browser = page.browser()
            assert browser.decide(desk.keys[0], "keep").status_code == 303
            wait_for(lambda: model.called, "the model was asked")
            assert len(cards(browser.get("/"))) == 2  # and has not answered yet
            answering.set()
            wait_for(lambda: desk.stub(desk.keys[0]).translation, "the translation is there")
    assert desk.stub(desk.keys[1]).translation is None
