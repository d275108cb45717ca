"""The normal form in which texts of a digest are compared: what a line says, not how it is spelled (rules.md 6.1)."""

from __future__ import annotations

import html
import re
import unicodedata
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import unquote

from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_CHARACTERS = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´ʼ", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−⁃", "-"),
        # What is left of emphasis, code, escapes and table rows where two parsers disagree about Markdown.
        **dict.fromkeys("*_~`\\^|"),
        # Joiners, marks of direction, variation selectors, soft hyphens: invisible.
        **dict.fromkeys(
            map(chr, (0xAD, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)))
        ),
        **dict.fromkeys(map(chr, (*range(0xFE00, 0xFE10), 0xFEFF))),
    }
)
_DASHES = regex(r"-{2,}")
_TAGS = regex(
    r"</?(?:a|b|br|code|del|details|div|em|font|i|ins|li|mark|ol|p|s|span|strong|sub|summary|sup|tt|u|ul|wbr)\b[^<>]*>",
    0x2,
)
_CHECKBOX = regex(r"<input\b(?=[^<>]*\btype=(?:&quot;|&\#39;|[^\w\s<>])?checkbox)[^<>]*+>", re.IGNORECASE)
_ONLY_SYNTAX = regex(r"[\s\-:=+>#]*")
_AT_END = regex(r" ?\{(?:#[^{}\s]{1,300}|=html)\}$| #{1,6}$| ?<br ?/?>$", re.IGNORECASE)
"""What Pandoc's own Markdown adds to headings and to HTML; the hashes of a closed heading; a break that was escaped."""
_SAME_LINK = regex(r"\[(https?://[^\s\[\]()]++)\]\(\1\)")
"""A link that one program made and another one escaped."""
_BLOCK_MARKS = regex(r"^(?:\s*+(?:>|[-*+](?=\s)|[0-9]{1,9}[.)](?=\s)|\#{1,6}(?=\s)))+\s*+")
_ESCAPE = regex(r"\\([!-/:-@\[-`{-~])")
_MOST_BRACKETS = 60
"""A paragraph with more brackets is not parsed: each ``[`` costs as much as 30 other characters."""
# parsing links is the slowest part of Markdown, so brackets have a limit of their own
_PARSED_BRACKETS = 10_000
_PARSED_CHARACTERS = 100_000
"""So much is parsed besides what notebot wrote; in more, lines are read one by one."""


def fold(text: str) -> str:
    """The text with Unicode forms, quotes, dashes, blanks and emphasis marks made equal; blanks are single spaces."""
    # NFKC would take some quotes apart and makes new ones, so characters are replaced before and after.
    folded = text.translate(_CHARACTERS)
    if not folded.isascii():
        folded = unicodedata.normalize("NFKC", folded).translate(_CHARACTERS)
    folded = " ".join(folded.replace("''", '"').split())
    return _DASHES.sub("-", folded) if "--" in folded else folded


class PlainText:
    """Turns lines of Markdown into what they say; remembers paragraphs, as both texts have most of them."""

    def __init__(self, written: int) -> None:
        """``written`` is the number of characters that notebot wrote."""
        self._parser = _make_parser()
        self._parsed_most = _PARSED_CHARACTERS + 3 * written
        self._paragraphs: dict[tuple[str, ...], list[str]] = {}
        self._parsed = 0
        self._brackets = 0

    def of_lines(self, lines: Sequence[str]) -> list[str]:
        """One plain text per line, folded; empty for blank lines and for lines of syntax only."""
        # Each paragraph is parsed alone, so that an unclosed fence or quote in one changes no other.
        texts: list[str] = []
        for blank, run in groupby(lines, key=lambda line: not line.strip()):
            paragraph = tuple(run)
            texts += [""] * len(paragraph) if blank else self._of_paragraph(paragraph)
        return texts

    def _of_paragraph(self, lines: tuple[str, ...]) -> list[str]:
        known = self._paragraphs.get(lines)
        if known is None:
            text = "\n".join(lines)
            self._parsed += len(text)
            brackets = text.count("[")
            self._brackets += brackets
            too_long = self._parsed > self._parsed_most or self._brackets > _PARSED_BRACKETS
            if too_long or brackets > _MOST_BRACKETS + 2 * len(lines):
                known = [_unparsed(line) for line in lines]
            else:
                known = [fold(plain) for plain in _parse(self._parser, text, lines)]
            # Of rewrites on top of each other some are only text to the parser: a bullet before a blank that is no
            # ASCII, an escaped link.
            known = [
                ""
                if _ONLY_SYNTAX.fullmatch(line.translate(_CHARACTERS))
                else _AT_END.sub("", _SAME_LINK.sub(r"\1", _BLOCK_MARKS.sub("", words)))
                for line, words in zip(lines, known, strict=True)
            ]
            self._paragraphs[lines] = known
        return known


