"""Which bookmarks are read: from the newest down to those that are known, so many posts a day and no more."""

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
from notebot.features.intake.adapters.post_services.json_access import at, list_at, parsed, text_at
from notebot.features.intake.adapters.post_services.post_html import plain_links
from notebot.features.intake.adapters.x_bookmarks.account import SERVICE, XAccount, refusal
from notebot.features.intake.rules.source_item import Item
from notebot.features.intake.watched_sources import ItemAnswer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date

    from notebot.core.net.response import RawResponse, Response
    from notebot.features.intake.rules.source_settings import WatchedSource

PAGE = 20
"""Posts a request; each costs money, and a day of a curator has about ten."""
_MOST_KNOWN = 100
"""Posts by which the last round is met again, should some of them be taken off the list."""
_MOST_PAGES = 50
"""A round; X's list ends after 800 posts."""


class BilledPosts(Protocol):
    """What was read of a service that takes money by the post."""

    def read_on(self, source: str, day: date) -> int:
        """How many different posts were read on a day (UTC); X takes money for each once a day."""

    def count_read(self, source: str, day: date, ids: Iterable[str]) -> None:
        """Remembers them; what was read on other days is forgotten."""


class _Place(msgspec.Struct, frozen=True):
    """How far the list was read; it stands where a feed's validators do, and moves only with what was taken."""

    newest: tuple[str, ...] = ()
    """The newest posts of the last round: below any of these nothing is new but what ``rest`` names."""
    rest: str = ""
    """Where the older ones go on, when the day's posts ran out; empty when they did not."""
    floor: tuple[str, ...] = ()
    """What ``newest`` was before that: below any of these nothing is new."""


class _Page(Struct, frozen=True):
    items: tuple[Item, ...]
    rest: str
    """Where the older ones go on; empty at the end."""


class XBookmarks(Struct, frozen=True):
    """See :class:`notebot.features.intake.watched_sources.ItemSource`.

    The list is read from the newest down to what the last round began with. Where the day's posts run out before that,
    the place is kept, and the next days read on from there before they look for newer ones. At the first round the
    newest page is all: what was bookmarked before is older than the ledger.
    """

    account: XAccount
    posts: BilledPosts
    daily_posts: int
    clock: Clock

    def read(self, source: WatchedSource, validators: Validators) -> ItemAnswer:
        """New bookmarks; ``left`` says where the day's posts did not suffice.

        Raises:
            NotebotError: X gave no usable answer, or takes the token no more.
        """
        before = _place(validators.etag)
        if before is None:
            return self._begin(source, validators)
        older, rest = self._walk(source, before.rest, before.floor) if before.rest else ((), "")
        if rest or not self._left(source):
            return ItemAnswer(older, _kept(_Place(before.newest, rest, before.floor if rest else ())), self._cut())
        new, rest = self._walk(source, "", before.newest)
        newest = tuple(dict.fromkeys((*_ids(new), *before.newest)))[:_MOST_KNOWN]
        now = _Place(newest, rest, before.newest if rest else ())
        return ItemAnswer((*older, *new), _kept(now), self._cut() if rest else "")

    def _begin(self, source: WatchedSource, validators: Validators) -> ItemAnswer:
        if not self._left(source):
            return ItemAnswer(None, validators, self._cut())
        page = self._page(source, "")
        return ItemAnswer(page.items, _kept(_Place(_ids(page.items))))

    def _walk(self, source: WatchedSource, start: str, until: Collection[str]) -> tuple[tuple[Item, ...], str]:
        """What stands above the first of the posts ``until``; and where it goes on, if the day's posts ran out."""
        items: tuple[Item, ...] = ()
        rest = start
        for number in range(_MOST_PAGES):
            if not self._left(source):
                break
            page = self._page(source, rest) if number else self._first(source, rest)
            above = tuple(takewhile(lambda item: item.id not in until, page.items))
            items, rest = items + above, page.rest
            if not rest or len(above) < len(page.items):
                return items, ""
        return items, rest

    def _left(self, source: WatchedSource) -> int:
        return max(self.daily_posts - self.posts.read_on(source.name, self.clock().date()), 0)

    def _cut(self) -> str:
        return f"No more than {self.daily_posts} bookmarks are read a day (UTC); the rest follows on the next."

    def _first(self, source: WatchedSource, start: str) -> _Page:
        """The page at a place; one that X has forgotten since is looked for from the newest post on."""
        with suppress(_LostPlaceError):
            return self._page(source, start)
        return self._page(source, "")

    def _page(self, source: WatchedSource, place: str) -> _Page:
        size = min(PAGE, self._left(source))
        asked = {"max_results": str(size), "tweet.fields": "entities,note_tweet"}
        found: list[_Page] = []

        def check(answer: Response) -> None:
            found[:] = [_read(answer)]

        query = urlencode(asked | ({"pagination_token": place} if place else {}))
        path = f"users/{self.account.user_id()}/bookmarks?{query}"
        self.account.get(path, check, _lost if place else refusal)
        self.posts.count_read(source.name, self.clock().date(), [item.id for item in found[0].items])
        return found[0]


def _ids(items: Sequence[Item]) -> tuple[str, ...]:
    return tuple(item.id for item in items)


def _place(etag: str | None) -> _Place | None:
    with suppress(msgspec.DecodeError, msgspec.ValidationError):
        return msgspec.json.decode(etag or "", type=_Place)
    return None


def _kept(place: _Place) -> Validators:
    return Validators(msgspec.json.encode(place).decode())


class _LostPlaceError(BadAnswerError):
    """X no longer knows the place at which a list was to go on."""


def _lost(reply: RawResponse) -> NotebotError | None:
    if reply.status == 400:
        return _LostPlaceError(f"{SERVICE} no longer knows where the older bookmarks go on; try again later")
    return refusal(reply)


def _read(answer: Response) -> _Page:
    """A page, whole by its own count.

    Raises:
        BadAnswerError: it is not what the API sends.
    """
    tree = parsed(answer.body, SERVICE)
    rows, count = list_at(tree, "data"), at(tree, "meta", "result_count")
    if count != len(rows):
        raise BadAnswerError(f"{SERVICE} sent {len(rows)} bookmarks and says that there are {count}; try again later")
    items = [_item(row) for row in rows]
    return _Page(tuple(item for item in items if item is not None), text_at(tree, "meta", "next_token") or "")


def _item(row: object) -> Item | None:
    """A post by its number and links; its words are not taken, for X wants them deleted when they are."""
    number = text_at(row, "id")
    if number is None or not (number.isascii() and number.isdigit()):
        return None
    return Item(number, f"https://x.com/i/status/{number}", links=plain_links(_links(row)))


def _links(row: object) -> Collection[str]:
    """Of a long post the note holds them all."""
    urls = (*list_at(row, "entities", "urls"), *list_at(row, "note_tweet", "entities", "urls"))
    told = (text_at(url, "unwound_url") or text_at(url, "expanded_url") for url in urls)
    return [url for url in told if url]
