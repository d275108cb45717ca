"""Prints how well topics are learned from the archive in ``../shared``, where that folder is there.

For each of the ten most used tags: of its newest quarter of notes, how many a query finds that was learned from the
older ones; and how many papers it brings on a full day of announcements that it was not learned from. Beside it, as the
limit of what words can do, a score of 150 terms (naive Bayes) that takes the best papers of that day, as many as are
allowed.
"""

import itertools
import math
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date
from statistics import mean
from typing import Any

from msgspec.structs import replace

from notebot.core.model.entry import AnnounceType, Entry
from notebot.features.suggestions.rules.tag_model import is_topical, learn_venues
from notebot.features.topics.rules.matching import prepare, prepare_entry
from notebot.features.topics.rules.searchable_text import Prepared
from notebot.features.topics.rules.topic_coverage import NotedPaperText
from notebot.features.topics.suggest import NotedText, count_matches, learn_topics
from tag_quality import DATA, DAYS, WATCHED, read

PER_DAY = (15, 30, 60)
MOST_TERMS = 150


def text_of(paper: dict[str, Any]) -> NotedPaperText:
    """What is known of a paper."""
    return NotedPaperText(
        paper["title"], paper["abstract"], tuple(paper["authors"]), tuple(paper.get("categories") or ())
    )


def announced(papers: dict[str, Any], day: str) -> list[Entry]:
    """A full day of the watched categories."""
    return [
        Entry(
            name,
            1,
            AnnounceType.NEW,
            date.fromisoformat(day),
            paper["title"],
            paper["abstract"],
            tuple(paper["authors"]),
            tuple(paper["categories"]),
        )
        for name, paper in papers.items()
        if paper.get("announced") == day and WATCHED.intersection(paper.get("categories") or ())
    ]


def terms_of(text: Prepared) -> set[str]:
    """Words and pairs of words."""
    words = text.title.split() + text.abstract.split()
    return {*words, *(f"{first} {second}" for first, second in itertools.pairwise(words))}


def best_by_score(
    wanted: Sequence[Prepared],
    others: Sequence[Prepared],
    measured: Sequence[Prepared],
    day: Sequence[Prepared],
    most: int,
) -> float:
    """The share of ``measured`` that scores higher than all but ``most`` papers of the day."""
    inside = Counter(term for text in wanted for term in terms_of(text))
    outside = Counter(term for text in others for term in terms_of(text))
    weights = {
        term: math.log((count + 0.5) / (len(wanted) + 1)) - math.log((outside[term] + 0.5) / (len(others) + 1))
        for term, count in inside.items()
        if count >= 3
    }
    kept = sorted(weights, key=lambda term: -abs(weights[term]) * inside[term])[:MOST_TERMS]
    weights = {term: weights[term] for term in kept}

    def score(text: Prepared) -> float:
        return sum(weights.get(term, 0.0) for term in terms_of(text))

    least = sorted(map(score, day), reverse=True)[most]
    return mean(score(text) > least for text in measured)


def main() -> None:
    """A table per number of papers a day."""
    if not DATA.exists():
        sys.exit(f"{DATA} is not there; nothing is measured.")
    material = read()
    tags_of: dict[str, list[str]] = {}
    for note in material.notes:
        tags_of.setdefault(note.arxiv_id or "", []).extend(note.tags)
    # the file is in the order of the issue numbers, which is the order of time
    noted = [
        NotedText(
            replace(note, tags=tuple(tags_of[note.arxiv_id or ""])), text_of(material.papers[note.arxiv_id or ""])
        )
        for note in sorted(material.described, key=lambda note: note.number or 0)
    ]
    entries = [entry for day in DAYS for entry in announced(material.papers, day)]
    venues = learn_venues(material.notes).tags
    uses = Counter(tag for note in material.notes for tag in note.tags if is_topical(tag) and tag not in venues)
    tags = [tag for tag, _ in uses.most_common(10)]
    papers = {each.note.arxiv_id for each in noted}
    days = [
        [prepare_entry(entry) for entry in entries if str(entry.announced_on) == day and entry.arxiv_id not in papers]
        for day in DAYS
    ]
    print(f"{len(noted)} noted papers; {len(days[0])} announced papers to learn from, {len(days[1])} to measure on")
    for per_day in PER_DAY:
        started = time.perf_counter()
        suggestions = learn_topics(noted, entries, sorted(WATCHED), tags, per_day)
        spent_s = time.perf_counter() - started
        print(f"\nat most {per_day} papers a day; {spent_s:.1f} s for {len(tags)} tags")
        print(f"{'tag':24}{'notes':>6}{'found':>7}{'newer':>7}{'found':>7}{'a day':>7}{'score of 150 terms':>20}")
        limits, learned_shares = [], []
        for each in suggestions:
            with_tag = [prepare(one.paper, None, complete=False) for one in noted if each.tag in one.note.tags]
            learned, measured = with_tag[: each.notes], with_tag[each.notes :]
            learned_shares.append(count_matches(each.query, learned) / len(learned))
            limits.append(best_by_score(learned, days[0], measured, days[1], per_day))
            print(
                f"{each.tag:24}{each.notes:6}{learned_shares[-1]:7.0%}{each.measured:7}{each.recall or 0:7.0%}"
                f"{each.per_day or 0:7.0f}"
                f"{limits[-1]:20.0%}  {each.query}"
            )
        found = mean(each.recall or 0 for each in suggestions)
        brought = mean(each.per_day or 0 for each in suggestions)
        print(f"{'mean':30}{mean(learned_shares):7.0%}{found:14.0%}{brought:7.0f}{mean(limits):20.0%}")


if __name__ == "__main__":
    main()
