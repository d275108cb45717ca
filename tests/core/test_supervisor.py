"""An unexpected exception in one unit of work is one reported failure, and its neighbours are done."""

import ast
import logging
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import notebot
from fakes import DAY, FakeApi, FakeClock, batch, entry, paper, topic
from features.announcements.poll_setup import PollSetup
from notebot.app.error_log import keep_error_log
from notebot.core.model.errors import DamagedRecordError, NotFoundError, StateError, UnexpectedError
from notebot.core.model.post import Post, Service
from notebot.core.model.source_record import Validators
from notebot.core.net.pace import Stopped
from notebot.core.supervisor import supervised
from notebot.features.digests.moves import Moves
from notebot.features.health.doctor import run_checks
from notebot.features.intake.fetch import PaperFetcher
from notebot.features.intake.handed_over_links import LinkIntake
from notebot.features.intake.read_post import PostReading
from notebot.features.intake.rules.inbox_lines import SharedLink
from notebot.features.intake.rules.source_settings import SourceKind, WatchedSource
from notebot.features.intake.take_in import Intake
from notebot.features.intake.watched_sources import ItemAnswer, SourceWatcher
from notebot.store.store import DatabaseStore

pytestmark = pytest.mark.makes_mistakes
FEATURES = Path(notebot.__file__).parent / "features"


def breaks_for(bad: str, good: Callable[..., Any]) -> Callable[..., Any]:
    """A function with a mistake that shows for one value of its first argument."""

    def do(value: Any, *rest: Any) -> Any:
        if bad in str(value):
            raise ZeroDivisionError("a mistake of our own")
        return good(value, *rest)

    return do


# the wrapper


def test_expected_errors_and_stops_pass_unchanged() -> None:
    for error in (NotFoundError("gone"), StateError("full"), Stopped(), KeyboardInterrupt()):
        with pytest.raises(type(error)) as caught, supervised("A unit"):
            raise error
        assert caught.value is error


def test_an_unexpected_error_is_one_sentence_with_a_reference_to_its_traceback(tmp_path: Path) -> None:
    keep_error_log(tmp_path)
    with pytest.raises(UnexpectedError) as caught, supervised("The post x"):
        raise ZeroDivisionError("secret")
    sentence = str(caught.value)
    assert sentence.startswith("The post x failed unexpectedly (ZeroDivisionError).")
    assert "secret" not in sentence
    log = (tmp_path / "errors.log").read_text(encoding="utf-8")
    assert sentence.partition("[")[2].partition("]")[0] in log
    assert "Traceback" in log
    assert "secret" in log
    assert (tmp_path / "errors.log").stat().st_mode & 0o077 == 0


def test_a_damaged_record_concerns_its_unit_alone() -> None:
    with pytest.raises(UnexpectedError, match="A record is damaged"), supervised("A unit"):
        raise DamagedRecordError("A record is damaged.")


def test_a_large_log_is_renamed(tmp_path: Path) -> None:
    keep_error_log(tmp_path)
    (tmp_path / "errors.log").write_text("x" * 1_000_001, encoding="utf-8")
    with pytest.raises(UnexpectedError), supervised("A unit"):
        raise ZeroDivisionError
    assert (tmp_path / "errors.log.1").stat().st_size == 1_000_001
    assert (tmp_path / "errors.log").stat().st_size < 10_000


# each loop


def test_categories(store: DatabaseStore, caplog: pytest.LogCaptureFixture) -> None:
    setup = PollSetup(store)
    setup.feed.answers["cs.LG"] = batch(entry(), category="cs.LG")
    setup.feed.retrieve = breaks_for("cs.CL", setup.feed.retrieve)  # type: ignore[method-assign]
    with caplog.at_level(logging.CRITICAL):
        report = setup.poll()
    states = {source.source: source.state for source in report.sources}
    assert (states["cs.CL"], states["cs.LG"]) == ("failed", "fresh")
    assert report.status == "partial"
    row = store.ledger.row("cs.CL", DAY)
    assert row is not None
    assert row.state == "failed"


