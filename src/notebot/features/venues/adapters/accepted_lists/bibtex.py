r"""BibTeX, read in one pass: nested braces, strings of its own, ``#``, TeX accents.

Each entry is read by itself, from its ``@`` at the start of a line to the next one's, so that a brace that is
never closed costs one entry.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from notebot.core.text.patterns import regex
from notebot.core.text.tex import collapse, decode_accents

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENTRY = regex(r"^[ \t]*@[ \t]*([A-Za-z]+)[ \t]*([{(])", re.MULTILINE)
_KEY = regex(r"[^,{}\"=]*,")
_FIELD = regex(r"[\s,]*([A-Za-z][\w:.-]*)\s*=\s*")
_WORD = regex(r"[^\s,{}\"#()=]+")
_BRACE = regex(r"\\.|[{}]", re.DOTALL)
_QUOTE = regex(r"\\.|[{}\"]", re.DOTALL)
_JOINT = regex(r"\s*#\s*")
_COMMAND = regex(r"\\(?:emph|(?:text|math)[a-z]{1,6})\s*(?=\{)|\\(?=[&%$#_])|\\[,;:!/]|\\url")
_BLANK = regex(r"~|\\ ")
_AND = regex(r" and ", re.IGNORECASE)
_ENTRY_LIMIT = 20_000
"""Characters of an entry that are read; an abstract fits in."""


def read_bibtex(text: str) -> Iterator[dict[str, object]]:
    """The fields of each entry by their folded names, TeX taken off; ``author`` as a list."""
    strings: dict[str, str] = {}
    starts = list(_ENTRY.finditer(text))
    ends = [*(found.start() for found in starts[1:]), len(text)]
    for found, end in zip(starts, ends, strict=False):
        kind, body = found[1].lower(), text[found.end() : min(end, found.end() + _ENTRY_LIMIT)]
        if kind == "string":
            strings.update(_fields(body, strings))
        elif kind not in ("comment", "preamble"):
            key = _KEY.match(body)
            yield _row(dict(_fields(body[key.end() if key else 0 :], strings)))


def _row(fields: dict[str, str]) -> dict[str, object]:
    row: dict[str, object] = {name: _plain(value) for name, value in fields.items()}
    names = _split_names(collapse(fields.get("author", "")))
    return {**row, "author": names}


def _fields(body: str, strings: dict[str, str]) -> Iterator[tuple[str, str]]:
    at = 0
    while found := _FIELD.match(body, at):
        value, at = _value(body, found.end(), strings)
        yield found[1].lower(), value


def _value(body: str, at: int, strings: dict[str, str]) -> tuple[str, int]:
    """A value from ``at`` on, and where it ends."""
    parts = []
    while True:
        part, at = _part(body, at, strings)
        parts.append(part)
        joint = _JOINT.match(body, at)
        if joint is None:
            return "".join(parts), at
        at = joint.end()


def _part(body: str, at: int, strings: dict[str, str]) -> tuple[str, int]:
    if body[at : at + 1] in ("{", '"'):
        end = _closing(body, at)
        return body[at + 1 : end], end + 1
    word = _WORD.match(body, at)
    if word is None:
        return "", at
    return strings.get(word[0].lower(), word[0]), word.end()


def _closing(body: str, at: int) -> int:
    """Where the brace or quote that opens at ``at`` closes; the end of the entry where it never does."""
    pattern, depth = (_BRACE, 0) if body[at] == "{" else (_QUOTE, 0)
    for found in pattern.finditer(body, at + 1):
        if found[0] == "{":
            depth += 1
        elif depth and found[0] == "}":
            depth -= 1
        elif not depth and (found[0] == "}") == (body[at] == "{") and found[0] in '}"':
            return found.start()
    return len(body)


def _split_names(text: str) -> list[str]:
    """Names at `` and `` outside braces, without ``others``."""
    names: list[str] = []
    depth = start = counted = 0
    for found in _AND.finditer(text):
        depth += text.count("{", counted, found.start()) - text.count("}", counted, found.start())
        counted = found.start()
        if depth <= 0:
            names.append(text[start : found.start()])
            start = found.end()
    return [name for one in [*names, text[start:]] if (name := _plain(one)) and name.casefold() != "others"]


def _plain(text: str) -> str:
    r"""Without braces and macros: ``{\'E}mile \textbf{B}`` as ``Émile B``."""
    text = decode_accents(_BLANK.sub(" ", text))
    text = _COMMAND.sub("", text).replace("---", "—").replace("--", "–")
    return collapse(text.replace("{", "").replace("}", ""))
