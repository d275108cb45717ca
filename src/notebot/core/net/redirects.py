"""Decides where a redirect of a configured service may lead.

The config names the services, so their own addresses may be internal. A redirect is a stranger's word: within the
origin that the config names it is followed; anywhere else it has to pass the rules of the link guard, from the text of
the URL to the address that is connected.
"""

from __future__ import annotations

from contextlib import suppress
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from notebot.core.model.arxiv_id import is_arxiv_host
from notebot.core.model.errors import RefusedError
from notebot.core.net.guard.url_policy import (
    GuardError,
    GuardRule,
    check_addresses,
    check_url,
    parse_ip,
    printable_url,
)
from notebot.core.net.response import CHECK_URL_HINT, RawResponse, Request, origin
from notebot.core.net.secrets import redacted_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from notebot.core.model.errors import ServiceError

_NO_ADDRESS = IPv4Address(0)
"""For a peer whose address cannot be read; it is forbidden."""


def redirect_target(request: Request, raw: RawResponse) -> str:
    """The URL that a redirect leads to.

    Raises:
        RefusedError: a rule of the link guard forbids it, or it leads from https to http.
        NotebotError: it has no target, or one that cannot be requested.
    """
    location = raw.headers.get("location", "").strip()
    if not location:
        # nothing in the config mends this; a service may know what it means
        error = request.refusal(raw) if request.refusal is not None else None
        raise error or request.bad_answer(f"redirects (status {raw.status}) without saying where")
    target = location
    with suppress(ValueError):
        target = urljoin(raw.url, location)
        if origin(target) == origin(request.url):
            return target
        # Every request to arXiv must keep arXiv's pace, and this request has none.
        if request.pace is None and is_arxiv_host(urlsplit(target).hostname or ""):
            raise request.bad_answer("redirects to arXiv, which only paced requests may reach", CHECK_URL_HINT)
    if raw.url.lower().startswith("https:") and target.lower().startswith("http:"):
        raise _refusal(request, GuardError(GuardRule.DOWNGRADE, target))
    try:
        checked = check_url(target, allow_loopback=False)
        literal = parse_ip(checked.host)
        check_addresses(checked, [literal] if literal is not None else [], allow_loopback=False)
    except GuardError as error:
        raise _refusal(request, error) from error
    return target


def peer_check(request: Request, url: str) -> Callable[[str, Any], None]:
    """A function for httpcore's trace that refuses a connection to an address that a redirect may not lead to.

    The name's addresses are not looked up beforehand, because a second lookup may give others (DNS rebinding). A
    connection to a proxy is not checked: the proxy resolves names itself.

    Args:
        url: from :func:`redirect_target`, and at another origin than the request.
    """
    target = check_url(url, allow_loopback=False)
    connected_host = ""

    def check_peer(event: str, info: Any) -> None:
        nonlocal connected_host
        if event.endswith("connect_tcp.started"):
            connected_host = str(info["host"]).lower().rstrip(".")
        elif event.endswith("connect_tcp.complete") and connected_host == target.host:
            stream = info["return_value"]
            address = parse_ip(str(stream.get_extra_info("server_addr")[0]).partition("%")[0])
            try:
                check_addresses(target, [address or _NO_ADDRESS], allow_loopback=False)
            except GuardError as error:
                stream.close()
                raise _refusal(request, error) from error

    return check_peer


def _refusal(request: Request, error: GuardError) -> ServiceError:
    if error.rule in (GuardRule.FORM, GuardRule.SCHEME):
        return request.bad_answer("redirects to something that is not a web address", CHECK_URL_HINT)
    return RefusedError(
        f"{request.service} redirects to {printable_url(error.url)}, which is not followed: {error.reason} (rule "
        f"{error.rule}; {redacted_url(request.url)}); if you trust that address, put it into the config"
    )
