"""The folder of digest files."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from notebot.core.model.decision import SeenFile
from notebot.core.model.errors import StateError
from notebot.core.model.read_file import DigestFile, FileVersion
from notebot.core.net.files import write_new_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


_LARGEST = 64_000_000
"""Bytes. A digest of 10,000 papers has 2 MB, and each character of it has up to four bytes in UTF-32."""


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

    def read(self, name: str) -> DigestFile | None:
        """See :class:`notebot.features.digests.collect.CompletedFiles`; ``name`` may also be an absolute path."""
        # The parser of edited digests is needed by no other command.
        from notebot.features.digests.rules.read_back import decode_digest

        path = self._folder / name
        try:
            before = path.stat()
            if before.st_size > _LARGEST:
                raise StateError(f"{path} has {before.st_size:,} bytes, more than any digest; it was not read.")
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
            text = decode_digest(body)
        except UnicodeDecodeError as error:
            raise StateError(f"{path} is not UTF-8 text (byte {error.start + 1}); save it as UTF-8.") from error
        return DigestFile(text, FileVersion(after.st_mtime_ns, after.st_size), _sha256(body))

    def version(self, name: str) -> FileVersion | None:
        """The version of a file, or ``None`` if it does not exist or cannot be reached."""
        try:
            found = (self._folder / name).stat()
        except OSError:
            return None
        return FileVersion(found.st_mtime_ns, found.st_size)

    def seen(self, name: str) -> SeenFile:
        """See :class:`notebot.features.digests.moves.SeenFiles`."""
        try:
            return SeenFile(_sha256((self._folder / name).read_bytes()), time.time_ns())
        except OSError:
            return SeenFile("", time.time_ns())

    def path(self, name: str) -> str:
        return str(self._folder / name)


def _sha256(body: bytes) -> str:
    from hashlib import sha256  # loads OpenSSL, 4 ms

    return sha256(body).hexdigest()
