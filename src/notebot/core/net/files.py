"""Atomic file writes, and lock files that the kernel releases when their process ends."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from notebot.core.model.errors import StateError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
"""Modes of what notebot stores for itself: the state names what the curator reads, and tokens."""
MIN_FREE_BYTES = 50 * 1024 * 1024
"""``check_folder`` fails if less space than this is free."""


def file_version(path: Path) -> tuple[int, int, int]:
    """Changes with each write that replaces the file, also with two within one tick of the file system's clock.

    Raises:
        OSError: there is no such file, or it cannot be asked.
    """
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, status.st_size


def check_folder(folder: Path) -> str:
    """Tries to write, flush, link and lock a file in a folder, and says how much space is free.

    A folder that does not exist is created for the trial and removed again.

    Raises:
        StateError: one of these fails, or the disk is nearly full.
    """
    import shutil  # imports three compression libraries, which only `notebot doctor` needs

    is_new = True
    with suppress(OSError):  # a name that is too long is reported by the trial
        is_new = not folder.exists()
    trial = folder / f".notebot-trial-{os.getpid()}"
    with suppress(OSError):
        trial.unlink()
    write_new_file(trial, "trial\n")
    with exclusive_lock(trial):
        _remove(trial)
    free = shutil.disk_usage(folder).free
    if is_new:
        with suppress(OSError):  # another process may have begun to use it
            folder.rmdir()
    if free < MIN_FREE_BYTES:
        raise StateError(f"Only {free / 1e6:.0f} MB are free for {folder}; make room before it runs full.")
    return f"{folder} can be written; {free / 1e9:.1f} GB are free."


def write_new_file(path: Path, text: str) -> None:
    """Writes a new file atomically and never replaces an existing one.

    Raises:
        FileExistsError: the file exists already; it is left as it is.
        StateError: the folder cannot be written, or the disk is full.
    """
    hidden = path.with_name(f".tmp-{os.getpid()}-{path.name}")
    try:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:
            # A file in the folder's place; `FileExistsError` is reserved for a file in the place of `path`.
            raise NotADirectoryError(errno.ENOTDIR, f"{path.parent} is a file, not a folder") from error
        # A process killed after the link below leaves this name behind as a second name of the complete file.
        _remove(hidden)
        with hidden.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # A link and not a rename, because a rename would replace an existing file.
        os.link(hidden, path)
        flush_folder(path.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise StateError(
            f"{path} cannot be written: {error.strerror}. Fix this and run the command again; nothing stored is lost."
        ) from error
    finally:
        _remove(hidden)


def replace_private_file(path: Path, body: bytes) -> None:
    """Writes a file that only its owner may read, atomically, and replaces an existing one.

    Raises:
        StateError: the folder cannot be written, or the disk is full.
    """
    with _written_beside(path, body) as hidden:
        hidden.replace(path)


def read_up_to(path: Path, limit: int) -> bytes:
    """The beginning of a file that a person named.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error


def replace_file(path: Path, before: bytes, after: bytes) -> None:
    """Replaces the content of a person's file atomically, and keeps its permissions.

    Args:
        before: the content that ``after`` was made from.

    Raises:
        StateError: the file has changed meanwhile, or cannot be written; it is left as it is.
    """
    with _written_beside(path, after) as hidden:
        hidden.chmod(stat.S_IMODE(path.stat().st_mode))
        if path.read_bytes() != before:
            raise StateError(f"{path} was changed meanwhile, and was left as it is; run the command again.")
        hidden.replace(path)


@contextmanager
def _written_beside(path: Path, body: bytes) -> Iterator[Path]:
    """A complete, private file beside ``path``, which the block renames; removed if it does not."""
    hidden = path.with_name(f".tmp-{os.getpid()}-{path.name}")
    try:
        # with a database on a server, nothing else may have needed the state folder so far
        path.parent.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        _remove(hidden)
        handle = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(handle)
        yield hidden
        flush_folder(path.parent)
    except OSError as error:
        raise StateError(f"{path} cannot be written: {error.strerror}. Fix this and run the command again.") from error
    finally:
        _remove(hidden)


def flush_folder(folder: Path) -> None:
    """Makes a new name in the folder survive a power failure."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def exclusive_lock(path: Path, busy: Callable[[], Exception] | None = None) -> Iterator[None]:
    """Locks a file while the block runs; the kernel unlocks it if the process dies.

    Args:
        busy: creates the error to raise if another process has the lock; without it, waits for the lock.

    Raises:
        StateError: the lock file cannot be created.
    """
    try:
        path.parent.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    except OSError as error:
        raise StateError(f"The lock file {path} cannot be created: {error.strerror}.") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (fcntl.LOCK_NB if busy else 0))
        except BlockingIOError as error:
            assert busy is not None
            raise busy() from error
        yield
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    """Removes a file if it exists. Errors are ignored: the one that led here is reported instead."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
