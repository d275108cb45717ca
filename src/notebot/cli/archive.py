"""``import``, ``search``, ``duplicates``: the archive comes in, and is found again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from notebot.app import archive
from notebot.cli.progress import progress_bar
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line, say
from notebot.features.archive.rules.tag_page import FORMS

if TYPE_CHECKING:
    from notebot.core.model.note import Note

FILE_KINDS = ("gh", "agent-docs", "notes", "seed-text", "page")
_SHOWN_UNREAD = 20


@click.command("import")
@click.argument("kind", type=click.Choice([*FILE_KINDS, "github"]), metavar="KIND")
@click.argument("source", metavar="SOURCE")
@json_option
@click.pass_context
def import_notes(ctx: click.Context, kind: str, source: str, as_json: bool) -> None:
    """Takes notes in, as often as you like: gh FILE, github OWNER/REPO, agent-docs FOLDER, notes FILE.jsonl,
    seed-text FILE, page FILE."""
    resources = open_resources(ctx, need_topics=False)
    with progress_bar("import") as progress:
        if kind == "github":
            report = archive.import_github(resources, source, progress)
        else:
            report = archive.import_file(resources, kind, Path(source), progress)
    if as_json:
        print_json(report)
    else:
        click.echo(
            f"{report.read} notes read: {report.new} new, {report.changed} changed, {report.unchanged} as they were; "
            f"{len(report.unread)} passages not understood"
        )
    for passage in report.unread[:_SHOWN_UNREAD]:
        say(f"{passage.where}: {passage.why}")
    if len(report.unread) > _SHOWN_UNREAD:
        say(f"… and {len(report.unread) - _SHOWN_UNREAD} more; all are kept in the store as they stand.")


@click.command()
@click.argument("words", nargs=-1)
@click.option("--tag", help="Only notes with this tag.")
@json_option
@click.pass_context
def search(ctx: click.Context, words: tuple[str, ...], tag: str | None, as_json: bool) -> None:
    """Notes that hold all the words, the best first; all notes without words."""
    resources = open_resources(ctx, need_topics=False)
    found = archive.search(resources, " ".join(words), tag)
    if as_json:
        print_json([note_document(note) for note in found])
        return
    for note in found:
        click.echo(note_line(note))
    if not found:
        say("No note has all of these words." if words or tag else "The archive is empty; `notebot import` fills it.")


@click.command()
@json_option
@click.pass_context
def duplicates(ctx: click.Context, as_json: bool) -> None:
    """Papers that are noted twice."""
    resources = open_resources(ctx, need_topics=False)
    groups = archive.duplicates(resources)
    if as_json:
        print_json([[note_document(note) for note in group] for group in groups])
        return
    for group in groups:
        click.echo(f"{group[0].arxiv_id or group[0].url}")
        for note in group:
            click.echo(f"  {note_line(note)}")
    if not groups:
        say("No paper is noted twice.")


@click.command()
@click.option("--tag", help="Print the page of this tag instead of writing all pages.")
@click.option("--format", "form", type=click.Choice(FORMS), default="text", show_default=True, help="With --tag.")
@json_option
@click.pass_context
def pages(ctx: click.Context, tag: str | None, form: str, as_json: bool) -> None:
    """Writes every tag's page as text, Markdown and XML, those that have changed; or prints one."""
    resources = open_resources(ctx, need_topics=False)
    if tag is not None:
        click.echo(archive.page_text(resources, tag, form), nl=False)
        return
    report = archive.pages(resources)
    if as_json:
        print_json(report)
    else:
        click.echo(f"{report.written} pages written, {report.unchanged} unchanged, {report.removed} removed")


def note_line(note: Note) -> str:
    """One note on one line."""
    number = f"#{note.number}" if note.number is not None else "-"
    return f"{number:<6} {note.issue_date or '-'!s:<10} {safe_line(note.title_line)}"


def note_document(note: Note) -> dict[str, Any]:
    """The note as the JSON contract names it."""
    return {
        "number": note.number,
        "issue_date": note.issue_date,
        "title_line": note.title_line,
        "tags": note.tags,
        "url": note.url,
        "arxiv_id": note.arxiv_id,
        "summary": note.summary,
        "comment": note.comment,
        "posts": note.posts,
        "refs": note.refs,
        "kind": note.kind,
        "urls": note.urls,
        "comments": note.comments,
        "state": note.state,
    }
