"""Compares spellings of a person's name: ``Li, Xue-Xiang``, ``Xuexiang Li``, ``X. Li``."""

from msgspec import Struct

from notebot.core.text.patterns import regex
from notebot.core.text.words import split_words

_PARENTHESES = regex(r"[(（\[][^()（）\[\]]*[)）\]]")
_MARKS = regex(r"[\d¹²³⁰-⁹*†‡§¶♠♣+]+")
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
_MIN_SHORT_FORM = 3
"""Letters that a short form of a given name must have: ``Tom`` for ``Tommaso``."""


class Person(Struct, frozen=True):
    """A name split into words, without case, accents, affiliations and suffixes."""

    given: tuple[str, ...]
    family: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """All words, the family name last."""
        return self.given + self.family

    @property
    def key(self) -> str:
        """Equal for ``Xue-Xiang Li`` and ``Li, Xuexiang``."""
        return "".join(self.words)

    @property
    def is_full(self) -> bool:
        """True if a given name is more than an initial."""
        return bool(self.family) and any(len(word) > 1 for word in self.given)


def parse_person(text: str) -> Person:
    """The parsed name. The family name is before the comma, or the last word without a comma."""
    # superscript numbers and daggers refer to affiliations, which are also written in parentheses
    bare = _MARKS.sub(" ", _PARENTHESES.sub(" ", text))
    before, comma, after = bare.partition(",")
    if comma and _words(after):
        return Person(_words(after), _words(before))
    words = _words(before)
    return Person(words[:-1], words[-1:])


def may_be_same_person(one: Person, other: Person) -> bool:
    """True if the family names are equal and the given names compatible.

    The order may be reversed (``Zhang Wei``). Initials and missing names are compatible with all names that
    begin with them.
    """
    if not one.family or not other.family:
        return False
    if one.key == other.key or sorted(one.words) == sorted(other.words):
        return True
    return one.family[-1] == other.family[-1] and _are_compatible(one.given, other.given)


def is_surely_same_person(one: Person, other: Person) -> bool:
    """True if the names are equal, in any word order, and neither has an initial in place of a first name."""
    return one.is_full and other.is_full and (one.key == other.key or sorted(one.words) == sorted(other.words))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in split_words(text) if word not in _SUFFIXES)


def _are_compatible(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if not one or not other:
        return True
    short, long = sorted(("".join(one), "".join(other)), key=len)
    if long.startswith(short) and (len(short) >= _MIN_SHORT_FORM or short == long):
        return True
    if any(len(word) > 1 and word in other for word in one):
        return True
    initials = all(len(word) == 1 for word in one) or all(len(word) == 1 for word in other)
    return initials and one[0][0] == other[0][0]
