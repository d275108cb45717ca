"""Cache of language model texts by question, and the tokens used per day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from notebot.core.model.stub import AttributedText
from notebot.features.summaries.summarise import Failures, Usage

if TYPE_CHECKING:
    from notebot.store.connection import Connection


class WrittenTextTables:
    """See :class:`notebot.features.summaries.summarise.WrittenTexts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, key: str) -> AttributedText | None:
        row = self._connection.execute(
            "SELECT text, author FROM written WHERE key = ? AND text IS NOT NULL", (key,)
        ).fetchone()
        return AttributedText(*row) if row else None

    def keep(self, key: str, text: AttributedText) -> None:
        self._connection.execute(
            "INSERT INTO written (key, text, author) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
            " text = excluded.text, author = excluded.author, failures = 0, failed_on = NULL",
            (key, text.text, text.by),
        )

    def failures(self, key: str) -> Failures | None:
        row = self._connection.execute(
            "SELECT failures, failed_on FROM written WHERE key = ? AND failures > 0", (key,)
        ).fetchone()
        return Failures(row[0], date.fromisoformat(row[1])) if row else None

    def failed(self, key: str, day: date) -> None:
        self._connection.execute(
            "INSERT INTO written (key, failures, failed_on) VALUES (?, 1, ?) ON CONFLICT (key) DO UPDATE SET"
            " failures = written.failures + 1, failed_on = excluded.failed_on",
            (key, day.isoformat()),
        )

    def count(self, day: date, usage: Usage) -> None:
        self._connection.execute(
            "INSERT INTO model_usage (day, calls, prompt_tokens, completion_tokens) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (day) DO UPDATE SET calls = model_usage.calls + excluded.calls,"
            " prompt_tokens = model_usage.prompt_tokens + excluded.prompt_tokens,"
            " completion_tokens = model_usage.completion_tokens + excluded.completion_tokens",
            (day.isoformat(), usage.calls, usage.prompt_tokens, usage.completion_tokens),
        )

    def usage(self, day: date | None = None) -> Usage:
        row = self._connection.execute(
            "SELECT coalesce(sum(calls), 0), coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0)"
            f" FROM model_usage{' WHERE day = ?' if day else ''}",
            (day.isoformat(),) if day else (),
        ).fetchone()
        return Usage(*row)
