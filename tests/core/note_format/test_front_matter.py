"""Front matter: what is written means the same to a YAML library, and what editors write is read."""

from __future__ import annotations

import pytest
import yaml  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from growth import grows_linearly, repeated
from notebot.core.note_format.front_matter import (
    as_list,
    as_text,
    read_logseq_properties,
    read_properties,
    split_front_matter,
    write_property,
)

YAML_SIGNS = "no 2026-05-12 12 null --- ... @a !x %x [[x]] {{x}} #a ' \\ \\u0041 𝔸 \u202ex \u2028 \x00 \ufeff \x85"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    [*YAML_SIGNS.split(" "), '"', "a: b", "- a", "= this.x", "a\nb: c", "\t", " a "]
)


@given(TEXTS, st.lists(TEXTS, max_size=5))
def test_a_yaml_library_and_notebot_read_what_is_written(text: str, texts: list[str]) -> None:
    lines = [write_property("title", text), write_property("tags", texts), write_property("number", 12)]
    block = "\n".join(["---", *lines, "---", ""])

    assert yaml.safe_load("\n".join(lines)) == {"title": text, "tags": texts, "number": 12}
    front_matter, rest = split_front_matter(f"{block}\nbody\n---\n")
    assert (front_matter, rest) == (block, "\nbody\n---\n")
    properties = read_properties(front_matter)
    assert (as_text(properties, "title"), as_text(properties, "number")) == (text, "12")
    assert as_list(properties, "tags") == tuple(dict.fromkeys(filter(None, texts)))


EDITORS = """---
aliases: []
tags:
  - NLP
  - a/b
  - 'it''s'
  # a comment
  - "x\\u00e9 \\U0001f600"
cssclasses:
- wide
title: Attention is all # you need
long: one
  two
folded: >-
  one
  two
quoted: "one
  two" # so
flow: [a, "b, c", 'd' ] # end
empty:
map: {a: b}
nested:
  key: value
anchor: &a b
date: 2026-05-12
---
"""


def test_the_yaml_of_editors_is_read_as_a_library_reads_it() -> None:
    properties = read_properties(EDITORS)

    library = yaml.load(EDITORS.strip("-\n"), Loader=yaml.BaseLoader)
    skipped = {"map", "nested", "anchor"}
    assert properties == {key: value for key, value in library.items() if key not in skipped}


@pytest.mark.parametrize(
    ("text", "front_matter"),
    [
        ("", ""),
        ("---", ""),
        ("---\nno end\n", ""),
        ("a\n---\nb: c\n---\n", ""),
        ("---\r\na: b\r\n---\r\nrest", "---\r\na: b\r\n---\r\n"),
        ("\ufeff---\na: b\n...\nrest", "\ufeff---\na: b\n...\n"),
        ("---\na: b\n---", "---\na: b\n---"),
        ("----\na: b\n---\n", ""),
    ],
)
def test_only_a_closed_block_at_the_start_is_front_matter(text: str, front_matter: str) -> None:
    assert split_front_matter(text) == (front_matter, text[len(front_matter) :])


def test_logseq_properties_end_at_the_first_other_line() -> None:
    properties, rest = read_logseq_properties(
        "tags:: NLP, [[Reward Model]], #a\n- title_line:: X, A+, ACL'25\n\nb:: c\n"
    )

    assert as_list(properties, "tags") == ("NLP", "Reward Model", "a")
    assert as_text(properties, "title_line") == "X, A+, ACL'25"
    assert rest == "\nb:: c\n"


@pytest.mark.parametrize(
    "unit", ['"', "'", "\\", '\\"', "''", "[", ",", "- ", "a: ", "a:: b\n", "\n- a", '["a",', "#", " "]
)
def test_reading_takes_linear_time(unit: str) -> None:
    def read(count: int) -> None:
        for head in ("---\na: [x", "---\na: ", '---\na: "', '---\na: ["', ""):
            text = f"{head}{repeated(unit, count)}\n---\n"
            read_properties(split_front_matter(text)[0] or text)
            read_logseq_properties(text)

    assert grows_linearly(read, 20_000)
