"""A lab for bench/lab.py: a day of papers, and curators with topics that are drawn from its words."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from msgspec import Struct

import material
from notebot.core.text.words import split_words
from notebot.demo.sample_arxiv import Announcement, SamplePaper, default_papers
from notebot.features.topics.rules.query import parse_query
from plain_matching import YES, PlainPaper, truth_of

DAY = material.DAY
TOPICS_PER_DESK = 10
IN_COMMON = 0.3
"""The share of topics that several curators have: what a whole group watches."""
SEED = 20260512
_EVERYDAY = """a about across all also an and any approach are as at based be been being between both but by can data
 does each existing for from further has have high how in into is it its large learning many may method methods model
 models more most new not of on one only or our over paper propose proposed results show such task tasks than that the
 their them these they this through to under use used using via we when where which while will with within without"""
COMMON_WORDS = frozenset(_EVERYDAY.split())


class LabTopic(Struct, frozen=True):
    """A topic as a desk's file has it."""

    name: str
    categories: tuple[str, ...]
    query: str


def papers_of_the_day() -> list[SamplePaper]:
    """The papers of the real day, where ``../shared`` is at hand; otherwise those of the bundled sample."""
    records = material.real_day()
    return list(default_papers()) if records is None else [_paper(record) for record in records]


def _paper(record: dict[str, Any]) -> SamplePaper:
    return SamplePaper(
        arxiv_id=record["id"],
        title=record["title"],
        authors=tuple(record["authors"]),
        abstract=record["abstract"],
        categories=tuple(record["categories"]),
        published=datetime(2026, 5, 11, 12, tzinfo=UTC),
        announced=(Announcement(DAY, 1, "new"),),
        comment=record.get("comment"),
    )


def make_desks(papers: Sequence[SamplePaper], count: int) -> dict[str, list[LabTopic]]:
    """So many curators with ten topics each; the first ones are the same whatever their number."""
    rng = random.Random(SEED)
    texts = [(split_words(paper.title), split_words(paper.abstract), paper.authors) for paper in papers]
    common = [_query(rng, texts) for _ in range(60)]
    desks = {}
    for number in range(count):
        topics = []
        for place in range(TOPICS_PER_DESK):
            query = rng.choice(common) if rng.random() < IN_COMMON else _query(rng, texts)
            categories = tuple(rng.sample(material.CATEGORIES, rng.choice((1, 2, 2, 3))))
            topics.append(LabTopic(f"Topic {place}", categories, query))
        desks[f"desk-{number:04d}"] = topics
    return desks


def _query(rng: random.Random, texts: Sequence[tuple[list[str], list[str], tuple[str, ...]]]) -> str:
    """A query as curators write them, about a paper that interests them."""
    title, abstract, authors = rng.choice(texts)
    first, second, other = _word(rng, title), _word(rng, title), _word(rng, abstract)
    phrase = _phrase(rng, abstract)
    author = rng.choice(authors).replace('"', "") or "Nobody"
    return rng.choice(
        (
            f"ti:{first} AND (ti:{second} OR abs:{other})",
            f'ti:{first}* AND abs:{other} OR abs:"{phrase}"',
            f'abs:"{phrase}" ANDNOT ti:survey',
            f"abs:{first} AND abs:{second} ANDNOT abs:{other}",
            f'au:"{author}" OR abs:"{phrase}"',
            f'"{phrase}" OR ti:{first} AND ti:{second}',
            f"abs:{other} AND abs:{first} AND (co:accepted OR co:conference)",
        )
    )


def _word(rng: random.Random, words: Sequence[str]) -> str:
    """A word of some meaning; its text is a term of a query by itself."""
    telling = [word for word in words if len(word) > 3 and word.isalpha() and word not in COMMON_WORDS]
    return rng.choice(telling or ["reasoning"])


def _phrase(rng: random.Random, words: Sequence[str]) -> str:
    pairs = [
        f"{first} {second}"
        for first, second in pairwise(words)
        if first.isalpha() and second.isalpha() and not COMMON_WORDS.intersection((first, second))
    ]
    return rng.choice(pairs or ["language models"])


def true_queues(
    papers: Sequence[SamplePaper], desks: dict[str, list[LabTopic]], *, is_feed: bool
) -> dict[str, dict[str, set[str]]]:
    """Of each desk, the papers that it must have queued, each with the names of its topics.

    Every query is evaluated on every paper of its categories, without an index.

    Args:
        is_feed: comments are not known yet, so that a topic which depends on one has not matched.
    """
    plain = {paper.arxiv_id: PlainPaper(paper, with_comment=not is_feed) for paper in papers}
    by_category: dict[str, list[str]] = {}
    for paper in papers:
        for category in paper.categories:
            by_category.setdefault(category, []).append(paper.arxiv_id)
    texts = Counter(topic.query for topics in desks.values() for topic in topics)
    roots = {text: parse_query(text).root for text in texts}
    queues: dict[str, dict[str, set[str]]] = {}
    for desk, topics in desks.items():
        queue = queues.setdefault(desk, {})
        for topic in topics:
            root = roots[topic.query]
            ids = dict.fromkeys(name for category in topic.categories for name in by_category.get(category, ()))
            for arxiv_id in ids:
                if truth_of(root, plain[arxiv_id], is_feed=is_feed) == YES:
                    queue.setdefault(arxiv_id, set()).add(topic.name)
    return queues
