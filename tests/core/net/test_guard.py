"""The link guard: its rules as tables, and the complete client against real servers on loopback."""

import shutil
import ssl
import subprocess
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.model.errors import (
    BadAnswerError,
    NotebotError,
    NotFoundError,
    RefusedError,
    ServiceTimeoutError,
    ThrottledError,
    UnavailableError,
)
from notebot.core.net.guard import Address, Guard, GuardError, GuardRule, SystemResolver
from notebot.core.net.guard.pinned_connection import PinnedClient
from notebot.core.net.guard.robots import Robots
from notebot.core.net.guard.url_policy import check_url, violated_rule
from notebot.core.net.pace import Stopped
from notebot.core.net.response import RawResponse, Request, Response
from servers.loopback import Handler, Loopback, answer, raw, unused_port

AGENT = "notebot/9 (+mailto:curator@example.org)"
HTML = ("text/html", "application/xhtml+xml")
NO_ROBOTS = answer(status=404, kind=None)
PAGE = answer("<p>page</p>", kind="text/html; charset=utf-8")
PUBLIC = "93.184.215.14"


@dataclass
class Names:
    """A resolver that answers as scripted, the last answer for ever, and remembers what it was asked."""

    answers: list[tuple[str, ...]]
    asked: list[str] = field(default_factory=list)

    def addresses(self, host: str, limit_s: float) -> Sequence[Address]:
        found = self.answers[min(len(self.asked), len(self.answers) - 1)]
        self.asked.append(host)
        return tuple(ip_address(each) for each in found)


class NoNames:
    """A resolver for links that must be refused before anybody is asked."""

    def addresses(self, host: str, limit_s: float) -> Sequence[Address]:
        raise AssertionError(f"{host} was looked up")


def guard(
    names: Names | None = None,
    timeout_s: float = 5.0,
    stop: threading.Event | None = None,
    trust: ssl.SSLContext | None = None,
    allow_loopback: bool = True,
) -> Guard:
    """A guard for servers of a test; no test of this file asks anything but this machine."""
    resolver = names or NoNames()
    return Guard(
        AGENT, timeout_s, stop or threading.Event(), resolver=resolver, allow_loopback=allow_loopback, trust=trust
    )


def fetch(client: Guard, url: str, max_bytes: int = 100_000) -> Response:
    return client.fetch(url, accept=HTML, max_bytes=max_bytes)


def refusal(client: Guard, url: str, max_bytes: int = 100_000) -> GuardRule:
    with pytest.raises(RefusedError) as caught:
        fetch(client, url, max_bytes)
    assert isinstance(caught.value, GuardError)
    assert caught.value.kind == "refused"
    assert f"rule {caught.value.rule}" in str(caught.value)
    return caught.value.rule


