"""Exports the archive as Markdown, BibTeX, the JSON of ``gh``, and an Atom feed."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

from notebot.core.model.stub import StubStatus
from notebot.core.note_format.issue_body import SUMMARY_MARK
from notebot.core.text.escaping import is_plain_url, neutralise, restore
from notebot.core.text.patterns import regex
from notebot.features.archive.import_notes import all_notes
from notebot.features.archive.rules.bibtex import Work, bibliography, read_authors

if TYPE_CHECKING:
    from collections.abc import Collection

    from notebot.core.model.note import Note
    from notebot.core.note_format.stub_title import NoteStyle
    from notebot.core.ports import Store

MOST_ENTRIES = 100
"""Entries of a feed. Feed readers request it often, so it stays small."""

# characters that XML 1.0 forbids, even as references
_ILLEGAL = regex("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DAY = regex(r"(\d{4}-\d\d-\d\d)(?:-\d+)?\.md", re.ASCII)
# every entry needs a date (RFC 4287, section 4.1.2); a note without one is sorted last
_EPOCH = date(1970, 1, 1)


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
    stubs = {stub.arxiv_id: stub for stub in store.stubs.all(StubStatus.KEPT)}
    works = []
    for note in all_notes(store, style):
        stub = stubs.get(note.arxiv_id or "")
        if stub is None:
            works.append(Work(note, read_authors(note.body)))
        else:
            works.append(Work(note, stub.authors, stub.doi or "", next(iter(stub.categories), "")))
    return bibliography(works, journals)


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
            "createdAt": _instant(note.issue_date),
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
    entries = []
    for name in store.digests.names()[-MOST_ENTRIES:]:
        match = _DAY.fullmatch(name)
        day = date.fromisoformat(match[1]) if match else _EPOCH
        text = store.digests.text(name) or ""
        entries.append((day, _entry(f"digest {name}", name.removesuffix(".md"), day, text, None)))
    for note in all_notes(store, style)[: 2 * MOST_ENTRIES]:
        day = note.issue_date or _EPOCH
        link = _issue_url(note, repo) or (note.url if note.url and is_plain_url(note.url) else None)
        name = f"note {note.arxiv_id or note.url or note.number or note.title_line}"
        text = "\n\n".join((*([restore(note.summary)] if note.summary else []), *note.comments))
        entries.append((day, _entry(name, note.title_line, day, text, link)))
    entries = sorted(entries, key=lambda entry: entry[0], reverse=True)[:MOST_ENTRIES]
    feed = ElementTree.Element("feed", xmlns="http://www.w3.org/2005/Atom")
    _add(feed, "title", f"notebot: {repo}" if repo else "notebot")
    _add(feed, "id", _urn(f"feed {repo or ''}"))
    _add(feed, "updated", _instant(entries[0][0] if entries else _EPOCH))
    _add(ElementTree.SubElement(feed, "author"), "name", repo.partition("/")[0] if repo else "notebot")
    feed.extend(entry for _, entry in entries)
    ElementTree.indent(feed)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(feed, encoding="unicode") + "\n"


def _safe(text: str) -> str:
    """The text on one line, escaped exactly once: escapes of an earlier export or digest are removed first."""
    return neutralise(" ".join(restore(text).split()))


def _body(note: Note) -> str:
    """A body for a note whose source has none, with the sections that are known."""
    urls = "".join(f"\n- {url}" for url in note.urls)
    summary = f"\n# {SUMMARY_MARK} the archive)\n- {note.summary}" if note.summary else ""
    return f"# URL{urls}{summary}"


def _entry(name: str, title: str, day: date, text: str, link: str | None) -> ElementTree.Element:
    entry = ElementTree.Element("entry")
    _add(entry, "title", title)
    _add(entry, "id", _urn(name))
    _add(entry, "updated", _instant(day))
    if link:
        ElementTree.SubElement(entry, "link", rel="alternate", href=link)
    # declared as plain text, so that feed readers show markup in it and do not render it (RFC 4287, section 4.1.3.3)
    _add(entry, "content", text).set("type", "text")
    return entry


def _add(parent: ElementTree.Element, name: str, text: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, name)
    child.text = _ILLEGAL.sub("", text)
    return child


def _urn(name: str) -> str:
    """An id that stays the same every time the feed is created."""
    # RFC 4287, section 4.2.6: an id never changes, else feed readers show the entry again as a new one.
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'notebot {name}')}"


def _instant(day: date) -> str:
    return f"{day}T00:00:00Z"


def _issue_url(note: Note, repo: str | None) -> str | None:
    return f"https://github.com/{repo}/issues/{note.number}" if repo and note.number is not None else None
