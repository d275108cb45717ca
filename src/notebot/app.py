"""The one place that builds adapters from the config and hands them to the services."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from notebot import __version__
from notebot.domain.errors import UsageError

if TYPE_CHECKING:
    from notebot.adapters.http import Http
    from notebot.adapters.jinja import JinjaRenderer
    from notebot.adapters.pace import Pace
    from notebot.adapters.sqlite import SqliteStore
    from notebot.config import Config
    from notebot.domain.stub import Stub
    from notebot.services.check import TopicCheck
    from notebot.services.digest import DigestReport, DigestWriter
    from notebot.services.fetch import Fetched
    from notebot.services.poll import Progress
    from notebot.services.poll_report import PollReport
    from notebot.services.queue import Moved

logger = logging.getLogger(__name__)

DATABASE = "notebot.db"


def make_clock(config: Config) -> Callable[[], datetime]:
    """The real time, or one that starts at ``NOTEBOT_NOW`` and goes on from there (for tests).

    Raises:
        UsageError: ``NOTEBOT_NOW`` is no time, or arXiv's real addresses are configured.
    """
    given = os.environ.get("NOTEBOT_NOW")
    if not given:
        return lambda: datetime.now(UTC)
    if not config.on_loopback:
        raise UsageError("NOTEBOT_NOW is accepted only while all three arXiv URLs are on this machine.")
    try:
        start = datetime.fromisoformat(given)
    except ValueError as error:
        raise UsageError(f"NOTEBOT_NOW must be an ISO time such as 2026-05-13T13:40+09:00, not {given!r}.") from error
    start = start if start.tzinfo else start.replace(tzinfo=UTC)
    began = time.monotonic()
    return lambda: start.astimezone(UTC) + timedelta(seconds=time.monotonic() - began)


def _silent(_: str) -> None:
    """Says nothing."""


@dataclass
class App:
    """notebot, wired; everything is built on first use, so that no command pays for what it does not need."""

    config: Config
    urgent: bool = False
    """A person waits: our requests go before the daemon's."""
    say: Callable[[str], None] = _silent
    """Where a sentence for the person at the terminal goes."""
    stop: threading.Event = field(default_factory=threading.Event)
    now: Callable[[], datetime] | None = None
    """A clock of the caller's own; the demo walks through its sample days with it."""

    @cached_property
    def clock(self) -> Callable[[], datetime]:
        """The aware UTC time now."""
        return self.now or make_clock(self.config)

    @cached_property
    def store(self) -> SqliteStore:
        """The database, opened and migrated."""
        from notebot.adapters.sqlite import open_store

        return open_store(self.config.state_dir / DATABASE)

    @property
    def existing_store(self) -> SqliteStore | None:
        """The database if there is one; `fetch` and `check` leave no empty one behind."""
        return self.store if (self.config.state_dir / DATABASE).exists() else None

    @cached_property
    def renderer(self) -> JinjaRenderer:
        """The templates."""
        from notebot.adapters.jinja import JinjaRenderer

        topics = [topic.name for topic in self.config.topics]
        config = self.config
        return JinjaRenderer(config.note, config.digest.language, topics, config.templates_dir)

    @cached_property
    def http(self) -> Http:
        """The one way out."""
        from notebot.adapters.http import Http

        agent = f"notebot/{__version__} (mailto:{self.config.contact})"
        return Http(agent, self.config.arxiv.timeout_s, self.config.arxiv.retry_s, self.stop)

    @cached_property
    def pace(self) -> Pace:
        """arXiv's pace, shared by every process on the state directory."""
        from notebot.adapters.pace import Pace

        return Pace(self.config.state_dir / "arxiv.lock", self.config.arxiv.pace_s, self.urgent, self.stop, self.say)

    def today(self) -> date:
        """The date in the curator's time zone."""
        return self.clock().astimezone(self.config.timezone).date()

    def poll(self, progress: Progress = lambda what, done, total: None) -> PollReport:
        """One round over every watched category."""
        from notebot.adapters.arxiv_api import ArxivApi
        from notebot.adapters.arxiv_feed import ArxivFeed
        from notebot.services.poll import Poll

        before = self.http.requests_made
        report = Poll(
            self.store,
            ArxivFeed(self.http, self.config.arxiv.feed_url, self.pace),
            ArxivApi(self.http, self.config.arxiv.api_url, self.pace),
            self.config.topics,
            self.clock,
            self._summarise,
            lambda: self.http.requests_made - before,
            progress,
        ).run()
        drafted = sum(topic.drafted for topic in report.topics)
        logger.info("poll status=%s requests=%s drafted=%s", report.status, report.requests, drafted)
        return report

    def fetch(self, refs: Sequence[str], post: str | None, *, save: bool) -> list[Fetched]:
        """Stubs for references of any form."""
        from notebot.adapters.arxiv_api import ArxivApi
        from notebot.services.fetch import Fetch

        api = ArxivApi(self.http, self.config.arxiv.api_url, self.pace)
        store = self.store if save else self.existing_store
        service = Fetch(api, store, self.config.topics, self._summarise, self.clock)
        return service.run(refs, self.today(), post, save=save)

    def digest(self, subject: date | None = None) -> DigestReport:
        """Writes the digest of everything queued, and runs the curator's command on it."""
        report = self._digest_writer().run(subject)
        logger.info("digest path=%s entries=%s updates=%s", report.path, len(report.entries), len(report.updates))
        for path in (report.finished, report.path):
            if path is not None and self.config.digest.on_digest:
                from notebot.adapters.hook import run_hook

                run_hook(self.config.digest.on_digest, path, self.say)
        return report

    def preview(self) -> DigestReport:
        """The digest as it would be written now."""
        return self._digest_writer().preview()

    def move(self, verb: str, refs: Sequence[str]) -> list[Moved]:
        """Keeps, skips or requeues stubs."""
        from notebot.services.queue import move

        return move(self.store, verb, refs, self.clock)

    def status(self) -> dict[str, Any]:
        """Health at a glance."""
        from notebot.services.status import Plans, status_document

        plans = Plans(self.config.poll_schedule, self.config.digest_schedule, self.config.categories)
        return status_document(self.store, plans, self.config.note, self.clock())

    def check(self) -> list[TopicCheck]:
        """Topics against stored entries; templates parsed.

        Raises:
            UsageError: a template does not parse.
        """
        from notebot.services.check import check_topics

        self.renderer.check()
        return check_topics(self.config.topics, self.existing_store, self.clock())

    def _digest_writer(self) -> DigestWriter:
        from notebot.adapters.files import DigestFolder
        from notebot.services.digest import DigestStyle, DigestWriter

        style = DigestStyle(
            self.config.timezone,
            tuple(topic.name for topic in self.config.topics),
            self.config.categories,
            self.config.digest.full,
        )
        files = DigestFolder(self.config.digest_dir)
        return DigestWriter(self.store, files, self.renderer, style, self.clock, self._digest_lock)

    def _digest_lock(self) -> AbstractContextManager[None]:
        from notebot.adapters.files import exclusive

        return exclusive(self.config.state_dir / "digest.lock")

    def _summarise(self, stub: Stub) -> Stub:
        from notebot.domain.summary import with_extract

        return with_extract(stub) if self.config.summary.backend == "extractive" else stub
