"""Normalises how numbers are written: half-width digits, powers with ``^``, no thousands separators, no TeX."""

import re
import unicodedata

from notebot.core.text.patterns import regex
from notebot.core.text.tex import decode_accents

_SYMBOLS = {
    "times": "×", "cdot": "·", "sim": "~", "approx": "~", "simeq": "~", "pm": "±", "mu": "μ", "leq": "≤", "le": "≤",
    "geq": "≥", "ge": "≥", "to": "→", "rightarrow": "→", "%": "%", "$": "",
}  # fmt: skip
_SYMBOL = regex(r"\\(times|cdot|simeq|sim|approx|pm|mu|leq?|geq?|to|rightarrow|%|\$)(?![A-Za-z])[ ]?")
_FONT = regex(r"\\(?:text|mathrm|mathbf|textbf|operatorname)\{([^{}\\]{0,40})\}")
_MATH = regex(r"\$\s?([\d.,{}×~±≤≥→%+-][\d.,{}×~±≤≥→%+\s-]{0,20}?)\s?\$")
_DOLLAR = regex(r"\$(?=[\d×~±+%-])|(?<=[\d×~±+%])\$")
_RAISED = regex("[⁺⁻]?[⁰¹²³⁴-⁹]+")
_BLANKS = regex(r"\s+")
_THOUSANDS = regex(r"(?<=\d)(?:,|\{,\}|\\,)(?=\d{3}(?!\d))")
_JAPANESE = regex("[\u3041-\u309f\u30a1-\u30ff]")


def plain(text: str) -> str:
    r"""Normalises a text (NFKC), replaces TeX accents and symbols by characters, and collapses blanks.

    ``10⁻⁶`` is ``10^-6``, ``$6$`` is ``6``, and ``$\sim$3$\times$`` is ``~3×``.
    """
    bare = _FONT.sub(r"\1", decode_accents(text).replace("\u2212", "-").replace("$-$", "-"))
    bare = _DOLLAR.sub("", _MATH.sub(r"\1", _SYMBOL.sub(_symbol, bare)))
    return _BLANKS.sub(" ", unicodedata.normalize("NFKC", _RAISED.sub(r"^\g<0>", bare)).replace("\u2212", "-"))


def joined(text: str) -> str:
    """Removes thousands separators: ``1,234`` and TeX's ``1{,}234`` become ``1234``."""
    return _THOUSANDS.sub("", text)


def is_japanese(text: str) -> bool:
    """True if the text contains kana."""
    return _JAPANESE.search(text) is not None


def _symbol(found: re.Match[str]) -> str:
    return _SYMBOLS[found[1]]
