"""What the pages of numbers and of health show, with text that would act if it could."""

from __future__ import annotations

from datetime import timedelta

from notebot.core.model.breaker import BreakerState
from notebot.core.model.inbox_failure import InboxFailure
from notebot.core.model.ledger import Counts, DayState, LedgerRow
from notebot.core.model.note import Note
from notebot.core.model.run_record import RunRecord
from notebot.features.delivery.rules.delivery import Delivery, DeliveryState
from notebot.features.delivery.rules.events import NotePublished
from web.served_desk import ServedDesk

HOSTILE = """</text></svg><script>alert(1)</script><b onclick="x">{{ 7*7 }}"""


def add_numbers(desk: ServedDesk) -> None:
    """An archive of three notes, a ledger row, and a digest of which the first paper was kept."""
    day = desk.clock().date()
    with desk.store.transaction():
        for number, tag in enumerate((HOSTILE, "NLP", "read-later"), 1):
            note = Note(f"[Paper Note] A, Ann Author+, {HOSTILE}'26", number, issue_date=day, tags=(tag,))
            desk.store.notes.save(None, note, {"gh": note})
        desk.store.ledger.add(LedgerRow(day, "cs.CL", DayState.FAILED, Counts(fetched=1_234), ""))


def add_trouble(desk: ServedDesk) -> None:
    """One of everything that the page lists, with hostile words."""
    now = desk.clock()
    with desk.store.transaction():
        desk.store.sources.succeeded("cs.CL", now - timedelta(hours=5))
        desk.store.sources.failed("cs.LG", now, "bad-answer", f"The feed is damaged: {HOSTILE}")
        opened = BreakerState(failures=3, openings=1, held_until=now + timedelta(hours=1), reason=f"Busy {HOSTILE}")
        desk.store.breakers.put("https://oai.example", opened)
        desk.store.ledger.add(LedgerRow(now.date(), "cs.CL", DayState.STALE, Counts(), "old"))
        desk.store.runs.add(RunRecord("poll", now, now, "partial", None, f"requests=3 {HOSTILE}"))
        failure = InboxFailure("inbox.md", HOSTILE, "not-found", f"Nothing is there: {HOSTILE}", 1, now, now, now)
        desk.store.inbox.failed(failure)
        event = NotePublished(12, HOSTILE, "https://example.org/12")
        left = Delivery("me", event, now, now, DeliveryState.LEFT, 3, f"Refused {HOSTILE}", now)
        desk.store.deliveries.add(left)
