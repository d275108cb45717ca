"""The scripts that send what waits in outbox/, run by a shell with a ``gh`` of our own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from notebot.core.model.changes import AnotherPost
from notebot.core.model.errors import StateError
from notebot.core.model.offer import Update
from notebot.core.model.stub import Stub
from notebot.features.publishing.adapters.outbox_folder import OutboxFolder, remove_published
from notebot.features.publishing.publish.report import AppliedOffer, PublishedStub, PublishReport
from notebot.features.publishing.rules.accepted_offer import NoteChange
from notebot.features.publishing.rules.issue_draft import Draft

GH = """#!{python}
import json, os, sys
with open(os.environ["CALLS"], "a", encoding="utf-8") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
if sys.argv[1:3] == ["issue", "create"]:
    print("https://github.example/curator/notes/issues/8")
if sys.argv[1:3] == ["issue", "view"]:
    print(os.environ["TITLE"])
if sys.argv[1:3] == ["label", "create"] or sys.argv[-1].endswith(os.environ.get("FAILS", "nothing")):
    sys.exit(1)
"""
NASTY = """It's "$(touch pwned)" `touch pwned` \\ $HOME; touch pwned & | > x"""
STUB = Stub("arxiv:cs/0112017", "cs/0112017", 1, "https://arxiv.org/abs/cs/0112017", "T", (), "", ())
DRAFT = Draft(STUB.url, f"-{NASTY}", "# URL\n- x", ("NLP", 'a, "b"'), ("one", NASTY))


def run(script: str, folder: Path, title: str = "", fails: str = "") -> tuple[int, list[list[str]]]:
    """Exit code of the script, and the calls of ``gh`` so far."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "gh").write_text(GH.format(python=sys.executable), encoding="utf-8")
    (tools / "gh").chmod(0o755)
    (tools / "sleep").write_text("#!/bin/sh\n", encoding="utf-8")
    (tools / "sleep").chmod(0o755)
    calls = folder / "calls.jsonl"
    environment = {"PATH": f"{tools}:{os.environ['PATH']}", "CALLS": str(calls), "TITLE": title}
    environment |= {"FAILS": fails} if fails else {}
    done = subprocess.run(["sh", script], env=environment, cwd=folder, capture_output=True, timeout=30, check=False)
    assert not list(folder.rglob("pwned"))
    lines = calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []
    return done.returncode, [json.loads(line) for line in lines]


def test_an_issue_and_its_comments_are_sent_word_for_word_and_once(tmp_path: Path) -> None:
    script = OutboxFolder(tmp_path / "outbox", "curator/notes").write_issue(STUB, DRAFT, (NASTY,))
    assert script == str(tmp_path / "outbox/cs_0112017/publish.sh")
    code, calls = run(script, tmp_path)
    url = "https://github.example/curator/notes/issues/8"
    assert code == 0
    assert calls == [
        ["label", "create", "--repo=curator/notes", "--", NASTY],
        ["issue", "create", "--repo=curator/notes", f"--title=-{NASTY}", "--body-file=issue.md", "--label=NLP",
         '--label="a, ""b"""'],
        ["issue", "comment", url, "--body-file=comment-1.md"],
        ["issue", "comment", url, "--body-file=comment-2.md"],
    ]  # fmt: skip
    assert (tmp_path / "outbox/cs_0112017/comment-2.md").read_text(encoding="utf-8") == NASTY
    assert run(script, tmp_path) == (0, [*calls, calls[0]])


def test_an_interrupted_script_continues_where_it_stopped(tmp_path: Path) -> None:
    script = OutboxFolder(tmp_path / "outbox", "curator/notes").write_issue(STUB, DRAFT, ())
    code, calls = run(script, tmp_path, fails="comment-2.md")
    assert (code, len(calls)) == (1, 3)
    code, calls = run(script, tmp_path)
    assert (code, [call[-1] for call in calls[3:]]) == (0, ["--body-file=comment-2.md"])


ANOTHER = replace(STUB, key="arxiv:2605.00002", arxiv_id="2605.00002")
UPDATE = Update(4, "note:2158", AnotherPost("x", mark="7"), "why")
CHANGE = NoteChange(f"new {NASTY}", ("ACL",), ("Pocket",), NASTY)


def test_a_note_is_changed_only_if_its_title_is_unchanged(tmp_path: Path) -> None:
    script = OutboxFolder(tmp_path / "outbox", "curator/notes").write_change(UPDATE, NASTY, CHANGE)
    assert Path(script).parent.name == "2158-post_7-4"
    code, calls = run(script, tmp_path, title=NASTY)
    assert code == 0
    assert calls[1:] == [
        ["issue", "edit", "2158", "--repo=curator/notes", f"--title=new {NASTY}", "--add-label=ACL",
         "--remove-label=Pocket"],
        ["issue", "comment", "2158", "--repo=curator/notes", "--body-file=comment.md"],
    ]  # fmt: skip


@pytest.mark.parametrize("change", [CHANGE, NoteChange(comment="x")])
def test_a_note_whose_title_has_changed_is_left(tmp_path: Path, change: NoteChange) -> None:
    script = OutboxFolder(tmp_path / "outbox", "curator/notes").write_change(UPDATE, "old", change)
    code, calls = run(script, tmp_path, title="another")
    assert (code, [call[1] for call in calls]) == (1, ["view"])


def test_scripts_of_what_was_published_are_removed_but_not_one_that_was_run(tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    files, other = OutboxFolder(folder, "curator/notes"), replace(STUB, key="page:https://a.example/", arxiv_id="")
    scripts = [Path(files.write_issue(stub, DRAFT, ())) for stub in (STUB, other)]
    scripts += [Path(files.write_change(UPDATE, "old", CHANGE)), Path(files.write_issue(ANOTHER, DRAFT, ()))]
    (scripts[3].parent / "issue.url").write_text("https://github.com/curator/notes/issues/9")
    report = PublishReport("curator/notes")
    for stub in (STUB, other, ANOTHER):
        report.published.append(PublishedStub(stub.key, stub.arxiv_id, 1, "t", (), 0))
    report.applied.append(AppliedOffer(2158, UPDATE.field, "x", written=True))
    remove_published(folder, report)
    assert [script.exists() for script in scripts] == [False, False, False, True]
    assert [path.name for path in folder.iterdir()] == [scripts[3].parent.name]
    remove_published(tmp_path / "no outbox", report)


def test_an_unwritable_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file")
    with pytest.raises(StateError, match="cannot be written"):
        OutboxFolder(tmp_path / "outbox", "curator/notes").write_issue(replace(STUB, arxiv_id=""), DRAFT, ())
