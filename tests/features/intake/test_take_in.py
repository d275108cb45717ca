"""Papers that somebody spoke of, with a real store and a fake API."""

import pytest
from msgspec.structs import replace

from fakes import DAY, NIGHT, FakeApi, FakeClock, paper, topic
from notebot.core.model.article import Article
from notebot.core.model.arxiv_id import parse_ref
from notebot.core.model.errors import UnavailableError
from notebot.core.model.note import Note
from notebot.core.model.stub import Stub, StubStatus
from notebot.features.intake.rules.stub_from_page import draft_from_page
from notebot.features.intake.take_in import Intake, IntakeOutcome, IntakeRequest, IntakeResult
from notebot.features.publishing.rules.accepted_offer import change_of
from notebot.store.store import DatabaseStore

X = "https://x.com/ada/status/1800000000000000000"
SAME_X = "https://x.com/i/status/1800000000000000000"
OTHER = "https://bsky.app/profile/ben.example/post/3kaheyt6vpc22"
HF = "https://huggingface.co/papers/2605.00001"


def request(ref: str = "2605.00001", post: str | None = X, **more: object) -> IntakeRequest:
    return IntakeRequest(parse_ref(ref), post, **more)  # type: ignore[arg-type]


def take(store: DatabaseStore, *asked: IntakeRequest, api: FakeApi | None = None) -> list[IntakeResult]:
    known = api or FakeApi({name: paper(name) for name in ("2605.00001", "2605.00002", "2605.00001v1")})
    return Intake(store=store, api=known, topics=[topic()], enrich=lambda stub: stub, clock=FakeClock()).take_papers(
        asked, DAY
    )


def outcomes(taken: list[IntakeResult]) -> list[str]:
    return [str(one.outcome) for one in taken]


def held(store: DatabaseStore, status: str, **changes: object) -> Stub:
    (taken,) = take(store, request())
    assert taken.stub is not None
    stub = replace(taken.stub, status=StubStatus(status), **changes)
    store.stubs.save(stub, NIGHT)
    return stub


def noted(store: DatabaseStore, number: int | None = 7, posts: tuple[str, ...] = ()) -> None:
    note = Note("[Paper Note] Math", number, arxiv_id="2605.00001", posts=posts)
    store.notes.save(None, note, {"gh": note})


def told(store: DatabaseStore) -> list[tuple[str, str, str]]:
    return [(update.key, update.field, update.value) for update in store.digests.open_updates()]


def test_several_papers_in_one_post_and_several_posts_on_one_paper_are_one_request(store: DatabaseStore) -> None:
    api = FakeApi({name: paper(name) for name in ("2605.00001", "2605.00002")})
    taken = take(store, request(), request("2605.00002"), request(post=OTHER), request(post=SAME_X), api=api)
    assert outcomes(taken) == ["drafted", "drafted", "added", "known"]
    assert api.asked == [["2605.00001", "2605.00002"]]
    stub = store.stubs.get("arxiv:2605.00001")
    assert stub is not None
    assert (stub.posts, stub.topics, stub.issue_date, stub.status) == ((X, OTHER), ("Math",), DAY, "queued")
    assert take(store, request(), api=api)[0].outcome is IntakeOutcome.KNOWN
    assert len(api.asked) == 1
    assert told(store) == []


def test_the_words_of_the_curator_and_of_a_source_are_kept_apart(store: DatabaseStore) -> None:
    take(store, request(words="解説ポスト:"), request(post=HF, words="参考:", source="Daily", votes=7))
    (stub,) = store.stubs.all()
    assert stub.curator.post_words == ((X, "解説ポスト:"),)
    assert stub.post_words == ((HF, "参考:"),)
    assert (stub.sources, stub.votes) == (("Daily",), 7)
    take(store, request(post=SAME_X, words="著者ポスト:"), request(post=HF, source="Daily", votes=5))
    (stub,) = store.stubs.all()
    assert (stub.curator.post_words, stub.votes) == (((X, "著者ポスト:"),), 7)


@pytest.mark.parametrize(("status", "updates"), [("queued", 0), ("digested", 1), ("kept", 1)])
@pytest.mark.parametrize("source", [None, "Ben"])
def test_a_later_post_is_reported_once_and_a_watched_source_adds_none_to_a_kept_stub(
    store: DatabaseStore, status: str, updates: int, source: str | None
) -> None:
    held(store, status)
    taken = take(store, request(post=OTHER, source=source))
    adds = source is None or status != "kept"
    assert [stub.posts for stub in store.stubs.all()] == [(X, OTHER) if adds else (X,)]
    assert told(store) == [("arxiv:2605.00001", "post", OTHER)] * updates
    assert outcomes(taken) == ["added"]
    take(store, request(post=OTHER, source=source))
    assert len(told(store)) == updates


def test_a_skipped_paper_stays_skipped_and_the_result_says_so(store: DatabaseStore) -> None:
    held(store, "skipped")
    (taken,) = take(store, request(post=OTHER))
    assert (taken.outcome, taken.stub and taken.stub.posts) == (IntakeOutcome.SKIPPED, (X,))
    assert "queue requeue 2605.00001" in (taken.remark or "")


