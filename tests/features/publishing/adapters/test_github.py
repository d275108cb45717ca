"""The archive read live: the GitHub adapter against a GitHub of its own on loopback."""

import gzip
import json
import logging
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from notebot.core.model.errors import (
    BadAnswerError,
    NotebotError,
    NotFoundError,
    RefusedError,
    ThrottledError,
    UnavailableError,
    UsageError,
)
from notebot.core.net.client import Http
from notebot.features.archive.adapters.formats import note_from_issue
from notebot.features.publishing.adapters.github import GitHubIssues, Issue, IssuePage
from notebot.features.publishing.adapters.github.request import next_link
from servers.github_server import GitHubServer, description
from servers.github_state import Repository
from servers.loopback import Handler, Loopback, answer, raw, unused_port

TOKEN = "invented-token-0123456789"
described = pytest.mark.skipif(
    description() is None, reason="GitHub's description of its API is not beside the checkout"
)


@pytest.fixture
def github() -> Iterator[GitHubServer]:
    """A GitHub that must have had nothing against any request when the test is over."""
    with GitHubServer(TOKEN) as server:
        yield server
        assert [call.refused_for for call in server.calls if call.refused_for] == []


def reader(server: GitHubServer | Loopback, repo: str = "curator/notes", token: str | None = TOKEN) -> GitHubIssues:
    http = Http("notebot/9 (+mailto:curator@example.org)", 5.0, 0.0, threading.Event())
    return GitHubIssues(http, server.url, repo, token)


def archive_of(github: GitHubServer, count: int) -> Repository:
    repository = github.add_repository()
    for number in range(1, count + 1):
        github.open_issue(repository, f"[Paper Note] Paper {number}, A+, ACL'26", "# URL\n- https://x.test/", ("NLP",))
    return repository


def numbers(pages: list[IssuePage]) -> list[int]:
    return [issue.number for page in pages for issue in page.issues]


def read_on(github: GitHubServer, pages: list[IssuePage]) -> list[IssuePage]:
    return list(reader(github).changed_since(pages[-1].cursor))


def failure(*script: Handler, token: str | None = TOKEN) -> NotebotError:
    with Loopback(list(script)) as server, pytest.raises(NotebotError) as caught:
        list(reader(server, token=token).changed_since(None))
    return caught.value


# What is read.


def test_an_issue_comes_whole_and_makes_a_note(github: GitHubServer) -> None:
    repository = github.add_repository()
    body = "# URL\n- https://arxiv.org/abs/2504.02807\n# Summary (by gpt-4o-mini)\n- 要約です。"
    number = github.open_issue(repository, "[Paper Note] MegaMath, Fan Zhou+, COLM'25", body, ("NLP", "Mathematics"))
    github.add_comment(repository, number, "元ポスト: https://x.com/someone/status/1909/ 😀")
    github.edit(repository, number, state="closed")
    issue = next(reader(github).changed_since(None)).issues[0]
    opened_at = datetime(2026, 3, 1, 0, 1, tzinfo=UTC)
    assert issue == Issue(
        number,
        "[Paper Note] MegaMath, Fan Zhou+, COLM'25",
        body,
        ("NLP", "Mathematics"),
        opened_at,
        opened_at + timedelta(minutes=2),
        ("元ポスト: https://x.com/someone/status/1909/ 😀",),
        "closed",
    )
    note = note_from_issue(
        issue.number, issue.title, issue.body, issue.labels, issue.created_at, issue.comments, issue.state
    )
    assert (note.arxiv_id, note.state, note.tags) == ("2504.02807", "closed", ("NLP", "Mathematics"))


def test_three_pages_are_read_by_their_links(github: GitHubServer) -> None:
    archive_of(github, 230)
    pages = list(reader(github).changed_since(None))
    assert numbers(pages) == list(range(1, 231))
    assert [call.query.get("page") for call in github.calls] == [None, "2", "3"]
    assert github.calls[0].query == {"state": "all", "sort": "updated", "direction": "asc", "per_page": "100"}


def test_pull_requests_are_left_out_and_closed_issues_are_not(github: GitHubServer) -> None:
    repository = archive_of(github, 2)
    github.open_issue(repository, "Mend the site", pull=True)
    github.edit(repository, 1, state="closed")
    assert numbers(list(reader(github).changed_since(None))) == [2, 1]


