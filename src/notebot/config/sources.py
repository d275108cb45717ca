"""What can be wrong in ``[posts]`` and ``[[sources]]``, and the sources that are right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.config.sections import PostsSection, SourceSection, XSection
from notebot.core.text.escaping import is_plain_url
from notebot.core.text.patterns import regex
from notebot.features.intake.rules.source_settings import SourceKind, WatchedSource

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

TAKEN = ("api", "oai", "llm")
"""Names under which the store keeps other things that are asked."""
_KINDS = tuple(str(kind) for kind in SourceKind)
_HANDLE = regex(r"did:[a-z]+:[A-Za-z0-9._:%-]+|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PLACED = (SourceKind.HUGGINGFACE, SourceKind.HACKERNEWS, SourceKind.X_BOOKMARKS)
"""These have one place for everybody, so their ``url`` may be left out."""


def posts_problems(posts: PostsSection) -> list[str]:
    """One line for each mistake, with its key."""
    urls = {key: getattr(posts, key) for key in PostsSection.__struct_fields__ if key.endswith("_url")}
    return [
        f"posts.{key} must be a web address like https://…, not {url!r}."
        for key, url in urls.items()
        if not is_plain_url(url) and not (key == "mastodon_url" and not url)
    ]


def x_problems(x: XSection) -> list[str]:
    """One line for each mistake, with its key."""
    problems = []
    if not is_plain_url(x.api_url):
        problems.append(f"x.api_url must be a web address like https://…, not {x.api_url!r}.")
    if not (x.client_id.isascii() and x.client_id.isprintable()) or " " in x.client_id:
        problems.append("x.client_id must be the client ID of your app, as X's developer console shows it.")
    if x.daily_posts < 1:
        problems.append(f"x.daily_posts must be at least 1, not {x.daily_posts}.")
    return problems


def bookmarks_problems(sources: Sequence[WatchedSource], x: XSection) -> list[str]:
    """What the config lacks for bookmarks to be read."""
    named = [source.name for source in sources if source.kind is SourceKind.X_BOOKMARKS]
    if named and not x.client_id:
        return [f'x.client_id is missing, which the source "{named[0]}" needs; docs/phone.md says how to get one.']
    if len(named) > 1:
        return [f'sources: "{named[0]}" and "{named[1]}" are both X\'s bookmarks; there can be one such source.']
    return []


def watched_sources(
    sections: Sequence[tuple[str, SourceSection]], topics: Collection[str], categories: Collection[str]
) -> tuple[tuple[WatchedSource, ...], list[str]]:
    """The sources, and one line for each mistake.

    Args:
        sections: each with where it stands, such as ``sources[0]``.
        topics: the names of all topics.
        categories: those that are watched, whose names the ledger uses.
    """
    problems: list[str] = []
    names: list[str] = []
    for where, section in sections:
        problems += _problems(where, section, topics)
        if section.name in (*names, *TAKEN, *categories):
            problems.append(f'{where}.name: "{section.name}" is the name of something else; choose another.')
        names.append(section.name)
    if problems:
        return (), problems
    return tuple(_source(section) for _, section in sections), []


def _problems(where: str, section: SourceSection, topics: Collection[str]) -> list[str]:
    called = f'{where} "{section.name}"'
    found = []
    if not section.name.strip() or not section.name.isprintable():
        found.append(f"{where}.name must be one line of visible characters.")
    if section.kind not in _KINDS:
        found.append(f"{called}.kind takes {', '.join(map(repr, _KINDS))}, not {section.kind!r}.")
    elif section.kind == SourceKind.X_BOOKMARKS and section.url:
        found.append(f"{called} takes no url: the bookmarks are those of the account that authorised notebot.")
    elif not _is_place(SourceKind(section.kind), section.url):
        found.append(f"{called}.url must be a web address like https://…, not {section.url!r}.")
    unknown = [name for name in section.topics if name not in topics]
    if unknown:
        found.append(f"{called}.topics: there is no topic {unknown[0]!r}.")
    if section.take_all and section.topics:
        found.append(f"{called} takes either topics or take_all = true, not both.")
    return found


def _is_place(kind: SourceKind, url: str) -> bool:
    if kind is SourceKind.BLUESKY and url and "/" not in url:
        return _HANDLE.fullmatch(url.removeprefix("@")) is not None
    return is_plain_url(url) or (not url and kind in _PLACED)


def _source(section: SourceSection) -> WatchedSource:
    kind = SourceKind(section.kind)
    return WatchedSource(section.name, kind, section.url, frozenset(section.topics), section.take_all)
