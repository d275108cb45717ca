"""Which of the archive's media tags a page deserves: by its host, by its type, by its address."""

import re
from urllib.parse import urlsplit

from notebot.core.model.article import Media
from notebot.core.text.patterns import regex

_HOSTS = (
    (regex(r"(?:www\.)?(?:github|gitlab)\.com|codeberg\.org"), Media.REPOSITORY),
    (regex(r"(?:www\.|m\.)?youtube\.com|youtu\.be|vimeo\.com|(?:www\.)?nicovideo\.jp"), Media.VIDEO),
    (regex(r"speakerdeck\.com|(?:www\.)?slideshare\.net|(?:www\.)?docswell\.com"), Media.SLIDE),
    (
        regex(
            r"""zenn\.dev | qiita\.com | note\.com | (?:[a-z0-9-]+\.)?medium\.com | [a-z0-9-]+\.substack\.com
              | [a-z0-9-]+\.hatena(?:blog|diary)\.(?:com|jp|org)
              | [a-z0-9-]+\.(?:bearblog\.dev|wordpress\.com|blogspot\.com)
              | (?:[a-z0-9-]+\.)*(?:tech|dev|engineering)?-?blogs?\.[a-z0-9.-]+""",
            re.VERBOSE,
        ),
        Media.BLOG,
    ),
)
_BLOG_PATH = regex(r"/(?:[^/]+/){0,3}?(?:tech-?|engineering-?|dev-?)?blogs?(?:/|$)", re.IGNORECASE)
_TYPES = {
    "BlogPosting": Media.BLOG,
    "LiveBlogPosting": Media.BLOG,
    "VideoObject": Media.VIDEO,
    "PresentationDigitalDocument": Media.SLIDE,
    "SoftwareSourceCode": Media.REPOSITORY,
}
_MAYBE = ("Article", "TechArticle", "NewsArticle")


def media_of(url: str, types: frozenset[str], og_type: str) -> tuple[Media | None, bool]:
    """The tag, and whether it is sure; a page that only says that it is an article may be a blog's."""
    parts = urlsplit(url)
    host = (parts.hostname or "")[:253]
    for hosts, media in _HOSTS:
        if hosts.fullmatch(host):
            return media, True
    told = next((_TYPES[one] for one in sorted(types) if one in _TYPES), None)
    if told is not None or _BLOG_PATH.match(parts.path[:500]):
        return told or Media.BLOG, True
    maybe = og_type.lower() == "article" or any(one in types for one in _MAYBE)
    return (Media.BLOG, False) if maybe else (None, False)
