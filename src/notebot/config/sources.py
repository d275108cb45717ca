"""Turns the ``[[sources]]`` of the config into watched sources, or into a list of mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.text.escaping import is_plain_url
from notebot.core.text.patterns import regex
from notebot.features.intake.rules.source_settings import SourceKind, WatchedSource

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from notebot.config.sections import SourceSection, XSection

RESERVED_NAMES = ("api", "oai", "llm")
"""Names under which the store keeps the state of other services."""
_KINDS = tuple(str(kind) for kind in SourceKind)
_HANDLE = regex(r"did:[a-z]+:[A-Za-z0-9._:%-]+|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_FIXED_ADDRESS = (SourceKind.HUGGINGFACE, SourceKind.HACKERNEWS, SourceKind.X_BOOKMARKS)
"""Kinds with one address for everybody, so that ``url`` may be left out."""


def watched_sources(
    sections: Sequence[tuple[str, SourceSection]], topics: Collection[str], categories: Collection[str], x: XSection
) -> tuple[tuple[WatchedSource, ...], list[str]]:
    """Returns the sources, and one line for each mistake; no source at all if there is any mistake.

    Args:
        sections: each with its key, such as ``sources[0]``.
        topics: the names of all topics.
        categories: the watched categories; the store keeps their state under these names.
        x: the access to X, which bookmarks need.
    """
    problems: list[str] = []
    names: list[str] = []
    for where, section in sections:
        problems += _source_problems(where, section, topics)
        if section.name in (*names, *RESERVED_NAMES, *categories):
            problems.append(f'{where}.name: "{section.name}" is already the name of something else; choose another.')
        names.append(section.name)
    if problems:
        return (), problems
    bookmarks = [section.name for _, section in sections if section.kind == SourceKind.X_BOOKMARKS]
    if bookmarks and not x.client_id:
        problems.append(
            f'x.client_id is missing; the source "{bookmarks[0]}" needs it. docs/phone.md explains how to get one.'
        )
    elif len(bookmarks) > 1:
        problems.append(
            f'sources: "{bookmarks[0]}" and "{bookmarks[1]}" both read X bookmarks; there can be only one such source.'
        )
    sources = [
        WatchedSource(section.name, SourceKind(section.kind), section.url, frozenset(section.topics), section.take_all)
        for _, section in sections
    ]
    return tuple(sources), problems


def _source_problems(where: str, section: SourceSection, topics: Collection[str]) -> list[str]:
    """Returns the mistakes of one source that can be seen without the others."""
    named = f'{where} "{section.name}"'
    problems = []
    if not section.name.strip() or not section.name.isprintable():
        problems.append(f"{where}.name must be one line of visible characters.")
    if section.kind not in _KINDS:
        problems.append(f"{named}.kind must be one of {', '.join(map(repr, _KINDS))}, not {section.kind!r}.")
    elif section.kind == SourceKind.X_BOOKMARKS and section.url:
        problems.append(f"{named} takes no url: notebot reads the bookmarks of the account that authorised it.")
    elif section.kind == SourceKind.BLUESKY and section.url and "/" not in section.url:
        # Bluesky accounts are named by handle or DID, neither of which has a slash
        if not _HANDLE.fullmatch(section.url.removeprefix("@")):
            problems.append(f"{named}.url must be a web address like https://… or a handle, not {section.url!r}.")
    elif not is_plain_url(section.url) and (section.url or section.kind not in _FIXED_ADDRESS):
        problems.append(f"{named}.url must be a web address like https://…, not {section.url!r}.")
    unknown = [name for name in section.topics if name not in topics]
    if unknown:
        problems.append(f"{named}.topics: there is no topic {unknown[0]!r}.")
    if section.take_all and section.topics:
        problems.append(f"{named} takes either topics or take_all = true, not both.")
    return problems