def test_comments_are_asked_for_where_there_are_some_and_read_to_their_last_page(github: GitHubServer) -> None:
    repository = archive_of(github, 5)
    for place in range(120):
        github.add_comment(repository, 3, f"comment {place}")
    pages = list(reader(github).changed_since(None))
    by_number = {issue.number: issue for page in pages for issue in page.issues}
    assert by_number[3].comments == tuple(f"comment {place}" for place in range(120))
    assert by_number[1].comments == ()
    assert [call.path.rpartition("curator/notes")[2] for call in github.calls] == [
        "/issues",
        "/issues/3/comments",
        "/issues/3/comments",
    ]


def test_an_empty_archive_is_an_answer(github: GitHubServer) -> None:
    github.add_repository()
    pages = list(reader(github).changed_since(None))
    assert numbers(pages) == []
    assert read_on(github, pages) == []


# Later runs.


def test_a_later_run_reads_what_changed(github: GitHubServer) -> None:
    repository = archive_of(github, 120)
    pages = list(reader(github).changed_since(None))
    github.add_comment(repository, 7, "読んだ")
    github.open_issue(repository, "a new one")
    changed = read_on(github, pages)
    assert numbers(changed) == [120, 7, 121]  # the one that changed last may share its second with others
    assert github.calls[2].query["since"] == "2026-03-01T01:59:55Z"


def test_when_nothing_changed_a_304_is_all(github: GitHubServer) -> None:
    archive_of(github, 120)
    first = list(reader(github).changed_since(None))
    second = read_on(github, first)
    github.calls.clear()
    assert read_on(github, second) == []
    assert len(github.calls) == 1
    assert github.calls[0].headers["if-none-match"].startswith('W/"')


def test_a_small_archive_is_compared_from_the_second_run_on(github: GitHubServer) -> None:
    repository = archive_of(github, 3)
    pages = list(reader(github).changed_since(None))
    assert read_on(github, pages) == []
    github.edit(repository, 1, title="another title")
    changed = read_on(github, pages)
    assert numbers(changed) == [3, 1]
    assert read_on(github, changed) == []


def test_a_full_page_does_not_prove_that_nothing_was_added(github: GitHubServer) -> None:
    repository = archive_of(github, 100)
    pages = list(reader(github).changed_since(None))
    github.open_issue(repository, "stands on the second page")
    assert numbers(read_on(github, pages)) == [100, 101]


def test_issues_that_share_a_second_are_not_skipped(github: GitHubServer) -> None:
    repository = archive_of(github, 3)
    pages = list(reader(github).changed_since(None))
    number = github.open_issue(repository, "late in the list")
    repository.issues[number]["updated_at"] = repository.issues[3]["updated_at"]
    assert number in numbers(read_on(github, pages))


@pytest.mark.parametrize(
    "cursor", ["", "{", "[]", '{"since": "2026-01-01T00:00:00"}', '{"since": 7}', '{"since": "0001-01-01T00:00:00Z"}']
)
def test_a_cursor_that_cannot_be_read_begins_anew(github: GitHubServer, cursor: str) -> None:
    archive_of(github, 2)
    assert numbers(list(reader(github).changed_since(cursor))) == [1, 2]


# Interruptions.


def stored_until_it_broke(github: GitHubServer, cursor: str | None = None) -> tuple[list[IssuePage], NotebotError]:
    pages: list[IssuePage] = []
    with pytest.raises(NotebotError) as caught:
        for page in reader(github).changed_since(cursor):
            pages.append(page)
    return pages, caught.value


