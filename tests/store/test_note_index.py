"""Every engine finds the same notes in the same order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from fresh_store import new_postgres_store, new_store
from notebot.core.model.note import Note, NoteQuery
from notebot.store.store import DatabaseStore

WORDS = (
    *("math", "models", "model", "reasoning", "GPT-4o", "gpt", "4", "a", "the", "LLM", "scaling", "naïve", "C++"),
    *("数学的推論", "数学", "推論", "サーバー", "渡辺太郎", "渡辺 太郎", "言語モデル"),
    *("it's", "a\\b", "$x^2$", "100%", "?"),
)
TAGS = ("NLP", "Math", "言語モデル", "Read Later", "LLM's", "★")
QUERIES = (
    *map(NoteQuery, ("math", "model*", "gpt-4o", "a", "the model", "数学", "推論", "数*", "論", "サーバ", "渡辺太郎")),
    *map(NoteQuery, ("言語モデル 数学", "it's", "c++", "?", "math math", "zzz", "a\\b", "naive*")),
    *(NoteQuery(tag=tag) for tag in TAGS),
    *(NoteQuery(words, tag="NLP") for words in ("math", "推論", "")),
    *(NoteQuery(words, oldest_first=True) for words in ("", "model*", "言語")),
    *(NoteQuery(venue=venue) for venue in ("ACL", "ACL'26")),
    NoteQuery("model", "Math", "ACL"),
    NoteQuery(),
)


@pytest.fixture
def engines(postgres: None, tmp_path: Path) -> Iterator[tuple[DatabaseStore, DatabaseStore]]:
    with closing(new_store(tmp_path / "notebot.db")) as file, closing(new_postgres_store()) as server:
        yield file, server


def some_notes(seed: int, count: int) -> list[Note]:
    chosen = random.Random(seed)

    def text(most: int) -> str:
        return " ".join(chosen.choices(WORDS, k=chosen.randint(0, most)))

    venues = ("ACL'26", "arXiv'26", "NAACL'25")
    return [
        Note(
            f"[Paper Note] {text(6) or 'X'}, A. Author+, {chosen.choice(venues)}, 2026.05",
            number=number if chosen.random() < 0.8 else None,
            tags=tuple(chosen.sample(TAGS, chosen.randint(0, 3))),
            issue_date=chosen.choice((None, date(2026, 5, 1), date(2026, 5, 2))),
            summary=text(20),
            body=text(chosen.choice((5, 60))),
        )
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_both_engines_find_the_same_in_the_same_order(engines: tuple[DatabaseStore, DatabaseStore], seed: int) -> None:
    notes = some_notes(seed, 120)
    for store in engines:
        with store.transaction():
            ids = [store.notes.save(None, note, {"page": note}) for note in notes]
            for note_id, note in zip(ids[::7], notes[1::7], strict=False):
                if note.number is None:
                    store.notes.save(note_id, note, {"page": note})
            store.notes.drop(ids[5])
    for query in QUERIES:
        from_file, from_server = (list(store.notes.find(query)) for store in engines)
        assert from_server == from_file, query


def test_a_note_of_any_length_is_found(engines: tuple[DatabaseStore, DatabaseStore]) -> None:
    many_words = " ".join(f"w{number:x}q" for number in range(150_000))
    endless = "z" * 5_000
    for store in engines:
        with store.transaction():
            store.notes.save(None, Note("Long", number=1, body=f"{many_words} the end of it"), {})
            store.notes.save(None, Note("Wide", number=2, body=f"{endless} {'数' * 3_000}"), {})
            store.notes.save(None, Note("Short", number=3, body="the end"), {})
        assert [note.number for note in store.notes.find(NoteQuery("the end of"))] == [1]
        assert [note.number for note in store.notes.find(NoteQuery(endless))] == [2]
        assert [note.number for note in store.notes.find(NoteQuery(f"{endless[:-1]}*"))] == [2]
        assert [note.number for note in store.notes.find(NoteQuery(f"{endless}z"))] == []
        assert [note.number for note in store.notes.find(NoteQuery("数" * 20))] == [2]
