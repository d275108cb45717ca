"""The *Coverage* section of a digest: one sentence if all is well, bold lines for problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.model.category import CATEGORIES
from notebot.core.model.ledger import Counts

if TYPE_CHECKING:
    from datetime import date

    from notebot.core.model.ledger import LedgerRow
    from notebot.core.note_format.authors import Safe
    from notebot.core.note_format.phrases import Phrases
    from notebot.features.digests.rules.layout import Coverage

_REPORTED_COUNTS = ("announced", "unmatched", "drafted", "known", "tombstoned", "unwanted")


def coverage_lines(coverage: Coverage, words: Phrases, safe: Safe) -> list[str]:
    """The lines above the table. ``safe`` escapes explanations, which may quote a service's answer."""
    lines = [_headline(coverage, words)]
    lines += [
        words.watched.format(name=safe(row.category), announced=row.counts.announced, drafted=row.counts.drafted)
        for row in coverage.watched
    ]
    lines += _gaps(coverage, words)
    lines += _corrections(coverage, words)
    lines += _troubles(coverage, words, safe)
    explained = {row.category for row in coverage.troubled if row.announced_on == coverage.day}
    missing = [name for name in coverage.missing if name not in explained]
    if missing:
        lines.append(words.missing.format(names=", ".join(missing)))
    if coverage.oai_failing and coverage.known:
        day = coverage.oai_answered_on
        answered = words.oai_answered.format(day=f"{day:%m-%d}") if day else ""
        lines.append(words.oai_failing.format(answered=answered))
    lines += [words.undelivered.format(text=safe(text)) for text in coverage.undelivered]
    return lines + _collected(coverage, words)


def coverage_table(coverage: Coverage, words: Phrases) -> str:
    """The rows that are reported for the first time as a Markdown table, then the differences of all others."""
    columns = words.columns.split()
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"] if coverage.rows else []
    for row in coverage.rows:
        counts = row.counts
        # In the order of `Phrases.columns`.
        numbers = (
            counts.announced,
            counts.unmatched,
            counts.matched,
            counts.drafted,
            counts.known,
            counts.tombstoned,
            counts.unwanted,
        )
        cells = [f"{row.announced_on:%m-%d}", row.category, words.states[row.state], *map(str, numbers)]
        lines.append(f"| {' | '.join(cells)} |")
    if coverage.rows and coverage.corrected:
        lines.append("")
    for row in coverage.corrected:
        difference = row.counts + -(row.reported.counts if row.reported else Counts())
        changes = words.listing.join([*_state_change(row, words), *_differences(difference, words)])
        if changes:
            correction = words.correction.format(day=f"{row.announced_on:%m-%d} {row.category}", changes=changes)
            lines.append(f"- {correction}")
    return "\n".join(lines)


def older_paper_lines(coverage: Coverage, words: Phrases, safe: Safe) -> list[str]:
    """One line per older paper that changed; ``safe`` escapes the titles."""
    # Not a link: every arXiv link in a digest identifies an entry when the file is read back.
    return [
        words.older_paper.format(
            arxiv_id=paper.arxiv_id,
            title=safe(paper.title),
            topics=", ".join(paper.topics),
            day=f"{paper.changed_on:%m-%d}",
        )
        for paper in coverage.older
    ]


def _headline(coverage: Coverage, words: Phrases) -> str:
    """What was announced on the days that are reported for the first time; never "nothing" for what is unknown."""
    total = coverage.total
    if total.announced:
        summary = words.covered.format(
            announced=total.announced,
            unmatched=total.unmatched,
            matched=total.matched,
            drafted=total.drafted,
            known=total.known,
            tombstoned=total.tombstoned,
            unwanted=total.unwanted,
        )
    elif coverage.unknown and not coverage.known:
        summary = words.not_known
    elif coverage.waiting and not coverage.known:
        summary = words.not_out
    else:
        summary = words.no_new_day if coverage.corrections else words.nothing
    if total.recovered:
        summary += words.recovered.format(count=total.recovered)
    if total.pending:
        summary += words.pending.format(count=total.pending)
    if coverage.all_in and coverage.known:
        names = {name for names in coverage.known.values() for name in names}
        summary += words.on_time.format(count=len(names))
    return summary


