"""The folder of the tag pages. Files are replaced atomically; nothing outside the folder is touched."""

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath

from notebot.core.model.errors import StateError

# pages are written in pieces of an entry each; larger writes save system calls
_BUFFER = 1 << 18


class EntryFile:
    """See :class:`notebot.features.archive.tag_pages.EntrySpool`; the file has no name, so a kill leaves nothing."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder, buffering=_BUFFER)  # noqa: SIM115 - closed by `close`
        self._end = 0
        self._descriptor = self._file.fileno()
        self._unflushed = False

    def append(self, entry: bytes) -> int:
        offset = self._end
        try:
            self._file.write(entry)
        except OSError as error:
            raise _spool_error(error) from error
        self._end += len(entry)
        self._unflushed = True
        return offset

    def read(self, offset: int, size: int) -> bytes:
        try:
            if self._unflushed:
                self._file.flush()
                self._unflushed = False
            return os.pread(self._descriptor, size, offset)
        except OSError as error:
            raise _spool_error(error) from error

    def close(self) -> None:
        with suppress(OSError):  # a full disk: the error of the first write is the one to report
            self._file.close()


def _spool_error(error: OSError) -> StateError:
    return StateError(f"A temporary file beside the pages failed: {error.strerror}. Make room and run it again.")


class PageFolder:
    """See :class:`notebot.features.archive.tag_pages.PageFiles`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known_inside: set[Path] = set()
        self._made: set[Path] = set()

    def exists(self, name: str) -> bool:
        path = self.path(name)
        return path.is_file() and path.stat().st_size > 0  # a power cut may leave an empty file

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        path = self.path(name)
        hidden = path.with_name(f".tmp-{os.getpid()}-{path.name}")
        try:
            if path.parent not in self._made:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._made.add(path.parent)
            with hidden.open("wb", buffering=_BUFFER) as file:  # no fsync: a lost page can be rendered again
                file.writelines(chunks)
            hidden.replace(path)
        except BaseException as error:
            with suppress(OSError):
                hidden.unlink(missing_ok=True)
            if not isinstance(error, OSError):
                raise
            raise StateError(f"{path} cannot be written: {error.strerror}. Mend that and run it again.") from error

    def remove(self, name: str) -> None:
        path = self.path(name)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StateError(f"{path} cannot be removed: {error.strerror}. Mend that and run it again.") from error

    def open_spool(self) -> EntryFile:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return EntryFile(self._folder)
        except OSError as error:
            message = f"{self._folder} cannot be written: {error.strerror}. Mend that and run it again."
            raise StateError(message) from error

    def path(self, name: str) -> Path:
        """The path of a name; refused if it leads out of the folder, also through a symbolic link."""
        parts = PurePosixPath(name).parts
        path = self._folder.joinpath(*parts)
        leaves = not parts or ".." in parts or "/" in parts or "\0" in name
        if leaves or not self._is_inside(path.parent):
            raise StateError(f"{name!r} is not a file below {self._folder}; give it a folder of its own.")
        return path

    def _is_inside(self, folder: Path) -> bool:
        """True if a folder is inside; cached because thousands of pages share three folders."""
        if folder not in self._known_inside and folder.resolve().is_relative_to(self._folder.resolve()):
            self._known_inside.add(folder)
        return folder in self._known_inside
