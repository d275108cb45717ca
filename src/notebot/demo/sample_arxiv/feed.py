"""The announcement feeds: Atom and RSS of one day's batch."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.entry import AnnounceType
from notebot.core.text.patterns import regex
from notebot.demo.sample_arxiv.answer import ATOM, RSS, Answer
from notebot.demo.sample_arxiv.markup import DECLARATION, element, instant, optional, tex_accents
from notebot.demo.sample_arxiv.papers import EASTERN, Edition, SamplePaper

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CATEGORY = regex(r"[a-z]+(-[a-z]+)*(\.[a-z-]{2,})?", re.IGNORECASE)
_ORDER = tuple(reversed(AnnounceType))
_NAMESPACES = 'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
_LICENCE = "http://creativecommons.org/licenses/by/4.0/"


class FeedDay(Struct, frozen=True):
    """The batch that one feed shows."""

    asked: str
    """As it stands in the address: ``cs.CL``, or ``cs.CL+cs.LG``."""
    day: date
    """Whose batch it is."""
    shown: date
    """The date the feed bears; another one imitates a feed that is stale under today's date."""
    limit: int
    """Entries beyond it are cut, the new ones first."""


class _Item(Struct, frozen=True):
    edition: Edition
    kind: AnnounceType


def feed_answer(style: str, papers: Iterable[SamplePaper], show: FeedDay) -> Answer:
    """The feed in ``atom`` or ``rss``; a category that cannot be one is HTTP 400 and an empty feed."""
    asked = show.asked.split("+")
    render, content_type = (_atom, ATOM) if style == "atom" else (_rss, RSS)
    if not all(_CATEGORY.fullmatch(category) for category in asked):
        title = f"Feed error for query: http://rss.arxiv.org/{style}/{show.asked}"
        body = render(show, (), title, f"Invalid archive '{asked[0]}'.")
        return Answer(body.encode(), content_type, status=400)
    names = ", ".join(asked)
    about = f"{names} updates on the arXiv.org e-print archive."
    body = render(show, _batch(papers, asked, show), f"{names} updates on arXiv.org", about)
    return Answer(body.encode(), content_type)


def _batch(papers: Iterable[SamplePaper], asked: Sequence[str], show: FeedDay) -> tuple[_Item, ...]:
    items = [_item(paper, asked, show.day) for paper in papers]
    found = [item for item in items if item is not None]
    found.sort(key=lambda item: (_ORDER.index(item.kind), item.edition.paper.arxiv_id))
    return tuple(found[: show.limit])


def _item(paper: SamplePaper, asked: Sequence[str], day: date) -> _Item | None:
    announcement = paper.announcement_on(day)
    if announcement is None or not any(_covers(asked, each) for each in paper.categories):
        return None
    kind = paper.announce_type(announcement, primary_here=_covers(asked, paper.categories[0]))
    return _Item(paper.edition(announcement.version), kind)


def _covers(asked: Sequence[str], category: str) -> bool:
    """``cs`` covers ``cs.CL``; upper and lower case are the same."""
    name = category.casefold()
    return any(name == each or name.startswith(f"{each}.") for each in map(str.casefold, asked))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), EASTERN)


def _built(day: date) -> datetime:
    """When the feed was made: some seconds after midnight, US Eastern."""
    return _midnight(day) + timedelta(seconds=19)


def _summary(item: _Item) -> str:
    edition = item.edition
    name = f"arXiv:{edition.paper.arxiv_id}v{edition.version}"
    return f"{name} Announce Type: {item.kind} \nAbstract: {edition.paper.abstract}"


def _abs_url(paper: SamplePaper) -> str:
    return f"https://arxiv.org/abs/{paper.arxiv_id}"


def _tail(item: _Item) -> list[str]:
    """What Atom and RSS end an entry with."""
    paper = item.edition.paper
    return [
        element("arxiv:announce_type", item.kind),
        element("dc:rights", _LICENCE),
        *optional("arxiv:DOI", paper.doi),
        *optional("arxiv:journal_reference", paper.journal_ref),
        element("dc:creator", ", ".join(tex_accents(name) for name in paper.authors)),
    ]


def _atom(show: FeedDay, items: Iterable[_Item], title: str, about: str) -> str:
    link = f"http://rss.arxiv.org/atom/{show.asked}"
    head = [
        f'{DECLARATION}<feed {_NAMESPACES} xmlns="http://www.w3.org/2005/Atom" xml:lang="en-us">',
        element("id", link),
        element("title", title),
        element("updated", instant(_built(show.shown))),
        element("link", href=link, rel="self", type="application/atom+xml"),
        element("subtitle", about),
    ]
    return "\n".join([*head, *(_atom_entry(item, show.shown) for item in items), "</feed>\n"])


def _atom_entry(item: _Item, shown: date) -> str:
    edition = item.edition
    return "\n".join(
        [
            "<entry>",
            element("id", f"oai:arXiv.org:{edition.paper.arxiv_id}v{edition.version}"),
            element("title", edition.title),
            element("updated", instant(_built(shown))),
            element("link", href=_abs_url(edition.paper), rel="alternate", type="text/html"),
            element("summary", _summary(item)),
            *(element("category", term=name) for name in edition.paper.categories),
            element("published", _midnight(shown).isoformat()),
            *_tail(item),
            "</entry>",
        ]
    )


def _rss(show: FeedDay, items: Iterable[_Item], title: str, about: str) -> str:
    link = f"http://rss.arxiv.org/rss/{show.asked}"
    head = [
        f'{DECLARATION}<rss {_NAMESPACES} xmlns:atom="http://www.w3.org/2005/Atom" version="2.0">',
        "<channel>",
        element("title", title),
        element("link", link),
        element("description", about),
        element("atom:link", href=link, rel="self", type="application/rss+xml"),
        element("docs", "http://www.rssboard.org/rss-specification"),
        element("language", "en-us"),
        element("lastBuildDate", format_datetime(_built(show.shown))),
        element("managingEditor", "rss-help@arxiv.org"),
        element("pubDate", format_datetime(_midnight(show.shown))),
        "<skipDays><day>Saturday</day><day>Sunday</day></skipDays>",
    ]
    return "\n".join([*head, *(_rss_item(item, show.shown) for item in items), "</channel></rss>\n"])


def _rss_item(item: _Item, shown: date) -> str:
    edition = item.edition
    guid = f"oai:arXiv.org:{edition.paper.arxiv_id}v{edition.version}"
    return "\n".join(
        [
            "<item>",
            element("title", edition.title),
            element("link", _abs_url(edition.paper)),
            element("description", _summary(item)),
            element("guid", guid, isPermaLink="false"),
            *(element("category", name) for name in edition.paper.categories),
            element("pubDate", format_datetime(_midnight(shown))),
            *_tail(item),
            "</item>",
        ]
    )
