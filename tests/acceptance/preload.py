"""What a forked process has imported before it runs a command; kept small, because it is imported for nothing else."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import notebot.app.announcements
import notebot.app.delivery_messages
import notebot.app.digests
import notebot.app.resources
import notebot.cli.backfill
import notebot.cli.deliver
import notebot.cli.digest
import notebot.cli.poll
import notebot.core.net.client
import notebot.core.net.httpx_import
import notebot.features.announcements.backfill
import notebot.features.delivery.adapters.mail
import notebot.features.delivery.adapters.webhook
import notebot.store.sqlite  # noqa: F401
from notebot.cli.root import run


def run_forked(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
    """Runs a command line, which prints nothing, and exits."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    with Path(os.devnull).open("w", encoding="utf-8") as nothing:
        sys.stdout = sys.stderr = nothing
        run(list(words))
