"""``notebot fill`` by the installed command: the ways in which bare links are typed, and what must not be touched."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from acceptance.command import EVERYTHING, TUESDAY, Desk, Done, desk_with, sample_paper, wait_for
from servers.faulty_arxiv import Fault, FaultKind, FaultyArxiv
from servers.github_server import GitHubServer
from servers.github_state import Repository
from servers.loopback import Loopback, answer

pytestmark = pytest.mark.slow

TOKEN = "gh" + "p_invented0123456789"
POST = "https://x.com/ada/status/1900000000000000001"
PAPERS = [
    *(sample_paper(f"2605.0000{n}", TUESDAY, f"Mathematics {n}, by @all: #3") for n in range(1, 10)),
    sample_paper("hep-th/9901001", TUESDAY, "Old mathematics", comment="Accepted to ACL 2026"),
]
ABS = "https://arxiv.org/abs/"
BARE = {  # what is typed → the link that stands under # URL
    f"{ABS}2605.00001\n": f"{ABS}2605.00001",
    f"{ABS}2605.00002\r\n\r\n": f"{ABS}2605.00002",
    f"\n  {ABS}2605.00003": f"{ABS}2605.00003",
    "https://www.arxiv.org/abs/2605.00004": f"{ABS}2605.00004",
    "https://arxiv.org/pdf/2605.00005.pdf": f"{ABS}2605.00005",
    "https://arxiv.org/html/2605.00006v1#S3": f"{ABS}2605.00006v1",
    f"{ABS}2605.00007?context=cs": f"{ABS}2605.00007",
    f"{ABS}hep-th/9901001": f"{ABS}hep-th/9901001",
    f"{POST}?s=46&t=abc\r\n{ABS}2605.00008": f"{ABS}2605.00008",
}
LEFT = {  # body → title
    f"what of {ABS}2605.00009 ?": "a question",
    f"{ABS}2605.00009\n": "[Paper Note] Mine, Ada+, ACL'26, 2026.05",
    "": "empty",
}


@dataclass
class Study:
    """A curator's desk, and the archive on a GitHub of its own."""

    desk: Desk
    arxiv: FaultyArxiv
    github: GitHubServer
    repository: Repository

    def open(self, body: str, title: str = "x", by: str = "Curator", **more: Any) -> int:
        number = self.github.open_issue(self.repository, title, body)
        self.github.edit(self.repository, number, user=user(by), author_association="NONE", **more)
        return number

    def fill(self, *words: str) -> Done:
        return self.desk.run("fill", "--json", *words, NOTEBOT_GITHUB_TOKEN=TOKEN)

    def fill_in_a_process(self) -> Done:
        return self.desk.run_process("fill", "--json", NOTEBOT_GITHUB_TOKEN=TOKEN)

    def issue(self, number: int) -> dict[str, Any]:
        return self.repository.issues[number]

    def comments(self, number: int) -> list[str]:
        return [comment["body"] for comment in self.repository.comments[number]]


def user(login: str) -> dict[str, Any]:
    urls = ("avatar_url", "url", "html_url", "followers_url", "following_url", "gists_url", "starred_url")
    return {"login": login, "id": 1, "node_id": "U_1", "type": "User", **dict.fromkeys(urls, "https://x.test/")}


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with desk_with(PAPERS, tmp_path, topics=[EVERYTHING]) as (arxiv, desk), GitHubServer(TOKEN) as github:
        arxiv.day = TUESDAY
        repository = github.add_repository(labels=dict.fromkeys(("NLP", "ACL")))
        desk.sections["archive"] = {"repo": "curator/notes", "github_url": github.url}
        yield Study(desk, arxiv, github, repository)
        assert [call.refused_for for call in github.calls if call.refused_for] == []


