"""What can be wrong in ``[inbox]``: notebot takes lines out of these files, so they may be nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def inbox_problems(folder: Path, links: Path | None, taken: Mapping[str, Path], config: Path | None) -> list[str]:
    """One line for each mistake, with its key.

    Args:
        folder: ``inbox.dir``.
        links: ``inbox.file``, where there is one.
        taken: folders that are something else, by their key.
        config: the config file.
    """
    found = [f"inbox.dir: {folder} is {key} already; give the inbox a folder of its own." for key in _at(folder, taken)]
    if folder.exists() and not folder.is_dir():
        found.append(f"inbox.dir: {folder} is a file; name a folder.")
    if links is None:
        return found
    if links == config:
        found.append(f"inbox.file: {links} is the config itself; name a file for links.")
    elif links.is_dir():
        found.append(f"inbox.file: {links} is a folder; name a file, or set inbox.dir.")
    elif links.name.startswith(".notebot-"):
        found.append("inbox.file: a name that begins with .notebot- is notebot's own; choose another.")
    elif links.suffix.lower() == ".md" and _at(links.parent, taken):
        found.append(f"inbox.file: {links} lies where notebot writes files; put it elsewhere, or call it links.txt.")
    return found


def _at(folder: Path, taken: Mapping[str, Path]) -> list[str]:
    return [key for key, path in taken.items() if path == folder]
