"""Pages of papers in the shapes of the usual sites: invented papers, and two recorded pages."""

import pytest

from notebot.core.model.article import PaperPage, ParsedPage
from notebot.core.model.partial_date import PartialDate
from notebot.features.intake.adapters.web_page import read_html_page
from notebot.features.intake.adapters.web_page.paper_pages import landing_url
from notebot.features.intake.rules.stub_from_page import page_venue
from notebot.features.venues.adapters.venue_table_file import load_venues
from paths import REAL_DATA

TABLE = load_venues()
RECORDED = REAL_DATA / "scholarly" / "acl_anthology"


def read(html: str, url: str) -> ParsedPage:
    return read_html_page(html.encode(), "text/html", url).to_parsed_page()


def metas(**tags: str | list[str]) -> str:
    values = {name: [value] if isinstance(value, str) else value for name, value in tags.items()}
    pairs = [(name, value) for name in values for value in values[name]]
    return "".join(f'<meta name="citation_{name}" content="{value}">' for name, value in pairs)


def venue(page: ParsedPage) -> str:
    assert page.paper is not None
    detected = page_venue(page.article, page.paper, TABLE)
    return detected.label + (f" {detected.track}" if detected.track else "")


AUTHORS = ["Ada Lovelace", "Emmy Noether"]
ACL = metas(
    title="Counting Small Things",
    author=AUTHORS,
    publication_date="2025/7",
    conference_title="Findings of the Association for Computational Linguistics: ACL 2025",
    doi="10.18653/v1/2025.findings-acl.1",
    pdf_url="https://aclanthology.org/2025.findings-acl.1.pdf",
)
ABSTRACT = '<div class="card-body acl-abstract"><h5>Abstract</h5><div>We <b>count</b>.</div></div>tail'


def test_acl_anthology_states_volume_doi_and_abstract() -> None:
    page = read(ACL + ABSTRACT, "https://aclanthology.org/2025.findings-acl.1/")
    assert page.paper == PaperPage(
        "Findings of the Association for Computational Linguistics: ACL 2025",
        "10.18653/v1/2025.findings-acl.1",
        "We count.",
    )
    assert (page.article.title, page.article.authors) == ("Counting Small Things", ("Ada Lovelace", "Emmy Noether"))
    assert (page.article.published_on, page.article.media) == (PartialDate(2025, 7), None)
    assert venue(page) == "ACL'25 Findings"


OPENREVIEW = metas(
    title="Forgetting on Purpose",
    author=AUTHORS,
    publication_date="2024/10/04",
    online_date="2025/01/22",
    conference_title="The Thirteenth International Conference on Learning Representations",
    abstract="We forget.",
    pdf_url="https://openreview.net/pdf?id=AbCdEf1234",
)


def test_openreview_states_the_venue_of_an_accepted_paper() -> None:
    url = "https://openreview.net/forum?id=AbCdEf1234"
    shown = "<span>Published: 22 Jan 2025</span><span>ICLR 2025 Poster</span><p>We keep rejected samples.</p>"
    page = read(OPENREVIEW + shown, url)
    assert page.article.url == url
    assert page.paper == PaperPage("ICLR 2025 Poster", None, "We forget.")
    assert page.article.published_on == PartialDate(2024, 10, 4)
    assert venue(page).startswith("ICLR'25")


def test_the_submission_date_on_openreview_is_not_the_year_of_a_conference() -> None:
    page = read(OPENREVIEW, "https://openreview.net/forum?id=AbCdEf1234")
    assert venue(page) == ""
    journal = metas(title="T", publication_date="2024/10/04", journal_title="Transactions on Machine Learning Research")
    assert venue(read(journal, "https://openreview.net/forum?id=AbCdEf1234")) == "TMLR'24"


@pytest.mark.parametrize(
    "status",
    [
        "Submitted to ICLR 2026",
        "ICLR 2026 Conference Withdrawn Submission",
        "ICLR 2026 Conference Desk Rejected Submission",
        "Paper under double-blind review",
    ],
)
def test_a_paper_that_is_only_submitted_to_openreview_has_no_venue(status: str) -> None:
    page = read(f"{OPENREVIEW}<span>{status}</span>", "https://openreview.net/forum?id=AbCdEf1234")
    assert page.paper is not None
    assert (page.paper.venue_text, venue(page)) == ("", "")


