"""Lists what there is to publish, and publishes it one by one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.errors import NotebotError, NotFoundError, ServiceError, StateError
from notebot.core.model.run_record import RunRecord
from notebot.core.model.stub import Stub, StubStatus
from notebot.core.supervisor import supervised
from notebot.features.publishing.publish.apply_offers import add_missing_labels, apply_offer
from notebot.features.publishing.publish.publish_stub import StubPublisher
from notebot.features.publishing.publish.report import PublishProblem, PublishReport
from notebot.features.publishing.rules.issue_draft import OutboxState

if TYPE_CHECKING:
    from collections.abc import Collection

    from notebot.core.ports import Stubs
    from notebot.features.publishing.publish.session import Outbox, PublishSession


class _PublishTask(Struct, frozen=True):
    subject: str
    run: Callable[[], None]


def publish(session: PublishSession, only: Collection[str] | None = None) -> PublishReport:
    """Publishes kept stubs and applies accepted offers; sends no request if there is nothing to do.

    Args:
        only: keys of the stubs to publish, and no offers; ``None`` for everything that waits.

    A task that fails is reported, and the next one is tried, unless it would fail for the same reason.

    Raises:
        UsageError: GitHub has the repository under another name.
        StateError: the store cannot be used.
    """
    started, report = session.clock(), session.report
    tasks = _list_tasks(session, only)
    if not tasks:
        return report
    try:
        with supervised("The repository"):
            session.newest  # noqa: B018 (checks the repository's name before the first write)
    except (ServiceError, NotFoundError) as error:
        report.troubles.append(PublishProblem(session.archive.repo, error.kind, str(error)))
        report.waiting = len(tasks)
        tasks = []
    for place, task in enumerate(tasks):
        try:
            with supervised(task.subject):
                task.run()
        except StateError:
            raise
        except NotebotError as error:
            report.troubles.append(PublishProblem(task.subject, error.kind, str(error)))
            if session.concerns_others(error):
                report.waiting = len(tasks) - place
                break
    status = "partial" if report.troubles or report.waiting else "ok"
    detail = f"published={len(report.published)} applied={len(report.applied)} troubles={len(report.troubles)}"
    with session.store.transaction():
        session.store.runs.add(RunRecord("publish", started, session.clock(), status, detail=detail))
    return report


def waiting_stubs(stubs: Stubs, outbox: Outbox) -> list[Stub]:
    """Returns kept stubs that are not published, or not with all their comments; the oldest first."""
    begun = {entry.key for entry in outbox.begun()}
    waiting = []
    for stub in reversed(stubs.all(StubStatus.KEPT)):
        if stub.note_number is None or stub.key in begun:
            entry = outbox.get(stub.key)
            if entry is None or entry.state is not OutboxState.LEFT:
                waiting.append(stub)
    return waiting


def _list_tasks(session: PublishSession, only: Collection[str] | None) -> list[_PublishTask]:
    publisher = StubPublisher(session)
    tasks = [
        _PublishTask(stub.arxiv_id or stub.key, partial(publisher.publish, stub))
        for stub in waiting_stubs(session.store.stubs, session.outbox)
        if only is None or stub.key in only
    ]
    if only is not None:
        return tasks
    tasks += [
        _PublishTask(f"#{update.subject} {update.field}", partial(apply_offer, session, update))
        for update in session.outbox.accepted()
    ]
    if session.rules.new_labels:
        tasks += [
            _PublishTask(f"#{entry.number}", partial(add_missing_labels, session, entry))
            for entry in session.outbox.done()
            if entry.draft and entry.draft.left_out and entry.repo.lower() == session.archive.repo.lower()
        ]
    return tasks
