"""Reads and writes the properties at the top of a Markdown note: YAML front matter, or Logseq's ``key:: value`` lines.

What is written is YAML in which every text is a JSON string, so that no reader takes ``no``, ``2026-05-12`` or ``@a``
for anything else. What is read is the part of YAML 1.2 that note editors write: scalars in every quoting, block and
flow lists, block scalars. Anything else (mappings, anchors, tags) is another program's property and is skipped.
A YAML library would cost 15 ms per start and 1 ms per note, and would not say which line notebot wrote itself.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

Property = str | list[str]
"""A scalar as text, or a list of scalars."""

_FENCE = "---"
_FENCE_ENDS = ("---", "...")
_LOGSEQ = regex(r"(?:- )?([A-Za-z][A-Za-z0-9_-]{0,63})::(.*)")
# properties are a few lines; a text of 60,000 such lines is not a page's head, and each line copies the rest
_LOGSEQ_LINES = 50
# YAML's printable characters, without the byte order mark and without what changes the direction of text
_ESCAPED = regex("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]")
_ESCAPE = regex(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPES = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "n": "\n",
    "v": "\v",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
    "\n": "",
}
_UNKNOWN_VALUES = ("{", "&", "*", "!", "@", "`", "%")
"""What begins a value that is no scalar and no list, or that YAML does not allow."""


def write_property(key: str, value: str | int | Sequence[str]) -> str:
    """Returns one line of front matter, without its line end."""
    if isinstance(value, str):
        return f"{key}: {_quote(value)}"
    return f"{key}: {value}" if isinstance(value, int) else f"{key}: [{', '.join(map(_quote, value))}]"


def split_front_matter(text: str) -> tuple[str, str]:
    """Returns the front matter with both of its fences, empty if there is none, and the rest of the text.

    A first ``---`` that no later line closes is a thematic break.
    """
    start = len(text) - len(text.removeprefix("\ufeff"))
    end = text.find("\n", start) + 1
    if not end or text[start:end].rstrip() != _FENCE:
        return "", text
    while end < len(text):
        begin, end = end, text.find("\n", end) + 1 or len(text)
        if text[begin:end].rstrip() in _FENCE_ENDS:
            return text[:end], text[end:]
    return "", text


def read_properties(front_matter: str, keys: Collection[str] | None = None) -> dict[str, Property]:
    """Returns the properties between the fences; those that are neither scalars nor lists of scalars are left out.

    Args:
        keys: only these; ``None`` for all.
    """
    lines = [line.rstrip("\r") for line in front_matter.rstrip().split("\n")[1:-1]]
    wanted = ((key, block) for key, block in _blocks(lines) if keys is None or key in keys)
    return {key: value for key, block in wanted if (value := _read_value(block)) is not None}


def read_logseq_properties(text: str) -> tuple[dict[str, Property], str]:
    """Returns the ``key:: value`` lines at the start of a text, and the rest; a list is separated by commas."""
    properties: dict[str, Property] = {}
    rest = text.removeprefix("\ufeff")
    for _ in range(_LOGSEQ_LINES):
        line, _, after = rest.partition("\n")
        match = _LOGSEQ.fullmatch(line.rstrip())
        if match is None:
            break
        properties[match[1].lower()] = match[2].strip()
        rest = after
    return properties, rest if properties else text


def as_text(properties: Mapping[str, Property], key: str) -> str:
    """Returns a scalar property; empty if it is missing or a list."""
    value = properties.get(key, "")
    return value if isinstance(value, str) else ""


def as_list(properties: Mapping[str, Property], key: str) -> tuple[str, ...]:
    """Returns a list property; of a scalar the parts between commas, without the signs of tags and links."""
    value = properties.get(key, "")
    if isinstance(value, str):
        value = [part.strip().removeprefix("#").removeprefix("[[").removesuffix("]]") for part in value.split(",")]
    return tuple(dict.fromkeys(filter(None, value)))


def _quote(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def _blocks(lines: Sequence[str]) -> Iterable[tuple[str, list[str]]]:
    """Yields each key at the left margin with its value: the rest of its line, then the lines that belong to it."""
    key, block = "", list[str]()
    for line in lines:
        name, colon, value = line.partition(":")
        is_key = line[:1] not in ("", " ", "\t", "#", "-") and colon and (not value or value[0] in " \t")
        if is_key:
            if key:
                yield key, block
            key, block = name.strip().strip("\"'"), [value.strip()]
        elif key:
            block.append(line)
    if key:
        yield key, block


def _read_value(block: list[str]) -> Property | None:
    first, more = block[0], block[1:]
    if first.startswith(("|", ">")):
        return (" " if first[0] == ">" else "\n").join(line.strip() for line in more).strip()
    # a comment may follow the key of a block list
    if not first or first.startswith("#"):
        items = [line.strip() for line in more if line.strip() and not line.strip().startswith("#")]
        if not items:
            return ""
        if not all(item == "-" or item.startswith("- ") for item in items):
            return None
        return _read_items([item[1:].strip() for item in items])
    text = "\n".join([first, *(line.strip() for line in more)])
    if first.startswith("["):
        parts = _split_flow(text)
        return None if parts is None else _read_items(parts)
    return _read_scalar(text)


def _read_items(items: Iterable[str]) -> list[str] | None:
    scalars = [_read_scalar(item) for item in items]
    return None if None in scalars else [scalar for scalar in scalars if scalar]


def _read_scalar(text: str) -> str | None:
    """Returns a scalar in any quoting; ``None`` if the text is something else."""
    if text.startswith(_UNKNOWN_VALUES) or text.startswith(("[", "- ")):
        return None
    if text[:1] not in ("'", '"'):
        return " ".join(re.split(r"(?:^|\s)#", text, maxsplit=1)[0].split())
    end = _end_of_quotes(text, 0)
    rest = text[end:].strip()
    if end < 0 or (rest and not rest.startswith("#")):
        return None
    inner = text[1 : end - 1]
    if text[0] == "'":
        return inner.replace("''", "'").replace("\n", " ")
    return _unescape(inner)


def _end_of_quotes(text: str, start: int) -> int:
    """Returns the place after the closing quotes of those at ``start``; -1 if there are none."""
    quote, place = text[start], start + 1
    while (place := text.find(quote, place)) >= 0:
        if quote == "'" and text.startswith("''", place):
            place += 2
            continue
        if quote == '"':
            before = place
            while text[before - 1] == "\\":
                before -= 1
            if (place - before) % 2:
                place += 1
                continue
        return place + 1
    return -1


def _split_flow(text: str) -> list[str] | None:
    """Returns the elements of ``[a, "b, c"]``; ``None`` if it is not a closed, flat list."""
    parts, place, start, is_begun = list[str](), 1, 1, False
    while place < len(text):
        char = text[place]
        # quotes inside a plain scalar are characters like any other
        if char in "\"'" and not is_begun:
            place, is_begun = _end_of_quotes(text, place), True
            if place < 0:
                return None
            continue
        if char in "[{":
            return None
        if char in ",]":
            parts.append(text[start:place].strip())
            start, is_begun = place + 1, False
            if char == "]":
                rest = text[start:].strip()
                return None if rest and not rest.startswith("#") else [part for part in parts if part]
        is_begun = is_begun or not (char.isspace() or char == ",")
        place += 1
    return None


def _unescape(text: str) -> str | None:
    if "\\" not in text and "\n" not in text:
        return text
    folded = re.sub(r"(?<!\\)\n", " ", text)
    try:
        plain = _ESCAPE.sub(_character, folded)
        # JSON writes what lies above U+FFFF as two escapes
        return plain if plain.isascii() else plain.encode("utf-16", "surrogatepass").decode("utf-16")
    except (ValueError, OverflowError):
        return None


def _character(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    return chr(int(code, 16)) if code else _ESCAPES.get(match[4], match[4])
