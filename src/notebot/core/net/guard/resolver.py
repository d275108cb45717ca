"""The addresses of a host, asked once for each request."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from notebot.core.model.errors import UnavailableError
from notebot.core.net.guard.url_policy import Address, parse_ip

if TYPE_CHECKING:
    from collections.abc import Sequence


class Resolver(Protocol):
    """Turns a name into addresses."""

    def addresses(self, host: str, limit_s: float) -> Sequence[Address]:
        """Every address of the host, the best to try first.

        Raises:
            UnavailableError: there is none, or none came within ``limit_s``.
        """


class SystemResolver:
    """Asks as every program of this machine does."""

    def addresses(self, host: str, limit_s: float) -> Sequence[Address]:
        """Every address of the host, in the order that the system would try them."""
        found: list[Address] = []
        # The system's own call cannot be told how long it may take.
        asking = threading.Thread(target=_ask, args=(host, found), daemon=True)
        asking.start()
        asking.join(limit_s)
        if asking.is_alive() or not found:
            raise UnavailableError(f"The host {host} has no address now; check the link, or try again later")
        return tuple(found)


def _ask(host: str, found: list[Address]) -> None:
    with suppress(OSError, UnicodeError):
        entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        known = (parse_ip(str(entry[4][0]).partition("%")[0]) for entry in entries)
        found.extend(dict.fromkeys(address for address in known if address is not None))
