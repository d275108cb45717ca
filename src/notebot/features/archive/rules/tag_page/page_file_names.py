"""File names of tag pages that are safe on every file system."""

from __future__ import annotations

import hashlib
import unicodedata
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SAFE = " -_.()+,&'"
_LONGEST = 200
"""Bytes; with an ending and a mark against collisions it stays below the 255 that file systems take."""
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
"""Windows takes a file of such a name, with any ending, for a device."""


def file_stems(labels: Iterable[str], slash: str) -> dict[str, str]:
    """A file name without ending for each label, all different even if case is ignored.

    Earlier labels keep their plain name, so a new label never changes the file name of an older one.

    Args:
        slash: replaces ``/``.
    """
    stems: dict[str, str] = {}
    taken: set[str] = set()
    for label in labels:
        plain = _stem(label, slash)
        names = (plain if not turn else f"{plain}-{_mark(label, turn)}" for turn in count())
        stems[label] = next(name for name in names if _folded(name) not in taken)
        taken.add(_folded(stems[label]))
    return stems


def _stem(label: str, slash: str) -> str:
    text = unicodedata.normalize("NFC", label).replace("/", slash)
    last = len(text) - 1
    # A dot or underscore in front hides a file from site generators; Windows drops dots and blanks at the end.
    stem = "".join(
        char if char.isalnum() or (char in _SAFE and at and (at < last or char not in " .")) else _percent(char)
        for at, char in enumerate(text)
    )
    if _folded(stem).partition(".")[0].strip() in _DEVICES:
        stem = _percent(stem[0]) + stem[1:]
    encoded = stem.encode()
    if len(encoded) <= _LONGEST:
        return stem
    return f"{encoded[: _LONGEST - 20].decode(errors='ignore')}-{_mark(label, 0)}"


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode(errors="surrogatepass"))


def _mark(label: str, turn: int) -> str:
    return hashlib.blake2b(f"{turn} {label}".encode(errors="surrogatepass"), digest_size=4).hexdigest()


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
