"""Drafts the stub of a web page: an article, a paper with its venue, or the same paper on arXiv."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from notebot.core.model.article import PaperPage, ParsedPage, is_web_page_url
from notebot.core.model.arxiv_id import parse_ref
from notebot.core.model.errors import InvalidRefError, NotFoundError
from notebot.core.model.post_address import parse_post
from notebot.core.model.wrapped_link import unwrap_link
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
        """Returns the metadata of the page at a URL.

        Raises:
            NotFoundError: the page no longer exists.
            ServiceError: it must not or cannot be requested, or gave no usable answer.
        """


class Articles:
    """Drafts stubs from the URLs of pages; stores nothing."""

    def __init__(
        self, pages: PageSource, api: PaperSource, topics: Sequence[Topic], enrich: Enrich, venues: VenueTable
    ) -> None:
        self._pages = pages
        self._api = api
        self._index = TopicIndex(topics)
        self._enrich = enrich
        self._venues = venues

    def draft(self, url: str) -> Stub:
        """Returns the stub of a page; an author or date that the page does not state is left empty.

        Raises:
            InvalidRefError: it is not the URL of a web page, or it is a social post.
            NotFoundError: the page no longer exists.
            ServiceError: the page, or arXiv if the page is about a paper there, gave no usable answer.
        """
        url = unwrap_link(url.strip())
        if not is_web_page_url(url):
            if is_plain_url(url):
                parse_ref(url)  # explains what is wrong with a URL of arXiv
            raise InvalidRefError(f'"{url[:80]}" is not the URL of a web page; give a link with http or https.')
        if parse_post(url) is not None:
            raise InvalidRefError(f'"{url[:80]}" is a social post; `notebot post` reads it.')
        page = self._pages.read(url)
        on_arxiv = self._draft_arxiv_paper(page, page.paper) if page.paper is not None else None
        if on_arxiv is None and page.paper is not None and page.paper.arxiv_sure and not page.article.title:
            raise NotFoundError(f"{url[:200]} leads to arXiv, which has no paper {page.paper.arxiv_id}.")
        return on_arxiv or self._draft_page(page)

    def _draft_page(self, page: ParsedPage) -> Stub:
        drafted = draft_from_page(page.article, page.paper)
        if page.paper is not None:
            venue = page_venue(page.article, page.paper, self._venues)
            return replace(self._enrich(drafted), venue=venue)
        # tags and extract are chosen from the description as from an abstract, but it is not stored as one
        enriched = self._enrich(replace(drafted, abstract=page.article.description or ""))
        media = media_tag(page.article, page.paper)
        media_tags = {evidence.tag for evidence in media}
        others = tuple(evidence for evidence in enriched.tag_evidence if evidence.tag not in media_tags)
        return replace(
            enriched,
            abstract="",
            venue=drafted.venue,
            tags=tuple(dict.fromkeys((*drafted.tags, *enriched.tags))),
            tag_evidence=(*media, *others),
        )

    def _draft_arxiv_paper(self, page: ParsedPage, paper_page: PaperPage) -> Stub | None:
        """Drafts the same paper from arXiv, if the page's metadata names it or a link has the same title."""
        paper = self._api.papers([paper_page.arxiv_id]).get(paper_page.arxiv_id) if paper_page.arxiv_id else None
        if paper is None or not (paper_page.arxiv_sure or has_title(paper, page.article.title or "")):
            return None
        matches = self._index.match(prepare_paper(paper), paper.categories).matched
        stub = self._enrich(draft_from_paper(paper, None, matches))
        return with_known_venue(stub, page_venue(page.article, paper_page, self._venues))
