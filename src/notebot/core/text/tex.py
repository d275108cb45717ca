r"""Decodes TeX accents in names and titles; formulas and unknown macros are left alone."""

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
    "textcommabelow": "\u0326",
    "textogonekcentered": "\u0328",
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


# TeX ignores blanks after a macro of letters; before a capital they more likely separate two words.
_IGNORED_BLANKS = r"(?:\{\}|\s+(?=[a-z]))?"
_TOKEN = regex(
    rf"""
    (?P<kept> \\[\\$]                              # a line break, a dollar sign
            | \$\$ .*? \$\$ | \$ (?:[^$\\]|\\.)* \$  # formulas
            | \\\( [^\\]* (?: \\[^()] [^\\]* )* \\\)
    )
    | \\ t (?![A-Za-z]) \s* \{{ (?P<tied> [^\W\d_]{{2}}) \}}   # a tie over two letters, which nobody types
    | (?P<brace> \{{\s* )?
      (?: \\ (?: (?P<sign> [`'^~=."]) | (?P<named> [uvHhcdkrb] | textcommabelow | textogonekcentered) (?![A-Za-z]) \s* )
          (?: \{{\s* \\? (?P<braced> (?<=\\)[ij] | (?<!\\)[^\W\d_] ) \s*\}}
            | \\ (?P<dotless> [ij]) (?![A-Za-z]) {_IGNORED_BLANKS}
            | (?P<bare> [^\W\d_]) )
        | \\ (?P<macro> {"|".join(sorted(_LETTERS, key=len, reverse=True))}) (?![A-Za-z]) {_IGNORED_BLANKS} )
      (?(brace) \s*\}} )
    """,
    re.VERBOSE | re.DOTALL,
)


_TOKEN_START = regex(
    rf"\\(?:[`'^~=.\"]|(?:[uvHhcdkrbt]|textcommabelow|textogonekcentered|{'|'.join(_LETTERS)})(?![A-Za-z]))",
)
"""The beginning of a token. Most texts with a backslash contain none, and this search takes a tenth of the time."""


def decode_accents(text: str) -> str:
    r"""``Erd\H{o}s`` -> ``Erdős``, in Unicode's composed form.

    Formulas, unknown macros, a bare ``%`` and accents without a composed letter are left alone.
    """
    for _ in range(2):  # a letter may have two accents
        text = _TOKEN.sub(_letter, text) if "\\" in text and _TOKEN_START.search(text) else text
    return text


def _letter(token: re.Match[str]) -> str:
    if token["kept"]:
        return token[0]
    if token["tied"]:
        return token["tied"]
    if token["macro"]:
        return _LETTERS[token["macro"]]
    base = token["braced"] or token["dotless"] or token["bare"]
    letter = unicodedata.normalize("NFC", base + _MARKS[token["sign"] or token["named"]])
    return letter if len(letter) == 1 else token[0]


def collapse(text: str) -> str:
    """The text on one line, with single spaces between the words."""
    return " ".join(text.split())
