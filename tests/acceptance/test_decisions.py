"""``collect``, ``queue undo`` and the daemon's own collecting, by the command line and by real processes."""

from __future__ import annotations

import codecs
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest

from acceptance.command import Desk, clean_environment, run_here, wait_for
from notebot.cli.root import COMMANDS, root

pytestmark = pytest.mark.slow

SENDING = (
    *("init", "check", "demo", "poll", "fetch", "post", "backfill", "run", "fill", "publish", "doctor"),
    *("zotero", "move-archive", "worker"),
)
"""Commands that need a contact, or no config at all."""
LOCAL: dict[str, list[list[str]]] = {
    "digest": [["digest"], ["digest", "--dry-run"]],
    "collect": [["collect"], ["collect", "nope.md"], ["collect", "--dry-run"], ["collect", "--as-typed", "nope.md"]],
    "queue": [
        ["queue"],
        ["queue", "list"],
        ["queue", "undo"],
        *(["queue", verb, "2605.00001"] for verb in ("show", "keep", "skip", "requeue")),
    ],
    "web": [["web", "token"], ["web", "token", "list"], ["web", "token", "new"], ["web", "token", "revoke", "x"]],
    "import": [["import", "notes", "nope.jsonl"]],
    "discuss": [["discuss", "list"], ["discuss", "add", "x"], ["discuss", "remove", "x"], ["discuss", "take", "x"]],
    "search": [["search", "x"]],
    "topics": [["topics", "suggest"]],
    "sources": [["sources", "import", "nope.opml"], ["sources", "export"]],
    "site": [["site", "public"]],
    "deliver": [["deliver"], ["deliver", "--test", "nobody"], ["deliver", "--again", "2026-05-13"]],
    "desk": [["desk"]],
    "db": [["db", "init"], ["db", "copy", "--to", "nonsense"]],
    "pages": [["pages"]],
    "export": [["export"]],
    "venues": [["venues", "nope.csv", "--as", "ICLR'26"]],
    "audit": [["audit"]],
    "duplicates": [["duplicates"]],
    "status": [["status"]],
    "ledger": [["ledger"]],
    "stats": [["stats"], ["stats", "--json"], ["stats", "--svg", "plots"]],
    "completion": [["completion", "bash"], ["completion", "zsh"], ["completion", "fish"]],
    "why": [["why", "2605.00001"]],
}
"""Every way to call a command that sends nothing to arXiv or GitHub."""


def test_every_command_is_in_one_of_the_lists() -> None:
    assert sorted([*SENDING, *LOCAL]) == sorted(COMMANDS)
    group = root.get_command(click.Context(root), "queue")
    assert isinstance(group, click.Group)
    assert {words[1] for words in LOCAL["queue"] if len(words) > 1} == set(group.commands)


@pytest.mark.parametrize(
    "words",
    [*(words for ways in LOCAL.values() for words in ways), ["publish", "--dry-run"], ["doctor", "--offline"]],
    ids=" ".join,
)
def test_a_local_command_asks_for_no_contact_and_no_config_and_leaves_nothing_behind(
    words: list[str], tmp_path: Path
) -> None:
    done = run_here(*words, cwd=tmp_path, env=clean_environment(tmp_path))
    assert "contact" not in done.err
    assert "config.toml" not in done.err
    if words not in (
        ["web", "token", "new"],
        ["stats", "--svg", "plots"],
        ["site", "public"],
        ["db", "init"],
    ):  # they store what they were asked for
        assert list(tmp_path.rglob("*")) == []


def test_notes_imported_without_a_config_are_found_without_one(tmp_path: Path) -> None:
    (tmp_path / "notes.jsonl").write_text('{"number": 7, "title_line": "[Paper Note] On Proofs, Ada, arXiv\'26"}\n')
    env = clean_environment(tmp_path)
    assert run_here("import", "notes", "notes.jsonl", cwd=tmp_path, env=env).code == 0
    assert "On Proofs" in run_here("search", "proofs", cwd=tmp_path, env=env).out


def test_a_command_that_sends_something_does_ask(tmp_path: Path) -> None:
    done = run_here("import", "github", "curator/notes", cwd=tmp_path, env=clean_environment(tmp_path))
    assert done.code == 2
    assert "e-mail address (or set NOTEBOT_CONTACT)" in done.err


