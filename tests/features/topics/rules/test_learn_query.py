"""Queries learned from noted and announced papers."""

from hypothesis import given
from hypothesis import strategies as st

from notebot.features.topics.rules.learn_query import QueryLearner
from notebot.features.topics.rules.matching import prepare
from notebot.features.topics.rules.query import parse_query
from notebot.features.topics.rules.searchable_text import Prepared
from notebot.features.topics.rules.topic_coverage import NotedPaperText
from notebot.features.topics.suggest import count_matches


def paper(title: str, abstract: str = "") -> Prepared:
    return prepare(NotedPaperText(title, abstract, ()), None, complete=False)


PROOFS = [
    paper(f"Proof agent {word}", f"We study theorem provers in {word}.") for word in ["lean", "coq", "agda", "isabelle"]
]
BIRDS = [paper(f"Bird songs {number}", "We study the songs of birds.") for number in range(20)]


def test_a_query_finds_what_it_was_learned_from_and_not_the_others() -> None:
    query = QueryLearner(BIRDS).learn(PROOFS, most=1)
    assert query is not None
    assert count_matches(query, PROOFS) == len(PROOFS)
    assert count_matches(query, BIRDS) == 0


def test_it_matches_no_more_announced_papers_than_allowed() -> None:
    mixed = [*BIRDS, *(paper(f"Proof {number}", "theorem provers") for number in range(10))]
    wanted = [
        paper(f"Proof {word}", f"theorem provers with {word} rewards") for word in ("dense", "sparse", "late", "few")
    ]
    for most in (0, 5, 10):
        query = QueryLearner(mixed).learn(wanted, most)
        assert query is not None
        assert count_matches(query, mixed) <= most


def test_singular_and_plural_become_one_term() -> None:
    wanted = [paper(f"{word} {name}") for name, word in zip("abcdef", ("Theorem", "Theorems") * 3, strict=True)]
    assert QueryLearner(BIRDS).learn(wanted, 1) == "ti:theorem*"


def test_stop_words_and_numbers_are_no_terms() -> None:
    assert QueryLearner(BIRDS).learn([paper("The 2026 results of our method")] * 5, 1) is None


def test_without_typical_terms_there_is_no_query() -> None:
    assert QueryLearner(BIRDS).learn(BIRDS[:5], 3) is None
    assert QueryLearner([]).learn([], 3) is None


HOSTILE = st.text(alphabet=st.sampled_from('ab "()*:\\{}\n\0\u202e\u3042AND ORti:abs'), max_size=60)


@given(st.lists(HOSTILE, min_size=3, max_size=6), st.lists(HOSTILE, max_size=4))
def test_any_text_gives_a_query_that_parses_and_keeps_to_the_limit(wanted: list[str], others: list[str]) -> None:
    announced = [paper(text, text) for text in others]
    query = QueryLearner(announced).learn([paper(text, text) for text in [*wanted, *wanted]], 1)
    if query is not None:
        parse_query(query)
        assert count_matches(query, announced) <= 1
