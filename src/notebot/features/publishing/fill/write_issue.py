"""One issue written: title, body and labels in one request, then its comments one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.errors import MoveError, NotFoundError, RefusedError, ServiceError, ThrottledError
from notebot.core.model.post_address import find_posts
from notebot.features.publishing.fill.report import Filled, FillReport, KnownPaper
from notebot.features.publishing.github_port import Edit, Issue
from notebot.features.publishing.rules.issue_draft import Delivery, DeliveryState, Draft, is_ours, is_there, same_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.features.publishing.fill.link_only_issues import BareIssue
    from notebot.features.publishing.publish import Session

_KNOWN = "既出: #"
_SOURCE_POST = "元ポスト:"


class IssueWriter:
    """Writes issues, and says so in the report; what it began, a later run ends."""

    def __init__(self, session: Session, report: FillReport) -> None:
        self._session = session
        self._report = report

    def fill(self, one: BareIssue, draft: Draft) -> None:
        """Fills the issue, for as long as it is the same bare one.

        Raises:
            MoveError: it is not: nothing was written.
            NotFoundError: it is gone.
            ServiceError: see :class:`notebot.features.publishing.github_port.IssueArchive`.
        """
        delivery = Delivery(self._key(one.number), self._report.repo, draft, number=one.number)
        delivery = self._put(delivery, DeliveryState.SENDING)
        before: list[Issue] = []
        try:
            self._amend(one, draft, before)
        except (MoveError, NotFoundError) as error:
            self._put(replace(delivery, why=str(error)), DeliveryState.LEFT)
            raise
        except (ThrottledError, RefusedError):
            self._put(delivery, DeliveryState.PLANNED)
            raise
        except ServiceError:
            if not self._has_arrived(delivery):
                raise
        self._finish(self._arrived(delivery, before[-1].comments if before else ()))

    def tell(self, one: BareIssue, note: int) -> None:
        """Says once in a comment that the paper has a note.

        Raises:
            MoveError: the issue has changed: nothing was written.
            NotFoundError: it is gone.
            ServiceError: see :class:`notebot.features.publishing.github_port.IssueArchive`.
        """
        text = f"{_KNOWN}{note}"
        told = self._session.outbox.get(self._key(one.number))
        if told and told.state is DeliveryState.DONE and _draft(told).comments == (text,):
            return
        now = self._session.github.issue(one.number)
        one.check_same(now)
        draft = Draft("", now.title, "", comments=_missing((text,), now.comments))
        delivery = Delivery(self._key(one.number), self._report.repo, draft, written=1, number=one.number)
        self._finish(self._put(delivery, DeliveryState.PLANNED))
        self._put(replace(delivery, draft=replace(draft, comments=(text,))), DeliveryState.DONE)

    def go_on(self, delivery: Delivery) -> bool:
        """Ends what was broken off; ``False`` where nothing of it has arrived, so that it can begin anew.

        Raises:
            NotFoundError: the issue is gone: it is left, for good.
            ServiceError: see :class:`notebot.features.publishing.github_port.IssueArchive`.
        """
        try:
            if not delivery.written:
                now = self._session.github.issue(delivery.number or 0)
                if not is_ours(now.title, now.body, _draft(delivery)):
                    self._put(delivery, DeliveryState.PLANNED)
                    return False
                delivery = self._arrived(delivery, now.comments)
            self._finish(delivery)
        except NotFoundError as error:
            self._put(replace(delivery, why=str(error)), DeliveryState.LEFT)
            raise
        return True

    def is_begun(self, delivery: Delivery) -> bool:
        """Whether this is one of this repository's issues on its way."""
        return delivery.number is not None and delivery.key == self._key(delivery.number)

    def _amend(self, one: BareIssue, draft: Draft, before: list[Issue]) -> None:
        def decide(now: Issue) -> Edit:
            one.check_same(now)
            before.append(now)
            have = {label.lower() for label in now.labels}
            add = tuple(label for label in draft.labels if label.lower() not in have)
            return Edit(draft.title, draft.body, (*now.labels, *add) if add else None)

        self._session.github.amend(one.number, decide)

    def _has_arrived(self, delivery: Delivery) -> bool:
        """Whether the issue stands as it was to be written; the next run looks again where that is not to be seen."""
        try:
            now = self._session.github.issue(delivery.number or 0)
        except ServiceError:
            return False
        return is_ours(now.title, now.body, _draft(delivery))

    def _arrived(self, delivery: Delivery, there: Sequence[str]) -> Delivery:
        """The first write is done; comments that stand there already are not sent."""
        draft = _draft(delivery)
        draft = replace(draft, comments=_missing(draft.comments, there))
        return self._put(replace(delivery, draft=draft, written=1), DeliveryState.PLANNED)

    def _finish(self, delivery: Delivery) -> None:
        while delivery.written <= len(_draft(delivery).comments):
            delivery = self._comment(delivery)
        self._report_on(delivery)
        self._put(delivery, DeliveryState.DONE)

    def _comment(self, delivery: Delivery) -> Delivery:
        """Sends the next comment, unless it turns out to be there."""
        draft, place, number = _draft(delivery), delivery.written - 1, delivery.number or 0
        begun = delivery.state is DeliveryState.SENDING
        if not (begun and is_there(self._session.github.issue(number).comments, draft, place)):
            delivery = self._put(delivery, DeliveryState.SENDING)
            try:
                self._session.github.add_comment(number, draft.comments[place])
            except (ThrottledError, RefusedError):
                self._put(delivery, DeliveryState.PLANNED)
                raise
        return self._put(replace(delivery, written=delivery.written + 1), DeliveryState.PLANNED)

    def _report_on(self, delivery: Delivery) -> None:
        """A filled issue enters the archive here, as it stands there."""
        draft, number = _draft(delivery), delivery.number or 0
        if not draft.body:
            self._report.known += [KnownPaper(number, int(text.removeprefix(_KNOWN))) for text in draft.comments]
            return
        issue, note = self._session.take_in(number)
        have = {label.lower() for label in issue.labels}
        dropped = tuple(label for label in draft.labels if label.lower() not in have)
        self._report.filled.append(
            Filled(
                number,
                note.arxiv_id or "",
                issue.title,
                issue.labels,
                len(issue.comments),
                draft.left_out,
                dropped,
            )
        )

    def _put(self, delivery: Delivery, state: DeliveryState) -> Delivery:
        return self._session.put(replace(delivery, state=state))

    def _key(self, number: int) -> str:
        return f"fill:{self._report.repo.lower()}#{number}"


def _draft(delivery: Delivery) -> Draft:
    """A delivery of an issue always has one."""
    assert delivery.draft is not None
    return delivery.draft


def _missing(comments: Sequence[str], there: Sequence[str]) -> tuple[str, ...]:
    """Those that are not there; a source post counts in whichever words it stands there."""
    posts = set(find_posts("\n".join(there)))
    return tuple(
        one
        for one in comments
        if not any(same_text(one, other) for other in there)
        and not (one.startswith(_SOURCE_POST) and posts.issuperset(find_posts(one)))
    )