@pytest.fixture
def digested(polled: Desk) -> tuple[Desk, Path, str]:
    """A desk with one digest of one paper: the file, and the paper's id."""
    path = Path(polled.ok("digest").out.strip())
    (arxiv_id,) = polled.statuses()
    return polled, path, arxiv_id


def tick(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace("- [ ] ", "- [x] ", 1), encoding="utf-8")


def untick(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace("- [x] ", "- [ ] ", 1), encoding="utf-8")


def test_the_report_of_collect_says_what_changed_and_why(digested: tuple[Desk, Path, str]) -> None:
    desk, path, arxiv_id = digested
    tick(path)
    dry = desk.ok("collect", "--dry-run")
    assert dry.out == (
        f"{path.name}: 1 kept, 0 skipped, 0 untouched; 1 would be changed; nothing is stored\n"
        f"  {arxiv_id}: digested → kept\n"
    )
    assert desk.statuses() == {arxiv_id: "digested"}
    assert desk.ok("collect").out == dry.out.replace("would be changed; nothing is stored", "changed by this run")
    assert desk.ok("collect").out == f"{path.name}: 1 kept, 0 skipped, 0 untouched; 0 changed by this run\n"
    untick(path)
    assert desk.ok("collect").out == (
        f"{path.name}: 0 kept, 0 skipped, 1 untouched; 1 changed by this run\n"
        f"  {arxiv_id}: kept → digested (no longer ticked)\n"
    )
    (report,) = desk.ok("collect", "--json").json
    assert report["digest"] == path.name
    assert {"kept", "skipped", "returned", "changes", "conflicts", "ignored", "unreadable", "remark"} <= set(report)


def test_a_dry_run_shows_what_would_be_taken(digested: tuple[Desk, Path, str]) -> None:
    desk, path, arxiv_id = digested
    words = "Worth a note.\n\n" + "It goes on and on. " * 5
    text = path.read_text(encoding="utf-8").replace("**Comment**\n", f"**Comment**\n{words}\n\n")
    title = next(line for line in text.splitlines() if line.startswith("### "))
    path.write_text(text.replace(title, "### [Paper Note] Mine, Me+, ICLR'27, 2026.05"), encoding="utf-8")
    dry = desk.ok("collect", "--dry-run")
    assert dry.out.splitlines()[1] == (
        f"  {arxiv_id}: digested → kept; title line: [Paper Note] Mine, Me+, ICLR'27, 2026.05; "
        "comment: Worth a note. It goes on and on. It goes on and on. It goes…"
    )
    assert desk.ok("collect").out.splitlines()[1] == f"  {arxiv_id}: digested → kept; title line, comment"


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
    ],
)
def test_collect_reads_a_file_in_the_encoding_that_its_byte_order_mark_declares(
    digested: tuple[Desk, Path, str], mark: bytes, encoding: str
) -> None:
    desk, path, arxiv_id = digested
    tick(path)
    words = "読んだ😀感想"
    text = path.read_text(encoding="utf-8").replace("**Comment**\n", f"**Comment**\n{words}\n\n")
    body = mark + text.encode(encoding)
    cut = body.index(words.encode(encoding)) + len("読んだ".encode(encoding)) + 1
    for half in (body[:cut], body[: cut + 1]):  # inside of a character that has four bytes
        path.write_bytes(half)
        done = desk.run("collect", "--json")
        (report,) = done.json
        assert (done.code, report["kept"], report["unreadable"]) == (1, [arxiv_id], [])
        assert f"The end of {path.name} is missing (the file ends in the entry {arxiv_id})" in report["problem"]
        assert desk.stubs()[arxiv_id]["curator"]["comment"] is None
    path.write_bytes(body)
    assert desk.ok("collect").out == (
        f"{path.name}: 1 kept, 0 skipped, 0 untouched; 1 changed by this run\n  {arxiv_id}: kept; changed: comment\n"
    )
    assert desk.stubs()[arxiv_id]["curator"]["comment"] == words


@pytest.mark.parametrize("encoding", ["cp932", "utf-16-le", "euc-jp"])
def test_collect_refuses_an_encoding_that_no_mark_declares_in_one_sentence(
    digested: tuple[Desk, Path, str], encoding: str
) -> None:
    desk, path, arxiv_id = digested
    tick(path)
    text = path.read_text(encoding="utf-8").replace("**Comment**\n", "**Comment**\n読んだ感想\n\n")
    path.write_bytes(text.encode(encoding, "replace"))
    done = desk.run("collect")
    assert done.code == 1
    assert f"{path} is not UTF-8 text" in done.err
    assert "Traceback" not in done.err
    assert desk.statuses() == {arxiv_id: "digested"}
    path.write_text(text, encoding="utf-8")
    assert desk.ok("collect").out.startswith(f"{path.name}: 1 kept")


