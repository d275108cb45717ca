"""The HTTP client against a real server on loopback."""

import gzip
import os
import socket
import ssl
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from notebot.core.model.errors import (
    BadAnswerError,
    NotebotError,
    RefusedError,
    ServiceTimeoutError,
    ThrottledError,
    UnavailableError,
)
from notebot.core.model.source_record import Validators
from notebot.core.net.client import Http
from notebot.core.net.pace import Pace, Stopped
from notebot.core.net.response import Response
from notebot.core.net.retry import retry_after_s
from notebot.core.net.secrets import redacted_url
from servers.loopback import Handler, Loopback, answer, raw, unused_port

FINE = answer("<feed/>")
AGENT = "notebot/9 (+mailto:curator@example.org)"


def http(retry_s: float = 0.0, timeout_s: float = 5.0, stop: threading.Event | None = None) -> Http:
    return Http(AGENT, timeout_s, retry_s, stop or threading.Event())


def ask(server: Loopback, client: Http, max_bytes: int = 10_000, **more: object) -> Response:
    return client.get(
        f"{server.url}/atom/cs.CL?q=1",
        accept=("application/atom+xml", "text/xml"),
        max_bytes=max_bytes,
        service="the test feed",
        **more,  # type: ignore[arg-type]
    )


def failure(*script: Handler, client: Http | None = None, **more: object) -> tuple[NotebotError, Loopback]:
    with Loopback(list(script)) as server, pytest.raises(NotebotError) as caught:
        ask(server, client or http(), **more)  # type: ignore[arg-type]
    return caught.value, server


def test_a_response_has_its_type_and_validators() -> None:
    with Loopback([answer("<feed/>", kind="Text/XML; charset=utf-8", ETag='"a"', Last_Modified="x")]) as server:
        got = ask(server, http())
    assert (got.status, got.body, got.content_type, got.not_modified) == (200, b"<feed/>", "text/xml", False)
    assert got.validators == Validators('"a"', "x")
    assert got.url == f"{server.url}/atom/cs.CL?q=1"


def test_each_request_names_its_contact_and_leaves_no_connection_open() -> None:
    client = http()
    with Loopback([FINE]) as server:
        ask(server, client)
        ask(server, client)
    assert client.requests_made == 2
    headers = server.asked[0].headers
    assert headers["user-agent"] == AGENT
    assert headers["accept"] == "application/atom+xml, text/xml"
    assert headers["connection"] == "close"
    assert "if-none-match" not in headers


def test_validators_make_the_request_conditional_and_a_304_keeps_what_it_does_not_renew() -> None:
    with Loopback([answer(status=304, kind=None, ETag='"b"')]) as server:
        got = ask(server, http(), validators=Validators('"a"', "yesterday"))
    assert server.asked[0].headers["if-none-match"] == '"a"'
    assert server.asked[0].headers["if-modified-since"] == "yesterday"
    assert got.not_modified
    assert got.validators == Validators('"b"', "yesterday")


def test_a_304_to_an_unconditional_request_is_an_error() -> None:
    error, _ = failure(answer(status=304, kind=None))
    assert isinstance(error, BadAnswerError)


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        (answer("no", 429), ThrottledError),
        (answer("no", 406), ThrottledError),
        (answer("Rate exceeded.", 200, "text/plain"), ThrottledError),
        (answer("<html>Rate exceeded.</html>", 200, "text/html"), ThrottledError),
        (answer("Rate exceeded.", 503, "text/plain"), ThrottledError),
        (answer("down", 503, "text/plain"), UnavailableError),
        (answer("down", 500, "text/html"), UnavailableError),
        (answer("Access Denied", 403, "text/html"), RefusedError),
        (answer("gone", 404), BadAnswerError),
        (answer("<feed/>", 400), BadAnswerError),
        (answer("", 204), BadAnswerError),
        (answer("<html></html>", 200, "text/html"), BadAnswerError),
        (answer("", 200), BadAnswerError),
        (answer(" \n", 200), BadAnswerError),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<feed>"), BadAnswerError),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<feed"), BadAnswerError),
        (raw(), UnavailableError),
        (raw(b"not http at all\r\n\r\n"), UnavailableError),
        (answer(b"junk", Content_Encoding="gzip"), BadAnswerError),
        (answer(gzip.compress(b"<feed/>")[:-4], Content_Encoding="gzip"), BadAnswerError),
        (answer(gzip.compress(b"<feed/>") * 2, Content_Encoding="gzip"), BadAnswerError),
        (answer(b"x", Content_Encoding="br"), BadAnswerError),
        (answer(status=302, kind=None), BadAnswerError),
        (answer(status=302, kind=None, Location="file:///etc/passwd"), BadAnswerError),
        (answer(status=302, kind=None, Location="http://[oops"), BadAnswerError),
        (answer(status=301, kind=None, Location="/again"), BadAnswerError),
    ],
)
def test_an_unusable_response_raises_the_error_of_its_kind(handler: Handler, kind: type[Exception]) -> None:
    error, _ = failure(handler)
    assert type(error) is kind
    assert str(error).startswith("the test feed ")
    assert "/atom/cs.CL" in str(error)