HOSTILE = [
    ("file:///etc/passwd", GuardRule.SCHEME),
    ("gopher://example.org:70/1", GuardRule.SCHEME),
    ("ftp://example.org/paper.pdf", GuardRule.SCHEME),
    ("javascript:alert(1)", GuardRule.SCHEME),
    ("data:text/html,<p>x</p>", GuardRule.SCHEME),
    ("dict://example.org:11211/stat", GuardRule.SCHEME),
    ("//example.org/paper", GuardRule.FORM),
    ("example.org/paper", GuardRule.FORM),
    ("", GuardRule.FORM),
    ("http://", GuardRule.FORM),
    ("http:///paper", GuardRule.FORM),
    ("http:example.org/paper", GuardRule.FORM),
    ("http://example.org\\@127.0.0.1/", GuardRule.FORM),
    ("http://example.org/a b", GuardRule.FORM),
    ("http://exa\tmple.org/", GuardRule.FORM),
    ("http://example.org/\r\nHost: 127.0.0.1", GuardRule.FORM),
    ("http://%31%32%37.0.0.1/", GuardRule.FORM),
    ("http://example..org/", GuardRule.FORM),
    ("https://arxiv.org/abs/2504.02807", GuardRule.ARXIV),
    ("http://Export.ArXiv.org./list/cs.CL/new", GuardRule.ARXIV),
    ("http://-example.org/", GuardRule.FORM),
    ("http://[::1/", GuardRule.FORM),
    ("http://[example.org]/", GuardRule.FORM),
    ("http://[fe80::1%25eth0]/", GuardRule.FORM),
    ("http://example.org:99999/", GuardRule.FORM),
    ("http://example.org:abc/", GuardRule.FORM),
    (f"http://{'a' * 300}.org/", GuardRule.FORM),
    (f"http://{'é' * 80}.org/", GuardRule.FORM),
    (f"http://example.org/{'a' * 5000}", GuardRule.FORM),
    ("http://arxiv.org@127.0.0.1/", GuardRule.USERINFO),
    ("http://user:secret@example.org/", GuardRule.USERINFO),
    ("http://arxiv.org%40127.0.0.1@example.org/", GuardRule.USERINFO),
    ("http://@example.org/", GuardRule.USERINFO),
    ("http://example.org:22/", GuardRule.PORT),
    ("https://example.org:8443/", GuardRule.PORT),
    ("http://example.org:6379/", GuardRule.PORT),
    ("http://example.org:0/", GuardRule.PORT),
    ("http://2130706433/", GuardRule.NUMBER_HOST),
    ("http://0x7f000001/", GuardRule.NUMBER_HOST),
    ("http://017700000001/", GuardRule.NUMBER_HOST),
    ("http://0177.0.0.1/", GuardRule.NUMBER_HOST),
    ("http://0x7f.0.0.1/", GuardRule.NUMBER_HOST),
    ("http://127.1/", GuardRule.NUMBER_HOST),
    ("http://127.0.0.01/", GuardRule.NUMBER_HOST),
    ("http://1.2.3.4.5/", GuardRule.NUMBER_HOST),
    ("http://example.0x7f/", GuardRule.NUMBER_HOST),
    ("http://localhost/", GuardRule.LOCAL_NAME),
    ("http://LocalHost./", GuardRule.LOCAL_NAME),
    ("http://ｌｏｃａｌｈｏｓｔ/", GuardRule.LOCAL_NAME),
    ("http://db.localhost/", GuardRule.LOCAL_NAME),
    ("http://printer.local/", GuardRule.LOCAL_NAME),
    ("http://metadata.google.internal/computeMetadata/v1/", GuardRule.LOCAL_NAME),
    ("http://router/", GuardRule.LOCAL_NAME),
    ("http://nas.home.arpa/", GuardRule.LOCAL_NAME),
    ("http://127.0.0.1/", GuardRule.LOOPBACK),
    ("http://①②⑦.⓪.⓪.①/", GuardRule.LOOPBACK),
    ("http://127.255.255.254./", GuardRule.LOOPBACK),
    ("http://0.0.0.0/", GuardRule.LOOPBACK),
    ("http://[::1]/", GuardRule.LOOPBACK),
    ("http://[::]/", GuardRule.LOOPBACK),
    ("http://10.1.2.3/", GuardRule.PRIVATE),
    ("https://172.31.255.255/", GuardRule.PRIVATE),
    ("http://192.168.0.1/", GuardRule.PRIVATE),
    ("http://[fd12:3456::1]/", GuardRule.PRIVATE),
    ("http://169.254.169.254/latest/meta-data/", GuardRule.METADATA),
    ("http://169.254.170.2/v2/credentials", GuardRule.METADATA),
    ("http://100.100.100.200/", GuardRule.METADATA),
    ("http://[fd00:ec2::254]/", GuardRule.METADATA),
    ("http://169.254.1.1/", GuardRule.LINK_LOCAL),
    ("http://[fe80::1]/", GuardRule.LINK_LOCAL),
    ("http://100.64.0.1/", GuardRule.CGNAT),
    ("http://224.0.0.1/", GuardRule.MULTICAST),
    ("http://[ff02::1]/", GuardRule.MULTICAST),
    ("http://192.0.2.1/", GuardRule.RESERVED),
    ("http://198.18.0.1/", GuardRule.RESERVED),
    ("http://240.0.0.1/", GuardRule.RESERVED),
    ("http://255.255.255.255/", GuardRule.RESERVED),
    ("http://[2001:db8::1]/", GuardRule.RESERVED),
    ("http://[4000::1]/", GuardRule.RESERVED),
    ("http://[::808:808]/", GuardRule.RESERVED),
    ("http://[::ffff:127.0.0.1]/", GuardRule.EMBEDDED),
    ("http://[::ffff:a9fe:a9fe]/", GuardRule.EMBEDDED),
    ("http://[::7f00:1]/", GuardRule.EMBEDDED),
    ("http://[2002:7f00:1::]/", GuardRule.EMBEDDED),
    ("http://[64:ff9b::10.0.0.1]/", GuardRule.EMBEDDED),
    ("http://[2001:0:5db8:d70e::f5ff:fffe]/", GuardRule.EMBEDDED),
    ("http://[2606:4700::5efe:c0a8:1]/", GuardRule.EMBEDDED),
]