def test_many_digests_in_which_nothing_changed_share_one_line(polled: Desk) -> None:
    (arxiv_id,) = polled.statuses()
    paths = []
    for _ in range(5):
        paths.append(Path(polled.ok("digest").out.strip()))
        polled.ok("queue", "requeue", arxiv_id)
    tick(paths[3])
    done = polled.run("collect")
    assert done.err == ""
    assert done.out == (
        f"{paths[3].name}: 1 kept, 0 skipped, 0 untouched; 1 changed by this run\n"
        f"  {arxiv_id}: queued → kept\n"
        "4 other digests: 0 kept, 0 skipped, 4 untouched; nothing changed\n"
    )
    named = polled.ok("collect", *map(str, paths))
    assert len(named.out.splitlines()) == 5


def test_undo_says_exactly_what_it_took_back(digested: tuple[Desk, Path, str]) -> None:
    desk, path, arxiv_id = digested
    tick(path)
    desk.ok("collect")
    shown = desk.ok("queue", "show", arxiv_id)
    assert f"keep (file {path.name}): digested → kept" in shown.out
    done = desk.ok("queue", "undo")
    assert done.out == (
        f"took back: 2026-05-12 14:00 keep (file {path.name}): digested → kept: {arxiv_id} is digested again\n"
    )
    assert desk.statuses() == {arxiv_id: "digested"}
    assert "; taken back" in desk.ok("queue", "show", arxiv_id).out
    nothing = desk.run("queue", "undo")
    assert (nothing.code, nothing.err) == (1, "There is no decision left that could be taken back.\n")
    history = desk.ok("queue", "show", arxiv_id, "--json").json
    assert (history["revision"], [made["move"] for made in history["decisions"]]) == (2, ["keep"])


def test_undo_prints_json_too(digested: tuple[Desk, Path, str]) -> None:
    desk, _, arxiv_id = digested
    desk.ok("queue", "keep", arxiv_id, "--read-later")
    assert "read-later" in desk.stubs()[arxiv_id]["tags"]
    (taken_back,) = desk.ok("queue", "undo", "--json").json
    assert (taken_back["decision"]["by"], taken_back["stub"]["status"]) == ("cli", "digested")


def test_a_conflict_is_reported_and_the_newer_decision_stays(digested: tuple[Desk, Path, str]) -> None:
    desk, path, arxiv_id = digested
    tick(path)
    desk.ok("queue", "skip", arxiv_id)
    done = desk.ok("collect")
    assert f"{arxiv_id}: it was skipped by `notebot queue`, which is newer; it stays skipped" in done.err
    assert desk.statuses() == {arxiv_id: "skipped"}


def test_files_that_are_missing_or_no_digest_are_distinguished(digested: tuple[Desk, Path, str]) -> None:
    desk, _, _ = digested
    (desk.folder / "mine.md").write_text("# Mine\n")
    missing = desk.run("collect", "nope.md")
    assert (missing.code, missing.out, missing.err) == (1, "", "nope.md does not exist.\n")
    other = desk.run("collect", "mine.md")
    assert (other.code, other.out) == (1, "")
    assert "mine.md is not a digest" in other.err
    unnamed = desk.run("collect", "--as-typed")
    assert unnamed.code == 2
    assert "FILE" in unnamed.err


def test_a_digest_that_was_moved_away_is_named_and_is_not_a_failure(digested: tuple[Desk, Path, str]) -> None:
    desk, path, arxiv_id = digested
    tick(path)
    away = desk.folder / path.name
    path.rename(away)
    # without any digest file something is wrong with the folder; with one, the others were put away
    assert desk.run("collect").code == 1
    assert desk.statuses() == {arxiv_id: "digested"}
    desk.ok("collect", str(away))
    assert desk.statuses() == {arxiv_id: "kept"}
    desk.ok("queue", "requeue", arxiv_id)
    assert Path(desk.ok("digest").out.strip()).is_file()
    done = desk.ok("collect")
    assert f"Not in {path.parent}: {path.name}; the entries are unchanged." in done.err
    assert {report["digest"] for report in desk.ok("collect", "--json").json if report["gone"]} == {path.name}


