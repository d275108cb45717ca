"""One reading of the list of issues from a place to its end, and what may have gone wrong with it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from notebot.features.publishing.adapters.github.forms import Listed
    from notebot.features.publishing.adapters.github.import_cursor import Place
    from notebot.features.publishing.adapters.github.request import Page

PAGE_SIZE = 100
"""GitHub's largest."""


class Look:
    """Follows a reading of the list, page by page.

    Attributes:
        place: how far it has come. It only moves while the list keeps its order.
    """

    def __init__(self, start: Place) -> None:
        self.place = start
        self._start = start
        self._times: list[datetime] = []
        self._ordered = True
        self._in_parts = start.run_at is not None
        self._etag: str | None = None

    def turn_to(self, page: Page[Listed]) -> None:
        """Takes notice of the next page."""
        self._in_parts = self._in_parts or not page.is_last
        self.place = self.place.begun(page.answered_at)
        self._etag = page.etag if not self._in_parts and len(page.items) < PAGE_SIZE else None
        times = [listed.updated_at for listed in page.items]
        self._ordered = self._ordered and _ascend([*self._times[-1:], *times])
        self._times += times

    def read_to(self, moment: datetime) -> None:
        """Takes notice that all the list has up to an issue of that last change was handed over."""
        if self._ordered:
            self.place = self.place.read_to(moment)

    @property
    def has_begun(self) -> bool:
        """Whether there was a list to read, which there is not where GitHub says that nothing changed."""
        return self.place.run_at is not None

    @property
    def has_slipped(self) -> bool:
        """Whether issues that changed meanwhile may have drawn others over the edge of a page, unseen."""
        began_at = self.place.run_at
        return self._in_parts and began_at is not None and any(moment >= began_at for moment in self._times)

    def ended(self) -> Place:
        """The place when all was read, and nothing slipped."""
        newest = max(self._times, default=None)
        place = replace(self.place, since=self.place.since if newest is None else newest)
        return place.ended(self._etag, self._start)


def _ascend(times: Sequence[datetime]) -> bool:
    return all(earlier <= later for earlier, later in pairwise(times))
