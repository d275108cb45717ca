"""The demo's small archive: the issues of invented notes, and the papers that they are about."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

from notebot.demo.sample_arxiv import Announcement, Revision, SamplePaper, default_papers

ACCEPTED_ON = date(2026, 5, 13)
"""The last day of the sample: a digest of that day offers the venue of a note whose paper was accepted."""


def archive_issues() -> list[dict[str, Any]]:
    """The notes as ``gh issue list --json number,title,body,labels,createdAt,comments,url,state`` prints them."""
    return [
        {
            "number": note["number"],
            "title": _title_line(note),
            "body": _body(note),
            "labels": [{"name": label} for label in note["labels"]],
            "createdAt": f"{note['day']}T03:20:00Z",
            "comments": [{"body": comment} for comment in note.get("comments", ())],
            "url": f"https://github.example/demo/notes/issues/{note['number']}",
            "state": "OPEN",
        }
        for note in _notes()
    ]


def noted_papers() -> tuple[SamplePaper, ...]:
    """The papers of the notes that are not among the sample's own, for the sample arXiv to answer for."""
    bundled = {paper.arxiv_id for paper in default_papers()}
    return tuple(_paper(note) for note in _notes() if note.get("arxiv_id") not in {None, *bundled})


def _notes() -> list[dict[str, Any]]:
    notes: list[dict[str, Any]] = tomllib.loads(
        files(__package__).joinpath("archive.toml").read_text(encoding="utf-8")
    )["note"]
    return notes


def _title_line(note: dict[str, Any]) -> str:
    if "title_line" in note:
        return str(note["title_line"])
    authors, month = note["authors"], note["arxiv_id"]
    first_author = authors[0] + ("+" if len(authors) > 1 else "")
    return f"[Paper Note] {note['title']}, {first_author}, {note['venue']}, 20{month[:2]}.{month[2:4]}"


def _body(note: dict[str, Any]) -> str:
    """The body with the sections and indents of the archive's format (format.md b)."""
    if "url" in note:
        return str(note["url"])
    lines = ["# URL", f"- https://arxiv.org/abs/{note['arxiv_id']}", "# Authors"]
    lines += [f"  - {author}" for author in note["authors"]]
    lines += ["# Abstract", f"  - {' '.join(note['abstract'].split())}"]
    if "summary" in note:
        lines += ["# Summary (by demo)", f"- {note['summary']}"]
    return "\n".join(lines)


def _paper(note: dict[str, Any]) -> SamplePaper:
    arxiv_id, accepted = note["arxiv_id"], note.get("accepted")
    published = datetime(2000 + int(arxiv_id[:2]), int(arxiv_id[2:4]), 10, 12, tzinfo=UTC)
    announced = [Announcement(published.date(), 1, "new")]
    if accepted:
        announced.append(Announcement(ACCEPTED_ON, 2, "replace"))
    return SamplePaper(
        arxiv_id=arxiv_id,
        title=note["title"],
        authors=tuple(note["authors"]),
        abstract=" ".join(note["abstract"].split()),
        categories=tuple(note["categories"]),
        published=published,
        announced=tuple(announced),
        revisions=(Revision(2, datetime(2026, 5, 12, 9, tzinfo=UTC), comment=accepted),) if accepted else (),
    )