def test_an_interrupted_run_continues_where_it_stopped(github: GitHubServer) -> None:
    archive_of(github, 230)
    github.script[3] = raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n[{")
    pages, error = stored_until_it_broke(github)
    assert isinstance(error, BadAnswerError)
    assert numbers(pages) == list(range(1, 201))
    assert numbers(read_on(github, pages)) == list(range(200, 231))


def test_a_limit_in_the_middle_of_a_page_costs_a_piece_at_most(github: GitHubServer) -> None:
    repository = archive_of(github, 60)
    for number in range(1, 61):
        github.add_comment(repository, number, f"on {number}")
    github.left = 40
    pages, error = stored_until_it_broke(github)
    assert isinstance(error, ThrottledError)
    assert numbers(pages) == list(range(1, 26))
    github.left = None
    rest = read_on(github, pages)
    assert numbers(rest) == list(range(25, 61))
    assert rest[-2].issues[-1].comments == ("on 60",)


def test_an_issue_that_moved_between_pages_is_found_by_a_second_listing(github: GitHubServer) -> None:
    repository = archive_of(github, 150)
    github.events[2] = lambda: github.edit(repository, 1, title="edited meanwhile")
    pages = list(reader(github).changed_since(None))
    got = numbers(pages)
    assert set(got) == set(range(1, 151))
    assert [number for number in got if got.count(number) > 1] == [1, 1]
    assert got[-1] == 101  # the first look cannot have seen it
    assert read_on(github, pages)[0].issues[-1].title == "edited meanwhile"


def test_an_issue_missed_by_an_interrupted_run_is_found_by_the_next(github: GitHubServer) -> None:
    repository = archive_of(github, 250)
    github.events[2] = lambda: github.edit(repository, 1, title="edited meanwhile")
    github.script[3] = raw()
    pages, error = stored_until_it_broke(github)
    assert isinstance(error, UnavailableError)
    assert 101 not in numbers(pages)
    assert set(numbers(pages + read_on(github, pages))) == set(range(1, 251))


def test_an_archive_that_never_rests_is_read_three_times_at_most(github: GitHubServer) -> None:
    repository = archive_of(github, 150)
    for nth in range(1, 20):
        github.events[nth] = lambda: github.edit(repository, 1)
    pages = list(reader(github).changed_since(None))
    assert set(numbers(pages)) == set(range(1, 151))
    assert len(github.calls) == 6
    assert numbers(read_on(github, pages)) == [1]


def test_a_list_out_of_order_moves_the_cursor_at_its_end_alone(github: GitHubServer) -> None:
    repository = archive_of(github, 130)
    items = [
        {**github.shown(repository, issue), "comments": 0}
        for issue in sorted(repository.issues.values(), key=lambda issue: -issue["number"])
    ]
    link = f'<{github.url}/repositories/4242/issues?page=2>; rel="next"'
    first = answer(json.dumps(items[:100]), 200, "application/json", Link=link, Date=format_datetime(github.now))
    github.script = {1: first, 2: raw()}
    pages, _ = stored_until_it_broke(github)
    github.script = {}
    assert set(numbers(pages + read_on(github, pages))) == set(range(1, 131))


# What GitHub refuses.


def test_a_renamed_repository_is_followed_and_reported(github: GitHubServer, caplog: pytest.LogCaptureFixture) -> None:
    repository = archive_of(github, 130)
    github.add_comment(repository, 130, "読んだ")
    github.rename(repository, "lab/archive")
    pages = list(reader(github).changed_since(None))
    assert len(numbers(pages)) == 130
    assert {page.repo for page in pages} == {"lab/archive"}
    assert "curator/notes as lab/archive" in caplog.text
    assert github.calls[-1].path == "/repos/lab/archive/issues/130/comments"


def test_an_exhausted_rate_limit_is_waited_for_without_further_requests(github: GitHubServer) -> None:
    archive_of(github, 230)
    github.left = 1
    github.reset_at = github.now + timedelta(minutes=40)
    pages, error = stored_until_it_broke(github)
    assert numbers(pages) == list(range(1, 101))
    assert isinstance(error, ThrottledError)
    assert error.wait_s == pytest.approx(2401, abs=2)
    assert len(github.calls) == 1


WHEN = format_datetime(datetime(2026, 3, 1, tzinfo=UTC), usegmt=True)
RESET = str(int(datetime(2026, 3, 1, 0, 10, tzinfo=UTC).timestamp()))
SECONDARY = b'{"message": "You have exceeded a secondary rate limit."}'


@pytest.mark.parametrize(
    ("handler", "wait_s"),
    [
        (answer("{}", 403, Retry_After="30"), 30),
        (answer("{}", 429, Retry_After="30", X_RateLimit_Remaining="0", X_RateLimit_Reset=RESET, Date=WHEN), 30),
        (answer("{}", 403, X_RateLimit_Remaining="0", X_RateLimit_Reset=RESET, Date=WHEN), 601),
        (answer("{}", 403, X_RateLimit_Remaining="0", X_RateLimit_Reset="soon"), 60),
        (answer("{}", 429, X_RateLimit_Remaining="12"), 60),
        (answer(SECONDARY, 403), 60),
        (answer(gzip.compress(SECONDARY), 403, Content_Encoding="gzip"), 60),
    ],
)
def test_a_rate_limit_error_says_how_long_to_wait(handler: Handler, wait_s: float) -> None:
    error = failure(bare(handler))
    assert isinstance(error, ThrottledError)
    assert error.wait_s == pytest.approx(wait_s, abs=1)


def bare(handler: Handler) -> Handler:
    """The handler without the Date that http.server adds by itself."""

    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response = request.send_response_only  # type: ignore[method-assign]
        handler(request)

    return handle


@pytest.mark.parametrize(
    ("handler", "token", "kind", "words"),
    [
        (answer("{}", 401), TOKEN, RefusedError, "does not accept the token in NOTEBOT_GITHUB_TOKEN"),
        (answer("{}", 401), None, RefusedError, "put a valid one in NOTEBOT_GITHUB_TOKEN"),
        (answer("{}", 403), TOKEN, RefusedError, "Issues: read"),
        (answer(b"junk", 403, Content_Encoding="gzip"), TOKEN, RefusedError, "Issues: read"),
        (answer("{}", 404), TOKEN, NotFoundError, "no such repository, or the token in NOTEBOT_GITHUB_TOKEN may not"),
        (answer("{}", 404), None, NotFoundError, "no such repository, or a reader without a token"),
        (answer("{}", 410), TOKEN, NotFoundError, "issues turned off"),
        (answer("{}", 422), TOKEN, BadAnswerError, "gh issue list"),
        (answer("{}", 429), None, ThrottledError, "put a token in NOTEBOT_GITHUB_TOKEN"),
        (answer("{}", 451), TOKEN, RefusedError, "legal reasons"),
        (answer("{}", 502), TOKEN, UnavailableError, "status 502"),
        (answer("{}", 418), TOKEN, BadAnswerError, "status 418"),
    ],
)
def test_each_refusal_has_a_sentence_of_its_own(
    handler: Handler, token: str | None, kind: type[NotebotError], words: str
) -> None:
    error = failure(handler, token=token)
    assert type(error) is kind
    assert words in str(error)


def test_real_rights_are_what_the_server_checks(github: GitHubServer) -> None:
    github.add_repository(private=True)
    github.add_repository("curator/mute", issues_on=False)
    for repo, token, kind in [
        ("curator/notes", None, NotFoundError),
        ("curator/notes", "wrong", RefusedError),
        ("curator/other", TOKEN, NotFoundError),
        ("curator/mute", TOKEN, NotFoundError),
    ]:
        with pytest.raises(kind):
            list(reader(github, repo, token).changed_since(None))
    assert len(list(reader(github).changed_since(None))) == 1


def test_an_issue_that_vanished_meanwhile_is_not_taken_for_its_repository(github: GitHubServer) -> None:
    repository = archive_of(github, 2)
    github.add_comment(repository, 2, "読んだ")
    github.events[2] = lambda: repository.issues.pop(2)
    pages, error = stored_until_it_broke(github)
    assert isinstance(error, BadAnswerError)
    assert "issue 2 of curator/notes" in str(error)
    assert numbers(list(reader(github).changed_since(pages[-1].cursor if pages else None))) == [1]


def test_a_limit_among_comments_is_a_limit(github: GitHubServer) -> None:
    repository = archive_of(github, 1)
    github.add_comment(repository, 1, "読んだ")
    github.script[2] = answer("{}", 429, Retry_After="7")
    _, error = stored_until_it_broke(github)
    assert isinstance(error, ThrottledError)
    assert error.wait_s == 7


def issue_json(**other: Any) -> str:
    moment = "2026-03-01T00:00:00Z"
    plain = {"number": 1, "title": "t", "state": "open", "labels": [], "comments": 0}
    return json.dumps([{**plain, "created_at": moment, "updated_at": moment, **other}])


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "[{",
        issue_json()[:-1],
        "[null]",
        issue_json(number="1"),
        issue_json(number=0),
        issue_json(comments=-1),
        issue_json(title=None),
        issue_json(state="lost"),
        issue_json(updated_at="yesterday"),
        issue_json(updated_at="2026-03-01T00:00:00"),
        issue_json(updated_at="0001-01-01T00:00:00+14:00"),
        issue_json(labels=[7]),
        issue_json().replace('"t"', '"\\ud800"'),
        "[" * 100_000,
    ],
)
def test_a_malformed_body_is_rejected(body: str) -> None:
    assert isinstance(failure(answer(body, kind="application/json")), BadAnswerError)


