"""The curator's bookmarks on X: what is read, what it may cost, whose token it is, and who may see that."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from notebot.core.model.errors import BadAnswerError, NotebotError, RefusedError, StateError, ThrottledError, UsageError
from notebot.core.model.source_record import Validators
from notebot.core.net.client import Http
from notebot.features.intake.adapters.x_bookmarks import XAccount, XBookmarks
from notebot.features.intake.rules.source_settings import SourceKind, WatchedSource
from notebot.features.intake.watched_sources import ItemAnswer
from notebot.store.store import DatabaseStore
from servers.loopback import answer
from servers.x_server import CLIENT, SECRET, USER, XServer, bookmark, told

SOURCE = WatchedSource("Bookmarks", SourceKind.X_BOOKMARKS)
PAPER = "https://arxiv.org/abs/2605.00001"
NOON = datetime(2026, 5, 12, 12, tzinfo=UTC)
FIRST = Validators()


@pytest.fixture
def server() -> Iterator[XServer]:
    with XServer() as made:
        yield made


class Curator:
    """Reads the bookmarks of one account, round by round, as the watch does."""

    def __init__(self, server: XServer, store: DatabaseStore, folder: Path, daily_posts: int = 100) -> None:
        self.store = store
        self.now = NOON
        self.file = folder / "x-token.json"
        self.file.write_text(json.dumps({"refresh_token": "refresh-0", "token_type": "bearer"}), encoding="utf-8")
        self.file.chmod(0o600)
        self.secret: str | None = None
        self.server = server
        self.daily_posts = daily_posts
        self.validators = FIRST

    def read(self) -> ItemAnswer:
        http = Http("notebot/0 (test)", 5.0, 0.0, threading.Event())
        clock = lambda: self.now  # noqa: E731
        account = XAccount(
            http=http,
            token_http=http,
            api_url=f"{self.server.url}/2",
            client_id=CLIENT,
            secret=self.secret,
            token_file=self.file,
            lock=nullcontext,
            clock=clock,
        )
        found = XBookmarks(account, self.store.watched, self.daily_posts, clock).read(SOURCE, self.validators)
        self.store.watched.saw(SOURCE.name, [item.id for item in found.items or ()], self.now)
        self.validators = found.validators
        return found

    def numbers(self) -> list[int]:
        return [int(item.id[2:]) for item in self.read().items or ()]

    @property
    def held(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.file.read_bytes())
        return found


@pytest.fixture
def curator(server: XServer, store: DatabaseStore, tmp_path: Path) -> Curator:
    return Curator(server, store, tmp_path)


def pages(server: XServer) -> list[str]:
    return [path for path in server.asked if "/bookmarks" in path]


def test_a_bookmark_has_its_number_and_links_but_no_text(server: XServer, curator: Curator) -> None:
    server.bookmarks = [bookmark(3, PAPER, "javascript:x"), bookmark(2, PAPER, note=True), {"id": "../x"}, bookmark(1)]
    found = curator.read().items or ()
    assert [(item.url, item.links, item.text, item.title) for item in found] == [
        ("https://x.com/i/status/1800000000000000003", (PAPER,), "", ""),
        ("https://x.com/i/status/1800000000000000002", (PAPER,), "", ""),
        ("https://x.com/i/status/1800000000000000001", (), "", ""),
    ]


def test_the_first_round_reads_one_page_and_later_rounds_read_to_the_first_known_post(
    server: XServer, curator: Curator
) -> None:
    server.bookmarks = [bookmark(number) for number in range(60, 0, -1)]
    assert curator.numbers() == list(range(60, 40, -1))
    server.bookmarks = [bookmark(number) for number in range(85, 0, -1)]
    assert curator.numbers() == list(range(85, 60, -1))
    assert curator.numbers() == []
    assert len(pages(server)) == 1 + 2 + 1


def test_an_empty_list_brings_no_items(server: XServer, curator: Curator) -> None:
    assert (curator.read().items, curator.read().items) == ((), ())


def test_a_day_has_so_many_posts_and_the_rest_follows_on_the_next(server: XServer, curator: Curator) -> None:
    curator.daily_posts = 30
    server.bookmarks = [bookmark(number) for number in range(40, 0, -1)]
    read, told_of = set(curator.numbers()), []
    for day, newest in enumerate((115, 140, 141, 141, 141, 141, 141, 141), 1):  # more new ones while some are left
        curator.now = NOON + timedelta(days=day)
        server.bookmarks = [bookmark(number) for number in range(newest, 0, -1)]
        read |= set(curator.numbers())
        told_of.append(curator.read().left)
        assert curator.store.watched.read_on(SOURCE.name, curator.now.date()) <= 30
    assert read == set(range(21, 142))
    assert "No more than 30 bookmarks are read per day" in told_of[0]
    assert told_of[-1] == ""


@pytest.mark.parametrize("limit", [5, *(pytest.param(limit, marks=pytest.mark.slow) for limit in (1, 10, 20, 21))])
def test_however_small_the_limit_all_comes_in_time(server: XServer, curator: Curator, limit: int) -> None:
    server.bookmarks = [bookmark(number) for number in range(20, 0, -1)]
    first = set(curator.numbers())
    server.bookmarks = [bookmark(number) for number in range(50, 0, -1)]
    curator.daily_posts, read = limit, set(first)
    for day in range(1, 62):
        curator.now = NOON + timedelta(days=day)
        read |= set(curator.numbers())
        if len(read) == 50:
            break
    assert read == set(range(1, 51))


def test_a_removed_bookmark_does_not_bring_old_items(server: XServer, curator: Curator) -> None:
    server.bookmarks = [bookmark(number) for number in range(60, 0, -1)]
    curator.read()
    for gone in (3, 10, 19):
        server.bookmarks = [bookmark(number) for number in range(60 - gone, 0, -1)]
        assert curator.numbers() == []
    curator.daily_posts, curator.now = 25, NOON + timedelta(days=1)
    server.bookmarks = [bookmark(number) for number in (90, 80, 70, *range(41, 0, -1))]
    assert curator.numbers() == [90, 80, 70]
    server.bookmarks = server.bookmarks[3:]
    assert curator.numbers() == []


def test_repeats_of_a_day_cost_nothing(server: XServer, curator: Curator) -> None:
    server.bookmarks = [bookmark(number) for number in range(20, 0, -1)]
    for _ in range(8):
        assert curator.read().left == ""
    assert curator.store.watched.read_on(SOURCE.name, NOON.date()) == 20


def test_a_place_that_x_forgot_is_looked_for_from_the_newest_on(server: XServer, curator: Curator) -> None:
    curator.daily_posts = 20
    server.bookmarks = [bookmark(1)]
    curator.read()
    server.bookmarks = [bookmark(number) for number in range(50, 0, -1)]
    read = set(curator.numbers())
    server.forgotten = {json.loads(curator.validators.etag or "")["rest"]}
    curator.daily_posts, curator.now = 100, NOON + timedelta(days=1)
    assert read | set(curator.numbers()) == set(range(2, 51))


# tokens


def test_a_token_is_refreshed_once_and_stored_readable_by_its_owner_only(server: XServer, curator: Curator) -> None:
    curator.read()
    assert curator.held["access_token"] == "access-1"
    assert (curator.held["refresh_token"], curator.held["user_id"]) == ("refresh-1", USER)
    assert curator.file.stat().st_mode & 0o777 == 0o600
    curator.read()
    curator.now += timedelta(hours=1, minutes=57)
    curator.read()
    assert [path for path in server.asked if "bookmarks" not in path] == ["/2/oauth2/token", "/2/users/me"]
    curator.now += timedelta(minutes=2)
    curator.read()
    assert curator.held["refresh_token"] == "refresh-2"
    assert [path.name for path in curator.file.parent.iterdir() if "token" in path.name] == ["x-token.json"]


def test_a_token_that_x_took_back_early_is_renewed_and_the_question_put_again(
    server: XServer, curator: Curator
) -> None:
    server.bookmarks = [bookmark(1)]
    curator.read()
    server.access = set()
    assert curator.read().items == ()
    assert curator.held["refresh_token"] == "refresh-2"
    server.access, server.refresh = set(), "refresh-9"
    with pytest.raises(UsageError, match="no longer refreshes the token"):
        curator.read()


def test_a_token_is_not_refreshed_if_the_new_one_cannot_be_stored(
    server: XServer, store: DatabaseStore, tmp_path: Path
) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    curator = Curator(server, store, folder)
    (folder / f".tmp-{os.getpid()}-x-token.json").mkdir()  # where the new file is to be written
    with pytest.raises(StateError, match="cannot be written"):
        curator.read()
    assert (server.asked, server.refresh) == ([], "refresh-0")


def test_an_app_with_a_secret_shows_it(server: XServer, curator: Curator) -> None:
    server.confidential = True
    with pytest.raises(UsageError, match="authorise"):
        curator.read()
    curator.secret = SECRET
    assert curator.read().items == ()
    assert all(SECRET not in body for body in server.bodies)


@pytest.mark.parametrize(
    ("content", "mode", "why"),
    [
        (None, 0o600, "There is no token of X"),
        ('{"refresh_token": "refresh-0"}', 0o644, "Others can read the token"),
        ("{}", 0o600, "is not a token response of X"),
        ("refresh-0", 0o600, "is not a token response of X"),
        ('{"refresh_token": "refresh-old"}', 0o600, "no longer refreshes the token"),
    ],
)
def test_an_unusable_token_is_reported_with_what_to_do(
    curator: Curator, content: str | None, mode: int, why: str
) -> None:
    curator.file.unlink()
    if content is not None:
        curator.file.write_text(content, encoding="utf-8")
        curator.file.chmod(mode)
    with pytest.raises(UsageError, match=why) as raised:
        curator.read()
    assert "refresh-" not in str(raised.value)


@pytest.mark.parametrize(
    ("number", "handler", "error", "why"),
    [
        (1, told({"access_token": "two words", "refresh_token": "r"}), BadAnswerError, "sent a malformed token"),
        (1, told({"token_type": "bearer"}), BadAnswerError, "sent a malformed token"),
        (1, answer("<html>", 200, "text/html"), BadAnswerError, "X's API"),
        (1, answer(status=302, kind=None, Location="https://evil.example/"), BadAnswerError, "is not followed"),
        (2, told({"data": {"id": "../../x"}}), BadAnswerError, "malformed account id"),
        (2, told({"errors": [{"title": "x"}]}), BadAnswerError, "whose account"),
        (3, told({"title": "Payment Required"}, 402), RefusedError, "credits"),
        (3, told({"title": "Forbidden"}, 403), RefusedError, "X's API"),
        (3, told({"title": "Too Many Requests"}, 429), ThrottledError, "X's API"),
        (3, told({"errors": [{"title": "Not Found Error"}]}), BadAnswerError, "but counts None"),
        (3, told({"data": [bookmark(1)], "meta": {"result_count": 2}}), BadAnswerError, "1 bookmarks"),
    ],
)
def test_a_malformed_answer_is_reported_without_the_token(
    server: XServer, curator: Curator, number: int, handler: Any, error: type[NotebotError], why: str
) -> None:
    server.bookmarks = [bookmark(1)]
    server.script[number] = handler
    with pytest.raises(error, match=why) as raised:
        curator.read()
    assert "refresh-" not in str(raised.value) and "access-" not in str(raised.value)
    assert curator.validators == FIRST
