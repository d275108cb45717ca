"""Writes what `publish` would send as files: the texts, and a shell script per issue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from notebot.core.model.errors import MoveError
from notebot.features.publishing.publish.publish_kept import waiting_stubs
from notebot.features.publishing.publish.report import PublishProblem, PublishReport
from notebot.features.publishing.rules.accepted_offer import NoteChange, change_of
from notebot.features.publishing.rules.issue_draft import Draft, draft_issue

if TYPE_CHECKING:
    from collections.abc import Collection

    from notebot.core.model.offer import Update
    from notebot.core.model.stub import Stub
    from notebot.core.ports import Notes, Stubs
    from notebot.features.publishing.publish.session import Outbox, PublishRules


class ScriptStore(Protocol):
    """What writing scripts reads."""

    @property
    def stubs(self) -> Stubs: ...
    @property
    def notes(self) -> Notes: ...


class OutboxFiles(Protocol):
    """The folder of scripts that a person looks at and runs."""

    def write_issue(self, stub: Stub, draft: Draft, new_labels: tuple[str, ...]) -> str:
        """Writes one issue with its comments and the labels to create; returns the path of its script.

        Raises:
            StateError: the folder is not writable.
        """

    def write_change(self, update: Update, title: str, change: NoteChange) -> str:
        """Writes a change of a note that applies while its title is ``title``; returns the path of its script.

        Raises:
            StateError: the folder is not writable.
        """


def write_scripts(
    store: ScriptStore,
    outbox: Outbox,
    files: OutboxFiles,
    rules: PublishRules,
    repo: str,
    only: Collection[str] | None = None,
) -> PublishReport:
    """Writes what ``publish`` would send, from the local archive only; sends no request.

    Args:
        only: keys of the stubs to write, and no offers; ``None`` for everything that waits.
    """
    report = PublishReport(repo)
    notes = store.notes.all()
    known = {tag for note in notes for tag in note.tags}
    for stub in waiting_stubs(store.stubs, outbox):
        if only is not None and stub.key not in only:
            continue
        try:
            draft = draft_issue(stub, rules.style, rules.order)
        except MoveError as error:
            report.troubles.append(PublishProblem(stub.arxiv_id or stub.key, error.kind, str(error)))
            continue
        # an empty archive knows no labels at all, so that every tag would look new
        new = tuple(tag for tag in draft.labels if tag not in known) if rules.new_labels and known else ()
        report.files.append(files.write_issue(stub, draft, new))
    by_number = {note.number: note for note in notes}
    for update in outbox.accepted() if only is None else ():
        subject = f"#{update.subject} {update.field}"
        note = by_number.get(int(update.subject))
        if note is None:
            message = "the note is not in the local archive; `notebot import` brings it"
            report.troubles.append(PublishProblem(subject, MoveError.kind, message))
            continue
        try:
            change = change_of(update, note.title_line, note.tags, note.comments, note.tags)
        except MoveError as error:
            report.troubles.append(PublishProblem(subject, error.kind, str(error)))
            continue
        if change != NoteChange():
            report.files.append(files.write_change(update, note.title_line, change))
    return report
