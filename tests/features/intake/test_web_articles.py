"""From an address to a stub, and through ``fetch`` into the queue; pages and arXiv played by small stand-ins."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from fakes import FakeApi, FakeClock, NoFiles, paper, topic
from fresh_store import new_store
from notebot.app.documents import stub_document
from notebot.core.model.article import Article, Media, PaperPage, ParsedPage, article_key
from notebot.core.model.errors import InvalidRefError, NotebotError, NotFoundError, RefusedError, UnavailableError
from notebot.core.model.note import Note
from notebot.core.model.partial_date import PartialDate
from notebot.core.model.stub import Stub, StubStatus, TagEvidence, Venue
from notebot.core.note_format.stub_title import NoteStyle, title_line
from notebot.core.ports import Store
from notebot.features.digests.moves import Moves, find_stub
from notebot.features.intake.fetch import Fetched, PaperFetcher
from notebot.features.intake.web_articles import Articles
from notebot.features.summaries.rules.extract import with_extract
from notebot.features.venues.rules.detection import VenueKind, VenueRow, VenueTable

URL = "https://site.example/posts/1"
ARXIV = "2605.00001"
TABLE = VenueTable(
    (VenueRow("ICML", VenueKind.CONFERENCE, ("ICML",), ("International Conference on Machine Learning",)),)
)
ARTICLE = Article(
    URL,
    "Small Models",
    ("Ada Lovelace",),
    published_on=PartialDate(2025, 7, 8),
    description="It is about small models.",
    media=Media.BLOG,
)


@dataclass
class Pages:
    """Knows some pages; of any other it says that it is gone."""

    known: dict[str, ParsedPage | NotebotError] = field(default_factory=lambda: {URL: ParsedPage(ARTICLE)})
    asked: list[str] = field(default_factory=list)

    def read(self, url: str) -> ParsedPage:
        self.asked.append(url)
        found = self.known.get(url, NotFoundError("The page is gone."))
        if isinstance(found, NotebotError):
            raise found
        return found


def articles(pages: Pages | None = None, api: FakeApi | None = None) -> Articles:
    return Articles(pages or Pages(), api or FakeApi(), [topic()], with_extract, TABLE)


def line(stub: Stub) -> str:
    return title_line(stub, NoteStyle()).text


def test_a_page_becomes_an_article_s_stub() -> None:
    stub = articles().draft(f" {URL} ")
    assert (stub.kind, stub.key, line(stub)) == ("article", article_key(URL), "Small Models, Ada Lovelace, 2025.07")
    assert (stub.tags, stub.abstract, stub.topics) == (("Blog",), "", ())
    assert stub.summary is not None
    assert stub.summary.text == "It is about small models."


def test_suggested_tags_follow_the_tag_of_the_page_type() -> None:
    def suggest(stub: Stub) -> Stub:
        return replace(stub, tags=("NLP",), tag_evidence=(TagEvidence("NLP", 0.9, sure=True, why="like #1"),))

    stub = Articles(Pages(), FakeApi(), [], suggest, TABLE).draft(URL)
    assert (stub.tags, [one.tag for one in stub.tag_evidence]) == (("Blog", "NLP"), ["Blog", "NLP"])


def test_enrichment_does_not_give_a_page_the_venue_arxiv() -> None:
    def mistaken(stub: Stub) -> Stub:
        return replace(stub, venue=Venue("arXiv'25", "arXiv", 2025))

    for told in (ParsedPage(ARTICLE), ParsedPage(ARTICLE, PaperPage())):
        stub = Articles(Pages({URL: told}), FakeApi(), [], mistaken, TABLE).draft(URL)
        assert stub.venue.label == ""


PAPER = PaperPage("International Conference on Machine Learning", "10.1234/x", "We show. It holds.")


def test_a_paper_s_page_becomes_a_paper_s_stub() -> None:
    stub = articles(Pages({URL: ParsedPage(ARTICLE, PAPER)})).draft(URL)
    assert line(stub) == "[Paper Note] Small Models, Ada Lovelace, ICML'25, 2025.07"
    assert (stub.kind, stub.doi, stub.abstract, stub.tags) == ("paper", "10.1234/x", "We show. It holds.", ())


def on_arxiv(*, sure: bool, title: str = "Math for models") -> Pages:
    told = replace(PAPER, arxiv_id=ARXIV, arxiv_sure=sure)
    return Pages({URL: ParsedPage(replace(ARTICLE, title=title), told)})


@pytest.mark.parametrize(("sure", "title"), [(True, "Another title"), (False, "Math for Models")])
def test_the_same_paper_on_arxiv_is_taken_with_the_page_s_venue(sure: bool, title: str) -> None:
    api = FakeApi({ARXIV: paper()})
    stub = articles(on_arxiv(sure=sure, title=title), api).draft(URL)
    assert (stub.key, stub.url, stub.topics) == (f"arxiv:{ARXIV}", f"https://arxiv.org/abs/{ARXIV}", ("Math",))
    assert (stub.venue.label, stub.venue.source) == ("ICML'25", "page")


def test_a_linked_paper_with_another_title_is_ignored() -> None:
    stub = articles(on_arxiv(sure=False, title="Something else"), FakeApi({ARXIV: paper()})).draft(URL)
    assert stub.key == article_key(URL)


def test_a_paper_that_arxiv_does_not_know_stays_the_page_s() -> None:
    assert articles(on_arxiv(sure=True)).draft(URL).key == article_key(URL)


def test_a_url_that_leads_to_a_paper_unknown_to_arxiv_is_an_error() -> None:
    led = ParsedPage(Article(URL), PaperPage(arxiv_id="2605.99999", arxiv_sure=True))
    with pytest.raises(NotFoundError, match="has no paper"):
        articles(Pages({URL: led})).draft(URL)


def test_a_failure_of_arxiv_does_not_cause_a_second_stub() -> None:
    with pytest.raises(UnavailableError):
        articles(on_arxiv(sure=True), FakeApi(error=UnavailableError("down"))).draft(URL)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("file:///etc/passwd", "not the URL of a web page"),
        ("2504.02807", "not the URL of a web page"),
        ("https://arxiv.org/abs/2513.02807", "no month 13"),
        ("https://arxiv.org/list/cs.CL/recent", "a page of arXiv without a paper id"),
        ("https://x.com/someone/status/1942610771915202590", "notebot post"),
        ("https://bsky.app/profile/a.example/post/3kaheyt6vpc22", "notebot post"),
    ],
)
def test_a_reference_that_is_not_a_page_is_rejected_without_a_request(url: str, words: str) -> None:
    pages = Pages()
    with pytest.raises(InvalidRefError, match=words):
        articles(pages).draft(url)
    assert pages.asked == []


def fetch(
    *refs: str, pages: Pages, store: Store | None = None, save: bool = False, api: FakeApi | None = None
) -> list[Fetched]:
    asked = api or FakeApi({ARXIV: paper()})
    service = PaperFetcher(
        api=asked,
        store=store,
        topics=[topic()],
        enrich=with_extract,
        clock=FakeClock(),
        make_articles=lambda: articles(pages, asked),
    )
    return service.fetch(refs, date(2026, 5, 12), None, save=save)


def test_pages_and_papers_are_answered_in_the_order_asked() -> None:
    pages = Pages({URL: ParsedPage(ARTICLE), "https://closed.example/": RefusedError("It is closed.")})
    found = fetch(
        ARXIV, URL, "https://closed.example/", "https://gone.example/", "foo", "https://arxiv.org/x", pages=pages
    )
    assert [one.stub.key if one.stub else None for one in found] == [f"arxiv:{ARXIV}", article_key(URL), *[None] * 4]
    kinds = [one.error.kind if one.error else None for one in found]
    assert kinds == [None, None, "refused", "not-found", "invalid-ref", "invalid-ref"]
    assert found[1].stub is not None
    assert found[1].stub.issue_date == date(2026, 5, 12)


def test_pages_are_read_also_while_arxiv_is_down() -> None:
    found = fetch(ARXIV, URL, pages=Pages(), api=FakeApi(error=UnavailableError("down")))
    assert [one.error.kind if one.error else None for one in found] == ["unavailable", None]


def test_an_article_is_saved_once_and_moves_by_its_address(tmp_path: Path) -> None:
    store = new_store(tmp_path / "n.db")
    other = "https://site.example/posts/2"
    pages = Pages({URL: ParsedPage(ARTICLE), other: ParsedPage(replace(ARTICLE, url=other))})
    for _ in range(2):
        fetch(URL, other, pages=pages, store=store, save=True)
    assert {stub.key for stub in store.stubs.all()} == {article_key(URL), article_key(other)}
    assert find_stub(store, f"{URL}?utm_source=x").article == ARTICLE
    (moved,) = Moves(store, NoFiles(), FakeClock(), "cli").move("keep", [URL])
    assert moved.stub is not None
    assert moved.stub.status is StubStatus.KEPT
    (again,) = fetch(URL, pages=pages, store=store)
    assert again.remark == f"is kept already; `notebot queue requeue {URL}` queues it again"
    assert again.stub is not None
    assert again.stub.status is StubStatus.KEPT
    store.close()


def test_a_page_without_a_stub_is_not_found_in_the_queue(tmp_path: Path) -> None:
    store = new_store(tmp_path / "n.db")
    with pytest.raises(NotFoundError, match="notebot fetch --save"):
        find_stub(store, URL)
    with pytest.raises(InvalidRefError):
        find_stub(store, "foo")
    store.close()


def test_a_page_that_is_a_note_already_is_not_saved(tmp_path: Path) -> None:
    store = new_store(tmp_path / "n.db")
    note = Note("Small Models, 2025.07", number=7, urls=(URL,))
    with store.transaction():
        store.notes.save(None, Note("No link", number=8), {"github": Note("No link", number=8)})
        store.notes.save(None, note, {"github": note})
    (found,) = fetch(URL, pages=Pages(), store=store, save=True)
    assert found.remark == "is note #7 of the archive already; nothing is saved"
    assert found.stub is not None
    assert (found.stub.note_number, store.stubs.all()) == (7, [])
    store.close()


def test_the_json_of_an_article_has_the_evidence_and_an_empty_arxiv_id() -> None:
    document = stub_document(articles().draft(URL), NoteStyle())
    assert (document["arxiv_id"], document["kind"]) == (None, "article")
    assert document["title_line"] == "Small Models, Ada Lovelace, 2025.07"
    assert document["article"]["published_on"] == {"year": 2025, "month": 7, "day": 8}
    assert document["article"]["evidence"] == {}
