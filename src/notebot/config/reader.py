"""Turns the raw TOML tables into a :class:`Config`, collecting every problem on the way."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from notebot.config import Config
from notebot.config.archive import archive_problems
from notebot.config.arxiv import arxiv_problems, contact_problems
from notebot.config.inbox import inbox_problems
from notebot.config.links import links_problems
from notebot.config.llm import llm_problems
from notebot.config.sections import (
    SECTIONS,
    ArchiveSection,
    ArxivSection,
    DigestSection,
    InboxSection,
    LinksSection,
    LlmSection,
    NotebotSection,
    NoteSection,
    PostsSection,
    ScheduleSection,
    SourceSection,
    SummarySection,
    TagsSection,
    TopicSection,
    VenueSection,
    XSection,
)
from notebot.config.sources import bookmarks_problems, posts_problems, watched_sources, x_problems
from notebot.config.tags import tags_problems
from notebot.config.venue import venue_problems
from notebot.core.model.category import resolve_category
from notebot.core.model.errors import ConfigError, UsageError
from notebot.core.note_format.stub_title import NoteStyle
from notebot.core.schedule.schedule_text import Schedule, parse_schedule
from notebot.features.topics.rules.query import Query, parse_query
from notebot.features.topics.rules.topic import Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from notebot.features.intake.rules.source_settings import WatchedSource

Section = TypeVar("Section", bound=msgspec.Struct)


class Reader:
    """Reads one config; ``problems`` grows, and is raised as a whole at the end."""

    def __init__(self, raw: dict[str, Any], path: Path | None) -> None:
        self.raw = raw
        self.path = path
        self.folder = path.parent if path else Path.cwd()
        self.problems: list[str] = []

    def config(self, *, need_topics: bool) -> Config:
        """The whole config, or every problem at once.

        Raises:
            ConfigError: with one line per problem.
        """
        self._check_headings()
        notebot = self._section("notebot", NotebotSection)
        arxiv = self._section("arxiv", ArxivSection)
        schedule = self._section("schedule", ScheduleSection)
        digest = self._section("digest", DigestSection)
        note = self._section("note", NoteSection)
        summary = self._section("summary", SummarySection)
        archive = self._section("archive", ArchiveSection)
        llm = self._section("llm", LlmSection)
        tags = self._section("tags", TagsSection)
        venue = self._section("venue", VenueSection)
        topics = self._topics(needed=need_topics)
        incoming = self._incoming(topics)
        contact = notebot.contact or os.environ.get("NOTEBOT_CONTACT", "")
        self.problems += [*contact_problems(contact), *arxiv_problems(arxiv)]
        self._check_rest(notebot, digest, summary)
        self.problems += [*archive_problems(archive), *llm_problems(llm, summary), *tags_problems(tags)]
        self.problems += venue_problems(venue)
        if not note.prefix.isprintable():
            self.problems.append("note.prefix must be one line of visible characters.")
        folders, pages_dir = self._folders(notebot, archive, incoming)
        zone = self._zone(notebot.timezone)
        poll = self._schedule("poll", schedule.poll, zone)
        when = self._schedule("digest", schedule.digest, zone)
        if self.problems or zone is None or poll is None or when is None:
            raise ConfigError(self.problems)
        return Config(
            path=self.path,
            contact=contact,
            timezone=zone,
            state_dir=folders["state_dir"] or self.folder,
            digest_dir=folders["digest_dir"] or self.folder,
            templates_dir=folders["templates_dir"] if notebot.templates_dir else None,
            arxiv=arxiv,
            poll_schedule=poll,
            digest_schedule=when,
            digest=digest,
            note=NoteStyle(note.prefix, note.month),
            summary=summary,
            llm=llm,
            archive=archive,
            pages_dir=pages_dir or self.folder,
            tags=tags,
            **incoming,
            venues_file=self._venues_file(venue),
            topics=topics,
            venue_resolvers=tuple(venue.resolvers),
            s2_url=venue.s2_url,
        )

    def _folders(
        self, notebot: NotebotSection, archive: ArchiveSection, incoming: Mapping[str, Any]
    ) -> tuple[dict[str, Path | None], Path | None]:
        """notebot's folders by key, and that of the pages; none of them, nor the config's, may be the inbox."""
        folders = {
            key: self._folder(f"notebot.{key}", getattr(notebot, key))
            for key in ("state_dir", "digest_dir", "templates_dir")
        }
        pages_dir = self._folder("archive.pages_dir", archive.pages_dir)
        if notebot.templates_dir and folders["templates_dir"] and not folders["templates_dir"].is_dir():
            self.problems.append(f"notebot.templates_dir: there is no folder {folders['templates_dir']}.")
        taken = {f"notebot.{key}": path for key, path in folders.items() if path is not None and getattr(notebot, key)}
        if pages_dir is not None:
            taken["archive.pages_dir"] = pages_dir
        own = {**taken, "the config's folder": self.folder}
        self.problems += inbox_problems(incoming["inbox_dir"], incoming["inbox_file"], own, self.path)
        return folders, pages_dir

    def _check_headings(self) -> None:
        """Unknown sections, and unknown keys of the others."""
        known = [*SECTIONS, "topics", "sources"]
        for name in self.raw:
            if name not in known:
                self._unknown(f"[{name}]", name, known)
        for name in sorted(set(SECTIONS) & set(self.raw)):
            self._unknown_keys(name, self.raw[name], SECTIONS[name])

    def _venues_file(self, venue: VenueSection) -> Path | None:
        return self._folder("venue.extra_table", venue.extra_table) if venue.extra_table else None

    def _folder(self, key: str, text: str) -> Path | None:
        try:
            return (self.folder / Path(text).expanduser()).resolve()
        except (RuntimeError, ValueError, OSError) as error:
            self.problems.append(f"{key}: {text!r} is no path: {error}.")
            return None

    def _section(self, name: str, model: type[Section]) -> Section:
        return self._convert(name, self.raw.get(name, {}), model) or model()

    def _convert(self, where: str, table: object, model: type[Section]) -> Section | None:
        """Key by key, because msgspec stops at the first fault of a table."""
        if not isinstance(table, dict):
            self.problems.append(f"{where} must be a table: a heading in brackets, and its keys below.")
            return None
        good = {}
        for field in msgspec.structs.fields(model):
            if field.name in table:
                try:
                    good[field.name] = msgspec.convert(table[field.name], field.type)
                except msgspec.ValidationError as error:
                    self.problems.append(f"{where}.{field.name}: {str(error).lower()}.")
            elif field.required:
                self.problems.append(f"{where}.{field.name} is missing.")
                good[field.name] = field.type()  # empty, so that the other keys are read all the same
        try:
            return msgspec.convert(good, model)
        except msgspec.ValidationError:
            return None

    def _unknown_keys(self, where: str, table: object, model: type[msgspec.Struct]) -> None:
        known = [field.name for field in msgspec.structs.fields(model)]
        for key in table if isinstance(table, dict) else ():
            if key not in known:
                self._unknown(f"{where}.{key}", key, known)

    def _unknown(self, where: str, name: str, known: Iterable[str]) -> None:
        near = difflib.get_close_matches(name, list(known), 1, 0.5)
        self.problems.append(f"{where} is not a key of notebot" + (f"; did you mean {near[0]}?" if near else "."))

    def _topics(self, *, needed: bool) -> tuple[Topic, ...]:
        tables = self.raw.get("topics", [])
        if not isinstance(tables, list) or (needed and not tables):
            self.problems.append("topics: at least one [[topics]] is needed; `notebot init` shows one.")
            return ()
        topics = []
        for number, table in enumerate(tables):
            where = f"topics[{number}]"
            self._unknown_keys(where, table, TopicSection)
            section = self._convert(where, table, TopicSection)
            if section is not None:
                topics.append(self._topic(where, table, section))
        self._check_names([topic.name for topic in topics])
        return tuple(topics)

    def _incoming(self, topics: tuple[Topic, ...]) -> dict[str, Any]:
        """What the config says of links, posts, the inbox and watched sources."""
        links = self._section("links", LinksSection)
        posts = self._section("posts", PostsSection)
        inbox = self._section("inbox", InboxSection)
        x = self._section("x", XSection)
        self.problems += [*links_problems(links), *posts_problems(posts), *x_problems(x)]
        return {
            "links": links,
            "posts": posts,
            "x": x,
            "x_token_file": self._token_file(x),
            "inbox_dir": self._folder("inbox.dir", inbox.dir) or self.folder,
            "inbox_file": self._folder("inbox.file", inbox.file) if inbox.file else None,
            "sources": self._sources(topics, x),
        }

    def _token_file(self, x: XSection) -> Path:
        path = self._folder("x.token_file", x.token_file)
        if path is not None and path.is_dir():
            self.problems.append(f"x.token_file must be a file, not the folder {path}.")
        return path or self.folder

    def _sources(self, topics: tuple[Topic, ...], x: XSection) -> tuple[WatchedSource, ...]:
        tables = self.raw.get("sources", [])
        if not isinstance(tables, list):
            self.problems.append("sources must be tables under [[sources]].")
            return ()
        sections = []
        for number, table in enumerate(tables):
            where = f"sources[{number}]"
            self._unknown_keys(where, table, SourceSection)
            section = self._convert(where, table, SourceSection)
            if section is not None:
                sections.append((where, section))
        categories = {name for topic in topics for name in topic.categories}
        found, problems = watched_sources(sections, [topic.name for topic in topics], categories)
        self.problems += [*problems, *bookmarks_problems(found, x)]
        return found

    def _topic(self, where: str, table: dict[str, Any], section: TopicSection) -> Topic:
        called = f'{where} "{section.name}"'
        if "name" in table and not section.name.strip():
            self.problems.append(f"{where}.name must not be empty.")
        if "categories" in table and not section.categories:
            self.problems.append(f'{called}.categories must name at least one category, such as "cs.CL".')
        return Topic(
            name=section.name,
            categories=self._categories(called, section.categories),
            query=self._query(called, section.query),
            announce=self._announce(called, section.announce),
            tags=tuple(section.tags),
        )

    def _categories(self, called: str, names: list[str]) -> tuple[str, ...]:
        resolved = []
        for name in names:
            try:
                resolved.append(resolve_category(name))
            except UsageError as error:
                self.problems.append(f"{called}.categories: {error}")
        return tuple(dict.fromkeys(resolved))

    def _query(self, called: str, text: str) -> Query | None:
        if not text.strip():
            return None
        try:
            return parse_query(text)
        except UsageError as error:
            self.problems.append(f"{called}.query: {error} in {text!r}.")
            return None

    def _announce(self, called: str, words: list[str]) -> frozenset[str]:
        wrong = [word for word in words if word not in ("new", "cross", "replace")]
        if wrong or not words:
            self.problems.append(f'{called}.announce takes "new", "cross" and "replace", not {wrong or words}.')
        return frozenset(words) - set(wrong)

    def _check_names(self, names: list[str]) -> None:
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.problems.append(f'topics: the name "{name}" is used more than once.')

    def _check_rest(self, notebot: NotebotSection, digest: DigestSection, summary: SummarySection) -> None:
        if digest.language not in ("ja", "en"):
            self.problems.append(f'digest.language takes "ja" or "en", not {digest.language!r}.')
        if digest.full < 0:
            self.problems.append("digest.full must be 0 or more.")
        if summary.language not in ("ja", "en"):
            self.problems.append(f'summary.language takes "ja" or "en", not {summary.language!r}.')
        if any("\0" in word for word in digest.on_digest) or digest.on_digest[:1] == [""]:
            self.problems.append("digest.on_digest must be a command and its arguments, without NUL characters.")
        if notebot.database:
            self.problems.append('notebot.database must be "": SQLite in state_dir is the only store so far.')

    def _zone(self, name: str) -> ZoneInfo | None:
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            self.problems.append(f'notebot.timezone: {name!r} is not a time zone; write one like "Asia/Tokyo".')
            return None

    def _schedule(self, kind: str, text: str, zone: ZoneInfo | None) -> Schedule | None:
        try:
            return parse_schedule(text, kind, zone.key if zone else "UTC")
        except UsageError as error:
            self.problems.append(f"schedule.{kind}: {error}")
            return None
