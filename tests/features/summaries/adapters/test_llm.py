"""The language-model adapter against a real server on loopback, in all its moods."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from fresh_store import new_store
from notebot.core.model.errors import (
    BadAnswerError,
    NotebotError,
    RefusedError,
    ServiceTimeoutError,
    ThrottledError,
    UnavailableError,
    UsageError,
)
from notebot.core.model.stub import AttributedText
from notebot.core.net.client import Http
from notebot.features.summaries.adapters.llm import MOST_REQUESTS, Llm
from notebot.features.summaries.rules.prompts import ModelAnswer, Question, Role, make_question, read_answer
from notebot.features.summaries.summarise import Failures, Usage
from notebot.store.llm_cache import WrittenTextTables
from servers.llm_server import (
    DOWN,
    GOOD,
    MODEL,
    MONEY,
    PAGE,
    SENTENCES,
    UNUSABLE,
    WRONG,
    LlmServer,
    completion,
    failure,
    told,
)
from servers.loopback import Handler, answer, raw, unused_port

KEY = "sk-test-Zx81mQ0vWnL7"
KEY_ENV = "NOTEBOT_LLM_KEY"
ABSTRACT = "We present a small model that proves theorems. It reaches 53.1% accuracy."
QUESTION = make_question(Role.SUMMARY, "tiny-1", "ja", "Small models prove", ABSTRACT)


def llm(url: str, key: str | None = KEY, retry_s: float = 0.0, timeout_s: float = 5.0) -> Llm:
    """A client that waits for nothing between two tries: who is told to stop does not sleep."""
    hurry = threading.Event()
    hurry.set()
    return Llm(Http("notebot/9", timeout_s, 0.0, threading.Event()), url, key, KEY_ENV, retry_s, hurry)


def spend() -> bool:
    return True


def budget(calls: int) -> Callable[[], bool]:
    left = iter([True] * calls)
    return lambda: next(left, False)


def ask(server: LlmServer, question: Question = QUESTION, **more: Any) -> ModelAnswer:
    return llm(server.url, **more).write(question, spend)


def error_of(handler: Handler, retry_s: float = 0.0, **more: Any) -> tuple[NotebotError, LlmServer]:
    with LlmServer([handler] * 9) as server, pytest.raises(NotebotError) as caught:
        read_answer(QUESTION, ask(server, retry_s=retry_s, **more))
    return caught.value, server


def test_an_answer_has_the_name_that_the_server_says_and_its_tokens() -> None:
    with LlmServer() as server:
        got = ask(server)
    assert got == ModelAnswer(GOOD, MODEL, "stop", "", 400, 90)
    assert read_answer(QUESTION, got) == "".join(SENTENCES)


def test_a_question_is_posted_whole_with_the_key_in_one_header() -> None:
    with LlmServer() as server:
        ask(server)
    (called,) = server.called
    assert called.path == "/v1/chat/completions"
    assert called.headers["authorization"] == f"Bearer {KEY}"
    assert (called.json["model"], called.json["stream"], called.json["temperature"]) == ("tiny-1", False, 0)
    assert (called.system, called.user) == (QUESTION.system, QUESTION.user)
    assert called.json["response_format"]["json_schema"]["schema"] == QUESTION.schema
    assert KEY.encode() not in called.body


def test_without_a_key_no_header_is_sent() -> None:
    with LlmServer() as server:
        ask(server, key=None)
        ask(server, key=" \n")
    assert all("authorization" not in called.headers for called in server.called)


@pytest.mark.parametrize(("model", "shown"), [(None, "tiny-1"), (7, "tiny-1"), ("", "tiny-1"), (" a)\n# x ", "a x")])
def test_a_model_s_name_can_stand_in_a_heading(model: object, shown: str) -> None:
    with LlmServer([completion(GOOD, model=model)]) as server:
        assert ask(server).model == shown


@pytest.mark.parametrize(
    "usage", [None, "many", {"prompt_tokens": -3, "completion_tokens": 1.5}, {"prompt_tokens": True}]
)
def test_a_usage_that_is_none_counts_nothing(usage: object) -> None:
    message = {"message": {"content": GOOD}}
    with LlmServer([told({"choices": [message], "usage": usage})]) as server:
        got = ask(server)
    assert (got.prompt_tokens, got.completion_tokens, got.content) == (0, 0, GOOD)


@pytest.mark.parametrize(
    "content",
    [
        f"<think>Numbers: {{53}}.</think>\n{GOOD}",
        f"They want JSON.</think>{GOOD}",
        f"{GOOD}<thinking>Done?</thinking>",
        f"```json\n{GOOD}\n```",
        f"Here it is:\n{GOOD}\nI hope it helps!",
        json.dumps({"sentences": "".join(SENTENCES)}),
        json.dumps({"sentences": SENTENCES, "notes": None}),
    ],
)
def test_what_stands_around_an_answer_is_taken_off(content: str) -> None:
    with LlmServer([completion(content, reasoning_content="Let me think.")]) as server:
        assert read_answer(QUESTION, ask(server)) == "".join(SENTENCES)


@pytest.mark.parametrize("handler", UNUSABLE.values(), ids=UNUSABLE)
def test_an_answer_of_no_use_is_a_bad_answer(handler: Handler) -> None:
    error, _ = error_of(handler)
    assert isinstance(error, BadAnswerError)
    assert error.kind == "bad-answer"
    assert error.wait_s is None


@pytest.mark.parametrize("handler", DOWN.values(), ids=DOWN)
def test_a_failure_that_may_pass_is_asked_again_and_raised_at_last(handler: Handler) -> None:
    error, server = error_of(handler)
    assert isinstance(error, UnavailableError | ThrottledError)
    assert len(server.called) == 1
    with LlmServer([handler]) as server:
        assert ask(server, retry_s=60.0).content == GOOD
    assert len(server.called) == 2


def test_a_failure_that_lasts_is_asked_again_three_times_at_most() -> None:
    error, server = error_of(failure(429, Retry_After="0"), retry_s=60.0)
    assert isinstance(error, ThrottledError)
    assert len(server.called) == MOST_REQUESTS == 4


def test_what_is_not_json_at_all_is_asked_again_once() -> None:
    error, server = error_of(PAGE, retry_s=60.0)
    assert isinstance(error, BadAnswerError)
    assert len(server.called) == 2


def test_a_second_attempt_has_other_settings_and_more_room() -> None:
    with LlmServer() as server:
        ask(server)
        ask(server, replace(QUESTION, attempt=2))
    first, second = (called.json for called in server.called)
    assert (first["temperature"], first["seed"], first["max_tokens"]) == (0, 7, QUESTION.most_tokens)
    assert (second["temperature"] > 0, second["seed"], second["max_tokens"]) == (True, 8, 2 * QUESTION.most_tokens)
    assert second["messages"] == first["messages"]


@pytest.mark.parametrize("handler", MONEY.values(), ids=MONEY)
def test_a_want_of_money_is_not_asked_again(handler: Handler) -> None:
    error, server = error_of(handler, retry_s=60.0)
    assert isinstance(error, RefusedError)
    assert "top up" in str(error)
    assert len(server.called) == 1


@pytest.mark.parametrize("handler", WRONG.values(), ids=WRONG)
def test_a_wrong_config_is_reported_to_the_operator_and_not_asked_again(handler: Handler) -> None:
    error, server = error_of(handler, retry_s=60.0)
    assert isinstance(error, UsageError)
    assert KEY_ENV in str(error) or "[llm]" in str(error)
    assert len(server.called) == 1


def test_a_server_that_wants_a_key_is_distinguished_from_one_that_takes_none() -> None:
    error, _ = error_of(failure(401), key=None)
    assert "wants a key" in str(error)


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"Retry_After": "7"}, 7.0),
        ({"x_ratelimit_remaining_requests": "0", "x_ratelimit_reset_requests": "6m0s"}, 360.0),
        ({"x_ratelimit_remaining_tokens": "0", "x_ratelimit_reset_tokens": "1.5s"}, 1.5),
        ({"x_ratelimit_remaining_tokens": "0", "x_ratelimit_reset_tokens": "120ms"}, 0.12),
        ({"x_ratelimit_remaining_requests": "0", "x_ratelimit_reset_requests": "1h2m3s"}, 3723.0),
        ({"x_ratelimit_remaining_requests": "0", "x_ratelimit_reset_requests": "soon"}, None),
        ({"x_ratelimit_remaining_requests": "5", "x_ratelimit_reset_requests": "6m0s"}, None),
        ({"x_ratelimit_remaining_requests": "0"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait_is_read_from_the_headers(headers: dict[str, str], wait_s: float | None) -> None:
    error, server = error_of(failure(429, **headers), retry_s=0.0)
    assert isinstance(error, ThrottledError)
    assert error.wait_s == wait_s
    assert len(server.called) == 1


def test_a_wait_that_is_longer_than_the_patience_ends_the_question_at_once() -> None:
    _, server = error_of(failure(429, Retry_After="3600"), retry_s=5.0)
    assert len(server.called) == 1


def test_nothing_is_asked_again_beyond_the_budget() -> None:
    with LlmServer([failure(503)] * 9) as server, pytest.raises(UnavailableError):
        llm(server.url, retry_s=60.0).write(QUESTION, budget(2))
    assert len(server.called) == 2
    with LlmServer() as server, pytest.raises(ThrottledError, match="budget"):
        llm(server.url).write(QUESTION, budget(0))
    assert server.called == []


def unknown(name: str) -> Handler:
    message = f"Unsupported parameter: '{name}' is not supported with this model."
    return failure(400, message, "invalid_request_error", "unsupported_parameter")


@pytest.mark.parametrize("name", ["response_format", "temperature", "seed", "json_schema"])
def test_a_setting_that_a_server_does_not_know_is_left_out_from_then_on(name: str) -> None:
    with LlmServer([unknown(name)]) as server:
        client = llm(server.url)
        client.write(QUESTION, spend)
        client.write(QUESTION, spend)
    left_out = "response_format" if name == "json_schema" else name
    assert [left_out in called.json for called in server.called] == [True, False, False]


def test_the_limit_of_tokens_is_named_anew_and_then_left_out() -> None:
    renamed = failure(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
    small = failure(400, "'max_tokens' or 'max_completion_tokens' is too large: the context length is 4096.")
    with LlmServer([renamed, small]) as server:
        ask(server)
    limits = [{name for name in called.json if name.startswith("max_")} for called in server.called]
    assert limits == [{"max_tokens"}, {"max_completion_tokens"}, set()]


def test_a_server_that_goes_on_refusing_the_question_is_left_alone() -> None:
    error, server = error_of(failure(400, "temperature? seed? max_tokens?"), retry_s=60.0)
    assert isinstance(error, BadAnswerError)
    assert "temperature? seed?" in str(error)
    assert len(server.called) <= MOST_REQUESTS


def test_silence_ends_with_the_time_that_is_given() -> None:
    quiet = threading.Event()
    with LlmServer([raw(until=quiet)]) as server, pytest.raises(ServiceTimeoutError):
        ask(server, timeout_s=0.1)
    quiet.set()


def test_an_answer_that_drips_is_cut_off() -> None:
    drops = [b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n", *[b" "] * 60]
    with LlmServer([raw(*drops, pause_s=0.02)]) as server, pytest.raises(ServiceTimeoutError):
        ask(server, timeout_s=0.05)


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with unused_port() as port, pytest.raises(UnavailableError):
        llm(f"http://127.0.0.1:{port}/v1").write(QUESTION, spend)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_takes_neither_question_nor_key_to_another_host(status: int) -> None:
    with LlmServer() as other:
        away = answer(status=status, kind=None, Location=f"{other.url}/chat/completions")
        error, _ = error_of(away)
    assert isinstance(error, BadAnswerError)
    assert other.called == []


@pytest.mark.parametrize(
    "base_url",
    ["", "api.example.org/v1", "ftp://h/v1", "http://[oops", "https://u:p@h/v1", "https://h/v1?key=1", "https:///v1"],
)
def test_an_address_that_is_none_is_refused(base_url: str) -> None:
    with pytest.raises(UsageError, match=r"llm\.base_url"):
        llm(base_url)


def test_a_key_travels_encrypted_or_not_at_all() -> None:
    with pytest.raises(UsageError, match="https"):
        llm("http://llm.example.org/v1")
    llm("http://llm.example.org/v1", key=None)
    llm("https://llm.example.org/v1")


@pytest.mark.parametrize("key", ["two words", "schlüssel", "a\nb"])
def test_a_key_that_is_none_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(UsageError, match=KEY_ENV) as caught:
        llm("https://llm.example.org/v1", key=key)
    assert key not in str(caught.value)


ECHOES: dict[str, Handler] = {
    "400": failure(400, f"Your key {KEY} is odd."),
    "401": failure(401, f"Incorrect API key provided: {KEY}"),
    "404": told({"error": f"no model for {KEY}"}, 404),
    "429": failure(429, KEY),
    "500": failure(500, KEY),
    "200": told({"error": {"message": f"Hello {KEY}"}}),
    "content": completion(json.dumps({"sentences": [f"鍵は{KEY}である。"]}), model=KEY),
    "escaped": answer(
        json.dumps({"choices": [{"message": {"content": GOOD}}], "model": KEY}).replace("sk-", "\\u0073k-"),
        200,
        "application/json",
    ),
    "redirect": answer(status=307, kind=None, Location=f"/{KEY}"),
}


@pytest.mark.parametrize("handler", ECHOES.values(), ids=ECHOES)
def test_a_key_that_a_server_repeats_is_in_no_error_log_or_answer(
    handler: Handler, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "notebot")
    caplog.set_level(logging.DEBUG, "httpx")
    with LlmServer([handler]) as server:
        client = llm(server.url)
        try:
            said = repr(client.write(QUESTION, spend))
        except NotebotError as error:
            said = f"{error!r} {error} {error.__cause__!r} {error.__context__!r}"
    assert KEY not in said + repr(client) + caplog.text


def test_a_key_that_is_not_a_secret_spoils_no_answer() -> None:
    with LlmServer([completion(GOOD, model="none-of-them")]) as server:
        assert ask(server, key="none").model == "none-of-them"


# What is kept of it.


@pytest.fixture
def texts(tmp_path: Path) -> Iterator[WrittenTextTables]:
    with closing(new_store(tmp_path / "n.db")) as store:
        yield store.written


DAY, NEXT_DAY = date(2026, 5, 12), date(2026, 5, 13)


def test_a_text_is_kept_by_its_key(texts: WrittenTextTables) -> None:
    assert texts.get("a") is None
    texts.keep("a", AttributedText("証明する。", MODEL))
    texts.keep("a", AttributedText("示す。", MODEL))
    assert texts.get("a") == AttributedText("示す。", MODEL)
    assert texts.get("b") is None


def test_failures_are_counted_until_a_text_came(texts: WrittenTextTables) -> None:
    assert texts.failures("a") is None
    texts.failed("a", DAY)
    texts.failed("a", NEXT_DAY)
    assert texts.failures("a") == Failures(2, NEXT_DAY)
    assert texts.get("a") is None
    texts.keep("a", AttributedText("証明する。", MODEL))
    assert texts.failures("a") is None


def test_usage_adds_up_by_day_and_over_all(texts: WrittenTextTables) -> None:
    assert texts.usage(DAY) == texts.usage() == Usage()
    texts.count(DAY, Usage(1, 400, 90))
    texts.count(DAY, Usage(1))
    texts.count(NEXT_DAY, Usage(1, 10, 5))
    assert texts.usage(DAY) == Usage(2, 400, 90)
    assert texts.usage() == Usage(3, 410, 95)
