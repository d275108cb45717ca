"""Secrets in URLs are not shown, and what a server repeats of a secret never comes further than the client."""

import gzip
import html
import json
import threading
from urllib.parse import quote

import pytest

from notebot.core.model.errors import BadAnswerError, NotebotError
from notebot.core.net.client import Http
from notebot.core.net.response import RawResponse, Request
from notebot.core.net.secrets import redact, redact_bytes, redacted_url, secrets_of
from servers.loopback import Handler, Loopback, answer, raw

TOKEN = "gh" + "p_in/vented+0123456789<x>"
SECRETS = secrets_of("http://x.test/", {"Authorization": f"Bearer {TOKEN}"})


def test_a_url_is_shown_without_its_secrets_whatever_its_length() -> None:
    assert redacted_url("https://me:hidden@x.test/a?author=Ada&Api_Key=hidden") == "https://x.test/a?author=…&Api_Key=…"
    assert redacted_url(f"https://x.test/?{'key' * 100_000}=hidden&q=1").endswith("…")
    assert "hidden" not in redacted_url(f"https://x.test/?{'key-' * 100_000}=hidden")


@pytest.mark.parametrize(
    ("url", "headers", "secrets"),
    [
        ("http://x.test/?api_key=long-secret&q=1", {}, {"long-secret"}),
        ("http://me:long%2Fsecret@x.test/", {}, {"long/secret", "long%2Fsecret", "long\\/secret"}),
        ("http://x.test/?author=Lovelace&keyword=attention&resumptionToken=12345678", {}, set()),
        ("http://x.test/", {"x-api-key": "none", "Accept": "application/json"}, set()),
        ("http://x.test/", {"X-Api-Key": "0123456789"}, {"0123456789"}),
        ("http://x.test/", {"Zotero-API-Key": "0123456789"}, {"0123456789"}),
        ("http://[", {}, set()),
    ],
)
def test_only_what_the_request_keeps_secret_is_looked_for(url: str, headers: dict[str, str], secrets: set[str]) -> None:
    assert set(secrets_of(url, headers)) == secrets


@pytest.mark.parametrize("spelling", [TOKEN, quote(TOKEN, safe=""), html.escape(TOKEN), TOKEN.replace("/", "\\/")])
def test_every_spelling_is_replaced(spelling: str) -> None:
    assert redact(f"a {spelling} b", SECRETS) == "a … b"
    assert redact_bytes(f"a {spelling} b".encode(), SECRETS).decode() == "a … b"


def test_characters_that_json_escapes_are_found_and_other_escapes_stay() -> None:
    secrets = secrets_of("http://x.test/", {"Authorization": "Bearer 0123456789"})
    kept = 'é "\\u0041" \\ \x7f'
    body = json.dumps({"a": kept, "b": "0123456789"}).replace("456", "\\u0034\\u0035\\u0036")
    assert json.loads(redact_bytes(body.encode(), secrets)) == {"a": kept, "b": "…"}


@pytest.mark.parametrize("size", range(4, len(TOKEN) + 1))
def test_the_beginning_of_a_secret_at_a_cut_end_is_replaced(size: int) -> None:
    assert redact_bytes(f"a {TOKEN[:size]}".encode(), SECRETS, is_cut=True).decode() == "a …"


def echo(body: str, status: int = 422, **headers: str) -> Handler:
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    packed = gzip.compress(body.encode()) if headers.get("Content_Encoding") == "gzip" else body.encode()
    return raw(
        f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{head}Content-Length: {len(packed)}\r\n\r\n".encode()
        + packed
    )


ECHOES = {
    "in a 422": echo(json.dumps({"message": f"Bad credentials: {TOKEN}"})),
    "in a 403": echo(json.dumps({"message": f"{TOKEN} may not"}), 403),
    "packed": echo(f"Bearer {TOKEN} is bad", Content_Encoding="gzip"),
    "on a page": echo(f"<h1>{html.escape(TOKEN)}</h1>", 500),
    "cut": echo("x" * 1010 + TOKEN + "y" * 9000),
    "in a header": echo("{}", 429, Retry_After=TOKEN),
    "in a redirect": echo("", 302, Location=f"ftp://x.test/{TOKEN}"),
    "in a redirect to a URL": echo("", 302, Location=f"http://127.0.0.1:1/?next={TOKEN}"),
    "in the status line": raw(f"HTTP/1.1 {TOKEN}\r\n\r\n".encode()),
    "instead of a header": raw(f"HTTP/1.1 200 OK\r\nAuthorization {TOKEN}\r\n\r\n".encode()),
    "in a fine answer": answer(json.dumps({"model": TOKEN}), 200, "application/json"),
}


@pytest.mark.parametrize("how", ECHOES)
def test_an_echoed_token_comes_no_further(how: str) -> None:
    seen: list[RawResponse] = []
    http = Http("notebot/9", 5.0, 0.0, threading.Event())

    def quote_all(raw_response: RawResponse) -> NotebotError:
        seen.append(raw_response)
        return BadAnswerError(f"{raw_response.body.decode(errors='replace')} {dict(raw_response.headers)}")

    with Loopback([ECHOES[how]]) as server:
        arguments = {"accept": ("application/json",), "max_bytes": 10_000, "service": "It", "refusal": quote_all}
        headers = {"Authorization": f"Bearer {TOKEN}"}
        try:
            response = http.get(server.url, headers=headers, **arguments)  # type: ignore[arg-type]
            said = f"{response.body.decode()} {response.headers} {response.url}"
        except NotebotError as error:
            causes = [error, error.__cause__, error.__context__ if not error.__suppress_context__ else None]
            said = " ".join(map(str, causes))
    for spelling in (TOKEN, html.escape(TOKEN), TOKEN[:8]):
        assert spelling not in said + "".join(map(str, seen))
    if "fine" in how:
        assert said.startswith('{"model": "…"}')


@pytest.mark.parametrize("location", ["", "  "])
def test_a_redirect_without_location_does_not_blame_the_config(location: str) -> None:
    with Loopback([echo("", 301, Location=location)]) as server, pytest.raises(BadAnswerError) as caught:
        Http("notebot/9", 5.0, 0.0, threading.Event()).get(
            server.url, accept=("application/json",), max_bytes=99, service="It"
        )
    assert "redirects (status 301) without saying where" in str(caught.value)
    assert str(caught.value).endswith("; try again later")


def test_a_request_in_a_traceback_shows_no_secret() -> None:
    request = Request(
        url="https://curator:hunter2secret@example.org/notes?api_key=hunter2secret",
        service="Example",
        accept=(),
        max_bytes=1,
        headers={"Authorization": "Bearer hunter2secret"},
        content=b"password=hunter2secret",
    )
    assert "example.org/notes" in repr(request)
    assert "hunter2secret" not in f"{request!r} {request}"
