"""The folder of the tag pages: replaced whole, and nothing outside it."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from notebot.core.model.errors import StateError
from notebot.features.archive.adapters.page_folder import PageFolder

REWRITER = """
import sys
from pathlib import Path
from notebot.features.archive.adapters.page_folder import PageFolder
folder, turn = PageFolder(Path(sys.argv[1])), 0
while True:
    turn += 1
    folder.write("text/NLP.txt", [str(turn % 10).encode() * 1_000] * 300)
    if turn == 3:
        print("going", flush=True)
"""


def test_a_page_is_written_replaced_and_removed(tmp_path: Path) -> None:
    folder = PageFolder(tmp_path / "pages")
    assert not folder.exists("text/数学.txt")
    for text in ("一\r\n二", "三"):
        folder.write("text/数学.txt", [text[:1].encode(), text[1:].encode()])
        assert (tmp_path / "pages/text/数学.txt").read_bytes() == text.encode()
    assert folder.exists("text/数学.txt")
    assert [path.name for path in (tmp_path / "pages/text").iterdir()] == ["数学.txt"]
    for _ in range(2):
        folder.remove("text/数学.txt")
    assert not folder.exists("text/数学.txt")


@pytest.mark.parametrize("name", ["", "..", "../x", "text/../../x", "/etc/x", "text/x\0", "away/x"])
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/away").symlink_to(tmp_path)
    (tmp_path / "x").write_text("another's")
    folder = PageFolder(tmp_path / "pages")
    for work in (lambda: folder.exists(name), lambda: folder.write(name, [b"y"]), lambda: folder.remove(name)):
        with pytest.raises(StateError, match="a folder of its own"):
            work()
    assert (tmp_path / "x").read_text() == "another's"


def test_a_page_that_is_a_link_is_replaced_and_what_it_leads_to_is_not(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("another's")
    (tmp_path / "pages/text").mkdir(parents=True)
    (tmp_path / "pages/text/NLP.txt").symlink_to(tmp_path / "x")
    PageFolder(tmp_path / "pages").write("text/NLP.txt", [b"new"])
    assert ((tmp_path / "x").read_text(), (tmp_path / "pages/text/NLP.txt").read_text()) == ("another's", "new")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("a file")
    (tmp_path / "xml/NLP.xml").mkdir(parents=True)
    folder = PageFolder(tmp_path)
    for name in ("text/NLP.txt", "xml/NLP.xml"):
        with pytest.raises(StateError, match="cannot be written"):
            folder.write(name, [b"x"])
    with pytest.raises(StateError, match="cannot be removed"):
        folder.remove("xml/NLP.xml")
    assert [path.name for path in (tmp_path / "xml").iterdir()] == ["NLP.xml"]


def test_a_page_whose_chunks_fail_is_not_replaced(tmp_path: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"half"
        raise StateError("damaged")

    folder = PageFolder(tmp_path)
    folder.write("text/NLP.txt", [b"whole"])
    with pytest.raises(StateError, match="damaged"):
        folder.write("text/NLP.txt", chunks())
    assert [(path.name, path.read_text()) for path in (tmp_path / "text").iterdir()] == [("NLP.txt", "whole")]


def test_a_spool_returns_each_entry_and_leaves_no_file(tmp_path: Path) -> None:
    spool = PageFolder(tmp_path / "pages").open_spool()
    entries = [b"x" * size for size in (3, 0, 600_000, 5)]
    offsets = [spool.append(entry) for entry in entries]
    assert [spool.read(offset, len(entry)) for offset, entry in zip(offsets, entries, strict=True)] == entries
    late = spool.append(b"late")
    assert spool.read(late, 4) == b"late"
    assert list((tmp_path / "pages").iterdir()) == []
    spool.close()


def test_a_spool_needs_a_folder_that_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "pages").write_text("a file")
    with pytest.raises(StateError, match="cannot be written"):
        PageFolder(tmp_path / "pages").open_spool()


def test_a_kill_at_any_moment_leaves_a_whole_page(tmp_path: Path) -> None:
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", REWRITER, str(tmp_path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            writer.send_signal(signal.SIGKILL)
        text = (tmp_path / "text/NLP.txt").read_text()
        assert (len(text), len(set(text))) == (300_000, 1)
