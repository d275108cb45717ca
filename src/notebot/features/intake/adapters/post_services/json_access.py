"""Reads JSON from outside services; a missing value and a value of an unexpected type are both absent."""

import json

from notebot.core.model.errors import BadAnswerError


def parse_json(body: bytes, service: str) -> object:
    """The value of a JSON document.

    Raises:
        BadAnswerError: the document is malformed or nested too deeply.
    """
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadAnswerError(f"{service} sent malformed JSON; try again later") from error


def value_at(tree: object, *path: str) -> object:
    """The value under the keys of ``path``; ``None`` if one of them is missing."""
    for key in path:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def text_at(tree: object, *path: str) -> str | None:
    """The string under the keys of ``path``; ``None`` if it is empty or not a string."""
    value = value_at(tree, *path)
    return value if isinstance(value, str) and value else None


def list_at(tree: object, *path: str) -> list[object]:
    """The list under the keys of ``path``; an empty one if it is not a list."""
    value = value_at(tree, *path)
    return value if isinstance(value, list) else []
