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
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notebot import __version__
from notebot.domain.errors import UsageError

if TYPE_CHECKING:
    from notebot.adapters.github import GitHubWriter
    from notebot.adapters.http import Http
    from notebot.adapters.jinja import JinjaRenderer
    from notebot.adapters.pace import Pace
    from notebot.adapters.sqlite import SqliteStore
    from notebot.config import Config
    from notebot.domain.audit import AuditFinding
    from notebot.domain.note import Note
    from notebot.domain.stub import Stub
    from notebot.domain.tag_page import PageRules
    from notebot.domain.venue import VenueTable
    from notebot.services.archive import ImportReport
    from notebot.services.backfill import BackfillReport
    from notebot.services.check import TopicCheck
    from notebot.services.collect import Collected
    from notebot.services.digest import DigestReport, DigestWriter
    from notebot.services.doctor import Finding
    from notebot.services.fetch import Fetched
    from notebot.services.gate import Gate
    from notebot.services.github_port import Issue
    from notebot.services.pages import PagesReport
    from notebot.services.poll import Progress
    from notebot.services.poll_report import PollReport
    from notebot.services.publish import PublishReport
    from notebot.services.queue import Moved
    from notebot.services.why import Why

logger = logging.getLogger(__name__)

DATABASE = "notebot.db"
PROBED_ID = "1706.03762"
"""Any paper that arXiv is sure to have."""


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
    def venues(self) -> VenueTable:
        """The venues that are known by name, the curator's own among them.

        Raises:
            ConfigError: the curator's table does not parse.
        """
        from notebot.adapters.venue_table import load_venues

        return load_venues(self.config.venues_file)

    @cached_property
    def http(self) -> Http:
        """The one way out."""
        from notebot.adapters.http import Http

        agent = f"notebot/{__version__} (mailto:{self.config.contact})"
        return Http(agent, self.config.arxiv.timeout_s, self.config.arxiv.retry_s, self.stop)

    @cached_property
    def probing_http(self) -> Http:
        """As :attr:`http`, but a request is made once: whoever looks for a fault wants to see it."""
        from notebot.adapters.http import Http

        return Http(self.http.user_agent, self.config.arxiv.timeout_s, 0.0, self.stop)

    @cached_property
    def pace(self) -> Pace:
        """arXiv's pace, shared by every process on the state directory."""
        from notebot.adapters.pace import Pace

        return Pace(self.config.state_dir / "arxiv.lock", self.config.arxiv.pace_s, self.urgent, self.stop, self.say)

    def today(self) -> date:
        """The date in the curator's time zone."""
        return self.clock().astimezone(self.config.timezone).date()

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
        from notebot.adapters.arxiv_api import ArxivApi
        from notebot.adapters.arxiv_feed import ArxivFeed
        from notebot.adapters.arxiv_oai import ArxivOai
        from notebot.services.gate import GatedFeed, GatedPapers, GatedRecords
        from notebot.services.poll import Poll

        urls, before = self.config.arxiv, self.http.requests_made
        report = Poll(
            self.store,
            GatedFeed(ArxivFeed(self.http, urls.feed_url, self.pace), self._gate("feed", self.store, by_hand)),
            GatedPapers(ArxivApi(self.http, urls.api_url, self.pace), self._gate("api", self.store, by_hand)),
            GatedRecords(ArxivOai(self.http, urls.oai_url, self.pace), self._gate("oai", self.store, by_hand)),
            self.config.topics,
            self.clock,
            self._enrich,
            self.config.note,
            lambda: self.http.requests_made - before,
            progress,
            since,
        ).run()
        drafted = sum(topic.drafted for topic in report.topics)
        logger.info("poll status=%s requests=%s drafted=%s", report.status, report.requests, drafted)
        return report

    def backfill(self, name: str, since: str, until: str | None, progress: Progress) -> BackfillReport:
        """The older papers of one topic, by days of submission.

        Raises:
            UsageError: there is no such topic, or the days are no range.
        """
        from notebot.adapters.arxiv_api import ArxivApi
        from notebot.domain.backfill import find_topic, read_window
        from notebot.services.backfill import Backfill
        from notebot.services.gate import GatedSearch

        topic = find_topic(name, self.config.topics)
        window = read_window(since, until, self.clock().date())
        api = ArxivApi(self.http, self.config.arxiv.api_url, self.pace)
        search = GatedSearch(api, self._gate("api", self.store, by_hand=True))
        before = self.http.requests_made
        requests = lambda: self.http.requests_made - before  # noqa: E731
        report = Backfill(self.store, search, topic, window, self.clock, self._enrich, requests, progress).run()
        logger.info("backfill complete=%s requests=%s drafted=%s", report.complete, report.requests, report.drafted)
        return report

    def fetch(self, refs: Sequence[str], post: str | None, *, save: bool) -> list[Fetched]:
        """Stubs for references of any form."""
        from notebot.adapters.arxiv_api import ArxivApi
        from notebot.services.fetch import Fetch
        from notebot.services.gate import GatedPapers
        from notebot.services.ports import PaperSource

        api: PaperSource = ArxivApi(self.http, self.config.arxiv.api_url, self.pace)
        store = self.store if save else self.existing_store
        if store is not None:
            api = GatedPapers(api, self._gate("api", store, by_hand=True))
        service = Fetch(api, store, self.config.topics, self._enrich, self.clock)
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

    def collect(self, files: Sequence[Path]) -> list[Collected]:
        """Reads completed digests back, these or all."""
        from notebot.adapters.files import DigestFolder
        from notebot.services.archive import known_tags
        from notebot.services.collect import Collector

        names = [str(path.resolve()) if path.exists() else str(path) for path in files]
        tags = known_tags(self.store.notes.all(), self.config.topics)
        with self._digest_lock():
            return Collector(self.store, DigestFolder(self.config.digest_dir), self.config.note, self.clock, tags).run(
                names
            )

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

    def import_file(self, kind: str, path: Path, progress: Progress) -> ImportReport:
        """Notes from a file or folder of one of the archive's forms.

        Raises:
            UsageError: it cannot be read, or is of another form.
        """
        from notebot.adapters import archive_formats
        from notebot.services.archive import Importer

        readers = {
            "gh": archive_formats.read_gh,
            "agent-docs": archive_formats.read_agent_docs,
            "notes": archive_formats.read_notes,
            "seed-text": archive_formats.read_seed_text,
            "page": archive_formats.read_page,
        }
        reading = readers[kind](path)
        importer = Importer(self.store, self.clock, kind, path.name, progress)
        importer.take(reading.notes)
        importer.keep_raw(reading.unread)
        return importer.report

    def import_github(self, repo: str, progress: Progress) -> ImportReport:
        """The archive live from GitHub; every page read is stored, and a later run goes on from there.

        Raises:
            UsageError: the repository's name or the token has no proper form.
            ServiceError: GitHub did not answer; what was read before is kept.
        """
        from notebot.adapters.archive_formats import note_from_issue
        from notebot.adapters.github import GitHubIssues
        from notebot.services.archive import Importer

        archive = self.config.archive
        token = os.environ.get(archive.token_env) or None
        github = GitHubIssues(self.http, archive.github_url, repo, token, archive.token_env)
        importer = Importer(self.store, self.clock, "github", repo, progress)
        for page in github.changed_since(self.store.notes.cursor("github", repo)):
            notes = [
                note_from_issue(
                    number=issue.number,
                    title=issue.title,
                    body=issue.body,
                    labels=issue.labels,
                    created_at=issue.created_at,
                    comments=issue.comments,
                    state=issue.state,
                    repo=page.repo,
                )
                for issue in page.issues
            ]
            importer.take(notes, page.cursor)
        return importer.report

    def publish(self, *, dry_run: bool, new_labels: bool) -> PublishReport:
        """Kept stubs become issues; without a token, or on a dry run, files instead.

        Raises:
            UsageError: no repository is configured, or GitHub has it under another name.
        """
        from notebot.adapters.files import exclusive
        from notebot.adapters.outbox_files import OutboxFolder
        from notebot.domain.tag_order import TagOrder
        from notebot.services.archive import known_tags
        from notebot.services.publish import PublishRules, Session, publish, write_files

        archive = self.config.archive
        if not archive.repo:
            raise UsageError("Publishing needs the archive's repository; set repo in [archive] of the config.")
        order = TagOrder(tuple(known_tags(self.store.notes.all(), self.config.topics)))
        rules = PublishRules(self.config.note, order, new_labels)
        with exclusive(self.config.state_dir / "publish.lock"):
            if dry_run or not os.environ.get(archive.token_env):
                folder = (self.config.path.parent if self.config.path else Path.cwd()) / "outbox"
                files = OutboxFolder(folder, archive.repo)
                return write_files(self.store, self.store.outbox, files, rules, archive.repo)
            session = Session(
                self.store, self.store.outbox, self.github_writer, rules, self.clock, self._read_note, self.say
            )
            return publish(session)

    @cached_property
    def github_writer(self) -> GitHubWriter:
        """The archive's repository, for one who may write.

        Raises:
            UsageError: its name, its address or the token cannot be so.
        """
        from notebot.adapters.github import WRITE_PACE_S, GitHubWriter, WritePace
        from notebot.config import is_loopback

        archive = self.config.archive
        pace_s = min(WRITE_PACE_S, self.config.arxiv.pace_s) if is_loopback(archive.github_url) else WRITE_PACE_S
        pace = WritePace(self.config.state_dir, pace_s, self.stop)
        token = os.environ.get(archive.token_env)
        return GitHubWriter(self.http, archive.github_url, archive.repo, token, archive.token_env, pace)

    def _read_note(self, issue: Issue) -> Note:
        from notebot.adapters.archive_formats import note_from_issue

        return note_from_issue(
            number=issue.number,
            title=issue.title,
            body=issue.body,
            labels=issue.labels,
            created_at=issue.created_at,
            comments=issue.comments,
            state=issue.state,
            repo=self.config.archive.repo,
        )

    def search(self, words: str, tag: str | None) -> list[Note]:
        """Notes that hold all the words."""
        from notebot.services.archive import search

        return search(self.store, self.config.note, words, tag)

    def pages(self) -> PagesReport:
        """Writes every tag's page that has changed, in all forms."""
        from notebot.adapters.page_files import PageFolder
        from notebot.services.archive import all_notes
        from notebot.services.pages import Pages

        notes = all_notes(self.store, self.config.note)
        with self._digest_lock():
            return Pages(notes, self._page_rules(notes), PageFolder(self.config.pages_dir), self.store.pages).run()

    def page_text(self, tag: str, form: str) -> str:
        """One tag's page.

        Raises:
            UsageError: no note has this tag, or it is hidden.
        """
        from notebot.services.archive import all_notes
        from notebot.services.pages import page_text

        notes = all_notes(self.store, self.config.note)
        return page_text(tag, form, notes, self._page_rules(notes))

    def _page_rules(self, notes: Sequence[Note]) -> PageRules:
        from notebot.domain.tag_order import TagOrder
        from notebot.domain.tag_page import PageRules
        from notebot.services.archive import known_tags

        archive = self.config.archive
        order = TagOrder(tuple(known_tags(notes, self.config.topics)))
        return PageRules(order, frozenset(archive.hidden_tags), archive.repo or None)

    def duplicates(self) -> list[tuple[Note, ...]]:
        """Papers that are noted twice."""
        from notebot.domain.archive import noted_twice
        from notebot.services.archive import all_notes

        return noted_twice(all_notes(self.store, self.config.note))

    def audit(self) -> list[AuditFinding]:
        """Untidy notes; what is news stands in the next digests' Updates."""
        from notebot.adapters.venue_table import load_venues
        from notebot.domain.audit import sure_abbreviations
        from notebot.services.audit import audit

        abbreviations = sure_abbreviations(load_venues().rows)
        return audit(self.store, self.clock, self.config.archive.hidden_tags, abbreviations)

    def why(self, arxiv_id: str) -> Why:
        """What is known of one paper."""
        from notebot.services.why import why

        return why(self.store, self.config.topics, arxiv_id)

    def doctor(self, *, probe: bool) -> list[Finding]:
        """Looks for what is wrong; backs the database up where it is whole.

        Args:
            probe: send one request to each of arXiv's services.
        """
        from notebot.adapters.files import check_folder
        from notebot.adapters.sqlite.health import back_up, check_database
        from notebot.services.doctor import examine

        config, database = self.config, self.config.state_dir / DATABASE
        checks = [
            ("state_dir", lambda: check_folder(config.state_dir)),
            ("digest_dir", lambda: check_folder(config.digest_dir)),
            ("database", lambda: check_database(database)),
        ]
        found = examine(checks)
        if all(finding.ok for finding in found):
            found += examine([("backup", lambda: back_up(database, self.clock()))])
        return found + (examine(self._probes()) if probe else [])

    def _probes(self) -> list[tuple[str, Callable[[], str]]]:
        """One request to each service, whatever its breaker says: a person asks how it is."""
        from notebot.adapters.arxiv_api import ArxivApi
        from notebot.adapters.arxiv_feed import ArxivFeed
        from notebot.adapters.arxiv_oai import ArxivOai
        from notebot.services.ports import Validators

        urls, http, pace = self.config.arxiv, self.probing_http, self.pace

        def feed() -> str:
            category = self.config.categories[0]
            batch = ArxivFeed(http, urls.feed_url, pace).retrieve(category, Validators()).batch
            held = f"{len(batch.entries)} entries of {batch.batch_date}" if batch else "no news"
            return f"The feed of {category} answers with {held}."

        def api() -> str:
            found = len(ArxivApi(http, urls.api_url, pace).papers([PROBED_ID]))
            return f"The API answers; it knows {found} of 1 papers asked for."

        def oai() -> str:
            ArxivOai(http, urls.oai_url, pace).identify()
            return "OAI-PMH answers."

        return [("feed", feed), ("api", api), ("oai", oai)]

    def check(self, *, archive: bool = False) -> list[TopicCheck]:
        """Topics against stored entries; templates parsed.

        Args:
            archive: topics against the notes of the archive too.

        Raises:
            UsageError: a template does not parse.
        """
        from notebot.services.check import check_topics

        self.renderer.check()
        return check_topics(self.config.topics, self.existing_store, self.clock(), archive=archive)

    def _gate(self, service: str, store: SqliteStore, by_hand: bool) -> Gate:
        from notebot.services.gate import Gate

        url, name = {
            "feed": (self.config.arxiv.feed_url, "arXiv's feed service"),
            "api": (self.config.arxiv.api_url, "arXiv's API"),
            "oai": (self.config.arxiv.oai_url, "arXiv's OAI-PMH"),
        }[service]
        return Gate(store, self.clock, url, name, by_hand=by_hand)

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

    def _enrich(self, stub: Stub) -> Stub:
        """What a machine adds to a stub without asking anybody."""
        from notebot.domain.enrich import with_venue
        from notebot.domain.summary import with_extract

        found = with_venue(stub, self.venues)
        return with_extract(found) if self.config.summary.backend == "extractive" else found
