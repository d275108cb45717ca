"""Reads bookmarks from the newest down to the known ones, at most a fixed number of posts per day."""

from __future__ import annotations

from contextlib import suppress
from itertools import takewhile
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from notebot.core.model.errors import BadAnswerError, NotebotError
from notebot.core.model.source_record import Validators
from notebot.core.ports import Clock
from notebot.features.intake.adapters.post_services.json_access import list_at, parse_json, text_at, value_at
from notebot.features.intake.adapters.post_services.post_html import safe_links
from notebot.features.intake.adapters.x_bookmarks.account import SERVICE, XAccount, error_of
from notebot.features.intake.rules.source_item import SourceItem
from notebot.features.intake.watched_sources import ItemAnswer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date

    from notebot.core.net.response import RawResponse, Response
    from notebot.features.intake.rules.source_settings import WatchedSource

PAGE = 20
"""Posts per request; each post costs money, and a curator bookmarks about ten per day."""
_MAX_KNOWN = 100
"""Ids by which the last round is recognised, even if some of them are no longer bookmarked."""
_MAX_PAGES = 50
"""Per round; X's list ends after 800 posts."""


class BilledPosts(Protocol):
    """Counts the posts read from a service that charges per post."""

    def read_on(self, source: str, day: date) -> int:
        """Returns how many different posts were read on a day (UTC); X charges for each once per day."""

    def count_read(self, source: str, day: date, ids: Iterable[str]) -> None:
        """Stores posts as read; deletes those of other days."""


class _BookmarkCursor(msgspec.Struct, frozen=True):
    """How far the list was read; stored as the source's ETag, so that it moves only with what was taken in."""

    newest: tuple[str, ...] = ()
    """The newest posts of the last round: everything older is known, except from ``rest`` on."""
    rest: str = ""
    """X's pagination token for the unread older posts, if the daily limit was reached; otherwise empty."""
    floor: tuple[str, ...] = ()
    """``newest`` before that round: everything older is known."""


class _BookmarkPage(Struct, frozen=True):
    items: tuple[SourceItem, ...]
    rest: str
    """X's pagination token of the next page; empty on the last one."""


class XBookmarks(Struct, frozen=True):
    """Implements :class:`notebot.features.intake.watched_sources.ItemSource`.

    A round reads from the newest post down to the newest of the last round. If the daily limit is reached before that,
    the position is stored, and the next days continue there before they look for newer posts. The first round reads
    only the newest page: older bookmarks precede the ledger.
    """

    account: XAccount
    posts: BilledPosts
    daily_posts: int
    clock: Clock

    def read(self, source: WatchedSource, validators: Validators) -> ItemAnswer:
        """Returns new bookmarks; ``left`` is set if the daily limit was reached.

        Raises:
            NotebotError: X gave no usable answer, or rejects the token.
        """
        limit_reached = f"No more than {self.daily_posts} bookmarks are read per day (UTC); the rest follows tomorrow."
        cursor: _BookmarkCursor | None = None
        with suppress(msgspec.DecodeError, msgspec.ValidationError):
            cursor = msgspec.json.decode(validators.etag or "", type=_BookmarkCursor)
        if cursor is None:
            if not self._posts_left(source):
                return ItemAnswer(None, validators, limit_reached)
            page = self._fetch_page(source, "")
            return ItemAnswer(page.items, _encode_cursor(_BookmarkCursor(_ids(page.items))))
        older, rest = self._read_until(source, cursor.rest, cursor.floor) if cursor.rest else ((), "")
        if rest or not self._posts_left(source):
            stopped = _BookmarkCursor(cursor.newest, rest, cursor.floor if rest else ())
            return ItemAnswer(older, _encode_cursor(stopped), limit_reached)
        new, rest = self._read_until(source, "", cursor.newest)
        newest = tuple(dict.fromkeys((*_ids(new), *cursor.newest)))[:_MAX_KNOWN]
        after = _BookmarkCursor(newest, rest, cursor.newest if rest else ())
        return ItemAnswer((*older, *new), _encode_cursor(after), limit_reached if rest else "")

    def _read_until(
        self, source: WatchedSource, start: str, known: Collection[str]
    ) -> tuple[tuple[SourceItem, ...], str]:
        """Reads down to the first known post; the second value is the token to continue with, if there is more."""
        items: tuple[SourceItem, ...] = ()
        rest = start
        for number in range(_MAX_PAGES):
            if not self._posts_left(source):
                break
            try:
                page = self._fetch_page(source, rest)
            except _LostCursorError:
                if number:
                    raise
                # X has expired the stored token: search from the newest post on
                page = self._fetch_page(source, "")
            above = tuple(takewhile(lambda item: item.id not in known, page.items))
            items, rest = items + above, page.rest
            if not rest or len(above) < len(page.items):
                return items, ""
        return items, rest

    def _posts_left(self, source: WatchedSource) -> int:
        return max(self.daily_posts - self.posts.read_on(source.name, self.clock().date()), 0)

    def _fetch_page(self, source: WatchedSource, token: str) -> _BookmarkPage:
        size = min(PAGE, self._posts_left(source))
        parameters = {"max_results": str(size), "tweet.fields": "entities,note_tweet"}
        pages: list[_BookmarkPage] = []

        def check(answer: Response) -> None:
            pages[:] = [_parse_page(answer)]

        query = urlencode(parameters | ({"pagination_token": token} if token else {}))
        path = f"users/{self.account.user_id()}/bookmarks?{query}"
        self.account.get(path, check, _error_with_token if token else error_of)
        self.posts.count_read(source.name, self.clock().date(), [item.id for item in pages[0].items])
        return pages[0]


def _ids(items: Sequence[SourceItem]) -> tuple[str, ...]:
    return tuple(item.id for item in items)


def _encode_cursor(cursor: _BookmarkCursor) -> Validators:
    return Validators(msgspec.json.encode(cursor).decode())


class _LostCursorError(BadAnswerError):
    """X no longer accepts a pagination token."""


def _error_with_token(reply: RawResponse) -> NotebotError | None:
    if reply.status == 400:
        return _LostCursorError(f"{SERVICE} no longer knows where the older bookmarks continue; try again later")
    return error_of(reply)


def _parse_page(answer: Response) -> _BookmarkPage:
    """Parses a page and compares it with its own count.

    Raises:
        BadAnswerError: it is malformed or truncated.
    """
    tree = parse_json(answer.body, SERVICE)
    rows, count = list_at(tree, "data"), value_at(tree, "meta", "result_count")
    if count != len(rows):
        raise BadAnswerError(f"{SERVICE} sent {len(rows)} bookmarks but counts {count}; try again later")
    items = [_parse_post(row) for row in rows]
    return _BookmarkPage(tuple(item for item in items if item is not None), text_at(tree, "meta", "next_token") or "")


def _parse_post(row: object) -> SourceItem | None:
    """Parses id and links; not the text, which X's terms require to be deleted with the post (services.md 3.1)."""
    number = text_at(row, "id")
    if number is None or not (number.isascii() and number.isdigit()):
        return None
    # a long post has all its links in note_tweet only
    urls = (*list_at(row, "entities", "urls"), *list_at(row, "note_tweet", "entities", "urls"))
    links = (text_at(url, "unwound_url") or text_at(url, "expanded_url") for url in urls)
    return SourceItem(number, f"https://x.com/i/status/{number}", links=safe_links([link for link in links if link]))
