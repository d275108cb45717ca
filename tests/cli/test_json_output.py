"""JSON arrays printed an element at a time."""

from typing import Any

import msgspec
import pytest

from notebot.cli.shared import print_json, print_json_array

DOCUMENTS: list[list[Any]] = [
    [],
    [{}],
    [{"a": [], "b": {}, "c": None}, [], 1],
    [{"text": "line\nline  \u65e5\u672c", "list": [1, {"deep": [2, [3]]}]}] * 450,
]


@pytest.mark.parametrize("documents", DOCUMENTS, ids=len)
def test_an_array_printed_by_elements_is_the_array_printed_whole(
    documents: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    print_json(documents)
    whole = capsys.readouterr().out
    print_json_array(iter(documents))
    assert capsys.readouterr().out == whole
    assert msgspec.json.decode(whole) == documents
