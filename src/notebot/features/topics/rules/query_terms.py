"""The terms of topic queries: a field and the words to find in it."""

import re
import string
from enum import StrEnum

from msgspec import Struct

from notebot.core.model.errors import QueryError
from notebot.core.text.patterns import regex
from notebot.core.text.words import split_words


class Field(StrEnum):
    """The fields of a query, by their prefix in arXiv's grammar."""

    TITLE = "ti"
    AUTHORS = "au"
    ABSTRACT = "abs"
    COMMENT = "co"
    CATEGORIES = "cat"
    JOURNAL_REF = "jr"
    ALL = "all"


_OTHER_NAMES = {
    "title": "ti",
    "author": "au",
    "authors": "au",
    "abstract": "abs",
    "summary": "abs",
    "comment": "co",
    "comments": "co",
    "category": "cat",
    "primary": "cat",
    "journal": "jr",
    "journal_ref": "jr",
    "any": "all",
}
"""Names that people may expect instead of the prefix, for a helpful error."""
_NO_DATE = "no date; a topic sees what is announced from now on, `notebot backfill --since` older papers"
_NO_ID = "no id; `notebot fetch` takes ids"
_NOT_FOR_TOPICS = {
    "submittedDate": _NO_DATE,
    "lastUpdatedDate": _NO_DATE,
    "id": _NO_ID,
    "id_list": _NO_ID,
    "rn": "no report number, which no feed contains",
}
_ALL_PREFIXES = ", ".join(f"{field}:" for field in Field)
_CATEGORY = regex(r"[a-z]+(-[a-z]+)*(\.[a-z]+(-[a-z]+)*)?")
_CATEGORY_BEGINNING = regex(r"[a-z][a-z.-]*")


class Term(Struct, frozen=True):
    """Consecutive words within one field; case and accents are ignored."""

    field: Field
    words: tuple[str, ...]
    """At least one word. For ``cat:`` it is the category name in lower case."""
    prefix: bool
    """True for a trailing ``*``: the last word, or the category, may continue."""
    source: str
    """As written in the query, without prefix and quotation marks."""
    position: int
    """Where the text of the term begins in the query, in characters from 0."""

    def __str__(self) -> str:
        text = f'"{self.source}"' if re.search(r"\s", self.source) else self.source
        return f"{self.field}:{text}"


def find_field(name: str, position: int) -> Field:
    """The field of a prefix, given without its colon.

    Raises:
        QueryError: the prefix is unknown, or it needs data that no announcement contains.
    """
    if name in set(Field):
        return Field(name)
    if name in _NOT_FOR_TOPICS:
        raise QueryError(f"{name}: is not for topics", position, _NOT_FOR_TOPICS[name])
    # imported here because only a mistaken query needs it
    from difflib import get_close_matches

    names = _OTHER_NAMES | {field: str(field) for field in Field}
    matches = get_close_matches(name.lower().replace("-", "_"), names, 1, 0.5)
    near = names[matches[0]] if matches else None
    wanted = f"{near}:" if near else f"one of {_ALL_PREFIXES} or quotation marks around text with a colon"
    raise QueryError(f"unknown prefix {name}:", position, wanted)


def make_term(field: Field, text: str, position: int) -> Term:
    """Returns the term for a bare word or the content of a phrase.

    Raises:
        QueryError: the text contains no word or category name, or a ``*`` that is not at the end of a word.
    """
    bare, star = _split_star(text, position, ".-" if field is Field.CATEGORIES else "")
    if field is Field.CATEGORIES:
        name = bare.strip().lower()
        if not (_CATEGORY_BEGINNING if star else _CATEGORY).fullmatch(name):
            raise QueryError(f"{name!r} is no category", position, "a name such as cs.CL, or cs.*")
        words = [name]
    else:
        words = split_words(bare)
    if not words:
        raise QueryError(f"{text!r} contains no letter or digit", position, "a word")
    return Term(field, tuple(words), star, " ".join(text.split()), position)


def _split_star(text: str, position: int, allowed: str) -> tuple[str, bool]:
    """The text before a trailing ``*``, and whether there is one.

    Args:
        allowed: punctuation that may precede the ``*`` (``cs.*``); after any other the word has already ended.
    """
    star = text.find("*")
    if star < 0:
        return text, False
    begun = text[:star]
    ended = begun[-1:] in allowed or begun[-1:] not in string.punctuation + string.whitespace
    if not begun or not ended or text[star + 1 :].strip():
        raise QueryError("a * that is not the end of a word", position + star, "it after the last letter, as in math*")
    return begun, True
