"""No service can send notebot to an internal address: every client against a server that redirects all requests."""

import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self

import pytest

from fakes import paper
from fresh_store import new_store
from notebot.core.model.errors import ServiceError
from notebot.core.model.post import Post
from notebot.core.model.post_address import parse_post
from notebot.core.model.source_record import Validators
from notebot.core.net.client import Http
from notebot.core.net.guard import Guard
from notebot.core.net.pace import Pace
from notebot.features.announcements.adapters.arxiv_api import ArxivApi
from notebot.features.announcements.adapters.arxiv_feed import ArxivFeed
from notebot.features.announcements.adapters.arxiv_oai import ArxivOai
from notebot.features.intake.adapters.post_services import PostServices, ServiceUrls
from notebot.features.intake.adapters.source_feeds import SourceReaders
from notebot.features.intake.adapters.web_page import WebPages
from notebot.features.intake.adapters.x_bookmarks import XAccount, XBookmarks
from notebot.features.intake.rules.source_settings import SourceKind, WatchedSource
from notebot.features.publishing.adapters.github import GitHubWriter, WritePace
from notebot.features.publishing.adapters.github.issues import GitHubIssues
from notebot.features.summaries.adapters.llm import Llm
from notebot.features.summaries.rules.prompts import Role, make_question
from notebot.features.venues.adapters.semantic_scholar import SemanticScholar
from notebot.features.venues.adapters.venue_table_file import load_venues
from notebot.features.zotero.adapters.zotero_api import ZoteroApi
from servers.loopback import QuietHandler, Server

FRIDAY = date(2026, 5, 15)


