"""What the sample arXiv holds: invented papers, and what is known of each on a given day."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from notebot.core.model.entry import AnnounceType

if TYPE_CHECKING:
    from collections.abc import Mapping

EASTERN = ZoneInfo("America/New_York")
FIRST_DAY = date(2026, 5, 11)
"""The first batch of the bundled papers, a Monday."""
WITHDRAWN_COMMENT = "This paper has been withdrawn by the author"


class Announcement(Struct, frozen=True):
    """One appearance of a paper in a batch."""

    day: date
    version: int
    kind: Literal["new", "replace"]
    """Turned into ``cross`` or ``replace-cross`` where the category is not the primary one."""


class Revision(Struct, frozen=True):
    """What a later version changed; ``None`` is unchanged since the version before."""

    version: int
    submitted_at: datetime
    title: str | None = None
    comment: str | None = None


class Edition(Struct, frozen=True):
    """One version of one paper, as the API and OAI describe it."""

    paper: "SamplePaper"
    version: int
    title: str
    comment: str | None
    updated: datetime


class SamplePaper(Struct, frozen=True):
    """A paper with its whole life; ``title`` and ``comment`` are those of version 1."""

    arxiv_id: str
    title: str
    authors: tuple[str, ...]
    """With the affiliation in parentheses behind the name, where there is one."""
    abstract: str
    categories: tuple[str, ...]
    """The primary category first."""
    published: datetime
    """Aware UTC time of version 1."""
    announced: tuple[Announcement, ...]
    """In order of time."""
    comment: str | None = None
    journal_ref: str | None = None
    doi: str | None = None
    withdrawn: bool = False
    """The newest version takes the paper back, and its comment says so."""
    revisions: tuple[Revision, ...] = ()
    """In order of version; a version without one changed the full text only."""
    touched: tuple[date, ...] = ()
    """Days on which the record was modified without being announced (the OAI datestamp moves)."""

    def version_on(self, day: date) -> int | None:
        """The newest version on ``day``; ``None`` before the paper is first announced.

        A paper whose first announcement here is a replacement is known before it in the version before.
        """
        seen = [each.version for each in self.announced if each.day <= day]
        if seen:
            return max(seen)
        first = self.announced[0]
        return first.version - 1 if first.kind == "replace" else None

    def edition(self, version: int) -> Edition:
        """The paper as ``version`` described it."""
        past = [each for each in self.revisions if each.version <= version]
        titles = [each.title for each in past if each.title is not None]
        comments = [each.comment for each in past if each.comment is not None]
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
        """The number of the last version there will ever be."""
        return max(each.version for each in self.announced)

    def datestamp_on(self, day: date) -> date:
        """The OAI datestamp as of ``day``: the last announcement or other modification."""
        stamps = [each.day for each in self.announced if each.day <= day]
        stamps += [each for each in self.touched if each <= day]
        version = self.version_on(day) or 1
        return max(stamps, default=self._submitted_at(version).date())

    def announcement_on(self, day: date) -> Announcement | None:
        """The appearance in that day's batch, if there is one."""
        return next((each for each in self.announced if each.day == day), None)

    def announce_type(self, announcement: Announcement, primary_here: bool) -> AnnounceType:
        """The word the feed uses, which depends on the category that is asked for."""
        if announcement.kind == "new":
            return AnnounceType.NEW if primary_here else AnnounceType.CROSS
        return AnnounceType.REPLACE if primary_here else AnnounceType.REPLACE_CROSS

    def _submitted_at(self, version: int) -> datetime:
        if version == 1:
            return self.published
        dated = [each.submitted_at for each in self.revisions if each.version == version]
        days = [each.day for each in self.announced if each.version == version]
        if dated or not days:
            return dated[0] if dated else self.published
        batch_at = datetime.combine(days[0], time(), EASTERN)
        return batch_at.astimezone(UTC) - timedelta(hours=12)


def default_papers() -> tuple[SamplePaper, ...]:
    """The bundled papers: three batches, Monday 2026-05-11 to Wednesday 2026-05-13."""
    text = files(__package__).joinpath("papers.toml").read_text(encoding="utf-8")
    return tuple(_paper(table) for table in tomllib.loads(text)["paper"])


def _paper(table: Mapping[str, Any]) -> SamplePaper:
    return SamplePaper(
        arxiv_id=table["id"],
        title=table["title"],
        authors=tuple(table["authors"]),
        abstract=" ".join(table["abstract"].split()),
        categories=tuple(table["categories"]),
        published=table["published"],
        announced=tuple(Announcement(**each) for each in table["announced"]),
        comment=table.get("comment"),
        journal_ref=table.get("journal_ref"),
        doi=table.get("doi"),
        withdrawn=table.get("withdrawn", False),
        revisions=tuple(Revision(**each) for each in table.get("revision", ())),
        touched=tuple(table.get("touched", ())),
    )
