"""Tables: widths in terminal cells, columns that give way, whole cells in a file."""

import pytest
from click import unstyle
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from notebot.cli.table import cells, fit, table
from notebot.cli.terminal import safe_line

HEAD = ("state", "paper", "title line")
ROWS = [
    ("queued", "2605.90101", "大規模言語モデルによる数学的推論の長い長い題名, 山田太郎+, ACL'26, 2026.05"),
    ("kept", "2605.90102", "Lemma Mining: Reusable Mathematical Knowledge, Edith Brannigan+, arXiv'26, 2026.05"),
]


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_a_table_fits_the_terminal(columns: int) -> None:
    lines = [unstyle(line) for line in table(ROWS, HEAD, columns)]
    assert len(lines) == 3
    assert max(map(cells, lines)) <= columns
    assert lines[0].split() == ["state", "paper", "title", "line"]
    assert [line.endswith("…") for line in lines[1:]] == [columns < 100] * 2
    # the columns are below each other, Japanese or not
    assert {cells(line[: line.index("2605")]) for line in lines[1:]} == {8}


def test_a_terminal_too_narrow_for_the_columns_lists_the_cells() -> None:
    lines = "\n".join(table(ROWS, HEAD, 30)).splitlines()
    assert max(map(cells, lines)) <= 30
    assert lines[0] == "state queued  paper 2605.90101"
    assert lines[1].startswith("    title line 大規模")


def test_a_file_gets_whole_rows_without_a_head() -> None:
    lines = list(table(ROWS, HEAD, None, below=["first", "second"]))
    assert [line.split("  ")[-1] for line in lines[::2]] == [row[-1] for row in ROWS]
    assert lines[1::2] == ["    first", "    second"]
    assert unstyle(next(table(ROWS, HEAD, None, head_in_files=True))).split() == ["state", "paper", "title", "line"]


def test_numbers_are_aligned_to_the_right() -> None:
    assert list(table([("a", "1"), ("b", "1,000")], ("x", "y"), None, right=(1,))) == ["a      1", "b  1,000"]


def test_no_rows_print_no_head() -> None:
    assert list(table([], HEAD, 80, head_in_files=True)) == []


@given(st.text(st.characters(exclude_categories=["Cs", "Cn", "Co"]), max_size=40), st.integers(1, 30))
def test_a_fitted_text_fits_and_is_its_beginning(text: str, width: int) -> None:
    fitted = fit(text, width)
    assert cells(fitted) <= width
    assert safe_line(text).startswith(fitted.removesuffix("…"))
    assert fitted == safe_line(text) or fitted.endswith("…")


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "数学",
        "ﾊﾝｶｸ",
        "Ｆｕｌｌ",
        "e\u0301",
        "한글",
        "\u1112\u1161\u11ab",
        "α→β",
        "🎉",
        "Erdős–Rényi",
        "か\u3099",
    ],
)
def test_the_width_is_that_of_rich(text: str) -> None:
    assert cells(text) == cell_len(text)