def test_status_counts_kept_papers_on_one_line(digested: tuple[Desk, Path, str]) -> None:
    desk, _, arxiv_id = digested
    desk.ok("queue", "keep", arxiv_id)
    line = "  kept, not in the archive yet: 1; the oldest was kept 0 days ago (`notebot queue list --status kept`)"
    assert line in desk.run("status").out.splitlines()


# by itself, and killed


KILLS = 5
COLLECTING: dict[str, dict[str, object]] = {
    "schedule": {"poll": "every 6h", "digest": "every 6h"},
    "digest": {"language": "en", "collect_after": "1s"},
}


def decided(desk: Desk) -> list[dict[str, Any]]:
    """What the curator has decided, and the state of each stub."""
    return [
        *desk.rows("SELECT arxiv_id, status, document FROM stubs ORDER BY id"),
        *desk.rows(
            "SELECT key, batch, automatic, undone_at IS NULL AS stands, json_extract(CAST(document AS TEXT), '$.move')"
            " AS move, json_extract(CAST(document AS TEXT), '$.after') AS after FROM decisions ORDER BY id"
        ),
        *desk.rows("SELECT digest, sha256, decided, left, reading FROM read_files ORDER BY digest"),
    ]


def test_the_daemon_collects_by_itself_and_never_writes_the_file(digested: tuple[Desk, Path, str]) -> None:
    desk, path, arxiv_id = digested
    desk.sections = COLLECTING
    tick(path)
    before = path.read_bytes()
    with desk.start("run") as daemon:
        wait_for(lambda: desk.statuses() == {arxiv_id: "kept"}, "the tick is taken")
        wait_for(lambda: "collected" in daemon.said, "the daemon says so")
        daemon.end()
    assert f"collected {path.name}: 1 kept, 0 skipped, 0 untouched; 1 changed by this run" in daemon.said
    assert f"{arxiv_id}: digested → kept" in daemon.said
    assert path.read_bytes() == before
    assert desk.ok("collect", "--json").json[0]["changed"] == 0


@dataclass
class Undisturbed:
    """A state of the database before one piece of work, what the work makes of it, and how long it takes."""

    desk: Desk
    words: tuple[str, ...]
    is_done: Callable[[], bool]

    def __post_init__(self) -> None:
        self.saved = self.desk.folder / f"before-{self.words[-1]}"
        shutil.copytree(self.desk.database.parent, self.saved)
        self.before = decided(self.desk)
        began = time.monotonic()
        self.work_to_the_end()
        self.life_s = time.monotonic() - began
        self.after = decided(self.desk)

    def work_to_the_end(self) -> None:
        with self.desk.start_forked(*self.words):
            wait_for(self.is_done, f"{self.words} is done")

    def go_back(self) -> None:
        shutil.rmtree(self.desk.database.parent)
        shutil.copytree(self.saved, self.desk.database.parent)

    def kill(self, chance: random.Random) -> str:
        """Kills the work at a random moment; returns whether that was before or after its transaction."""
        self.go_back()
        with self.desk.start_forked(*self.words) as struck:
            struck.process.join(chance.uniform(0.05, 1.1) * self.life_s)
        found = decided(self.desk)
        assert found in (self.before, self.after)
        assert self.desk.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
        if found == self.before:
            self.work_to_the_end()
            assert decided(self.desk) == self.after
            return "before"
        return "after"


def test_kills_while_collecting_and_undoing_leave_the_state_of_a_run_without(digested: tuple[Desk, Path, str]) -> None:
    """Each is one transaction, so after any kill the state is that of before or that of after."""
    desk, path, arxiv_id = digested
    desk.sections = COLLECTING
    tick(path)
    chance, moments = random.Random(14), Counter[str]()
    collecting = Undisturbed(desk, ("run",), lambda: desk.statuses() == {arxiv_id: "kept"})
    moments.update(collecting.kill(chance) for _ in range(KILLS))
    undoing = Undisturbed(desk, ("queue", "undo"), lambda: desk.statuses() == {arxiv_id: "digested"})
    moments.update(undoing.kill(chance) for _ in range(KILLS))
    assert moments.total() == 2 * KILLS
    assert moments["before"]
    assert undoing.after[0] == collecting.before[0]
    assert desk.ok("collect", "--json").json[0]["changed"] == 0
