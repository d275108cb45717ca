"""The extract: the abstract's own most telling sentences, and nothing else."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fakes import entry
from notebot.core.model.stub import AttributedText
from notebot.core.text.tex import collapse
from notebot.features.summaries.rules.extract import EXTRACTIVE, extract, sentences, with_extract
from notebot.features.topics.rules.drafting import draft_from_entry

words = st.sampled_from(
    ["We", "prove", "theorems", "e.g.", "i.e.", "et al.", "Fig.", "3.5", "K.", "x", "$a. B$", "(see", "it)", "証明。"]
)
ends = st.sampled_from([".", "!", "?", "", "。"])
texts = st.lists(st.tuples(st.lists(words, min_size=1, max_size=9), ends), max_size=9).map(
    lambda parts: " ".join(" ".join(part) + end for part, end in parts)
)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("   ", []),
        ("No full stop", ["No full stop"]),
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("It gains 3.5 points. Then 2.", ["It gains 3.5 points.", "Then 2."]),
        ("Models, e.g. GPT, win. So do others, i.e. All of them.", None),
        ("As Smith et al. Showed, it holds. Next.", ["As Smith et al. Showed, it holds.", "Next."]),
        ("See Fig. 3 and Eq. (4). Good.", ["See Fig. 3 and Eq. (4).", "Good."]),
        ("By J. K. Rowling. Next.", ["By J. K. Rowling.", "Next."]),
        ("ours vs. Theirs. Done.", ["ours vs. Theirs.", "Done."]),
        ('It ends. $x$ begins. (So it is.) "Quoted." End.', None),
        ("a sentence. followed by lower case stays one", ["a sentence. followed by lower case stays one"]),
        ("証明する。次に示す。", ["証明する。", "次に示す。"]),
    ],
)
def test_sentences_end_where_a_reader_sees_their_end(text: str, parts: list[str] | None) -> None:
    found = sentences(text)
    assert " ".join(found) == text.strip() or "".join(found) == text
    if parts is not None:
        assert found == parts


def test_an_abbreviation_ends_no_sentence() -> None:
    found = sentences("Models, e.g. GPT, win. So do others, i.e. All of them.")
    assert found == ["Models, e.g. GPT, win.", "So do others, i.e. All of them."]


def test_an_extract_has_three_sentences_at_most_in_their_own_order() -> None:
    abstract = (
        "Mathematical reasoning benchmarks measure language models on theorem proving. "
        "Yes. No. "
        "We present a benchmark of theorem proving for language models with mathematical reasoning. "
        "Cats sleep. "
        "Language models fail on the benchmark because theorem proving needs mathematical reasoning."
    )
    found = sentences(extract(abstract, "A benchmark for theorem proving"))
    assert [part.split()[0] for part in found] == ["Mathematical", "We", "Language"]


def test_a_short_abstract_is_its_own_extract() -> None:
    assert extract("One. Two. Three.", "T") == "One. Two. Three."
    assert extract("", "T") == ""


def test_the_title_s_words_weigh_more() -> None:
    abstract = "Apples become sweet cider. Quokkas solve hard integrals. Rivers carry much sand."
    assert extract(abstract, "On quokkas and integrals", 1) == "Quokkas solve hard integrals."
    assert extract(abstract, "Sand in rivers", 1) == "Rivers carry much sand."


@given(texts, st.text(max_size=40), st.integers(1, 4))
def test_an_extract_is_some_sentences_of_the_abstract_in_their_order(text: str, title: str, count: int) -> None:
    abstract = collapse(text)
    whole, found = sentences(abstract), extract(abstract, title, count)
    assert all(part in abstract for part in whole)
    assert any(" ".join(chosen) == found for chosen in combinations(whole, min(count, len(whole))))


@given(st.text(max_size=300), st.text(max_size=40))
def test_any_text_has_an_extract_that_is_made_of_it(text: str, title: str) -> None:
    abstract = collapse(text)
    assert all(part in abstract for part in sentences(abstract))
    assert set(extract(abstract, title).split()) <= set(abstract.replace("。", "。 ").split())


def test_a_stub_takes_the_extract_as_its_summary_and_says_by_what() -> None:
    stub = draft_from_entry(entry(abstract="One. Two. Three. Four."), ())
    summary = with_extract(stub).summary
    assert summary is not None
    assert summary.by == EXTRACTIVE == "extractive"
    assert len(sentences(summary.text)) == 3


def test_a_stub_without_abstract_has_no_summary() -> None:
    stub = replace(draft_from_entry(entry(abstract=" "), ()), summary=AttributedText("old", EXTRACTIVE))
    assert with_extract(stub).summary is None
