"""The history of a stub: each decision on one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.features.digests.rules.settle import changed_choices

if TYPE_CHECKING:
    from datetime import tzinfo

    from notebot.core.model.decision import Decision

_MADE_BY = {"cli": "command", "page": "review page"}


def history_line(decision: Decision, zone: tzinfo) -> str:
    """One decision on one line: when, what, from where, and what it changed."""
    what = f"{decision.move} {decision.update}" if decision.update else decision.move
    where = _MADE_BY.get(decision.by, decision.by) + (", by itself" if decision.automatic else "")
    line = f"{decision.at.astimezone(zone):%Y-%m-%d %H:%M} {what} ({where})"
    if decision.before is not None and decision.after is not None:
        parts = [part.replace("_", " ") for part in changed_choices(decision.before, decision.after)]
        moved = [f"{decision.before.status} → {decision.after.status}"] if decision.moved else []
        line += ": " + ", ".join([*moved, *parts]) if moved or parts else ""
    return line + ("; taken back" if decision.undone_at else "")
