"""The text and links of a post that a service delivers as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from notebot.core.model.post_address import find_urls
from notebot.core.text.escaping import is_plain_url
from notebot.core.text.html_tokens import EndTag, StartTag, Text, tokenise_html, unescape_html
from notebot.core.text.patterns import regex
from notebot.features.intake.rules.paper_mentions import without_truncated_words

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAX_CHARACTERS = 20_000
"""No service allows longer posts."""
# bounds of what one hostile post may make us look up
_MAX_LINKS = 100
_MAX_LINK_CHARACTERS = 2_000
_LINE_BREAKS = {"br": "\n", "p": "\n\n", "div": "\n", "li": "\n"}
_RAW_TEXT_TAGS = frozenset({"script", "style"})
_PICTURES = ("pic.twitter.com/", "pic.x.com/")
"""How X shows a picture of the post itself; it is not a link of the post."""
_HUGE_REFERENCE = regex(r"&#[0-9]{8,}")
"""No character has such a number, and Python refuses to convert the longest of them."""


def read_post_html(post_html: str, base_url: str = "") -> tuple[str, tuple[str, ...]]:
    """The text and links of a post.

    A link that is shown as a shortened address appears in the text in full. Mentions and hashtags are not links.

    Args:
        base_url: the page to which relative links refer. Then scripts and styles are not part of the text.
    """
    content = _PostContent(base_url)
    for token in tokenise_html(_HUGE_REFERENCE.sub("", post_html[:_MAX_CHARACTERS]), _RAW_TEXT_TAGS):
        if isinstance(token, StartTag):
            content.start_tag(token)
        elif isinstance(token, EndTag):
            if token.name == "a":
                content.end_link()
        elif isinstance(token, Text):
            content.add_text(token.text)
        else:
            # A plain text may contain `<` ("a<b"), and the links after it count.
            content.add_text(unescape_html(token.text))
    content.end_link()
    text = "".join(content.pieces).strip()
    return text, safe_links([*content.links, *find_full_links(text)])


def find_full_links(text: str) -> list[str]:
    """The links in plain text, without those that are shown shortened."""
    return find_urls(without_truncated_words(text[:_MAX_CHARACTERS]))


def safe_links(links: Iterable[str | None]) -> tuple[str, ...]:
    """The first 100 different links that are plain web addresses, in order; see ``is_plain_url``."""
    plain = (link for link in links if link and len(link) <= _MAX_LINK_CHARACTERS and is_plain_url(link))
    return tuple(dict.fromkeys(plain))[:_MAX_LINKS]


class _PostContent:
    """Collects text and links from the tokens of a post."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self.pieces: list[str] = []
        self.links: list[str] = []
        self._href: str | None = None
        self._link_text = ""

    def start_tag(self, tag: StartTag) -> None:
        if tag.name == "a":
            self.end_link()  # browsers do not nest links either
            marks = f"{tag.attributes.get('class', '')} {tag.attributes.get('rel', '')}".split()
            # Mastodon marks mentions and hashtags this way; they lead to people and tags, not to what is shared.
            if not {"mention", "hashtag", "tag"} & set(marks):
                self._href = self._absolute(tag.attributes.get("href", ""))
        elif tag.name in _LINE_BREAKS and self.pieces:
            self.pieces.append(_LINE_BREAKS[tag.name])
        if tag.raw and not self._base_url:
            self.add_text(tag.raw)

    def _absolute(self, href: str) -> str:
        if not self._base_url or not href:
            return href
        try:
            return urljoin(self._base_url, href)
        except ValueError:
            return href

    def add_text(self, text: str) -> None:
        if self._href is None:
            self.pieces.append(text)
        else:
            self._link_text += text

    def end_link(self) -> None:
        if self._href is None:
            return
        if self._link_text.startswith(_PICTURES):
            self.pieces.append(self._link_text)
        else:
            # Mastodon and Hacker News cut the address that they show; only `href` has all of it (services.md 3.3).
            is_address = "." in self._link_text and not any(letter.isspace() for letter in self._link_text)
            self.pieces.append(self._href if is_address and self._href else self._link_text)
            self.links.append(self._href)
        self._href, self._link_text = None, ""
