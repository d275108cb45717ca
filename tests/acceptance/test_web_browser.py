"""The review page in a real Chromium: by keyboard, by touch, without script, and with a server that dies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_server
from threading import Thread
from urllib.parse import unquote

import pytest
from msgspec.structs import replace

from acceptance.command import NOTEBOT, Running, clean_environment, wait_for
from notebot.app import digests
from notebot.app.resources import Resources
from notebot.core.model.changes import AnotherPost, SecondNote, VenueChange
from notebot.core.model.note import Note
from notebot.core.model.offer import Update
from notebot.core.model.reasons import NewPost
from notebot.core.model.stub import (
    AttributedText,
    Curator,
    Related,
    RelatedKind,
    RelatedReason,
    StubStatus,
    TagEvidence,
)
from real_browser import DESK, PHONE, RealBrowser, needs_browser
from servers.github_server import GitHubServer
from web.filled_desk import add_numbers, add_trouble
from web.served_desk import ServedDesk, ServedPage

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_browser]

TOKEN = "gh" + "p_invented0123456789"
QUEUED, KEPT, SKIPPED = StubStatus.QUEUED, StubStatus.KEPT, StubStatus.SKIPPED


@contextmanager
def opened(desk: ServedDesk, browser: RealBrowser) -> Iterator[ServedPage]:
    """The page, served and open in the signed-in browser."""
    with desk.serving() as page:
        browser.open(page.server.start_url())
        yield page


def order(browser: RealBrowser) -> list[str]:
    """The keys of the candidates on the page, in order."""
    return [each.get_attribute("data-key") or "" for each in browser.all("article")]


def current(browser: RealBrowser) -> str:
    return browser.one('article[aria-current="true"]').get_attribute("data-key") or ""


def test_a_day_is_decided_by_keys_alone(browser: RealBrowser, tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path, papers=6)
    with opened(desk, browser):
        keys = order(browser)
        assert current(browser) == keys[0]
        browser.press("x", "l", "j", "s")  # keep, read later, leave one, skip
        browser.wait(lambda: [desk.stub(key).status for key in keys[:4]] == [KEPT, KEPT, QUEUED, SKIPPED], "decided")
        browser.wait(lambda: current(browser) == keys[4], "the next candidate is current")
        browser.press("k", "k")
        assert current(browser) == keys[2]
        browser.press("u")
        browser.wait(lambda: desk.stub(keys[3]).status is QUEUED, "the last decision was taken back")
        browser.press("u", "u")
        browser.wait(lambda: [desk.stub(key).status for key in keys] == [QUEUED] * 6, "all were taken back")
        browser.press("?")
        browser.wait(lambda: bool(browser.all("dialog[open]")), "the list of keys is open")
        browser.press("\ue00c")  # Escape
        browser.press("/")
        browser.press("part")
        assert browser.driver.switch_to.active_element.get_attribute("value") == "part"
        assert [desk.stub(key).status for key in keys] == [QUEUED] * 6  # letters in a field are text
        browser.press("\ue00c", "e")
        browser.wait(lambda: "/papers/" in browser.driver.current_url, "the page of the paper is open")
    assert desk.stub(keys[1]).curator == Curator()


def test_300_candidates_are_decided_by_keys_alone(browser: RealBrowser, tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path, papers=300)
    with opened(desk, browser):
        browser.press("xs" * 150)
        browser.wait(lambda: QUEUED not in desk.statuses(), "all are decided")
        assert browser.one("#count").text == "0 undecided"
    statuses = desk.statuses()
    assert (statuses.count(KEPT), statuses.count(SKIPPED)) == (150, 150)
    assert all(len(desk.store.decisions.of(key)) == 1 for key in desk.keys)


def test_a_note_is_finished_and_published_by_four_taps(
    browser: RealBrowser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTEBOT_GITHUB_TOKEN", TOKEN)
    browser.show(PHONE)
    with GitHubServer(TOKEN) as github:
        repository = github.add_repository(labels=dict.fromkeys(("NLP", "Mathematics")))
        loopback = dict.fromkeys(("feed_url", "api_url", "oai_url"), "http://127.0.0.1:9")
        desk = ServedDesk(
            tmp_path,
            sections={
                "archive": {"repo": "curator/notes", "github_url": github.url},
                "arxiv": {**loopback, "pace_s": 0.0, "retry_s": 0.0},
            },
        )
        began = time.monotonic()
        with opened(desk, browser):
            assert browser.driver.execute_script("return document.documentElement.scrollWidth") == PHONE[0]
            key = order(browser)[0]
            browser.tap(browser.button("edit", f'article[data-key="{key}"]'))  # 1
            browser.tap(browser.one("#comment"))  # 2
            browser.press("証明が良い。\n\n二段落目。")
            browser.tap(browser.button("keep"))  # 3
            browser.wait(lambda: "/kept" in browser.driver.current_url, "the page of kept notes is open")
            browser.tap(browser.button("Publish"))  # 4
            browser.wait(lambda: bool(browser.all(".result a")), "it is published")
            link = browser.one(".result a").get_attribute("href")
        taken_s = time.monotonic() - began
    (number,) = repository.issues
    assert link == f"{github.url}/curator/notes/issues/{number}"
    assert [comment["body"] for comment in repository.comments[number]] == ["証明が良い。\n\n二段落目。"]
    assert taken_s < 60


@pytest.mark.parametrize(
    "path", ["/", "/papers/2605.00001", "/kept", "/updates", "/add", "/add?text=2605.00001", "/feeds"]
)
def test_targets_are_large_enough_for_a_finger(path: str, browser: RealBrowser, tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path)
    desk.save(desk.candidate(desk.keys[2], status=KEPT))
    add_notes(desk)
    browser.show(PHONE)
    with opened(desk, browser) as page:
        browser.open(f"{page.url.rstrip('/')}{path}")
        small = [
            (each.accessible_name, each.size)
            for each in browser.all(
                "button, input:not([type=hidden]):not([type=checkbox]), select, textarea, summary, .bar a"
            )
            if each.is_displayed() and min(each.size["height"], each.size["width"]) < 44
        ]
        assert small == []
        assert browser.driver.execute_script("return document.documentElement.scrollWidth") == PHONE[0]


def varied_desk(folder: Path) -> ServedDesk:
    """Candidates in every state and with every kind of mark."""
    desk = ServedDesk(folder, papers=30)
    post, reason = "https://x.com/ada/status/1908000000000000000", RelatedReason(RelatedKind.TAGS, ("NLP",))
    desk.save(
        desk.candidate(
            desk.keys[0],
            posts=(post,),
            votes=12,
            withdrawn=True,
            guessed_from="a title",
            tags=("NLP", "Guess"),
            tag_evidence=(TagEvidence("Guess", 0.6, sure=False, why="in 6 of 10"),),
            related=(Related(12, "An old note", 0.9, reason),),
            summary=AttributedText("要約。", "a model"),
            comment="Accepted somewhere",
        ),
        desk.candidate(desk.keys[1], status=KEPT, curator=Curator(comment="良い。", tags=("NLP", "new label"))),
        desk.candidate(desk.keys[2], status=SKIPPED),
        desk.candidate(desk.keys[3], status=KEPT, note_number=77),
    )
    return desk


def add_notes(desk: ServedDesk) -> None:
    """Two notes, one of which refers to the other."""
    first = Note("[Paper Note] First, Ada Lovelace+, ACL'25, 2025.03", 1, date(2025, 3, 1), ("NLP", "3D(Scene)"))
    body = "# Abstract\nhttps://example.org/code\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    second = replace(first, number=2, refs=(1,), body=body, comments=("元ポスト: https://x.com/a/status/1",))
    with desk.store.transaction():
        for note in (first, second):
            desk.store.notes.save(None, note, {"notes": note})
        for change in (
            VenueChange("ACL'26", "ACL'25"),
            AnotherPost("https://x.com/a/status/2", mark="1"),
            SecondNote(1),
        ):
            desk.store.digests.add_update(Update(0, "note:2", change, NewPost(), "First"), desk.clock())
        desk.store.digests.add_update(Update(0, "note:1", VenueChange("ICML'26", "ACL'25"), "why", "One"), desk.clock())


PAGES = (
    *("/", "/?state=kept", "/?state=skipped", "/?text=nothing", "/papers/2605.00001", "/papers/2605.00002"),
    *("/papers/2605.00004", "/keep/2605.00004", "/kept", "/updates", "/stats", "/health", "/start", "/nowhere"),
    *("/feeds", "/add", "/add?text=2605.00001", "/add?text=nothing", "/add?added=added-0123456789abcdef"),
    *("/archive", "/archive?words=nothing", "/archive/2", "/tags/NLP", "/digests", "/digests/2026-05-12"),
)


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_on_any_page(dark: bool, browser: RealBrowser, tmp_path: Path) -> None:
    violations, refused = {}, 0
    desk = varied_desk(tmp_path)
    add_notes(desk)
    digests.digest(Resources(desk.config, now=desk.clock))
    with opened(desk, browser) as page:
        for path in PAGES:
            browser.open(f"{page.url.rstrip('/')}{path}")
            for size in (PHONE, DESK):
                browser.show(size, dark=dark)
                if found := browser.accessibility_violations():
                    violations[path, size] = found
        browser.driver.execute_script("document.querySelector('main').innerHTML += '<img src=\"data:,\">'")
        refused = len(browser.accessibility_violations())
    assert violations == {}
    assert refused > 0  # axe does look
    assert all("404" in each for each in browser.complaints())


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_on_pages_with_plots(dark: bool, browser: RealBrowser, tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path)
    add_numbers(desk)
    add_trouble(desk)
    violations = {}
    with opened(desk, browser) as page:
        for path in ("/stats", "/health"):
            browser.open(f"{page.url.rstrip('/')}{path}")
            browser.driver.execute_script("document.querySelectorAll('details').forEach(each => each.open = true)")
            for size in (PHONE, DESK):
                browser.show(size, dark=dark)
                if found := browser.accessibility_violations():
                    violations[path, size] = found
    assert violations == {}


def test_axe_finds_nothing_on_the_pages_for_links_in_japanese(browser: RealBrowser, tmp_path: Path) -> None:
    violations = {}
    with opened(ServedDesk(tmp_path, language="ja"), browser) as page:
        for path in ("/add", "/add?text=2605.00001", "/add?text=nothing", "/feeds"):
            browser.open(f"{page.url.rstrip('/')}{path}")
            for size in (PHONE, DESK):
                for dark in (False, True):
                    browser.show(size, dark=dark)
                    if found := browser.accessibility_violations():
                        violations[path, size, dark] = found
    assert violations == {}


def test_everything_works_without_script(browser: RealBrowser, tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path)
    browser.switch_script_off()
    with opened(desk, browser):
        first, second, third = order(browser)
        browser.button("read later", f'article[data-key="{first}"]').click()
        browser.wait(lambda: desk.stub(first).curator.tags == ("NLP", "Mathematics", "read-later"), "it is kept")
        browser.button("undo", "#toast").click()
        browser.wait(lambda: desk.stub(first).status is QUEUED, "it is taken back")
        browser.button("skip", f'article[data-key="{second}"]').click()
        browser.wait(lambda: desk.stub(second).status is SKIPPED, "it is skipped")
        browser.button("edit", f'article[data-key="{third}"]').click()
        browser.one("#comment").send_keys("ohne Skript")
        browser.button("Save").click()
        browser.wait(lambda: desk.stub(third).curator.comment == "ohne Skript", "it is saved")
        browser.button("日本語").click()
        browser.wait(lambda: "コメント" in browser.one("main").text, "the page is Japanese")


def test_two_tabs_never_overwrite_each_other_unseen(browser: RealBrowser, tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path)
    with opened(desk, browser) as page:
        key = order(browser)[0]
        browser.driver.switch_to.new_window("tab")
        browser.open(page.url)
        browser.press("s")
        browser.wait(lambda: desk.stub(key).status is SKIPPED, "the second tab has skipped it")
        browser.driver.switch_to.window(browser.driver.window_handles[0])
        browser.press("x")
        browser.wait(lambda: "changed elsewhere" in browser.one("#toast").text, "the first tab says so")
        assert browser.one(f'article[data-key="{key}"]').get_attribute("data-status") == "skipped"
    assert desk.stub(key).status is SKIPPED
    # Chromium reports the answer 409 on its console
    assert [each for each in browser.complaints() if "409" not in each] == []


def test_two_tabs_that_type_into_one_field_are_both_shown(browser: RealBrowser, tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path)
    with opened(desk, browser) as page:
        address = f"{page.url}papers/2605.00001"
        browser.open(address)
        browser.driver.switch_to.new_window("tab")
        browser.open(address)
        browser.one("#comment").send_keys("im zweiten")
        browser.wait(lambda: desk.store.drafts.of(desk.keys[0]) == {"comment": "im zweiten"}, "its draft is stored")
        browser.driver.switch_to.window(browser.driver.window_handles[0])
        browser.one("#comment").send_keys("im ersten")
        browser.wait(lambda: "im zweiten" in browser.one(".conflict").text, "the other text is shown")
        assert browser.one("#comment").get_property("value") == "im ersten"
        assert desk.store.drafts.of(desk.keys[0]) == {"comment": "im zweiten"}
        browser.click(browser.button("Keep mine"))
        browser.wait(
            lambda: desk.store.drafts.of(desk.keys[0]) == {"comment": "im ersten"}, "the first tab's text stays"
        )
    assert [each for each in browser.complaints() if "409" not in each] == []


def test_a_slow_server_delays_no_key(browser: RealBrowser, tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path, papers=5)
    with opened(desk, browser):
        keys = order(browser)
        browser.set_delay(1.5)
        browser.press("x", "s", "l")
        assert current(browser) == keys[3]
        assert len(browser.all('article[aria-busy="true"]')) == 3  # no answer has come yet
        browser.press("u")
        browser.wait(
            lambda: (
                [desk.stub(key).status for key in keys] == [KEPT, SKIPPED, QUEUED, QUEUED, QUEUED]
                and len(desk.store.decisions.of(keys[2])) == 1
            ),
            "the first two are decided, the third was taken back",
        )


@pytest.mark.parametrize("dark", [False, True])
def test_the_theme_is_that_of_the_system(dark: bool, browser: RealBrowser, tmp_path: Path) -> None:
    browser.show(DESK, dark=dark)
    with opened(ServedDesk(tmp_path), browser):
        colour = browser.driver.execute_script("return getComputedStyle(document.body).backgroundColor")
    brightness = sum(int(part) for part in colour.strip("rgb()").split(",")) / 3
    assert (brightness < 64) == dark


def test_a_reload_in_mid_typing_loses_nothing(browser: RealBrowser, tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path)
    with opened(desk, browser) as page:
        browser.open(f"{page.url}papers/2605.00001")
        for word in ("eins ", "zwei ", "drei "):
            browser.one("#comment").send_keys(word)
            browser.driver.refresh()
        browser.wait(lambda: browser.one("#comment").get_property("value") == "eins zwei drei ", "all is there")
        assert "not saved" in browser.one("main").text
    assert desk.stub(desk.keys[0]).curator == Curator()


def restartable(desk: ServedDesk) -> tuple[str, Callable[[], Running]]:
    """Host and port of a page, and a function that serves it there as a process of its own."""
    with closing(create_server(("127.0.0.1", 0))) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"

    def serve() -> Running:
        words = [NOTEBOT, "--config", str(desk.config.path), "web", "--json", "--listen", listen]
        running = Running(words, desk.folder, clean_environment(desk.folder))
        wait_for(lambda: running.out.endswith("}\n"), "the page is served")
        return running

    return listen, serve


def test_what_two_tabs_could_not_send_is_there_when_the_server_is_back(browser: RealBrowser, tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path)
    listen, serve = restartable(desk)
    address = f"http://{listen}/papers/2605.00001"
    with serve() as running:
        browser.open(running.out.split('"start_url": "')[1].split('"')[0])
        browser.open(address)
        browser.driver.switch_to.new_window("tab")
        browser.open(address)
        running.process.kill()
        running.process.wait()
    for place, text in ((1, "im zweiten"), (0, "im ersten")):
        browser.driver.switch_to.window(browser.driver.window_handles[place])
        browser.one("#comment").send_keys(text)
        browser.wait(
            lambda: "does not answer" in browser.one("#draft-state").text, "the page says that the server is gone"
        )
    browser.driver.switch_to.window(browser.driver.window_handles[1])
    browser.driver.close()
    browser.driver.switch_to.window(browser.driver.window_handles[0])
    browser.open("about:blank")
    with serve():
        browser.open(address)
        browser.wait(lambda: bool(browser.all(".conflict pre")), "both are shown")
        shown = {browser.one("#comment").get_property("value"), browser.one(".conflict pre").text}
        assert shown == {"im ersten", "im zweiten"}
        assert desk.store.drafts.of(desk.keys[0]) == {}  # nothing is sent before one is chosen
        browser.driver.refresh()
        browser.wait(lambda: bool(browser.all(".conflict pre")), "both are still there")
        chosen = browser.one(".conflict pre").text
        browser.click(browser.button("Use that text"))
        browser.wait(lambda: desk.store.drafts.of(desk.keys[0]) == {"comment": chosen}, "the chosen one is stored")
        browser.wait(lambda: browser.driver.execute_script("return localStorage.length") == 0, "nothing is left over")
        assert browser.all(".conflict") == []
    assert all("ERR_CONNECTION" in each for each in browser.complaints())


def test_a_page_that_is_open_keeps_its_text_to_itself(browser: RealBrowser, tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path)
    with opened(desk, browser) as page:
        address = f"{page.url}papers/2605.00001"
        browser.open(address)
        browser.driver.switch_to.new_window("tab")
        browser.open(address)
        browser.one("#comment").send_keys("im zweiten")
        browser.wait(lambda: desk.store.drafts.of(desk.keys[0]) == {"comment": "im zweiten"}, "its draft is stored")
        first, second = browser.driver.window_handles
        browser.driver.switch_to.window(first)
        browser.one("#comment").send_keys("im ersten")
        browser.wait(lambda: bool(browser.all(".conflict")), "the first tab waits for a choice")
        browser.driver.switch_to.window(second)
        browser.driver.refresh()
        browser.one("#comment").send_keys("!")
        browser.wait(lambda: desk.store.drafts.of(desk.keys[0]) == {"comment": "im zweiten!"}, "typed on")
        assert browser.all(".conflict") == []
    assert [each for each in browser.complaints() if "409" not in each] == []


def test_a_server_killed_in_mid_typing_loses_nothing(browser: RealBrowser, tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path)
    listen, serve = restartable(desk)
    with serve() as running:
        browser.open(running.out.split('"start_url": "')[1].split('"')[0])
        browser.open(f"http://{listen}/papers/2605.00001")
        browser.one("#comment").send_keys("vorher ")
        running.process.kill()
        running.process.wait()
    browser.one("#comment").send_keys("während ")
    browser.wait(lambda: "does not answer" in browser.one("#draft-state").text, "the page says that the server is gone")
    with serve():
        browser.wait(
            lambda: desk.store.drafts.of(desk.keys[0]) == {"comment": "vorher während "}, "the draft is on the server"
        )
        browser.one("#comment").send_keys("nachher")
        browser.button("Save").click()
        browser.wait(lambda: desk.stub(desk.keys[0]).curator.comment == "vorher während nachher", "it is saved")
    assert [each for each in browser.complaints() if "ERR_CONNECTION" not in each] == []


def test_a_page_of_another_site_is_added_by_the_bookmarklet(browser: RealBrowser, tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path)
    with opened(desk, browser) as page, other_site("<title>A post &amp; more</title><p>words</p>") as address:
        browser.open(f"{page.url}add")
        bookmarklet = browser.one('a[href^="javascript:"]').get_attribute("href") or ""
        browser.open(address)
        browser.driver.execute_script("getSelection().selectAllChildren(document.querySelector('p'))")
        # as a bookmark does: outside of the page's policy
        browser.cdp("Runtime.evaluate", expression=unquote(bookmarklet.removeprefix("javascript:")), userGesture=True)
        browser.wait(lambda: len(browser.driver.window_handles) == 2, "a window is open")
        browser.driver.switch_to.window(browser.driver.window_handles[1])
        line = f"A post & more words {address}"
        browser.wait(lambda: browser.one("#text").get_property("value") == line, "the form shows it")
        assert browser.driver.switch_to.active_element.text == "Put it into the inbox"
        browser.press("\ue007")  # Enter
        browser.wait(lambda: "It is in the inbox" in browser.one("main").text, "it is stored")
    (file,) = desk.config.inbox_dir.iterdir()
    assert file.read_text("utf-8") == f"{line}\n"
    # the window that another site opens comes without the cookie and is answered with 401
    assert all("401" in each for each in browser.complaints())


@contextmanager
def other_site(body: str) -> Iterator[str]:
    """A page on another site that allows no script, no request and no frame; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", "default-src 'none'; img-src data:")
            self.end_headers()
            self.wfile.write(f'<!DOCTYPE html><link rel="icon" href="data:,">{body}'.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_address[1]}/"
        server.shutdown()


def test_a_sign_in_link_on_another_site_works(browser: RealBrowser, tmp_path: Path) -> None:
    with ServedDesk(tmp_path).serving() as page:
        link = page.server.start_url()
        with other_site(f'<a href="{link}">open</a>') as mail:
            browser.open(mail)
            browser.one("a").click()
            browser.wait(lambda: len(browser.all("article")) == 3, "the candidates are shown")
    # the first request after the redirect comes without the cookie and is answered with 401
    assert all("401" in each for each in browser.complaints())