def _gaps(coverage: Coverage, words: Phrases) -> list[str]:
    """One line per day of which a part is not known, if another part or another day is."""
    if not coverage.known:
        return []
    lines = []
    for day, names in sorted(coverage.unknown.items()):
        known = coverage.known.get(day)
        if known:
            text = words.partly_known.format(day=f"{day:%m-%d}", known=", ".join(known), unknown=", ".join(names))
        else:
            text = words.day_not_known.format(day=f"{day:%m-%d}")
        lines.append(text)
    return lines


def _collected(coverage: Coverage, words: Phrases) -> list[str]:
    """One line per digest file that the daemon read by itself: what became of how many entries."""
    latest: dict[tuple[str, str], str] = {}
    for decision in coverage.collected:
        latest[decision.file or "", decision.key] = decision.move
    lines = []
    for name in dict.fromkeys(file for file, _ in latest):
        moves = [move for (file, _), move in latest.items() if file == name]
        counts = {
            "kept": moves.count("keep"),
            "skipped": moves.count("skip"),
            "returned": moves.count("untick") + moves.count("put back"),
        }
        edited = len(moves) - sum(counts.values())
        lines.append(words.collected.format(name=name, edited=edited, **counts))
    return lines


def _troubles(coverage: Coverage, words: Phrases, safe: Safe) -> list[str]:
    """One line per day, state and reason, with all categories that have them."""
    categories: dict[tuple[date, str, str], list[str]] = {}
    for row in coverage.troubled:
        # The ledger's explanation is English, so another language has a sentence per reason or state.
        why = words.reasons.get(row.reason) or words.reasons.get(row.state) or safe(row.explanation)
        names = categories.setdefault((row.announced_on, words.states[row.state], why), [])
        names.append(safe(row.category))
    return [
        words.troubled.format(day=f"{day:%m-%d}", category=", ".join(names), state=state, why=why)
        for (day, state, why), names in categories.items()
    ]


def _corrections(coverage: Coverage, words: Phrases) -> list[str]:
    """One line per day that differs from what earlier digests said of it; each paper counts once."""
    states: dict[date, dict[str, list[str]]] = {}
    changes: dict[date, list[str]] = {}
    for row in coverage.corrected:
        if row.category in CATEGORIES:
            for change in _state_change(row, words):
                states.setdefault(row.announced_on, {}).setdefault(change, []).append(row.category)
    for day, names in states.items():
        changes[day] = [f"{', '.join(categories)} {change}" for change, categories in names.items()]
    for day, difference in coverage.corrections.items():
        changes.setdefault(day, []).extend(_differences(difference, words))
    return [
        words.correction.format(day=f"{day:%m-%d}", changes=words.listing.join(parts))
        for day, parts in sorted(changes.items())
        if parts
    ]


def _state_change(row: LedgerRow, words: Phrases) -> list[str]:
    if row.reported is None or row.reported.state is row.state:
        return []
    return [f"{words.states[row.reported.state]} → {words.states[row.state]}"]


def _differences(counts: Counts, words: Phrases) -> list[str]:
    """The fields that differ, with their signs: ``公告 +3``."""
    numbers = {name: getattr(counts, name) for name in _REPORTED_COUNTS}
    parts = [f"{words.results[name]} {_signed(number)}" for name, number in numbers.items() if number]
    if counts.pending < 0:
        parts.append(words.decided.format(count=-counts.pending))
    elif counts.pending:
        parts.append(f"{words.results['pending']} {_signed(counts.pending)}")
    return parts


def _signed(number: int) -> str:
    return f"+{number:,}" if number > 0 else f"−{-number:,}"