@pytest.mark.parametrize(("url", "rule"), HOSTILE)
def test_a_hostile_link_is_refused_by_its_rule_before_anything_is_asked(url: str, rule: GuardRule) -> None:
    client = guard(allow_loopback=False)
    assert refusal(client, url) is rule
    assert client.requests_made == 0
    with pytest.raises(GuardError):
        client.expand(url)


@pytest.mark.parametrize(
    ("addresses", "rule"),
    [
        (("127.0.0.1",), GuardRule.LOOPBACK),
        (("10.0.0.7",), GuardRule.PRIVATE),
        (("169.254.169.254",), GuardRule.METADATA),
        ((PUBLIC, "192.168.1.1"), GuardRule.PRIVATE),
        (("::ffff:10.0.0.7",), GuardRule.EMBEDDED),
    ],
)
def test_a_name_is_refused_for_any_address_that_it_has(addresses: tuple[str, ...], rule: GuardRule) -> None:
    client = guard(Names([addresses]), allow_loopback=False)
    assert refusal(client, "https://paper.example/") is rule
    assert client.requests_made == 0


@pytest.mark.parametrize(
    "address",
    [PUBLIC, "2606:4700::6810:1", "64:ff9b::5db8:d70e", "::ffff:93.184.215.14", "2002:5db8:d70e::1", "2a01:4f8::5efe"],
)
def test_addresses_of_the_open_internet_are_allowed(address: str) -> None:
    assert violated_rule(ip_address(address)) is None


@pytest.mark.parametrize(
    ("url", "netloc", "path"),
    [
        ("HTTPS://ArXiv.org/abs/2504.02807#S1", "arxiv.org", "/abs/2504.02807"),
        ("http://example.org.:80?q=1", "example.org", "/?q=1"),
        ("https://日本語.example/記事", "xn--wgv71a119e.example", "/記事"),
        ("https://[2606:4700::6810:1]:443/x", "[2606:4700::6810:1]", "/x"),
        ("https://example.org:80/", "example.org:80", "/"),
    ],
)
def test_other_links_pass(url: str, netloc: str, path: str) -> None:
    target = check_url(url, allow_loopback=False)
    assert (target.netloc, target.path) == (netloc, path)


def test_a_refusal_shows_no_secret_and_no_line_break_of_the_link() -> None:
    with pytest.raises(GuardError) as caught:
        fetch(guard(), "http://user:hunter2@example.org/\n\u2028x?token=abc")
    assert "hunter2" not in str(caught.value)
    assert "abc" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_page_comes_with_its_type_and_place_and_the_request_carries_nothing() -> None:
    moved = answer(status=302, kind=None, Location="/there#part", Set_Cookie="id=1")
    with Loopback([NO_ROBOTS, moved, PAGE]) as server:
        client = guard()
        got = fetch(client, f"{server.url}/here?q=1")
    assert (got.body, got.content_type, got.url) == (b"<p>page</p>", "text/html", f"{server.url}/there")
    assert [asked.path for asked in server.asked] == ["/robots.txt", "/here?q=1", "/there"]
    assert client.requests_made == 3
    for asked in server.asked:
        assert asked.headers["user-agent"] == AGENT
        assert not {"cookie", "referer", "authorization"} & set(asked.headers)


