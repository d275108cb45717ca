"""The config of a lab: one file for everybody, and one file per desk; imported only if a file has ``[lab]``."""

from __future__ import annotations

import re
import time
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec.structs import replace

from notebot.config import read_toml
from notebot.config.logins import LoginBook
from notebot.config.reader import ConfigReader
from notebot.config.sections import NotebotSection, ScheduleSection
from notebot.core.model.errors import ConfigError, UsageError
from notebot.core.schedule.schedule_text import parse_schedule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from notebot.config import Config
    from notebot.core.schedule.schedule_text import Schedule
    from notebot.features.topics.rules.topic import Topic

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
"""A desk's name is the name of its file; it is part of names of topics, folders and locks."""
SHARED = ("arxiv", "lab", "llm", "links", "log", "posts", "venue", "web")
"""Sections of the lab's file alone."""
SHARED_KEYS = {"notebot": ("contact", "database", "state_dir"), "schedule": ("poll",)}
"""Keys of the lab's file alone, in sections that both files may have."""


FileState: TypeAlias = tuple[int, int, int]
SETTLED_S = 2.0
"""A file that was changed within this time may be changed again without a sign."""


def state_of(path: Path, at: float | None = None) -> FileState | None:
    """What changes with a file or folder; ``None`` if it was just changed, or cannot be read.

    Args:
        at: the time when it was read, in seconds since 1970; now if it is read next.
    """
    try:
        status = path.stat()
    except OSError:
        return None
    if status.st_mtime > (time.time() if at is None else at) - SETTLED_S:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def desk_files(lab: Path, raw: dict[str, Any]) -> dict[str, Path]:
    """The file of each desk by the desk's name.

    Raises:
        ConfigError: ``[lab]`` is malformed, or a file's name cannot be the name of a desk.
    """
    section = raw.get("lab")
    pattern = section.get("desks") if isinstance(section, dict) else None
    known = {"desks", "admins"}
    if not isinstance(section, dict) or not set(section) <= known or not isinstance(pattern, str) or not pattern:
        raise ConfigError(
            ['lab: write desks = "desks/*.toml", the files of the desks, and, if you like, admins = ["ada"].']
        )
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise ConfigError(["lab.desks: write a path below the folder of this file, such as desks/*.toml."])
    files = {path.stem: path for path in sorted(lab.parent.glob(pattern)) if path.is_file()}
    problems = [
        f"{path.name}: the name of a desk has small letters, digits and hyphens only, and at most 63 of them."
        for name, path in files.items()
        if not NAME.fullmatch(name)
    ]
    if problems:
        raise ConfigError(problems)
    return files