def test_the_year_of_pmlr_comes_from_the_date() -> None:
    tags = metas(
        title="A Bound",
        author=AUTHORS,
        publication_date="2021-07-01",
        inbook_title="International Conference on Machine Learning",
    )
    page = read(
        f'{tags}<div id="abstract" class="abstract">Tight.</div>', "https://proceedings.mlr.press/v139/l21a.html"
    )
    assert (venue(page), page.paper and page.paper.abstract) == ("ICML'21", "Tight.")


CVF = metas(
    title="Seeing Twice",
    author=["Lovelace, Ada", "Noether, Emmy"],
    publication_date="2020",
    conference_title="Proceedings of the IEEE/CVF Conference on Computer Vision and Pattern Recognition",
)


def test_cvf_writes_last_names_first_and_links_to_arxiv() -> None:
    links = '<a href="x.pdf">pdf</a> [<a href="http://arxiv.org/abs/1912.01234v2">arXiv</a>]'
    page = read(CVF + links, "https://openaccess.thecvf.com/content_CVPR_2020/html/L_Seeing_CVPR_2020_paper.html")
    assert page.article.authors == ("Ada Lovelace", "Emmy Noether")
    assert venue(page) == "CVPR'20"
    assert page.paper is not None
    assert (page.paper.arxiv_id, page.paper.arxiv_sure) == ("1912.01234", False)


@pytest.mark.parametrize(
    ("links", "arxiv_id"),
    [
        ('<a href="https://arxiv.org/abs/1912.01234">[arXiv]</a>', "1912.01234"),
        ('<a href="https://arxiv.org/abs/1912.01234">arXiv preprint</a>', "1912.01234"),
        ('<a href="https://arxiv.org/abs/1912.01234">Preprint at https://arxiv.org/abs/1912.01234</a>', None),
        ('<a href="https://arxiv.org/abs/1912.01234">Reference 7</a>', None),
        (
            '<a href="https://arxiv.org/abs/1912.01234">arXiv</a><a href="https://arxiv.org/abs/1912.09999">arXiv</a>',
            None,
        ),
        ('<a href="https://site.example/arxiv">arXiv</a>', None),
    ],
)
def test_an_arxiv_link_counts_only_by_its_text_and_if_it_is_unique(links: str, arxiv_id: str | None) -> None:
    page = read(CVF + links, "https://openaccess.thecvf.com/x.html")
    assert page.paper is not None
    assert page.paper.arxiv_id == arxiv_id


@pytest.mark.parametrize(
    "tag",
    [
        {"arxiv_id": "1912.01234"},
        {"arxiv_id": "1912.01234v3"},
        {"doi": "10.48550/arXiv.1912.01234"},
        {"doi": "https://doi.org/10.48550/arXiv.1912.01234"},
        {"pdf_url": "https://arxiv.org/pdf/1912.01234.pdf"},
    ],
)
def test_the_page_s_metadata_identify_the_paper_on_arxiv(tag: dict[str, str]) -> None:
    page = read(metas(title="Seeing Twice", **tag), "https://www.semanticscholar.org/paper/x/0a1b")
    assert page.paper is not None
    assert (page.paper.arxiv_id, page.paper.arxiv_sure, page.paper.doi) == ("1912.01234", True, None)


def test_a_url_of_arxiv_identifies_its_paper() -> None:
    page = read(metas(title="Seeing Twice"), "https://arxiv.org/abs/1912.01234v1")
    assert page.paper is not None
    assert (page.paper.arxiv_id, page.paper.arxiv_sure) == ("1912.01234", True)


def test_a_journal_page_states_venue_and_doi() -> None:
    tags = metas(
        title="Of Proteins",
        author="Lovelace, Ada",
        journal_title="Nature",
        publication_date="2026/02/04",
        doi="doi:10.1038/s41586-000-00000-0",
    )
    page = read(tags, "https://www.nature.com/articles/s41586-000-00000-0")
    assert (venue(page), page.paper and page.paper.doi) == ("Nature'26", "10.1038/s41586-000-00000-0")


@pytest.mark.parametrize("doi", ["11.1234/x", "10.12/x", "10.1234/", "x" * 500, ""])
def test_a_malformed_doi_is_ignored(doi: str) -> None:
    page = read(metas(title="T", doi=doi), "https://site.example/p")
    assert page.paper is not None
    assert page.paper.doi is None


