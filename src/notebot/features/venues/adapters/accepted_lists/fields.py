"""Parses one paper of a list, whatever its columns, keys or fields are called."""

import html
import re
from collections.abc import Collection, Mapping, Sequence

from notebot.core.text.patterns import regex
from notebot.core.text.tex import collapse
from notebot.features.venues.rules.accepted_papers import AcceptedPaper
from notebot.features.venues.rules.detection.tracks import find_track

Row = Mapping[str, object]
"""The normalised names of the fields, with their values as the file has them."""

# bounds for broken exports that put a whole table into one cell
TITLE_LIMIT = 1_000
_VALUE_LIMIT = 20_000
_TITLES = ("title", "paper title", "name", "paper")
_AUTHORS = ("authors", "author", "author names", "author list", "all authors", "creators", "speakers/authors",
            "first author")  # fmt: skip
_VENUES = ("booktitle", "venue", "container-title", "journal")
_DECISIONS = ("decision", "status", "presentation", "presentation type", "track", "type", "event type", "eventtype",
              "session", "category", "note", "venue", "venueid", "booktitle")  # fmt: skip
"""Fields that may name the track, or say that a paper was not accepted."""
_YEARS = ("year", "issued", "date")
_NOT_ACCEPTED = regex(r"reject|withdr[ae]w|\bsubmitted to\b|\bunder review\b", re.IGNORECASE)
_SUBMISSION = regex(r"(?<![a-z])submission(?![a-z])", re.IGNORECASE)
"""In the name of a venue, OpenReview's word for undecided papers; in other fields accepted papers have it too."""
_PREPRINT = regex(r"\W*(?:arxiv|corr)\b", re.IGNORECASE)
_PRESENTATION = regex(
    r"^\s*[\[(](?:oral|spotlight|poster|highlight)s?[\])]\s*|\s*[\[(](?:oral|spotlight|poster|highlight)s?[\])]\s*$",
    re.IGNORECASE,
)
"""What some feeds add to the title: ``[Oral] TITLE``, ``TITLE (Poster)``."""
_TAG = regex(r"</?[A-Za-z][^<>]{0,80}>")
_YEAR = regex(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_AND = regex(r" ?, ?(?:and|&) | (?:and|&) ", re.IGNORECASE)
_COMMA = regex(r"[,、，]")
_PERSON_LIMIT = 200
_NUMBERED = regex(r"\s\d{4}$")
"""How DBLP distinguishes people with the same name."""


def fold(name: str) -> str:
    """Normalises a field's name: without case, and with a blank for ``_``."""
    return collapse(str(name).replace("_", " ")).casefold()


def looks_like_paper(names: Collection[str]) -> bool:
    """True if these normalised names are the fields of a paper."""
    return "title" in names or (any(name in names for name in _TITLES) and any(name in names for name in _AUTHORS))


def parse_paper(row: Row) -> AcceptedPaper | None:
    """Returns the paper, or ``None`` if it has no title or no authors."""
    titles = (collapse(_TAG.sub("", html.unescape(_text(row.get(name)))))[:TITLE_LIMIT] for name in _TITLES)
    title = next(filter(None, titles), "")
    authors = next((names for name in _AUTHORS if (names := parse_authors(row.get(name)))), ())
    if not title or not authors:
        return None
    venue = next((text for name in _VENUES if (text := _text(row.get(name)))), "")
    presentation = _PRESENTATION.search(title)
    texts = [_text(row.get(name)) for name in _DECISIONS] + ([presentation[0]] if presentation else [])
    track = next((track for text in texts if text and (track := find_track("", text, ""))), None)
    years = (_YEAR.search(_text(row.get(name))) for name in _YEARS)
    year = next((int(match[1]) for match in years if match), None)
    return AcceptedPaper(_PRESENTATION.sub("", title), authors, track, year, venue[:TITLE_LIMIT])


def is_not_accepted(row: Row) -> bool:
    """True if the list itself says that the paper was rejected, withdrawn or only submitted, or is a preprint."""
    return (
        any(_PREPRINT.match(_text(row.get(name))) for name in (*_VENUES, "howpublished"))
        or any(_NOT_ACCEPTED.search(_text(row.get(name))) for name in _DECISIONS)
        or any(_SUBMISSION.search(_text(row.get(name))) for name in ("venue", "venueid"))
    )


def parse_authors(value: object) -> tuple[str, ...]:
    """Returns the names in a list of names, a list of objects, or one text in any of the usual forms."""
    if isinstance(value, Mapping):
        inner = value.get("author", [value])  # DBLP wraps its list once more
        return parse_authors([inner] if isinstance(inner, Mapping) else inner)
    names: list[str] = []
    if isinstance(value, str):
        names = _split_authors(value[:_VALUE_LIMIT])
    elif isinstance(value, Sequence):
        for author in value[:_VALUE_LIMIT]:
            fields = {fold(key): inner for key, inner in author.items()} if isinstance(author, Mapping) else {}
            if fields.get("family"):  # as Crossref has it
                names.append(f"{_text(fields.get('family'))}, {_text(fields.get('given'))}")
            elif fields:
                keys = ("fullname", "full name", "name", "text")
                names.append(next((text for key in keys if (text := _text(fields.get(key)))), ""))
            else:
                names.append(_text(author))
    cleaned = (
        _NUMBERED.sub("", collapse(_TAG.sub(" ", html.unescape(name)))[:_PERSON_LIMIT].strip(" ,;*")) for name in names
    )
    return tuple(name for name in cleaned if any(letter.isalpha() for letter in name) and name.casefold() != "others")


def _split_authors(text: str) -> list[str]:
    """Splits the names of one text at the separator that it uses."""
    text = html.unescape(text)
    lines, text = text.strip().splitlines(), collapse(text)
    if ";" in text or "|" in text:
        return re.split(r"[;|]", text)
    if len(lines) > 1:
        return lines
    names = text.split(" and ")
    if len(names) > 1 and all(name.count(",") == 1 for name in names):
        return names  # Lovelace, Ada and Noether, Emmy
    first, comma, rest = text.partition(",")
    if comma and len(first.split()) == 1 == len(rest.split()):
        return [text]  # Lovelace, Ada: one name, family name first
    return _COMMA.split(_AND.sub(", ", text))


def _text(value: object) -> str:
    """Returns a field as text; OpenReview wraps its values in ``{"value": …}``."""
    if isinstance(value, Mapping):
        return _text(value.get("value"))
    if isinstance(value, list):
        return " ".join(_text(item) for item in value[:20])
    return collapse(str(value)[:_VALUE_LIMIT]) if isinstance(value, str | int) else ""
