"""``publish``: what was kept becomes issues of the archive."""

import click

from notebot.app import publishing
from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import safe_line, say
from notebot.features.publishing.publish import Applied, Published, PublishReport


@click.command()
@click.option("--dry-run", is_flag=True, help="Write files into outbox/ instead; nothing is sent.")
@click.option("--new-labels", is_flag=True, help="Make labels that the archive does not have.")
@json_option
@click.pass_context
def publish(ctx: click.Context, dry_run: bool, new_labels: bool, as_json: bool) -> None:
    """Turns kept stubs into issues of the archive, and applies accepted offers; each exactly once.

    Without a token the same is written into outbox/ as files, with the gh commands that send it.
    """
    resources = open_resources(ctx, need_topics=False)
    report = publishing.publish(resources, dry_run=dry_run, new_labels=new_labels)
    if as_json:
        print_json(report)
    else:
        _print(report)
    for line in _remarks(report):
        say(line)
    dropped = any(one.dropped for one in report.published)
    ctx.exit(1 if report.troubles or report.waiting or dropped else 0)


def _print(report: PublishReport) -> None:
    for one in report.published:
        click.echo(f"#{one.number:<5} {one.arxiv_id} {safe_line(one.title)}")
    for change in (*report.applied, *report.labelled):
        done = "changed" if change.written else "unchanged, it was so already"
        click.echo(f"#{change.number:<5} {change.field} {safe_line(change.value)}: {done}")
    for path in report.files:
        click.echo(path)
    counts = f"{len(report.published)} published, {len(report.applied) + len(report.labelled)} changed"
    click.echo(f"{report.repo}: {len(report.files)} files to send" if report.files else f"{report.repo}: {counts}")


def _remarks(report: PublishReport) -> list[str]:
    lines = [f"{one.subject}: {safe_line(one.message)}" for one in report.troubles]
    written: list[Published | Applied] = [*report.published, *report.applied, *report.labelled]
    lines += [line for one in written for line in _label_remarks(one)]
    if report.waiting:
        lines.append(f"{report.waiting} of what was to be published wait for the next `notebot publish`.")
    return lines


def _label_remarks(one: Published | Applied) -> list[str]:
    lines = []
    if one.left_out:
        names = safe_line(", ".join(one.left_out))
        lines.append(f"#{one.number}: the archive has no label {names}; `notebot publish --new-labels` makes it.")
    if isinstance(one, Published) and one.dropped:
        names = safe_line(", ".join(one.dropped))
        lines.append(f"#{one.number}: GitHub did not set {names}; the token's owner lacks the right to push.")
    return lines