def test_labels_may_be_plain_or_nameless_and_unknown_fields_are_passed_over() -> None:
    body = issue_json(labels=["plain", {"name": "named", "x": 1}, {"name": None}, {}], body=None, shape={"new": [1]})
    with Loopback([answer(body, kind="application/json")]) as server:
        issue = next(reader(server).changed_since(None)).issues[0]
    assert (issue.labels, issue.body) == (("plain", "named"), None)


@pytest.mark.parametrize(
    "link", ["<http://[oops>; rel=next", "<http://127.0.0.1:9/x>; rel=next", "<file:///x>; rel=next"]
)
def test_pages_do_not_lead_to_another_host(link: str) -> None:
    assert "another host" in str(failure(answer(issue_json(), kind="application/json", Link=link)))


def test_pages_that_lead_in_a_circle_are_left() -> None:
    page = answer(issue_json(), kind="application/json", Link='</a?page=2>; rel="next"')
    assert "circle" in str(failure(page))


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("", None),
        ('<https://a.test/?page=3>; rel="last"', None),
        (
            '<https://a.test/?a=1,2&page=2>; rel="next", <https://a.test/?page=9>; rel="last"',
            "https://a.test/?a=1,2&page=2",
        ),
        ('<https://a.test/1>; rel="prev",<https://a.test/2>;title="x" ; REL=next', "https://a.test/2"),
        ('<https://a.test/2>; rel="last next"', "https://a.test/2"),
        ("<<<<; rel=next", None),
    ],
)
def test_the_next_page_is_read_from_the_link_header(header: str, address: str | None) -> None:
    assert next_link(header) == address


