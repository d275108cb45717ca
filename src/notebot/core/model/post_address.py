"""Finds URLs in text, and parses URLs of social posts into canonical URL, id and time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from msgspec.structs import replace

from notebot.core.model.post import Post, Service
from notebot.core.model.post_time import time_of_bluesky, time_of_linkedin, time_of_mastodon, time_of_x
from notebot.core.model.wrapped_link import unwrap_link
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINK = regex(
    # A second scheme starts a second link, unless it is in a path or a parameter (web.archive.org).
    r"https?://(?=[A-Za-z0-9])(?:(?!(?<![/=])https?://)[!#$%&'()*+,./0-9:;=?@A-Z_a-z~-])+",
    re.IGNORECASE | re.ASCII,
)
_TRAILING = ".,;:!?'*("

_HOST_X = r"https?://(?:(?:www|mobile|m|tweetdeck)\.)?(?:twitter|x)\.com\.?(?::443|:80)?"
# Mirrors that use X's paths; there are many nitter servers.
_PROXY_X = r"""https?://(?:[a-z0-9-]{1,63}\.)?
    (?:(?:fx|vx)twitter\.com|(?:fixup|fixv)x\.com|twittpr\.com|xcancel\.com|nitter(?:\.[a-z0-9-]{1,63}){1,4})"""
_X = regex(
    rf"(?:{_HOST_X}|{_PROXY_X})/(?:\#!/)?(?:(?:i/web|(?P<handle>[a-z0-9_]{{1,20}}))/)?(?:status(?:es)?|thread|(?<!/i/)article)/(?P<id>[0-9]{{1,20}})(?![0-9])",
    re.IGNORECASE | re.ASCII | re.VERBOSE,
)
_X_HOST = regex(rf"{_HOST_X}(?=/(?:i/web|[a-z0-9_]{{1,20}})/status(?:es)?/[0-9])", re.IGNORECASE | re.ASCII)
_LINKEDIN = regex(
    r"""https?://(?:[a-z]{1,3}\.)?linkedin\.com/
    (?: (?P<post> posts/[^/?\#\s]{1,300} )
      | (?: (?:embed/)?feed/update/ | feed/\?(?:[^\s\#&]{0,100}&){0,5}highlightedUpdateUrn= )
        urn (?:[:]|%3a) li (?:[:]|%3a) (?P<sort> activity|share|ugcpost ) (?:[:]|%3a) (?P<id> [0-9]{5,25} ) )""",
    re.IGNORECASE | re.ASCII | re.VERBOSE,
)
_IN_PATH = "!$&'()*+,;=:@%~"
_LINKEDIN_SORTS = {"activity": "activity", "share": "share", "ugcpost": "ugcPost"}
_BLUESKY = regex(
    # the app, other people's apps, and mirrors for previews: all use the app's paths
    r"https?://(?:(?:www\.)?(?:bsky\.app|fxbsky\.app|vxbsky\.app|bskx\.app|bskyx\.app|deer\.social|blacksky\.community)"
    r"|main\.bsky\.dev)/profile/(?P<who>[a-z0-9.:%-]{3,253})/post/(?P<id>[a-z0-9]{1,20})",
    re.IGNORECASE | re.ASCII,
)
_MASTODON = regex(
    # Status ids contain a time and so have many digits; other sites use /@name/ with short numbers or words.
    r"https?://(?P<host>[a-z0-9.-]{3,253})/(?:(?:(?:deck|web)/)?@(?P<who>[a-z0-9_.@-]{1,300})|users/(?P<user>[a-z0-9_.-]{1,300})/statuses|(?P<bare>web/statuses|ap/users/[0-9]{1,20}/statuses))"
    r"/(?P<id>[0-9]{9,20})(?![0-9a-z])",
    re.IGNORECASE | re.ASCII,
)
_HACKERNEWS = regex(
    r"https?://news\.ycombinator\.com/item\?(?:[a-z]{1,20}=[^&#\s]{0,100}&){0,5}id=(?P<id>[0-9]{1,12})(?![0-9])",
    re.IGNORECASE | re.ASCII,
)
_REDDIT = regex(
    r"""https?://(?: (?:[a-z]{1,3}\.|www\.|old\.|amp\.)?reddit\.com(?P<at>/(?:r|u|user)/[a-z0-9_-]{2,50})?
        (?: /(?:comments|gallery)/(?P<id>[a-z0-9]{1,13}) | /s/(?P<share>[a-z0-9]{4,20}) )
      | redd\.it/(?P<short>[a-z0-9]{1,13}) ) (?![a-z0-9])""",
    re.IGNORECASE | re.ASCII | re.VERBOSE,
)
_HUGGINGFACE = regex(
    r"""https?://(?:www\.)?(?:huggingface\.co|hf\.co)/
    (?: papers/(?P<paper>[0-9]{4}\.[0-9]{4,5})(?![0-9])
      | posts/(?P<who>[a-z0-9_.-]{1,100})/(?P<id>[0-9]{9,20})(?![0-9a-z]) )""",
    re.IGNORECASE | re.ASCII | re.VERBOSE,
)
_ACTIVITY = regex(r"(?:^|[:/_-])(?:activity|share|ugcpost)[:-]([0-9]{15,25})(?![0-9])", re.IGNORECASE | re.ASCII)


def find_urls(text: str) -> list[str]:
    """The URLs in a text in order, including repeated ones.

    A URL ends at the first non-ASCII character, at an unmatched closing bracket, or before punctuation that ends
    a sentence.
    """
    return list(_links(text))


def find_posts(text: str) -> list[str]:
    """Canonical URLs of the social posts that a text links to, in order, without duplicates."""
    posts = (canonical_post(link) for link in _links(text))
    return list(dict.fromkeys(post for post in posts if post))


def canonical_post(link: str) -> str | None:
    """The canonical URL of a post; ``None`` for any other link.

    Share parameters are removed; ``twitter.com``, mobile hosts and mirrors become ``x.com``; handles, which are
    case-insensitive, become lower case. The page of a paper on Hugging Face is not a post here.
    """
    post = parse_post(link)
    return post.url if post is not None and "/papers/" not in post.url else None


def parse_post(link: str) -> Post | None:
    """The post that a link leads to, as far as the URL tells; ``None`` if it is not a post.

    The page of a paper on Hugging Face counts as a post, because people discuss the paper there.
    """
    target = unwrap_link(link.strip())
    return next((post for post in (parse(target) for parse in _PARSERS) if post is not None), None)


def post_key(link: str) -> str:
    """Equal for all URLs of the same post; for other links, the link itself."""
    post = parse_post(link)
    return post.key if post is not None else link


def with_share_parameters(post: Post, link: str) -> Post:
    """The post with the query of the link appended to its canonical URL."""
    query = urlsplit(link.strip()).query
    return replace(post, url=f"{post.url}?{query}") if query and "?" not in post.url else post


def _x(link: str) -> Post | None:
    match = _X.match(link)
    if match is None:
        return None
    handle = (match["handle"] or "i").lower()
    number = match["id"].lstrip("0") or "0"
    url = f"https://x.com/{handle}/status/{number}"
    return Post(Service.X, handle if handle != "i" else None, number, url, *time_of_x(number))


def _linkedin(link: str) -> Post | None:
    # The path begins with the profile's name, but does not show where that ends: the handle stays unknown.
    match = _LINKEDIN.match(link)
    if match is None:
        return None
    if match["post"]:
        path = f"posts/{quote(match['post'][6:], safe=_IN_PATH)}"
    else:
        path = f"feed/update/urn:li:{_LINKEDIN_SORTS[match['sort'].lower()]}:{match['id']}"
    activity = _ACTIVITY.search(path)
    number = activity[1] if activity else path.rpartition("/")[2].rpartition(":")[2]
    return Post(Service.LINKEDIN, None, number, f"https://www.linkedin.com/{path}", *time_of_linkedin(number))


def _bluesky(link: str) -> Post | None:
    match = _BLUESKY.match(link)
    if match is None:
        return None
    who, key = unquote(match["who"]).lower(), match["id"].lower()
    return Post(Service.BLUESKY, who, key, f"https://bsky.app/profile/{who}/post/{key}", *time_of_bluesky(key))


def _mastodon(link: str) -> Post | None:
    match = _MASTODON.match(link)
    if match is None:
        return None
    host, number = match["host"].lower(), match["id"]
    if match["bare"]:  # the URL does not contain the author
        url = f"https://{host}/{match['bare'].lower()}/{number}"
        return Post(Service.MASTODON, None, f"{host}/{number}", url, *time_of_mastodon(number))
    who = (match["who"] or match["user"]).lower()
    return Post(Service.MASTODON, who, f"{host}/{number}", f"https://{host}/@{who}/{number}", *time_of_mastodon(number))


def _hackernews(link: str) -> Post | None:
    match = _HACKERNEWS.match(link)
    if match is None:
        return None
    return Post(Service.HACKERNEWS, None, match["id"], f"https://news.ycombinator.com/item?id={match['id']}")


def _reddit(link: str) -> Post | None:
    # A `/s/` link does not contain the post's id, so its own id is used.
    match = _REDDIT.match(link)
    if match is None or (match["share"] and not match["at"]):
        return None
    at = (match["at"] or "").lower()
    if match["share"]:
        return Post(Service.REDDIT, None, f"s/{match['share']}", f"https://www.reddit.com{at}/s/{match['share']}")
    number = (match["id"] or match["short"]).lower()
    return Post(Service.REDDIT, None, number, f"https://www.reddit.com{at}/comments/{number}")


def _huggingface(link: str) -> Post | None:
    match = _HUGGINGFACE.match(link)
    if match is None:
        return None
    if match["paper"]:
        return Post(Service.HUGGINGFACE, None, match["paper"], f"https://huggingface.co/papers/{match['paper']}")
    who = match["who"].lower()
    return Post(Service.HUGGINGFACE, who, match["id"], f"https://huggingface.co/posts/{who}/{match['id']}")


# Mastodon's pattern matches any host, so it comes last.
_PARSERS = (_x, _linkedin, _bluesky, _hackernews, _reddit, _huggingface, _mastodon)


def restore_x_host(text: str) -> str:
    """The text with ``x.com`` instead of ``twitter.com`` in URLs of posts (rules.md 7).

    The archive's site writes ``twitter.com``. The rest of each URL is unchanged, including share parameters.
    """
    return _X_HOST.sub("https://x.com", text)


def _links(text: str) -> Iterator[str]:
    for match in _LINK.finditer(text):
        yield _cut_at_unmatched_bracket(match[0]).rstrip(_TRAILING)


def _cut_at_unmatched_bracket(link: str) -> str:
    """The link up to the first unmatched closing bracket."""
    if ")" not in link:
        return link
    depth = 0
    for index, letter in enumerate(link):
        if letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
            if depth < 0:
                return link[:index]
    return link