def test_sources(store: DatabaseStore) -> None:
    reader = SimpleNamespace(read=breaks_for("bad", lambda source, validators: ItemAnswer((), Validators())))
    intake = Intake(store=store, api=FakeApi(), topics=[topic()], enrich=lambda stub: stub, clock=FakeClock())
    watcher = SourceWatcher(
        store=store, watched=store.watched, reader=reader, intake=intake, topics=["Math"], clock=FakeClock()
    )
    sources = [WatchedSource(name, SourceKind.FEED, f"https://{name}.example") for name in ("bad", "good")]
    assert [report.state for report in watcher.read_sources(sources, DAY)] == ["failed", "quiet"]


def test_links_of_posts_and_the_inbox(store: DatabaseStore) -> None:
    def read(url: str, typed: str) -> PostReading:
        return PostReading(Post(Service.PAGE, None, url, url), (), (), ())

    intake = Intake(store=store, api=FakeApi(), topics=[topic()], enrich=lambda stub: stub, clock=FakeClock())
    posts: Any = SimpleNamespace(read=breaks_for("bad", read))
    pages: Any = SimpleNamespace(draft=breaks_for("odd", lambda url: (_ for _ in ()).throw(NotFoundError("gone"))))
    links = [SharedLink(f"https://{name}.example/a") for name in ("bad", "odd", "good")]
    results = LinkIntake(posts, intake, pages).take_links(links, DAY)
    assert [type(result.error) for result in results] == [UnexpectedError, UnexpectedError, NotFoundError]


def test_references_of_fetch() -> None:
    enrich = breaks_for("Cooking", lambda stub: stub)
    api = FakeApi({"2605.00001": paper(), "2605.00002": paper("2605.00002", "Cooking")})
    fetcher = PaperFetcher(api=api, store=None, topics=[topic()], enrich=enrich, clock=FakeClock())
    first, second = fetcher.fetch(["2605.00002", "2605.00001"], DAY, None, save=False)
    assert isinstance(first.error, UnexpectedError)
    assert second.stub is not None


def test_moves(store: DatabaseStore) -> None:
    setup = PollSetup(store)
    setup.feed.answers["cs.CL"] = batch(entry())
    setup.poll()
    keys = [stub.key for stub in store.stubs.all()]
    files: Any = SimpleNamespace()
    moves = Moves(store, files, FakeClock(), "cli")
    moves.decide = breaks_for(keys[0], moves.decide)  # type: ignore[method-assign]
    results = moves.move("skip", [keys[0], "nothing"])
    assert isinstance(results[0].error, UnexpectedError)
    assert results[1].error is not None


def test_checks_of_doctor() -> None:
    results = run_checks([("first", lambda: str(1 // 0)), ("second", lambda: "It is well.")])
    assert [(result.check, result.ok) for result in results] == [("first", False), ("second", True)]


# every loop

NOT_UNITS = {
    "announcements/backfill.py": "the windows of one backfill follow each other; the command reports the first failure",
    "delivery/deliver.py": "takes the result of a delivery that was supervised in a thread of its own",
    "health/guarded_service.py": "counts the failures of a service and raises them again",
    "intake/adapters/web_page/fetch_page.py": "tries another way to the same page",
    "intake/read_post.py": "one post, which its caller supervises",
    "publishing/fill/write_issue.py": "looks whether a lost write has arrived, and raises again",
    "publishing/publish/labels.py": "looks whether a lost write has arrived, and raises again",
    "publishing/publish/publish_stub.py": "looks whether a lost write has arrived, and raises again",
    "summaries/adapters/llm.py": "asks in another way, and raises again",
}
"""Files of features whose handlers of expected errors do not end a unit of work, and why."""


def test_whoever_goes_on_after_an_error_supervises_the_unit() -> None:
    unsupervised = []
    for path in sorted(FEATURES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Try):
                continue
            caught = {name.id for handler in node.handlers if handler.type for name in ast.walk(handler.type)
                      if isinstance(name, ast.Name)}  # fmt: skip
            raises = any(isinstance(each, ast.Raise) for handler in node.handlers for each in ast.walk(handler))
            names = {each.id for line in node.body for each in ast.walk(line) if isinstance(each, ast.Name)}
            if caught & {"NotebotError", "ServiceError"} and "supervised" not in names and not raises:
                unsupervised.append(f"{path.relative_to(FEATURES)}:{node.lineno}")
    places = [place for place in unsupervised if place.partition(":")[0] not in NOT_UNITS]
    assert not places, f"run these units inside `supervised`: {places}"
