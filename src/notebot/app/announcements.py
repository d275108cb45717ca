"""Poll, backfill, why and the ledger: the functions for the commands on announcements."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from notebot.app import intake, suggestions, venues
from notebot.core.model.errors import UsageError

if TYPE_CHECKING:
    from datetime import date, datetime

    from notebot.app.resources import Resources
    from notebot.core.model.ledger import LedgerRow
    from notebot.core.ports import Progress
    from notebot.features.announcements.backfill import BackfillReport
    from notebot.features.announcements.poll_report import PollReport
    from notebot.features.announcements.why import Why

logger = logging.getLogger(__name__)


def poll(
    resources: Resources,
    progress: Progress = lambda what, done, total: None,
    since: date | None = None,
    *,
    by_hand: bool = True,
) -> PollReport:
    """Polls every watched category, and watched sources if a person asks.

    Args:
        since: an announcement day; forces catch-up from there on.
        by_hand: a person asks, who may try a service once that is left alone.

    Raises:
        UsageError: this is a desk of a lab, which does not ask arXiv itself.
    """
    if resources.config.desk:
        raise UsageError("A lab asks arXiv once for all of its desks: run `notebot poll` without --desk.")
    from notebot.features.announcements.adapters.arxiv_feed import ArxivFeed
    from notebot.features.announcements.adapters.arxiv_oai import ArxivOai
    from notebot.features.announcements.poll import PollPorts, poll
    from notebot.features.health.guarded_service import GuardedFeed, GuardedRecords

    suggestions.refresh_interest(resources)
    urls, before, store = resources.config.arxiv, resources.http.requests_made, resources.store
    feed = ArxivFeed(resources.http, urls.feed_url, resources.pace)
    records = ArxivOai(resources.http, urls.oai_url, resources.pace)
    ports = PollPorts(
        store=store,
        feed=GuardedFeed(feed, resources.gate("feed", store, by_hand)),
        api=resources.gated_papers(store, by_hand),
        records=GuardedRecords(records, resources.gate("oai", store, by_hand)),
        clock=resources.clock,
        # each desk of a lab enriches its own stubs; those of the hub are only read for their metadata
        enrich=resources.enrich if resources.config.desks is None else lambda stub: stub,
        requests=lambda: resources.http.requests_made - before,
        later_venues=venues.later_venues(resources),
        progress=progress,
    )
    report = poll(ports, resources.config.topics, style=resources.config.note, since=since)
    if by_hand and resources.config.sources:
        from notebot.features.intake.watched_sources import with_watched

        quick_before = resources.quick_http.requests_made
        watched = intake.watch(resources)
        requests = resources.http.requests_made - before + resources.quick_http.requests_made - quick_before
        report = with_watched(report, watched, requests)
    resources.forget_learned()
    drafted = sum(topic.drafted for topic in report.topics)
    for remark in report.remarks:
        logger.warning("%s", remark)
    logger.info("poll status=%s requests=%s drafted=%s", report.status, report.requests, drafted)
    return report


def backfill(resources: Resources, name: str, since: str, until: str | None, progress: Progress) -> BackfillReport:
    """Drafts the older papers of one topic, by days of submission.

    Raises:
        UsageError: there is no such topic, or the days are not a range.
    """
    from notebot.features.announcements.backfill import BackfillPorts, backfill
    from notebot.features.announcements.rules.backfill_window import find_topic, read_window

    topic = find_topic(name, resources.config.topics)
    window = read_window(since, until, resources.clock().date())
    before = resources.http.requests_made
    ports = BackfillPorts(
        store=resources.store,
        search=resources.gated_search(resources.store, by_hand=True),
        clock=resources.clock,
        enrich=resources.enrich,
        requests=lambda: resources.http.requests_made - before,
        progress=progress,
    )
    report = backfill(ports, topic, window)
    logger.info("backfill complete=%s requests=%s drafted=%s", report.complete, report.requests, report.drafted)
    return report


def why(resources: Resources, arxiv_id: str) -> Why:
    """Everything that the store knows about one paper."""
    from notebot.features.announcements.why import why

    return why(resources.store, resources.config.topics, arxiv_id)


def ledger_rows(resources: Resources, since: date | None = None, category: str | None = None) -> list[LedgerRow]:
    """Ledger rows from a day on, of one category or all, by day and category."""
    return resources.store.ledger.rows(since, category)


def feed_changed_at(resources: Resources, category: str) -> datetime | None:
    """When the category's feed last brought entries that were not known."""
    return resources.store.sources.get(category).batch_at


def poll_is_due(resources: Resources) -> bool:
    """True if a poll is due by the schedule and the polls so far."""
    from notebot.core.schedule.due import is_round_due
    from notebot.features.health.status import last_rounds

    tried_at, done_at = last_rounds(resources.store, "poll")
    return is_round_due(resources.config.poll_schedule, resources.clock(), tried_at, done_at)
