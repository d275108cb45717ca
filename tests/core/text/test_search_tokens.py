"""The tokens of the full-text index, and what a query finds in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.text.search_tokens import build_fts_query, contains_all_words, tokenise_for_index


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", ""),
        ("数学的推論", "数学 学的 的推 推論 論"),
        ("GPT-4o, GPT4o", "gpt 4o gpt 4o"),
        ("H100 word2vec résumé2", "h 100 word 2vec resume 2"),
        ("サーバーの設定", "サー ーバ バの の設 設定 定"),
        ("サーバーレス コピー ｻｰﾊﾞｰ", "サー ーバ バー ーレ レス ス コピ ピー ー サー ーバ バ"),
        ("한국어 모델", "한국어 모델"),
        ("one\n数学\n$\\alpha$ two", "one 数学 学 alpha two"),
    ],
)
def test_text_becomes_tokens(text: str, tokens: str) -> None:
    assert tokenise_for_index(text) == tokens


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("サーバー", "サーバ"), ("サーバ", "サーバー"), ("サーバー室", "サーバ室"), ("サーバ室", "サーバー室"),
        ("サーバー", "サーバーレス"), ("サーバー*", "サーバ"), ("コピー", "コピーする"),
        ("渡辺太郎", "渡辺 太郎"), ("渡辺太郎", "渡辺　太郎氏"), ("渡辺太郎", "渡辺太郎"), ("林太郎", "林 太郎"),
        ("森鷗外", "森 鷗外"), ("渡辺 太郎", "渡辺太郎"), ("東京都", "東京 都"),
        ("gpt4o", "GPT-4o"), ("GPT-4o", "gpt4o"), ("gpt4o", "GPT 4o"), ("gpt", "GPT4"), ("gpt4*", "GPT-4o"),
        ("llama3", "Llama-3"), ("Llama 3", "llama3"), ("word2*", "word2vec"), ("学", "数学的"), ("論", "推論"),
    ],
)  # fmt: skip
def test_words_are_found_however_they_are_spelled(words: str, text: str) -> None:
    assert contains_all_words(words, text)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("京都", "東京 都市"), ("東京都", "東京 都市"), ("コピー", "コピ"), ("渡辺太郎", "渡辺 次郎"),
        ("渡辺太郎", "太郎 渡辺"),
        ("gpt4o", "GPT"), ("gpt4", "GPT-4o"), ("4o", "4"), ("サーバー", "サー バー"), ("数学", "数 学"),
    ],
)  # fmt: skip
def test_other_words_are_not_found(words: str, text: str) -> None:
    assert not contains_all_words(words, text)


def test_a_query_quotes_every_token() -> None:
    assert build_fts_query('gpt4o NEAR" x*') == '("gpt 4o") AND ("near") AND ("x" *)'
    assert build_fts_query("林太郎") == '("林太 太郎" OR "林 太郎" OR "林太 太 郎")'
    assert build_fts_query('"*') == ""


@given(st.text(alphabet="aZ9ー-_. \nサバー数学éｻﾞ゙①가", max_size=40))
def test_tokens_tokenised_again_are_found_by_their_own_text(text: str) -> None:
    assert contains_all_words(text, text)


@given(st.text(alphabet=st.characters(max_codepoint=127, exclude_characters="\\")))
def test_plain_text_has_the_same_tokens_beside_other_text(text: str) -> None:
    assert tokenise_for_index(f"{text} é") == f"{tokenise_for_index(text)} e".strip()
