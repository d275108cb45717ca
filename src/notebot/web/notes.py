"""The archive: search, one note, and the notes of a tag."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from markupsafe import Markup
from msgspec import Struct

from notebot.app import archive, publishing
from notebot.core.model.errors import NotFoundError
from notebot.core.model.note import READ_LATER, NoteQuery
from notebot.core.note_format.title_line import parse_title_line
from notebot.core.text.escaping import is_plain_url
from notebot.web.markdown import render_markdown
from notebot.web.visit import Visit, parse_number, route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from notebot.core.model.note import Note

PAGE_SIZE = 50
"""Notes on one page."""
_LONGEST = 200
"""Characters of a search."""


class ListedNote(Struct, frozen=True):
    """A note in a list."""

    path: str | None
    """Of its page; ``None`` for a note without number."""
    title: str
    note: Note


def search(visit: Visit) -> Response:
    """The notes that match, 50 at a time."""
    values = {name: visit.query.get(name, "").strip()[:_LONGEST] for name in ("words", "tag", "venue", "order")}
    return _list(visit, values)


def tagged(visit: Visit) -> Response:
    """The notes of one tag."""
    return _list(visit, {"words": "", "venue": "", "order": "", "tag": visit.request.path_params["tag"]})


def show(visit: Visit) -> Response:
    """One note."""
    text = visit.request.path_params["number"]
    number = parse_number(text)
    if number is None:
        raise NotFoundError(f"{text[:40]!r} is not the number of a note.")
    note = archive.note(visit.resources, number)
    return visit.render(
        "note.html",
        note=note,
        title=title_of(note),
        issue=publishing.note_url(visit.resources, number) if visit.site.config.archive.repo else None,
        file=publishing.note_path(visit.resources, number),
        # an imported note may have any text here, and a `javascript:` link must never be rendered
        link=note.url if note.url and is_plain_url(note.url) else None,
        text=Markup(render_markdown(note.body or note.summary or "")),
        comments=[Markup(render_markdown(comment)) for comment in note.comments],
        related=list_notes(archive.notes_with_numbers(visit.resources, note.refs)),
    )


def list_notes(notes: Sequence[Note]) -> list[ListedNote]:
    """The notes as lists show them."""
    return [
        ListedNote(f"/archive/{note.number}" if note.number is not None else None, title_of(note), note)
        for note in notes
    ]


def title_of(note: Note) -> str:
    """The title line without its prefix, in one line."""
    parsed = parse_title_line(" ".join(note.title_line.split()))
    return parsed.text.removeprefix(parsed.prefix).strip()


def _list(visit: Visit, values: dict[str, str]) -> Response:
    # the reading list begins with what has waited longest, unless the curator chooses another order
    oldest_first = values["order"] == "oldest" or (values["order"] == "" and values["tag"] == READ_LATER)
    query = NoteQuery(values["words"], values["tag"], values["venue"], oldest_first)
    # a malformed position, in an address that was edited or cut, shows the first page
    start = parse_number(visit.query.get("from", ""), digits=6) or 0
    notes, more = archive.find_notes(visit.resources, query, start, PAGE_SIZE)

    def address(place: int) -> str:
        chosen = {name: value for name, value in values.items() if value}
        return "/archive?" + urlencode({**chosen, "from": place} if place else chosen)

    return visit.render(
        "archive.html",
        notes=list_notes(notes),
        values=values,
        oldest_first=oldest_first,
        read_later=READ_LATER,
        earlier=address(max(0, start - PAGE_SIZE)) if start else None,
        further=address(start + PAGE_SIZE) if more else None,
        today=visit.resources.today(),
        is_empty=not notes and visit.resources.store.notes.count() == 0,
    )


ROUTES = [
    route("/archive", search),
    route("/archive/{number}", show),
    route("/tags/{tag:path}", tagged),
]
