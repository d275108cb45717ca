"""`notebot fetch`: one-shot stubs."""

import click

from notebot.app import digests, intake
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import say
from notebot.core.model.errors import UsageError


@click.command()
@click.argument("refs", nargs=-1, required=True, metavar="REF...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["issue", "entry", "text"]),
    default="issue",
    show_default=True,
    help="The form to print.",
)
@click.option("--save", is_flag=True, help="Add new stubs to the queue.")
@click.option("--post", metavar="URL", help="The social post that mentioned the paper.")
@json_option
@click.pass_context
def fetch(ctx: click.Context, refs: tuple[str, ...], form: str, save: bool, post: str | None, as_json: bool) -> None:
    """Print stubs for arXiv ids and links of any form.

    Many references are asked for in one request. Links to other pages become stubs of the page.
    """
    from notebot.core.text.escaping import is_plain_url

    if post is not None and not is_plain_url(post):
        raise UsageError(f"--post takes a plain http or https link, not {post!r}.")
    resources = open_resources(ctx, urgent=True, need_topics=False)
    results = intake.fetch(resources, refs, post, save=save)
    if as_json:
        from notebot.app.documents import result_document

        print_json([result_document(result, resources.config.note) for result in results])
    else:
        stubs = [result.stub for result in results if result.stub is not None]
        click.echo("\n".join(digests.stub_text(resources, form, stub) for stub in stubs), nl=False)
    for result in results:
        if result.error is not None:
            say(f"{result.ref!r}: {result.error}")
        elif result.remark:
            say(f"{result.ref}: {result.remark}")
    ctx.exit(1 if any(result.error is not None for result in results) else 0)
