"""Publishing into a folder, and filling files in it, while the curator's editor changes and moves them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fakes import paper
from fresh_store import new_store
from notebot.core.model.changes import AnotherPost, LeftoverLabels, MissingLabels, VenueChange
from notebot.core.model.errors import NotebotError, UsageError
from notebot.core.model.stub import Curator
from notebot.core.note_format.note_file import NoteFile, parse_note_file
from notebot.features.archive.adapters.note_folder import read_note_folder
from notebot.features.publishing.adapters.note_folder import MARKER
from notebot.features.publishing.rules.issue_draft import OutboxState
from servers.folder_archive import LINK, STUB, DyingTable, FolderArchive, check_curators_lines, dying, survive

TITLE = "[Paper Note] Counting by Hand, Ada Example+, arXiv'26, 2026.05"
COMMENTS = ("元ポスト:\nhttps://x.com/ada/status/1", "関連:\n- #7", "- 良い。\n\n  二行目  @me\n# Comment")
POST = AnotherPost("https://x.com/ben/status/2", mark="2")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[FolderArchive]:
    store = new_store(tmp_path / "notebot.db")
    yield FolderArchive(store, tmp_path / "notes")
    store.close()


@pytest.fixture
def published(desk: FolderArchive) -> FolderArchive:
    """A folder with one published note."""
    desk.keep(STUB)
    assert desk.publish().troubles == []
    return desk


def check_published(desk: FolderArchive) -> None:
    """The kept stub is in the folder once, whole and in order."""
    assert desk.publish().troubles == []
    (text,) = desk.files().values()
    note = parse_note_file(text.decode(), "x")
    assert (note.title_line, note.tags, note.comments) == (TITLE, ("NLP", "Mathematics"), COMMENTS)
    assert desk.hidden() == [MARKER]
    stub = desk.store.stubs.get(STUB.key)
    assert stub is not None
    assert (stub.note_number, stub.issue_date) == (note.number, date(2026, 5, 12))
    entry = desk.store.outbox.get(STUB.key)
    assert entry is not None
    assert entry.state is OutboxState.DONE


def test_a_kept_stub_becomes_one_file_that_reads_back(desk: FolderArchive) -> None:
    desk.keep(STUB)

    report = desk.publish()

    assert [(note.number, note.title, note.labels) for note in report.published] == [(1, TITLE, ("NLP", "Mathematics"))]
    assert list(desk.files()) == ["0001-Counting-by-Hand.md"]
    check_published(desk)
    reading = read_note_folder(desk.folder)
    assert (list(reading.notes), reading.unread) == (desk.store.notes.all(), [])


def test_text_of_a_paper_is_no_link_comment_tag_or_query(published: FolderArchive) -> None:
    (text,) = published.files().values()
    abstract = text.decode().partition("# Abstract\n")[2].partition("\n# Summary")[0]

    assert not any(active in abstract for active in ("[[", "%%", "{{", "`", " #tag"))


@pytest.mark.parametrize("after", [False, True])
def test_a_kill_at_any_step_loses_and_doubles_nothing(tmp_path: Path, after: bool) -> None:
    for last in count(1):
        store = new_store(tmp_path / f"{last}.db")
        desk = FolderArchive(store, tmp_path / f"notes-{last}")
        desk.keep(STUB)
        was_killed = survive(lambda: desk.publish(dying(desk.notes(), last, after=after)))  # noqa: B023 (at once)
        check_published(desk)
        store.close()
        if not was_killed:
            break
    assert last > 5


def test_words_that_the_curator_writes_after_a_kill_double_nothing(tmp_path: Path) -> None:
    for last in count(1):
        store = new_store(tmp_path / f"{last}.db")
        desk = FolderArchive(store, tmp_path / f"notes-{last}")
        desk.keep(STUB)
        was_killed = survive(lambda: desk.publish(dying(desk.notes(), last, after=True)))  # noqa: B023 (at once)
        for path in desk.folder.glob("*.md"):
            # at the end of the file, that is below the comment that may have been written last
            path.write_text(f"{path.read_text()}\nmy words\n")
        desk.publish()
        (text,) = desk.files().values()
        assert [text.count(line) for line in (b"status/1", "- 良い。".encode(), b"# Summary")] == [1, 1, 1]
        store.close()
        if not was_killed:
            break


@pytest.mark.parametrize("last", [1, 2, 3])
def test_a_kill_between_the_database_and_the_file(desk: FolderArchive, last: int) -> None:
    desk.keep(STUB)
    table = DyingTable(desk.store.folder_notes, last)
    survive(lambda: desk.publish(desk.notes(table)))
    check_published(desk)

    desk.accept(VenueChange("ACL'26", "arXiv'26"), MissingLabels(("New",)))
    table = DyingTable(desk.store.folder_notes, last)
    survive(lambda: desk.publish(desk.notes(table)))
    assert desk.publish().troubles == []
    issue = desk.notes().issue(next(iter(read_note_folder(desk.folder).notes)).number or 0)
    assert issue.title == TITLE.replace("arXiv'26", "ACL'26")
    assert issue.labels == ("NLP", "Mathematics", "ACL", "New")


def test_what_a_killed_process_had_begun_is_removed(published: FolderArchive) -> None:
    ours = (".notebot-write-77", ".tmp-77-0002-Counting.md", ".tmp-77-0002.md", ".tmp-77-.notebot")
    theirs = (".notebot", ".tmp-mine.md", ".obsidian.json")
    (published.folder / "sub").mkdir()
    for name in (*ours, *theirs):
        (published.folder / "sub" / name).write_text("x")

    assert published.notes().finish_interrupted() == []

    assert sorted(path.name for path in (published.folder / "sub").iterdir()) == sorted(theirs)


def test_offers_change_lines_that_nobody_edited(published: FolderArchive) -> None:
    before = published.path().read_text()
    published.accept(VenueChange("ACL'26", "arXiv'26"), MissingLabels(("New",)), LeftoverLabels(("nlp",)), POST)

    report = published.publish()

    assert (report.troubles, len(report.applied)) == ([], 4)
    expected = before.replace(TITLE, TITLE.replace("arXiv'26", "ACL'26")).replace(
        'tags: ["NLP", "Mathematics"]', 'tags: ["Mathematics", "ACL", "New"]'
    )
    assert published.path().read_text() == expected + "\n# Comment\n\n元ポスト:\nhttps://x.com/ben/status/2\n"
    published.accept(VenueChange("ACL'26 Findings", "ACL'26"))
    assert published.publish().troubles == []


def test_an_offer_for_an_edited_line_is_an_offer_again(published: FolderArchive) -> None:
    path = published.path()
    edited = path.read_text().replace('tags: ["NLP", "Mathematics"]', "tags:\n  - NLP\n  - mine")
    path.write_text(edited)
    published.accept(MissingLabels(("New",)), VenueChange("ACL'26", "arXiv'26"))

    report = published.publish()

    assert [trouble.subject for trouble in report.troubles] == ["#1 label"]
    assert [applied.left_out for applied in report.applied] == [("ACL",)]
    assert "tags were edited" in report.troubles[0].message
    assert path.read_text() == edited.replace("arXiv'26, 2026.05", "ACL'26, 2026.05")
    assert published.publish().troubles == []
    assert [update.field for update in published.store.digests.open_updates()] == ["label"]
    # ticked again after the curator has let notebot's own line stand
    path.write_text(path.read_text().replace("tags:\n  - NLP\n  - mine", 'tags: ["NLP", "Mathematics"]'))
    published.accept(MissingLabels(("New",)))
    assert published.publish().troubles == []
    assert 'tags: ["NLP", "Mathematics", "New"]' in path.read_text()


def test_files_may_be_renamed_moved_and_copied_by_synchronising_programs(published: FolderArchive) -> None:
    moved = published.folder / "2026" / "counting, renamed.md"
    moved.parent.mkdir()
    old = published.path().rename(moved)
    copies = ("c.sync-conflict-20260512-140000-ABCDEFG.md", "c (Ada's conflicted copy 2026-05-12).md", "c (1).md")
    for name in copies:
        (published.folder / "2026" / name).write_bytes(old.read_bytes())
    published.accept(POST)

    assert published.publish().troubles == []

    changed = [name for name, text in published.files().items() if b"status/2" in text]
    assert len(changed) == 1
    assert changed[0] in ("2026/c (1).md", "2026/counting, renamed.md")
    reading = read_note_folder(published.folder)
    assert len(reading.notes) == 1
    assert len(reading.unread) == 3


def test_a_file_that_gets_the_old_name_of_a_moved_note_is_another_note(published: FolderArchive) -> None:
    path = published.path()
    path.rename(path.with_name("renamed.md"))
    path.write_text("https://a.test/\n")
    published.accept(POST)

    assert published.publish().troubles == []
    assert path.read_text() == "https://a.test/\n"
    assert "https://x.com/ben/status/2" in path.with_name("renamed.md").read_text()
    assert published.notes().numbers() == [1, 2]


def test_a_deleted_note_is_reported_and_its_number_is_not_given_again(published: FolderArchive) -> None:
    published.path().unlink()
    published.accept(POST)

    assert [trouble.message for trouble in published.publish().troubles] == [
        f"#1 is not in {published.folder}, because it was deleted or moved away; the offer was given up"
    ]
    published.keep(replace(STUB, key="arxiv:2605.09064", arxiv_id="2605.09064", url="https://arxiv.org/abs/2605.09064"))
    published.publish()
    assert list(published.files()) == ["0002-Counting-by-Hand.md"]


def test_a_disk_that_is_not_connected_is_no_empty_archive(published: FolderArchive) -> None:
    published.folder.rename(published.folder.with_name("elsewhere"))
    published.folder.mkdir()
    published.keep(replace(STUB, key="arxiv:2605.09064", arxiv_id="2605.09064", url="https://arxiv.org/abs/2605.09064"))

    report = published.publish()

    assert [trouble.kind for trouble in report.troubles] == ["unavailable"]
    assert "connect the disk" in report.troubles[0].message
    assert list(published.folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_sentence(desk: FolderArchive) -> None:
    desk.folder.write_text("a file")
    desk.keep(STUB)

    with pytest.raises(UsageError, match="is a file; name a folder"):
        desk.publish()


def test_a_link_becomes_a_note_in_place_and_keeps_its_words(desk: FolderArchive) -> None:
    desk.api.known = {"2605.00001": paper("2605.00001")}
    desk.folder.mkdir()
    bare = desk.folder / "reward models and what they count.md"
    bare.write_text(f"---\ncreated: today # by me\n---\n<{LINK}>\n\n# Comment\n\nmy words\n")
    (desk.folder / "diary.md").write_text(f"Read {LINK} today.\n")
    (desk.folder / "2605.00002.md").write_text("")

    report = desk.fill()

    assert [(note.number, note.arxiv_id) for note in report.filled] == [(2, "2605.00001")]
    assert [trouble.subject for trouble in report.troubles] == ["#1"]  # arXiv does not know 2605.00002
    note = parse_note_file(bare.read_text(), bare.stem)
    assert (note.number, note.tags) == (2, ("Math",))
    assert note.body.startswith(f"# URL\n- {LINK}\n# Authors\n")
    assert note.comments == ("my words", "reward models and what they count")
    assert "created: today # by me" in bare.read_text()
    assert (desk.folder / "diary.md").read_text() == f"Read {LINK} today.\n"
    assert desk.fill().filled == []


def test_a_link_with_tags_of_the_curator_keeps_them(desk: FolderArchive) -> None:
    desk.api.known = {"2605.00001": paper("2605.00001")}
    desk.folder.mkdir()
    bare = desk.folder / "inbox.md"
    bare.write_text(f"---\ntags: [inbox]\n---\n{LINK}\n")

    (filled,) = desk.fill().filled

    assert "tags: [inbox]\n" in bare.read_text()
    assert filled.dropped == ("Math",)


def test_a_second_link_to_a_noted_paper_gets_one_comment(published: FolderArchive) -> None:
    bare = published.folder / "again.md"
    bare.write_text(STUB.url)

    assert [(known.number, known.note) for known in published.fill().known] == [(2, 1)]
    assert bare.read_text() == f"{STUB.url}\n\n# Comment\n\n既出: #1\n"
    published.fill()
    assert bare.read_text() == f"{STUB.url}\n\n# Comment\n\n既出: #1\n"


@pytest.mark.parametrize("after", [False, True])
def test_a_kill_while_a_link_is_filled(tmp_path: Path, after: bool) -> None:
    for last in count(1):
        store = new_store(tmp_path / f"{last}.db")
        desk = FolderArchive(store, tmp_path / f"notes-{last}")
        desk.api.known = {"2605.00001": paper("2605.00001")}
        desk.folder.mkdir()
        (desk.folder / "some words about rewards.md").write_text(LINK)
        was_killed = survive(lambda: desk.fill(archive=dying(desk.notes(), last, after=after)))  # noqa: B023
        assert desk.fill().troubles == []
        (text,) = desk.files().values()
        note = parse_note_file(text.decode(), "x")
        assert (note.tags, note.comments) == (("Math",), ("some words about rewards",))
        assert note.body.count("# URL") == 1
        store.close()
        if not was_killed:
            break


# What the curator does to a file with any editor: each returns the new bytes.
EDITS: tuple[Callable[[bytes], bytes], ...] = (
    lambda raw: raw + "\n私の感想 \r\n".encode(),
    lambda raw: raw.replace(b"\n# Comment", b"\n\nin the middle\n\n# Comment", 1),
    lambda raw: raw.replace(b"\n", b"\r\n") if b"\r" not in raw else raw,
    lambda raw: raw.replace(b'tags: ["NLP"', b'tags: ["mine", "NLP"'),
    lambda raw: raw.replace(b"\nstate:", b"\nrating: 5 # mine\nstate:"),
    lambda raw: raw.replace(b"Counting by Hand", b"Counting by hand,  edited", 1),
    lambda raw: raw.replace(b"tags: [", b"tags:\n  - x\ntags2: ["),
    lambda raw: b"\xef\xbb\xbf" + raw.removeprefix(b"\xef\xbb\xbf"),
    lambda raw: raw.replace(b"---\n", b"", 1),
    lambda raw: raw.replace(b"number: 1\n", b""),
    lambda raw: b"Nothing but this.",
    lambda raw: raw,
)
CHANGES = (
    VenueChange("ACL'26", "arXiv'26"),
    VenueChange("EMNLP'26", "ACL'26"),
    MissingLabels(("New",)),
    MissingLabels(("Other", "mine")),
    LeftoverLabels(("NLP",)),
    POST,
)


@settings(deadline=None, max_examples=min(60, 2 * settings().max_examples))
@given(st.lists(st.sampled_from(EDITS) | st.sampled_from(CHANGES), min_size=1, max_size=7))
def test_no_byte_of_the_curator_ever_changes(steps: list[object]) -> None:
    """Whatever happens in whatever order, each line of the file that notebot did not write is there afterwards."""
    with TemporaryDirectory() as folder:
        desk = FolderArchive(new_store(Path(folder) / "notebot.db"), Path(folder) / "notes")
        desk.keep(STUB)
        desk.publish()
        (path,) = desk.folder.glob("*.md")
        ours = set(path.read_bytes().split(b"\n"))
        for step in steps:
            before = path.read_bytes()
            if callable(step):
                path.write_bytes(step(before))
                continue
            desk.accept(step)  # type: ignore[arg-type]
            desk.publish()
            after = path.read_bytes()
            check_curators_lines(before, after, ours)
            ours |= set(after.split(b"\n")) - set(before.split(b"\n"))
        desk.store.close()


def test_an_editor_that_saves_all_the_time_loses_nothing(published: FolderArchive) -> None:
    """Comments are added by notebot while an editor appends lines to the same file; all of them must be there."""
    path, stop = published.path(), threading.Event()
    saved: list[str] = []

    def edit() -> None:
        for number in range(200):
            # as editors save: read what is there, write a new file, and put it in its place
            draft = path.with_name(".draft")
            text = path.read_text()
            draft.write_text(f"{text}\nline {number} of the curator\n")
            if path.read_text() == text:
                draft.replace(path)
                saved.append(f"line {number} of the curator")
        stop.set()

    editor = threading.Thread(target=edit)
    editor.start()
    added, notes = 0, published.notes()
    while not stop.is_set():
        with suppress(NotebotError):
            notes.add_comment(1, f"comment {added}")
            added += 1
    editor.join()
    # an editor that reads in the instant of an exchange may save over its own text, which is kept beside the note
    text = "".join(file.read_text() for file in path.parent.iterdir() if file.is_file())
    missing = [line for line in saved if line not in text]
    assert not missing, [file.name for file in path.parent.iterdir()]


def test_the_curators_own_files_are_notes_only_if_they_look_like_notes(desk: FolderArchive) -> None:
    desk.folder.mkdir()
    files: dict[str, str | bytes] = {
        "Reading list.md": "# To read\n- [ ] https://a.test\n",
        "mine.md": "---\ntitle: Tides\ntags: [Sea]\n---\n# URL\n- https://a.test/tides\n",
        "sub/other.md": "title_line:: Waves, A+, ACL'25\n\ntext",
        ".obsidian/x.md": "# URL\n- https://a.test\n",
        "bad.md": b"\xff\xfe",
        "pic.png": b"\x89",
    }
    for name, text in files.items():
        (desk.folder / name).parent.mkdir(exist_ok=True)
        (desk.folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    (desk.folder / "link.md").symlink_to(desk.folder / "mine.md")

    reading = read_note_folder(desk.folder, desk.notes().number_of)

    assert [(note.number, note.title_line, note.tags) for note in reading.notes] == [
        (1, "Tides", ("Sea",)),
        (2, "Waves, A+, ACL'25", ()),
    ]
    assert [passage.where for passage in reading.unread] == ["bad.md"]
    assert list(read_note_folder(desk.folder, desk.notes().number_of).notes) == list(reading.notes)
    desk.keep(replace(STUB, curator=Curator()))
    assert [note.number for note in desk.publish().published] == [3]


def test_an_own_number_of_the_curator_is_respected(desk: FolderArchive) -> None:
    desk.notes().create_note(
        NoteFile("[Paper Note] A, B+, ACL'25", 41, (), date(2026, 5, 1), body="# URL\n- https://a.b")
    )
    desk.keep(STUB)

    assert [note.number for note in desk.publish().published] == [42]
