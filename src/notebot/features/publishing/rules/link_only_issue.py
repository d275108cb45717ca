"""An issue that the curator opened with nothing but links: what it links to, and whether it may be filled.

Such an issue has no words of its own. Its title is none, as GitHub wants one and the curator had none: whatever
stands there is not a title line yet. Where it holds more of the curator's words than it takes to get past
GitHub's form (``x``, ``new paper``), they are kept; of the others GitHub's own history of the issue tells.
"""

import re
from contextlib import suppress

from msgspec import Struct

from notebot.core.model.arxiv_id import ArxivId, parse_ref
from notebot.core.model.errors import InvalidRefError
from notebot.core.model.post_address import canonical_post, find_urls
from notebot.core.note_format.issue_body import as_lines
from notebot.core.note_format.title_line import PREFIXES, parse_title_line
from notebot.core.text.patterns import regex
from notebot.core.text.words import split_words

_MOST_CHARACTERS = 4_000
_MOST_LINKS = 20
_FEWEST_LETTERS = 12
"""So long are words in a title that were meant; a Japanese character counts as three letters."""
_ITEM = regex(r"\s*(?:[-*+・][ \t\u3000]+)?")
_UNSEEN = str.maketrans(dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff"))
_BETWEEN = frozenset("<>()[].,;、。・")
_ARXIV_TITLE = regex(r"\[(?:arxiv:)?([^\[\]\s]{1,40})\]\s*(.*)", re.IGNORECASE | re.DOTALL)
"""What arXiv calls the page of a paper, which a phone hands over with the link: ``[2504.02807] Title``."""


class BareLinks(Struct, frozen=True):
    """All that a bare body holds, each once, in order."""

    papers: tuple[ArxivId, ...] = ()
    """Papers of arXiv, each in the form of its first link; a version only where that link names one."""
    posts: tuple[str, ...] = ()
    """Social posts, canonical."""
    pages: tuple[str, ...] = ()
    """All other links, as they stand."""


def read_bare(body: str | None) -> BareLinks | None:
    """The links of a body that holds nothing else; ``None`` for any other body, the empty one too.

    Blanks, line ends of any kind, the dashes of a list, brackets around a link and commas between two are nothing.
    A body that is long or has many links was written by somebody, and is not bare.
    """
    text = as_lines(body or "").translate(_UNSEEN)
    if len(text) > _MOST_CHARACTERS:
        return None
    links: list[str | ArxivId] = []
    for line in text.split("\n"):
        found = _line_links(line)
        if found is None:
            return None
        links += found
    return _sorted(links) if 0 < len(links) <= _MOST_LINKS else None


def is_title_line(title: str, links: BareLinks) -> bool:
    """Whether the title of a bare issue is a note's title line already, so that the note is the curator's own.

    A venue, a date or ``+`` behind an author says so, or any author under a note's prefix. A comma alone does
    not: titles of papers have them too.
    """
    if not words_of(title, links):
        return False
    parsed = parse_title_line(title)
    return bool(parsed.venue or parsed.date or parsed.slots or parsed.plus or (parsed.prefix and parsed.author))


def words_of(title: str, links: BareLinks) -> str:
    """The words of the curator in the title of a bare issue; empty where there are none.

    Links and ids are none, nor the prefix of a note, nor what arXiv calls the page of a paper that is linked.
    """
    text = title.translate(_UNSEEN).strip()
    for prefix in PREFIXES:
        text = text.removeprefix(prefix).strip()
    named = _ARXIV_TITLE.fullmatch(text)
    if named and _paper(named[1]) in {paper.base for paper in links.papers}:
        return ""
    rest = " ".join(word for word in text.split() if _links_of(word) is None)
    return rest if any(char.isalnum() for char in rest) and _paper(text) is None else ""


def words_kept(title: str, links: BareLinks, paper_title: str) -> str | None:
    """The title as it was typed, for a comment; ``None`` where it says nothing, or no more than the paper's title."""
    words = words_of(title, links)
    letters = sum(1 if char.isascii() else 3 for char in words)
    if letters < _FEWEST_LETTERS or _holds(split_words(paper_title), split_words(words)):
        return None
    return title.strip()


def _holds(text: list[str], words: list[str]) -> bool:
    """Whether these words stand in the text, one after the other."""
    return any(text[start : start + len(words)] == words for start in range(len(text)))


def _line_links(line: str) -> list[str | ArxivId] | None:
    """The links of a line that holds nothing else, which may be none; else ``None``."""
    text = line[_ITEM.match(line).end() :].strip()  # type: ignore[union-attr]  # it matches the empty text too
    with suppress(InvalidRefError):
        return [parse_ref(text)]
    found: list[str | ArxivId] = []
    for word in text.split():
        links = _links_of(word)
        if links is None:
            return None
        found += links
    return found


def _links_of(word: str) -> list[str | ArxivId] | None:
    """The links of which a word is made, glued together or not; ``None`` where there is anything else in it."""
    with suppress(InvalidRefError):
        return [parse_ref(word.strip("<>,;、。"))]
    links, rest = find_urls(word), word
    for link in links:
        rest = rest.replace(link, "", 1)
    return list(map(_read, links)) if set(rest) <= _BETWEEN else None


def _read(link: str) -> str | ArxivId:
    try:
        return parse_ref(link)
    except InvalidRefError:
        return link


def _paper(text: str) -> str | None:
    with suppress(InvalidRefError):
        return parse_ref(text).base
    return None


def _sorted(links: list[str | ArxivId]) -> BareLinks:
    papers: dict[str, ArxivId] = {}
    posts: dict[str, None] = {}
    pages: dict[str, None] = {}
    for link in links:
        if isinstance(link, ArxivId):
            papers.setdefault(link.base, link)
        elif post := canonical_post(link):
            posts[post] = None
        else:
            pages[link] = None
    return BareLinks(tuple(papers.values()), tuple(posts), tuple(pages))