class Lab:
    """A lab's file, and the files of its desks, each read when it is asked for.

    Raises:
        ConfigError: the lab's file is malformed, contains what belongs to a desk, or names no database.
    """

    def __init__(self, path: Path, raw: dict[str, Any]) -> None:
        self._path = path
        self.files = desk_files(path, raw)
        """The file of each desk, by the desk's name."""
        self.pattern = Path(raw["lab"]["desks"])
        whole = takewhile(lambda part: not set(part) & set("*?["), self.pattern.parent.parts)
        self.home = path.parent.joinpath(*whole)
        """The folder with the files of the desks, or above it."""
        self._admins = _admins(raw)
        self._shared = _shared(path, raw)

    @classmethod
    def read(cls, path: Path) -> Lab:
        """The lab of a file; the same one again while no file is changed, added or removed.

        Raises:
            ConfigError: see the class.
        """
        lab, states = _known_labs.get(path, (None, ()))
        # a folder changes with each file that is added, renamed or removed
        if lab is None or None in states or states != (state_of(path), state_of(lab.home)):
            state, read_at = state_of(path), time.time()
            lab = cls(path, read_toml(path))
            has_one_folder = lab.home == path.parent / lab.pattern.parent
            _known_labs[path] = lab, (state, state_of(lab.home, read_at) if has_one_folder else None)
        return lab

    def hub(
        self,
        *,
        need_topics: bool = True,
        need_contact: bool = True,
        last_good: dict[str, Sequence[Topic]] | None = None,
    ) -> Config:
        """The config of the hub, which polls for all desks: its topics are theirs.

        A desk whose file has a mistake is left out; whoever reads it for the desk's own work reports the mistake.

        Args:
            last_good: the topics of each desk when its file had no mistake; used while it has one, and brought up to
                date. A desk that is left out of a poll does not get what was announced, not even later.

        Raises:
            ConfigError: with every problem in the lab's file, or in the first desk's if every desk has one.
        """
        hub = ConfigReader(self._shared, self._path).read(need_topics=False, need_contact=need_contact)
        if need_topics:
            from notebot.features.announcements.hub import hub_topics

            topics = self._topics(last_good if last_good is not None else {}, need_contact=need_contact)
            hub = replace(hub, topics=tuple(hub_topics(topics)))
        return replace(hub, desks=tuple(self.files), lab_path=self._path)

    def _topics(self, last_good: dict[str, Sequence[Topic]], *, need_contact: bool) -> dict[str, Sequence[Topic]]:
        first_error: ConfigError | None = None
        for name in self.files:
            try:
                last_good[name] = self.desk(name, need_contact=need_contact).topics
            except ConfigError as error:
                first_error = first_error or error
        topics = {name: last_good[name] for name in self.files if name in last_good}
        if first_error is not None and not topics:
            raise first_error
        return topics

    def desk(self, name: str, *, need_topics: bool = True, need_contact: bool = True) -> Config:
        """The config of one desk.

        Raises:
            ConfigError: there is no such desk, or its file has problems; each is named with file and key.
        """
        if name not in self.files:
            there_are = (
                f"there are {', '.join(self.files)}"
                if self.files
                else "there are none yet; `notebot desk add NAME` makes one"
            )
            raise ConfigError([f"{self._path.name} has no desk {name}; {there_are}."])
        config = _read_desk(
            self._path, self._shared, name, self.files[name], need_topics=need_topics, need_contact=need_contact
        )
        problems = [
            f"{self.files[name].name}: {key} is in the folder of the desk {other}; name one of its own."
            for key, path in _paths_of(config).items()
            if (other := self._home_around(path)) not in (None, name)
        ]
        if problems:
            raise ConfigError(problems)
        return replace(config, is_admin=name in self._admins, lab_path=self._path)

    def _home_around(self, path: Path) -> str | None:
        """The desk in whose folder a path is."""
        for folder in (path, *path.parents):
            file = self.files.get(folder.name)
            if file is not None and file.parent.resolve() == folder.parent:
                return folder.name
        return None

    def digest_schedule(self, name: str) -> Schedule:
        """When a desk's digests are due, without checking the rest of its file, which takes ten times as long.

        Raises:
            ConfigError: the file cannot be read, or its schedule or time zone is malformed.
        """
        raw = read_toml(self.files[name])
        tables = [raw.get(section, {}) for section in ("notebot", "schedule")]
        if not all(isinstance(table, dict) for table in tables):
            raise ConfigError([f"{self.files[name].name}: [notebot] and [schedule] must be tables."])
        try:
            return parse_schedule(
                str(tables[1].get("digest", ScheduleSection().digest)),
                "digest",
                str(tables[0].get("timezone", NotebotSection().timezone)),
            )
        except UsageError as error:
            raise ConfigError([f"{self.files[name].name}: schedule.digest: {error}"]) from error

    def shared_problems(self) -> list[str]:
        """Mistakes that concern no single file: a login of two desks, and administrators that there are not.

        Neither stops a command: such a login opens no desk, and a desk may be removed or not be there yet.
        """
        unknown = [name for name in self._admins if name not in self.files]
        return LoginBook().desks(self.files)[1] + [
            f"{self._path.name}: lab.admins: there is no desk {name[:80]!r}." for name in unknown
        ]

    def token_file(self, name: str) -> Path:
        """The file of a desk's tokens, without reading the desk's own file: strangers may ask for it."""
        web = self._shared.get("web", {})
        home = _home(self.files[name])
        return (home / (web.get("token_file") or "state/web-tokens.json")).resolve()


def _admins(raw: dict[str, Any]) -> tuple[str, ...]:
    admins = raw["lab"].get("admins", [])
    if not isinstance(admins, list) or not all(isinstance(name, str) for name in admins):
        raise ConfigError([f'lab.admins must be a list of desks such as ["ada"], not {admins!r:.80}.'])
    return tuple(admins)


# A worker asks for its lab with each task, and to read 1,000 files takes seconds.
_known_labs: dict[Path, tuple[Lab, tuple[FileState | None, FileState | None]]] = {}
_known_desks: dict[tuple[Path, bool, bool], tuple[FileState, dict[str, Any], Config]] = {}
"""The config of a desk, with the state of its file and the lab's sections when it was read."""


