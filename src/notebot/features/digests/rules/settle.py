"""Decides what a changed entry means for its stub: the newest decision counts (rules.md 6.6, 6.7).

======================  ===================================================================
what changed            what becomes of the stub
======================  ===================================================================
ticked, or words added  kept
un-ticked               digested again, if this file kept it; else it stays
entry deleted           skipped
entry put back          digested again, if this file skipped it; else it stays
======================  ===================================================================

What was published stays as it is, and so does what was decided elsewhere after the file was changed; both are reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.digest_reading import ReadEntry, Verdict
from notebot.core.model.stub import StubStatus
from notebot.features.digests.rules.apply_edits import apply_edits, changed_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.model.decision import Choice, Decision
    from notebot.core.model.stub import Stub
    from notebot.core.note_format.stub_title import NoteStyle

_MADE_BY = {"cli": "by `notebot queue`", "page": "on the review page"}


class Settled(Struct, frozen=True):
    """What becomes of one stub."""

    stub: Stub
    move: str = ""
    """``keep``, ``skip``, ``untick``, ``put back`` or ``edit``; empty if nothing changes."""
    parts: tuple[str, ...] = ()
    """What was typed or changed besides the status: ``comment``, ``tags`` …"""
    conflicts: tuple[str, ...] = ()
    """What in the file was not taken, and why; one sentence each."""


def settle(
    stub: Stub,
    last: ReadEntry,
    entry: ReadEntry,
    style: NoteStyle,
    *,
    file: str,
    decisions: Sequence[Decision],
    newer: Sequence[Decision],
    sent: bool = False,
) -> Settled:
    """What a change of an entry from ``last`` to ``entry`` means for its stub.

    Args:
        file: the name of the digest.
        decisions: all decisions about the stub that were not taken back, the oldest first.
        newer: those of them that were made elsewhere after the file was changed.
        sent: publishing has begun, so the archive may have the note already.
    """
    conflicts = []
    parts = changed_parts(last, entry)
    decided_elsewhere = {
        name: decision
        for decision in newer
        if decision.before is not None and decision.after is not None
        for name in changed_choices(decision.before, decision.after)
    }
    for name in parts:
        if name in decided_elsewhere:
            what = name.replace("_", " ")
            typed = entry.comment if name == "comment" else entry.fields.get(name)
            not_taken = f"; not taken: {typed!r}" if typed else ""
            conflicts.append(
                f"its {what} was changed {_made(decided_elsewhere[name])}, which is newer and stays{not_taken}"
            )
    parts = tuple(name for name in parts if name not in decided_elsewhere)
    edited = apply_edits(stub, last, entry, style, parts)
    target = _target(stub, last, entry)
    moved = [decision for decision in decisions if decision.moved]
    moved_elsewhere = [decision for decision in newer if decision.moved]
    origin = moved[-1] if moved else None
    ours = origin is None or origin.file == file
    archived = f"published as #{stub.note_number}" if stub.note_number else "on its way to the archive" if sent else ""
    # un-ticking a line in a file cannot withdraw an issue from the archive (rules.md 6.6)
    if target is not None and archived:
        conflicts.append(f"it is {archived} and stays so; see `notebot queue requeue`")
        target = None
    elif target is not None and moved_elsewhere:
        conflicts.append(f"it was {_past(moved_elsewhere[-1])}, which is newer; it stays {stub.status}")
        target = None
    # a decision made elsewhere is not taken back by a file that did not make it
    elif target is StubStatus.DIGESTED and not ours and origin is not None:
        conflicts.append(f"it was {_past(origin)}, so the file does not take that back; it stays {stub.status}")
        target = None
    if parts and archived:
        conflicts.append(f"it is {archived}: what was typed is stored here, but not sent there")
    if target is not None:
        edited = replace(edited, status=target)
    move = _move(last, target) or ("edit" if edited != stub else "")
    return Settled(edited, move, parts if edited != stub else (), tuple(conflicts))


def _target(stub: Stub, last: ReadEntry, entry: ReadEntry) -> StubStatus | None:
    """The status that the file asks for; ``None`` if it asks for no other one."""
    if entry.verdict is Verdict.KEPT:
        wanted = StubStatus.KEPT
    elif entry.verdict is last.verdict:
        return None
    elif entry.verdict is Verdict.SKIPPED:
        wanted = StubStatus.SKIPPED
    else:
        gone = StubStatus.KEPT if last.verdict is Verdict.KEPT else StubStatus.SKIPPED
        # An entry that is untouched again takes back only what the file had decided.
        wanted = StubStatus.DIGESTED if stub.status is gone else stub.status
    return wanted if wanted is not stub.status else None


def _move(last: ReadEntry, target: StubStatus | None) -> str:
    if target is StubStatus.DIGESTED:
        return "untick" if last.verdict is Verdict.KEPT else "put back"
    return {StubStatus.KEPT: "keep", StubStatus.SKIPPED: "skip"}[target] if target is not None else ""


def changed_choices(before: Choice, after: Choice) -> tuple[str, ...]:
    """The names of what a decision changed besides the status, as in :func:`changed_parts`."""
    old, new = before.curator, after.curator
    fields = [name for name in {**old.fields, **new.fields} if old.fields.get(name) != new.fields.get(name)]
    differs = {
        "comment": old.comment != new.comment,
        "posts": (before.posts, old.post_words) != (after.posts, new.post_words),
        "tags": old.tags != new.tags,
        "related": old.related != new.related,
    }
    return (*fields, *(name for name, different in differs.items() if different))


def _past(decision: Decision) -> str:
    words = {"keep": "kept", "skip": "skipped", "requeue": "requeued"}
    return f"{words.get(decision.move, 'changed')} {_made(decision)}"


def _made(decision: Decision) -> str:
    return _MADE_BY.get(decision.by, f"in {decision.file}")
