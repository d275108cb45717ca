"""Keeps what is learned from notes and decisions up to date, and with it the order of what waits for a decision."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from notebot.core.model.stub import Interest, InterestKind, InterestReason, StubStatus
from notebot.core.note_format.title_line import parse_title_line
from notebot.core.ports import Transactional
from notebot.features.suggestions.rules.interest import (
    FEWEST_LIKED,
    KEPT_WEIGHT,
    MOST_DECIDED,
    MOST_NOTES,
    SKIPPED_WEIGHT,
    Example,
    InterestModel,
    InterestRecord,
    learn_interest,
)
from notebot.features.suggestions.rules.tag_model import NotedPaper
from notebot.features.suggestions.rules.tag_model.background_terms import MOST_PAPERS
from notebot.features.suggestions.rules.tag_model.corpus import PaperText, read_note, read_paper

if TYPE_CHECKING:
    from collections.abc import Callable

    from notebot.core.model.stub import Stub
    from notebot.core.ports import Announcements, Clock, Decisions, Notes, Stubs

FORM = 1
"""Version of :class:`InterestRecord`; a new number makes the stored one stale."""
OFF = "off"
"""The fingerprint with ``[digest] learn = false``: nothing is learned, and what was is forgotten."""


class InterestCache(Protocol):
    """Stores what was learned between commands; without it, it is learned again in seconds."""

    def load(self) -> InterestRecord | None:
        """Returns the saved record, or ``None`` if there is none that this version can read."""

    def save(self, record: InterestRecord) -> None:
        """Replaces the saved record."""


class InterestStore(Transactional, Protocol):
    """What learning from decisions reads and writes."""

    @property
    def notes(self) -> Notes: ...
    @property
    def stubs(self) -> Stubs: ...
    @property
    def announcements(self) -> Announcements: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def interest(self) -> InterestCache: ...


def fingerprint_of(store: InterestStore, machine: str) -> str:
    """A text that changes with the archive, with every decision and with the announcement day.

    Args:
        machine: the byte order, on which the stored arrays depend.
    """
    latest = next((str(entry.announced_on) for entry in store.announcements.latest(1)), "-")
    return f"{FORM} {machine} {store.notes.revision()} {store.decisions.state()} {latest}"


def learn_from_store(store: InterestStore) -> InterestRecord:
    """Learns from the newest notes, the decisions and the latest announcements; takes some seconds.

    A paper that waits for a decision is no example, although it was announced.
    """
    kept, skipped = store.stubs.all(StubStatus.KEPT), store.stubs.all(StubStatus.SKIPPED)
    notes = [note for _, note in islice(store.notes.with_ids(), MOST_NOTES)]
    abstracts = {stub.arxiv_id: stub.abstract for stub in kept if stub.arxiv_id}
    noted = [NotedPaper(note) for note in notes if note.arxiv_id not in abstracts]
    texts = [read_note(paper, parse_title_line(paper.note.title_line)) for paper in noted]
    texts_of_kept = [read_paper(stub.title, stub.abstract) for stub in kept[:MOST_DECIDED]]
    with_abstract = [text for text in texts if text.abstract]
    # titles are unlike abstracts, so the two are never compared with each other
    titles_only = len(with_abstract) + len(texts_of_kept) < FEWEST_LIKED <= len(texts)

    def fit(text: PaperText) -> PaperText:
        return PaperText(text.title, []) if titles_only else text

    # What was only announced counts as not wanted; a paper of the queue, the archive or a decision does not.
    undecided = {stub.arxiv_id for stub in store.stubs.all(StubStatus.QUEUED)}
    not_announced_only = {*undecided, *abstracts, *(stub.arxiv_id for stub in skipped)}
    not_announced_only |= {note.arxiv_id for note in notes if note.arxiv_id}
    examples = [Example(fit(text), liked=True) for text in (texts if titles_only else with_abstract)]
    examples += [Example(fit(text), liked=True, weight=KEPT_WEIGHT) for text in texts_of_kept]
    examples += [
        Example(fit(read_paper(stub.title, stub.abstract)), liked=False, weight=SKIPPED_WEIGHT)
        for stub in skipped[:MOST_DECIDED]
    ]
    examples += [
        Example(fit(read_paper(entry.title, entry.abstract)), liked=False)
        for entry in store.announcements.latest(MOST_PAPERS)
        if entry.arxiv_id not in not_announced_only
    ]
    return learn_interest(examples, kept, skipped, titles_only=titles_only)


def judge_interest(model: InterestModel, stub: Stub, like_kept: str | None) -> Interest | None:
    """Judges a paper by what was learned; ``None`` if nothing was learned.

    Args:
        like_kept: a kept paper with a similar text.
    """
    interest = model.judge(stub, read_paper(stub.title, stub.abstract))
    if interest is None or like_kept is None:
        return interest
    return replace(interest, why=(InterestReason(InterestKind.LIKE_KEPT, like_kept), *interest.why))


def refresh_interest(
    store: InterestStore, fingerprint: str, like_kept: Callable[[Stub], str | None], clock: Clock
) -> bool:
    """Learns again and judges the queue if there is something new to learn from; returns whether there was.

    Stubs that a digest has shown keep what they were ranked by.

    Args:
        fingerprint: from :func:`fingerprint_of`, or any other text if nothing is to be learned.
        like_kept: finds a kept paper with a similar text.
    """
    known = store.interest.load()
    if known is not None and known.fingerprint == fingerprint:
        return False
    learned = InterestRecord() if fingerprint == OFF else learn_from_store(store)
    record = replace(learned, fingerprint=fingerprint)
    model = InterestModel(record)
    judged = {
        stub.key: judge_interest(model, stub, like_kept(stub)) for stub, _ in store.stubs.queued() if stub.complete
    }
    with store.transaction():
        store.interest.save(record)
        # read again: the queue may have changed while it was judged
        for stub, _ in store.stubs.queued():
            interest = judged.get(stub.key)
            if stub.key in judged and interest != stub.interest:
                store.stubs.save(replace(stub, interest=interest), clock())
    return True
