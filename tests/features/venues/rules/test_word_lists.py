"""The word lists of venue detection, and the patterns that use them."""

import re
from collections import Counter
from pathlib import Path

import pytest

from notebot.features.venues.rules.detection import word_lists
from notebot.features.venues.rules.detection.word_lists import load_word_lists, word_regex

FOLDER = Path(word_lists.__file__).parent
LISTS = load_word_lists()


@pytest.mark.parametrize("name", LISTS)
def test_a_list_has_distinct_words(name: str) -> None:
    words = LISTS[name]
    assert words
    assert all(word == word.strip() != "" for word in words)
    assert [word for word, count in Counter(words).items() if count > 1] == []


def test_every_list_is_used_and_every_name_is_a_list() -> None:
    used = {
        name
        for path in FOLDER.glob("*.py")
        if path.name != "word_lists.py"
        for name in re.findall(r"<<(\w+)>>", path.read_text(encoding="utf-8"))
    }
    assert used == set(LISTS)


def test_a_name_stands_for_any_word_of_its_list_taken_literally() -> None:
    pattern = word_regex(r"(?:<<abbreviations>>)\.", re.IGNORECASE)
    assert all(pattern.fullmatch(word.upper() + ".") for word in LISTS["abbreviations"])
    assert pattern.fullmatch("i-e.") is None


def test_an_unknown_name_is_an_error_on_first_use() -> None:
    pattern = word_regex("<<no_such_list>>")
    with pytest.raises(KeyError, match="no_such_list"):
        pattern.search("text")
