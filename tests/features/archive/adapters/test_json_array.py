"""The elements of a JSON array, parsed from a file chunk by chunk."""

import io
import json
from typing import Any

import pytest

from notebot.features.archive.adapters.formats.json_array import array_elements
from notebot.features.archive.adapters.formats.json_fields import FieldError

VALUES = [
    [],
    [1],
    [12, -1.5, 1e5, True, None, "a,]b", [1, [2]], {"a": {"b": [3, 4]}}],
    ["日本語 \U0001f600", '\\ " \n', "\ud800"],
]


def elements(text: bytes, chunk_bytes: int) -> list[Any]:
    return list(array_elements(io.BytesIO(text), chunk_bytes))


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 2**20])
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("values", VALUES, ids=len)
def test_elements_are_those_of_the_whole_array(values: list[Any], indent: int | None, chunk: int) -> None:
    for text in (json.dumps(values, indent=indent), f" {json.dumps(values[:-1] + values[-1:])}\n "):
        assert elements(text.encode(), chunk) == values
        assert elements(b"\xef\xbb\xbf" + text.encode(), chunk) == values
        assert elements(text.encode("utf-16"), chunk) == values
    unescaped = json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert elements(unescaped, chunk) == json.loads(unescaped) == values


@pytest.mark.parametrize("chunk", [1, 2**20])
@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b"{}",
        b"1",
        b"[",
        b"[1",
        b"[1,",
        b"[1,]",
        b"[,1]",
        b"[1 2]",
        b"[1] 2",
        b"[1.]",
        b'["a]',
        b"[1}",
        b"[" * 100000,
        b'["\xff"]',
        b"[" + b"9" * 5000 + b"]",
    ],
)
def test_what_is_not_one_whole_array_is_an_error(text: bytes, chunk: int) -> None:
    with pytest.raises(FieldError):
        elements(text, chunk if len(text) < 1_000 else 2**20)
