"""Client for any server with OpenAI's chat completions API; each failure becomes an error with a kind.

The key goes into one header, and that to ``base_url`` alone. It appears in no error, log or file, also
where a server repeats it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct, field

from notebot.core.model.errors import (
    BadAnswerError,
    NotebotError,
    RefusedError,
    ServiceError,
    ThrottledError,
    UnavailableError,
    UsageError,
)
from notebot.core.net.client import Http, is_loopback
from notebot.core.net.retry import RetryableError, retry, retry_after_s
from notebot.core.net.secrets import redacted_url
from notebot.core.text.patterns import regex
from notebot.core.text.tex import collapse
from notebot.features.summaries.rules.prompts import ModelAnswer, Question

if TYPE_CHECKING:
    import threading

    from notebot.core.net.response import RawResponse, Response

SERVICE = "The language model server"
MOST_REQUESTS = 4
"""Requests per question, including retries and requests repeated without a setting that the server rejected."""

_MAX_BYTES = 2 * 1024 * 1024
_MOST_WORDS = 200
_MOST_NAME = 100

_KEY = regex(r"[\x21-\x7e]{1,1000}")
_NAME = regex(r"[^\w.:/@+ -]+")
_LAPSE = regex(r"(?:(\d{1,4})h)?(?:(\d{1,4})m(?!s))?(?:(\d{1,6}(?:\.\d{1,6})?)s)?(?:(\d{1,9}(?:\.\d{1,6})?)ms)?")
_MONEY = (
    "insufficient_quota",
    "credit_balance_exhausted",
    "project_spend_limit_exceeded",
    "organization_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
)
_OPTIONS = ("response_format", "json_schema", "temperature", "seed", "max_completion_tokens", "max_tokens")


class _QuestionError(BadAnswerError):
    """The server rejects a setting of the request; ``options`` are the settings that its message names."""

    def __init__(self, message: str, options: frozenset[str]) -> None:
        super().__init__(message)
        self.options = options


class _Asking(Struct):
    """Counts the requests of one question."""

    spend: Callable[[], bool]
    made: int = 0
    bad_answers: int = 0
    failure: ServiceError = field(
        default_factory=lambda: ThrottledError("The day's budget of requests to a language model is spent.")
    )

    def begin(self) -> None:
        """Counts a request; if the limit is reached, raises the last failure instead."""
        if self.made >= MOST_REQUESTS or not self.spend():
            raise self.failure
        self.made += 1


class _Dialect(Struct):
    """Which optional settings a model accepts, as found out from its errors; servers differ in this."""

    unknown: set[str] = field(default_factory=set)

    def settings(self, question: Question) -> dict[str, Any]:
        """The optional parts of a request."""
        limit = "max_completion_tokens" if "max_tokens" in self.unknown else "max_tokens"
        form = {"name": str(question.role), "schema": question.schema, "strict": True}
        # with the same settings the answer would be truncated at the same place again
        settings = {
            "temperature": 0 if question.attempt == 1 else 0.5,
            "seed": 6 + question.attempt,
            limit: question.attempt * question.most_tokens,
            "response_format": {"type": "json_schema", "json_schema": form},
        }
        return {name: value for name, value in settings.items() if name not in self.unknown}

    def learn(self, options: frozenset[str]) -> bool:
        """Stops sending the settings that a server rejected; returns False if none of them was being sent."""
        before = len(self.unknown)
        if "max_tokens" in options:  # the other name may be the remedy, and is the next thing to try
            other = {"max_completion_tokens"}
            options = options | other if "max_tokens" in self.unknown else options - other
        self.unknown |= {"response_format" if name == "json_schema" else name for name in options}
        return len(self.unknown) > before


class Llm:
    """See :class:`notebot.features.summaries.summarise.Writer`.

    Args:
        http: with ``retry_s`` 0: tries are counted here, for each may cost money.
        base_url: as servers name it, ``…/v1``.
        key: ``None`` for a server that wants none.
        key_env: the environment variable of the key, as errors name it.
        retry_s: how long one question is tried again.
        stop: ends waiting.

    Raises:
        UsageError: ``base_url`` or ``key`` cannot be one, or the key would travel unencrypted.
    """

    def __init__(
        self, http: Http, base_url: str, key: str | None, key_env: str, retry_s: float, stop: threading.Event
    ) -> None:
        self._http = http
        self._key = (key or "").strip() or None
        if self._key and not _KEY.fullmatch(self._key):
            raise UsageError(f"{key_env} contains a character that an API key cannot have; set it again")
        self._key_env = key_env
        self._url = f"{_checked_base(base_url, secret=self._key is not None)}/chat/completions"
        self._retry_s = retry_s
        self._stop = stop
        self._dialects: dict[str, _Dialect] = {}

    def write(self, question: Question, spend: Callable[[], bool]) -> ModelAnswer:
        """See :class:`notebot.features.summaries.summarise.Writer`."""
        asking = _Asking(spend)
        return retry(lambda: self._attempt(question, asking), self._retry_s, self._stop)

    def _attempt(self, question: Question, asking: _Asking) -> ModelAnswer:
        dialect = self._dialects.setdefault(question.model, _Dialect())
        while True:
            asking.begin()
            try:
                return self._ask(question, dialect)
            except _QuestionError as error:
                if not dialect.learn(error.options):
                    raise
                asking.failure = error
            except RefusedError:
                raise
            except BadAnswerError as error:
                # an answer in HTML is not from the API and will not change, and each request may cost money
                asking.bad_answers += 1
                if asking.bad_answers > 1:
                    raise
                asking.failure = error
                raise RetryableError(error) from error.__cause__
            except ServiceError as error:
                asking.failure = error
                raise RetryableError(error) from error.__cause__

    def _ask(self, question: Question, dialect: _Dialect) -> ModelAnswer:
        messages = [{"role": "system", "content": question.system}, {"role": "user", "content": question.user}]
        asked = {"model": question.model, "messages": messages, "stream": False, **dialect.settings(question)}
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        answer = self._http.post(
            self._url,
            json.dumps(asked).encode(),
            accept=("application/json",),
            max_bytes=_MAX_BYTES,
            service=SERVICE,
            headers=headers,
            refusal=lambda reply: self._refusal(reply, question.model),
        )
        return self._read(answer, question.model)

    def _read(self, answer: Response, asked_model: str) -> ModelAnswer:
        document = _object(answer.body.decode(errors="replace"))
        choices = document.get("choices")
        choice = _dict(choices[0]) if isinstance(choices, list) and choices else {}
        message = _dict(choice.get("message"))
        if not message:
            words = _words(document)
            where = redacted_url(self._url)
            raise BadAnswerError(
                f"{SERVICE} sent no answer{f' but “{words}”' if words else ''} ({where}); try again later"
            )
        usage = _dict(document.get("usage"))
        # the model name is shown in a heading, so it must not contain brackets or line ends
        model = collapse(_NAME.sub("", _str(document.get("model"))))[:_MOST_NAME].strip()
        return ModelAnswer(
            content=_str(message.get("content")),
            model=model or asked_model,
            finish=_str(choice.get("finish_reason")),
            refusal=_str(message.get("refusal")),
            prompt_tokens=_count(usage.get("prompt_tokens")),
            completion_tokens=_count(usage.get("completion_tokens")),
        )

    def _refusal(self, reply: RawResponse, model: str) -> NotebotError | None:
        """Returns the error for a status; ``None`` for 5xx and redirects, which the HTTP client handles."""
        body = reply.body.decode(errors="replace")
        where = f"status {reply.status}; {redacted_url(self._url)}"
        if reply.status == 402 or (reply.status == 429 and any(word in body for word in _MONEY)):
            return RefusedError(f"{SERVICE} wants money before it goes on ({where}); top up the account, or wait")
        if reply.status == 429:
            wait_s = _wait_s(reply.headers)
            until = "" if wait_s is None else f" for {wait_s:.0f} s"
            return ThrottledError(f"{SERVICE} asks us to slow down{until} ({where}); try again later", wait_s)
        if reply.status in (401, 403):
            held = "does not accept the key" if self._key else "wants a key"
            return UsageError(f"{SERVICE} {held} ({where}); put a valid one into {self._key_env}")
        if reply.status == 404:
            return UsageError(f"{SERVICE} has no model {model!r} there ({where}); correct [llm] in the config")
        if reply.status in (408, 409):
            return UnavailableError(f"{SERVICE} is busy ({where}); try again later")
        return self._not_taken(where, body) if 400 <= reply.status < 500 else None

    def _not_taken(self, where: str, body: str) -> _QuestionError:
        words = _words(_object(body)) or "it does not say why"
        options = frozenset(name for name in _OPTIONS if name in body)
        if "context" in body and "length" in body:
            options |= {"max_tokens"}  # room that is set aside for the answer counts too
        return _QuestionError(
            f"{SERVICE} does not take the question ({where}): {words or 'it does not say why'}", options
        )


def _checked_base(base_url: str, *, secret: bool) -> str:
    """The base URL without a trailing slash. An API key is only sent over HTTPS or to this machine."""
    try:
        parts = urlsplit(base_url)
        good = parts.scheme.lower() in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment or "@" in parts.netloc:
        raise UsageError("llm.base_url must be a web address like https://…/v1, without user, query or fragment")
    if secret and parts.scheme.lower() != "https" and not is_loopback(base_url):
        raise UsageError("llm.base_url must be https where a key is sent; unset the key if the server wants none")
    return base_url.rstrip("/")


def _wait_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: from ``Retry-After``, else until the exhausted rate limit is reset."""
    asked_s = retry_after_s(headers.get("retry-after"), headers.get("date"))
    if asked_s is not None:
        return asked_s
    spent = [kind for kind in ("requests", "tokens") if headers.get(f"x-ratelimit-remaining-{kind}", "").strip() == "0"]
    lapses = [_lapse_s(headers.get(f"x-ratelimit-reset-{kind}", "")) for kind in spent]
    return max((lapse for lapse in lapses if lapse is not None), default=None)


def _lapse_s(text: str) -> float | None:
    """Parses a duration such as ``6m0s``, ``1.2s`` or ``20ms``; returns seconds."""
    found = _LAPSE.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        return None
    hours, minutes, seconds, thousandths = (float(part or 0) for part in found.groups())
    return 3600 * hours + 60 * minutes + seconds + thousandths / 1000


def _words(document: Mapping[str, Any]) -> str:
    """The error message of a response on one short line; servers put it in different places."""
    error = document.get("error")
    candidates: Iterable[object] = (_dict(error).get("message"), error, document.get("message"), document.get("detail"))
    said = next((one for one in candidates if isinstance(one, str) and one.strip()), "")
    visible = "".join(character for character in collapse(said) if character.isprintable())
    return visible if len(visible) <= _MOST_WORDS else f"{visible[:_MOST_WORDS]}…"


def _object(text: str) -> dict[str, Any]:
    with suppress(ValueError, RecursionError):
        return _dict(json.loads(text))
    return {}


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _str(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    """A token count from a response; 0 if it is missing or not a sensible number."""
    return value if isinstance(value, int) and 0 <= value < 10**9 and not isinstance(value, bool) else 0
