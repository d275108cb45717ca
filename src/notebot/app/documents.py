"""The JSON documents of the contract, for the command line and the review page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from notebot.core.model.changes import field_and_value
from notebot.core.note_format.phrases import EN, explain_interest, explain_related
from notebot.core.note_format.stub_title import NoteStyle, title_line
from notebot.core.note_format.update_wording import word_reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.model.decision import Decision
    from notebot.core.model.ledger import LedgerRow
    from notebot.core.model.note import Note
    from notebot.core.model.offer import Update
    from notebot.core.model.stub import Stub
    from notebot.features.archive.rules.audit import AuditFinding
    from notebot.features.digests.moves import Moved, TakenBack
    from notebot.features.intake.fetch import Fetched
    from notebot.features.intake.handed_over_links import LinkResult


def note_document(note: Note) -> dict[str, Any]:
    """A note as a JSON document."""
    return {
        "number": note.number,
        "issue_date": note.issue_date,
        "title_line": note.title_line,
        "tags": note.tags,
        "url": note.url,
        "arxiv_id": note.arxiv_id,
        "summary": note.summary,
        "comment": note.comment,
        "posts": note.posts,
        "refs": note.refs,
        "kind": note.kind,
        "urls": note.urls,
        "comments": note.comments,
        "state": note.state,
    }


def stub_document(stub: Stub, style: NoteStyle) -> dict[str, Any]:
    """A stub as a JSON document: its fields, and values derived from them."""
    import msgspec

    fields: dict[str, Any] = msgspec.to_builtins(stub)
    chosen = {"tags": stub.curator.tags} if stub.curator.tags is not None else {}
    derived = {
        "arxiv_id": stub.arxiv_id or None,
        "offers": [
            {"field": offer.field, "value": offer.value, "why": word_reason(offer.why, EN)} for offer in stub.offers
        ],
        "related": [
            {**note, "why": explain_related(related.why, EN)}
            for note, related in zip(fields["related"], stub.related, strict=True)
        ],
        "interest": stub.interest
        and {"score": stub.interest.score, "why": [explain_interest(why, EN) for why in stub.interest.why]},
        "title_line": title_line(stub, style).text,
        "first_author": stub.first_author,
    }
    return {**fields, **chosen, **derived}


def ledger_document(row: LedgerRow) -> dict[str, Any]:
    """A ledger row as a JSON document."""
    import msgspec

    counts = row.counts
    return {
        "date": row.announced_on,
        "category": row.category,
        "state": str(row.state),
        "announced": counts.announced,
        "matched": counts.matched,
        **msgspec.structs.asdict(counts),
        "explanation": row.explanation,
    }


def finding_document(finding: AuditFinding) -> dict[str, Any]:
    """An audit finding as a JSON document."""
    return {
        "number": finding.number,
        "kind": finding.kind,
        "title_line": finding.title_line,
        "value": field_and_value(finding.change)[1],
        "why": word_reason(finding.why, EN),
    }


def update_document(update: Update) -> dict[str, Any]:
    """A change that is offered to a note or a title line."""
    from notebot.features.digests.offers import can_accept

    return {
        "id": update.id,
        "key": update.key,
        "subject": update.subject,
        "field": update.field,
        "value": update.value,
        "title": update.title,
        "why": word_reason(update.why, EN),
        "can_accept": can_accept(update),
    }


def error_document(error: Exception) -> dict[str, str]:
    """``{kind, message}``"""
    return {"kind": getattr(error, "kind", "unavailable"), "message": str(error)}


def result_document(result: Fetched | Moved, style: NoteStyle) -> dict[str, Any]:
    """``{ref, stub}``, or ``{ref, error}`` if there is no stub."""
    if result.stub is not None:
        return {"ref": result.ref, "stub": stub_document(result.stub, style)}
    return {"ref": result.ref, "error": error_document(result.error or ValueError("no answer"))}


def decision_document(decision: Decision) -> dict[str, Any]:
    """One decision: who, when, and what it replaced."""
    import msgspec

    document: dict[str, Any] = msgspec.to_builtins(decision)
    del document["files"]
    return document


def history_document(decisions: Sequence[Decision]) -> dict[str, Any]:
    """All decisions about one stub, and its revision, by which a stale form is recognised."""
    revision = len(decisions) + sum(decision.undone_at is not None for decision in decisions)
    return {"revision": revision, "decisions": [decision_document(decision) for decision in decisions]}


def taken_back_document(taken_back: TakenBack, style: NoteStyle) -> dict[str, Any]:
    """A decision that was taken back, and the stub as it is now."""
    stub = taken_back.stub
    return {
        "decision": decision_document(taken_back.decision),
        "stub": stub_document(stub, style) if stub is not None else None,
    }


def posted_documents(posted: LinkResult, style: NoteStyle) -> list[dict[str, Any]]:
    """The result of one link: one element per paper, or a single element with `error` set if no paper was found."""
    post_document = None
    if posted.reading is not None:
        read = posted.reading.post
        names = ("url", "fetched", "reason", "service", "handle", "posted_at", "time_by")
        post_document = {name: getattr(read, name) for name in names}
    about = {"ref": posted.ref, "post": post_document, "remarks": posted.remarks}
    if posted.error is not None:
        return [{**about, "stub": None, "error": error_document(posted.error)}]
    return [
        {
            **about,
            "stub": taken.stub and stub_document(taken.stub, style),
            "error": taken.error and error_document(taken.error),
            "outcome": str(taken.outcome),
            "remark": taken.remark,
        }
        for taken in posted.taken
    ]