def _paths_of(config: Config) -> dict[str, Path]:
    """The resolved paths of a desk by their key, so that a link into another desk's folder counts as well."""
    paths = {
        "notebot.state_dir": config.state_dir,
        "notebot.digest_dir": config.digest_dir,
        "notebot.templates_dir": config.templates_dir,
        "archive.folder": config.archive_dir,
        "archive.pages_dir": config.pages_dir,
        "inbox.dir": config.inbox_dir,
        "inbox.file": config.inbox_file,
        "venue.extra_table": config.venues_file,
        "x.token_file": config.x_token_file,
    }
    return {key: path for key, path in paths.items() if path is not None}


def _home(path: Path) -> Path:
    """The folder of everything that belongs to the desk of a file: two desks must never share a file."""
    return path.parent / path.stem


def _shared(lab: Path, raw: dict[str, Any]) -> dict[str, Any]:
    """The lab's file as the base of every config.

    Raises:
        ConfigError: it contains what belongs to a desk, or names no database.
    """
    allowed = {*SHARED, *SHARED_KEYS}
    problems = [f"{lab.name}: [{name}] belongs in the file of a desk." for name in raw if name not in allowed]
    for section, keys in SHARED_KEYS.items():
        table = raw.get(section, {})
        problems += [
            f"{lab.name}: {section}.{key} belongs in the file of a desk."
            for key in (table if isinstance(table, dict) else ())
            if key not in keys
        ]
    web = raw.get("web", {})
    token_file = Path(str(web.get("token_file", ""))) if isinstance(web, dict) else Path()
    if token_file.is_absolute() or ".." in token_file.parts or str(token_file).startswith("~"):
        problems.append(
            f"{lab.name}: web.token_file must be a path within each desk's own folder, such as tokens.json."
        )
    notebot = raw.get("notebot", {})
    if isinstance(notebot, dict) and not notebot.get("database"):
        problems.append(f'{lab.name}: notebot.database is missing; a lab needs PostgreSQL ("postgresql://…").')
    if problems:
        raise ConfigError(problems)
    return {name: table for name, table in raw.items() if name != "lab"}


def _read_desk(
    lab: Path, shared: dict[str, Any], desk: str, path: Path, *, need_topics: bool, need_contact: bool
) -> Config:
    key, state = (path, need_topics, need_contact), state_of(path)
    if key in _known_desks and state is not None and _known_desks[key][:2] == (state, shared):
        return _known_desks[key][2]
    own = read_toml(path)
    misplaced = list(_misplaced(path, lab, own))
    if misplaced:
        raise ConfigError(misplaced)
    merged = {**shared, **own}
    for section in SHARED_KEYS:
        tables = shared.get(section, {}), own.get(section, {})
        if all(isinstance(table, dict) for table in tables):
            merged[section] = {**tables[0], **tables[1]}
    home = _home(path)
    if isinstance(merged.get("notebot"), dict):
        merged["notebot"] = {**merged["notebot"], "state_dir": "state"}
    try:
        config = ConfigReader(merged, path, home).read(need_topics=need_topics, need_contact=need_contact)
    except ConfigError as error:
        raise ConfigError([f"{path.name}: {problem}" for problem in error.problems]) from error
    config = replace(config, desk=desk)
    if state is not None:
        _known_desks[key] = state, shared, config
    return config


def _misplaced(path: Path, lab: Path, own: dict[str, Any]) -> Iterable[str]:
    for name, table in own.items():
        if name in SHARED:
            yield f"{path.name}: [{name}] belongs in {lab.name}, since all desks share it."
        for key in table if isinstance(table, dict) else ():
            if key in SHARED_KEYS.get(name, ()):
                yield f"{path.name}: {name}.{key} belongs in {lab.name}, since all desks share it."


NEW_DESK = """# What belongs to one curator; what all share is in the lab's file.

[notebot]
# timezone = "Europe/Berlin"

[[topics]]
name = "My first topic"
categories = ["cs.CL"]
query = "ti:example"
"""


def add_desk(lab: Path, name: str) -> Path:
    """Writes the file of a new desk, with a topic to change; returns its path.

    Raises:
        ConfigError: the lab's file is malformed, the name cannot be that of a desk, or the desk exists.
    """
    raw = read_toml(lab)
    desk_files(lab, raw)
    if not NAME.fullmatch(name):
        raise ConfigError([f"{name[:70]!r} cannot be a desk: use small letters, digits and hyphens, at most 63."])
    pattern: str = raw["lab"]["desks"]
    path = lab.parent / Path(pattern).with_name(f"{name}.toml")
    if "*" in str(path.parent.relative_to(lab.parent)) or not path.match(pattern):
        raise ConfigError([f"lab.desks is {pattern}; write the file of the desk {name} yourself, so that it matches."])
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(NEW_DESK)
    except FileExistsError:
        raise ConfigError([f"There is a desk {name} already: {path}."]) from None
    return path
