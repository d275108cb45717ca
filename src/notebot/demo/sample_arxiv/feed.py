"""The announcement feeds: one day's batch as Atom or RSS."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.entry import AnnounceType
from notebot.core.text.patterns import regex
from notebot.demo.sample_arxiv.answer import ATOM, RSS, SampleAnswer
from notebot.demo.sample_arxiv.markup import DECLARATION, element, instant, optional, tex_accents
from notebot.demo.sample_arxiv.papers import EASTERN, Edition, SamplePaper

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CATEGORY = regex(r"[a-z]+(-[a-z]+)*(\.[a-z-]{2,})?", re.IGNORECASE)
# replace-cross, replace, cross, new (arXiv's source, services.md 1.2)
_ORDER = tuple(reversed(AnnounceType))
_NAMESPACES = 'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
_LICENCE = "http://creativecommons.org/licenses/by/4.0/"


class FeedDay(Struct, frozen=True):
    """The batch that one feed shows."""

    categories: str
    """As in the address: ``cs.CL``, or ``cs.CL+cs.LG``."""
    day: date
    """The day of the batch."""
    shown: date
    """The date printed in the feed; a later one imitates a stale feed under today's date."""
    limit: int
    """The number of entries after which the feed is cut."""


class _Item(Struct, frozen=True):
    edition: Edition
    kind: AnnounceType

    @property
    def name(self) -> str:
        return f"{self.edition.paper.arxiv_id}v{self.edition.version}"

    @property
    def url(self) -> str:
        return f"https://arxiv.org/abs/{self.edition.paper.arxiv_id}"

    @property
    def summary(self) -> str:
        return f"arXiv:{self.name} Announce Type: {self.kind} \nAbstract: {self.edition.paper.abstract}"

    def shared_elements(self) -> list[str]:
        """The elements that end an entry in Atom and in RSS."""
        paper = self.edition.paper
        return [
            element("arxiv:announce_type", self.kind),
            element("dc:rights", _LICENCE),
            *optional("arxiv:DOI", paper.doi),
            *optional("arxiv:journal_reference", paper.journal_ref),
            element("dc:creator", ", ".join(tex_accents(name) for name in paper.authors)),
        ]


def feed_answer(style: str, papers: Iterable[SamplePaper], show: FeedDay) -> SampleAnswer:
    """The feed as ``atom`` or ``rss``; HTTP 400 and an empty feed for a malformed category."""
    categories = show.categories.split("+")
    render, content_type = (_atom, ATOM) if style == "atom" else (_rss, RSS)
    if not all(_CATEGORY.fullmatch(category) for category in categories):
        title = f"Feed error for query: http://rss.arxiv.org/{style}/{show.categories}"
        body = render(show, (), title, f"Invalid archive '{categories[0]}'.")
        return SampleAnswer(body.encode(), content_type, status=400)
    items = []
    for paper in papers:
        announcement = paper.announcement_on(show.day)
        if announcement is not None and any(_covers(categories, category) for category in paper.categories):
            kind = paper.announce_type(announcement, primary_here=_covers(categories, paper.categories[0]))
            items.append(_Item(paper.edition(announcement.version), kind))
    # cut after sorting, as arXiv does: a feed above its limit loses new papers
    items.sort(key=lambda item: (_ORDER.index(item.kind), item.edition.paper.arxiv_id))
    names = ", ".join(categories)
    about = f"{names} updates on the arXiv.org e-print archive."
    body = render(show, items[: show.limit], f"{names} updates on arXiv.org", about)
    return SampleAnswer(body.encode(), content_type)


def _covers(asked: Sequence[str], category: str) -> bool:
    """True if ``category`` is asked for by its name or by its archive (``cs``), in any case."""
    name = category.casefold()
    return any(name == each or name.startswith(f"{each}.") for each in map(str.casefold, asked))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), EASTERN)


def _built(day: date) -> datetime:
    """The time at which the feed was generated: seconds after midnight, US Eastern."""
    return _midnight(day) + timedelta(seconds=19)


def _atom(show: FeedDay, items: Iterable[_Item], title: str, about: str) -> str:
    link = f"http://rss.arxiv.org/atom/{show.categories}"
    lines = [
        f'{DECLARATION}<feed {_NAMESPACES} xmlns="http://www.w3.org/2005/Atom" xml:lang="en-us">',
        element("id", link),
        element("title", title),
        element("updated", instant(_built(show.shown))),
        element("link", href=link, rel="self", type="application/atom+xml"),
        element("subtitle", about),
    ]
    for item in items:
        lines += [
            "<entry>",
            element("id", f"oai:arXiv.org:{item.name}"),
            element("title", item.edition.title),
            element("updated", instant(_built(show.shown))),
            element("link", href=item.url, rel="alternate", type="text/html"),
            element("summary", item.summary),
            *(element("category", term=name) for name in item.edition.paper.categories),
            element("published", _midnight(show.shown).isoformat()),
            *item.shared_elements(),
            "</entry>",
        ]
    return "\n".join([*lines, "</feed>\n"])


def _rss(show: FeedDay, items: Iterable[_Item], title: str, about: str) -> str:
    link = f"http://rss.arxiv.org/rss/{show.categories}"
    lines = [
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
    for item in items:
        lines += [
            "<item>",
            element("title", item.edition.title),
            element("link", item.url),
            element("description", item.summary),
            element("guid", f"oai:arXiv.org:{item.name}", isPermaLink="false"),
            *(element("category", name) for name in item.edition.paper.categories),
            element("pubDate", format_datetime(_midnight(show.shown))),
            *item.shared_elements(),
            "</item>",
        ]
    return "\n".join([*lines, "</channel></rss>\n"])
