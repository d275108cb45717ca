"""What is known about a note in a folder besides its file."""

from msgspec import Struct


class FolderNote(Struct, frozen=True):
    """A note that notebot wrote, or gave a number because its file has none."""

    number: int
    path: str
    """Of its file when it was last seen, relative to the folder, with ``/``."""
    lines: tuple[str, ...] = ()
    """Every line of its front matter that notebot wrote, now or earlier; only these may be replaced."""
