"""Notes as BibTeX entries: kinds, names, keys, and text that must not become a command."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.model.note import Note
from notebot.features.archive.rules.bibtex import Work, bibliography, escaped, read_authors

JOURNALS = {"TMLR"}
BODY = (
    "# URL\r\n- https://arxiv.org/abs/2504.02807\r\n# Authors\r\n  - Ada &lt;Example\r\n  - 数 学\r\n"
    "  - … (4 authors in all)\r\n# Abstract\r\n  - text"
)


def entry(title: str, *authors: str, **fields: object) -> str:
    """The one entry of a note."""
    return bibliography([Work(Note(title, **fields), authors)], JOURNALS)  # type: ignore[arg-type]


def test_a_conference_paper_has_its_venue_and_its_preprint() -> None:
    told = entry(
        "[Paper Note] The Art, of Counting, Ada Example+, ACL'26 Findings, 2025.05",
        "Ada Example",
        ":",
        "Ben Sample",
        urls=("https://arxiv.org/abs/2505.00001",),
        arxiv_id="2505.00001",
    )
    assert told == (
        "@inproceedings{example2026art,\n"
        "  title = {{The Art, of Counting}},\n"
        "  author = {Ada Example and Ben Sample},\n"
        "  year = {2026},\n"
        "  booktitle = {ACL},\n"
        "  note = {Findings},\n"
        "  eprint = {2505.00001},\n"
        "  archivePrefix = {arXiv},\n"
        "  url = {https://arxiv.org/abs/2505.00001},\n"
        "}\n"
    )


@pytest.mark.parametrize(
    ("title", "first", "rest"),
    [
        ("Counting, Ada Example+, arXiv'26, 2026.05", "@misc{example2026counting,", ["year = {2026}", "month = {5}"]),
        ("Counting, Ada Example+, TMLR'25, 2025.05", "@article{example2025counting,", ["journal = {TMLR}"]),
        ("Counting, Ada Example+, ACL", "@misc{", []),
        ("A Page, Some Company, 2026.02", "@misc{some2026page,", ["year = {2026}", "month = {2}"]),
        ("On Pages", "@misc{pages,", ["title = {{On Pages}}"]),
    ],
)
def test_the_kind_of_an_entry_is_that_of_its_venue(title: str, first: str, rest: list[str]) -> None:
    told = entry(title)
    assert told.startswith(first)
    assert all(f"  {field},\n" in told for field in rest)


def test_the_year_of_the_note_is_the_last_resort() -> None:
    assert "year = {2024}" in entry("Pages", issue_date=date(2024, 3, 1))


def test_without_the_list_of_authors_the_title_line_names_the_first() -> None:
    assert "author = {Ada Example and others}" in entry("Counting, Ada Example+, arXiv'26")
    assert "author = {Ada Example}" in entry("Counting, Ada Example, arXiv'26")
    assert "author" not in entry("Counting")


def test_names_that_are_none_of_a_person_stay_whole() -> None:
    told = entry("Counting, A+, arXiv'26", "Ben and Sons", "Sample, Inc.", "R&D Team")
    assert r"author = {{Ben and Sons} and {Sample, Inc.} and {R\&D Team}}" in told


def test_the_authors_of_a_body_are_read_back() -> None:
    assert read_authors(BODY) == ("Ada <Example", "数 学")
    assert read_authors("# Authors\n  - Last One") == ("Last One",)
    assert read_authors("no section") == read_authors(None) == ()


def test_every_entry_has_a_key_of_its_own() -> None:
    works = [Work(Note("Counting, Ada Exämple+, arXiv'26"), ())] * 28 + [Work(Note("数学", 7), ())]
    keys = re.findall(r"^@\w+\{(.*),$", bibliography(works, JOURNALS), re.MULTILINE)
    assert keys[:3] == ["example2026counting", "example2026countingb", "example2026countingc"]
    assert keys[25:] == ["example2026countingz", "example2026counting27", "example2026counting28", "note7"]


def test_a_key_with_a_suffix_is_not_the_key_of_another_title() -> None:
    titles = ["Dat", "Dat", "Datb", "Dat", "Datb"]
    works = [Work(Note(f"{title}, Ada Example+, arXiv'26"), ()) for title in titles]
    keys = re.findall(r"^@\w+\{(.*),$", bibliography(works, JOURNALS), re.MULTILINE)
    assert [key.removeprefix("example2026") for key in keys] == ["dat", "datb", "datbb", "datc", "datbc"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50% of R&D #1_x", r"50\% of R\&D \#1\_x"),
        (r"\input{/etc/passwd}", r"\textbackslash{}input\textbraceleft{}/etc/passwd\textbraceright{}"),
        ("an $O(n^2)$ bound", "an $O(n^2)$ bound"),
        ("$x_{i}$ and $5", r"$x_{i}$ and \$5"),
        (r"$\input{x}$", r"\$\textbackslash{}input\textbraceleft{}x\textbraceright{}\$"),
        ("$}{$", r"\$\textbraceright{}\textbraceleft{}\$"),
        ("a\n b\x00~^", r"a b \textasciitilde{}\textasciicircum{}"),
        ("数学\u200b", "数学"),
    ],
)
def test_text_becomes_no_command(text: str, expected: str) -> None:
    assert escaped(text) == expected


@given(st.text(alphabet="ab$^_{}\\%&# ", max_size=40))
def test_braces_are_balanced_whatever_the_text(text: str) -> None:
    told, depth = escaped(text), 0
    for char in told:
        depth += (char == "{") - (char == "}")
        assert depth >= 0
    assert depth == 0
    # in a formula also its spacing and braces
    assert not re.search(r"\\(?!text(?:backslash|brace(?:left|right)|ascii(?:tilde|circum))\{\}|[&%$#_,;: !{}|])", told)


def test_an_address_that_is_none_is_left_out_and_signs_in_it_are_set() -> None:
    assert "url" not in entry("Pages", urls=("javascript:alert(1)",))
    assert r"url = {https://a.example/x\%20y?a=1&b_c#d~e}" in entry("P", urls=("https://a.example/x%20y?a=1&b_c#d~e",))


@pytest.mark.parametrize(
    ("names", "authors", "key"),
    [
        (("The ATLAS Collaboration",), "{The ATLAS Collaboration}", "atlas2026"),
        (("Google DeepMind",), "{Google DeepMind}", "google2026"),
        (("Qwen Team",), "{Qwen Team}", "qwen2026"),
        (("Meta AI", "Qingyao Ai"), "{Meta AI} and Qingyao Ai", "meta2026"),
        (("Ann Example Jr.",), "Example, Jr., Ann", "example2026"),
        (("Hal Muster III",), "Muster, III, Hal", "muster2026"),
        (("R. Muster et al. (LHCb Collaboration)",), "R. Muster and {LHCb Collaboration} and others", "muster2026"),
        (("Ludwig van Example", "et al."), "Ludwig van Example and others", "example2026"),
    ],
)
def test_groups_are_whole_and_suffixes_are_no_family_names(names: tuple[str, ...], authors: str, key: str) -> None:
    told = entry("Counting, A, arXiv'26, 2026.05", *names)
    assert told.startswith(f"@misc{{{key}counting,")
    assert f"  author = {{{authors}}},\n" in told


def test_et_al_alone_is_not_an_author() -> None:
    assert "author = {Ada Example and others}" in entry("Counting, Ada Example+, arXiv'26", "et al.")


def test_formulas_keep_their_harmless_commands() -> None:
    told = entry(r"The $\beta$-VAE in $\mathbb{R}^n$ and $\input{secret}$, Ada Example, arXiv'26")
    assert r"title = {{The $\beta$-VAE in $\mathbb{R}^n$ and \$\textbackslash{}input" in told


def test_a_preprint_has_its_doi_at_arxiv_and_a_published_paper_the_publishers() -> None:
    note = Note("Counting, Ada Example, arXiv'26, 2026.05", arxiv_id="2605.00001")
    told = bibliography([Work(note, (), "", "cs.CL"), Work(note, (), "10.1/a_b%", "cs.CL")], JOURNALS)
    assert told.count("  primaryClass = {cs.CL},\n") == 2
    assert "  doi = {10.48550/arXiv.2605.00001},\n" in told
    assert r"  doi = {10.1/a_b\%}," in told
