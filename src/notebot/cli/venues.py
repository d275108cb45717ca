"""`notebot venues`: a list of accepted papers against the archive."""

from pathlib import Path

import click

from notebot.app import venues as venues_use_cases
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import inform, safe_line
from notebot.core.text.counted import counted


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "venue", required=True, metavar="VENUE'YY", help="Venue and year that accepted the papers.")
@json_option
@click.pass_context
def venues(ctx: click.Context, file: Path, venue: str, as_json: bool) -> None:
    """Offer the venue of a list of accepted papers to notes.

    FILE is BibTeX, CSV, JSON or RSS. Notes and kept stubs that still say arXiv get an offer in the Updates section of
    the next digest; nothing changes until you accept it.
    """
    report = venues_use_cases.offer_listed_venue(open_resources(ctx, local=True), file, venue)
    if as_json:
        print_json(report)
        return
    for offer in report.offers:
        number = offer.key.removeprefix("note:")
        subject = f"#{number}" if number != offer.key else f"arXiv:{offer.key.removeprefix('arxiv:')}"
        click.echo(f"{subject} {safe_line(offer.title)}: {safe_line(offer.value)}")
        if offer.renamed:
            click.echo(f"        {safe_line(offer.why)}")
    inform(
        f"{counted(report.read, 'paper')} read, "
        f"{counted(report.sought, 'note or kept stub', 'notes and kept stubs')} at arXiv, {len(report.offers)} offered"
        + (f"; {counted(report.other_venue, 'paper names', 'papers name')} another venue" if report.other_venue else "")
        + (f"; {counted(report.turned_down, 'was', 'were')} not accepted" if report.turned_down else "")
        + (f"; {counted(report.unread, 'row has', 'rows have')} no title or no authors" if report.unread else "")
        + "."
    )
