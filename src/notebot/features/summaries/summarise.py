"""Writes summaries and translations with a language model, within a daily budget.

Summaries are written for entries that a digest shows in full and for kept stubs; translations for kept stubs
only. A headline never costs a call. A stub without either text is complete; failed texts are retried later.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct, field
from msgspec.structs import replace

from notebot.core.model.errors import BadAnswerError, NotebotError, ServiceError, UsageError
from notebot.core.model.stub import AttributedText, Stub, StubStatus
from notebot.core.ports import Transactional
from notebot.core.supervisor import supervised
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

    from notebot.core.ports import Clock, Progress, Sources, Stubs

SOURCE = "llm"
"""The name under which the health of the language model is stored."""
MOST_FAILURES = 3
"""A text that failed on this many days is not retried until the text, model or prompt changes."""
ATTEMPTS = 2
"""How often a question is asked; again only if the answer is unusable."""


class Writer(Protocol):
    """A language model."""

    def write(self, question: Question, spend: Callable[[], bool]) -> ModelAnswer:
        """Returns the model's answer to a question, unchecked.

        Args:
            spend: called before each request to charge the budget; if it returns false, no request is made.

        Raises:
            BadAnswerError: the response is malformed or the question was refused; other questions may succeed.
            ServiceError: the server must not be called now.
            UsageError: the address, the key or the model's name is wrong.
        """


class SummaryStore(Transactional, Protocol):
    """What writing summaries reads and writes."""

    @property
    def stubs(self) -> Stubs: ...

    @property
    def sources(self) -> Sources: ...


class Gate(Protocol):
    """A circuit breaker, so that a failing server is left alone for a while."""

    def call(self, request: Callable[[], AttributedText]) -> AttributedText:
        """Makes the request and returns its answer.

        Raises:
            ServiceError: the server is left alone, or the request failed.
        """


class Failures(Struct, frozen=True):
    """How often writing a text has failed."""

    count: int
    last_on: date
    """A date in the curator's time zone."""


class Usage(Struct, frozen=True):
    """Numbers of requests and tokens."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class WrittenTexts(Protocol):
    """Cache of model texts by question, with failures and the usage per day."""

    def get(self, key: str) -> AttributedText | None:
        """Returns the cached text for a key from :func:`content_key`."""

    def keep(self, key: str, text: AttributedText) -> None:
        """Stores a text and clears its failures."""

    def failures(self, key: str) -> Failures | None:
        """Returns the failures of a question, or ``None`` if it never failed."""

    def failed(self, key: str, day: date) -> None:
        """Counts one more failure."""

    def count(self, day: date, usage: Usage) -> None:
        """Adds to the usage of a day."""

    def usage(self, day: date | None = None) -> Usage:
        """Returns the usage of a day, or of all days together."""


class WriterStyle(Struct, frozen=True):
    """Language model settings; a role whose model is ``""`` is disabled."""

    summary_model: str
    translation_model: str
    language: str
    """``ja`` or ``en``."""
    daily_calls: int
    """Maximum requests per day, including retries."""
    timezone: ZoneInfo
    """Determines when the day of the budget begins."""

    def model(self, role: Role) -> str:
        return self.summary_model if role is Role.SUMMARY else self.translation_model


class WritingReport(Struct):
    """Result of one round."""

    written: int = 0
    from_cache: int = 0
    left: int = 0
    """Number of texts that are still to be written."""
    failures: list[tuple[str, str]] = field(default_factory=list)
    """Stub key and error message."""
    error: NotebotError | None = None
    """Why the round ended early; an exhausted budget is not an error."""
    calls: int = 0


class _WritingTask(Struct, frozen=True):
    key: str
    """The stub's key."""
    question: Question
    for_digest: bool
    """Whether the next digest shows the stub in full."""


