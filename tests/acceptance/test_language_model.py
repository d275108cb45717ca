"""A language model behind the installed command: it adds, and whatever it does, stubs and digests are whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.command import EVERYTHING, MATHEMATICS, TUESDAY, Desk, desk_with
from servers.faulty_arxiv import FaultyArxiv
from servers.llm_server import PAGE, TRANSLATION, LlmServer, completion, failure, obliging
from servers.loopback import Handler

pytestmark = pytest.mark.slow
KEY = "a-secret-that-shows-nowhere"


@pytest.fixture
def model() -> Iterator[LlmServer]:
    with LlmServer() as server:
        yield server


@pytest.fixture
def writing(arxiv: FaultyArxiv, desk: Desk, model: LlmServer) -> Desk:
    """A desk whose config names the model."""
    desk.sections = {
        "summary": {"backend": "llm", "language": "ja"},
        "llm": {
            "base_url": model.url,
            "summary_model": "tiny-1",
            "translation_model": "tiny-1",
            "timeout_s": 2.0,
            "daily_calls": 5,
        },
    }
    return desk


def newest(desk: Desk) -> str:
    return desk.digests()[-1].read_text(encoding="utf-8")


def test_an_entry_in_full_is_summarised_and_a_kept_stub_translated(writing: Desk, model: LlmServer) -> None:
    model.write = lambda called: obliging(called).replace(TRANSLATION, TRANSLATION * 6)
    writing.ok("poll")
    assert model.called == []
    assert writing.run("digest", NOTEBOT_LLM_KEY=KEY).code == 0
    (stub,) = writing.stubs().values()
    assert stub["summary"]["by"] != "extractive"
    assert f"(by {stub['summary']['by']})" in newest(writing)
    assert stub["translation"] is None
    assert writing.run("queue", "keep", stub["arxiv_id"], NOTEBOT_LLM_KEY=KEY).code == 0
    (stub,) = writing.stubs().values()
    assert stub["translation"] is not None
    usage = writing.ok("status", "--json").json["llm"]
    assert usage["calls_today"] == len(model.called) == 2


@pytest.mark.parametrize("handler", [failure(500), failure(429), completion(None), completion("x", finish="length")])
def test_a_model_that_fails_costs_no_digest_and_shows_no_key(writing: Desk, model: LlmServer, handler: object) -> None:
    writing.ok("poll")
    model.script = [handler] * 40  # type: ignore[list-item]
    done = writing.run("-vv", "digest", NOTEBOT_LLM_KEY=KEY)
    assert done.code == 0
    (stub,) = writing.stubs().values()
    assert (stub["status"], stub["complete"]) == ("digested", True)
    assert stub["summary"]["by"] == "extractive"
    assert len(model.called) <= 5
    said = done.out + done.err + newest(writing)
    assert KEY not in said
    assert all(KEY.encode() not in path.read_bytes() for path in Path(writing.folder).rglob("*") if path.is_file())


def test_a_budget_of_nothing_asks_nothing(writing: Desk, model: LlmServer) -> None:
    writing.sections["llm"]["daily_calls"] = 0
    writing.ok("poll")
    writing.ok("digest")
    assert model.called == []


def test_the_digest_s_entries_come_before_kept_stubs_in_the_day_s_budget(writing: Desk, model: LlmServer) -> None:
    writing.topics = [EVERYTHING]
    writing.sections["digest"] = {"language": "en", "full": 2}
    writing.sections["llm"]["daily_calls"] = 3
    writing.ok("poll")
    first, second, *rest = writing.stubs()
    assert len(rest) >= 2
    writing.ok("queue", "keep", first, second)
    assert len(model.called) == 1  # of 3 requests a day the digest may need 2
    writing.ok("digest")
    assert len(model.called) == 3
    written = [stub for key, stub in writing.stubs().items() if key in rest and stub["summary"]["by"] != "extractive"]
    assert len(written) == 2


@pytest.mark.parametrize("handler", [PAGE, completion("Of course! Here is what you wanted.")], ids=["page", "talk"])
def test_a_server_that_answers_nonsense_is_left_alone_after_three_texts(
    writing: Desk, model: LlmServer, handler: Handler
) -> None:
    writing.topics = [EVERYTHING]
    writing.sections["llm"]["daily_calls"] = 200
    writing.ok("poll")
    model.script = [handler] * 200
    done = writing.run("digest")
    assert len(model.called) == 6
    assert "summaries are written later" in done.err
    for key in writing.stubs():
        assert writing.run("queue", "keep", key).code == 0
    assert len(model.called) == 6


def test_without_a_server_in_the_config_nothing_is_asked(tmp_path: Path) -> None:
    with desk_with(None, tmp_path, topics=[MATHEMATICS], sections={"summary": {"backend": "llm"}}) as (arxiv, desk):
        arxiv.day = TUESDAY
        done = desk.run("check")
        assert done.code == 2
        assert "llm.base_url" in done.err
        assert "llm.summary_model" in done.err