def test_the_connection_goes_to_the_address_that_was_checked_under_the_links_own_name() -> None:
    names = Names([("127.0.0.1",)])
    with Loopback([NO_ROBOTS, PAGE]) as server:
        port = server.url.rpartition(":")[2]
        got = fetch(guard(names), f"http://paper.example:{port}/x")
    assert got.url == f"http://paper.example:{port}/x"
    assert {asked.headers["host"] for asked in server.asked} == {f"paper.example:{port}"}
    assert names.asked == ["paper.example"] * 2  # once a request: for robots.txt and for the page


def test_a_name_that_answers_differently_the_second_time_is_refused_the_second_time() -> None:
    names = Names([("127.0.0.1",), ("10.0.0.7",)])
    with Loopback([NO_ROBOTS, PAGE]) as server:
        port = server.url.rpartition(":")[2]
        assert refusal(guard(names), f"http://paper.example:{port}/x") is GuardRule.PRIVATE
    assert [asked.path for asked in server.asked] == ["/robots.txt"]


def test_a_redirect_to_a_name_that_answers_differently_then_is_refused() -> None:
    names = Names([("127.0.0.1",), ("127.0.0.1",), ("169.254.169.254",)])
    with Loopback([NO_ROBOTS, answer(status=301, kind=None, Location="/again")]) as server:
        port = server.url.rpartition(":")[2]
        assert refusal(guard(names), f"http://paper.example:{port}/x") is GuardRule.METADATA


def test_only_loopback_is_freed_from_the_rule_of_ports() -> None:
    assert refusal(guard(Names([(PUBLIC,)])), "http://paper.example:8080/") is GuardRule.PORT


def test_the_next_address_is_tried_where_one_takes_no_connection() -> None:
    with Loopback([NO_ROBOTS, PAGE]) as server:
        port = server.url.rpartition(":")[2]
        got = fetch(guard(Names([("127.0.0.9", "127.0.0.1")])), f"http://paper.example:{port}/x")
    assert got.body == b"<p>page</p>"


@pytest.mark.parametrize(
    ("location", "rule"),
    [
        ("http://169.254.169.254/latest/", GuardRule.METADATA),
        ("http://0.0.0.0/", GuardRule.LOOPBACK),
        ("http://192.168.0.1/", GuardRule.PRIVATE),
        ("http://2130706433/", GuardRule.NUMBER_HOST),
        ("file:///etc/passwd", GuardRule.SCHEME),
        ("gopher://example.org/1", GuardRule.SCHEME),
        ("http://a:b@example.org/", GuardRule.USERINFO),
        ("http://printer.local/", GuardRule.LOCAL_NAME),
        ("http://[::ffff:127.0.0.1]/", GuardRule.EMBEDDED),
        ("http://127.1/", GuardRule.NUMBER_HOST),
        ("http://db.localhost/", GuardRule.LOCAL_NAME),
        ("http://[::1", GuardRule.FORM),
    ],
)
def test_every_redirect_is_judged_as_the_link_was(location: str, rule: GuardRule) -> None:
    with Loopback([NO_ROBOTS, answer(status=302, kind=None, Location=location)]) as server:
        assert refusal(guard(), f"{server.url}/x") is rule


def test_five_redirects_are_followed_and_no_more() -> None:
    hop = answer(status=307, kind=None, Location="/on")
    with Loopback([NO_ROBOTS, *[hop] * 5, PAGE]) as server:
        assert fetch(guard(), server.url).body == b"<p>page</p>"
    with Loopback([NO_ROBOTS, hop]) as server:
        assert refusal(guard(), server.url) is GuardRule.REDIRECTS
    assert len(server.asked) == 7
    with Loopback([NO_ROBOTS, answer(status=302, kind=None)]) as server:
        assert refusal(guard(), server.url) is GuardRule.REDIRECTS


def _zeros(request: BaseHTTPRequestHandler) -> None:
    """10 GB of zeros, packed: 10 MB, of which hardly anything is ever sent."""
    packer = zlib.compressobj(9, wbits=31)
    request.send_response(200)
    request.send_header("Content-Type", "text/html")
    request.send_header("Content-Encoding", "gzip")
    request.end_headers()
    block = bytes(1024 * 1024)
    for _ in range(10 * 1024):
        request.wfile.write(packer.compress(block))
    request.close_connection = True


