"""The folder of the tag pages: each file is replaced whole, and nothing outside the folder is touched."""

import os
from contextlib import suppress
from pathlib import Path, PurePosixPath

from notebot.core.model.errors import StateError


class PageFolder:
    """See :class:`notebot.features.archive.tag_pages.PageFiles`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known_inside: set[Path] = set()

    def exists(self, name: str) -> bool:
        path = self._inside(name)
        return path.is_file() and path.stat().st_size > 0  # empty is what a power cut may leave of a new file

    def write(self, name: str, text: str) -> None:
        path = self._inside(name)
        hidden = path.with_name(f".tmp-{os.getpid()}-{path.name}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            hidden.write_text(text, encoding="utf-8", newline="\n")  # not flushed: a page can be made anew
            hidden.replace(path)
        except OSError as error:
            raise StateError(f"{path} cannot be written: {error.strerror}. Mend that and run it again.") from error
        finally:
            with suppress(OSError):
                hidden.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        path = self._inside(name)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StateError(f"{path} cannot be removed: {error.strerror}. Mend that and run it again.") from error

    def _inside(self, name: str) -> Path:
        """The file of a name; a link that stands for one of its folders may lead elsewhere."""
        parts = PurePosixPath(name).parts
        path = self._folder.joinpath(*parts)
        leaves = not parts or ".." in parts or "/" in parts or "\0" in name
        if leaves or not self._is_inside(path.parent):
            raise StateError(f"{name!r} is no page below {self._folder}; give pages_dir a folder of its own.")
        return path

    def _is_inside(self, folder: Path) -> bool:
        """Looked at once a run: there are thousands of pages in three folders."""
        if folder not in self._known_inside and folder.resolve().is_relative_to(self._folder.resolve()):
            self._known_inside.add(folder)
        return folder in self._known_inside
