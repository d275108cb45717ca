"""`notebot ledger`: what was announced per category and day, and what became of it."""

from __future__ import annotations

import click

from notebot.app import announcements
from notebot.app.documents import ledger_document
from notebot.cli.shared import json_option, open_resources, past_day, print_json
from notebot.cli.terminal import safe_line, say
from notebot.core.model.arxiv_calendar import announcement_day
from notebot.core.model.category import resolve_category

_COLUMNS = ("announced", "fetched", "recovered", "unmatched", "pending", "matched")
_OUTCOMES = ("drafted", "known", "tombstoned", "unwanted")


@click.command()
@click.option("--since", metavar="DATE", help="Only announcement days from this one on (YYYY-MM-DD).")
@click.option("--category", metavar="NAME", help="Only this category.")
@click.option("--warnings", is_flag=True, help="Only days whose announcement is not complete.")
@json_option
@click.pass_context
def ledger(ctx: click.Context, since: str | None, category: str | None, warnings: bool, as_json: bool) -> None:
    """Show what was announced per category and announcement day.

    Each row says how many papers came, what became of them, and how this is known.
    """
    resources = open_resources(ctx, local=True)
    day = past_day(since, "--since", announcement_day(resources.clock())) if since else None
    rows = announcements.ledger_rows(resources, day, resolve_category(category) if category else None)
    rows = [row for row in rows if not warnings or not row.state.is_final]
    if as_json:
        print_json([ledger_document(row) for row in rows])
        return
    if not rows:
        narrowed = since or category or warnings
        say("The ledger has no such row." if narrowed else "The ledger is empty; `notebot poll` writes its first rows.")
        return
    head = ("date", "category", "state", *_COLUMNS, *_OUTCOMES)
    click.echo(_line(head))
    for row in rows:
        document = ledger_document(row)
        click.echo(_line([str(document[name]) for name in head]))
        click.echo(f"           {safe_line(row.explanation)}")


def _line(cells: tuple[str, ...] | list[str]) -> str:
    day, category, state, *numbers = cells
    return " ".join([f"{day:<10}", f"{category:<16}", f"{state:<9}", *(f"{number:>10}" for number in numbers)])
