"""Looks into JSON of an outside service; what is not there, or not of the type that it should be, is nothing."""

import json

from notebot.core.model.errors import BadAnswerError


def parsed(body: bytes, service: str) -> object:
    """The value that a body of JSON holds.

    Raises:
        BadAnswerError: it is no JSON.
    """
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadAnswerError(f"{service} sent no JSON that can be read; try again later") from error


def at(tree: object, *path: str) -> object:
    """What stands under the keys of ``path``; ``None`` where one is missing."""
    for key in path:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def text_at(tree: object, *path: str) -> str | None:
    """The string there; ``None`` for an empty one."""
    value = at(tree, *path)
    return value if isinstance(value, str) and value else None


def list_at(tree: object, *path: str) -> list[object]:
    """The list there, an empty one where there is none."""
    value = at(tree, *path)
    return value if isinstance(value, list) else []
