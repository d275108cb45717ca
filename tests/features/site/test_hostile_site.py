"""No text from outside acts on any page of the site: every field of notes and stubs is one that would if it could."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import html5lib
import pytest
from msgspec.structs import replace

from acting_markup import what_acts, words
from fakes import paper
from features.site.invented_notes import FIGURE, SETTINGS, build, contents, note
from notebot.core.model.stub import AttributedText
from notebot.core.note_format.note_from_stub import make_note
from notebot.core.note_format.stub_title import NoteStyle
from notebot.features.topics.rules.drafting import draft_from_paper
from web.hostile_text import PAYLOADS

POLICY = (
    "default-src 'none'; style-src 'self' file:; script-src 'self' file:; img-src 'self' file:; "
    "form-action 'self' file:; base-uri 'none'"
)


def build_hostile_site(folder: Path) -> None:
    """For each payload a note and a kept paper with the payload in every field."""
    notes, stubs = [], []
    for number, payload in enumerate(PAYLOADS, 1):
        hostile = note(
            number,
            tags=("NLP", payload),
            urls=(payload, f"https://a.example/{payload}"),
            arxiv_id=payload,
            summary=payload,
            comments=(f"元ポスト: {payload}", payload, f"#{number % len(PAYLOADS) + 1} {payload}"),
            posts=(payload,),
            refs=(number % len(PAYLOADS) + 1,),
            body="\n".join(
                (payload, *(f"# {name}\n  - {payload}" for name in ("Authors", "Abstract", "Translation (by m)")))
            ),
        )
        notes.append(replace(hostile, title_line=f"[Paper Note] {payload}, {payload}+, {payload}'26, 2026.03"))
        stub = replace(
            draft_from_paper(paper(f"2605.{number:05d}", f"{payload} Title"), None, ()),
            authors=(payload, "Ada Lovelace"),
            abstract=payload,
            doi=payload,
            tags=("NLP", payload),
            summary=AttributedText(payload, payload),
            translation=AttributedText(payload, payload),
            posts=(payload,),
        )
        stubs.append((make_note(stub, NoteStyle()), stub))
    settings = replace(SETTINGS, title=f"T {PAYLOADS[0]}")
    figure = replace(FIGURE, title=PAYLOADS[0], about=PAYLOADS[0], headings=[PAYLOADS[0]], rows=[[PAYLOADS[0]]])
    assert build(folder, notes, stubs, settings=settings, figures=(figure,)).failures == []


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("hostile")
    build_hostile_site(folder)
    return contents(folder)


@pytest.fixture(scope="module")
def documents(files: dict[str, bytes]) -> dict[str, Any]:
    """Each page by its name, read by a parser that refuses HTML that is not valid."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return {name: parser.parse(content.decode()) for name, content in files.items() if name.endswith(".html")}


def test_no_text_becomes_an_element_an_attribute_or_a_comment(documents: dict[str, Any]) -> None:
    acting = {
        name: found
        for name, document in documents.items()
        if (found := [each for each in what_acts(document, "assets/search.js?", POLICY) if "<noscript>" not in each])
    }
    assert len(documents) > 2 * len(PAYLOADS)
    assert acting == {}


def test_every_text_is_shown_as_it_was_written(documents: dict[str, Any]) -> None:
    for number, payload in enumerate(PAYLOADS, 1):
        text = words(documents[f"notes/{number}.html"].find("body"))
        written = " ".join(re.sub("[\u202e]", "", payload).split())
        assert text.count(written) >= 3, payload


def test_file_names_come_from_no_text_unchanged(files: dict[str, bytes]) -> None:
    for name in files:
        assert re.fullmatch(r"[\w%.()+,&' ~/-]+", name), name
        assert name.count("/") <= 1
        assert ".." not in name


def test_feeds_and_the_index_of_the_search_are_well_formed(files: dict[str, bytes]) -> None:
    assert len([ElementTree.fromstring(content) for name, content in files.items() if name.endswith(".xml")]) > 40
    for name, content in files.items():
        if name.startswith("search/"):
            call = re.fullmatch(r"siteSearch\.(?:words|notes)\(\d+,(.*)\)\n", content.decode(), re.DOTALL)
            assert call is not None, name
            assert json.loads(call[1]) is not None
