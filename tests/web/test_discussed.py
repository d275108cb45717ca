"""The reading list that the desks of a lab share, on the page and for scripts; and `notebot discuss`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from acceptance.command import clean_environment, run_here
from notebot.app import reading_list
from notebot.app.reading_list import MOST_CHARACTERS
from notebot.core.model.discussed import DiscussedPaper
from notebot.web.tokens import TokenKind
from web.hostile_text import PAYLOADS
from web.served_desk import Browser, ServedDesk, cards
from web.served_lab import KEYS, PAPERS, ServedLab, ServedLabPage

pytestmark = pytest.mark.usefixtures("postgres")


@pytest.fixture
def lab(tmp_path: Path) -> ServedLab:
    return ServedLab(tmp_path)


@pytest.fixture
def page(lab: ServedLab) -> Iterator[ServedLabPage]:
    with lab.serving() as served:
        yield served


def wish(browser: Browser, desk: str, line: str = "") -> httpx.Response:
    return browser.post("/discussed/add", {"key": KEYS[desk], "line": line})


def shown(browser: Browser) -> list[tuple[str, list[str]]]:
    """Each paper of the list with what is written below it, one text per curator."""
    articles = re.findall('class="discussed" data-key="[^"]+">(.*?)</article>', browser.get("/discussed"), re.DOTALL)
    keys = re.findall('class="discussed" data-key="([^"]+)"', browser.get("/discussed"))
    lines = [[plain_text(line) for line in re.findall("<li>(.*?)</li>", text)] for text in articles]
    return list(zip(keys, lines, strict=True))


def plain_text(markup: str) -> str:
    """What a reader sees of it."""
    return " ".join(html.unescape(re.sub("<[^>]+>", "", markup)).split())


def test_all_desks_see_who_wants_to_discuss_what(lab: ServedLab, page: ServedLabPage) -> None:
    ada, ben = page.browser("ada"), page.browser("ben")
    assert wish(ada, "ada", "Is the proof right?").headers["location"] == "/papers/2605.00001#discuss"
    assert 'value="Is the proof right?"' in ada.get("/papers/2605.00001")
    lab.clock.now = lab.clock.now.replace(day=20)
    wish(ben, "ben")
    expected = [(KEYS["ben"], ["ben since 2026-05-20"]), (KEYS["ada"], ["ada since 2026-05-12 Is the proof right?"])]
    for browser in (ada, ben, page.browser("eve")):
        assert shown(browser) == expected
    # a new line replaces the one before; the day stays
    wish(ada, "ada", "It is.")
    assert shown(ben)[1] == (KEYS["ada"], ["ada since 2026-05-12 It is."])


def test_each_takes_only_own_wishes_off(lab: ServedLab, page: ServedLabPage) -> None:
    ada, ben = page.browser("ada"), page.browser("ben")
    wish(ada, "ada")
    assert "/discussed/remove" not in ben.get("/discussed")
    assert ben.post("/discussed/remove", {"key": KEYS["ada"]}).status_code == 404
    # a paper that is not in ben's queue cannot be put on the list in his name, nor in hers
    assert wish(ben, "ada", "Boo").status_code == 404
    assert ben.post("/discussed/add", {"key": KEYS["ada"], "desk": "ada"}).status_code == 404
    assert shown(ben) == [(KEYS["ada"], ["ada since 2026-05-12"])]
    assert ada.post("/discussed/remove", {"key": KEYS["ada"]}).headers["location"] == "/discussed"
    assert shown(ben) == []
    back = {"key": KEYS["ada"], "back": "paper"}
    wish(ada, "ada")
    assert ada.post("/discussed/remove", back).headers["location"] == "/papers/2605.00001#discuss"


def test_a_paper_that_the_hub_knows_is_taken_without_asking_arxiv(lab: ServedLab, page: ServedLabPage) -> None:
    with lab.store("") as hub, hub.transaction():
        hub.stubs.save(lab.candidate("ada"), lab.clock())
    ada, ben = page.browser("ada"), page.browser("ben")
    wish(ada, "ada")
    assert ben.post("/discussed/take", {"key": KEYS["ada"]}).headers["location"] == "/papers/2605.00001"
    assert sorted(cards(ben.get("/"))) == [(KEYS["ada"], "queued"), (KEYS["ben"], "queued")]
    # ben's stub is his own
    assert ben.decide(KEYS["ada"], "skip").status_code == 303
    assert lab.status("ada") == "queued"
    assert ben.post("/discussed/take", {"key": KEYS["ada"]}).headers["location"] == "/discussed"
    assert "/discussed/take" not in ben.get("/discussed")


def test_an_unknown_paper_goes_into_the_inbox(lab: ServedLab, page: ServedLabPage) -> None:
    with lab.store("ada") as store, store.transaction():
        article = replace(lab.candidate("ada"), key="url:https://a.example/x", arxiv_id="", url="https://a.example/x")
        store.stubs.save(article, lab.clock())
    ada, ben = page.browser("ada"), page.browser("ben")
    wish(ada, "ada")
    ada.post("/discussed/add", {"key": article.key, "line": ""})
    for key, line in ((KEYS["ada"], PAPERS["ada"]), (article.key, article.url)):
        answer = ben.post("/discussed/take", {"key": key})
        assert answer.headers["location"].startswith("/add?added=added-")
        assert line in [file.read_text("utf-8").strip() for file in (lab.folder / "desks/ben/inbox").iterdir()]
    assert not (lab.folder / "desks/ada/inbox").exists()
    assert ben.post("/discussed/take", {"key": KEYS["eve"]}).status_code == 404


def test_hostile_lines_and_titles_are_text(lab: ServedLab, page: ServedLabPage) -> None:
    with lab.store("ada") as store, store.transaction():
        for number, payload in enumerate(PAYLOADS):
            bad_link = f"javascript:{payload}"
            store.discussed.put(DiscussedPaper(f"url:{number:03d}", payload, payload, bad_link, lab.clock(), payload))
    text = page.browser("ben").get("/discussed")
    assert "<script>window" not in text
    assert 'href="javascript' not in text
    lines = [line for _, (line,) in shown(page.browser("ben"))]
    assert lines == [" ".join(f"ada since 2026-05-12 {payload}".split()) for payload in PAYLOADS]


def test_a_line_is_short_and_shows_the_text_that_is_there(lab: ServedLab, page: ServedLabPage) -> None:
    ada = page.browser("ada")
    assert wish(ada, "ada", "x" * (MOST_CHARACTERS + 1)).status_code == 400
    assert shown(ada) == []
    assert wish(ada, "ada", "  one\n\ttwo\u202e\u2066\x07 three  ").status_code == 303
    assert shown(ada) == [(KEYS["ada"], ["ada since 2026-05-12 one two three"])]


def test_a_curator_has_a_limited_number_of_wishes(
    lab: ServedLab, page: ServedLabPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_list, "MOST_WISHES", 1)
    ada = page.browser("ada")
    wish(ada, "ada")
    with lab.store("ada") as store, store.transaction():
        store.stubs.save(lab.candidate("ben"), lab.clock())
    assert wish(ada, "ben").status_code == 409
    assert wish(ada, "ada", "changed").status_code == 303


def test_a_long_list_has_pages(lab: ServedLab, page: ServedLabPage) -> None:
    with lab.store("ada") as store, store.transaction():
        for number in range(51):
            store.discussed.put(DiscussedPaper(f"url:{number}", "A title", "", "", lab.clock()))
    ben = page.browser("ben")
    assert len(shown(ben)) == 50
    assert "/discussed?from=50" in ben.get("/discussed")
    assert ben.get("/discussed?from=50").count('class="discussed"') == 1


def test_scripts_do_the_same(lab: ServedLab, page: ServedLabPage) -> None:
    scripts = {
        desk: httpx.Client(
            base_url=f"{page.server.url}api/v1",
            headers={"authorization": f"Bearer {lab.token(desk, TokenKind.API)}"},
            timeout=30,
        )
        for desk in ("ada", "ben")
    }
    ada, ben = scripts["ada"], scripts["ben"]
    made = ada.post("/discussed", json={"key": KEYS["ada"], "line": "Look"})
    assert (made.status_code, made.json()["desk"], made.json()["line"]) == (200, "ada", "Look")
    (listed,) = ben.get("/discussed").json()
    assert (listed["key"], listed["status"], [each["desk"] for each in listed["wishes"]]) == (
        KEYS["ada"],
        None,
        ["ada"],
    )
    assert ben.post(f"/discussed/{KEYS['ada']}/remove").status_code == 404
    assert ben.post("/discussed", json={"key": KEYS["ada"], "desk": "ada"}).status_code == 400
    assert ben.post(f"/discussed/{KEYS['ada']}/take").json() == {"key": KEYS["ada"], "state": "inbox"}
    assert ben.get("/discussed", params={"limit": "0"}).status_code == 400
    assert ada.post(f"/discussed/{KEYS['ada']}/remove").json() == {"key": KEYS["ada"]}
    assert ben.get("/discussed").json() == []


def test_the_command_does_the_same(lab: ServedLab) -> None:
    def run(desk: str, *words: str) -> tuple[int, str]:
        done = run_here(
            *("--config", str(lab.path), "--desk", desk, "discuss", *words),
            cwd=lab.folder,
            env=clean_environment(lab.folder),
        )
        return done.code, done.out + done.err

    assert run("ada", "list") == (
        0,
        "The reading list is empty; `notebot discuss add PAPER` puts a paper of your queue on it.\n",
    )
    assert run("ada", "add", "2605.00001v2", "--line", "Why \x1b[31mthis?")[0] == 0
    code, text = run("ben", "list")
    assert code == 0
    assert "2605.00001 On mathematics for ada" in text
    assert "ada, since" in text
    assert "\x1b" not in text
    assert run("ben", "remove", "2605.00001")[0] == 1
    assert run("ben", "take", "2605.00001") == (
        0,
        "arxiv:2605.00001 is in your inbox; it becomes a candidate once arXiv was asked.\n",
    )
    assert run("ada", "remove", "https://arxiv.org/abs/2605.00001")[0] == 0
    assert run("ada", "add", "2605.00099")[0] == 1


def test_a_single_curator_has_no_reading_list(tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path)
    with desk.serving() as page:
        browser = page.browser()
        assert "/discussed" not in browser.get("/")
        assert "/discussed" not in browser.get("/papers/2605.00001")
        assert "Only the desks of a lab" in browser.get("/discussed", 404)
