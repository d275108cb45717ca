"""Suggests a topic for each tag of the archive, with what its query would have found and brought."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from notebot.core.model.errors import NotFoundError
from notebot.features.topics.rules.learn_query import QueryLearner
from notebot.features.topics.rules.matching import TopicIndex, prepare, prepare_entry
from notebot.features.topics.rules.query import parse_query
from notebot.features.topics.rules.topic import Topic
from notebot.features.topics.rules.topic_coverage import read_noted_paper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from notebot.core.model.entry import Entry
    from notebot.core.model.note import Note
    from notebot.core.ports import Announcements, Notes, Stubs
    from notebot.features.topics.rules.searchable_text import Described, Prepared

MOST_ENTRIES = 4_000
"""Announced papers that are learned from and measured on; about four days of three large categories."""
MOST_NOTES = 600
"""Notes per tag that are learned from, the newest ones."""
FEWEST_NOTES = 5
"""Notes of a tag that are needed to learn a query."""
MEASURED_SHARE = 4
"""Every fourth note, the newest ones, is held out to measure the recall."""
FEWEST_MEASURED = 3
_OTHER_NOTES_MATCHED = 0.05
"""Without stored announcements: the share of the other notes that a query may match."""
_OVERRUN = 1.6
"""On days that it was not learned from, a query brings so many times more papers (``bench/topics_quality.py``)."""
_CATEGORY_SHARE = 0.1
"""A category belongs to a topic if so many of its noted papers are in it."""


class TopicSuggestion(Struct, frozen=True):
    """A topic learned from the notes of one tag."""

    tag: str
    categories: tuple[str, ...]
    query: str
    notes: int
    """How many notes the query was learned from."""
    measured: int
    """How many newer notes it was not learned from; 0 if the tag has too few to keep some back."""
    found: int
    """How many of ``measured`` it matches."""
    recall: float | None
    """``found / measured``; ``None`` if nothing was measured."""
    per_day: float | None
    """Matching papers per announcement day, of days that it was not learned from if more than one is stored;
    ``None`` if no announcements are stored."""


class NotedText(Struct, frozen=True):
    """One noted paper."""

    note: Note
    paper: Described


class TopicStore(Protocol):
    """What is learned from."""

    @property
    def announcements(self) -> Announcements: ...

    @property
    def notes(self) -> Notes: ...

    @property
    def stubs(self) -> Stubs: ...


def suggest_topics(
    store: TopicStore,
    watched: Sequence[str],
    wanted_tags: Sequence[str],
    is_topic_tag: Callable[[str], bool],
    *,
    count: int,
    per_day: float,
) -> list[TopicSuggestion]:
    """Suggests topics for the given tags, or for the ``count`` most used ones.

    Args:
        watched: the categories of the config, or those that the curator named.
        is_topic_tag: False for tags about the curator's work, or venues.
        per_day: papers that a topic may bring per announcement day.

    Raises:
        NotFoundError: no note has a tag that was asked for.
    """
    noted = read_noted(store)
    uses = Counter(tag for each in noted for tag in dict.fromkeys(each.note.tags))
    unknown = [tag for tag in wanted_tags if tag not in uses]
    if unknown:
        raise NotFoundError(f"No note of an arXiv paper has the tag {unknown[0]!r}; `notebot stats` lists the tags.")
    tags = wanted_tags or [tag for tag, _ in uses.most_common() if is_topic_tag(tag)][:count]
    return learn_topics(noted, list(store.announcements.latest(MOST_ENTRIES)), watched, tags, per_day)


def read_noted(store: TopicStore) -> list[NotedText]:
    """The notes of arXiv papers, oldest first, each with the best text that is stored of its paper."""
    notes = [note for note in store.notes.all() if note.arxiv_id]
    stubs = store.stubs.by_ids([note.arxiv_id or "" for note in notes])
    noted = []
    for note in sorted(notes, key=lambda note: (str(note.issue_date or ""), note.number or 0)):
        known = stubs.get(note.arxiv_id or "") or store.announcements.text_of(note.arxiv_id or "")
        noted.append(NotedText(note, known if known and known.abstract else read_noted_paper(note, abstract_only=True)))
    return noted


def learn_topics(
    noted: Sequence[NotedText], entries: Sequence[Entry], watched: Sequence[str], tags: Iterable[str], per_day: float
) -> list[TopicSuggestion]:
    """Learns a topic per tag, most of them in less than a second; a tag with too few notes is left out.

    Each query is learned from the older notes and days of announcements, and measured on the newer ones.

    Args:
        noted: oldest first.
    """
    papers = {each.note.arxiv_id for each in noted}
    others = [(entry, prepare_entry(entry)) for entry in entries if entry.arxiv_id not in papers]
    days = sorted({entry.announced_on for entry, _ in others})
    # the newer half of the days is measured on; a single day has to serve for both
    older, newer = (days[: len(days) // 2], days[len(days) // 2 :]) if len(days) > 1 else (days, days)
    texts = [(each, prepare(each.paper, None, complete=False)) for each in noted]
    learners: dict[tuple[str, ...], QueryLearner] = {}
    suggestions = []
    for tag in tags:
        learned, measured, categories = _examples(tag, texts, watched)
        if len(learned) < FEWEST_NOTES:
            continue
        if days and categories not in learners:
            learners[categories] = QueryLearner(_announced(others, categories, older))
        if days:
            query = learners[categories].learn(learned, int(per_day / _OVERRUN * len(older)))
        else:
            without = [text for each, text in texts if tag not in each.note.tags]
            query = QueryLearner(without).learn(learned, int(_OTHER_NOTES_MATCHED * len(without)))
        if query is None:
            continue
        found = count_matches(query, measured)
        brought = count_matches(query, _announced(others, categories, newer))
        recall = round(found / len(measured), 3) if measured else None
        rate = round(brought / len(newer), 1) if newer else None
        suggestions.append(TopicSuggestion(tag, categories, query, len(learned), len(measured), found, recall, rate))
    return suggestions


def _examples(
    tag: str, texts: Iterable[tuple[NotedText, Prepared]], watched: Sequence[str]
) -> tuple[list[Prepared], list[Prepared], tuple[str, ...]]:
    """The older and the newest papers of a tag, and the categories that they are in."""
    with_tag = [(each.paper, text) for each, text in texts if tag in each.note.tags]
    # a note of which only the title is known teaches little, and cannot be found by its abstract
    described = [(paper, text) for paper, text in with_tag if paper.abstract]
    chosen = (described if len(described) >= FEWEST_NOTES else with_tag)[-MOST_NOTES:]
    kept_back = len(chosen) // MEASURED_SHARE
    older = len(chosen) - (kept_back if kept_back >= FEWEST_MEASURED else 0)
    prepared = [text for _, text in chosen]
    return prepared[:older], prepared[older:], _categories([paper for paper, _ in chosen], watched)


def count_matches(query: str, papers: Iterable[Prepared]) -> int:
    """How many of the papers a query matches, whatever their categories."""
    index = TopicIndex([Topic("", (), parse_query(query))])
    return sum(bool(index.match(paper, None).matched) for paper in papers)


def _categories(papers: Iterable[Described], watched: Sequence[str]) -> tuple[str, ...]:
    """The watched categories that a tenth of the papers are in; all of them if none is, or nothing is known."""
    known = [paper.categories for paper in papers if paper.categories]
    common = [name for name in watched if sum(name in each for each in known) > _CATEGORY_SHARE * len(known)]
    return tuple(common or watched)


def _announced(
    background: Iterable[tuple[Entry, Prepared]], categories: Sequence[str], days: Sequence[date]
) -> list[Prepared]:
    wanted, of_days = frozenset(categories), frozenset(days)
    return [
        text
        for entry, text in background
        if entry.announced_on in of_days and (not wanted or wanted.intersection(entry.categories))
    ]
