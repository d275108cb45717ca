"""What a summary says that its source lacks is flagged; what is only put in other words is not."""

import gzip
import json
import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fakes import entry
from growth import grows_linearly, repeated
from notebot.core.model.stub import AttributedText
from notebot.features.summaries.rules.extract import EXTRACTIVE, sentences
from notebot.features.summaries.rules.faithfulness import find_doubts, stub_doubts
from notebot.features.summaries.rules.faithfulness.normalise_numbers import plain
from notebot.features.summaries.rules.faithfulness.numbers import numbers, source_numbers
from notebot.features.topics.rules.drafting import draft_from_entry
from paths import REAL_DATA

NUMBERS_TOLD = Path(__file__).parent / "numbers_told.tsv"
REAL = REAL_DATA / "arxiv/meta.jsonl.gz"

FAITHFUL = [
    ("精度は53.1%である。", "It reaches 53.1 percent."),
    ("精度は５３．１％である。", r"It reaches $53.1\%$."),
    ("53%の精度", "an accuracy of 0.53"),
    ("0.53の精度", "an accuracy of 53%"),
    ("1,234件を集めた。", "We collect 1234 items."),
    ("1234件を集めた。", r"We collect 1{,}234 items."),
    ("100と200の二つ", "sizes 100, 200 are the two that we try"),
    ("6兆トークンで128Kまで", "on $6$ trillion tokens, to $128$K"),
    ("53%と1,234件", r"$53\%$ of $1,234$ items"),
    ("130万件", "1.3 million examples"),
    ("130万件", "1.3M examples"),
    ("70億パラメータ", "a 7B model"),
    ("70億パラメータ", "a 7-billion-parameter model"),
    ("1億2000万文", "120 million sentences"),
    ("3万5千問", "35,000 problems"),
    ("2千万件", "20M items"),
    ("10kの文書", "10,000 documents"),
    ("100万から200万", "from 1-2 million"),
    ("約1.2万件", "12,345 items"),
    ("12.3万件", "123,456 items"),
    ("約1200件", "1,234 items"),
    ("53%程度", "53.2%"),
    ("100万トークン", "10^6 tokens"),
    ("100万トークン", "10⁶ tokens"),
    ("300万トークン", r"$3 \times 10^{6}$ tokens"),
    ("10⁶トークン", "10^{6} tokens"),
    ("3つの課題", "three tasks"),
    ("三つの課題", "3 tasks"),
    ("三段階で学習する", "a three-stage recipe"),
    ("2倍の速さ", "twice as fast"),
    ("10倍の速さ", "a tenfold speedup"),
    ("50%に減らす", "cut by half"),
    ("3分の2で勝つ", "wins in two-thirds of the cases"),
    ("3分の1", "1/3 of it"),
    ("A 7 billion parameter model, 4.5 thousand items", "a 7B model, 4.5K items"),
    ("コストを4割削減した。", "it reduces cost by 40%"),
    ("約8割", "79.6%"),
    ("10倍速い", "an order of magnitude faster"),
    ("100倍速い", "two orders of magnitude faster"),
    ("四分の三", "in 75% of cases"),
    ("半数のケース", "half of the cases"),
    ("a third of users", "33.3% of users"),
    ("十二言語、三千問", "twelve languages, 3,000 problems"),
    ("二つの三層ネット", "two three-layer nets"),
    ("数百件、数十個", "hundreds of items, dozens of things"),
    ("十分な精度、三角形、千差万別の手法", "as you like it"),
    ("doubles the speed", "2x faster"),
    ("a twofold gain", "a gain of 2.0x"),
    ("3分の1", r"\frac{1}{3} of it"),
    ("4分の1", "a quarter of it"),
    ("105の言語", "one hundred and five languages"),
    ("2500億トークン", "two hundred fifty billion tokens"),
    ("3000件", "three thousand items"),
    ("12種類", "a dozen kinds"),
    ("2025年3月に公開", "released in March 2025"),
    ("5月12日", "on 12 May"),
    ("1つの模型を提案", "We present a model"),
    ("(1)定理と(2)証明", "theorems and proofs"),
    ("16ビットで学習", "16-bit training"),
    ("トップ1の精度", "top-1 accuracy"),
    ("GPT-4oを使う", "We use GPT-4o."),
    ("GPT4を使う", "We use GPT-4."),
    ("gpt-4 を使う", "We use GPT-4."),
    ("MATH-500で測る", "on MATH500"),
    ("Qwen2.5-7Bを使う", "Qwen2.5 models (7B, 32B)"),
    ("Llama-3.1で測る", "Llama 3.1-8B"),
    ("LLMsとVLMs", "LLM and vision-language models"),
    ("LLMを使う", "neural networks"),
    ("RLVRを使う", "reinforcement learning with verifiable rewards"),
    ("PRMを使う", "process reward models"),
    ("Poincaréの予想", r"Poincar\'e's conjecture"),
    ("ℓ2ノルム", r"the $\ell_2$ norm"),
    ("Google/DeepMindの模型", "by Google and DeepMind"),
    ("LLM-as-a-Judgeで測る", "LLM-as-a-judge"),
    ("Transformerに基づく", "an attention model"),
    ("Transformer-basedな手法", "an attention-based model"),
    ("本研究は新しい手法を示す。", "We present a method."),
    ("The model wins. Results show a gain. We win.", "a model with a gain wins"),
    ("It proves two theorems.", "We prove 2 theorems."),
    ("Twenty-five models are tried.", "We try 25 models."),
    ("A hundred million words", "100M words"),
    ("", "anything"),
]

