"""Links in running text, and the social post that a link leads to: its one address, its id, its time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from msgspec.structs import replace

from notebot.core.model.post import Post, Service
from notebot.core.model.post_time import time_of_bluesky, time_of_linkedin, time_of_mastodon, time_of_x
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINK = regex(
    # A second scheme begins a second link, unless it stands in a path or a parameter (web.archive.org).
    r"https?://(?=[A-Za-z0-9])(?:(?!(?<![/=])https?://)[!#$%&'()*+,./0-9:;=?@A-Z_a-z~-])+",
    re.IGNORECASE | re.ASCII,
)
_TRAILING = ".,;:!?'*("

_HOST_X = r"https?://(?:(?:www|mobile|m|tweetdeck)\.)?(?:twitter|x)\.com\.?(?::443|:80)?"
# Sites that show X's posts under X's own paths; of nitter there are many.
_PROXY_X = r"""https?://(?:[a-z0-9-]{1,63}\.)?
    (?:(?:fx|vx)twitter\.com|(?:fixup|fixv)x\.com|twittpr\.com|xcancel\.com|nitter(?:\.[a-z0-9-]{1,63}){1,4})"""
_X = regex(
    rf"(?:{_HOST_X}|{_PROXY_X})/(?:\#!/)?(?:(?:i/web|(?P<handle>[a-z0-9_]{{1,20}}))/)?(?:status(?:es)?|(?<!/i/)article)/(?P<id>[0-9]{{1,20}})(?![0-9])",
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
    r"https?://(?:www\.)?bsky\.app/profile/(?P<who>[a-z0-9.:%-]{3,253})/post/(?P<id>[a-z0-9]{1,20})",
    re.IGNORECASE | re.ASCII,
)
_MASTODON = regex(
    # Statuses have ids of time, so of many digits; that tells them from what other sites keep under /@name/.
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
    """The web addresses of a text in order, repeated ones too.

    An address ends at the first character outside ASCII, at a bracket that it did not open, and before
    the full stop of a sentence.
    """
    return list(_links(text))


def find_posts(text: str) -> list[str]:
    """The social posts that a text links to, canonical, each once, in order."""
    found = (canonical_post(link) for link in _links(text))
    return list(dict.fromkeys(post for post in found if post))


def canonical_post(link: str) -> str | None:
    """The one address of the post that a link leads to; ``None`` for any other link.

    Share parameters are dropped; ``twitter.com``, the mobile hosts and the proxies become ``x.com``; handles,
    which have no case, are in lower case. A paper's page on Hugging Face is the paper's address, not a post's.
    """
    post = parse_post(link)
    return post.url if post is not None and "/papers/" not in post.url else None


def parse_post(link: str) -> Post | None:
    """What a link alone tells of the post it leads to; ``None`` for a link that is no post's.

    A page that Hugging Face keeps of a paper is one: people discuss it there.
    """
    return next((post for post in (read(link.strip()) for read in _READERS) if post is not None), None)


def post_key(link: str) -> str:
    """Equal for any two addresses of the same post; for another link, the link itself."""
    post = parse_post(link)
    return post.key if post is not None else link


def with_share_parameters(post: Post, link: str) -> Post:
    """The post under its canonical address, but with the share parameters that the link bore."""
    query = urlsplit(link.strip()).query
    return replace(post, url=f"{post.url}?{query}") if query and "?" not in post.url else post


def _x(link: str) -> Post | None:
    found = _X.match(link)
    if found is None:
        return None
    handle = (found["handle"] or "i").lower()
    number = found["id"].lstrip("0") or "0"
    url = f"https://x.com/{handle}/status/{number}"
    return Post(Service.X, handle if handle != "i" else None, number, url, *time_of_x(number))


def _linkedin(link: str) -> Post | None:
    """The words of a LinkedIn address begin with a profile's name, but which part is its name is not told."""
    found = _LINKEDIN.match(link)
    if found is None:
        return None
    if found["post"]:
        path = f"posts/{quote(found['post'][6:], safe=_IN_PATH)}"
    else:
        path = f"feed/update/urn:li:{_LINKEDIN_SORTS[found['sort'].lower()]}:{found['id']}"
    activity = _ACTIVITY.search(path)
    number = activity[1] if activity else path.rpartition("/")[2].rpartition(":")[2]
    return Post(Service.LINKEDIN, None, number, f"https://www.linkedin.com/{path}", *time_of_linkedin(number))


def _bluesky(link: str) -> Post | None:
    found = _BLUESKY.match(link)
    if found is None:
        return None
    who, key = unquote(found["who"]).lower(), found["id"].lower()
    return Post(Service.BLUESKY, who, key, f"https://bsky.app/profile/{who}/post/{key}", *time_of_bluesky(key))


def _mastodon(link: str) -> Post | None:
    found = _MASTODON.match(link)
    if found is None:
        return None
    host, number = found["host"].lower(), found["id"]
    if found["bare"]:  # whose post it is, is not told
        url = f"https://{host}/{found['bare'].lower()}/{number}"
        return Post(Service.MASTODON, None, f"{host}/{number}", url, *time_of_mastodon(number))
    who = (found["who"] or found["user"]).lower()
    return Post(Service.MASTODON, who, f"{host}/{number}", f"https://{host}/@{who}/{number}", *time_of_mastodon(number))


def _hackernews(link: str) -> Post | None:
    found = _HACKERNEWS.match(link)
    if found is None:
        return None
    return Post(Service.HACKERNEWS, None, found["id"], f"https://news.ycombinator.com/item?id={found['id']}")


def _reddit(link: str) -> Post | None:
    """A ``/s/`` link hides the post's id until it is followed, so it is known by its own."""
    found = _REDDIT.match(link)
    if found is None or (found["share"] and not found["at"]):
        return None
    at = (found["at"] or "").lower()
    if found["share"]:
        return Post(Service.REDDIT, None, f"s/{found['share']}", f"https://www.reddit.com{at}/s/{found['share']}")
    number = (found["id"] or found["short"]).lower()
    return Post(Service.REDDIT, None, number, f"https://www.reddit.com{at}/comments/{number}")


def _huggingface(link: str) -> Post | None:
    found = _HUGGINGFACE.match(link)
    if found is None:
        return None
    if found["paper"]:
        return Post(Service.HUGGINGFACE, None, found["paper"], f"https://huggingface.co/papers/{found['paper']}")
    who = found["who"].lower()
    return Post(Service.HUGGINGFACE, who, found["id"], f"https://huggingface.co/posts/{who}/{found['id']}")


# Mastodon's form is the loosest, and comes last.
_READERS = (_x, _linkedin, _bluesky, _hackernews, _reddit, _huggingface, _mastodon)


def restore_x_host(text: str) -> str:
    """The text with the posts that the archive's site shows under ``twitter.com`` under ``x.com`` again (rules.md 7).

    All else of their addresses stays, share parameters too.
    """
    return _X_HOST.sub("https://x.com", text)


def _links(text: str) -> Iterator[str]:
    for found in _LINK.finditer(text):
        yield _closed(found[0]).rstrip(_TRAILING)


def _closed(link: str) -> str:
    """The link up to the first bracket that closes what it has not opened."""
    depth = 0
    for place, letter in enumerate(link):
        if letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
            if depth < 0:
                return link[:place]
    return link
