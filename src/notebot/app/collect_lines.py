"""The report of ``collect`` for people: one line per change, and one per thing to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from notebot.core.model.digest_reading import IgnoredRewrite
    from notebot.features.digests.collect_report import Collected, EntryChange

_REASONS = {
    "untick": "no longer ticked",
    "skip": "entry deleted; `notebot queue requeue` brings it back",
    "put back": "entry put back",
}
# enough to recognise the folder that was moved away; it may have had hundreds
_NAMED_GONE = 3
_SHOWN = 60
"""Characters of a text that are shown."""


def count_line(report: Collected, *, dry_run: bool = False) -> str:
    """One line with the number of entries in each state and of those that changed in this run."""
    counts = (
        f"{len(report.kept)} kept",
        f"{len(report.skipped)} skipped",
        f"{report.untouched} untouched",
    )
    changed = report.changed + len(report.accepted) + len(report.withdrawn)
    by = "would be changed; nothing is stored" if dry_run else "changed by this run"
    return f"{report.digest}: {', '.join(counts)}; {changed} {by}"


def unchanged_line(reports: Sequence[Collected]) -> str:
    """One line for all digests that were read without any change, so that the others fit on a screen."""
    counts = [sum(len(report.kept) for report in reports), sum(len(report.skipped) for report in reports)]
    untouched = sum(report.untouched for report in reports)
    return (
        f"{len(reports)} other digests: {counts[0]} kept, {counts[1]} skipped, {untouched} untouched; nothing changed"
    )


def gone_line(reports: Sequence[Collected], folder: Path) -> str:
    """One line for the digests whose files are not in the folder any more."""
    shown = ", ".join(report.digest for report in reports[:_NAMED_GONE])
    names = shown + (f" and {len(reports) - _NAMED_GONE} more" if len(reports) > _NAMED_GONE else "")
    return f"Not in {folder}: {names}; the entries are unchanged. `notebot collect FILE` reads a moved digest."


def change_lines(report: Collected, *, with_values: bool = False) -> list[str]:
    """One line per entry or update that this reading changed; with the first words of what was typed, if asked for."""
    return [
        *(_change_line(change, with_values=with_values) for change in report.changes),
        *(f"{update}: accepted" for update in report.accepted),
        *(f"{update}: no longer accepted" for update in report.withdrawn),
    ]


def _change_line(change: EntryChange, *, with_values: bool) -> str:
    names = [part.replace("_", " ") for part in change.parts]
    if with_values:
        values = [_short(" ".join(change.values[part].split())) or "(nothing)" for part in change.parts]
        names = [f"{name}: {value}" for name, value in zip(names, values, strict=True)]
    typed = ("; " if with_values else ", ").join(names)
    if change.was is change.now:
        return f"{change.ref}: {change.now}; changed: {typed}"
    reason = f" ({_REASONS[change.move]})" if change.move in _REASONS else ""
    return f"{change.ref}: {change.was} → {change.now}{reason}" + (f"; {typed}" if typed else "")


def trouble_lines(report: Collected) -> list[str]:
    """What the curator should look at: what was not read or not taken, conflicts, new tags."""
    name = report.digest
    lines = [report.problem] if report.problem else []
    lines += [f"{name}: {conflict.ref}: {conflict.why}" for conflict in report.conflicts]
    lines += [f"{name}: {_ignored_line(rewrite)}" for rewrite in report.ignored]
    if report.ignored:
        lines.append(f"If these changes are yours, run `notebot collect --as-typed {name}`.")
    for tag in report.new_tags:
        nearest = f"; the nearest known one is #{tag.nearest}" if tag.nearest else ""
        lines.append(f"{name}: {tag.arxiv_id} has the new tag #{tag.tag}{nearest}")
    lines += [f"{name}, line {passage.line}: {passage.why} {passage.text!r}" for passage in report.unreadable]
    return lines


def _ignored_line(rewrite: IgnoredRewrite) -> str:
    where = f"{rewrite.part} of {rewrite.count} of {rewrite.total} entries"
    if rewrite.old and rewrite.new:
        what = f"{_short(rewrite.old)!r} became {_short(rewrite.new)!r}"
    else:
        what = f"{_short(rewrite.new)!r} was added" if rewrite.new else f"{_short(rewrite.old)!r} was removed"
    return f"in the {where}, {what}; ignored, because a program does that"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def automatic_lines(reports: Iterable[Collected]) -> list[str]:
    """What the daemon logs about files that it collected; files without changes are left out."""
    lines: list[str] = []
    for report in reports:
        changes, troubles = change_lines(report), trouble_lines(report)
        if changes:
            lines.append(f"collected {count_line(report)}; `notebot queue undo` takes it back")
        lines += [f"  {line}" for line in changes]
        lines += troubles
    return lines
