import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.text.tex import collapse, decode_accents, readable


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"Erd\H{o}s, Erd\H os", "Erdős, Erdős"),
        (r"Andr\'e \'{E}tienne", "André Étienne"),
        (r"G{\"o}del G\"odel {\" o}", "Gödel Gödel " + r"{\" o}"),
        (r"\c{c}a {\c c}a", "ça ça"),
        (r"\v{s}\v s {\v{z}}", "šš ž"),
        (r"J\o rgen J{\o}rgen J\o{}rgen", "Jørgen Jørgen Jørgen"),
        (r"Hans Bj\o Smith", "Hans Bjø Smith"),
        (r"Stra{\ss}e \aa \AE", "Straße å Æ"),
        (r"Wa\l{}\k{e}sa {\L}\'od\'z", "Wałęsa Łódź"),
        (r"Mart{\'\i}nez Mart\'\i nez Mart\'{\i}nez Mart\'{i}nez", "Martínez " * 3 + "Martínez"),
        (r"\`a\^e\~n\=o\.z\u{g}\r{u}\d{s}\b{d}", "àêñōżğůṣḏ"),
        (r"\i\ \j", "ı\\ ȷ"),
        (r"T\textcommabelow{s}ic\textcommabelow s \t{oo}", "Tșicș oo"),
        (r"O{\textquoteright}Brien's 1\textendash{}2", "O’Brien's 1–2"),
        (r"Nguy{\~{\^e}}n Tr{\'{\^a}}n \h{o}", "Nguyễn Trấn ỏ"),
    ],
)
def test_tex_accents_become_letters(tex: str, text: str) -> None:
    assert decode_accents(tex) == text
    assert unicodedata.is_normalized("NFC", decode_accents(tex))


@pytest.mark.parametrize(
    "text",
    [
        r"$\'e \o$ and $$\v{s}$$ and \(\c{c}\)",
        r"we gain 50% over \textbf{x}, \& 3\% more \alpha",
        r"a price of \$5, http://host/\~{}user",
        r"\cite{x} \vec v \overline{x} \light",
        r"a line \\ break \\'e",
        r"no such letter: \"{p} \H{k}",
        r"cut off \'",
        "no backslash at all: 100% of {it}",
    ],
)
def test_everything_else_is_unchanged(text: str) -> None:
    assert decode_accents(text) == text


def test_an_escaped_dollar_sign_opens_no_formula() -> None:
    assert decode_accents(r"\$5 by Andr\'e for $x$") == r"\$5 by André for $x$"


def test_a_dollar_sign_alone_opens_no_formula() -> None:
    assert decode_accents(r"5 $ by Andr\'e") == "5 $ by André"


@given(st.text(alphabet=st.characters(exclude_characters="\\")))
def test_text_without_a_backslash_is_the_same(text: str) -> None:
    assert decode_accents(text) == text


@given(st.text(alphabet="\\{}$()'\"^~iocsvHAa "))
def test_any_tex_is_decoded_without_error(text: str) -> None:
    assert len(decode_accents(text)) <= len(text)


@given(st.text(st.sampled_from("a\u00e9 \t\n\v\f\r\x1c\x1f\x00\x85\u00a0\u3000\u200b")))
def test_any_white_space_separates_words(text: str) -> None:
    assert collapse(text) == " ".join(text.split())


def test_white_space_collapses_to_single_blanks() -> None:
    assert collapse("  A\n  title\twith\u00a0\u3000blanks \r\n") == "A title with blanks"
    assert collapse(" \n ") == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"50\% of R\&amp;D at Erd\H{o}s", "50% of R&D at Erdős"),
        ("A &lt;b&gt; &amp; B&#39;s", "A <b> & B's"),
        (r"On \emph{one} \textbf{thing} and \unknown{other}", r"On one thing and \unknown{other}"),
        ("``Quoted'' words", "“Quoted” words"),
        ("Figure~3 and ~/home", "Figure 3 and ~/home"),
        (r"$5\%$ of $a_{\text{x}}$ and 5\%", r"$5\%$ of $a_{\text{x}}$ and 5%"),
        (r"costs \$5 and \$6\%", r"costs \$5 and \$6%"),
        ("nothing to do", "nothing to do"),
    ],
)
def test_text_is_readable(text: str, shown: str) -> None:
    assert readable(text) == shown
