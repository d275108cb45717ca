"""A lab of three desks on a real PostgreSQL server, and its page served on loopback, as `notebot web` does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from msgspec.structs import replace

from acceptance.command import MATHEMATICS, Section, table
from fakes import FakeClock, paper
from fresh_store import emptied_database
from notebot.app.resources import Resources
from notebot.config import load_config
from notebot.core.model.stub import Stub
from notebot.features.topics.rules.drafting import draft_from_paper
from notebot.store.postgres import PostgresStore, open_store
from notebot.web.server import WebServer
from notebot.web.tokens import TokenFile, TokenKind
from servers.postgres_server import as_owner
from web.served_desk import Browser

DESKS = ("ada", "ben", "eve")
PAPERS = {"ada": "2605.00001", "ben": "2605.00002", "eve": "2605.00003"}
"""The only candidate of each desk."""
KEYS = {desk: f"arxiv:{number}" for desk, number in PAPERS.items()}


@dataclass
class ServedLab:
    """Each desk has one queued paper, whose title has the name of the desk."""

    folder: Path
    web: Section = field(default_factory=dict)
    lab: Section = field(default_factory=dict)
    logins: dict[str, list[str]] = field(default_factory=dict)
    language: str = "en"

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.said: list[str] = []
        """What the server reported."""
        self.url = as_owner(emptied_database())
        self.path = self.folder / "lab.toml"
        (self.folder / "desks").mkdir()
        tables: list[tuple[str, Section]] = [
            ("[notebot]", {"contact": "lab@example.org", "database": self.url}),
            ("[lab]", {"desks": "desks/*.toml", **self.lab}),
            ("[web]", self.web),
        ]
        self.path.write_text("\n".join(table(*each) for each in tables), "utf-8")
        for desk in DESKS:
            self.write_desk(desk)
            with self.store(desk) as store, store.transaction():
                store.stubs.save(self.candidate(desk), self.clock())

    def write_desk(self, desk: str, topic: Section = MATHEMATICS) -> None:
        tables = [
            table("[notebot]", {"logins": self.logins.get(desk, [])}),
            table("[digest]", {"language": self.language}),
            table("[[topics]]", topic),
        ]
        (self.folder / f"desks/{desk}.toml").write_text("\n".join(tables), "utf-8")

    def candidate(self, desk: str) -> Stub:
        """The stub of a desk as a poll leaves it."""
        stub = draft_from_paper(paper(PAPERS[desk], f"On mathematics for {desk}"), None, ())
        return replace(stub, topics=("Mathematics",))

    @contextmanager
    def store(self, desk: str) -> Iterator[PostgresStore]:
        """The store of a desk."""
        store = open_store(self.url, desk)
        try:
            yield store
        finally:
            store.close()

    def status(self, desk: str) -> str:
        """The state of the desk's paper."""
        with self.store(desk) as store:
            stub = store.stubs.get(f"arxiv:{PAPERS[desk]}")
            assert stub is not None
            return str(stub.status)

    def token(self, desk: str, kind: TokenKind) -> str:
        """A new token, as `notebot --desk NAME web token new` makes it."""
        config = load_config(self.path, desk=desk, need_contact=False)
        return TokenFile(config.web_token_file, self.clock, desk).issue(kind, "test")

    @contextmanager
    def serving(self, desk: str = "") -> Iterator[ServedLabPage]:
        """Serves the page of all desks, or of one, until the block ends."""
        config = load_config(self.path, desk=desk, need_topics=False, need_contact=False)
        server = WebServer(Resources(config, now=self.clock, say=self.said.append), ("127.0.0.1", 0))
        thread = server.serve_in_thread()
        try:
            yield ServedLabPage(self, server)
        finally:
            server.stop()
            thread.join(30)
            assert not thread.is_alive()


@dataclass
class ServedLabPage:
    """The page while it is served."""

    lab: ServedLab
    server: WebServer

    def stranger(self, **headers: str) -> httpx.Client:
        """A client that is not signed in."""
        headers = {"sec-fetch-site": "same-origin", **headers}
        return httpx.Client(base_url=self.server.url, headers=headers, timeout=30)

    def start_url(self, desk: str) -> str:
        """A link that signs one browser in as the desk's curator."""
        return f"{self.server.url}start?token={self.lab.token(desk, TokenKind.LINK)}"

    def browser(self, desk: str) -> Browser:
        """A client that has opened a sign-in link of the desk."""
        client = self.stranger()
        answer = client.get(self.start_url(desk))
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        return Browser(client)
