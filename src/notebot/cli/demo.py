"""`notebot demo`: the whole way on a bundled sample arXiv, without a network."""

import json
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime, time
from pathlib import Path

import click

from notebot.app import announcements, archive, digests, intake
from notebot.app.resources import Resources
from notebot.cli.terminal import inform, say
from notebot.config import load_config
from notebot.core.model.arxiv_calendar import EASTERN
from notebot.core.model.errors import UsageError
from notebot.core.text.counted import counted

CONFIG = """\
# Written by `notebot demo`: a config that asks the bundled sample arXiv instead of the real one.
[notebot]
contact = "demo@example.org"
timezone = "Asia/Tokyo"

[arxiv]
feed_url = "{base}"
api_url = "{base}/api/query"
oai_url = "{base}/oai"
pace_s = 0.0                         # accepted because all three addresses are this machine's
timeout_s = 5.0
retry_s = 5.0

[digest]
language = "{language}"
full = 3

[[topics]]
name = "Mathematics"
categories = ["cs.CL", "cs.LG"]
query = 'ti:math* OR abs:"mathematical reasoning" OR ti:theorem* OR ti:proof*'
tags = ["NLP", "LanguageModel", "Mathematics"]

[[topics]]
name = "PostTraining"
categories = ["cs.CL", "cs.LG", "cs.AI"]
query = 'abs:"reinforcement learning" OR ti:"reward model*" OR ti:preference*'
tags = ["NLP", "LanguageModel", "PostTraining"]

[[topics]]
name = "Agents"
categories = ["cs.AI", "cs.CL"]
query = 'ti:agent* OR abs:"tool-using"'
tags = ["NLP", "LanguageModel", "AIAgents"]

[[topics]]
name = "Training"
categories = ["cs.LG"]
query = 'ti:pruning OR ti:"learning rate" OR ti:curricul* OR abs:"mixture of experts"'
tags = []

[[topics]]
name = "Vision"
categories = ["cs.CV"]
query = 'abs:photograph* OR ti:vision OR abs:"object detect*" OR abs:video'
tags = ["ComputerVision"]
"""
SAMPLE_DAYS = 3
"""Older papers of the sample were announced before it begins."""
FEED_OUT = time(0, 40)
"""When the demo polls, in New York: the feed is made at midnight there."""

POST, POST_TEXT = "https://x.com/i/status/2054331870000000001", "https://arxiv.org/abs/2605.90204"
"""A post and what a curator pasted about it: the text of posts on X is not fetched, so this needs no network."""


@click.command()
@click.argument("directory", default="notebot-demo", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--language",
    type=click.Choice(["ja", "en"]),
    default="ja",
    show_default=True,
    help="Language of the digests.",
)
@click.option("--serve", is_flag=True, help="Keep the sample arXiv running, to try other commands on it.")
def demo(directory: Path, language: str, serve: bool) -> None:
    """Run three days on a bundled sample arXiv, offline.

    The digests, a config, a small archive of invented notes and a database are left in DIRECTORY.
    """
    from notebot.demo.archive import archive_issues, noted_papers
    from notebot.demo.sample_arxiv import SampleArxiv, default_papers

    if directory.exists() and any(directory.iterdir()):
        raise UsageError(f"{directory} is not empty; name a new folder, or delete that one.")
    directory.mkdir(parents=True, exist_ok=True)
    config_file, archive_file = directory / "config.toml", directory / "archive.json"
    archive_file.write_text(json.dumps(archive_issues(), ensure_ascii=False, indent=1), encoding="utf-8")
    papers = default_papers()
    days = sorted({announcement.day for paper in papers for announcement in paper.announced})[-SAMPLE_DAYS:]
    with SampleArxiv((*papers, *noted_papers())) as server:
        config_file.write_text(CONFIG.format(base=server.base_url, language=language), encoding="utf-8")
        config = load_config(config_file)
        resources = Resources(config, say=say)
        imported = archive.import_file(resources, "gh", archive_file, lambda what, done, total: None)
        resources.close()
        inform(f"{counted(imported.new, 'note')} imported from {archive_file}")
        for day in days:
            server.day = day
            at = datetime.combine(day, FEED_OUT, EASTERN).astimezone(UTC)
            resources = Resources(config, say=say, now=lambda at=at: at)  # type: ignore[misc]
            report = announcements.poll(resources)
            if day == days[-1]:
                intake.post(resources, [POST], POST_TEXT, None)  # the paper of a post is the first entry of its topic
            announced = sum(source.announced for source in report.sources)
            drafted = sum(topic.drafted for topic in report.topics)
            written = digests.digest(resources)
            inform(
                f"{day:%A %Y-%m-%d}: {announced} announced, {drafted} drafted, {counted(report.requests, 'request')}"
            )
            if written.path is not None:
                click.echo(written.path)
            resources.close()
        inform(
            f"\nOpen the newest file in {directory / 'digests'} in any editor. Then try:\n"
            f"  {sys.argv[0]} --config {config_file} queue list\n"
            f"  {sys.argv[0]} --config {config_file} queue show 2605.90201\n"
            f"  {sys.argv[0]} --config {config_file} search 補題\n"
            f"  {sys.argv[0]} --config {config_file} web --open\n"
            f"  {sys.argv[0]} --config {config_file} site {directory / 'public'}\n"
            "For the real arXiv: `notebot init`, `notebot check`, `notebot run`."
        )
        if serve:
            say(f"The sample arXiv answers at {server.base_url} until you press Ctrl-C.")
            with suppress(KeyboardInterrupt):
                threading.Event().wait()
