"""Writes digests, reads them back, and moves stubs in the queue."""

from __future__ import annotations

import logging
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.app import delivery, suggestions, summaries
from notebot.core.model.decision import COMMAND
from notebot.core.model.stub import StubStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from notebot.app.resources import Resources
    from notebot.core.model.decision import Decision
    from notebot.core.model.offer import Update
    from notebot.core.model.stub import Stub
    from notebot.features.digests.adapters.digest_folder import DigestFolder
    from notebot.features.digests.collect import Collector
    from notebot.features.digests.collect_report import Collected
    from notebot.features.digests.moves import Moved, Moves, TakenBack
    from notebot.features.digests.offers import Offers
    from notebot.features.digests.write_digest import DigestReport, DigestWriter

logger = logging.getLogger(__name__)


def digest(resources: Resources, subject: date | None = None) -> DigestReport:
    """Writes the digest of everything queued, then runs ``[digest] on_digest`` if it is set."""
    suggestions.refresh_interest(resources)
    writer = digest_writer(resources)
    summaries.write_texts(resources, writer.stubs_in_full, by_hand=subject is None)
    with delivery.digest_round(resources):
        report = writer.write(subject)
    logger.info("digest path=%s entries=%s updates=%s", report.path, len(report.entries), len(report.updates))
    for path in (report.finished, report.path):
        if path is not None and resources.config.digest.on_digest:
            from notebot.features.digests.adapters.on_digest_command import run_on_digest_command

            run_on_digest_command(resources.config.digest.on_digest, path, resources.say)
    return report


def preview(resources: Resources) -> DigestReport:
    """The digest that would be written now; writes nothing."""
    return digest_writer(resources).preview()


def collect(
    resources: Resources, files: Sequence[Path], *, as_typed: bool = False, dry_run: bool = False
) -> list[Collected]:
    """Reads the given completed digests back, or all if ``files`` is empty."""
    names = [str(path.resolve()) if path.exists() else str(path) for path in files]
    with resources.lock("digest"):
        reports = _collector(resources).collect(names, as_typed=as_typed, dry_run=dry_run)
    if not dry_run:
        suggestions.refresh_interest(resources)
        summaries.write_texts(resources)
    return reports


def files_to_collect(resources: Resources) -> list[str]:
    """The digest files that the curator seems to have finished; ``[digest] collect_after``."""
    from notebot.features.digests.collect import due_files

    after_s = resources.config.collect_after_s
    if after_s is None:
        return []
    # The modification time of a file is by the computer's clock, which NOTEBOT_NOW does not move.
    return due_files(resources.store.digests, digest_folder(resources), time.time_ns(), after_s)


def collect_due(resources: Resources) -> list[Collected]:
    """Reads the digest files back that the curator seems to have finished."""
    names = files_to_collect(resources)
    if not names:
        return []
    with resources.lock("digest"):
        reports = _collector(resources).collect(names, automatic=True)
    if any(report.changed for report in reports):
        suggestions.refresh_interest(resources)
        summaries.write_texts(resources)
    return reports


def _collector(resources: Resources) -> Collector:
    from notebot.features.archive.import_notes import known_tags
    from notebot.features.digests.collect import Collector

    return Collector(
        store=resources.store,
        files=digest_folder(resources),
        style=resources.config.note,
        clock=resources.clock,
        known_tags=known_tags(resources.store.notes.all(), resources.config.topics).tags,
    )


def digest_folder(resources: Resources) -> DigestFolder:
    """The folder of digest files."""
    from notebot.features.digests.adapters.digest_folder import DigestFolder

    return DigestFolder(resources.config.digest_dir)


def read_digest(resources: Resources, name: str) -> tuple[str, str | None]:
    """The text of a digest and the path of its file; without a path, as it was written, because the file is gone.

    Raises:
        NotFoundError: no digest has this name.
    """
    from notebot.core.model.errors import NotFoundError

    written = resources.store.digests.text(name)
    if written is None:
        raise NotFoundError(f"There is no digest {name[:100]}.")
    folder = digest_folder(resources)
    file = folder.read(name)
    return (file.text, folder.path(name)) if file else (written, None)


def moves(resources: Resources, by: str) -> Moves:
    """The curator's moves; ``by`` is ``cli`` or ``page``."""
    from notebot.features.digests.moves import Moves

    return Moves(resources.store, digest_folder(resources), resources.clock, by)


