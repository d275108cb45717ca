"""One stub in full: its fields, what was typed and not saved yet, its issue, and why it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.app import announcements, digests
from notebot.core.model.decision import PAGE
from notebot.core.model.errors import InvalidRefError, MoveError, NotFoundError
from notebot.core.note_format.stub_title import TITLE_LINE_LIMIT
from notebot.features.digests.rules.page_edits import (
    FIELDS,
    changed_fields,
    editable_fields,
    parse_tags,
    with_typed_fields,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from notebot.app.resources import Resources
    from notebot.core.model.decision import Decision
    from notebot.core.model.stub import Stub
    from notebot.features.publishing.rules.issue_draft import Draft

MOST_SUGGESTED = 12
"""Tags that are suggested for one beginning."""


class IssuePreview(Struct, frozen=True):
    """The issue that a stub would become, or the reason why it cannot."""

    draft: Draft | None
    problem: str = ""
    new_labels: tuple[str, ...] = ()
    """Tags that no note of the archive has: publishing leaves them out unless new labels are allowed."""


class TitleCheck(Struct, frozen=True):
    """A title line as the archive's site reads it."""

    parts: tuple[tuple[str, str], ...]
    """``prefix``, ``title``, ``author``, ``slot``, ``venue`` or ``date``, and its text, in order."""
    problems: tuple[str, ...]
    """``empty``, ``long``, ``no_prefix``, ``no_author``, ``no_venue``, ``no_year`` or ``no_date``."""


class HistoryEntry(Struct, frozen=True):
    """One decision about the stub."""

    at: datetime
    """In the curator's time zone."""
    move: str
    by: str
    """``page``, ``cli``, or ``file NAME``."""
    changed: tuple[str, ...]
    """The fields that it changed."""
    taken_back: bool


class ShownPaper(Struct, frozen=True):
    """Everything that the page of one stub shows."""

    stub: Stub
    revision: int
    fields: Mapping[str, str]
    """The texts of the fields as they are stored."""
    typed: Mapping[str, str]
    """Those of them that were typed and not saved."""
    sent: bool
    """True once publishing has begun: what is typed now would not reach the archive."""
    history: Sequence[HistoryEntry]
    """The newest first."""
    why: Sequence[str]

    @property
    def shown(self) -> dict[str, str]:
        """The texts for the form."""
        return {**self.fields, **self.typed}


def open_paper(resources: Resources, ref: str) -> ShownPaper:
    """The page of a stub, by arXiv id or ``url:…``.

    Raises:
        NotFoundError: there is no such stub.
    """
    stub = find_paper(resources, ref)
    style = resources.config.note
    return ShownPaper(
        stub=stub,
        revision=resources.store.decisions.revision(stub.key),
        fields=editable_fields(stub, style),
        # what was typed may have become what is stored, by a save that ended before the draft was deleted
        typed=changed_fields(stub, resources.store.drafts.of(stub.key), style),
        sent=bool(resources.store.decisions.sent([stub.key])),
        history=[_entry(resources, decision) for decision in reversed(digests.history(resources, stub.key))],
        why=announcements.why(resources, stub.arxiv_id).sentences()[1:] if stub.arxiv_id else (),
    )


def fields_of(resources: Resources, stub: Stub) -> dict[str, str]:
    """The texts of a stub's fields as they are stored."""
    return editable_fields(stub, resources.config.note)


def find_paper(resources: Resources, ref: str) -> Stub:
    """The stub that the address of a review page names: by key, arXiv id or URL.

    Raises:
        NotFoundError: there is none.
    """
    if ref.startswith(("url:", "arxiv:")):
        return digests.find_stub_by_key(resources, ref)
    try:
        return digests.find_stub(resources, ref)
    except InvalidRefError as error:
        raise NotFoundError(str(error)) from error


def save(
    resources: Resources, key: str, typed: Mapping[str, str], *, revision: int, verb: str = "edit", later: bool = False
) -> Stub:
    """Stores what was typed as the curator's, together with a decision, and deletes the draft.

    Args:
        revision: of the stub that the curator saw.
        verb: ``edit``, ``keep`` or ``skip``.
        later: also adds the tag of the reading list.

    Raises:
        NotFoundError: there is no such stub.
        StaleError: it was decided on since.
        MoveError: its state does not allow this.
        After either, what was typed is in the draft.
    """
    stub = digests.find_stub_by_key(resources, key)
    # Fields that this form has not changed may have a draft from another tab, which stays.
    changed = changed_fields(stub, typed, resources.config.note)
    store_draft(resources, key, changed)
    if stub.note_number is not None:
        name = stub.arxiv_id or stub.url
        raise MoveError(f"{name} is published as #{stub.note_number}; edit the note in the archive.")
    edited = with_typed_fields(stub, changed, resources.config.note)
    decided = digests.moves(resources, PAGE).decide(
        key,
        verb,
        read_later=later,
        curator=edited.curator if edited.curator != stub.curator else None,
        posts=edited.posts if edited.posts != stub.posts else None,
        revision=revision,
    )
    with resources.store.transaction():
        _replace_draft(
            resources,
            decided,
            {name: text for name, text in resources.store.drafts.of(key).items() if name not in changed},
        )
    return decided


