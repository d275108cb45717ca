"""Which tags the model may suggest, and how often the archive tags venues."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.note_format.title_line import venue_of_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from notebot.core.model.note import Note
    from notebot.core.model.stub import Venue

AUTHOR_THREAD = "Author Thread-Post"
"""Tag of a note whose source post was written by an author of the paper."""

_WORKFLOW = (
    "read-later",
    "reading",
    "needs-revision",
    "Selected Papers/Blogs",
    "action_wanted",
    "translation_required",
    "Pocket",
)
_GRANULARITY = (
    "Initial Impression Notes",
    "One-Line Notes",
    "Surface-level Notes",
    "KeyPoint Notes",
    "Reading Reflections",
    "In-Depth Notes",
    "Reference Collection",
    AUTHOR_THREAD,
)
_MEDIA = ("Article", "Blog", "Post", "Slide", "Video", "Repository")
_NEVER = frozenset(tag.casefold() for tag in (*_WORKFLOW, *_GRANULARITY, *_MEDIA))

_TRACKS = frozenset({"workshop", "findings", "oral", "spotlight", "srw"})
"""Kinds of publication that are tags although the title line may omit them."""

_UNPUBLISHED = "arXiv"


class VenueHabit(Struct, frozen=True):
    """How often the archive tags a note with the venue in its title line."""

    tags: tuple[str, ...] = ()
    """Tags that mean venues and tracks."""
    tagged: tuple[tuple[str, int, int], ...] = ()
    """Name of a venue or word of a track; notes published there with that tag; notes published there."""
    share: float = 0.0
    """The share of the published notes that are tagged with the name of their venue; 0 to 1."""

    def likelihood(self, name: str) -> float:
        """How likely a paper published there is tagged with the name; 0 to 1."""
        # two votes for the archive's average, so that a venue met once is not certain
        found = next(((tagged, notes) for known, tagged, notes in self.tagged if known == name), (0, 0))
        return (found[0] + 2 * self.share) / (found[1] + 2)

    def score(self, venue: Venue) -> list[tuple[str, float]]:
        """The tags of a venue and its track, each with its likelihood; words of a track only if they are known tags."""
        if venue.name == _UNPUBLISHED or not self.share:
            return []
        words = [word for word in (venue.track or "").split() if word in self.tags]
        return [(name, self.likelihood(name)) for name in dict.fromkeys((venue.name, *words))]


def is_topical(tag: str) -> bool:
    """False for tags about the curator's workflow, the depth of a note, or the medium (format.md f)."""
    return tag.casefold() not in _NEVER


def learn_venues(notes: Iterable[Note]) -> VenueHabit:
    """Learns how the archive tags venues; a tag means a venue if at least half of its notes were published there.

    ``NLP`` is the name of a conference, too, but a topic in nearly all of its notes.
    """
    rows: list[tuple[dict[str, None], Sequence[str]]] = []
    for note in notes:
        venue = venue_of_line(note.title_line)
        # the name, then the words of name and track, because `SIGIR Workshop` may be tagged with both words
        words = (venue.name, *venue.name.split(), *venue.track.split()) if venue else ()
        rows.append((dict.fromkeys(note.tags), words))
    used = Counter(tag for tags, _ in rows for tag in tags)
    met = Counter(word for _, words in rows for word in dict.fromkeys(words))
    both = Counter(word for tags, words in rows for word in dict.fromkeys(words) if word in tags)
    tags = tuple(tag for tag in used if is_topical(tag) and (both[tag] * 2 >= used[tag] or tag.casefold() in _TRACKS))
    published = [(tags_of, words[0]) for tags_of, words in rows if words and words[0] != _UNPUBLISHED]
    share = sum(name in tags_of for tags_of, name in published) / len(published) if published else 0.0
    habits = tuple((name, both[name], met[name]) for name in met if name != _UNPUBLISHED)
    return VenueHabit(tags, habits, share if tags else 0.0)
