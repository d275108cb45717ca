"""Has a language model summarise and translate, within the day's budget.

A summary for entries that a digest shows in full and for kept ones, a translation for kept ones alone: a
headline never costs a call. A stub without either is a complete stub; what failed is asked for again later.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct, field
from msgspec.structs import replace

from notebot.core.model.errors import BadAnswerError, NotebotError, ServiceError, UsageError
from notebot.core.model.stub import AttributedText, Stub, StubStatus
from notebot.features.summaries.rules.extract import EXTRACTIVE
from notebot.features.summaries.rules.prompts import (
    ModelAnswer,
    Question,
    Role,
    content_key,
    is_written_in,
    make_question,
    read_answer,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from notebot.core.ports import Clock, Progress, Store
    from notebot.features.health.guarded_service import CircuitBreaker

SOURCE = "llm"
"""By which its health stands among the sources."""
MOST_FAILURES = 3
"""A text that failed on so many days is left alone until it, the model or the prompt changes."""
STRIKES = 3
"""After so many useless answers in a row the round ends."""


class Writer(Protocol):
    """A language model."""

    def write(self, question: Question, spend: Callable[[], bool]) -> ModelAnswer:
        """The answer to a question, whatever it is worth.

        Args:
            spend: takes one request out of the budget, before each; when it says no, none is made.

        Raises:
            BadAnswerError: what came is no answer, or the question is not taken; another may fare better.
            ServiceError: the server is not to be asked now.
            UsageError: the address, the key or the model's name is wrong.
        """


class GatedWriter:
    """A language model behind its breaker."""

    def __init__(self, writer: Writer, gate: CircuitBreaker) -> None:
        self._writer = writer
        self._gate = gate

    def write(self, question: Question, spend: Callable[[], bool]) -> ModelAnswer:
        """See :class:`Writer`."""
        return self._gate.call(lambda: self._writer.write(question, spend))


class Failures(Struct, frozen=True):
    """How often a text was asked for in vain."""

    count: int
    last_on: date
    """By the curator's clock."""


class Usage(Struct, frozen=True):
    """What was asked of language models."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class WrittenTexts(Protocol):
    """Everything a language model wrote, by what it was asked, and what that has cost by day."""

    def get(self, key: str) -> AttributedText | None:
        """The text that was written for a question, by :func:`content_key`."""

    def keep(self, key: str, text: AttributedText) -> None:
        """Keeps a text; failures before it are forgotten."""

    def failures(self, key: str) -> Failures | None:
        """How often a question has failed; ``None`` where it never did."""

    def failed(self, key: str, day: date) -> None:
        """Counts one more failure."""

    def count(self, day: date, usage: Usage) -> None:
        """Adds to what a day has cost."""

    def usage(self, day: date | None = None) -> Usage:
        """What a day has cost, or all days together."""


class WriterStyle(Struct, frozen=True):
    """What the config says of language models; a role whose model is ``""`` is not asked for."""

    summary_model: str
    translation_model: str
    language: str
    """``ja`` or ``en``."""
    daily_calls: int
    """Requests a day, retries included."""
    timezone: ZoneInfo
    """In which the day begins."""

    def model(self, role: Role) -> str:
        return self.summary_model if role is Role.SUMMARY else self.translation_model


class WritingReport(Struct):
    """What a round came to."""

    written: int = 0
    from_cache: int = 0
    left: int = 0
    """Texts that are still to be written, another time."""
    failures: list[tuple[str, str]] = field(default_factory=list)
    """Stub key, and a sentence."""
    error: NotebotError | None = None
    """Why the round ended early; a spent budget is none."""
    calls: int = 0


class _Task(Struct, frozen=True):
    key: str
    """Of the stub."""
    question: Question


class Summaries:
    """A round; make one per round."""

    def __init__(
        self,
        store: Store,
        texts: WrittenTexts,
        writer: Writer,
        style: WriterStyle,
        clock: Clock,
        progress: Progress = lambda what, done, total: None,
    ) -> None:
        self._store = store
        self._texts = texts
        self._writer = writer
        self._style = style
        self._clock = clock
        self._progress = progress
        self._strikes = 0
        self._asks = True
        self._report = WritingReport()

    def run(self, in_full: Sequence[Stub]) -> WritingReport:
        """Writes what is wanted: first for the entries that the next digest shows in full, then for kept ones.

        Raises:
            StateError: the store cannot be used. A failing model is never raised, it is reported.
        """
        tasks = due(in_full, self._store.stubs.all(StubStatus.KEPT), self._style)
        for done, task in enumerate(tasks):
            self._progress(SOURCE, done, len(tasks))
            if not self._write(task):
                self._report.left += 1
        self._note_health()
        return self._report

    def _write(self, task: _Task) -> bool:
        """Whether the text is there now."""
        key = content_key(task.question)
        known = self._texts.get(key)
        if known is None and self._may_ask(key):
            known = self._asked(task, key)
        elif known is not None:
            self._report.from_cache += 1
        if known is None:
            return False
        with self._store.transaction():
            self._save(task, known)
        return True

    def _asked(self, task: _Task, key: str) -> AttributedText | None:
        try:
            answer = self._writer.write(task.question, self._spend)
            self._count(Usage(0, answer.prompt_tokens, answer.completion_tokens))
            text = AttributedText(read_answer(task.question, answer), answer.model)
        except (ServiceError, UsageError) as error:
            self._fail(task, key, error)
            return None
        with self._store.transaction():
            self._texts.keep(key, text)
        self._strikes = 0
        self._report.written += 1
        return text

    def _fail(self, task: _Task, key: str, error: ServiceError | UsageError) -> None:
        """A useless answer is the text's affair until there are three in a row; all else is the server's."""
        useless = isinstance(error, BadAnswerError) and error.wait_s is None  # with a wait, the breaker speaks
        if useless:
            self._strikes += 1
            self._report.failures.append((task.key, str(error)))
            with self._store.transaction():
                self._texts.failed(key, self._today())
        if not useless or self._strikes == STRIKES:
            self._asks = False
            self._report.error = error

    def _may_ask(self, key: str) -> bool:
        before = self._texts.failures(key)
        rested = before is None or (before.count < MOST_FAILURES and before.last_on != self._today())
        return self._asks and rested and self._is_budget_left()

    def _is_budget_left(self) -> bool:
        return self._texts.usage(self._today()).calls < self._style.daily_calls

    def _spend(self) -> bool:
        """Takes one request out of the day's budget, over all processes; false where none is left."""
        with self._store.transaction():
            left = self._is_budget_left()
            if left:
                self._texts.count(self._today(), Usage(calls=1))
        self._report.calls += left
        return left

    def _count(self, usage: Usage) -> None:
        with self._store.transaction():
            self._texts.count(self._today(), usage)

    def _save(self, task: _Task, text: AttributedText) -> None:
        """Puts the text on the stub, unless that was skipped or changed while the model was writing."""
        stub = self._store.stubs.get(task.key)
        if stub is None or task not in due([stub], [stub] if stub.status is StubStatus.KEPT else [], self._style):
            return
        after = with_text(stub, task.question.role, text)
        if after != stub:
            self._store.stubs.save(after, self._clock())

    def _note_health(self) -> None:
        error = self._report.error
        if not self._report.calls and error is None:
            return
        with self._store.transaction():
            if error is None:
                self._store.sources.succeeded(SOURCE, self._clock())
            else:
                self._store.sources.failed(SOURCE, self._clock(), error.kind, str(error))

    def _today(self) -> date:
        return self._clock().astimezone(self._style.timezone).date()


