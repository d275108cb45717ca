"""The rounds: poll, digest, collect, and the one-shots between them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from notebot.app.incoming import Incoming
from notebot.app.venues import Venues
from notebot.app.writing import Writing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from notebot.core.ports import Progress
    from notebot.features.announcements.backfill import BackfillReport
    from notebot.features.announcements.poll_report import PollReport
    from notebot.features.digests.collect import Collected
    from notebot.features.digests.queue import Moved
    from notebot.features.digests.write_digest import DigestReport
    from notebot.features.intake.fetch import Fetched

logger = logging.getLogger(__name__)


class Rounds(Writing, Venues, Incoming):
    """What is done round by round."""

    def poll(
        self,
        progress: Progress = lambda what, done, total: None,
        since: date | None = None,
        *,
        by_hand: bool = True,
    ) -> PollReport:
        """One round over every watched category.

        Args:
            since: an announcement day; catch-up is forced from there on.
            by_hand: a person asks, who may probe a service that is left alone.
        """
        from notebot.features.announcements.adapters.arxiv_feed import ArxivFeed
        from notebot.features.announcements.adapters.arxiv_oai import ArxivOai
        from notebot.features.announcements.poll import Poll
        from notebot.features.health.guarded_service import GatedFeed, GatedRecords

        urls, before = self.config.arxiv, self.http.requests_made
        report = Poll(
            self.store,
            GatedFeed(ArxivFeed(self.http, urls.feed_url, self.pace), self.gate("feed", self.store, by_hand)),
            self.gated_papers(self.store, by_hand),
            GatedRecords(ArxivOai(self.http, urls.oai_url, self.pace), self.gate("oai", self.store, by_hand)),
            self.config.topics,
            self.clock,
            self.enrich,
            self.config.note,
            lambda: self.http.requests_made - before,
            progress,
            since,
            self.venue_watch,
        ).run()
        if by_hand and self.config.sources:
            from notebot.features.intake.watched_sources import with_watched

            asked = self.quick_http.requests_made
            watched = self.watch()
            requests = self.http.requests_made - before + self.quick_http.requests_made - asked
            report = with_watched(report, watched, requests)
        self.forget_learned()
        drafted = sum(topic.drafted for topic in report.topics)
        logger.info("poll status=%s requests=%s drafted=%s", report.status, report.requests, drafted)
        return report

    def backfill(self, name: str, since: str, until: str | None, progress: Progress) -> BackfillReport:
        """The older papers of one topic, by days of submission.

        Raises:
            UsageError: there is no such topic, or the days are no range.
        """
        from notebot.features.announcements.backfill import Backfill
        from notebot.features.announcements.rules.backfill_window import find_topic, read_window

        topic = find_topic(name, self.config.topics)
        window = read_window(since, until, self.clock().date())
        search = self.gated_search(self.store, by_hand=True)
        before = self.http.requests_made
        requests = lambda: self.http.requests_made - before  # noqa: E731
        report = Backfill(self.store, search, topic, window, self.clock, self.enrich, requests, progress).run()
        logger.info("backfill complete=%s requests=%s drafted=%s", report.complete, report.requests, report.drafted)
        return report

    def fetch(self, refs: Sequence[str], post: str | None, *, save: bool) -> list[Fetched]:
        """Stubs for references of any form."""
        from notebot.features.intake.fetch import Fetch
        from notebot.features.intake.web_articles import Articles

        store = self.store if save else self.existing_store
        api = self.arxiv_api if store is None else self.gated_papers(store, by_hand=True)
        articles = Articles(self.web_pages, api, self.config.topics, self.enrich, self.venues)
        service = Fetch(api, store, self.config.topics, self.enrich, self.clock, articles)
        return service.run(refs, self.today(), post and self._canonical(post), save=save)

    def _canonical(self, post: str) -> str:
        """The one address of a post; with its share parameters, if the config keeps them."""
        from notebot.core.model.post_address import canonical_post

        return (canonical_post(post) if self.config.posts.strip_share else None) or post

    def digest(self, subject: date | None = None) -> DigestReport:
        """Writes the digest of everything queued, and runs the curator's command on it."""
        self.write_texts(in_full=True, by_hand=subject is None)
        report = self.digest_writer().run(subject)
        logger.info("digest path=%s entries=%s updates=%s", report.path, len(report.entries), len(report.updates))
        for path in (report.finished, report.path):
            if path is not None and self.config.digest.on_digest:
                from notebot.features.digests.adapters.on_digest_command import run_hook

                run_hook(self.config.digest.on_digest, path, self.say)
        return report

    def preview(self) -> DigestReport:
        """The digest as it would be written now."""
        return self.digest_writer().preview()

    def collect(self, files: Sequence[Path]) -> list[Collected]:
        """Reads completed digests back, these or all."""
        from notebot.core.net.files import DigestFolder
        from notebot.features.archive.import_notes import known_tags
        from notebot.features.digests.collect import Collector

        names = [str(path.resolve()) if path.exists() else str(path) for path in files]
        tags = known_tags(self.store.notes.all(), self.config.topics).tags
        with self.lock("digest"):
            folder = DigestFolder(self.config.digest_dir)
            found = Collector(self.store, folder, self.config.note, self.clock, tags).run(names)
        self.write_texts(in_full=False, by_hand=True)
        return found

    def move(self, verb: str, refs: Sequence[str]) -> list[Moved]:
        """Keeps, skips or requeues stubs."""
        from notebot.features.digests.queue import move

        moved = move(self.store, verb, refs, self.clock)
        self.write_texts(in_full=False, by_hand=True)
        return moved

    def status(self) -> dict[str, Any]:
        """Health at a glance."""
        from notebot.features.health.status import Plans, status_document

        config = self.config
        names = tuple(source.name for source in config.sources)
        plans = Plans(config.poll_schedule, config.digest_schedule, config.categories, names)
        document = status_document(self.store, plans, config.note, self.clock())
        return {**document, "llm": self.model_usage(), "inbox": self.store.inbox.failures()}
