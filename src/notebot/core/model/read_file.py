"""What is remembered of a digest file that was read back."""

from msgspec import Struct

from notebot.core.model.digest_reading import DigestReading


class FileVersion(Struct, frozen=True):
    """The size and modification time of a file, to see cheaply whether it changed."""

    mtime_ns: int
    size: int


class DigestFile(Struct, frozen=True):
    """A digest file as the curator left it."""

    text: str
    version: FileVersion
    sha256: str
    """Of the bytes on disk."""


class LastReading(Struct, frozen=True):
    """A digest file as it was when it was last read."""

    sha256: str
    """Empty if the file was never read."""
    version: FileVersion
    """Of the file when it was last looked at."""
    newest_decision: int = 0
    """The newest decision when the file was read; later ones can be newer than what the file says."""
    left: bool = False
    """True if the file was looked at since, but not read: it was half-synced or not readable."""
    as_typed: bool = False
    """True if the curator said that no program rewrote the file (rules.md 6.5)."""
    reading: DigestReading | None = None
    """What the file said; ``None`` if it was never read, or by a notebot that did not store this."""
