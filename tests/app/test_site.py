"""What a site is built from, while other processes keep and publish papers."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from notebot.app import site
from notebot.app.resources import Resources
from notebot.config import load_config
from servers.folder_archive import STUB


def test_a_kept_paper_has_the_same_key_in_every_reading_of_a_build(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[notebot]\ncontact = "a@example.org"\n')
    resources = Resources(load_config(tmp_path / "config.toml", need_topics=False))
    stubs = [
        replace(STUB, key=f"arxiv:2605.0000{place}", arxiv_id=f"2605.0000{place}", title=f"Title {place}")
        for place in range(4)
    ]
    places: dict[str, int] = {}
    with resources.store.transaction():
        for stub in stubs[:3]:
            resources.store.stubs.save(stub, resources.clock())
    before = {note.arxiv_id: key for key, note, _ in site.read_notes(resources, places)}

    # meanwhile one is published, and another one is kept
    with resources.store.transaction():
        resources.store.stubs.save(replace(stubs[1], note_number=7), resources.clock())
        resources.store.stubs.save(stubs[3], resources.clock())
    after = {note.arxiv_id: key for key, note, _ in site.read_notes(resources, places)}

    assert after.keys() == {"2605.00000", "2605.00002", "2605.00003"}
    assert {paper: key for paper, key in after.items() if paper in before} == {
        paper: key for paper, key in before.items() if paper != "2605.00001"
    }
    assert after["2605.00003"] not in before.values()
    resources.close()
