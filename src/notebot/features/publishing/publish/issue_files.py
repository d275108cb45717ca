"""The same as files: what would be sent, with the commands that send it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from notebot.core.model.errors import MoveError
from notebot.features.publishing.publish.publish_kept import waiting_stubs
from notebot.features.publishing.publish.report import PublishReport, Trouble
from notebot.features.publishing.rules.accepted_offer import Change, change_of
from notebot.features.publishing.rules.issue_draft import Draft, draft_issue

if TYPE_CHECKING:
    from notebot.core.model.note import Note
    from notebot.core.model.offer import Update
    from notebot.core.model.stub import Stub
    from notebot.core.ports import Store
    from notebot.features.publishing.publish.session import Outbox, PublishRules


class OutboxFiles(Protocol):
    """The folder of what waits to be sent by hand."""

    def write_issue(self, stub: Stub, draft: Draft, new_labels: tuple[str, ...]) -> str:
        """One issue with its comments, and the labels to be made before; the path of its script.

        Raises:
            StateError: the folder cannot be written.
        """

    def write_change(self, update: Update, title: str, change: Change) -> str:
        """A change of a note, for as long as its title is ``title``; the path of its script.

        Raises:
            StateError: the folder cannot be written.
        """


def write_files(store: Store, outbox: Outbox, files: OutboxFiles, rules: PublishRules, repo: str) -> PublishReport:
    """Writes what ``publish`` would send, from what is known here; nothing is asked."""
    report = PublishReport(repo)
    known = {tag for note in store.notes.all() for tag in note.tags}
    for stub in waiting_stubs(store, outbox):
        try:
            draft = draft_issue(stub, rules.style, rules.order)
        except MoveError as error:
            report.troubles.append(Trouble(stub.arxiv_id or stub.key, error.kind, str(error)))
            continue
        new = tuple(tag for tag in draft.labels if tag not in known) if rules.new_labels and known else ()
        report.files.append(files.write_issue(stub, draft, new))
    notes = {note.number: note for note in store.notes.all()}
    for update in outbox.accepted():
        _write_change(report, files, update, notes.get(int(update.subject)))
    return report


def _write_change(report: PublishReport, files: OutboxFiles, update: Update, note: Note | None) -> None:
    subject = f"#{update.subject} {update.field}"
    if note is None:
        sentence = "the note is not in the archive here; `notebot import` brings it"
        report.troubles.append(Trouble(subject, MoveError.kind, sentence))
        return
    try:
        change = change_of(update, note.title_line, note.tags, note.comments, note.tags)
    except MoveError as error:
        report.troubles.append(Trouble(subject, error.kind, str(error)))
        return
    if change != Change():
        report.files.append(files.write_change(update, note.title_line, change))
