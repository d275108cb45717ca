"""One request as the pages see it, and how a page becomes a route.

A page is a function ``page(visit) -> Response``. It runs in a worker thread that has the database to itself, so it may
call the functions of :mod:`notebot.app` as a command does. There are two such threads: pages that are only shown never
wait for one that writes, which may have to wait for a poll.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import msgspec
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from notebot.app import summaries
from notebot.app.resources import Resources
from notebot.core.model.errors import (
    InvalidRefError,
    MoveError,
    NotebotError,
    NotFoundError,
    StateError,
    UnexpectedError,
    UsageError,
)
from notebot.core.net.pace import Stopped
from notebot.core.supervisor import supervised
from notebot.web import rendering
from notebot.web.refusal import error_response
from notebot.web.tokens import TokenKind
from notebot.web.wording import LANGUAGES, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from notebot.config import Config
    from notebot.web.access import Access
    from notebot.web.tokens import Session, TokenFile

Answer = TypeVar("Answer")
# far above any form of ours; without a limit, a body of 1 MB could have 500,000 fields
FORM_FIELDS = 200
LANGUAGE_COOKIE = "notebot_language"
STATUSES: dict[type[NotebotError], int] = {
    InvalidRefError: 404,
    NotFoundError: 404,
    MoveError: 409,
    UsageError: 400,
    StateError: 503,
    UnexpectedError: 500,
}
"""HTTP status of an expected error; 502 for the others, which come from a service."""


@dataclass
class Job:
    """Work that takes longer than a request: the page that started it shows how far it is."""

    name: str
    lines: list[str] = field(default_factory=list)
    """What it has said so far."""
    result: Any = None
    error: str = ""
    done: bool = False


class Site:
    """What all pages share: the worker threads, each with its own database connection, and the tokens."""

    def __init__(self, resources: Resources, access: Access, tokens: TokenFile) -> None:
        self.config = resources.config
        self.access = access
        self.tokens = tokens
        self._resources = resources
        self._background: list[Future[None]] = []
        self.job: Job | None = None
        """The job that is running, or the last one."""
        self._served: dict[str, tuple[str, datetime]] = {}
        self._workers = {name: self._worker(name) for name in ("show", "change", "job")}

    def _worker(self, name: str) -> tuple[ThreadPoolExecutor, Resources]:
        # urgent, because a person waits: these requests go before the daemon's next one (rules.md 4.1)
        own = Resources(
            self.config,
            urgent=True,
            say=self._resources.say,
            stop=self._resources.stop,
            now=self._resources.clock,
            error_dir=self._resources.error_dir,
        )
        return ThreadPoolExecutor(1, thread_name_prefix=f"web-{name}"), own

    @property
    def is_working(self) -> bool:
        """True while a job or the writing of texts runs or waits."""
        return any(not work.done() for work in self._background)

    async def run(self, worker: str, do: Callable[[Resources], Answer]) -> Answer:
        """Runs ``do`` in the worker thread ``show`` or ``change``."""
        executor, resources = self._workers[worker]
        return await asyncio.get_running_loop().run_in_executor(executor, do, resources)

    def start_job(self, name: str, do: Callable[[Resources], object]) -> bool:
        """Starts a job in a thread of its own; False if one is running already."""
        if self.job is not None and not self.job.done:
            return False
        job = self.job = Job(name)
        executor, resources = self._workers["job"]

        def run() -> None:
            resources.say = job.lines.append
            try:
                with supervised(f"The job {name}"):
                    job.result = do(resources)
            except (NotebotError, Stopped) as error:
                job.error = str(error)
            finally:
                resources.say = self._resources.say
                # last, because a page reads the result as soon as this is set
                job.done = True

        self._start(executor, run)
        return True

    def first_served(self, path: str, content: str) -> datetime:
        """When this content was first served at a path, in whole seconds and later than any content before it.

        For ``Last-Modified``: notes and stubs have no time of their last change, and entries also disappear.
        """
        before = self._served.get(path)
        if before is not None and before[0] == content:
            return before[1]
        now = self._resources.clock().astimezone(UTC).replace(microsecond=0)
        at = max(now, before[1] + timedelta(seconds=1)) if before else now
        self._served[path] = (content, at)
        return at

    def write_texts(self) -> None:
        """Has the language model, if there is one, write what kept stubs lack; no page waits for it."""
        if self.config.summary.backend != "llm":
            return
        executor, resources = self._workers["job"]

        def run() -> None:
            try:
                with supervised("Writing summaries"):
                    summaries.write_texts(resources)
            except (NotebotError, Stopped) as error:
                resources.say(str(error))

        self._start(executor, run)

    def _start(self, executor: ThreadPoolExecutor, work: Callable[[], None]) -> None:
        self._background = [each for each in self._background if not each.done()]
        self._background.append(executor.submit(work))

    def close(self) -> None:
        """Ends the worker threads; a page in the middle of a transaction finishes it, a job's requests are aborted."""
        self._resources.stop.set()
        for executor, resources in self._workers.values():
            resources.abort_requests()
            # in the worker's own thread, after what it is doing now
            executor.submit(resources.close)
            executor.shutdown(wait=True, cancel_futures=False)


