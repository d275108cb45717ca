"""Turns the raw TOML tables into a :class:`Config` and collects every problem on the way."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from notebot.config import Config, checks
from notebot.config.sections import (
    SECTIONS,
    ArchiveSection,
    ArxivSection,
    DeliverSection,
    DigestSection,
    InboxSection,
    LinksSection,
    LlmSection,
    LogSection,
    NotebotSection,
    NoteSection,
    PostsSection,
    ScheduleSection,
    SiteSection,
    SourceSection,
    SummarySection,
    TagsSection,
    TopicSection,
    VenueSection,
    WebSection,
    XSection,
    ZoteroSection,
)
from notebot.config.topics import parse_topic
from notebot.core.model.errors import ConfigError, UsageError
from notebot.core.note_format.stub_title import NoteStyle
from notebot.core.schedule.schedule_text import parse_schedule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from notebot.core.schedule.schedule_text import Schedule
    from notebot.features.delivery.rules.target import DeliveryTarget
    from notebot.features.intake.rules.source_settings import WatchedSource
    from notebot.features.topics.rules.topic import Topic

Section = TypeVar("Section", bound=msgspec.Struct)


class _Sections(msgspec.Struct, frozen=True):
    """The sections of one config; a value of the wrong type is replaced by its default."""

    notebot: NotebotSection
    arxiv: ArxivSection
    schedule: ScheduleSection
    digest: DigestSection
    note: NoteSection
    summary: SummarySection
    archive: ArchiveSection
    site: SiteSection
    zotero: ZoteroSection
    llm: LlmSection
    tags: TagsSection
    venue: VenueSection
    links: LinksSection
    posts: PostsSection
    inbox: InboxSection
    x: XSection
    web: WebSection
    log: LogSection


class ConfigReader:
    """Reads one config; collects mistakes in ``problems`` and raises them together at the end."""

    def __init__(self, raw: dict[str, Any], path: Path | None, folder: Path | None = None) -> None:
        """Reads nothing yet.

        Args:
            folder: where relative paths start, if that is not the folder of the file.
        """
        self.raw = raw
        self.path = path
        self.folder = folder or (path.parent if path else Path.cwd())
        self.problems: list[str] = []
        self._mistyped: dict[str, str] = {}
        """Key, or name of a section, whose value has the wrong type -> the problem that says so."""

    def read(self, *, need_topics: bool, need_contact: bool = True) -> Config:
        """Returns the whole config.

        Raises:
            ConfigError: with one line per problem.
        """
        sections = self._read_sections()
        topics = self._topics(needed=need_topics)
        # the environment lets `fetch` run without any file (rules.md 5.4)
        contact = sections.notebot.contact or os.environ.get("NOTEBOT_CONTACT", "")
        self._check_values(sections, contact, need_contact=need_contact)
        sources = self._sources(topics, sections.x)
        targets = self._targets()
        paths = self._read_paths(sections)
        zone = self._zone(sections.notebot.timezone)
        poll = self._schedule("poll", sections.schedule.poll, zone)
        when = self._schedule("digest", sections.schedule.digest, zone)
        if self.problems or poll is None or when is None:
            raise ConfigError(self._first_problem_of_each_key())
        return Config(
            path=self.path,
            contact=contact,
            timezone=zone,
            database=sections.notebot.database,
            # an empty folder name means the config's own folder
            state_dir=paths.get("notebot.state_dir", self.folder),
            digest_dir=paths.get("notebot.digest_dir", self.folder),
            templates_dir=paths.get("notebot.templates_dir"),
            arxiv=sections.arxiv,
            poll_schedule=poll,
            digest_schedule=when,
            digest=sections.digest,
            note=NoteStyle(sections.note.prefix, sections.note.month),
            summary=sections.summary,
            llm=sections.llm,
            archive=sections.archive,
            archive_dir=paths.get("archive.folder"),
            zotero=sections.zotero,
            pages_dir=paths.get("archive.pages_dir", self.folder),
            site=sections.site,
            tags=sections.tags,
            links=sections.links,
            posts=sections.posts,
            x=sections.x,
            x_token_file=paths.get("x.token_file", self.folder),
            inbox_dir=paths.get("inbox.dir", self.folder),
            inbox_file=paths.get("inbox.file"),
            web=sections.web,
            log=sections.log,
            # beside the database, because whoever may read one may read the other
            web_token_file=paths.get("web.token_file", paths.get("notebot.state_dir", self.folder) / "web-tokens.json"),
            sources=sources,
            targets=targets,
            venues_file=paths.get("venue.extra_table"),
            topics=topics,
            venue_resolvers=tuple(sections.venue.resolvers),
            s2_url=sections.venue.s2_url,
            logins=tuple(sections.notebot.logins),
        )

    def _read_sections(self) -> _Sections:
        # product.md: an unknown key is an error that names the key and the most similar known one
        known = [*SECTIONS, "topics", "sources", "deliver"]
        for name in self.raw:
            if name not in known:
                self._unknown(f"[{name}]", name, known)
        for name in sorted(set(SECTIONS) & set(self.raw)):
            self._unknown_keys(name, self.raw[name], SECTIONS[name])
        return _Sections(
            notebot=self._section("notebot", NotebotSection),
            arxiv=self._section("arxiv", ArxivSection),
            schedule=self._section("schedule", ScheduleSection),
            digest=self._section("digest", DigestSection),
            note=self._section("note", NoteSection),
            summary=self._section("summary", SummarySection),
            archive=self._section("archive", ArchiveSection),
            site=self._section("site", SiteSection),
            zotero=self._section("zotero", ZoteroSection),
            llm=self._section("llm", LlmSection),
            tags=self._section("tags", TagsSection),
            venue=self._section("venue", VenueSection),
            links=self._section("links", LinksSection),
            posts=self._section("posts", PostsSection),
            inbox=self._section("inbox", InboxSection),
            x=self._section("x", XSection),
            web=self._section("web", WebSection),
            log=self._section("log", LogSection),
        )

    def _check_values(self, sections: _Sections, contact: str, *, need_contact: bool) -> None:
        self.problems += [
            *checks.links_problems(sections.links),
            *checks.posts_problems(sections.posts),
            *checks.x_problems(sections.x),
            *checks.notebot_problems(sections.notebot, contact, needed=need_contact, has_file=self.path is not None),
            *checks.arxiv_problems(sections.arxiv),
            *checks.digest_problems(sections.digest),
            *checks.archive_problems(sections.archive),
            *checks.site_problems(sections.site),
            *checks.zotero_problems(sections.zotero),
            *checks.summary_problems(sections.summary, sections.llm),
            *checks.tags_problems(sections.tags),
            *checks.venue_problems(sections.venue),
            *checks.web_problems(sections.web),
            *checks.log_problems(sections.log),
        ]
        # the prefix begins a title line, which is one line of the issue
        if not sections.note.prefix.isprintable():
            self.problems.append("note.prefix must be one line of visible characters.")

    def _read_paths(self, sections: _Sections) -> dict[str, Path]:
        """Returns the path under each key that has one, and checks that they do not collide."""
        folders = self._paths(
            {
                "notebot.state_dir": sections.notebot.state_dir,
                "notebot.digest_dir": sections.notebot.digest_dir,
                "notebot.templates_dir": sections.notebot.templates_dir,
                "archive.pages_dir": sections.archive.pages_dir,
            }
        )
        files = self._paths(
            {
                "archive.folder": sections.archive.folder,
                "inbox.dir": sections.inbox.dir,
                "inbox.file": sections.inbox.file,
                "venue.extra_table": sections.venue.extra_table,
                "x.token_file": sections.x.token_file,
                "web.token_file": sections.web.token_file,
            }
        )
        templates_dir = folders.get("notebot.templates_dir")
        if templates_dir is not None and not templates_dir.is_dir():
            self.problems.append(f"notebot.templates_dir: there is no folder {templates_dir}.")
        token_file = files.get("x.token_file")
        if not sections.x.token_file or (token_file is not None and token_file.is_dir()):
            self.problems.append(f"x.token_file must be a file, not the folder {token_file or self.folder}.")
        # the inbox is emptied by notebot, so it may share no folder with anything else
        taken = {**folders, "the config's folder": self.folder}
        self.problems += checks.archive_folder_problems(files.get("archive.folder"), folders)
        if "archive.folder" in files:
            taken["archive.folder"] = files["archive.folder"]
        inbox_dir = files.get("inbox.dir", self.folder)
        self.problems += checks.inbox_problems(inbox_dir, files.get("inbox.file"), taken, self.path)
        return folders | files

    def _zone(self, name: str) -> ZoneInfo:
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            self.problems.append(f'notebot.timezone: {name!r} is not a time zone; write one like "Asia/Tokyo".')
            return ZoneInfo("UTC")  # so that the schedules are checked as well

    def _first_problem_of_each_key(self) -> list[str]:
        """Returns the problems without those that follow from a value of the wrong type: it counts as missing."""
        return [
            problem
            for problem in self.problems
            if not any(problem.startswith((f"{key} ", f"{key}.", f"{key}:")) for key in self._mistyped)
            or problem in self._mistyped.values()
        ]

    def _unknown_keys(self, where: str, table: object, model: type[msgspec.Struct]) -> None:
        known = [field.encode_name for field in msgspec.structs.fields(model)]
        for key in table if isinstance(table, dict) else ():
            if key not in known:
                self._unknown(f"{where}.{key}", key, known)

    def _unknown(self, where: str, name: str, known: Iterable[str]) -> None:
        import difflib  # slow to import, and needed for mistakes only

        similar = difflib.get_close_matches(name, list(known), 1, 0.5)
        self.problems.append(f"{where} is not a key of notebot" + (f"; did you mean {similar[0]}?" if similar else "."))

    def _section(self, name: str, model: type[Section]) -> Section:
        """Returns a section with its defaults filled in, or only defaults if it has mistakes."""
        return self._convert(name, self.raw.get(name, {}), model) or model()

    def _convert(self, where: str, table: object, model: type[Section]) -> Section | None:
        if not isinstance(table, dict):
            self._report_type(where, f"{where} must be a table: a heading in brackets, with its keys below.")
            return None
        # key by key, because msgspec stops at the first mistake in a table
        good = {}
        for field in msgspec.structs.fields(model):
            name = field.encode_name
            if name in table:
                try:
                    good[name] = msgspec.convert(table[name], field.type)
                except msgspec.ValidationError as error:
                    self._report_type(f"{where}.{name}", checks.wrong_type(f"{where}.{name}", str(error)))
            elif field.required:
                self.problems.append(f"{where}.{name} is missing.")
                good[name] = field.type()  # an empty value, so that the other keys are checked as well
        try:
            return msgspec.convert(good, model)
        except msgspec.ValidationError:
            return None

    def _report_type(self, key: str, problem: str) -> None:
        self.problems.append(problem)
        self._mistyped[key] = problem

    def _paths(self, texts: dict[str, str]) -> dict[str, Path]:
        """Returns the path under each key, without keys that have no value or a malformed one."""
        paths: dict[str, Path] = {}
        for key, text in texts.items():
            try:
                if text:  # relative paths start at the config's folder (product.md, the config)
                    paths[key] = (self.folder / Path(text).expanduser()).resolve()
            except (RuntimeError, ValueError, OSError) as error:
                self.problems.append(f"{key}: {text!r} is not a path: {error}.")
        return paths

    def _topics(self, *, needed: bool) -> tuple[Topic, ...]:
        tables = self.raw.get("topics", [])
        if not isinstance(tables, list) or (needed and not tables):
            # without a topic no category is watched, so a poll would do nothing
            self.problems.append("topics: at least one [[topics]] is needed; `notebot init` shows one.")
            return ()
        topics = []
        for where, table, section in self._read_tables("topics", tables, TopicSection):
            topic, problems = parse_topic(where, table, section)
            topics.append(topic)
            self.problems += problems
        names = [topic.name for topic in topics]
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.problems.append(f'topics: the name "{name}" is used more than once.')
        return tuple(topics)

    def _sources(self, topics: tuple[Topic, ...], x: XSection) -> tuple[WatchedSource, ...]:
        tables = self.raw.get("sources", [])
        if not isinstance(tables, list):
            self.problems.append("sources must be tables under [[sources]].")
            return ()
        if not tables:
            return ()
        from notebot.config.sources import watched_sources  # most configs have no sources

        sections = [(where, section) for where, _, section in self._read_tables("sources", tables, SourceSection)]
        categories = {name for topic in topics for name in topic.categories}
        sources, problems = watched_sources(sections, [topic.name for topic in topics], categories, x)
        self.problems += problems
        return sources

    def _targets(self) -> tuple[DeliveryTarget, ...]:
        tables = self.raw.get("deliver", [])
        if not isinstance(tables, list):
            self.problems.append("deliver must be tables under [[deliver]].")
            return ()
        if not tables:
            return ()
        from notebot.config.deliver import delivery_targets  # most configs have no targets

        targets, problems = delivery_targets(list(self._read_tables("deliver", tables, DeliverSection)))
        self.problems += problems
        return targets

    def _read_tables(
        self, key: str, tables: list[Any], kind: type[Section]
    ) -> Iterator[tuple[str, dict[str, Any], Section]]:
        """Yields each table that can be converted, with its place in the file, such as ``topics[0]``."""
        for number, table in enumerate(tables):
            where = f"{key}[{number}]"
            self._unknown_keys(where, table, kind)
            section = self._convert(where, table, kind)
            if section is not None:
                yield where, table, section

    def _schedule(self, kind: str, text: str, zone: ZoneInfo) -> Schedule | None:
        try:
            return parse_schedule(text, kind, zone.key)
        except UsageError as error:
            self.problems.append(f"schedule.{kind}: {error}")
            return None
