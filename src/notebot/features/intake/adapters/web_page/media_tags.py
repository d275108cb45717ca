"""Chooses the archive's media tag for a page by its host, its declared type, and its path."""

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
# RFC 1035, 2.3.4
_MAX_HOST_CHARACTERS = 253
_MAX_PATH_CHARACTERS = 500
_BLOG_PATH = regex(r"/(?:[^/]+/){0,3}?(?:tech-?|engineering-?|dev-?)?blogs?(?:/|$)", re.IGNORECASE)
_TYPES = {
    "BlogPosting": Media.BLOG,
    "LiveBlogPosting": Media.BLOG,
    "VideoObject": Media.VIDEO,
    "PresentationDigitalDocument": Media.SLIDE,
    "SoftwareSourceCode": Media.REPOSITORY,
}
_POSSIBLE_BLOG_TYPES = ("Article", "TechArticle", "NewsArticle")


def classify_media(url: str, types: frozenset[str], og_type: str) -> tuple[Media | None, bool]:
    """The media tag of a page, and whether it is certain.

    A page that only declares itself an article may be a blog post, or a piece of news or of marketing.

    Args:
        types: its schema.org types.
        og_type: its ``og:type``, or an empty string.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "")[:_MAX_HOST_CHARACTERS]
    for hosts, media in _HOSTS:
        if hosts.fullmatch(host):
            return media, True
    declared = next((_TYPES[name] for name in sorted(types) if name in _TYPES), None)
    if declared is not None or _BLOG_PATH.match(parts.path[:_MAX_PATH_CHARACTERS]):
        return declared or Media.BLOG, True
    is_article = og_type.lower() == "article" or any(name in types for name in _POSSIBLE_BLOG_TYPES)
    return (Media.BLOG, False) if is_article else (None, False)
