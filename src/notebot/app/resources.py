"""The adapters that use cases work with; each is built on first use."""

from __future__ import annotations

import os
import sys
import threading
import time
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot import __version__
from notebot.app.error_log import keep_error_log
from notebot.core.model.errors import ConfigError, UnexpectedError, UsageError
from notebot.core.model.stub import StubStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from notebot.config import Config
    from notebot.core.model.stub import Stub
    from notebot.core.net.client import Http
    from notebot.core.net.connection import OpenConnections
    from notebot.core.net.guard import Guard
    from notebot.core.net.pace import Turns
    from notebot.core.note_format.phrases import Phrases
    from notebot.core.note_format.tag_order import TagOrder
    from notebot.core.ports import SearchSource
    from notebot.features.announcements.adapters.arxiv_api import ArxivApi
    from notebot.features.digests.adapters.jinja import JinjaRenderer
    from notebot.features.health.guarded_service import CircuitBreaker, GuardedPapers, GuardedSearch
    from notebot.features.intake.adapters.web_page import WebPages
    from notebot.features.intake.read_post import PostReader
    from notebot.features.publishing.adapters.github import GitHubWriter
    from notebot.features.publishing.adapters.note_folder import NoteFolder
    from notebot.features.publishing.fill.follow_posts import PostCache
    from notebot.features.suggestions.rules.interest import InterestModel
    from notebot.features.suggestions.rules.tag_model import NotedPaper
    from notebot.features.suggestions.suggest import Suggester
    from notebot.features.venues.rules.detection import VenueTable
    from notebot.store.store import DatabaseStore

DATABASE = "notebot.db"


def require_postgres_extra() -> None:
    """Checks that the extra is installed.

    Raises:
        UsageError: it is not; the message says how to install it.
    """
    if find_spec("psycopg") is None or find_spec("procrastinate") is None:
        raise UsageError(
            "notebot.database names a PostgreSQL server, which needs psycopg and procrastinate; "
            "install the extra: pip install 'paper-notebot[postgres]'."
        )


UNREACHABLE_S = 10.0
"""How long a refused connection or an unknown host is retried while a person waits; the daemon retries longer."""


