"""Intake besides announcements: references, posts, the inbox, watched sources."""

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
    from notebot.core.ports import PaperSource
    from notebot.features.intake.adapters.x_bookmarks import XBookmarks
    from notebot.features.intake.fetch import Fetched
    from notebot.features.intake.handed_over_links import LinkResult
    from notebot.features.intake.inbox import Inbox, InboxReport
    from notebot.features.intake.rules.inbox_lines import SharedLink
    from notebot.features.intake.rules.source_settings import WatchedSource
    from notebot.features.intake.take_in import Intake
    from notebot.features.intake.web_articles import Articles

logger = logging.getLogger(__name__)


def fetch(
    resources: Resources, refs: Sequence[str], post: str | None, *, save: bool, papers: PaperSource | None = None
) -> list[Fetched]:
    """Drafts stubs for references of any form.

    Args:
        papers: what is asked instead of arXiv.
    """
    from notebot.core.model.post_address import canonical_post
    from notebot.features.intake.fetch import PaperFetcher

    store = resources.store if save else resources.existing_store
    api = papers
    if api is None:
        api = resources.arxiv_api if store is None else resources.gated_papers(store, by_hand=True)
    fetcher = PaperFetcher(
        api=api,
        store=store,
        topics=resources.config.topics,
        enrich=resources.enrich,
        clock=resources.clock,
        make_articles=lambda: _articles(resources, api),
    )
    if post and resources.config.posts.strip_share:
        post = canonical_post(post) or post
    return fetcher.fetch(refs, resources.today(), post, save=save)


def _articles(resources: Resources, papers: PaperSource) -> Articles:
    # the page readers and the link guard are expensive to import, and a reference by arXiv id needs neither
    from notebot.features.intake.web_articles import Articles

    return Articles(resources.web_pages, papers, resources.config.topics, resources.enrich, resources.venues)


def has_inbox(resources: Resources) -> bool:
    """Tells whether the inbox folder, or the folder of the file of links, exists."""
    file = resources.config.inbox_file
    return resources.config.inbox_dir.is_dir() or (file is not None and file.parent.is_dir())


def inbox_is_due(resources: Resources) -> bool:
    """True if there is a line to try now."""
    return has_inbox(resources) and bool(_inbox(resources, by_hand=False).due(by_hand=False))


def post(resources: Resources, urls: Sequence[str], text: str, words: str | None) -> list[LinkResult]:
    """Reads posts and takes in the papers that they mention.

    Args:
        text: the text of the posts, for services that do not show it.
        words: the heading of the posts, with colon; ``None``: they are source posts.
    """
    from notebot.features.intake.rules.inbox_lines import SharedLink

    return _take_links(resources, [SharedLink(url, text) for url in urls], words, by_hand=True)


def _take_links(
    resources: Resources, links: Sequence[SharedLink], words: str | None, *, by_hand: bool
) -> list[LinkResult]:
    from notebot.features.intake.handed_over_links import LinkIntake

    papers = resources.gated_papers(resources.store, by_hand)
    posts = resources.posts(resources.gated_search(resources.store, by_hand))
    return LinkIntake(posts, _intake(resources, by_hand), _articles(resources, papers)).take_links(
        links, resources.today(), words
    )


def _inbox(resources: Resources, by_hand: bool) -> Inbox:
    from notebot.features.intake.adapters.inbox_folder import InboxFolder
    from notebot.features.intake.inbox import Inbox

    files = InboxFolder(resources.config.inbox_dir, resources.config.inbox_file)

    def take(links: Sequence[SharedLink]) -> list[LinkResult]:
        return _take_links(resources, links, None, by_hand=by_hand)

    return Inbox(
        store=resources.store,
        records=resources.store.inbox,
        files=files,
        take=take,
        clock=resources.clock,
        stopping=resources.stop.is_set,
    )


def drain_inbox(resources: Resources, *, by_hand: bool) -> InboxReport:
    """Tries every line that is due.

    Args:
        by_hand: a person asks: try earlier failures at once.
    """
    # The daemon and a person may poll at the same time, and a line must be taken in only once.
    with resources.lock("inbox"):
        report = _inbox(resources, by_hand).drain(by_hand=by_hand)
    resources.forget_learned()
    if report.done or report.failed:
        logger.info("inbox done=%s failed=%s", len(report.done), len(report.failed))
    return report


