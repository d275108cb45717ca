"""Decides which URLs and addresses from outside may be requested, and names the rule that forbids one.

The URL's text is checked first, then the addresses of its host, then the address actually connected,
and last the response. Every redirect is checked from the beginning.
"""

from __future__ import annotations

import re
from contextlib import suppress
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from notebot.core.model.errors import RefusedError
from notebot.core.net.secrets import redacted_url
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

Address = IPv4Address | IPv6Address


class GuardRule(StrEnum):
    """The rule that a URL, a redirect or a response broke."""

    FORM = "form"
    SCHEME = "scheme"
    USERINFO = "userinfo"
    PORT = "port"
    NUMBER_HOST = "number-host"
    LOCAL_NAME = "local-name"
    LOOPBACK = "loopback"
    PRIVATE = "private"
    LINK_LOCAL = "link-local"
    METADATA = "metadata"
    CGNAT = "cgnat"
    MULTICAST = "multicast"
    RESERVED = "reserved"
    EMBEDDED = "embedded"
    PEER = "peer"
    REDIRECTS = "redirects"
    DOWNGRADE = "downgrade"
    ARXIV = "arxiv"
    ROBOTS = "robots"
    TYPE = "type"
    PACKING = "packing"
    SIZE = "size"
    TIME = "time"


_SENTENCES = {
    GuardRule.FORM: "it is not written as a web address",
    GuardRule.SCHEME: "only http and https are followed",
    GuardRule.USERINFO: "it contains a user name",
    GuardRule.PORT: "only the ports 80 and 443 are allowed",
    GuardRule.NUMBER_HOST: "its host is an obfuscated IP address",
    GuardRule.LOCAL_NAME: "its host is a name of the local network",
    GuardRule.LOOPBACK: "its host is this machine",
    GuardRule.PRIVATE: "its host is in a private network",
    GuardRule.LINK_LOCAL: "its host is on the local link",
    GuardRule.METADATA: "its host is a cloud's metadata service",
    GuardRule.CGNAT: "its host is in a provider's internal network",
    GuardRule.MULTICAST: "its host is a multicast address",
    GuardRule.RESERVED: "its host is in a reserved network",
    GuardRule.EMBEDDED: "its host is an IPv6 address that contains a forbidden IPv4 address",
    GuardRule.PEER: "the connection went to an address that was not checked",
    GuardRule.REDIRECTS: "it redirects more than 5 times, or without a target",
    GuardRule.DOWNGRADE: "it redirects from https to http",
    GuardRule.ARXIV: "it leads to arXiv, whose papers are fetched by id and at arXiv's pace",
    GuardRule.ROBOTS: "the site's robots.txt asks programs to stay away",
    GuardRule.TYPE: "its response has another type than was requested",
    GuardRule.PACKING: "its response is compressed in a way that was not requested",
    GuardRule.SIZE: "its response is larger than allowed",
    GuardRule.TIME: "its response did not end in time",
}


class GuardError(RefusedError):
    """A URL was not requested, or its response not used; ``rule`` forbids it, ``reason`` is the rule in words."""

    def __init__(self, rule: GuardRule, url: str) -> None:
        self.reason = _SENTENCES[rule]
        super().__init__(f"The link was not followed: {self.reason} (rule {rule}; {printable_url(url)})")
        self.rule = rule
        self.url = url


class Target(Struct, frozen=True):
    """A URL whose text breaks no rule."""

    url: str
    """Without the fragment."""
    scheme: str
    host: str
    """ASCII, lower case; an IPv6 address without brackets."""
    port: int
    path: str
    """With the query; begins with ``/``."""

    @property
    def netloc(self) -> str:
        """The ``Host`` header: the host, and the port unless it is the scheme's default."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: ``https://example.org``."""
        return f"{self.scheme}://{self.netloc}"