# Secrets.


def test_the_token_appears_in_no_log_and_no_error(github: GitHubServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    repository = archive_of(github, 101)
    github.add_comment(repository, 1, "読んだ")
    issues = reader(github)
    said = [repr(issues), repr(issues._api), repr(list(issues.changed_since(None)))]
    assert all(call.headers["authorization"] == f"Bearer {TOKEN}" for call in github.calls)
    echo = json.dumps({"message": f"Bad credentials: Bearer {TOKEN}"})
    for status in (400, 401, 403, 404, 410, 422, 429, 451, 500):
        said.append(str(failure(answer(echo, status, "application/json"))))
    with unused_port() as port, pytest.raises(UnavailableError) as caught:
        list(GitHubIssues(issues._api._http, f"http://127.0.0.1:{port}", "a/b", TOKEN).changed_since(None))
    said.append(str(caught.value))
    assert caplog.records
    assert TOKEN not in "\n".join([caplog.text, *said])


def test_the_token_stays_with_the_host_it_is_for(monkeypatch: pytest.MonkeyPatch) -> None:
    away = answer(status=301, kind=None, Location="http://other.example/repositories/1/issues")
    # a proxy receives what is sent to the other host
    with Loopback([answer(issue_json(), kind="application/json")]) as proxy, Loopback([away]) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        list(reader(server).changed_since(None))
    assert server.asked[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert proxy.asked[0].path == "http://other.example/repositories/1/issues"
    assert "authorization" not in proxy.asked[0].headers


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "tökén", "x" * 2000])
def test_a_malformed_token_is_reported_but_not_shown(token: str) -> None:
    with pytest.raises(UsageError) as caught:
        GitHubIssues(Http("a", 1, 0, threading.Event()), "https://api.github.test", "a/b", token)
    assert "NOTEBOT_GITHUB_TOKEN" in str(caught.value)
    assert token not in str(caught.value)


