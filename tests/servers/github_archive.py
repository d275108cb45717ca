"""An archive on a GitHub of its own, with a store beside it and the real adapter between them."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from notebot.core.model.note import Note
from notebot.core.net.client import Http
from notebot.core.net.response import RawResponse, Request
from notebot.features.archive.adapters.formats import note_from_issue
from notebot.features.archive.import_notes import Importer
from notebot.features.publishing.adapters.github import GitHubWriter, WritePace
from notebot.features.publishing.archive_port import Edit, Issue, IssueArchive
from notebot.features.publishing.publish.session import PublishRules, PublishSession
from notebot.store.sqlite import SqliteStore
from servers.github_server import GitHubServer
from servers.github_state import Repository

TOKEN = "gh" + "p_invented0123456789"


class DirectHttp(Http):
    """The client with everything but the connection: a request is answered by the server in this process."""

    def __init__(self, server: GitHubServer, stop: threading.Event) -> None:
        super().__init__("notebot/9", 5.0, 0.0, stop)
        self._server = server

    def _send(self, request: Request, url: str) -> RawResponse:
        headers = {**request.headers_to(url), "User-Agent": self.user_agent}
        target = url.removeprefix(self._server.url)
        status, told, body = self._server.respond(request.method, target, headers, request.content or b"")
        return RawResponse(url, status, {name.lower(): value for name, value in told.items()}, body)


class Killed(BaseException):
    """The process is gone."""


@dataclass
class GitHubArchive:
    """A store, and the repository ``curator/notes`` on a server."""

    store: SqliteStore
    server: GitHubServer
    repository: Repository
    folder: Path
    said: list[str] = field(default_factory=list)
    direct: bool = False
    """Whether requests go to the server without a connection, for tests with thousands of them."""

    def writer(self) -> GitHubWriter:
        stop = threading.Event()
        http = DirectHttp(self.server, stop) if self.direct else Http("notebot/9", 5.0, 0.0, stop)
        pace = WritePace(self.folder, 0.0, stop)
        return GitHubWriter(http, self.server.url, "curator/notes", TOKEN, "NOTEBOT_GITHUB_TOKEN", pace)

    def session(
        self, rules: PublishRules, clock: Callable[[], datetime], archive: IssueArchive | None = None
    ) -> PublishSession:
        return PublishSession(
            store=self.store,
            outbox=self.store.outbox,
            unfilled=self.store.unfilled,
            archive=archive or self.writer(),
            rules=rules,
            clock=clock,
            read_note=read_note,
            import_notes=Importer(self.store, clock, "github", "curator/notes", lambda *_: None).take,
            say=self.said.append,
        )

    def title(self, number: int) -> str:
        return str(self.repository.issues[number]["title"])

    def labels(self, number: int) -> list[str]:
        return [label["name"] for label in self.repository.issues[number]["labels"]]

    def comments(self, number: int) -> list[str]:
        return [comment["body"] for comment in self.repository.comments[number]]


def read_note(issue: Issue) -> Note:
    return note_from_issue(
        issue.number, issue.title, issue.body, issue.labels, issue.created_at, issue.comments, issue.state
    )


@dataclass
class DyingGitHub:
    """GitHub as seen by a process that is killed at its nth step, before or after it is done."""

    github: GitHubWriter
    last: int
    after: bool
    steps: int = 0

    @property
    def repo(self) -> str:
        return self.github.repo

    @property
    def import_command(self) -> str:
        return self.github.import_command

    def _step(self, do: Callable[[], object]) -> object:
        self.steps += 1
        if self.steps == self.last and not self.after:
            raise Killed
        done = do()
        if self.steps == self.last:
            raise Killed
        return done

    def newest(self, after: int | None = None) -> list[Issue]:
        return self._step(lambda: self.github.newest(after))  # type: ignore[return-value]

    def issue(self, number: int) -> Issue:
        return self._step(lambda: self.github.issue(number))  # type: ignore[return-value]

    def labels(self) -> list[str]:
        return self.github.labels()

    def create_issue(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        return self._step(lambda: self.github.create_issue(title, body, labels))  # type: ignore[return-value]

    def amend(self, number: int, decide: Callable[[Issue], Edit | None]) -> Issue | None:
        return self._step(lambda: self.github.amend(number, decide))  # type: ignore[return-value]

    def add_comment(self, number: int, body: str) -> None:
        self._step(lambda: self.github.add_comment(number, body))

    def add_labels(self, number: int, labels: Sequence[str]) -> tuple[str, ...]:
        return self._step(lambda: self.github.add_labels(number, labels))  # type: ignore[return-value]

    def remove_label(self, number: int, label: str) -> None:
        self._step(lambda: self.github.remove_label(number, label))

    def create_label(self, name: str, colour: str | None) -> None:
        self._step(lambda: self.github.create_label(name, colour))
