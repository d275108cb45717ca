"""Drains the inbox: every line becomes a stub, a known paper, or a reported failure that stays in the file.

list | a few items | their posts and papers (stored) | remove their lines | the next few

If the process is killed between storing and removing, the lines are read again, and their papers are known then.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

from notebot.core.model.inbox_failure import InboxFailure
from notebot.core.ports import Transactional
from notebot.features.intake.handed_over_links import LinkResult, first_failure
from notebot.features.intake.rules.inbox_lines import (
    InboxItem,
    SharedLink,
    due_items,
    extract_links,
    next_failure,
    why_no_links,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from notebot.core.ports import Clock

_BATCH = 50
"""Items whose papers are fetched together."""
_MAX_REPORTED = 30


class InboxFiles(Protocol):
    """The files into which people drop links."""

    def items(self) -> list[InboxItem]:
        """Returns everything in the inbox, in order; a line that is being written comes with the next call.

        Raises:
            StateError: the inbox cannot be read.
        """

    def remove(self, done: Sequence[InboxItem]) -> None:
        """Removes these lines and files if they are unchanged; what was added meanwhile stays.

        Raises:
            StateError: the inbox cannot be written; nothing is lost.
        """


class InboxRecords(Protocol):
    """The stored failures of inbox lines."""

    def failures(self) -> list[InboxFailure]:
        """Returns all failures, the oldest first."""

    def failed(self, failure: InboxFailure) -> None:
        """Stores a failure; replaces that of the same line."""

    def forget(self, keys: Iterable[tuple[str, str]]) -> None:
        """Deletes the failures of these (place, text) keys."""


class InboxStore(Transactional, Protocol):
    """What draining the inbox needs of the store besides :class:`InboxRecords`."""


class InboxReport(Struct):
    """What one run did."""

    done: list[tuple[InboxItem, tuple[LinkResult, ...]]] = field(default_factory=list)
    failed: list[InboxFailure] = field(default_factory=list)
    """Items that were tried and stay."""

    @property
    def first_failures(self) -> list[InboxFailure]:
        """Failures that were not reported before."""
        return [failure for failure in self.failed if failure.tries == 1]

    def failure_lines(self) -> list[str]:
        """Returns one message per new failure, and the number of those left out."""
        lines = [f"inbox: {new.where}: {new.why}" for new in self.first_failures]
        more = len(lines) - _MAX_REPORTED
        return [*lines[:_MAX_REPORTED], *([f"inbox: {more} more, see `notebot status`"] if more > 0 else [])]


class Inbox:
    """Drains the inbox; the caller's lock keeps other processes out.

    Args:
        take: reads links and stores their papers.
        stopping: tells whether the program is shutting down.
    """

    def __init__(
        self,
        *,
        store: InboxStore,
        records: InboxRecords,
        files: InboxFiles,
        take: Callable[[Sequence[SharedLink]], list[LinkResult]],
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
        """Returns the items to try now, and deletes the failures of lines that are gone."""
        items, failures = self._files.items(), self._records.failures()
        existing = {item.key for item in items}
        # lines that somebody has deleted or corrected since they failed
        gone = [(failure.place, failure.text) for failure in failures if (failure.place, failure.text) not in existing]
        if gone:
            with self._store.transaction():
                self._records.forget(gone)
        return due_items(items, failures, None if by_hand else self._clock())

    def drain(self, *, by_hand: bool) -> InboxReport:
        """Tries everything that is due.

        Args:
            by_hand: try earlier failures at once, without waiting for their next turn.

        Raises:
            StateError: store or inbox cannot be used; what was done is stored.
        """
        report = InboxReport()
        due = iter(self.due(by_hand=by_hand))
        # read once: reading them for each batch takes quadratic time with thousands of lines that stay
        failures = {(failure.place, failure.text): failure for failure in self._records.failures()}
        while not self._stopping() and (batch := list(islice(due, _BATCH))):
            self._drain_batch(batch, failures, report)
        return report

    def _drain_batch(
        self, items: Sequence[InboxItem], failures: Mapping[tuple[str, str], InboxFailure], report: InboxReport
    ) -> None:
        links = [extract_links(item) for item in items]
        results = iter(self._take([link for group in links for link in group]))
        done: list[tuple[InboxItem, tuple[LinkResult, ...]]] = []
        failed: list[tuple[InboxItem, str, str]] = []
        for item, group in zip(items, links, strict=True):
            taken = tuple(next(results) for _ in group)
            error = first_failure(taken)
            if error is not None:
                failed.append((item, error.kind, str(error)))
            elif taken:
                done.append((item, taken))
            else:
                # a line that cannot be read is a failure, not an empty line: it stays in the file
                failed.append((item, "invalid-ref", why_no_links(item)))
        finished = [item for item, _ in done]
        with self._store.transaction():
            self._records.forget(item.key for item in finished if item.key in failures)
            for item, kind, why in failed:
                failure = next_failure(failures.get(item.key), item, kind=kind, why=why, now=self._clock())
                self._records.failed(failure)
                report.failed.append(failure)
        # only after storing: a kill in between repeats work, the other order would lose links
        self._files.remove(finished)
        report.done += done
