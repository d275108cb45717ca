"""Replaces a file only if nobody has changed it since it was read, also while an editor saves it.

Between a last look and a rename an editor may save, and its text would be lost. So the new text is put in place by
an exchange: the file that was there is moved aside in the same step, and looked at. If it is not the expected one,
both are exchanged back. Where the system cannot exchange two files, the last look is right before the rename.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from notebot.core.model.errors import StateError
from notebot.core.net.files import flush_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_MARK = ".notebot-swap-"
"""Begins the name of a file that is being exchanged; the digests of the old and the new text follow."""
_KEPT = "kept"
"""In the place of the old text's digest: a text that went back, and that its editor may save over unknowingly."""
KEPT_S = 60.0
"""How long after it was saved such a text is kept; an editor that read ours in that instant has saved by then."""
_AT_FDCWD = -100
# RENAME_EXCHANGE of renameat2(2)
_EXCHANGE = 2
_CANNOT = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM)


def replace_unchanged_file(path: Path, expected: bytes, body: bytes) -> bool:
    """Replaces a file if its content is ``expected``; returns False, and changes nothing, if it is not.

    Raises:
        FileNotFoundError: there is no such file any more.
        StateError: the folder cannot be written, or the disk is full.
    """
    aside = path.with_name(f"{_MARK}{_digest(expected)}-{_digest(body)}")
    try:
        _write_aside(path, aside, body)
        try:
            return _swap(path, aside, expected, body)
        finally:
            # kept if it has neither text: then somebody saved it, and :func:`finish_swap` brings it back
            _discard(aside, expected, body)
            flush_folder(path.parent)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StateError(
            f"{path} cannot be written: {error.strerror}. Fix this and run the command again; nothing stored is lost."
        ) from error


def is_swap_name(name: str) -> bool:
    """True for the name of a file that an interrupted exchange left behind."""
    return name.startswith(_MARK)


def finish_swap(aside: Path, notes: Iterable[Path]) -> Path | None:
    """Cleans up after a process that was killed while it exchanged files; returns the file that was restored, if any.

    Args:
        aside: a file with such a name that no process is using.
        notes: the files that it may have been exchanged with.
    """
    old, _, new = aside.name.removeprefix(_MARK).partition("-")
    with suppress(FileNotFoundError):
        if old == _KEPT:
            return _settle_kept(aside, notes)
        if _digest(aside.read_bytes()) in (old, new):
            aside.unlink()
            return None
        # somebody saved the file in the instant of the exchange: their text goes back in place of ours
        replaced = next((path for path in notes if _digest(path.read_bytes()) == new), None)
        target = replaced or aside.with_name(f"saved-while-notebot-wrote-{new}.md")
        aside.replace(target)
        return target
    return None


def _settle_kept(kept: Path, notes: Iterable[Path]) -> Path | None:
    """Discards a text that was kept aside if a note still has its lines; until an editor has had time, it stays."""
    if time.time() - kept.stat().st_mtime < KEPT_S:
        return None
    lines = set(kept.read_bytes().split(b"\n"))
    if any(lines <= set(path.read_bytes().split(b"\n")) for path in notes):
        kept.unlink()
        return None
    target = kept.with_name(f"saved-while-notebot-wrote-{_digest(kept.read_bytes())}.md")
    kept.replace(target)
    return target


def _write_aside(path: Path, aside: Path, body: bytes) -> None:
    unfinished = aside.with_name(f".notebot-write-{os.getpid()}")
    with suppress(FileNotFoundError):
        unfinished.unlink()
    mode = stat.S_IMODE(path.stat().st_mode)
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        # a name with both digests only for a whole file, so that a half one is never taken for somebody's text
        unfinished.replace(aside)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()


def _swap(path: Path, aside: Path, expected: bytes, body: bytes) -> bool:
    if path.read_bytes() != expected:
        return False
    exchange = _exchange()
    if exchange is None or not exchange(aside, path):
        if path.read_bytes() != expected:
            return False
        aside.replace(path)
        return True
    if aside.read_bytes() == expected:
        return True
    # An editor saved in between: its text goes back. It also stays aside for a while, because the editor may have read
    # our text in this instant, and may save over what goes back.
    _keep(aside)
    exchange(aside, path)
    if aside.read_bytes() != body:
        # it has saved once more, over the new text: that is the newest, and goes back instead
        _keep(aside)
        exchange(aside, path)
        _keep(aside)
        aside.unlink()
    return False


def _keep(aside: Path) -> None:
    """Gives a text a second name, under which :func:`finish_swap` finds it later."""
    with suppress(FileExistsError):
        aside.with_name(f"{_MARK}{_KEPT}-{_digest(aside.read_bytes())}").hardlink_to(aside)


def _discard(aside: Path, expected: bytes, body: bytes) -> None:
    with suppress(FileNotFoundError):
        if aside.read_bytes() in (expected, body):
            aside.unlink()


@cache
def _exchange() -> Callable[[Path, Path], bool] | None:
    """Returns a function that exchanges two files and returns False if the file system cannot; ``None`` without one."""
    import ctypes  # takes 10 ms, which only a change of a note pays

    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return None

    def exchange(aside: Path, path: Path) -> bool:
        if rename(_AT_FDCWD, os.fsencode(aside), _AT_FDCWD, os.fsencode(path), _EXCHANGE) == 0:
            return True
        code = ctypes.get_errno()
        if code in _CANNOT:
            return False
        raise OSError(code, os.strerror(code), str(path))

    return exchange


def _digest(text: bytes) -> str:
    return blake2b(text, digest_size=8).hexdigest()
