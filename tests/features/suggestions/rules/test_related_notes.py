"""Notes offered beside a paper: in which order, why, and from which score on."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.model.note import Note
from notebot.core.model.stub import Related, RelatedKind, RelatedReason
from notebot.features.suggestions.rules.learn_related import FEWEST_OFFERS, FEWEST_PAIRS, learn_floor
from notebot.features.suggestions.rules.note_names import learn_names
from notebot.features.suggestions.rules.related_notes import (
    DEFAULT_FLOOR,
    PaperEvidence,
    RelatedFinder,
    RelatedRecord,
    find_links,
    specific_tags,
)
from notebot.features.suggestions.rules.tag_model import Corpus, NotedPaper, gather
from notebot.features.suggestions.rules.tag_model.corpus import read_paper
from notebot.features.suggestions.rules.tag_model.neighbour_index import TO_TELL_APART
from notebot.features.suggestions.suggest import learn


def noted(number: int | None, title: str, abstract: str = "", **fields: object) -> NotedPaper:
    line = f"[Paper Note] {title}, Ann Author+, arXiv'25, 2025.01"
    return NotedPaper(Note(line, number, arxiv_id=f"2501.{number or 0:05d}", **fields), abstract)  # type: ignore[arg-type]


ARCHIVE = [
    noted(10, "FrontierSums: Hard Arithmetic for Machines", "A benchmark of arithmetic.", tags=("Sums",)),
    noted(11, "Training Clerks to Add", "Clerks do arithmetic without machines.", tags=("Sums", "Clerks")),
    noted(12, "Beads and Wires", "Beads on wires, moved by clerks in training.", tags=("Clerks",), refs=(15,)),
    noted(15, "Ocean Currents", "Salt water flows in the deep ocean."),
    noted(None, "Ocean Waves", "Salt water waves in the ocean."),
]


def offered(
    title: str,
    abstract: str = "",
    *,
    own: str | None = None,
    suggested: dict[str, float] | None = None,
    shown: tuple[str, ...] = (),
    floor: float = 0.0,
    most: int = 5,
    archive: list[NotedPaper] = ARCHIVE,
) -> tuple[Related, ...]:
    corpus = Corpus(gather(archive)[0])
    notes = [one.note for one in archive]
    names = learn_names(notes, [(one.note.title_line.removeprefix("[Paper Note] "), one.abstract) for one in archive])
    record = RelatedRecord(names, find_links(corpus.record.numbers, [note.refs for note in notes]), floor)
    places = corpus.places_of(own)
    vector = corpus.index.vector(read_paper(title, abstract).counts(), TO_TELL_APART)
    near = corpus.near(vector, places)
    paper = PaperEvidence(title, abstract, near, vector, suggested or {}, places)
    return RelatedFinder(corpus, record).find(paper, shown, most)


def numbers(related: tuple[Related, ...]) -> list[int]:
    return [one.number for one in related]


@pytest.mark.parametrize(
    ("title", "abstract", "field"),
    [("Beyond FrontierSums", "Arithmetic.", "title"), ("Arithmetic", "We score 90% on FrontierSums.", "abstract")],
)
def test_a_note_that_introduces_a_name_of_the_paper(title: str, abstract: str, field: str) -> None:
    by_number = {one.number: one for one in offered(title, abstract)}
    assert by_number[10].why == RelatedReason(RelatedKind.INTRODUCES, ("FrontierSums",), field)


def test_a_name_in_the_title_counts_more_than_in_the_abstract() -> None:
    texts = ("FrontierSums", "Arithmetic"), ("Arithmetic", "FrontierSums"), ("Arithmetic", "UnknownSums")
    in_title, in_abstract, plain = ({one.number: one.score for one in offered(*text)} for text in texts)
    assert in_abstract[10] == pytest.approx(1.5 * plain[10], abs=0.002)
    assert in_title[10] > in_title[11]
    assert in_abstract[11] == plain[11]


def test_specific_tags_that_are_suggested_bring_a_note_up_and_are_the_reason() -> None:
    text = ("Arithmetic", "Clerks and machines.")
    plain = {one.number: one.score for one in offered(*text)}
    found = offered(*text, suggested={"Clerks": 0.9}, shown=("Clerks",))
    assert plain[10] > plain[11]
    assert (found[0].number, found[0].why) == (11, RelatedReason(RelatedKind.TAGS, ("Clerks",)))
    assert found[0].score == pytest.approx(1.9 * plain[11], abs=0.002)


def test_a_reason_names_no_tag_that_the_curator_does_not_see() -> None:
    found = offered("Training clerks", suggested={"Clerks": 0.2})
    assert found[0].why == RelatedReason(RelatedKind.WORDS, ("clerks", "training"))


def test_near_notes_say_the_words_as_the_paper_writes_them_and_none_without_a_number_is_offered() -> None:
    found = offered("Flowing in the Oceans of 2025", "Salt water, deep.")
    assert numbers(found) == [15]
    assert found[0].title == "Ocean Currents, Ann Author+, arXiv'25, 2025.01"
    assert found[0].why == RelatedReason(RelatedKind.WORDS, ("oceans", "salt", "water"))


def test_what_the_curator_linked_comes_first_in_either_direction() -> None:
    for own, linked in (("2501.00012", 15), ("2501.00015", 12)):
        found = offered("Training Clerks to Add", "Arithmetic", own=own, floor=0.99)
        assert [(one.number, one.score, one.why) for one in found] == [(linked, 1.0, RelatedReason(RelatedKind.LINKED))]


def test_a_paper_is_never_its_own_neighbour() -> None:
    assert 15 not in numbers(offered("Ocean Currents", "Salt water", own="2501.00015"))


def test_nothing_below_the_floor_is_offered() -> None:
    scores = [one.score for one in offered("Arithmetic of clerks", "Salt water")]
    assert len(scores) > 1
    assert scores == sorted(scores, reverse=True)
    for floor in scores:
        kept = offered("Arithmetic of clerks", "Salt water", floor=floor - 0.0005)
        assert [one.score for one in kept] == [score for score in scores if score >= floor]


def test_no_more_than_wanted_and_an_issue_with_two_notes_once() -> None:
    twice = [*ARCHIVE, noted(10, "FrontierSums: Hard Arithmetic for Machines", "A benchmark of arithmetic.")]
    found = offered("FrontierSums arithmetic clerks beads ocean", archive=twice)
    assert numbers(found).count(10) == 1
    assert len(found) == 4
    assert offered("FrontierSums arithmetic clerks beads ocean", archive=twice, most=2) == found[:2]


@pytest.mark.parametrize(("size", "uses", "specific"), [(20, 1, False), (20, 3, True), (20, 4, False), (200, 10, True)])
def test_a_specific_tag_is_on_two_notes_or_more_but_on_few(size: int, uses: int, specific: bool) -> None:
    archive = [noted(number, "A Title", tags=("Rare",) if number < uses else ()) for number in range(size)]
    assert bool(specific_tags(Corpus(gather(archive)[0]))) is specific


@given(st.lists(st.lists(st.integers(0, 12), max_size=4), max_size=8))
def test_links_go_both_ways_and_never_outside(refs: list[list[int]]) -> None:
    links = find_links(range(len(refs)), refs)
    assert all(place in links[other] and place != other for place, others in enumerate(links) for other in others)
    assert {(place, ref) for place, of in enumerate(refs) for ref in of if ref < len(refs) and ref != place} <= {
        (place, other) for place, others in enumerate(links) for other in others
    }


LINKED = [0.1] * (FEWEST_PAIRS // 2) + [0.3] * (FEWEST_PAIRS - FEWEST_PAIRS // 2)
OFFERS = [(number / FEWEST_OFFERS, number > FEWEST_OFFERS * 0.6) for number in range(2 * FEWEST_OFFERS)]


def test_the_floor_is_the_median_of_the_links_or_where_offers_are_right_whichever_is_higher() -> None:
    assert learn_floor(LINKED, []) == pytest.approx(0.2)
    right = learn_floor([], OFFERS)
    assert 0.5 < right < 1.0
    assert learn_floor(LINKED, OFFERS) == right
    assert learn_floor([0.9] * FEWEST_PAIRS, OFFERS) == max(0.9, right)


def test_an_archive_that_says_too_little_has_the_default_floor() -> None:
    assert learn_floor([], []) == DEFAULT_FLOOR
    assert learn_floor([0.9] * (FEWEST_PAIRS - 1), OFFERS[: FEWEST_OFFERS - 1]) == DEFAULT_FLOOR


def test_offers_that_are_never_right_are_not_made() -> None:
    assert learn_floor([], [(score, False) for score, _ in OFFERS]) == 1.0


def test_an_archive_learns_its_links_names_and_floor() -> None:
    rng = random.Random(4)
    words = [f"word{number}" for number in range(40)]
    archive = []
    for number in range(120):
        group = number % 30
        text = " ".join(rng.choices(words, k=20) + [f"subject{group}"] * rng.randint(0, 4))
        archive.append(noted(number, f"Study {number}", text, tags=(f"Tag{group}",), refs=(number - 30,)))
    related = learn("x", archive).related
    assert related.links[31] == (1, 61)
    assert 0 < related.floor < 1
    assert related.floor != DEFAULT_FLOOR
