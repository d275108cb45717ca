"""The inbox on disk. Any program may write to it at any time, and nothing of that is lost.

FILE ──rename──> .notebot-taken-…   the file at that moment, including writers that still have it open
     <──link───  the lines that remain; if there is a new FILE meanwhile, they are appended to it
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
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers.expat import ExpatError

from notebot.core.model.errors import StateError
from notebot.core.model.inbox_failure import WHOLE
from notebot.core.net.files import write_new_file
from notebot.core.text.patterns import regex
from notebot.features.intake.rules.inbox_lines import (
    LINES,
    InboxItem,
    extract_links,
    is_inbox_file,
    split_lines,
    without_lines,
    without_unfinished_line,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MAX_BYTES = 5_000_000
"""Largest inbox file that is read; a larger one is reported and left in the folder."""
_SETTLED_S = 1.0
"""A file that changed more recently may still be being written."""
_SPENT_S = 60.0
"""How long a program may keep writing to a file that it opened before it was renamed."""
_LONGEST_NAME = 255
"""Bytes, on all usual file systems."""
_TAKEN = ".notebot-taken-"
_SPENT = regex(r"\.notebot-spent-([0-9]{1,19})-([0-9]{1,20})-(.+)", re.DOTALL)


class InboxFolder:
    """Implements :class:`notebot.features.intake.inbox.InboxFiles`.

    Args:
        folder: the folder of files; it need not exist.
        links: an additional file of links; it is kept when it is empty.
    """

    def __init__(self, folder: Path, links: Path | None = None) -> None:
        self._folder = folder
        self._links = links

    def items(self) -> list[InboxItem]:
        with _os_errors_as_state_error(self._folder):
            paths = self._paths()
            targets = {_resolve(path) for path in paths if path.is_symlink() and not self._leads_outside(path)}
            links_folder = [self._links.parent] if self._links else []
            for folder in {self._folder, *links_folder, *(path.parent for path in targets)}:
                _recover(folder, lambda path: path == self._links or path.parent == self._folder or path in targets)
            return [item for path in self._paths() for item in self._read(path)]

    def remove(self, done: Sequence[InboxItem]) -> None:
        by_place: dict[str, list[InboxItem]] = {}
        for item in done:
            by_place.setdefault(item.place, []).append(item)
        for place, items in by_place.items():
            path = Path(place) if Path(place).is_absolute() else self._folder / place
            if self._leads_outside(path):  # replaced by a link since it was read
                continue
            with _os_errors_as_state_error(path):
                keep = path == self._links or (path.is_symlink() and not items[0].is_file)
                _rewrite(_resolve(path), path, items, keep=keep)

    def add(self, line: str) -> tuple[str, bool]:
        """Puts a line into a file of its own; returns the file's name, and False if the same line waits already.

        Raises:
            StateError: the folder cannot be written.
        """
        # named after its content, so that a program that sends a line again, after no answer came, adds it once
        name = f"added-{sha256(line.encode('utf-8', 'replace')).hexdigest()[:16]}.txt"
        try:
            write_new_file(self._folder / name, f"{line}\n")
        except FileExistsError:
            return name, False
        return name, True

    def has(self, name: str) -> bool:
        """Tells whether a file that :meth:`add` wrote still waits, also while its lines are being taken out."""
        path = self._folder / name
        return path.exists() or _hidden(path, _TAKEN).exists()

    def _paths(self) -> list[Path]:
        entries = sorted(self._folder.iterdir()) if self._folder.is_dir() else []
        files = [path for path in entries if is_inbox_file(path.name) and path != self._links]
        return [*([self._links] if self._links else []), *files]

    def _leads_outside(self, path: Path) -> bool:
        """True for a symbolic link out of the folder; the configured file of links may be anywhere."""
        is_link = path != self._links and path.is_symlink()
        return is_link and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(self._folder))

    def _read(self, path: Path) -> Iterator[InboxItem]:
        place = os.fsencode(path if path == self._links else path.name).decode("utf-8", "replace")
        if self._leads_outside(path):
            # its lines would be removed from a file that is not notebot's to change
            trouble = "It is a link to a file outside the inbox; put the file itself here, or name it in inbox.file."
            yield InboxItem(place, "", is_file=True, trouble=trouble)
            return
        is_one_item = path != self._links and path.suffix.lower() in WHOLE
        try:
            with open(path, "rb", opener=_open_nonblocking) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    yield InboxItem(place, "", is_file=True, trouble="It is not a regular file; remove it.")
                    return
                body = file.read(MAX_BYTES + 1)
                is_recent = time.time() - os.fstat(file.fileno()).st_mtime < _SETTLED_S
        except (FileNotFoundError, IsADirectoryError):
            return
        except OSError as error:
            yield InboxItem(place, "", is_file=True, trouble=f"It cannot be read: {error.strerror}.")
            return
        trouble = ""
        if path != self._links and path.suffix.lower() not in (*LINES, *WHOLE):
            trouble = "Files of this kind are not read; put its link on a line of a .txt file."
        elif path != self._links and place != path.name:
            trouble = "Its name is not UTF-8; rename it."
        elif len(body) > MAX_BYTES:
            trouble = f"It is larger than {MAX_BYTES // 1_000_000} MB; split it."
        if trouble:
            yield InboxItem(place, "", is_file=True, trouble=trouble)
        elif is_one_item and not is_recent:
            yield InboxItem(place, _decode(path, body), is_file=True)
        elif not is_one_item:
            # the last line of a recent file may be half written
            yield from split_lines(without_unfinished_line(body) if is_recent else body, place)


def _open_nonblocking(path: str, flags: int) -> int:
    """Opens without waiting for a writer: a named pipe would block forever."""
    return os.open(path, flags | os.O_NONBLOCK)


def _resolve(path: Path) -> Path:
    """Returns the target of a symbolic link, so that the link itself is never removed."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _decode(path: Path, body: bytes) -> str:
    """Returns a file as text; macOS shortcuts are property lists, and are returned like those of Windows."""
    if path.suffix.lower() == ".webloc":
        with suppress(ValueError, TypeError, LookupError, AttributeError, ExpatError, RecursionError, OverflowError):
            return f"URL={plistlib.loads(body)['URL']}"
    is_utf16 = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return body.decode("utf-16" if is_utf16 else "utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")


