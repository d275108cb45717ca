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
"""In capitals only; so does arXiv."""

_TOKEN = regex(
    r"""\s* (?: (?P<open> \( ) | (?P<close> \) ) | "(?P<phrase> [^"]* )" | (?P<quote> " )
        | (?P<prefix> [^\W\d][\w-]* ) : (?=[^\s)]) | (?P<loose> [^\W\d][\w-]* ) :(?=[\s)]|$)
        | (?P<word> [^\s()"]+ ) )""",
    re.VERBOSE,
)
_KEYBOARD_MARKS = dict(zip("“”„«»（）：＊", '"""""():*', strict=True))
"""What telephones and Japanese keyboards type in place of the marks of the grammar."""

_FOREIGN_OPERATORS = {"NOT": "ANDNOT", "&": "AND", "&&": "AND", "|": "OR", "||": "OR", "-": "ANDNOT"}


class Token(Struct, frozen=True):
    """``kind`` is ``open close phrase prefix word operator`` or ``end``."""

    kind: str
    text: str
    position: int
    """Of ``text``, in characters from 0."""


def tokenize(query: str) -> Iterator[Token]:
    """The tokens in order, the last one ``end``.

    Raises:
        QueryError: a quotation mark without its pair, an empty phrase, an operator or mark of another
            grammar.
    """
    before: Token | None = None
    end = len(query.rstrip())
    at = 0
    while at < end:
        # The pattern takes any character, so it cannot fail before the end.
        found = _TOKEN.match(query, at)
        assert found is not None and found.lastgroup is not None
        before = _token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup), before)
        yield before
        at = found.end()
    yield Token("end", "", end)


def _token(kind: str, text: str, at: int, before: Token | None) -> Token:
    prefixed = before is not None and before.kind == "prefix"
    if kind == "quote":
        raise QueryError("a quotation mark without its pair", at, 'a closing "')
    if kind == "loose":
        raise QueryError(f"{text}: stands alone", at, "a word, a phrase or ( right after the colon, without a blank")
    if kind == "phrase" and not text.strip():
        raise QueryError("an empty phrase", at, "words between the quotation marks")
    if kind == "word":
        _check_word(text, at)
        if not prefixed:
            kind = _word_kind(text, at)
    return Token(kind, text, at)


def _check_word(word: str, at: int) -> None:
    for offset, letter in enumerate(word):
        if letter in _KEYBOARD_MARKS:
            raise QueryError(f"{letter} means nothing here", at + offset, f"a plain {_KEYBOARD_MARKS[letter]}")
    if word[0] == "*":
        raise QueryError("a * without a word before it", at, "math*, within the quotation marks of a phrase")
    if len(word) > 1 and word[0] in "-!":
        raise QueryError(f"{word[0]} does not exclude a word", at, f"ANDNOT {word[1:]}")


def _word_kind(word: str, at: int) -> str:
    if word in OPERATORS:
        return "operator"
    capital = word.upper()
    if word in _FOREIGN_OPERATORS or capital in (*OPERATORS, "NOT"):
        meant = _FOREIGN_OPERATORS.get(capital, capital)
        or_quoted = f', or "{word}" in quotation marks for the word' if word.isalpha() else ""
        raise QueryError(f"{word} is not an operator", at, f"{meant}{or_quoted}")
    return "word"
