"""The stub of a page: an article, or a paper that is not on arXiv."""

from datetime import UTC, datetime, time

from msgspec.structs import replace

from notebot.core.model.article import Article, PaperPage, article_key
from notebot.core.model.stub import Stub, TagEvidence, Venue
from notebot.features.venues.rules.detection import VenueTable, detect_venue, make_label
from notebot.features.venues.rules.enrich import NOT_IN_TABLE

NO_VENUE = Venue("", "", source="none")
"""Of a page that names none."""
PAGE = "page"
"""What ``venue.source`` says of a venue that the page of a paper names."""


def draft_from_page(article: Article, paper: PaperPage | None = None) -> Stub:
    """A complete stub with what the page says; its venue is still to be read (:func:`page_venue`).

    A page without a title is titled by its address. Where it names no author, the company that publishes it
    stands in the author's place.
    """
    company = (article.company,) if article.company and paper is None else ()
    return Stub(
        key=article_key(article.url),
        arxiv_id="",
        version=1,
        url=article.url,
        title=article.title or article.url.partition("://")[2],
        authors=article.authors or company,
        abstract=paper.abstract if paper else "",
        categories=(),
        published=_published(article),
        journal_ref=(paper.venue_text or None) if paper else None,
        doi=paper.doi if paper else None,
        venue=NO_VENUE,
        complete=True,
        tags=tuple(one.tag for one in media_tag(article, paper)),
        tag_evidence=media_tag(article, paper),
        kind="article" if paper is None else "paper",
        article=article,
    )


def media_tag(article: Article, paper: PaperPage | None) -> tuple[TagEvidence, ...]:
    """The archive's tag for what the page is; papers have none."""
    if article.media is None or paper is not None:
        return ()
    score, why = (1.0, "page type") if article.media_sure else (0.6, "page type, perhaps")
    return (TagEvidence(str(article.media), score, article.media_sure, why),)


def page_venue(article: Article, paper: PaperPage, table: VenueTable) -> Venue:
    """The venue that a paper's page names, with its words; :data:`NO_VENUE` where it names none with a year."""
    year = article.published_on.year if article.published_on else None
    found = detect_venue(None, _with_year(paper.venue_text, year), table, year)
    if found is None or found.year is None:
        return NO_VENUE
    evidence = paper.venue_text if found.in_table else f"{paper.venue_text} {NOT_IN_TABLE}"
    label = make_label(found.name, found.year, None)
    return Venue(label, found.name, found.year, found.track, PAGE, evidence, found.confidence)


def with_known_venue(stub: Stub, venue: Venue) -> Stub:
    """An arXiv paper with the venue of its page elsewhere, unless arXiv itself names one."""
    known = stub.venue.source not in ("default", NO_VENUE.source)
    return stub if known or not venue.label else replace(stub, venue=venue)


def _with_year(text: str, year: int | None) -> str:
    """Journals, and the tags of some proceedings, name the year apart."""
    return f"{text}, {year}" if text and year and str(year) not in text else text


def _published(article: Article) -> datetime | None:
    """Midnight UTC of the day, where the page names the day."""
    day = article.published_on.on if article.published_on else None
    return datetime.combine(day, time(), UTC) if day else None
