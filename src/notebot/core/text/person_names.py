"""Whether two spellings of a name can be one person's: ``Li, Xue-Xiang``, ``Xuexiang Li``, ``X. Li``."""

from msgspec import Struct

from notebot.core.text.patterns import regex
from notebot.core.text.words import split_words

_ASIDE = regex(r"[(（\[][^()（）\[\]]*[)）\]]")
_SIGNS = regex(r"[\d¹²³⁰-⁹*†‡§¶♠♣+]+")
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
_LEAST_SHORTENED = 3
"""Letters of a given name that may stand for a longer one: ``Tom`` for ``Tommaso``."""


class Person(Struct, frozen=True):
    """One name in its words, without case, accents, affiliations and suffixes."""

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
        """A given name is written out."""
        return bool(self.family) and any(len(word) > 1 for word in self.given)


def parse_person(text: str) -> Person:
    """The name, where a comma stands behind the family name; without a comma the last word is the family name."""
    bare = _SIGNS.sub(" ", _ASIDE.sub(" ", text))
    before, comma, behind = bare.partition(",")
    if comma and _words(behind):
        return Person(_words(behind), _words(before))
    words = _words(before)
    return Person(words[:-1], words[-1:])


def may_be_same_person(one: Person, other: Person) -> bool:
    """Whether the family names are equal and the given names do not speak against it.

    A name that stands the other way round (``Zhang Wei``) is the same one; initials and names left out
    stand for any that begin so.
    """
    if not one.family or not other.family:
        return False
    if one.key == other.key or sorted(one.words) == sorted(other.words):
        return True
    return one.family[-1] == other.family[-1] and _agree(one.given, other.given)


def is_surely_same_person(one: Person, other: Person) -> bool:
    """Whether the whole names are equal, given names written out."""
    return one.is_full and other.is_full and (one.key == other.key or sorted(one.words) == sorted(other.words))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in split_words(text) if word not in _SUFFIXES)


def _agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if not one or not other:
        return True
    short, long = sorted(("".join(one), "".join(other)), key=len)
    if long.startswith(short) and (len(short) >= _LEAST_SHORTENED or short == long):
        return True
    if any(len(word) > 1 and word in other for word in one):
        return True
    initials = all(len(word) == 1 for word in one) or all(len(word) == 1 for word in other)
    return initials and one[0][0] == other[0][0]
