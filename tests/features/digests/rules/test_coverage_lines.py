"""The *Coverage* section of a digest."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from fakes import DAY
from notebot.core.model.ledger import Counts, DayState, LedgerRow, ReportedRow
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
    # a cross-listed paper is one paper: fewer than the sum of the rows
    total=Counts(fetched=1102, recovered=18, unmatched=1113, drafted=4, known=1, tombstoned=1, unwanted=1),
)


def test_if_all_is_well_the_coverage_is_one_line() -> None:
    assert coverage_lines(ALL_IN, JA, str) == [
        "公告 1,120 件 = 一致せず 1,113 + 一致 7。一致 7 = 下書き 4 + 既出 1 + 見送り済 1 + 対象外 1。"
        "公告のうち 18 件は OAI-PMH から回収。2 分類とも届いています。"
    ]
    assert coverage_lines(ALL_IN, EN, str) == [
        "1,120 announced = 1,113 unmatched + 7 matched. 7 matched = 4 drafted + 1 known + 1 skipped before"
        " + 1 of a type not asked for. 18 of the announced were recovered through OAI-PMH."
        " Every category has arrived (2)."
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
    (line,) = coverage_lines(Coverage(DAY, (row(**counts),), (), total=Counts(**counts)), words, str)
    assert (words.recovered.format(count=int((recovered or "0").replace(",", ""))) in line) == bool(recovered)
    assert (words.pending.format(count=int((pending or "0").replace(",", ""))) in line) == bool(pending)
    assert line.count("OAI-PMH") == bool(recovered) + bool(pending)
    for number in (recovered, pending):
        assert number is None or number in line


OLDER = OlderPaper("2401.00007", date(2026, 5, 11), "cs.CL", "A title", ("Math", "Models"))


def test_older_papers_that_changed_are_listed_without_links() -> None:
    other = replace(OLDER, arxiv_id="hep-th/9901001", topics=("Math",))
    lines = older_paper_lines(Coverage(DAY, (), (), (OLDER, other)), EN, shouted)
    assert lines == ["arXiv:2401.00007 A TITLE (Math, Models, 05-11)", "arXiv:hep-th/9901001 A TITLE (Math, 05-11)"]
    assert older_paper_lines(Coverage(DAY, (), ()), EN, shouted) == []


def test_categories_are_counted_once_over_several_days() -> None:
    rows = (*ALL_IN.rows, row(day=date(2026, 5, 13), fetched=1, unmatched=1))
    assert coverage_lines(replace(ALL_IN, rows=rows), EN, str)[0].endswith(" Every category has arrived (2).")


@pytest.mark.parametrize("state", ["stale", "truncated", "failed"])
def test_a_problem_is_in_bold_with_its_reason(state: str) -> None:
    coverage = replace(ALL_IN, rows=(*ALL_IN.rows, row(state, "cs.CV"), row(state, "cs.AI")))
    lines = coverage_lines(coverage, EN, str)
    assert lines[-1] == f"**05-12 cs.CV, cs.AI: {state}** — The reason."
    assert "is in" not in lines[0]


def test_a_problem_is_explained_in_the_language_of_the_digest() -> None:
    (failed,) = [replace(row("failed", "cs.CV"), reason="unavailable")]
    lines = coverage_lines(replace(ALL_IN, rows=(*ALL_IN.rows, failed)), JA, str)
    assert lines[1:] == [
        "**05-12 は cs.CL, cs.LG の分だけです** — 不明: cs.CV。",
        "**05-12 cs.CV: 不明** — 応答がありません。",
    ]


def test_missing_categories_are_listed() -> None:
    lines = coverage_lines(replace(ALL_IN, missing=("cs.AI", "cs.CV"), waiting=("cs.AI", "cs.CV")), EN, str)
    assert lines[1:] == ["**Not arrived yet: cs.AI, cs.CV** — whatever arrives will be in the next digest."]
    assert "is in" not in lines[0]


def test_a_partly_read_day_says_which_part_is_known() -> None:
    failed = (row("failed", "cs.CV"), row("failed", "cs.CL", date(2026, 5, 11)))
    coverage = replace(ALL_IN, rows=(*ALL_IN.rows, *failed), missing=("cs.AI", "cs.CV"), waiting=("cs.AI",))
    assert coverage_lines(coverage, EN, str)[1:] == [
        "**05-11 is not known** — no category could be read.",
        "**Of 05-12 only cs.CL, cs.LG is known** — not known: cs.CV.",
        "**05-12 cs.CV: failed** — The reason.",
        "**05-11 cs.CL: failed** — The reason.",
        "**Not arrived yet: cs.AI** — whatever arrives will be in the next digest.",
    ]


@pytest.mark.parametrize(
    ("coverage", "japanese", "english"),
    [
        (Coverage(DAY, (), ()), "新しい公告はありません。", "Nothing new was announced."),
        (
            Coverage(DAY, (row("quiet"),), ()),
            "新しい公告はありません。1 分類とも届いています。",
            "Nothing new was announced. Every category has arrived (1).",
        ),
        # nothing could be read: in this digest, in an earlier digest of the day, before the first poll
        *(
            (coverage, "不明: 読めた分類がありません。", "Not known: no category could be read.")
            for coverage in (
                Coverage(DAY, (row("failed"),), ("cs.CL",)),
                Coverage(DAY, (), ("cs.CL",)),
                Coverage(DAY, (row("stale"), row("failed", "cs.LG")), ("cs.CL", "cs.LG", "cs.AI"), waiting=("cs.AI",)),
            )
        ),
        (
            Coverage(DAY, (), ("cs.CL", "cs.LG"), waiting=("cs.CL", "cs.LG")),
            "この日の公告はまだ出ていません。",
            "This day has not been announced yet.",
        ),
    ],
)
def test_unknown_is_never_called_nothing(coverage: Coverage, japanese: str, english: str) -> None:
    assert coverage_lines(coverage, JA, str)[0] == japanese
    assert coverage_lines(coverage, EN, str)[0] == english


def test_what_a_watched_source_brought_is_not_an_announcement() -> None:
    brought, silent = row(category="A blog", fetched=3, unmatched=1, drafted=2), row("quiet", "B")
    lines = coverage_lines(replace(ALL_IN, rows=(*ALL_IN.rows, brought, silent)), JA, str)
    assert lines[1:] == ["情報源 A blog: 3 件 (下書き 2)。"]
    assert lines[0] == coverage_lines(ALL_IN, JA, str)[0]


def test_an_outage_of_oai_alone_is_said() -> None:
    failing = replace(ALL_IN, oai_failing=True, oai_answered_on=date(2026, 5, 8))
    assert coverage_lines(failing, JA, str)[1].startswith("**OAI-PMH が応答していません (最後の応答 05-08)** — ")
    assert coverage_lines(failing, EN, str)[1].startswith("**OAI-PMH does not answer (last answer 05-08)** — ")
    never = replace(failing, oai_answered_on=None)
    assert coverage_lines(never, EN, str)[1].startswith("**OAI-PMH does not answer** — ")


def test_a_correction_is_a_difference() -> None:
    before = ReportedRow(DayState.FAILED, Counts())
    late = replace(row(fetched=8, unmatched=7, drafted=1), reported=before)
    decided = replace(
        row(category="cs.LG", fetched=9, unmatched=7, drafted=2),
        reported=ReportedRow(DayState.FRESH, Counts(fetched=9, unmatched=9, pending=6)),
    )
    coverage = replace(
        ALL_IN,
        rows=(),
        total=Counts(),
        corrected=(late, decided),
        corrections={DAY: Counts(fetched=5, unmatched=2, pending=-6, drafted=3)},
    )
    assert coverage_lines(coverage, JA, str) == [
        "新しい公告日はありません。",
        "訂正 05-12: cs.CL 不明 → 届いた、公告 +5、一致せず +2、下書き +3、備考待ち 6 件を判定。",
    ]
    assert coverage_table(coverage, EN).splitlines() == [
        "- Correction for 05-12 cs.CL: failed → fresh, announced +8, unmatched +7, drafted +1.",
        "- Correction for 05-12 cs.LG: unmatched −2, drafted +2, 6 that depended on an author comment are decided.",
    ]


@pytest.mark.parametrize("words", LANGUAGES.values())
def test_the_table_has_a_row_for_each_category_and_day(words: Phrases) -> None:
    lines = coverage_table(ALL_IN, words).splitlines()
    assert len(lines) == 4
    assert {line.count("|") for line in lines} == {11}
    assert lines[1] == "|---" * 10 + "|"
    fresh = words.states["fresh"]
    assert lines[2] == f"| 05-12 | cs.CL | {fresh} | 182 | 180 | 2 | 2 | 0 | 0 | 0 |"
    assert lines[3] == f"| 05-12 | cs.LG | {fresh} | 1038 | 1033 | 5 | 2 | 1 | 1 | 1 |"
