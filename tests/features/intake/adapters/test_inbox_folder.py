"""The inbox on disk: what others write meanwhile, kills between any two steps, files of all kinds."""

import os
import plistlib
import time
from pathlib import Path

import pytest

from notebot.core.model.errors import StateError
from notebot.features.intake.adapters.inbox_folder import InboxFolder
from notebot.features.intake.rules.inbox_lines import InboxItem, extract_links


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "inbox"
    made.mkdir()
    return made


def write(path: Path, text: str, age_s: float = 10.0) -> None:
    path.write_text(text, encoding="utf-8")
    then = path.stat().st_mtime - age_s
    os.utime(path, (then, then))


def texts(inbox: InboxFolder) -> list[str]:
    return [item.text for item in inbox.items()]


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_files_are_read_and_those_of_other_kinds_named(folder: Path, tmp_path: Path) -> None:
    links = tmp_path / "links"
    write(links, "zero\n")
    for name in ("b.md", "a.txt", "c.url", "D.HTML", ".hidden.txt", "e.pdf", "f.txt~", "g.part", "desktop.ini", "h"):
        write(folder / name, f"{name}\n")
    (folder / "folder.txt").mkdir()
    found = InboxFolder(folder, links).items()
    assert [(item.place, item.is_file) for item in found] == [
        (str(links), False),
        ("D.HTML", True),
        ("a.txt", False),
        ("b.md", False),
        ("c.url", True),
        ("e.pdf", True),
        ("h", True),
    ]
    assert [item.text for item in found[-2:]] == ["", ""]
    assert InboxFolder(tmp_path / "none", tmp_path / "nothing").items() == []


def test_an_added_line_is_a_whole_file_and_is_there_until_it_is_done(tmp_path: Path) -> None:
    inbox = InboxFolder(tmp_path / "new" / "inbox")
    name, is_new = inbox.add("one")
    assert (inbox.add("one"), is_new, inbox.has(name)) == ((name, False), True, True)
    assert inbox.add("two")[1]
    assert sorted(texts(inbox)) == ["one", "two"]
    inbox.remove(inbox.items())
    assert not inbox.has(name)
    assert inbox.add("one") == (name, True)
    assert texts(inbox) == ["one"]


def test_lines_that_are_done_go_and_all_else_stays(folder: Path) -> None:
    write(folder / "a.txt", "one\ntwo\n\nthree")
    inbox = InboxFolder(folder)
    inbox.remove([InboxItem("a.txt", "one"), InboxItem("a.txt", "three"), InboxItem("a.txt", "not there")])
    assert (folder / "a.txt").read_text(encoding="utf-8") == "two\n\n"
    inbox.remove([InboxItem("a.txt", "two"), InboxItem("gone.txt", "x")])
    assert visible(folder) == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lines_of_any_system_are_read_and_those_left_keep_their_form(folder: Path, end: str, encoding: str) -> None:
    (folder / "a.txt").write_bytes(f"one{end}zwei ü{end}three{end}".encode(encoding))
    os.utime(folder / "a.txt", (time.time() - 10,) * 2)
    inbox = InboxFolder(folder)
    items = inbox.items()
    assert [item.text for item in items] == ["one", "zwei ü", "three"]
    inbox.remove([items[0], items[2]])
    assert (folder / "a.txt").read_bytes().decode(encoding).strip() == "zwei ü"


def test_a_shortcut_of_any_system_is_read(folder: Path) -> None:
    for name, body in {
        "a.url": b"[x]\rURL=https://a.example\r",
        "b.url": "[x]\r\nURL=https://b.example".encode("utf-16"),
    }.items():
        (folder / name).write_bytes(body)
        os.utime(folder / name, (time.time() - 10,) * 2)
    assert [extract_links(item)[0].url for item in InboxFolder(folder).items()] == [
        "https://a.example",
        "https://b.example",
    ]


def test_a_pipe_is_named_and_keeps_nobody_waiting(folder: Path) -> None:
    os.mkfifo(folder / "a.txt")
    write(folder / "b.txt", "one\n")
    items = InboxFolder(folder).items()
    assert [(item.place, item.text) for item in items] == [("a.txt", ""), ("b.txt", "one")]
    assert "not a regular file" in items[0].trouble


def test_a_link_to_another_file_of_the_inbox_stays_a_link_and_new_lines_come_through_it(folder: Path) -> None:
    real = folder / "synced" / "phone.dat"
    real.parent.mkdir()
    write(real, "one\ntwo\n")
    (folder / "phone.txt").symlink_to(real)
    inbox = InboxFolder(folder)
    inbox.remove(inbox.items()[:1])
    assert (texts(inbox), (folder / "phone.txt").is_symlink()) == (["two"], True)
    inbox.remove(inbox.items())
    write(real, real.read_text(encoding="utf-8") + "three\n")
    assert (texts(inbox), (folder / "phone.txt").is_symlink()) == (["three"], True)


