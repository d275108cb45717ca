"""Reads fields of a JSON object from outside, with type checks."""

import json
from typing import Any

LARGEST = 999_999_999
"""The highest issue number that is accepted."""

Record = dict[str, Any]


class FieldError(ValueError):
    """A JSON object, or one of its fields, does not have the expected type."""


def parse_json(text: str | bytes) -> Any:
    """Parses JSON text.

    Raises:
        FieldError: the text is not JSON, is nested too deeply, or contains a number with too many digits.
    """
    try:
        return json.loads(text)
    except UnicodeDecodeError as error:
        raise FieldError("it is not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise FieldError(f"it is not JSON: {error}") from error
    except (ValueError, RecursionError) as error:
        raise FieldError("it is JSON that cannot be read: nested too deeply, or a number too long") from error


def record_of(value: Any) -> Record:
    if not isinstance(value, dict):
        raise FieldError("it is not a JSON object")
    return value


def text_of(record: Record, key: str) -> str | None:
    """The text under a key; ``None`` if the key is missing or null."""
    value = record.get(key)
    return None if value is None else _text(value, key)


def title_of(record: Record, key: str) -> str:
    title = text_of(record, key)
    if title is None or not title.strip():
        raise FieldError(f"{key} is missing")
    return title


def number_of(record: Record, key: str) -> int | None:
    value = record.get(key)
    return None if value is None else _number(value, key)


def texts_of(record: Record, key: str) -> tuple[str, ...]:
    return tuple(_text(value, key) for value in list_of(record, key))


def numbers_of(record: Record, key: str) -> tuple[int, ...]:
    return tuple(_number(value, key) for value in list_of(record, key))


def list_of(record: Record, key: str) -> list[Any]:
    """The list under a key; empty if the key is missing or null."""
    value = record.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise FieldError(f"{key} is not a list")
    return value


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str):
        raise FieldError(f"{key} is not text")
    try:
        if not value.isascii():
            value.encode()
    except UnicodeEncodeError as error:
        raise FieldError(f"{key} contains half of a surrogate pair, which no file can store") from error
    return value


def _number(value: Any, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LARGEST:
        raise FieldError(f"{key} is not the number of an issue")
    return value
