"""The archive written to: the GitHub adapter's writer against a GitHub of its own on loopback."""

import gzip
import json
import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from notebot.core.model.errors import (
    BadAnswerError,
    MoveError,
    NotebotError,
    NotFoundError,
    RefusedError,
    StateError,
    ThrottledError,
    UnavailableError,
    UsageError,
)
from notebot.core.net.client import Http
from notebot.core.net.pace import Stopped
from notebot.features.publishing.adapters.github import GitHubWriter, WritePace
from notebot.features.publishing.archive_port import Edit, Issue, IssueRefusedError
from servers.github_server import GitHubServer, description
from servers.github_state import Repository
from servers.loopback import Handler, answer, raw

TOKEN = "gh" + "p_invented0123456789"
described = pytest.mark.skipif(
    description() is None, reason="GitHub's description of its API is not beside the checkout"
)


@pytest.fixture
def github() -> Iterator[GitHubServer]:
    """A GitHub that must have had nothing against any request when the test is over."""
    with GitHubServer(TOKEN) as server:
        yield server
        assert [call.refused_for for call in server.calls if call.refused_for] == []


@pytest.fixture
def notes(github: GitHubServer) -> Repository:
    """A repository with two labels and two issues."""
    repository = github.add_repository(labels={"NLP": None, "ACL": "9cc929"})
    for number in (1, 2):
        github.open_issue(
            repository, f"[Paper Note] Paper {number}, A+, arXiv'25", "# URL\n- https://x.test/", ("NLP",)
        )
    return repository


def writer(server: GitHubServer, folder: Path, token: str | None = TOKEN, repo: str = "curator/notes") -> GitHubWriter:
    stop = threading.Event()
    pace = WritePace(folder, 0.0, stop)
    return GitHubWriter(Http("notebot/9", 5.0, 0.0, stop), server.url, repo, token, "NOTEBOT_GITHUB_TOKEN", pace)


# What is written.


def test_an_issue_is_opened_with_its_labels(github: GitHubServer, notes: Repository, tmp_path: Path) -> None:
    issue = writer(github, tmp_path).create_issue("数学 @⁠all", "# URL\n- https://arxiv.org/abs/1", ["nlp"])
    assert (issue.number, issue.title, issue.labels, issue.comments) == (3, "数学 @⁠all", ("NLP",), ())
    call = github.calls[-1]
    assert json.loads(call.body) == {"title": issue.title, "body": issue.body, "labels": ["nlp"]}
    assert call.headers["content-type"] == "application/json"
    assert call.headers["authorization"] == f"Bearer {TOKEN}"


def test_labels_that_were_dropped_are_not_in_the_answer(github: GitHubServer, tmp_path: Path) -> None:
    github.add_repository(push=False, labels={"NLP": None})
    assert writer(github, tmp_path).create_issue("t", "b", ["NLP"]).labels == ()


def test_an_issue_is_read_with_its_comments(github: GitHubServer, notes: Repository, tmp_path: Path) -> None:
    for place in range(101):
        github.add_comment(notes, 2, f"comment {place}")
    issue = writer(github, tmp_path).issue(2)
    assert (issue.number, issue.labels, issue.comments[-1], len(issue.comments)) == (2, ("NLP",), "comment 100", 101)


def test_comments_and_labels_are_added(github: GitHubServer, notes: Repository, tmp_path: Path) -> None:
    archive = writer(github, tmp_path)
    archive.add_comment(1, "  読んだ\n")
    assert [comment["body"] for comment in notes.comments[1]] == ["  読んだ\n"]
    assert archive.add_labels(1, ["acl"]) == ("NLP", "ACL")


@pytest.mark.parametrize("name", ["nlp", "NLP", "a/b c?#%", "..x", "日本語"])
def test_one_label_is_removed(github: GitHubServer, notes: Repository, tmp_path: Path, name: str) -> None:
    archive = writer(github, tmp_path)
    archive.add_labels(1, ["ACL", name])
    for _ in range(2):
        archive.remove_label(1, name)
    assert archive.issue(1).labels == (("NLP", "ACL") if name.lower() != "nlp" else ("ACL",))


@pytest.mark.parametrize("name", [".", "..", ""])
def test_a_label_that_is_a_path_removes_nothing(
    github: GitHubServer, notes: Repository, tmp_path: Path, name: str
) -> None:
    with pytest.raises(MoveError, match="by hand"):
        writer(github, tmp_path).remove_label(1, name)
    assert github.writes == []