def test_a_response_without_content_type_is_accepted() -> None:
    with Loopback([answer("<feed/>", kind=None)]) as server:
        assert ask(server, http()).content_type == ""


def test_a_kept_status_returns_its_body_unless_the_type_is_wrong() -> None:
    with Loopback([answer("<error/>", 400)]) as server:
        assert ask(server, http(), keep_statuses=(400,)).body == b"<error/>"
    error, server = failure(answer("<p>", 400, "text/html"), client=http(5), keep_statuses=(400,))
    assert isinstance(error, BadAnswerError)
    assert len(server.asked) == 1


def test_a_compressed_response_is_decompressed() -> None:
    with Loopback([answer(gzip.compress(b"<feed/>" * 99_999), Content_Encoding="gzip")]) as server:
        assert ask(server, http(), max_bytes=1_000_000).body == b"<feed/>" * 99_999


def test_reading_stops_at_the_size_limit_even_inside_a_gzip_bomb() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    for handler in (answer(b"x" * 20_000), answer(bomb, Content_Encoding="gzip")):
        error, server = failure(handler, client=http(5))
        assert "more than 10000 bytes" in str(error)
        assert len(server.asked) == 1


def test_redirects_are_followed_even_without_a_body() -> None:
    client = http()
    with Loopback([answer(status=301, kind=None, Location="/moved"), FINE]) as server:
        got = ask(server, client)
    assert got.url == f"{server.url}/moved"
    assert [asked.path for asked in server.asked] == ["/atom/cs.CL?q=1", "/moved"]
    assert client.requests_made == 2


def test_no_redirect_leads_around_arxivs_pace() -> None:
    away = answer(status=302, kind=None, Location="https://rss.arxiv.org/atom/cs.CL")
    with Loopback([away]) as server, pytest.raises(BadAnswerError, match="only paced requests"):
        ask(server, http())


def test_a_redirect_to_a_name_with_an_internal_address_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo
    away = answer(status=302, kind=None, Location="http://rebound.example/secret")
    with Loopback([FINE]) as inside, Loopback([away]) as outside:
        port = int(inside.url.rpartition(":")[2])

        def attackers_dns(host: str, asked: int, *more: Any, **named: Any) -> object:
            return real("127.0.0.1", port if host == "rebound.example" else asked, *more, **named)

        monkeypatch.setattr(socket, "getaddrinfo", attackers_dns)
        with pytest.raises(RefusedError, match="its host is this machine") as caught:
            ask(outside, http(5))
        assert "http://rebound.example/secret" in str(caught.value)
        # the name leads to the server: without the rule it would have been asked
        assert http().get("http://rebound.example/", accept=("application/atom+xml",), max_bytes=9, service="it")
    assert [asked.path for asked in inside.asked] == ["/"]


def test_a_redirect_from_https_to_http_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1"
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", *make.split(), *files], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    script = [
        answer(status=301, kind=None, Location="/here"),
        answer(status=301, kind=None, Location="http://example.org/"),
    ]
    with Loopback(script, tls=context) as server, pytest.raises(RefusedError, match="from https to http") as caught:
        ask(server, http())
    assert [asked.path for asked in server.asked] == ["/atom/cs.CL?q=1", "/here"]
    assert "put it into the config" in str(caught.value)


def test_nobody_there_is_unavailable() -> None:
    with unused_port() as port, pytest.raises(UnavailableError, match="cannot be reached"):
        http().get(f"http://127.0.0.1:{port}/", accept=("text/xml",), max_bytes=1, service="it")


@pytest.mark.parametrize("url", ["http://[oops/", "http://exa mple.org:port/"])
def test_a_url_that_is_none_is_a_bad_answer(url: str) -> None:
    with pytest.raises(BadAnswerError):
        http().get(url, accept=("text/xml",), max_bytes=1, service="it")


def test_silence_is_a_timeout() -> None:
    done = threading.Event()
    for handler in (raw(until=done), raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<fe", until=done)):
        error, _ = failure(handler, client=http(timeout_s=0.1))
        assert isinstance(error, ServiceTimeoutError)
        assert "stopped responding" in str(error)
    done.set()


@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 200 OK\r\nX: ",
        *(
            pytest.param(start, marks=pytest.mark.slow)
            for start in (
                b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n",
                b"HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n\r\n",
                b"HTTP/1.1 503 No\r\n\r\n",
            )
        ),
    ],
)
def test_an_answer_that_drips_for_ever_is_cut_after_ten_silences(start: bytes) -> None:
    error, _ = failure(raw(start, *[b"x"] * 200, pause_s=0.05), client=http(timeout_s=0.4))
    assert isinstance(error, ServiceTimeoutError)
    assert "did not finish" in str(error)