def _endless(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Type", "text/html")
    request.end_headers()
    for _ in range(100_000):
        request.wfile.write(b"x" * 10_000)
    request.close_connection = True


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


@pytest.mark.parametrize(
    ("handler", "rule"),
    [
        (_zeros, GuardRule.SIZE),
        (_endless, GuardRule.SIZE),
        (raw(HEAD + b"Content-Length: 100001\r\n\r\n"), GuardRule.SIZE),
        (answer("x", kind="application/x-msdownload"), GuardRule.TYPE),
        (answer("x", kind="image/svg+xml"), GuardRule.TYPE),
        (answer("x", kind="text/html", Content_Encoding="br"), GuardRule.PACKING),
        (answer("x", kind="text/html", Content_Encoding="gzip, gzip"), GuardRule.PACKING),
        (raw(HEAD + b"\r\n", *[b"x"] * 200, pause_s=0.02), GuardRule.TIME),
        (raw(b"HTTP/1.1 200 OK\r\n", *[b"X-Y: z\r\n"] * 200, pause_s=0.02), GuardRule.TIME),
    ],
    ids=["zeros", "endless", "announced", "program", "picture", "br", "twice", "drip", "drip-of-headers"],
)
def test_an_answer_that_breaks_a_rule_is_not_taken(handler: Handler, rule: GuardRule) -> None:
    with Loopback([NO_ROBOTS, handler]) as server:
        assert refusal(guard(timeout_s=0.3 if rule is GuardRule.TIME else 5.0), f"{server.url}/x") is rule


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (answer(status=404), NotFoundError),
        (answer(status=410), NotFoundError),
        (answer(status=401), RefusedError),
        (answer(status=403), RefusedError),
        (answer(status=999), RefusedError),
        (answer(status=418), BadAnswerError),
        (answer(status=429), ThrottledError),
        (answer(status=503), UnavailableError),
        (answer("", kind="text/html"), BadAnswerError),
        (raw(HEAD + b"Content-Length: 50\r\n\r\nhalf"), BadAnswerError),
        (raw(HEAD + b"Content-Encoding: gzip\r\n\r\nno gzip"), BadAnswerError),
        (raw(b"nonsense\r\n\r\n"), BadAnswerError),
        (raw(b""), BadAnswerError),
    ],
)
def test_a_site_that_gives_no_page_is_an_error_of_its_kind(handler: Handler, error: type[NotebotError]) -> None:
    with Loopback([NO_ROBOTS, handler]) as server, pytest.raises(error) as caught:
        fetch(guard(), f"{server.url}/x")
    assert not isinstance(caught.value, GuardError)
    assert type(caught.value) is error


def test_a_silent_site_and_one_that_is_not_there_say_so() -> None:
    done = threading.Event()
    with Loopback([NO_ROBOTS, raw(until=done)]) as server, pytest.raises(ServiceTimeoutError):
        fetch(guard(timeout_s=0.1), server.url)
    done.set()
    with unused_port() as port, pytest.raises(UnavailableError, match=f"127.0.0.1:{port}"):
        fetch(guard(), f"http://127.0.0.1:{port}/")


def test_the_caller_can_say_what_a_status_means() -> None:
    def gone(reply: RawResponse) -> NotebotError:
        return NotFoundError(f"deleted ({reply.status})")

    with Loopback([NO_ROBOTS, answer(status=403)]) as server, pytest.raises(NotFoundError, match="deleted"):
        guard().fetch(server.url, accept=HTML, max_bytes=10, refusal=gone)


def test_stop_prevents_new_requests_and_abort_ends_running_ones() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        fetch(guard(stop=stop), "http://127.0.0.1:1/")
    done, begun = threading.Event(), threading.Event()

    def hang(request: BaseHTTPRequestHandler) -> None:
        begun.set()
        done.wait(5)

    client = guard()

    def abort_once_begun() -> None:
        begun.wait(5)
        client.abort()

    with Loopback([NO_ROBOTS, hang]) as server:
        threading.Thread(target=abort_once_begun).start()
        with pytest.raises(Stopped):
            fetch(client, server.url)
        done.set()


STAY_AWAY = answer("User-agent: *\nDisallow: /closed\n\nUser-agent: notebot\nDisallow: /closed\n", kind="text/plain")


