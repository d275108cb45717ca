"""Exported citations are read by parsers of others: bibtexparser, rispy and citeproc-py, whatever the text is."""

import json
import re
import warnings

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from bibtexparser.library import Library
from bibtexparser.middlewares import LatexDecodingMiddleware
from citeproc.source.json import CiteProcJSON
from hypothesis import given, settings
from hypothesis import strategies as st

from notebot.core.model.note import Note
from notebot.features.archive.rules.bibtex import Work, bibliography
from notebot.features.archive.rules.citation import cite, csl_item, write_ris

JOURNALS = {"TMLR"}
LINE = "[Paper Note] {}, {}+, ACL'26 Findings, 2026.05"


def work(title: str, *authors: str, tags: tuple[str, ...] = (), venue: str = "ACL'26 Findings") -> Work:
    line = f"[Paper Note] {title}, {authors[0] if authors else 'Ada'}+, {venue}, 2026.05"
    url = "https://arxiv.org/abs/2605.00001"
    return Work(Note(line, 7, tags=tags, urls=(url,), arxiv_id="2605.00001"), authors)


def read_bibtex(text: str) -> Library:
    library = parse_string(text, append_middleware=[LatexDecodingMiddleware()])
    assert library.failed_blocks == []
    # nothing outside the entries: no text broke out of its braces
    assert (library.comments, library.preambles, library.strings) == ([], [], [])
    return library


def read_ris(text: str) -> list[dict[str, object]]:
    entries: list[dict[str, object]] = rispy.loads(text)
    return entries


def read_csl(works: list[Work]) -> CiteProcJSON:
    documents = json.loads(json.dumps([csl_item(citation) for citation in cite(works, JOURNALS)], ensure_ascii=False))
    with warnings.catch_warnings():
        # citeproc-py warns of variables that CSL does not have
        warnings.simplefilter("error")
        return CiteProcJSON(documents)


def test_a_conference_paper_reads_the_same_everywhere() -> None:
    paper = work("Counting {Birds} & $n$ bees", "Ada van der Example", "The Bird Team", "Ben Sample Jr.", tags=("NLP",))
    (entry,) = read_bibtex(bibliography([paper], JOURNALS)).entries
    assert (entry.entry_type, entry["booktitle"], entry["year"]) == ("inproceedings", "ACL", "2026")
    (ris,) = read_ris(write_ris(cite([paper], JOURNALS)))
    assert ris == {
        "type_of_reference": "CONF",
        "id": "example2026counting",
        "authors": ["van der Example, Ada", "The Bird Team", "Sample, Ben, Jr."],
        "title": "Counting {Birds} & $n$ bees",
        "secondary_title": "ACL",
        "year": "2026",
        "date": "2026/05//",
        "type_of_work": "Findings",
        "accession_number": "arXiv:2605.00001",
        "urls": ["https://arxiv.org/abs/2605.00001"],
        "keywords": ["NLP"],
    }
    csl = read_csl([paper])["example2026counting"]
    assert (csl["type"], str(csl["container_title"])) == ("paper-conference", "ACL")
    assert [str(name) for name in csl["author"]]


@pytest.mark.parametrize(
    ("venue", "ris_type", "csl_type"),
    [("arXiv'26", "UNPB", "article"), ("TMLR'26", "JOUR", "article-journal"), ("ACL'26", "CONF", "paper-conference")],
)
def test_the_kind_follows_the_venue(venue: str, ris_type: str, csl_type: str) -> None:
    (citation,) = cite([work("Counting", "Ada Example", venue=venue)], JOURNALS)
    assert read_ris(write_ris([citation]))[0]["type_of_reference"] == ris_type
    assert csl_item(citation)["type"] == csl_type
    assert citation.doi == ("10.48550/arXiv.2605.00001" if ris_type == "UNPB" else "")


def test_a_page_without_anything_is_a_webpage() -> None:
    (citation,) = cite([Work(Note("A Page", urls=("https://blog.example/a",)), ())], JOURNALS)
    assert csl_item(citation) == {"id": "page", "type": "webpage", "title": "A Page", "URL": "https://blog.example/a"}


PIECES = [
    "{",
    "}",
    "\\",
    "@misc{a,",
    "%",
    "$",
    "#",
    "~",
    "^",
    "_",
    "&",
    '"',
    ",",
    " and ",
    "\n",
    "\r\n",
    "\0",
    "\x1b",
    "\u202e",
]
PIECES += [
    "\nER  - \nTY  - JOUR",
    "ER  - ",
    "}\n@comment{",
    "\\input{/etc/passwd}",
    "$\\alpha$",
    "$x",
    "数学",
    "é",
    "a",
    "B",
    " ",
]
TEXT = st.lists(st.sampled_from(PIECES), max_size=10).map("".join)


@settings(max_examples=min(60, 2 * settings().max_examples))
@given(st.lists(st.tuples(TEXT, st.lists(TEXT, max_size=3), TEXT), min_size=1, max_size=3))
def test_hostile_text_makes_no_entry_of_its_own(papers: list[tuple[str, list[str], str]]) -> None:
    works = [work(title, *authors, tags=(tag,) if tag else ()) for title, authors, tag in papers]
    bibtex = bibliography(works, JOURNALS)
    library = read_bibtex(bibtex)
    assert len(library.entries) == len({entry.key for entry in library.entries}) == len(works)
    # a value is in braces that balance, so no macro of the text survives outside a harmless formula
    assert not re.search(r"\\(?:input|include|write|def)", bibtex)
    ris = read_ris(write_ris(cite(works, JOURNALS)))
    assert len(ris) == len(works)
    assert all(entry["accession_number"] == "arXiv:2605.00001" for entry in ris)
    assert len(read_csl(works)) == len(works)


@given(st.text(max_size=40))
def test_any_text_is_read_back_in_ris_and_csl(title: str) -> None:
    (citation,) = cite([work(f"A{title}Z", "Ada Example")], JOURNALS)
    (entry,) = read_ris(write_ris([citation]))
    assert entry.get("title", "") == citation.title
    assert json.loads(json.dumps(csl_item(citation)))["title"] == citation.title
