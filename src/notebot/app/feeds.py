"""What the Atom feeds of the review page contain: digests, the papers of a topic, notes."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.app import publishing
from notebot.app.cards import paper_path
from notebot.core.model.errors import NotFoundError
from notebot.core.model.stub import StubStatus
from notebot.core.note_format.note_from_stub import make_note
from notebot.core.note_format.stub_title import title_line
from notebot.core.text.atom import Feed, FeedEntry, midnight

if TYPE_CHECKING:
    from datetime import datetime

    from notebot.app.resources import Resources
    from notebot.core.model.note import Note
    from notebot.core.model.stub import Stub

MOST_DIGESTS, MOST_PAPERS, MOST_NOTES = 10, 100, 50
"""Entries of each feed. Feed readers ask often, so it stays small."""
RECENT_DAYS = 30
"""The feed of a topic contains papers whose state changed in this time; older ones were read or missed."""


def digest_feed(resources: Resources, title: str) -> Feed:
    """The newest digests as they were written: an entry does not change with every word that the curator types."""
    from notebot.features.archive.export import digest_entry

    digests = resources.store.digests
    entries = [
        digest_entry(name, digests.text(name) or "", written_at, f"/digests/{name.removesuffix('.md')}")
        for name, written_at in digests.newest(MOST_DIGESTS)
    ]
    return _feed(resources, "digests", title, entries)


def topic_feed(resources: Resources, name: str) -> tuple[Feed, dict[str, Stub]]:
    """The newest papers that a topic matched and that were not skipped, and each paper by the name of its entry.

    Raises:
        NotFoundError: the config has no such topic.
    """
    if name not in {topic.name for topic in resources.config.topics}:
        raise NotFoundError(f"There is no topic {name[:100]!r} in the config.")
    store = resources.store
    since = resources.clock() - timedelta(days=RECENT_DAYS)
    recent = store.stubs.changed_since((StubStatus.QUEUED, StubStatus.DIGESTED, StubStatus.KEPT), since)
    stubs = {f"paper {stub.key}": stub for stub in recent if name in stub.topics}
    newest = dict(islice(stubs.items(), MOST_PAPERS))
    entries = [
        FeedEntry(entry_name, title_line(stub, resources.config.note).rest, _announced(stub), paper_path(stub.key), ())
        for entry_name, stub in newest.items()
    ]
    return _feed(resources, f"topic {name}", name, entries), newest


def note_feed(resources: Resources, title: str) -> Feed:
    """The newest notes, and the kept papers that are not in the archive yet."""
    store = resources.store
    waiting, kept_at = publishing.waiting_stubs(resources), store.stubs.since(StubStatus.KEPT)
    entries = [
        *(
            # one that another process has changed meanwhile has no time any more
            _note(make_note(stub, resources.config.note), kept_at.get(stub.key), paper_path(stub.key))
            for stub in waiting
        ),
        *(
            _note(note, None, f"/archive/{note.number}" if note.number is not None else None)
            for _, note in islice(store.notes.with_ids(), MOST_NOTES)
        ),
    ]
    entries.sort(key=lambda entry: entry.updated, reverse=True)
    return _feed(resources, "notes", title, entries[:MOST_NOTES])


def _note(note: Note, updated: datetime | None, link: str | None) -> FeedEntry:
    from notebot.features.archive.export import note_entry

    entry = note_entry(note, updated or midnight(note.issue_date), link)
    # as the page of the note shows it
    return replace(entry, parts=(note.body or note.summary or "", *note.comments))


def _announced(stub: Stub) -> datetime:
    """A day that does not change with the stub's state, so that no reader shows the paper as new again."""
    return midnight(stub.announced_on or stub.issue_date or (stub.published and stub.published.date()))


def _feed(resources: Resources, name: str, title: str, entries: list[FeedEntry]) -> Feed:
    from notebot.features.archive.export import feed_author

    repo = resources.config.archive.repo or None
    return Feed(f"feed {name} of {repo or ''}", title, feed_author(repo), tuple(entries))
