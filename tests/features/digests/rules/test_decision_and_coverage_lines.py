"""The ``>`` line of an entry, and what *Coverage* says."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import fields, replace

from fakes import DAY, entry, paper
from notebot.core.model.ledger import Counts, DayState, LedgerRow
from notebot.core.model.offer import OlderPaper
from notebot.core.model.stub import FoundTerm, Stub, TopicEvidence, Venue
from notebot.core.note_format.authors import authors_line, clean_authors
from notebot.core.note_format.phrases import EN, JA, LANGUAGES, Phrases, digest_heading
from notebot.core.note_format.stub_title import NoteStyle
from notebot.features.digests.rules.coverage_lines import coverage_lines, coverage_table, older_paper_lines
from notebot.features.digests.rules.decision_line import COMMENT_LIMIT, decision_line, explain_related
from notebot.features.digests.rules.layout import Coverage
from notebot.features.topics.rules.drafting import draft_from_entry, draft_from_paper

NAMES = tuple(f"Author {letter}" for letter in "ABCDEFGHIJ")


def plain(text: str) -> str:
    """A page where everything is harmless."""
    return text


def shouted(text: str) -> str:
    """Shows what was made safe."""
    return text.upper()


def hint(stub: Stub, words: Phrases = EN, home: str = "Math") -> str:
    return decision_line(stub=stub, home=home, words=words, style=NoteStyle(), safe=plain)


def stub(**changes: object) -> Stub:
    return replace(draft_from_paper(paper(), None, ()), **changes)


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, ""),
        (1, "Author A"),
        (5, "Author A, Author B, Author C, Author D, Author E"),
        (6, "Author A, Author B, Author C, …, Author F (6)"),
        (10, "Author A, Author B, Author C, …, Author J (10)"),
    ],
)
def test_five_authors_are_named_and_of_more_the_first_three_and_the_last(count: int, shown: str) -> None:
    assert authors_line(NAMES[:count], plain) == shown


def test_separators_are_dropped_and_accents_decoded() -> None:
    authors = ("RadixArk", ":", r"Paul  Erd\H{o}s", "--")
    assert clean_authors(authors) == ("RadixArk", "Paul Erdős")
    assert authors_line(authors, plain) == "RadixArk, Paul Erdős"
    assert authors_line((*NAMES[:5], ":"), plain) == ", ".join(NAMES[:5])


def test_a_complete_stub_shows_authors_categories_and_comment() -> None:
    found = hint(stub(categories=("cs.LG", "cs.AI")))
    assert found == "Ada Lovelace, Emmy Noether · cs.LG, cs.AI · comment “12 pages” (no venue)"


def test_missing_values_leave_no_gap() -> None:
    assert hint(stub(authors=(), comment=None)) == "cs.CL"
    assert hint(stub(authors=(), categories=(), comment="  ")) == ""


def test_a_long_comment_is_cut_and_collapsed() -> None:
    line = hint(stub(authors=(), categories=(), comment="word\n " * 40))
    shown = line.removeprefix("comment “").removesuffix("” (no venue)")
    assert shown.startswith("word word ")
    assert shown.endswith("word…")
    assert len(shown) <= COMMENT_LIMIT
    whole = "x" * COMMENT_LIMIT
    assert whole in hint(stub(comment=whole))


def test_the_terms_of_the_home_topic_are_listed_with_their_fields() -> None:
    home = TopicEvidence(
        "Math", (FoundTerm("math*", "title"), FoundTerm("proof", "abstract"), FoundTerm("math*", "abstract"))
    )
    other = TopicEvidence("Models", (FoundTerm("model", "title"),))
    line = hint(stub(authors=(), comment=None, topics=("Models", "Math"), matched=(other, home)))
    assert line == "cs.CL · matched `math*` (title, abstract), `proof` (abstract) · also matches Models"


def test_a_topic_without_query_has_no_terms() -> None:
    line = hint(stub(authors=(), comment=None, topics=("Math",), matched=(TopicEvidence("Math"),)))
    assert line == "cs.CL"


def test_warnings_are_at_the_end() -> None:
    waiting = replace(draft_from_entry(entry(), ()), posts=("https://a", "https://b"))
    assert hint(waiting, JA).endswith("· cs.CL · 投稿 2 · **書誌未取得**")
    assert hint(stub(withdrawn=True)).endswith("· **withdrawn**")
    assert hint(stub(title="x" * 300)).endswith("· title shortened")


def test_all_untrusted_text_is_escaped() -> None:
    line = decision_line(stub=stub(topics=("Math",)), home="Math", words=EN, style=NoteStyle(), safe=shouted)
    assert line == "ADA LOVELACE, EMMY NOETHER · CS.CL · comment “12 PAGES” (no venue)"


# coverage


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


def test_both_languages_have_all_phrases() -> None:
    for field in fields(Phrases):
        assert getattr(JA, field.name)
        assert getattr(EN, field.name)
    assert JA.fields.keys() == EN.fields.keys()
    assert JA.found_in.keys() == EN.found_in.keys()


def test_a_heading_names_day_and_weekday() -> None:
    assert digest_heading(JA, date(2026, 5, 13)) == "2026-05-13 (水) 論文ダイジェスト"
    assert digest_heading(EN, date(2026, 5, 17)) == "2026-05-17 (Sun) paper digest"


def test_the_venue_evidence_replaces_the_comment() -> None:
    found = Venue("ACL'26", "ACL", 2026, "Findings", "comment", "Accepted to Findings of ACL 2026")
    line = hint(stub(venue=found, comment="Accepted to Findings of ACL 2026, 12 pages"))
    assert "venue from the comment: “Accepted to Findings of ACL 2026”" in line
    assert "12 pages" not in line


@pytest.mark.parametrize(
    ("why", "ja", "en"),
    [
        ("nearness 0.31", "近さ 0.31", "nearness 0.31"),
        ("FrontierMath in the abstract", "要旨に「FrontierMath」", "“FrontierMath” in the abstract"),
        ("by hand", "by hand", "by hand"),
    ],
)
def test_the_reason_of_a_related_note_is_in_the_digests_language(why: str, ja: str, en: str) -> None:
    assert (explain_related(why, JA), explain_related(why, EN)) == (ja, en)
