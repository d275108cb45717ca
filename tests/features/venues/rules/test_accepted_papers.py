"""Papers of a list that match preprints in the archive, by title and first author or by a new title."""

import pytest

from notebot.features.venues.rules.accepted_papers import (
    AcceptedPaper,
    ArchivedPreprint,
    Match,
    match_accepted,
    title_letters,
)

ADA, EMMY, SOFIA = "Ada Lovelace", "Emmy Noether", "Sofia Kovalevskaya"
TITLE = "Counting Proofs of Small Theorems with Language Models"
NAMED = "ProofCount: Counting Proofs of Small Theorems"


def match(preprint: ArchivedPreprint, *accepted: AcceptedPaper, year: int = 2026) -> list[Match]:
    return match_accepted([preprint], accepted, year)


def note(title: str, *authors: str, year: int | None = 2025) -> ArchivedPreprint:
    return ArchivedPreprint("note:1", title, authors, year)


@pytest.mark.parametrize(("one", "other"), [
    (r"{P}roof{C}ount: A \emph{Gentle} Start", "ProofCount: a gentle start"),
    (r"$\alpha$-Proofs \& Counting", "α-Proofs and Counting"),
    (r"G\"odel's ``Theorems''", "Gödels Theorems"),
    ("What Do Models Count?!", "What do models count?"),
    (r"On \textbf{S}mall O($n^2$) Proofs", "On Small O(n²) Proofs"),
    ("数学的推論の評価", "数学的推論 の評価"),
    ("Read/Write （Proofs）", "Read_Write (Proofs)"),
])  # fmt: skip
def test_a_title_has_the_same_letters_in_every_spelling(one: str, other: str) -> None:
    assert title_letters(one) == title_letters(other)


@pytest.mark.parametrize("listed", [ADA, "Lovelace, Ada", "A. Lovelace", "Lovelace, A. K.", "Lovelace"])
def test_title_and_first_author_match(listed: str) -> None:
    paper = AcceptedPaper(TITLE.upper(), (listed, EMMY))
    assert match(note(TITLE, ADA), paper) == [Match(note(TITLE, ADA), paper, renamed=False)]


@pytest.mark.parametrize("listed", [EMMY, "Lovelace, Byron", "B. Lovelace", "Noether, Ada"])
def test_the_same_title_by_others_does_not_match(listed: str) -> None:
    assert match(note(TITLE, ADA), AcceptedPaper(TITLE, (listed, ADA))) == []


def test_a_short_title_needs_the_full_name() -> None:
    assert match(note("Proofs", ADA), AcceptedPaper("Proofs", ("A. Lovelace",))) == []
    assert len(match(note("Proofs", ADA), AcceptedPaper("Proofs", (ADA,)))) == 1


def test_a_title_without_letters_or_a_paper_without_authors_never_matches() -> None:
    assert match(note("?!", ADA), AcceptedPaper("!!", (ADA,))) == []
    assert match(note(TITLE, ADA), AcceptedPaper(TITLE, ())) == []
    assert match(note(TITLE), AcceptedPaper(TITLE, (ADA,))) == []


def test_two_entries_with_one_title_must_agree_on_the_track() -> None:
    oral, poster = AcceptedPaper(TITLE, (ADA,), "Oral"), AcceptedPaper(TITLE, (ADA,))
    assert match(note(TITLE, ADA), oral, poster) == []
    assert [one.paper for one in match(note(TITLE, ADA), oral, oral, AcceptedPaper(TITLE, (EMMY,)))] == [oral]


@pytest.mark.parametrize(("paper_year", "entry_year", "matches"), [
    (2025, 2026, True), (None, None, True), (2025, 2025, True), (2023, 2026, False), (2025, 2024, False),
])  # fmt: skip
def test_years_far_apart_do_not_match(paper_year: int | None, entry_year: int | None, matches: bool) -> None:
    found = match(note(TITLE, ADA, year=paper_year), AcceptedPaper(TITLE, (ADA,), year=entry_year))
    assert bool(found) is matches


@pytest.mark.parametrize(("ours", "theirs"), [
    ("Towards Counting Proofs of Small Theorems", "Improving the Counting of Proofs for a Small Theorem"),
    ("Counting Proofs with Large Language Models at Scale", "Counting Proofs with LLMs at Scale"),
    ("Counting Proofs of Small Theorems: A First Study", "Counting Proofs of Small Theorems"),
    (NAMED, "ProofCount: How Many Proofs Has a Small Theorem?"),
    ("RLPF: Learning to Count Proofs", "RLPF: Learning Counts of Proofs"),
])  # fmt: skip
def test_a_new_title_by_the_same_full_name_matches(ours: str, theirs: str) -> None:
    (found,) = match(
        note(ours, ADA), AcceptedPaper(theirs, ("Lovelace, Ada", EMMY)), AcceptedPaper("Another Matter", (ADA,))
    )
    assert found.renamed
    assert found.paper.title == theirs


