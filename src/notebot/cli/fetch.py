"""``fetch``: one-shot stubs."""

import click

from notebot.app import digests, intake
from notebot.cli.shared import error_document, json_option, open_resources, print_json, stub_document
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
@click.option("--save", is_flag=True, help="Put new stubs into the queue.")
@click.option("--post", metavar="URL", help="The social post the paper came from.")
@json_option
@click.pass_context
def fetch(ctx: click.Context, refs: tuple[str, ...], form: str, save: bool, post: str | None, as_json: bool) -> None:
    """Drafts stubs from arXiv ids and links of any form, asking arXiv once for many, and from pages of the web."""
    from notebot.core.text.escaping import is_plain_url

    if post is not None and not is_plain_url(post):
        raise UsageError(f"--post takes a plain http or https link, not {post!r}.")
    resources = open_resources(ctx, urgent=True, need_topics=False)
    results = intake.fetch(resources, refs, post, save=save)
    if as_json:
        print_json(
            [
                {"ref": one.ref, "stub": stub_document(one.stub, resources.config.note)}
                if one.stub is not None
                else {"ref": one.ref, "error": error_document(one.error or UsageError("no answer"))}
                for one in results
            ]
        )
    else:
        stubs = [one.stub for one in results if one.stub is not None]
        click.echo("\n".join(digests.stub_text(resources, form, stub) for stub in stubs), nl=False)
    for one in results:
        if one.error is not None:
            say(f"{one.ref!r}: {one.error}")
        elif one.remark:
            say(f"{one.ref}: {one.remark}")
    ctx.exit(1 if any(one.error is not None for one in results) else 0)
