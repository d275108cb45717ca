"""Watched feeds from and to OPML lists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.app.resources import Resources
    from notebot.features.intake.rules.opml import SkippedFeed


class ImportedFeeds(Struct, frozen=True):
    """What a list of feeds adds to the config."""

    added: tuple[str, ...]
    """The names of the new sources."""
    skipped: tuple[SkippedFeed, ...]
    toml: str
    """The new sources as tables for config.toml."""
    written: bool
    """Whether they were appended to the config."""


def import_feeds(
    resources: Resources, path: Path, topics: Sequence[str], *, take_all: bool, append: bool
) -> ImportedFeeds:
    """Reads an OPML list, and appends its new feeds to the config if ``append``; nothing else in the config changes.

    Raises:
        UsageError: the list cannot be read, a topic does not exist, or there is no config to append to.
        ConfigError: the config would not be valid with them; it was not changed.
    """
    from notebot.config.sources import RESERVED_NAMES
    from notebot.core.net.files import read_up_to
    from notebot.features.intake.rules.opml import MAX_BYTES, parse_opml, plan_sources, sources_toml

    config = resources.config
    unknown = [name for name in topics if name not in {topic.name for topic in config.topics}]
    if unknown:
        raise UsageError(f"There is no topic {unknown[0]!r} in the config.")
    plan = plan_sources(
        parse_opml(read_up_to(path, MAX_BYTES + 1)), config.sources, (*RESERVED_NAMES, *config.categories)
    )
    toml = sources_toml(plan.sources, topics, take_all=take_all)
    if append and plan.sources:
        _append(config.path, toml)
    return ImportedFeeds(tuple(feed.name for feed in plan.sources), plan.skipped, toml, append and bool(plan.sources))


def export_feeds(resources: Resources) -> tuple[str, list[str]]:
    """The watched feeds as OPML, and the names of the sources that no feed reader can read."""
    from notebot.features.intake.rules.opml import ListedFeed, feed_of, write_opml

    feeds, left_out = [], []
    for source in resources.config.sources:
        url = feed_of(source)
        if url:
            feeds.append(ListedFeed(source.name, url))
        else:
            left_out.append(source.name)
    return write_opml(feeds), left_out


def _append(path: Path | None, toml: str) -> None:
    import tomllib

    from notebot.config.reader import ConfigReader
    from notebot.core.net.files import replace_file

    if path is None:
        raise UsageError("There is no config to append to; `notebot init` writes one.")
    before = path.read_bytes()
    text = before.decode("utf-8-sig")
    line_end = "\r\n" if "\r\n" in text else "\n"
    addition = ("" if text.endswith("\n") or not text else "\n") + "\n" + toml
    after = before + addition.replace("\n", line_end).encode()
    try:
        raw = tomllib.loads(after.decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            [f"{path} cannot be appended to ({error}); paste what `notebot sources import` prints without --append."]
        ) from error
    ConfigReader(raw, path).read(need_topics=False, need_contact=False)
    replace_file(path, before, after)
