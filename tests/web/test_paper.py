"""The page of one stub: fields, drafts, previews, stale forms."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import paper
from notebot.core.model.note import Note
from notebot.core.model.stub import (
    AttributedText,
    Curator,
    Related,
    RelatedKind,
    RelatedReason,
    Stub,
    StubStatus,
    TagEvidence,
)
from notebot.core.note_format.stub_title import NoteStyle
from notebot.features.digests.rules.page_edits import changed_fields, editable_fields, with_typed_fields
from notebot.features.topics.rules.drafting import draft_from_paper
from notebot.web.markdown import render_markdown
from web.served_desk import Browser, ServedDesk

KEY = "arxiv:2605.00001"
PATH = "/papers/2605.00001"
COMMENT = "# 見出しではない\n\n「証明」が良い。 <b>&amp; `code`\n\n  - 二段落目\n"


def form_of(page: str) -> dict[str, str]:
    """The form's fields as a browser without script would send them unchanged, line ends included."""
    document = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    (form,) = [each for each in document.iter("form") if each.get("id") == "edit"]
    fields = {each.get("name"): each.get("value") or "" for each in form.iter("input") if each.get("name")}
    # the parser drops the line end after <textarea>, as a browser does
    fields |= {each.get("name"): "".join(each.itertext()) for each in form.iter("textarea")}
    return {name: text.replace("\n", "\r\n") for name, text in fields.items()}


def edit(browser: Browser, action: str, path: str = PATH, **typed: str) -> Any:
    fields = form_of(browser.get(path))
    return browser.client.post("/papers", data={**fields, **typed, "action": action})


def test_the_page_shows_everything_and_saving_it_unchanged_changes_nothing(desk: ServedDesk, browser: Browser) -> None:
    before = desk.stub(KEY)
    page = browser.get(PATH)
    assert before.abstract in unescape(page)
    assert edit(browser, "save").status_code == 303
    assert desk.stub(KEY) == before
    assert desk.store.decisions.of(KEY) == []


def test_every_field_is_saved_as_the_curator_s(desk: ServedDesk, browser: Browser) -> None:
    answer = edit(
        browser,
        "save",
        title_line="[Paper Note] 題名, Ada Example+, ICLR'26, 2026.05",
        tags="#NLP、Reasoning Guess?, Reasoning",
        comment=COMMENT.replace("\n", "\r\n"),
        summary="要約。",
        posts="https://x.com/ada/status/1908000000000000000?s=20\r\n解説ポスト: https://x.com/ben/status/1908000000000000001",
        related="#12 345",
    )
    assert answer.headers["location"] == f"{PATH}?saved=1"
    stub = desk.stub(KEY)
    assert stub.curator == Curator(
        comment=COMMENT,
        fields={"title_line": "[Paper Note] 題名, Ada Example+, ICLR'26, 2026.05", "summary": "要約。"},
        tags=("NLP", "Reasoning"),
        related=(12, 345),
        post_words=(("https://x.com/ben/status/1908000000000000001", "解説ポスト:"),),
    )
    assert stub.posts == tuple(
        f"https://x.com/{who}/status/190800000000000000{n}" for n, who in enumerate(("ada", "ben"))
    )
    assert stub.status is StubStatus.QUEUED
    (decision,) = desk.store.decisions.of(KEY)
    assert (decision.move, decision.by) == ("edit", "page")
    browser.decide(KEY, "undo")
    assert (desk.stub(KEY).curator, desk.stub(KEY).posts) == (Curator(), ())


def test_keep_saves_what_was_typed_and_leads_to_publishing(desk: ServedDesk, browser: Browser) -> None:
    assert edit(browser, "keep", comment="良い。").headers["location"] == "/kept#arxiv%3A2605.00001"
    assert (desk.stub(KEY).status, desk.stub(KEY).curator.comment) == (StubStatus.KEPT, "良い。")
    assert edit(browser, "later", path="/papers/2605.00002").status_code == 303
    assert desk.stub("arxiv:2605.00002").curator.tags == ("NLP", "Mathematics", "read-later")


def test_an_emptied_title_line_is_notebot_s_again(desk: ServedDesk, browser: Browser) -> None:
    edit(browser, "save", title_line="Mine, 2026.05")
    assert "title_line" in desk.stub(KEY).curator.fields
    edit(browser, "save", title_line=" ")
    assert desk.stub(KEY).curator.fields == {}


