"""Splits text into normalised words, the same way for queries, entries, papers and notes."""

import unicodedata

from notebot.core.text.patterns import regex
from notebot.core.text.tex import decode_accents

_VOICING = "\u3099\u309a"
"""The marks that distinguish が from か: the only combining marks that make a different letter."""

_PLAIN_LETTERS = {
    "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i", "ŧ": "t",
    "\u00ad": "",
}  # fmt: skip
"""Letters whose stroke or ligature NFKD does not decompose, and the soft hyphen."""

# 256 bytes for `bytes.translate`: letters and digits in lower case, all others become spaces.
_ASCII = bytes(ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else ord(" ") for code in range(256))

_PRINTED_NAMES = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi omicron pi rho sigma"
    " tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell"
    " LaTeX TeX BibTeX"
)
"""Macros whose name is what a reader sees or says: ``$\\beta$-VAE`` is found by ``beta``."""
_MACRO = regex(
    r"\\\\|\\(?:(?:begin|end|label|ref|eqref|cite[a-z]*)\*?\s*\{[^{}\\]{0,200}\}"
    rf"|(?!(?:{'|'.join(_PRINTED_NAMES.split())})(?![A-Za-z]))[A-Za-z]+\*?)"
)
"""Names of TeX macros and of their environments and labels, which nobody reads (rules.md 7.10)."""

_IDEOGRAPHS = "\u3005-\u3007\u3041-\u309f\u30a1-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WITHOUT_FORMS = regex("[\0-\x7f\u3001-\u3003\u3005-\u3011\u3041-\u3096\u30a1-\u30fe\u4e00-\u9fff]*")
"""Characters of plain Japanese, which folding only changes to lower case; most texts in Japanese have no others."""
_RUN_OF_IDEOGRAPHS = regex(rf"[{_IDEOGRAPHS}]+")
_RUN = regex(rf"[{_IDEOGRAPHS}]+|[^\W_{_IDEOGRAPHS}]+")
_WORD = regex(rf"[{_IDEOGRAPHS}]|[^\W_{_IDEOGRAPHS}]+")


def split_words(text: str) -> list[str]:
    """The words of a text in order, without case and accents.

    Everything except letters and digits separates words, including hyphens and underscores. Japanese and Chinese
    have no spaces, so each of their characters is a word. TeX accents (``Erd\\H{o}s``) are decoded first; a macro's
    argument is words, its name is not (``\\mathbb{R}`` is ``r``).
    """
    if "\\" in text:
        text = _MACRO.sub(" ", decode_accents(text))
    return _split_ascii(text) if text.isascii() else _WORD.findall(_fold(text))


def split_runs(text: str) -> list[str]:
    """As :func:`split_words`, but runs of Japanese and Chinese characters stay together."""
    if "\\" in text:
        text = _MACRO.sub(" ", decode_accents(text))
    return _split_ascii(text) if text.isascii() else _RUN.findall(_fold(text))


def is_ideographic(run: str) -> bool:
    """True if a run of :func:`split_runs` is Japanese or Chinese."""
    return _RUN_OF_IDEOGRAPHS.match(run[:1]) is not None  # all characters of a run are of one kind


def _split_ascii(text: str) -> list[str]:
    return text.encode().translate(_ASCII).decode().split()  # ten times as fast as on text


def _fold(text: str) -> str:
    """The text without compatibility forms, accents and case (NFKD, casefold); kana and hangul are recomposed."""
    if _WITHOUT_FORMS.fullmatch(text):
        return text.lower()
    text = unicodedata.normalize("NFKD", text).casefold()
    # One replacement per distinct letter: texts use few of them, and `str.replace` is faster than a loop.
    for letter in set(text):
        if letter in _PLAIN_LETTERS:
            text = text.replace(letter, _PLAIN_LETTERS[letter])
        elif unicodedata.combining(letter) and letter not in _VOICING:
            text = text.replace(letter, "")
    return unicodedata.normalize("NFC", text)
