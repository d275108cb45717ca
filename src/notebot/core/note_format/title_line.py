"""Parses the title line of a note into its parts, and writes the parts back unchanged (format.md a).

``[Paper Note] TITLE, FIRST AUTHOR+, SLOT, VENUE'YY TRACK, YYYY.MM``: every part except the title may be
missing. Titles contain commas and apostrophes, so a line is parsed from the right. If a line without ``+``
is ambiguous, the part before venue and date counts as the author if it looks like a name.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
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
# Pages of late 2023 dropped apostrophes: arXiv23, ACL23 (format.md a). Their lines have no date after it, so a
# user name such as `Moon23` before a date is not a venue.
_BARE_VENUE = regex(r"(arXiv|(?=[a-z-]*[A-Z][a-z-]*[A-Z])[A-Za-z-]+)([0-3][0-9]|9[0-9])")
_REMARK = regex(r"[(（]w[/_／][^()（）]*[)）]\Z")
_SLOT = regex(r"N[/_／]A|X(?:\s+Post)?|[(（]w[/_／][^()（）]*[)）]")
_MARKS = ("+", "＋", " et al.", " et al")
_SITE_YEAR = regex(r"'([0-9]{2,4})")

_DISPLAY = str.maketrans({"!": "", "(": "（", ")": "）", "/": "_", "\n": "", "\r": ""})
_DROPPED = str.maketrans(dict.fromkeys("![]\"'’‘ʼ", ""))

# longer parts are prose of the title with a comma in it, not a venue or an author
_VENUE_WORDS = 10
_NAME_WORDS = 6
_NAME_LENGTH = 60
# Limits its length instead of its words, because Japanese is written without spaces.
_WORD_LENGTH = 30
# Words that occur in sentences but not in names, and words that a name may contain if it is also capitalised.
_SENTENCE = regex(
    r"(?<!\S)(?:an?|and|are|as|be|but|by|can|do|does|from|how|in|is|its?|not|on|or|our|than|that|this|through"
    r"|to|towards?|using|via|what|when|where|which|why|with|without|your?)(?!\S)"
)
_SMALL = regex(r"(?<!\S)(?:at|for|of|the)(?!\S)")
_SENTENCE_SIGNS = ":：;?？!！。、を"
_PAIRS = ("()", "（）", "[]", "{}", "「」", "『』", "“”")


class TitleAuthor(Struct, frozen=True):
    """The author or company in a title line."""

    name: str
    mark: str = ""
    """The sign for further authors, ``+`` or `` et al.``, with the blanks before it; empty if there is none."""

    @property
    def text(self) -> str:
        """The part exactly as written in the line."""
        return self.name + self.mark


class TitleVenue(Struct, frozen=True):
    """The venue in a title line, in pieces exactly as written."""

    name: str
    """``NeurIPS``, ``IJCAI WS AgentScen``."""
    apostrophe: str = ""
    """As typed; empty if a page dropped it or if there is no year."""
    year: str = ""
    """Two or four digits, as typed."""
    blank: str = ""
    """The blanks between year and track."""
    track: str = ""
    """``Oral``, ``Findings``, ``Workshop WANT``; free text."""

    @property
    def text(self) -> str:
        """The part exactly as written in the line."""
        return self.name + self.apostrophe + self.year + self.blank + self.track

    @property
    def label(self) -> str:
        """The normalised form ``ICLR'26 Oral``: a plain apostrophe, two digits, one blank."""
        dated = f"{self.name}'{self.year[-2:]}" if self.year else self.name
        return f"{dated} {self.track}" if self.track else dated


class TitleDate(Struct, frozen=True):
    """The date in a title line."""

    text: str
    """``2025.07`` or ``2025``."""

    @property
    def year(self) -> int:
        """Four digits."""
        return int(self.text[:4])

    @property
    def month(self) -> int | None:
        """1 to 12, or ``None`` if the line gives only the year."""
        return int(self.text[5:]) if len(self.text) > 4 else None


