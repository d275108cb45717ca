"""`notebot ledger`: what was announced per category and day, and what became of it."""

from __future__ import annotations

import click

from notebot.app import announcements
from notebot.app.documents import ledger_document
from notebot.cli.shared import json_option, open_resources, past_day, print_json
from notebot.cli.table import state_colour, table, terminal_width
from notebot.cli.terminal import inform
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
        inform(
            "The ledger has no such row." if narrowed else "The ledger is empty; `notebot poll` writes its first rows."
        )
        return
    documents = [ledger_document(row) for row in rows]
    numbers = [*_COLUMNS, *_OUTCOMES]
    width = terminal_width()
    if width is not None:  # 80 columns have no room for numbers that say nothing
        numbers = [name for name in numbers if any(document[name] for document in documents)]
        if "recovered" not in numbers and "fetched" in numbers:
            numbers.remove("fetched")  # the same as announced
    head = ["date", "category", "state", *numbers]
    lines = table(
        [[str(document[name]) for name in head] for document in documents],
        head,
        width,
        head_in_files=True,
        elastic=(),
        right=range(3, len(head)),
        colours={2: state_colour},
        below=[row.explanation for row in rows],
    )
    for line in lines:
        click.echo(line)
