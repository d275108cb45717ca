"""Places the shapes of each plot; the template only writes them down. All lengths are in units of the viewBox.

A plot is 360 units wide, so that text of 11 units is readable on a phone of 390 pixels.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from msgspec import Struct

from notebot.core.model.ledger import DayState
from notebot.features.statistics.rules.table_text import days_label
from notebot.features.statistics.rules.tables import LEDGER_WEEKS, NO_VENUE, Cell, NumberTable, first_ledger_day

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

WIDTH = 360.0
_TEXT = 11.0
_LINE = 16.0
_LETTER = 6.1
"""The average width of a letter; a Japanese character has two."""
_PLOT_HEIGHT = 130.0
_MOST_YEARS, _MOST_MONTHS = 6, 5
"""Labels below the columns of months: a year is half as wide as a month."""
_LEVELS = 5
_HEAT_YEARS = 8
"""The most years of the heat map, the newest ones: more columns would be too narrow for their numbers."""
_CELL = 12.0


class Rect(Struct, frozen=True):
    """A bar or a square."""

    x: float
    y: float
    width: float
    height: float
    look: str
    """The CSS class."""
    tip: str = ""
    """Shown while the pointer is over it."""


class PlotLine(Struct, frozen=True):
    """A line of the grid, or a stroke over a square."""

    x1: float
    y1: float
    x2: float
    y2: float
    look: str = "grid"


class PlotText(Struct, frozen=True):
    """A label."""

    x: float
    y: float
    text: str
    anchor: str = "start"
    look: str = "label"


class Drawing(Struct, frozen=True):
    """One plot."""

    name: str
    title: str
    about: str
    """One sentence for those who cannot see the plot, shown below its title, too."""
    height: float
    rects: tuple[Rect, ...] = ()
    lines: tuple[PlotLine, ...] = ()
    texts: tuple[PlotText, ...] = ()
    width: float = WIDTH


def draw(table: NumberTable, words: Mapping[str, str], states: Mapping[str, str], today: date) -> Drawing:
    """The plot of one table.

    Args:
        words: from :func:`wording.plot_words`.
        states: the words for the states of announcement days.
        today: the last day of the ledger calendar.
    """
    if not table.rows or not any(number for row in table.rows for number in row[1:]):
        return Drawing(table.name, words[table.name], words["nothing"], 0.0)
    if table.name == "ledger":
        return _draw_calendar(table, words, states, today)
    drawers: dict[str, Callable[[NumberTable, Mapping[str, str]], Drawing]] = {
        "notes_per_month": _draw_months,
        "tags_by_year": _draw_heat,
        "venues": _draw_bars,
        "topics": _draw_funnels,
    }
    return drawers.get(table.name, _draw_columns)(table, words)


def _draw_months(table: NumberTable, words: Mapping[str, str]) -> Drawing:
    months = [str(row[0]) for row in table.rows]
    counts = [_number(row[1]) for row in table.rows]
    left, top, most = 34.0, 10.0, max(counts)
    scale = _nice_ticks(most)
    step = (WIDTH - left) / len(months)
    gap = min(step * 0.2, 3.0)
    lines, texts = [], []
    for tick in scale:
        y = top + _PLOT_HEIGHT * (1 - tick / scale[-1])
        lines.append(PlotLine(left, y, WIDTH, y))
        texts.append(PlotText(left - 5, y + 4, f"{tick:,}", "end", "soft"))
    rects = [
        _column(left + place * step + gap / 2, top, step - gap, count / scale[-1], f"{month}: {count:,}")
        for place, (month, count) in enumerate(zip(months, counts, strict=True))
        if count
    ]
    # years where there are several, and months where there are few
    januaries = [place for place, month in enumerate(months) if month.endswith("-01")]
    by_year = len(months) > 18
    labelled = januaries if by_year else list(range(len(months)))
    labelled = labelled[:: math.ceil(len(labelled) / (_MOST_YEARS if by_year else _MOST_MONTHS))]
    for place in labelled:
        x = left + (place + (0 if by_year else 0.5)) * step
        label, anchor = (months[place][:4], "start") if by_year else (months[place], "middle")
        # the viewBox would cut the last label
        if x + text_width(label) / (1 if by_year else 2) > WIDTH:
            x, anchor = WIDTH, "end"
        texts.append(PlotText(x, top + _PLOT_HEIGHT + 15, label, anchor, "soft"))
    peak = months[counts.index(most)]
    about = words["notes_per_month_about"].format(total=sum(counts), peak=peak, most=most)
    return _drawing(table, words, about, top + _PLOT_HEIGHT + 22, rects, lines, texts)


def _draw_columns(table: NumberTable, words: Mapping[str, str]) -> Drawing:
    """A few columns, each with its label below and its number above."""
    counts = [_number(row[1]) for row in table.rows]
    top, step = 18.0, WIDTH / len(counts)
    rects, texts = [], []
    for place, (row, count) in enumerate(zip(table.rows, counts, strict=True)):
        label, middle = days_label(str(row[0]), words), (place + 0.5) * step
        share = count / max(counts)
        if count:
            rects.append(_column(place * step + step * 0.12, top, step * 0.76, share, f"{label}: {count:,}"))
        texts.append(PlotText(middle, top + _PLOT_HEIGHT * (1 - share) - 5, f"{count:,}", "middle"))
        texts.append(PlotText(middle, top + _PLOT_HEIGHT + 15, label, "middle", "soft"))
    line = PlotLine(0, top + _PLOT_HEIGHT, WIDTH, top + _PLOT_HEIGHT)
    texts.append(PlotText(WIDTH, top + _PLOT_HEIGHT + 31, words["days"], "end", "soft"))
    about = words[f"{table.name}_about"].format(total=sum(counts))
    return _drawing(table, words, about, top + _PLOT_HEIGHT + 38, rects, [line], texts)


def _draw_bars(table: NumberTable, words: Mapping[str, str]) -> Drawing:
    """One bar per venue; papers without one are only mentioned, because they would dwarf all others."""
    rows = [row for row in table.rows if row[0] != NO_VENUE]
    without = sum(_number(row[1]) for row in table.rows if row[0] == NO_VENUE)
    most = max((_number(row[1]) for row in rows), default=1)
    # room for a name of 18 letters on the left, and for a number on the right
    left, room = 118.0, WIDTH - 118.0 - 40.0
    rects, texts = [], []
    for place, row in enumerate(rows):
        y, count = place * 20.0, _number(row[1])
        texts.append(PlotText(left - 6, y + 13, shorten(str(row[0]), 18), "end"))
        rects.append(Rect(left, y + 2, max(count / most * room, 1.0), 15, "one", f"{row[0]}: {count:,}"))
        texts.append(PlotText(left + count / most * room + 5, y + 13, f"{count:,}", look="soft"))
    about = words["venues_about"].format(arxiv=without) if without else words["venues"]
    return _drawing(table, words, about, max(len(rows) * 20.0, _LINE), rects, [], texts)


def _draw_heat(table: NumberTable, words: Mapping[str, str]) -> Drawing:
    years = table.keys[1:][-_HEAT_YEARS:]
    rows = [(str(row[0]), [_number(count) for count in row[1:]][-_HEAT_YEARS:]) for row in table.rows]
    most = max(max(counts) for _, counts in rows) or 1
    left, top, height = 128.0, 18.0, 19.0
    step = min((WIDTH - left) / len(years), 46.0)
    texts = [
        PlotText(left + (place + 0.5) * step, 11, year, "middle", "soft small") for place, year in enumerate(years)
    ]
    rects = []
    for line, (tag, counts) in enumerate(rows):
        y = top + line * height
        texts.append(PlotText(left - 6, y + 13, shorten(tag, 19), "end"))
        for place, count in enumerate(counts):
            # the square root keeps the difference between few and none visible beside a tag on every note
            level = math.ceil(math.sqrt(count / most) * _LEVELS)
            tip = f"{tag}, {years[place]}: {count:,}"
            rects.append(Rect(left + place * step + 0.5, y + 0.5, step - 1, height - 1, f"level{level}", tip))
            if count:
                look = "on-strong small" if level >= _LEVELS - 1 else "small"
                number = f"{count / 1000:.1f}k" if count >= 1000 else str(count)
                texts.append(PlotText(left + (place + 0.5) * step, y + 13, number, "middle", look))
    return _drawing(table, words, words["tags_by_year_about"], top + len(rows) * height + 2, rects, [], texts)


def _draw_funnels(table: NumberTable, words: Mapping[str, str]) -> Drawing:
    """Three bars per topic. Logarithmic, because of thousands of papers a curator keeps a few."""
    # plus 1, because the logarithm of 0 papers is not defined
    most = math.log10(1 + max(_number(count) for row in table.rows for count in row[1:4])) or 1.0
    left, room = 76.0, WIDTH - 76.0 - 52.0
    rects, texts = [], []
    y = 0.0
    for topic, announced, matched, kept, rate in table.rows:
        texts.append(PlotText(0, y + 13, shorten(str(topic), 42), look="strong"))
        if rate is not None:
            share = f"{words['keep_rate']} {float(rate):.0%}"
            texts.append(PlotText(WIDTH, y + 13, share, "end", "soft"))
        for place, (key, count) in enumerate((("announced", announced), ("matched", matched), ("kept", kept))):
            top, number = y + 19 + place * 17.0, _number(count)
            length = math.log10(1 + number) / most * room
            texts.append(PlotText(left - 6, top + 11, words[key], "end", "soft"))
            if number:
                rects.append(Rect(left, top, length, 14, ("three", "two", "one")[place]))
            texts.append(PlotText(left + length + 5, top + 11, f"{number:,}"))
        y += 19 + 3 * 17.0 + 12
    return _drawing(table, words, words["topics_about"], y - 6, rects, [], texts)


def _draw_calendar(table: NumberTable, words: Mapping[str, str], states: Mapping[str, str], today: date) -> Drawing:
    """A row of weeks per category, each a column of five days."""
    first, left = first_ledger_day(today), 24.0
    step = (WIDTH - left) / LEDGER_WEEKS
    found = {(str(category), str(day)): str(state) for category, day, state, _ in table.rows}
    rects, lines, texts = [], [], []
    y = 0.0
    for category in dict.fromkeys(str(row[0]) for row in table.rows):
        texts.append(PlotText(left, y + 12, category, look="strong"))
        y += 18
        for week in range(LEDGER_WEEKS):
            for weekday in range(5):
                day = first + timedelta(weeks=week, days=weekday)
                # days to come have no square, or they would look like days without a record
                if day > today:
                    continue
                state = found.get((category, str(day)), "none")
                x, top = left + week * step, y + weekday * (_CELL + 1)
                tip = f"{category} {day}: {states.get(state, words['no_day'])}"
                rects.append(Rect(x, top, step - 1.5, _CELL, f"state-{state}", tip))
                lines += _state_mark(state, x, top, step - 1.5)
        y += 5 * (_CELL + 1) + 4
    for week in range(LEDGER_WEEKS):
        day = first + timedelta(weeks=week)
        # the first week of a month, and not so near to the right edge that its label would be cut
        if day.day <= 7 and week < LEDGER_WEEKS - 1:
            texts.append(
                PlotText(left + week * step, y + 8, f"{day:%m}" if day.month > 1 else f"{day:%Y-%m}", look="soft")
            )
    y += 22
    x = left
    for state in (*(str(each) for each in DayState), "none"):
        label = states.get(state, words["no_day"])
        if x + 18 + text_width(label) > WIDTH:
            x, y = left, y + _LINE + 2
        rects.append(Rect(x, y, _CELL, _CELL, f"state-{state}"))
        lines += _state_mark(state, x, y, _CELL)
        texts.append(PlotText(x + _CELL + 4, y + 10, label, look="soft"))
        x += _CELL + 4 + text_width(label) + 12
    return _drawing(table, words, words["ledger_about"], y + _CELL + 4, rects, lines, texts)


def _state_mark(state: str, x: float, y: float, width: float) -> list[PlotLine]:
    """Strokes over a square, so that the states with a warning differ without colours, too."""
    falling = PlotLine(x + 2, y + 2, x + width - 2, y + _CELL - 2, "stroke")
    rising = PlotLine(x + 2, y + _CELL - 2, x + width - 2, y + 2, "stroke")
    marks: dict[str, list[PlotLine]] = {
        DayState.FAILED: [falling, rising],
        DayState.STALE: [rising],
        DayState.TRUNCATED: [PlotLine(x + 2, y + _CELL / 2, x + width - 2, y + _CELL / 2, "stroke")],
    }
    return marks.get(state, [])


def _drawing(
    table: NumberTable,
    words: Mapping[str, str],
    about: str,
    height: float,
    rects: Sequence[Rect],
    lines: Sequence[PlotLine],
    texts: Sequence[PlotText],
) -> Drawing:
    return Drawing(table.name, words[table.name], about, height, tuple(rects), tuple(lines), tuple(texts))


def _column(x: float, top: float, width: float, share: float, tip: str) -> Rect:
    """A column whose height is a share of the plot, but never so small that it cannot be seen."""
    height = max(_PLOT_HEIGHT * share, 1.0)
    return Rect(x, top + _PLOT_HEIGHT - height, max(width, 0.5), height, "one", tip)


def _number(cell: Cell) -> int:
    return int(cell) if isinstance(cell, int | float) else 0


def _nice_ticks(most: int) -> list[int]:
    """0, and at most five round numbers, of which the last is not below ``most``."""
    step = 1
    while step * 4 < most:
        # 1, 2, 5, 10, 20, 50, …
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return list(range(0, most + step, step))


def text_width(text: str) -> float:
    """The width of a label, estimated, because a server has no fonts."""
    return sum(2 if east_asian_width(char) in "FW" else 1 for char in text) * _LETTER


def shorten(text: str, letters: int) -> str:
    """Shortens a text to ``letters`` letters; a Japanese character counts as two."""
    if text_width(text) <= letters * _LETTER:
        return text
    kept, width = "", 1.0
    for char in text:
        width += text_width(char) / _LETTER
        if width > letters:
            break
        kept += char
    return kept.rstrip() + "…"
