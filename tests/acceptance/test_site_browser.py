"""The site in a real Chromium, from the folder itself and from a static server below a path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from features.site.invented_notes import SETTINGS, build, note
from features.site.test_hostile_site import build_hostile_site
from notebot.core.model.note import Note
from notebot.core.text.search_tokens import contains_all_words
from real_browser import DESK, PHONE, RealBrowser, needs_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_browser]

TITLES = (
    "Reward Models that Count",
    "数学的推論のための検証器",
    "サーバの設計と運用",
    "GPT-4o and its Limits",
    "A Model without any Reward",
    "Über Gödel's Théorème",
)
SUMMARIES = ("短い要約。", "数学の証明を学ぶ。", "サーバーを使う。", "We train a reward model.", "評価する。")
PAGES = (
    *("index.html", "notes/all.html", "notes/all~1.html", "notes/3.html", "tags.html", "tags/NLP.html", "stats.html"),
    *("search.html", "search.html#q=数学", "404.html"),
)


def archive(count: int = 130) -> list[Note]:
    """Notes whose titles and summaries are those above in turn."""
    return [
        note(
            number,
            f"{TITLES[number % 6]} {number}",
            summary=SUMMARIES[number % 5],
            comments=(
                "元ポスト:\nhttps://x.com/ann/status/1",
                "| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nx = 1\n```\n\n> 引用",
            ),
            refs=(number - 1, number + 1),
            tags=("NLP", "サーバー" if number % 3 else "read-later"),
            issue_date=date(2025, 1, 1) + timedelta(days=number),
        )
        for number in range(1, count + 1)
    ]


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files as a static host does, and logs nothing."""

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder served from loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, two folders below what a server serves."""
    top = tmp_path_factory.mktemp("host")
    assert build(top / "below/a path", archive()).failures == []
    return top


@pytest.fixture(scope="module", params=["file", "http"])
def address(folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the site begins."""
    if request.param == "file":
        yield (folder / "below/a path").as_uri()
    else:
        with served(folder) as host:
            yield f"{host}/below/a%20path"


@pytest.fixture
def browser(chromium: RealBrowser) -> Iterator[RealBrowser]:
    """The browser, empty; afterwards nothing may have gone wrong, and nothing else was asked."""
    chromium.start_anew()
    chromium.cdp("Page.enable")
    script = (
        "window.shifted = 0; new PerformanceObserver((seen) => { for (const each of seen.getEntries())"
        " window.shifted += each.value; }).observe({type: 'layout-shift', buffered: true})"
    )
    added = chromium.cdp("Page.addScriptToEvaluateOnNewDocument", source=script)
    yield chromium
    chromium.cdp("Page.removeScriptToEvaluateOnNewDocument", **added)
    assert chromium.complaints() == []
    assert {host.partition(":")[0] for host in chromium.hosts_asked()} <= {"127.0.0.1"}


def found(browser: RealBrowser) -> list[str]:
    """The titles of the results, once the search has ended."""
    browser.wait(lambda: browser.one("#state").text not in ("", "Searching …"), "the search has ended")
    return [each.text for each in browser.all("#results h2")]


def has_more_than(browser: RealBrowser, count: int) -> bool:
    return len(browser.all("#results li")) > count


def expected(words: str, notes: list[Note]) -> set[str]:
    """What the rules of `notebot search` find in what the site indexes."""
    texts = {
        each.title_line: "\n".join((each.title_line, *each.tags, "Ann Author", each.summary or "", *each.comments))
        for each in notes
    }
    return {line for line, text in texts.items() if contains_all_words(words, text)}


@pytest.mark.parametrize(
    "words", ["数学", "reward model", "サーバー", "サーバ", "ＧＰＴ４ｏ", "godel THEOREME", "nlp 数学 証明"]
)
def test_a_search_finds_what_the_command_finds(browser: RealBrowser, address: str, words: str) -> None:
    browser.open(f"{address}/search.html#q={quote(words)}")
    titles = found(browser)
    lines = expected(words, archive())
    assert browser.one("#state").text == f"{len(lines)} notes"
    while browser.one("#more").is_displayed():
        count = len(browser.all("#results li"))
        browser.click(browser.one("#more"))
        browser.wait(partial(has_more_than, browser, count), "there are more results")
        titles = [each.text for each in browser.all("#results h2")]
    assert sorted(titles) == sorted(line.removeprefix("[Paper Note] ").partition(", Ann")[0] for line in lines)
    if words == "数学":
        in_title = [words in title for title in titles]
        assert in_title == sorted(in_title, reverse=True)  # a title counts more than a text


