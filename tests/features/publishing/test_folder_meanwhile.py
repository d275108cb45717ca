"""The curator works on the files while `publish`, offers and `fill` do: before and after every step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest

from fakes import paper
from fresh_store import new_store
from notebot.core.model.changes import AnotherPost, LeftoverLabels, MissingLabels, VenueChange
from notebot.features.publishing.publish.report import PublishProblem
from servers.folder_archive import LINK, STUB, FolderArchive, check_curators_lines
from servers.github_archive import DyingGitHub

pytestmark = pytest.mark.slow

MINE = "\n私の言葉\r\nmore\n"
Action = Callable[[Path], object]


def move(path: Path) -> None:
    (path.parent / "sub").mkdir(exist_ok=True)
    path.rename(path.parent / "sub" / path.name)


ACTIONS: dict[str, Action] = {
    "appends": lambda path: path.write_text(path.read_text() + MINE, newline=""),
    "renames": lambda path: path.rename(path.with_name("renamed.md")),
    "moves": move,
    "deletes": lambda path: path.unlink(),
    "edits the tags": lambda path: path.write_text(path.read_text().replace("tags: [", 'tags: ["mine", ')),
    "edits the title": lambda path: path.write_text(path.read_text().replace("title_line: ", "title_line:  ")),
    "writes anew": lambda path: path.write_text(f"{path.read_text()}\nall mine\n".replace("\n", "\r\n"), newline=""),
}


@dataclass
class Meddled(DyingGitHub):
    """The archive, whose curator acts right before the nth step, or right after it."""

    act: Callable[[], object] = lambda: None

    def _step(self, do: Callable[[], object]) -> object:
        self.steps += 1
        if self.steps == self.last and not self.after:
            self.act()
        done = do()
        if self.steps == self.last and self.after:
            self.act()
        return done


def publish(desk: FolderArchive, archive: Meddled | None) -> list[PublishProblem]:
    return desk.publish(archive).troubles


def fill(desk: FolderArchive, archive: Meddled | None) -> list[PublishProblem]:
    return desk.fill(archive=archive).troubles


def keep(desk: FolderArchive) -> None:
    desk.keep(STUB)


def offer(desk: FolderArchive) -> None:
    desk.keep(STUB)
    desk.publish()
    desk.accept(VenueChange("ACL'26", "arXiv'26"), MissingLabels(("New",)), LeftoverLabels(("NLP",)))
    desk.accept(AnotherPost("https://x.com/ben/status/2", mark="2"))


def link(desk: FolderArchive) -> None:
    desk.folder.mkdir()
    (desk.folder / "a long thought of mine.md").write_text(f"---\nrating: 5\n---\n{LINK}\n\n# Comment\n\nbefore\n")


OPERATIONS: dict[str, tuple[Callable[[FolderArchive], None], Callable[..., list[PublishProblem]]]] = {
    "publish": (keep, publish),
    "offers": (offer, publish),
    "fill": (link, fill),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("action", ACTIONS)
def test_whatever_the_curator_does_meanwhile_stays(tmp_path: Path, operation: str, action: str) -> None:
    prepare, run = OPERATIONS[operation]
    for turn in count(2):
        last, after = turn // 2, bool(turn % 2)
        store = new_store(tmp_path / f"{turn}.db")
        desk = FolderArchive(store, tmp_path / f"notes-{turn}")
        desk.api.known = {"2605.00001": paper("2605.00001")}
        prepare(desk)
        acted: list[bytes] = []

        def act() -> None:
            for path in list(desk.folder.rglob("*.md")):  # noqa: B023 (called in this turn)
                ACTIONS[action](path)
            acted.extend(path.read_bytes() for path in desk.folder.rglob("*.md"))  # noqa: B023

        archive = Meddled(cast("Any", desk.notes()), last, after, act=act)
        run(desk, archive)
        texts = [path.read_bytes() for path in desk.folder.rglob("*.md")]
        check(texts, acted, operation, action)
        # and the next run finishes what can be finished, and doubles nothing
        run(desk, None)
        check([path.read_bytes() for path in desk.folder.rglob("*.md")], acted, operation, action)
        store.close()
        if archive.steps < last:
            break


def check(texts: list[bytes], acted: list[bytes], operation: str, action: str) -> None:
    """What the curator left in a file is in a file: every line of it that notebot did not write itself."""
    assert len(texts) <= 1 or action == "deletes"
    for text in texts:
        for line in (b"status/1", b"status/2", b"# Summary", b"# Abstract", b"rating: 5", b"before"):
            assert text.count(line) <= 1, (line, text.decode())
    if not acted or not texts:
        return
    (left,), (now, *_) = acted, texts
    if operation == "fill":
        assert all(line in now for line in (b"rating: 5", b"before"))
        assert action != "appends" or MINE.encode() in now or b"# URL" not in left
        return
    ours = {line for line in left.split(b"\n") if line.startswith((b"title_line: ", b"tags: "))}
    ours = {line for line in ours if b"mine" not in line and b":  " not in line and not line.endswith(b"\r")}
    check_curators_lines(left, now, ours)
