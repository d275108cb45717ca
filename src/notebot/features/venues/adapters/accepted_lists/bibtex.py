r"""Reads BibTeX in one pass: nested braces, ``@string`` abbreviations, ``#``, TeX accents.

Each entry is read separately, from its ``@`` at the start of a line to the next one, so that a brace that is never
closed damages one entry only. bibtexparser 2.1 was measured and not adopted: it drops such entries and entries
that repeat a key, leaves ``#`` in the value, and needs more than a minute for 50 MB of braces.
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
"""Characters of an entry that are read; an abstract fits into it."""
_EXPANSION_LIMIT = 50_000_000
"""Characters that all abbreviations of a file may expand to; in real lists it is a few million."""


class _Abbreviations:
    """The ``@string`` definitions of a file.

    Definitions may refer to earlier ones, so forty lines that double the previous one would fill any memory.
    """

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._left = _EXPANSION_LIMIT

    def define(self, name: str, text: str) -> None:
        self._texts[name.lower()] = text

    def expand(self, word: str) -> str:
        """Returns the text of an abbreviation, or the word itself, such as ``2026``, if it is not one.

        Raises:
            ValueError: the file expands to more than 50 million characters.
        """
        text = self._texts.get(word.lower())
        if text is None:
            return word
        self._left -= len(text)
        if self._left < 0:
            raise ValueError("its @string abbreviations expand to more than 50 million characters")
        return text


def read_bibtex(text: str) -> Iterator[dict[str, object]]:
    """Yields the fields of each entry by their lower-case names, without TeX; ``author`` as a list.

    Raises:
        ValueError: the abbreviations expand to too much text.
    """
    abbreviations = _Abbreviations()
    starts = list(_ENTRY.finditer(text))
    # an entry ends where the next one begins, so that a missing brace costs one entry only
    ends = [*(match.start() for match in starts[1:]), len(text)]
    for match, end in zip(starts, ends, strict=False):
        kind, body = match[1].lower(), text[match.end() : min(end, match.end() + _ENTRY_LIMIT)]
        if kind == "string":
            for name, value in _fields(body, abbreviations):
                abbreviations.define(name, value)
        elif kind not in ("comment", "preamble"):
            key = _KEY.match(body)
            fields = dict(_fields(body[key.end() if key else 0 :], abbreviations))
            row: dict[str, object] = {name: _plain_text(value) for name, value in fields.items()}
            yield {**row, "author": _split_names(collapse(fields.get("author", "")))}


def _fields(body: str, abbreviations: _Abbreviations) -> Iterator[tuple[str, str]]:
    """Yields the names and values of an entry, up to the first place that is not a field."""
    at = 0
    while match := _FIELD.match(body, at):
        at, parts = match.end(), []
        # a value is one or more parts joined by "#": {braces}, "quotes", a number or an abbreviation
        while True:
            if body[at : at + 1] in ("{", '"'):
                end = _closing(body, at)
                parts.append(body[at + 1 : end])
                at = end + 1
            elif word := _WORD.match(body, at):
                parts.append(abbreviations.expand(word[0]))
                at = word.end()
            joint = _JOINT.match(body, at)
            if joint is None:
                break
            at = joint.end()
        yield match[1].lower(), "".join(parts)


def _closing(body: str, at: int) -> int:
    """Returns where the brace or quote that opens at ``at`` is closed, or the end of the entry if it never is."""
    pattern, depth = (_BRACE, 0) if body[at] == "{" else (_QUOTE, 0)
    for match in pattern.finditer(body, at + 1):
        if match[0] == "{":
            depth += 1
        elif depth and match[0] == "}":
            depth -= 1
        elif not depth and (match[0] == "}") == (body[at] == "{") and match[0] in '}"':
            return match.start()
    return len(body)


def _split_names(text: str) -> list[str]:
    """Splits names at `` and `` outside braces, and drops ``others``."""
    parts: list[str] = []
    depth = start = counted = 0
    for match in _AND.finditer(text):
        # braces protect an "and" that belongs to a name: {Barnes and Noble}
        depth += text.count("{", counted, match.start()) - text.count("}", counted, match.start())
        counted = match.start()
        if depth <= 0:
            parts.append(text[start : match.start()])
            start = match.end()
    names = map(_plain_text, [*parts, text[start:]])
    return [name for name in names if name and name.casefold() != "others"]


def _plain_text(text: str) -> str:
    r"""Returns a value without braces and macros: ``{\'E}mile \textbf{B}`` becomes ``Émile B``."""
    text = _BLANK.sub(" ", decode_accents(text))  # accents first: the `~` of an accent is no blank
    text = _COMMAND.sub("", text).replace("---", "—").replace("--", "–")
    return collapse(text.replace("{", "").replace("}", ""))