def test_a_label_of_an_issue_that_is_gone_is_an_error(github: GitHubServer, notes: Repository, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no issue #99"):
        writer(github, tmp_path).remove_label(99, "NLP")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Unable to create comment because issue is locked.", IssueRefusedError),
        ("User is blocked", IssueRefusedError),
        ("Resource not accessible by personal access token", RefusedError),
        ("Repository access blocked", RefusedError),
        ("Repository was archived so is read-only.", RefusedError),
        ("", RefusedError),
    ],
)
def test_only_a_lock_or_a_block_concerns_one_issue(
    github: GitHubServer, notes: Repository, tmp_path: Path, words: str, kind: type[NotebotError]
) -> None:
    github.refused[1] = answer(json.dumps({"message": words}), 403, "application/json")
    with pytest.raises(RefusedError) as caught:
        writer(github, tmp_path).add_comment(1, "x")
    assert type(caught.value) is kind


def test_a_label_is_created_with_a_colour(github: GitHubServer, notes: Repository, tmp_path: Path) -> None:
    archive = writer(github, tmp_path)
    archive.create_label("COLM", "9cc929")
    archive.create_label("RLVR", None)
    assert notes.labels == {"NLP": None, "ACL": "9cc929", "COLM": "9cc929", "RLVR": None}
    assert archive.labels() == ["NLP", "ACL", "COLM", "RLVR"]
    with pytest.raises(IssueRefusedError, match="name already_exists"):
        archive.create_label("acl", None)


def test_the_newest_issues_come_without_pull_requests(github: GitHubServer, notes: Repository, tmp_path: Path) -> None:
    for number in range(3, 251):
        github.open_issue(notes, f"Paper {number}", pull=number == 249)
    archive = writer(github, tmp_path)
    assert [issue.number for issue in archive.newest()] == [250, *range(248, 150, -1)]
    assert [issue.number for issue in archive.newest(120)] == [250, *range(248, 120, -1)]
    assert [issue.number for issue in archive.newest(250)] == []
    assert [call.query.get("page") for call in github.calls] == [None, None, "2", None]


def test_an_edit_is_computed_from_the_current_issue(github: GitHubServer, notes: Repository, tmp_path: Path) -> None:
    github.add_comment(notes, 1, "読んだ")
    seen: list[Issue] = []

    def decide(issue: Issue) -> Edit:
        seen.append(issue)
        return Edit(issue.title + "!")

    told = writer(github, tmp_path).amend(1, decide)
    assert told is not None
    assert (told.title, told.labels) == ("[Paper Note] Paper 1, A+, arXiv'25!", ("NLP",))
    assert seen[0].comments == ("読んだ",)
    assert json.loads(github.writes[0].body) == {"title": told.title}


def test_hands_are_kept_off_where_nothing_is_decided(github: GitHubServer, notes: Repository, tmp_path: Path) -> None:
    def refuse(issue: Issue) -> Edit:
        raise MoveError(f"{issue.title} has changed")

    assert writer(github, tmp_path).amend(1, lambda issue: None) is None
    with pytest.raises(MoveError):
        writer(github, tmp_path).amend(1, refuse)
    assert github.writes == []


# What is refused.


def failure(server: GitHubServer, folder: Path, *, token: str = TOKEN) -> NotebotError:
    with pytest.raises(NotebotError) as caught:
        writer(server, folder, token).create_issue("t", "b", [])
    return caught.value


LONG = {"message": "Validation Failed", "errors": [{"field": "body", "code": "custom", "message": "body is too long"}]}


