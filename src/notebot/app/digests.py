"""Wires writing digests, reading them back and the queue moves."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.app import summaries
from notebot.core.model.stub import StubStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from notebot.app.resources import Resources
    from notebot.core.model.stub import Stub
    from notebot.features.digests.collect import Collected
    from notebot.features.digests.queue import Moved
    from notebot.features.digests.write_digest import DigestReport, DigestWriter

logger = logging.getLogger(__name__)


def digest(resources: Resources, subject: date | None = None) -> DigestReport:
    """Writes the digest of everything queued, then runs ``[digest] on_digest`` if it is set."""
    writer = digest_writer(resources)
    summaries.write_texts(resources, writer.stubs_in_full, by_hand=subject is None)
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


def collect(resources: Resources, files: Sequence[Path]) -> list[Collected]:
    """Reads the given completed digests back, or all if ``files`` is empty."""
    from notebot.features.archive.import_notes import known_tags
    from notebot.features.digests.adapters.digest_folder import DigestFolder
    from notebot.features.digests.collect import Collector

    names = [str(path.resolve()) if path.exists() else str(path) for path in files]
    tags = known_tags(resources.store.notes.all(), resources.config.topics).tags
    with resources.lock("digest"):
        folder = DigestFolder(resources.config.digest_dir)
        collector = Collector(
            store=resources.store,
            files=folder,
            style=resources.config.note,
            clock=resources.clock,
            known_tags=tags,
        )
        reports = collector.collect(names)
    summaries.write_texts(resources, tuple, by_hand=True)
    return reports


def move(resources: Resources, verb: str, refs: Sequence[str]) -> list[Moved]:
    """Keeps, skips or requeues stubs."""
    from notebot.features.digests.queue import move

    moved = move(resources.store, verb, refs, resources.clock)
    summaries.write_texts(resources, tuple, by_hand=True)
    return moved


def digest_writer(resources: Resources) -> DigestWriter:
    """The digest use case with the adapters and settings of the config."""
    from notebot.features.digests.adapters.digest_folder import DigestFolder
    from notebot.features.digests.write_digest import DigestStyle, DigestWriter

    config = resources.config
    return DigestWriter(
        store=resources.store,
        files=DigestFolder(config.digest_dir),
        renderer=resources.renderer,
        style=DigestStyle(
            timezone=config.timezone,
            topics=tuple(topic.name for topic in config.topics),
            categories=config.categories,
            full=config.digest.full,
        ),
        clock=resources.clock,
        lock=partial(resources.lock, "digest"),
    )


def list_stubs(resources: Resources, status: StubStatus | None = None, topic: str | None = None) -> list[Stub]:
    """The stubs of one status and topic, or all, newest first."""
    return resources.store.stubs.all(status, topic)


def find_stub(resources: Resources, ref: str) -> Stub:
    """The stub of a paper id, link or web page URL.

    Raises:
        NotFoundError: there is no such stub.
    """
    from notebot.features.digests.queue import find_stub as find

    return find(resources.store, ref)


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
