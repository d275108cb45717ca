"""Copying a folder to GitHub and back: with the same numbers, never twice, over kills and lost answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from pathlib import Path

import pytest

from fresh_store import new_store
from notebot.core.note_format.note_file import NoteFile
from notebot.features.publishing.archive_port import Issue, IssueArchive
from notebot.features.publishing.move_archive import PLACEHOLDER, MoveReport, copy_to_folder, copy_to_issues
from servers.folder_archive import FolderArchive, survive
from servers.github_archive import TOKEN, DyingGitHub, GitHubArchive
from servers.github_server import GitHubServer
from servers.loopback import answer

DAY = date(2026, 5, 1)
NOTES = (
    NoteFile("[Paper Note] A, B+, ACL'25", 1, ("NLP", "ACL"), DAY, "open", "# URL\n- https://a.test", ("x", "y", "x")),
    NoteFile("A question", 2, (), DAY, "closed", "", ("answered",)),
    NoteFile("[Paper Note] C, D+, arXiv'25", 4, (), DAY, body="# URL\n- https://b.test\n# Comment"),
)


class Copying:
    """A folder with three notes and a gap, and an empty repository."""

    def __init__(self, folder: Path, server: GitHubServer, number: int = 0) -> None:
        self.source = FolderArchive(new_store(folder / f"{number}.db"), folder / f"notes-{number}")
        for note in NOTES:
            self.source.notes().create_note(note)
        repository = server.add_repository("curator/notes")
        self.github = GitHubArchive(self.source.store, server, repository, folder, direct=True)
        self.done = 0

    def run(self, target: IssueArchive | None = None, *, dry_run: bool = False) -> MoveReport:
        report = MoveReport("folder", "curator/notes")

        def save(number: int) -> None:
            self.done = number

        copy_to_issues(
            self.source.notes(),
            target or self.github.writer(),
            report,
            self.done,
            save,
            dry_run=dry_run,
            progress=lambda done, total: None,
        )
        return report

    def check(self) -> None:
        """Everything is on GitHub once."""
        issues = self.github.repository.issues
        assert [(number, issue["title"], issue["state"]) for number, issue in sorted(issues.items())] == [
            (1, NOTES[0].title_line, "open"),
            (2, NOTES[1].title_line, "closed"),
            (3, PLACEHOLDER, "closed"),
            (4, NOTES[2].title_line, "open"),
        ]
        assert [self.github.comments(number) for number in (1, 2, 3, 4)] == [["x", "y", "x"], ["answered"], [], []]
        assert sorted(self.github.labels(1)) == ["ACL", "NLP"]


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    with GitHubServer(TOKEN) as running:
        yield running


@pytest.fixture
def copying(tmp_path: Path, server: GitHubServer) -> Iterator[Copying]:
    made = Copying(tmp_path, server)
    yield made
    made.source.store.close()


def test_a_dry_run_counts_and_writes_nothing(copying: Copying, server: GitHubServer) -> None:
    report = copying.run(dry_run=True)

    assert (report.waiting, report.placeholders, report.copied, report.troubles) == (3, 1, 0, [])
    assert server.writes == []


def test_all_notes_are_copied_once_with_their_numbers(copying: Copying, server: GitHubServer) -> None:
    files = copying.source.files()

    assert (copying.run().copied, copying.run().existing) == (3, 3)
    copying.check()
    writes = len(server.writes)
    copying.done = 0  # a database that knows nothing of the first run
    assert copying.run().existing == 3
    assert len(server.writes) == writes
    assert copying.source.files() == files


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True])
def test_a_kill_at_any_step_copies_nothing_twice(tmp_path: Path, after: bool) -> None:
    for last in count(1):
        with GitHubServer(TOKEN) as server:
            copying = Copying(tmp_path, server, last)
            dying = DyingGitHub(copying.github.writer(), last, after)
            was_killed = survive(lambda: copying.run(dying))  # noqa: B023 (at once)
            assert copying.run().troubles == []
            copying.check()
            copying.source.store.close()
        if not was_killed:
            break
    assert last > 10


def test_a_lost_answer_ends_the_run_and_the_next_goes_on(copying: Copying, server: GitHubServer) -> None:
    copying.github.direct = False  # only a real connection loses an answer
    server.lost[3] = answer("", status=502)  # after two labels

    report = copying.run()

    assert (len(report.troubles), report.copied, report.waiting) == (1, 0, 3)
    assert copying.run().troubles == []
    copying.check()


OTHERS: tuple[tuple[Callable[[GitHubArchive], object], str], ...] = (
    (lambda github: github.server.open_issue(github.repository, "Theirs", ""), "#1 is another note"),
    (lambda github: [github.server.open_issue(github.repository, f"{n}", "") for n in range(9)], "is another note"),
)


@pytest.mark.parametrize(("other", "why"), OTHERS)
def test_a_repository_whose_numbers_are_taken_is_refused(
    copying: Copying, server: GitHubServer, other: Callable[[GitHubArchive], object], why: str
) -> None:
    other(copying.github)

    report = copying.run()

    assert why in report.troubles[0].message
    assert "copy to a new, empty repository" in report.troubles[0].message
    assert server.writes == []


def test_a_number_that_somebody_takes_meanwhile_ends_the_run(copying: Copying, server: GitHubServer) -> None:
    writer = copying.github.writer()
    create = writer.create_issue

    class Busy(DyingGitHub):
        def create_issue(self, title: str, body: str, labels: object) -> Issue:
            server.open_issue(copying.github.repository, "Theirs", "")
            return create(title, body, ())

    report = copying.run(Busy(writer, -1, after=False))

    assert "gave the number #2 to the copy of #1" in report.troubles[0].message
    assert len(copying.github.repository.issues) == 2


def test_into_a_folder_nothing_is_overwritten(copying: Copying) -> None:
    source = copying.source.notes()
    issues = [source.issue(number) for number in source.numbers()]
    changed = copying.source.path(1)
    changed.write_text(changed.read_text().replace("https://a.test", "https://mine.test"))
    files = copying.source.files()

    class Page:
        cursor = "the end"

    Page.issues = tuple(issues)  # type: ignore[attr-defined]
    report, saved = MoveReport("curator/notes", "folder"), list[str]()
    copy_to_folder([Page()], copying.source.notes(), report, saved.append, dry_run=False)  # type: ignore[list-item]

    assert (report.existing, [trouble.subject for trouble in report.troubles]) == (2, ["#1"])
    assert copying.source.files() == files
    assert saved == ["the end"]