class Visit:
    """One request of a signed-in browser, or of a script with a token."""

    def __init__(
        self, request: Request, site: Site, resources: Resources, form: Mapping[str, str], body: bytes = b""
    ) -> None:
        self.request = request
        self.site = site
        self.resources = resources
        self.form = form
        """Fields of a posted form; line ends are ``\\n``."""
        self.body = body
        """What a script sent to the API."""

    @property
    def session(self) -> Session | None:
        """Who sends this; ``None`` on pages that need no session."""
        session: Session | None = self.request.scope["state"]["session"]
        return session

    @property
    def language(self) -> str:
        """The language chosen on the page, or by default the language of the digests."""
        return choose_language(self.request, self.site.config)

    @property
    def words(self) -> dict[str, str]:
        """The words of the page in that language."""
        return words_of(self.language)

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the address."""
        return dict(self.request.query_params)

    @property
    def base_url(self) -> str:
        """The address of this site without final slash, for links that are followed from elsewhere.

        ``[web] public_url``, or the name by which the request came; that is an allowed one.
        """
        if public := self.site.config.web.public_url:
            return public.rstrip("/")
        host = urlsplit(f"//{self.request.headers['host']}")
        try:
            port = f":{host.port}" if host.port else ""
        except ValueError:  # it is not a number
            port = ""
        name = host.hostname or ""
        return f"http://[{name}]{port}" if ":" in name else f"http://{name}{port}"

    @property
    def wants_json(self) -> bool:
        """True for requests of the page's own script, which replaces a part of the page."""
        return "application/json" in self.request.headers.get("accept", "")

    def render(self, template: str, status: int = 200, **values: object) -> HTMLResponse:
        """A page from its template in ``templates/web/``."""
        return HTMLResponse(self.fragment(template, **values), status)

    def fragment(self, template: str, **values: object) -> str:
        """HTML that a template makes."""
        session = self.session
        return rendering.render(
            template,
            self.language,
            csrf=session.csrf if session else "",
            read_only=self.site.config.web.read_only,
            # a feed reader's token opens none of the pages in the menu
            signed_in=session is not None and session.token.kind is TokenKind.SESSION,
            path=self.request.url.path,
            desk=self.site.config.desk,
            **values,
        )

    def json(self, document: Any, status: int = 200) -> JSONResponse:
        """A document for the page's own script."""
        return JSONResponse(msgspec.to_builtins(document), status)

    def redirect(self, path: str) -> RedirectResponse:
        """Sends the browser to a page of this site, with GET."""
        # 303 makes the browser follow with GET, so that a reload does not send the form again (RFC 9110, 15.4.4)
        return RedirectResponse(path, 303)

    def failed(self, error: NotebotError) -> Response:
        """The answer to a request that failed with an expected error."""
        return self.refused(status_of(error), error.kind, str(error))

    def refused(self, status: int, kind: str, sentence: str) -> Response:
        """A page with one sentence, or an error for the page's own script."""
        if self.wants_json:
            return error_response(status, kind, sentence)
        return self.render("error.html", status, message=sentence)

    def seen_revision(self) -> int:
        """The revision of the stub that the form was made for.

        Raises:
            UsageError: the form has none.
        """
        revision = parse_number(self.form.get("revision", ""))
        if revision is None:
            raise UsageError("A decision needs the revision of the stub that you saw.")
        return revision


def choose_language(request: Request, config: Config) -> str:
    """The language chosen on the page, or by default the language of the digests.

    Before signing in to a lab there are no digests yet, so the browser's own language counts.
    """
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    if config.desks is None:
        return config.digest.language
    return "ja" if request.headers.get("accept-language", "").lower().startswith("ja") else "en"


def status_of(error: NotebotError) -> int:
    """The HTTP status of an expected error."""
    return next((code for kind, code in STATUSES.items() if isinstance(error, kind)), 502)


def parse_number(text: str, digits: int = 15) -> int | None:
    """The number that a form or an address contains; ``None`` for anything else, or for one with more digits."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else None


def route(path: str, page: Callable[[Visit], Response], method: str = "GET", *, changes: bool | None = None) -> Route:
    """A route to a page.

    Args:
        method: ``GET``, or ``POST`` for forms, which need the session's CSRF token.
        changes: False for a POST that is allowed on a read-only page too.
    """
    changing = method == "POST" if changes is None else changes

    async def endpoint(request: Request) -> Response:
        site: Site = request.scope["state"]["site"]
        form, refusal = await _read_form(request) if method == "POST" else ({}, None)
        if refusal is None and changing and site.config.web.read_only:
            refusal = "read_only"
        worker = "change" if method == "POST" else "show"
        return await site.run(worker, partial(_answer, request, site, page, form, refusal))

    return Route(path, endpoint, methods=[method])


def _answer(
    request: Request,
    site: Site,
    page: Callable[[Visit], Response],
    form: Mapping[str, str],
    refusal: str | None,
    resources: Resources,
) -> Response:
    visit = Visit(request, site, resources, form)
    if refusal is not None:
        return visit.refused(403, "refused", visit.words.get(refusal, refusal))
    try:
        with supervised(f"The page {request.url.path[:200]}"):
            return page(visit)
    except NotebotError as error:
        return visit.failed(error)


async def _read_form(request: Request) -> tuple[dict[str, str], str | None]:
    """The fields of the form, and why it is refused, or ``None``."""
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/x-www-form-urlencoded", ""):
        return {}, "bad_form"
    try:
        # browsers percent-encode everything else, so a body with other bytes is not a form
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=FORM_FIELDS, errors="strict")
    except ValueError:  # of UnicodeDecodeError too
        return {}, "bad_form"
    # HTML sends CRLF for every line end of a text field
    form = {name: value.replace("\r\n", "\n").replace("\r", "\n") for name, value in pairs}
    session: Session | None = request.scope["state"]["session"]
    # a script needs no CSRF token: its bearer token is never sent by a browser on its own
    is_script = session is not None and session.token.kind is TokenKind.API
    given = form.get("csrf", "").encode()
    # in constant time: the time of an answer must not reveal how much of a guess is right
    if session is not None and not is_script and not compare_digest(given, session.csrf.encode()):
        return form, "bad_csrf"
    return form, None
