"""`notebot move-archive`: copies all notes from GitHub into a folder, or from a folder to GitHub, with their numbers.

The source is only read. A note that the target has is not written again, so that a run can be interrupted at any
point and repeated; a cursor saves reading what was copied before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

from notebot.core.model.errors import MoveError, NotFoundError, ServiceError
from notebot.core.note_format.note_file import NoteFile
from notebot.core.note_format.title_line import parse_title_line
from notebot.core.note_format.venue_labels import venue_labels
from notebot.core.supervisor import supervised
from notebot.features.publishing.archive_port import Edit, Issue
from notebot.features.publishing.publish.labels import RepositoryLabels
from notebot.features.publishing.publish.report import PublishProblem
from notebot.features.publishing.rules.issue_draft import Draft, has_comment, is_same_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from notebot.features.publishing.archive_port import IssueArchive

PLACEHOLDER = "(no note)"
"""Title of the closed issue that takes a number which no note has: GitHub gives numbers in order."""


class NoteFiles(Protocol):
    """The folder that notes are copied from, or into."""

    def numbers(self) -> list[int]:
        """Returns the numbers of all notes, sorted."""

    def issue(self, number: int) -> Issue:
        """Returns one note with its comments."""

    def create_note(self, file: NoteFile) -> Issue:
        """Writes a new file with the note's own number; raises ``MoveError`` if there is one of that name."""


class IssuePages(Protocol):
    """A part of the source, in the order in which it is read."""

    @property
    def issues(self) -> Sequence[Issue]: ...
    @property
    def cursor(self) -> str: ...


class MoveReport(Struct):
    """What one run copied."""

    source: str
    target: str
    copied: int = 0
    existing: int = 0
    """Notes that the target had already, with the same title and body."""
    placeholders: int = 0
    """Closed issues for numbers that no note has."""
    waiting: int = 0
    """Notes left to the next run, or to a run that is not dry."""
    troubles: list[PublishProblem] = field(default_factory=list)


def copy_to_folder(
    pages: Iterable[IssuePages], folder: NoteFiles, report: MoveReport, save: Callable[[str], None], *, dry_run: bool
) -> None:
    """Writes a file for every issue that the folder does not have.

    Args:
        save: stores the cursor of a page whose notes are all in the folder.

    Raises:
        ServiceError: GitHub did not answer; what was copied before stays.
    """
    present = set(folder.numbers())
    for page in pages:
        for issue in page.issues:
            if issue.title == PLACEHOLDER and issue.state == "closed":
                continue
            if issue.number in present:
                _count_existing(report, issue, folder.issue(issue.number))
                continue
            if dry_run:
                report.waiting += 1
                continue
            day = issue.created_at.date()
            body, labels = issue.body or "", tuple(dict.fromkeys(issue.labels))
            file = NoteFile(issue.title, issue.number, labels, day, issue.state, body, issue.comments)
            try:
                with supervised(f"#{issue.number}"):
                    folder.create_note(file)
                present.add(issue.number)
                report.copied += 1
            except MoveError as error:
                report.troubles.append(PublishProblem(f"#{issue.number}", error.kind, str(error)))
        if not dry_run:
            save(page.cursor)


def copy_to_issues(
    folder: NoteFiles,
    target: IssueArchive,
    report: MoveReport,
    done: int,
    save: Callable[[int], None],
    *,
    dry_run: bool,
    progress: Callable[[int, int], None],
) -> None:
    """Creates an issue with the same number for every note, and a closed one for every number without a note.

    Args:
        done: the highest number that an earlier run copied completely.
        save: stores that number.

    The run ends at the first note that fails: the next issue would get its number.
    """
    try:
        with supervised("The repository"):
            present = {issue.number: issue for issue in target.newest(0)}
        numbers = folder.numbers()
        last, highest = max(numbers, default=0), max(present, default=0)
        _raise_if_numbers_are_taken(folder, present)
        if dry_run:
            report.waiting = sum(number not in present for number in numbers)
            report.placeholders = last - highest - sum(number > highest for number in numbers) if last > highest else 0
            report.existing = len(numbers) - report.waiting
            return
        labels, left = RepositoryLabels(target, create=True), set(numbers)
        for number in range(1, last + 1):
            progress(number, last)
            report.waiting = len(left)
            if number in present and number <= done:
                report.existing += number in left
                left.discard(number)
                continue
            # a number that GitHub has given away and nobody uses any more
            if number not in present and number < highest:
                continue
            with supervised(f"#{number}"):
                note = folder.issue(number) if number in left else None
                _copy_to_issue(number, note, present, target, labels, report)
            left.discard(number)
            save(number)
        report.waiting = 0
    except (ServiceError, MoveError, NotFoundError) as error:
        report.troubles.append(PublishProblem(report.target, error.kind, str(error)))


def _copy_to_issue(
    number: int,
    note: Issue | None,
    present: Mapping[int, Issue],
    target: IssueArchive,
    labels: RepositoryLabels,
    report: MoveReport,
) -> None:
    if note is None:
        if number not in present:
            _create(target, number, PLACEHOLDER, "", ())
        target.amend(number, _close_placeholder)
        report.placeholders += 1
        return
    if number not in present:
        venues = venue_labels(parse_title_line(note.title).venue, note.labels)
        names, _ = labels.match(note.labels, venues)
        _create(target, number, note.title, note.body or "", names)
    now = target.issue(number)
    draft = Draft("", note.title, note.body or "", comments=note.comments)
    for place, comment in enumerate(note.comments):
        # an earlier run may have been interrupted after some of them
        if not has_comment(now.comments, draft, place):
            target.add_comment(number, comment)
    if note.state != now.state:
        target.amend(number, lambda now: Edit(state=note.state))
    if number in present:
        report.existing += 1
    else:
        report.copied += 1


def _close_placeholder(now: Issue) -> Edit | None:
    return Edit(state="closed") if now.title == PLACEHOLDER and now.state == "open" else None


def _create(target: IssueArchive, number: int, title: str, body: str, labels: Sequence[str]) -> None:
    created = target.create_issue(title, body, labels)
    if created.number != number:
        raise MoveError(
            f"GitHub gave the number #{created.number} to the copy of #{number}: something else in the repository took "
            f"the number, and references between notes would be wrong; copy to a new, empty repository"
        )


def _raise_if_numbers_are_taken(folder: NoteFiles, present: Mapping[int, Issue]) -> None:
    highest = max(present, default=0)
    for number in folder.numbers():
        other = present.get(number)
        if other is not None and not _is_same(folder.issue(number), other):
            raise MoveError(
                f"#{number} is another note in the repository ({other.title[:80]}); copy to a new, empty repository"
            )
        if other is None and number < highest:
            raise MoveError(
                f"GitHub gives #{highest + 1} to the next issue, so #{number} cannot get its number any more; copy to "
                "a new, empty repository"
            )


def _count_existing(report: MoveReport, issue: Issue, present: Issue) -> None:
    if _is_same(issue, present):
        report.existing += 1
    else:
        why = "the folder has another note, or another version of it, under this number; it is left as it is"
        report.troubles.append(PublishProblem(f"#{issue.number}", MoveError.kind, why))


def _is_same(note: Issue, other: Issue) -> bool:
    return is_same_text(note.title, other.title) and is_same_text(note.body or "", other.body or "")
