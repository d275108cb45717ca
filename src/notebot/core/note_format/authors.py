"""A list of authors on one line."""

from collections.abc import Callable

from notebot.core.model.stub import authors_with_letters
from notebot.core.text.tex import collapse, decode_accents

LISTED_AUTHORS = 5
"""So many authors are named; of more, the first three and the last."""
Safe = Callable[[str], str]
"""Makes text from outside harmless for the page it goes to."""


def clean_authors(authors: tuple[str, ...]) -> tuple[str, ...]:
    """Names that hold a letter, TeX accents as letters."""
    return tuple(collapse(decode_accents(name)) for name in authors_with_letters(authors))


def authors_line(authors: tuple[str, ...], safe: Safe) -> str:
    """Five names at most; of more, the first three, the last and the number of all."""
    names = [safe(name) for name in clean_authors(authors)]
    if len(names) <= LISTED_AUTHORS:
        return ", ".join(names)
    return f"{', '.join(names[:3])}, …, {names[-1]} ({len(names)})"