def _make_parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # Without HTML blocks, fences, indented code and reference definitions every line of text is inline text of a
    # paragraph, a heading or a list item, whatever an editor indented and however the curator's text begins. So is a
    # row of a table: the parser would drop what is typed behind its last cell, and `fold` drops the bars between cells.
    return MarkdownIt("commonmark").disable(["code", "fence", "html_block", "reference", "hr"])


def _parse(parser: MarkdownIt, text: str, lines: Sequence[str]) -> list[str]:
    """The plain text of each line of one paragraph; lines that the parser merges or drops are converted one by one."""
    texts: list[str | None] = [None] * len(lines)
    row: Sequence[int] = (0, 0)
    for token in parser.parse(text):
        row = token.map or row
        if token.type == "inline":
            plain = _plain(token.children or ()).split("\n")
            # A code span or a link over several lines loses its line ends.
            if len(plain) > 1 and len(plain) != row[1] - row[0]:
                plain = [_unparsed(line) for line in lines[row[0] : row[1]]]
            for place, part in enumerate(plain, row[0]):
                texts[place] = f"{texts[place] or ''} {part}"
    return [_unparsed(line) if text is None else text for line, text in zip(lines, texts, strict=True)]


def _plain(tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        if token.type in {"softbreak", "hardbreak"}:
            parts.append("\n")
        elif token.type == "html_inline":
            parts.append(_plain_html(token.content))
        elif token.type == "link_open":
            links.append((str(token.attrGet("href") or ""), len(parts)))
        elif token.type == "link_close":
            url, start = links.pop()
            if not _is_same_link("".join(parts[start:]), url):
                parts.append(f" {url}")
        elif token.type == "image":
            parts.append(f"{token.content} {token.attrGet('src')}")
        else:
            parts.append(token.content)
    return "".join(parts)


def _plain_html(tag: str) -> str:
    if _CHECKBOX.fullmatch(tag):
        return "[x] " if "checked" in tag.casefold() else "[ ] "
    # A tag that no editor adds, such as `<think>`, is text.
    return " " * tag.casefold().startswith("<br") if _TAGS.fullmatch(tag) else tag


def _is_same_link(words: str, url: str) -> bool:
    shown, target = unquote(words).strip(), unquote(url)
    return target in {shown, f"http://{shown}", f"https://{shown}", f"mailto:{shown}"}


def _unparsed(line: str) -> str:
    """A line by itself, without the parser: the same for everything but nested syntax."""
    marks = _BLOCK_MARKS.match(line)
    return fold(html.unescape(_ESCAPE.sub(r"\1", line[marks.end() if marks else 0 :])))


_WORD = regex(r"[0-9A-Za-z\u00c0-\u024f\u0370-\u052f]+|\S")


def words_of(folded: str) -> list[str]:
    """The words of a folded text: letters and digits together, any other character alone."""
    return _WORD.findall(folded)


def joined(parts: Iterator[str] | Sequence[str]) -> str:
    """Parts of a wrapped line as one line; no blank between Japanese characters."""
    text = ""
    for part in parts:
        stripped = part.strip()
        wide = text and stripped and ord(text[-1]) > 0x2FFF and ord(stripped[0]) > 0x2FFF
        text += stripped if wide or not text else f" {stripped}"
    return text
