r"""Old TeX in names and titles: accents become letters; formulas and unknown macros stay as they are."""

import re
import unicodedata

from notebot.core.text.patterns import regex

_MARKS = {
    "`": "\u0300",
    "'": "\u0301",
    "^": "\u0302",
    "~": "\u0303",
    "=": "\u0304",
    "u": "\u0306",
    ".": "\u0307",
    '"': "\u0308",
    "r": "\u030a",
    "H": "\u030b",
    "h": "\u0309",
    "v": "\u030c",
    "d": "\u0323",
    "c": "\u0327",
    "k": "\u0328",
    "b": "\u0331",
}
"""TeX accent -> combining character."""

_LETTERS = {
    "AA": "Å",
    "AE": "Æ",
    "DH": "Ð",
    "DJ": "Đ",
    "L": "Ł",
    "NG": "Ŋ",
    "O": "Ø",
    "OE": "Œ",
    "SS": "ẞ",
    "TH": "Þ",
    "aa": "å",
    "ae": "æ",
    "dh": "ð",
    "dj": "đ",
    "i": "ı",
    "j": "ȷ",
    "l": "ł",
    "ng": "ŋ",
    "o": "ø",
    "oe": "œ",
    "ss": "ß",
    "th": "þ",
}
"""TeX macro -> the letter it prints."""


# A macro of letters swallows the blanks behind it; before a capital a new word is likelier than TeX.
_SWALLOWED = r"(?:\{\}|\s+(?=[a-z]))?"
_TOKEN = regex(
    rf"""
    (?P<kept> \\[\\$]                              # a line break, a dollar sign
            | \$\$ .*? \$\$ | \$ (?:[^$\\]|\\.)* \$  # formulas
            | \\\( [^\\]* (?: \\[^()] [^\\]* )* \\\)
    )
    | (?P<brace> \{{\s* )?
      (?: \\ (?: (?P<sign> [`'^~=."]) | (?P<named> [uvHhcdkrb]) (?![A-Za-z]) \s* )
          (?: \{{\s* \\? (?P<braced> (?<=\\)[ij] | (?<!\\)[^\W\d_] ) \s*\}}
            | \\ (?P<dotless> [ij]) (?![A-Za-z]) {_SWALLOWED}
            | (?P<bare> [^\W\d_]) )
        | \\ (?P<macro> {"|".join(sorted(_LETTERS, key=len, reverse=True))}) (?![A-Za-z]) {_SWALLOWED} )
      (?(brace) \s*\}} )
    """,
    re.VERBOSE | re.DOTALL,
)


_MAYBE = regex(
    rf"\\(?:[`'^~=.\"]|[uvHhcdkrb](?![A-Za-z])|(?:{'|'.join(_LETTERS)})(?![A-Za-z]))",
)
"""What a token begins with: most texts with a backslash hold none, and this is a tenth of the work."""


def decode_accents(text: str) -> str:
    r"""``Erd\H{o}s`` -> ``Erdős``, in Unicode's composed form.

    Formulas in dollar signs, unknown macros, a bare ``%`` and accents over what no single letter
    exists for are left alone.
    """
    for _ in range(2):  # an accent may stand over an accented letter
        text = _TOKEN.sub(_letter, text) if "\\" in text and _MAYBE.search(text) else text
    return text


def _letter(token: re.Match[str]) -> str:
    if token["kept"]:
        return token[0]
    if token["macro"]:
        return _LETTERS[token["macro"]]
    base = token["braced"] or token["dotless"] or token["bare"]
    letter = unicodedata.normalize("NFC", base + _MARKS[token["sign"] or token["named"]])
    return letter if len(letter) == 1 else token[0]


def collapse(text: str) -> str:
    """The text on one line: every run of white space is one blank, none at the ends."""
    return " ".join(text.split())