UNFAITHFUL = [
    ("精度は53.1%である。", "It reaches 52.1%.", "53.1%"),
    ("精度は53%である。", "It reaches 53.2%.", "53%"),
    ("精度は53%である。", "It reaches 5.3%.", "53%"),
    ("2025年に公開", "released in 2024", "2025"),
    ("1,001件", "1,000 items", "1001"),
    ("131万件", "1.3 million items", "131万"),
    ("668件", "70,668 items", "668"),
    ("7Mの模型", "a 7B model", "7M"),
    ("700億", "7 billion", "700億"),
    ("約1300件", "1,034 items", "1300"),
    ("約90%", "92%", "90%"),
    ("4つの課題", "three tasks", "4"),
    ("四つの課題", "three tasks", "四"),
    ("3分の2", "a third", "3分の2"),
    ("3倍速い", "twice as fast", "3"),
    ("Claude-5を使う", "We use GPT-4.", "Claude-5"),
    ("GPT-5を使う", "We use GPT-4 on 5 tasks.", "GPT-5"),
    ("MATH-50で測る", "on MATH-500", "MATH-50"),
    ("Qwen2.5-9Bを使う", "Qwen2.5-7B", "Qwen2.5-9B"),
    ("ImageNetで測る", "on CIFAR", "ImageNet"),
    ("XYZを使う", "x-ray yields", "XYZ"),
    ("It proves five theorems.", "We prove 2 theorems.", "five"),
    ("It beats BERT.", "It beats others.", "BERT"),
    ("0分の1", "none", "0"),
    ("10億トークン", "3 billion tokens", "10億"),
    ("on a billion tokens", "on 3 billion tokens", "billion"),
    ("100問", "three hundred problems", "100"),
    ("20の課題", "twenty-five tasks", "20"),
    ("6段階", "6 trillion tokens", "6"),
    ("十三言語", "12 languages", "十三"),
    ("四千問", "5,000 problems", "四千"),
    ("五十五%", "53%", "五十五"),
    ("四分の三", "40%", "四分の三"),
    ("八割", "90%", "八割"),
    ("3割削減", "40%", "3割"),
    ("半数が", "40%", "半数"),
    ("a fourfold gain", "a gain of 3x", "fourfold"),
    ("It doubles the speed.", "3x faster", "doubles"),
    ("a quarter of cases", "40%", "a quarter"),
]


@pytest.mark.parametrize(("text", "source"), FAITHFUL)
def test_the_same_in_other_words_raises_no_flag(text: str, source: str) -> None:
    assert find_doubts(text, source) == ()


@pytest.mark.parametrize(("text", "source", "doubt"), UNFAITHFUL)
def test_what_the_source_lacks_is_flagged_as_it_is_written(text: str, source: str, doubt: str) -> None:
    assert doubt in find_doubts(text, source)


@pytest.mark.parametrize("line", NUMBERS_TOLD.read_text(encoding="utf-8").splitlines())
def test_numbers_are_understood_in_every_form(line: str) -> None:
    """Lines of verdict, sentence and source; ``wrong`` sentences must be flagged."""
    verdict, sentence, source = line.split("\t")
    assert bool(find_doubts(sentence, source)) == (verdict == "wrong"), find_doubts(sentence, source)


def test_a_joined_number_keeps_its_about() -> None:
    source = "We collect 322,430,160 records."
    assert find_doubts("約3億2200万件", source) == ()
    assert find_doubts("3億2200万件", source) == ("3億2200万",)


