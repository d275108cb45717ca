"""Offered changes on the page: accepted, dismissed, taken back, and what comes too late."""

from __future__ import annotations

import re
from datetime import date

import html5lib
import pytest
from msgspec.structs import replace

from notebot.app import digests
from notebot.app.resources import Resources
from notebot.core.model.changes import AnotherPost, Change, MissingLabels, SecondNote, TitleLineOffer, VenueChange
from notebot.core.model.decision import COMMAND
from notebot.core.model.note import Note
from notebot.core.model.offer import Update, note_key
from notebot.core.model.reasons import NewPost
from notebot.core.model.stub import Curator, Offer, StubStatus
from web.served_desk import Browser, ServedDesk

HOSTILE = '<img src=x onerror="alert(1)"> {{ 7*7 }} "\'></p><script>alert(2)</script>'
LINE = "[Paper Note] A new title, Ada Example+, ACL'26, 2026.05"
CHANGES: dict[int, Change] = {
    1: VenueChange("ACL'26", "arXiv'25"),
    2: VenueChange("ICML'26", "arXiv'25"),
    3: AnotherPost("https://x.com/ada/status/1", "解説ポスト:", "1"),
    4: MissingLabels(("NLP", HOSTILE)),
    5: SecondNote(1),
}
"""By the number of the note."""


@pytest.fixture
def desk(desk: ServedDesk) -> ServedDesk:
    """Five notes with an offer each, and a kept paper whose title line the curator wrote."""
    with desk.store.transaction():
        for number in CHANGES:
            note = Note(f"[Paper Note] Title {number}, Ada Example+, arXiv'25, 2025.03", number, date(2025, 3, 1))
            desk.store.notes.save(None, note, {"notes": note})
    for number, change in CHANGES.items():
        offer(desk, note_key(number), change)
    mine = Curator(fields={"title_line": "mine"})
    kept = desk.candidate(desk.keys[0], status=StubStatus.KEPT, curator=mine, offers=(Offer("title_line", LINE, "v2"),))
    desk.save(kept)
    offer(desk, desk.keys[0], TitleLineOffer(LINE))
    return desk


def offer(desk: ServedDesk, key: str, change: Change, why: str = HOSTILE) -> None:
    with desk.store.transaction():
        desk.store.digests.add_update(Update(0, key, change, why, HOSTILE), desk.clock())


def shown(page: str) -> list[int]:
    """The ids of the offers on a page."""
    return [int(number) for number in re.findall(r'data-offer="(\d+)"', page)]


def decide(browser: Browser, action: str, *ids: int, **fields: str) -> str:
    """The page after a decision."""
    answer = browser.post("/updates/decide", {"action": action, "ids": " ".join(map(str, ids)), **fields})
    assert answer.status_code == 303, answer.text
    return browser.get(answer.headers["location"])


def undo_fields(page: str) -> tuple[int, str]:
    match = re.search(r'name="ids" value="(\d+)"><input type="hidden" name="revision" value="(\d+)"', page)
    assert match is not None
    return int(match[1]), match[2]


def accepted(desk: ServedDesk) -> list[str]:
    """Subjects of the offers that the next publishing applies."""
    return [update.subject for update in desk.store.outbox.accepted()]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_offers_are_shown_by_kind_and_nothing_in_them_acts(language: str, desk: ServedDesk, browser: Browser) -> None:
    browser.client.cookies.set("notebot_language", language)
    page = browser.get("/updates")
    document = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    text = "".join(document.itertext())
    assert [each.get("id") for each in document.iter("h2")] == [
        f"kind-{name}" for name in ("venue", "title_line", "post", "label", "twice")
    ]
    assert sorted(shown(page)) == [1, 2, 3, 4, 5, 6]
    assert text.count(HOSTILE) == 13  # title and reason of each, and one label
    assert [each.get("src") for each in document.iter("script")] == [f"/static/{name}" for name in scripts(page)]
    assert ("受け入れる" in text) is (language == "ja")


def scripts(page: str) -> list[str]:
    return re.findall(r'<script defer src="/static/([^"]+)"', page)


def test_an_accepted_change_of_a_note_waits_for_publishing_and_is_taken_back(
    desk: ServedDesk, browser: Browser
) -> None:
    page = decide(browser, "accept", 1)
    assert accepted(desk) == ["1"]
    offer(desk, "note:1", CHANGES[1], "found in another place, too")
    assert sorted(shown(page)) == sorted(shown(browser.get("/updates"))) == [2, 3, 4, 5, 6]
    (decision,) = desk.store.decisions.of("note:1")
    assert (decision.by, decision.move, decision.update, decision.update_id) == ("page", "accept", "1 venue", 1)
    number, revision = undo_fields(page)
    assert 1 in shown(decide(browser, "undo", number, revision=revision))
    assert accepted(desk) == []


def test_an_accepted_title_line_becomes_the_curators_own_and_is_taken_back(desk: ServedDesk, browser: Browser) -> None:
    page = decide(browser, "accept", 6)
    assert desk.stub(desk.keys[0]).curator.fields == {"title_line": LINE}
    number, revision = undo_fields(page)
    assert 6 in shown(decide(browser, "undo", number, revision=revision))
    assert desk.stub(desk.keys[0]).curator.fields == {"title_line": "mine"}


def test_a_dismissed_change_is_not_offered_again_until_that_is_taken_back(desk: ServedDesk, browser: Browser) -> None:
    for number in (1, 6):
        page = decide(browser, "dismiss", number)
    assert desk.stub(desk.keys[0]).curator.fields == {"title_line": "mine"}
    offer(desk, "note:1", CHANGES[1], "another reason")
    assert sorted(shown(browser.get("/updates"))) == [2, 3, 4, 5]
    report = digests.digest(Resources(desk.config, now=desk.clock))
    assert sorted(update["key"] for update in report.updates) == ["note:2", "note:3", "note:4", "note:5"]
    number, revision = undo_fields(page)
    assert sorted(shown(decide(browser, "undo", number, revision=revision))) == [2, 3, 4, 5, 6]
    assert accepted(desk) == []


