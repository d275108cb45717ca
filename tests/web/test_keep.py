"""Where a mail's link to keep a paper leads: a page that asks, and that changes nothing when it is opened."""

from __future__ import annotations

import html5lib
import pytest

from notebot.core.model.stub import StubStatus
from web.served_desk import Browser, ServedDesk, ServedPage

KEY = "arxiv:2605.00001"
PATH = "/keep/2605.00001"


def test_opening_the_page_changes_nothing_and_its_button_keeps(desk: ServedDesk, browser: Browser) -> None:
    before = desk.statuses()
    page = browser.get(PATH)
    html5lib.HTMLParser(strict=True).parse(page)
    assert "<h1>Keep this paper?</h1>" in page
    assert desk.statuses() == before
    assert desk.store.decisions.of(KEY) == []
    assert browser.decide(KEY, "keep").status_code == 303
    assert desk.statuses()[0] is StubStatus.KEPT
    assert "This paper is already “kept”." in browser.get(PATH)


def test_a_mail_scanner_or_a_stranger_sees_nothing(desk: ServedDesk, page: ServedPage) -> None:
    answer = page.stranger().get(PATH)
    assert answer.status_code == 401
    assert "On mathematics" not in answer.text
    # a link in a mail is opened without the cookie, so the browser is sent there once more from here
    again = page.stranger(**{"sec-fetch-site": "cross-site"}).get(PATH)
    assert (again.status_code, again.headers["refresh"]) == (401, "0")
    assert desk.store.decisions.of(KEY) == []


@pytest.mark.parametrize("ref", ["2605.99999", "nothing", "url:https://x.org/", "..%2Fkept", "%00", "a" * 5000])
def test_an_unknown_paper_is_not_found(browser: Browser, ref: str) -> None:
    assert browser.client.get(f"/keep/{ref}").status_code == 404


def test_a_page_that_only_shows_has_no_buttons(tmp_path_factory: pytest.TempPathFactory) -> None:
    desk = ServedDesk(tmp_path_factory.mktemp("read-only"), web={"read_only": True})
    with desk.serving() as served:
        assert 'action="/decide"' not in served.browser().get(PATH)
