"""A digest is wholly in its language: no English sentence in Japanese ones, no kana or kanji in English ones."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import get_args

import pytest
from msgspec.structs import asdict

from fakes import DAY
from notebot.core.model.changes import Change, VenueChange
from notebot.core.model.errors import ServiceError
from notebot.core.model.ledger import Counts, DayState, LedgerRow, ReportedRow
from notebot.core.model.offer import OlderPaper
from notebot.core.model.reasons import LabelsNameVenue, Reason, TitleNamesVenue, VenueEvidence
from notebot.core.model.stub import NOT_IN_TABLE, RelatedKind, RelatedReason
from notebot.core.note_format.phrases import EN, JA, Phrases, explain_related
from notebot.core.note_format.update_wording import word_change, word_reason
from notebot.features.digests.rules.coverage_lines import coverage_lines, coverage_table, older_paper_lines
from notebot.features.digests.rules.layout import Coverage

JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
ENGLISH_SENTENCE = re.compile(r"\b[A-Za-z]{2,} [a-z]{2,}\b(?!\.)")
"""Two English words in a row; names and terms (OAI-PMH, cs.CL, Coverage) are single words."""
REASONS = ("", "empty", "missed", "contradicted", "misfiled", *(kind.kind for kind in ServiceError.__subclasses__()))
ENGLISH_LEDGER = "The feed of this day was not read by any poll."
VALUES = {"version": 2, "number": 7, "older": 7, "labels": "ACL", "source": "comment", "file": "acl.bib", "mark": ""}


def texts_of(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from texts_of(part)
    elif isinstance(value, str):
        yield value


def written(text: str) -> str:
    """The text without commands in backticks and fields to fill."""
    return re.sub(r"`[^`]*`|\{[^}]*\}", "", text)


def all_of(union: object) -> Iterator[object]:
    """One value of each record of a union."""
    for kind in get_args(union):
        names = kind.__struct_fields__
        values = {name: VALUES.get(name, "ACL'26") for name in names}
        if union is Change and "labels" in values:
            values["labels"] = ("ACL",)
        yield kind(**values)


def coverages() -> Iterator[Coverage]:
    """A coverage for every state and reason, read for the first time or corrected, partly known or not at all."""
    for state in DayState:
        for reason in REASONS:
            for day in (DAY, DAY - timedelta(days=1)):
                row = LedgerRow(day, "cs.CL", state, Counts(), ENGLISH_LEDGER, reason=reason)
                other = LedgerRow(day, "cs.LG", DayState.FRESH, Counts(fetched=5, unmatched=5), ENGLISH_LEDGER)
                brought = LedgerRow(day, "blog", DayState.FRESH, Counts(fetched=5, drafted=5), ENGLISH_LEDGER)
                yield Coverage(DAY, (row,), ("cs.CL",), waiting=("cs.CL",))
                yield Coverage(DAY, (row,), ("cs.CL",))
                total = Counts(fetched=3, recovered=2, unmatched=5, pending=4)
                yield Coverage(
                    DAY,
                    (row, other, brought),
                    ("cs.CL", "cs.AI"),
                    total=total,
                    older=(OlderPaper("2401.00007", DAY, "cs.CL", "T", ("Math",)),),
                    oai_failing=True,
                    oai_answered_on=DAY,
                )
                for before in DayState:
                    reported = ReportedRow(before, Counts(fetched=9, unmatched=9, pending=3))
                    corrected = LedgerRow(day, "cs.CL", state, total, ENGLISH_LEDGER, reason=reason, reported=reported)
                    yield Coverage(DAY, (), (), corrected=(corrected,), corrections={day: total})


def rendered(words: Phrases) -> Iterator[str]:
    yield from (written(text) for text in texts_of(asdict(words)))
    for coverage in coverages():
        yield from coverage_lines(coverage, words, str)
        yield coverage_table(coverage, words)
        yield from (written(line) for line in older_paper_lines(coverage, words, str))
    for change in (*all_of(Change), VenueChange("ACL'26")):
        yield written(word_change(change, words, str, "T"))  # type: ignore[arg-type]
    evidence = VenueEvidence("comment", f"ACL {NOT_IN_TABLE}")
    for reason in (*all_of(Reason), LabelsNameVenue("ACL", ""), TitleNamesVenue("ACL", ""), evidence):
        yield word_reason(reason, words)  # type: ignore[arg-type]
    for kind in RelatedKind:
        yield explain_related(RelatedReason(kind, ("PRM",), "abstract"), words)


def test_japanese_digests_have_no_english_sentence() -> None:
    assert [text for text in rendered(JA) if ENGLISH_SENTENCE.search(text)] == []


def test_english_digests_have_no_japanese() -> None:
    assert [text for text in rendered(EN) if JAPANESE.search(text)] == []


@pytest.mark.parametrize("words", [JA, EN])
def test_every_error_of_a_service_has_a_sentence(words: Phrases) -> None:
    assert {kind.kind for kind in ServiceError.__subclasses__()} <= words.reasons.keys()
    assert {str(state) for state in DayState} == words.states.keys()