def look_into_inbox(resources: Resources) -> list[str]:
    """Drains the inbox when a person polls; returns the messages for that person."""
    if not has_inbox(resources):
        return []
    report = drain_inbox(resources, by_hand=True)
    return [*([f"inbox: {len(report.done)} taken in"] if report.done else []), *report.failure_lines()]


def watch(resources: Resources) -> list[SourceReport]:
    """Reads all sources now, because a person asks."""
    return _watch(resources, resources.config.sources, by_hand=True)


def sources_due(resources: Resources) -> list[WatchedSource]:
    """The watched sources that are due: each hourly, those on this machine as often as arXiv is polled."""
    if not resources.config.sources:
        return []
    from notebot.features.intake.watched_sources import due_sources

    records, now = resources.store.sources.all(), resources.clock()
    return due_sources(resources.config.sources, records, now, partial(_interval, resources))


def watch_due(resources: Resources) -> list[SourceReport]:
    """Reads the sources that are due."""
    due = sources_due(resources)
    return _watch(resources, due, by_hand=False) if due else []


def _watch(resources: Resources, sources: Sequence[WatchedSource], *, by_hand: bool) -> list[SourceReport]:
    from notebot.features.intake.adapters.source_feeds import SourceReaders
    from notebot.features.intake.watched_sources import SourceWatcher

    posts = resources.config.posts
    reader = SourceReaders(
        resources.quick_http,
        bluesky_url=posts.bluesky_url.rstrip("/"),
        huggingface_url=posts.huggingface_url.rstrip("/"),
        bookmarks=_bookmarks(resources),
        arxiv_pace=resources.pace,
    )
    watcher = SourceWatcher(
        store=resources.store,
        watched=resources.store.watched,
        reader=reader,
        intake=_intake(resources, by_hand),
        topics=[topic.name for topic in resources.config.topics],
        clock=resources.clock,
    )
    reports = watcher.read_sources(sources, resources.today())
    resources.forget_learned()
    failed = sum(report.error is not None for report in reports)
    logger.info("watch sources=%s new=%s failed=%s", len(reports), sum(report.new for report in reports), failed)
    return reports


def _bookmarks(resources: Resources) -> XBookmarks:
    from notebot.core.net.client import Http
    from notebot.features.intake.adapters.x_bookmarks import SECRET_ENV, XAccount, XBookmarks

    x, secret = resources.config.x, os.environ.get(SECRET_ENV) or None
    account = XAccount(
        http=resources.quick_http,
        # never stopped: an aborted token refresh would lose the new token
        token_http=Http(resources.http.user_agent, resources.config.links.timeout_s, 0.0, threading.Event()),
        api_url=x.api_url.rstrip("/"),
        client_id=x.client_id,
        secret=secret,
        token_file=resources.config.x_token_file,
        lock=partial(resources.lock, "x-token"),
        clock=resources.clock,
    )
    return XBookmarks(account, resources.store.watched, x.daily_posts, resources.clock)


def _interval(resources: Resources, source: WatchedSource) -> timedelta:
    from notebot.config import is_loopback
    from notebot.core.schedule.schedule_text import Every
    from notebot.features.intake.rules.source_settings import SourceKind
    from notebot.features.intake.watched_sources import INTERVAL

    posts, schedule = resources.config.posts, resources.config.poll_schedule
    url = source.url if "://" in source.url else posts.bluesky_url if source.url else posts.huggingface_url
    url = resources.config.x.api_url if source.kind is SourceKind.X_BOOKMARKS else url
    if is_loopback(url) and isinstance(schedule, Every):
        return min(timedelta(seconds=schedule.seconds), INTERVAL)
    return INTERVAL


def _intake(resources: Resources, by_hand: bool) -> Intake:
    from notebot.features.intake.take_in import Intake

    papers = resources.gated_papers(resources.store, by_hand)
    return Intake(
        store=resources.store,
        api=papers,
        topics=resources.config.topics,
        enrich=resources.enrich,
        clock=resources.clock,
    )
