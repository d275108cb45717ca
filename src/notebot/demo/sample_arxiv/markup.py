"""XML helpers shared by the three services."""

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
    """An XML element with escaped text and attributes; an empty element if ``text`` is ``None``."""
    listed = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    if text is None:
        return f"<{name}{listed}/>"
    return f"<{name}{listed}>{escape(text)}</{name}>"


def optional(name: str, text: str | None) -> list[str]:
    """The element, or nothing if ``text`` is ``None``."""
    return [] if text is None else [element(name, text)]


def instant(moment: datetime) -> str:
    """A time in the form ``2026-05-11T04:00:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def split_affiliation(author: str) -> tuple[str, str | None]:
    """Splits ``Fan Zhou (Univ. A, Inst. B)`` into the name and the affiliation in parentheses."""
    match = _AFFILIATED.match(author)
    return (match["name"], match["affiliation"]) if match else (author, None)


def tex_accents(name: str) -> str:
    """Writes accented letters as TeX, as the feed (unlike API and OAI) does for many names."""
    letters = []
    for letter in name:
        parts = unicodedata.normalize("NFD", letter)
        is_accented = len(parts) == 2 and parts[0].isascii() and parts[1] in _TEX_ACCENTS
        letters.append(_TEX_ACCENTS[parts[1]].format(parts[0]) if is_accented else letter)
    return "".join(letters)
