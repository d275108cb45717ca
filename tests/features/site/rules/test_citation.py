"""Bibliographic data of a note, as Zotero's translators read it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest
from msgspec.structs import replace

from fakes import paper
from features.site.invented_notes import note
from notebot.core.model.note import Note
from notebot.features.site.rules.citation import author_names, cite_note, coins, meta_tags
from notebot.features.site.rules.full_note import read_full_note
from notebot.features.topics.rules.drafting import draft_from_paper


def read(each: Note) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The meta tags and the COinS fields."""
    full = read_full_note(each)
    citation = cite_note(full, {"TMLR"})
    tags: dict[str, list[str]] = {}
    for name, content in meta_tags(citation, full.abstract):
        tags.setdefault(name, []).append(content)
    return tags, parse_qs(coins(citation, full.abstract), strict_parsing=True)


def titled(line: str, **changes: Any) -> Note:
    """A note with another title line."""
    return replace(note(1, **changes), title_line=line)


def test_a_paper_at_a_conference() -> None:
    tags, fields = read(titled("[Paper Note] Tides, Calm & Wild, Ann Author+, EMNLP'25 Findings, 2025.11"))
    assert tags == {
        "citation_title": ["Tides, Calm & Wild"],
        "citation_author": ["Ann Author", "Ben Writer"],
        "citation_publication_date": ["2025/11"],
        "citation_conference_title": ["EMNLP"],
        "citation_arxiv_id": ["2605.00001"],
        "citation_public_url": ["https://arxiv.org/abs/2605.00001"],
        "citation_pdf_url": ["https://arxiv.org/pdf/2605.00001"],
        "citation_abstract": ["We count 1 things."],
    }
    assert fields["rft_val_fmt"] == ["info:ofi/fmt:kev:mtx:book"]
    assert fields["rft.genre"] == ["proceeding"]
    assert (fields["rft.atitle"], fields["rft.btitle"]) == (["Tides, Calm & Wild"], ["EMNLP"])
    assert fields["rft.au"] == ["Author, Ann", "Writer, Ben"]
    assert fields["rft.date"] == ["2025-11"]
    assert fields["rft.description"] == ["We count 1 things."]


def test_a_preprint_has_the_doi_that_arxiv_gives_it() -> None:
    tags, fields = read(titled("[Paper Note] Tides, Ann Author+, arXiv'26, 2026.05"))
    assert tags["citation_doi"] == ["10.48550/arXiv.2605.00001"]
    assert "citation_conference_title" not in tags
    assert (fields["rft.type"], fields["rft.title"]) == (["preprint"], ["Tides"])
    assert fields["rft_id"] == ["info:doi/10.48550/arXiv.2605.00001", "https://arxiv.org/abs/2605.00001"]


def test_an_article_in_a_journal_and_a_page_of_the_web() -> None:
    tags, fields = read(titled("[Paper Note] Tides, Ann Author+, TMLR'26"))
    assert (tags["citation_journal_title"], tags["citation_publication_date"]) == (["TMLR"], ["2026"])
    assert (fields["rft.genre"], fields["rft.jtitle"]) == (["article"], ["TMLR"])
    tags, fields = read(titled("How we count, Example Inc, 2024.01", arxiv_id=None, body=None))
    assert tags["citation_author"] == ["Example Inc"]
    assert fields["rft.type"] == ["webpage"]


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("T, Ann Author+, ACL'26, 2025.09", "2026"),  # on arXiv in 2025, at the conference in 2026
        ("T, Ann Author+, ACL'26", "2026"),
        ("T, Example, 2024", "2024"),
        ("T", "2026"),  # of the note
    ],
)
def test_the_date_is_that_of_the_venue(line: str, date: str) -> None:
    assert read(titled(line))[0]["citation_publication_date"] == [date]


def test_hostile_text_stays_one_value() -> None:
    _, fields = read(titled("A&rft.au=Evil%26+<b>, Ann Author+, ACL'26", urls=("javascript:alert(1)",)))
    assert fields["rft.atitle"] == ["A&rft.au=Evil%26+<b>"]
    assert fields["rft.au"] == ["Author, Ann", "Writer, Ben"]
    assert "rft_id" not in fields


def test_a_kept_paper_has_the_authors_and_the_doi_of_its_stub() -> None:
    stub = draft_from_paper(paper("2605.00009", "On tides"), None, ())
    full = read_full_note(Note("On tides, A+, arXiv'26", arxiv_id="2605.00009"), stub)
    assert author_names(cite_note(full, ())) == list(stub.authors)
    assert full.abstract == " ".join(stub.abstract.split())
