"""``venues``: a conference's list of accepted papers against the archive."""

from pathlib import Path

import click

from notebot.app import venues as venues_use_cases
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line, say
from notebot.core.model.offer import update_key


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "venue", required=True, metavar="VENUE'YY", help="Where the papers of the list were accepted.")
@json_option
@click.pass_context
def venues(ctx: click.Context, file: Path, venue: str, as_json: bool) -> None:
    """Reads a list of accepted papers (BibTeX, CSV, JSON, RSS) and offers its venue to the notes at arXiv.

    The offers stand in the next digest's Updates; nothing is changed without your tick.
    """
    report = venues_use_cases.offer_listed_venue(open_resources(ctx, need_topics=False), file, venue)
    if as_json:
        print_json(report)
        return
    for one in report.offers:
        click.echo(f"{_subject(one.key)} {safe_line(one.title)}: {safe_line(one.value)}")
        if one.renamed:
            click.echo(f"        {safe_line(one.why)}")
    say(
        f"{report.read} papers read, {report.sought} notes and kept stubs at arXiv, {len(report.offers)} offered"
        + (f"; {report.other_venue} papers are another venue's by their own words" if report.other_venue else "")
        + (f"; {report.turned_down} were not accepted" if report.turned_down else "")
        + (f"; {report.unread} rows have no title or no authors" if report.unread else "")
        + "."
    )


def _subject(key: str) -> str:
    subject = key.partition(":")[2]
    return f"#{subject}" if update_key(subject) == key and subject.isdigit() else f"arXiv:{subject}"
