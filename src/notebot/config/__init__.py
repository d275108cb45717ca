"""Reads ``config.toml``: every mistake is found in one go and named with its key path."""

import os
import tomllib
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from msgspec import Struct

from notebot.config.sections import (
    ArchiveSection,
    ArxivSection,
    DigestSection,
    LinksSection,
    LlmSection,
    PostsSection,
    SummarySection,
    TagsSection,
    XSection,
)
from notebot.core.model.errors import ConfigError
from notebot.core.note_format.stub_title import NoteStyle
from notebot.core.schedule.schedule_text import Schedule
from notebot.features.intake.rules.source_settings import WatchedSource
from notebot.features.topics.rules.topic import Topic


class Config(Struct, frozen=True):
    """A config whose every value has been checked; paths are absolute."""

    path: Path | None
    contact: str
    timezone: ZoneInfo
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
    pages_dir: Path
    venues_file: Path | None
    tags: TagsSection
    links: LinksSection
    posts: PostsSection
    x: XSection
    x_token_file: Path
    inbox_dir: Path
    inbox_file: Path | None
    sources: tuple[WatchedSource, ...]
    topics: tuple[Topic, ...]
    venue_resolvers: tuple[str, ...] = ()
    s2_url: str = ""

    @property
    def categories(self) -> tuple[str, ...]:
        """Every watched category once, in the order of the topics."""
        return tuple(dict.fromkeys(name for topic in self.topics for name in topic.categories))

    @property
    def on_loopback(self) -> bool:
        """All three arXiv addresses are this machine's own."""
        return all(is_loopback(url) for url in (self.arxiv.feed_url, self.arxiv.api_url, self.arxiv.oai_url))


def find_config(given: str | None) -> Path | None:
    """``--config``, else ``$NOTEBOT_CONFIG``, else ``./config.toml``, else the XDG folder; else ``None``.

    Raises:
        ConfigError: a file was named but is not there.
    """
    named = given or os.environ.get("NOTEBOT_CONFIG")
    if named:
        if not Path(named).is_file():
            raise ConfigError([f"There is no config file {named}; `notebot init` writes one."])
        return Path(named).resolve()
    xdg = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    for path in (Path("config.toml"), xdg / "notebot" / "config.toml"):
        if path.is_file():
            return path.resolve()
    return None


def load_config(path: Path | None, *, need_topics: bool = True) -> Config:
    """Reads and checks the config; without a file every default holds.

    Args:
        path: the file, or ``None`` where none was found.
        need_topics: ``fetch`` needs none (rules.md 5.4).

    Raises:
        ConfigError: with every problem found, each with its key path.
    """
    if path is None and need_topics:
        raise ConfigError(["No config.toml was found here; `notebot init` writes one to fill in."])
    from notebot.config.reader import Reader

    return Reader(_read_toml(path), path).config(need_topics=need_topics)


def _read_toml(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path} is not valid TOML: {error}."]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path} cannot be read: {error}."]) from error


def is_loopback(url: str) -> bool:
    """Whether the address is 127.0.0.0/8, ::1 or ``localhost``."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