def due(in_full: Sequence[Stub], kept: Sequence[Stub], style: WriterStyle) -> list[_Task]:
    """What is to be written, the most urgent first.

    A stub that was not shown yet takes the summary of what its abstract says now; a kept one, whose summary the
    curator has seen, only what it lacks. What the archive has, or the curator wrote, is never written.
    """
    shown = [(stub, Role.SUMMARY) for stub in in_full if stub.status is StubStatus.QUEUED]
    lacking = [(stub, role) for stub in reversed(kept) for role in Role if stub.note_number is None]
    wanted = [*shown, *((stub, role) for stub, role in lacking if _lacks(stub, role))]
    tasks = [_Task(stub.key, _question(stub, role, style)) for stub, role in wanted if _may_have(stub, role, style)]
    return list(dict.fromkeys(tasks))


def with_text(stub: Stub, role: Role, text: AttributedText) -> Stub:
    """The stub with its summary or translation."""
    return replace(stub, summary=text) if role is Role.SUMMARY else replace(stub, translation=text)


def usage_document(texts: WrittenTexts, style: WriterStyle, today: date) -> dict[str, Any]:
    """What ``notebot status`` says of language models: requests and tokens of the day and of all days."""
    day, ever = texts.usage(today), texts.usage()
    return {
        "calls_today": day.calls,
        "daily_calls": style.daily_calls,
        "tokens_today": {"prompt": day.prompt_tokens, "completion": day.completion_tokens},
        "calls": ever.calls,
        "tokens": {"prompt": ever.prompt_tokens, "completion": ever.completion_tokens},
    }


def _lacks(stub: Stub, role: Role) -> bool:
    text = stub.summary if role is Role.SUMMARY else stub.translation
    return text is None or text.by == EXTRACTIVE


def _may_have(stub: Stub, role: Role, style: WriterStyle) -> bool:
    if not style.model(role) or not stub.abstract.strip() or stub.withdrawn or str(role) in stub.curator.fields:
        return False
    return role is Role.SUMMARY or not is_written_in(stub.abstract, style.language)


def _question(stub: Stub, role: Role, style: WriterStyle) -> Question:
    return make_question(role, style.model(role), style.language, stub.title, stub.abstract)
