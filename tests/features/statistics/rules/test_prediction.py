"""How well the order of digests predicted what was kept."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.model.shown_entry import ShownEntry
from notebot.features.statistics.rules.prediction import kept_in_first, ranked_before, share_kept_in_first


def digest(name: str, decisions: str) -> list[ShownEntry]:
    """A digest in the order in which it was ranked: ``k`` was kept, any other letter was not."""
    return [ShownEntry(name, place, letter == "k") for place, letter in enumerate(decisions, 1)]


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [("kkss", 1.0), ("sskk", 0.0), ("ksks", 0.75), ("kk", None), ("ss", None), ("", None)],
)
def test_ranked_before_is_the_share_of_pairs_in_the_right_order(decisions: str, expected: float | None) -> None:
    assert ranked_before(digest("a", decisions)) == expected


@given(st.lists(st.text("ks", max_size=12), max_size=4))
def test_ranked_before_agrees_with_counting_every_pair(digests: list[str]) -> None:
    entries = [entry for number, decisions in enumerate(digests) for entry in digest(str(number), decisions)]
    pairs = [
        kept.place < other.place
        for kept, other in product(entries, entries)
        if kept.digest == other.digest and kept.kept and not other.kept
    ]
    expected = Fraction(sum(pairs), len(pairs)) if pairs else None
    found = ranked_before(entries)
    assert found == (None if expected is None else pytest.approx(float(expected)))


def test_entries_of_different_digests_are_not_compared() -> None:
    assert ranked_before([*digest("a", "ks"), *digest("b", "sssk")]) == 0.25


def test_kept_among_the_first() -> None:
    entries = [*digest("a", "kskk"), *digest("b", "sskk"), *digest("c", "ss")]
    assert kept_in_first(entries, 3) == 1.5
    assert share_kept_in_first(entries, 3) == 0.6
    assert kept_in_first(digest("a", "ss"), 3) is None
    assert share_kept_in_first([], 3) is None
