"""Reads CSV and JSON lists of accepted papers in the forms that conferences and OpenReview publish."""

import csv
import io
import json
from collections.abc import Iterator, Mapping

from notebot.features.venues.adapters.accepted_lists.fields import fold, looks_like_paper

_DELIMITERS = ",\t;"
_MAX_DEPTH = 6
"""Levels of a JSON document at which the list of papers is looked for."""


def read_csv(text: str) -> Iterator[dict[str, object]]:
    """Yields the rows by their normalised headings.

    Raises:
        ValueError: the text is not a table.
    """
    heading = text.partition("\n")[0]
    # comma, tab or semicolon: whichever the heading has most of
    delimiter = max(_DELIMITERS, key=heading.count)
    try:
        for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield {fold(name): value for name, value in row.items() if name}
    except csv.Error as error:
        raise ValueError(str(error)) from error


def read_json(text: str) -> Iterator[dict[str, object]]:
    """Yields the papers of one JSON document, of one object per line, or of OpenReview's notes.

    Raises:
        ValueError: the text is not JSON.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        document = [json.loads(line) for line in lines]
    for record in _find_papers(document, 0):
        fields = {**record, **_content(record)}
        yield {
            fold(name): value["value"] if isinstance(value, Mapping) and "value" in value else value
            for name, value in fields.items()
        }


def _find_papers(document: object, depth: int) -> Iterator[Mapping[str, object]]:
    """Yields the objects that are papers, wherever the document has its list."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(document, Mapping):
        if looks_like_paper({fold(name) for name in (*document, *_content(document))}):
            yield document
            return
        document = list(document.values())
    if isinstance(document, list):
        for item in document:
            if isinstance(item, Mapping | list):
                yield from _find_papers(item, depth + 1)


def _content(record: Mapping[str, object]) -> Mapping[str, object]:
    """Returns the fields that OpenReview nests under ``content``; empty for other lists."""
    content = record.get("content")
    return content if isinstance(content, Mapping) else {}
