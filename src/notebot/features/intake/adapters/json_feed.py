"""Reads JSON Feeds of version 1 and 1.1 (jsonfeed.org)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.model.errors import BadAnswerError
from notebot.core.text.escaping import is_plain_url
from notebot.features.intake.adapters.post_services.json_access import list_at, text_at, value_at
from notebot.features.intake.adapters.post_services.json_request import parse_utc_time
from notebot.features.intake.adapters.post_services.post_html import read_post_html, safe_links
from notebot.features.intake.rules.source_item import SourceItem

if TYPE_CHECKING:
    from collections.abc import Callable

_VERSIONS = ("https://jsonfeed.org/version/1", "https://jsonfeed.org/version/1.1")
_VERSION_PREFIX = "https://jsonfeed.org/version/"
_TEXT_LETTERS = 20_000


def json_feed_rows(tree: object, name: str) -> list[object]:
    """The items of a JSON Feed, not parsed yet.

    Args:
        name: of the source, the beginning of the error message.

    Raises:
        BadAnswerError: the document is not a JSON Feed, or has a version that is not known here.
    """
    version = text_at(tree, "version") or ""
    if version not in _VERSIONS:
        if version.startswith(_VERSION_PREFIX):
            version = version.removeprefix(_VERSION_PREFIX)[:20]
            raise BadAnswerError(
                f"{name} sent a JSON Feed of version {version!r}; notebot reads 1 and 1.1. Put the address of an RSS "
                "or Atom feed into the config."
            )
        raise BadAnswerError(
            f"{name} sent JSON that is not a JSON Feed; put the address of an RSS, Atom or JSON feed into the config."
        )
    rows = value_at(tree, "items")
    if not isinstance(rows, list):
        raise BadAnswerError(f"{name} sent a JSON Feed without a list of items; try again later.")
    return rows


def json_feed_parser(tree: object) -> Callable[[object], SourceItem | None]:
    """A function that parses one item of the feed; ``None`` for an item without a web address.

    The function raises ``ValueError`` for an item without an id, which the specification tells readers to discard.
    """
    feed_authors = _authors(tree)

    def parse(row: object) -> SourceItem | None:
        given = value_at(row, "id")
        # a number is not valid, but the specification wants it to be read as a string
        item_id = str(given) if isinstance(given, int | float) and not isinstance(given, bool) else text_at(row, "id")
        if item_id is None:
            raise ValueError("an item of a JSON Feed has no id")
        about = text_at(row, "external_url") or ""
        url = next((link for link in (text_at(row, "url") or "", about, item_id) if is_plain_url(link)), None)
        if url is None:
            return None
        html, links = read_post_html(text_at(row, "content_html") or "", url)
        texts = (text_at(row, "content_text"), html, text_at(row, "summary"))
        return SourceItem(
            id=item_id,
            url=url,
            title=(text_at(row, "title") or "").strip(),
            text="\n".join(dict.fromkeys(filter(None, texts)))[:_TEXT_LETTERS],
            links=(*links, *safe_links([about])),
            authors=_authors(row) or feed_authors,
            published_at=parse_utc_time(text_at(row, "date_published")),
            changed_at=parse_utc_time(text_at(row, "date_modified")),
        )

    return parse


def _authors(tree: object) -> tuple[str, ...]:
    """The names in ``authors`` (version 1.1), or else in ``author`` (version 1)."""
    people = [*list_at(tree, "authors"), value_at(tree, "author")]
    return tuple(dict.fromkeys(name for person in people if (name := text_at(person, "name"))))
