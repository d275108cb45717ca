"""Facts of web pages: trusted sources, dates, canonical URLs, and the stub made from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from growth import grows_linearly, repeated
from notebot.core.model.article import (
    Article,
    FactSource,
    Media,
    PageClaims,
    PaperPage,
    article_key,
    build_article,
    canonical_url,
    choose_canonical_url,
    clean_author_names,
    is_web_page_url,
    strip_site_name,
)
from notebot.core.model.partial_date import PartialDate, parse_partial_date
from notebot.core.model.stub import Stub, Venue
from notebot.core.note_format.stub_title import NoteStyle, title_line
from notebot.features.intake.rules.stub_from_page import NO_VENUE, draft_from_page, page_venue, with_known_venue
from notebot.features.venues.rules.detection import VenueKind, VenueRow, VenueTable

URL = "https://blog.example/posts/small-models"
TABLE = VenueTable(
    (VenueRow("ICML", VenueKind.CONFERENCE, ("ICML",), ("International Conference on Machine Learning",)),)
)


def line(stub: Stub, style: NoteStyle | None = None) -> str:
    return title_line(stub, style or NoteStyle()).text


@pytest.mark.parametrize(
    ("written", "text", "precision"),
    [
        ("2025-07-08T15:44:34Z", "2025.07", "day"),
        ("2025-07-08T15:44:34.123+09:00", "2025.07", "day"),
        ("2025-07-08 15:44:34", "2025.07", "day"),
        ("2025/7/8", "2025.07", "day"),
        ("2025.07.08", "2025.07", "day"),
        ("2021/6", "2021.06", "month"),
        ("2025-07", "2025.07", "month"),
        ("2004", "2004", "year"),
        ("2004-00-00", "2004", "year"),
        ("20250708", "2025.07", "day"),
        ("20250708T154434Z", "2025.07", "day"),
        ("2025年7月8日", "2025.07", "day"),
        ("2025年 7月", "2025.07", "month"),
        ("2025年7月8日 10:30", "2025.07", "day"),
        ("Tue, 08 Jul 2025 15:44:34 GMT", "2025.07", "day"),
        ("8 July 2025", "2025.07", "day"),
        ("July 8, 2025", "2025.07", "day"),
        ("Jul 8th, 2025 10:00 AM PST", "2025.07", "day"),
        ("Sept. 2025", "2025.09", "month"),
        ("  2025-07-08\n", "2025.07", "day"),
        ("1979", "1979", "year"),
        ("1970", "1970", "year"),
    ],
)
def test_dates_are_read_as_far_as_they_are_written(written: str, text: str, precision: str) -> None:
    found = parse_partial_date(written)
    assert found is not None
    assert found.text == text
    assert (found.month is not None, found.on is not None) == (precision != "year", precision == "day")


@pytest.mark.parametrize(
    "written",
    [
        "", "yesterday", "3 days ago", "07/08/2025", "0001-01-01T00:00:00Z", "1970-01-01", "2025-13-01", "2025-02-30",
        "2025-07-08" * 20, "９９９９-01-01", "99999", "2999-01-01", "May", "version 2025.1.1", "T", "20251",
        "0000-00-00", "2025-00-08", "1900-01-01", "1970-01-01T00:00:00Z",
    ],
)  # fmt: skip
def test_ambiguous_and_invalid_dates_are_none(written: str) -> None:
    assert parse_partial_date(written) is None


@given(st.text(max_size=60))
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = parse_partial_date(text)
    assert found is None or 1900 < found.year <= 2100


def test_each_fact_is_taken_from_the_first_source_that_has_it() -> None:
    article = build_article(
        URL,
        [
            PageClaims(FactSource.VISIBLE, title="Window", language="ja"),
            PageClaims(FactSource.META, authors=("Meta Name",), description="Meta."),
            PageClaims(FactSource.OPENGRAPH, title="Graph", site="Site", published_on=PartialDate(2025, 1)),
            PageClaims(FactSource.JSON_LD, published_on=PartialDate(2025, 7, 8), company="Company"),
        ],
    )
    assert (article.title, article.authors, article.company, article.site) == (
        "Graph",
        ("Meta Name",),
        "Company",
        "Site",
    )
    assert article.published_on == PartialDate(2025, 7, 8)
    assert article.evidence == {
        "title": FactSource.OPENGRAPH,
        "authors": FactSource.META,
        "company": FactSource.JSON_LD,
        "site": FactSource.OPENGRAPH,
        "published_on": FactSource.JSON_LD,
        "language": FactSource.VISIBLE,
        "description": FactSource.META,
    }


def test_a_paper_s_page_is_believed_its_citation_tags_first() -> None:
    claims = [PageClaims(FactSource.JSON_LD, title="Data"), PageClaims(FactSource.CITATION, title="Cited")]
    assert build_article(URL, claims).title == "Data"
    assert build_article(URL, claims, is_paper=True).title == "Cited"


def test_what_nobody_says_is_open() -> None:
    article = build_article(URL, [])
    assert article == Article(URL)
    assert (article.title, article.authors, article.published_on, article.evidence) == (None, (), None, {})


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        ("A Title | The Site", "A Title"),
        ("The Site: A Title", "The Site: A Title"),
        ("A Title - The Site", "A Title"),
        ("A Title｜The Site", "A Title"),
        ("The Site", "The Site"),
        ("A Title - Other", "A Title - Other"),
        ("The Site | A Title", "A Title"),
    ],
)
def test_the_site_name_is_removed_from_the_title(title: str, bare: str) -> None:
    assert strip_site_name(title, {"The Site", "", "Site"}) == bare


def test_titles_lose_hidden_characters_and_line_ends_and_are_bounded() -> None:
    assert build_article(URL, [PageClaims(FactSource.META, title="A\u202e\n  B\x00")]).title == "A B"
    assert len(build_article(URL, [PageClaims(FactSource.META, title="x" * 9_000)]).title or "") == 1_000


@pytest.mark.parametrize(
    ("told", "names"),
    [
        (("Ada Lovelace", "Ada Lovelace", "Emmy Noether"), ("Ada Lovelace", "Emmy Noether")),
        (("By Ada Lovelace",), ("Ada Lovelace",)),
        (("Ada Lovelace; Emmy Noether",), ("Ada Lovelace", "Emmy Noether")),
        (("https://social.example/ada",), ()),
        (("ada@example.org",), ()),
        (("@ada",), ("ada",)),
        (("", "  ", "x" * 200), ()),
        (("OpenLab, Inc.",), ("OpenLab, Inc.",)),
        (("Byron Lord",), ("Byron Lord",)),
    ],
)
def test_author_names_are_cleaned(told: tuple[str, ...], names: tuple[str, ...]) -> None:
    assert clean_author_names(told) == names


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://Blog.Example/Post?utm_source=x&id=3#part", "https://blog.example/Post?id=3"),
        ("https://blog.example?fbclid=1", "https://blog.example/"),
        ("http://blog.example:80/a", "http://blog.example/a"),
        ("https://blog.example:8443/a", "https://blog.example:8443/a"),
        ("https://blog.example/a?q=a%20b&c", "https://blog.example/a?q=a%20b&c"),
        ("https://[2001:DB8::1]/a", "https://[2001:db8::1]/a"),
    ],
)
def test_an_address_loses_only_its_tracking_parameters(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical


def test_one_page_has_one_key() -> None:
    same = ("http://www.blog.example/a/", "https://blog.example/a#x", "https://BLOG.example/a?utm_medium=rss")
    assert {article_key(url) for url in same} == {"url:https://blog.example/a"}
    assert article_key("https://blog.example/b") != article_key("https://blog.example/B")


@pytest.mark.parametrize(
    ("named", "chosen"),
    [
        (["https://www.blog.example/clean"], "https://www.blog.example/clean"),
        (["https://evil.example/posts"], URL),
        (["https://blog.example/"], URL),
        (["javascript:alert(1)", "https://blog.example/second"], "https://blog.example/second"),
        (["https://u:p@blog.example/a"], URL),
        (["https://blog.example/?p=7"], "https://blog.example/?p=7"),
        (["https://blog.example/" + "a" * 2_000], URL),
        ([], URL),
    ],
)
def test_a_canonical_address_counts_only_on_the_same_site(named: list[str], chosen: str) -> None:
    assert choose_canonical_url(URL + "?utm_source=x", named) == chosen


@pytest.mark.parametrize(
    ("ref", "is_page"),
    [
        (URL, True),
        ("https://huggingface.co/blog/x", True),
        ("https://notarxiv.org/abs/1", True),
        ("https://doi.org/10.1234/abc", True),
        ("https://arxiv.org/abs/2513.02807", False),
        ("http://export.arxiv.org/list/cs.CL/new", False),
        ("https://huggingface.co/papers/9999.1", False),
        ("https://doi.org/10.48550/arXiv.bad", False),
        ("https://alphaxiv.org/explore", False),
        ("2504.02807", False),
        ("file:///etc/passwd", False),
        ("https://u:p@blog.example/", False),
        ("", False),
    ],
)
def test_pages_are_distinguished_from_references_to_papers(ref: str, is_page: bool) -> None:
    assert is_web_page_url(ref) is is_page


ARTICLE = Article(
    URL, "Small Models, Large PageClaims", ("Ada Lovelace",), published_on=PartialDate(2025, 7, 8), media=Media.BLOG
)


@pytest.mark.parametrize(
    ("article", "text"),
    [
        (ARTICLE, "Small Models, Large PageClaims, Ada Lovelace, 2025.07"),
        (Article(URL, "T", ("A B", "C D"), published_on=PartialDate(2025)), "T, A B+, 2025"),
        (Article(URL, "T", (), company="OpenLab", published_on=PartialDate(2025, 7)), "T, OpenLab, 2025.07"),
        (Article(URL, "T", site="Some Site", published_on=PartialDate(2025, 7)), "T, 2025.07"),
        (Article(URL, "T", ("A B",)), "T, A B"),
        (Article(URL, "T"), "T"),
        (Article(URL), "blog.example/posts/small-models"),
    ],
)
def test_the_title_line_of_an_article_leaves_open_what_is_not_said(article: Article, text: str) -> None:
    stub = draft_from_page(article)
    assert line(stub) == text
    assert (stub.kind, stub.key, stub.url, stub.arxiv_id) == ("article", article_key(URL), URL, "")
    assert (stub.complete, stub.venue, stub.abstract, stub.article) == (True, NO_VENUE, "", article)


def test_month_and_prefix_follow_the_curator_s_habits() -> None:
    assert line(draft_from_page(ARTICLE), NoteStyle(month=False)) == "Small Models, Large PageClaims, Ada Lovelace"
    assert not line(draft_from_page(ARTICLE)).startswith("[")


def test_a_long_title_is_cut_to_fit() -> None:
    made = title_line(draft_from_page(Article(URL, "x" * 400, ("A B",))), NoteStyle())
    assert (len(made.text), made.cut, made.text.endswith("…, A B")) == (256, True, True)


def test_the_media_tag_is_sure_or_a_guess() -> None:
    guess = draft_from_page(ARTICLE)
    sure = draft_from_page(Article(URL, media=Media.SLIDE, media_sure=True))
    assert (guess.tags, guess.tag_evidence[0].sure) == (("Blog",), False)
    assert (sure.tags, sure.tag_evidence[0].sure) == (("Slide",), True)
    assert draft_from_page(Article(URL)).tags == ()


def test_the_day_is_the_stub_s_time_only_where_it_is_known() -> None:
    published = draft_from_page(ARTICLE).published
    assert published is not None
    assert published.isoformat() == "2025-07-08T00:00:00+00:00"
    assert draft_from_page(Article(URL, published_on=PartialDate(2025, 7))).published is None


PAPER = PaperPage("International Conference on Machine Learning", "10.1234/x", "We show.")


def test_a_paper_s_page_makes_a_paper_with_its_venue() -> None:
    article = Article(URL, "A Proof", ("Ada Lovelace", "Emmy Noether"), published_on=PartialDate(2021, 7, 1))
    stub = draft_from_page(article, PAPER)
    venue = page_venue(article, PAPER, TABLE)
    assert (venue.label, venue.year, venue.source, venue.evidence) == ("ICML'21", 2021, "page", PAPER.venue_text)
    assert (stub.kind, stub.doi, stub.abstract, stub.tags) == ("paper", "10.1234/x", "We show.", ())
    assert line(replace(stub, venue=venue)) == "[Paper Note] A Proof, Ada Lovelace+, ICML'21, 2021.07"


def test_a_year_alone_is_not_said_twice() -> None:
    article = Article(URL, "A Proof", ("Ada Lovelace",), published_on=PartialDate(2021))
    stub = draft_from_page(article, PAPER)
    assert line(stub) == "[Paper Note] A Proof, Ada Lovelace, 2021"
    with_venue = replace(stub, venue=page_venue(article, PAPER, TABLE))
    assert line(with_venue) == "[Paper Note] A Proof, Ada Lovelace, ICML'21"


@pytest.mark.parametrize(
    ("text", "on", "label", "evidence"),
    [
        ("", PartialDate(2021), "", None),
        ("International Conference on Machine Learning", None, "", None),
        ("Journal of Odd Findings", PartialDate(2021), "Journal of Odd Findings'21", "[not in the table]"),
        ("Proceedings of ICML 2020", PartialDate(2021), "ICML'20", "Proceedings of ICML 2020"),
    ],
)
def test_a_venue_needs_words_and_a_year(text: str, on: PartialDate | None, label: str, evidence: str | None) -> None:
    venue = page_venue(Article(URL, published_on=on), PaperPage(text), TABLE)
    assert venue.label == label
    assert evidence is None or (venue.evidence or "").endswith(evidence)


def test_the_page_s_venue_is_used_if_arxiv_names_none() -> None:
    stub = draft_from_page(ARTICLE)
    known = replace(stub, venue=Venue("ACL'21", "ACL", 2021, source="comment"))
    venue = Venue("ICML'21", "ICML", 2021, source="page")
    assert with_known_venue(stub, venue).venue == venue
    assert with_known_venue(known, venue).venue.label == "ACL'21"
    assert with_known_venue(stub, NO_VENUE).venue == NO_VENUE


@pytest.mark.parametrize("unit", ["2025-", " ", "年", "jan ", "https://a.example/?", "&a=b", "a | ", "by "])
def test_much_of_the_same_takes_no_time(unit: str) -> None:
    def read(size: int) -> None:
        text = repeated(unit, size)
        parse_partial_date(text)
        build_article(URL, [PageClaims(FactSource.META, title=text, authors=(text,), description=text)])
        canonical_url(f"https://blog.example/?{text.replace(' ', '')}")

    assert grows_linearly(read, 100_000)
