"""Searching the archive on the page, one note, and the notes of a tag."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fresh_store import new_store
from notebot.core.model.note import Note, NoteQuery
from notebot.core.note_format.title_line import parse_title_line
from notebot.core.text.search_tokens import contains_all_words
from notebot.store.sqlite import SqliteStore
from web.served_desk import Browser, ServedDesk

POST = "https://x.com/a/status/1"
HOSTILE = '<img src=x onerror="alert(1)"> {{ 7*7 }} [x](javascript:alert(1))'


def a_note(number: int | None, title: str, *tags: str, venue: str = "arXiv'25", **values: object) -> Note:
    day = date(2025, 1, 1) + timedelta(days=number or 0)
    line = f"[Paper Note] {title}, Ada Lovelace+, {venue}, 2025.03"
    return Note(line, number, day, tags, urls=("https://arxiv.org/abs/2503.00001",), **values)  # type: ignore[arg-type]


def save(store: SqliteStore, *notes: Note) -> None:
    with store.transaction():
        for note in notes:
            store.notes.save(None, note, {"notes": note})


@pytest.fixture
def archive(desk: ServedDesk) -> ServedDesk:
    """Four notes."""
    save(
        desk.store,
        a_note(
            1,
            "Reward models for proofs",
            "NLP",
            "RewardModel",
            venue="ACL'25 Findings",
            comments=("元ポスト: https://x.com/a/status/1",),
        ),
        a_note(
            2, "Sound of the server", "Speech", "read-later", summary="音声認識サーバーの数学的な解析。", refs=(1, 99)
        ),
        a_note(3, "Reading reward", "NLP", "3D(Scene)", "read-later", venue="ACL'26"),
        a_note(4, HOSTILE, "<b>", body=f"# Abstract\n{HOSTILE}", comments=(HOSTILE,)),
    )
    return desk


def listed(page: str) -> list[int]:
    """The numbers of the notes on a page, in order."""
    return [int(number) for number in re.findall(r'<p class="title"><a href="/archive/(\d+)"', page)]


@pytest.mark.parametrize(
    ("path", "numbers"),
    [
        ("/archive", [4, 3, 2, 1]),
        ("/archive?order=oldest", [1, 2, 3, 4]),
        ("/archive?words=reward", [3, 1]),
        ("/archive?words=サーバ", [2]),
        ("/archive?words=数学", [2]),
        ("/archive?words=%21%21", []),
        ("/archive?tag=NLP&venue=ACL", [3, 1]),
        ("/archive?venue=ACL%2725", [1]),
        ("/archive?venue=ACL%2725+Findings", [1]),
        ("/tags/read-later", [2, 3]),
        ("/tags/3D%28Scene%29", [3]),
        ("/tags/3D", []),
        ("/archive?from=x", [4, 3, 2, 1]),
    ],
)
def test_notes_are_found(archive: ServedDesk, browser: Browser, path: str, numbers: list[int]) -> None:
    assert listed(browser.get(path)) == numbers or (
        path == "/archive?words=reward" and sorted(listed(browser.get(path))) == [1, 3]
    )


def test_fifty_notes_at_a_time(desk: ServedDesk, browser: Browser) -> None:
    save(desk.store, *(a_note(number, "On steps") for number in range(1, 121)))
    first = browser.get("/archive?words=steps&order=oldest")
    assert listed(first) == list(range(1, 51))
    second = re.search(r'href="([^"]+)" rel="next"', first)
    assert second is not None
    page = browser.get(second[1].replace("&amp;", "&"))
    assert listed(page) == list(range(51, 101))
    assert 'rel="prev"' in page
    assert listed(browser.get("/archive?words=steps&order=oldest&from=100")) == list(range(101, 121))


def test_a_note_shows_its_text_comments_posts_and_relations(archive: ServedDesk, browser: Browser) -> None:
    page = browser.get("/archive/2")
    assert "音声認識サーバーの数学的な解析。" in page
    assert listed(page) == [1]
    assert f'<a href="{POST}" rel="noopener noreferrer">' in browser.get("/archive/1")
    assert "no note #99" in browser.get("/archive/99", 404)
    browser.get("/archive/x", 404)
    browser.get("/archive/" + "9" * 30, 404)


@pytest.mark.parametrize("path", ["/archive", "/archive/4", "/archive/2", "/tags/%3Cb%3E", "/digests"])
def test_text_of_notes_cannot_act(archive: ServedDesk, browser: Browser, path: str) -> None:
    page = browser.get(path)
    html5lib.HTMLParser(strict=True).parse(page)
    assert "<img" not in page
    assert "<b>" not in page
    assert "javascript:" not in re.sub(r">[^<]*<", "><", page)
    assert "49" not in re.sub(r"<[^>]*>", "", page).replace("{{ 7*7 }}", "")


def test_an_empty_archive_says_how_to_fill_it(browser: Browser) -> None:
    assert "notebot import" in browser.get("/archive")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SqliteStore, list[Note]]]:
    """Sixty notes whose words, tags and venues overlap."""
    store = new_store(tmp_path_factory.mktemp("notes") / "notebot.db")
    words, tags = ("reward", "音声認識", "server", "GPT-4o"), ("NLP", "3D", "3D(Scene)")
    venues = ("ACL'25", "ACL'26 Demo", "arXiv'25")
    notes = [
        a_note(
            number if number % 7 else None,
            f"{words[number % 4]} {words[number % 3]}",
            *tags[: number % 4],
            venue=venues[number % 3],
            summary=words[(number // 4) % 4],
        )
        for number in range(1, 61)
    ]
    save(store, *notes)
    yield store, notes
    store.close()


@given(
    st.sampled_from(["", "reward", "音声", "server gpt", "4o", "none"]),
    st.sampled_from(["", "NLP", "3D", "3D(Scene)", "3"]),
    st.sampled_from(["", "ACL", "ACL'26", "ACL'26 Demo", "arXiv"]),
    st.booleans(),
)
def test_find_returns_what_a_plain_filter_would(
    many: tuple[SqliteStore, list[Note]], words: str, tag: str, venue: str, oldest_first: bool
) -> None:
    store, notes = many

    def matches(note: Note) -> bool:
        parsed = parse_title_line(note.title_line).venue
        assert parsed is not None
        text = "\n".join((note.title_line, *note.tags, note.summary or ""))
        return (
            (not words or contains_all_words(words, text))
            and (not tag or tag in note.tags)
            and (not venue or venue in (parsed.name, f"{parsed.name}'{parsed.year}", parsed.label))
        )

    expected = [note for note in notes if matches(note)]
    found = list(store.notes.find(NoteQuery(words, tag, venue, oldest_first)))
    assert sorted(map(repr, found)) == sorted(map(repr, expected))
    if oldest_first:
        assert [note.issue_date for note in found] == sorted(note.issue_date for note in expected if note.issue_date)
    elif not words:
        numbers = [note.number for note in found]
        assert numbers == sorted(numbers, key=lambda number: (number is not None, -(number or 0)))
