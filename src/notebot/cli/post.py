"""``post``: from a link the curator saw to stubs in the queue."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from notebot.app import intake
from notebot.cli.shared import error_document, json_option, open_resources, print_json, stub_document
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


@click.command(
    help="Drafts a stub of every paper that a post speaks of, or of the page that a link leads to, into the queue."
)
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option(
    "--text", "told", metavar="TEXT", help="What the post says, where its service shows it to nobody; - reads it."
)
@click.option(
    "--as", "kind", metavar="KIND", help=f"What the posts are to the papers: {KINDS}, or the words themselves."
)
@json_option
@click.pass_context
def post(ctx: click.Context, urls: tuple[str, ...], told: str | None, kind: str | None, as_json: bool) -> None:
    """See ``help``."""
    words = _words(kind)
    text = sys.stdin.read() if told == "-" else told or ""
    resources = open_resources(ctx, urgent=True, need_topics=False)
    posted = intake.post(resources, [Lead(url, text) for url in urls], words)
    if as_json:
        print_json([element for one in posted for element in _documents(resources, one)])
    else:
        _print(resources, posted)
    for one in posted:
        _tell(one)
    ctx.exit(1 if any(one.failure is not None for one in posted) else 0)


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
    """One element a paper; one in all where there is none."""
    about = {"ref": posted.ref, "post": _post_document(posted), "remarks": posted.remarks}
    if posted.error is not None:
        return [{**about, "stub": None, "error": error_document(posted.error)}]
    return [{**about, **_taken_document(resources, one)} for one in posted.taken]


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
    for taken in (one for each in posted for one in each.taken):
        if taken.stub is not None:
            click.echo(safe_line(f"{taken.outcome:<9} {title_line(taken.stub, resources.config.note).text}"))


def _tell(posted: Posted) -> None:
    reading = posted.reading
    if reading is not None and not reading.post.fetched:
        say(f"{posted.ref}: not fetched: {reading.post.reason}")
    for remark in posted.remarks:
        say(f"{posted.ref}: {remark}")
    for one in posted.taken:
        if one.remark is not None:
            name = (one.stub.arxiv_id or one.stub.url) if one.stub else "The paper"
            guess = "; a search of its title found it, which is a guess" if one.stub and one.stub.guessed_from else ""
            say(f"{posted.ref}: {name} {one.remark}{guess}")
    if posted.failure is not None:
        say(f"{posted.ref!r}: {posted.failure}")
