"""The folder of the site, and the record of which files in it notebot wrote.

    .notebot-site/manifest.json   name -> [fingerprint, hash, size] of every file, after the last complete run
    .notebot-site/journal.jsonl   [name, hash] of every file that a run has begun to replace; removed at its end

The record is in the folder itself, so that the folder can be moved, copied, or restored from a cache of a build
machine. A file is replaced or removed only if its content is what notebot wrote. A run that was killed leaves its
journal: the next run knows both contents that such a file may have, and renders it again.
"""

from __future__ import annotations

import glob
import hashlib
import json
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct

from notebot.core.model.errors import StateError, UsageError
from notebot.features.archive.adapters.page_folder import EntryFile, PageFolder
from notebot.features.site.build_site import INDEX_PAGE, FileOutcome

RECORD = ".notebot-site"
_MANIFEST, _JOURNAL = f"{RECORD}/manifest.json", f"{RECORD}/journal.jsonl"


class _Manifest(Struct):
    version: int
    files: dict[str, tuple[str, str, int]]
    """Fingerprint, hash and size by name."""


class SiteFolder:
    """See :class:`notebot.features.site.build_site.SiteFiles`; made by :func:`open_site_folder`."""

    def __init__(self, folder: Path, manifest: _Manifest, known: dict[str, set[str]], journal: IO[str]) -> None:
        self._pages = PageFolder(folder)
        self._files = manifest.files
        self._known = known
        """By name, the hashes of the contents that notebot wrote, or had begun to write."""
        self._journal = journal

    def is_current(self, name: str, fingerprint: str) -> bool:
        recorded = self._files.get(name)
        if recorded is None or not fingerprint or recorded[0] != fingerprint:
            return False
        try:
            status = self._pages.path(name).lstat()
        except OSError:
            return False
        return status.st_size == recorded[2]

    def write(self, name: str, fingerprint: str, content: bytes) -> FileOutcome:
        digest = _hash(content)
        existing = self._existing(name)
        if existing is not None and existing != digest and existing not in self._known.get(name, ()):
            return FileOutcome.LEFT
        if existing != digest:
            # first the record, so that a file of a killed run is known to be ours
            self._journal.write(json.dumps([name, digest]) + "\n")
            self._journal.flush()
            self._pages.write(name, [content])
        self._files[name] = fingerprint, digest, len(content)
        self._known[name] = {digest}
        return FileOutcome.UNCHANGED if existing == digest else FileOutcome.WRITTEN

    def remove_others(self, keep: Collection[str]) -> Iterator[tuple[str, FileOutcome]]:
        for name in [name for name in self._known if name not in keep]:
            existing = self._existing(name)
            if existing is not None and existing not in self._known[name]:
                yield name, FileOutcome.LEFT
            elif existing is not None:
                self._pages.remove(name)
                yield name, FileOutcome.WRITTEN
            # what is not ours any more is not ours later either
            del self._known[name]
            self._files.pop(name, None)

    def open_spool(self) -> EntryFile:
        return self._pages.open_spool()

    def finish(self) -> None:
        """Stores the manifest after a complete run."""
        manifest = _Manifest(1, {name: self._files[name] for name in sorted(self._files)})
        self._pages.write(_MANIFEST, [msgspec.json.encode(manifest)])
        self._pages.remove(_JOURNAL)

    def _existing(self, name: str) -> str | None:
        """The hash of the file; ``None`` without one, and a text that is no hash for anything but a plain file.

        A power cut may leave an empty file of ours, which counts as none.
        """
        path = self._pages.path(name)
        try:
            mode = path.lstat().st_mode
        except OSError:
            return None
        if not stat.S_ISREG(mode):
            return "not a file"
        content = path.read_bytes()
        return _hash(content) if content or name not in self._known else None


@contextmanager
def open_site_folder(folder: Path) -> Iterator[SiteFolder]:
    """The folder until the block ends; the record is stored if the block ends without an error.

    Raises:
        UsageError: there is another site in the folder.
        StateError: the folder or its record cannot be read or written.
    """
    try:
        manifest, known = _read_record(folder)
        (folder / RECORD).mkdir(parents=True, exist_ok=True)
        journal = (folder / _JOURNAL).open("a", encoding="utf-8")
        journal.write("\n")  # ends a line that a kill or a full disk cut, so that the next one can be read
    except OSError as error:
        raise StateError(f"{folder} cannot be used: {error.strerror}. Mend that and run it again.") from error
    with journal:
        site = SiteFolder(folder, manifest, known, journal)
        yield site
        site.finish()


def _read_record(folder: Path) -> tuple[_Manifest, dict[str, set[str]]]:
    manifest = _Manifest(1, {})
    path = folder / _MANIFEST
    journal = folder / _JOURNAL
    if path.exists():
        try:
            manifest = msgspec.json.decode(path.read_bytes(), type=_Manifest)
        except msgspec.DecodeError as error:
            raise StateError(f"{path} is damaged ({error}). Build the site in a new, empty folder.") from error
    elif not journal.exists() and (folder / INDEX_PAGE).exists():
        raise UsageError(f"{folder} has an {INDEX_PAGE} that notebot did not write; give the site a folder of its own.")
    known = {name: {digest} for name, (_, digest, _) in manifest.files.items()}
    name = ""
    for name, digest in _read_journal(journal):
        known.setdefault(name, set()).add(digest)
        manifest.files.pop(name, None)  # which of the two contents it has is not known, so it is rendered again
    if name:
        _remove_unfinished(PageFolder(folder), name)
    return manifest, known


def _read_journal(path: Path) -> Iterator[tuple[str, str]]:
    """Name and hash in every whole line; a kill may cut the last one."""
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError, TypeError):
                name, digest = json.loads(line)
                yield str(name), str(digest)


def _remove_unfinished(pages: PageFolder, name: str) -> None:
    """Removes the hidden file that a killed run may have left beside the last file that it wrote."""
    with suppress(OSError, StateError):
        path = pages.path(name)
        for hidden in path.parent.glob(f".tmp-*-{glob.escape(path.name)}"):
            hidden.unlink()


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
