"""Finds the papers that a post mentions: in its URL, links and text, and in what the curator typed about it.

A title is the last resort: a search must find a paper with exactly that title, and the result stays a guess.
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
    from collections.abc import Iterable

    from notebot.core.model.paper import Paper
    from notebot.core.model.post import Post


class FoundIn(StrEnum):
    """Where a post names a paper, the surest first."""

    URL = "url"
    """In its own URL: a paper's page on Hugging Face."""
    LINK = "link"
    TEXT = "text"
    TYPED = "typed"
    """In what the curator typed or pasted."""
    TITLE = "title"
    """Nowhere: a search found its title."""


class PaperMention(Struct, frozen=True):
    """A paper that a post mentions, with the evidence."""

    arxiv_id: ArxivId
    found_in: FoundIn
    evidence: str
    """The link, the text around it, or the title searched for; empty if the text must not be kept."""

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
_ELLIPSIS = regex(r"…+|\.{3,}")
_URL_CHARACTERS = "".join(map(chr, range(0x21, 0x7F)))

# Link previews put the site's name after the title, and arXiv puts the id before it.
_SITE_SUFFIX = regex(r"\s+[|｜·]\s.*$|\s+[-–—]\s+(?:arxiv|alphaxiv|hugging ?face|openreview)\b.*$", re.IGNORECASE)
_ID_PREFIX = regex(r"^\s*\[[0-9]{4}\.[0-9]{4,5}\]\s*|^paper page\s+-\s+", re.IGNORECASE)
_QUOTED = regex(r"“([^“”\n]{1,300})”|「([^「」\n]{1,300})」|『([^『』\n]{1,300})』|\"([^\"\n]{1,300})\"")
_LABELLED_TITLE = regex(
    r"^[^\w\n]{0,5}(?:title|paper|論文|タイトル)[ \t]?[:：][ \t]?([^\n]{1,300})$", re.IGNORECASE | re.MULTILINE
)
_MIN_WORDS = 4
"""Shorter quotations are rarely titles, and match too many papers."""
# each title is a request to arXiv, 3 s apart
_MAX_TITLES = 3


def is_short(link: str) -> bool:
    """Tells whether a link belongs to a known URL shortener."""
    return _SHORTENERS.match(link) is not None


def find_mentions(post: Post, links: Iterable[str], typed: str = "") -> tuple[PaperMention, ...]:
    """Returns the papers that a post names, deduplicated, each with its surest mention.

    Args:
        post: with its text, if that is known.
        links: of the post and of ``typed``, short ones expanded.
        typed: what the curator typed or pasted about the post.
    """
    all_mentions = [PaperMention(paper, FoundIn.URL, post.url) for paper in find_ids(post.url)]
    for link in links:
        all_mentions += [PaperMention(paper, FoundIn.LINK, link) for paper in find_ids(link)]
    for text, place in ((post.text or "", FoundIn.TEXT), (typed, FoundIn.TYPED)):
        for line in filter(None, without_truncated_words(text).split("\n")):
            for paper in find_ids(line):
                start = max(0, line.find(paper.base) - _EVIDENCE_LETTERS // 2)
                quote = line[start : start + _EVIDENCE_LETTERS].strip()
                all_mentions.append(PaperMention(paper, place, quote))
    surest: dict[str, PaperMention] = {}
    for mention in all_mentions:
        # the mentions are in the order of certainty, so the first one of a paper is kept
        surest.setdefault(mention.arxiv_id.base, mention)
    return tuple(surest.values())


def without_truncated_words(text: str) -> str:
    """Removes words that a service truncated (``arxiv.org/abs/2504…``): their ids would be wrong.

    Japanese has no spaces between words, so a truncated word here is a run of ASCII characters.
    """
    *truncated, last = _ELLIPSIS.split(text)
    return " ".join((*(piece.rstrip(_URL_CHARACTERS) for piece in truncated), last))


def typed_links(typed: str) -> list[str]:
    """Returns the links in what the curator typed or pasted."""
    return find_urls(without_truncated_words(typed))


def titles_to_search(post: Post, typed: str = "") -> tuple[str, ...]:
    """Returns possible titles, the likeliest first: link previews, after ``Title:``, in quotes."""
    text = f"{post.text or ''}\n{typed}"
    candidates = [*post.titles, *_LABELLED_TITLE.findall(text), *("".join(groups) for groups in _QUOTED.findall(text))]
    bare = (_SITE_SUFFIX.sub("", _ID_PREFIX.sub("", title[:300])).strip(' "“”「」『』') for title in candidates)
    return tuple(dict.fromkeys(title for title in bare if len(split_words(title)) >= _MIN_WORDS))[:_MAX_TITLES]


def title_query(title: str) -> str:
    """Returns an arXiv API query for papers with this phrase in their title."""
    return f'ti:"{" ".join(split_words(title)[:30])}"'


def has_title(paper: Paper, title: str) -> bool:
    """Tells whether a paper has exactly this title, or this title before its colon."""
    wanted = split_words(title)
    return wanted in (split_words(paper.title), split_words(paper.title.partition(":")[0]))
