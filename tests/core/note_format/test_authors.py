"""Lists of authors."""

import pytest

from notebot.core.note_format.authors import authors_line, clean_authors

NAMES = tuple(f"Author {letter}" for letter in "ABCDEFGHIJ")


def plain(text: str) -> str:
    """A page where everything is harmless."""
    return text


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, ""),
        (1, "Author A"),
        (5, "Author A, Author B, Author C, Author D, Author E"),
        (6, "Author A, Author B, Author C, …, Author F (6)"),
        (10, "Author A, Author B, Author C, …, Author J (10)"),
    ],
)
def test_five_authors_are_named_and_of_more_the_first_three_and_the_last(count: int, shown: str) -> None:
    assert authors_line(NAMES[:count], plain) == shown


def test_separators_are_dropped_and_accents_decoded() -> None:
    authors = ("RadixArk", ":", r"Paul  Erd\H{o}s", "--")
    assert clean_authors(authors) == ("RadixArk", "Paul Erdős")
    assert authors_line(authors, plain) == "RadixArk, Paul Erdős"
    assert authors_line((*NAMES[:5], ":"), plain) == ", ".join(NAMES[:5])
