"""What there is to publish, and when to stop."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.errors import BadAnswerError, MoveError, NotebotError, NotFoundError, ServiceError, StateError
from notebot.core.model.source_record import RunRecord
from notebot.core.model.stub import Stub, StubStatus
from notebot.features.publishing.publish.apply_offers import apply_offer, label_later
from notebot.features.publishing.publish.publish_stub import StubPublisher
from notebot.features.publishing.publish.report import PublishReport, Trouble
from notebot.features.publishing.rules.issue_draft import Delivery, DeliveryState

if TYPE_CHECKING:
    from datetime import datetime

    from notebot.core.ports import Store
    from notebot.features.publishing.publish.session import Outbox, Session


class _Task(Struct, frozen=True):
    subject: str
    do: Callable[[], None]


def publish(session: Session) -> PublishReport:
    """Publishes what was kept, applies what was accepted; where there is nothing to do, nothing is asked.

    Raises:
        UsageError: GitHub has the repository under another name.
        StateError: the store cannot be used.
    """
    started, tasks = session.clock(), _tasks(session)
    if tasks:
        _go_through(session, tasks)
        _record(session, started)
    return session.report


def waiting_stubs(store: Store, outbox: Outbox) -> list[Stub]:
    """Kept stubs that are not in the archive, or not with all their comments; the oldest first."""
    begun = {delivery.key for delivery in outbox.begun()}
    kept = reversed(store.stubs.all(StubStatus.KEPT))
    waiting = [stub for stub in kept if stub.note_number is None or stub.key in begun]
    return [stub for stub in waiting if not _is_left(outbox.get(stub.key))]


def _is_left(delivery: Delivery | None) -> bool:
    return delivery is not None and delivery.state is DeliveryState.LEFT


def _tasks(session: Session) -> list[_Task]:
    stubs = StubPublisher(session)
    later = session.outbox.done() if session.rules.new_labels else []
    return [
        *(
            _Task(one.arxiv_id or one.key, partial(stubs.publish, one))
            for one in waiting_stubs(session.store, session.outbox)
        ),
        *(
            _Task(f"#{one.subject} {one.field}", partial(apply_offer, session, one))
            for one in session.outbox.accepted()
        ),
        *(
            _Task(f"#{one.number}", partial(label_later, session, one))
            for one in later
            if one.draft and one.draft.left_out
        ),
    ]


def _go_through(session: Session, tasks: list[_Task]) -> None:
    """One that fails stands in the report, and ends the run where all the rest would fail alike."""
    try:
        session.newest  # noqa: B018 (asked for before anything is written)
    except (ServiceError, NotFoundError) as error:
        session.report.troubles.append(Trouble(session.github.repo, error.kind, str(error)))
        session.report.waiting = len(tasks)
        return
    for place, task in enumerate(tasks):
        try:
            task.do()
        except StateError:
            raise
        except NotebotError as error:
            session.report.troubles.append(Trouble(task.subject, error.kind, str(error)))
            if not isinstance(error, BadAnswerError | MoveError | NotFoundError):
                session.report.waiting = len(tasks) - place
                return


def _record(session: Session, started: datetime) -> None:
    report = session.report
    status = "partial" if report.troubles or report.waiting else "ok"
    detail = f"published={len(report.published)} applied={len(report.applied)} troubles={len(report.troubles)}"
    with session.store.transaction():
        session.store.runs.add(RunRecord("publish", started, session.clock(), status, detail=detail))
