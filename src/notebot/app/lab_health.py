"""The health of a lab, its workers and desks, for ``notebot status`` and for the page of an administrator."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import msgspec

from notebot.app.delivery import SHOWN_FOR
from notebot.app.lab import hub_of
from notebot.config.lab import Lab
from notebot.core.model.errors import NotebotError
from notebot.core.model.worker_record import SILENT_AFTER
from notebot.core.schedule.due import next_round_at
from notebot.core.text.counted import counted

if TYPE_CHECKING:
    from datetime import datetime

    from notebot.app.resources import Resources
    from notebot.core.model.desk_state import DeskState

_OF_THE_HUB = ("now", "healthy", "sources", "left_alone", "last_poll")
"""What the status document of a lab says of the hub."""


def lab_status(hub: Resources) -> dict[str, Any]:
    """The document of ``notebot status --json`` for a whole lab; unhealthy if a source of the hub has been failing."""
    from notebot.features.health.status import SERVICES, StatusSettings, status_document

    config = hub.config
    # those that were polled: to know what each desk watches, all of their files would have to be read
    polled = tuple(source.name for source in hub.store.sources.all() if source.name not in SERVICES)
    settings = StatusSettings(config.poll_schedule, config.digest_schedule, polled)
    document = status_document(hub.store, settings, config.note, hub.clock())
    return {
        **{name: document[name] for name in _OF_THE_HUB},
        "next": {"poll": document["next"]["poll"]},
        "workers": workers(hub),
        "desks": desks(hub),
    }


def workers(hub: Resources) -> list[dict[str, Any]]:
    """Every worker, the oldest first."""
    return [msgspec.to_builtins(worker, builtin_types=(type(worker.since),)) for worker in hub.store.workers.all()]


def workers_alive(resources: Resources) -> int:
    """The number of workers that were seen within the last minute; a desk may ask, too."""
    store = resources.store
    since = store.now() - SILENT_AFTER
    return sum(worker.last_seen_at >= since for worker in store.workers.all())


def overview(resources: Resources) -> dict[str, Any]:
    """Workers and desks, for the page of a desk whose curator is an administrator."""
    with closing(hub_of(resources)) as hub:
        return {"workers": workers(hub), "desks": desks(hub)}


def desks(hub: Resources) -> list[dict[str, Any]]:
    """The state of each desk, by name; ``error`` names a mistake in its file."""
    from notebot.store.postgres.overview import read_desks

    assert hub.config.lab_path is not None  # only a lab has desks
    lab = Lab.read(hub.config.lab_path)
    now, received = hub.clock(), hub.store.fan_outs.received()
    states = read_desks(hub.config.database, list(lab.files), now - SHOWN_FOR)
    return [_desk(lab, state, received.get(state.name), now) for state in states]


def troubles(desk: dict[str, Any]) -> list[str]:
    """What is wrong with a desk of :func:`desks`, one sentence each."""
    failing = [f"{each['source']}: {each['message']}" for each in desk["failing"]]
    undelivered = counted(desk["undelivered"], "message was", "messages were")
    inbox = counted(desk["inbox"], "line", "lines")
    return [
        *([desk["error"]] if desk["error"] else []),
        *failing,
        *([f"{undelivered} not delivered."] if desk["undelivered"] else []),
        *([f"{inbox} of the inbox could not be taken in."] if desk["inbox"] else []),
    ]


def _desk(lab: Lab, state: DeskState, received_at: datetime | None, now: datetime) -> dict[str, Any]:
    error, next_digest = "", None
    try:
        schedule = lab.digest_schedule(state.name)
        next_digest = next_round_at(schedule, now, state.digest_tried_at, state.digest_done_at)
    except NotebotError as mistake:
        error = str(mistake)
    return {
        "name": state.name,
        "queue": {"queued": state.queued, "digested": state.digested, "kept": state.kept},
        # start of the last poll of which the desk has everything
        "received": received_at,
        "last_digest": state.last_digest and {"name": state.last_digest, "at": state.last_digest_at},
        "next_digest": next_digest,
        "failing": [
            {"source": each.source, "kind": each.kind, "message": each.message, "last_success_at": each.last_success_at}
            for each in state.failing
        ],
        "undelivered": state.undelivered,
        "inbox": state.inbox_failures,
        "error": error or None,
    }
