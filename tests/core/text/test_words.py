import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.text.words import split_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("Chain-of-Thought, again!", ["chain", "of", "thought", "again"]),
        ("snake_case del_maestro", ["snake", "case", "del", "maestro"]),
        ("GPT-4.5 at 50%", ["gpt", "4", "5", "at", "50"]),
        ("O’Brien’s naïve résumé", ["o", "brien", "s", "naive", "resume"]),
        ("Paul Erdős, Łukasz Kaiser, Søren Kierkegaard", ["paul", "erdos", "lukasz", "kaiser", "soren", "kierkegaard"]),
        (r"Erd\H{o}s and B\'{e}zout", ["erdos", "and", "bezout"]),
        (r"$\mathbb{R}$ and $\mathcal{O}$ Spaces", ["r", "and", "o", "spaces"]),
        (r"\emph{Foo} \textit{Bar} $\frac{1}{2}$", ["foo", "bar", "1", "2"]),
        (r"The $\beta$-VAE, $\mathrm{d}\sigma$, \LaTeX", ["the", "beta", "vae", "d", "sigma", "latex"]),
        (r"\begin{equation*}\label{eq:1} x \\y \end{equation*} \cite{doe2024}", ["x", "y"]),
        ("Straße ﬁne ② x²", ["strasse", "fine", "2", "x2"]),
        ("数学的推論の改善", list("数学的推論の改善")),
        ("ＬＬＭによる推論", ["llm", "に", "よ", "る", "推", "論"]),
        ("がん と かん", ["が", "ん", "と", "か", "ん"]),
        ("ｶﾞｲﾄﾞライン", list("ガイドライン")),
        ("한국어 모델", ["한국어", "모델"]),
        ("soft\u00adhyphen", ["softhyphen"]),
    ],
)
def test_words_are_split_at_all_but_letters_and_digits(text: str, words: list[str]) -> None:
    assert split_words(text) == words


def test_decomposed_accents_are_the_composed_ones() -> None:
    assert split_words("Caf\u0065\u0301") == split_words("Caf\u00e9") == ["cafe"]


@given(st.text(alphabet=st.characters(exclude_characters="\\")))
def test_words_split_again_are_the_same_words(text: str) -> None:
    words = split_words(text)
    assert split_words(" ".join(words)) == words


@given(st.text(alphabet=st.characters(max_codepoint=127, exclude_characters="\\")))
def test_plain_text_is_split_alike_beside_other_text(text: str) -> None:
    assert split_words(f"{text} é") == [*split_words(text), "e"]
