"""Lists of accepted papers in the formats that conferences publish, valid and malformed."""

import json
from pathlib import Path

import pytest

from growth import grows_linearly, repeated
from notebot.core.model.errors import UsageError
from notebot.features.venues.adapters.accepted_lists import read_accepted
from notebot.features.venues.adapters.accepted_lists.bibtex import read_bibtex
from notebot.features.venues.rules.accepted_papers import AcceptedPaper
from paths import REAL_DATA

SHARED = REAL_DATA / "scholarly"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the recorded answers are not part of the project")


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


BIBTEX = r"""
% a comment, and an abbreviation
@string{ICLR = "International Conference on Learning Representations"}
@preamble{ "\newcommand{\x}{y}" }
@comment{ @inproceedings{no, title={Nothing}} }
@inproceedings{
wen2026count,
title={{ProofCount}: A \textbf{Small} {\emph{Study}} of G{\"o}del's Proofs \& $\alpha$--Rules},
author={Wen, Xue-Xiang and {\'E}mile Dupont and {Barnes and Noble Team} and
  others},
booktitle="The Fourteenth " # ICLR,
year=2026,
note = {Oral}
}
@InProceedings(byron, Title = "Quoted {"}inner{"} Words", AUTHOR = "Byron, Jr., Ada", year = {2026},
  booktitle = {Findings of the Association for Computational Linguistics: {ACL} 2026},)
"""


def test_bibtex_with_braces_abbreviations_and_accents(tmp_path: Path) -> None:
    assert read_accepted(write(tmp_path, "a.bib", BIBTEX)).papers == (
        AcceptedPaper(
            "ProofCount: A Small Study of Gödel's Proofs & $\\alpha$–Rules",
            ("Wen, Xue-Xiang", "Émile Dupont", "Barnes and Noble Team"),
            "Oral",
            2026,
            "The Fourteenth International Conference on Learning Representations",
        ),
        AcceptedPaper(
            'Quoted "inner" Words',
            ("Byron, Jr., Ada",),
            "Findings",
            2026,
            "Findings of the Association for Computational Linguistics: ACL 2026",
        ),
    )


def test_a_tilde_of_an_accent_is_not_a_blank(tmp_path: Path) -> None:
    path = write(tmp_path, "a.bib", r"@misc{a, title={A~B}, author={{Bedran de Magalh{\~{a}}es}, C. and Mu\~noz, D}}")
    (paper,) = read_accepted(path).papers
    assert (paper.title, paper.authors) == ("A B", ("Bedran de Magalhães, C.", "Muñoz, D"))


def test_a_list_in_windows_1252_keeps_its_letters(tmp_path: Path) -> None:
    path = tmp_path / "a.bib"
    path.write_bytes("@misc{a, title={Café}, author={José Ñandú}}".encode("cp1252"))
    (paper,) = read_accepted(path).papers
    assert (paper.title, paper.authors) == ("Café", ("José Ñandú",))


def test_a_brace_that_is_never_closed_damages_one_entry() -> None:
    text = "@a{x, title={Never closed, author={A B}\n@a{y, title={Second}, author={C D}}\n@a{z, title={Third"
    assert [row["title"] for row in read_bibtex(text)] == ["Never closed, author=A B", "Second", "Third"]


@pytest.mark.parametrize(
    ("before", "piece", "after"),
    [
        ("@a{x, title=", "{", ""), ('@a{x, title="', "\\", ""), ("", "\n@a{x, title={", ""), ("@a{x", " ", ""),
        ("@a{x, a", " = # ", ""), ("@a{x, author={", " and ", "}}"), ("", "@", ""), ("@a{x,title={", "\\'{", ""),
        ("@a{x, author={", " ", "}}"),
    ],
)  # fmt: skip
def test_hostile_bibtex_is_read_in_linear_time(before: str, piece: str, after: str) -> None:
    assert grows_linearly(lambda size: list(read_bibtex(before + repeated(piece, size) + after)), 50_000)


def test_abbreviations_may_use_earlier_ones() -> None:
    text = '@string{a = "Proc. of "}\n@string{B = A # "the Tea"}\n@x{k, title = b # " Society", year = 2026}\n'
    assert list(read_bibtex(text)) == [{"title": "Proc. of the Tea Society", "year": "2026", "author": []}]


