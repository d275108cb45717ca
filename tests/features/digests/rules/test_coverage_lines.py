"""The *Coverage* section of a digest."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from fakes import DAY
from notebot.core.model.ledger import Counts, DayState, LedgerRow
from notebot.core.model.offer import OlderPaper
from notebot.core.note_format.phrases import EN, JA, LANGUAGES, Phrases
from notebot.features.digests.rules.coverage_lines import coverage_lines, coverage_table, older_paper_lines
from notebot.features.digests.rules.layout import Coverage


def shouted(text: str) -> str:
    """Shows what was made safe."""
    return text.upper()


def row(state: str = "fresh", category: str = "cs.CL", day: date = DAY, **counts: int) -> LedgerRow:
    return LedgerRow(day, category, DayState(state), Counts(**counts), "The reason.")


ALL_IN = Coverage(
    DAY,
    (
        row(fetched=182, unmatched=180, drafted=2),
        row(category="cs.LG", fetched=1000, recovered=38, unmatched=1033, drafted=2, known=1, tombstoned=1, unwanted=1),
    ),
    (),
)


def test_if_all_is_well_the_coverage_is_one_line() -> None:
    assert coverage_lines(ALL_IN, JA, str) == [
        "公告 1,220 件 = 一致せず 1,213 + 一致 7。一致 7 = 下書き 4 + 既出 1 + 見送り済 1 + 対象外 1。"
        "公告のうち 38 件は OAI-PMH から回収。2 分類とも届いています。"
    ]
    assert coverage_lines(ALL_IN, EN, str) == [
        "1,220 announced = 1,213 unmatched + 7 matched. 7 matched = 4 drafted + 1 known + 1 skipped before"
        " + 1 of a type not asked for. 38 of the announced came by OAI-PMH. Every category is in (2)."
    ]


@pytest.mark.parametrize(
    ("counts", "recovered", "pending"),
    [
        ({"fetched": 5, "unmatched": 5}, None, None),
        ({"recovered": 1200, "unmatched": 1200}, "1,200", None),
        ({"fetched": 1200, "unmatched": 1200, "pending": 1100}, None, "1,100"),
        ({"fetched": 2, "recovered": 3, "unmatched": 5, "pending": 4}, "3", "4"),
    ],
)
@pytest.mark.parametrize("words", LANGUAGES.values())
def test_recovered_and_pending_entries_are_mentioned_if_there_are_any(
    words: Phrases, counts: dict[str, Any], recovered: str | None, pending: str | None
) -> None:
    (line,) = coverage_lines(Coverage(DAY, (row(**counts),), ()), words, str)
    assert (words.recovered.format(count=int((recovered or "0").replace(",", ""))) in line) == bool(recovered)
    assert (words.pending.format(count=int((pending or "0").replace(",", ""))) in line) == bool(pending)
    assert line.count("OAI-PMH") == bool(recovered) + bool(pending)
    for number in (recovered, pending):
        assert number is None or number in line


def test_recovered_and_pending_are_summed_over_all_rows() -> None:
    one = row(fetched=3, recovered=1, unmatched=4, pending=2)
    (line,) = coverage_lines(Coverage(DAY, (one, replace(one, category="cs.LG")), ()), EN, str)
    assert " 2 of the announced came by OAI-PMH. 4 hang on a comment" in line


OLDER = OlderPaper("2401.00007", date(2026, 5, 11), "cs.CL", "A title", ("Math", "Models"))


def test_older_papers_that_changed_are_listed_without_links() -> None:
    other = replace(OLDER, arxiv_id="hep-th/9901001", topics=("Math",))
    lines = older_paper_lines(Coverage(DAY, (), (), (OLDER, other)), EN, shouted)
    assert lines == ["arXiv:2401.00007 A TITLE (Math, Models, 05-11)", "arXiv:hep-th/9901001 A TITLE (Math, 05-11)"]
    assert older_paper_lines(Coverage(DAY, (), ()), EN, shouted) == []


def test_categories_are_counted_once_over_several_days() -> None:
    rows = (*ALL_IN.rows, row(day=date(2026, 5, 13), fetched=1, unmatched=1))
    assert coverage_lines(Coverage(DAY, rows, ()), EN, str)[0].endswith(" Every category is in (2).")


@pytest.mark.parametrize("state", ["stale", "truncated", "failed"])
def test_a_problem_is_in_bold_with_its_reason(state: str) -> None:
    lines = coverage_lines(Coverage(DAY, (*ALL_IN.rows, row(state, "cs.CV")), ()), EN, str)
    assert lines[1:] == [f"**05-12 cs.CV: {state}** — The reason."]
    assert "is in" not in lines[0]


def test_missing_categories_are_listed() -> None:
    lines = coverage_lines(Coverage(DAY, ALL_IN.rows, ("cs.AI", "cs.CV")), EN, str)
    assert lines[1:] == ["**Not in yet: cs.AI, cs.CV** — what comes will be in the next digest."]
    assert "is in" not in lines[0]


def test_a_quiet_day_differs_from_a_day_without_rows() -> None:
    assert coverage_lines(Coverage(DAY, (), ()), EN, str) == ["Nothing new was announced."]
    assert coverage_lines(Coverage(DAY, (row("quiet"),), ()), EN, str) == [
        "Nothing new was announced. Every category is in (1)."
    ]
    assert len(coverage_lines(Coverage(DAY, (row("failed"),), ("cs.CL",)), EN, str)) == 3


@pytest.mark.parametrize("words", LANGUAGES.values())
def test_the_table_has_a_row_for_each_category_and_day(words: Phrases) -> None:
    lines = coverage_table(ALL_IN, words).splitlines()
    assert len(lines) == 4
    assert {line.count("|") for line in lines} == {11}
    assert lines[1] == "|---" * 10 + "|"
    assert lines[2] == "| 05-12 | cs.CL | fresh | 182 | 180 | 2 | 2 | 0 | 0 | 0 |"
    assert lines[3] == "| 05-12 | cs.LG | fresh | 1038 | 1033 | 5 | 2 | 1 | 1 | 1 |"
