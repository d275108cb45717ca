"""Formats a list of authors."""

from collections.abc import Callable

from notebot.core.model.stub import authors_with_letters
from notebot.core.text.tex import collapse, decode_accents

LISTED_AUTHORS = 5
"""The most authors that are all named; of a longer list, the first three and the last are."""
Safe = Callable[[str], str]
"""Escapes untrusted text for the page that it is rendered on."""


def clean_authors(authors: tuple[str, ...]) -> tuple[str, ...]:
    """The names that contain a letter, with TeX accents decoded."""
    return tuple(collapse(decode_accents(name)) for name in authors_with_letters(authors))


def authors_line(authors: tuple[str, ...], safe: Safe) -> str:
    """Up to five names; of a longer list the first three, the last and the total."""
    names = [safe(name) for name in clean_authors(authors)]
    if len(names) <= LISTED_AUTHORS:
        return ", ".join(names)
    return f"{', '.join(names[:3])}, …, {names[-1]} ({len(names)})"