def test_a_scholarly_article_in_json_ld_makes_a_page_a_paper() -> None:
    script = '<script type="application/ld+json">{"@type":"ScholarlyArticle","headline":"T","author":"Ada"}</script>'
    page = read(script, "https://site.example/p")
    assert page.paper == PaperPage()
    assert (page.article.title, page.article.authors) == ("T", ("Ada",))


def test_a_blog_post_is_not_a_paper() -> None:
    assert (
        read('<title>T</title><a href="https://arxiv.org/abs/1912.01234">arXiv</a>', "https://site.example/").paper
        is None
    )


@pytest.mark.parametrize(
    "html",
    [
        "<p class=abstract>Abstract: We <i>count</i>.<p>Tail</p>",
        "<section id=abstract><h2>Abstract</h2><section>We count.</section></section>Tail",
        "<div id=abstract>We count.</div><div id=abstract>Tail</div>",
    ],
)
def test_an_abstract_ends_with_its_block(html: str) -> None:
    page = read(metas(title="T") + html, "https://site.example/p")
    assert page.paper is not None
    assert page.paper.abstract == "We count."


def test_thousands_of_authors_and_endless_abstracts_are_bounded() -> None:
    tags = metas(title="T", author=[f"Author Number{number}" for number in range(8_000)], abstract="x" * 100_000)
    page = read(tags, "https://site.example/p")
    assert page.paper is not None
    assert len(page.article.authors) <= 6_000
    assert len(page.paper.abstract) <= 6_000


@pytest.mark.parametrize(
    ("link", "landing"),
    [
        ("https://aclanthology.org/2025.findings-acl.1.pdf", "https://aclanthology.org/2025.findings-acl.1/"),
        ("https://aclanthology.org/P19-1001v2.pdf", "https://aclanthology.org/P19-1001/"),
        ("https://openreview.net/pdf?id=AbCdEf1234", "https://openreview.net/forum?id=AbCdEf1234"),
        ("https://proceedings.mlr.press/v139/l21a/l21a.pdf", "https://proceedings.mlr.press/v139/l21a.html"),
        (
            "https://openaccess.thecvf.com/content/CVPR2023/papers/L_Seeing_CVPR_2023_paper.pdf",
            "https://openaccess.thecvf.com/content/CVPR2023/html/L_Seeing_CVPR_2023_paper.html",
        ),
        (
            "https://papers.nips.cc/paper_files/paper/2023/file/0123456789abcdef0123456789abcdef-Paper-Conference.pdf",
            "https://papers.nips.cc/paper_files/paper/2023/hash/0123456789abcdef0123456789abcdef-Abstract-Conference.html",
        ),
        ("https://www.jmlr.org/papers/volume23/21-0998/21-0998.pdf", "https://www.jmlr.org/papers/v23/21-0998.html"),
        (
            "https://www.nature.com/articles/s41586-000-00000-0.pdf",
            "https://www.nature.com/articles/s41586-000-00000-0",
        ),
    ],
)
def test_the_landing_page_of_a_pdf_is_known(link: str, landing: str) -> None:
    assert landing_url(link) == landing
    assert landing_url(landing) == landing


@pytest.mark.parametrize(
    "link", ["https://site.example/a.pdf", "https://evil.example/?https://aclanthology.org/a.pdf", "x" * 5_000, ""]
)
def test_an_unknown_pdf_link_is_unchanged(link: str) -> None:
    assert landing_url(link) == link


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded pages are not here")
@pytest.mark.parametrize(
    ("name", "first", "on", "label"),
    [
        ("2021.naacl-main.208", "Teven Le Scao", PartialDate(2021, 6), "NAACL'21"),
        ("N04-1001", "Radu Florian", PartialDate(2004), "NAACL'04"),
    ],
)
def test_recorded_pages_of_the_acl_anthology_are_read(name: str, first: str, on: PartialDate, label: str) -> None:
    body = (RECORDED / f"ACL_{name}.html").read_bytes()
    page = read_html_page(body, "text/html", f"https://aclanthology.org/{name}/").to_parsed_page()
    assert page.article.authors[0] == first
    assert (page.article.published_on, venue(page)) == (on, label)