def test_robots_txt_is_fetched_once_per_site() -> None:
    with Loopback([STAY_AWAY, PAGE]) as server:
        client = guard()
        fetch(client, f"{server.url}/open")
        assert refusal(client, f"{server.url}/closed/page") is GuardRule.ROBOTS
        fetch(client, f"{server.url}/open2")
    assert [asked.path for asked in server.asked] == ["/robots.txt", "/open", "/open2"]


@pytest.mark.parametrize(
    ("rules", "path", "open_"),
    [
        ("User-agent: *\nAllow: /\nDisallow: /private/", "/private/x", False),
        ("User-agent: *\nDisallow: /\nAllow: /blog/", "/blog/x", True),
        ("User-agent: *\nAllow: /\nDisallow: /*?replytocom=", "/q?replytocom=3", False),
        ("User-agent: *\nDisallow: /*.html$", "/q.html", False),
        ("User-agent: *\nDisallow: /*.html$", "/q.html5", True),
        ("User-agent: *\nDisallow: /a\n\nUser-agent: *\nDisallow: /b", "/b", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: NoteBot/2.0\nAllow: /", "/b", True),
        ("User-agent: bot\nDisallow: /", "/b", True),
        ("User-agent: *\nDisallow: /" + "*a" * 200 + "b", "/" + "a" * 500, True),
    ],
)
def test_what_a_site_minds_is_read_as_the_standard_has_it(rules: str, path: str, open_: bool) -> None:
    with Loopback([answer(rules, kind="text/plain"), PAGE]) as server:
        if open_:
            fetch(guard(), f"{server.url}{path}")
        else:
            assert refusal(guard(), f"{server.url}{path}") is GuardRule.ROBOTS


def test_a_redirect_does_not_lead_around_robots() -> None:
    with Loopback([STAY_AWAY, answer(status=302, kind=None, Location="/closed")]) as server:
        assert refusal(guard(), f"{server.url}/open") is GuardRule.ROBOTS


@pytest.mark.parametrize(
    "robots",
    [
        NO_ROBOTS,
        answer(status=403, kind=None),
        answer("<html>Disallow: /</html>", kind="text/html"),
        answer(b"\xff\xfe\x00broken\nDisallow", kind="text/plain"),
        answer("", kind="text/plain"),
        answer(status=302, kind=None, Location="http://10.0.0.1/robots.txt"),
    ],
)
def test_a_site_without_readable_robots_is_open(robots: Handler) -> None:
    with Loopback([robots, PAGE]) as server:
        assert fetch(guard(), server.url).body == b"<p>page</p>"


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_site_that_cannot_say_what_it_minds_is_left_alone_for_now(status: int) -> None:
    with Loopback([answer(status=status), PAGE]) as server:
        client = guard()
        with pytest.raises((UnavailableError, ThrottledError)):
            fetch(client, server.url)
    assert len(server.asked) == 1


def test_a_site_that_drips_its_robots_costs_no_more_than_any_link() -> None:
    with Loopback([raw(b"HTTP/1.1 200 OK\r\n\r\n", *[b"#"] * 200, pause_s=0.02)]) as server:
        assert refusal(guard(timeout_s=0.08), server.url) is GuardRule.TIME


def test_many_sites_do_not_fill_the_memory() -> None:
    asked: list[str] = []

    def ask(url: str, deadline_s: float) -> bytes:
        asked.append(url)
        return b"User-agent: *\nDisallow: /closed"

    robots = Robots(AGENT, ask)
    sites = [check_url(f"https://site{number}.example/open", allow_loopback=False) for number in range(501)]
    for site in [*sites, sites[500], sites[0]]:
        robots.check(site, 0)
    assert len(asked) == 502
    assert asked[-1] == "https://site0.example/robots.txt"


def test_names_that_take_all_the_time_leave_none() -> None:
    class Slow(Names):
        def addresses(self, host: str, limit_s: float) -> Sequence[Address]:
            time.sleep(limit_s)
            return super().addresses(host, limit_s)

    names = Slow([("127.0.0.1",)])
    assert refusal(guard(names, timeout_s=0.01), "http://paper.example/") is GuardRule.TIME


def test_a_connection_to_an_unchecked_peer_is_dropped() -> None:
    """A system takes 0.0.0.0 for this machine: the peer is another address than the one that was checked."""
    with Loopback([PAGE]) as server:
        target = check_url(server.url, allow_loopback=True)
        ask = Request(url=server.url, service="The page", accept=HTML, max_bytes=100)
        wire = PinnedClient(AGENT, 5, threading.Event(), None)
        with pytest.raises(GuardError) as caught:
            wire.send(ask, target, [ip_address("0.0.0.0")], 5)
    assert caught.value.rule is GuardRule.PEER
    assert server.asked == []


PIECES = ["http:", "https:", "//", "/", "@", ":", "80", "[", "]", "::1", "127.0.0.1", "example.org", ".", "%", "?", "#"]


@given(st.lists(st.sampled_from(PIECES) | st.characters(), max_size=12).map("".join))
def test_any_text_is_refused_by_a_rule_or_can_be_asked(text: str) -> None:
    try:
        target = check_url(text, allow_loopback=False)
    except GuardError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert httpx.URL(f"{target.origin}{target.path}").host
        assert check_url(f"{target.origin}/", allow_loopback=False).host == target.host


def test_a_short_link_is_expanded_by_one_step_and_without_going_there() -> None:
    away = answer(status=301, kind=None, Location="https://arxiv.org/abs/2504.02807")
    with Loopback([away, answer("<p>here</p>" * 10_000, kind="text/html"), answer(status=404)]) as server:
        client = guard()
        assert client.expand(f"{server.url}/s") == "https://arxiv.org/abs/2504.02807"
        assert client.expand(f"{server.url}/page") == f"{server.url}/page"
        assert client.expand(f"{server.url}/gone") == f"{server.url}/gone"
    assert len(server.asked) == 3


def test_the_systems_resolver_knows_this_machine_and_not_what_is_not_there() -> None:
    assert ip_address("127.0.0.1") in SystemResolver().addresses("localhost", 5)
    with pytest.raises(UnavailableError, match=r"nowhere\.invalid"):
        SystemResolver().addresses("nowhere.invalid", 5)


def test_localhost_goes_through_the_systems_resolver_when_a_test_allows_it() -> None:
    with Loopback([NO_ROBOTS, PAGE]) as server:
        port = server.url.rpartition(":")[2]
        client = Guard(AGENT, 5, threading.Event(), allow_loopback=True)
        assert fetch(client, f"http://localhost:{port}/").body == b"<p>page</p>"
        closed = Guard(AGENT, 5, threading.Event())
        assert refusal(closed, f"http://localhost:{port}/") is GuardRule.PORT
        assert refusal(closed, "http://localhost/") is GuardRule.LOCAL_NAME


@dataclass(frozen=True)
class Secure:
    """An HTTPS server for ``paper.example``, and who is to be believed to reach it."""

    port: int
    trust: ssl.SSLContext
    names: list[str | None]


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Secure]:
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=paper.example"
    subprocess.run(
        ["openssl", *make.split(), "-addext", "subjectAltName=DNS:paper.example", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.sni_callback = lambda _, name, __: names.append(name)

    class Quiet(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script = {"/robots.txt": NO_ROBOTS, "/down": answer(status=302, Location="http://paper.example/x")}
            script.get(self.path, PAGE)(self)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield Secure(server.server_port, ssl.create_default_context(cafile=str(certificate)), names)
    server.shutdown()
    server.server_close()


def test_a_certificate_is_checked_against_the_links_name_not_the_address(secure: Secure) -> None:
    client = guard(Names([("127.0.0.1",)]), trust=secure.trust)
    assert fetch(client, f"https://paper.example:{secure.port}/").body == b"<p>page</p>"
    assert set(secure.names) == {"paper.example"}
    with pytest.raises(UnavailableError, match="certificate"):
        fetch(client, f"https://other.example:{secure.port}/")


def test_a_redirect_from_https_to_http_is_refused(secure: Secure) -> None:
    client = guard(Names([("127.0.0.1",)]), trust=secure.trust)
    assert refusal(client, f"https://paper.example:{secure.port}/down") is GuardRule.DOWNGRADE
