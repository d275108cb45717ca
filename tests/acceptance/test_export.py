"""``notebot export``: what goes out can be read by others, and comes in again."""

import json
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import pytest
import rispy
from citeproc.source.json import CiteProcJSON

from acceptance.command import Desk

pytestmark = pytest.mark.slow

ISSUES = [
    {
        "number": 7,
        "title": "[Paper Note] Counting & <Co>, Ada Example+, ACL'26 Findings, 2026.05",
        "body": "# URL\n- https://arxiv.org/abs/2605.00001\n# Authors\n  - Ada Example\n  - Ben Sample\n"
        "# Summary (by model-b)\n- 数える &lt;b>。",
        "labels": [{"name": "NLP"}, {"name": "Test-Time Scaling"}],
        "createdAt": "2026-05-12T00:00:00Z",
        "comments": [{"body": "元ポスト:\nhttps://x.com/ada/status/1"}, {"body": "良い。\n\n- #3"}],
        "url": "https://github.com/curator/notes/issues/7",
        "state": "OPEN",
    },
    {
        "number": 3,
        "title": "A Page, Some Company, 2026.02",
        "body": "https://blog.example/a",
        "labels": [],
        "createdAt": "2026-02-01T00:00:00Z",
        "comments": [],
        "url": "https://github.com/curator/notes/issues/3",
        "state": "CLOSED",
    },
]
KEPT = "2605.90101"


@pytest.fixture
def archive(polled: Desk) -> Desk:
    """Two notes, one digest and a kept stub."""
    polled.sections["archive"] = {"repo": "curator/notes"}
    path = polled.folder / "issues.json"
    path.write_text(json.dumps(ISSUES), encoding="utf-8")
    polled.ok("import", "gh", str(path))
    polled.ok("digest")
    polled.ok("queue", "keep", KEPT)
    return polled


def export(desk: Desk, form: str) -> str:
    return desk.ok("export", "--form", form).out


def test_gh_is_what_import_reads(archive: Desk, tmp_path: Path) -> None:
    told = export(archive, "gh")
    assert json.loads(told) == ISSUES
    path = tmp_path / "again.json"
    path.write_text(told, encoding="utf-8")
    assert "0 new, 0 changed, 2 unchanged" in archive.ok("import", "gh", str(path)).out


def test_json_has_notes_and_kept_stubs(archive: Desk) -> None:
    told = json.loads(export(archive, "json"))
    assert [(note["number"], note["arxiv_id"]) for note in told] == [(None, KEPT), (7, "2605.00001"), (3, None)]


def test_bibtex_has_the_venue_and_the_authors(archive: Desk) -> None:
    told = export(archive, "bibtex")
    assert "@inproceedings{example2026counting," in told
    assert "  author = {Ada Example and Ben Sample}," in told
    assert "  booktitle = {ACL}," in told
    assert r"title = {{Counting \& <Co>}}" in told
    assert f"eprint = {{{KEPT}}}" in told
    assert told.count("\n@") == 2


def test_markdown_is_the_default_and_keeps_the_curator_s_words(archive: Desk) -> None:
    told = archive.ok("export").out
    assert told == export(archive, "md")
    assert (
        "### [Paper Note] Counting &amp; &lt;Co>, Ada Example+, ACL'26 Findings, 2026.05  \n"
        "#NLP #Test-Time Scaling  \n#7 · Issue Date: 2026-05-12  \nhttps://arxiv.org/abs/2605.00001\n\n"
        "**Summary** 数える &lt;b>。\n\n元ポスト:\nhttps://x.com/ada/status/1\n\n良い。\n\n- #3\n"
    ) in told
    assert f"https://arxiv.org/abs/{KEPT}" in told


def test_the_feed_is_atom_and_stays_the_same(archive: Desk) -> None:
    told = export(archive, "atom")
    assert told == export(archive, "atom")
    feed = feedparser.parse(told.encode())
    assert (feed.bozo, feed.version, feed.feed.title) == (False, "atom10", "notebot: curator/notes")
    titles = [entry.title for entry in feed.entries]
    assert titles[-1] == "A Page, Some Company, 2026.02"
    assert "2026-05-12" in titles
    note = next(entry for entry in feed.entries if "Counting" in entry.title)
    assert note.link == "https://github.com/curator/notes/issues/7"
    assert note.content[0].value.startswith("数える <b>。")
    assert len({entry.id for entry in feed.entries}) == len(feed.entries) == 4
    assert all(child.tag.startswith("{http://www.w3.org/2005/Atom}") for child in ElementTree.fromstring(told))


def test_an_empty_archive_is_exported_too(desk: Desk) -> None:
    assert [export(desk, form) for form in ("md", "bibtex", "gh")] == ["", "", "[]\n"]
    assert desk.ok("export").err == "There is no note and no kept paper yet.\n"
    assert export(desk, "json").strip() == "[]"
    assert feedparser.parse(export(desk, "atom").encode()).entries == []


def test_a_form_that_does_not_exist_is_wrong_use(desk: Desk) -> None:
    assert desk.run("export", "--form", "docx").code == 2


def test_reference_managers_read_the_archive(archive: Desk) -> None:
    titles = [entry["title"] for entry in rispy.loads(archive.ok("export", "--form", "ris").out)]
    items = archive.ok("export", "--form", "csl").json
    assert titles == [item["title"] for item in items]
    assert "Counting & <Co>" in titles
    assert len(CiteProcJSON(items)) == 3
