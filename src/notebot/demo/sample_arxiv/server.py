"""The sample arXiv over HTTP on loopback, with a log of what was asked and faults on demand."""

from __future__ import annotations

import json
import threading
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from hashlib import sha256
from time import monotonic
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, unquote

from msgspec import Struct
from msgspec.structs import asdict, replace

from notebot.demo.sample_arxiv.answer import JSON, Answer, Delivery
from notebot.demo.sample_arxiv.api import api_answer
from notebot.demo.sample_arxiv.faults import Fault, FaultPlan, fault_from_json, spoil
from notebot.demo.sample_arxiv.feed import FeedDay, feed_answer
from notebot.demo.sample_arxiv.oai import category_of, oai_answer
from notebot.demo.sample_arxiv.papers import FIRST_DAY, SamplePaper, default_papers
from notebot.demo.sample_arxiv.wire import LoopbackServer, Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

_NOT_FOUND = Answer(b"Not Found", status=404)


class LoggedRequest(Struct, frozen=True):
    """One request to a service; those to the control routes are not logged."""

    started_at: float
    """Seconds of the monotonic clock, which all processes of a machine share."""
    ended_at: float | None
    """``None`` while the answer is on its way; set a moment after the client has the last byte."""
    method: str
    path: str
    query: str
    """Raw, behind the ``?``; of a POST, its body."""
    user_agent: str
    status: int | None
    """``None`` where no answer was sent."""


