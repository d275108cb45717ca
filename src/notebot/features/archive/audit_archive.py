"""`notebot audit`: lists untidy notes, and offers each correction once under *Updates*."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.model.offer import Update, note_key
from notebot.core.note_format.title_line import parse_title_line
from notebot.features.archive.rules.audit import AuditFinding, find_untidy

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from notebot.core.ports import Clock, Store


def audit(
    store: Store, clock: Clock, workflow_tags: Sequence[str], abbreviations: Collection[str]
) -> list[AuditFinding]:
    """All findings; each new one on a numbered note becomes an offer in a later digest."""
    findings = find_untidy(store.notes.all(), workflow_tags, abbreviations)
    with store.transaction():
        for finding in findings:
            if finding.number is not None:
                title = parse_title_line(finding.title_line).title
                update = Update(0, note_key(finding.number), finding.change, finding.why, title)
                store.digests.add_update(update, clock())
    return findings
