"""The page of a lab: each desk sees its own, and nobody gets into another one."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from acceptance.command import Section, clean_environment, run_here, wait_for
from notebot.app import publishing
from notebot.app.resources import Resources
from notebot.config import load_config
from notebot.config.lab import Lab
from notebot.core.model.changes import VenueChange
from notebot.core.model.errors import ConfigError, UsageError
from notebot.core.model.note import Note
from notebot.core.model.offer import DigestPlan, Update
from notebot.core.model.reasons import NewPost
from notebot.core.model.worker_record import WorkerRecord
from notebot.web import sites
from notebot.web.tokens import WRONG_PER_MINUTE, TokenKind
from web.filled_desk import HOSTILE
from web.served_desk import cards
from web.served_lab import DESKS, KEYS, PAPERS, ServedLab, ServedLabPage

pytestmark = pytest.mark.usefixtures("postgres")


@pytest.fixture
def lab(tmp_path: Path) -> ServedLab:
    return ServedLab(tmp_path)


@pytest.fixture
def page(lab: ServedLab) -> Iterator[ServedLabPage]:
    with lab.serving() as served:
        yield served


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_each_desk_sees_and_decides_its_own(lab: ServedLab, page: ServedLabPage) -> None:
    browsers = {desk: page.browser(desk) for desk in DESKS}
    for desk, browser in browsers.items():
        assert cards(browser.get("/")) == [(KEYS[desk], "queued")]
    assert browsers["ada"].decide(KEYS["ada"], "keep").status_code == 303
    assert [lab.status(desk) for desk in DESKS] == ["kept", "queued", "queued"]
    assert "for ada" in browsers["ada"].get("/kept")
    assert "for ada" not in browsers["ben"].get("/kept")


@pytest.mark.parametrize("path", ["/archive", "/digests", "/updates", "/stats", "/health", "/feeds", "/add"])
def test_every_page_opens_for_a_desk(path: str, page: ServedLabPage) -> None:
    page.browser("ada").get(path)


def test_a_session_of_one_desk_with_the_name_of_another_opens_nothing(page: ServedLabPage) -> None:
    secret = page.browser("ada").client.cookies["notebot_session"]
    assert secret.startswith("ada.")
    rest = secret.removeprefix("ada.")
    for forged in (
        f"ben.{rest}",
        f"ben.{secret}",
        rest,
        f"ben%2e{rest}",
        f"%61da.{rest}",
        f"ADA.{rest}",
        f"../ada.{rest}",
        f"..%2fada.{rest}",
        f"(hub).{rest}",
        f".{rest}",
        "ada.",
        f"ada.{rest}x",
        f"{'a' * 5_000}.{rest}",
        f"ben\u200b.{rest}",
    ):
        cookie = {b"cookie": f"notebot_session={forged}".encode()}
        answer = page.stranger().get("/", headers=cookie)
        assert (answer.status_code, "mathematics" in answer.text) == (401, False), forged


def test_the_form_of_one_desk_does_nothing_in_another(lab: ServedLab, page: ServedLabPage) -> None:
    ada, ben = page.browser("ada"), page.browser("ben")
    fields = {"key": KEYS["ben"], "revision": "0", "action": "keep"}
    # the id of ben's paper in ada's form, the token of ada's form in ben's
    assert ada.post("/decide", fields).status_code in (404, 409)
    assert ben.client.post("/decide", data={"csrf": ada.csrf(), **fields}).status_code == 403
    assert ada.post("/papers", {**fields, "action": "save", "comment": "mine"}).status_code == 404
    assert ada.post("/drafts", {"key": KEYS["ben"], "comment": "mine"}).status_code == 404
    assert ada.client.get(f"/papers/{PAPERS['ben']}").status_code == 404
    assert ada.client.get("/card", params={"key": KEYS["ben"]}).status_code == 404
    assert lab.status("ben") == "queued"
    assert ben.post("/decide", fields).status_code == 303


def test_numbers_and_names_of_one_desk_lead_nowhere_in_another(lab: ServedLab, page: ServedLabPage) -> None:
    note = Note("[Paper Note] Secret, Ada Example+, arXiv'25, 2025.03", 7, lab.clock().date(), ("NLP",))
    plan = DigestPlan("2026-05-12.md", lab.clock(), lab.clock().date(), "Secret text", (), (), ())
    with lab.store("ada") as ada, ada.transaction():
        ada.notes.save(None, note, {"notes": note})
        ada.digests.add_update(Update(0, "note:7", VenueChange("ACL'26", "arXiv'25"), NewPost(), "Secret"), lab.clock())
        ada.digests.plan(plan)
        ada.digests.written(plan, lab.clock())
        number = ada.digests.undecided_offers()[0].id
    browsers = {desk: page.browser(desk) for desk in DESKS}
    for path in ("/archive/7", "/digests/2026-05-12", "/digests/..%2f..%2fada%2fdigests%2f2026-05-12"):
        statuses = {desk: browser.client.get(path).status_code for desk, browser in browsers.items()}
        assert statuses == {"ada": 200 if ".." not in path else 404, "ben": 404, "eve": 404}
    shown = ("/archive", "/archive?words=secret", "/tags/NLP", "/digests", "/updates", "/feeds/notes.atom")
    for path in (*shown, "/feeds/digests.atom", "/api/v1/search?words=secret", "/api/v1/updates"):
        assert "Secret" in browsers["ada"].get(path) or path == "/digests"
        assert "Secret" not in browsers["ben"].get(path)
    ben = page.stranger(**bearer(lab.token("ben", TokenKind.API)))
    answers = [ben.post(f"/api/v1/updates/{each}/decide", json={"action": "accept"}) for each in (number, 99_999)]
    assert {answer.status_code for answer in answers} == {409}  # as for one that never was
    browsers["ben"].post("/updates/decide", {"ids": str(number), "action": "accept"})
    with lab.store("ada") as ada:
        assert [update.id for update in ada.digests.undecided_offers()] == [number]


def test_one_desk_alone_is_served_with_its_own_tokens(lab: ServedLab) -> None:
    with lab.serving("ada") as page:
        assert cards(page.browser("ada").get("/")) == [(KEYS["ada"], "queued")]
        assert page.stranger().get("/start", params={"token": lab.token("ben", TokenKind.LINK)}).status_code == 403
        assert "/start?token=ada." in page.server.start_url()


def test_a_token_opens_the_api_of_its_own_desk(lab: ServedLab, page: ServedLabPage) -> None:
    ada = page.stranger(**bearer(lab.token("ada", TokenKind.API)))
    assert [stub["key"] for stub in ada.get("/api/v1/queue").json()] == [KEYS["ada"]]
    body = {"action": "keep", "revision": 0}
    assert ada.post(f"/api/v1/stubs/{KEYS['ben']}/decide", json=body).status_code == 404
    assert ada.post(f"/api/v1/stubs/{KEYS['ada']}/decide", json=body).status_code == 200
    # ben's cookie beside ada's token gives no access to ben
    ben = page.browser("ben")
    mixed = ben.client.get("/api/v1/queue", headers=bearer(lab.token("ada", TokenKind.API))).json()
    assert [stub["key"] for stub in mixed] == [KEYS["ada"]]
    assert [lab.status(desk) for desk in DESKS] == ["kept", "queued", "queued"]


def test_a_readers_token_opens_the_feeds_of_its_own_desk(lab: ServedLab, page: ServedLabPage) -> None:
    token = lab.token("ada", TokenKind.FEED)
    stranger = page.stranger()
    feed = "/feeds/topics/Mathematics.atom"
    assert "for ada" in stranger.get(feed, params={"token": token}).text
    ben = page.browser("ben")
    assert "for ben" in ben.get(feed)
    # the token counts, not the session that happens to be there
    assert "for ada" in ben.client.get(feed, params={"token": token}).text
    forged = token.replace("ada.", "ben.")
    assert stranger.get(feed, params={"token": forged}).status_code == 401
    assert stranger.get("/", params={"token": token}).status_code == 401
    assert stranger.get("/api/v1/queue", headers=bearer(token)).status_code == 401


def test_tokens_are_made_on_the_page_for_its_own_desk(page: ServedLabPage) -> None:
    made = page.browser("ada").post("/feeds", {"name": "reader"}).text
    assert "token=ada." in made


def test_wrong_tokens_of_one_desk_lock_no_other_out(lab: ServedLab, page: ServedLabPage) -> None:
    stranger = page.stranger()
    for _ in range(WRONG_PER_MINUTE):
        assert stranger.get("/api/v1/queue", headers=bearer("ada.wrong")).status_code == 401
    assert stranger.get("/api/v1/queue", headers=bearer("ada.wrong")).status_code == 429
    assert stranger.get("/api/v1/queue", headers=bearer(lab.token("ben", TokenKind.API))).status_code == 200


def test_the_sign_in_page_belongs_to_no_desk(page: ServedLabPage) -> None:
    stranger = page.stranger()
    for language, word in (("ja,en;q=0.5", "サインイン"), ("de", "Sign in")):
        answer = stranger.get("/", headers={"accept-language": language})
        assert (answer.status_code, word in answer.text) == (401, True)
    assert stranger.get("/start", params={"token": "nobody.x"}).status_code == 403
    assert stranger.get("/start", params={"token": "x"}).status_code == 403
    assert stranger.get("/manifest.webmanifest").status_code == 200


def test_a_mistake_in_the_file_of_one_desk_is_said_there_alone(lab: ServedLab, page: ServedLabPage) -> None:
    ada, ben = page.browser("ada"), page.browser("ben")
    (lab.folder / "desks/ada.toml").write_text("[digest]\nlanguage = 'xx'\n", "utf-8")
    answer = ada.client.get("/")
    assert answer.status_code == 503
    assert "ada.toml: digest.language" in answer.text
    assert page.stranger().get("/start", params={"token": "ada.wrong"}).status_code == 403
    ben.get("/")
    lab.write_desk("ada")
    ada.get("/")


def test_a_new_topic_counts_without_a_restart(lab: ServedLab, page: ServedLabPage) -> None:
    ada = page.browser("ada")
    assert "Topology" not in ada.get("/feeds")
    lab.write_desk("ada", {"name": "Topology", "categories": ["cs.CL"], "query": "ti:knot*", "tags": []})
    assert "Topology" in ada.get("/feeds")


def test_desks_come_and_go_while_the_page_is_served(
    lab: ServedLab, page: ServedLabPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sites, "LOOK_AGAIN_S", 0.0)
    eve = page.browser("eve")
    lab.write_desk("zoe")
    assert cards(page.browser("zoe").get("/")) == []
    (lab.folder / "desks/eve.toml").unlink()
    eve.get("/", 401)


def test_only_some_desks_are_open_and_idle_ones_are_closed(lab: ServedLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sites, "MOST_OPEN", 2)
    with lab.serving() as page:
        browsers = {desk: page.browser(desk) for desk in DESKS}
        for _ in range(2):
            for desk, browser in browsers.items():
                assert cards(browser.get("/")) == [(KEYS[desk], "queued")]
        opened = page.server.sites
        assert isinstance(opened, sites.LabSites)
        assert opened.open_desks == ["ben", "eve"]


def test_a_desk_without_visitors_is_closed(lab: ServedLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sites, "IDLE_S", 0.2)
    with lab.serving() as page:
        ada = page.browser("ada")
        ada.get("/")
        opened = page.server.sites
        assert isinstance(opened, sites.LabSites)
        wait_for(lambda: opened.open_desks == [], "the desk is closed")
        assert cards(ada.get("/")) == [(KEYS["ada"], "queued")]


def test_a_desk_with_a_job_stays_open(lab: ServedLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sites, "MOST_OPEN", 1)
    begun, go_on = threading.Event(), threading.Event()

    def work(resources: Resources, **options: object) -> None:
        begun.set()
        assert go_on.wait(30)

    monkeypatch.setattr(publishing, "publish", work)
    with lab.serving() as page:
        ada, ben = page.browser("ada"), page.browser("ben")
        ada.decide(KEYS["ada"], "keep")
        ada.post("/kept/publish", {"key": "all"})
        assert begun.wait(30)
        ben.get("/")
        opened = page.server.sites
        assert isinstance(opened, sites.LabSites)
        assert opened.open_desks == ["ada", "ben"]
        go_on.set()
        wait_for(lambda: "Refresh" not in ada.client.get("/kept").headers, "the job has ended")
        ben.get("/")
        assert opened.open_desks == ["ben"]


# health


def test_an_administrator_sees_workers_and_desks_and_others_that_workers_live(tmp_path: Path) -> None:
    lab = ServedLab(tmp_path, lab={"admins": ["ada"]})
    with lab.store("") as hub:
        hub.workers.put(WorkerRecord("host-1-a", hub.now(), hub.now(), f"digest of {HOSTILE}"))
    with lab.store("ben") as ben:
        ben.sources.failed("A blog", lab.clock(), "timeout", f"It is silent {HOSTILE}")
    with lab.serving() as page:
        pages = {desk: page.browser(desk).get("/health") for desk in DESKS}
    assert "<script>alert" not in "".join(pages.values())
    assert ["host-1-a" in text for text in pages.values()] == [True, False, False]
    assert ["It is silent" in text for text in pages.values()] == [True, False, False]
    assert all("Workers running: 1" in text for text in pages.values())
    assert all("/health/poll" not in text for text in pages.values())
    for desk, text in pages.items():
        shown = re.findall(r"<li[^>]*><strong>(ada|ben|eve)</strong>", text)
        assert shown == (list(DESKS) if desk == "ada" else [])


def test_a_lab_without_workers_says_so(page: ServedLabPage) -> None:
    assert "No worker is running" in page.browser("ada").get("/health")


# signing in by a proxy

HEADER = "X-Forwarded-Email"
PROXIED: Section = {"login_header": HEADER, "login_proxies": ["127.0.0.0/8"]}
LOGINS = {"ada": ["Ada@example.org", "a@example.org"], "ben": ["ben@example.org"]}


def test_a_listed_proxy_says_who_signs_in(tmp_path: Path) -> None:
    lab = ServedLab(tmp_path, web=PROXIED, logins=LOGINS)
    with lab.serving() as page:
        for login in ("ada@example.org", "ADA@example.org", "a@example.org"):
            browser = page.stranger(**{HEADER: login})
            assert cards(browser.get("/").text) == [(KEYS["ada"], "queued")]
        ben = page.stranger(**{HEADER: "ben@example.org"})
        text = ben.get("/").text
        fields = {"key": KEYS["ben"], "revision": "0", "action": "keep"}
        assert ben.post("/decide", data=fields).status_code == 403
        csrf = text.partition('name="csrf" value="')[2].partition('"')[0]
        assert browser.post("/decide", data={"csrf": csrf, **fields}).status_code == 403
        foreign = {"sec-fetch-site": "cross-site"}
        assert ben.post("/decide", data={"csrf": csrf, **fields}, headers=foreign).status_code == 403
        assert lab.status("ben") == "queued"
        assert ben.post("/decide", data={"csrf": csrf, **fields}).status_code == 303
    with lab.serving() as page:  # a form that was open over a restart still counts
        undo = {"csrf": csrf, "key": KEYS["ben"], "revision": "1", "action": "undo"}
        assert page.stranger(**{HEADER: "ben@example.org"}).post("/decide", data=undo).status_code == 303


SPOOFED: dict[str, Callable[[], httpx.Headers]] = {
    "a login that no desk has": lambda: httpx.Headers({HEADER: "eve@example.org"}),
    "an empty login": lambda: httpx.Headers({HEADER: ""}),
    "two logins": lambda: httpx.Headers([(HEADER, "ada@example.org"), (HEADER, "ben@example.org")]),
    "two logins in one": lambda: httpx.Headers({HEADER: "ada@example.org, ben@example.org"}),
    "the name of a desk": lambda: httpx.Headers({HEADER: "ada"}),
    "a longer login": lambda: httpx.Headers({HEADER: "ada@example.org.evil.example"}),
}


@pytest.mark.parametrize("case", SPOOFED)
def test_a_header_that_names_no_curator_is_refused_in_one_sentence(case: str, tmp_path: Path) -> None:
    lab = ServedLab(tmp_path, web=PROXIED, logins=LOGINS)
    with lab.serving() as page:
        answer = page.stranger().get("/", headers=SPOOFED[case]())
        assert (answer.status_code, answer.text.count("\n")) == (403, 1)
        assert "No desk here has your login" in answer.text


def test_the_header_is_not_believed_from_elsewhere(tmp_path: Path) -> None:
    elsewhere: Section = {**PROXIED, "login_proxies": ["10.0.0.0/8"]}
    lab = ServedLab(tmp_path, web=elsewhere, logins=LOGINS)
    with lab.serving() as page:
        spoof = {HEADER: "ada@example.org"}
        for path in ("/", "/start", "/feeds/digests.atom", "/api/v1/queue", "/static/page.css"):
            assert page.stranger(**spoof).get(path).status_code == 403
        assert page.stranger(**spoof, **{"x-forwarded-for": "10.0.0.1"}).get("/").status_code == 403
        # not even beside a session of one's own
        assert page.browser("ben").client.get("/", headers=spoof).status_code == 403
        page.browser("ben").get("/")


def test_two_desks_with_one_login_are_a_mistake_and_open_neither(tmp_path: Path) -> None:
    logins = {"ada": ["a@example.org"], "ben": ["A@Example.org", "ben@example.org"]}
    lab = ServedLab(tmp_path, web=PROXIED, logins=logins)
    with lab.serving() as page:
        assert page.stranger(**{HEADER: "a@example.org"}).get("/").status_code == 403
        # no reason to serve nothing to the others
        assert page.stranger(**{HEADER: "ben@example.org"}).get("/").status_code == 200
    assert "'a@example.org' is a login of the desks ada, ben" in lab.said[0]
    assert len(lab.said) == 1
    words = ("--config", str(lab.path), "desk", "check")
    done = run_here(*words, cwd=lab.folder, env=clean_environment(lab.folder))
    assert done.code == 1
    assert "'a@example.org' is a login of the desks ada, ben" in done.err


@pytest.mark.parametrize(
    ("web", "sentence"),
    [
        ({"login_header": HEADER}, "belong together"),
        ({"login_proxies": ["127.0.0.1"]}, "belong together"),
        ({"login_header": "Cookie", "login_proxies": ["127.0.0.1"]}, "web.login_header must be"),
        ({"login_header": "X-Mail\nX", "login_proxies": ["127.0.0.1"]}, "web.login_header must be"),
        ({"login_header": HEADER, "login_proxies": ["proxy.example.org"]}, "web.login_proxies has addresses"),
        ({"login_header": HEADER, "login_proxies": ["0.0.0.0/0"]}, "everybody could sign in"),
        ({"token_file": "/tmp/tokens.json"}, "web.token_file must be a path within"),
        ({"token_file": "../tokens.json"}, "web.token_file must be a path within"),
    ],
)
def test_a_mistake_in_the_settings_is_named(web: Section, sentence: str, tmp_path: Path) -> None:
    lab = ServedLab(tmp_path, lab={"admins": ["ada"]})
    text = lab.path.read_text("utf-8")
    from acceptance.command import table

    lab.path.write_text(text.replace("[web]", table("[web]", web)), "utf-8")
    with pytest.raises(ConfigError, match=sentence):
        load_config(lab.path, need_topics=False)


def test_an_administrator_whose_desk_is_gone_stops_nothing(tmp_path: Path) -> None:
    lab = ServedLab(tmp_path, lab={"admins": ["ada", "zoe"]})
    assert load_config(lab.path, desk="ada").is_admin
    assert not load_config(lab.path, desk="ben").is_admin
    words = ("--config", str(lab.path), "desk", "check")
    done = run_here(*words, cwd=lab.folder, env=clean_environment(lab.folder))
    assert (done.code, "lab.toml: lab.admins: there is no desk 'zoe'." in done.err) == (1, True)


@pytest.mark.parametrize("admins", ['"ada"', "[1]", "[[]]", "{a = 1}"])
def test_administrators_are_a_list_of_names(admins: str, lab: ServedLab) -> None:
    text = lab.path.read_text("utf-8").replace("[lab]", f"[lab]\nadmins = {admins}")
    lab.path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=r"lab\.admins must be a list of desks"):
        load_config(lab.path, need_topics=False)


@pytest.mark.parametrize("web", [{}, {"token_file": "private/tokens.json"}])
def test_the_tokens_of_a_desk_are_where_its_commands_write_them(web: Section, tmp_path: Path) -> None:
    lab = ServedLab(tmp_path, web=web)
    read = Lab.read(lab.path)
    for desk in DESKS:
        assert read.token_file(desk) == load_config(lab.path, desk=desk).web_token_file


def test_other_machines_need_a_way_to_sign_in(lab: ServedLab) -> None:
    from notebot.web.server import WebServer

    config = load_config(lab.path, need_topics=False)
    with pytest.raises(UsageError, match="nobody could sign in"):
        WebServer(Resources(config), ("0.0.0.0", 0))