def test_abbreviations_that_expand_without_limit_are_rejected(tmp_path: Path) -> None:
    doubled = "".join(f"@string{{a{n} = a{n - 1} # a{n - 1}}}\n" for n in range(1, 60))
    with pytest.raises(UsageError, match="more than 50 million characters"):
        read_accepted(write(tmp_path, "a.bib", '@string{a0 = "x"}\n' + doubled + "@x{k, title = a59}\n"))


@pytest.mark.parametrize(("name", "text"), [
    ("a.csv", 'Paper Title,Authors,Decision\n"Counting, Proofs","Ada Lovelace; Emmy Noether",Accept (oral)\n'),
    ("a.csv", "\ufeffTitle;Author Names;Track\nCounting, Proofs;Ada Lovelace, Emmy Noether;Oral\n"),
    ("a.tsv", "title\tauthors\tPresentation_Type\nCounting, Proofs\tLovelace, Ada and Noether, Emmy\tORAL\n"),
    ("a.csv", 'name,authors,type\n"Counting, Proofs","Ada Lovelace (Engines), and Emmy Noether",Oral\n'),
    ("a.csv", 'title,authors,type\n"Counting, Proofs","Ada Lovelace\nEmmy Noether",Oral\n'),
    ("a.json", '[{"title": "Counting, Proofs", "authors": ["Ada Lovelace", "Emmy Noether"], "decision": "Oral"}]'),
    ("a.json", '{"results": [{"name": "Poster 3", "title": "Counting, Proofs", "eventtype": "Oral", '
               '"authors": [{"fullname": "Ada Lovelace"}, {"name": "Emmy Noether"}]}]}'),
    ("a.json", '{"count": 1, "results": [{"name": "Counting, Proofs", "eventtype": "Oral", '
               '"authors": [{"fullname": "Ada Lovelace"}, {"fullname": "Emmy Noether"}]}]}'),
    ("a.json", '{"result": {"hits": {"hit": [{"@score": "1", "info": {"title": "Counting, Proofs", "type": "Oral", '
               '"authors": {"author": [{"@pid": "1", "text": "Ada Lovelace 0001"}, {"text": "Emmy Noether"}]}}}]}}}'),
    ("a.json", '{"notes": [{"id": "x", "content": {"title": {"value": "Counting, Proofs"}, '
               '"authors": {"value": ["Ada Lovelace", "Emmy Noether"]}, "venue": {"value": "ICLR 2026 Oral"}}}]}'),
    ("a.json", '[{"title": ["Counting, Proofs"], "author": [{"family": "Lovelace", "given": "Ada"}, '
               '{"family": "Noether", "given": "Emmy"}], "type": "oral"}]'),
    ("a.jsonl", '{"title": "Counting, Proofs", "authors": "Ada Lovelace and Emmy Noether", "type": "oral"}\n'
                '{"title": "Else", "authors": "Sofia Kovalevskaya"}\n'),
    ("a.xml", '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>x</title><item>'
              "<title>Counting, Proofs</title><dc:creator>Ada Lovelace, Emmy Noether</dc:creator>"
              "<category>Oral</category></item></channel></rss>"),
    ("a.rss", '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>x</title><item>'
              "<title>Counting, Proofs (Oral)</title><dc:creator>Ada Lovelace, Emmy Noether</dc:creator>"
              "</item></channel></rss>"),
    ("a.atom", '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Counting, Proofs</title>'
               "<author><name>Ada Lovelace</name></author><author><name>Emmy Noether</name></author>"
               '<category term="Oral"/></entry></feed>'),
])  # fmt: skip
def test_every_format_gives_title_authors_and_track(tmp_path: Path, name: str, text: str) -> None:
    entry = read_accepted(write(tmp_path, name, text)).papers[0]
    assert (entry.title, entry.track) == ("Counting, Proofs", "Oral")
    assert [name.partition(" (")[0] for name in entry.authors] in (
        ["Ada Lovelace", "Emmy Noether"],
        ["Lovelace, Ada", "Noether, Emmy"],
    )


