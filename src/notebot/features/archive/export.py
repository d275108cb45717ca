"""Exports the archive as Markdown, BibTeX, RIS, CSL-JSON, the JSON of ``gh``, and an Atom feed."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING

from notebot.core.model.stub import StubStatus
from notebot.core.note_format.issue_body import SUMMARY_MARK
from notebot.core.text.atom import Feed, FeedEntry, format_instant, midnight, write_atom
from notebot.core.text.escaping import is_plain_url, neutralise, restore
from notebot.core.text.patterns import regex
from notebot.features.archive.import_notes import all_notes
from notebot.features.archive.rules.bibtex import Work, bibliography, read_authors
from notebot.features.archive.rules.citation import cite, csl_item, write_ris

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from notebot.core.model.note import Note
    from notebot.core.note_format.stub_title import NoteStyle
    from notebot.core.ports import Store

MOST_ENTRIES = 100
"""Entries of a feed. Feed readers request it often, so it stays small."""

_DAY = regex(r"(\d{4}-\d\d-\d\d)(?:-\d+)?\.md", re.ASCII)


def export_markdown(store: Store, style: NoteStyle) -> str:
    """Every note and every kept stub as a block of Markdown; the curator's comments are unchanged."""
    blocks = []
    for note in all_notes(store, style):
        dated = [f"Issue Date: {note.issue_date}"] if note.issue_date else []
        number = [f"#{note.number}"] if note.number is not None else []
        lines = [
            f"### {_safe(note.title_line)}",
            " ".join(f"#{tag}" for tag in note.tags),
            " · ".join((*number, *dated)),
            # a URL with blanks or brackets could be Markdown
            *(url for url in note.urls if is_plain_url(url)),
        ]
        summary = [f"**Summary** {_safe(note.summary)}"] if note.summary else []
        blocks.append("\n\n".join(("  \n".join(filter(None, lines)), *summary, *note.comments)) + "\n")
    return "\n".join(blocks)


def export_bibtex(store: Store, style: NoteStyle, journals: Collection[str]) -> str:
    """Every note and every kept stub as a BibTeX entry; ``journals`` are the venues that are journals."""
    return bibliography(_works(store, style), journals)


def export_ris(store: Store, style: NoteStyle, journals: Collection[str]) -> str:
    """As :func:`export_bibtex`, in the RIS format of reference managers."""
    return write_ris(cite(_works(store, style), journals))


def export_csl(store: Store, style: NoteStyle, journals: Collection[str]) -> str:
    """As :func:`export_bibtex`, as CSL-JSON, which Pandoc and Zotero read."""
    documents = [csl_item(citation) for citation in cite(_works(store, style), journals)]
    return json.dumps(documents, ensure_ascii=False, indent=1) + "\n"


def _works(store: Store, style: NoteStyle) -> list[Work]:
    stubs = {stub.arxiv_id: stub for stub in store.stubs.all(StubStatus.KEPT)}
    works = []
    for note in all_notes(store, style):
        stub = stubs.get(note.arxiv_id or "")
        if stub is None:
            works.append(Work(note, read_authors(note.body)))
        else:
            works.append(Work(note, stub.authors, stub.doi or "", next(iter(stub.categories), "")))
    return works


def export_gh(store: Store, repo: str | None) -> str:
    """The notes as ``gh issue list --json number,title,body,labels,createdAt,comments,url,state`` writes them.

    Notes without a number or date are not issues and are left out.
    """
    issues = [
        {
            "number": note.number,
            "title": note.title_line,
            "body": note.body if note.body is not None else _body(note),
            "labels": [{"name": tag} for tag in note.tags],
            "createdAt": format_instant(midnight(note.issue_date)),
            "comments": [{"body": comment} for comment in note.comments],
            "url": _issue_url(note, repo) or "",
            "state": (note.state or "open").upper(),
        }
        for note in store.notes.all()
        if note.number is not None and note.issue_date is not None
    ]
    return json.dumps(issues, ensure_ascii=False, indent=1) + "\n"


def export_atom(store: Store, style: NoteStyle, repo: str | None) -> str:
    """The newest digests and notes as an Atom feed (RFC 4287), the latest first."""
    names = store.digests.names()[-MOST_ENTRIES:]
    notes = all_notes(store, style)[: 2 * MOST_ENTRIES]
    entries = [
        *(digest_entry(name, store.digests.text(name) or "", _digest_day(name), None) for name in names),
        *(note_entry(note, midnight(note.issue_date), _note_link(note, repo)) for note in notes),
    ]
    entries = sorted(entries, key=lambda entry: entry.updated, reverse=True)[:MOST_ENTRIES]
    title = f"notebot: {repo}" if repo else "notebot"
    feed = Feed(f"feed {repo or ''}", title, feed_author(repo), tuple(entries))
    return write_atom(feed, "text", lambda entry: "\n\n".join(entry.parts))


def digest_entry(name: str, text: str, updated: datetime, link: str | None) -> FeedEntry:
    """The entry of a digest, by the name of its file, with its Markdown."""
    return FeedEntry(f"digest {name}", name.removesuffix(".md"), updated, link, (text,))


def note_entry(note: Note, updated: datetime, link: str | None) -> FeedEntry:
    """The entry of a note with its summary and each comment; a kept paper has the same id before it has a number."""
    name = f"note {note.arxiv_id or note.url or note.number or note.title_line}"
    summary = [restore(note.summary)] if note.summary else []
    return FeedEntry(name, note.title_line, updated, link, (*summary, *note.comments))


def feed_author(repo: str | None) -> str:
    """Who is named as the author of a feed."""
    return repo.partition("/")[0] if repo else "notebot"


def _digest_day(name: str) -> datetime:
    match = _DAY.fullmatch(name)
    return midnight(date.fromisoformat(match[1]) if match else None)


def _note_link(note: Note, repo: str | None) -> str | None:
    return _issue_url(note, repo) or (note.url if note.url and is_plain_url(note.url) else None)


def _safe(text: str) -> str:
    """The text on one line, escaped exactly once: escapes of an earlier export or digest are removed first."""
    return neutralise(" ".join(restore(text).split()))


def _body(note: Note) -> str:
    """A body for a note whose source has none, with the sections that are known."""
    urls = "".join(f"\n- {url}" for url in note.urls)
    summary = f"\n# {SUMMARY_MARK} the archive)\n- {note.summary}" if note.summary else ""
    return f"# URL{urls}{summary}"


def _issue_url(note: Note, repo: str | None) -> str | None:
    return f"https://github.com/{repo}/issues/{note.number}" if repo and note.number is not None else None
