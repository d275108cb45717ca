"""What one answer of a feed means, given what is known: pure decisions of a poll."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from notebot.domain.entry import Batch, Entry
from notebot.domain.ledger import Counts, DayState, Outcome
from notebot.domain.matching import Matches, TopicMatch
from notebot.domain.paper import Paper
from notebot.domain.stub import Stub, StubStatus, better_type, draft_from_entry, with_metadata, with_topics

FEED_LIMIT = 2000
"""Items after which arXiv cuts a feed; a feed of exactly so many has lost some."""
QUIET_MEDIAN = 10
"""A category whose median day is below this may have an empty day without a warning."""


@dataclass(frozen=True, slots=True)
class TopicOutcome:
    """What one topic made of one entry; ``outcome`` is ``None`` while it is pending."""

    arxiv_id: str
    topic: str
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Filing:
    """What to store for one batch, in one transaction."""

    entries: tuple[Entry, ...]
    """The unseen ones."""
    counts: Counts
    drafts: tuple[Stub, ...]
    """New stubs."""
    changed: tuple[Stub, ...]
    """Stubs that gained a topic or a better announcement type."""
    outdated: tuple[tuple[str, int], ...]
    """Key and announced version of stubs whose metadata is of an older one."""
    topic_outcomes: tuple[TopicOutcome, ...]


def unseen(entries: Sequence[Entry], seen: set[tuple[str, int]]) -> tuple[Entry, ...]:
    """The entries that were never filed under the category, each paper once, the newest version."""
    newest: dict[str, Entry] = {}
    for entry in entries:
        held = newest.get(entry.arxiv_id)
        if (entry.arxiv_id, entry.version) not in seen and (held is None or held.version < entry.version):
            newest[entry.arxiv_id] = entry
    return tuple(newest.values())


def decide_filing(entries: Sequence[Entry], matches: Mapping[str, Matches], stubs: Mapping[str, Stub]) -> Filing:
    """Decides on unseen entries.

    Args:
        entries: what :func:`unseen` left.
        matches: by arXiv id, what the topics of the category say.
        stubs: by arXiv id, the stubs that exist already, in any state.
    """
    counts = Counts(fetched=len(entries))
    drafts, changed, outdated, outcomes = [], [], [], []
    for entry in entries:
        found, stub = matches[entry.arxiv_id], stubs.get(entry.arxiv_id)
        wanted = tuple(m for m in found.matched if entry.announce_type.wanted_as in m.topic.announce)
        if stub is not None and stub.status is not StubStatus.SKIPPED and stub.version < entry.version:
            outdated.append((stub.key, entry.version))
        outcomes += [TopicOutcome(entry.arxiv_id, topic.name, None) for topic in found.pending]
        outcomes += [
            TopicOutcome(entry.arxiv_id, match.topic.name, _outcome(stub, match in wanted)) for match in found.matched
        ]
        if not found.matched:
            counts += Counts(unmatched=1, pending=bool(found.pending))
            continue
        outcome = _outcome(stub, bool(wanted))
        counts += Counts(**{outcome.value: 1})
        if outcome is Outcome.DRAFTED:
            drafts.append(draft_from_entry(entry, wanted))
        elif outcome is Outcome.KNOWN and stub is not None:
            changed += _gained(stub, entry, wanted)
    return Filing(tuple(entries), counts, tuple(drafts), tuple(changed), tuple(outdated), tuple(outcomes))


def _outcome(stub: Stub | None, wanted: bool) -> Outcome:
    if stub is not None:
        return Outcome.TOMBSTONED if stub.status is StubStatus.SKIPPED else Outcome.KNOWN
    return Outcome.DRAFTED if wanted else Outcome.UNWANTED


def _gained(stub: Stub, entry: Entry, wanted: tuple[TopicMatch, ...]) -> list[Stub]:
    """A stub of the same day, met again in another category, takes its topics too, while it is undecided."""
    undecided = stub.status in (StubStatus.QUEUED, StubStatus.DIGESTED)
    if not undecided or stub.announced_on != entry.announced_on:
        return []
    gained = better_type(with_topics(stub, wanted), entry) if wanted else stub
    return [gained] if gained != stub else []


def day_state(
    batch: Batch,
    today: date,
    *,
    filed_under_its_date: bool,
    announcement_day: bool,
    before_cutoff: bool,
    median: float,
) -> DayState:
    """The state of today after an answer in which nothing was unseen (rules.md 1.2).

    Args:
        today: the announcement day by the clock in New York.
        filed_under_its_date: entries of the batch were filed under the date it bears.
        announcement_day: today is a working day and no listed holiday.
        before_cutoff: it is before 08:00 in New York.
        median: how many papers the category usually has a day.
    """
    if batch.batch_date == today and filed_under_its_date:
        return DayState.FRESH
    if not announcement_day:
        return DayState.QUIET
    if before_cutoff or (batch.batch_date is not None and batch.batch_date < today):
        return DayState.WAITING
    if batch.entries:
        return DayState.STALE
    return DayState.QUIET if median < QUIET_MEDIAN else DayState.FAILED


def explain(state: DayState, batch_date: date | None, error: str | None = None) -> str:
    """One sentence that a person understands."""
    bears = f"{batch_date:%Y-%m-%d}" if batch_date else "no date"
    return {
        DayState.FRESH: "The feed brought the announcement of this day.",
        DayState.WAITING: f"The announcement of this day is not out yet; the feed bears {bears}.",
        DayState.QUIET: "Nothing was announced: the feed is empty, as it is on days without a mailing.",
        DayState.STALE: f"The feed bears {bears} but holds only papers seen before; it is an old batch.",
        DayState.TRUNCATED: f"The feed holds exactly {FEED_LIMIT} items, where arXiv cuts it: some are missing.",
        DayState.FAILED: error or "The feed is empty on a working day, which this category never was before.",
    }[state]


@dataclass(frozen=True, slots=True)
class Change:
    """Something about a known paper that the curator should be told once."""

    field: str
    value: str
    why: str


def apply_metadata(stub: Stub, paper: Paper, *, shown: bool) -> tuple[Stub, tuple[Change, ...]]:
    """The stub with its metadata, and what has changed since the curator saw it.

    Args:
        shown: it stands in a digest, or in the plan of one; any other is simply better when it is shown.
    """
    after = with_metadata(stub, paper)
    if not shown:
        return after, ()
    why = f"v{paper.version}"
    changes = []
    if not stub.complete:
        changes.append(Change("metadata", "", why))
    elif stub.title != after.title:
        changes.append(Change("title", after.title, why))
    if after.withdrawn and not stub.withdrawn:
        changes.append(Change("withdrawn", "", why))
    return after, tuple(changes)
