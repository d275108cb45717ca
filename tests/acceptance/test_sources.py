"""`notebot sources`: feeds of a feed reader become sources, and nothing of the curator's config is lost."""

import tomllib
from pathlib import Path

import pytest

from acceptance.command import clean_environment, run_here

CONFIG = """# my notes on this config
[notebot]
contact = "ada@example.org"  # private

[[sources]]
name = "Blog"
kind = "feed"
url = "https://blog.example/feed"

[[topics]]
name = "Maths"   # the best
categories = ["cs.CL"]
# end"""
LIST = """<opml version="2.0"><body><outline text="Blog" xmlUrl="https://blog.example/feed/"/>
<outline text="New 'one' &quot;x&quot;" xmlUrl="https://new.example/rss"/></body></opml>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "feeds.opml").write_text(LIST, encoding="utf-8")
    return tmp_path


def notebot(folder: Path, *words: str) -> tuple[int, str, str]:
    done = run_here(*words, cwd=folder, env=clean_environment(folder))
    return done.code, done.out, done.err


def test_without_append_the_tables_are_printed_and_the_config_stays(folder: Path) -> None:
    code, out, err = notebot(folder, "sources", "import", "feeds.opml", "--topic", "Maths")
    assert code == 0
    assert tomllib.loads(out)["sources"] == [
        {"name": "New 'one' \"x\"", "kind": "feed", "url": "https://new.example/rss", "topics": ["Maths"]}
    ]
    assert "Blog (https://blog.example/feed/) is left out: it is watched already" in err
    assert (folder / "config.toml").read_text(encoding="utf-8") == CONFIG


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_append_changes_nothing_that_was_there(folder: Path, line_end: str) -> None:
    before = CONFIG.replace("\n", line_end).encode()
    (folder / "config.toml").write_bytes(before)
    (folder / "config.toml").chmod(0o640)
    assert notebot(folder, "sources", "import", "feeds.opml", "--append", "--take-all")[0] == 0
    after = (folder / "config.toml").read_bytes()
    assert after.startswith(before)
    assert after.count(b"\r") == (after.count(b"\n") if line_end == "\r\n" else 0)
    assert (folder / "config.toml").stat().st_mode & 0o777 == 0o640
    assert notebot(folder, "check")[0] == 0
    # a second time there is nothing new
    code, _, err = notebot(folder, "sources", "import", "feeds.opml", "--append")
    assert (code, "The list has no new feed." in err) == (0, True)
    assert (folder / "config.toml").read_bytes() == after
    assert sorted(path.name for path in folder.iterdir()) == ["config.toml", "feeds.opml"]


def test_what_is_exported_is_known_when_it_comes_back(folder: Path) -> None:
    code, out, _ = notebot(folder, "sources", "export")
    assert code == 0
    (folder / "feeds.opml").write_text(out, encoding="utf-8")
    assert "no new feed" in notebot(folder, "sources", "import", "feeds.opml")[2]


def test_wrong_use_is_one_sentence(folder: Path) -> None:
    (folder / "bomb.opml").write_text('<!DOCTYPE o [<!ENTITY a "a">]><opml/>')
    for words, says in [
        (("missing.opml",), "missing.opml cannot be read: No such file or directory."),
        (("bomb.opml",), "declares a document type"),
        (("feeds.opml", "--topic", "Birds"), "There is no topic 'Birds'"),
        (("feeds.opml", "--topic", "Maths", "--take-all"), "cannot be combined"),
    ]:
        code, out, err = notebot(folder, "sources", "import", *words)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert says in err


def test_a_config_that_cannot_be_appended_to_is_left_as_it_is(folder: Path) -> None:
    inline = """sources = [{name = "A", kind = "feed", url = "https://a.example"}]
[[topics]]
name = "Maths"
categories = ["cs.CL"]
"""
    (folder / "config.toml").write_text(inline, encoding="utf-8")
    code, _, err = notebot(folder, "sources", "import", "feeds.opml", "--append")
    assert (code, "cannot be appended to" in err) == (2, True)
    assert (folder / "config.toml").read_text(encoding="utf-8") == inline
