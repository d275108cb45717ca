"""Comparing spellings of names."""

import pytest

from notebot.core.text.person_names import is_surely_same_person, may_be_same_person, parse_person


@pytest.mark.parametrize(("one", "other"), [
    ("Ada Lovelace", "Lovelace, Ada"),
    ("Xue-Xiang Wen", "Wen, Xuexiang"),
    ("Wei Zhang", "Zhang Wei"),
    ("A. Lovelace", "Ada King Lovelace"),
    ("Tom Rossi", "Tommaso Rossi"),
    ("Ada K. Lovelace", "Ada Lovelace"),
    ("Lovelace", "Ada Lovelace"),
    ("King Lovelace", "Ada King Lovelace"),
    ("Maria de la Cruz", "Cruz, Maria"),
    ("Martin Luther King, Jr.", "King, Jr, Martin Luther"),
    ("Émile Gödel", r"{\'E}mile G\"odel"),
    ("Ada Lovelace¹*", "Ada Lovelace (Analytical Engines)"),
    ("OpenAI", "OpenAI"),
    ("劉 偉", "劉偉"),
])  # fmt: skip
def test_spellings_of_one_name_agree(one: str, other: str) -> None:
    assert may_be_same_person(parse_person(one), parse_person(other.replace("{", "").replace("}", "")))


@pytest.mark.parametrize(("one", "other"), [
    ("Wei Zhang", "Lei Zhang"),
    ("Ada Lovelace", "Ada Noether"),
    ("Jun Wang", "Juan Wang"),
    ("A. Wang", "Bo Wang"),
    ("", "Ada Lovelace"),
    ("Ada Lovelace", "(no name)"),
])  # fmt: skip
def test_names_of_two_people_do_not(one: str, other: str) -> None:
    assert not may_be_same_person(parse_person(one), parse_person(other))


@pytest.mark.parametrize(("one", "other", "sure"), [
    ("Ada Lovelace", "Lovelace, Ada", True),
    ("Wei Zhang", "Zhang Wei", True),
    ("A. Lovelace", "A. Lovelace", False),
    ("Lovelace", "Lovelace", False),
    ("Ada Lovelace", "Ada K. Lovelace", False),
])  # fmt: skip
def test_only_full_names_are_surely_the_same(one: str, other: str, sure: bool) -> None:
    assert is_surely_same_person(parse_person(one), parse_person(other)) is sure
