"""The inbox: every line ends as a stub, as a known paper, or as a failure that is told of and stays.

    look | a few items | their posts and papers (stored) | their lines taken away | the next few

A kill between the last two steps has the lines read once more, which then are known.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

from notebot.core.model.inbox_failure import InboxFailure
from notebot.features.intake.handed_over_links import Posted, first_failure
from notebot.features.intake.rules.inbox_lines import (
    InboxItem,
    Lead,
    due_items,
    failed_again,
    leads_of,
    shown_line,
    why_nothing,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from notebot.core.ports import Clock, Store

_AT_ONCE = 50
"""Items whose papers are asked for together."""
_MOST_TOLD = 30


class InboxFiles(Protocol):
    """Where people drop links."""

    def items(self) -> list[InboxItem]:
        """Everything in the inbox, in order; a line that is being written just now comes with the next look.

        Raises:
            StateError: the inbox cannot be read.
        """

    def settle(self, done: Sequence[InboxItem]) -> None:
        """Takes lines and files away, if they still stand there so; what was added meanwhile stays.

        Raises:
            StateError: the inbox cannot be written; nothing is lost.
        """


class InboxRecords(Protocol):
    """What is remembered of lines that came to nothing."""

    def failures(self) -> list[InboxFailure]:
        """All of them, the oldest first."""

    def failed(self, failure: InboxFailure) -> None:
        """Remembers one, in place of what was remembered of the same line."""

    def forget(self, keys: Iterable[tuple[str, str]]) -> None:
        """Forgets those of these (place, text)."""


class InboxReport(Struct):
    """What one look came to."""

    done: list[tuple[InboxItem, tuple[Posted, ...]]] = field(default_factory=list)
    failed: list[InboxFailure] = field(default_factory=list)
    """Those that were tried now, and stay."""

    @property
    def news(self) -> list[InboxFailure]:
        """Failures that nobody was told of yet."""
        return [one for one in self.failed if one.tries == 1]


def failure_lines(report: InboxReport) -> list[str]:
    """What a person is told of the failures that are news, one line each."""
    told = [f"inbox: {shown_line(one.place, one.text)}: {one.why}" for one in report.news]
    more = len(told) - _MOST_TOLD
    return [*told[:_MOST_TOLD], *([f"inbox: {more} more, see `notebot status`"] if more > 0 else [])]


class Inbox:
    """Drains the inbox; one at a time over all processes, by the caller's lock.

    Args:
        take: reads links and stores what they come to.
        stopping: whether the program is to end.
    """

    def __init__(
        self,
        store: Store,
        records: InboxRecords,
        files: InboxFiles,
        take: Callable[[Sequence[Lead]], list[Posted]],
        clock: Clock,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._records = records
        self._files = files
        self._take = take
        self._clock = clock
        self._stopping = stopping

    def due(self, *, by_hand: bool) -> list[InboxItem]:
        """The items to try now; failures of lines that are gone are forgotten."""
        items, failures = self._files.items(), self._records.failures()
        standing = {item.key for item in items}
        gone = [(one.place, one.text) for one in failures if (one.place, one.text) not in standing]
        if gone:
            with self._store.transaction():
                self._records.forget(gone)
        return due_items(items, failures, None if by_hand else self._clock())

    def drain(self, *, by_hand: bool) -> InboxReport:
        """Tries everything that is due.

        Args:
            by_hand: what failed before is tried at once.

        Raises:
            StateError: store or inbox cannot be used; what was done is done.
        """
        report = InboxReport()
        due = iter(self.due(by_hand=by_hand))
        while not self._stopping() and (part := list(islice(due, _AT_ONCE))):
            self._drain(part, report)
        return report

    def _drain(self, items: Sequence[InboxItem], report: InboxReport) -> None:
        leads = [leads_of(item) for item in items]
        answers = iter(self._take([lead for ones in leads for lead in ones]))
        posted = [tuple(next(answers) for _ in ones) for ones in leads]
        failed = [self._failure(item, ones) for item, ones in zip(items, posted, strict=True)]
        done = [(item, ones) for item, ones, error in zip(items, posted, failed, strict=True) if error is None]
        self._remember([error for error in failed if error is not None], [item for item, _ in done], report)
        self._files.settle([item for item, _ in done])
        report.done += done

    def _failure(self, item: InboxItem, posted: tuple[Posted, ...]) -> tuple[InboxItem, str, str] | None:
        error = first_failure(posted)
        if error is None and posted:
            return None
        if error is not None:
            return item, error.kind, str(error)
        return item, "invalid-ref", why_nothing(item)

    def _remember(
        self, failed: Sequence[tuple[InboxItem, str, str]], done: Sequence[InboxItem], report: InboxReport
    ) -> None:
        with self._store.transaction():
            before = {(one.place, one.text): one for one in self._records.failures()}
            self._records.forget(item.key for item in done if item.key in before)
            for item, kind, why in failed:
                failure = failed_again(before.get(item.key), item, kind, why, self._clock())
                self._records.failed(failure)
                report.failed.append(failure)
