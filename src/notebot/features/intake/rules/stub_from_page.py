"""The stub of a page: an article, or a paper that is not on arXiv."""

from datetime import UTC, datetime, time

from msgspec.structs import replace

from notebot.core.model.article import Article, PaperPage, article_key
from notebot.core.model.stub import NOT_IN_TABLE, Stub, TagEvidence, Venue
from notebot.features.venues.rules.detection import VenueTable, detect_venue, make_label

NO_VENUE = Venue("", "", source="none")
"""The venue of a page that names none."""
PAGE = "page"
"""The ``venue.source`` of a venue that a paper's own page names."""


def draft_from_page(article: Article, paper: PaperPage | None = None) -> Stub:
    """Returns a complete stub of a page, without the venue (see :func:`page_venue`).

    The fallback for a missing title is the URL; for missing authors of an article, the company that publishes it.
    """
    company = (article.company,) if article.company and paper is None else ()
    day = article.published_on.on if article.published_on else None
    media = media_tag(article, paper)
    return Stub(
        key=article_key(article.url),
        arxiv_id="",
        version=1,
        url=article.url,
        title=article.title or article.url.partition("://")[2],
        authors=article.authors or company,
        abstract=paper.abstract if paper else "",
        categories=(),
        published=datetime.combine(day, time(), UTC) if day else None,
        journal_ref=(paper.venue_text or None) if paper else None,
        doi=paper.doi if paper else None,
        venue=NO_VENUE,
        complete=True,
        tags=tuple(evidence.tag for evidence in media),
        tag_evidence=media,
        kind="article" if paper is None else "paper",
        article=article,
    )


def media_tag(article: Article, paper: PaperPage | None) -> tuple[TagEvidence, ...]:
    """Returns the archive's tag for the type of page; empty for papers."""
    if article.media is None or paper is not None:
        return ()
    score, why = (1.0, "page type") if article.media_sure else (0.6, "page type, perhaps")
    return (TagEvidence(str(article.media), score, article.media_sure, why),)


def page_venue(article: Article, paper: PaperPage, table: VenueTable) -> Venue:
    """Returns the venue that a paper's page names; :data:`NO_VENUE` if it names none with a year."""
    year = article.published_on.year if article.published_on else None
    text = paper.venue_text
    if text and year and str(year) not in text:
        # journals, and the meta tags of some proceedings, give the year separately
        text = f"{text}, {year}"
    venue = detect_venue(None, text, table, year)
    if venue is None or venue.year is None:
        return NO_VENUE
    evidence = paper.venue_text if venue.in_table else f"{paper.venue_text} {NOT_IN_TABLE}"
    label = make_label(venue.name, venue.year, None)
    return Venue(label, venue.name, venue.year, venue.track, PAGE, evidence, venue.confidence)


def with_known_venue(stub: Stub, venue: Venue) -> Stub:
    """Returns an arXiv paper's stub with the venue of its page elsewhere, unless arXiv itself names one."""
    known = stub.venue.source not in ("default", NO_VENUE.source)
    return stub if known or not venue.label else replace(stub, venue=venue)
