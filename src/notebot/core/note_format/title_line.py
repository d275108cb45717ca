"""The title line of a note, read into its parts and written back as it stood.

``[Paper Note] TITLE, FIRST AUTHOR+, SLOT, VENUE'YY TRACK, YYYY.MM``: every part but the title may be
missing. Titles hold commas and apostrophes, so a line is read from the right. Where a line without
``+`` could be cut in two ways, the part before venue and date is an author if it looks like a name.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIXES = ("[Paper Note]", "[Tips]", "[Thread Memo]")
"""The prefixes that the archive uses."""

_APOSTROPHES = "'’‘ʼ＇"
_COMMA = regex(r",(?=[\s,]|\Z|(?:19|20)[0-9]{2}\.[0-9]{1,2}\s*\Z)")
_DATE = regex(r"(?:19|20)[0-9]{2}(?:\.(?:0?[1-9]|1[0-2]))?")
_VENUE = regex(rf"(.*\S)([{_APOSTROPHES}])([0-9]{{4}}|[0-9]{{2}})(?:(\s+)(\S.*))?", re.DOTALL)
# Pages of late 2023 dropped apostrophes: arXiv23, ACL23. Their lines end there, so a handle before a date is none.
_BARE_VENUE = regex(r"(arXiv|(?=[a-z-]*[A-Z][a-z-]*[A-Z])[A-Za-z-]+)([0-3][0-9]|9[0-9])")
_REMARK = regex(r"[(（]w[/_／][^()（）]*[)）]\Z")
_SLOT = regex(r"N[/_／]A|X(?:\s+Post)?|[(（]w[/_／][^()（）]*[)）]")
_MARKS = ("+", "＋", " et al.", " et al")
_SITE_YEAR = regex(r"'([0-9]{2,4})")

_DISPLAY = str.maketrans({"!": "", "(": "（", ")": "）", "/": "_", "\n": "", "\r": ""})
_DROPPED = str.maketrans(dict.fromkeys("![]\"'’‘ʼ", ""))

_VENUE_WORDS = 10
_NAME_WORDS = 6
_NAME_LENGTH = 60
# A name in Japanese has no blanks to count.
_WORD_LENGTH = 30
_SENTENCE = regex(
    r"(?<!\S)(?:an?|and|are|as|be|but|by|can|do|does|from|how|in|is|its?|not|on|or|our|than|that|this|through"
    r"|to|towards?|using|via|what|when|where|which|why|with|without|your?)(?!\S)"
)
_SMALL = regex(r"(?<!\S)(?:at|for|of|the)(?!\S)")
_SENTENCE_SIGNS = ":：;?？!！。、を"
_PAIRS = ("()", "（）", "[]", "{}", "「」", "『』", "“”")


class TitleAuthor(Struct, frozen=True):
    """The author, or the company, that a line names."""

    name: str
    mark: str = ""
    """What says that there are more: ``+`` or `` et al.``, blanks before it included; else empty."""

    @property
    def text(self) -> str:
        """As it stands in the line."""
        return self.name + self.mark


class TitleVenue(Struct, frozen=True):
    """Where the paper was published."""

    name: str
    """``NeurIPS``, ``IJCAI WS AgentScen``."""
    apostrophe: str = ""
    """As typed; empty where a page dropped it, and for a label without year."""
    year: str = ""
    """Two or four digits, as typed."""
    blank: str = ""
    """What stands between year and track."""
    track: str = ""
    """``Oral``, ``Findings``, ``Workshop WANT``; free text."""

    @property
    def text(self) -> str:
        """As it stands in the line."""
        return self.name + self.apostrophe + self.year + self.blank + self.track

    @property
    def label(self) -> str:
        """``ICLR'26 Oral``: a plain apostrophe, two digits, one blank."""
        dated = f"{self.name}'{self.year[-2:]}" if self.year else self.name
        return f"{dated} {self.track}" if self.track else dated


class TitleDate(Struct, frozen=True):
    """When it appeared, as the line says."""

    text: str
    """``2025.07`` or ``2025``."""

    @property
    def year(self) -> int:
        """Four digits."""
        return int(self.text[:4])

    @property
    def month(self) -> int | None:
        """1 to 12, or ``None`` if the line has only the year."""
        return int(self.text[5:]) if len(self.text) > 4 else None