@pytest.mark.parametrize(
    ("post", "words", "field", "value"),
    [
        (X, None, "post 1800000000000000000", X),
        (X, "元ポスト:", "post 1800000000000000000", X),
        (OTHER, "解説ポスト:", "post 3kaheyt6vpc22", f"解説ポスト: {OTHER}"),
        ("https://blog.example/--x", "参考:", "post a33e7e12c2c4", "参考: https://blog.example/--x"),
    ],
)
def test_a_post_on_a_note_is_offered_and_publish_can_apply_it(
    store: DatabaseStore, post: str, words: str | None, field: str, value: str
) -> None:
    noted(store)
    api = FakeApi()
    (taken,) = take(store, request(post=post, words=words), api=api)
    assert (taken.outcome, api.asked) == (IntakeOutcome.OFFERED, [])
    ((key, told_field, told_value),) = told(store)
    assert (key, told_value) == ("note:7", value)
    assert told_field == field or post.startswith("https://blog")
    (update,) = store.digests.open_updates()
    change = change_of(update, "[Paper Note] Math", (), (), ())
    assert change.comment == f"{(words or '元ポスト:')}\n{post}"
    take(store, request(post=post, words=words))
    assert len(told(store)) == 1


@pytest.mark.parametrize(
    ("number", "posts", "asked"),
    [
        (7, (X,), request(post=SAME_X)),
        (7, (), request(post=None)),
        (None, (), request()),
        (7, (), request(post=HF, source="Daily")),
    ],
)
def test_nothing_is_offered_that_the_note_has_or_cannot_take(
    store: DatabaseStore, number: int | None, posts: tuple[str, ...], asked: IntakeRequest
) -> None:
    noted(store, number, posts)
    assert outcomes(take(store, asked)) == ["known"]
    assert (told(store), store.stubs.all()) == ([], [])


def test_a_paper_that_arxiv_cannot_tell_of_fails_alone(store: DatabaseStore) -> None:
    missing, good = take(store, request("2605.09999"), request())
    assert (missing.outcome, missing.error and missing.error.kind) == (IntakeOutcome.FAILED, "not-found")
    assert good.outcome is IntakeOutcome.DRAFTED
    down, known = take(store, request("2605.00002"), request(), api=FakeApi(error=UnavailableError("It is down.")))
    assert (str(down.error), known.outcome) == ("It is down.", IntakeOutcome.KNOWN)


def test_with_topics_only_matching_papers_are_drafted(store: DatabaseStore) -> None:
    api = FakeApi({"2605.00001": paper(), "2605.00002": paper("2605.00002", "Cooking")})
    only = frozenset({"Math"})
    taken = take(store, request(only=only), request("2605.00002", only=only), request("2605.00002"), api=api)
    assert outcomes(taken) == ["drafted", "unmatched", "drafted"]


def test_a_guess_is_marked_until_something_names_the_paper(store: DatabaseStore) -> None:
    take(store, request(guess="Math for models"))
    assert [stub.guessed_from for stub in store.stubs.all()] == ["Math for models"]
    take(store, request())
    assert [stub.guessed_from for stub in store.stubs.all()] == [None]


def test_a_page_is_taken_in_once_and_met_again_in_queue_and_archive(store: DatabaseStore) -> None:
    page = draft_from_page(Article("https://blog.example/a", title="How"))
    intake = Intake(store=store, api=FakeApi(), topics=[topic()], enrich=lambda stub: stub, clock=FakeClock())
    first = intake.take_page(page, IntakeRequest(None, X), DAY)
    again = intake.take_page(page, IntakeRequest(None, OTHER), DAY)
    assert (first.outcome, again.outcome) == (IntakeOutcome.DRAFTED, IntakeOutcome.ADDED)
    store.stubs.save(replace(page, status=StubStatus.SKIPPED), NIGHT)
    assert intake.take_page(page, IntakeRequest(None, X), DAY).outcome is IntakeOutcome.SKIPPED
    note = Note("[Article] That", 9, urls=("http://www.blog.example/b/",))
    store.notes.save(None, note, {"gh": note})
    other = draft_from_page(Article("https://blog.example/b", title="That"))
    fresh = Intake(store=store, api=FakeApi(), topics=[topic()], enrich=lambda stub: stub, clock=FakeClock())
    assert fresh.take_page(other, IntakeRequest(None, X), DAY).outcome is IntakeOutcome.OFFERED


def test_a_post_that_names_nothing_is_known_by_who_has_it(store: DatabaseStore) -> None:
    held(store, "skipped")
    noted(store, posts=(OTHER,))
    noted(store, None, posts=("https://x.com/a/status/5",))
    intake = Intake(store=store, api=FakeApi(), topics=[], enrich=lambda stub: stub, clock=FakeClock())
    found = {
        post: intake.known_post(post)
        for post in (SAME_X, OTHER, "https://x.com/b/status/5", "https://x.com/a/status/6")
    }
    assert [one and str(one.outcome) for one in found.values()] == ["skipped", "known", "known", None]
    store.stubs.save(replace(store.stubs.all()[0], status=StubStatus.QUEUED), NIGHT)
    fresh = Intake(store=store, api=FakeApi(), topics=[], enrich=lambda stub: stub, clock=FakeClock()).known_post(X)
    assert fresh is not None
    assert fresh.remark == "is queued already, with this post"


def test_votes_rise_while_a_stub_is_queued(store: DatabaseStore) -> None:
    stub = held(store, "queued", votes=3)
    intake = Intake(store=store, api=FakeApi(), topics=[], enrich=lambda stub: stub, clock=FakeClock())
    for votes, expected in ((2, 3), (9, 9)):
        intake.count_votes({"2605.00001": votes, "2605.00002": 1})
        assert [one.votes for one in store.stubs.all()] == [expected]
    store.stubs.save(replace(stub, status=StubStatus.DIGESTED), NIGHT)
    intake.count_votes({"2605.00001": 99})
    assert [one.votes for one in store.stubs.all()] == [3]
