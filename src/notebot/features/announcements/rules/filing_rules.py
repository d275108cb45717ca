"""Decides what to store for the entries of a feed, and the state of an announcement day."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.arxiv_id import is_new_style_id
from notebot.core.model.entry import UNKNOWN_VERSION, AnnounceType, Batch, Entry
from notebot.core.model.ledger import Counts, DayState, Outcome
from notebot.core.model.stub import Stub, StubStatus, with_better_announce_type
from notebot.core.text.counted import counted
from notebot.features.topics.rules.drafting import draft_from_entry, with_topics

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence
    from datetime import date

    from notebot.core.model.ledger import LedgerRow
    from notebot.features.topics.rules.matching import Matches, TopicMatch

FEED_LIMIT = 2000
"""Items after which arXiv cuts a feed; a feed with exactly this many has lost some (services.md 1.2)."""
HISTORY_DAYS = 5
"""Fresh days that show whether a category is a small one (rules.md 1.2)."""
QUIET_MEDIAN = 10
"""A category with fewer papers on a median day may have an empty day without a warning."""


class TopicOutcome(Struct, frozen=True):
    """The outcome of one entry for one topic; ``outcome`` is ``None`` while it is pending."""

    arxiv_id: str
    topic: str
    outcome: Outcome | None


class Filing(Struct, frozen=True):
    """What to store for one batch, in one transaction."""

    entries: tuple[Entry, ...]
    """The unseen ones."""
    counts: Counts
    drafts: tuple[Stub, ...]
    """New stubs."""
    changed: tuple[Stub, ...]
    """Stubs that gained a topic or a better announcement type."""
    outdated: tuple[tuple[str, int], ...]
    """Key and announced version of stubs whose metadata describes an older version."""
    topic_outcomes: tuple[TopicOutcome, ...]


def unseen(entries: Sequence[Entry], seen: set[tuple[str, int]]) -> tuple[Entry, ...]:
    """The entries never filed under the category, each paper once in its newest version.

    Args:
        seen: the ids and versions filed so far; replacements that came by OAI have ``UNKNOWN_VERSION``.
    """
    newest: dict[str, Entry] = {}
    for entry in entries:
        other = newest.get(entry.arxiv_id)
        # OAI gives no version numbers: what it brought covers the version that the feed brings later
        is_seen = (entry.arxiv_id, entry.version) in seen or (entry.arxiv_id, UNKNOWN_VERSION) in seen
        if not is_seen and (other is None or other.version < entry.version):
            newest[entry.arxiv_id] = entry
    return tuple(newest.values())


def decide_filing(
    entries: Sequence[Entry],
    matches: Mapping[str, Matches],
    stubs: Mapping[str, Stub],
    *,
    noted: Container[str] = (),
    recovered: bool = False,
) -> Filing:
    """Decides on unseen entries.

    Args:
        entries: the result of :func:`unseen`.
        matches: by arXiv id, the matches of the category's topics.
        stubs: by arXiv id, the existing stubs in any state.
        noted: arXiv ids of papers in the archive.
        recovered: the entries came by OAI, not by the feed.
    """
    tally = Counter({"recovered" if recovered else "fetched": len(entries)})
    drafts, changed, outdated, outcomes = [], [], [], []
    for entry in entries:
        matches_of_entry, stub = matches[entry.arxiv_id], stubs.get(entry.arxiv_id)
        is_noted = entry.arxiv_id in noted
        if stub is not None and is_outdated(stub, entry):
            outdated.append((stub.key, entry.version))
        outcomes += [TopicOutcome(entry.arxiv_id, topic.name, None) for topic in matches_of_entry.pending]
        if not matches_of_entry.matched:
            tally["unmatched"] += 1
            # pending papers count as unmatched until OAI brings their comment (rules.md 1.3, 2.2)
            tally["pending"] += bool(matches_of_entry.pending)
            continue
        wanted = tuple(m for m in matches_of_entry.matched if entry.announce_type.announce_option in m.topic.announce)
        outcomes += [
            TopicOutcome(entry.arxiv_id, match.topic.name, outcome_of(stub, match in wanted, is_noted))
            for match in matches_of_entry.matched
        ]
        outcome = outcome_of(stub, bool(wanted), is_noted)
        tally[outcome.value] += 1
        if outcome is Outcome.DRAFTED:
            drafts.append(draft_from_entry(entry, wanted))
        elif outcome is Outcome.KNOWN and stub is not None:
            gained = with_gained(stub, entry, wanted)
            changed += [gained] if gained is not None else []
    return Filing(tuple(entries), Counts(**tally), tuple(drafts), tuple(changed), tuple(outdated), tuple(outcomes))


def is_outdated(stub: Stub, entry: Entry) -> bool:
    """True if the entry may announce a newer version than the metadata of a stub that was not skipped."""
    # a replacement without a version came by OAI; only its metadata says whether it is newer
    is_newer = entry.version == UNKNOWN_VERSION or stub.version < entry.version
    return is_newer and stub.status is not StubStatus.SKIPPED


def outcome_of(stub: Stub | None, wanted: bool, noted: bool) -> Outcome:
    """The outcome of a matched paper (rules.md 9.2).

    Args:
        wanted: a topic asks for its announcement type.
        noted: the archive has a note of it.
    """
    if stub is not None and stub.status is StubStatus.SKIPPED:
        # a skipped paper never comes back, whatever topic, version or source meets it (product.md, States)
        return Outcome.TOMBSTONED
    # before `wanted`: a known paper is known whatever its announcement type (rules.md 9.2)
    if stub is not None or noted:
        return Outcome.KNOWN
    return Outcome.DRAFTED if wanted else Outcome.UNWANTED


def with_gained(stub: Stub, entry: Entry, wanted: tuple[TopicMatch, ...]) -> Stub | None:
    """The stub with the topics of another category in which it was announced the same day.

    ``None`` if nothing changes, or if the curator has decided on the stub.
    """
    is_undecided = stub.status in (StubStatus.QUEUED, StubStatus.DIGESTED)
    if not is_undecided or stub.announced_on != entry.announced_on:
        return None
    gained = with_better_announce_type(with_topics(stub, wanted), entry) if wanted else stub
    return gained if gained != stub else None


def day_state(
    batch: Batch,
    today: date,
    *,
    filed_under_its_date: bool,
    announcement_day: bool,
    before_cutoff: bool,
    median: float | None,
) -> DayState:
    """The state of today after an answer without unseen entries (rules.md 1.2).

    Args:
        today: the announcement day by the clock in New York.
        filed_under_its_date: entries of the batch were filed under the feed's own date.
        announcement_day: today is a working day and not a listed holiday.
        before_cutoff: it is before 08:00 in New York.
        median: how many papers the category has on a median day; ``None`` if its history is too short to say.
    """
    if batch.batch_date == today and filed_under_its_date:
        return DayState.FRESH
    if not announcement_day:
        return DayState.QUIET
    if before_cutoff or (batch.batch_date is not None and batch.batch_date < today):
        return DayState.WAITING
    if batch.entries:
        return DayState.STALE
    # `FAILED` means "not known" here: the same poll asks OAI, and only its answer makes the day quiet.
    return DayState.QUIET if median is not None and median < QUIET_MEDIAN else DayState.FAILED


def lacks_papers(row: LedgerRow | None, *, was_stale: bool) -> bool:
    """True if today's feed has answered without the whole batch, so that OAI has to be asked for today.

    Args:
        row: today's row, if there is one.
        was_stale: the day was stale before this poll already; a feed that is stale once may be late.
    """
    if row is None:
        return False
    if row.state is DayState.TRUNCATED:
        # once OAI has brought the rest, asking again would bring nothing new
        return not row.counts.recovered
    return row.state is DayState.FAILED or (row.state is DayState.STALE and was_stale)


def state_after_oai(before: DayState | None, announced: int, *, expected: bool, over: bool) -> DayState | None:
    """The state of a day after OAI's list was read in full; ``None`` if the day needs no row.

    Args:
        announced: papers of the day that came by feed or OAI so far.
        expected: arXiv announces papers on this day.
        over: the day has passed; today's feed may still bring papers that OAI does not have.
    """
    # a truncated day keeps its state and so its warning (rules.md 1.2)
    if before is DayState.TRUNCATED or announced:
        return before if before is DayState.TRUNCATED else DayState.FRESH
    if before in (DayState.STALE, DayState.WAITING) and not over:
        return before
    return DayState.QUIET if expected or before is not None else None


def explain_oai(state: DayState, fetched: int, recovered: int) -> str:
    """One sentence on how the state of a day is known that was compared with OAI's list."""
    if state is DayState.TRUNCATED:
        return f"The feed was cut at {FEED_LIMIT} items; OAI-PMH brought {recovered} more."
    if state is DayState.STALE:
        return "The feed contains only papers seen before, and OAI-PMH has none of this day yet."
    if not fetched and not recovered:
        return "Nothing was announced: OAI-PMH has no paper first announced on this day."
    if not fetched:
        return f"No feed of this day was read; OAI-PMH brought its papers, {recovered} in all."
    if not recovered:
        return "The feed brought the announcement of this day, and OAI-PMH knows of no more."
    return f"The feed brought {counted(fetched, 'paper')} of this day; OAI-PMH brought {recovered} that it left out."