class SampleArxiv:
    """Feeds, query API and OAI-PMH of a small invented arXiv; use it as a context manager.

    Every attribute below may be changed while the server runs; the next request sees it.
    """

    def __init__(self, papers: Iterable[SamplePaper] | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        self.papers = default_papers() if papers is None else tuple(papers)
        self.day = FIRST_DAY if papers is None else min(_batch_days(self.papers), default=FIRST_DAY)
        """The current batch; API and OAI know nothing that is announced later."""
        self.day_of: dict[str, date] = {}
        """Category → the batch its feed still (or already) shows instead."""
        self.date_shown_of: dict[str, date] = {}
        """Category → the date its feed bears, whatever batch it shows."""
        self.conditional = False
        """Answer 304 to a feed request whose validators still hold."""
        self.feed_limit = 2000
        self.oai_page_size = 2000
        self._faults = FaultPlan()
        self._log: list[LoggedRequest] = []
        self._changed = threading.Condition()
        self._server = LoopbackServer((host, port), self._handle, self._ended)

    @classmethod
    def from_papers(cls, papers: Iterable[SamplePaper]) -> Self:
        """A server that holds just these; the day is the first on which one is announced."""
        return cls(papers)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stops at once; connections that are still open are cut."""
        self._server.stop()

    @property
    def base_url(self) -> str:
        """Without a trailing slash; also the ``feed_url`` of the config."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def api_url(self) -> str:
        """The ``api_url`` of the config."""
        return f"{self.base_url}/api/query"

    @property
    def oai_url(self) -> str:
        """The ``oai_url`` of the config."""
        return f"{self.base_url}/oai"

    @property
    def log(self) -> list[LoggedRequest]:
        """A copy of what was asked so far, in order of arrival."""
        with self._changed:
            return list(self._log)

    @property
    def max_open(self) -> int:
        """The most connections open at one time, idle ones and those to the control routes included."""
        return self._server.max_open

    def set_faults(self, *faults: Fault) -> None:
        """Replaces all faults; without arguments everything works again."""
        self._faults = FaultPlan(faults)

    def release(self) -> None:
        """Lets go of the requests that hang, drip or flood: their connections are closed."""
        self._server.release()

    def wait_for_requests(self, count: int, timeout_s: float = 10.0) -> bool:
        """Waits until ``count`` requests have arrived since the start; whether they have."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._log) >= count, timeout_s)

    def _handle(self, request: Request) -> tuple[Answer, int | None]:
        """The answer, and the place of the request in the log."""
        if request.path.startswith("/_control/"):
            return self._control(request), None
        place = self._logged(request)
        answer = self._answer(request)
        silent = answer.delivery in (Delivery.NEVER, Delivery.DROPPED_BEFORE_HEADERS)
        self._note(place, status=None if silent else answer.status)
        return answer, place

    def _logged(self, request: Request) -> int:
        entry = LoggedRequest(monotonic(), None, request.method, request.path, request.query, request.user_agent, None)
        with self._changed:
            self._log.append(entry)
            self._changed.notify_all()
            return len(self._log) - 1

    def _ended(self, place: int | None) -> None:
        if place is not None:
            self._note(place, ended_at=monotonic())

    def _note(self, place: int, **news: Any) -> None:
        with self._changed:
            self._log[place] = replace(self._log[place], **news)

    def _answer(self, request: Request) -> Answer:
        service, category, answer = self._plain_answer(request)
        fault = self._faults.draw(service, category, answer.pages)
        if fault:
            url = f"{self.base_url}{request.target}"
            return spoil(fault, answer, url)
        return self._validated(answer, request) if service == "feed" and answer.status == 200 else answer

    def _plain_answer(self, request: Request) -> tuple[str, str | None, Answer]:
        """Service, category and answer before any fault."""
        style, _, name = request.path.removeprefix("/").partition("/")
        if style in ("atom", "rss") and name:
            category = unquote(name)
            return "feed", category, feed_answer(style, self.papers, self._feed_day(category))
        parameters = dict(parse_qsl(request.query, keep_blank_values=True))
        if request.path == "/api/query":
            return "api", None, api_answer(self.papers, parameters, self.day)
        if request.path == "/oai":
            answer = oai_answer(self.papers, parameters, self.day, self.oai_page_size)
            return "oai", category_of(parameters), answer
        return "none", None, _NOT_FOUND

    def _feed_day(self, category: str) -> FeedDay:
        day = self.day_of.get(category, self.day)
        return FeedDay(category, day, self.date_shown_of.get(category, day), self.feed_limit)

    def _validated(self, answer: Answer, request: Request) -> Answer:
        """The feed with its validators, or 304 where it is unchanged."""
        etag = f'"{sha256(answer.body).hexdigest()}"'
        modified = format_datetime(datetime.combine(self.day, time(4, 0, 19), UTC), usegmt=True)
        headers = (("ETag", etag), ("Last-Modified", modified), ("Cache-Control", "max-age=3600"))
        known = request.headers.get("If-None-Match")
        same = known == etag if known else request.headers.get("If-Modified-Since") == modified
        if self.conditional and same:
            return Answer(status=304, headers=headers)
        return replace(answer, headers=headers)

    def _control(self, request: Request) -> Answer:
        """``/_control/day``, ``faults``, ``release`` (POST) and ``log`` (GET)."""
        action = request.path.removeprefix("/_control/")
        try:
            if action == "log":
                entries = [asdict(entry) for entry in self.log]
                return Answer(json.dumps({"requests": entries, "max_open": self.max_open}).encode(), JSON)
            return self._steer(action, request.query)
        except (ValueError, TypeError, KeyError) as problem:
            return Answer(f"{problem}\n".encode(), status=400)

    def _steer(self, action: str, text: str) -> Answer:
        if action == "day":
            self._set_day(dict(parse_qsl(text)))
        elif action == "faults":
            self.set_faults(*(fault_from_json(record) for record in json.loads(text)))
        elif action == "release":
            self.release()
        else:
            return _NOT_FOUND
        return Answer(b"ok\n")

    def _set_day(self, form: Mapping[str, str]) -> None:
        """``day=``; with ``category=`` only its feed's; ``shown=`` the date that feed bears."""
        if "category" not in form:
            self.day = date.fromisoformat(form["day"])
            return
        if "day" in form:
            self.day_of[form["category"]] = date.fromisoformat(form["day"])
        if "shown" in form:
            self.date_shown_of[form["category"]] = date.fromisoformat(form["shown"])


def _batch_days(papers: Iterable[SamplePaper]) -> Iterable[date]:
    return (each.day for paper in papers for each in paper.announced)
