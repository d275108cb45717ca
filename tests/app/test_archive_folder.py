"""The daemon reads a folder of notes again once a file has changed, and only then."""

from __future__ import annotations

from pathlib import Path

from notebot.app import archive
from notebot.app.resources import Resources
from notebot.config import load_config


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
