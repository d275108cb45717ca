"""The folder of the tag pages: each file is replaced whole, and nothing outside the folder is touched."""

import os
from contextlib import suppress
from pathlib import Path, PurePosixPath

from notebot.domain.errors import StateError


class PageFolder:
    """See :class:`notebot.services.pages.PageFiles`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def exists(self, name: str) -> bool:
        return self._inside(name).is_file()

    def write(self, name: str, text: str) -> None:
        path = self._inside(name)
        hidden = path.with_name(f".tmp-{os.getpid()}-{path.name}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_flushed(hidden, text)
            hidden.replace(path)
        except OSError as error:
            raise StateError(f"{path} cannot be written: {error.strerror}. Mend that and run it again.") from error
        finally:
            with suppress(OSError):
                hidden.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        path = self._inside(name)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StateError(f"{path} cannot be removed: {error.strerror}. Mend that and run it again.") from error

    def _inside(self, name: str) -> Path:
        """The file of a name; a link that stands for one of its folders may lead elsewhere."""
        parts = PurePosixPath(name).parts
        path = self._folder.joinpath(*parts)
        leaves = not parts or ".." in parts or "/" in parts or "\0" in name
        if leaves or not path.parent.resolve().is_relative_to(self._folder.resolve()):
            raise StateError(f"{name!r} is no page below {self._folder}; give pages_dir a folder of its own.")
        return path


def _write_flushed(path: Path, text: str) -> None:
    """On the disk before the name is: after a power cut the stored fingerprint vouches for the file."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