def test_every_way_to_type_a_link_is_filled_once_and_the_rest_is_untouched(study: Study) -> None:
    filled = {study.open(body): url for body, url in BARE.items()}
    left = {study.open(body, title): (title, body) for body, title in LEFT.items()}
    done = study.fill()
    assert done.code == 0, done
    assert [one["number"] for one in done.json["filled"]] == list(filled)
    for number, url in filled.items():
        assert study.issue(number)["body"] == (
            f"# URL\n- {url}\n# Authors\n  - Ada Example\n  - Ben Sample\n"
            "# Abstract\n  - We show one thing. It holds in every case. It is of use."
        )
        assert [label["name"] for label in study.issue(number)["labels"]] == ["NLP"]
    first, *_, old, posted = filled
    assert study.issue(first)["title"] == (
        "[Paper Note] Mathematics 1, by @\u2060all: #\u20603, Ada Example+, arXiv'26, 2026.05"
    )
    assert study.issue(old)["title"] == "[Paper Note] Old mathematics, Ada Example+, ACL'26, 2026.05"
    assert study.comments(posted) == [f"元ポスト:\n{POST}"]
    assert [study.comments(number) for number in filled if number != posted] == [[]] * 8
    assert {number: (study.issue(number)["title"], study.issue(number)["body"]) for number in left} == left
    assert len(study.arxiv.log) == 1
    writes = len(study.github.writes)
    assert study.fill().json["filled"] == []
    assert study.fill(*map(str, filled)).code == 0
    assert len(study.github.writes) == writes == 2 * len(filled) + 1
    notes = study.desk.ok("search", "--json").json
    assert {note["number"] for note in notes} == set(filled)


