"""`notebot init`: a commented config to start from."""

from __future__ import annotations

from pathlib import Path

import click

from notebot.cli.terminal import inform
from notebot.core.model.errors import StateError


@click.command()
@click.argument("directory", default=".", type=click.Path(path_type=Path, file_okay=False))
def init(directory: Path) -> None:
    """Write a commented config.toml into DIRECTORY.

    An existing file is never overwritten.
    """
    from notebot.core.net.files import write_new_file
    from notebot.core.packaged_files import packaged_path

    target = directory / "config.toml"
    try:
        write_new_file(target, packaged_path("config.example.toml").read_text(encoding="utf-8"))
    except FileExistsError as error:
        raise StateError(f"{target} already exists and was not changed.") from error
    inform(f"Wrote {target}. Set `contact` and your topics, then run `notebot check`.")
