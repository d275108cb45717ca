"""``kill -9`` at random moments of ``digest`` and ``deliver``, and what every target received in the end.

Shared by the acceptance test and by ``bench/delivery.py``.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler
from typing import Any

from acceptance.command import Desk
from servers.loopback import Handler
from servers.mail_server import MailServer
from servers.webhook_server import OK, WebhookServer

DIGEST, DELIVER = ("digest",), ("deliver",)
BEGIN = datetime(2026, 5, 12, 5, tzinfo=UTC)


@dataclass
class SlowMailServer(MailServer):
    """Takes a few milliseconds for the last answer, so that kills fall into the moment that is ambiguous."""

    chance: random.Random = field(default_factory=lambda: random.Random(1))

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        import asyncio

        reply = await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(self.chance.uniform(0, 0.03))
        return reply


@dataclass
class SlowWebhookServer(WebhookServer):
    """Accepts everything after a few milliseconds."""

    chance: random.Random = field(default_factory=lambda: random.Random(2))

    def next_handler(self) -> Handler:
        pause_s = self.chance.uniform(0, 0.03)

        def handle(request: BaseHTTPRequestHandler) -> None:
            time.sleep(pause_s)
            OK(request)

        return handle


@dataclass
class Ends:
    """The servers of all targets."""

    mail: MailServer
    hook: WebhookServer
    push: WebhookServer
    ping: WebhookServer

    @property
    def count(self) -> int:
        """How many messages have come."""
        return sum(len(each.received) for each in (self.mail, self.hook, self.push, self.ping))

    def prepare(self, desk: Desk) -> None:
        """Gives the desk a target of each kind."""
        desk.environment = {"NOTEBOT_PUSH": self.push.url.replace("http://", "json://")}
        desk.targets = [
            {
                "name": "mail",
                "kind": "mail",
                "to": "you@example.org",
                "from": "bot@example.org",
                "smtp": self.mail.url,
            },
            {"name": "hook", "kind": "webhook", "url": f"{self.hook.url}/hook", "allow_private": True},
            {"name": "push", "kind": "apprise", "url_env": "NOTEBOT_PUSH"},
            {"name": "ping", "kind": "ping", "url": f"{self.ping.url}/ping"},
        ]


@dataclass
class Killer:
    """Kills commands at random moments: of their life, or right after a target has received something."""

    chance: random.Random
    servers: Ends
    killed: Counter[str] = field(default_factory=Counter)
    life_s: dict[str, float] = field(default_factory=dict)
    """How long the last command of a kind lived that got away."""
    commands: int = 0

    def now(self) -> str:
        """Every command runs a minute after the one before."""
        self.commands += 1
        return (BEGIN + timedelta(minutes=self.commands)).isoformat()

    def kill_one(self, desk: Desk) -> None:
        """Starts commands that have something to do until one was killed before its end."""
        while True:
            words = self.chance.choice([DIGEST, DELIVER, DELIVER, DELIVER])
            self._requeue(desk)
            if words == DELIVER and waiting(desk) < 4:
                desk.ok("digest", now=self.now())
            began = time.monotonic()
            with desk.start_forked(*words, now=self.now()) as running:
                self._wait_for_moment(words[0], running.process)
                if running.process.is_alive():
                    self.killed[words[0]] += 1
                    return
            self.life_s[words[0]] = time.monotonic() - began

    def _wait_for_moment(self, command: str, process: Any) -> None:
        """Waits until the moment of the kill, or the end of the process."""
        if command not in self.life_s:
            process.join(60)
        elif command == "digest" or self.chance.random() < 0.3:
            process.join(self.chance.uniform(0.1, 1.0) * self.life_s[command])
        else:
            due = self.servers.count + self.chance.randint(1, 5)
            while process.is_alive() and self.servers.count < due:
                process.join(0.001)
            process.join(self.chance.uniform(0, 0.04))

    def _requeue(self, desk: Desk) -> None:
        desk.run("queue", "requeue", *desk.statuses(), now=self.now())


def waiting(desk: Desk) -> int:
    """How many messages targets are still to get."""
    return len(desk.rows("SELECT 1 FROM deliveries WHERE state IN ('planned', 'sending')"))


def ends(chance: random.Random, stack: ExitStack) -> Ends:
    """The servers, running until the stack is closed."""
    mail = stack.enter_context(SlowMailServer(chance=chance))
    hook, push, ping = (stack.enter_context(SlowWebhookServer(chance=chance)) for _ in range(3))
    return Ends(mail, hook, push, ping)


@dataclass(frozen=True)
class Received:
    """What a target received: by event, how often."""

    digests: Counter[str]

    @property
    def repeated(self) -> int:
        """How many messages came once more."""
        return sum(self.digests.values()) - len(self.digests)


def received(servers: Ends) -> dict[str, Received]:
    """What came, by target and digest; of mail and webhook, each digest under one id."""
    mails: dict[str, set[str]] = {}
    for mail in servers.mail.received:
        mails.setdefault(_digest_of(mail), set()).add(str(mail["Message-ID"]))
    hooks: dict[str, set[str]] = {}
    for each in servers.hook.received:
        hooks.setdefault(each.json["data"]["name"], set()).add(each.headers["webhook-id"])
    assert all(len(ids) == 1 for ids in (*mails.values(), *hooks.values())), "one digest came under two ids"
    return {
        "mail": Received(Counter(map(_digest_of, servers.mail.received))),
        "hook": Received(Counter(each.json["data"]["name"] for each in servers.hook.received)),
        "push": Received(Counter(_name_in(each.json["message"]) for each in servers.push.received)),
    }


def _digest_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return _name_in(str(body.get_content()))


def _name_in(text: str) -> str:
    return next(line.removeprefix("File: ") for line in text.splitlines() if line.startswith("File: "))


def finish(desk: Desk, killer: Killer) -> None:
    """Everything that the kills have left undone."""
    desk.ok("digest", now=killer.now())
    desk.ok("deliver", now=killer.now())


def written(desk: Desk) -> set[str]:
    """The digests that count as written."""
    return {row["name"] for row in desk.rows("SELECT name FROM digests WHERE written_at IS NOT NULL")}


def undone(desk: Desk) -> list[dict[str, Any]]:
    """Deliveries that did not end well."""
    return desk.rows("SELECT target, event, state FROM deliveries WHERE state <> 'done'")
