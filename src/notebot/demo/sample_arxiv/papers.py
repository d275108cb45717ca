"""The invented papers of the sample arXiv, and the state of each on a given day."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from notebot.core.model.entry import AnnounceType

EASTERN = ZoneInfo("America/New_York")
FIRST_DAY = date(2026, 5, 11)
"""The first batch of the bundled papers, a Monday."""
WITHDRAWN_COMMENT = "This paper has been withdrawn by the author"


class Announcement(Struct, frozen=True):
    """A paper's appearance in one batch."""

    day: date
    version: int
    kind: Literal["new", "replace"]
    """Shown as ``cross`` or ``replace-cross`` in feeds of categories that are not the primary one."""


class Revision(Struct, frozen=True):
    """The changes of a later version; ``None`` means unchanged since the previous version."""

    version: int
    submitted_at: datetime
    title: str | None = None
    comment: str | None = None


class Edition(Struct, frozen=True):
    """One version of a paper, as the API and OAI describe it."""

    paper: "SamplePaper"
    version: int
    title: str
    comment: str | None
    updated: datetime


class SamplePaper(Struct, frozen=True):
    """A paper with its whole history; ``title`` and ``comment`` are those of version 1."""

    arxiv_id: str
    title: str
    authors: tuple[str, ...]
    """Each name is followed by its affiliation in parentheses, if there is one."""
    abstract: str
    categories: tuple[str, ...]
    """The primary category first."""
    published: datetime
    """Aware UTC time of version 1."""
    announced: tuple[Announcement, ...]
    """Oldest first."""
    comment: str | None = None
    journal_ref: str | None = None
    doi: str | None = None
    withdrawn: bool = False
    """The newest version withdraws the paper, and its comment says so."""
    revisions: tuple[Revision, ...] = ()
    """By version; a version without a revision changed the full text only."""
    touched: tuple[date, ...] = ()
    """Days on which the record changed without an announcement; its OAI datestamp moves."""

    def version_on(self, day: date) -> int | None:
        """The newest version on ``day``; ``None`` before the paper is first announced.

        A paper whose first announcement here is a replacement existed before in the previous version.
        """
        seen = [announcement.version for announcement in self.announced if announcement.day <= day]
        if seen:
            return max(seen)
        first = self.announced[0]
        return first.version - 1 if first.kind == "replace" else None

    def edition(self, version: int) -> Edition:
        """One version of the paper."""
        past = [revision for revision in self.revisions if revision.version <= version]
        titles = [revision.title for revision in past if revision.title is not None]
        comments = [revision.comment for revision in past if revision.comment is not None]
        if self.withdrawn and version == self.newest:
            comments.append(WITHDRAWN_COMMENT)
        return Edition(
            self,
            version,
            title=titles[-1] if titles else self.title,
            comment=comments[-1] if comments else self.comment,
            updated=self._submitted_at(version),
        )

    @property
    def newest(self) -> int:
        """The number of the last version in the whole history."""
        return max(announcement.version for announcement in self.announced)

    def datestamp_on(self, day: date) -> date:
        """The OAI datestamp on ``day``: the last announcement or other modification so far."""
        # records also change without an announcement, which moves the datestamp (rules.md 3.4)
        stamps = [announcement.day for announcement in self.announced if announcement.day <= day]
        stamps += [touched_on for touched_on in self.touched if touched_on <= day]
        version = self.version_on(day) or 1
        return max(stamps, default=self._submitted_at(version).date())

    def announcement_on(self, day: date) -> Announcement | None:
        """The announcement in that day's batch; ``None`` without one."""
        return next((announcement for announcement in self.announced if announcement.day == day), None)

    def announce_type(self, announcement: Announcement, primary_here: bool) -> AnnounceType:
        """The announce type in a feed.

        Args:
            primary_here: the feed is of the paper's primary category.
        """
        if announcement.kind == "new":
            return AnnounceType.NEW if primary_here else AnnounceType.CROSS
        return AnnounceType.REPLACE if primary_here else AnnounceType.REPLACE_CROSS

    def _submitted_at(self, version: int) -> datetime:
        """When a version was submitted; without a revision's own time, half a day before its batch."""
        if version == 1:
            return self.published
        dated = [revision.submitted_at for revision in self.revisions if revision.version == version]
        days = [announcement.day for announcement in self.announced if announcement.version == version]
        if dated or not days:
            return dated[0] if dated else self.published
        batch_at = datetime.combine(days[0], time(), EASTERN)
        return batch_at.astimezone(UTC) - timedelta(hours=12)


def default_papers() -> tuple[SamplePaper, ...]:
    """The bundled papers: three batches, Monday 2026-05-11 to Wednesday 2026-05-13."""
    text = files(__package__).joinpath("papers.toml").read_text(encoding="utf-8")
    return tuple(
        SamplePaper(
            arxiv_id=table["id"],
            title=table["title"],
            authors=tuple(table["authors"]),
            abstract=" ".join(table["abstract"].split()),
            categories=tuple(table["categories"]),
            published=table["published"],
            announced=tuple(Announcement(**row) for row in table["announced"]),
            comment=table.get("comment"),
            journal_ref=table.get("journal_ref"),
            doi=table.get("doi"),
            withdrawn=table.get("withdrawn", False),
            revisions=tuple(Revision(**row) for row in table.get("revision", ())),
            touched=tuple(table.get("touched", ())),
        )
        for table in tomllib.loads(text)["paper"]
    )
