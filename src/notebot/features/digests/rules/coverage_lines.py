"""What a digest's *Coverage* says: one sentence when all is well, bold where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.model.ledger import Counts, LedgerRow

if TYPE_CHECKING:
    from notebot.core.note_format.authors import Safe
    from notebot.core.note_format.phrases import Phrases
    from notebot.features.digests.rules.layout import Coverage


def account(coverage: Coverage, words: Phrases, safe: Safe) -> list[str]:
    """The lines above the table; an explanation may quote what a service sent, so it is made ``safe``."""
    total = sum((row.counts for row in coverage.rows), Counts())
    lines = [_covered(total, words) if total.announced else words.nothing]
    if total.recovered:
        lines[0] += words.recovered.format(count=total.recovered)
    if total.pending:
        lines[0] += words.pending.format(count=total.pending)
    if coverage.all_in and coverage.rows:
        lines[0] += words.on_time.format(count=len({row.category for row in coverage.rows}))
    lines += [_in_bold(row, words, safe) for row in coverage.troubled]
    if coverage.missing:
        lines.append(words.missing.format(names=", ".join(coverage.missing)))
    return lines


def _in_bold(row: LedgerRow, words: Phrases, safe: Safe) -> str:
    day = f"{row.announced_on:%m-%d}"
    return words.troubled.format(day=day, category=row.category, state=row.state, why=safe(row.explanation))


def table(coverage: Coverage, words: Phrases) -> str:
    """The Markdown table of the rows."""
    head = words.columns.split()
    rows = [_cells(row) for row in coverage.rows]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" if line[0] != "---" else f"|{'|'.join(line)}|" for line in lines)


def older_lines(coverage: Coverage, words: Phrases, safe: Safe) -> list[str]:
    """One line for each older paper that changed; their titles are made ``safe``. They are named, not linked."""
    return [
        words.older_paper.format(
            arxiv_id=one.arxiv_id, title=safe(one.title), topics=", ".join(one.topics), day=f"{one.changed_on:%m-%d}"
        )
        for one in coverage.older
    ]


def _covered(total: Counts, words: Phrases) -> str:
    return words.covered.format(
        announced=total.announced,
        unmatched=total.unmatched,
        matched=total.matched,
        drafted=total.drafted,
        known=total.known,
        tombstoned=total.tombstoned,
        unwanted=total.unwanted,
    )


def _cells(row: LedgerRow) -> list[str]:
    counts = row.counts
    numbers = (
        counts.announced,
        counts.unmatched,
        counts.matched,
        counts.drafted,
        counts.known,
        counts.tombstoned,
        counts.unwanted,
    )
    return [f"{row.announced_on:%m-%d}", row.category, str(row.state), *(str(number) for number in numbers)]