def primaries_of_new_papers(batch: Batch) -> Counter[str]:
    """How many cross-listed papers of a batch were first announced the same day, by their primary category.

    Ids are given in the order of submission, so a cross-listed paper is new if its id is not below those of the
    batch's own new papers; a lower one is an older paper that was cross-listed later.
    """
    own = [entry.arxiv_id for entry in batch.entries if entry.announce_type is AnnounceType.NEW]
    first_new = min(filter(is_new_style_id, own), default=None)
    return Counter(
        entry.categories[0]
        for entry in batch.entries
        if first_new is not None
        and entry.announce_type is AnnounceType.CROSS
        and entry.arxiv_id >= first_new
        and entry.categories[:1] not in ((), (batch.category,))
    )


def explain_cross_lists(category: str, elsewhere: Mapping[str, int]) -> str:
    """One sentence on a day whose empty feed is contradicted by the cross-lists of other categories."""
    listed = ", ".join(f"{other} {count}" for other, count in sorted(elsewhere.items()))
    return (
        f"The feed of {category} is empty, but other categories announce papers of it on this day ({listed}); "
        "what it announced is not known yet."
    )


def explain_contradiction(since: date) -> str:
    """One sentence on a day that OAI could not confirm, because its answer contradicts the feed."""
    return (
        f"No feed of this day was read, and OAI-PMH says that nothing changed since {since}, which cannot be; "
        "it is asked again at the next poll."
    )


def explain_denial(category: str, since: date) -> str:
    """The error of an OAI answer that denies all changes since a day with announced papers."""
    return (
        f"arXiv's OAI-PMH says that nothing of {category} changed since {since}, a day on which papers were "
        "announced; it is not believed, and asked again at the next poll."
    )


def explain(state: DayState, batch_date: date | None, error: str | None = None) -> str:
    """One sentence on the state of a day, for the curator."""
    printed = f"{batch_date:%Y-%m-%d}" if batch_date else "no date"
    return {
        DayState.FRESH: "The feed brought the announcement of this day.",
        DayState.WAITING: f"The announcement of this day is not out yet; the feed has the date {printed}.",
        DayState.QUIET: "Nothing was announced: the feed is empty, as it is on days without a mailing.",
        DayState.STALE: f"The feed has the date {printed} but contains only papers seen before; it is an old batch.",
        DayState.TRUNCATED: f"The feed contains exactly {FEED_LIMIT} items, arXiv's limit: some are missing.",
        DayState.FAILED: error
        or "The feed is empty on a working day, and OAI-PMH has not confirmed that nothing was announced.",
    }[state]
