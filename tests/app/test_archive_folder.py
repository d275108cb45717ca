"""The daemon reads a folder of notes again once a file has changed, and only then."""

from __future__ import annotations

from pathlib import Path

from notebot.app import archive
from notebot.app.resources import Resources
from notebot.config import load_config
from notebot.core.model.note import Note
from notebot.features.archive.import_notes import Importer


def test_a_folder_is_read_again_only_after_a_change(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[notebot]\ncontact = "a@example.org"\n[archive]\nfolder = "notes"\n')
    resources = Resources(load_config(tmp_path / "config.toml", need_topics=False))
    assert archive.import_changed_folder(resources) is None
    note = tmp_path / "notes" / "sub" / "a.md"
    note.parent.mkdir(parents=True)
    note.write_text("# URL\n- https://a.test\n")

    first = archive.import_changed_folder(resources)
    assert first is not None
    assert (first.read, first.new) == (1, 1)
    assert archive.import_changed_folder(resources) is None

    note.write_text("# URL\n- https://a.test\n\n# Comment\n\nmine\n")
    second = archive.import_changed_folder(resources)
    assert second is not None
    assert (second.read, second.changed) == (1, 1)
    found = resources.store.notes.with_number(1)
    assert found is not None
    assert found.comments == ("mine",)
    # a note that was deleted stays known, as one that was deleted on GitHub does
    note.unlink()
    assert archive.import_changed_folder(resources) is not None
    assert resources.store.notes.count() == 1
    resources.close()


def test_a_folder_that_is_not_the_archive_changes_no_note_of_it(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[notebot]\ncontact = "a@example.org"\n[archive]\nrepo = "curator/notes"\n')
    resources = Resources(load_config(tmp_path / "config.toml", need_topics=False))
    on_github = Note("On GitHub, A+, ACL'25", 1, urls=("https://a.test",), body="# URL\n- https://a.test", state="open")
    Importer(resources.store, resources.clock, "github", "curator/notes", lambda *_: None).take([on_github])
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_text("---\nnumber: 1\ntitle_line: Mine\n---\n# URL\n- https://b.test\n")

    archive.import_folder(resources, tmp_path / "notes", lambda *_: None)
    assert resources.store.notes.with_number(1) == on_github
    resources.close()

    # the archive has moved into the folder
    (tmp_path / "config.toml").write_text('[notebot]\ncontact = "a@example.org"\n[archive]\nfolder = "notes"\n')
    resources = Resources(load_config(tmp_path / "config.toml", need_topics=False))
    archive.import_folder(resources, tmp_path / "notes", lambda *_: None)
    note = resources.store.notes.with_number(1)
    assert note is not None
    assert note.title_line == "Mine"
    resources.close()
