"""The texts of a note as its page shows them."""

from __future__ import annotations

import pytest

from features.site.invented_notes import note
from growth import grows_linearly, repeated
from notebot.features.site.rules.full_note import SNIPPET, read_full_note, without_pictures


def test_the_sections_of_a_body_are_read() -> None:
    body = (
        "# URL\n- https://arxiv.org/abs/2605.00001\n# Authors\n  - Ann Author\n# Abstract\n  - We &lt;count\n"
        "# Translation (by gpt-4o-mini)\n- 数える。\n# Summary (by m)\n- 要約。"
    )
    full = read_full_note(note(1, body=body, summary="要約。\n\n- 補足 &amp; 注"))
    assert (full.authors, full.abstract, full.translation) == (("Ann Author",), "We <count", "数える。")
    assert full.summary == ("要約。", "- 補足 & 注")
    assert full.prose == ""


@pytest.mark.parametrize(
    ("body", "prose"),
    [
        ("https://example.org/a", ""),
        ("- https://example.org/a\n- https://example.org/b", ""),
        (None, ""),
        ("https://example.org/a\n良い記事。", "https://example.org/a\n良い記事。"),
        ("# URL\n- https://example.org/a\n# 概要\n読んだ。\n# Summary (by m)\n- 要約。", "# 概要\n読んだ。"),
    ],
)
def test_what_the_curator_wrote_into_the_body_is_shown_and_links_alone_are_not(body: str | None, prose: str) -> None:
    assert read_full_note(note(1, body=body)).prose == prose


def test_only_links_that_a_page_may_contain_are_links() -> None:
    urls = ("javascript:alert(1)", "https://a.example/1", "https://u:p@a.example/", "https://a.example/1")
    assert read_full_note(note(1, urls=urls)).links == ["https://a.example/1"]


def test_the_snippet_is_one_short_line() -> None:
    assert read_full_note(note(1, summary="一。\n二。")).snippet == "一。 二。"
    long = read_full_note(note(1, summary="数" * 500)).snippet
    assert len(long) == SNIPPET / 2
    assert long.endswith("…")
    assert read_full_note(note(1, summary=None)).snippet == "We count 1 things."


def test_a_picture_becomes_its_address() -> None:
    text = 'a <img width="9" alt="i" src="https://github.com/user-attachments/assets/1"> b <img src="data:x">'
    assert without_pictures(text) == 'a  https://github.com/user-attachments/assets/1  b <img src="data:x">'


@pytest.mark.parametrize("piece", ["<img src=https://a ", "# Abstract\n", "https://a.example/ ", "<img ", "#1 "])
def test_reading_takes_time_in_proportion_to_the_text(piece: str) -> None:
    def read(length: int) -> object:
        text = repeated(piece, length)
        full = read_full_note(note(1, body=text, comments=(text,), summary=text))
        return full.prose, full.comments, full.summary, full.snippet

    assert grows_linearly(read, 100_000)
