"""A lab: one hub polls arXiv for all desks, and each desk files what its topics matched."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.app.resources import Resources
from notebot.config import load_config
from notebot.core.model.errors import NotebotError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from notebot.features.announcements.fan_out import DeskPorts, FanOutReport


class DeskResult(Struct, frozen=True):
    """What one desk got, or why it got nothing."""

    desk: str
    report: FanOutReport | None = None
    errors: tuple[str, ...] = ()
    """What failed, as sentences; it is tried again next time."""


def desk_resources(hub: Resources, desk: str) -> Resources:
    """The resources of one desk of the hub's lab; the caller closes them.

    Raises:
        ConfigError: the desk's file has mistakes.
    """
    config = load_config(hub.config.path, desk=desk)
    return Resources(config, urgent=hub.urgent, stop=hub.stop, say=hub.say, now=hub.clock)


def fan_out(hub: Resources, desks: Sequence[str]) -> Iterator[DeskResult]:
    """Files for each desk what the hub has polled; a desk that fails costs the others nothing."""
    from notebot.features.announcements.fan_out import Hub, fan_out

    # read once for all desks, since it is most of what a desk needs to read
    polled = Hub(hub.store)
    for desk in desks:
        try:
            with closing(desk_resources(hub, desk)) as resources:
                report = fan_out(polled, _ports(resources))
        except NotebotError as error:
            yield DeskResult(desk, errors=(str(error),))
        else:
            yield DeskResult(desk, report, report.errors)


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
