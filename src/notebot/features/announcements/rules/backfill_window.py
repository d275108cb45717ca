"""Builds the searches of a backfill, and decides whether arXiv's counts are credible."""

from __future__ import annotations

import difflib
import re
from datetime import date
from typing import TYPE_CHECKING

from notebot.core.model.backfill_scope import _DAY, BackfillScope, DateWindow
from notebot.core.model.errors import UsageError
from notebot.features.topics.rules.query import api_query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.features.topics.rules.topic import Topic

MAX_PER_WINDOW = 2000
"""Papers; a window that finds more is halved, for long lists shift while they are read."""
MAX_PER_DAY = 10_000
"""Papers; arXiv's search returns no more of one list, and a day cannot be halved."""


def scope_of(topic: Topic, window: DateWindow) -> BackfillScope:
    """The scope of a backfill of the topic as it is configured now."""
    query = topic.query.text if topic.query else ""
    return BackfillScope(topic.name, query, tuple(sorted(topic.categories)), window)


def find_topic(name: str, topics: Sequence[Topic]) -> Topic:
    """The topic with this name.

    Raises:
        UsageError: there is none; the message names the most similar one.
    """
    by_name = {topic.name: topic for topic in topics}
    if name in by_name:
        return by_name[name]
    near = difflib.get_close_matches(name.casefold(), [known.casefold() for known in by_name], 1, 0.0)
    guess = next((known for known in by_name if known.casefold() in near), "")
    raise UsageError(f"There is no topic {name!r} in the config; the nearest is {guess!r}.")


def read_window(since: str, until: str | None, today: date) -> DateWindow:
    """The window between two dates as typed by a person; future days are cut off.

    Args:
        since: ``YYYY-MM-DD``.
        until: the same; ``None`` is today.
        today: in UTC.

    Raises:
        UsageError: a date is malformed, the order is wrong, or the window lies in the future.
    """
    begin = _parse_date("--since", since)
    end = today if until is None else _parse_date("--until", until)
    if begin > today:
        raise UsageError(f"--since {begin} is in the future; name a day up to {today} (UTC).")
    if end < begin:
        raise UsageError(f"--until {end} is before --since {begin}; name a later day.")
    return DateWindow(begin, min(end, today))


def _parse_date(option: str, text: str) -> date:
    try:
        # `fromisoformat` alone also accepts forms such as 20260131 and 2026-W05-6
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise UsageError(f"{option} takes a date such as 2026-01-31, not {text!r}.")


def search_text(topic: Topic, window: DateWindow) -> str:
    """The search for a topic's papers within a window, in arXiv's grammar."""
    names = [f"cat:{name}" for name in topic.categories]
    search = names[0] if len(names) == 1 else f"({' OR '.join(names)})"
    if topic.query is not None:
        # arXiv's server has no operator precedence, so nested operations need parentheses
        search = f"({search} AND {api_query(topic.query)})"
    # the date range is closed and counts minutes: it includes the first minute of the day after the window
    since, until = (day.isoformat().replace("-", "") + "0000" for day in (window.since, window.until + _DAY))
    return f"{search} AND submittedDate:[{since} TO {until}]"


def adds_up(whole: int, *parts: int) -> bool:
    """True if windows that cover a larger one, and may overlap, find at least as many papers as it does."""
    return sum(parts) >= whole


def explain_too_many(window: DateWindow, total: int, topic: str) -> str:
    """The problem of a day with more papers than arXiv returns."""
    return (
        f"arXiv finds {total:,} papers submitted on {window} and gives out {MAX_PER_DAY:,} at most: "
        f"none of that day's were read; narrow the query or the categories of topic {topic!r}."
    )


def explain_loss(window: DateWindow, whole: int, parts: Sequence[int]) -> str:
    """The problem of two halves that find fewer papers than the whole."""
    totals = " and ".join(f"{part:,}" for part in parts)
    return f"suspicious count: arXiv finds {whole:,} papers of {window}, but {totals} in its two halves, asked twice."


def explain_unstable(window: DateWindow) -> str:
    """The problem of a list that changed whenever it was read."""
    return f"arXiv's list of the papers of {window} changed each time it was read; some may be missing."


def explain_empty(window: DateWindow, asked: int) -> str:
    """The problem of a topic with history for which arXiv finds nothing."""
    return f"suspicious empty: asked {asked} times, arXiv finds no paper of {window}, though the topic has had papers."
