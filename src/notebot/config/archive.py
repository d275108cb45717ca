"""What can be wrong in ``[archive]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.text.escaping import is_plain_url
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from notebot.config.sections import ArchiveSection

_REPO = regex(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
_VARIABLE = regex(r"[A-Za-z_][A-Za-z0-9_]*")


def archive_problems(archive: ArchiveSection) -> list[str]:
    """One line for each mistake, with its key."""
    found = []
    if archive.repo and not _REPO.fullmatch(archive.repo):
        found.append(f'archive.repo must be "owner/name", not {archive.repo!r}.')
    if not is_plain_url(archive.github_url):
        found.append(f"archive.github_url must be a web address like https://…, not {archive.github_url!r}.")
    if not _VARIABLE.fullmatch(archive.token_env):
        found.append(f"archive.token_env must be the name of an environment variable, not {archive.token_env!r}.")
    return found
