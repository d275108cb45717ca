"""Stores events for the targets that asked for them, and delivers them."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from notebot.app import database
from notebot.core.model.errors import NotebotError, NotFoundError, StateError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notebot.app.resources import Resources
    from notebot.features.delivery.deliver import Deliverer, DeliveryReport, DeliveryStore
    from notebot.features.delivery.rules.events import Event
    from notebot.features.delivery.rules.target import DeliveryTarget
    from notebot.features.delivery.sender import Sender

NOTICES = "database-alert.json"
"""In the state directory: to whom it was sent that the database is damaged."""
SHOWN_FOR = timedelta(days=14)
"""How long ``status`` shows what was given up."""


def digest_written(resources: Resources, name: str) -> None:
    """Stores that a digest was written; call it in the transaction that says so."""
    if resources.config.targets:
        from notebot.features.delivery.rules.events import DigestWritten

        _enqueue(resources, DigestWritten(name))


def note_published(resources: Resources, number: int, title: str, url: str) -> None:
    """Stores that a note was published; call it in the transaction that says so."""
    if resources.config.targets:
        from notebot.features.delivery.rules.events import NotePublished

        _enqueue(resources, NotePublished(number, title, url))


@contextmanager
def digest_round(resources: Resources) -> Iterator[None]:
    """A round for a digest, which health services hear of: that it began, and how it ended."""
    if not resources.config.targets:
        yield
        return
    from notebot.features.delivery.rules.events import DigestRound, RoundPhase

    started_at = resources.clock()

    def announce(phase: RoundPhase, detail: str = "") -> None:
        with resources.store.transaction():
            _enqueue(resources, DigestRound(phase, started_at, detail))
        resources.on_delivery()

    announce(RoundPhase.STARTED)
    try:
        yield
    except NotebotError as error:
        announce(RoundPhase.FAILED, str(error))
        raise
    announce(RoundPhase.DONE)


def deliver(resources: Resources, *, by_hand: bool) -> DeliveryReport:
    """Stores the alerts that are due, and sends everything that is due.

    Args:
        by_hand: a person asks, so that everything that waits is tried now.

    Raises:
        StateError: the database cannot be used; if it is damaged, an alert about that was sent.
    """
    if by_hand and (resources.config.state_dir / NOTICES).exists():
        check_database(resources)
    try:
        check_alerts(resources)
        with resources.lock("deliver"):
            return _deliverer(resources).deliver(by_hand=by_hand)
    except StateError as error:
        report_damage(resources, error)
        raise


def is_due(resources: Resources) -> bool:
    """True if a message waits that is to be sent now; stores the alerts that are due before."""
    if not resources.config.targets:
        return False
    from notebot.features.delivery.rules.delivery import next_due

    check_alerts(resources)
    names, now = {target.name for target in resources.config.targets}, resources.clock()
    waiting = [each for each in resources.store.deliveries.waiting() if each.target in names]
    return next_due(waiting, now, by_hand=False) is not None


def check_alerts(resources: Resources) -> None:
    """Stores an alert about everything that has been wrong for long, and about everything that is right again."""
    if not _takes_alerts(resources):
        return
    from notebot.features.delivery.alerts import AlertSettings, check_alerts
    from notebot.features.health.status import SERVICES

    config = resources.config
    settings = AlertSettings(
        digest=config.digest_schedule,
        sources=(*config.categories, *(source.name for source in config.sources)),
        services=SERVICES,
    )
    check_alerts(resources.store, settings, config.targets, resources.clock())


def check_database(resources: Resources) -> None:
    """Sends an alert if the database is damaged, and another one when it is whole again.

    Raises:
        StateError: it is damaged; the message says how to mend it.
    """
    if not _takes_alerts(resources):
        return
    from notebot.features.delivery.adapters.notice_file import NoticeFile
    from notebot.features.delivery.deliver import enqueue
    from notebot.features.delivery.rules.delivery import DeliveryState
    from notebot.features.delivery.rules.events import AlertEvent

    try:
        database.check(resources)
        _ = resources.store
    except StateError as error:
        report_damage(resources, error)
        raise
    notices = NoticeFile(resources.config.state_dir / NOTICES)
    alerted = [each for each in notices.all() if each.state is DeliveryState.DONE]
    names, now = {each.target for each in alerted}, resources.clock()
    with resources.store.transaction():
        for event in {each.key: each.event for each in alerted}.values():
            assert isinstance(event, AlertEvent)  # nothing else is in this file
            targets = [target for target in resources.config.targets if target.name in names]
            enqueue(resources.store.deliveries, targets, replace(event, over=True, detail=""), now)
    notices.remove()


def report_damage(resources: Resources, error: StateError) -> None:
    """Sends an alert about the database without using it; each target gets it once, until the database is whole.

    Does nothing if the error is about something else, such as a full disk.
    """
    from notebot.store.sqlite.connection import is_damage

    is_lost = is_damage(str(error)) or any(word in str(error) for word in ("is damaged", "is empty", "is gone"))
    if not is_lost or not _takes_alerts(resources):
        return
    from notebot.features.delivery.adapters.notice_file import NoticeFile
    from notebot.features.delivery.deliver import enqueue
    from notebot.features.delivery.rules.events import AlertEvent, AlertKind

    notices, now = NoticeFile(resources.config.state_dir / NOTICES), resources.clock()
    # the file has no transactions, so that the lock also covers what is read and added
    with resources.lock("deliver"):
        stored = [each.event for each in notices.all()]
        event = stored[0] if stored else AlertEvent(AlertKind.DATABASE, "", now, str(error))
        enqueue(notices, resources.config.targets, event, now)
        _deliverer(resources, notices).deliver()


def _takes_alerts(resources: Resources) -> bool:
    return any("alert" in target.events for target in resources.config.targets)


def send_again(resources: Resources, digest: str, target: str | None = None) -> None:
    """Stores that a digest is to be sent once more, to one target or to all that get digests.

    Args:
        digest: the name of the file, with or without ``.md``.

    Raises:
        NotFoundError: there is no such digest.
        UsageError: no target gets digests.
    """
    from notebot.features.delivery.deliver import enqueue
    from notebot.features.delivery.rules.events import DigestWritten, wants

    name = f"{digest.removesuffix('.md')}.md"
    if resources.store.digests.written_plan(name) is None:
        raise NotFoundError(f"There is no digest {name[:100]}; `notebot status` names the last one.")
    targets = [find_target(resources, target)] if target else list(resources.config.targets)
    targets = [each for each in targets if wants(each, DigestWritten(name))]
    if not targets:
        raise UsageError(
            f'{f"The target {target}" if target else "No [[deliver]]"} gets no digests; add "digest" to its events.'
        )
    with resources.store.transaction():
        deliveries = resources.store.deliveries
        again = DigestWritten(name, deliveries.times_sent(name) + 1)
        enqueue(deliveries, targets, again, resources.clock())


def send_test(resources: Resources, name: str) -> None:
    """Sends a test message to one target now.

    Raises:
        UsageError: there is no such target.
        DeliveryError: it did not accept the message.
    """
    from notebot.app.delivery_messages import make_message
    from notebot.features.delivery.rules.delivery import Delivery
    from notebot.features.delivery.rules.events import TrialMessage

    target, now = find_target(resources, name), resources.clock()
    event = TrialMessage(now)
    _sender(resources, target).send(Delivery(name, event, now, now), make_message(resources, event), now)


def find_target(resources: Resources, name: str) -> DeliveryTarget:
    """The target with this name.

    Raises:
        UsageError: the config has none.
    """
    targets = {target.name: target for target in resources.config.targets}
    if not targets:
        raise UsageError("There is no [[deliver]] in the config; docs/delivery.md shows how to write one.")
    if name not in targets:
        raise UsageError(f"There is no [[deliver]] named {name[:60]!r}; there is {', '.join(map(repr, targets))}.")
    return targets[name]


def status(resources: Resources) -> dict[str, Any] | None:
    """For the status document: how many deliveries wait, and what failed; ``None`` if there was never a target.

    ``troubles`` contains what was tried in vain and waits, and what was given up lately, the oldest first.
    """
    deliveries = resources.store.deliveries
    waiting = deliveries.waiting()
    given_up = deliveries.given_up_since(resources.clock() - SHOWN_FOR)
    if not (resources.config.targets or waiting or given_up):
        return None
    from notebot.features.delivery.deliver import outcome

    failing = [delivery for delivery in waiting if delivery.tries]
    return {"waiting": len(waiting), "troubles": [outcome(each) for each in (*given_up, *failing)]}


def undelivered_lines(resources: Resources) -> list[str]:
    """For the next digest: what is failing, and what was given up since the last one."""
    if not resources.config.targets:
        return []
    from notebot.features.delivery.deliver import outcome

    deliveries, latest = resources.store.deliveries, resources.store.digests.latest()
    since = latest[1] if latest else resources.clock() - SHOWN_FOR
    failing = [delivery for delivery in deliveries.waiting() if delivery.tries]
    shown = [outcome(each) for each in (*deliveries.given_up_since(since), *failing)]
    return [f"{each.target}: {each.event}: {each.why}" for each in shown]


def _enqueue(resources: Resources, event: Event) -> None:
    from notebot.features.delivery.deliver import enqueue

    enqueue(resources.store.deliveries, resources.config.targets, event, resources.clock())


def _deliverer(resources: Resources, store: DeliveryStore | None = None) -> Deliverer:
    """Builds what sends the waiting messages of the database, or of ``store``."""
    from notebot.app.delivery_messages import make_message
    from notebot.features.delivery.deliver import Deliverer

    return Deliverer(
        store=store or resources.store,
        targets=resources.config.targets,
        make_sender=partial(_sender, resources),
        make_message=partial(make_message, resources),
        clock=resources.clock,
    )


def _sender(resources: Resources, target: DeliveryTarget) -> Sender:
    """The sender of a target; the libraries of other kinds are not imported."""
    from notebot.features.delivery.rules.target import TargetKind

    if target.kind is TargetKind.MAIL:
        from notebot.features.delivery.adapters.mail import MailSender
        from notebot.features.delivery.adapters.mail_templates import render_mail

        render = partial(render_mail, templates_dir=resources.config.templates_dir)
        return MailSender(target, render, resources.mail_connections, resources.config.links.timeout_s)
    if target.kind is TargetKind.WEBHOOK:
        from notebot.features.delivery.adapters.webhook import WebhookSender

        client = resources.delivery_http if target.allow_private else resources.delivery_guard
        return WebhookSender(target, client.send_once)
    if target.kind is TargetKind.PING:
        from notebot.features.delivery.adapters.ping import PingSender

        return PingSender(target, resources.delivery_http.send_once)
    from notebot.features.delivery.adapters.apprise_push import AppriseSender

    return AppriseSender(target)