class ParsedTitle(Struct, frozen=True):
    """A title line in its parts, each exactly as written."""

    title: str
    prefix: str = ""
    author: TitleAuthor | None = None
    slots: tuple[str, ...] = ()
    """What stands between author and venue: ``N/A``, an affiliation, ``X``, ``(w/ NAME)``."""
    venue: TitleVenue | None = None
    date: TitleDate | None = None
    gaps: tuple[str, ...] = ("", "")
    """What stands before the first part, between any two, and after the last."""

    @property
    def text(self) -> str:
        """The line itself."""
        return self.gaps[0] + "".join(part + gap for part, gap in zip(self._parts(), self.gaps[1:], strict=True))

    @property
    def first_author(self) -> str | None:
        """The name alone."""
        return self.author.name if self.author else None

    @property
    def plus(self) -> bool:
        """The line says that there are further authors."""
        return bool(self.author and self.author.mark)

    @property
    def venue_label(self) -> str | None:
        """``ICLR'26 Oral``, however it is typed."""
        return self.venue.label if self.venue else None

    @property
    def is_article(self) -> bool:
        """No venue is read from the line. The site's pages go by `sort_year` instead."""
        return self.venue is None

    @property
    def sort_year(self) -> int:
        """The year that the pages sort by."""
        return sort_year(self.text)

    def _parts(self) -> Iterator[str]:
        if self.prefix:
            yield self.prefix
        yield self.title
        if self.author:
            yield self.author.text
        yield from self.slots
        yield from (part.text for part in (self.venue, self.date) if part)


class _Span(Struct, frozen=True):
    """A piece of the line between two commas, without the blanks around it."""

    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def parse_title_line(text: str, prefixes: tuple[str, ...] = PREFIXES) -> ParsedTitle:
    """The parts of any line; its ``text`` is the line that was given, character for character."""
    spans = _spans(text)
    prefix = _prefix(spans[0], prefixes)
    if prefix:
        spans[0] = _after(spans[0], len(prefix.text))
    date = _DATE.fullmatch(_last(spans))
    dated = [spans.pop()] if date else []
    venue = parse_venue(_last(spans)) or (None if date else _bare_venue(_last(spans)))
    published = [spans.pop()] if venue else []
    at = _title_end(spans)
    rest = [part for span in spans[at:] for part in _split_remark(span)]
    title = _Span(spans[0].start, text[spans[0].start : spans[at - 1].end])
    author = _author(rest[0].text) if rest and not _SLOT.fullmatch(rest[0].text) else None
    return ParsedTitle(
        title=title.text,
        prefix=prefix.text if prefix else "",
        author=author,
        slots=tuple(span.text for span in rest[1 if author else 0 :]),
        venue=venue,
        date=TitleDate(date[0]) if date else None,
        gaps=_gaps(text, [*([prefix] if prefix else []), title, *rest, *published, *dated]),
    )


def parse_venue(text: str) -> TitleVenue | None:
    """``ICLR'26 Oral``, ``BlackboxNLP workshop on ACL'22``, ``SIGIR’11``; ``None`` for anything else."""
    found = _VENUE.fullmatch(text)
    if found is None or not _has_letter(found[1]) or len(found[1].split()) > _VENUE_WORDS:
        return None
    return TitleVenue(found[1], found[2], found[3], found[4] or "", found[5] or "")


def replace_venue(parsed: ParsedTitle, label: str) -> str:
    """The line with this venue; everything else stays as written.

    The label is set as given, its track too. A line without venue gets one before the date. A label
    without year (``arXiv``) cannot be told from a slot when the line is read again.
    """
    venue = parse_venue(label) or TitleVenue(label)
    if parsed.venue:
        return replace(parsed, venue=venue).text
    at = sum(1 for _ in replace(parsed, date=None)._parts())
    return replace(parsed, venue=venue, gaps=(*parsed.gaps[:at], ", ", *parsed.gaps[at:])).text


def sort_year(text: str) -> int:
    """The year that the site reads from a title line: the last one with a plain apostrophe, or 0.

    At 0 the site files the note as an article, so ``SIGIR’11`` and ``arXiv23`` are articles there.
    """
    years = _SITE_YEAR.findall(text)
    if not years:
        return 0
    year = int(years[-1])
    if year <= 30:
        return year + 2000
    return year + 1900 if year < 1899 else year


