"""`notebot audit` to the end: told, offered once in a digest, ticked, taken."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest

from fakes import FakeClock, FakeFiles
from notebot.core.model.changes import TitleChanged
from notebot.core.model.decision import SeenFile
from notebot.core.model.note import Note
from notebot.core.model.offer import NOTE_UPDATES, Update
from notebot.core.model.read_file import DigestFile, FileVersion
from notebot.core.model.reasons import NewVersion
from notebot.core.note_format.stub_title import NoteStyle
from notebot.features.archive.audit_archive import audit
from notebot.features.digests.adapters.jinja import JinjaRenderer
from notebot.features.digests.collect import Collector
from notebot.features.digests.write_digest import DigestReport, DigestStyle, DigestWriter
from notebot.store.store import DatabaseStore

CLOCK = FakeClock()
HIDDEN = ("action_wanted",)


def keep(store: DatabaseStore, number: int | None, rest: str, *tags: str) -> None:
    note = Note(
        f"[Paper Note] Title {number}, {rest}", number, date(2026, 1, 1), tags, arxiv_id=f"2601.{number or 0:05}"
    )
    with store.transaction():
        store.notes.save(None, note, {"notes": note})


def write(store: DatabaseStore, files: FakeFiles, language: str = "en") -> DigestReport:
    style = DigestStyle(timezone=ZoneInfo("Asia/Tokyo"), topics=(), categories=(), full=20)
    renderer = JinjaRenderer(NoteStyle(), language, ())
    writer = DigestWriter(store=store, files=files, renderer=renderer, style=style, clock=CLOCK, lock=nullcontext)
    return writer.write()


def drawn(text: str) -> list[str]:
    return [line for line in text.splitlines() if "<!-- nb up " in line]


@dataclass
class Completed:
    """A digest as the curator left it."""

    text: str

    def read(self, name: str) -> DigestFile | None:
        return DigestFile(self.text, FileVersion(1, len(self.text)), sha256(self.text.encode()).hexdigest())

    def seen(self, name: str) -> SeenFile:
        return SeenFile("", 0)

    def version(self, name: str) -> FileVersion | None:
        return FileVersion(1, len(self.text))


def test_the_digest_offers_each_finding_as_a_tick(store: DatabaseStore) -> None:
    keep(store, 316, "Ada Byron+, ACL'25", "ACL")
    keep(store, 2158, "Ada Byron+, arXiv'25", "ACL", "action_wanted")
    files = FakeFiles()
    audit(store, CLOCK, HIDDEN, ())
    report = write(store, files)
    assert drawn(files.texts["2026-05-12.md"]) == [
        "- [ ] #2158 Title 2158: venue of the title line → `ACL` — The labels say ACL, the title line says arXiv'25."
        " <!-- nb up 2158 venue -->",
        "- [ ] #2158 Title 2158: remove the label `action_wanted` — The note looks complete,"
        " and still has action_wanted. <!-- nb up 2158 leftover -->",
    ]
    assert [(update["key"], update["field"]) for update in report.updates] == [
        ("note:2158", "venue"),
        ("note:2158", "leftover"),
    ]


def test_a_second_audit_reports_the_same_and_makes_no_new_offer(store: DatabaseStore) -> None:
    keep(store, 1, "Ada Byron+, arXiv'25", "action_wanted")
    files = FakeFiles()
    first = audit(store, CLOCK, HIDDEN, ())
    assert audit(store, CLOCK, HIDDEN, ()) == first
    assert len(write(store, files).updates) == 1
    assert audit(store, CLOCK, HIDDEN, ()) == first
    assert write(store, files).path is None


def test_a_note_without_number_is_reported_and_not_offered(store: DatabaseStore) -> None:
    keep(store, None, "Ada Byron+, arXiv'25", "action_wanted")
    assert [one.number for one in audit(store, CLOCK, HIDDEN, ())] == [None]
    assert store.digests.open_updates() == []


def test_a_digest_offers_a_limited_number_and_the_next_digest_the_rest(store: DatabaseStore) -> None:
    for number in range(1, NOTE_UPDATES + 4):
        keep(store, number, "Ada Byron+, arXiv'25", "action_wanted")
    files = FakeFiles()
    audit(store, CLOCK, HIDDEN, ())
    shown = [[update["key"] for update in write(store, files).updates] for _ in range(3)]
    assert [len(keys) for keys in shown] == [NOTE_UPDATES, 3, 0]
    assert [*shown[0], *shown[1]] == [f"note:{number}" for number in range(1, NOTE_UPDATES + 4)]


def test_updates_of_stubs_are_drawn_or_dropped_as_ever(store: DatabaseStore) -> None:
    keep(store, 1, "Ada Byron+, arXiv'25", "action_wanted")
    audit(store, CLOCK, HIDDEN, ())
    with store.transaction():
        store.digests.add_update(Update(0, "arxiv:2605.00001", TitleChanged("New"), NewVersion(2), "Gone"), CLOCK())
    files = FakeFiles()
    write(store, files)
    assert len(drawn(files.texts["2026-05-12.md"])) == 1


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_kind_is_drawn_harmless_and_its_tick_is_taken(store: DatabaseStore, language: str) -> None:
    keep(store, 1, "Ada Byron+, ACL'25", "ACL")
    keep(store, 2, "Ada Byron+, arXiv'25", "ACL", "{{7*7}}")
    keep(store, 3, "{{7*7}} <b>+, ACL'26", "NLP")
    keep(store, 4, "Ada Byron+, arXiv'25", "action_wanted")
    again = Note("Again", 5, date(2026, 1, 2), (), arxiv_id="2601.00004")
    with store.transaction():
        store.notes.save(None, again, {"notes": again})
    files = FakeFiles()
    audit(store, CLOCK, HIDDEN, ())
    write(store, files, language)
    text = files.texts["2026-05-12.md"]
    assert not any(acting in text for acting in ("{{", "<b>"))
    ticked = text.replace("- [ ] #", "- [x] #")
    collector = Collector(store=store, files=Completed(ticked), style=NoteStyle(), clock=CLOCK, known_tags=())
    (report,) = collector.collect(["2026-05-12.md"])
    assert report.accepted == ["2 venue", "3 label", "5 twice", "4 leftover"]
    assert report.unreadable == []
    assert collector.collect(["2026-05-12.md"])[0].accepted == []