def store_draft(
    resources: Resources, key: str, typed: Mapping[str, str], known: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Remembers typed text; fields that are not named keep what was typed in them before.

    Args:
        known: for some fields, the text that the tab knew as stored when this was typed.

    Returns:
        What another tab has typed in the same fields since; what was typed here is then not stored in them.

    Raises:
        NotFoundError: there is no such stub.
    """
    stub = digests.find_stub_by_key(resources, key)
    with resources.store.transaction():
        draft = resources.store.drafts.of(key)
        now = {**fields_of(resources, stub), **draft}
        conflicts = {
            name: now[name]
            for name, text in (known or {}).items()
            if name in typed and now.get(name, text) not in (text, typed[name])
        }
        fields = {name: text for name, text in typed.items() if name in FIELDS and name not in conflicts}
        _replace_draft(resources, stub, {**draft, **fields})
    return conflicts


def _replace_draft(resources: Resources, stub: Stub, typed: Mapping[str, str]) -> None:
    """Stores those of the typed texts that differ from the stub's; the caller holds the transaction."""
    draft = changed_fields(stub, typed, resources.config.note)
    if draft:
        resources.store.drafts.save(stub.key, draft, resources.clock())
    else:
        resources.store.drafts.discard(stub.key)


def discard_draft(resources: Resources, key: str) -> None:
    """Forgets what was typed and not saved."""
    with resources.store.transaction():
        resources.store.drafts.discard(key)


def preview_issue(resources: Resources, stub: Stub, typed: Mapping[str, str]) -> IssuePreview:
    """The issue that the stub would become with what was typed."""
    from notebot.features.publishing.rules.issue_draft import draft_issue

    order = resources.tag_order()
    try:
        draft = draft_issue(with_typed_fields(stub, typed, resources.config.note), resources.config.note, order)
    except MoveError as error:
        return IssuePreview(None, str(error))
    # in a folder a tag exists as soon as a note has it
    known = set(order.tags) if resources.config.archive_dir is None else set()
    return IssuePreview(draft, new_labels=tuple(tag for tag in draft.labels if tag not in known) if known else ())


def check_title(resources: Resources, line: str) -> TitleCheck:
    """What a title line says, part by part, and what the archive's site would not understand."""
    from notebot.core.note_format.title_line import parse_title_line

    prefix = resources.config.note.prefix
    parsed = parse_title_line(line)
    parts = [
        ("prefix", parsed.prefix),
        ("title", parsed.title),
        ("author", parsed.author.text if parsed.author else ""),
        *(("slot", slot) for slot in parsed.slots),
        ("venue", parsed.venue.text if parsed.venue else ""),
        ("date", parsed.date.text if parsed.date else ""),
    ]
    problems = {
        "empty": not line.strip(),
        "long": len(line) > TITLE_LINE_LIMIT,
        "no_prefix": bool(prefix) and not line.startswith(f"{prefix} "),
        "no_author": parsed.author is None,
        "no_venue": parsed.venue is None,
        "no_year": parsed.venue is not None and not parsed.sort_year,
        "no_date": resources.config.note.month and parsed.date is None,
    }
    found = [name for name, is_so in problems.items() if is_so]
    return TitleCheck(tuple(part for part in parts if part[1]), ("empty",) if "empty" in found else tuple(found))


def suggest_tags(resources: Resources, beginning: str) -> list[str]:
    """Tags of the archive that contain the text, in the archive's order; those that begin with it first."""
    text = beginning.lstrip("#").casefold()
    tags = [tag for tag in resources.tag_order().tags if text in tag.casefold()]
    return sorted(tags, key=lambda tag: not tag.casefold().startswith(text))[:MOST_SUGGESTED]


def unknown_tags(resources: Resources, text: str) -> tuple[str, ...]:
    """Tags in the text that neither the archive nor a topic has."""
    known = set(resources.tag_order().tags)
    return tuple(tag for tag in parse_tags(text) if tag not in known) if known else ()


def _entry(resources: Resources, decision: Decision) -> HistoryEntry:
    from notebot.features.digests.rules.settle import changed_choices

    changed = changed_choices(decision.before, decision.after) if decision.before and decision.after else ()
    at = decision.at.astimezone(resources.config.timezone)
    return HistoryEntry(at, decision.move, decision.by, changed, decision.undone_at is not None)