class Summaries:
    """One round of writing; create a new instance per round.

    Args:
        reserved: requests of today's budget that are left for entries of a digest that is not written yet.
    """

    def __init__(
        self,
        store: SummaryStore,
        texts: WrittenTexts,
        writer: Writer,
        gate: Gate,
        style: WriterStyle,
        clock: Clock,
        progress: Progress = lambda what, done, total: None,
        *,
        reserved: int = 0,
    ) -> None:
        self._store = store
        self._texts = texts
        self._writer = writer
        self._gate = gate
        self._style = style
        self._clock = clock
        self._progress = progress
        self._reserved = reserved
        self._asks = True
        self._report = WritingReport()

    def run(self, in_full: Sequence[Stub]) -> WritingReport:
        """Writes missing texts, first for entries shown in full, then for kept stubs.

        Raises:
            StateError: the store cannot be used. Failures of the model are reported, not raised.
        """
        tasks = due(in_full, self._store.stubs.all(StubStatus.KEPT), self._style)
        for done, task in enumerate(tasks):
            self._progress(SOURCE, done, len(tasks))
            if not self._write(task):
                self._report.left += 1
        self._note_health()
        return self._report

    def _write(self, task: _WritingTask) -> bool:
        """Writes the text to the stub; returns whether a text is available."""
        key = content_key(task.question)
        known = self._texts.get(key)
        if known is not None:
            self._report.from_cache += 1
        else:
            failures = self._texts.failures(key)
            # At most one attempt per text and day, so that one bad text cannot use up the budget.
            may_retry = failures is None or (failures.count < MOST_FAILURES and failures.last_on != self._today())
            # Texts of the cache are used even after the server failed; only new requests end (`_asks`).
            if self._asks and may_retry and self._is_budget_left(0 if task.for_digest else self._reserved):
                known = self._asked(task, key)
        if known is None:
            return False
        with self._store.transaction():
            self._save(task, known)
        return True

    def _asked(self, task: _WritingTask, key: str) -> AttributedText | None:
        try:
            with supervised(f"The text for {task.key}"):
                text = self._gate.call(lambda: self._ask(task.question))
        except (ServiceError, UsageError) as error:
            self._fail(task, key, error)
            return None
        with self._store.transaction():
            self._texts.keep(key, text)
        self._report.written += 1
        return text

    def _ask(self, question: Question) -> AttributedText:
        """Asks until an answer can be used, at most ``ATTEMPTS`` times."""
        for attempt in range(1, ATTEMPTS + 1):
            answer = self._writer.write(replace(question, attempt=attempt), self._spend)
            # Tokens are counted before the answer is parsed: unusable answers cost money too.
            with self._store.transaction():
                self._texts.count(self._today(), Usage(0, answer.prompt_tokens, answer.completion_tokens))
            try:
                return AttributedText(read_answer(question, answer), answer.model)
            except BadAnswerError:
                if attempt == ATTEMPTS or not self._is_budget_left():
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _fail(self, task: _WritingTask, key: str, error: ServiceError | UsageError) -> None:
        """Records a failure; ends the round if the server seems to be at fault."""
        # An unusable answer is blamed on the text. After three in a row the circuit breaker opens, with a wait.
        if isinstance(error, BadAnswerError) and error.wait_s is None:
            self._report.failures.append((task.key, str(error)))
            with self._store.transaction():
                self._texts.failed(key, self._today())
        else:
            self._asks = False
            self._report.error = error

    def _is_budget_left(self, reserved: int = 0) -> bool:
        return self._texts.usage(self._today()).calls + reserved < self._style.daily_calls

    def _spend(self) -> bool:
        """Charges one request to the daily budget of all processes; false if it is exhausted."""
        with self._store.transaction():
            # Checked and charged in one transaction, so that two processes cannot both spend the last request.
            left = self._is_budget_left()
            if left:
                self._texts.count(self._today(), Usage(calls=1))
        self._report.calls += left
        return left

    def _save(self, task: _WritingTask, text: AttributedText) -> None:
        """Saves the text on the stub, unless it was skipped or changed in the meantime."""
        stub = self._store.stubs.get(task.key)
        # A request takes seconds to minutes, in which the curator may have decided or typed a text.
        if stub is None or task not in due([stub], [stub] if stub.status is StubStatus.KEPT else [], self._style):
            return
        updated = with_text(stub, task.question.role, text)
        if updated != stub:
            self._store.stubs.save(updated, self._clock())

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


def due(in_full: Sequence[Stub], kept: Sequence[Stub], style: WriterStyle) -> list[_WritingTask]:
    """Returns the texts to be written, most urgent first.

    A stub that was not shown yet gets a summary of its current abstract. A kept stub, whose summary the curator
    has seen, gets only missing texts. Texts of published notes or of the curator are never replaced.
    """
    wanted = [(stub, Role.SUMMARY, True) for stub in in_full if stub.status is StubStatus.QUEUED]
    for stub in reversed(kept):
        for role, text in ((Role.SUMMARY, stub.summary), (Role.TRANSLATION, stub.translation)):
            if stub.note_number is None and (text is None or text.by == EXTRACTIVE):
                wanted.append((stub, role, False))
    tasks = []
    for stub, role, for_digest in wanted:
        may_have_text = stub.abstract.strip() and not stub.withdrawn and str(role) not in stub.curator.fields
        is_needless = role is Role.TRANSLATION and is_written_in(stub.abstract, style.language)
        if style.model(role) and may_have_text and not is_needless:
            question = make_question(role, style.model(role), style.language, stub.title, stub.abstract)
            tasks.append(_WritingTask(stub.key, question, for_digest))
    # The same paper may be due twice; the first place is the more urgent one.
    return list(dict.fromkeys(tasks))


def with_text(stub: Stub, role: Role, text: AttributedText) -> Stub:
    """Returns a copy of the stub with its summary or translation set."""
    return replace(stub, summary=text) if role is Role.SUMMARY else replace(stub, translation=text)


def usage_document(texts: WrittenTexts, style: WriterStyle, today: date) -> dict[str, Any]:
    """Returns requests and tokens of today and of all days, for ``notebot status``."""
    day, ever = texts.usage(today), texts.usage()
    return {
        "calls_today": day.calls,
        "daily_calls": style.daily_calls,
        "tokens_today": {"prompt": day.prompt_tokens, "completion": day.completion_tokens},
        "calls": ever.calls,
        "tokens": {"prompt": ever.prompt_tokens, "completion": ever.completion_tokens},
    }