def test_a_link_out_of_the_inbox_is_named_and_its_target_left_alone(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    write(secret, "https://a.example\n")
    (folder / "phone.txt").symlink_to(secret)
    inbox = InboxFolder(folder)
    (item,) = inbox.items()
    assert (item.place, item.text) == ("phone.txt", "")
    assert "outside the inbox" in item.trouble
    inbox.remove([item, InboxItem("phone.txt", "https://a.example")])
    assert secret.read_text(encoding="utf-8") == "https://a.example\n"


def test_the_file_of_links_stays_when_it_is_empty(tmp_path: Path) -> None:
    links = tmp_path / "links.txt"
    write(links, "one\n")
    inbox = InboxFolder(tmp_path / "inbox", links)
    inbox.remove(inbox.items())
    assert links.read_bytes() == b""


def test_a_line_that_is_appended_meanwhile_stays(folder: Path) -> None:
    write(folder / "a.txt", "one\n")
    inbox = InboxFolder(folder)
    done = inbox.items()
    with (folder / "a.txt").open("a", encoding="utf-8") as file:
        file.write("late\n")
    inbox.remove(done)
    assert texts(inbox) == ["late"]


def test_lines_written_to_a_file_that_was_open_while_renamed_come_back(folder: Path) -> None:
    write(folder / "a.txt", "one\ntwo\n")
    inbox = InboxFolder(folder)
    with (folder / "a.txt").open("a", encoding="utf-8") as file:
        inbox.remove([InboxItem("a.txt", "one")])
        file.write("late\n")
        file.flush()
        assert texts(inbox) == ["two", "late"]
        file.write("later\n")
    assert texts(inbox) == ["two", "late", "later"]
    assert texts(inbox) == ["two", "late", "later"]


@pytest.mark.parametrize("meanwhile", [None, "two\nnew", "new\n"])
def test_a_kill_after_the_file_was_taken_loses_nothing(folder: Path, meanwhile: str | None) -> None:
    write(folder / ".notebot-taken-a.txt", "one\ntwo\n")
    if meanwhile is not None:
        write(folder / "a.txt", meanwhile)
    inbox = InboxFolder(folder)
    expected = {None: ["one", "two"], "two\nnew": ["two", "new", "one"], "new\n": ["new", "one", "two"]}[meanwhile]
    for _ in range(2):
        assert (folder / "a.txt").exists() if _ else True
        found = texts(inbox)
        os.utime(folder / "a.txt", (1, 1))
        assert found == expected
    assert visible(folder) == ["a.txt"]


def test_old_copies_go_after_a_while_and_strange_hidden_files_stay(folder: Path) -> None:
    write(folder / "a.txt", "one\n")
    write(folder / ".notebot-taken-x.pdf~", "strange")
    write(folder / ".notebot-other", "strange")
    inbox = InboxFolder(folder)
    inbox.remove(inbox.items())
    (spent,) = folder.glob(".notebot-spent-*")
    inbox.items()
    assert spent.exists()


def test_a_line_that_is_being_written_waits(folder: Path) -> None:
    write(folder / "a.txt", "one\nhttps://x.com/a/stat", age_s=0)
    write(folder / "b.url", "URL=https://x.com/a/stat", age_s=0)
    inbox = InboxFolder(folder)
    assert texts(inbox) == ["one"]
    for name in ("a.txt", "b.url"):
        os.utime(folder / name, (1, 1))
    assert texts(inbox) == ["one", "https://x.com/a/stat", "URL=https://x.com/a/stat"]


def test_a_whole_file_is_removed_unless_it_has_changed(folder: Path) -> None:
    write(folder / "a.url", "URL=https://a.example/\n")
    write(folder / "b.html", '<a href="https://a.example/">')
    inbox = InboxFolder(folder)
    done = inbox.items()
    write(folder / "b.html", '<a href="https://b.example/">')
    inbox.remove(done)
    assert visible(folder) == ["b.html"]


def test_an_unreadable_file_is_reported_and_does_not_stop_the_others(folder: Path) -> None:
    write(folder / "good.txt", "one\n")
    (folder / "loop.txt").symlink_to("loop.txt")
    (folder / os.fsdecode(b"\xff\xfe.txt")).write_text("two\n", encoding="utf-8")
    found = {item.place: item.trouble for item in InboxFolder(folder).items()}
    assert found["good.txt"] == ""
    assert "symbolic links" in found["loop.txt"]
    assert found["\ufffd\ufffd.txt"] == "Its name is not UTF-8; rename it."


def test_a_file_with_the_longest_possible_name_is_removed(folder: Path) -> None:
    name = f"{'あ' * 83}.url"  # 253 bytes
    write(folder / name, "URL=https://a.example/\n")
    inbox = InboxFolder(folder)
    inbox.remove(inbox.items())
    assert (visible(folder), inbox.items()) == ([], [])


@pytest.mark.parametrize("form", [plistlib.FMT_BINARY, plistlib.FMT_XML])
def test_a_property_list_is_read_whole_or_not_at_all(folder: Path, form: plistlib.PlistFormat) -> None:
    link = "https://a.example/?a&b=" + "x" * 200
    body = plistlib.dumps({"URL": link, "title": "A title that is long enough"}, fmt=form)
    inbox = InboxFolder(folder)
    for end in (len(body) // 2, len(body) - 9):
        (folder / "a.webloc").write_bytes(body[:end])
        os.utime(folder / "a.webloc", (1, 1))
        (item,) = inbox.items()
        assert extract_links(item) == ()
        inbox.remove([item])
        assert (folder / "a.webloc").read_bytes() == body[:end]
    (folder / "a.webloc").write_bytes(body)
    os.utime(folder / "a.webloc", (1, 1))
    (item,) = inbox.items()
    assert [lead.url for lead in extract_links(item)] == [link]
    inbox.remove([item])
    assert visible(folder) == []


def test_a_file_that_is_too_large_is_reported_and_stays(folder: Path) -> None:
    write(folder / "a.txt", "x" * 5_000_001)
    (item,) = InboxFolder(folder).items()
    assert (item.is_file, item.text) == (True, "")
    InboxFolder(folder).remove([item])
    assert visible(folder) == ["a.txt"]


def test_an_unusable_inbox_is_a_state_error(folder: Path) -> None:
    write(folder / "a.txt", "one\n")
    (folder / ".notebot-taken-a.txt").mkdir()
    with pytest.raises(StateError, match="nothing in it is lost"):
        InboxFolder(folder).remove([InboxItem("a.txt", "one")])
    assert (folder / "a.txt").exists()
