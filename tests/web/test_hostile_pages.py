"""No text from outside acts on any page: every field of papers and notes holds a text that would if it could."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import html5lib
import pytest
from msgspec.structs import replace

from acting_markup import what_acts, words
from notebot.app import digests
from notebot.app.resources import Resources
from notebot.core.model.changes import AnotherPost, MissingLabels, VenueChange
from notebot.core.model.note import Note
from notebot.core.model.offer import Update, note_key
from notebot.core.model.reasons import VenueEvidence
from notebot.core.model.stub import AttributedText, Curator, StubStatus, TagEvidence
from real_browser import needs_browser, real_browser
from web.hostile_text import PAYLOADS
from web.served_desk import ServedDesk, ServedPage


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> ServedDesk:
    """For each payload a paper in a digest, a kept paper and a note, with the payload in every field."""
    count = len(PAYLOADS)
    desk = ServedDesk(tmp_path_factory.mktemp("hostile"), papers=2 * count, sections={"digest": {"full": 100}})
    for number, payload in enumerate(PAYLOADS):
        fields: dict[str, Any] = {
            "title": f"{payload} Title",
            "authors": (f"{payload} Author", "Ada Lovelace"),
            "abstract": f"{payload} Abstract.",
            "comment": f"Accepted at {payload}",
            "tags": ("NLP", payload),
            "tag_evidence": (TagEvidence(payload, 0.6, sure=False, why=payload),),
            "summary": AttributedText(payload, payload),
            "posts": (payload, f"https://x.com/a/status/1?{payload}"),
            "post_words": ((payload, payload),),
            "sources": (payload,),
            "guessed_from": payload,
        }
        curator = Curator(comment=payload, fields={"summary": payload})
        chosen = replace(curator, tags=("NLP", payload))
        desk.save(
            desk.candidate(desk.keys[number], curator=curator, **fields),
            desk.candidate(desk.keys[count + number], status=StubStatus.KEPT, curator=chosen, **fields),
        )
        note = Note(
            f"[Paper Note] {payload}, {payload}+, {payload}'26, 2026.03",
            number + 1,
            issue_date=desk.clock().date(),
            tags=("NLP", payload),
            urls=(payload,),
            comments=(f"元ポスト: {payload}", payload),
            posts=(payload,),
            body=f"# Abstract\n{payload}\n\n{payload}",
        )
        with desk.store.transaction():
            desk.store.notes.save(None, note, {"notes": note})
    resources = Resources(desk.config, now=desk.clock)
    assert digests.digest(resources).path is not None
    with desk.store.transaction():
        for number, payload in enumerate(PAYLOADS, 1):
            post = AnotherPost(f"https://x.com/a/status/1?{payload}", payload, payload)
            for change in (VenueChange(payload, payload), post, AnotherPost(payload), MissingLabels((payload,))):
                update = Update(0, note_key(number), change, VenueEvidence("comment", payload), payload)
                desk.store.digests.add_update(update, desk.clock())
    resources.close()
    return desk


@pytest.fixture(scope="module")
def page(desk: ServedDesk) -> Iterator[ServedPage]:
    with desk.serving() as served:
        yield served


@pytest.fixture(scope="module")
def paths(desk: ServedDesk) -> list[str]:
    """The pages that show these papers and notes."""
    (digest,) = desk.store.digests.names()
    return [
        *(
            "/",
            "/?state=kept",
            "/kept",
            "/updates",
            "/archive",
            "/digests",
            f"/digests/{digest.removesuffix('.md')}",
            "/stats",
            "/feeds",
        ),
        *(f"/{page}/{key.removeprefix('arxiv:')}" for key in desk.keys[: len(PAYLOADS)] for page in ("papers", "keep")),
        *(f"/archive/{number}" for number in range(1, len(PAYLOADS) + 1)),
    ]


def test_the_check_sees_every_attack_that_is_not_escaped() -> None:
    """A page that escapes nothing is found out for each payload that is HTML."""
    raw = [payload for payload in PAYLOADS if payload.startswith(("<", '"><', "-->", "]]>", "</"))]
    assert len(raw) > 25
    for payload in raw:
        page = f"<!DOCTYPE html><title>x</title><main><p>{payload}</p></main>"
        document = html5lib.parse(page, namespaceHTMLElements=False)
        assert list(what_acts(document)), payload
    for payload in ("' onmouseover='window.attacked=1' x='", '" autofocus onfocus="window.attacked=1" x="'):
        quote = payload[0]
        document = html5lib.parse(f"<input value={quote}{payload}{quote}>", namespaceHTMLElements=False)
        assert list(what_acts(document)), payload
    for payload in ("javascript:window.attacked=1", "java\tscript:window.attacked=1"):
        assert list(what_acts(html5lib.parse(f'<a href="{payload}">x</a>', namespaceHTMLElements=False)))


@pytest.fixture(scope="module")
def documents(page: ServedPage, paths: list[str]) -> dict[str, Any]:
    """Each page by its path, read by a parser that refuses HTML that is not valid."""
    browser = page.browser()
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return {path: parser.parse(browser.get(path)) for path in paths}


def test_no_text_becomes_an_element_an_attribute_or_a_comment(documents: dict[str, Any]) -> None:
    found = {path: acting for path, document in documents.items() if (acting := list(what_acts(document)))}
    assert found == {}


def test_every_text_is_shown_as_it_was_written(documents: dict[str, Any], desk: ServedDesk) -> None:
    review, kept, archive, offers = (words(documents[path]) for path in ("/", "/kept", "/archive", "/updates"))
    for number, payload in enumerate(PAYLOADS):
        written = " ".join(payload.split())
        title = unescape(written)  # titles of feeds contain entities, which title lines decode
        assert title in review
        assert title in kept
        assert written in archive
        assert offers.count(written) > 4
        paper = words(documents[f"/papers/{desk.keys[number].removeprefix('arxiv:')}"])
        assert all(text in paper for text in (title, f"{written} Author", f"{written} Abstract.")), payload
        assert written in words(documents[f"/archive/{number + 1}"])


@pytest.mark.browser
@pytest.mark.slow
@needs_browser
def test_no_text_runs_in_a_browser(page: ServedPage, paths: list[str]) -> None:
    with real_browser() as browser:
        browser.start_anew()
        browser.open(page.server.start_url())
        for path in paths:
            browser.open(f"{page.url.rstrip('/')}{path}")
            assert browser.driver.execute_script("return typeof window.attacked") == "undefined", path
            assert browser.driver.execute_script("return location.pathname") == urlsplit(path).path
        # a blocked script or picture is a complaint on the console
        assert browser.complaints() == []
        assert {host.partition(":")[0] for host in browser.hosts_asked()} <= {"127.0.0.1"}