def test_typed_text_survives_until_it_is_saved_or_discarded(desk: ServedDesk, browser: Browser) -> None:
    browser.post("/drafts", {"key": KEY, "comment": COMMENT}, accept="application/json")
    browser.post("/drafts", {"key": KEY, "summary": "半"}, accept="application/json")
    with desk.serving() as restarted:  # another server on the same state, as after a crash
        client = restarted.stranger(cookie=f"notebot_session={browser.client.cookies['notebot_session']}")
        fields = form_of(client.get(PATH).text)
    assert fields["comment"].replace("\r\n", "\n") == COMMENT
    assert fields["summary"] == "半"
    assert desk.stub(KEY).curator == Curator()
    edit(browser, "save")
    assert desk.stub(KEY).curator.comment == COMMENT
    assert desk.store.drafts.of(KEY) == {}
    browser.post("/drafts", {"key": KEY, "comment": "weg"}, accept="application/json")
    edit(browser, "discard")
    assert form_of(browser.get(PATH))["comment"].replace("\r\n", "\n") == COMMENT


def test_two_tabs_keep_what_each_has_typed(desk: ServedDesk, browser: Browser) -> None:
    def typed(known: str, text: str) -> Any:
        fields = {"key": KEY, "comment": text, "known_comment": known}
        return browser.post("/drafts", fields, accept="application/json")

    first = form_of(browser.get(PATH))
    assert typed("", "eins").status_code == 200
    answer = typed("", "zwei")  # a tab that has not seen the other's text
    assert (answer.status_code, answer.json()["texts"]) == (409, {"comment": "eins"})
    assert desk.store.drafts.of(KEY) == {"comment": "eins"}
    # a tab that saves another field leaves the draft of this one
    assert browser.client.post("/papers", data={**first, "summary": "S.", "action": "save"}).status_code == 303
    assert desk.stub(KEY).curator == Curator(fields={"summary": "S."})
    assert desk.store.drafts.of(KEY) == {"comment": "eins"}
    assert typed("eins", "eins und zwei").status_code == 200


def test_what_is_typed_is_checked_and_previewed_at_once(desk: ServedDesk, browser: Browser) -> None:
    def live(**typed: str) -> dict[str, str]:
        answer: dict[str, str] = browser.post("/drafts", {"key": KEY, **typed}, accept="application/json").json()
        return answer

    parts = live(title_line="[Paper Note] A, b, and c, Ada Example+, NeurIPS’26, 2026.05", comment="**fett** <b>")
    assert "<dt>author</dt><dd>Ada Example+</dd>" in parts["title"]
    assert "write a plain &#39; before it" in parts["title"]
    assert "<strong>fett</strong> &lt;b&gt;" in parts["comment"]
    assert "<pre" in parts["issue"]
    assert "NeurIPS’26" in parts["issue"]
    assert "has no venue" in live(title_line="[Paper Note] Without")["title"]
    assert "256 characters" in live(title_line="x" * 300)["title"]
    assert "256" in live(title_line="x" * 300)["issue"]
    assert desk.stub(KEY).curator == Curator()


def test_a_stale_edit_keeps_what_was_typed(desk: ServedDesk, browser: Browser) -> None:
    fields = form_of(browser.get(PATH))
    browser.decide(KEY, "skip")
    answer = browser.client.post("/papers", data={**fields, "comment": "lang getippt", "action": "keep"})
    assert answer.status_code == 409
    assert "changed elsewhere" in answer.text
    assert form_of(answer.text)["comment"] == "lang getippt"
    assert desk.stub(KEY).status is StubStatus.SKIPPED
    # the answered form carries the new revision
    assert browser.client.post("/papers", data={**form_of(answer.text), "action": "save"}).status_code == 303
    assert desk.stub(KEY).curator.comment == "lang getippt"


def test_a_published_note_is_not_edited(desk: ServedDesk, browser: Browser) -> None:
    desk.save(desk.candidate(KEY, status=StubStatus.KEPT, note_number=77))
    page = browser.get(PATH)
    assert "#77" in page
    assert 'value="keep"' not in page
    fields = {"key": KEY, "revision": "0", "action": "save", "comment": "x"}
    answer = browser.post("/papers", fields)
    assert answer.status_code == 409
    assert form_of(answer.text)["comment"] == "x"  # it was typed before the note was published, and can be copied
    assert desk.stub(KEY).curator == Curator()


