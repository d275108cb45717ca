"""`notebot discuss`: the reading list that the desks of a lab share."""

from __future__ import annotations

from itertools import count

import click

from notebot.app import reading_list
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import inform, safe_line, say

AT_ONCE = 200
"""Papers that are read from the database at once."""


@click.group()
def discuss() -> None:
    """Show and change the lab's list of papers to discuss.

    Every desk sees the whole list; a curator takes only own wishes off it.
    """


@discuss.command("list")
@json_option
@click.pass_context
def list_papers(ctx: click.Context, as_json: bool) -> None:
    """Print the papers of the list, the newest wish first.

    Each comes with who wants to discuss it, since when, and why.
    """
    resources = open_resources(ctx, local=True)
    papers: list[reading_list.ListedPaper] = []
    for start in count(step=AT_ONCE):
        next_papers, more = reading_list.listed(resources, start, AT_ONCE)
        papers += next_papers
        if not more:
            break
    if as_json:
        print_json(papers)
        return
    for paper in papers:
        own = f" [{paper.status}]" if paper.status else ""
        click.echo(safe_line(f"{paper.key.removeprefix('arxiv:')}{own} {paper.title} ({paper.authors})"))
        for wish in paper.wishes:
            since = wish.since.astimezone(resources.config.timezone)
            click.echo(safe_line(f"    {wish.desk}, since {since:%Y-%m-%d}" + (f": {wish.line}" if wish.line else "")))
    if not papers:
        inform("The reading list is empty; `notebot discuss add PAPER` puts a paper of your queue on it.")


@discuss.command()
@click.argument("paper")
@click.option("--line", default="", help=f"Why, in one line of at most {reading_list.MOST_CHARACTERS} characters.")
@json_option
@click.pass_context
def add(ctx: click.Context, paper: str, line: str, as_json: bool) -> None:
    """Put a paper of your queue on the list, or change your line."""
    resources = open_resources(ctx, local=True)
    wish = reading_list.add(resources, paper, line)
    if as_json:
        print_json(wish)
    else:
        say(f"{wish.key} is on the reading list.")


@discuss.command()
@click.argument("paper")
@click.pass_context
def remove(ctx: click.Context, paper: str) -> None:
    """Take your wish to discuss a paper off the list."""
    key = reading_list.remove(open_resources(ctx, local=True), paper)
    say(f"{key} is no longer on the reading list for you.")


@discuss.command()
@click.argument("paper")
@json_option
@click.pass_context
def take(ctx: click.Context, paper: str, as_json: bool) -> None:
    """Put a paper of the list into your own queue.

    arXiv is not asked if the hub knows the paper; else it goes into your inbox.
    """
    resources = open_resources(ctx, local=True)
    taken = reading_list.take(resources, paper)
    if as_json:
        print_json({"key": taken.key, "state": taken.state})
    else:
        say(f"{taken.key} {WORDS[taken.state]}")


WORDS = {
    "queued": "is in your queue now.",
    "known": "is in your queue or archive already.",
    "inbox": "is in your inbox; it becomes a candidate once arXiv was asked.",
}
