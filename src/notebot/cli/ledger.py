"""``ledger`` and ``why``: what was announced, what became of it, and how we know."""

from typing import Any

import click
from msgspec.structs import fields

from notebot.app import announcements
from notebot.cli.shared import json_option, open_resources, past_day, print_json
from notebot.cli.terminal import safe_line, say
from notebot.core.model.arxiv_calendar import announcement_day
from notebot.core.model.arxiv_id import parse_ref
from notebot.core.model.category import resolve_category
from notebot.core.model.ledger import Counts, LedgerRow

_COLUMNS = ("announced", "fetched", "recovered", "unmatched", "pending", "matched")
_OUTCOMES = ("drafted", "known", "tombstoned", "unwanted")


@click.command()
@click.option("--since", metavar="DATE", help="Only announcement days from this one on (YYYY-MM-DD).")
@click.option("--category", metavar="NAME", help="Only this category.")
@click.option("--warnings", is_flag=True, help="Only days that are not in.")
@json_option
@click.pass_context
def ledger(ctx: click.Context, since: str | None, category: str | None, warnings: bool, as_json: bool) -> None:
    """One row per category and announcement day: how many came, what became of them, how we know."""
    resources = open_resources(ctx)
    day = past_day(since, "--since", announcement_day(resources.clock())) if since else None
    rows = announcements.ledger_rows(resources, day, resolve_category(category) if category else None)
    rows = [row for row in rows if not warnings or not row.state.is_in]
    if as_json:
        print_json([_document(row) for row in rows])
        return
    if not rows:
        narrowed = since or category or warnings
        say("The ledger has no such row." if narrowed else "The ledger is empty; `notebot poll` begins it.")
        return
    head = ("date", "category", "state", *_COLUMNS, *_OUTCOMES)
    click.echo(_line(head))
    for row in rows:
        document = _document(row)
        click.echo(_line([str(document[name]) for name in head]))
        click.echo(f"           {safe_line(row.explanation)}")


def _document(row: LedgerRow) -> dict[str, Any]:
    counts = row.counts
    told = {field.name: getattr(counts, field.name) for field in fields(Counts)}
    return {
        "date": row.announced_on,
        "category": row.category,
        "state": str(row.state),
        "announced": counts.announced,
        "matched": counts.matched,
        **told,
        "explanation": row.explanation,
    }


def _line(cells: tuple[str, ...] | list[str]) -> str:
    day, category, state, *numbers = cells
    return " ".join([f"{day:<10}", f"{category:<16}", f"{state:<9}", *(f"{number:>10}" for number in numbers)])


@click.command()
@click.argument("ref")
@json_option
@click.pass_context
def why(ctx: click.Context, ref: str, as_json: bool) -> None:
    """Why a paper is, or is not, in a digest."""
    from notebot.features.announcements.why import sentences

    resources = open_resources(ctx)
    answer = announcements.why(resources, parse_ref(ref).base)
    if as_json:
        print_json(answer)
        return
    for sentence in sentences(answer):
        click.echo(safe_line(sentence))