def test_all_of_a_kind_are_decided_together_and_taken_back_together(desk: ServedDesk, browser: Browser) -> None:
    page = browser.get("/updates")
    form = re.search(r'name="ids" value="(\d+ \d+)">', page)
    assert form is not None
    browser.post("/updates/decide", {"action": "accept", "ids": form[1]})
    assert accepted(desk) == ["1", "2"]
    assert len(digests.undo(Resources(desk.config, now=desk.clock))) == 2
    assert accepted(desk) == []


def test_one_that_cannot_be_accepted_does_not_stop_the_others(desk: ServedDesk, browser: Browser) -> None:
    decide(browser, "dismiss", 2)
    page = decide(browser, "accept", 5, 2, 99, 1, 3)
    assert accepted(desk) == ["1", "3"]
    assert "2 decided." in page
    assert "3 are left as they are" in page


@pytest.mark.parametrize("case", ["decided elsewhere", "unknown", "newer offer", "published", "by hand"])
def test_an_offer_that_came_too_late_is_answered_in_a_sentence(case: str, desk: ServedDesk, browser: Browser) -> None:
    number = {"decided elsewhere": 1, "unknown": 99, "by hand": 5}.get(case, 6)
    stub = desk.stub(desk.keys[0])
    if case == "decided elsewhere":
        digests.offers(Resources(desk.config, now=desk.clock), COMMAND).decide("accept", [1])
    elif case == "newer offer":
        desk.save(replace(stub, offers=(*stub.offers, Offer("title_line", "newer", "v3"))))
    elif case == "published":
        desk.save(replace(stub, note_number=9))
    before = desk.store.decisions.state()
    answer = browser.post("/updates/decide", {"action": "accept", "ids": str(number)})
    assert answer.status_code == 409
    sentence = "To be done by hand." if case == "by hand" else "decided elsewhere or is gone; nothing was changed."
    assert sentence in answer.text.partition('role="alert"')[2].partition("</p>")[0]
    assert desk.store.decisions.state() == before


def test_a_late_undo_takes_back_nothing(desk: ServedDesk, browser: Browser) -> None:
    number, revision = undo_fields(decide(browser, "accept", 1))
    offer(desk, "note:1", MissingLabels(("ACL",)))
    decide(browser, "accept", 7)
    answer = browser.post("/updates/decide", {"action": "undo", "ids": str(number), "revision": revision})
    assert answer.status_code == 409
    assert accepted(desk) == ["1", "1"]


def test_undo_takes_back_the_offer_it_names_and_not_a_later_one_of_the_same_note(
    desk: ServedDesk, browser: Browser
) -> None:
    offer(desk, "note:1", MissingLabels(("ACL",)))
    decide(browser, "accept", 1)
    decide(browser, "accept", 7)
    number, revision = undo_fields(browser.get("/updates?decided=1"))
    page = decide(browser, "undo", number, revision=revision)
    assert 1 in shown(page)
    assert [update.field for update in desk.store.outbox.accepted()] == ["label"]


@pytest.mark.parametrize("fields", [{}, {"action": "burn", "ids": "1"}, {"action": "accept", "ids": "x ² -1"}])
def test_a_form_that_the_page_did_not_write_changes_nothing(
    fields: dict[str, str], desk: ServedDesk, browser: Browser
) -> None:
    assert browser.post("/updates/decide", fields).status_code == 400
    assert accepted(desk) == []


def test_a_tick_that_is_older_than_the_dismissal_does_not_count(desk: ServedDesk, browser: Browser) -> None:
    resources = Resources(desk.config, now=desk.clock)
    path = digests.digest(resources).path
    assert path is not None
    (file,) = desk.folder.rglob(path.rpartition("/")[2])
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text(
        "".join(line.replace("- [ ]", "- [x]") if "nb up 1 venue" in line or "nb up 2 venue" in line else line
                for line in lines),
        "utf-8",
    )  # fmt: skip
    decide(browser, "dismiss", 1)
    (report,) = digests.collect(resources, [])
    assert accepted(desk) == ["2"]
    assert [conflict.why for conflict in report.conflicts] == ["it was dismissed on the review page, which is newer"]


def test_a_read_only_page_shows_offers_without_forms_and_refuses_decisions(desk: ServedDesk) -> None:
    desk.config = replace(desk.config, web=replace(desk.config.web, read_only=True))
    with desk.serving() as page:
        browser = page.browser()
        text = browser.get("/updates")
        assert len(shown(text)) == 6
        assert "/updates/decide" not in text
        assert browser.post("/updates/decide", {"action": "accept", "ids": "1"}).status_code == 403
    assert accepted(desk) == []


def test_only_the_first_of_many_are_shown(desk: ServedDesk, browser: Browser) -> None:
    for number in range(60):
        offer(desk, "note:1", AnotherPost(f"https://x.com/a/status/{number}", mark=f"m{number}"))
    page = browser.get("/updates")
    assert len(shown(page)) == 55
    assert "11 more appear" in page


def test_an_address_of_another_scheme_is_no_link(desk: ServedDesk, browser: Browser) -> None:
    with desk.store.transaction():
        change = AnotherPost("javascript:alert(1)", mark="z")
        desk.store.digests.add_update(Update(0, "note:1", change, NewPost(), "A"), desk.clock())
    page = browser.get("/updates")
    assert "javascript:alert(1)" in page
    assert 'href="javascript' not in page
