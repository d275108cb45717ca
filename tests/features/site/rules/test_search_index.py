"""The files of the search; ``tests/acceptance/test_site_browser.py`` has a browser read them."""

from __future__ import annotations

import json
from itertools import product
from string import ascii_lowercase

from hypothesis import given
from hypothesis import strategies as st

from features.site.invented_notes import note
from notebot.core.model.note import Note
from notebot.features.site.rules.full_note import read_full_note
from notebot.features.site.rules.search_index import _DIGITS, SHARDS, SearchIndex, _encode, index_files, shard_of


def decode(text: str) -> list[int]:
    numbers, number, shift, rest = list[int](), 0, 0, 0
    for digit in text:
        value = _DIGITS.index(digit)
        rest |= (value & 31) << shift
        shift += 5
        if not value & 32:
            number += rest
            numbers.append(number)
            shift = rest = 0
    return numbers


def files_of(*notes: Note) -> dict[str, str]:
    index = SearchIndex(len(notes))
    for place, each in enumerate(notes):
        index.add(place, f"notes/{each.number}.html", read_full_note(each))
    assert index.is_complete
    return {name: content.decode() for name, content in index.files()}


def postings(files: dict[str, str], token: str) -> tuple[list[int], list[int]]:
    """The notes that have a token in their title or tags, and those that have it in their texts."""
    text = files[f"search/words-{shard_of(token)}.js"]
    line = json.loads(text[text.index(",") + 1 : text.rindex(")")])
    found = dict(each.split("=") for each in line.split())
    named, mentioned = found.get(token, "|").split("|")
    return decode(named), decode(mentioned)


@given(st.sets(st.integers(0, 10**6)))
def test_a_list_of_notes_is_read_as_it_was_written(numbers: set[int]) -> None:
    assert decode(_encode(numbers)) == sorted(numbers)


def test_titles_and_tags_are_apart_from_all_other_text() -> None:
    files = files_of(
        note(1, "Reward Models", tags=("数学",), summary="要約。"), note(2, summary="数学の証明。Reward を学ぶ。")
    )
    assert postings(files, "数学") == ([0], [1])
    assert postings(files, "reward") == ([0], [1])
    assert postings(files, "ben") == ([], [0, 1])  # an author
    assert postings(files, "status") == ([], [])  # in the addresses of posts only


def test_the_abstract_is_searched_only_where_there_is_no_summary() -> None:
    files = files_of(note(1), note(2, summary=None))
    assert postings(files, "things") == ([], [1])


def test_a_row_has_what_a_result_shows() -> None:
    files = files_of(note(7, "A, B </script>"))
    text = files["search/notes-0.js"]
    rows = json.loads(text[text.index(",") + 1 : text.rindex(")")])
    assert rows == [["7.html", "A, B </script>", "Ann Author+, ACL'26, 2026.05", "2026-05-08"]]


def test_every_file_is_there_from_the_start_and_a_new_note_changes_few() -> None:
    notes = [note(number, f"Paper {number}") for number in range(1, 30)]
    before, after = files_of(*notes), files_of(*notes, note(30, "Paper 30"))
    assert list(before) == index_files(29)
    assert len(before) == SHARDS + 1
    changed = [name for name in before if before[name] != after[name]]
    assert len(changed) < SHARDS / 2


def test_an_index_that_lacks_a_note_is_not_complete() -> None:
    index = SearchIndex(2)
    index.add(1, "notes/1.html", read_full_note(note(1)))
    assert not index.is_complete
    assert dict(index.files())["search/notes-0.js"].startswith(b"siteSearch.notes(0,[[],")


def test_words_that_begin_alike_are_in_one_file() -> None:
    assert shard_of("reward") == shard_of("rewind")
    assert shard_of("数学") == shard_of("数")
    assert {shard_of(first + second) for first, second in product(ascii_lowercase, repeat=2)} == set(range(SHARDS))
