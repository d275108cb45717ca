"""`notebot why`: why a paper is, or is not, in a digest."""

import click

from notebot.app import announcements, digests
from notebot.cli import complete
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line
from notebot.core.model.arxiv_id import parse_ref
from notebot.core.model.stub import stub_key


@click.command()
@click.argument("ref", shell_complete=complete.papers)
@json_option
@click.pass_context
def why(ctx: click.Context, ref: str, as_json: bool) -> None:
    """Explain why the paper REF is, or is not, in a digest."""
    resources = open_resources(ctx, local=True)
    arxiv_id = parse_ref(ref).base
    answer = announcements.why(resources, arxiv_id)
    if as_json:
        print_json(answer)
        return
    for sentence in answer.sentences():
        click.echo(safe_line(sentence))
    for decision in digests.history(resources, stub_key(arxiv_id)):
        click.echo(safe_line(digests.history_line(resources, decision)))