@pytest.mark.parametrize(
    ("handler", "kind", "words"),
    [
        (answer("{}", 301, Location="https://api.github.example/repositories/7/issues"), UsageError, "another name"),
        (answer("{}", 307, Location="http://elsewhere.example/"), UsageError, "another name"),
        (answer("{}", 401), RefusedError, "does not accept the token in NOTEBOT_GITHUB_TOKEN"),
        (answer("{}", 403), RefusedError, '"Issues: read and write"'),
        (answer("{}", 404), NotFoundError, "may not open an issue"),
        (answer("{}", 410), NotFoundError, "issues turned off"),
        (answer(json.dumps(LONG), 422), IssueRefusedError, "422: Validation Failed; body is too long"),
        (answer(gzip.compress(b'["?"]'), 422, Content_Encoding="gzip"), IssueRefusedError, "422: ['?']"),
        (answer("<html>", 422), IssueRefusedError, "no reason given"),
        (answer("{}", 403, Retry_After="30"), ThrottledError, "30 s"),
        (answer('{"message": "You have exceeded a secondary rate limit."}', 403), ThrottledError, "60 s"),
        (answer("{}", 429), ThrottledError, "60 s"),
        (answer("{}", 502), UnavailableError, "502"),
        (answer("{}", 503, Retry_After="3"), UnavailableError, "503"),
        (raw(), UnavailableError, "cannot be reached"),
        (answer("", 201, kind="application/json"), BadAnswerError, "empty"),
        (answer("[]", 201, kind="application/json"), BadAnswerError, "malformed"),
        (answer("<html>", 201, kind="text/html"), BadAnswerError, "text/html"),
    ],
)
def test_each_refusal_of_a_write_has_a_sentence_of_its_own(
    github: GitHubServer, notes: Repository, tmp_path: Path, handler: Handler, kind: type[NotebotError], words: str
) -> None:
    github.refused[1] = handler
    error = failure(github, tmp_path)
    assert type(error) is kind
    assert words in str(error)
    assert TOKEN not in str(error)
    assert len(github.writes) == 1


def test_an_exhausted_limit_stops_the_next_write(github: GitHubServer, notes: Repository, tmp_path: Path) -> None:
    github.left, github.reset_at = 1, github.now + timedelta(minutes=10)
    archive = writer(github, tmp_path)
    archive.add_comment(1, "one")
    with pytest.raises(ThrottledError):
        archive.add_comment(1, "two")
    assert len(github.calls) == 1


def test_a_limit_is_waited_for_and_a_lost_answer_is_not_sent_again(
    github: GitHubServer, notes: Repository, tmp_path: Path
) -> None:
    patient = GitHubWriter(
        Http("notebot/9", 5.0, 20.0, threading.Event()),
        github.url, "curator/notes", TOKEN, "T", WritePace(tmp_path, 0.0, threading.Event()),
    )  # fmt: skip
    github.refused[1] = answer("{}", 429, Retry_After="0")
    github.lost[3] = answer("{}", 502)
    patient.add_comment(1, "one")
    with pytest.raises(UnavailableError):
        patient.add_comment(1, "two")
    assert [comment["body"] for comment in notes.comments[1]] == ["one", "two"]
    assert len(github.writes) == 3


@pytest.mark.parametrize(
    ("number", "words"), [(9, "no issue #9 in curator/notes"), (2, "Issue #2 of curator/notes was deleted")]
)
def test_an_issue_that_is_not_there_is_not_taken_for_its_repository(
    github: GitHubServer, notes: Repository, tmp_path: Path, number: int, words: str
) -> None:
    notes.issues.pop(2)
    archive = writer(github, tmp_path)
    with pytest.raises(NotFoundError, match=words):
        archive.issue(number)
    with pytest.raises(NotFoundError, match=words):
        archive.add_comment(number, "x")


def test_a_renamed_repository_is_not_written_to(github: GitHubServer, notes: Repository, tmp_path: Path) -> None:
    github.rename(notes, "lab/archive")
    archive = writer(github, tmp_path)
    with pytest.raises(UsageError, match="curator/notes under another name"):
        archive.newest()
    with pytest.raises(UsageError, match="curator/notes under another name"):
        archive.create_issue("t", "b", [])
    with pytest.raises(NotFoundError, match="moved away"):
        archive.issue(1)
    with pytest.raises(NotFoundError, match="moved away"):
        archive.add_comment(1, "x")
    assert notes.comments[1] == []


@pytest.mark.parametrize("token", [None, "", "  "])
def test_nobody_writes_without_a_token(github: GitHubServer, tmp_path: Path, token: str | None) -> None:
    with pytest.raises(UsageError, match="read and write"):
        writer(github, tmp_path, token)


