"""From the address of a page to a stub: of an article, of a paper with its venue, or of the same paper on arXiv."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from notebot.core.model.article import PaperPage, ParsedPage, is_web_page_url
from notebot.core.model.arxiv_id import parse_ref
from notebot.core.model.errors import InvalidRefError, NotFoundError
from notebot.core.model.post_address import parse_post
from notebot.core.text.escaping import is_plain_url
from notebot.features.intake.rules.paper_mentions import has_title
from notebot.features.intake.rules.stub_from_page import draft_from_page, media_tag, page_venue, with_known_venue
from notebot.features.topics.rules.drafting import draft_from_paper
from notebot.features.topics.rules.matching import TopicIndex, prepare_paper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.model.stub import Stub
    from notebot.core.ports import PaperSource
    from notebot.features.topics.rules.topic import Topic
    from notebot.features.venues.rules.detection import VenueTable
    from notebot.features.venues.rules.enrich import Enrich


class PageSource(Protocol):
    """Pages of the web."""

    def read(self, url: str) -> ParsedPage:
        """What the page at ``url`` says of itself.

        Raises:
            NotFoundError: there is no such page any more.
            ServiceError: it must not or cannot be asked for, or gave no usable answer.
        """


class Articles:
    """Drafts stubs from addresses of pages; stores nothing."""

    def __init__(
        self, pages: PageSource, api: PaperSource, topics: Sequence[Topic], enrich: Enrich, venues: VenueTable
    ) -> None:
        self._pages = pages
        self._api = api
        self._index = TopicIndex(topics)
        self._enrich = enrich
        self._venues = venues

    def draft(self, url: str) -> Stub:
        """The stub of a page; what the page does not say of author and date is left open.

        Raises:
            InvalidRefError: it is no address of a page, or that of a social post.
            NotFoundError: there is no such page any more.
            ServiceError: the page, or arXiv where the page is about a paper there, gave no usable answer.
        """
        _check(url)
        page = self._pages.read(url.strip())
        on_arxiv = self._on_arxiv(page, page.paper) if page.paper is not None else None
        if on_arxiv is None and page.paper is not None and page.paper.arxiv_sure and not page.article.title:
            raise NotFoundError(f"{url[:200]} leads to arXiv, which has no paper {page.paper.arxiv_id}.")
        return on_arxiv or self._of_page(page)

    def _of_page(self, page: ParsedPage) -> Stub:
        drafted = draft_from_page(page.article, page.paper)
        if page.paper is not None:
            venue = page_venue(page.article, page.paper, self._venues)
            return replace(self._enrich(drafted), venue=venue)
        # a page's description does for choosing tags and for an extract what a paper's abstract does, but is none
        found = self._enrich(replace(drafted, abstract=page.article.description or ""))
        media = media_tag(page.article, page.paper)
        others = tuple(one for one in found.tag_evidence if one.tag not in {own.tag for own in media})
        return replace(
            found,
            abstract="",
            venue=drafted.venue,
            tags=tuple(dict.fromkeys((*drafted.tags, *found.tags))),
            tag_evidence=(*media, *others),
        )

    def _on_arxiv(self, page: ParsedPage, told: PaperPage) -> Stub | None:
        """The same paper on arXiv, where the page's data name it, or where it links to one of the same title."""
        found = self._api.papers([told.arxiv_id]).get(told.arxiv_id) if told.arxiv_id else None
        if found is None or not (told.arxiv_sure or has_title(found, page.article.title or "")):
            return None
        matches = self._index.match(prepare_paper(found), found.categories).matched
        stub = self._enrich(draft_from_paper(found, None, matches))
        return with_known_venue(stub, page_venue(page.article, told, self._venues))


def _check(url: str) -> None:
    if not is_web_page_url(url):
        if is_plain_url(url.strip()):
            parse_ref(url)  # says of a page of arXiv what is wrong with it
        raise InvalidRefError(f'"{url[:80]}" is no address of a page; give a link with http or https.')
    if parse_post(url) is not None:
        raise InvalidRefError(f'"{url[:80]}" is a social post; `notebot post` reads it.')
