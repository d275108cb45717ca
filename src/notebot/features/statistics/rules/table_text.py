"""Tables and the prediction in words, for the terminal and the page."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from notebot.core.model.ledger import DayState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from notebot.features.statistics.rules.tables import Cell, NumberTable, Prediction

Rows = list[list[str]]


def headings(table: NumberTable, words: Mapping[str, str]) -> list[str]:
    """The heading of each column; a year is its own heading."""
    return [words.get(key, key) for key in table.keys]


def cells(table: NumberTable, words: Mapping[str, str], states: Mapping[str, str]) -> Rows:
    """Every cell as text."""
    return [[_cell(key, cell, words, states) for key, cell in zip(table.keys, row, strict=True)] for row in table.rows]


def short_table(table: NumberTable, words: Mapping[str, str], states: Mapping[str, str], most: int) -> Rows:
    """The table with its headings for a terminal: the newest ``most`` months, and days counted by state.

    Empty if there is nothing to count.
    """
    if table.name == "ledger":
        counts = Counter((str(row[0]), str(row[2])) for row in table.rows)
        shown = [str(state) for state in DayState if any(state == each for _, each in counts)]
        categories = dict.fromkeys(category for category, _ in counts)
        rows = [[category, *(str(counts[category, state]) for state in shown)] for category in categories]
        return [[words["category"], *(states[state] for state in shown)], *rows] if rows else []
    rows = cells(table, words, states)
    if not any(number for row in table.rows for number in row[1:]):
        return []
    return [headings(table, words), *(rows[-most:] if table.name == "notes_per_month" else rows)]


def prediction_sentences(prediction: Prediction, words: Mapping[str, str]) -> list[str]:
    """How well the order predicts, in one or two sentences."""
    if prediction.auc is None or prediction.share_in_first_20 is None:
        return [words["prediction_none"]]
    return [
        words["prediction_auc"].format(auc=prediction.auc),
        words["prediction_first"].format(
            kept=prediction.kept, share=prediction.share_in_first_20, first=prediction.kept_in_first_20
        ),
    ]


def days_label(bounds: str, words: Mapping[str, str]) -> str:
    """``0`` → same day, ``8-30`` → 8–30, ``366-`` → 366+."""
    if bounds == "0":
        return words["same_day"]
    low, dash, high = bounds.partition("-")
    return f"{low}–{high}" if high else f"{low}{'+' if dash else ''}"


def _cell(key: str, cell: Cell, words: Mapping[str, str], states: Mapping[str, str]) -> str:
    if cell is None:
        return "–"
    if key == "keep_rate":
        return f"{cell:.1%}"
    if key == "state":
        return states.get(str(cell), str(cell))
    if key == "days":
        return days_label(str(cell), words)
    return f"{cell:,}" if isinstance(cell, int | float) else cell