def _rewrite(path: Path, item_path: Path, done: Sequence[InboxItem], *, keep: bool) -> None:
    """Removes finished items from a file; see the module's diagram.

    Args:
        path: the file, with symbolic links resolved.
        item_path: the path in the inbox, whose suffix says how to read the file.
        keep: keep the file even if it is empty.
    """
    taken = _hidden(path, _TAKEN)
    try:
        path.rename(taken)
    except FileNotFoundError:
        return
    # read again after the renaming: lines may have been added since the inbox was read
    body = taken.read_bytes()
    if not done[0].is_file:
        rest = without_lines(body, done)
    elif _decode(item_path, body) == done[0].text and extract_links(done[0]):
        rest = b""
    else:  # the file changed since it was read
        rest = body
    if rest or keep:
        _put_back(path, rest)
    # not deleted yet: a program that still has it open may append to it (see `_recover`)
    taken.rename(_hidden(path, f".notebot-spent-{len(body)}-{time.time_ns()}-"))


def _hidden(path: Path, mark: str) -> Path:
    """Returns a hidden name in the same folder; a stem that makes it too long is truncated.

    If the process is killed meanwhile, the file is found again under that name, with at worst a truncated stem.
    """
    stem, limit = path.stem, _LONGEST_NAME - len(os.fsencode(f"{mark}{path.suffix}"))
    while len(os.fsencode(stem)) > limit:
        stem = stem[:-1]
    return path.with_name(f"{mark}{stem}{path.suffix}")


def _put_back(path: Path, body: bytes) -> None:
    """Creates the file with this content; if there is a new file, appends the lines that it does not have."""
    hidden = _hidden(path, f".tmp-{os.getpid()}-")
    with hidden.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    try:
        # unlike a rename, a link never replaces a file that a program has created meanwhile
        os.link(hidden, path)
    except FileExistsError:
        with path.open("ab+") as file:
            file.seek(0)
            existing = file.read()
            existing_lines = set(existing.split(b"\n"))
            lines = [line for line in body.split(b"\n") if line.strip() and line not in existing_lines]
            if lines:
                separator = b"" if not existing or existing.endswith(b"\n") else b"\n"
                file.write(separator + b"\n".join(lines) + b"\n")
                file.flush()
                os.fsync(file.fileno())
    finally:
        hidden.unlink(missing_ok=True)


def _recover(folder: Path, is_inbox_path: Callable[[Path], bool]) -> None:
    """Restores renamed files after a kill, and what programs wrote to files after they were renamed."""
    for hidden in sorted(folder.glob(".notebot-*")) if folder.is_dir() else []:
        spent = _SPENT.fullmatch(hidden.name)
        path = folder / (spent[3] if spent else hidden.name.removeprefix(_TAKEN))
        if not is_inbox_path(path) or not (spent or hidden.name.startswith(_TAKEN)):
            continue
        if spent is None:
            _put_back(path, hidden.read_bytes())
            hidden.unlink()
            continue
        size = int(spent[1])  # what was read before it was renamed
        late = hidden.read_bytes()[size:]
        if late:
            _put_back(path, late)
            hidden.rename(_hidden(path, f".notebot-spent-{size + len(late)}-{time.time_ns()}-"))
        elif time.time() - hidden.stat().st_ctime > _SPENT_S:
            hidden.unlink()


@contextmanager
def _os_errors_as_state_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        with suppress(ValueError):
            path = Path(error.filename) if error.filename else path
        raise StateError(
            f"The inbox cannot be used ({path}: {error.strerror}); fix that, nothing in it is lost."
        ) from error
