"""Text with its numbers written in one way: half-width, powers with ``^``, thousands without a mark."""

import unicodedata

from notebot.core.text.patterns import regex
from notebot.core.text.tex import decode_accents

_RAISED = regex("[⁰¹²³⁴-⁹]+")
_THOUSANDS = regex(r"(?<=\d)(?:,|\{,\}|\\,)(?=\d{3}(?!\d))")
_MATH = regex(r"\$\s?(\d[\d.,{}\\%]{0,20})\s?\$")
_JAPANESE = regex("[\u3041-\u309f\u30a1-\u30ff]")


def plain(text: str) -> str:
    """Compatibility forms and TeX accents as the characters they stand for, ``$6$`` as ``6``.

    ``10⁶`` is ``10^6``, not ``106``.
    """
    bare = _MATH.sub(r"\1", decode_accents(text))
    return unicodedata.normalize("NFKC", _RAISED.sub(lambda found: "^" + found[0], bare))


def joined(text: str) -> str:
    """Without the marks between thousands: ``1,234`` and TeX's ``1{,}234`` become ``1234``."""
    return _THOUSANDS.sub("", text)


def is_japanese(text: str) -> bool:
    """Whether there is a kana in it."""
    return _JAPANESE.search(text) is not None
