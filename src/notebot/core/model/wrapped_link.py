"""Unwraps links that contain the link they lead to: search results, mail filters, redirect pages, web archives.

No request is made. Short links, which do not contain their target, are not unwrapped here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qs, unquote, urlsplit

from notebot.core.text.patterns import regex

_MOST_LAYERS = 4
"""A link shared from a mail that was shared from a search result has two."""
_LONGEST = 4_000
# RFC 1035, 2.3.4: no longer name can be resolved
_LONGEST_HOST = 253

# host -> the query parameters that contain the target, and the beginning of the path
_BY_PARAMETER = (
    (r"(?:www\.)?google\.[a-z.]{2,7}", r"/(?:url|imgres)$", ("q", "url", "imgrefurl")),
    (r"scholar\.google\.[a-z.]{2,7}", r"/scholar_url$", ("url",)),
    (r"translate\.google\.[a-z.]{2,7}", r"/translate$", ("u",)),
    (r"[a-z0-9.-]+\.safelinks\.protection\.outlook\.com", r"/", ("url",)),
    (r"statics\.teams\.cdn\.office\.net", r"/evergreen-assets/safelinks/", ("url",)),
    (r"(?:[a-z]{2,3}\.)?linkedin\.com", r"/(?:safety/go|redir/)", ("url",)),
    (r"(?:l|lm|www|m)\.facebook\.com", r"/(?:l|flx/warn/?|l/)", ("u",)),
    (r"(?:l|lm)\.(?:instagram|threads|messenger)\.(?:com|net)", r"/", ("u",)),
    (r"(?:www\.)?slack-redir\.net", r"/link$", ("url",)),
    (r"b\.hatena\.ne\.jp", r"/(?:entry|add|entry/panel/?)$", ("url",)),
    (r"(?:www\.|m\.)?youtube\.com", r"/redirect$", ("q",)),
    (r"out\.reddit\.com", r"/", ("url",)),
    (r"(?:www\.)?duckduckgo\.com", r"/l/?$", ("uddg",)),
    (r"(?:away\.)?vk\.com", r"/away\.php$", ("to",)),
    (r"(?:www\.)?steamcommunity\.com", r"/linkfilter/?$", ("url", "u")),
    (r"link\.zhihu\.com", r"/$", ("target",)),
    (r"getpocket\.com", r"/redirect$", ("url",)),
    (r"medium\.com", r"/r/?$", ("url",)),
    (r"(?:www\.)?disq\.us", r"/url$", ("url",)),
    (r"urldefense\.com|urldefense\.proofpoint\.com", r"/v1/url$", ("u",)),
)
# host -> the part of the path before the target
_BY_PATH = (
    (r"web\.archive\.org", r"/web/[0-9*]{1,14}(?:[a-z]{2}_)?/"),
    (r"archive\.(?:is|ph|today|md|vn|fo|li)", r"/(?:newest|oldest|[0-9]{4,14})/"),
    (r"b\.hatena\.ne\.jp", r"/entry/(?=https?:)"),
    (r"b\.hatena\.ne\.jp", r"/entry/(?P<secure>s/)?(?=[a-z0-9-]+\.[a-z])"),
    (r"(?:www\.)?google\.[a-z.]{2,7}", r"/amp/(?P<secure>s/)?(?=[a-z0-9-]+\.[a-z])"),
    (r"[a-z0-9-]+\.cdn\.ampproject\.org|cdn\.ampproject\.org", r"/[cv]/(?P<secure>s/)?(?=[a-z0-9-]+\.[a-z])"),
    (r"r\.jina\.ai|12ft\.io", r"/(?=https?:)"),
    (r"urldefense\.com", r"/v3/__(?=https?:)"),
)
_RULES_BY_PARAMETER = tuple(
    (regex(host, re.IGNORECASE), regex(path, re.IGNORECASE), names) for host, path, names in _BY_PARAMETER
)
_RULES_BY_PATH = tuple((regex(host, re.IGNORECASE), regex(path, re.IGNORECASE)) for host, path in _BY_PATH)
_PLAIN_HOST = regex(r"https?://([a-z0-9.-]{1,253})(?=[/?#]|\Z)", re.IGNORECASE | re.ASCII)
"""The host of a link without user, port and anything that a URL parser would have to normalise."""
_ONE_SLASH = regex(r"\A(https?):/+", re.IGNORECASE)
"""Web servers merge the slashes of a link in a path: ``/web/2026/https:/arxiv.org``."""
# the old addresses of PDF files that the authors sent: /ftp/arxiv/papers/2611/2611.00005.pdf, /ftp/math/papers/0309/...
_ARXIV_FTP = regex(
    r"\Ahttps?://(?:[a-z]+\.)?arxiv\.org/+ftp/(?P<archive>[a-z-]+)/papers/[0-9]{4}/(?P<id>[0-9.]+(?:v[0-9]+)?)(?:\.pdf)?\Z",
    re.IGNORECASE | re.ASCII,
)


def unwrap_link(link: str) -> str:
    """The link that a wrapped link leads to, or the link itself; also through several layers."""
    for _ in range(_MOST_LAYERS):
        inner = _target(link) if len(link) <= _LONGEST else None
        if inner is None:
            break
        link = inner
    ftp = _ARXIV_FTP.match(link)
    if ftp is not None:
        archive = "" if ftp["archive"].lower() == "arxiv" else f"{ftp['archive'].lower()}/"
        return f"https://arxiv.org/abs/{archive}{ftp['id']}"
    return link


def _target(link: str) -> str | None:
    host_only = _PLAIN_HOST.match(link)
    if host_only is not None and not _may_wrap(host_only[1].lower().rstrip(".")):
        return None  # nearly every link, and ten times as fast as splitting it
    try:
        parts = urlsplit(link.strip())
        host = (parts.hostname or "").rstrip(".")
    except ValueError:  # an unmatched bracket in the host
        return None
    if parts.scheme not in ("http", "https") or len(host) > _LONGEST_HOST or not _may_wrap(host):
        return None
    for host_rule, path_rule, names in _RULES_BY_PARAMETER:
        if host_rule.fullmatch(host) and path_rule.match(parts.path or "/"):
            values = parse_qs(parts.query, max_num_fields=100) if parts.query.count("&") < 100 else {}
            targets = (value for name in names for value in values.get(name, ()))
            return next((target for target in targets if _is_link(target)), None)
    for host_rule, path_rule in _RULES_BY_PATH:
        prefix = path_rule.match(parts.path) if host_rule.fullmatch(host) else None
        if prefix is None:
            continue
        rest = parts._replace(scheme="", netloc="", path=parts.path[prefix.end() :]).geturl()
        if "secure" in prefix.re.groupindex:
            rest = ("https://" if prefix["secure"] else "http://") + rest
        if host == "urldefense.com":
            rest = rest.partition("__;")[0].removesuffix("__")
        rest = _ONE_SLASH.sub(r"\1://", unquote(rest) if "%3a" in rest[:12].lower() else rest)
        return rest if _is_link(rest) else None
    return None


@lru_cache(maxsize=256)
def _may_wrap(host: str) -> bool:
    """True for a host of any rule; an archive has thousands of links to a few other hosts."""
    rules = [host_rule for host_rule, *_ in _RULES_BY_PARAMETER] + [host_rule for host_rule, _ in _RULES_BY_PATH]
    return any(rule.fullmatch(host) for rule in rules)


def _is_link(text: str) -> bool:
    return text.lower().startswith(("http://", "https://")) and not any(char.isspace() for char in text)