@pytest.mark.parametrize(("ours", "theirs"), [
    (TITLE, TITLE + " II"),
    (TITLE, TITLE + ": Revisited"),
    (TITLE, "A Survey of " + TITLE),
    (TITLE, TITLE.replace("Small", "Large")),
    (NAMED, NAMED.replace("ProofCount", "ProofCount2")),
    (NAMED, NAMED.replace("ProofCount", "ProofCount++")),
    (NAMED, NAMED.replace("ProofCount", "ProofCount-Pro")),
    (NAMED, "ProofCount: Whatever Else There Is"),
    ("RLPF: Learning to Count Proofs", "RLPF: Forgetting what Models Learn of Proofs"),
    ("Proof: Counting", "Proof: Counting Again"),
    ("Counting Proofs: One", "Counting Proofs: Another"),
    ("Small Proofs", "Small Proofs: Of What Use?"),
    (TITLE + ": Part One", TITLE + ": Another Part"),
])  # fmt: skip
def test_another_paper_by_the_same_author_does_not_match(ours: str, theirs: str) -> None:
    assert match(note(ours, ADA), AcceptedPaper(theirs, (ADA, EMMY))) == []


def test_a_new_title_needs_the_full_name() -> None:
    assert match(note("Towards " + TITLE, "A. Lovelace"), AcceptedPaper(TITLE, ("A. Lovelace",))) == []
    assert match(note("Towards " + TITLE, ADA), AcceptedPaper(TITLE, ("Byron Lovelace",))) == []


def test_exactly_the_same_authors_may_change_a_few_words() -> None:
    team = (ADA, EMMY, SOFIA)
    listed = AcceptedPaper(TITLE.replace("Small", "Tiny"), ("Lovelace, A.", EMMY, SOFIA))
    assert match(note(TITLE, *team), listed) == []
    listed = AcceptedPaper(TITLE.replace("Small", "Tiny"), team)
    assert [one.renamed for one in match(note(TITLE, *team), listed)] == [True]
    for other in [(ADA, EMMY), (ADA, SOFIA, EMMY)]:
        assert match(note(TITLE, *team), AcceptedPaper(listed.title, other)) == []
    assert match(note(TITLE, *team), AcceptedPaper("Weaving Cloth by Small Machines", team)) == []


def test_two_possible_new_titles_match_neither() -> None:
    one, other = AcceptedPaper("Towards " + TITLE, (ADA,)), AcceptedPaper("A New Approach to " + TITLE, (ADA,))
    assert match(note("On " + TITLE, ADA), one, other) == []
    assert len(match(note("On " + TITLE, ADA), one)) == 1


def test_a_new_title_that_fits_two_preprints_matches_neither() -> None:
    ours = [ArchivedPreprint("note:1", "On " + TITLE, (ADA,)), ArchivedPreprint("note:2", "Towards " + TITLE, (ADA,))]
    assert match_accepted(ours, [AcceptedPaper("A Method for " + TITLE, (ADA,))], 2026) == []


def test_an_entry_matched_by_its_title_is_not_a_new_title_of_another() -> None:
    ours = [ArchivedPreprint("note:1", TITLE, (ADA,)), ArchivedPreprint("note:2", "Towards " + TITLE, (ADA,))]
    assert [one.preprint.key for one in match_accepted(ours, [AcceptedPaper(TITLE, (ADA,))], 2026)] == ["note:1"]


def test_a_preprint_with_two_titles_matches_once() -> None:
    ours = [ArchivedPreprint("note:1", "An Older Name of It", (ADA,)), ArchivedPreprint("note:1", TITLE, (ADA,))]
    found = match_accepted(ours, [AcceptedPaper(TITLE, (ADA,))], 2026)
    assert [(one.preprint.key, one.renamed) for one in found] == [("note:1", False)]


def test_a_paper_with_two_notes_matches_twice() -> None:
    ours = [ArchivedPreprint("note:1", TITLE, (ADA,)), ArchivedPreprint("note:2", TITLE, (ADA,))]
    assert len(match_accepted(ours, [AcceptedPaper(TITLE, (ADA,))], 2026)) == 2