@pytest.mark.parametrize("token", [None, "", " \n"])
def test_without_a_token_no_message_mentions_one(github: GitHubServer, token: str | None) -> None:
    archive_of(github, 1)
    assert numbers(list(reader(github, token=token).changed_since(None))) == [1]
    assert "authorization" not in github.calls[0].headers


def test_each_request_names_the_api_version_and_the_form_it_wants(github: GitHubServer) -> None:
    archive_of(github, 1)
    list(reader(github, token=f"{TOKEN}\n").changed_since(None))
    headers = github.calls[0].headers
    assert headers["accept"] == "application/vnd.github+json"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", headers["x-github-api-version"])
    assert headers["user-agent"].startswith("notebot/9")
    assert headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("base_url", "repo"),
    [
        ("http://api.github.test", "a/b"),
        ("ftp://127.0.0.1", "a/b"),
        ("https://me:secret@api.github.test", "a/b"),
        ("https://api.github.test?x=1", "a/b"),
        ("https://[oops", "a/b"),
        ("", "a/b"),
        ("https://api.github.test", "a"),
        ("https://api.github.test", "a/b/c"),
        ("https://api.github.test", "a/.."),
        ("https://api.github.test", "../b"),
        ("https://api.github.test", "a/b?x"),
        ("https://api.github.test", "a/b\n"),
    ],
)
def test_an_address_or_a_repository_that_is_none_is_refused(base_url: str, repo: str) -> None:
    with pytest.raises(UsageError):
        GitHubIssues(Http("a", 1, 0, threading.Event()), base_url, repo, None)


# The server's own rules: if it took anything, it would prove nothing.


@described
@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", "/issues?sort=number", b""),
        ("GET", "/issues?stat=all", b""),
        ("GET", "/issues?since=yesterday", b""),
        ("GET", "/issues?page=two", b""),
        ("GET", "/issues?page=1&page=2", b""),
        ("GET", "/issues/comments?since=2026-01-01T00:00:00Z", b""),
        ("GET", "/nothing", b""),
        ("GET", "/issues", b"{}"),
        ("POST", "/issues", b"{}"),
        ("POST", "/issues", b"no JSON"),
        ("POST", "/issues", b'{"title": "t", "labels": [7]}'),
        ("POST", "/issues", b'{"title": "t", "created_at": "2020-01-01"}'),
        ("PATCH", "/issues/1", b'{"state": "lost"}'),
    ],
)
def test_a_bad_probe_is_refused_by_the_description(method: str, target: str, body: bytes) -> None:
    known = description()
    assert known is not None
    path, _, query = f"/repos/curator/notes{target}".partition("?")
    assert known.request_problems(method, path, query, body)


@described
def test_a_good_probe_is_not_refused() -> None:
    known = description()
    assert known is not None
    issue = b'{"title": "t", "body": "b", "labels": ["NLP", {"name": "x"}], "milestone": 1}'
    assert known.request_problems("POST", "/repos/a/b/issues", "", issue) == []
    assert known.request_problems("GET", "/repos/a/b/issues", "state=all&since=2026-01-01T00:00:00Z&page=2", b"") == []


@described
def test_a_wrong_parameter_on_the_wire_is_refused() -> None:
    http = Http("notebot/9", 5.0, 0.0, threading.Event())
    with GitHubServer(TOKEN) as server:
        archive_of(server, 1)
        url = f"{server.url}/repos/curator/notes/issues?sort=number"
        with pytest.raises(BadAnswerError, match="status 422"):
            http.get(url, accept=("application/json",), max_bytes=9999, service="GitHub")
        assert server.calls[0].refused_for


@described
def test_the_fake_server_matches_the_openapi_description(github: GitHubServer) -> None:
    known = description()
    assert known is not None
    repository = archive_of(github, 1)
    github.add_comment(repository, 1, "読んだ")
    github.open_issue(repository, "Mend the site", pull=True)
    for rest in ("/issues", "/issues/1/comments"):
        path = f"/repos/curator/notes{rest}"
        http = Http("notebot/9", 5.0, 0.0, threading.Event())
        told = http.get(github.url + path, accept=("application/json",), max_bytes=99_999, service="GitHub")
        assert known.answer_problems("GET", path, 200, json.loads(told.body)) == []
        assert known.answer_problems("GET", path, 200, [{}])
