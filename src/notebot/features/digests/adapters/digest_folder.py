"""The folder of digest files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from notebot.core.model.errors import StateError
from notebot.core.net.files import write_new_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class DigestFolder:
    """See :class:`notebot.features.digests.write_digest.DigestFiles`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def free_name(self, stem: str, taken: Callable[[str], bool]) -> str:
        name, number = f"{stem}.md", 1
        while self.exists(name) or taken(name):
            number += 1
            name = f"{stem}-{number}.md"
        return name

    def exists(self, name: str) -> bool:
        return os.path.lexists(self._folder / name)

    def write(self, name: str, text: str) -> None:
        write_new_file(self._folder / name, text)

    def read(self, name: str) -> str | None:
        """See :class:`notebot.features.digests.collect.CompletedFiles`; ``name`` may also be an absolute path."""
        path = self._folder / name
        try:
            before = path.stat()
            body = path.read_bytes()
            after = path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StateError(f"{path} cannot be read: {error.strerror}.") from error
        # An editor that does not write atomically may be in the middle of saving.
        if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size) or len(body) != after.st_size:
            raise StateError(f"{path} is being written at this moment; collect it once it is saved.")
        try:
            return body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise StateError(f"{path} is not UTF-8 text (byte {error.start + 1}); save it as UTF-8.") from error

    def path(self, name: str) -> str:
        return str(self._folder / name)
