"""An issue becomes a file and an issue again, whatever is in it; a changed file keeps what others wrote."""

from __future__ import annotations

from datetime import date

import pytest
import yaml  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from notebot.core.model.errors import MoveError
from notebot.core.note_format.front_matter import split_front_matter
from notebot.core.note_format.issue_body import normalise_line_ends
from notebot.core.note_format.note_file import (
    NoteFile,
    append_comment,
    complete_file,
    file_name,
    number_in_name,
    parse_note_file,
    render_note_file,
    replace_own_line,
    written_lines,
)

LINES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    [
        "# Comment",
        "\\# Comment",
        "# Comment ",
        "---",
        "key:: value",
        "# URL",
        "- https://arxiv.org/abs/2504.02807",
        "```",
    ]
)
TEXTS = st.lists(LINES, max_size=6).map("\n".join)
LINE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
NOTES = st.builds(
    NoteFile,
    title_line=LINE,
    number=st.integers(1, 999_999),
    tags=st.lists(LINE, max_size=4, unique=True).map(tuple),
    issue_date=st.dates(),
    state=st.sampled_from(["open", "closed"]),
    body=TEXTS,
    comments=st.lists(TEXTS, max_size=4).map(tuple),
)
NOTE = NoteFile(
    "[Paper Note] Sums, Ada+, arXiv'25, 2025.04",
    12,
    ("NLP", "a, b"),
    date(2026, 5, 12),
    "open",
    "# URL\n- https://a.test",
)
PATH_LIMIT = 255


def as_kept(text: str) -> str:
    """A text as a file keeps it: one kind of line end, and no blank lines around it."""
    return normalise_line_ends(text).strip("\n")


@given(NOTES)
def test_an_issue_becomes_a_file_and_an_issue_again(note: NoteFile) -> None:
    text = render_note_file(note)

    read = parse_note_file(text, "0012-x")
    comments = tuple(filter(None, map(as_kept, note.comments)))
    assert read == replace(note, body=as_kept(note.body), comments=comments)
    properties = yaml.safe_load(split_front_matter(text)[0].strip().strip("-"))
    assert properties["title_line"] == note.title_line
    assert properties["tags"] == list(note.tags)


@given(NOTES, TEXTS.filter(as_kept), st.booleans())
def test_a_comment_is_added_behind_every_character(note: NoteFile, comment: str, windows: bool) -> None:
    text = render_note_file(note)
    text = text.replace("\n", "\r\n") if windows else text

    longer = append_comment(text, comment)
    assert longer.startswith(text)
    before = parse_note_file(text, "x")
    assert parse_note_file(longer, "x") == replace(before, comments=(*before.comments, as_kept(comment)))


def test_only_a_line_of_our_own_is_replaced() -> None:
    text, own = render_note_file(NOTE), written_lines(NOTE)

    changed = replace_own_line(text, own, "tags", 'tags: ["new"]')
    assert changed == text.replace('tags: ["NLP", "a, b"]', 'tags: ["new"]')


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('tags: ["NLP", "a, b"]', 'tags: ["NLP", "a, b", mine]'),
        ('tags: ["NLP", "a, b"]', "tags:\n  - NLP\n  - a, b"),
        ('tags: ["NLP", "a, b"]', 'tags: ["NLP", "a, b"] # mine'),
        ('tags: ["NLP", "a, b"]', 'tags: ["NLP", "a, b"]\n  more'),
        ('tags: ["NLP", "a, b"]', 'tags: ["NLP", "a, b"]\ntags: [twice]'),
        ('tags: ["NLP", "a, b"]\n', ""),
        ("---\nnumber", "--\nnumber"),
        ("\n", "\r\n"),
    ],
)
def test_a_line_that_somebody_changed_is_left(old: str, new: str) -> None:
    text = render_note_file(NOTE).replace(old, new)

    assert replace_own_line(text, written_lines(NOTE), "tags", 'tags: ["new"]') is None


FILLED = replace(NOTE, tags=(), body="# URL\n- https://arxiv.org/abs/2504.02807")


@pytest.mark.parametrize(
    ("bare", "kept"),
    [
        ("https://arxiv.org/abs/2504.02807\n", []),
        ("https://arxiv.org/abs/2504.02807", []),
        (
            "---\ntags: [inbox] # mine\ncreated: 2026-05-12\n---\nhttps://arxiv.org/abs/2504.02807",
            ["tags: [inbox] # mine"],
        ),
        ("---\nnumber: 12\n---\n\nhttps://arxiv.org/abs/2504.02807\n\n# Comment\n\nmy words\n\n\n\nmore", ["my words"]),
        ("\ufeffstatus:: inbox\nhttps://arxiv.org/abs/2504.02807", ["status:: inbox"]),
        ("---\r\ncreated: x\r\n---\r\nhttps://arxiv.org/abs/2504.02807\r\n", ["created: x"]),
    ],
)
def test_a_link_is_completed_and_other_properties_and_comments_stay(bare: str, kept: list[str]) -> None:
    text = complete_file(bare, FILLED)

    read, before = parse_note_file(text, "x"), parse_note_file(bare, "x")
    assert (read.number, read.title_line, read.comments) == (12, FILLED.title_line, before.comments)
    assert read.body.endswith(FILLED.body)
    assert read.tags == before.tags
    assert all(line in text for line in kept)


def test_a_title_line_typed_by_hand_is_not_replaced() -> None:
    with pytest.raises(MoveError, match="typed by hand"):
        complete_file("---\ntitle_line: mine\n---\nhttps://arxiv.org/abs/2504.02807", FILLED)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# URL\n- https://a.test\n", NoteFile("My thoughts", body="# URL\n- https://a.test")),
        (
            "title_line:: X, A+, ACL'25\ntags:: a, [[b c]]\n\ntext",
            NoteFile("X, A+, ACL'25", tags=("a", "b c"), body="text"),
        ),
        ("---\ntags: \"NLP, #x\"\nnumber: '7'\n---\nb", NoteFile("My thoughts", 7, ("NLP", "x"), body="b")),
        ("---\ntitle: T\n---\n# A list\n- not a note", NoteFile("T", body="# A list\n- not a note", is_note=False)),
        ("---\nnumber: 99999999999999999999\n---\nx", NoteFile("My thoughts", body="x", is_note=False)),
        (
            "---\nnumber: -1\nstate: CLOSED\nissue_date: soon\n---\nx",
            NoteFile("My thoughts", state="closed", body="x", is_note=False),
        ),
        (
            "# URL\r\n- https://a.test\r\n\r\n# Comment\r\n\r\nmine\r\n",
            NoteFile("My thoughts", body="# URL\n- https://a.test", comments=("mine",)),
        ),
        ("", NoteFile("My thoughts", is_note=False)),
    ],
)
def test_files_by_hand_are_read(text: str, expected: NoteFile) -> None:
    assert parse_note_file(text, "My thoughts") == expected


@given(st.integers(1, 999_999_999), st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_a_file_name_is_valid_everywhere(number: int, title: str) -> None:
    name = file_name(number, title)

    stem = name.removesuffix(".md")
    assert len(name.encode()) <= PATH_LIMIT
    assert number_in_name(stem) == number
    assert not set(stem) & set('<>:"/\\|?*\0')
    assert all(char.isalnum() or char == "-" for char in stem)
    assert not stem.endswith(("-", ".", " "))


def test_a_file_name_is_the_same_on_systems_that_compose_characters_differently() -> None:
    assert file_name(7, "Ze\u0301ro ｶﾞ 数学") == file_name(7, "Zéro ガ 数学") == "0007-Zéro-ガ-数学.md"
