"""A small archive for the tests of the site, and the site built from it in a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from notebot.core.model.note import Note
from notebot.core.model.stub import Stub
from notebot.features.site.adapters.site_folder import open_site_folder
from notebot.features.site.adapters.templates import SiteFigure, SiteSettings, SiteTemplates
from notebot.features.site.build_site import SiteReport, build_site

SETTINGS = SiteSettings(title="Notes of Ann", language="en", repo="ann/notes", reading_list="read-later")
FIGURE = SiteFigure("venues", "Venues", "Most are <new>.", "", ["venue", "notes"], [["ACL", "2"]])


def note(serial: int, title: str = "", **changes: Any) -> Note:
    """A note with every field, its texts made from a number."""
    values: dict[str, Any] = {
        "number": serial,
        "issue_date": date(2026, 5, 1 + serial % 28),
        "tags": ("NLP", "Mathematics"),
        "urls": (f"https://arxiv.org/abs/2605.{serial:05d}",),
        "arxiv_id": f"2605.{serial:05d}",
        "summary": f"要約 {serial}。数学的な推論のための手法。",
        "comments": (f"元ポスト:\nhttps://x.com/ann/status/{10**18 + serial}", "# 概要\n- 良い証明。"),
        "posts": (f"https://x.com/ann/status/{10**18 + serial}",),
        "body": (
            f"# URL\n- https://arxiv.org/abs/2605.{serial:05d}\n# Authors\n  - Ann Author\n  - Ben Writer\n"
            f"# Abstract\n  - We count {serial} things.\n# Summary (by m)\n- 要約 {serial}。"
        ),
        "state": "open",
    }
    line = f"[Paper Note] {title or f'Counting to {serial}'}, Ann Author+, ACL'26, 2026.05"
    return Note(line, **{**values, **changes})


def build(
    folder: Path,
    notes: Sequence[Note],
    stubs: Sequence[tuple[Note, Stub]] = (),
    *,
    settings: SiteSettings = SETTINGS,
    figures: Sequence[SiteFigure] = (FIGURE,),
    hidden: Sequence[str] = (),
    templates: type[SiteTemplates] = SiteTemplates,
) -> SiteReport:
    """Builds the site of these notes, and of kept papers that wait for publishing."""

    def read_notes() -> Iterator[tuple[int, Note, Stub | None]]:
        for place, (kept, stub) in enumerate(stubs, 1):
            yield -place, kept, stub
        for each in sorted(notes, key=lambda each: -(each.number or 0)):
            yield each.number or hash(each.title_line), each, None

    with open_site_folder(folder) as files:
        renderer = templates(settings, figures, ".plot {}")
        return build_site(read_notes, hidden=hidden, renderer=renderer, files=files)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of the site by its name, without the record of what was written."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".notebot-site" not in path.parts
    }
