"""The recurring work of one curator: a daemon does it, and the workers of a lab do it for each desk.

Each piece asks the store what is due. So one that is done too often, or by two at the same time, does no harm, and one
that was missed is made up for by the next.
"""

from __future__ import annotations

import logging
from contextlib import nullcontext
from typing import TYPE_CHECKING, NamedTuple

from notebot.app import announcements as arxiv
from notebot.app import archive, delivery, digests, intake, publishing, suggestions, zotero
from notebot.app.collect_lines import automatic_lines
from notebot.core.model.errors import NotebotError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime, timedelta

    from notebot.app.resources import Resources
    from notebot.core.model.source_report import SourceReport
    from notebot.features.delivery.deliver import DeliveryReport

logger = logging.getLogger(__name__)

FILL_EVERY_S = 900.0
"""How often GitHub is asked for link-only issues; an unchanged list does not count towards its rate limit."""
ZOTERO_EVERY_S = 900.0
"""How often kept papers are sent to Zotero; no request is made if there is nothing to send."""
LEARN_EVERY_S = 3600.0
"""How often it is checked whether notes or decisions have changed since a desk's models were learned."""
GRACE_S = 8.0
"""How long running work may take to end after a signal; what it has stored by then is complete."""


class Outages:
    """What fails at the moment, so that its end is reported too.

    Args:
        say: receives a line about what was done.
        warn: receives a line about what failed.
        since: what is known to fail, since when; of a source, its last success.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        warn: Callable[[str], None],
        clock: Callable[[], datetime],
        since: Mapping[str, datetime] | None = None,
    ) -> None:
        self.say = say
        self.warn = warn
        self._clock = clock
        self._since = dict(since or {})
        self._sentences: dict[str, str] = {}

    def is_known(self, subject: str) -> bool:
        """True if the subject fails already."""
        return subject in self._since

    def begin(self, subject: str) -> None:
        """Remembers that a subject fails; the caller reports it."""
        self._since.setdefault(subject, self._clock())

    def failed(self, subject: str, sentence: str) -> None:
        """Reports a failure."""
        self.begin(subject)
        self.warn(sentence)

    def failed_anew(self, subject: str, sentence: str) -> None:
        """Reports a failure, unless the same sentence was the last one about the subject."""
        if self._sentences.get(subject) != sentence:
            self.failed(subject, sentence)
        self._sentences[subject] = sentence

    def worked(self, subject: str) -> None:
        """Reports the end of an outage, once."""
        self._sentences.pop(subject, None)
        since = self._since.pop(subject, None)
        if since is not None:
            self.say(f"{subject} is back again after {duration(self._clock() - since)}.")

    def all_worked(self, prefix: str, still_failing: Sequence[str] = ()) -> None:
        """Reports the end of every outage whose subject begins so, but of those that go on."""
        for subject in [name for name in self._since if name.startswith(prefix) and name not in still_failing]:
            self.worked(subject)

    def log_round(self, line: str, sources: Sequence[SourceReport]) -> None:
        """One line for the round with what failed in it, and one for each source that is back again."""
        failed: dict[str, list[str]] = {}
        for source in sources:
            if source.error is None:
                self.worked(source.source)
            else:
                self.begin(source.source)
                failed.setdefault(source.error["message"], []).append(source.source)
        if failed:
            messages = (f"{', '.join(names)}: {message}" for message, names in failed.items())
            self.warn(f"{line}; {'; '.join(messages)}")
        else:
            self.say(line)


class DeskWork:
    """The work of one curator, or of the hub of a lab, each piece a method that does what is due.

    Every method may raise a :class:`NotebotError`; what was stored by then is complete.
    """

    def __init__(self, resources: Resources, outages: Outages) -> None:
        self._resources = resources
        self._outages = outages

    def poll(self) -> bool:
        """Polls arXiv; returns whether a poll was due."""
        if not arxiv.poll_is_due(self._resources):
            return False
        # another machine may be polling for the same lab; once it has, the poll is not due here any more
        with self._resources.lock("poll"):
            if arxiv.poll_is_due(self._resources):
                report = arxiv.poll(self._resources, by_hand=False)
                announced = sum(source.announced - source.known for source in report.sources)
                drafted = sum(topic.drafted for topic in report.topics)
                counts = f"{announced} newly announced, {drafted} drafted, {report.requests} requests"
                self._outages.log_round(f"poll {report.status}: {counts}", report.sources)
        return True

    def watch(self) -> None:
        """Reads the watched sources that are due."""
        if not intake.sources_due(self._resources):
            return
        with self._alone("watch"):
            sources = intake.watch_due(self._resources)
        if sources:
            brought = sum(source.new for source in sources)
            self._outages.log_round(f"watched sources: {len(sources)} read, {brought} new", sources)

    def digest(self) -> None:
        """Writes a digest if one is due."""
        if digests.digest_due(self._resources)[0]:
            with self._alone("digest round"):
                self._digest()

    def _digest(self) -> None:
        due, subject = digests.digest_due(self._resources)
        if due:
            report = digests.digest(self._resources, subject)
            if report.path is not None:
                self._outages.say(f"wrote {report.path} with {len(report.entries)} entries")
            else:
                self._outages.say("digest: nothing to write")
            for sentence in report.left_out:
                self._outages.warn(sentence)

    def collect(self) -> None:
        """Reads completed digests back."""
        for line in automatic_lines(digests.collect_due(self._resources)):
            self._outages.say(line)

    def inbox(self) -> None:
        """Processes the lines of the inbox that are due; the same failure of our own is reported once."""
        if not intake.has_inbox(self._resources):
            return
        try:
            report = intake.drain_inbox(self._resources, by_hand=False)
        except NotebotError as error:
            self._outages.failed_anew("The inbox", str(error))
            return
        self._outages.worked("The inbox")
        if report.done:
            self._outages.say(f"inbox: {len(report.done)} taken in")
        for line in report.failure_lines():
            self._outages.warn(line)

    def deliver(self) -> DeliveryReport:
        """Sends what is due; a target that fails is named once, and once more when it is back again."""
        report = delivery.deliver(self._resources, by_hand=False)
        for each in report.sent:
            self._outages.worked(f"The target {each.target}")
            # health services get two messages per round, which would hide everything else in the log
            say = logger.debug if each.event.startswith("digest round") else self._outages.say
            say(f"sent {each.event} to {each.target}")
        for each in report.failed:
            subject = f"The target {each.target}"
            if not self._outages.is_known(subject) or each.next_at is None:
                given_up = "" if each.next_at is not None else "; it is given up"
                self._outages.failed(subject, f"{each.target}: {each.event}: {each.why}{given_up}.")
        return report

    def fill(self) -> None:
        """Completes link-only issues, and imports an archive's folder that has changed."""
        report = publishing.fill(self._resources, (), by_hand=False)
        for issue in report.filled:
            self._outages.say(f"filled #{issue.number}: {issue.title}")
        for trouble in report.troubles:
            self._outages.failed(f"fill {trouble.subject}", f"fill {trouble.subject}: {trouble.message}")
        if not report.troubles:
            self._outages.all_worked("fill ")
            notes = archive.import_changed_folder(self._resources)
            if notes is not None and (notes.new or notes.changed):
                self._outages.say(
                    f"read {notes.new} new and {notes.changed} changed notes in {self._resources.config.archive_dir}"
                )

    def zotero(self) -> None:
        """Sends kept papers; what is wrong is named once, and once more when it is back again."""
        report = zotero.send(self._resources)
        if report.sent or report.updated:
            self._outages.say(f"zotero {report.library}: {len(report.sent)} sent, {len(report.updated)} updated")
        subjects = {f"zotero {trouble.subject}": trouble.message for trouble in report.troubles}
        for subject, message in subjects.items():
            if not self._outages.is_known(subject):
                self._outages.failed(subject, f"{subject}: {message}")
        self._outages.all_worked("zotero ", list(subjects))

    def learn(self) -> None:
        """Learns from notes and decisions if they have changed, so that the next digest need not."""
        _ = self._resources.suggester
        suggestions.refresh_interest(self._resources)

    def _alone(self, name: str) -> AbstractContextManager[None]:
        """A lock, in a lab, where others work for the same desk."""
        return self._resources.lock(name) if self._resources.config.desk else nullcontext()


