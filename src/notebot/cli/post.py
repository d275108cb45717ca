"""`notebot post`: from a link to stubs in the queue."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from notebot.app import intake
from notebot.app.documents import error_document, stub_document
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line, say
from notebot.core.model.errors import UsageError
from notebot.core.model.post import PostKind, kind_of
from notebot.core.note_format.stub_title import title_line
from notebot.features.intake.rules.inbox_lines import Lead

if TYPE_CHECKING:
    from notebot.app.resources import Resources
    from notebot.features.intake.handed_over_links import Posted
    from notebot.features.intake.take_in import Taken

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
    posted = intake.post(resources, [Lead(url, post_text) for url in urls], words)
    if as_json:
        print_json([element for result in posted for element in _documents(resources, result)])
    else:
        _print(resources, posted)
    for result in posted:
        _tell(result)
    ctx.exit(1 if any(result.failure is not None for result in posted) else 0)


def _words(kind: str | None) -> str | None:
    if kind is None:
        return None
    found = kind_of(kind)
    bare = kind.strip().rstrip(":：").strip()
    if found is None and (not bare[:1].isalnum() or not kind.isprintable() or len(kind) > 20):
        own = "up to 20 characters of your own that begin with a letter"
        raise UsageError(f"--as takes one of {KINDS}, or {own}, not {kind!r}.")
    return found.words if found else f"{bare}:"


def _documents(resources: Resources, posted: Posted) -> list[dict[str, Any]]:
    """One element per paper, or a single element with `error` set if no paper was found."""
    about = {"ref": posted.ref, "post": _post_document(posted), "remarks": posted.remarks}
    if posted.error is not None:
        return [{**about, "stub": None, "error": error_document(posted.error)}]
    return [{**about, **_taken_document(resources, result)} for result in posted.taken]


def _taken_document(resources: Resources, taken: Taken) -> dict[str, Any]:
    return {
        "stub": taken.stub and stub_document(taken.stub, resources.config.note),
        "error": taken.error and error_document(taken.error),
        "outcome": str(taken.outcome),
        "remark": taken.remark,
    }


def _post_document(posted: Posted) -> dict[str, Any] | None:
    if posted.reading is None:
        return None
    read = posted.reading.post
    return {
        "url": read.url,
        "fetched": read.fetched,
        "reason": read.reason,
        "service": read.service,
        "handle": read.handle,
        "posted_at": read.posted_at,
        "time_by": read.time_by,
    }


def _print(resources: Resources, posted: list[Posted]) -> None:
    for taken in (result for each in posted for result in each.taken):
        if taken.stub is not None:
            click.echo(safe_line(f"{taken.outcome:<9} {title_line(taken.stub, resources.config.note).text}"))


def _tell(posted: Posted) -> None:
    reading = posted.reading
    if reading is not None and not reading.post.fetched:
        say(f"{posted.ref}: not fetched: {reading.post.reason}")
    for remark in posted.remarks:
        say(f"{posted.ref}: {remark}")
    for result in posted.taken:
        if result.remark is not None:
            name = (result.stub.arxiv_id or result.stub.url) if result.stub else "The paper"
            guess = (
                "; a search of its title found it, which is a guess" if result.stub and result.stub.guessed_from else ""
            )
            say(f"{posted.ref}: {name} {result.remark}{guess}")
    if posted.failure is not None:
        say(f"{posted.ref!r}: {posted.failure}")
