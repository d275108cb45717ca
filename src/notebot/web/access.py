"""The names by which browsers reach the page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

if TYPE_CHECKING:
    from notebot.config import Config


class Access(Struct, frozen=True):
    """By which names the page is reached."""

    hosts: frozenset[str]
    """Host names in lower case, without port."""
    origins: frozenset[str]
    """``http://127.0.0.1:8765``: the origins of the page's own forms, for browsers that send no ``Sec-Fetch-Site``."""
    secure: bool = False
    """The public address is https, so the cookie is sent over https only."""


def make_access(config: Config, host: str, port: int) -> Access:
    """The host names and origins that the review page accepts in a request."""
    public = urlsplit(config.web.public_url)
    hosts = {host.lower(), "localhost", "127.0.0.1", *(name.lower().strip("[]") for name in config.web.allowed_hosts)}
    origins = {f"http://{bracketed(name)}:{port}" for name in hosts}
    if public.hostname:
        hosts.add(public.hostname)
        origins.add(f"{public.scheme}://{public.netloc}".lower())
    return Access(frozenset(hosts), frozenset(origins), secure=public.scheme == "https")


def bracketed(host: str) -> str:
    """A host as a URL has it: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host