def make_clock(config: Config) -> Callable[[], datetime]:
    """A clock: the real time, or one that starts at ``NOTEBOT_NOW`` (rules.md 4.4).

    Raises:
        UsageError: ``NOTEBOT_NOW`` is not a time, or arXiv's real addresses are configured.
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


class Resources:
    """Builds each adapter on first use, so that a command pays only for what it needs."""

    def __init__(
        self,
        config: Config,
        *,
        urgent: bool = False,
        attended: bool = False,
        say: Callable[[str], None] = lambda sentence: None,
        stop: threading.Event | None = None,
        now: Callable[[], datetime] | None = None,
        error_dir: Path | None = None,
        hub: Resources | None = None,
    ) -> None:
        """Builds nothing yet.

        Args:
            urgent: a person is waiting, so our requests to arXiv go before the daemon's.
            attended: a person watches: they see what a request waits for, and a service that cannot be reached
                is given up after ``UNREACHABLE_S``.
            say: receives sentences for the person at the terminal.
            stop: set to abandon requests and waits.
            now: a clock in place of the real one; the demo uses it to walk through its sample days.
            error_dir: the folder of ``errors.log``; of the hub for a process that works for several desks, because
                no desk may read what failed for another.
            hub: the hub of the desk's lab, in the same thread: its session with the database serves the desk too.
        """
        self.error_dir = error_dir or config.state_dir
        keep_error_log(self.error_dir)
        self.config = config
        self.urgent = urgent
        self.attended = attended
        self.say = say
        self.stop = stop or threading.Event()
        self._now = now
        self._hub = hub
        self.on_delivery: Callable[[], None] = lambda: None
        """Is called when something waits for delivery; the daemon delivers it at once."""
        # stubs that wait for their metadata, with their extracts, by key
        self._drafts: dict[str, Stub] = {}
        self._tag_order: tuple[int, str, TagOrder] | None = None

    @cached_property
    def clock(self) -> Callable[[], datetime]:
        """The aware UTC time now."""
        return self._now or make_clock(self.config)

    @cached_property
    def store(self) -> DatabaseStore:
        """The database, opened and migrated to the newest schema."""
        if self.config.database:
            require_postgres_extra()
            from notebot.store.postgres import PostgresStore
            from notebot.store.postgres import open_store as open_on_server

            hub = self._hub.store if self._hub is not None else None
            if isinstance(hub, PostgresStore):
                return hub.at_desk(self.config.desk)
            return open_on_server(self.config.database, self.config.desk)
        from notebot.store.sqlite import open_store

        return open_store(self.config.state_dir / DATABASE)

    @property
    def database_name(self) -> str:
        """The database in messages: a file, or a URL without options."""
        if self.config.database:
            from notebot.store.postgres.errors import describe

            return describe(self.config.database)
        return str(self.config.state_dir / DATABASE)

    def store_to_read(self) -> DatabaseStore:
        """Opens another connection to the database that only reads; it migrates nothing."""
        if self.config.database:
            require_postgres_extra()
            from notebot.store.postgres.open import open_to_read as open_on_server

            return open_on_server(self.config.database, self.config.desk)
        from notebot.store.sqlite.open import open_to_read

        return open_to_read(self.config.state_dir / DATABASE)

    def close(self) -> None:
        """Closes the database, so that nothing of a finished command stays open; another use opens it again."""
        store: DatabaseStore | None = self.__dict__.pop("store", None)
        if store is not None:
            store.close()

    @property
    def existing_store(self) -> DatabaseStore | None:
        """The database if it exists; `fetch` and `check` must not create an empty one."""
        return self.store if self.config.database or (self.config.state_dir / DATABASE).exists() else None

    @cached_property
    def renderer(self) -> JinjaRenderer:
        """Renders digests and stubs from the templates."""
        from notebot.features.digests.adapters.jinja import JinjaRenderer

        topics = [topic.name for topic in self.config.topics]
        config = self.config
        return JinjaRenderer(
            config.note,
            config.digest.language,
            topics,
            config.templates_dir,
            most_related=config.digest.related,
            desk=config.desk,
        )

    @cached_property
    def venues(self) -> VenueTable:
        """The venues known by name, including those of the curator's own table.

        Raises:
            ConfigError: the curator's table does not parse.
        """
        from notebot.features.venues.adapters.venue_table_file import load_venues

        return load_venues(self.config.venues_file)

    @cached_property
    def suggester(self) -> Suggester | None:
        """Suggests tags and related notes, learned from the archive; ``None`` without an archive."""
        store, tags = self.existing_store, self.config.tags
        if store is None or tags.model == "none" or not store.notes.count():
            return None
        # imported here because the models are a tenth of the cost of a short command
        from hashlib import sha256

        from notebot.features.suggestions.suggest import Suggester, TagLimits, announced_lately, recall

        kept = sorted(store.stubs.since(StubStatus.KEPT).items())
        # the learned model is cached until a note or a kept stub changes; its arrays depend on the byte order
        kept_hash = sha256(repr(kept).encode()).hexdigest()[:16]
        revision = f"{sys.byteorder} {store.notes.revision()} {kept_hash}"
        learned = recall(store.learned, revision, lambda: self._noted(store))
        announced = announced_lately(store.announcements, learned.corpus)
        return Suggester(learned, TagLimits(tags.min_score, tags.sure, tags.max), announced)

    @cached_property
    def interest(self) -> InterestModel | None:
        """What was learned from notes and decisions; ``None`` if nothing was, or ``[digest] learn`` is off."""
        store = self.existing_store
        record = store.interest.load() if store is not None and self.config.digest.learn else None
        if record is None:
            return None
        from notebot.features.suggestions.rules.interest import InterestModel

        return InterestModel(record)

    def tag_order(self) -> TagOrder:
        """All tags of the archive and the topics in the archive's order; learned again when a note has changed."""
        from notebot.core.model.note import Note
        from notebot.features.archive.import_notes import known_tags

        # Only connections of other processes and threads write notes while one serves pages.
        version = self.store.commits_elsewhere()
        if self._tag_order is None or self._tag_order[0] != version:
            revision = self.store.notes.revision()
            if self._tag_order is None or self._tag_order[1] != revision:
                # only what the order is learned from: an archive of 60,000 notes is too large to hold in memory
                slim = [
                    Note(
                        title_line="",
                        number=note.number,
                        issue_date=note.issue_date,
                        tags=note.tags,
                        page_tag=note.page_tag,
                    )
                    for note in self.store.notes.newest_first()
                ]
                order = known_tags(slim, self.config.topics)
            else:
                order = self._tag_order[2]
            self._tag_order = version, revision, order
        return self._tag_order[2]

    def forget_learned(self) -> None:
        """Frees the learned models: they are large, and the archive may have changed by the daemon's next round."""
        for name in ("suggester", "interest"):
            self.__dict__.pop(name, None)
        self._drafts.clear()

    def _noted(self, store: DatabaseStore) -> list[NotedPaper]:
        """The archive's notes for learning, oldest first; kept stubs weigh more and come with their abstracts."""
        from notebot.core.note_format.note_from_stub import make_note
        from notebot.features.archive.rules.merge import oldest_first
        from notebot.features.suggestions.rules.tag_model import NotedPaper

        kept = store.stubs.all(StubStatus.KEPT)
        abstracts = {stub.arxiv_id: stub.abstract for stub in kept}
        archived = [
            NotedPaper(note, abstracts.get(note.arxiv_id or "", ""), kept=note.arxiv_id in abstracts)
            for note in oldest_first(store.notes.all())
        ]
        style = self.config.note
        fresh = [NotedPaper(make_note(stub, style), stub.abstract, kept=True) for stub in kept if not stub.note_number]
        return [*archived, *fresh]

    @cached_property
    def http(self) -> Http:
        """The client for arXiv and GitHub; it retries for ``arxiv.retry_s``.

        Raises:
            ConfigError: there is no contact; commands that usually send no request run without one.
        """
        from notebot.core.net.client import Http

        if not self.config.contact:
            from notebot.config.checks import NO_CONFIG_NO_CONTACT, NO_CONTACT

            raise ConfigError([NO_CONTACT if self.config.path else NO_CONFIG_NO_CONTACT])

        agent = f"notebot/{__version__} (mailto:{self.config.contact})"
        arxiv = self.config.arxiv
        if not self.attended:
            return Http(agent, arxiv.timeout_s, arxiv.retry_s, self.stop)
        return Http(
            agent,
            arxiv.timeout_s,
            arxiv.retry_s,
            self.stop,
            unreachable_s=UNREACHABLE_S,
            on_wait=lambda error, wait_s: self.say(
                f"{str(error).rstrip('.')}. Trying again in {max(wait_s, 1):.0f} s; Ctrl-C ends the command."
            ),
        )

    @cached_property
    def probing_http(self) -> Http:
        """A client that never retries: `doctor` wants to see the first failure."""
        from notebot.core.net.client import Http

        return Http(self.http.user_agent, self.config.arxiv.timeout_s, 0.0, self.stop)

    @cached_property
    def guard(self) -> Guard:
        """The client for links that strangers wrote; it refuses internal addresses."""
        from notebot.core.net.guard import Guard

        links = self.config.links
        return Guard(self.http.user_agent, links.timeout_s, self.stop, allow_loopback=links.allow_loopback)

    @cached_property
    def web_pages(self) -> WebPages:
        """Web pages, fetched through the link guard."""
        from notebot.features.intake.adapters.web_page import WebPages

        return WebPages(self.guard, self.config.links.max_bytes)

    @cached_property
    def pace(self) -> Turns:
        """arXiv's rate limit, shared by all processes on the state directory, or on the database server."""
        if self.config.database:
            require_postgres_extra()
            from notebot.store.postgres.pace import ServerPace

            return ServerPace(self.config.database, self.config.arxiv.pace_s, self.urgent, self.stop, self.say)
        from notebot.core.net.pace import Pace

        return Pace(self.config.state_dir / "arxiv.lock", self.config.arxiv.pace_s, self.urgent, self.stop, self.say)

    def today(self) -> date:
        """The date in the curator's time zone."""
        return self.clock().astimezone(self.config.timezone).date()

    def gate(self, service: str, store: DatabaseStore, by_hand: bool) -> CircuitBreaker:
        """The circuit breaker of ``feed``, ``api`` or ``oai``; ``by_hand`` allows one probe while it is open."""
        from notebot.features.health.guarded_service import CircuitBreaker

        url, name = {
            "feed": (self.config.arxiv.feed_url, "arXiv's feed service"),
            "api": (self.config.arxiv.api_url, "arXiv's API"),
            "oai": (self.config.arxiv.oai_url, "arXiv's OAI-PMH"),
        }[service]
        return CircuitBreaker(store, self.clock, url, name, by_hand=by_hand)

    @cached_property
    def arxiv_api(self) -> ArxivApi:
        """arXiv's query API, without a circuit breaker."""
        from notebot.features.announcements.adapters.arxiv_api import ArxivApi

        return ArxivApi(self.http, self.config.arxiv.api_url, self.pace)

    def gated_papers(self, store: DatabaseStore, by_hand: bool) -> GuardedPapers:
        """arXiv's papers by id, behind the API's circuit breaker."""
        from notebot.features.health.guarded_service import GuardedPapers

        return GuardedPapers(self.arxiv_api, self.gate("api", store, by_hand))

    def gated_search(self, store: DatabaseStore, by_hand: bool) -> GuardedSearch:
        """arXiv's papers by query, behind the API's circuit breaker."""
        from notebot.features.health.guarded_service import GuardedSearch

        return GuardedSearch(self.arxiv_api, self.gate("api", store, by_hand))

    def lock(self, name: str) -> AbstractContextManager[None]:
        """A lock by the name of the work (``digest``, ``inbox`` ...).

        It excludes all processes on the state directory, or on all machines that use the desk's database. If the server
        ends the connection with the lock, requests are aborted and nothing more is stored.
        """
        if self.config.database:
            from notebot.store.postgres import PostgresStore

            store = self.store
            assert isinstance(store, PostgresStore)  # by the address
            return store.locked(f"{self.config.desk}/{name}", self.abort_requests)
        from notebot.core.net.files import exclusive_lock

        return exclusive_lock(self.config.state_dir / f"{name}.lock")

    def enrich(self, stub: Stub) -> Stub:
        """The stub with everything that needs no request: links, venue, extract, tags, related notes.

        A step that fails unexpectedly is reported and left out; it costs neither the paper nor the other steps.
        """
        from notebot.core.supervisor import supervised

        for what, step in (("venue", self._add_venue), ("summary", self._add_extract), ("tags", self._add_suggestions)):
            try:
                with supervised(f"Finding the {what} of {stub.key}"):
                    stub = step(stub)
            except UnexpectedError as error:
                self.say(f"{error} The paper is taken without.")
        return stub

    def _add_venue(self, stub: Stub) -> Stub:
        from notebot.features.venues.rules.enrich import with_links, with_venue

        return with_links(with_venue(stub, self.venues))

    def _add_extract(self, stub: Stub) -> Stub:
        from notebot.features.summaries.rules.extract import with_extract

        if self.config.summary.backend == "none":
            return stub
        # a poll enriches each stub twice, as drafted and with its metadata; the abstract is usually the same
        draft = self._drafts.pop(stub.key, None)
        if draft is not None and (draft.abstract, draft.title) == (stub.abstract, stub.title):
            stub = replace(stub, summary=draft.summary)
        else:
            stub = with_extract(stub)
        if not stub.complete:
            self._drafts[stub.key] = stub
        return stub

    def _add_suggestions(self, stub: Stub) -> Stub:
        if not stub.complete:
            return stub
        like_kept = None
        if self.suggester is not None:
            suggested = self.suggester.suggest(stub)
            stub = replace(suggested.stub, nearness=suggested.nearness)
            like_kept = suggested.like_kept
        if self.interest is not None:
            from notebot.features.suggestions.interest import judge_interest

            stub = replace(stub, interest=judge_interest(self.interest, stub, like_kept))
        return stub

    @cached_property
    def quick_http(self) -> Http:
        """A client that never retries, for services that can be asked again at the next round."""
        from notebot.core.net.client import Http

        return Http(self.http.user_agent, self.config.links.timeout_s, 0.0, self.stop)

    @cached_property
    def delivery_http(self) -> Http:
        """A client for webhooks and pings; unlike the others it needs no contact, because the addresses are ours."""
        from notebot.core.net.client import Http

        return Http(f"notebot/{__version__}", self.config.links.timeout_s, 0.0, self.stop)

    @cached_property
    def delivery_guard(self) -> Guard:
        """The client for webhooks that must not be on this machine or in a private network."""
        from notebot.core.net.guard import Guard

        return Guard(f"notebot/{__version__}", self.config.links.timeout_s, self.stop)

    @cached_property
    def mail_connections(self) -> OpenConnections:
        """The connections to mail servers."""
        from notebot.core.net.connection import OpenConnections

        return OpenConnections(self.stop)

    def abort_requests(self) -> None:
        """Aborts running requests; may be called from any thread."""
        for name in ("http", "quick_http", "guard", "delivery_http", "delivery_guard", "mail_connections"):
            if name in self.__dict__:
                self.__dict__[name].abort()

    def posts(self, search: SearchSource | None) -> PostReader:
        """Reads social posts; ``search`` finds the paper of a post that names only its title."""
        from notebot.features.intake.adapters.post_services import PostServices, ServiceUrls
        from notebot.features.intake.read_post import PostReader

        posts = self.config.posts
        places = ServiceUrls(
            posts.x_url.rstrip("/"),
            posts.bluesky_url.rstrip("/"),
            posts.hackernews_url.rstrip("/"),
            posts.huggingface_url.rstrip("/"),
            posts.mastodon_url.rstrip("/"),
        )
        readers = PostServices(self.quick_http, self.guard, places, x_oembed=posts.x_oembed)
        return PostReader(readers, self.guard, search, strip_share=posts.strip_share)

    @cached_property
    def followed_posts(self) -> PostCache:
        """Reads the posts of link-only issues, each once as long as it does not change."""
        from notebot.features.publishing.fill.follow_posts import PostCache

        return PostCache(self.posts(None).read, self.clock)

    @cached_property
    def github_writer(self) -> GitHubWriter:
        """Writes to the archive's repository; see :meth:`github_writer_of`."""
        return self.github_writer_of(self.config.archive.repo)

    def github_writer_of(self, repo: str) -> GitHubWriter:
        """Writes to a repository.

        Raises:
            UsageError: its name, its address or the token is malformed, or there is no token.
        """
        from notebot.config import is_loopback
        from notebot.features.publishing.adapters.github import WRITE_PACE_S, GitHubWriter, WritePace

        archive = self.config.archive
        # a test server on this machine may be written to faster; GitHub itself never is
        pace_s = min(WRITE_PACE_S, self.config.arxiv.pace_s) if is_loopback(archive.github_url) else WRITE_PACE_S
        pace = WritePace(self.config.state_dir, pace_s, self.stop)
        token = os.environ.get(archive.token_env)
        return GitHubWriter(self.http, archive.github_url, repo, token, archive.token_env, pace)

    def note_folder(self, folder: Path | None = None) -> NoteFolder:
        """The archive's folder; built for each use, because it remembers what it has read.

        Args:
            folder: another folder than the configured one.
        """
        from notebot.features.publishing.adapters.note_folder import NoteFolder

        path = folder or self.config.archive_dir
        assert path is not None
        return NoteFolder(
            path,
            self.store.folder_notes,
            self.store.transaction,
            clock=self.clock,
            zone=self.config.timezone,
            # notes that came from GitHub before have numbers too, and other notes refer to them
            highest=lambda: next((note.number for note in self.store.notes.newest_first() if note.number), 0),
        )

    @property
    def phrases(self) -> Phrases:
        """The wording of digests in the configured language."""
        from notebot.core.note_format.phrases import LANGUAGES

        return LANGUAGES[self.config.digest.language]
