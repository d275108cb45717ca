"""`notebot demo`: the whole way on a bundled sample arXiv, without a network."""

import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime, time
from pathlib import Path

import click

from notebot.app import announcements, digests
from notebot.app.resources import Resources
from notebot.cli.terminal import say
from notebot.config import load_config
from notebot.core.model.arxiv_calendar import EASTERN
from notebot.core.model.errors import UsageError

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
tags = ["NLP", "ReinforcementLearning", "PostTraining"]

[[topics]]
name = "Vision"
categories = ["cs.CV"]
tags = ["ComputerVision"]
"""
SAMPLE_DAYS = 3
"""Older papers of the sample were announced before it begins."""
FEED_OUT = time(0, 40)
"""When the demo polls, in New York: the feed is made at midnight there."""


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

    Digests, a config and a database are left in DIRECTORY.
    """
    from notebot.demo.sample_arxiv import SampleArxiv, default_papers

    if directory.exists() and any(directory.iterdir()):
        raise UsageError(f"{directory} is not empty; name a new folder, or delete that one.")
    directory.mkdir(parents=True, exist_ok=True)
    config_file = directory / "config.toml"
    papers = default_papers()
    days = sorted({announcement.day for paper in papers for announcement in paper.announced})[-SAMPLE_DAYS:]
    with SampleArxiv(papers) as server:
        config_file.write_text(CONFIG.format(base=server.base_url, language=language), encoding="utf-8")
        config = load_config(config_file)
        for day in days:
            server.day = day
            at = datetime.combine(day, FEED_OUT, EASTERN).astimezone(UTC)
            resources = Resources(config, say=say, now=lambda at=at: at)  # type: ignore[misc]
            report = announcements.poll(resources)
            announced = sum(source.announced for source in report.sources)
            drafted = sum(topic.drafted for topic in report.topics)
            written = digests.digest(resources)
            say(f"{day:%A %Y-%m-%d}: {announced} announced, {drafted} drafted, {report.requests} requests")
            if written.path is not None:
                click.echo(written.path)
        say(
            f"\nOpen the newest file in {directory / 'digests'} in any editor. Then try:\n"
            f"  {sys.argv[0]} --config {config_file} queue list\n"
            f"  {sys.argv[0]} --config {config_file} queue show 2605.90201\n"
            "For the real arXiv: `notebot init`, set `contact` and your topics, `notebot check`, `notebot run`."
        )
        if serve:
            say(f"The sample arXiv answers at {server.base_url} until you press Ctrl-C.")
            with suppress(KeyboardInterrupt):
                threading.Event().wait()
