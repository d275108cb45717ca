"""The inbox on disk. Anybody may write to it at any time, by any program, and nothing of that is lost.

FILE ──rename──> .notebot-taken-…   whatever it was at that moment, late writers included
     <──link───  what is left of it; where somebody made a new FILE meanwhile, it is appended there
                 .notebot-spent-…   kept for a while: a program that had it open may still write to it
"""

from __future__ import annotations

import codecs
import os
import plistlib
import re
import stat
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers.expat import ExpatError

from notebot.core.model.errors import StateError
from notebot.core.text.patterns import regex
from notebot.features.intake.rules.inbox_lines import (
    LINES,
    WHOLE,
    InboxItem,
    is_for_us,
    leads_of,
    lines_of,
    whole_lines,
    without_lines,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MAX_BYTES = 5_000_000
"""Of a file that is read; a larger one is told of and stays."""
_SETTLED_S = 1.0
"""A file that changed less than this long ago may be half written."""
_SPENT_S = 60.0
"""How long a program may go on writing to a file that it opened before we took it."""
_LONGEST_NAME = 255
"""Bytes, on all usual file systems."""
_TAKEN = ".notebot-taken-"
_SPENT = regex(r"\.notebot-spent-([0-9]{1,19})-([0-9]{1,20})-(.+)", re.DOTALL)


class InboxFolder:
    """See :class:`notebot.features.intake.inbox.InboxFiles`.

    Args:
        folder: its files are read, those of other kinds by their name alone; it need not be there.
        links: a file of links besides; it stays when it is empty.
    """

    def __init__(self, folder: Path, links: Path | None = None) -> None:
        self._folder = folder
        self._links = links

    def items(self) -> list[InboxItem]:
        with _told(self._folder):
            paths = self._paths()
            ours = {_real(path) for path in paths if path.is_symlink()}
            for folder in {self._folder, *([self._links.parent] if self._links else []), *(one.parent for one in ours)}:
                _recover(folder, lambda path: self._is_ours(path) or path in ours)
            return [item for path in self._paths() for item in self._read(path)]

    def settle(self, done: Sequence[InboxItem]) -> None:
        by_place: dict[str, list[InboxItem]] = {}
        for item in done:
            by_place.setdefault(item.place, []).append(item)
        for place, items in by_place.items():
            path = Path(place) if Path(place).is_absolute() else self._folder / place
            with _told(path):
                keep = path == self._links or (path.is_symlink() and not items[0].is_file)
                _rewrite(_real(path), lambda body, at=path, items=items: _left(at, body, items), keep=keep)  # type: ignore[misc]

    def _paths(self) -> list[Path]:
        entries = sorted(self._folder.iterdir()) if self._folder.is_dir() else []
        found = [path for path in entries if is_for_us(path.name) and path != self._links]
        return [*([self._links] if self._links else []), *found]

    def _is_ours(self, path: Path) -> bool:
        return path == self._links or path.parent == self._folder

    def _read(self, path: Path) -> Iterator[InboxItem]:
        place = os.fsencode(path if path == self._links else path.name).decode("utf-8", "replace")
        whole = path != self._links and path.suffix.lower() in WHOLE
        try:
            with open(path, "rb", opener=_at_once) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    yield InboxItem(place, "", is_file=True, trouble="It is no regular file; remove it.")
                    return
                body = file.read(MAX_BYTES + 1)
                fresh = time.time() - os.fstat(file.fileno()).st_mtime < _SETTLED_S
        except (FileNotFoundError, IsADirectoryError):
            return
        except OSError as error:
            yield InboxItem(place, "", is_file=True, trouble=f"It cannot be read: {error.strerror}.")
            return
        trouble = _trouble(path, body, place) if path != self._links else _too_large(body)
        if trouble:
            yield InboxItem(place, "", is_file=True, trouble=trouble)
        elif whole and not fresh:
            yield InboxItem(place, _text(path, body), is_file=True)
        elif not whole:
            yield from lines_of(whole_lines(body) if fresh else body, place)


def _at_once(path: str, flags: int) -> int:
    """Opens without waiting for anybody: a pipe would keep us for ever."""
    return os.open(path, flags | os.O_NONBLOCK)


def _real(path: Path) -> Path:
    """The file that a link in the inbox leads to, so that the link itself is never taken away."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _trouble(path: Path, body: bytes, place: str) -> str:
    """Why a file of the folder cannot be read; empty where it can."""
    if path.suffix.lower() not in (*LINES, *WHOLE):
        return "It is a file of a kind that is not read; put its link on a line of a .txt file."
    if place != path.name:
        return "Its name is not UTF-8; rename it."
    return _too_large(body)


def _too_large(body: bytes) -> str:
    return f"It is larger than {MAX_BYTES // 1_000_000} MB; divide it." if len(body) > MAX_BYTES else ""


def _text(path: Path, body: bytes) -> str:
    """A file as text; of macOS's shortcuts, which are property lists, what the others say."""
    if path.suffix.lower() == ".webloc":
        with suppress(ValueError, TypeError, LookupError, AttributeError, ExpatError, RecursionError, OverflowError):
            return f"URL={plistlib.loads(body)['URL']}"
    wide = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return body.decode("utf-16" if wide else "utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")


def _left(path: Path, body: bytes, done: Sequence[InboxItem]) -> bytes:
    if done[0].is_file:
        return b"" if _text(path, body) == done[0].text and leads_of(done[0]) else body
    return without_lines(body, done)


def _rewrite(path: Path, left: Callable[[bytes], bytes], *, keep: bool) -> None:
    taken = _hidden(path, _TAKEN)
    try:
        path.rename(taken)
    except FileNotFoundError:
        return
    body = taken.read_bytes()
    rest = left(body)
    if rest or keep:
        _put_back(path, rest)
    taken.rename(_hidden(path, f".notebot-spent-{len(body)}-{time.time_ns()}-"))


def _hidden(path: Path, mark: str) -> Path:
    """A hidden name beside a file. Where it would be too long the stem's end is cut: a kill may cost that, no more."""
    stem, most = path.stem, _LONGEST_NAME - len(os.fsencode(f"{mark}{path.suffix}"))
    while len(os.fsencode(stem)) > most:
        stem = stem[:-1]
    return path.with_name(f"{mark}{stem}{path.suffix}")


def _put_back(path: Path, body: bytes) -> None:
    """Gives the path this content; where there is a new file, it gets the lines that it does not have."""
    hidden = _hidden(path, f".tmp-{os.getpid()}-")
    with hidden.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(hidden, path)
    except FileExistsError:
        _append(path, body)
    finally:
        hidden.unlink(missing_ok=True)


def _append(path: Path, body: bytes) -> None:
    with path.open("ab+") as file:
        file.seek(0)
        there = file.read()
        had = set(there.split(b"\n"))
        lines = [line for line in body.split(b"\n") if line.strip() and line not in had]
        if lines:
            ended = b"" if not there or there.endswith(b"\n") else b"\n"
            file.write(ended + b"\n".join(lines) + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _recover(folder: Path, is_ours: Callable[[Path], bool]) -> None:
    """Puts back what a kill left taken, and what was written to files that had been taken."""
    for hidden in sorted(folder.glob(".notebot-*")) if folder.is_dir() else []:
        spent = _SPENT.fullmatch(hidden.name)
        path = folder / (spent[3] if spent else hidden.name.removeprefix(_TAKEN))
        if not is_ours(path) or not (spent or hidden.name.startswith(_TAKEN)):
            continue
        if spent is None:
            _put_back(path, hidden.read_bytes())
            hidden.unlink()
        else:
            _take_late(hidden, path, int(spent[1]))


def _take_late(spent: Path, path: Path, size: int) -> None:
    late = spent.read_bytes()[size:]
    if late:
        _put_back(path, late)
        spent.rename(_hidden(path, f".notebot-spent-{size + len(late)}-{time.time_ns()}-"))
    elif time.time() - spent.stat().st_ctime > _SPENT_S:
        spent.unlink()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        with suppress(ValueError):
            path = Path(error.filename) if error.filename else path
        raise StateError(
            f"The inbox cannot be used ({path}: {error.strerror}); mend that, nothing of it is lost."
        ) from error
