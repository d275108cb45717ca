"""Which papers the curator keeps: what is learned from examples, and which reasons are given."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from notebot.core.model.stub import InterestKind, Stub
from notebot.features.suggestions.rules.interest import (
    FEWEST_DECIDED,
    FEWEST_LIKED,
    FEWEST_OTHERS,
    Example,
    InterestModel,
    InterestRecord,
    count_pairs,
    learn_interest,
)
from notebot.features.suggestions.rules.tag_model.corpus import PaperText, read_paper
from notebot.features.suggestions.rules.tag_model.neighbour_index import damped, rarity

LIKED = "robot arm gripper manipulation grasping trajectory controller tactile sensor joint".split()  # noqa: SIM905
OTHER = "speech audio phoneme acoustic speaker voice recording waveform prosody listener".split()  # noqa: SIM905
COMMON = ["model", "data", "method", "result", "task", "train", "large", "show", "paper", "new"]


def text(rng: random.Random, words: list[str]) -> PaperText:
    return PaperText(rng.choices(words + COMMON, k=6), rng.choices(words + COMMON * 2, k=40))


def examples(liked: int = FEWEST_LIKED, others: int = FEWEST_OTHERS) -> list[Example]:
    rng = random.Random(1)
    made = [Example(text(rng, LIKED), liked=True) for _ in range(liked)]
    return made + [Example(text(rng, OTHER), liked=False) for _ in range(others)]


def paper(*categories: str) -> Stub:
    return Stub("arxiv:2605.00001", "2605.00001", 1, "", "A title", ("Ann Author",), "", categories)


def score(record: InterestRecord, words: str) -> float:
    interest = InterestModel(record).judge(paper(), read_paper("", words))
    assert interest is not None
    return interest.score


def test_a_paper_like_those_that_were_kept_scores_higher() -> None:
    record = learn_interest(examples())
    assert score(record, "a gripper with a tactile sensor") > 0 > score(record, "the voice of a speaker")


def test_the_order_of_words_counts() -> None:
    """Both kinds of papers contain the same words, in another order."""
    rng = random.Random(2)

    def pairs(first: str, second: str) -> PaperText:
        # one common word between two pairs, so that only the order within a pair tells the kinds apart
        return PaperText([], [word for _ in range(8) for word in (first, second, rng.choice(COMMON))])

    made = [Example(pairs("reward", "model"), liked=True) for _ in range(FEWEST_OTHERS)]
    made += [Example(pairs("model", "reward"), liked=False) for _ in range(FEWEST_OTHERS)]
    record = learn_interest(made)
    assert score(record, "reward model") > 0 > score(record, "model reward")


@pytest.mark.parametrize(("liked", "others"), [(FEWEST_LIKED - 1, FEWEST_OTHERS), (FEWEST_LIKED, FEWEST_OTHERS - 1)])
def test_nothing_is_learned_from_too_little(liked: int, others: int) -> None:
    record = learn_interest(examples(liked, others))
    assert record.terms == ()
    assert InterestModel(record).judge(paper("cs.RO"), read_paper("", "a gripper")) is None


def test_the_same_examples_teach_the_same() -> None:
    assert learn_interest(examples()) == learn_interest(examples())


@settings(max_examples=min(15, settings().max_examples // 2))
@given(st.integers(0, 10_000), st.integers(FEWEST_LIKED, 60), st.sampled_from([1.0, 2.0, 5.0]))
def test_the_weights_are_those_of_the_regression(seed: int, liked: int, weight: float) -> None:
    """The objective is at most a fourth above its minimum.

    The penalty makes it strongly convex, so it is above its minimum by at most half the squared length of its slope.
    """
    rng = random.Random(seed)
    words = LIKED + OTHER
    made = [Example(text(rng, words[: rng.randint(5, 20)]), liked=True, weight=weight) for _ in range(liked)]
    made += [Example(text(rng, words[rng.randint(0, 9) :]), liked=False) for _ in range(FEWEST_OTHERS)]
    record = learn_interest(made)
    numbers = {term: number for number, term in enumerate(record.terms)}
    weights = list(memoryview(record.weights).cast("f"))
    counts = [count_pairs(example.text) for example in made]
    spread = [sum(term in count for count in counts) for term in record.terms]
    slope, slope_constant = list(weights), record.constant
    objective = (record.constant**2 + sum(weight**2 for weight in weights)) / 2
    for example, count in zip(made, counts, strict=True):
        row = {
            numbers[term]: damped(times) * rarity(len(made), spread[numbers[term]])
            for term, times in count.items()
            if term in numbers
        }
        length = math.sqrt(sum(value * value for value in row.values()))
        sign = 1.0 if example.liked else -1.0
        margin = record.constant + sum(weights[number] * value / length for number, value in row.items())
        cost = 16.0 * example.weight
        objective += cost * math.log1p(math.exp(-sign * margin))
        pull = sign * cost / (1 + math.exp(sign * margin))
        slope_constant -= pull
        for number, value in row.items():
            slope[number] -= pull * value / length
    above = (slope_constant**2 + sum(part**2 for part in slope)) / 2
    assert above < objective / 4


CATEGORIES = ("cs.RO", "cs.CL", "cs.IR")


@given(st.lists(st.tuples(st.sets(st.sampled_from(CATEGORIES), min_size=1), st.booleans()), max_size=60))
def test_every_reason_is_true(decisions: list[tuple[set[str], bool]]) -> None:
    """The numbers of a reason are those of the decisions, and it names a habit that stands out."""
    kept = [paper(*sorted(categories)) for categories, is_kept in decisions if is_kept]
    skipped = [paper(*sorted(categories)) for categories, is_kept in decisions if not is_kept]
    model = InterestModel(learn_interest((), kept, skipped))
    for category in CATEGORIES:
        interest = model.judge(paper(category), read_paper("", ""))
        of_category = [is_kept for categories, is_kept in decisions if category in categories]
        if interest is None or not interest.why:
            continue
        (reason,) = interest.why
        keeps = reason.kind is InterestKind.KEEPS_CATEGORY
        assert reason.name == category
        assert (reason.count, reason.decided) == (of_category.count(keeps), len(of_category))
        assert reason.decided >= FEWEST_DECIDED
        assert reason.count >= 0.7 * reason.decided
        assert (interest.score > 0) is keeps


def test_a_curator_who_skips_most_of_everything_has_no_habit_about_one_category() -> None:
    skipped = [paper("cs.RO")] * 40 + [paper("cs.CL")] * 40
    kept = [paper("cs.RO")] * 5 + [paper("cs.CL")] * 5
    interest = InterestModel(learn_interest((), kept, skipped)).judge(paper("cs.RO"), read_paper("", ""))
    assert interest is None or abs(interest.score) < 0.1


def test_an_archive_of_titles_judges_titles() -> None:
    made = [replace(example, text=PaperText(example.text.title, [])) for example in examples()]
    model = InterestModel(learn_interest(made, titles_only=True))
    one = model.judge(paper(), read_paper("A tactile gripper", "The voice of a speaker"))
    other = model.judge(paper(), read_paper("A tactile gripper", "A robot arm"))
    assert one is not None
    assert one == other
