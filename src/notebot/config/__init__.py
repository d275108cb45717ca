"""Reads ``config.toml`` and reports every mistake at once, each with its key.

Every command imports this package, so it imports at run time only what the :class:`Config` record itself needs.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct

from notebot.core.model.errors import ConfigError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from notebot.config.sections import (
        ArchiveSection,
        ArxivSection,
        DigestSection,
        LinksSection,
        LlmSection,
        LogSection,
        PostsSection,
        SiteSection,
        SummarySection,
        TagsSection,
        WebSection,
        XSection,
        ZoteroSection,
    )
    from notebot.core.note_format.stub_title import NoteStyle
    from notebot.core.schedule.schedule_text import Schedule
    from notebot.features.delivery.rules.target import DeliveryTarget
    from notebot.features.intake.rules.source_settings import WatchedSource
    from notebot.features.topics.rules.topic import Topic


class Config(Struct, frozen=True):
    """A config in which every value has been checked; paths are absolute."""

    path: Path | None
    contact: str
    timezone: ZoneInfo
    database: str
    state_dir: Path
    digest_dir: Path
    templates_dir: Path | None
    arxiv: ArxivSection
    poll_schedule: Schedule
    digest_schedule: Schedule
    digest: DigestSection
    note: NoteStyle
    summary: SummarySection
    llm: LlmSection
    archive: ArchiveSection
    archive_dir: Path | None
    """The folder with one file per note, if the archive is one."""
    zotero: ZoteroSection
    pages_dir: Path
    site: SiteSection
    venues_file: Path | None
    tags: TagsSection
    links: LinksSection
    posts: PostsSection
    x: XSection
    x_token_file: Path
    inbox_dir: Path
    inbox_file: Path | None
    web: WebSection
    web_token_file: Path
    log: LogSection
    sources: tuple[WatchedSource, ...]
    targets: tuple[DeliveryTarget, ...]
    """The ``[[deliver]]`` entries."""
    topics: tuple[Topic, ...]
    venue_resolvers: tuple[str, ...] = ()
    s2_url: str = ""
    logins: tuple[str, ...] = ()
    """By which a reverse proxy calls the curator."""
    desk: str = ""
    """The desk of a lab that this is the config of; empty for a single curator and for a lab's hub."""
    is_admin: bool = False
    """True for a desk that sees the health of the whole lab."""
    lab_path: Path | None = None
    """The lab's own file, in the config of a desk and of the hub."""
    desks: tuple[str, ...] | None = None
    """The names of all desks, in the config of a lab's hub; otherwise ``None``."""

    @property
    def categories(self) -> tuple[str, ...]:
        """Returns every watched category once, in the order of the topics."""
        return tuple(dict.fromkeys(name for topic in self.topics for name in topic.categories))

    @property
    def collect_after_s(self) -> float | None:
        """How long a digest file is unchanged before the daemon reads it; ``None`` if it never does."""
        from notebot.core.schedule.schedule_text import parse_duration

        return None if self.digest.collect_after == "off" else parse_duration(self.digest.collect_after)

    @property
    def on_loopback(self) -> bool:
        """True if all three arXiv addresses are on this machine."""
        return all(is_loopback(url) for url in (self.arxiv.feed_url, self.arxiv.api_url, self.arxiv.oai_url))


def find_config(given: str | None) -> Path | None:
    """Returns the path of the config file, or ``None`` if there is no file.

    The order is that of product.md: ``--config``, ``$NOTEBOT_CONFIG``, ``./config.toml``, the XDG folder.

    Raises:
        ConfigError: a file was named explicitly and does not exist, or is a folder.
    """
    named = given or os.environ.get("NOTEBOT_CONFIG")
    if named:
        # no fallback to another file: a command must not run with a config that the user did not mean
        if Path(named).is_dir():
            raise ConfigError([f"{named} is a folder; name the file, such as {Path(named) / 'config.toml'}."])
        if not Path(named).is_file():
            raise ConfigError([f"There is no config file {named}; `notebot init` writes one."])
        return Path(named).resolve()
    xdg = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    for path in (Path("config.toml"), xdg / "notebot" / "config.toml"):
        if path.is_file():
            return path.resolve()
    return None


def load_config(path: Path | None, *, desk: str = "", need_topics: bool = True, need_contact: bool = True) -> Config:
    """Reads and checks the config; without a file, returns the defaults.

    Args:
        path: the file, or ``None`` if none was found.
        desk: the desk of a lab; without one, the file of a lab gives the config of its hub.
        need_topics: False for ``fetch``, which works without topics (rules.md 5.4).
        need_contact: False for commands that send nothing to arXiv or GitHub.

    Raises:
        ConfigError: with every problem, each with its key.
    """
    if path is None and need_topics:
        raise ConfigError(["There is no config.toml here; `notebot init` writes one to fill in."])
    raw = read_toml(path) if path is not None else {}
    if path is not None and "lab" in raw:
        from notebot.config.lab import Lab

        lab = Lab(path, raw)
        if desk:
            return lab.desk(desk, need_topics=need_topics, need_contact=need_contact)
        return lab.hub(need_topics=need_topics, need_contact=need_contact)
    if desk:
        where = path.name if path else "The default config"
        raise ConfigError([f"{where} has no [lab] section, so it has no desks; leave out --desk {desk}."])
    from notebot.config.reader import ConfigReader

    return ConfigReader(raw, path).read(need_topics=need_topics, need_contact=need_contact)


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        ConfigError: it cannot be read, or is not TOML.
    """
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # some editors write a BOM
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path} is not valid TOML: {error}."]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path} cannot be read: {error}."]) from error


def is_loopback(url: str) -> bool:
    """True if the host is 127.0.0.0/8, ::1 or ``localhost``; names are not resolved."""
    from ipaddress import ip_address

    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
