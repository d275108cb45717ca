"""A lab: one hub polls arXiv for all desks, and each desk files what its topics matched."""

from __future__ import annotations

import secrets
import socket
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.app.resources import Resources
from notebot.config.lab import Lab
from notebot.core.model.errors import NotebotError, StateError
from notebot.core.supervisor import supervised

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from notebot.config import Config
    from notebot.features.announcements.fan_out import DeskPorts, FanOutReport

MARK = ".notebot-lab"
"""The file in a lab's folder that tells it from one of another machine."""


class DeskResult(Struct, frozen=True):
    """What one desk got, or why it got nothing."""

    desk: str
    report: FanOutReport | None = None
    errors: tuple[str, ...] = ()
    """What failed, as sentences; it is tried again next time."""
    cause: NotebotError | None = None
    """What kept the desk from getting anything."""


def fan_out(hub: Resources, desks: Sequence[str]) -> Iterator[DeskResult]:
    """Files for each desk what the hub has polled; a desk that fails costs the others nothing."""
    from notebot.features.announcements.fan_out import fan_out
    from notebot.features.announcements.hub import Hub

    assert hub.config.path is not None  # a lab is what its file says
    try:
        lab = Lab.read(hub.config.path)
    except NotebotError as error:  # the file was changed since the hub read it
        yield from (DeskResult(desk, errors=(str(error),)) for desk in desks)
        return
    # read before the hub's rows: what a later poll brings must not count as received
    last_poll = hub.store.runs.last("poll")
    # read once for all desks, since it is most of what a desk needs to read
    polled = Hub(hub.store)
    for desk in desks:
        try:
            with supervised(f"The desk {desk}"), closing(desk_resources(hub, lab.desk(desk), alone=True)) as resources:
                report = fan_out(polled, _ports(resources))
        except NotebotError as error:
            yield DeskResult(desk, errors=(str(error),), cause=error)
        else:
            if last_poll is not None and not report.errors:
                hub.store.fan_outs.record(desk, last_poll.started_at)
            yield DeskResult(desk, report, report.errors)


def other_folder(hub: Resources, *, take: bool = False) -> str:
    """Where the files of the desks are; '' if they are in this lab's folder.

    The first folder has them. A file in it says so, hence a machine that mounts the same folder has them too.

    Args:
        take: from now on they are in this lab's folder.

    Raises:
        StateError: the folder cannot be written.
    """
    assert hub.config.path is not None
    folder = Lab.read(hub.config.path).home
    try:
        mark = _mark_of(folder / MARK)
    except OSError as error:
        raise StateError(f"{folder / MARK} cannot be written: {error.strerror}.") from error
    hub.store.lab_folder.claim(mark, f"{socket.gethostname()}:{folder}", take=take)
    owner = hub.store.lab_folder.get()
    return "" if owner is None or owner[0] == mark else owner[1]


def _mark_of(path: Path) -> str:
    """The mark in a file; a new one if there is no file."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f"{path.name}-{secrets.token_hex(4)}")
        half.write_text(f"{secrets.token_hex(8)}\n", encoding="utf-8")
        with suppress(FileExistsError):  # another worker was quicker
            path.hardlink_to(half)
        half.unlink()
    return path.read_text(encoding="utf-8", errors="replace").strip()[:100]


def desk_resources(hub: Resources, config: Config, *, alone: bool = False) -> Resources:
    """The resources of a desk, or of the hub with another config, for work in the process of the hub.

    Args:
        alone: nobody uses the hub's session with the database meanwhile, so the desk may.
    """
    return Resources(
        config,
        urgent=hub.urgent,
        stop=hub.stop,
        say=hub.say,
        now=hub.clock,
        error_dir=hub.error_dir,
        hub=hub if alone else None,
    )


def hub_of(desk: Resources) -> Resources:
    """The resources of the hub, for what a desk may know of it."""
    return Resources(replace(desk.config, desk=""), say=desk.say, now=desk.clock, error_dir=desk.error_dir)


def _ports(resources: Resources) -> DeskPorts:
    from notebot.features.announcements.fan_out import DeskPorts

    return DeskPorts(
        name=resources.config.desk,
        store=resources.store,
        topics=resources.config.topics,
        clock=resources.clock,
        enrich=resources.enrich,
        style=resources.config.note,
    )