@pytest.mark.parametrize(
    "first",
    [
        answer("down", 503),
        answer("no", 429),
        answer("Rate exceeded.", 200, "text/plain"),
        answer("", 200),
        raw(),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<feed>"),
    ],
)
def test_temporary_failures_are_retried(first: Handler) -> None:
    client = http(retry_s=20)
    with Loopback([first, FINE]) as server:
        assert ask(server, client).body == b"<feed/>"
    assert client.requests_made == len(server.asked) == 2


@pytest.mark.parametrize("handler", [answer("x", 403), answer("x", 404), answer("x", 400)])
def test_permanent_failures_are_not_retried(handler: Handler) -> None:
    _, server = failure(handler, client=http(retry_s=20))
    assert len(server.asked) == 1


def test_a_response_that_fails_the_callers_check_is_retried() -> None:
    def whole(answer: Response) -> None:
        if answer.body != b"<feed/>":
            raise BadAnswerError("half a feed")

    with Loopback([answer("<fee"), FINE]) as server:
        assert ask(server, http(retry_s=20), check=whole).body == b"<feed/>"
    error, _ = failure(answer("<fee"), check=whole)
    assert str(error) == "half a feed"


def test_trying_again_ends_with_retry_s() -> None:
    waits: list[float] = []
    client = Http(AGENT, 5.0, 0.3, threading.Event(), on_wait=lambda error, wait_s: waits.append(wait_s))
    _, server = failure(answer("down", 503), client=client)
    assert len(server.asked) == len(waits) + 1 >= 2
    assert sum(waits) <= 0.3


def test_a_service_that_cannot_be_reached_has_a_shorter_limit_and_every_wait_is_reported() -> None:
    waits: list[tuple[str, float]] = []
    client = Http(
        AGENT,
        5.0,
        3600.0,
        threading.Event(),
        unreachable_s=0.3,
        on_wait=lambda error, wait_s: waits.append((str(error), wait_s)),
    )
    with unused_port() as port, pytest.raises(UnavailableError, match="cannot be reached"):
        client.get(f"http://127.0.0.1:{port}/", accept=("text/xml",), max_bytes=10, service="The feed")
    assert client.requests_made == len(waits) + 1 >= 2
    assert all("The feed cannot be reached" in message and wait_s <= 0.3 for message, wait_s in waits)


def test_retry_after_is_the_least_wait() -> None:
    client = http(retry_s=20)
    with Loopback([answer("no", 429, Retry_After="1"), FINE]) as server:
        ask(server, client)
    first, second = server.asked
    assert second.at - first.at >= 1.0


@pytest.mark.parametrize(("status", "kind"), [(429, ThrottledError), (503, UnavailableError)])
def test_a_retry_after_beyond_retry_s_ends_the_tries_at_once(
    status: int, kind: type[ThrottledError] | type[UnavailableError]
) -> None:
    error, server = failure(answer("no", status, Retry_After="3600"), client=http(retry_s=20))
    assert isinstance(error, kind)
    assert error.wait_s == 3600
    assert len(server.asked) == 1


def test_retry_after_is_read_in_both_forms_and_against_the_answers_own_clock() -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    past = format_datetime(now - timedelta(days=9), usegmt=True)
    later = format_datetime(now - timedelta(days=9, seconds=-70), usegmt=True)
    assert retry_after_s("120", None) == 120
    assert retry_after_s(later, past) == 70
    assert retry_after_s(past, later) == 0
    soon = retry_after_s(format_datetime(now + timedelta(seconds=90), usegmt=True), None)
    assert soon is not None
    assert 60 < soon <= 90
    assert retry_after_s("Wed, 21 Oct 2099 07:28:00 -0000", past) is not None
    assert retry_after_s("1.5", None) == 1.5
    for nothing in (None, "", "soon", "-3", "1.", "Thu, 01 Jan 99999999999999999999 00:00:00 GMT"):
        assert retry_after_s(nothing, None) is None


def test_once_stopped_nothing_is_asked() -> None:
    stop = threading.Event()
    stop.set()
    with Loopback([FINE]) as server, pytest.raises(Stopped):
        ask(server, http(stop=stop))
    assert server.asked == []


