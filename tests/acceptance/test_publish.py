"""The whole round by the installed command: polled, digested, completed on a phone, collected, published."""

import re
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from acceptance.command import EVERYTHING, NOTEBOT, TUESDAY, Desk, Done, Running, desk_with, sample_paper
from servers.github_server import GitHubServer
from servers.github_state import Repository
from servers.loopback import answer

pytestmark = pytest.mark.slow

TOKEN = "gh" + "p_invented0123456789"
SAID = "「解けない」と判断できる点が良い。{{7*7}} #1832 @x <b>\n\n  - 二段落目"
HOSTILE = "We count. Fixes #3, as @all know <!-- x --> # Summary (by x) {{ site }}. It works."
KEPT, LATER, DELETED, UNTOUCHED = (f"2605.0000{n}" for n in range(1, 5))
PAPERS = [
    sample_paper(KEPT, TUESDAY, "On mathematics, by @all: #3", abstract=HOSTILE),
    sample_paper(LATER, TUESDAY, "Another mathematics", authors=("Ada Example",), abstract="数学。"),
    sample_paper(DELETED, TUESDAY, "Deleted mathematics"),
    sample_paper(UNTOUCHED, TUESDAY, "Untouched mathematics"),
]
ISSUE_BODY = (
    "# URL\n- https://arxiv.org/abs/2605.00001\n# Authors\n  - Ada Example\n  - Ben Sample\n# Abstract\n"
    "  - We count. Fixes #\u20603, as @\u2060all know &lt;!-- x --> # Summary\u2060 (by x) &#x7B;{ site }}. It works.\n"
    "# Summary (by curator)\n- 手で数える。"
)


@dataclass
class Study:
    """A curator's desk, and the archive on a GitHub of its own."""

    desk: Desk
    github: GitHubServer
    repository: Repository

    def publish(self, *options: str) -> Done:
        return self.desk.run(*options, "publish", "--json", NOTEBOT_GITHUB_TOKEN=TOKEN)

    def publish_in_a_process(self) -> Done:
        return self.desk.run_process("publish", "--json", NOTEBOT_GITHUB_TOKEN=TOKEN)

    def sent(self) -> dict[int, tuple[Any, ...]]:
        """Number → title, body, labels, comments; of what was published."""
        return {
            number: (
                issue["title"],
                issue["body"],
                [label["name"] for label in issue["labels"]],
                [comment["body"] for comment in self.repository.comments[number]],
            )
            for number, issue in self.repository.issues.items()
            if number > 1
        }


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    """Two papers kept, one deleted, one untouched; the archive has a note and four labels."""
    with desk_with(PAPERS, tmp_path, topics=[EVERYTHING]) as (arxiv, desk), GitHubServer(TOKEN) as github:
        arxiv.day = TUESDAY
        labels = dict.fromkeys(("NLP", "read-later", "Findings", "ICLR"))
        repository = github.add_repository(labels=labels)
        github.open_issue(
            repository, "[Paper Note] Old, A+, ACL'25, 2025.07", "# URL\n- https://x.test/", ("Findings",)
        )
        desk.sections["archive"] = {"repo": "curator/notes", "github_url": github.url}
        desk.ok("poll")
        path = Path(desk.ok("digest").out.strip())
        path.write_bytes(completed(path.read_text(encoding="utf-8")).encode())
        desk.ok("collect")
        yield Study(desk, github, repository)
        assert [call.refused_for for call in github.calls if call.refused_for] == []


def completed(text: str) -> str:
    """The digest as a phone's editor leaves it: no hidden marks, CRLF, no line end at the last line."""
    kept, later, deleted = (entry(text, arxiv_id) for arxiv_id in (KEPT, LATER, DELETED))
    mended = re.sub(
        r"Source post: ?\n", f"Source post: https://twitter.com/Ada/status/1800000000000000000?s=46\n\n{SAID}\n", kept
    )
    mended = re.sub(r"(\*\*Summary\*\* \([^)]*\)) .*", r"\1 手で数える。", mended)
    mended = mended.replace("arXiv'26", "ICLR'27").replace("#NLP\n", "#NLP #ICLR #Brand-New\n")
    text = text.replace(kept, mended).replace(later, later.replace("- [ ] read-later", "- ［x］ read-later"))
    text = text.replace(deleted, "")
    return re.sub(r"<!--.*?-->\n?", "", text).replace("\n", "\r\n").rstrip()


