"""Papers of a list met again in the archive: by title and first author, and under a new title where that is safe."""

import pytest

from notebot.features.venues.rules.accepted_papers import Accepted, Match, Sought, match_accepted, title_letters

ADA, EMMY, SOFIA = "Ada Lovelace", "Emmy Noether", "Sofia Kovalevskaya"
TITLE = "Counting Proofs of Small Theorems with Language Models"
NAMED = "ProofCount: Counting Proofs of Small Theorems"


def match(sought: Sought, *accepted: Accepted, year: int = 2026) -> list[Match]:
    return match_accepted([sought], accepted, year)


def note(title: str, *authors: str, year: int | None = 2025) -> Sought:
    return Sought("note:1", title, authors, year)


@pytest.mark.parametrize(("one", "other"), [
    (r"{P}roof{C}ount: A \emph{Gentle} Start", "ProofCount: a gentle start"),
    (r"$\alpha$-Proofs \& Counting", "α-Proofs and Counting"),
    (r"G\"odel's ``Theorems''", "Gödels Theorems"),
    ("What Do Models Count?!", "What do models count?"),
    (r"On \textbf{S}mall O($n^2$) Proofs", "On Small O(n²) Proofs"),
    ("数学的推論の評価", "数学的推論 の評価"),
    ("Read/Write （Proofs）", "Read_Write (Proofs)"),
])  # fmt: skip
def test_one_title_in_two_forms_has_the_same_letters(one: str, other: str) -> None:
    assert title_letters(one) == title_letters(other)


@pytest.mark.parametrize("listed", [ADA, "Lovelace, Ada", "A. Lovelace", "Lovelace, A. K.", "Lovelace"])
def test_a_title_and_its_first_author_are_met_again(listed: str) -> None:
    entry = Accepted(TITLE.upper(), (listed, EMMY))
    assert match(note(TITLE, ADA), entry) == [Match(note(TITLE, ADA), entry, renamed=False)]


@pytest.mark.parametrize("listed", [EMMY, "Lovelace, Byron", "B. Lovelace", "Noether, Ada"])
def test_the_same_title_by_others_is_not_met(listed: str) -> None:
    assert match(note(TITLE, ADA), Accepted(TITLE, (listed, ADA))) == []


def test_a_short_title_needs_the_whole_name() -> None:
    assert match(note("Proofs", ADA), Accepted("Proofs", ("A. Lovelace",))) == []
    assert len(match(note("Proofs", ADA), Accepted("Proofs", (ADA,)))) == 1


def test_a_title_without_letters_or_an_entry_without_authors_is_never_met() -> None:
    assert match(note("?!", ADA), Accepted("!!", (ADA,))) == []
    assert match(note(TITLE, ADA), Accepted(TITLE, ())) == []
    assert match(note(TITLE), Accepted(TITLE, (ADA,))) == []


def test_two_entries_of_one_title_must_agree_on_the_track() -> None:
    oral, poster = Accepted(TITLE, (ADA,), "Oral"), Accepted(TITLE, (ADA,))
    assert match(note(TITLE, ADA), oral, poster) == []
    assert [one.entry for one in match(note(TITLE, ADA), oral, oral, Accepted(TITLE, (EMMY,)))] == [oral]


@pytest.mark.parametrize(("paper_year", "entry_year", "met"), [
    (2025, 2026, True), (None, None, True), (2025, 2025, True), (2023, 2026, False), (2025, 2024, False),
])  # fmt: skip
def test_years_far_apart_speak_against_it(paper_year: int | None, entry_year: int | None, met: bool) -> None:
    found = match(note(TITLE, ADA, year=paper_year), Accepted(TITLE, (ADA,), year=entry_year))
    assert bool(found) is met


@pytest.mark.parametrize(("ours", "theirs"), [
    ("Towards Counting Proofs of Small Theorems", "Improving the Counting of Proofs for a Small Theorem"),
    ("Counting Proofs with Large Language Models at Scale", "Counting Proofs with LLMs at Scale"),
    ("Counting Proofs of Small Theorems: A First Study", "Counting Proofs of Small Theorems"),
    (NAMED, "ProofCount: How Many Proofs Has a Small Theorem?"),
    ("RLPF: Learning to Count Proofs", "RLPF: Learning Counts of Proofs"),
])  # fmt: skip
def test_a_new_title_of_the_same_whole_name_is_met(ours: str, theirs: str) -> None:
    (found,) = match(note(ours, ADA), Accepted(theirs, ("Lovelace, Ada", EMMY)), Accepted("Another Matter", (ADA,)))
    assert found.renamed
    assert found.entry.title == theirs


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
def test_what_may_be_another_paper_of_the_same_author_is_not_met(ours: str, theirs: str) -> None:
    assert match(note(ours, ADA), Accepted(theirs, (ADA, EMMY))) == []


def test_a_new_title_needs_the_whole_name() -> None:
    assert match(note("Towards " + TITLE, "A. Lovelace"), Accepted(TITLE, ("A. Lovelace",))) == []
    assert match(note("Towards " + TITLE, ADA), Accepted(TITLE, ("Byron Lovelace",))) == []


def test_the_very_same_team_may_change_a_few_words() -> None:
    team = (ADA, EMMY, SOFIA)
    entry = Accepted(TITLE.replace("Small", "Tiny"), ("Lovelace, A.", EMMY, SOFIA))
    assert match(note(TITLE, *team), entry) == []
    entry = Accepted(TITLE.replace("Small", "Tiny"), team)
    assert [one.renamed for one in match(note(TITLE, *team), entry)] == [True]
    for other in [(ADA, EMMY), (ADA, SOFIA, EMMY)]:
        assert match(note(TITLE, *team), Accepted(entry.title, other)) == []
    assert match(note(TITLE, *team), Accepted("Weaving Cloth by Small Machines", team)) == []


def test_of_two_likely_new_titles_none_is_taken() -> None:
    one, other = Accepted("Towards " + TITLE, (ADA,)), Accepted("A New Approach to " + TITLE, (ADA,))
    assert match(note("On " + TITLE, ADA), one, other) == []
    assert len(match(note("On " + TITLE, ADA), one)) == 1


def test_one_new_title_is_not_that_of_two_papers() -> None:
    ours = [Sought("note:1", "On " + TITLE, (ADA,)), Sought("note:2", "Towards " + TITLE, (ADA,))]
    assert match_accepted(ours, [Accepted("A Method for " + TITLE, (ADA,))], 2026) == []


def test_an_entry_that_is_another_notes_own_is_nobodys_new_title() -> None:
    ours = [Sought("note:1", TITLE, (ADA,)), Sought("note:2", "Towards " + TITLE, (ADA,))]
    assert [one.sought.key for one in match_accepted(ours, [Accepted(TITLE, (ADA,))], 2026)] == ["note:1"]


def test_a_paper_sought_by_two_titles_is_met_once() -> None:
    ours = [Sought("note:1", "An Older Name of It", (ADA,)), Sought("note:1", TITLE, (ADA,))]
    found = match_accepted(ours, [Accepted(TITLE, (ADA,))], 2026)
    assert [(one.sought.key, one.renamed) for one in found] == [("note:1", False)]


def test_a_paper_noted_twice_is_met_twice() -> None:
    ours = [Sought("note:1", TITLE, (ADA,)), Sought("note:2", TITLE, (ADA,))]
    assert len(match_accepted(ours, [Accepted(TITLE, (ADA,))], 2026)) == 2
