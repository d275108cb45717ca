"""Counts the papers that a digest reports: each once, whatever its categories (rules.md 1.5).

A digest reports a day of a category once. What changes later is a correction: only the difference is reported,
and it adds nothing to the headline of any digest.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from notebot.core.model.ledger import Counts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from notebot.core.model.filing_records import AnnouncedPaper

_BEST_FIRST = ("drafted", "tombstoned", "known", "unwanted", "pending", "unmatched")


def count_papers(
    papers: Iterable[AnnouncedPaper], new_rows: Collection[tuple[date, str]]
) -> tuple[Counts, dict[date, Counts]]:
    """The headline's counts, and by day the difference to what earlier digests counted.

    Args:
        papers: the papers of all days with a row that is new or has changed.
        new_rows: day and category of the rows that no digest has reported yet.
    """
    headline: dict[str, AnnouncedPaper] = {}
    corrections: dict[date, Counts] = defaultdict(Counts)
    for paper in papers:
        if paper.counted is not None:
            if paper.counted != paper.result:
                change = _count(paper.result) + -_count(paper.counted)
                corrections[paper.announced_on] += change
        elif any((paper.announced_on, category) in new_rows for category in paper.categories):
            # announced and replaced within the days of one digest: still one paper
            best = headline.get(paper.arxiv_id, paper)
            headline[paper.arxiv_id] = min(best, paper, key=lambda other: _BEST_FIRST.index(other.result))
        else:
            corrections[paper.announced_on] += _arrival(paper) + _count(paper.result)
    total = Counts()
    for paper in headline.values():
        total += _arrival(paper) + _count(paper.result)
    return total, {day: counts for day, counts in sorted(corrections.items()) if counts != Counts()}


def _arrival(paper: AnnouncedPaper) -> Counts:
    return Counts(fetched=1) if paper.by_feed else Counts(recovered=1)


def _count(result: str) -> Counts:
    if result == "pending":
        return Counts(unmatched=1, pending=1)
    return Counts(**{result: 1})
