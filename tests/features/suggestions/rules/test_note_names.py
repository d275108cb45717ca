"""Names that a note introduces, and where a text contains them."""

import pytest

from notebot.core.model.note import Note
from notebot.features.suggestions.rules.note_names import IntroducedName, NameFinder, learn_names

TITLES = [
    "FrontierSums: Hard Arithmetic for Machines",
    "AddLab Incentivizes Carrying",
    "First Abacus: A Tale",
    "GPU Forecasts of Ocean Currents",
    "A Study of Beads: LoTA and Others",
    "LoTA: Tuning Models of Beads",
]


def names(titles: list[str], abstracts: list[str] | None = None, **fields: object) -> dict[str, IntroducedName]:
    notes = [Note(title, number, **fields) for number, title in enumerate(titles)]  # type: ignore[arg-type]
    return learn_names(notes, list(zip(titles, abstracts or [""] * len(titles), strict=True)))


def test_a_note_introduces_the_name_before_the_colon_or_a_coined_word_at_the_beginning() -> None:
    assert {name: one.place for name, one in names(TITLES).items()} == {
        "FrontierSums": 0,
        "AddLab": 1,
        "First Abacus": 2,
        "LoTA": 5,
    }


def test_what_an_abstract_claims_to_introduce_is_not_a_name() -> None:
    assert names(["A Title"], ["We introduce ADD8K, a dataset, released at the URL. We propose CoT."]) == {}


@pytest.mark.parametrize("mentions", range(4, 7))
def test_a_name_that_more_than_a_few_notes_mention_is_common_property(mentions: int) -> None:
    titles = ["ADD9K: Sums for Models", *(f"Part {number}" for number in range(1, mentions))]
    found = names(titles, ["", *["It is measured on ADD9K."] * (mentions - 1)])
    assert found.get("ADD9K") == (IntroducedName(0, mentions) if mentions <= 5 else None)


def test_in_a_large_archive_a_few_is_one_note_in_two_hundred() -> None:
    titles = ["ADD9K: Sums for Models", *(f"Part {number}" for number in range(1, 2000))]
    abstracts = ["It is measured on ADD9K." if number < 10 else "" for number in range(2000)]
    assert names(titles, abstracts)["ADD9K"].mentions == 10
    assert names(titles[:1000], abstracts[:1000]) == {}


def test_a_name_that_two_papers_claim_belongs_to_neither() -> None:
    assert names(["Qwen3: One", "Qwen3: Two"]) == {}
    assert names(["Qwen3: One", "Qwen3: One"], arxiv_id="2501.00001") == {"Qwen3": IntroducedName(1, 2)}


def test_a_tag_is_not_a_name() -> None:
    assert names(["LoTA: Tuning Models of Beads"], tags=("PEFT(LoTA)",)) == {}


@pytest.mark.parametrize("text", ["ADD8KX", "add8k", "ADD8K-500", "FirstAbacus", "First Abacuses", "AFirst Abacus"])
def test_other_words_contain_no_name(text: str) -> None:
    assert NameFinder(["ADD8K", "First Abacus"]).find(text) == set()


def test_names_are_found_as_whole_words() -> None:
    assert NameFinder(["ADD8K", "First Abacus"]).find("Unlike First Abacus (2020), ADD8K.") == {"ADD8K", "First Abacus"}
