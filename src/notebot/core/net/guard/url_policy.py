"""Which links from outside may be followed, and which rule stops those that may not.

The text of a link is judged first, then the addresses that its host has, then the address that is
really connected, and last the answer; every redirect begins again from the top.
"""

from __future__ import annotations

import re
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from notebot.core.model.errors import RefusedError
from notebot.core.net.response import redacted_url
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

Address = IPv4Address | IPv6Address


class GuardRule(StrEnum):
    """What a link, the way it led, or its answer broke."""

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
    GuardRule.USERINFO: "it holds a user name before its host",
    GuardRule.PORT: "only the ports 80 and 443 are asked",
    GuardRule.NUMBER_HOST: "its host is a number that hides an address",
    GuardRule.LOCAL_NAME: "its host is a name of the local network",
    GuardRule.LOOPBACK: "its host is this machine",
    GuardRule.PRIVATE: "its host is in a private network",
    GuardRule.LINK_LOCAL: "its host is on the local link",
    GuardRule.METADATA: "its host is a cloud's metadata service",
    GuardRule.CGNAT: "its host is in the provider's own network",
    GuardRule.MULTICAST: "its host is a multicast address",
    GuardRule.RESERVED: "its host is in a reserved network",
    GuardRule.EMBEDDED: "its host is an IPv6 address that holds a forbidden IPv4 address",
    GuardRule.PEER: "the connection went to another address than the one that was checked",
    GuardRule.REDIRECTS: "it redirects more than 5 times, or to nowhere",
    GuardRule.DOWNGRADE: "it redirects from https to http",
    GuardRule.ARXIV: "it leads to arXiv, which is asked at its own pace, and for papers by their id alone",
    GuardRule.ROBOTS: "the site's robots.txt asks programs to stay away",
    GuardRule.TYPE: "its answer is of another type than was asked for",
    GuardRule.PACKING: "its answer is packed in a way that was not asked for",
    GuardRule.SIZE: "its answer is larger than is allowed",
    GuardRule.TIME: "its answer did not come to an end in time",
}


class GuardError(RefusedError):
    """A link was not followed, or its answer not taken; ``rule`` says which rule forbids it."""

    def __init__(self, rule: GuardRule, url: str) -> None:
        super().__init__(f"The link was not followed: {_SENTENCES[rule]} (rule {rule}; {printable_url(url)})")
        self.rule = rule
        self.url = url


class Target(Struct, frozen=True):
    """A link whose text breaks no rule."""

    url: str
    """Without its fragment."""
    scheme: str
    host: str
    """ASCII, lower case; an IPv6 address without brackets."""
    port: int
    path: str
    """With the query; begins with ``/``."""

    @property
    def netloc(self) -> str:
        """Host and, where it is not the scheme's own, port: the ``Host`` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """``https://example.org``"""
        return f"{self.scheme}://{self.netloc}"


_PORTS = {"http": 80, "https": 443}
_MOST_LETTERS = 4096
_UNWRITABLE = regex(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ud800-\udfff]")
_SCHEME = regex(r"[A-Za-z][A-Za-z0-9+.-]*:")
_HOST = regex(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?")
_NUMBER_LABEL = regex(r"[0-9]+|0x[0-9a-f]*")
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
    """The link, if its text breaks no rule.

    Ports are settled by :func:`check_addresses` where loopback is allowed: servers of a test have any.

    Raises:
        GuardError: it breaks one.
    """
    if len(url) > _MOST_LETTERS or _UNWRITABLE.search(url):
        raise GuardError(GuardRule.FORM, url)
    parts = _split(url)
    if parts.scheme not in _PORTS:
        raise GuardError(GuardRule.SCHEME if _SCHEME.match(url) else GuardRule.FORM, url)
    if "@" in parts.netloc:
        raise GuardError(GuardRule.USERINFO, url)
    host = _host(url, parts)
    port = _port(url, parts)
    if port not in _PORTS.values() and not allow_loopback:
        raise GuardError(GuardRule.PORT, url)
    if _is_local(host) and not (allow_loopback and host == "localhost"):
        raise GuardError(GuardRule.LOCAL_NAME, url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(url.partition("#")[0], parts.scheme, host, port, path)


def check_addresses(target: Target, addresses: Sequence[Address], *, allow_loopback: bool) -> None:
    """Passes a link whose host has these addresses; a single forbidden one among them is enough to refuse it.

    Raises:
        GuardError: an address is forbidden, or the port is.
    """
    for address in addresses:
        rule = violated_rule(address)
        if rule is not None and not (allow_loopback and address.is_loopback):
            raise GuardError(rule, target.url)
    if target.port not in _PORTS.values() and not all(address.is_loopback for address in addresses):
        raise GuardError(GuardRule.PORT, target.url)


# The first that holds the address names the rule (IANA's special-purpose registries).
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
    """The rule that forbids an address; ``None`` for one of the open internet."""
    if isinstance(address, IPv4Address):
        known = next((rule for rule, network in _IPV4_RULES if address in network), None)
        return known or (None if address.is_global else GuardRule.RESERVED)
    known = next((rule for rule, network in _IPV6_RULES if address in network), None)
    if known is not None:
        return known
    if any(violated_rule(inner) for inner in _embedded(address)):
        return GuardRule.EMBEDDED
    is_open = address in _NAT64 or address.ipv4_mapped is not None or (address in _GLOBAL and address.is_global)
    return None if is_open else GuardRule.RESERVED


def _embedded(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that an IPv6 address stands for, of every way there is to write them into one."""
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
    """The address that a host is written as; ``None`` for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def printable_url(url: str) -> str:
    """A link as errors show it: no credentials, nothing that could break out of its line, cut short."""
    clean = re.sub(r"[\x00-\x20\x7f-\xa0\u2028\u2029]", "\ufffd", redacted_url(url))
    return clean if len(clean) <= 120 else f"{clean[:120]}…"


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise GuardError(GuardRule.FORM, url) from error


def _host(url: str, parts: SplitResult) -> str:
    host = parts.hostname or ""
    if "[" in parts.netloc:
        if not isinstance(parse_ip(host), IPv6Address) or "%" in host:
            raise GuardError(GuardRule.FORM, url)
        return host
    name = _ascii(host).rstrip(".") if len(host) <= 253 else ""
    if not name or not _HOST.fullmatch(name):
        raise GuardError(GuardRule.FORM, url)
    if _NUMBER_LABEL.fullmatch(name.rpartition(".")[2]) and parse_ip(name) is None:
        raise GuardError(GuardRule.NUMBER_HOST, url)
    return name


def _ascii(host: str) -> str:
    """A host in the letters that DNS has; empty where it cannot be written so."""
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


def _port(url: str, parts: SplitResult) -> int:
    try:
        return _PORTS[parts.scheme] if parts.port is None else parts.port
    except ValueError as error:
        raise GuardError(GuardRule.FORM, url) from error


def _is_local(host: str) -> bool:
    if parse_ip(host) is not None:
        return False
    return "." not in host or any(host == name or host.endswith(f".{name}") for name in _LOCAL_NAMES)