def display_form(text: str) -> str:
    """A title line as the site shows it; what it drops cannot be had back."""
    return text.translate(_DISPLAY)


def title_key(text: str) -> str:
    """Equal for a line as typed, as any generation of the site shows it, and as a text extract has it.

    Blanks do not count, for the site glues the words of a wrapped line.
    """
    folded = unicodedata.normalize("NFKC", display_form(text)).translate(_DISPLAY)
    bare = "".join(folded.translate(_DROPPED).split())
    return unicodedata.normalize("NFKC", bare)


def same_title(one: str, other: str) -> bool:
    """Two forms of one title line."""
    return title_key(one) == title_key(other)


def _bare_venue(text: str) -> TitleVenue | None:
    found = _BARE_VENUE.fullmatch(text)
    return TitleVenue(found[1], year=found[2]) if found else None


def _spans(text: str) -> list[_Span]:
    """The first piece between commas, and those after it that are not empty."""
    starts = [0, *(found.end() for found in _COMMA.finditer(text))]
    ends = [*(start - 1 for start in starts[1:]), len(text)]
    spans = [_stripped(text, start, end) for start, end in zip(starts, ends, strict=True)]
    return [spans[0], *(span for span in spans[1:] if span.text)]


def _last(spans: list[_Span]) -> str:
    """The last piece; empty if only the title is left."""
    return spans[-1].text if len(spans) > 1 else ""


def _stripped(text: str, start: int, end: int) -> _Span:
    piece = text[start:end]
    return _Span(start + len(piece) - len(piece.lstrip()), piece.strip())


def _after(span: _Span, length: int) -> _Span:
    rest = span.text[length:]
    return _Span(span.end - len(rest.lstrip()), rest.lstrip())


def _prefix(span: _Span, prefixes: tuple[str, ...]) -> _Span | None:
    for prefix in prefixes:
        if prefix and span.text.startswith(prefix):
            return _Span(span.start, prefix)
    return None


def _gaps(text: str, parts: list[_Span]) -> tuple[str, ...]:
    ends = [0, *(part.end for part in parts)]
    starts = [*(part.start for part in parts), len(text)]
    return tuple(text[end:start] for end, start in zip(ends, starts, strict=True))


def _title_end(spans: list[_Span]) -> int:
    """How many pieces are the title's; author and slots follow."""
    for at in range(len(spans) - 1, 0, -1):
        if _names_more(spans[at]):
            return at
    at = len(spans)
    while at > 1 and _SLOT.fullmatch(spans[at - 1].text):
        at -= 1
    return at - 1 if at > 1 and _is_name(_split_remark(spans[at - 1])[0].text) else at


def _split_remark(span: _Span) -> list[_Span]:
    """``NAME+ (w/ NAME)`` as two parts."""
    found = _REMARK.search(span.text)
    if found is None or found.start() == 0:
        return [span]
    return [_Span(span.start, span.text[: found.start()].rstrip()), _Span(span.start + found.start(), found[0])]


def _author(text: str) -> TitleAuthor:
    for mark in _MARKS:
        if text.endswith(mark):
            name = text.removesuffix(mark).rstrip()
            return TitleAuthor(name, text[len(name) :])
    return TitleAuthor(text)


def _names_more(span: _Span) -> bool:
    author = _author(_split_remark(span)[0].text)
    return bool(author.mark) and _has_letter(author.name) and not author.name.endswith("+")


def _is_name(text: str) -> bool:
    words = text.split()
    if not _has_letter(text) or len(text) > _NAME_LENGTH or len(words) > _NAME_WORDS:
        return False
    if max(map(len, words)) > _WORD_LENGTH or any(sign in text for sign in _SENTENCE_SIGNS):
        return False
    if not all(text.count(pair[0]) == text.count(pair[1]) for pair in _PAIRS):
        return False
    capitalised = any(word[0].isupper() for word in words)
    return not _SENTENCE.search(text) and (capitalised or not _SMALL.search(text))


def _has_letter(text: str) -> bool:
    return any(char.isalpha() for char in text)
