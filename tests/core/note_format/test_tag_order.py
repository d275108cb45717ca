import json
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.note_format.tag_order import TagOrder, learn_order
from paths import REAL_DATA

NOTES = REAL_DATA / "archive/notes.jsonl"


@pytest.mark.parametrize(
    ("lists", "order"),
    [
        ([], ""),
        ([""], ""),
        (["a", "b"], "ab"),
        (["bc", "ab"], "abc"),
        (["ac", "bc"], "abc"),
        (["c", "ba", "cb"], "cba"),
        (["aa"], "a"),
        # Two notes disagree; then longer cycles, of which the oldest pair is dropped.
        (["ab", "ba"], "ba"),
        (["ba", "ab", "ba"], "ba"),
        (["ca", "ab", "bc"], "abc"),
        (["ab", "bc", "ca"], "bca"),
        (["abc", "ba"], "bac"),
        (["xab", "by", "ba", "ay"], "xbay"),
        (["ab", "bc", "cd", "da", "ec", "ae"], "dabec"),
    ],
)
def test_the_newer_note_wins_where_lists_disagree(lists: list[str], order: str) -> None:
    assert "".join(learn_order(lists)) == order


def test_unknown_tags_come_last_in_their_given_order() -> None:
    order = TagOrder(learn_order([["NLP", "ACL"], ["Survey", "NLP"]]))
    assert order.sort(["Zoo", "ACL", "Ape", "Survey"]) == ("Survey", "ACL", "Zoo", "Ape")


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6)))
def test_every_tag_occurs_once_and_the_newest_list_is_respected(lists: list[list[str]]) -> None:
    order = TagOrder(learn_order(lists))
    assert sorted(order.tags) == sorted({tag for tags in lists for tag in tags})
    if lists:
        newest = tuple(dict.fromkeys(lists[-1]))
        assert order.sort(reversed(newest)) == newest


@given(st.randoms(use_true_random=False), st.permutations("abcdefghij"))
def test_lists_that_agree_keep_their_order(chance: random.Random, hidden: list[str]) -> None:
    lists = [[tag for tag in hidden if chance.random() < 0.4] for _ in range(8)]
    order = TagOrder(learn_order(lists))
    assert all(order.sort(sorted(tags)) == tuple(tags) for tags in lists)


def _archive(disagree: float) -> list[list[str]]:
    chance = random.Random(4)
    tags = [f"tag {number:03}" for number in range(600)]
    by_use = chance.sample(tags, len(tags))
    weights = [1 / (rank + 1) for rank in range(len(tags))]
    lists = [sorted(set(chance.choices(by_use, weights, k=chance.randint(2, 14)))) for _ in range(6500)]
    return [chance.sample(tags, len(tags)) if chance.random() < disagree else tags for tags in lists]


@pytest.mark.parametrize("disagree", [0, 0.05])
def test_the_order_of_a_whole_archive_is_learned(disagree: float) -> None:
    lists = _archive(disagree)
    started = time.process_time()
    order = TagOrder(learn_order(lists))
    assert time.process_time() - started < 5
    assert len(order.tags) == 600
    assert disagree or all(order.sort(reversed(tags)) == tuple(tags) for tags in lists)


@pytest.mark.skipif(not NOTES.exists(), reason="needs the shared material")
def test_every_tag_list_of_the_archive_keeps_its_order() -> None:
    notes = [json.loads(line) for line in NOTES.read_text("utf-8").splitlines()]
    lists = [note["tags"] for note in sorted(notes, key=lambda note: note["number"])]
    order = TagOrder(learn_order(lists))
    chance = random.Random(7)
    assert all(order.sort(chance.sample(tags, len(tags))) == tuple(tags) for tags in lists)
