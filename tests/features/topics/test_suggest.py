"""Topics suggested from the archive and the stored announcements."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from fakes import DAY, entry
from notebot.core.model.errors import NotFoundError
from notebot.core.model.note import Note
from notebot.features.topics.suggest import TopicSuggestion, suggest_topics
from notebot.store.store import DatabaseStore

WATCHED = ("cs.CL", "cs.LG")


def keep(store: DatabaseStore, number: int, title: str, *tags: str) -> None:
    note = Note(
        f"[Paper Note] {title}, Ada Byron+, arXiv'26",
        number,
        DAY + timedelta(number),
        tags,
        arxiv_id=f"2602.{number:05}",
        body=f"# Abstract\n{title} of theorem provers",
    )
    with store.transaction():
        store.notes.save(None, note, {"notes": note})


def announce(store: DatabaseStore, days: int, a_day: int) -> None:
    with store.transaction():
        for day in range(days):
            on = DAY + timedelta(day)
            entries = [replace(entry(f"2605.{day}{n:04}", f"Bird {n}"), announced_on=on) for n in range(a_day)]
            store.announcements.file("cs.CL", entries, on, "feed")


def suggest(store: DatabaseStore, *tags: str, count: int = 10) -> list[TopicSuggestion]:
    return suggest_topics(store, WATCHED, tags, lambda tag: tag != "read-later", count=count, per_day=5)


def test_a_topic_is_measured_on_notes_and_days_that_it_was_not_learned_from(store: DatabaseStore) -> None:
    for number in range(1, 17):
        # the newest quarter is about something else, so that nothing of it can be found
        keep(store, number, f"Proof {number}" if number <= 12 else f"Bird {number}", "Mathematics", "read-later")
    announce(store, 4, 10)
    (topic,) = suggest(store)
    assert (topic.tag, topic.notes, topic.measured) == ("Mathematics", 12, 4)
    assert topic.recall == topic.found / 4
    assert topic.per_day == 0
    assert "proof" in topic.query


def test_few_notes_are_not_measured_and_fewer_give_no_topic(store: DatabaseStore) -> None:
    for number in range(1, 10):
        keep(store, number, f"Proof {number}", "Mathematics", *(["Rare"] if number < 4 else []))
    announce(store, 1, 10)
    (topic,) = suggest(store)
    assert (topic.tag, topic.notes, topic.measured, topic.recall) == ("Mathematics", 9, 0, None)


def test_without_announcements_other_notes_are_what_a_query_must_not_match(store: DatabaseStore) -> None:
    for number in range(1, 10):
        keep(store, number, f"Proof {number}", "Mathematics")
        keep(store, number + 20, f"Birds {number}", "Birds")
    topics = {topic.tag: topic for topic in suggest(store)}
    assert topics["Birds"].per_day is None
    assert "bird" in topics["Birds"].query
    assert topics["Birds"].categories == WATCHED


def test_the_most_used_tags_come_first_and_others_can_be_named(store: DatabaseStore) -> None:
    for number in range(1, 10):
        keep(store, number, f"Proof {number}", "Mathematics", *(["Logic"] if number < 8 else []))
    announce(store, 1, 10)
    assert [topic.tag for topic in suggest(store, count=1)] == ["Mathematics"]
    assert [topic.tag for topic in suggest(store, "Logic")] == ["Logic"]
    with pytest.raises(NotFoundError, match="No note of an arXiv paper has the tag 'Nothing'"):
        suggest(store, "Nothing")


def test_a_note_without_an_abstract_is_known_by_its_title_alone(store: DatabaseStore) -> None:
    for number in range(1, 10):
        note = Note(
            f"[Paper Note] Proof {number}, Ada Byron+, arXiv'26",
            number,
            DAY,
            ("Mathematics",),
            arxiv_id=f"2602.{number:05}",
            body="# URL\n- https://arxiv.org/abs/2602.00001\n# Summary (by x)\n- theorem provers",
        )
        with store.transaction():
            store.notes.save(None, note, {"notes": note})
    announce(store, 1, 10)
    (topic,) = suggest(store)
    assert topic.query == "ti:proof"
    # as soon as enough abstracts are known, notes without one are not learned from
    for number in range(20, 26):
        keep(store, number, f"Lemma {number}", "Mathematics")
    (topic,) = suggest(store)
    assert (topic.notes, "proof" in topic.query) == (6, False)