@given(st.integers(1, 10**5), st.sampled_from([("ms", 1), ("s", 1_000), ("min", 60_000), ("hours", 3_600_000)]))
def test_a_time_is_known_in_every_unit(count: int, unit: tuple[str, int]) -> None:
    name, size = unit
    assert find_doubts(f"{count * size} ms", f"in {count} {name}") == ()
    assert find_doubts(f"{count * size + 1} ms", f"in {count} {name}") != ()


@given(st.floats(0.01, 99).map(lambda number: round(number, 2)), st.sampled_from(["-", "−", "–", "$-$", "マイナス"]))
def test_a_sign_is_part_of_a_number(number: float, minus: str) -> None:
    assert find_doubts(f"値は{minus}{number}", f"a value of -{number}") == ()
    assert find_doubts(f"値は{number}", f"a value of -{number}") != ()
    assert find_doubts(f"値は{minus}{number}", f"a value of {number}") != ()


def test_flags_are_in_order_and_each_once() -> None:
    text = "GPT-9は77%、四つの課題で88%、GPT-9は77%。"
    assert find_doubts(text, "nothing of the kind") == ("GPT-9", "77%", "四", "88%")


def test_a_name_with_a_number_is_one_flag() -> None:
    assert find_doubts("GPT-9を使う", "nothing") == ("GPT-9",)


def test_both_texts_of_a_stub_are_looked_at_but_not_an_extract() -> None:
    stub = draft_from_entry(entry(title="On 64 theorems", abstract="We prove them."), ())
    assert stub_doubts(stub) == ()
    wrong = replace(stub, summary=AttributedText("64個、65個。", "m"), translation=AttributedText("65個、66個。", "m"))
    assert stub_doubts(wrong) == ("65", "66")
    assert stub_doubts(replace(stub, summary=AttributedText("It proves 99.", EXTRACTIVE))) == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1億2000万", [120_000_000]),
        ("53.1 and .5", [53.1, 5]),
        ("v2.0.1", []),
        ("A100 x86", []),
        ("7B 10k 3T", [7_000_000_000, 10_000, 3_000_000_000_000]),
        ("3 million-token", [3_000_000]),
        ("1" * 40, [float("1" * 15)]),
    ],
)
def test_numbers_are_worth_what_they_say(text: str, found: list[float]) -> None:
    assert [number.value for number in numbers(text)] == found


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_whole_number_is_known_by_itself_alone(wrong: int, right: int) -> None:
    assert bool(find_doubts(f"答えは{wrong}件。", f"There are {right} items.")) == (wrong != right)


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_can_be_looked_at(text: str, source: str) -> None:
    doubts = find_doubts(text, source)
    assert len(set(doubts)) == len(doubts)


@pytest.mark.parametrize(
    "piece",
    ["1", "1,", "1億", "1億1万", "-1", "1 ms", "3分の1", "1/", "A-", "A1", "one ", "\\frac1", "10^", "1 ", "(", "約"],
)
@pytest.mark.slow
def test_hostile_text_takes_no_long_time(piece: str) -> None:
    assert grows_linearly(lambda size: find_doubts(repeated(piece, size // 4), repeated(piece, size)), 8_000)


def test_powers_and_ranges_are_read() -> None:
    found = {number.value for number in source_numbers(plain("2 × 10³ and 3--5 million"))}
    assert {2000, 3_000_000, 5_000_000} <= found


@pytest.mark.slow
@pytest.mark.skipif(not REAL.exists(), reason="needs the shared material")
def test_real_abstracts_are_faithful_to_themselves_and_a_changed_number_shows() -> None:
    dice = random.Random(5)
    with gzip.open(REAL, "rt", encoding="utf-8") as file:
        rows = dice.sample([json.loads(line) for line in file], 300)
    assert sum(bool(find_doubts(row["abstract"], f"{row['title']}\n{row['abstract']}")) for row in rows) <= 3
    wrong = [(row, changed) for row in rows for changed in _changed(row["abstract"], dice)]
    missed = [row["id"] for row, changed in wrong if not find_doubts(changed, f"{row['title']}\n{row['abstract']}")]
    assert len(wrong) > 100
    assert len(missed) <= len(wrong) * 0.05


def _changed(abstract: str, dice: random.Random) -> list[str]:
    """The first sentence with a number of two digits at least, with its last digit changed."""
    for sentence in sentences(abstract):
        found = re.search(r"(?<![\w.,-])\d\d+(?:\.\d+)?(?![\w.,-])", sentence)
        if found:
            last = (int(found[0][-1]) + dice.randint(1, 9)) % 10
            return [f"{sentence[: found.end() - 1]}{last}{sentence[found.end() :]}"]
    return []
