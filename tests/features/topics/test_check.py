"""`notebot check` against stored entries and the archive."""

from datetime import date, timedelta

from msgspec.structs import replace

from fakes import DAY, NIGHT, entry, topic
from notebot.core.model.note import Note
from notebot.features.topics.check import ARCHIVE_LOOK_BACK, check_topics
from notebot.features.topics.rules.drafting import draft_from_entry
from notebot.features.topics.rules.topic_coverage import ArchiveCheck
from notebot.store.store import DatabaseStore


def announce(store: DatabaseStore, day: date, *titles: str) -> None:
    entries = [
        replace(entry(f"2605.{day.day:02}{number:03}", title), announced_on=day) for number, title in enumerate(titles)
    ]
    with store.transaction():
        store.announcements.file("cs.CL", entries, day, "feed")


def keep(store: DatabaseStore, number: int, title: str, day: date) -> None:
    note = Note(f"[Paper Note] {title}, Ada Byron+, arXiv'26", number, day, ("Math",), arxiv_id=f"2602.{number:05}")
    with store.transaction():
        store.notes.save(None, note, {"notes": note})


def test_without_entries_or_archive_nothing_is_counted(store: DatabaseStore) -> None:
    for held in (None, store):
        (check,) = check_topics([topic()], held, NIGHT, archive=True)
        assert (check.matched, check.archive, check.warnings) == (None, None, ())


def test_stored_entries_are_counted_and_a_topic_without_any_is_warned_of(store: DatabaseStore) -> None:
    announce(store, DAY, "Math", "Birds")
    math, none = check_topics([topic(), topic("None", "ti:nothing")], store, NIGHT)
    assert (math.matched, math.warnings, math.archive) == (1, (), None)
    assert (none.matched, none.warnings) == (0, ("matched none of the stored entries of the last 7 days.",))


def test_a_topic_that_brings_many_is_warned_of(store: DatabaseStore) -> None:
    announce(store, DAY, *(f"Math {number}" for number in range(51)))
    (check,) = check_topics([topic()], store, NIGHT)
    assert check.warnings == ("matched 51 papers a day; more than 50 is a lot to read.",)


def test_a_query_that_may_surprise_is_warned_of() -> None:
    (check,) = check_topics([topic("Math", "ti:a AND ti:b OR co:c")], None, NIGHT)
    assert ["arXiv's own search" in check.warnings[0], check.warnings[1].startswith("co:c")] == [True, True]


def test_the_archive_of_180_days_is_compared_and_the_rate_is_reported(store: DatabaseStore) -> None:
    first_day = (NIGHT - ARCHIVE_LOOK_BACK).date()
    keep(store, 1, "Math of old", first_day - timedelta(days=1))
    keep(store, 2, "Math", first_day)
    keep(store, 3, "Lemmas", DAY)
    announce(store, DAY - timedelta(days=1), "Math", "Maths")
    announce(store, DAY, "Math again")
    (check,) = check_topics([topic(query="ti:math*")], store, NIGHT, archive=True)
    assert check.archive == ArchiveCheck(2, 1, 1, ("[Paper Note] Lemmas, Ada Byron+, arXiv'26",), 1.5, 1)


def test_without_stored_entries_the_rate_is_not_known(store: DatabaseStore) -> None:
    keep(store, 1, "Math", DAY)
    (check,) = check_topics([topic(query="ti:math*")], store, NIGHT, archive=True)
    assert check.archive == ArchiveCheck(1, 1, 0, (), categories_unknown=1)


def test_announcements_and_stubs_tell_the_categories_of_noted_papers(store: DatabaseStore) -> None:
    for number in (1, 2, 3):
        keep(store, number, "Math", DAY)
    abroad = replace(entry("2602.00001", "Math"), categories=("math.NT",), announced_on=DAY)
    at_home = draft_from_entry(entry("2602.00002", "Math", categories=("cs.CL",)), ())
    with store.transaction():
        store.announcements.file("math.NT", [abroad], DAY, "feed")
        store.stubs.save(at_home, NIGHT)
    (check,) = check_topics([topic(query="ti:math")], store, NIGHT, archive=True)
    assert check.archive is not None
    assert (check.archive.brought, check.archive.categories_unknown) == (2, 1)