def test_stopping_ends_the_wait_between_two_tries() -> None:
    stop = threading.Event()

    def fail_and_stop(request: object) -> None:
        answer("down", 503, Retry_After="3000")(request)  # type: ignore[arg-type]
        stop.set()

    # were it not ended, the wait would outlast the limit of a single test
    with Loopback([fail_and_stop]) as server, pytest.raises(Stopped):
        ask(server, http(retry_s=6000, stop=stop))
    assert len(server.asked) == 1


@pytest.mark.parametrize("start", [b"", b"HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n\r\n<feed/>"])
def test_abort_drops_a_request_under_way_and_takes_nothing_of_it(start: bytes) -> None:
    client = http(retry_s=60, timeout_s=30)
    done = threading.Event()

    def hang(request: object) -> None:
        threading.Timer(0.1, client.abort).start()
        raw(start, until=done)(request)  # type: ignore[arg-type]

    # were it not aborted, the request would outlast the limit of a single test
    with Loopback([hang]) as server, pytest.raises(Stopped):
        ask(server, client)
    done.set()


def test_abort_wakes_a_request_in_the_middle_of_its_tls_handshake() -> None:
    client, ended = http(retry_s=6000, timeout_s=3000), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Stopped):

        def abort_after_the_first_byte() -> None:
            connection, _ = silent.accept()
            with connection:
                connection.recv(1)
                client.abort()
                ended.wait(120)

        threading.Thread(target=abort_after_the_first_byte, daemon=True).start()
        client.get(f"https://127.0.0.1:{silent.getsockname()[1]}/", accept=("text/xml",), max_bytes=9, service="it")
    ended.set()


def test_abort_without_a_request_is_harmless() -> None:
    client = http()
    client.abort()
    with Loopback([FINE]) as server:
        assert ask(server, client).body == b"<feed/>"


def test_every_single_request_takes_a_turn_of_the_pace(tmp_path: Path) -> None:
    clock, starts = [0.0], []

    def wait(seconds: float) -> None:
        clock[0] += seconds

    def noting(handler: Handler) -> Handler:
        def handle(request: BaseHTTPRequestHandler) -> None:
            starts.append(clock[0])
            handler(request)

        return handle

    pace = Pace(tmp_path / "arxiv.lock", 3.0, False, threading.Event(), wait=wait, clock=lambda: clock[0])
    script = [answer("down", 503), answer(status=301, kind=None, Location="/x"), FINE]
    with Loopback(list(map(noting, script))) as server:
        ask(server, http(retry_s=20), pace=pace)
        ask(server, http(), pace=pace)
    assert starts == pytest.approx([0.0, 3.0, 6.0, 9.0])


def test_errors_show_no_secret_of_a_url() -> None:
    url = "https://me:hidden@example.org/api?api_key=hidden&q=" + "x" * 90
    assert redacted_url(url) == "https://example.org/api?api_key=…&q=" + "x" * 48 + "…"
    assert "hidden" not in redacted_url("http://example.org/?access_token=hidden")


@pytest.fixture
def dead_proxy() -> Iterator[dict[str, str]]:
    with unused_port() as port:
        proxy = f"http://127.0.0.1:{port}"
        yield {**os.environ, "http_proxy": proxy, "HTTP_PROXY": proxy, "ALL_PROXY": proxy, "no_proxy": ""}


def test_loopback_is_reached_without_the_proxy_of_the_environment(dead_proxy: dict[str, str]) -> None:
    program = (
        "import sys, threading; from notebot.core.net.client import Http;"
        "Http('a', 5, 0, threading.Event()).get("
        "sys.argv[1], accept=('application/atom+xml',), max_bytes=99, service='it')"
    )
    with Loopback([FINE]) as server:
        for url in (server.url, server.url.replace("127.0.0.1", "localhost")):
            subprocess.run([sys.executable, "-c", program, url], env=dead_proxy, check=True, timeout=60)
    assert len(server.asked) == 2


def test_importing_the_adapters_loads_no_heavy_library() -> None:
    program = (
        "import sys, notebot.core.net.client\n"
        "from notebot.features.announcements.adapters import arxiv_api, arxiv_feed\n"
        "print({'httpx', 'tenacity', 'arxiv', 'requests', 'lxml'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_deflate_is_refused() -> None:
    error, server = failure(answer(zlib.compress(b"<feed/>"), Content_Encoding="deflate"))
    assert "compressed its response as deflate" in str(error)
    assert server.asked[0].headers["accept-encoding"] == "gzip"


def test_httpx_is_imported_without_what_notebot_never_uses_and_leaves_it_importable() -> None:
    program = (
        "import sys\n"
        "from notebot.core.net.httpx_import import httpx\n"
        "httpx.Client().close()\n"
        "print({'rich', 'pygments', 'trio', 'anyio'} & set(sys.modules))\n"
        "import anyio, pygments\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
