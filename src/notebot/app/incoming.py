"""What comes besides arXiv's announcements: posts by hand, the inbox, watched sources."""

from __future__ import annotations

import logging
import os
import threading
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING

from notebot.app.resources import Resources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.model.source_report import SourceReport
    from notebot.core.net.client import Http
    from notebot.core.ports import SearchSource
    from notebot.features.intake.adapters.x_bookmarks import XBookmarks
    from notebot.features.intake.handed_over_links import Posted, PostIntake
    from notebot.features.intake.inbox import Inbox, InboxReport
    from notebot.features.intake.read_post import Posts
    from notebot.features.intake.rules.inbox_lines import Lead
    from notebot.features.intake.rules.source_settings import WatchedSource
    from notebot.features.intake.take_in import Intake

logger = logging.getLogger(__name__)


class Incoming(Resources):
    """Posts, inbox and sources; what they name is taken in alike."""

    @cached_property
    def quick_http(self) -> Http:
        """For services that a person waits for, and that can be asked again later: each is tried once."""
        from notebot.core.net.client import Http

        return Http(self.http.user_agent, self.config.links.timeout_s, 0.0, self.stop)

    @property
    def has_inbox(self) -> bool:
        """Whether there is anything that could hold a line."""
        file = self.config.inbox_file
        return self.config.inbox_dir.is_dir() or (file is not None and file.parent.is_dir())

    def abort_requests(self) -> None:
        """Drops the requests under way, from any thread."""
        for name in ("http", "quick_http", "guard"):
            if name in self.__dict__:
                self.__dict__[name].abort()

    def post(self, leads: Sequence[Lead], words: str | None, *, by_hand: bool = True) -> list[Posted]:
        """Reads posts and takes in the papers they speak of.

        Args:
            words: what the posts are to stand under, with colon; ``None``: they are source posts.
            by_hand: a person asks, who may probe a service that is left alone.
        """
        return self._post_intake(by_hand).run(leads, self.today(), words)

    def _inbox(self, by_hand: bool) -> Inbox:
        from notebot.features.intake.adapters.inbox_folder import InboxFolder
        from notebot.features.intake.inbox import Inbox

        files = InboxFolder(self.config.inbox_dir, self.config.inbox_file)

        def take(leads: Sequence[Lead]) -> list[Posted]:
            return self.post(leads, None, by_hand=by_hand)

        return Inbox(self.store, self.store.inbox, files, take, self.clock, self.stop.is_set)

    def drain_inbox(self, *, by_hand: bool) -> InboxReport:
        """Tries every line that is due.

        Args:
            by_hand: a person asks: what failed before is tried at once.
        """
        with self.lock("inbox"):
            report = self._inbox(by_hand).drain(by_hand=by_hand)
        self.forget_learned()
        if report.done or report.failed:
            logger.info("inbox done=%s failed=%s", len(report.done), len(report.failed))
        return report

    def look_into_inbox(self) -> list[str]:
        """Drains the inbox because a person polls; what there is to be said of it."""
        from notebot.features.intake.inbox import failure_lines

        if not self.has_inbox:
            return []
        report = self.drain_inbox(by_hand=True)
        return [*([f"inbox: {len(report.done)} taken in"] if report.done else []), *failure_lines(report)]

    def watch(self) -> list[SourceReport]:
        """One round over all sources now, because a person asks."""
        return self._watch(self.config.sources, by_hand=True)

    def watch_due(self) -> list[SourceReport]:
        """The daemon's round: each source hourly, those of this machine as often as arXiv is polled."""
        from notebot.features.intake.watched_sources import due_sources

        sources = self.config.sources
        due = due_sources(sources, self.store.sources.all(), self.clock(), self._interval) if sources else []
        return self._watch(due, by_hand=False) if due else []

    def _watch(self, sources: Sequence[WatchedSource], *, by_hand: bool) -> list[SourceReport]:
        from notebot.features.intake.adapters.source_feeds import SourceReaders
        from notebot.features.intake.watched_sources import Watch

        posts, topics = self.config.posts, [topic.name for topic in self.config.topics]
        places = (posts.bluesky_url.rstrip("/"), posts.huggingface_url.rstrip("/"))
        reader = SourceReaders(self.quick_http, *places, self._bookmarks(), self.pace)
        watch = Watch(self.store, self.store.watched, reader, self._intake(by_hand), topics, self.clock)
        reports = watch.run(sources, self.today())
        self.forget_learned()
        failed = sum(report.error is not None for report in reports)
        logger.info("watch sources=%s new=%s failed=%s", len(reports), sum(one.new for one in reports), failed)
        return reports

    def _bookmarks(self) -> XBookmarks:
        from notebot.core.net.client import Http
        from notebot.features.intake.adapters.x_bookmarks import SECRET_ENV, XAccount, XBookmarks

        x, secret = self.config.x, os.environ.get(SECRET_ENV) or None
        account = XAccount(
            self.quick_http,
            Http(self.http.user_agent, self.config.links.timeout_s, 0.0, threading.Event()),
            x.api_url.rstrip("/"),
            x.client_id,
            secret,
            self.config.x_token_file,
            partial(self.lock, "x-token"),
            self.clock,
        )
        return XBookmarks(account, self.store.watched, x.daily_posts, self.clock)

    def _interval(self, source: WatchedSource) -> timedelta:
        from notebot.config import is_loopback
        from notebot.core.schedule.schedule_text import Every
        from notebot.features.intake.rules.source_settings import SourceKind
        from notebot.features.intake.watched_sources import INTERVAL

        posts, schedule = self.config.posts, self.config.poll_schedule
        place = source.url if "://" in source.url else posts.bluesky_url if source.url else posts.huggingface_url
        place = self.config.x.api_url if source.kind is SourceKind.X_BOOKMARKS else place
        if is_loopback(place) and isinstance(schedule, Every):
            return min(timedelta(seconds=schedule.seconds), INTERVAL)
        return INTERVAL

    def _intake(self, by_hand: bool) -> Intake:
        from notebot.features.intake.take_in import Intake

        papers = self.gated_papers(self.store, by_hand)
        return Intake(self.store, papers, self.config.topics, self.enrich, self.clock)

    def _post_intake(self, by_hand: bool) -> PostIntake:
        from notebot.features.intake.handed_over_links import PostIntake
        from notebot.features.intake.web_articles import Articles

        papers = self.gated_papers(self.store, by_hand)
        pages = Articles(self.web_pages, papers, self.config.topics, self.enrich, self.venues)
        return PostIntake(self._posts(self.gated_search(self.store, by_hand)), self._intake(by_hand), pages)

    def _posts(self, search: SearchSource | None) -> Posts:
        from notebot.features.intake.adapters.post_services import Places, PostReaders
        from notebot.features.intake.read_post import Posts

        told = self.config.posts
        places = Places(
            told.x_url.rstrip("/"),
            told.bluesky_url.rstrip("/"),
            told.hackernews_url.rstrip("/"),
            told.huggingface_url.rstrip("/"),
            told.mastodon_url.rstrip("/"),
        )
        readers = PostReaders(self.quick_http, self.guard, places, x_oembed=told.x_oembed)
        return Posts(readers, self.guard, search, strip_share=told.strip_share)