class WorkKind(NamedTuple):
    """One kind of work of a desk."""

    do: Callable[[DeskWork], object]
    is_due: Callable[[Resources], bool]
    """Asks the store and looks at files; sends no request."""
    every_s: float = 0.0
    """Do it that often; 0: whenever it is due."""


KINDS = {
    "digest": WorkKind(DeskWork.digest, lambda resources: digests.digest_due(resources)[0]),
    "deliver": WorkKind(DeskWork.deliver, delivery.is_due),
    "collect": WorkKind(DeskWork.collect, lambda resources: bool(digests.files_to_collect(resources))),
    "inbox": WorkKind(DeskWork.inbox, intake.inbox_is_due),
    "watch": WorkKind(DeskWork.watch, lambda resources: bool(intake.sources_due(resources))),
    "fill": WorkKind(DeskWork.fill, publishing.may_write, FILL_EVERY_S),
    "zotero": WorkKind(DeskWork.zotero, zotero.may_write, ZOTERO_EVERY_S),
    "learn": WorkKind(DeskWork.learn, lambda resources: resources.config.tags.model != "none", LEARN_EVERY_S),
}
"""The kinds of work of a desk by name, the most urgent first; a lab's hub polls for all desks."""


def duration(span: timedelta) -> str:
    """``3 h 5 min``; seconds only below a minute."""
    minutes = max(int(span.total_seconds()), 0) // 60
    days, hours = divmod(minutes // 60, 24)
    parts = [(days, "d"), (hours, "h"), (minutes % 60 if not days else 0, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or f"{max(int(span.total_seconds()), 0)} s"
