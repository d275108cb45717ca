"""The tokens of a topic query."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.errors import QueryError
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

OPERATORS = ("AND", "OR", "ANDNOT")
"""In capitals only, as in arXiv's own search."""

_TOKEN = regex(
    r"""\s* (?: (?P<open> \( ) | (?P<close> \) ) | "(?P<phrase> [^"]* )" | (?P<quote> " )
        | (?P<prefix> [^\W\d][\w-]* ) : (?=[^\s)]) | (?P<loose> [^\W\d][\w-]* ) :(?=[\s)]|$)
        | (?P<word> [^\s()"]+ ) )""",
    re.VERBOSE,
)
_KEYBOARD_MARKS = dict(zip("“”„«»（）：＊", '"""""():*', strict=True))
"""What phones and Japanese keyboards type instead of the marks of the grammar."""

_FOREIGN_OPERATORS = {"NOT": "ANDNOT", "&": "AND", "&&": "AND", "|": "OR", "||": "OR", "-": "ANDNOT"}


class Token(Struct, frozen=True):
    """One token of a query."""

    kind: str
    """``open``, ``close``, ``phrase``, ``prefix``, ``word``, ``operator`` or ``end``."""
    text: str
    position: int
    """Where ``text`` begins in the query, in characters from 0."""


def tokenize(query: str) -> Iterator[Token]:
    """Yields the tokens in order; the last one is ``end``.

    Raises:
        QueryError: the query contains an unpaired quotation mark, an empty phrase, or an operator or mark of another
            grammar.
    """
    after_prefix = False
    end = len(query.rstrip())
    at = 0
    while at < end:
        match = _TOKEN.match(query, at)
        # one alternative of the pattern takes any character, so it matches until the end
        assert match is not None and match.lastgroup is not None
        kind, text, position = match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)
        if kind == "quote":
            raise QueryError("a quotation mark without its pair", position, 'a closing "')
        if kind == "loose":
            wanted = "a word, a phrase or ( right after the colon, without a blank"
            raise QueryError(f"{text}: without a word after it", position, wanted)
        if kind == "phrase" and not text.strip():
            raise QueryError("an empty phrase", position, "words between the quotation marks")
        if kind == "word":
            _raise_if_foreign(text, position)
            # after a prefix even AND is a word: ti:AND is a search for "and" in titles
            if not after_prefix:
                kind = _word_or_operator(text, position)
        yield Token(kind, text, position)
        after_prefix = kind == "prefix"
        at = match.end()
    yield Token("end", "", end)


def _raise_if_foreign(word: str, at: int) -> None:
    """Rejects marks that mean something in other grammars or come from another keyboard."""
    for offset, letter in enumerate(word):
        if letter in _KEYBOARD_MARKS:
            raise QueryError(f"{letter} means nothing here", at + offset, f"a plain {_KEYBOARD_MARKS[letter]}")
    if word[0] == "*":
        raise QueryError("a * without a word before it", at, "math*, within the quotation marks of a phrase")
    # other search engines exclude words this way; here the mark would be dropped and the word wanted
    if len(word) > 1 and word[0] in "-!":
        raise QueryError(f"{word[0]} does not exclude a word", at, f"ANDNOT {word[1:]}")


def _word_or_operator(word: str, at: int) -> str:
    if word in OPERATORS:
        return "operator"
    # arXiv's own search silently takes a lower-case `and` for a word (services.md 1.1)
    capital = word.upper()
    if word in _FOREIGN_OPERATORS or capital in (*OPERATORS, "NOT"):
        meant = _FOREIGN_OPERATORS.get(capital, capital)
        or_quoted = f', or "{word}" in quotation marks for the word' if word.isalpha() else ""
        raise QueryError(f"{word} is not an operator", at, f"{meant}{or_quoted}")
    return "word"
