"""Repairs text that would make a whole XML document malformed: forbidden characters and broken references.

arXiv passes on what authors typed, so one control character in one comment made 31 papers unreadable for four days.
Only what XML forbids is changed (W3C, "Extensible Markup Language 1.0", 2.2 and 4.1), and tags never are.
"""

from __future__ import annotations

import re

from msgspec import Struct

from notebot.core.text.patterns import regex

_DAMAGE = regex(
    r"""(?P<forbidden> [\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff] )
      | & (?: \# (?: (?P<decimal> [0-9]{1,7} ) | x (?P<hex> [0-9A-Fa-f]{1,6} ) ) ;
            | (?P<name> [A-Za-z] [A-Za-z0-9]{0,31} ; ) )?""",
    re.VERBOSE,
)
_FORBIDDEN = regex("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_PREDEFINED = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})
_CDATA, _CDATA_END = "<![CDATA[", "]]>"
_ID = regex(r"<(?:id|guid|identifier)(?:\s[^<>]{0,200})?>([^<>]{1,200})<")
_TAG = regex(r"<([A-Za-z][\w:.-]{0,60})")
# one broken export damages every record in the same way; a few places show it
_MAX_NAMED = 20
# how far back the id of a record is looked for; abstract and hundreds of authors may be in between
_RECORD_CHARACTERS = 20_000


class XmlRepair(Struct, frozen=True):
    """A document without what XML forbids."""

    text: str
    places: tuple[str, ...]
    """The first places that were changed: the element and the id of its record, in words."""


def repair_xml(text: str) -> XmlRepair:
    """Replaces forbidden characters by blanks and HTML's entities by their characters, and escapes any other ``&``.

    CDATA sections lose their forbidden characters only. A document that XML accepts is unchanged.
    """
    parts: list[str] = []
    changed: list[int] = []

    def repair(match: re.Match[str]) -> str:
        replacement = _replacement(match)
        if replacement != match[0] and len(changed) < _MAX_NAMED:
            changed.append(match.start())
        return replacement

    position = 0
    while position < len(text):
        start = text.find(_CDATA, position)
        start = len(text) if start < 0 else start
        # a pattern cannot begin to substitute in the middle of a text, so positions count from `position`
        before = len(changed)
        parts.append(_DAMAGE.sub(repair, text[position:start]))
        end = text.find(_CDATA_END, start)
        end = len(text) if end < 0 else end + len(_CDATA_END)
        section = _FORBIDDEN.sub(" ", text[start:end])
        changed[before:] = [place + position for place in changed[before:]]
        if section != text[start:end] and len(changed) < _MAX_NAMED:
            changed.append(start)
        parts.append(section)
        position = end
    return XmlRepair("".join(parts), tuple(dict.fromkeys(_describe(text, place) for place in changed)))


def _replacement(match: re.Match[str]) -> str:
    if match["forbidden"]:
        return " "
    if match["name"]:
        if match["name"] in _PREDEFINED:
            return match[0]
        import html.entities  # most documents need no repair

        character = html.entities.html5.get(match["name"])
        return html.escape(character) if character else "&amp;" + match[0][1:]
    digits = match["decimal"] or match["hex"]
    if not digits:
        return "&amp;"
    code = int(digits, 10 if match["decimal"] else 16)
    is_allowed = code <= 0x10FFFF and (code in (9, 10, 13) or (code >= 32 and not _FORBIDDEN.match(chr(code))))
    return match[0] if is_allowed else " "


def _describe(text: str, place: int) -> str:
    """Names the element at a position and its record, for a message; a record's id comes first in arXiv's answers."""
    tag = _TAG.match(text, max(0, text.rfind("<", 0, place)))
    ids = _ID.findall(text, max(0, place - _RECORD_CHARACTERS), place)
    name = tag[1].rpartition(":")[2] if tag else "text"
    return f"the {name} of {ids[-1].strip()}" if ids else f"the {name}"
