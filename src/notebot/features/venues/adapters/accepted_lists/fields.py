"""One paper of a list from whatever its columns, keys or fields are called."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence

from notebot.core.text.patterns import regex
from notebot.core.text.tex import collapse
from notebot.features.venues.rules.accepted_papers import Accepted
from notebot.features.venues.rules.detection.tracks import find_track

Row = Mapping[str, object]
"""Folded name of a field and its value, as the file has it."""

TITLE_LIMIT = 1_000
_VALUE_LIMIT = 20_000
_TITLES = ("title", "paper title", "name", "paper")
_AUTHORS = ("authors", "author", "author names", "author list", "all authors", "creators", "speakers/authors",
            "first author")  # fmt: skip
_VENUES = ("booktitle", "venue", "container-title", "journal")
_STANDINGS = ("decision", "status", "presentation", "presentation type", "track", "type", "event type", "eventtype",
              "session", "category", "note", "venue", "venueid", "booktitle")  # fmt: skip
"""Fields that tell the track, or that a paper was not accepted."""
_YEARS = ("year", "issued", "date")
_TURNED_DOWN = regex(r"reject|withdr[ae]w|\bsubmitted to\b|\bunder review\b", re.IGNORECASE)
_SUBMISSION = regex(r"(?<![a-z])submission(?![a-z])", re.IGNORECASE)
"""In a venue's name, OpenReview's word for what is not decided; elsewhere accepted papers are called so too."""
_PREPRINT = regex(r"\W*(?:arxiv|corr)\b", re.IGNORECASE)
_SHAPE = regex(
    r"^\s*[\[(](?:oral|spotlight|poster|highlight)s?[\])]\s*|\s*[\[(](?:oral|spotlight|poster|highlight)s?[\])]\s*$",
    re.IGNORECASE,
)
"""What a feed writes beside the title: ``[Oral] TITLE``, ``TITLE (Poster)``."""
_TAG = regex(r"</?[A-Za-z][^<>]{0,80}>")
_YEAR = regex(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_AND = regex(r" ?, ?(?:and|&) | (?:and|&) ", re.IGNORECASE)
_COMMA = regex(r"[,、，]")
_PERSON_LIMIT = 200
_NUMBERED = regex(r"\s\d{4}$")
"""How DBLP tells people of one name apart."""


def fold(name: str) -> str:
    """A field's name without case, and with a blank for ``_``."""
    return collapse(str(name).replace("_", " ")).casefold()


def is_paper(row: Row) -> bool:
    """Whether the fields, by their folded names, are those of a paper."""
    return "title" in row or (any(name in row for name in _TITLES) and any(name in row for name in _AUTHORS))


def entry_of(row: Row) -> Accepted | None:
    """The paper, or none where its title or authors are missing."""
    title = next((text for name in _TITLES if (text := _title(_text(row.get(name))))), "")
    authors = next((names for name in _AUTHORS if (names := authors_of(row.get(name)))), ())
    if not title or not authors:
        return None
    venue = next((text for name in _VENUES if (text := _text(row.get(name)))), "")
    shape = _SHAPE.search(title)
    said = [*(text for name in _STANDINGS if (text := _text(row.get(name)))), *([shape[0]] if shape else [])]
    track = next((found for text in said if (found := find_track("", text, ""))), None)
    return Accepted(_SHAPE.sub("", title), authors, track, _year(row), venue[:TITLE_LIMIT])


def is_turned_down(row: Row) -> bool:
    """Whether the list itself says that the paper was rejected, withdrawn or only submitted, or is a preprint."""
    if any(_PREPRINT.match(_text(row.get(name))) for name in (*_VENUES, "howpublished")):
        return True
    if any(_TURNED_DOWN.search(_text(row.get(name))) for name in _STANDINGS):
        return True
    return any(_SUBMISSION.search(_text(row.get(name))) for name in ("venue", "venueid"))


def authors_of(value: object) -> tuple[str, ...]:
    """The authors of a list of names, a list of objects, or one text in any of the usual forms."""
    if isinstance(value, str):
        return tuple(name for text in _split(value[:_VALUE_LIMIT]) if (name := _clean_name(text)))
    if isinstance(value, Mapping):
        inner = value.get("author", [value])  # DBLP's own form
        return authors_of([inner] if isinstance(inner, Mapping) else inner)
    if isinstance(value, Sequence):
        return tuple(name for one in value[:_VALUE_LIMIT] if (name := _clean_name(_name_of(one))))
    return ()


def _split(text: str) -> Iterator[str]:
    text = html.unescape(text)
    lines, text = text.strip().splitlines(), collapse(text)
    if ";" in text or "|" in text:
        yield from re.split(r"[;|]", text)
    elif len(lines) > 1:
        yield from lines
    elif (parts := text.split(" and ")) and len(parts) > 1 and all(part.count(",") == 1 for part in parts):
        yield from parts  # Lovelace, Ada and Noether, Emmy
    elif _is_turned(text):
        yield text
    else:
        yield from _COMMA.split(_AND.sub(", ", text))


def _is_turned(text: str) -> bool:
    """``Lovelace, Ada``: one name, turned round."""
    before, comma, behind = text.partition(",")
    return bool(comma) and len(before.split()) == 1 == len(behind.split())


def _name_of(value: object) -> str:
    if isinstance(value, Mapping):
        folded = {fold(key): inner for key, inner in value.items()}
        if folded.get("family"):
            return f"{_text(folded.get('family'))}, {_text(folded.get('given'))}"
        return next((text for key in ("fullname", "full name", "name", "text") if (text := _text(folded.get(key)))), "")
    return _text(value)


def _clean_name(text: str) -> str:
    name = _NUMBERED.sub("", collapse(_TAG.sub(" ", html.unescape(text)))[:_PERSON_LIMIT].strip(" ,;*"))
    return name if any(letter.isalpha() for letter in name) and name.casefold() != "others" else ""


def _title(text: str) -> str:
    return collapse(_TAG.sub("", html.unescape(text)))[:TITLE_LIMIT]


def _text(value: object) -> str:
    """A field as text; OpenReview wraps its own in ``{"value": …}``."""
    if isinstance(value, Mapping):
        return _text(value.get("value"))
    if isinstance(value, list):
        return " ".join(_text(one) for one in value[:20])
    return collapse(str(value)[:_VALUE_LIMIT]) if isinstance(value, str | int) else ""


def _year(row: Row) -> int | None:
    for name in _YEARS:
        found = _YEAR.search(_text(row.get(name)))
        if found:
            return int(found[1])
    return None
