"""Chooses the newest of many dated items, however they are ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_Item = TypeVar("_Item")


def choose_newest(
    items: Sequence[_Item], dates: Sequence[datetime | None], limit: int, now: datetime
) -> tuple[list[_Item], list[_Item]]:
    """Splits the items into the ``limit`` newest and all others, both in the order given.

    A date in the future counts as now, so that a wrong clock or a pinned item does not push out more than itself. An
    item without a date counts as old as the dated item before it; at the beginning, as the first dated one. Of equally
    old items the earlier ones are chosen, because most feeds list the newest first.
    """
    dated = [date for date in dates if date is not None]
    date = dated[0] if dated else now
    ranks = []
    for index, own in enumerate(dates):
        date = own or date
        ranks.append((min(date, now), -index))
    newest = {-minus for _, minus in sorted(ranks, reverse=True)[:limit]}
    chosen = [item for index, item in enumerate(items) if index in newest]
    return chosen, [item for index, item in enumerate(items) if index not in newest]
