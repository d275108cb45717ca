"""Learning from decisions: what counts as an example, when it is learned again, and how the queue follows."""

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from fakes import DAY, NIGHT, FakeClock, entry
from fresh_store import new_store
from notebot.core.model.decision import COMMAND, Decision
from notebot.core.model.note import Note
from notebot.core.model.stub import InterestKind, Stub, StubStatus
from notebot.features.suggestions.interest import OFF, fingerprint_of, learn_from_store, refresh_interest
from notebot.store.sqlite import SqliteStore

ROBOTS = "robot arm gripper manipulation grasping trajectory controller tactile sensor joint".split()  # noqa: SIM905
SPEECH = "speech audio phoneme acoustic speaker voice recording waveform prosody listener".split()  # noqa: SIM905


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = new_store(tmp_path / "notebot.db")
    rng = random.Random(3)
    announced = [
        entry(f"2605.{number:05d}", title="A study", abstract=" ".join(rng.choices(SPEECH, k=30)))
        for number in range(1, 301)
    ]
    with made.transaction():
        made.announcements.file("cs.CL", announced, DAY, "feed")
        for number in range(1, 41):
            body = f"# Abstract\n{' '.join(rng.choices(ROBOTS, k=30))}\n# Summary\n"
            note = Note(f"[Paper Note] Study {number}, Ann Author+, ICLR'26", number, arxiv_id=f"2604.{number:05d}")
            made.notes.save(None, replace(note, body=body), {"gh": note})
    yield made
    made.close()


def stub(arxiv_id: str, words: list[str], status: StubStatus = StubStatus.QUEUED, category: str = "cs.CL") -> Stub:
    text = " ".join(random.Random(arxiv_id).choices(words, k=30))
    return Stub(
        f"arxiv:{arxiv_id}",
        arxiv_id,
        1,
        "",
        "A study",
        ("Ann Author",),
        text,
        (category,),
        complete=True,
        status=status,
    )


def save(store: SqliteStore, *stubs: Stub) -> None:
    with store.transaction():
        for one in stubs:
            store.stubs.save(one, NIGHT)


def refresh(store: SqliteStore, fingerprint: str | None = None) -> bool:
    return refresh_interest(store, fingerprint or fingerprint_of(store, "little"), lambda stub: None, FakeClock())


def scores(store: SqliteStore) -> dict[str, float | None]:
    return {one.arxiv_id: one.interest.score if one.interest else None for one in store.stubs.all()}


def test_the_queue_is_judged_by_notes_against_announcements(store: SqliteStore) -> None:
    save(store, stub("2605.90001", ROBOTS), stub("2605.90002", SPEECH))
    assert refresh(store)
    found = scores(store)
    robots, speech = found["2605.90001"], found["2605.90002"]
    assert robots is not None and speech is not None
    assert robots > 0 > speech


def test_it_is_learned_again_only_if_something_changed(store: SqliteStore) -> None:
    assert refresh(store)
    assert not refresh(store)
    record = Decision(key="arxiv:2605.90001", move="skip", by=COMMAND, at=NIGHT, batch=1)
    with store.transaction():
        store.decisions.add(record)
    assert refresh(store)
    assert not refresh(store)
    with store.transaction():
        store.decisions.undo([store.decisions.newest_id()], NIGHT)
    assert refresh(store)
    with store.transaction():
        store.announcements.file("cs.CL", [replace(entry("2605.99999"), announced_on=date(2026, 5, 13))], DAY, "feed")
    assert refresh(store)


def test_decisions_change_what_is_learned(store: SqliteStore) -> None:
    """The archive is about robots; a curator who keeps speech and skips robots now is followed."""
    save(store, stub("2605.90001", ROBOTS), stub("2605.90002", SPEECH))
    refresh(store)
    before = scores(store)
    kept = [stub(f"2605.8{number:04d}", SPEECH, StubStatus.KEPT) for number in range(40)]
    skipped = [stub(f"2605.7{number:04d}", ROBOTS, StubStatus.SKIPPED) for number in range(40)]
    save(store, *kept, *skipped)
    refresh(store, "after the decisions")
    after = scores(store)
    assert (before["2605.90001"] or 0) > (after["2605.90001"] or 0)
    assert (before["2605.90002"] or 0) < (after["2605.90002"] or 0)


def test_a_paper_that_waits_for_a_decision_is_not_an_example(store: SqliteStore) -> None:
    """It was announced as all others, so it would count against itself."""
    learned = learn_from_store(store)
    waiting = [stub(one.arxiv_id, one.abstract.split()) for one in store.announcements.latest(150) if one.arxiv_id]
    save(store, *waiting)
    assert len(learn_from_store(store).terms) < len(learned.terms)


def test_switched_off_nothing_is_learned_and_the_queue_forgets(store: SqliteStore) -> None:
    save(store, stub("2605.90001", ROBOTS))
    refresh(store)
    assert scores(store)["2605.90001"] is not None
    assert refresh(store, OFF)
    assert scores(store)["2605.90001"] is None
    assert not refresh(store, OFF)
    record = store.interest.load()
    assert record is not None
    assert record.terms == ()


def test_a_similar_kept_paper_is_the_first_reason(store: SqliteStore) -> None:
    save(store, stub("2605.90001", ROBOTS))
    refresh_interest(store, "1", lambda stub: "#2453", FakeClock())
    judged = store.stubs.get("arxiv:2605.90001")
    assert judged is not None and judged.interest is not None
    assert judged.interest.why[0].kind is InterestKind.LIKE_KEPT
    assert judged.interest.why[0].name == "#2453"


def test_only_the_queue_changes(store: SqliteStore) -> None:
    """A digest keeps the order that the curator saw."""
    shown = stub("2605.90003", ROBOTS, StubStatus.DIGESTED)
    save(store, shown)
    refresh(store)
    assert store.stubs.get(shown.key) == shown


def test_titles_alone_are_compared_with_titles(tmp_path: Path) -> None:
    made = new_store(tmp_path / "titles.db")
    rng = random.Random(4)
    with made.transaction():
        announced = [
            entry(f"2605.{number:05d}", title=" ".join(rng.choices(SPEECH, k=6)), abstract="robot arm " * 20)
            for number in range(1, 301)
        ]
        made.announcements.file("cs.CL", announced, DAY, "feed")
        for number in range(1, 41):
            line = f"[Paper Note] {' '.join(rng.choices(ROBOTS, k=6))}, Ann Author+, ICLR'26"
            note = Note(line, number)
            made.notes.save(None, note, {"gh": note})
    record = learn_from_store(made)
    assert record.titles_only
    weights = dict(zip(record.terms, memoryview(record.weights).cast("f"), strict=True))
    assert weights["robot"] > 0
    made.close()