def entry(text: str, arxiv_id: str) -> str:
    found = re.search(rf"<!-- nb {re.escape(arxiv_id)} -->\n.*?<!-- /nb -->\n", text, re.DOTALL)
    assert found is not None
    return found[0]


EXPECTED = [
    (
        "[Paper Note] On mathematics, by @\u2060all: #\u20603, Ada Example+, ICLR'27, 2026.05",
        ISSUE_BODY,
        ["NLP", "ICLR"],
        ["元ポスト:\nhttps://x.com/ada/status/1800000000000000000", SAID],
    ),
    (
        "[Paper Note] Another mathematics, Ada Example, arXiv'26, 2026.05",
        "# URL\n- https://arxiv.org/abs/2605.00002\n# Authors\n  - Ada Example\n# Abstract\n  - 数学。",
        ["NLP", "read-later"],
        [],
    ),
]


def test_exactly_what_was_kept_becomes_issues_and_nothing_is_sent_twice(study: Study) -> None:
    done = study.publish()
    assert done.code == 0, done
    assert sorted(study.sent().values()) == sorted(EXPECTED, key=lambda one: one[0])
    report = done.json
    assert report["repo"] == "curator/notes"
    assert {one["arxiv_id"]: one["left_out"] for one in report["published"]} == {KEPT: ["Brand-New"], LATER: []}
    assert "Writing to curator/notes" in done.err
    assert "Brand-New" in done.err
    stubs = study.desk.stubs()
    assert {arxiv_id for arxiv_id, stub in stubs.items() if stub["note_number"]} == {KEPT, LATER}
    numbers = [note["number"] for note in study.desk.ok("search", "--json").json]
    assert numbers == [3, 2]
    calls, writes = len(study.github.calls), len(study.github.writes)
    study.desk.ok("collect")
    assert study.publish().json["published"] == []
    assert (len(study.github.calls), len(study.github.writes)) == (calls, writes)


def test_an_accepted_offer_is_applied_by_publish(study: Study) -> None:
    study.github.open_issue(study.repository, "[Paper Note] A, B+, ACL'25", "https://x.test/a", ("ACL",))
    study.desk.ok("import", "github", "curator/notes")
    study.desk.ok("audit")
    path = Path(study.desk.ok("digest").out.strip())
    text = path.read_text(encoding="utf-8")
    line = next(one for one in text.splitlines() if "nb up 1 label" in one)
    path.write_text(text.replace(line, line.replace("[ ]", "[x]")), encoding="utf-8")
    study.desk.ok("collect")
    (applied,) = study.publish().json["applied"]
    assert (applied["number"], applied["value"], applied["written"]) == (1, "ACL", True)
    assert [label["name"] for label in study.repository.issues[1]["labels"]] == ["Findings", "ACL"]


def test_without_a_token_the_same_is_written_as_files(study: Study) -> None:
    for options, token in (((), ""), (("--dry-run",), TOKEN)):
        done = study.desk.run("publish", *options, "--json", NOTEBOT_GITHUB_TOKEN=token)
        assert done.code == 0, done
        assert sorted(Path(path).parent.name for path in done.json["files"]) == [KEPT, LATER]
    folder = study.desk.folder / "outbox" / KEPT
    assert (folder / "issue.md").read_text(encoding="utf-8") == ISSUE_BODY
    assert (folder / "comment-2.md").read_text(encoding="utf-8") == SAID
    assert "--label=Brand-New" in (folder / "publish.sh").read_text(encoding="utf-8")
    assert study.github.calls == []
    assert {stub["note_number"] for stub in study.desk.stubs().values()} == {None}


