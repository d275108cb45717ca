"""One kept stub becomes one issue with its comments."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from notebot.core.model.errors import MoveError, NotFoundError, RefusedError, ServiceError, ThrottledError
from notebot.core.note_format.title_line import parse_title_line
from notebot.core.note_format.venue_labels import venue_labels
from notebot.features.publishing.publish.report import Published
from notebot.features.publishing.rules.issue_draft import (
    Delivery,
    DeliveryState,
    Draft,
    draft_issue,
    is_of,
    is_ours,
    is_there,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from notebot.core.model.stub import Stub
    from notebot.features.publishing.github_port import Issue
    from notebot.features.publishing.publish.session import Session

_Found = TypeVar("_Found")


class StubPublisher:
    """See the module."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def publish(self, stub: Stub) -> None:
        """Sends what was not sent yet, and takes the issue in.

        Raises:
            MoveError: the paper is in the archive already, or something is longer than GitHub takes.
            NotFoundError: the issue was deleted before all its comments were there: it is left, for good.
            ServiceError: see :class:`notebot.features.publishing.github_port.IssueArchive`.
        """
        delivery = self._prepared(stub)
        dropped: tuple[str, ...] = ()
        try:
            if delivery.number is None:
                delivery, dropped = self._open(delivery, stub)
            while delivery.written <= len(_draft(delivery).comments):
                delivery = self._comment(delivery)
            self._finish(stub, delivery, dropped)
        except NotFoundError as error:
            if delivery.number is None:
                raise RefusedError(str(error)) from error
            self._session.put(replace(delivery, state=DeliveryState.LEFT, why=str(error)))
            raise

    def _prepared(self, stub: Stub) -> Delivery:
        """What was begun goes on as it was begun; else the stub as it is now."""
        session = self._session
        stored = session.outbox.get(stub.key)
        if stored is None or (stored.state is DeliveryState.PLANNED and not stored.written):
            draft = self._drafted(stub)
            open_issues = (issue for issue in session.newest if issue.state == "open")
            twin = next((issue for issue in open_issues if is_of(issue.body, draft.url)), None)
            if twin is not None:
                raise MoveError(
                    f"{stub.arxiv_id or stub.key} is noted already, as #{twin.number}; nothing was written, and "
                    f"`notebot import github {session.github.repo}` takes that note in"
                )
            return session.put(Delivery(stub.key, session.github.repo, draft))
        if stored.repo.lower() != session.github.repo.lower():
            raise MoveError(f"{stub.arxiv_id or stub.key} was begun in {stored.repo}; finish it there first")
        return stored

    def _drafted(self, stub: Stub) -> Draft:
        draft = draft_issue(stub, self._session.rules.style, self._session.rules.order)
        if not draft.labels:
            return draft
        venues = venue_labels(parse_title_line(draft.title).venue, draft.labels)
        labels, left_out = self._session.labels.fit(draft.labels, lambda tag: tag in venues)
        return replace(draft, labels=labels, left_out=left_out)

    def _open(self, delivery: Delivery, stub: Stub) -> tuple[Delivery, tuple[str, ...]]:
        """Sends the issue, unless it turns out to be there; returns also the labels that GitHub dropped."""
        issue = None
        if delivery.state is DeliveryState.SENDING:
            issue = self._sent_before(delivery, stub)
            delivery = delivery if issue else replace(delivery, draft=self._drafted(stub))
        if issue is None:
            after = delivery.after or max((one.number for one in self._session.newest), default=0)
            delivery = self._session.put(replace(delivery, state=DeliveryState.SENDING, after=after))
            issue = self._send(delivery, stub)
        have = {label.lower() for label in issue.labels}
        dropped = tuple(label for label in _draft(delivery).labels if label.lower() not in have)
        opened = replace(delivery, state=DeliveryState.PLANNED, written=1, number=issue.number)
        return self._session.put(opened), dropped

    def _send(self, delivery: Delivery, stub: Stub) -> Issue:
        draft = _draft(delivery)
        try:
            return self._session.github.create_issue(draft.title, draft.body, draft.labels)
        except ServiceError as lost:
            return _despite(lost, lambda: self._sent_before(delivery, stub))

    def _sent_before(self, delivery: Delivery, stub: Stub) -> Issue | None:
        """The issue that a request without an answer has made.

        Raises:
            MoveError: another one of the same paper has come meanwhile.
        """
        draft, newer = _draft(delivery), self._session.github.newest(delivery.after)
        of_paper = [issue for issue in newer if is_of(issue.body, draft.url)]
        ours = [issue for issue in of_paper if is_ours(issue.title, issue.body, draft)]
        if ours or not of_paper:
            return ours[-1] if ours else None
        why = f"#{of_paper[-1].number} is of the same paper, but not as it was sent from here; nothing more was written"
        if stub.note_number is not None:
            self._session.put(replace(delivery, state=DeliveryState.LEFT, why=why))
        raise MoveError(why)

    def _comment(self, delivery: Delivery) -> Delivery:
        """Sends the next comment, unless it turns out to be there."""
        github, draft, place = self._session.github, _draft(delivery), delivery.written - 1
        number = delivery.number or 0

        def there() -> bool:
            return is_there(github.issue(number).comments, draft, place)

        if delivery.state is not DeliveryState.SENDING or not there():
            delivery = self._session.put(replace(delivery, state=DeliveryState.SENDING))
            try:
                github.add_comment(number, draft.comments[place])
            except ServiceError as lost:
                _despite(lost, there)
        return self._session.put(replace(delivery, state=DeliveryState.PLANNED, written=delivery.written + 1))

    def _finish(self, stub: Stub, delivery: Delivery, dropped: tuple[str, ...]) -> None:
        """The issue enters the archive here, as it stands there; its date is the note's."""
        session, draft = self._session, _draft(delivery)
        issue, note = session.take_in(delivery.number or 0)
        now = session.store.stubs.get(stub.key) or stub
        with session.store.transaction():
            session.store.stubs.save(
                replace(now, note_number=issue.number, issue_date=note.issue_date), session.clock()
            )
            session.outbox.put(replace(delivery, state=DeliveryState.DONE), session.clock())
        session.report.published.append(
            Published(
                stub.arxiv_id, issue.number, issue.title, issue.labels, len(issue.comments), draft.left_out, dropped
            )
        )


def _despite(lost: ServiceError, look: Callable[[], _Found | None]) -> _Found:
    """What a request has made whose answer was lost; the next run looks again before it sends again."""
    if isinstance(lost, ThrottledError | RefusedError):
        raise lost
    try:
        found = look()
    except ServiceError:
        raise lost from None
    if not found:
        raise lost
    return found


def _draft(delivery: Delivery) -> Draft:
    """A stub's delivery always has one."""
    assert delivery.draft is not None
    return delivery.draft
