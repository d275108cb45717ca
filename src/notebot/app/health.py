"""The reports of ``notebot status`` and ``notebot doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from notebot.app import database, delivery, summaries, zotero
from notebot.core.text.counted import counted

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from notebot.app.resources import Resources
    from notebot.core.model.run_record import RunRecord
    from notebot.features.health.doctor import CheckResult


def status(resources: Resources) -> dict[str, Any]:
    """The document that ``notebot status --json`` prints."""
    from notebot.features.health.status import StatusSettings, status_document

    config = resources.config
    names = tuple(source.name for source in config.sources)
    settings = StatusSettings(config.poll_schedule, config.digest_schedule, config.categories, names)
    document = status_document(resources.store, settings, config.note, resources.clock())
    if config.desk:
        document = {**document, **_seen_by_desk(resources, document["next"])}
    unfilled = [{"number": number, "why": why} for number, why in resources.store.unfilled.all().items()]
    return {
        **document,
        "llm": summaries.model_usage(resources),
        "inbox": resources.store.inbox.failures(),
        "archive": _archive(resources),
        "unfilled": unfilled,
        "deliveries": delivery.status(resources),
        "zotero": zotero.status(resources),
    }


def _seen_by_desk(resources: Resources, later: dict[str, Any]) -> dict[str, Any]:
    """What a desk of a lab knows of the polls that the hub makes for it, and whether anybody works for the lab."""
    from notebot.app.lab_health import workers_alive
    from notebot.core.schedule.due import next_round_at

    config = resources.config
    last = resources.store.fan_outs.received().get(config.desk)
    next_poll = next_round_at(config.poll_schedule, resources.clock(), last, last)
    return {
        "last_poll": last and {"at": last, "status": "ok"},
        "next": {**later, "poll": next_poll},
        "workers_alive": workers_alive(resources),
    }


def _archive(resources: Resources) -> dict[str, Any] | None:
    config, notes = resources.config, resources.store.notes.count()
    if config.archive_dir is not None:
        return {"kind": "folder", "place": str(config.archive_dir), "notes": notes}
    return {"kind": "github", "place": config.archive.repo, "notes": notes} if config.archive.repo else None


def _check_note_folder(resources: Resources, folder: Path) -> str:
    """Tries to write in the archive's folder and reads all of its notes.

    Raises:
        NotebotError: the folder is not the one that was written to, or files in it need a person.
    """
    from notebot.core.model.errors import StateError
    from notebot.core.net.files import check_folder
    from notebot.features.archive.adapters.note_folder import read_note_folder

    resources.note_folder().raise_if_missing()
    check_folder(folder)
    reading = read_note_folder(folder) if folder.exists() else None
    if reading and reading.unread:
        more = f" (and {len(reading.unread) - 1} more: `notebot import folder` lists them)"
        raise StateError(reading.unread[0].why.rstrip(".") + (more if len(reading.unread) > 1 else "") + ".")
    return f"{folder} can be written; it has {counted(len(reading.notes) if reading else 0, 'note')}."


def failing_sources(resources: Resources) -> dict[str, datetime]:
    """The sources whose last answer was a failure, with the time of their last success or else of that failure."""
    return {
        record.name: record.last_success_at or record.last_attempt_at or resources.clock()
        for record in resources.store.sources.all()
        if record.error is not None
    }


def recent_rounds(resources: Resources, count: int) -> list[RunRecord]:
    """The newest polls and digests, the newest first."""
    return resources.store.runs.recent(count)


def doctor(resources: Resources, *, probe: bool, repair: bool = False) -> list[CheckResult]:
    """Checks folders and database, and backs the database up if nothing is wrong with it.

    Args:
        probe: send one request to each of arXiv's services.
        repair: first move damaged records to a file.
    """
    from notebot.core.net.files import check_folder
    from notebot.features.health.doctor import run_checks

    config = resources.config
    archive_dir = config.archive_dir
    checks = [
        ("state_dir", lambda: check_folder(config.state_dir)),
        # the hub of a lab writes no digests
        *([("digest_dir", lambda: check_folder(config.digest_dir))] if config.desks is None else []),
        *([("archive", lambda: _check_note_folder(resources, archive_dir))] if archive_dir is not None else []),
        ("database", lambda: database.check(resources)),
        ("records", lambda: database.check_records(resources)),
    ]
    results = []
    if repair:
        results = run_checks([("repair", lambda: database.set_aside_damaged(resources))])
    results += run_checks(checks)
    # A damaged database must not replace the last good backup. A file of the curator's that cannot be read, or a full
    # disk of the digests, is no reason to go without one.
    if all(result.ok for result in results if result.check not in ("digest_dir", "archive")):
        results += run_checks([("backup", lambda: database.back_up(resources))])
    return results + (run_checks(_probes(resources)) if probe else [])


def _probes(resources: Resources) -> list[tuple[str, Callable[[], str]]]:
    """One request per service, without circuit breakers, because the user wants to know whether it answers now."""
    from notebot.core.model.source_record import Validators
    from notebot.features.announcements.adapters.arxiv_api import ArxivApi
    from notebot.features.announcements.adapters.arxiv_feed import ArxivFeed
    from notebot.features.announcements.adapters.arxiv_oai import ArxivOai
    from notebot.features.announcements.metadata import KNOWN_ID

    urls, http, pace = resources.config.arxiv, resources.probing_http, resources.pace

    def feed() -> str:
        category = resources.config.categories[0]
        batch = ArxivFeed(http, urls.feed_url, pace).retrieve(category, Validators()).batch
        content = f"{len(batch.entries)} entries of {batch.batch_date}" if batch else "no news"
        return f"The feed of {category} answers with {content}."

    def api() -> str:
        count = len(ArxivApi(http, urls.api_url, pace).papers([KNOWN_ID]))
        return f"The API answers; it knows {count} of 1 papers asked for."

    def oai() -> str:
        ArxivOai(http, urls.oai_url, pace).identify()
        return "OAI-PMH answers."

    # a lab without desks watches nothing yet
    return [*([("feed", feed)] if resources.config.categories else []), ("api", api), ("oai", oai)]