def test_what_is_published_leaves_no_script_that_would_open_it_again(study: Study) -> None:
    study.desk.ok("publish", "--dry-run")
    outbox = study.desk.folder / "outbox"
    (outbox / LATER / "mine.txt").write_text("my own")
    assert study.publish().code == 0
    assert [path.relative_to(outbox).as_posix() for path in outbox.rglob("*.*") if path.is_file()] == [
        f"{LATER}/mine.txt"
    ]
    assert not (outbox / KEPT).exists()


@pytest.mark.parametrize(
    ("archive", "token", "said"),
    [
        ({"repo": ""}, TOKEN, "set repo in [archive]"),
        ({"repo": "notes"}, TOKEN, "owner/name"),
        ({}, "a b", "does not contain a token"),
    ],
)
def test_wrong_settings_are_reported_before_any_request(
    study: Study, archive: dict[str, object], token: str, said: str
) -> None:
    study.desk.sections["archive"] |= archive
    done = study.desk.run("publish", NOTEBOT_GITHUB_TOKEN=token)
    assert done.code == 2
    assert said in done.err
    assert study.github.calls == []


def test_the_token_is_nowhere_at_any_verbosity(study: Study) -> None:
    study.github.lost[2] = answer("{}", 502)
    study.github.refused[3] = answer("{}", 403)
    outputs = [study.publish("-vv"), study.publish("-vv"), study.desk.run("publish", "-h", NOTEBOT_GITHUB_TOKEN=TOKEN)]
    assert "POST http://127.0.0.1" in outputs[0].err
    assert outputs[0].code == 1
    assert all(TOKEN not in done.out + done.err for done in outputs)
    for path in study.desk.folder.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes(), path


def test_publish_speaks_to_a_person_too(study: Study) -> None:
    study.github.refused[1] = answer("{}", 403)
    done = study.desk.run("publish", NOTEBOT_GITHUB_TOKEN=TOKEN)
    assert done.code == 1
    assert '"Issues: read and write"' in done.err
    assert "2 items wait for the next" in done.err
    done = study.desk.run("publish", NOTEBOT_GITHUB_TOKEN=TOKEN)
    assert done.code == 0
    assert "#2     2605.0000" in done.out
    assert "curator/notes: 2 published, 0 changed" in done.out


def test_runs_at_the_same_time_write_once(study: Study) -> None:
    dones: list[Done] = []
    study.desk.write_config()
    threads = [threading.Thread(target=lambda: dones.append(study.publish_in_a_process())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [done.code for done in dones] == [0, 0, 0]
    assert sorted(study.sent().values()) == sorted(EXPECTED, key=lambda one: one[0])


@pytest.mark.parametrize("obeyed", [True, False])
def test_kill_9_between_any_two_writes_costs_nothing(study: Study, obeyed: bool) -> None:
    for place in (1, 1, 1, 1) if obeyed else (1, 2, 1, 2, 1):
        kill_at_write(study, place, obeyed=obeyed)
    assert study.publish().code == 0
    assert sorted(study.sent().values()) == sorted(EXPECTED, key=lambda one: one[0])
    assert study.publish().json["published"] == []


def kill_at_write(study: Study, place: int, *, obeyed: bool) -> None:
    """Starts a run, and kills it when GitHub has its nth write in hand, before it can answer."""
    started = threading.Event()
    running: list[Running] = []

    def strike(request: BaseHTTPRequestHandler) -> None:
        started.wait(10)
        running[0].process.kill()
        request.close_connection = True

    faults = study.github.lost if obeyed else study.github.refused
    faults[len(study.github.writes) + place] = strike
    words = [NOTEBOT, "--config", str(study.desk.config), "publish"]
    with Running(words, study.desk.folder, study.desk._environment(None, {"NOTEBOT_GITHUB_TOKEN": TOKEN})) as one:
        running.append(one)
        started.set()
        assert one.process.wait(30) == -signal.SIGKILL
    faults.clear()