@pytest.mark.parametrize("published", [False, True])
def test_a_refused_edit_keeps_what_was_typed(desk: ServedDesk, browser: Browser, published: bool) -> None:
    fields = form_of(browser.get(PATH))
    desk.save(desk.candidate(KEY, status=StubStatus.SKIPPED, note_number=77 if published else None))
    answer = browser.client.post("/papers", data={**fields, "comment": "lang getippt", "action": "keep"})
    assert answer.status_code == 409
    assert "What you typed is still below" in answer.text
    assert form_of(answer.text)["comment"] == "lang getippt"


def test_tags_are_completed_in_the_archive_s_order(desk: ServedDesk, browser: Browser) -> None:
    lists = [("NLP", "Reasoning", "ReinforcementLearning"), ("NLP", "Pretraining")]
    with desk.store.transaction():
        for number, tags in enumerate(lists, 1):
            note = Note(title_line=f"Note {number}", number=number, tags=tags)
            desk.store.notes.save(None, note, {"notes": note})
    found = browser.client.get("/tags.json", params={"q": "re"}).json()
    assert found[:2] == ["Reasoning", "ReinforcementLearning"]
    assert "Pretraining" in found


@pytest.mark.parametrize("ref", ["2605.09999", "nonsense", "url:https://nowhere.example", "2605.00001/draft", "%00"])
def test_an_unknown_paper_is_not_found(ref: str, browser: Browser) -> None:
    assert browser.client.get(f"/papers/{ref}").status_code == 404


def test_a_page_that_is_not_a_paper_has_a_page_too(desk: ServedDesk, browser: Browser) -> None:
    url = "https://blog.example/post?a=1&b=2"
    desk.save(desk.candidate(f"url:{url}", arxiv_id="", url=url, title="A post"))
    address = re.search(r'<h3><a href="(/papers/url[^"]+)">', browser.get("/"))
    assert address is not None
    assert "A post" in browser.get(unescape(address[1]))
    assert edit(browser, "skip", path=unescape(address[1])).status_code == 303
    assert desk.stub(f"url:{url}").status is StubStatus.SKIPPED


def test_related_notes_guesses_and_extracts_are_shown_as_such(tmp_path: Path) -> None:
    desk = ServedDesk(tmp_path)
    reason = RelatedReason(RelatedKind.TAGS, ("NLP",))
    desk.save(
        desk.candidate(
            KEY,
            tags=("NLP", "Guess"),
            tag_evidence=(TagEvidence("Guess", 0.6, sure=False, why="in 6 of 10"),),
            related=(Related(12, "An old note", 0.9, reason),),
            summary=AttributedText("Extracted.", "extractive"),
        )
    )
    with desk.serving() as page:
        browser = page.browser()
        text = browser.get(PATH)
        fields = form_of(text)
        assert edit(browser, "save").status_code == 303
    assert (fields["tags"], fields["summary"], fields["related"]) == ("NLP Guess?", "", "")
    assert "An old note" in text
    assert "Extract (not published): " in text
    assert desk.stub(KEY).curator == Curator()


# rules

STYLE = NoteStyle()
TEXTS = st.text(max_size=60)


def a_stub() -> Stub:
    return draft_from_paper(paper("2605.00001", "On mathematics"), None, ())


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(editable_fields(a_stub(), STYLE), TEXTS)))
def test_what_is_saved_is_what_the_form_shows_next(typed: dict[str, str]) -> None:
    stub = with_typed_fields(a_stub(), typed, STYLE)
    shown = editable_fields(stub, STYLE)
    assert with_typed_fields(stub, shown, STYLE) == stub
    assert changed_fields(stub, shown, STYLE) == {}


@given(TEXTS)
def test_a_comment_is_kept_byte_for_byte(text: str) -> None:
    stub = with_typed_fields(a_stub(), {"comment": text}, STYLE)
    assert stub.curator.comment == (text if text.strip() else None)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,x)",
        "![x](https://evil.example/x.png)",
        '<img src=x onerror="alert(1)">',
        "<https://evil.example/\"onmouseover='alert(1)'>",
        "[x]: javascript:alert(1)\n\n[x]",
        "| a |\n|---|\n| <svg onload=alert(1)> |",
    ],
)
def test_markdown_brings_no_script_and_loads_nothing(text: str) -> None:
    document = html5lib.parseFragment(render_markdown(text), namespaceHTMLElements=False)
    for element in document.iter():
        assert element.tag not in ("script", "img", "svg", "iframe")
        assert not [name for name in element.keys() if str(name).startswith("on")]  # noqa: SIM118
        assert (element.get("href") or "https:").startswith("https:")
