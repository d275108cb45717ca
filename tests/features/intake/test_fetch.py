"""Fetch with a fake API and a real store."""

from datetime import date
from pathlib import Path
from typing import Never

from msgspec.structs import replace

from fakes import DAY, FakeApi, FakeClock, paper, topic
from fresh_store import new_store
from notebot.core.model.errors import NotFoundError, UnavailableError
from notebot.core.model.stub import StubStatus
from notebot.core.ports import Store
from notebot.features.intake.fetch import Fetched, PaperFetcher
from notebot.features.summaries.rules.extract import with_extract

POST = "https://x.com/someone/status/1"


def fetch(
    api: FakeApi, *refs: str, store: Store | None = None, save: bool = False, post: str | None = None
) -> list[Fetched]:
    service = PaperFetcher(api=api, store=store, topics=[topic()], enrich=with_extract, clock=FakeClock())
    return service.fetch(refs, date(2026, 5, 12), post, save=save)


def test_many_refs_are_one_request_and_each_gets_its_answer_in_order() -> None:
    api = FakeApi({"2605.00001": paper(), "2605.00002v1": paper("2605.00002", "Cooking")})
    found = fetch(
        api,
        "https://arxiv.org/abs/2605.00002v1",
        "2513.02807",
        "2605.00001",
        "arXiv:2605.00001",
        "2605.09999",
    )
    assert api.asked == [["2605.00002v1", "2605.00001", "2605.09999"]]
    assert [one.stub and one.stub.arxiv_id for one in found] == [
        "2605.00002",
        None,
        "2605.00001",
        "2605.00001",
        None,
    ]
    assert [getattr(one.error, "kind", None) for one in found] == [
        None,
        "invalid-ref",
        None,
        None,
        "not-found",
    ]


def test_the_url_has_a_version_only_where_the_ref_had_one() -> None:
    api = FakeApi({"2605.00001": paper(), "2605.00001v1": paper()})
    found = fetch(api, "2605.00001", "2605.00001v1")
    assert [one.stub and one.stub.url for one in found] == [
        "https://arxiv.org/abs/2605.00001",
        "https://arxiv.org/abs/2605.00001v1",
    ]


def test_topics_that_match_bring_their_tags() -> None:
    (found,) = fetch(FakeApi({"2605.00001": paper()}), "2605.00001")
    assert found.stub is not None
    assert (found.stub.topics, found.stub.tags) == (("Math",), ("Math",))


def test_a_service_that_is_down_is_the_answer_of_every_good_ref() -> None:
    found = fetch(FakeApi(error=UnavailableError("down")), "2605.00001", "foo")
    assert [getattr(one.error, "kind", None) for one in found] == ["unavailable", "invalid-ref"]


def test_only_wrong_refs_ask_nothing() -> None:
    api = FakeApi()
    fetch(api, "foo", "")
    assert api.asked == []


def test_save_puts_a_stub_into_the_queue_once_and_adds_a_later_post(tmp_path: Path) -> None:
    store, api = new_store(tmp_path / "n.db"), FakeApi({"2605.00001": paper()})
    fetch(api, "2605.00001", store=store, save=True)
    fetch(api, "2605.00001", store=store, save=True, post=POST)
    (stub,) = store.stubs.all()
    assert (stub.status, stub.posts, stub.announced_on) == (StubStatus.QUEUED, (POST,), None)
    store.close()


def test_a_skipped_paper_is_shown_with_its_status_and_left_so(tmp_path: Path) -> None:
    store, api = new_store(tmp_path / "n.db"), FakeApi({"2605.00001": paper()})
    fetch(api, "2605.00001", store=store, save=True)
    (stub,) = store.stubs.all()
    with store.transaction():
        store.stubs.save(replace(stub, status=StubStatus.SKIPPED, announced_on=DAY), FakeClock()())
    (found,) = fetch(api, "2605.00001", store=store, save=True, post=POST)
    assert found.stub is not None
    assert found.stub.status is StubStatus.SKIPPED
    assert found.remark is not None
    assert "skipped" in found.remark
    assert store.stubs.all()[0].posts == ()
    store.close()


def test_the_drafter_of_web_pages_is_not_built_for_an_arxiv_id() -> None:
    def fail() -> Never:
        raise NotFoundError("built for a web page")

    service = PaperFetcher(
        api=FakeApi({"2605.00001": paper()}),
        store=None,
        topics=[topic()],
        enrich=with_extract,
        clock=FakeClock(),
        make_articles=fail,
    )
    [fetched] = service.fetch(["2605.00001"], date(2026, 5, 12), None, save=False)
    assert fetched.stub is not None
    [page] = service.fetch(["https://example.org/a-page"], date(2026, 5, 12), None, save=False)
    assert isinstance(page.error, NotFoundError)
