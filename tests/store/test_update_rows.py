"""Updates as rows: every kind, those of earlier versions, and never the same one twice."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fresh_store import new_store
from notebot.core.model.changes import (
    AnotherPost,
    Change,
    LeftoverLabels,
    MetadataArrived,
    MissingLabels,
    PaperWithdrawn,
    SecondNote,
    TitleChanged,
    TitleLineOffer,
    VenueChange,
    field_and_value,
)
from notebot.core.model.errors import StateError
from notebot.core.model.offer import Update
from notebot.core.model.reasons import (
    AcceptedPaperList,
    LabelsNameVenue,
    LooksComplete,
    NewPost,
    NewVersion,
    Reason,
    SameLink,
    TitleNamesVenue,
    VenueEvidence,
)
from notebot.core.note_format.phrases import EN, JA
from notebot.core.note_format.update_wording import word_change, word_reason
from notebot.store.sqlite import SqliteStore

NOW = datetime(2026, 5, 12, tzinfo=UTC)
POST = "https://x.com/ada/status/7"

KINDS: list[tuple[Change, str, str]] = [
    (MetadataArrived(), "metadata", ""),
    (TitleChanged("A, B → C"), "title", "A, B → C"),
    (PaperWithdrawn(), "withdrawn", ""),
    (TitleLineOffer("[Paper Note] T, A+, ACL'26"), "title_line", "[Paper Note] T, A+, ACL'26"),
    (VenueChange("ACL Findings"), "venue", "ACL Findings"),
    (VenueChange("ACL'26 Findings", "arXiv'25"), "venue", "arXiv'25 → ACL'26 Findings"),
    (MissingLabels(("ACL", "Findings")), "label", "ACL, Findings"),
    (LeftoverLabels(("Pocket",)), "leftover", "Pocket"),
    (SecondNote(7), "twice", "7"),
    (AnotherPost(POST), "post", POST),
    (AnotherPost(POST, "解説ポスト:", "7"), "post 7", f"解説ポスト: {POST}"),
]
REASONS: list[tuple[Reason, str, str]] = [
    (NewPost(), "a new post on a paper that you have", "ノートかキューにある論文への新しい投稿"),
    (NewVersion(2), "v2", "v2"),
    (VenueEvidence("comment", "At {0} ACL"), "comment “At {0} ACL”", "備考「At {0} ACL」"),
    (VenueEvidence("default", "x"), "comment “x”", "備考「x」"),
    (
        AcceptedPaperList("a.bib"),
        "accepted list a.bib (same title and first author)",
        "採択リスト a.bib (題名と第一著者が一致)",
    ),
    (LabelsNameVenue("ACL", ""), "The labels say ACL, the title line names no venue.",
     "ラベルは ACL、題名行に会議がありません。"),
    (TitleNamesVenue("ACL'26", "ICLR"), "The title line says ACL'26, the labels say ICLR.",
     "題名行は ACL'26、ラベルは ICLR です。"),
    (SameLink(5, "arXiv:2601.1"), "Note #5 has the same link, arXiv:2601.1.", "#5 と同じリンクです (arXiv:2601.1)。"),
    (LooksComplete("Pocket"), "The note looks complete, and still has Pocket.",
     "完成しているようですが Pocket が残っています。"),
]  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = new_store(tmp_path / "notebot.db")
    yield opened
    opened.close()


def add_row_of_earlier_version(path: Path, field: str, value: str, why: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO updates (key, field, value, why, title, created_at) VALUES ('note:1', ?, ?, ?, 'T', '')",
            (field, value, why),
        )


@pytest.mark.parametrize(("change", "field", "value"), KINDS)
def test_every_kind_is_stored_and_shown(store: SqliteStore, change: Change, field: str, value: str) -> None:
    assert field_and_value(change) == (field, value)
    for reason, *_ in REASONS:
        store.digests.add_update(Update(0, "note:1", change, reason, "T"), NOW)
    updates = store.digests.open_updates()
    assert [(update.change, update.why) for update in updates] == [(change, reason) for reason, *_ in REASONS]
    for words in (EN, JA):
        assert word_change(change, words, str, "the line")


@pytest.mark.parametrize(("reason", "english", "japanese"), REASONS)
def test_every_reason_is_worded_in_both_languages(reason: Reason, english: str, japanese: str) -> None:
    assert (word_reason(reason, EN), word_reason(reason, JA)) == (english, japanese)


@pytest.mark.parametrize(("change", "words", "shown"), [
    (VenueChange("ACL'26 Findings", "arXiv'25"), JA, "`arXiv'25` → `ACL'26 Findings`, ラベル `ACL, Findings`"),
    (VenueChange("ICLR'26 Oral", "arXiv'25"), EN, "`arXiv'25` → `ICLR'26 Oral`, label `ICLR`"),
    (VenueChange("ACL+Findings"), EN, "venue of the title line → `ACL+Findings`"),
    (MetadataArrived(), EN, "metadata has arrived → `the line`"),
])  # fmt: skip
def test_a_digest_shows_both_venues_and_the_labels(change: Change, words: object, shown: str) -> None:
    assert word_change(change, words, str, "the line") == shown  # type: ignore[arg-type]


@pytest.mark.parametrize(("change", "field", "value"), KINDS)
def test_rows_of_earlier_versions_are_still_read(
    store: SqliteStore, tmp_path: Path, change: Change, field: str, value: str
) -> None:
    add_row_of_earlier_version(tmp_path / "notebot.db", field, value, '{"kind":"version"}')
    (update,) = store.digests.open_updates()
    assert (update.change, update.why, update.title) == (change, '{"kind":"version"}', "T")
    assert store.digests.accept("note:1", field) is None  # no digest has shown it


@pytest.mark.parametrize("language", [0, 1])
@pytest.mark.parametrize(("reason", "english", "japanese"), REASONS)
def test_an_offer_of_an_earlier_version_is_not_made_again(
    store: SqliteStore, tmp_path: Path, reason: Reason, english: str, japanese: str, language: int
) -> None:
    add_row_of_earlier_version(tmp_path / "notebot.db", "leftover", "Pocket", (english, japanese)[language])
    store.digests.add_update(Update(0, "note:1", LeftoverLabels(("Pocket",)), reason, "T"), NOW)
    assert len(store.digests.open_updates()) == 1


def test_a_row_that_no_version_wrote_is_an_error_that_names_it(store: SqliteStore, tmp_path: Path) -> None:
    add_row_of_earlier_version(tmp_path / "notebot.db", "colour", "red", "")
    with pytest.raises(StateError, match="unknown kind: 'colour' 'red'"):
        store.digests.open_updates()
