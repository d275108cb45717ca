"""Is the database whole, and is there a copy to go back to."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from fakes import NIGHT, entry
from notebot.core.model.errors import StateError
from notebot.features.topics.rules.drafting import draft_from_entry
from notebot.store.sqlite import open_store
from notebot.store.sqlite.health import KEPT_BACKUPS, back_up, backups, check_database

FILLED = 300
"""Stubs: enough for a table of many pages."""


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database with something in it, closed cleanly."""
    path = tmp_path_factory.mktemp("whole") / "notebot.db"
    with closing(open_store(path)) as store, store.transaction():
        for number in range(FILLED):
            store.stubs.save(draft_from_entry(entry(f"2605.{number:05d}"), ()), NIGHT)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, whole: bytes) -> Path:
    made = tmp_path / "notebot.db"
    made.write_bytes(whole)
    return made


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def headless(path: Path) -> None:
    path.write_bytes(b"\xa5" * 100 + path.read_bytes()[100:])


def overwritten(path: Path) -> None:
    """A page in the middle; header and schema are whole."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xa5" * 4096
    path.write_bytes(content)


def no_database(path: Path) -> None:
    path.write_text("These are my notes, not a database. " * 50)


def garbled(path: Path) -> None:
    """One key, in the table or in its index: every page can be read, and they contradict each other."""
    path.write_bytes(path.read_bytes().replace(b"arxiv:2605.00007", b"arxiv:2605.9999x", 1))


DAMAGE = [cut, emptied, headless, overwritten, garbled, no_database]
Damage = Callable[[Path], None]


def stubs_of(path: Path) -> int:
    with closing(open_store(path)) as store:
        return len(store.stubs.all())


# the check


def test_a_whole_database_is_called_so_with_its_size_and_is_left_as_it_is(path: Path, whole: bytes) -> None:
    assert check_database(path) == f"The database {path} is whole ({len(whole) / 1e6:.1f} MB)."
    assert path.read_bytes() == whole
    assert stubs_of(path) == FILLED


def test_a_database_that_is_not_there_yet_is_not_a_fault_and_is_not_made(tmp_path: Path) -> None:
    assert "the first poll makes it" in check_database(tmp_path / "notebot.db")
    assert list(tmp_path.iterdir()) == []


def test_a_database_is_whole_while_another_process_writes(path: Path) -> None:
    with closing(open_store(path)) as store, store.transaction():
        store.stubs.save(draft_from_entry(entry("2605.99999"), ()), NIGHT)
        assert "is whole" in check_database(path)


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_database_is_found_and_stays_as_it_is(path: Path, damage: Damage) -> None:
    damage(path)
    before = path.read_bytes()
    with pytest.raises(StateError, match=r"notebot\.db") as caught:
        check_database(path)
    assert f"There is no backup; move {path} away to start anew." in str(caught.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", [cut, emptied, headless, overwritten])
def test_the_newest_backup_that_is_whole_is_the_way_back(path: Path, damage: Damage) -> None:
    for number in range(3):
        back_up(path, NIGHT + timedelta(hours=number))
    newest, middle, _ = backups(path)
    damage(newest)
    damage(path)
    with pytest.raises(StateError) as caught:
        check_database(path)
    assert f"copy {middle} to its place" in str(caught.value)
    assert f"remove {path}" in str(caught.value)


def test_the_way_back_leads_back(path: Path) -> None:
    back_up(path, NIGHT)
    overwritten(path)
    for beside in path.parent.glob(f"{path.name}*"):
        beside.unlink()
    path.write_bytes(backups(path)[0].read_bytes())
    assert "is whole" in check_database(path)
    assert stubs_of(path) == FILLED


def test_a_folder_in_its_place_is_reported(tmp_path: Path) -> None:
    (tmp_path / "notebot.db").mkdir()
    with pytest.raises(StateError, match=r"notebot\.db cannot be used"):
        check_database(tmp_path / "notebot.db")


@pytest.mark.parametrize("examine", [check_database, lambda path: back_up(path, NIGHT)], ids=["check", "backup"])
def test_a_place_that_cannot_be_looked_at_is_reported(tmp_path: Path, examine: Callable[[Path], str]) -> None:
    """As in a folder that is closed to us; root may look anywhere, so here it is a name too long."""
    with pytest.raises(StateError):
        examine(tmp_path / ("x" * 300 + ".db"))


# the backup


def test_a_backup_holds_everything_and_nothing_is_left_beside_it(path: Path) -> None:
    said = back_up(path, NIGHT)
    target = path.parent / "backups" / "notebot-20260512-050000.db"
    assert said == f"Backed up to {target}."
    assert list(target.parent.iterdir()) == [target]
    assert stubs_of(target) == FILLED


def test_a_backup_is_made_while_another_process_writes_and_holds_what_was_committed(path: Path) -> None:
    with closing(open_store(path)) as store:
        with store.transaction():
            store.stubs.save(draft_from_entry(entry("2605.88888"), ()), NIGHT)
        with store.transaction():
            store.stubs.save(draft_from_entry(entry("2605.99999"), ()), NIGHT)
            back_up(path, NIGHT)
    assert stubs_of(backups(path)[0]) == FILLED + 1
    assert stubs_of(path) == FILLED + 2


def test_the_newest_copies_are_kept_and_listed_newest_first(path: Path) -> None:
    (path.parent / "backups").mkdir()
    foreign = path.parent / "backups" / "mine.db"
    foreign.write_text("not yours")
    times = [NIGHT + timedelta(hours=number) for number in range(KEPT_BACKUPS + 3)]
    for at in times:
        back_up(path, at)
    kept = [copy.name for copy in backups(path)]
    assert kept == [f"notebot-{at:%Y%m%d-%H%M%S}.db" for at in reversed(times[-KEPT_BACKUPS:])]
    assert foreign.exists()


def test_two_backups_of_a_second_are_one(path: Path) -> None:
    back_up(path, NIGHT)
    (path.parent / "backups" / "notebot-20260512-050000.part").write_text("a half that a kill left behind")
    back_up(path, NIGHT)
    assert [copy.name for copy in (path.parent / "backups").iterdir()] == ["notebot-20260512-050000.db"]


def test_without_a_database_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    assert back_up(tmp_path / "notebot.db", NIGHT) == "There is nothing to back up yet."
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", [cut, headless, overwritten, no_database])
def test_a_backup_that_fails_leaves_the_ones_before_and_no_half(path: Path, damage: Damage) -> None:
    back_up(path, NIGHT)
    damage(path)
    with pytest.raises(StateError, match="Restore it from a backup"):
        back_up(path, NIGHT + timedelta(hours=1))
    (copy,) = (path.parent / "backups").iterdir()
    assert stubs_of(copy) == FILLED


def test_a_place_where_no_backup_can_be_put_is_named(path: Path) -> None:
    (path.parent / "backups" / "notebot-20260512-050000.db" / "in the way").mkdir(parents=True)
    with pytest.raises(StateError, match=r"notebot-20260512-050000\.db cannot be written"):
        back_up(path, NIGHT)


def test_a_file_in_the_place_of_the_backups_is_named(path: Path) -> None:
    (path.parent / "backups").write_text("")
    with pytest.raises(StateError, match="cannot be written"):
        back_up(path, NIGHT)
