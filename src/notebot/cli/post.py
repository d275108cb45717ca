"""`notebot post`: from a link to stubs in the queue."""

from __future__ import annotations

import sys

import click

from notebot.app import intake
from notebot.app.documents import posted_documents
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line, say
from notebot.core.model.errors import UsageError
from notebot.core.model.post import PostKind, parse_post_kind
from notebot.core.note_format.stub_title import title_line

KINDS = ", ".join(kind.name.lower().replace("_", "-") for kind in PostKind)


@click.command(help="Queue a stub for every paper that a post mentions, or for the page that a link leads to.")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option(
    "--text", "text", metavar="TEXT", help="Text of the post, if its service does not show it; - reads stdin."
)
@click.option("--as", "kind", metavar="KIND", help=f"Role of the posts: {KINDS}, or words of your own.")
@json_option
@click.pass_context
def post(ctx: click.Context, urls: tuple[str, ...], text: str | None, kind: str | None, as_json: bool) -> None:
    """The help text is given to the decorator because it is longer than one sentence."""
    words = _words(kind)
    post_text = sys.stdin.read() if text == "-" else text or ""
    resources = open_resources(ctx, urgent=True, need_topics=False)
    posted = intake.post(resources, urls, post_text, words)
    if as_json:
        print_json([document for result in posted for document in posted_documents(result, resources.config.note)])
    for result in posted:
        if not as_json:
            for taken in result.taken:
                if taken.stub is not None:
                    title = title_line(taken.stub, resources.config.note).text
                    click.echo(safe_line(f"{taken.outcome:<9} {title}"))
    for result in posted:
        if result.reading is not None and not result.reading.post.fetched:
            say(f"{result.ref}: not fetched: {result.reading.post.reason}")
        for remark in result.remarks:
            say(f"{result.ref}: {remark}")
        for taken in result.taken:
            if taken.remark is not None:
                name = (taken.stub.arxiv_id or taken.stub.url) if taken.stub else "The paper"
                guessed = taken.stub is not None and taken.stub.guessed_from
                guess = "; it was found by searching for its title, which is a guess" if guessed else ""
                say(f"{result.ref}: {name} {taken.remark}{guess}")
        if result.failure is not None:
            say(f"{result.ref!r}: {result.failure}")
    ctx.exit(1 if any(result.failure is not None for result in posted) else 0)


def _words(kind: str | None) -> str | None:
    if kind is None:
        return None
    found = parse_post_kind(kind)
    bare = kind.strip().rstrip(":：").strip()
    if found is None and (not bare[:1].isalnum() or not kind.isprintable() or len(kind) > 20):
        own = "up to 20 characters of your own that begin with a letter"
        raise UsageError(f"--as takes one of {KINDS}, or {own}, not {kind!r}.")
    return found.words if found else f"{bare}:"