def test_the_search_field_of_a_page_leads_to_the_results_by_keyboard(browser: RealBrowser, address: str) -> None:
    browser.open(f"{address}/notes/3.html")
    browser.one("header input").send_keys("数学\n")
    browser.wait(lambda: "search.html?q=" in browser.driver.current_url, "the search is open")
    assert found(browser)
    browser.one("#q").clear()
    browser.one("#q").send_keys("rewar")
    browser.wait(lambda: "q=rewar" in browser.driver.current_url, "the address says what is searched")
    browser.wait(lambda: "Reward" in "".join(found(browser)), "a word that is being typed is found by its beginning")
    browser.press("\ue004", "\ue004", "\ue007")  # to the button, to the first result, open it
    browser.wait(lambda: "/notes/" in browser.driver.current_url, "the note is open")
    browser.driver.back()
    browser.wait(lambda: "q=rewar" in browser.driver.current_url, "back at the search")
    assert found(browser)


def test_a_search_without_result_says_so_and_one_without_words_shows_nothing(
    browser: RealBrowser, address: str
) -> None:
    for words in ("nowhereatall", "数学 nowhereatall", "constructor", "__proto__"):
        browser.open("about:blank")
        browser.open(f"{address}/search.html#q={quote(words)}")
        assert (found(browser), browser.one("#state").text) == ([], "No note has all these words.")
    browser.one("#q").clear()
    browser.one("#q").send_keys("数学")
    assert found(browser) is not None
    browser.open("about:blank")
    browser.open(f"{address}/search.html")
    assert browser.one("#state").text == ""


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_inaccessible_shifts_or_needs_scrolling_sideways(
    browser: RealBrowser, address: str, page: str
) -> None:
    # both ways to open a page show the same one, so one view of it is enough for the second
    views = product((PHONE, DESK), (False, True)) if address.startswith("file:") else [(DESK, False)]
    for size, dark in views:
        browser.show(size, dark=dark)
        browser.open("about:blank")
        browser.open(f"{address}/{quote(page, safe='/#=~')}")
        if "#q=" in page:
            assert found(browser)
        assert browser.driver.execute_script("return document.documentElement.scrollWidth") <= size[0]
        # a frame later, so that the browser has reported what moved
        shifted = browser.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => setTimeout(() => done(window.shifted)))"
        )
        assert shifted == 0
        assert browser.complaints() == []
        assert browser.accessibility_violations() == []
        # axe-core reads style sheets again, which the policy of a page from a folder refuses
        browser.complaints()


def test_everything_but_the_search_works_without_script(browser: RealBrowser, address: str) -> None:
    browser.switch_script_off()
    browser.open(f"{address}/index.html")
    for link, part in (("All notes", "all.html"), ("Older notes", "all~1.html")):
        next(each for each in browser.all("a") if each.text == link).click()
        assert browser.driver.current_url.endswith(part)
    browser.all("#content h2 a")[0].click()
    assert "/notes/" in browser.driver.current_url
    browser.open(f"{address}/search.html")
    assert "needs JavaScript" in browser.one("noscript").text


def test_no_text_runs_in_a_browser(browser: RealBrowser, tmp_path: Path) -> None:
    build_hostile_site(tmp_path)
    names = sorted(quote(path.relative_to(tmp_path).as_posix()) for path in tmp_path.rglob("*.html"))
    for name in [*names, "search.html#q=attacked", "search.html#q=%3Cimg%20src=x%20onerror=window.attacked=1%3E"]:
        browser.open(f"{tmp_path.as_uri()}/{name}")
        if "#q=" in name:
            found(browser)
        assert browser.driver.execute_script("return typeof window.attacked") == "undefined", name
        assert browser.driver.execute_script("return location.protocol") == "file:"


def test_the_tokens_of_a_query_are_those_of_the_index(browser: RealBrowser, tmp_path: Path) -> None:
    """Each title is found by itself: the browser splits it as the index did."""
    titles = (
        *(
            "数学的推論",
            "サーバーとコピー",
            "GPT-4o2",
            "Erdős–Rényi",
            "ﾊﾝｶｸ ガギグ",
            "naïve Æsop",
            "Ωmega Σίσυφος",
            "한국어 처리",
        ),
        *("x² + ½", "3D物体", "A/B test's", "𠮷野家の牛丼", "Straße", "ヴィーガン々〆", "ﬁne ﬂow"),
    )
    notes = [replace(note(number), title_line=title) for number, title in enumerate(titles, 1)]
    build(tmp_path, notes, settings=replace(SETTINGS, language="ja"))
    for number, title in enumerate(titles, 1):
        browser.open("about:blank")
        browser.open(f"{tmp_path.as_uri()}/search.html#q={quote(title)}")
        browser.wait(lambda: browser.one("#state").text not in ("", "検索中…"), "the search has ended")
        links = [each.get_attribute("href") or "" for each in browser.all("#results a")]
        assert any(link.endswith(f"/{number}.html") for link in links), title
