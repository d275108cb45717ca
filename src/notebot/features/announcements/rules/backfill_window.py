"""The older papers of one topic: what is asked of arXiv's search, and when its counts can be believed."""

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

MOST_PER_WINDOW = 2000
"""Papers; a window that finds more is halved, for long lists shift while they are read."""
MOST_PER_DAY = 10_000
"""Papers; arXiv's search gives out no more of one list, and a day cannot be halved."""


def scope_of(topic: Topic, window: DateWindow) -> BackfillScope:
    """The scope of a topic as it is configured now."""
    query = topic.query.text if topic.query else ""
    return BackfillScope(topic.name, query, tuple(sorted(topic.categories)), window)


def find_topic(name: str, topics: Sequence[Topic]) -> Topic:
    """The topic of this name.

    Raises:
        UsageError: there is none; it names the nearest one.
    """
    known = {topic.name: topic for topic in topics}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name.casefold(), [one.casefold() for one in known], 1, 0.0)
    guess = next((one for one in known if one.casefold() in near), "")
    raise UsageError(f"There is no topic {name!r} in the config; the nearest is {guess!r}.")


def read_window(since: str, until: str | None, today: date) -> DateWindow:
    """The window of two dates as a person types them; days to come are cut off.

    Args:
        since: ``YYYY-MM-DD``.
        until: the same; ``None`` is today.
        today: in UTC.

    Raises:
        UsageError: no such date, the wrong order, or a window that has not begun.
    """
    begin = _read_date("--since", since)
    end = today if until is None else _read_date("--until", until)
    if begin > today:
        raise UsageError(f"--since {begin} is in the future; name a day up to {today} (UTC).")
    if end < begin:
        raise UsageError(f"--until {end} is before --since {begin}; name a later day.")
    return DateWindow(begin, min(end, today))


def _read_date(option: str, text: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise UsageError(f"{option} takes a date such as 2026-01-31, not {text!r}.")


def search_text(topic: Topic, window: DateWindow) -> str:
    """The search for a topic's papers within a window.

    arXiv's server knows no precedence, so the operations within another stand in parentheses. Its date
    range is closed and counts minutes: the first minute of the day behind the window is in it too.
    """
    names = [f"cat:{name}" for name in topic.categories]
    asked = names[0] if len(names) == 1 else f"({' OR '.join(names)})"
    if topic.query is not None:
        asked = f"({asked} AND {api_query(topic.query)})"
    return f"{asked} AND submittedDate:[{_minute(window.since)} TO {_minute(window.until + _DAY)}]"


def _minute(day: date) -> str:
    return day.isoformat().replace("-", "") + "0000"


def adds_up(whole: int, *parts: int) -> bool:
    """Whether parts that cover a window, and may overlap, can find all that the window finds."""
    return sum(parts) >= whole


def too_many(window: DateWindow, total: int, topic: str) -> str:
    """The sentence on a day that is refused."""
    return (
        f"arXiv finds {total:,} papers submitted on {window} and gives out {MOST_PER_DAY:,} at most: "
        f"none of that day's were read; narrow the query or the categories of topic {topic!r}."
    )


def losing(window: DateWindow, whole: int, parts: Sequence[int]) -> str:
    """The sentence on halves that find less than the whole."""
    found = " and ".join(f"{part:,}" for part in parts)
    return f"suspicious count: arXiv finds {whole:,} papers of {window}, but {found} in its two halves, asked twice."


def restless(window: DateWindow) -> str:
    """The sentence on a list that changed whenever it was read."""
    return f"arXiv's list of the papers of {window} changed each time it was read; some may be missing."


def suspicious_empty(window: DateWindow, asked: int) -> str:
    """The sentence on a topic with history for which arXiv finds nothing."""
    return f"suspicious empty: asked {asked} times, arXiv finds no paper of {window}, though the topic has had papers."
