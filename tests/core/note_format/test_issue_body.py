import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.note_format.issue_body import (
    curator_comments,
    first_arxiv_id,
    note_kind,
    note_refs,
    parse_issue_url,
    read_body,
    read_summary,
)

BOT = """# URL
- https://arxiv.org/abs/2606.21155v1
# Authors
  - Ann Author
  - Bo Author
# Abstract
  - We rank #12 at https://code.example/x
# Translation (by a-model)
- 訳文
# Summary (by b-model)
- 要約。"""


def test_a_body_by_the_bot_is_parsed() -> None:
    body = read_body(BOT)
    assert body.urls == ("https://arxiv.org/abs/2606.21155v1",)
    assert body.summary == "要約。"
    assert note_refs([body.prose]) == ()


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("https://arxiv.org/abs/2606.21155", ["https://arxiv.org/abs/2606.21155"]),
        ("Blog:https://a.example\r\nmain:https://b.example", ["https://a.example", "https://b.example"]),
        (
            "ブログ: https://a.example/x \n\nポスト:https://x.com/a/status/1",
            ["https://a.example/x", "https://x.com/a/status/1"],
        ),
        (
            "# URL\n\n- preprint: https://arxiv.org/abs/2606.21155\n- blog:https://b.example\n\n"
            "# Authors\nAnonymous https://c.example",
            ["https://arxiv.org/abs/2606.21155", "https://b.example"],
        ),
        ("#URL\nhttps://a.example\n# Affiliations\n  - X, N/A", ["https://a.example"]),
        ("## URLs:\nhttps://a.example https://a.example", ["https://a.example"]),
        ("# URL\n-\n# Abstract\n https://c.example\n# メモ\nhttps://d.example", ["https://d.example"]),
        ('<img src="https://i.example/1"> ![x](https://i.example/2) https://a.example', ["https://a.example"]),
        ("", []),
    ],
)
def test_links_are_found_in_every_hand_made_form(text: str, urls: list[str]) -> None:
    assert list(read_body(text).urls) == urls


@pytest.mark.parametrize(
    ("body", "comments", "summary"),
    [
        (BOT, ["# Summary (by c)\n- 別"], "要約。"),
        ("https://a.example", ["# Summary (by c)\n- 一", "見解", "訳\n# Summary (by c)\n- 二"], "二"),
        ("# Summary (by x)\r\n- 要約\r\n\r\n管理人コメント:\r\n- 良い", [], "- 要約\n\n管理人コメント:\n- 良い"),
        ("# Summary (by x)\n要約\n管理人コメント: 良い", [], "要約\n管理人コメント: 良い"),
        ("# Summary (by x)\n", ["見解"], None),
        ("# Summary\n見解", [], None),
    ],
)
def test_the_summary_is_everything_after_its_heading(body: str, comments: list[str], summary: str | None) -> None:
    assert read_summary(body, comments) == summary


def test_blank_comments_and_summaries_are_left_out() -> None:
    assert curator_comments(["元ポスト:\r\nu", " \n", "# Summary (by x)\n- a", "\n  - item \n"]) == (
        "元ポスト:\nu",
        "  - item",
    )


@pytest.mark.parametrize(
    ("text", "refs"),
    [
        ("関連:\n- #1832\n- #12\n- #1832", [1832, 12]),
        ("(#2199)をベースに#1618とのこと", [2199, 1618]),
        ("1. first, #1 on the board, #2 too", []),
        ("- #1\r\n#2", [1, 2]),
        ("https://a.example/x#123 &#39; C#10 ##55 [^1] #12ab", []),
        ("https://github.com/Owner/notes/issues/77 と https://github.com/other/notes/issues/78", [77]),
        ("#500", []),
        ("# 概要 #0 #0123", []),
    ],
)
def test_references_are_found_and_ranks_are_not(text: str, refs: list[int]) -> None:
    assert list(note_refs([text], own=500, repo="owner/notes")) == refs


def test_issue_urls_are_references_only_for_the_given_repository() -> None:
    assert note_refs(["https://github.com/owner/notes/issues/77"]) == ()
    assert parse_issue_url("https://github.com/owner/notes/issues/77#x") == ("owner/notes", 77)
    assert parse_issue_url("https://github.com/owner/notes/pull/77") is None


def test_the_id_comes_from_the_first_arxiv_url() -> None:
    assert first_arxiv_id(["https://a.example/2504.02807", "https://arxiv.org/pdf/2504.02807v2.pdf"]) == "2504.02807"
    assert first_arxiv_id(["https://a.example"]) is None


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("A Title, An Author+, ACL'26 Findings, 2026.05", "paper"),
        ("A Title, Li et al., SIGIR’11", "paper"),
        ("A Title, Lee+, EMNLP‘21", "paper"),
        ("A Title, An Author+, N_A, arXiv23", "paper"),
        ("Someone's Title, Shao+, 2025.05", "article"),
        ("ある記事, 著者, 2021", "article"),
        ("tips", "article"),
    ],
)
def test_a_title_without_a_venue_s_year_is_an_article(title: str, kind: str) -> None:
    assert note_kind(title) == kind


@given(st.text(alphabet="# URL-\nSummary(by)0123あhtps:/.[]!<img", max_size=200))
def test_any_body_can_be_parsed(text: str) -> None:
    body = read_body(text)
    assert body.summary == read_summary(text, [])
    assert all(url in text for url in body.urls)


@pytest.mark.parametrize(
    "unit", ["#", "# URL\n", "<img ", "![", "![](", "# Summary (by\n", "- #1 ", " ", "\n# a", "(by"]
)
@pytest.mark.slow
def test_a_megabyte_of_repeated_markup_is_parsed(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    assert note_refs([read_body(text).prose, text], repo="a/b") == ()
    assert note_kind(text) == "article"
