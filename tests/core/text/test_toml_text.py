"""Values written as TOML are read back as they were."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from notebot.core.text.toml_text import toml_list, toml_string


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_any_text_is_read_back(text: str) -> None:
    assert tomllib.loads(f"a = {toml_string(text)}\nb = {toml_list([text, text])}") == {"a": text, "b": [text, text]}


def test_quotation_marks_stay_readable_and_lone_surrogates_stop_nothing() -> None:
    assert toml_string('ti:"a b"') == "'ti:\"a b\"'"
    assert toml_string("\ud800\x7f") == '"?\\u007f"'
