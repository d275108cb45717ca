"""Every page, form and API of a lab, asked by one desk with the ids of another desk: none shows or changes its rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from acceptance.command import wait_for
from desk_of_lab import DeskOfLab
from notebot.web.access import Access
from notebot.web.application import make_application
from notebot.web.tokens import TokenKind
from store.store_calls import KEY, PLAN
from store.test_desks import fill, rows_of
from web.served_desk import Browser
from web.served_lab import PAPERS, ServedLab, ServedLabPage

pytestmark = pytest.mark.usefixtures("postgres")
WORDS = ("for ada", "Math for models", "Another title")
"""What ada's rows have and ben's pages must not."""
KEYS = (f"arxiv:{PAPERS['ada']}", KEY)
VALUES = {"ref": PAPERS["ada"], "name": PLAN.name, "number": "12", "id": "1", "topic": "Mathematics"}
"""For the parameters of paths."""
ROUTES: list[Any] = [
    each
    for each in make_application(Access(frozenset(), frozenset()), None).routes  # type: ignore[arg-type]
    if not each.path.startswith(("/static", "/start", "/manifest", "/sign-out"))  # type: ignore[attr-defined]
]


def paths(method: str) -> list[str]:
    """Every path of a method, with ada's ids for its parameters."""
    found = set()
    for each in ROUTES:
        # what desks put on the list of papers to discuss is for all of them
        if method in each.methods and not (method == "GET" and each.path.endswith("/discussed")):
            for key in KEYS:
                names = re.findall(r"{(\w+)", each.path)
                found.add(each.path.replace(":path}", "}").format(**{name: VALUES.get(name, key) for name in names}))
    return sorted(found)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> ServedLab:
    """A lab in which ada has rows in every table."""
    lab = ServedLab(tmp_path_factory.mktemp("lab"))
    with closing(DeskOfLab.open(lab.url, "ada")) as ada:
        fill(ada)
    return lab


@pytest.fixture(scope="module")
def page(lab: ServedLab) -> Iterator[ServedLabPage]:
    with lab.serving() as served:
        yield served


@pytest.fixture(scope="module")
def script(page: ServedLabPage) -> httpx.Client:
    """A script with ben's token."""
    return page.stranger(authorization=f"Bearer {page.lab.token('ben', TokenKind.API)}")


@pytest.fixture(scope="module")
def reader(page: ServedLabPage) -> tuple[httpx.Client, str]:
    """A feed reader, and ben's token for it."""
    return page.stranger(), page.lab.token("ben", TokenKind.FEED)


@pytest.fixture(scope="module")
def browser(page: ServedLabPage) -> Browser:
    """Ben's browser."""
    return page.browser("ben")


@pytest.mark.parametrize("path", paths("GET"))
def test_no_page_of_one_desk_shows_anything_of_another(
    path: str, browser: Browser, script: httpx.Client, reader: tuple[httpx.Client, str]
) -> None:
    for query in ({}, {"key": KEYS[0]}, {"key": KEY}, {"q": "math"}, {"added": "1", "decided": KEY, "taken": KEY}):
        answers = [client.get(path, params=query) for client in (browser.client, script)]
        answers.append(reader[0].get(path, params={**query, "token": reader[1]}))
        for answer in answers:
            assert answer.status_code < 500, answer.text
            assert [word for word in WORDS if word in answer.text] == [], answer.text


@pytest.mark.parametrize("path", paths("POST"))
def test_no_form_of_one_desk_changes_anything_of_another(
    path: str, page: ServedLabPage, browser: Browser, script: httpx.Client
) -> None:
    before, csrf = rows_of(page.lab.url, "ada"), browser.csrf()
    for key in KEYS:
        for action in ("keep", "skip", "requeue", "undo", "save", "accept", "dismiss", "remove"):
            ids = {"key": key, "ids": "1", "id": "1", "name": PLAN.name, "number": "12", "batch": "1"}
            fields = {**ids, "action": action, "revision": "0", "comment": "ben's", "line": "ben's"}
            answer = browser.client.post(path, data={"csrf": csrf, **fields})
            assert answer.status_code < 500, answer.text
            body = {"action": action, "revision": 0} if path.startswith("/api/v1/stubs") else {"action": action}
            answer = script.post(path, json=body)
            assert answer.status_code < 500, answer.text
    assert rows_of(page.lab.url, "ada") == before


def test_sharing_and_languages_of_one_desk_reach_no_other(page: ServedLabPage, browser: Browser) -> None:
    ada, ben = page.browser("ada"), browser
    ben.post("/add", {"text": "https://arxiv.org/abs/2605.00077"})
    ben.post("/language", {"language": "ja"})
    assert "2605.00077" not in ada.get("/add") + ada.get("/")
    assert 'lang="en"' in ada.get("/") and 'lang="ja"' in ben.get("/")
    assert not list((page.lab.folder / "desks/ada").rglob("*00077*"))


def test_a_redirect_leads_to_a_page_of_this_site(browser: Browser) -> None:
    for back in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        for path in ("/language", "/discussed/remove", "/decide"):
            answer = browser.post(path, {"language": "en", "back": back, "key": KEY, "action": "keep", "revision": "0"})
            assert "evil" not in answer.headers.get("location", "") and "javascript" not in str(answer.headers)


def test_a_desk_cannot_make_the_page_ask_arxiv_for_it_alone(browser: Browser) -> None:
    assert browser.post("/health/poll", {}).status_code == 303
    wait_for(lambda: "A lab asks arXiv once" in browser.get("/health"), "a refusal")


def test_the_health_of_a_desk_names_no_other_desk(browser: Browser, script: httpx.Client) -> None:
    shown = browser.get("/health") + script.get("/api/v1/status").text
    assert not re.search(r"\b(ada|eve)\b", shown), shown