def offers(resources: Resources, by: str) -> Offers:
    """The offered changes that wait for a decision, and the decisions about them."""
    from notebot.features.digests.offers import Offers

    return Offers(resources.store, digest_folder(resources), resources.clock, by)


def can_accept(update: Update) -> bool:
    """False for an offer that only a person can carry out, such as a paper that is noted twice."""
    from notebot.features.digests.offers import can_accept

    return can_accept(update)


def move(resources: Resources, verb: str, refs: Sequence[str], *, read_later: bool = False) -> list[Moved]:
    """Keeps, skips or requeues stubs from the command line."""
    moved = moves(resources, COMMAND).move(verb, refs, read_later=read_later)
    summaries.write_texts(resources)
    return moved


def undo(resources: Resources) -> list[TakenBack]:
    """Takes back the last decision, or everything that the last command or ``collect`` decided.

    Raises:
        MoveError: there is nothing left to take back, or a part of it was sent to GitHub.
    """
    return moves(resources, COMMAND).undo()


def history(resources: Resources, key: str) -> list[Decision]:
    """All decisions about a stub, the oldest first."""
    return resources.store.decisions.of(key)


def history_line(resources: Resources, decision: Decision) -> str:
    """One decision on one line, in the curator's time zone."""
    from notebot.features.digests.rules.history import history_line

    return history_line(decision, resources.config.timezone)


def digest_writer(resources: Resources) -> DigestWriter:
    """The digest use case with the adapters and settings of the config."""
    from notebot.features.digests.write_digest import DigestStyle, DigestWriter

    config = resources.config
    return DigestWriter(
        store=resources.store,
        files=digest_folder(resources),
        renderer=resources.renderer,
        style=DigestStyle(
            timezone=config.timezone,
            topics=tuple(topic.name for topic in config.topics),
            categories=config.categories,
            full=config.digest.full,
            still_to_read=config.digest.still_to_read,
        ),
        clock=resources.clock,
        lock=partial(resources.lock, "digest"),
        on_written=partial(delivery.digest_written, resources),
        undelivered=partial(delivery.undelivered_lines, resources),
    )


def list_stubs(resources: Resources, status: StubStatus | None = None, topic: str | None = None) -> list[Stub]:
    """The stubs of one status and topic, or all, newest first."""
    return resources.store.stubs.all(status, topic)


def find_stub(resources: Resources, ref: str) -> Stub:
    """The stub of a paper id, link or web page URL.

    Raises:
        NotFoundError: there is no such stub.
    """
    from notebot.features.digests.moves import find_stub as find

    return find(resources.store, ref)


def find_stub_by_key(resources: Resources, key: str) -> Stub:
    """The stub with this key.

    Raises:
        NotFoundError: there is none.
    """
    from notebot.core.model.errors import NotFoundError

    stub = resources.store.stubs.get(key)
    if stub is None:
        raise NotFoundError(f"There is no stub {key[:200]}.")
    return stub


def stub_text(resources: Resources, form: str, stub: Stub) -> str:
    """The stub rendered as ``issue``, ``text`` or ``entry``; an entry without an Issue Date gets today's."""
    if form == "entry":
        stub = replace(stub, issue_date=stub.issue_date or resources.today())
    return resources.renderer.stub(form, stub)


def digest_due(resources: Resources) -> tuple[bool, date | None]:
    """Whether a digest is due now, and the announcement day that it is for."""
    from notebot.core.model.arxiv_calendar import announcement_day
    from notebot.core.schedule.due import is_digest_due, is_round_due, missed_announcement_day
    from notebot.core.schedule.schedule_text import CompleteBy
    from notebot.features.digests.rules.layout import missing_categories
    from notebot.features.health.status import last_rounds

    config, store, now = resources.config, resources.store, resources.clock()
    today, schedule = announcement_day(now), config.digest_schedule
    if not isinstance(schedule, CompleteBy):
        tried_at, done_at = last_rounds(store, "digest")
        return is_round_due(schedule, now, tried_at, done_at), today
    # A deadline that passed while the machine was off comes first.
    queued_at = store.stubs.since(StubStatus.QUEUED).values()
    missed = missed_announcement_day(schedule, now, min(queued_at, default=None))
    if missed is not None and not store.runs.digested(missed):
        return True, missed
    missing = missing_categories(store.ledger.states_of(today), config.categories, day_counts=True)
    return is_digest_due(schedule, now, done=store.runs.digested(today), all_in=not missing), today
