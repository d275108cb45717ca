"""Which bodies are nothing but links, and what the title of such an issue says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growth import grows_linearly, repeated
from notebot.features.publishing.rules.link_only_issue import (
    IssueLinks,
    curator_words,
    is_title_line,
    parse_link_only,
    words_to_keep,
)

URL = "https://arxiv.org/abs/2504.02807"
POST = "https://x.com/ada/status/1900000000000000001"
LINKED = parse_link_only(URL) or IssueLinks()


def papers(body: str | None) -> list[str]:
    """What a bare body links to on arXiv."""
    links = parse_link_only(body)
    assert links is not None
    return [str(paper) for paper in links.papers]


@pytest.mark.parametrize(
    "body",
    [
        URL,
        f"{URL}\n",
        f"\n\n{URL}\r\n\r\n",
        f" \t{URL}\u3000",
        f"\ufeff{URL}\u200b",
        "https://www.arxiv.org/abs/2504.02807",
        "http://export.arxiv.org/pdf/2504.02807.pdf",
        "https://arxiv.org/pdf/2504.02807",
        "https://arxiv.org/abs/2504.02807?context=cs",
        "https://arxiv.org/abs/2504.02807/",
        "arxiv.org/abs/2504.02807",
        "arXiv: 2504.02807",
        "2504.02807",
        f"<{URL}>",
        f"- {URL}",
        f"{URL}\n- https://arxiv.org/pdf/2504.02807.pdf",
        "https://huggingface.co/papers/2504.02807",
        "https://alphaxiv.org/abs/2504.02807",
        f"{URL}.",
    ],
)
def test_a_link_to_a_paper_in_any_form_is_bare(body: str) -> None:
    assert papers(body) == ["2504.02807"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("https://arxiv.org/html/2504.02807v2#S3", ["2504.02807v2"]),
        ("http://arxiv.org/abs/hep-th/9901001", ["hep-th/9901001"]),
        ("https://arxiv.org/abs/cs/0112017v1", ["cs/0112017v1"]),
        (f"{URL} https://arxiv.org/abs/2504.02808", ["2504.02807", "2504.02808"]),
        (f"{URL}v1\n{URL}v2", ["2504.02807v1"]),
    ],
)
def test_the_version_and_the_order_are_those_of_the_links(body: str, expected: list[str]) -> None:
    assert papers(body) == expected


def test_posts_and_pages_are_distinguished_from_papers() -> None:
    body = f"https://twitter.com/Ada/status/1900000000000000001?s=46&t=Y6\r\n{URL}, https://github.com/ada/code"
    assert parse_link_only(body) == IssueLinks(LINKED.papers, (POST,), ("https://github.com/ada/code",))


def test_links_glued_together_are_two() -> None:
    assert parse_link_only(f"{URL}{POST}") == IssueLinks(LINKED.papers, (POST,), ())


@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        " \r\n",
        "-",
        f"see {URL}",
        f"{URL} 良い",
        f"{URL}。良い論文",
        f"元ポスト: {POST}\n{URL}",
        f"# URL\n- {URL}\n# Authors\n  - Ada",
        f"[paper]({URL})",
        f"{URL} 👍",
        f"{URL} #12",
        f"{URL} @ada",
        "12",
        "2504.02807 and more",
        "https://",
        "<!-- x -->",
        "x.com/ada/status/1",
        "\n".join(f"https://a.example/{n}" for n in range(21)),
        URL + " " * 5000,
    ],
)
def test_anything_else_is_not_bare(body: str | None) -> None:
    assert parse_link_only(body) is None


@pytest.mark.parametrize(
    "piece", ["- ", "https://", "[", "<", "(", "arxiv:", "a.b/", "\u200b", "2504.", "https://x.com/"]
)
def test_a_hostile_body_is_parsed_quickly(piece: str) -> None:
    assert grows_linearly(lambda size: parse_link_only(repeated(piece, size)), 3_999)
    assert grows_linearly(lambda size: curator_words(repeated(piece, size), LINKED), 3_999)


@given(st.text(max_size=60))
def test_a_body_with_any_other_letter_in_it_is_not_bare(text: str) -> None:
    body = f"{URL}\n{text}\nwords"
    assert parse_link_only(body) is None


@given(st.text(alphabet=" \t\r\n\u3000\xa0\u200b", max_size=30), st.text(alphabet=" \r\n\u3000", max_size=30))
def test_blanks_around_a_link_are_nothing(before: str, after: str) -> None:
    assert parse_link_only(before + URL + after) == LINKED


@pytest.mark.parametrize(
    "title",
    [
        "",
        " ",
        ".",
        "-",
        URL,
        f"{URL}v2",
        "https://github.com/ada/code",
        "2504.02807",
        "arXiv: 2504.02807",
        "[Paper Note]",
        f"[Paper Note] {URL}",
        "[2504.02807] Counting, by Hand",
        "[arXiv:2504.02807v2] Counting",
    ],
)
def test_a_title_without_words_of_the_curator(title: str) -> None:
    assert curator_words(title, LINKED) == ""
    assert not is_title_line(title, LINKED)
    assert words_to_keep(title, LINKED, "Counting") is None


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("あとで読む", "あとで読む"),
        ("x", None),
        ("必読", None),
        ("new paper", None),
        (f" 来週までに {URL} ", f"来週までに {URL}"),
        ("[2504.99999] Another paper", "[2504.99999] Another paper"),
        ("Counting", None),
        ("counting by  hand", None),
        ("Counting, by Hand!", None),
        ("Counting by hands", "Counting by hands"),
    ],
)
def test_words_that_the_title_line_does_not_hold_are_kept(title: str, kept: str | None) -> None:
    assert not is_title_line(title, LINKED)
    assert words_to_keep(title, LINKED, "Counting by Hand") == kept


@pytest.mark.parametrize(
    "title",
    [
        "[Paper Note] Old, Ada Example+, arXiv'25, 2025.07",
        "Counting by Hand, Example+, 2025.05",
        "Counting by Hand, ACL'25",
        "A Book, Ada Example, 2025.04",
        "[Paper Note] Counting, Ada Example",
        "Counting, Ada Example, N/A",
        "Counting, Example et al., SIGIR’11",
    ],
)
def test_a_title_line_makes_a_note_of_its_issue(title: str) -> None:
    assert is_title_line(title, LINKED)
