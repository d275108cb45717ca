"""Looks up the addresses of a host name."""

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
    """Resolves host names."""

    def addresses(self, host: str, limit_s: float) -> Sequence[Address]:
        """All addresses of the host, the best first.

        Raises:
            UnavailableError: the host has no address, or none was found within ``limit_s``.
        """


class SystemResolver:
    """The operating system's resolver."""

    def addresses(self, host: str, limit_s: float) -> Sequence[Address]:
        """All addresses of the host, in the system's order; see :class:`Resolver`."""
        addresses: list[Address] = []
        # getaddrinfo accepts no time limit, so it runs in a thread that is left behind when it takes too long.

        def look_up() -> None:
            with suppress(OSError, UnicodeError):
                entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
                parsed = (parse_ip(str(entry[4][0]).partition("%")[0]) for entry in entries)
                addresses.extend(dict.fromkeys(address for address in parsed if address is not None))

        lookup = threading.Thread(target=look_up, daemon=True)
        lookup.start()
        lookup.join(limit_s)
        if lookup.is_alive() or not addresses:
            raise UnavailableError(f"The host {host} has no address now; check the link, or try again later")
        return tuple(addresses)
