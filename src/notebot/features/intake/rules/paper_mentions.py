"""Which papers a post speaks of, by its address, its links, its words and what the curator typed of it.

A title is the last resort: it finds what a search knows under the very same words, and stays a guess.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.arxiv_id import ArxivId, find_ids
from notebot.core.model.post_address import find_urls
from notebot.core.text.patterns import regex
from notebot.core.text.words import split_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from notebot.core.model.paper import Paper
    from notebot.core.model.post import Post


class FoundIn(StrEnum):
    """Where a post names a paper, the surest first."""

    URL = "url"
    """In its own address: a paper's page on Hugging Face."""
    LINK = "link"
    TEXT = "text"
    TOLD = "told"
    """In the words that the curator handed over."""
    TITLE = "title"
    """Nowhere: a search found its title."""


class Mention(Struct, frozen=True):
    """A paper that a post speaks of, with the evidence."""

    arxiv_id: ArxivId
    found_in: FoundIn
    evidence: str
    """The link, or the words around it, or the title that was searched; empty where the words may not be kept."""

    @property
    def is_guess(self) -> bool:
        """Whether the post itself does not name the paper."""
        return self.found_in is FoundIn.TITLE


_SHORTENERS = regex(
    r"""https?://(?:www\.)?(?: t\.co | bit\.ly | lnkd\.in | buff\.ly | ow\.ly | tinyurl\.com | goo\.gl | is\.gd
      | v\.gd | dlvr\.it | j\.mp | trib\.al | hubs\.l[ya] | ift\.tt | t\.ly | rb\.gy | cutt\.ly | shorturl\.at
      | tiny\.cc | x\.gd )
    (?::[0-9]{1,5})?/[^/?\#]""",
    re.IGNORECASE | re.ASCII | re.VERBOSE,
)
_EVIDENCE_LETTERS = 200
_CUT = regex(r"…+|\.{3,}")
_SHOWN = "".join(map(chr, range(0x21, 0x7F)))
"""All that a web address can hold."""

# A card's title bears the site's name behind it, and arXiv's own titles the id before them.
_SITE = regex(r"\s+[|｜·]\s.*$|\s+[-–—]\s+(?:arxiv|alphaxiv|hugging ?face|openreview)\b.*$", re.IGNORECASE)
_ID = regex(r"^\s*\[[0-9]{4}\.[0-9]{4,5}\]\s*|^paper page\s+-\s+", re.IGNORECASE)
_QUOTED = regex(r"“([^“”\n]{1,300})”|「([^「」\n]{1,300})」|『([^『』\n]{1,300})』|\"([^\"\n]{1,300})\"")
_NAMED = regex(
    r"^[^\w\n]{0,5}(?:title|paper|論文|タイトル)[ \t]?[:：][ \t]?([^\n]{1,300})$", re.IGNORECASE | re.MULTILINE
)
_FEWEST_WORDS = 4
_MOST_TITLES = 3


def is_short(link: str) -> bool:
    """Whether a link is a shortener's, so that it hides where it leads."""
    return _SHORTENERS.match(link) is not None


def mentions(post: Post, links: Iterable[str], told: str = "") -> tuple[Mention, ...]:
    """The papers that a post names, each once, by its surest mention.

    Args:
        post: with its words, if these are known.
        links: of the post and of ``told``, short ones expanded.
        told: what the curator handed over of the post.
    """
    named: dict[str, Mention] = {}
    for mention in _named(post, links, told):
        named.setdefault(mention.arxiv_id.base, mention)
    return tuple(named.values())


def whole_words(text: str) -> str:
    """The text without what a service has cut short (``arxiv.org/abs/2504…``), which names nothing.

    Japanese is written without blanks, so that a word here begins where ASCII does.
    """
    *cut, last = _CUT.split(text)
    return " ".join((*(piece.rstrip(_SHOWN) for piece in cut), last))


def told_links(told: str) -> list[str]:
    """The links in what the curator handed over."""
    return find_urls(whole_words(told))


def titles_to_search(post: Post, told: str = "") -> tuple[str, ...]:
    """What may be a paper's title, the likeliest first: of a card, after ``Title:``, in quotation marks."""
    text = f"{post.text or ''}\n{told}"
    found = [*post.titles, *_NAMED.findall(text), *("".join(groups) for groups in _QUOTED.findall(text))]
    bare = (_SITE.sub("", _ID.sub("", title[:300])).strip(' "“”「」『』') for title in found)
    return tuple(dict.fromkeys(title for title in bare if len(split_words(title)) >= _FEWEST_WORDS))[:_MOST_TITLES]


def title_query(title: str) -> str:
    """A search in arXiv's grammar for papers with these words in their title, in this order."""
    return f'ti:"{" ".join(split_words(title)[:30])}"'


def is_titled(paper: Paper, title: str) -> bool:
    """Whether a paper bears exactly this title, or begins with it and goes on after a colon."""
    wanted = split_words(title)
    return wanted in (split_words(paper.title), split_words(paper.title.partition(":")[0]))


def _named(post: Post, links: Iterable[str], told: str) -> Iterator[Mention]:
    yield from (Mention(paper, FoundIn.URL, post.url) for paper in find_ids(post.url))
    for link in links:
        yield from (Mention(paper, FoundIn.LINK, link) for paper in find_ids(link))
    yield from _in_words(post.text or "", FoundIn.TEXT)
    yield from _in_words(told, FoundIn.TOLD)


def _in_words(text: str, found_in: FoundIn) -> Iterator[Mention]:
    for line in filter(None, whole_words(text).split("\n")):
        yield from (Mention(paper, found_in, _around(line, paper)) for paper in find_ids(line))


def _around(line: str, paper: ArxivId) -> str:
    middle = max(line.find(paper.base), 0)
    start = max(0, middle - _EVIDENCE_LETTERS // 2)
    return line[start : start + _EVIDENCE_LETTERS].strip()
