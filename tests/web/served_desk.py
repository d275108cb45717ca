"""A curator's folder with candidates, and the review page served from it on loopback, as `notebot web` does."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from msgspec.structs import replace

from acceptance.command import MATHEMATICS, Desk, Section
from fakes import FakeClock, paper
from fresh_store import new_store
from notebot.app.resources import Resources
from notebot.config import load_config
from notebot.core.model.stub import FoundTerm, Stub, StubStatus, TopicEvidence
from notebot.features.topics.rules.drafting import draft_from_paper
from notebot.web.server import WebServer


@dataclass
class ServedDesk:
    """Papers ``2605.00001`` and so on, all queued, and a clock that stands still."""

    folder: Path
    papers: int = 3
    language: str = "en"
    web: Section = field(default_factory=dict)
    sections: dict[str, Section] = field(default_factory=dict)
    topics: Sequence[Section] = (MATHEMATICS,)

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        digest: Section = {"language": self.language}
        desk = Desk(self.folder, topics=self.topics, sections={"digest": digest, "web": self.web, **self.sections})
        desk.write_config()
        self.config = load_config(desk.config)
        self.store = new_store(desk.database)
        self.keys = [f"arxiv:2605.{number:05d}" for number in range(1, self.papers + 1)]
        self.save(*(self.candidate(key) for key in self.keys))

    def candidate(self, key: str, **changes: Any) -> Stub:
        """A complete stub as a poll leaves it."""
        arxiv_id = key.removeprefix("arxiv:")
        stub = draft_from_paper(paper(arxiv_id, f"On mathematics, part {arxiv_id[-5:]}"), None, ())
        matched = (TopicEvidence("Mathematics", (FoundTerm("math*", "title"),)),)
        values = {"key": key, "topics": ("Mathematics",), "matched": matched, "tags": ("NLP", "Mathematics"), **changes}
        return replace(stub, **values)

    def save(self, *stubs: Stub) -> None:
        with self.store.transaction():
            for stub in stubs:
                self.store.stubs.save(stub, self.clock())

    def stub(self, key: str) -> Stub:
        """The stub as it is stored now."""
        stub = self.store.stubs.get(key)
        assert stub is not None
        return stub

    def statuses(self) -> list[StubStatus]:
        """The status of each paper, in the order of the ids."""
        return [self.stub(key).status for key in self.keys]

    def later(self, **span: float) -> None:
        """Moves the clock."""
        self.clock.now += timedelta(**span)

    @contextmanager
    def serving(self) -> Iterator[ServedPage]:
        """Serves the page until the block ends."""
        server, thread = self.start()
        try:
            yield ServedPage(server)
        finally:
            server.stop()
            thread.join(30)
            assert not thread.is_alive()

    def start(self) -> tuple[WebServer, threading.Thread]:
        """Serves the page until ``stop``, whose end takes uvicorn 0.2 s."""
        server = WebServer(Resources(self.config, now=self.clock), ("127.0.0.1", 0))
        return server, server.serve_in_thread()


@dataclass
class ServedPage:
    """The page while it is served."""

    server: WebServer

    @property
    def url(self) -> str:
        return self.server.url

    def stranger(self, **headers: str) -> httpx.Client:
        """A client that is not signed in."""
        # without TLS: reading the certificates of a machine takes 20 ms per client
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, verify=False)

    def browser(self, **headers: str) -> Browser:
        """A client that has opened a sign-in link and sends what a browser sends with the page's own forms."""
        client = self.stranger(**{"sec-fetch-site": "same-origin", **headers})
        answer = client.get(self.server.start_url())
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        return Browser(client)


@dataclass
class Browser:
    """A browser that is signed in, without script."""

    client: httpx.Client

    def get(self, path: str, status: int = 200) -> str:
        """The text of a page."""
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code, answer.text.partition("<main")[2][:500])
        return answer.text

    def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        """Posts a form with the CSRF token of this session."""
        return self.client.post(path, data={"csrf": self.csrf(), **fields}, headers=headers)

    def csrf(self) -> str:
        match = re.search(r'name="csrf" value="([0-9a-f]+)"', self.get("/"))
        assert match is not None
        return match[1]

    def decide(self, key: str, action: str, revision: int | None = None, **fields: str) -> httpx.Response:
        """Decides as the form on the card does; with the revision that the page shows, unless one is given."""
        seen = self.revision(key) if revision is None else revision
        return self.post("/decide", {"key": key, "revision": str(seen), "action": action, **fields})

    def revision(self, key: str) -> int:
        """The revision in the card's form."""
        page = self.client.get("/card", params={"key": key}).text
        match = re.search(r'name="revision" value="(\d+)"', page)
        assert match is not None, page
        return int(match[1])


def cards(page: str) -> list[tuple[str, str]]:
    """Key and status of each candidate on a page, in order."""
    return re.findall(r'<article [^>]*data-key="([^"]+)" data-status="(\w+)"', page)
