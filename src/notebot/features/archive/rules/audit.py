"""Finds untidy notes: labels that contradict the title, papers noted twice, workflow labels that were left on."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.changes import LeftoverLabels, MissingLabels, SecondNote, VenueChange, field_and_value
from notebot.core.model.reasons import LabelsNameVenue, LooksComplete, SameLink, TitleNamesVenue
from notebot.core.note_format.title_line import PREFIXES, ParsedTitle, TitleVenue, parse_title_line
from notebot.core.note_format.venue_labels import TRACK_LABELS, AuditKind
from notebot.core.text.patterns import regex
from notebot.features.archive.rules.merge import noted_twice, oldest_first

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from notebot.core.model.note import Note
    from notebot.features.venues.rules.detection import VenueRow

RETIRED_TAGS = ("Pocket",)
"""Workflow labels that the archive no longer uses (format.md c), in addition to ``hidden_tags``."""

_BETWEEN_NAMES = regex(r"[^\w*]+")
_LEAST_SHARE = 1 / 4
"""The share of a label's notes that name it as venue; a field of research is named by chance (``NLP'26``)."""


class AuditFinding(Struct, frozen=True):
    """Something that the curator may want to fix."""

    number: int | None
    title_line: str
    change: VenueChange | MissingLabels | SecondNote | LeftoverLabels
    why: LabelsNameVenue | TitleNamesVenue | SameLink | LooksComplete
    """The same for as long as the note stays as it is: by it a finding is known again."""

    @property
    def kind(self) -> AuditKind:
        """The kind by which findings are grouped."""
        return AuditKind(field_and_value(self.change)[0])


def find_untidy(
    notes: Iterable[Note], workflow_tags: Sequence[str], abbreviations: Collection[str]
) -> list[AuditFinding]:
    """All findings, by kind, then from the oldest note to the newest; closed notes have none.

    Args:
        abbreviations: of venues; they are venue labels even if no title line shows it.
    """
    read = [(note, parse_title_line(note.title_line)) for note in oldest_first(notes) if note.state != "closed"]
    labels = learn_venue_labels(read, abbreviations)
    found = [_venue(note, parsed, labels) for note, parsed in read]
    found += [_label(note, parsed, labels) for note, parsed in read]
    # the later notes of a paper, each with the number of the first
    groups = noted_twice(note for note, _ in read if note.number)
    later = ((group[0].number or 0, note) for group in groups for note in group[1:])
    for first, note in sorted(later, key=lambda pair: pair[1].number or 0):
        paper = f"arXiv:{note.arxiv_id}" if note.arxiv_id else note.url or ""
        found.append(AuditFinding(note.number, note.title_line, SecondNote(first), SameLink(first, paper)))
    retired = (*workflow_tags, *RETIRED_TAGS)
    for note, parsed in read:
        left = tuple(tag for tag in note.tags if tag in retired)
        if left and (note.summary or (parsed.author and parsed.venue)):
            why = LooksComplete(", ".join(left))
            found.append(AuditFinding(note.number, note.title_line, LeftoverLabels(left), why))
    return [finding for finding in found if finding is not None]


def sure_abbreviations(rows: Iterable[VenueRow]) -> frozenset[str]:
    """The abbreviations of a venue table that are not also ordinary words."""
    return frozenset(short for row in rows for short in row.short if not short.startswith("~"))


def learn_venue_labels(read: Sequence[tuple[Note, ParsedTitle]], abbreviations: Collection[str]) -> frozenset[str]:
    """The tags that are venue labels, learned from the title lines.

    Most notes that have such a tag and a venue name the tag as venue or as part of it (``AACL-IJCNLP``). A known
    abbreviation is one too, unless more title lines name another venue.
    """
    carried, named, other = Counter[str](), Counter[str](), Counter[str]()
    for note, parsed in read:
        carried.update(note.tags)
        venue = _venue_of(parsed)
        if venue is not None:
            names = _names(venue)
            named.update(tag for tag in note.tags if tag in names)
            other.update(tag for tag in note.tags if tag not in names)
    learned = {tag for tag, count in named.items() if count > other[tag] and count >= carried[tag] * _LEAST_SHARE}
    known = {tag for tag in carried if tag in abbreviations and other[tag] <= named[tag]}
    return frozenset(learned | known) - {*TRACK_LABELS}


def _venue_of(parsed: ParsedTitle) -> TitleVenue | None:
    """The venue in the title line, ``None`` for arXiv."""
    return parsed.venue if parsed.venue and parsed.venue.name.lower() != "arxiv" else None


def _names(venue: TitleVenue) -> tuple[str, ...]:
    """The venue's name, and the abbreviations that it consists of."""
    parts = [part for part in _BETWEEN_NAMES.split(venue.name) if sum(map(str.isupper, part)) > 1]
    return tuple(dict.fromkeys((venue.name, *parts)))


def _venue(note: Note, parsed: ParsedTitle, labels: Collection[str]) -> AuditFinding | None:
    said = [tag for tag in note.tags if tag in labels]
    # an article about a conference may have its label
    is_paper = note.arxiv_id is not None or parsed.plus or parsed.prefix == PREFIXES[0]
    if not said or _venue_of(parsed) or not is_paper:
        return None
    value = " ".join(("+".join(said), *(tag for tag in note.tags if tag in TRACK_LABELS)))
    shown = parsed.venue.label if parsed.venue else ""
    return AuditFinding(note.number, note.title_line, VenueChange(value), LabelsNameVenue(value, shown))


def _label(note: Note, parsed: ParsedTitle, labels: Collection[str]) -> AuditFinding | None:
    venue = _venue_of(parsed)
    # A note without any tags probably comes from a source without tags.
    if venue is None or not note.tags:
        return None
    wanted = [name for name in _names(venue) if name in labels]
    if not wanted or not set(wanted).isdisjoint(note.tags):
        return None
    said = "+".join(tag for tag in note.tags if tag in labels)
    return AuditFinding(note.number, note.title_line, MissingLabels(tuple(wanted)), TitleNamesVenue(venue.label, said))