class ParsedTitle(Struct, frozen=True):
    """The parts of a title line, each exactly as written."""

    title: str
    prefix: str = ""
    author: TitleAuthor | None = None
    slots: tuple[str, ...] = ()
    """The parts between author and venue: ``N/A``, an affiliation, ``X``, ``(w/ NAME)``."""
    venue: TitleVenue | None = None
    date: TitleDate | None = None
    gaps: tuple[str, ...] = ("", "")
    """The separators: before the first part, between each two, and after the last."""

    @property
    def text(self) -> str:
        """The whole line, identical to the one that was parsed."""
        return self.gaps[0] + "".join(part + gap for part, gap in zip(self._parts(), self.gaps[1:], strict=True))

    @property
    def first_author(self) -> str | None:
        """The name without ``+``."""
        return self.author.name if self.author else None

    @property
    def plus(self) -> bool:
        """True if the line says that there are further authors."""
        return bool(self.author and self.author.mark)

    @property
    def is_article(self) -> bool:
        """True if the line has no venue. The archive's site uses `sort_year` instead."""
        return self.venue is None

    @property
    def sort_year(self) -> int:
        """The year that the site's pages sort by; see the function of this name."""
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
    """A part of the line between two commas, without the blanks around it."""

    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def parse_title_line(text: str, prefixes: tuple[str, ...] = PREFIXES) -> ParsedTitle:
    """Parses any line; the ``text`` of the result is identical to the line, character for character."""
    spans = _split_at_commas(text)
    first = spans[0]
    prefix = next((_Span(first.start, known) for known in prefixes if known and first.text.startswith(known)), None)
    if prefix:
        after_prefix = first.text[len(prefix.text) :].lstrip()
        spans[0] = _Span(first.end - len(after_prefix), after_prefix)
    venue, date, last_spans = _pop_venue_and_date(spans)
    title_end = _title_end(spans)
    title = _Span(spans[0].start, text[spans[0].start : spans[title_end - 1].end])
    middle = [part for span in spans[title_end:] for part in _split_remark(span)]
    author = _parse_author(middle[0].text) if middle and not _SLOT.fullmatch(middle[0].text) else None
    parts = [*([prefix] if prefix else []), title, *middle, *last_spans]
    ends = [0, *(part.end for part in parts)]
    starts = [*(part.start for part in parts), len(text)]
    return ParsedTitle(
        title=title.text,
        prefix=prefix.text if prefix else "",
        author=author,
        slots=tuple(span.text for span in middle[1 if author else 0 :]),
        venue=venue,
        date=date,
        gaps=tuple(text[end:start] for end, start in zip(ends, starts, strict=True)),
    )


def venue_of_line(text: str) -> TitleVenue | None:
    """The venue of a title line, as :func:`parse_title_line` finds it, in less than half the time."""
    return _pop_venue_and_date(_split_at_commas(text))[0]


def parse_venue(text: str) -> TitleVenue | None:
    """``ICLR'26 Oral``, ``BlackboxNLP workshop on ACL'22``, ``SIGIR’11``; ``None`` for anything else."""
    match = _VENUE.fullmatch(text)
    # Without the limit on words, a title that ends in a year (`... since '69`) would be a venue.
    if match is None or not _has_letter(match[1]) or len(match[1].split()) > _VENUE_WORDS:
        return None
    return TitleVenue(match[1], match[2], match[3], match[4] or "", match[5] or "")


def replace_venue(parsed: ParsedTitle, label: str) -> str:
    """The line with another venue; everything else stays exactly as written.

    The label is inserted as given, including its track. A line without venue gets one before the date. A label
    without year (``arXiv``) is parsed as a slot when the line is read again.
    """
    venue = parse_venue(label) or TitleVenue(label)
    if parsed.venue:
        return replace(parsed, venue=venue).text
    at = sum(1 for _ in replace(parsed, date=None)._parts())
    return replace(parsed, venue=venue, gaps=(*parsed.gaps[:at], ", ", *parsed.gaps[at:])).text


def sort_year(text: str) -> int:
    """The year that the site reads from a title line: the last one after a plain apostrophe, or 0 (format.md a).

    The site files a note with 0 as an article, so ``SIGIR’11`` and ``arXiv23`` are articles there.
    """
    years = _SITE_YEAR.findall(text)
    if not years:
        return 0
    year = int(years[-1])
    if year <= 30:
        return year + 2000
    return year + 1900 if year < 1899 else year