_DEFAULT_PORTS = {"http": 80, "https": 443}
_MAX_URL_LENGTH = 4096
# Browsers drop or rewrite these, so two parsers can disagree about the host: tabs, line ends, backslashes.
_FORBIDDEN_CHARACTER = regex(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ud800-\udfff]")
_SCHEME = regex(r"[A-Za-z][A-Za-z0-9+.-]*:")
_HOST = regex(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?")
# `2130706433`, `0x7f.1` and `127.1` are 127.0.0.1 to many resolvers, although no address parser accepts them.
_NUMERIC_LABEL = regex(r"[0-9]+|0x[0-9a-f]*")
_LOCAL_NAMES = (
    "localhost",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "localdomain",
    "home.arpa",
)


def check_url(url: str, *, allow_loopback: bool) -> Target:
    """The parsed URL, if its text breaks no rule.

    If loopback is allowed, :func:`check_addresses` checks the port: test servers use any port.

    Raises:
        GuardError: the text breaks a rule.
    """
    if len(url) > _MAX_URL_LENGTH or _FORBIDDEN_CHARACTER.search(url):
        raise GuardError(GuardRule.FORM, url)
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise GuardError(GuardRule.FORM, url) from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise GuardError(GuardRule.SCHEME if _SCHEME.match(url) else GuardRule.FORM, url)
    if "@" in parts.netloc:
        raise GuardError(GuardRule.USERINFO, url)
    host = _checked_host(url, parts)
    try:
        port = _DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    except ValueError as error:
        raise GuardError(GuardRule.FORM, url) from error
    if port not in _DEFAULT_PORTS.values() and not allow_loopback:
        raise GuardError(GuardRule.PORT, url)
    is_local = parse_ip(host) is None and (
        "." not in host or any(host == name or host.endswith(f".{name}") for name in _LOCAL_NAMES)
    )
    if is_local and not (allow_loopback and host == "localhost"):
        raise GuardError(GuardRule.LOCAL_NAME, url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(url.partition("#")[0], parts.scheme, host, port, path)


def check_addresses(target: Target, addresses: Sequence[Address], *, allow_loopback: bool) -> None:
    """Returns if all addresses of the host are allowed; a single forbidden one refuses the URL.

    Raises:
        GuardError: an address is forbidden, or the port is.
    """
    for address in addresses:
        rule = violated_rule(address)
        # the rule is asked too, because newer Pythons call ::ffff:127.0.0.1 a loopback address
        if rule is not None and not (allow_loopback and rule is GuardRule.LOOPBACK and address.is_loopback):
            raise GuardError(rule, target.url)
    if target.port not in _DEFAULT_PORTS.values() and not all(address.is_loopback for address in addresses):
        raise GuardError(GuardRule.PORT, target.url)


# The first network that contains the address names the rule (IANA's special-purpose registries).
_IPV4 = (
    (GuardRule.METADATA, "169.254.169.254/32"),
    (GuardRule.METADATA, "169.254.170.0/24"),
    (GuardRule.METADATA, "100.100.100.200/32"),
    (GuardRule.METADATA, "168.63.129.16/32"),
    (GuardRule.METADATA, "192.0.0.192/32"),
    (GuardRule.LOOPBACK, "127.0.0.0/8"),
    (GuardRule.LOOPBACK, "0.0.0.0/8"),
    (GuardRule.LINK_LOCAL, "169.254.0.0/16"),
    (GuardRule.CGNAT, "100.64.0.0/10"),
    (GuardRule.PRIVATE, "10.0.0.0/8"),
    (GuardRule.PRIVATE, "172.16.0.0/12"),
    (GuardRule.PRIVATE, "192.168.0.0/16"),
    (GuardRule.MULTICAST, "224.0.0.0/4"),
    (GuardRule.RESERVED, "192.0.0.0/24"),
    (GuardRule.RESERVED, "192.0.2.0/24"),
    (GuardRule.RESERVED, "192.88.99.0/24"),
    (GuardRule.RESERVED, "198.18.0.0/15"),
    (GuardRule.RESERVED, "198.51.100.0/24"),
    (GuardRule.RESERVED, "203.0.113.0/24"),
    (GuardRule.RESERVED, "240.0.0.0/4"),
)
_IPV6 = (
    (GuardRule.METADATA, "fd00:ec2::/32"),
    (GuardRule.METADATA, "fd20:ce::/32"),
    (GuardRule.LOOPBACK, "::/127"),
    (GuardRule.LINK_LOCAL, "fe80::/10"),
    (GuardRule.PRIVATE, "fc00::/7"),
    (GuardRule.PRIVATE, "fec0::/10"),
    (GuardRule.MULTICAST, "ff00::/8"),
    (GuardRule.RESERVED, "64:ff9b:1::/48"),
    (GuardRule.RESERVED, "100::/64"),
    (GuardRule.RESERVED, "2001:2::/48"),
    (GuardRule.RESERVED, "2001:10::/28"),
    (GuardRule.RESERVED, "2001:20::/28"),
    (GuardRule.RESERVED, "2001:db8::/32"),
    (GuardRule.RESERVED, "3fff::/20"),
    (GuardRule.RESERVED, "5f00::/16"),
)
_IPV4_RULES = tuple((rule, IPv4Network(network)) for rule, network in _IPV4)
_IPV6_RULES = tuple((rule, IPv6Network(network)) for rule, network in _IPV6)
_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")
_GLOBAL = IPv6Network("2000::/3")


def violated_rule(address: Address) -> GuardRule | None:
    """The rule that forbids an address; ``None`` for a public address."""
    if isinstance(address, IPv4Address):
        rule = next((rule for rule, network in _IPV4_RULES if address in network), None)
        return rule or (None if address.is_global else GuardRule.RESERVED)
    rule = next((rule for rule, network in _IPV6_RULES if address in network), None)
    if rule is not None:
        return rule
    if any(violated_rule(inner) for inner in _embedded_addresses(address)):
        return GuardRule.EMBEDDED
    # Everything outside 2000::/3 is unassigned, special or local (IANA's IPv6 address space registry).
    # Whether the ranges that embed an IPv4 address are global differs between versions of Python (3.11.7, 3.13.0), so
    # the address that they embed decides alone.
    embeds = address in _NAT64 or address.ipv4_mapped is not None or address.sixtofour is not None
    return None if embeds or (address in _GLOBAL and address.is_global) else GuardRule.RESERVED


def _embedded_addresses(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that a gateway would send to, for every way of embedding them in IPv6."""
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo
    if address in _NAT64 or address in _COMPATIBLE:
        return (IPv4Address(int(address) & 0xFFFF_FFFF),)
    if (int(address) >> 32) & 0xFDFF_FFFF == 0x5EFE:  # ISATAP, under any prefix
        return (IPv4Address(int(address) & 0xFFFF_FFFF),)
    return ()


def parse_ip(host: str) -> Address | None:
    """The address that a host is written as; ``None`` for a host name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def printable_url(url: str) -> str:
    """A URL for error messages: no credentials, no control characters, shortened."""
    clean = re.sub(r"[\x00-\x20\x7f-\xa0\u2028\u2029]", "\ufffd", redacted_url(url))
    return clean if len(clean) <= 120 else f"{clean[:120]}…"


def _checked_host(url: str, parts: SplitResult) -> str:
    """The host in ASCII and lower case.

    Raises:
        GuardError: it is malformed, or a number that hides an address.
    """
    host = parts.hostname or ""
    if "[" in parts.netloc:
        if not isinstance(parse_ip(host), IPv6Address) or "%" in host:
            raise GuardError(GuardRule.FORM, url)
        return host
    name = ""
    if len(host) <= 253:  # the longest name that DNS has
        with suppress(UnicodeError):
            name = (host if host.isascii() else host.encode("idna").decode("ascii").lower()).rstrip(".")
    if not name or not _HOST.fullmatch(name):
        raise GuardError(GuardRule.FORM, url)
    if _NUMERIC_LABEL.fullmatch(name.rpartition(".")[2]) and parse_ip(name) is None:
        raise GuardError(GuardRule.NUMBER_HOST, url)
    return name