def test_the_token_is_in_no_log_and_no_repr(
    github: GitHubServer, notes: Repository, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    archive = writer(github, tmp_path)
    archive.create_issue("t", "b", [])
    assert "127.0.0.1" in caplog.text
    assert TOKEN not in caplog.text + repr(archive) + repr(archive.__dict__)
    assert TOKEN not in "".join(path.read_text() for path in tmp_path.iterdir())


# The pace.


class Clock:
    """Seconds that pass while somebody waits."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_all_processes_together_write_five_hundred_times_per_hour(tmp_path: Path) -> None:
    clock = Clock()
    paces = [WritePace(tmp_path, 0.0, threading.Event(), now=clock, hourly=5) for _ in range(2)]
    for place in range(5):
        with paces[place % 2].turn() as sent:
            sent()
        clock.now += 60
    with pytest.raises(ThrottledError, match="5 times within the hour") as caught, paces[0].turn():
        pass
    assert caught.value.wait_s == 3300
    clock.now += 3301
    with paces[0].turn() as sent:
        sent()
    assert len((tmp_path / "github-writes.txt").read_text().split()) == 5


def test_a_turn_without_a_request_is_not_counted(tmp_path: Path) -> None:
    for _ in range(3):  # the second turn would raise if the first had been counted
        with WritePace(tmp_path, 0.0, threading.Event(), hourly=1).turn():
            pass
    assert not (tmp_path / "github-writes.txt").exists()


@pytest.mark.parametrize("text", ["", "soon\n", "9999999999.000\n", "\xff", "nan"])
def test_malformed_and_future_times_are_ignored(tmp_path: Path, text: str) -> None:
    (tmp_path / "github-writes.txt").write_text(text, encoding="latin-1")
    with WritePace(tmp_path, 0.0, threading.Event(), hourly=1).turn() as sent:
        sent()
    assert len((tmp_path / "github-writes.txt").read_text(encoding="ascii").split()) == 1


def test_a_second_write_waits_for_its_second(tmp_path: Path) -> None:
    stop = threading.Event()
    with WritePace(tmp_path, 1000.0, stop).turn() as sent:
        sent()
    with pytest.raises(Stopped), WritePace(tmp_path, 1000.0, stop, wait=lambda seconds: stop.set()).turn():
        pass


def test_a_folder_in_place_of_the_times_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "github-writes.txt").mkdir()
    with pytest.raises(StateError, match=r"github-writes\.txt"), WritePace(tmp_path, 0.0, threading.Event()).turn():
        pass


# The server itself.


@described
def test_the_fake_server_answers_writes_like_the_openapi_description(github: GitHubServer, notes: Repository) -> None:
    known = description()
    assert known is not None
    base = "/repos/curator/notes"
    http = Http("notebot/9", 5.0, 0.0, threading.Event())
    for verb, rest, value, status in [
        ("POST", "/issues", {"title": "t"}, 201),
        ("PATCH", "/issues/1", {"title": "t", "labels": ["NLP"]}, 200),
        ("POST", "/issues/1/comments", {"body": "b"}, 201),
        ("POST", "/issues/1/labels", {"labels": ["ACL"]}, 200),
        ("POST", "/labels", {"name": "new", "color": "9cc929"}, 201),
    ]:
        told = http.write(
            verb, github.url + base + rest, json.dumps(value).encode(),
            accept=("application/json",), max_bytes=9999, service="GitHub", headers={}, refusal=lambda reply: None,
        )  # fmt: skip
        assert told.status == status
        assert known.answer_problems(verb, base + rest, status, json.loads(told.body)) == []
        assert known.answer_problems(verb, base + rest, status, [7] if verb == "POST" else [])


@described
@pytest.mark.parametrize(
    ("verb", "rest", "value"),
    [
        ("POST", "/issues", {"body": "no title"}),
        ("POST", "/issues", {"title": "t", "labels": "NLP"}),
        ("PATCH", "/issues/1", {"state": "lost"}),
        ("POST", "/issues/1/comments", {}),
        ("POST", "/labels", {"color": "9cc929"}),
    ],
)
def test_a_bad_request_is_refused(notes: Repository, verb: str, rest: str, value: dict[str, object]) -> None:
    with GitHubServer(TOKEN) as server:
        server._repositories.append(notes)
        http = Http("notebot/9", 5.0, 0.0, threading.Event())
        with pytest.raises(BadAnswerError, match="422"):
            http.write(
                verb, f"{server.url}/repos/curator/notes{rest}", json.dumps(value).encode(),
                accept=("application/json",), max_bytes=9999, service="GitHub", headers={}, refusal=lambda reply: None,
            )  # fmt: skip
        assert server.calls[0].refused_for
