r"""Decodes TeX in names, titles and abstracts; formulas and unknown macros are left alone."""

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
    "textquoteleft": "‘",
    "textquoteright": "’",
    "textendash": "–",
    "textemdash": "—",
}
"""TeX macro -> the letter or punctuation mark it prints."""


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


_READABLE = regex(
    r"""
    (?P<formula> \\\$ | \$\$ [^$]{1,400} \$\$ | \$ (?:[^$\\]|\\.){1,400} \$ )
    | \\ (?P<sign> [%&_\#] )
    | \\ (?:emph|textit|textbf|textsc|texttt|text|mbox) \{ (?P<words> [^{}\\$]{0,200} ) \}
    | `` (?P<quoted> [^`'$]{1,200} ) \'\'
    | (?<=\w) (?P<tie> ~ ) (?=\w)
    """,
    re.VERBOSE | re.DOTALL,
)
_NEEDS_READING = regex(r"[\\&~]|``")


def readable(text: str) -> str:
    r"""The text as a reader expects it: ``50\% of R\&amp;D at Erd\H{o}s`` -> ``50% of R&D at Erdős``.

    Accents, escaped signs, macros of style, quotes and HTML entities are decoded; formulas are left alone. The
    result may contain any character, so it has to be escaped where it is written.
    """
    if _NEEDS_READING.search(text) is None:
        return text
    import html  # loads a table of 2,231 entities

    # entities first: a feed may write `\&amp;`
    return _READABLE.sub(_read, decode_accents(html.unescape(text)))


def _read(match: re.Match[str]) -> str:
    if match["formula"]:
        return match[0]
    if match["quoted"]:
        return f"“{match['quoted']}”"
    return " " if match["tie"] else match["sign"] or match["words"] or ""


_ASCII_BLANKS = bytes.maketrans(b"\t\n\v\f\r\x1c\x1d\x1e\x1f", b" " * 9)


def collapse(text: str) -> str:
    """The text on one line, with single spaces between the words."""
    if not text.isascii():
        return " ".join(text.split())
    # half the time of splitting the text into its words
    text = text.encode().translate(_ASCII_BLANKS).decode().strip()
    while "  " in text:
        text = text.replace("  ", " ")
    return text
