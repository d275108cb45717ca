"""Whose pages are served: those of one curator, or of every desk of a lab, each opened when it is first needed."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from notebot.app.resources import Resources
from notebot.config.lab import Lab
from notebot.config.logins import LoginBook
from notebot.core.model.errors import NotebotError, StateError
from notebot.core.net.files import file_version
from notebot.web.tokens import GuessLimit, TokenFile
from notebot.web.visit import Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from notebot.web.access import Access

MOST_OPEN = 16
"""Desks of a lab that are open at the same time, each with up to three connections to the database."""
IDLE_S = 300.0
"""A desk that was not visited for so long is closed."""
LOOK_AGAIN_S = 5.0
"""How often the files of a lab are looked at for new desks and changed ones."""


class Door(Struct, frozen=True):
    """Where a token is examined before anything of its desk is opened."""

    desk: str
    tokens: TokenFile | None
    """``None`` if there is no such desk."""
    guesses: GuessLimit
    """Wrong tokens of one desk do not lock others out."""


class Sites(Protocol):
    """The curators whose pages are served."""

    @property
    def entrance(self) -> Site:
        """For the pages that need no session."""

    def door(self, desk: str) -> Door:
        """The tokens of the desk that a token claims to be of."""

    def desk_of_login(self, login: str) -> str | None:
        """The desk of a login, which is in lower case; ``None`` if none has it."""

    def use(self, desk: str) -> AbstractAsyncContextManager[Site]:
        """The pages of a desk; they stay open while the block runs.

        Raises:
            NotebotError: the desk cannot be opened.
        """

    def close(self) -> None:
        """Closes whatever is open; after the server has ended."""


class OneSite:
    """The pages of a single curator, or of one desk."""

    def __init__(self, resources: Resources, access: Access, tokens: TokenFile) -> None:
        self.entrance = Site(resources, access, tokens)
        self._door = Door(resources.config.desk, tokens, GuessLimit(time.monotonic))
        self._logins = {login.lower() for login in resources.config.logins}

    def door(self, desk: str) -> Door:
        return self._door

    def desk_of_login(self, login: str) -> str | None:
        return self._door.desk if login in self._logins else None

    @asynccontextmanager
    async def use(self, desk: str) -> AsyncIterator[Site]:
        yield self.entrance

    def close(self) -> None:
        self.entrance.close()


@dataclass
class _OpenDesk:
    site: Site
    version: tuple[object, ...]
    """Of its file; a changed one is read again."""
    visits: int = 0
    """Requests that are being answered."""
    last_visit: float = 0.0


class LabSites:
    """The pages of all desks of a lab."""

    def __init__(self, hub: Resources, access: Access) -> None:
        assert hub.config.path is not None  # a lab is what its file says
        self._hub = hub
        self._access = access
        self.entrance = Site(hub, access, TokenFile(hub.config.web_token_file, hub.clock))
        self._path = hub.config.path
        self._lab = Lab.read(self._path)
        self._looked_at = time.monotonic()
        self._mistake = ""
        """In the lab's file as it is now; it is reported once."""
        self._logins = LoginBook()
        self._desk_of_login: dict[str, str] = {}
        self._shared_logins: list[str] = []
        """What was reported about logins of two desks."""
        self._read_logins()
        self._nobody = Door("", None, GuessLimit(time.monotonic))
        self._doors: dict[str, Door] = {}
        self._open: dict[str, _OpenDesk] = {}
        """The one that was visited last is the last."""
        self._opening = asyncio.Lock()
        self._idle_check: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def open_desks(self) -> list[str]:
        """The desks that are open, the one that was visited last at the end."""
        return list(self._open)

    def door(self, desk: str) -> Door:
        files = self._look_again().files
        if desk not in files:
            return self._nobody
        if desk not in self._doors:
            tokens = TokenFile(self._lab.token_file(desk), self._hub.clock, desk)
            self._doors[desk] = Door(desk, tokens, GuessLimit(time.monotonic))
        return self._doors[desk]

    def desk_of_login(self, login: str) -> str | None:
        self._look_again()
        return self._desk_of_login.get(login)

    @asynccontextmanager
    async def use(self, desk: str) -> AsyncIterator[Site]:
        async with self._opening:
            opened = await self._opened(desk)
            opened.visits += 1
        try:
            yield opened.site
        finally:
            opened.visits -= 1
            opened.last_visit = time.monotonic()
            if self._idle_check is None:
                self._idle_check = asyncio.get_running_loop().call_later(IDLE_S, self._start_closing_idle)

    def close(self) -> None:
        for each in (self.entrance, *(opened.site for opened in self._open.values())):
            each.close()

    async def _opened(self, desk: str) -> _OpenDesk:
        version = _version(self._path, self._look_again().files.get(desk))
        opened = self._open.pop(desk, None)
        if opened is not None and opened.version != version and not _is_used(opened):
            await asyncio.to_thread(opened.site.close)
            opened = None
        if opened is None:
            opened = _OpenDesk(await asyncio.to_thread(self._make, desk), version)
        self._open[desk] = opened
        surplus = [name for name, each in self._open.items() if name != desk and not _is_used(each)]
        for name in surplus[: max(len(self._open) - MOST_OPEN, 0)]:
            await asyncio.to_thread(self._open.pop(name).site.close)
        return opened

    def _make(self, desk: str) -> Site:
        config = self._lab.desk(desk, need_topics=False, need_contact=False)
        tokens = self.door(desk).tokens
        if tokens is None:
            raise StateError(f"The desk {desk} is no longer in {self._path.name}.")
        hub = self._hub
        resources = Resources(config, say=hub.say, now=hub.clock, error_dir=hub.config.state_dir)
        return Site(resources, self._access, tokens)

    def _look_again(self) -> Lab:
        if time.monotonic() - self._looked_at >= LOOK_AGAIN_S:
            self._looked_at = time.monotonic()
            try:
                self._lab = Lab.read(self._path)
                self._mistake = ""
            except NotebotError as error:  # it is being edited; the desks of before are served meanwhile
                if str(error) != self._mistake:
                    self._hub.say(str(error))
                self._mistake = str(error)
            self._read_logins()
        return self._lab

    def _read_logins(self) -> None:
        if not self._hub.config.web.login_header:
            return
        self._desk_of_login, problems = self._logins.desks(self._lab.files)
        # a mistake of two desks is no reason to serve nothing to the others
        for problem in problems:
            if problem not in self._shared_logins:
                self._hub.say(problem)
        self._shared_logins = problems

    def _start_closing_idle(self) -> None:
        self._idle_check = None
        task = asyncio.get_running_loop().create_task(self._close_idle())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _close_idle(self) -> None:
        async with self._opening:
            now = time.monotonic()
            for name, opened in list(self._open.items()):
                if not _is_used(opened) and now - opened.last_visit >= IDLE_S:
                    await asyncio.to_thread(self._open.pop(name).site.close)
            if self._open:
                self._idle_check = asyncio.get_running_loop().call_later(IDLE_S / 2, self._start_closing_idle)


def has_tokens(resources: Resources) -> bool:
    """True if anybody could sign in with a token."""
    config = resources.config
    files = [config.web_token_file]
    if config.desks is not None and config.path is not None:
        lab = Lab.read(config.path)
        files = [lab.token_file(desk) for desk in lab.files]
    return any(TokenFile(file, resources.clock).all() for file in files)


def _is_used(opened: _OpenDesk) -> bool:
    return opened.visits > 0 or opened.site.is_working


def _version(*files: Path | None) -> tuple[object, ...]:
    """Changes when one of the files does."""
    versions: list[object] = []
    for file in files:
        try:
            versions.append(file_version(file) if file is not None else None)
        except OSError:
            versions.append(None)
    return tuple(versions)
