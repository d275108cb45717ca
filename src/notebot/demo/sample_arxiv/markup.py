"""The few lines of XML writing that the three services share."""

import unicodedata
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from notebot.core.text.patterns import regex

DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>\n"
_AFFILIATED = regex(r"^(?P<name>.+?)\s+\((?P<affiliation>.+)\)$")
_TEX_ACCENTS = {
    "\u0300": "\\`{}",
    "\u0301": "\\'{}",
    "\u0302": "\\^{}",
    "\u0303": "\\~{}",
    "\u0308": '\\"{}',
    "\u030b": "\\H{{{}}}",
    "\u030c": "\\v{{{}}}",
    "\u0327": "\\c{{{}}}",
}


def element(name: str, text: str | None = None, /, **attributes: str) -> str:
    """``<name>`` with escaped text and attributes; without text it is empty."""
    listed = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    if text is None:
        return f"<{name}{listed}/>"
    return f"<{name}{listed}>{escape(text)}</{name}>"


def optional(name: str, text: str | None) -> list[str]:
    """The element, or nothing where there is no text."""
    return [] if text is None else [element(name, text)]


def instant(moment: datetime) -> str:
    """``2026-05-11T04:00:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def split_affiliation(author: str) -> tuple[str, str | None]:
    """``Fan Zhou (Univ. A, Inst. B)`` is a name and what stands in the parentheses behind it."""
    match = _AFFILIATED.match(author)
    return (match["name"], match["affiliation"]) if match else (author, None)


def tex_accents(name: str) -> str:
    """Accented letters as TeX, the way the feed (unlike API and OAI) spells many names."""
    return "".join(_tex_letter(letter) for letter in name)


def _tex_letter(letter: str) -> str:
    parts = unicodedata.normalize("NFD", letter)
    if len(parts) != 2 or parts[1] not in _TEX_ACCENTS or not parts[0].isascii():
        return letter
    return _TEX_ACCENTS[parts[1]].format(parts[0])
