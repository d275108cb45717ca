"""What comes besides announcements: references, posts, the inbox, watched sources."""

from __future__ import annotations

import logging
import os
import threading
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.app.resources import Resources
    from notebot.core.model.source_report import SourceReport
    from notebot.features.intake.adapters.x_bookmarks import XBookmarks
    from notebot.features.intake.fetch import Fetched
    from notebot.features.intake.handed_over_links import Posted, PostIntake
    from notebot.features.intake.inbox import Inbox, InboxReport
    from notebot.features.intake.rules.inbox_lines import Lead
    from notebot.features.intake.rules.source_settings import WatchedSource
    from notebot.features.intake.take_in import Intake

logger = logging.getLogger(__name__)


def fetch(resources: Resources, refs: Sequence[str], post: str | None, *, save: bool) -> list[Fetched]:
    """Stubs for references of any form."""
    from notebot.features.intake.fetch import Fetch
    from notebot.features.intake.web_articles import Articles

    store = resources.store if save else resources.existing_store
    api = resources.arxiv_api if store is None else resources.gated_papers(store, by_hand=True)
    articles = Articles(resources.web_pages, api, resources.config.topics, resources.enrich, resources.venues)
    service = Fetch(api, store, resources.config.topics, resources.enrich, resources.clock, articles)
    return service.run(refs, resources.today(), post and _canonical(resources, post), save=save)


def _canonical(resources: Resources, post: str) -> str:
    """The one address of a post; with its share parameters, if the config keeps them."""
    from notebot.core.model.post_address import canonical_post

    return (canonical_post(post) if resources.config.posts.strip_share else None) or post


def has_inbox(resources: Resources) -> bool:
    """Whether there is anything that could hold a line."""
    file = resources.config.inbox_file
    return resources.config.inbox_dir.is_dir() or (file is not None and file.parent.is_dir())


def post(resources: Resources, leads: Sequence[Lead], words: str | None, *, by_hand: bool = True) -> list[Posted]:
    """Reads posts and takes in the papers they speak of.

    Args:
        words: what the posts are to stand under, with colon; ``None``: they are source posts.
        by_hand: a person asks, who may probe a service that is left alone.
    """
    return _post_intake(resources, by_hand).run(leads, resources.today(), words)


def _inbox(resources: Resources, by_hand: bool) -> Inbox:
    from notebot.features.intake.adapters.inbox_folder import InboxFolder
    from notebot.features.intake.inbox import Inbox

    files = InboxFolder(resources.config.inbox_dir, resources.config.inbox_file)

    def take(leads: Sequence[Lead]) -> list[Posted]:
        return post(resources, leads, None, by_hand=by_hand)

    return Inbox(resources.store, resources.store.inbox, files, take, resources.clock, resources.stop.is_set)


def drain_inbox(resources: Resources, *, by_hand: bool) -> InboxReport:
    """Tries every line that is due.

    Args:
        by_hand: a person asks: what failed before is tried at once.
    """
    with resources.lock("inbox"):
        report = _inbox(resources, by_hand).drain(by_hand=by_hand)
    resources.forget_learned()
    if report.done or report.failed:
        logger.info("inbox done=%s failed=%s", len(report.done), len(report.failed))
    return report


def look_into_inbox(resources: Resources) -> list[str]:
    """Drains the inbox because a person polls; what there is to be said of it."""
    from notebot.features.intake.inbox import failure_lines

    if not has_inbox(resources):
        return []
    report = drain_inbox(resources, by_hand=True)
    return [*([f"inbox: {len(report.done)} taken in"] if report.done else []), *failure_lines(report)]


def watch(resources: Resources) -> list[SourceReport]:
    """One round over all sources now, because a person asks."""
    return _watch(resources, resources.config.sources, by_hand=True)


def watch_due(resources: Resources) -> list[SourceReport]:
    """The daemon's round: each source hourly, those of this machine as often as arXiv is polled."""
    from notebot.features.intake.watched_sources import due_sources

    sources = resources.config.sources
    due = (
        due_sources(sources, resources.store.sources.all(), resources.clock(), partial(_interval, resources))
        if sources
        else []
    )
    return _watch(resources, due, by_hand=False) if due else []


def _watch(resources: Resources, sources: Sequence[WatchedSource], *, by_hand: bool) -> list[SourceReport]:
    from notebot.features.intake.adapters.source_feeds import SourceReaders
    from notebot.features.intake.watched_sources import Watch

    posts, topics = resources.config.posts, [topic.name for topic in resources.config.topics]
    places = (posts.bluesky_url.rstrip("/"), posts.huggingface_url.rstrip("/"))
    reader = SourceReaders(resources.quick_http, *places, _bookmarks(resources), resources.pace)
    watch = Watch(
        resources.store, resources.store.watched, reader, _intake(resources, by_hand), topics, resources.clock
    )
    reports = watch.run(sources, resources.today())
    resources.forget_learned()
    failed = sum(report.error is not None for report in reports)
    logger.info("watch sources=%s new=%s failed=%s", len(reports), sum(one.new for one in reports), failed)
    return reports


def _bookmarks(resources: Resources) -> XBookmarks:
    from notebot.core.net.client import Http
    from notebot.features.intake.adapters.x_bookmarks import SECRET_ENV, XAccount, XBookmarks

    x, secret = resources.config.x, os.environ.get(SECRET_ENV) or None
    account = XAccount(
        resources.quick_http,
        Http(resources.http.user_agent, resources.config.links.timeout_s, 0.0, threading.Event()),
        x.api_url.rstrip("/"),
        x.client_id,
        secret,
        resources.config.x_token_file,
        partial(resources.lock, "x-token"),
        resources.clock,
    )
    return XBookmarks(account, resources.store.watched, x.daily_posts, resources.clock)


def _interval(resources: Resources, source: WatchedSource) -> timedelta:
    from notebot.config import is_loopback
    from notebot.core.schedule.schedule_text import Every
    from notebot.features.intake.rules.source_settings import SourceKind
    from notebot.features.intake.watched_sources import INTERVAL

    posts, schedule = resources.config.posts, resources.config.poll_schedule
    place = source.url if "://" in source.url else posts.bluesky_url if source.url else posts.huggingface_url
    place = resources.config.x.api_url if source.kind is SourceKind.X_BOOKMARKS else place
    if is_loopback(place) and isinstance(schedule, Every):
        return min(timedelta(seconds=schedule.seconds), INTERVAL)
    return INTERVAL


def _intake(resources: Resources, by_hand: bool) -> Intake:
    from notebot.features.intake.take_in import Intake

    papers = resources.gated_papers(resources.store, by_hand)
    return Intake(resources.store, papers, resources.config.topics, resources.enrich, resources.clock)


def _post_intake(resources: Resources, by_hand: bool) -> PostIntake:
    from notebot.features.intake.handed_over_links import PostIntake
    from notebot.features.intake.web_articles import Articles

    papers = resources.gated_papers(resources.store, by_hand)
    pages = Articles(resources.web_pages, papers, resources.config.topics, resources.enrich, resources.venues)
    return PostIntake(
        resources.posts(resources.gated_search(resources.store, by_hand)), _intake(resources, by_hand), pages
    )
