"""Parses issues whose body has nothing but links, and decides what of their title is kept.

GitHub requires a title, so that of a link-only issue is whatever the curator typed to get past the form (``x``,
``new paper``) and not a title line yet. Longer titles are kept as a comment; GitHub's own history shows the others.
"""

import re
from contextlib import suppress

from msgspec import Struct

from notebot.core.model.arxiv_id import ArxivId, parse_ref
from notebot.core.model.errors import InvalidRefError
from notebot.core.model.post_address import canonical_post, find_urls
from notebot.core.model.wrapped_link import unwrap_link
from notebot.core.note_format.issue_body import normalise_line_ends
from notebot.core.note_format.title_line import PREFIXES, parse_title_line
from notebot.core.text.patterns import regex
from notebot.core.text.words import split_words

# an issue with more text or links than this was written by somebody, and is not filled
_MAX_CHARACTERS = 4_000
_MAX_LINKS = 20
_SHORT_CHARACTERS = 300
_SHORT_LINES = 3
_MIN_LETTERS = 12
"""A shorter title says nothing; a Japanese character counts as three letters."""
_LIST_MARKER = regex(r"\s*(?:[-*+・][ \t\u3000]+)?")
_INVISIBLE = str.maketrans(dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff"))
_SEPARATORS = frozenset("<>()[].,;、。・")
_ARXIV_TITLE = regex(r"\[(?:arxiv:)?([^\[\]\s]{1,40})\]\s*(.*)", re.IGNORECASE | re.DOTALL)
"""Title of arXiv's abstract page, which a phone shares with the link: ``[2504.02807] Title``."""


class IssueLinks(Struct, frozen=True):
    """The links of an issue, deduplicated, in order."""

    papers: tuple[ArxivId, ...] = ()
    """arXiv papers, as in the first link to each; a version only if that link has one."""
    posts: tuple[str, ...] = ()
    """Social posts, canonical."""
    pages: tuple[str, ...] = ()
    """All other links, unwrapped."""


def parse_link_only(body: str | None) -> IssueLinks | None:
    """Returns the links of a body that has nothing else; ``None`` for any other body, also an empty one.

    Whitespace, list markers, brackets around a link and commas between links are ignored. A long body or one with
    many links was written with care, and is left alone.
    """
    text = normalise_line_ends(body or "").translate(_INVISIBLE)
    if len(text) > _MAX_CHARACTERS:
        return None
    links: list[str | ArxivId] = []
    for line in text.split("\n"):
        links_of_line = _parse_line(line)
        if links_of_line is None:
            return None
        links += links_of_line
    if not 0 < len(links) <= _MAX_LINKS:
        return None
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
    return IssueLinks(tuple(papers.values()), tuple(posts), tuple(pages))


def links_of_issue(title: str, body: str | None) -> IssueLinks | None:
    """Returns the links of an issue that has nothing else: in its body, or in its title if the body is empty."""
    return parse_link_only(body) if (body or "").translate(_INVISIBLE).strip() else parse_link_only(title)


def why_not_link_only(title: str, body: str | None) -> str:
    """Returns why :func:`links_of_issue` finds nothing."""
    text = (body or "").translate(_INVISIBLE).strip()
    if not text:
        has_link = bool(find_urls(title)) or any(_paper_id(word.strip("[]()")) for word in title.split())
        where = "its body is empty, and its title has words besides a link" if has_link else "it has no link"
        return f"{where}; put the link alone into the body" if has_link else where
    if len(text) > _MAX_CHARACTERS or len(find_urls(text)) > _MAX_LINKS:
        return "its body is long, so it was written with care"
    if not find_urls(text):
        return "its body has no link"
    return "its body has words besides the links; leave the links alone, words can stay in a comment"


def looks_like_link(title: str, body: str | None) -> bool:
    """Tells whether somebody may expect an issue to be filled that has more than links.

    That is a title with a link and no body, or a line or two with a link. A section, a list of tasks or a longer text
    is a note or a discussion of the curator's own.
    """
    text = (body or "").translate(_INVISIBLE).strip()
    # phones share a page as a title with a link in it, and leave the body empty
    if not text:
        return bool(find_urls(title)) or any(_paper_id(word.strip("[]()")) for word in title.split())
    # longer texts are discussions, and naming each of them on every run would hide the rest
    is_short = len(text) <= _SHORT_CHARACTERS and text.count("\n") < _SHORT_LINES
    return is_short and bool(find_urls(text)) and not text.startswith(("#", "- [", "```"))


def is_title_line(title: str, links: IssueLinks) -> bool:
    """Tells whether an issue has a note's title line already, so that the note is the curator's own.

    A venue, a date or ``+`` after an author says so, or any author with a note's prefix. A comma alone does not:
    titles of papers have commas too.
    """
    if not curator_words(title, links):
        return False
    parsed = parse_title_line(title)
    return bool(parsed.venue or parsed.date or parsed.slots or parsed.plus or (parsed.prefix and parsed.author))


def curator_words(title: str, links: IssueLinks) -> str:
    """Returns what the curator typed in the title of a link-only issue; empty if nothing.

    Links, ids, the prefix of a note and arXiv's page title of a linked paper do not count.
    """
    text = title.translate(_INVISIBLE).strip()
    for prefix in PREFIXES:
        text = text.removeprefix(prefix).strip()
    page_title = _ARXIV_TITLE.fullmatch(text)
    if page_title and _paper_id(page_title[1]) in {paper.base for paper in links.papers}:
        return ""
    rest = " ".join(word for word in text.split() if _parse_word(word) is None)
    return rest if any(char.isalnum() for char in rest) and _paper_id(text) is None else ""


def words_to_keep(title: str, links: IssueLinks, paper_title: str) -> str | None:
    """Returns the typed title for a comment; ``None`` if it says no more than the paper's title."""
    words = curator_words(title, links)
    letters = sum(1 if char.isascii() else 3 for char in words)
    in_paper, typed = split_words(paper_title), split_words(words)
    is_quoted = any(in_paper[start : start + len(typed)] == typed for start in range(len(in_paper)))
    return None if letters < _MIN_LETTERS or is_quoted else title.strip()


def _parse_line(line: str) -> list[str | ArxivId] | None:
    """Returns the links of a line, perhaps none; ``None`` if it has anything else."""
    text = line[_LIST_MARKER.match(line).end() :].strip()  # type: ignore[union-attr]  # matches the empty string too
    with suppress(InvalidRefError):
        return [parse_ref(text)]
    links: list[str | ArxivId] = []
    for word in text.split():
        links_of_word = _parse_word(word)
        if links_of_word is None:
            return None
        links += links_of_word
    return links


def _parse_word(word: str) -> list[str | ArxivId] | None:
    """Returns the links of a word, which may have no space between them; ``None`` if it has anything else."""
    with suppress(InvalidRefError):
        return [parse_ref(word.strip("<>,;、。"))]
    links, rest = find_urls(word), word
    for link in links:
        rest = rest.replace(link, "", 1)
    if not set(rest) <= _SEPARATORS:
        return None
    parsed: list[str | ArxivId] = []
    for link in links:
        try:
            parsed.append(parse_ref(link))
        except InvalidRefError:
            parsed.append(unwrap_link(link))  # a post or a page
    return parsed


def _paper_id(text: str) -> str | None:
    with suppress(InvalidRefError):
        return parse_ref(text).base
    return None