def test_markup_and_entities_are_removed(tmp_path: Path) -> None:
    text = 'title,authors\n"<i>Proofs</i> &amp;  Rules","Ad&eacute; Lovelace"\n'
    assert read_accepted(write(tmp_path, "a.csv", text)).papers == (AcceptedPaper("Proofs & Rules", ("Adé Lovelace",)),)


def test_one_name_with_the_family_name_first_is_one_author(tmp_path: Path) -> None:
    text = 'title,authors\nProofs,"Lovelace, Ada"\n'
    assert read_accepted(write(tmp_path, "a.csv", text)).papers[0].authors == ("Lovelace, Ada",)


@pytest.mark.parametrize("field", [
    {"decision": "Reject"}, {"status": "Withdrawn"}, {"venue": "Submitted to ICLR 2026"},
    {"venue": "ICLR 2026 Conference Withdrawn Submission"}, {"venueid": "ICLR.cc/2026/Conference/Submission"},
    {"venueid": "ICLR.cc/2026/Conference/Rejected_Submission"}, {"decision": "Desk rejected"},
    {"booktitle": "Submitted to The Fourteenth Conference"}, {"note": "under review"},
    {"journal": "arXiv preprint arXiv:2505.00003"}, {"journal": "CoRR"}, {"howpublished": "arXiv"},
])  # fmt: skip
def test_papers_that_were_not_accepted_are_left_out(tmp_path: Path, field: dict[str, str]) -> None:
    rows = [{"title": "Proofs", "authors": ["Ada Lovelace"], **field}, {"title": "Rules", "authors": ["Emmy Noether"]}]
    read = read_accepted(write(tmp_path, "a.json", json.dumps(rows)))
    assert ([entry.title for entry in read.papers], read.not_accepted) == (["Rules"], 1)


def test_utf_16_tables_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("title,authors\nProofs,Zoë Lovelace\n".encode("utf-16"))
    assert read_accepted(path).papers == (AcceptedPaper("Proofs", ("Zoë Lovelace",)),)


def test_the_track_main_conference_submission_counts_as_accepted(tmp_path: Path) -> None:
    text = "title,authors,track\nProofs,Ada Lovelace,Main conference submission\n"
    assert len(read_accepted(write(tmp_path, "a.csv", text)).papers) == 1


def test_rows_without_title_or_authors_are_counted(tmp_path: Path) -> None:
    text = "title,authors\nProofs,Ada Lovelace\nRules,\n,Emmy Noether\nShort\n"
    read = read_accepted(write(tmp_path, "a.csv", text))
    assert (len(read.papers), read.incomplete) == (1, 3)


@pytest.mark.parametrize(("name", "text", "why"), [
    ("a.pdf", "", "must end in one of"),
    ("a.json", "{", "cannot be read as .json"),
    ("a.json", "[" * 100_000, "cannot be read as .json"),
    ("a.json", '[{"title": "Proofs"}]', "contains no accepted paper"),
    ("a.json", "3", "contains no accepted paper"),
    ("a.bib", "nothing", "contains no accepted paper"),
    ("a.csv", "title,authors\n" + '"' + "x" * 200_000, "cannot be read as .csv"),
    ("a.xml", "<html>", "not an RSS or Atom feed"),
    ("a.xml", '<!DOCTYPE r [<!ENTITY a "b">]><rss/>', "declares a document type"),
])  # fmt: skip
def test_a_malformed_list_is_reported_in_a_sentence(tmp_path: Path, name: str, text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        read_accepted(write(tmp_path, name, text))


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_accepted(tmp_path / "none.bib")


def test_invalid_utf8_does_not_stop_the_reader(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("title,authors\nProofs,Adé\n".encode("latin-1"))
    assert len(read_accepted(tmp_path / "a.csv").papers) == 1


@needs_shared
@pytest.mark.parametrize(("name", "count"), [
    ("dblp/dblp_1.bib", 1), ("openreview/v1_notes_nips2018_workshop.json", 2),
    ("semanticscholar/search_transformer_2026-06.json", 5), ("crossref/works_query.json", 5),
])  # fmt: skip
def test_recorded_answers_of_services_are_read(name: str, count: int) -> None:
    assert len(read_accepted(SHARED / name).papers) == count
