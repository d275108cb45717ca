"""One pass over the list of issues, and whether pages shifted while it was read."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from datetime import datetime

    from notebot.features.publishing.adapters.github.forms import ListedIssue
    from notebot.features.publishing.adapters.github.import_cursor import ImportCursor
    from notebot.features.publishing.adapters.github.request import GitHubPage

PAGE_SIZE = 100
"""GitHub's maximum for ``per_page``."""


class IssueListing:
    """Tracks one pass over the list, page by page.

    Attributes:
        cursor: how far the pass has come. It moves only while the list is in order.
    """

    def __init__(self, start: ImportCursor) -> None:
        self.cursor = start
        self._start = start
        self._times: list[datetime] = []
        self._in_order = True
        self._several_pages = start.run_at is not None
        self._etag: str | None = None

    def add_page(self, page: GitHubPage[ListedIssue]) -> None:
        """Records a page that was received; its issues are not stored yet."""
        self._several_pages = self._several_pages or not page.is_last
        self.cursor = self.cursor.at_start(page.answered_at)
        # the ETag of a full page would not change when an issue is added after it
        self._etag = page.etag if not self._several_pages and len(page.items) < PAGE_SIZE else None
        times = [issue.updated_at for issue in page.items]
        in_order = all(earlier <= later for earlier, later in pairwise([*self._times[-1:], *times]))
        self._in_order = self._in_order and in_order
        self._times += times

    def advance(self, moment: datetime) -> None:
        """Records that every issue up to that last change was handed over."""
        if self._in_order:
            self.cursor = self.cursor.after_reading(moment)

    @property
    def has_pages(self) -> bool:
        """Whether a page was received; ``False`` if GitHub answered that nothing changed (304)."""
        return self.cursor.run_at is not None

    @property
    def may_have_missed(self) -> bool:
        """Whether issues may have shifted to a page already read.

        An issue that changes during the pass moves to the end of the list, and those after it move up.
        """
        began_at = self.cursor.run_at
        return self._several_pages and began_at is not None and any(moment >= began_at for moment in self._times)

    def final_cursor(self) -> ImportCursor:
        """Returns the cursor after a complete pass that missed nothing."""
        newest = max(self._times, default=None)
        cursor = replace(self.cursor, since=self.cursor.since if newest is None else newest)
        return cursor.at_end(self._etag, self._start)
