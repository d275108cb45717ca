"""The sample arXiv over HTTP on loopback."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, unquote

from msgspec.structs import replace

from notebot.demo.sample_arxiv.answer import SampleAnswer
from notebot.demo.sample_arxiv.api import api_answer
from notebot.demo.sample_arxiv.feed import FeedDay, feed_answer
from notebot.demo.sample_arxiv.loopback_server import LoopbackServer, RequestHandler, SampleRequest
from notebot.demo.sample_arxiv.oai import oai_answer
from notebot.demo.sample_arxiv.papers import FIRST_DAY, SamplePaper, default_papers

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType


class SampleArxiv:
    """Feeds, query API and OAI-PMH of a small invented arXiv; use it as a context manager.

    Every public attribute may be changed while the server runs; the next request uses the new value.

    A subclass can override :meth:`serve` to log requests, or to break answers on purpose.
    """

    def __init__(self, papers: Iterable[SamplePaper] | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        self.papers = default_papers() if papers is None else tuple(papers)
        batch_days = (announcement.day for paper in self.papers for announcement in paper.announced)
        self.day = FIRST_DAY if papers is None else min(batch_days, default=FIRST_DAY)
        """The current batch; API and OAI know nothing that is announced later."""
        self.day_of: dict[str, date] = {}
        """Category → the day of the batch that its feed shows instead of the current one."""
        self.date_shown_of: dict[str, date] = {}
        """Category → the date printed in its feed, whatever batch it shows."""
        self.conditional = False
        """Answer 304 to a feed request whose validators still match."""
        self.feed_limit = 2000
        self.oai_page_size = 2000
        self.server = LoopbackServer((host, port), self.serve)

    def __enter__(self) -> Self:
        self.server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stops at once and cuts the connections that are still open."""
        self.server.stop()

    @property
    def base_url(self) -> str:
        """The ``feed_url`` of the config; without a trailing slash."""
        host, port = self.server.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def api_url(self) -> str:
        """The ``api_url`` of the config."""
        return f"{self.base_url}/api/query"

    @property
    def oai_url(self) -> str:
        """The ``oai_url`` of the config."""
        return f"{self.base_url}/oai"

    def serve(self, request: SampleRequest, handler: RequestHandler) -> None:
        """Answers one request. This is the hook for subclasses."""
        handler.send(self.with_validators(self.plain_answer(request), request))

    def plain_answer(self, request: SampleRequest) -> SampleAnswer:
        """The answer of the service at the request's path, without validators; 404 at any other path."""
        style, _, name = request.path.removeprefix("/").partition("/")
        if style in ("atom", "rss") and name:
            category = unquote(name)
            day = self.day_of.get(category, self.day)
            return feed_answer(
                style,
                self.papers,
                FeedDay(category, day, self.date_shown_of.get(category, day), self.feed_limit),
            )
        parameters = dict(parse_qsl(request.query, keep_blank_values=True))
        if request.path == "/api/query":
            return api_answer(self.papers, parameters, self.day)
        if request.path == "/oai":
            return oai_answer(self.papers, parameters, self.day, self.oai_page_size)
        return SampleAnswer(b"Not Found", status=404)

    def with_validators(self, answer: SampleAnswer, request: SampleRequest) -> SampleAnswer:
        """A feed with ETag and Last-Modified, or 304 if it is unchanged; any other answer as it is."""
        if answer.status != 200 or not request.path.startswith(("/atom/", "/rss/")):
            return answer
        etag = f'"{sha256(answer.body).hexdigest()}"'
        modified = format_datetime(datetime.combine(self.day, time(4, 0, 19), UTC), usegmt=True)
        headers = (("ETag", etag), ("Last-Modified", modified), ("Cache-Control", "max-age=3600"))
        known_etag = request.headers.get("If-None-Match")
        # If-None-Match takes precedence over If-Modified-Since (RFC 9110 13.2.2)
        unchanged = known_etag == etag if known_etag else request.headers.get("If-Modified-Since") == modified
        if self.conditional and unchanged:
            return SampleAnswer(status=304, headers=headers)
        return replace(answer, headers=headers)