class Redirecting(Server):
    """Answers every request with a redirect, and counts the requests."""

    def __init__(self, location: str = "") -> None:
        self.location = location
        self.asked = 0

    def __enter__(self) -> Self:
        outer = self

        class Redirect(QuietHandler):
            def redirect(self) -> None:
                outer.asked += 1
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                found = self.path == "/robots.txt"
                self.send_response(404 if found else 302)
                self.send_header("Location", outer.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST = do_PATCH = do_DELETE = redirect  # noqa: N815

        self.serve(Redirect)
        return self


class Clients:
    """All of notebot's clients, asking the server at ``url``; each raises the error of its failed request."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        stop = threading.Event()
        self.http = Http("notebot/0 (test)", 5.0, 0.0, stop)
        self.guard = Guard("notebot/0 (test)", 5.0, stop, allow_loopback=True)
        self.pace = Pace(folder / "arxiv.lock", 0.0, False, stop, lambda sentence: None)
        self.store = new_store(folder / "notebot.db")

    def arxiv_feed(self) -> None:
        ArxivFeed(self.http, self.url, self.pace).retrieve("cs.CL", Validators())

    def arxiv_api(self) -> None:
        ArxivApi(self.http, f"{self.url}/api/query", self.pace).papers(["2605.00001"])

    def arxiv_oai(self) -> None:
        ArxivOai(self.http, f"{self.url}/oai", self.pace).changed_since("cs.CL", FRIDAY)

    def source(self, kind: SourceKind) -> None:
        account = XAccount(
            http=self.http,
            token_http=self.http,
            api_url=f"{self.url}/2",
            client_id="client",
            secret=None,
            token_file=self.folder / "x-token.json",
            lock=nullcontext,
            clock=lambda: datetime(2026, 5, 15, tzinfo=UTC),
        )
        token = self.folder / "x-token.json"
        token.write_text(
            '{"access_token": "a", "refresh_token": "r", "user_id": "1", "expires_at": "2027-01-01T00:00:00Z"}'
        )
        token.chmod(stat.S_IRUSR | stat.S_IWUSR)
        readers = SourceReaders(
            self.http,
            bluesky_url=self.url,
            huggingface_url=self.url,
            bookmarks=XBookmarks(account, self.store.watched, 100, lambda: datetime(2026, 5, 15, tzinfo=UTC)),
        )
        readers.read(WatchedSource("Source", kind, f"{self.url}/feed"), Validators())

    def post(self, link: str) -> None:
        post = parse_post(link)
        assert post is not None
        urls = ServiceUrls(*[self.url] * 5)
        self._raise_failure(PostServices(self.http, self.guard, urls, x_oembed=True).read(post))

    @staticmethod
    def _raise_failure(post: Post) -> None:
        assert not post.fetched
        error = ServiceError(post.reason or "")
        error.kind = post.failure or ""
        raise error

    def page(self) -> None:
        WebPages(self.guard, 1_000_000).read(f"{self.url}/page")

    def github_list(self) -> None:
        list(GitHubIssues(self.http, self.url, "o/r", "token").changed_since(None))

    def github_write(self) -> None:
        pace = WritePace(self.folder, 0.0, threading.Event())
        GitHubWriter(self.http, self.url, "o/r", "token", "TOKEN", pace).create_issue("t", "b", [])

    def language_model(self) -> None:
        question = make_question(Role.SUMMARY, "m", "en", "Title", "An abstract.")
        Llm(self.http, self.url, "key", "KEY", 0.0, threading.Event()).write(question, lambda: True)

    def resolver(self) -> None:
        SemanticScholar(self.http, self.url, "key", load_venues(None)).resolve([paper()])

    def zotero(self) -> ZoteroApi:
        return ZoteroApi(self.http, self.url, "users/1", "key", "KEY", threading.Event())


CLIENTS: dict[str, Callable[[Clients], object]] = {
    "arXiv's feed": Clients.arxiv_feed,
    "arXiv's API": Clients.arxiv_api,
    "arXiv's OAI-PMH": Clients.arxiv_oai,
    **{f"source {kind}": lambda clients, kind=kind: clients.source(kind) for kind in SourceKind},  # type: ignore[misc]
    "post on X": lambda clients: clients.post("https://x.com/eve/status/1"),
    "post on Bluesky": lambda clients: clients.post("https://bsky.app/profile/eve.example/post/3kabc"),
    "post on Mastodon": lambda clients: clients.post("https://m.example/@eve/112345678901234567"),
    "post on Hacker News": lambda clients: clients.post("https://news.ycombinator.com/item?id=1"),
    "post on Hugging Face": lambda clients: clients.post("https://huggingface.co/papers/2605.00001"),
    "web page": Clients.page,
    "list of GitHub": Clients.github_list,
    "write to GitHub": Clients.github_write,
    "items of Zotero": lambda clients: clients.zotero().find(["ABCD2345"]),
    "write to Zotero": lambda clients: clients.zotero().create([{}], "0" * 32),
    "language model": Clients.language_model,
    "resolver": Clients.resolver,
}
WRITES = {"write to GitHub", "write to Zotero", "language model", "resolver"}
"""They redirect to nowhere, whatever the target: the request's body was meant for one address."""
GUARDED = {"post on Mastodon", "web page"}
"""For strangers' links. These tests allow it this machine, so that it can ask the test server at all."""


@pytest.fixture
def outside() -> Iterator[Redirecting]:
    with Redirecting() as server:
        yield server


@pytest.fixture
def inside() -> Iterator[Redirecting]:
    with Redirecting("http://127.0.0.1:1/") as server:
        yield server


@pytest.mark.parametrize("target", ["http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://[::1]/"])
@pytest.mark.parametrize("name", CLIENTS)
def test_a_redirect_to_an_internal_address_is_refused(
    name: str, target: str, outside: Redirecting, tmp_path: Path
) -> None:
    if name in GUARDED and "::1" in target:
        target = "http://[fc00::1]/"
    outside.location = target
    with pytest.raises(ServiceError) as caught:
        CLIENTS[name](Clients(outside.url, tmp_path))
    if name in WRITES:
        assert "redirects a POST request" in str(caught.value)
    else:
        assert caught.value.kind == "refused", caught.value
        assert "not followed" in str(caught.value)
        assert target.split("/")[2] in str(caught.value)


@pytest.mark.parametrize("name", sorted(set(CLIENTS) - GUARDED))
def test_a_redirect_to_another_port_of_this_machine_reaches_nobody(
    name: str, outside: Redirecting, inside: Redirecting, tmp_path: Path
) -> None:
    outside.location = f"{inside.url}/secret"
    with pytest.raises(ServiceError):
        CLIENTS[name](Clients(outside.url, tmp_path))
    assert outside.asked == 1
    assert inside.asked == 0


def test_every_client_of_the_http_classes_is_tried_here() -> None:
    """A new call of ``Http`` or ``Guard`` in an adapter gets a line in ``CLIENTS``."""
    package = Path(__file__).parents[2] / "src/notebot"
    callers = {
        path.stem
        for path in package.rglob("*.py")
        if any(f"{word}(" in path.read_text() for word in ("http.get", "http.post", "http.write", "guard.fetch"))
    }
    assert callers == {
        *("arxiv_feed", "arxiv_api", "arxiv_oai", "source_feeds", "account", "json_request", "mastodon", "fetch_page"),
        *("request", "llm", "semantic_scholar", "zotero_api"),
    }
