"""Files that appear whole or not at all, and locks that die with their process."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from notebot.core.model.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MIN_FREE_BYTES = 50 * 1024 * 1024
"""Less free space than this is called a fault."""


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
        """See :class:`notebot.features.digests.collect.CompletedFiles`; a name may also be a path of its own."""
        path = self._folder / name
        try:
            before = path.stat()
            body = path.read_bytes()
            after = path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StateError(f"{path} cannot be read: {error.strerror}.") from error
        if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size) or len(body) != after.st_size:
            raise StateError(f"{path} is being written just now; collect it once it is saved.")
        try:
            return body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise StateError(f"{path} is not UTF-8 text (byte {error.start + 1}); save it as UTF-8.") from error

    def path(self, name: str) -> str:
        return str(self._folder / name)


def check_folder(folder: Path) -> str:
    """Tries in a folder what notebot does there: write, flush, link, lock.

    Raises:
        StateError: one of them fails, or the disk is nearly full.
    """
    trial = folder / f".notebot-trial-{os.getpid()}"
    with suppress(OSError):
        trial.unlink()
    write_new_file(trial, "trial\n")
    with exclusive_lock(trial):
        _remove(trial)
    free = shutil.disk_usage(folder).free
    if free < MIN_FREE_BYTES:
        raise StateError(f"Only {free / 1e6:.0f} MB are free for {folder}; make room before it runs full.")
    return f"{folder} can be written; {free / 1e9:.1f} GB are free."


def write_new_file(path: Path, text: str) -> None:
    """Writes a new file so that a reader sees the whole of it or nothing.

    The text goes to a hidden file beside it, is flushed to the disk, and is then linked to its name:
    a link, other than a rename, never takes the place of a file that is there.

    Raises:
        FileExistsError: the name is taken; that file is untouched.
        StateError: the folder cannot be written, or the disk is full.
    """
    hidden = path.with_name(f".tmp-{os.getpid()}-{path.name}")
    try:
        _make_folder(path.parent)
        _remove(hidden)  # after a kill it may be a second name of a file that has been completed since
        _write_flushed(hidden, text)
        os.link(hidden, path)
        _flush_folder(path.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise StateError(
            f"{path} cannot be written: {error.strerror}. Mend that and run it again; nothing stored is lost."
        ) from error
    finally:
        _remove(hidden)


def replace_private_file(path: Path, body: bytes) -> None:
    """Writes a file that its owner alone may read, in the place of the one that is there; whole or not at all.

    Raises:
        StateError: the folder cannot be written, or the disk is full.
    """
    hidden = path.with_name(f".tmp-{os.getpid()}-{path.name}")
    try:
        _remove(hidden)
        handle = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        hidden.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        raise StateError(f"{path} cannot be written: {error.strerror}. Mend that and run it again.") from error
    finally:
        _remove(hidden)


def _make_folder(folder: Path) -> None:
    """A file in the folder's place is another matter than a file under the name that is to be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, f"{folder} is a file, not a folder") from error


def _write_flushed(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def exclusive_lock(path: Path, busy: Callable[[], Exception] | None = None) -> Iterator[None]:
    """Holds a lock file; the kernel lets go of it when the process ends, however it ends.

    Args:
        busy: makes the error to raise where another process holds the lock; without it, waits.

    Raises:
        StateError: the lock file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StateError(f"The lock {path} cannot be made: {error.strerror}.") from error
    try:
        _lock(handle, busy)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, busy: Callable[[], Exception] | None) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (fcntl.LOCK_NB if busy else 0))
    except BlockingIOError as error:
        assert busy is not None
        raise busy() from error


def _remove(path: Path) -> None:
    """A leftover is only untidy; the error that may have caused it is the one to tell of."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
