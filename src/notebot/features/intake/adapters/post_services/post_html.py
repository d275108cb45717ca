"""The words and links of a post that a service hands over as HTML."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

from notebot.core.model.post_address import find_urls
from notebot.core.text.escaping import is_plain_url
from notebot.core.text.patterns import regex
from notebot.features.intake.rules.paper_mentions import without_truncated_words

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_LETTERS = 20_000
"""Python's parser takes time by the square of what never closes; no service lets a post be as long."""
_MOST_LINKS = 100
_LONGEST_LINK = 2_000
_BREAKS = {"br": "\n", "p": "\n\n", "div": "\n", "li": "\n"}
_PICTURES = ("pic.twitter.com/", "pic.x.com/")
"""How X shows a picture of the post itself, which is no link of it."""


_ENDLESS_NUMBER = regex(r"&#[0-9]{8,}")
"""No character has such a number, and Python refuses to read the longest of them."""


def read_html(html: str) -> tuple[str, tuple[str, ...]]:
    """Text and links; a link that is shown shortened stands in the text whole, mentions and hashtags are no links."""
    reader = _Reader()
    reader.feed(_ENDLESS_NUMBER.sub("", html[:_MOST_LETTERS]))
    reader.close()
    text = "".join(reader.pieces).strip()
    return text, plain_links([*reader.links, *links_of(text)])


def links_of(text: str) -> list[str]:
    """The links of plain text, but for those that are only shown shortened."""
    return find_urls(without_truncated_words(text[:_MOST_LETTERS]))


def plain_links(links: Iterable[str | None]) -> tuple[str, ...]:
    """Those that are addresses of the web and no trick, each once, in order; no more than a post can need."""
    plain = (link for link in links if link and len(link) <= _LONGEST_LINK and is_plain_url(link))
    return tuple(dict.fromkeys(plain))[:_MOST_LINKS]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.links: list[str] = []
        self._href: str | None = None
        self._shown = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._leave()
            named = dict(attrs)
            about = f"{named.get('class') or ''} {named.get('rel') or ''}".split()
            if not {"mention", "hashtag", "tag"} & set(about):
                self._href = named.get("href") or ""
        elif tag in _BREAKS and self.pieces:
            self.pieces.append(_BREAKS[tag])

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._leave()

    def handle_data(self, data: str) -> None:
        if self._href is None:
            self.pieces.append(data)
        else:
            self._shown += data

    def close(self) -> None:
        super().close()
        self._leave()

    def _leave(self) -> None:
        if self._href is None:
            return
        if self._shown.startswith(_PICTURES):
            self.pieces.append(self._shown)
        else:
            is_address = "." in self._shown and not any(letter.isspace() for letter in self._shown)
            self.pieces.append(self._href if is_address and self._href else self._shown)
            self.links.append(self._href)
        self._href, self._shown = None, ""