def display_form(text: str) -> str:
    """A title line as the site shows it (``prepro_title``, format.md a); the transform is not reversible."""
    return text.translate(_DISPLAY)


@lru_cache(maxsize=8)  # an import asks three times for the key of the same line
def title_key(text: str) -> str:
    """A key that is equal for all forms of one title line: typed, shown by any version of the site, extracted.

    Blanks are ignored, because the site joins the words of a wrapped line without one.
    """
    folded = unicodedata.normalize("NFKC", display_form(text)).translate(_DISPLAY)
    bare = "".join(folded.translate(_DROPPED).split())
    return unicodedata.normalize("NFKC", bare)


def same_title(line: str, other: str) -> bool:
    """True if both are forms of the same title line."""
    return title_key(line) == title_key(other)


def _split_at_commas(text: str) -> list[_Span]:
    """The first part, which may be empty, and all later parts that are not."""
    starts = [0, *(comma.end() for comma in _COMMA.finditer(text))]
    ends = [*(start - 1 for start in starts[1:]), len(text)]
    spans = []
    for start, end in zip(starts, ends, strict=True):
        part = text[start:end].lstrip()
        spans.append(_Span(end - len(part), part.rstrip()))
    return [spans[0], *(span for span in spans[1:] if span.text)]


def _pop_venue_and_date(spans: list[_Span]) -> tuple[TitleVenue | None, TitleDate | None, list[_Span]]:
    """Removes venue and date from the end of the parts; returns them, and their parts from left to right."""
    date = _DATE.fullmatch(_last(spans))
    date_spans = [spans.pop()] if date else []
    venue = parse_venue(_last(spans))
    if venue is None and date is None and (bare := _BARE_VENUE.fullmatch(_last(spans))):
        venue = TitleVenue(bare[1], year=bare[2])
    venue_spans = [spans.pop()] if venue else []
    return venue, TitleDate(date[0]) if date else None, [*venue_spans, *date_spans]


def _last(spans: list[_Span]) -> str:
    """The last part; empty if only the title is left."""
    return spans[-1].text if len(spans) > 1 else ""


def _title_end(spans: list[_Span]) -> int:
    """How many parts belong to the title; author and slots follow."""
    # A `+` or `et al.` identifies the author; the title may contain commas and `C++`.
    for at in range(len(spans) - 1, 0, -1):
        author = _parse_author(_split_remark(spans[at])[0].text)
        if author.mark and _has_letter(author.name) and not author.name.endswith("+"):
            return at
    at = len(spans)
    while at > 1 and _SLOT.fullmatch(spans[at - 1].text):
        at -= 1
    return at - 1 if at > 1 and _is_name(_split_remark(spans[at - 1])[0].text) else at


def _split_remark(span: _Span) -> list[_Span]:
    """Splits ``NAME+ (w/ NAME)`` into two parts."""
    remark = _REMARK.search(span.text)
    if remark is None or remark.start() == 0:
        return [span]
    return [_Span(span.start, span.text[: remark.start()].rstrip()), _Span(span.start + remark.start(), remark[0])]


def _parse_author(text: str) -> TitleAuthor:
    for mark in _MARKS:
        if text.endswith(mark):
            name = text.removesuffix(mark).rstrip()
            return TitleAuthor(name, text[len(name) :])
    return TitleAuthor(text)


def _is_name(text: str) -> bool:
    """True if the text looks like a person or company rather than the end of a title."""
    words = text.split()
    if not _has_letter(text) or len(text) > _NAME_LENGTH or len(words) > _NAME_WORDS:
        return False
    if max(map(len, words)) > _WORD_LENGTH or any(sign in text for sign in _SENTENCE_SIGNS):
        return False
    # An unpaired bracket means that the comma was inside brackets: `Tides {calm, wild, deep}`.
    if not all(text.count(pair[0]) == text.count(pair[1]) for pair in _PAIRS):
        return False
    capitalised = any(word[0].isupper() for word in words)
    return not _SENTENCE.search(text) and (capitalised or not _SMALL.search(text))


def _has_letter(text: str) -> bool:
    return any(char.isalpha() for char in text)
