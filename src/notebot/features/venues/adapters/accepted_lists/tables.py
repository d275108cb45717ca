"""Tables and JSON documents of accepted papers, in the shapes that conferences and OpenReview give them out in."""

import csv
import io
import json
from collections.abc import Iterator, Mapping

from notebot.features.venues.adapters.accepted_lists.fields import fold, is_paper

_DELIMITERS = ",\t;"
_DEEPEST = 6
"""Levels of a document in which the list of papers is looked for."""


def read_csv(text: str) -> Iterator[dict[str, object]]:
    """The rows by their folded headings; comma, tab or semicolon, whichever the heading has most of.

    Raises:
        ValueError: it is no table.
    """
    heading = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=heading.count)
    try:
        for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield {fold(name): value for name, value in row.items() if name}
    except csv.Error as error:
        raise ValueError(str(error)) from error


def read_json(text: str) -> Iterator[dict[str, object]]:
    """The papers of a document, of one object a line, or of OpenReview's notes.

    Raises:
        ValueError: it is no JSON.
    """
    for record in _records(_parse(text), 0):
        content = record.get("content")
        inner = content if isinstance(content, Mapping) else {}
        yield {fold(name): _unwrapped(value) for name, value in {**record, **inner}.items()}


def _parse(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        return [json.loads(line) for line in lines]


def _records(document: object, depth: int) -> Iterator[Mapping[str, object]]:
    """The objects that are papers, wherever in the document their list stands."""
    if depth > _DEEPEST:
        return
    if isinstance(document, Mapping):
        content = document.get("content")
        inner = content if isinstance(content, Mapping) else {}
        if is_paper({fold(name): None for name in (*document, *inner)}):
            yield document
            return
        document = list(document.values())
    if isinstance(document, list):
        for one in document:
            if isinstance(one, Mapping | list):
                yield from _records(one, depth + 1)


def _unwrapped(value: object) -> object:
    return value.get("value") if isinstance(value, Mapping) and "value" in value else value