def test_five_runs_at_once_write_once(study: Study) -> None:
    number = study.open(f"{ABS}2605.00001\n{POST}")
    dones: list[Done] = []
    study.desk.write_config()
    threads = [threading.Thread(target=lambda: dones.append(study.fill_in_a_process())) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [done.code for done in dones] == [0] * 5
    assert sum(len(done.json["filled"]) for done in dones) == 1
    assert [call.method for call in study.github.writes] == ["PATCH", "POST", "POST"]
    assert study.comments(number) == [f"元ポスト:\n{POST}"]


@pytest.mark.parametrize("change", [{"body": "私の言葉"}, {"title": "私の題"}])
def test_an_issue_that_is_changed_before_the_write_is_left(study: Study, change: dict[str, str]) -> None:
    number = study.open(f"{ABS}2605.00001")
    # the list, the newest issues, the labels, then the issue itself
    study.github.events[4] = lambda: study.github.edit(study.repository, number, **change)
    done = study.desk.run("fill", NOTEBOT_GITHUB_TOKEN=TOKEN)
    assert done.code == 1
    assert f"#{number} was changed" in done.err
    assert study.github.writes == []
    assert {name: study.issue(number)[name] for name in change} == change


def test_a_noted_paper_gets_one_comment(study: Study) -> None:
    note = study.open(f"# URL\n- {ABS}2605.00001\n", "[Paper Note] Mathematics 1, Ada Example+, arXiv'26, 2026.05")
    study.desk.ok("import", "github", "curator/notes")
    number = study.open(f"{ABS}2605.00001v1")
    for _ in range(2):
        assert study.fill(str(number)).code == 0
        assert study.fill().code == 0
    assert study.comments(number) == [f"既出: #{note}"]
    assert len(study.github.writes) == 1
    assert study.issue(number)["title"] == "x"


def test_only_curators_are_filled_for(study: Study) -> None:
    stranger = study.open(f"{ABS}2605.00001", by="somebody")
    study.open(f"{ABS}2605.00002", by="friend")
    study.github.edit(study.repository, 2, author_association="COLLABORATOR")
    assert [one["number"] for one in study.fill().json["filled"]] == [2]
    assert study.issue(stranger)["body"] == f"{ABS}2605.00001"


def test_a_list_in_which_nothing_changed_is_asked_for_conditionally(study: Study) -> None:
    study.open("my words", "a question")
    assert [study.fill().code for _ in range(2)] == [0, 0]
    first, second = (call.headers.get("if-none-match") for call in study.github.calls)
    assert first is None
    assert second
    study.open(f"{ABS}2605.00001")
    assert [one["number"] for one in study.fill().json["filled"]] == [2]


def test_a_post_alone_waits_and_is_listed(study: Study) -> None:
    number = study.open(POST)
    done = study.desk.run("fill", NOTEBOT_GITHUB_TOKEN=TOKEN)
    assert (done.code, done.out) == (0, "curator/notes: 0 filled, 0 with a note already\n")
    assert f"#{number} waits: its links lead to no known paper" in done.err
    assert f"#{number} is not filled: its links lead to no known paper" in study.desk.run("status").out
    assert study.github.writes == []
    study.github.edit(study.repository, number, body=f"{POST}\n{ABS}2605.00001")
    assert study.desk.run("fill", NOTEBOT_GITHUB_TOKEN=TOKEN).out.startswith(f"#{number}     2605.00001 [Paper Note] M")
    assert study.comments(number) == [f"元ポスト:\n{POST}"]


def test_a_post_whose_service_tells_becomes_its_paper_s_note(study: Study) -> None:
    uri = "at://did:plc:abc/app.bsky.feed.post/3kaheyt6vpc22"
    record = {"text": "A proof! https://arxiv.org/abs/2605.00002", "createdAt": "2026-05-12T00:00:00Z"}
    author = {"did": "did:plc:abc", "handle": "ben.example"}
    view = {"uri": uri, "author": author, "record": record, "indexedAt": "2026-05-12T00:00:01Z"}
    told = ({"did": "did:plc:abc"}, {"thread": {"post": view}})
    with Loopback([answer(json.dumps(one), kind="application/json") for one in told]) as bluesky:
        study.desk.sections["posts"] = {"bluesky_url": bluesky.url}
        number = study.open("https://bsky.app/profile/Ben.example/post/3kaheyt6vpc22")
        assert study.fill().json["filled"][0]["arxiv_id"] == "2605.00002"
        assert study.fill().json["filled"] == []
    assert study.issue(number)["title"].startswith("[Paper Note] Mathematics 2")
    assert study.comments(number) == ["元ポスト:\nhttps://bsky.app/profile/ben.example/post/3kaheyt6vpc22"]


def test_what_failed_is_remembered_and_tried_again(study: Study) -> None:
    number = study.open(f"{ABS}2605.00001")
    study.arxiv.set_faults(Fault("api", FaultKind.UNAVAILABLE, times=None))
    done = study.fill()
    assert (done.code, done.json["troubles"][0]["kind"]) == (1, "throttled")
    (source,) = study.desk.rows("SELECT * FROM sources WHERE name = 'fill'")
    assert source["error"].startswith(f"#{number}: ")
    assert study.issue(number)["title"] == "x"
    study.arxiv.set_faults()
    assert study.fill().code == 0
    assert study.desk.rows("SELECT error FROM sources WHERE name = 'fill'") == [{"error": None}]


@pytest.mark.parametrize(
    ("archive", "token", "said"),
    [
        ({"repo": ""}, TOKEN, "set repo in [archive]"),
        ({}, "", "needs a token"),
        ({}, "a b", "does not contain a token"),
    ],
)
def test_wrong_settings_are_reported_before_any_request(
    study: Study, archive: dict[str, object], token: str, said: str
) -> None:
    study.desk.sections["archive"] |= archive
    done = study.desk.run("fill", NOTEBOT_GITHUB_TOKEN=token)
    assert done.code == 2
    assert said in done.err
    assert study.github.calls == []


def test_a_repository_under_another_name_is_not_written_to(study: Study) -> None:
    study.open(f"{ABS}2605.00001")
    study.github.rename(study.repository, "curator/papers")
    done = study.fill()
    assert done.code == 2
    assert "another name" in done.err
    assert study.github.writes == []


def test_the_token_is_nowhere_at_any_verbosity(study: Study) -> None:
    study.open(f"{ABS}2605.00001\n{POST}")
    study.github.refused[2] = answer("{}", 403)
    done = study.desk.run("-vv", "fill", NOTEBOT_GITHUB_TOKEN=TOKEN)
    assert done.code == 1
    assert "PATCH http://127.0.0.1" in done.err
    assert TOKEN not in done.out + done.err
    for path in study.desk.folder.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes(), path


def test_the_daemon_fills_and_outlives_a_github_that_fails(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    number = study.open(f"{ABS}2605.00001")
    study.desk.sections["schedule"] = {"poll": "every 2s", "digest": "every 4s"}
    monkeypatch.setenv("GITHUB_OF_TEST", TOKEN)
    study.desk.sections["archive"]["token_env"] = "GITHUB_OF_TEST"
    with study.desk.start("run") as daemon:
        wait_for(lambda: f"filled #{number}" in daemon.said, "the issue is filled")
        assert daemon.end() == 0
    study.github.script[len(study.github.calls) + 1] = answer("{}", 502)
    study.open(f"{ABS}2605.00002")
    with study.desk.start("run") as daemon:
        wait_for(lambda: "fill curator/notes: " in daemon.said, "a word about GitHub")
        polls = "SELECT id FROM runs WHERE kind = 'poll'"
        before = len(study.desk.rows(polls))
        wait_for(lambda: len(study.desk.rows(polls)) > before, "the next poll all the same")
        assert daemon.process.poll() is None
        assert daemon.end() == 0
