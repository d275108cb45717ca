"""Notes beside a paper: the nearest, and those it names."""

import pytest

from notebot.core.model.note import Note
from notebot.core.model.stub import Related
from notebot.features.suggestions.rules.related_notes import NameFinder, learn_names, nearness, related_notes
from notebot.features.suggestions.rules.tag_model import Corpus, NotedPaper, gather
from notebot.features.suggestions.rules.tag_model.corpus import read_paper
from notebot.features.suggestions.rules.tag_model.neighbour_index import TO_TELL_APART


def noted(number: int | None, title: str, abstract: str = "", **fields: object) -> NotedPaper:
    line = f"[Paper Note] {title}, Ann Author+, arXiv'25, 2025.01"
    return NotedPaper(Note(line, number, arxiv_id=f"2501.{number or 0:05d}", **fields), abstract)  # type: ignore[arg-type]


ARCHIVE = [
    noted(10, "FrontierSums: Hard Arithmetic for Machines", "A benchmark of arithmetic."),
    noted(11, "Training Clerks to Add", "To support research we introduce ADD8K, a dataset of sums."),
    noted(12, "Measuring Skill With the SUMS Dataset", "Pupils and sums; LoTA is used. The LLM adds."),
    noted(13, "First Abacus: A Tale", "Wooden beads for arithmetic on ADD8K."),
    noted(14, "Tuning LoTA Models of Beads", "An LLM.", tags=("PEFT(LoTA)",)),
    noted(15, "Ocean Currents", "Salt water flows in the deep ocean."),
    noted(None, "Ocean Waves", "Salt water waves in the ocean."),
]


def offered(title: str, abstract: str, own: str | None = None, most: int = 5) -> tuple[Related, ...]:
    corpus, names = Corpus(gather(ARCHIVE)[0]), learn_names(ARCHIVE)
    places = corpus.places_of(own)
    vector = corpus.index.vector(read_paper(title, abstract).counts(), TO_TELL_APART)
    similarities = corpus.similarities(vector, places)
    return related_notes(corpus, names, NameFinder(names), title, abstract, similarities, places, most)


@pytest.mark.parametrize(
    ("title", "abstract", "number", "why"),
    [
        ("Beyond FrontierSums", "", 10, "FrontierSums in the title"),
        ("A Title", "We score 90% on ADD8K.", 11, "ADD8K in the abstract"),
        ("A Title", "Tested on SUMS (hard).", 12, "SUMS in the abstract"),
        ("A Title", "Unlike First Abacus, it is new.", 13, "First Abacus in the abstract"),
    ],
)
def test_a_note_that_the_paper_names_comes_first(title: str, abstract: str, number: int, why: str) -> None:
    first = offered(title, abstract)[0]
    assert (first.number, first.why) == (number, why)


@pytest.mark.parametrize("text", ["ADD8KX", "add8k", "SUMS-500", "FirstAbacus", "First Abacuses", "LoTA", "LLM"])
def test_other_words_name_no_note(text: str) -> None:
    assert not any(" in the " in one.why for one in offered("Q", text))


def test_a_name_that_many_notes_claim_is_no_name() -> None:
    names = learn_names([noted(number, f"GPT5: Part {number}") for number in range(4)])
    assert names == {}


def test_what_many_notes_mention_is_no_name() -> None:
    archive = [noted(number, f"Part {number}", "It runs on a GPUX.") for number in range(8)]
    assert "GPUX" not in learn_names([*archive, noted(9, "GPUX Forecasts")])


def test_a_name_that_a_title_begins_with_may_be_mentioned_more_often() -> None:
    archive = [noted(number, f"Part {number}", "It is measured on ADD9K.") for number in range(20)]
    assert learn_names([*archive, noted(29, "ADD9K: Sums for Models")])["ADD9K"].places == (20,)
    many = [noted(number, f"Part {number}", "It is measured on ADD9K.") for number in range(40)]
    assert "ADD9K" not in learn_names([*many, noted(49, "ADD9K: Sums for Models")])


def test_near_notes_follow_with_their_similarity_and_none_without_a_number() -> None:
    found = offered("Salt in the Ocean", "Water flows deep.")
    assert [one.number for one in found] == [15]
    assert found[0].why == f"nearness {found[0].score:.2f}"
    assert found[0].title == "Ocean Currents, Ann Author+, arXiv'25, 2025.01"


def test_a_paper_is_never_its_own_neighbour() -> None:
    assert 15 not in [one.number for one in offered("Ocean Currents", "Salt water", own="2501.00015")]


def test_no_more_than_wanted() -> None:
    assert len(offered("FrontierSums, SUMS and First Abacus", "ADD8K arithmetic ocean salt", most=2)) == 2


def test_scores_are_shares_in_order() -> None:
    scores = [one.score for one in offered("FrontierSums and SUMS", "arithmetic on ADD8K in the ocean")]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)


def test_a_note_under_two_names_stands_once() -> None:
    twice = [*ARCHIVE, noted(10, "FrontierSums: Hard Arithmetic for Machines", "A benchmark of arithmetic.")]
    corpus, names = Corpus(gather(twice)[0]), learn_names(twice)
    vector = corpus.index.vector(read_paper("FrontierSums", "arithmetic").counts(), TO_TELL_APART)
    found = related_notes(corpus, names, NameFinder(names), "FrontierSums", "", corpus.similarities(vector))
    assert [one.number for one in found].count(10) == 1


def test_nearness_is_the_mean_of_ten_and_notes_from_the_queue_count_more() -> None:
    assert nearness([0.5] * 20, [0] * 20) == pytest.approx(0.5)
    assert nearness([0.5], [0]) == pytest.approx(0.05)
    assert nearness([0.3, 0.3], [1, 0]) == pytest.approx(0.09)
    assert nearness([0.9], [1]) == pytest.approx(0.1)
    assert nearness([], []) == 0.0
