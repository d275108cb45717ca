"""The *Coverage* section of a digest: one sentence if all is well, bold lines for problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.model.ledger import Counts

if TYPE_CHECKING:
    from notebot.core.note_format.authors import Safe
    from notebot.core.note_format.phrases import Phrases
    from notebot.features.digests.rules.layout import Coverage


def coverage_lines(coverage: Coverage, words: Phrases, safe: Safe) -> list[str]:
    """The lines above the table. ``safe`` escapes explanations, which may quote a service's answer."""
    total = sum((row.counts for row in coverage.rows), Counts())
    summary = words.nothing
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
    if total.recovered:
        summary += words.recovered.format(count=total.recovered)
    if total.pending:
        summary += words.pending.format(count=total.pending)
    if coverage.all_in and coverage.rows:
        summary += words.on_time.format(count=len({row.category for row in coverage.rows}))
    lines = [summary]
    for row in coverage.troubled:
        day, why = f"{row.announced_on:%m-%d}", safe(row.explanation)
        lines.append(words.troubled.format(day=day, category=row.category, state=row.state, why=why))
    if coverage.missing:
        lines.append(words.missing.format(names=", ".join(coverage.missing)))
    return lines


def coverage_table(coverage: Coverage, words: Phrases) -> str:
    """The ledger rows as a Markdown table."""
    columns = words.columns.split()
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
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
        cells = [f"{row.announced_on:%m-%d}", row.category, str(row.state), *map(str, numbers)]
        lines.append(f"| {' | '.join(cells)} |")
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
