"""Elements of a JSON array in a file, one at a time: a large export does not fit in memory twice."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, Any, BinaryIO

from notebot.core.text.patterns import regex
from notebot.features.archive.adapters.formats.json_fields import FieldError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOM = b"\xef\xbb\xbf"
_BLANKS = regex(r"[ \t\n\r]*")


def array_elements(file: BinaryIO, chunk_bytes: int = 2**20) -> Iterator[Any]:
    """Parses each element when it is asked for, with the values that ``json.loads`` gives.

    Args:
        chunk_bytes: how much is read at a time; elements may be larger.

    Raises:
        FieldError: the file is not one whole JSON array; elements before the mistake were already given.
    """
    window = _Window(file, chunk_bytes)
    if window.next_character() != "[":
        raise FieldError("it is not a JSON array")
    window.at += 1
    if window.next_character() == "]":
        window.at += 1
    else:
        closed = False
        while not closed:
            yield window.parse_element()
            closed = window.text[window.at] == "]"
            window.at += 1
            if not closed:
                window.next_character()
    if window.next_character():
        raise FieldError("it is not JSON: text follows the array")


class _Window:
    """The part of the file's text that is being parsed."""

    def __init__(self, file: BinaryIO, chunk_bytes: int) -> None:
        start = len(_BOM) if file.read(len(_BOM)) == _BOM else 0
        file.seek(start)
        # as json.loads does: PowerShell's `>` writes UTF-16
        encoding = json.detect_encoding(file.read(4))
        file.seek(start)
        self._file = file
        self._chunk_bytes = chunk_bytes
        self._decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
        self._scan = json.JSONDecoder().raw_decode
        self._ended = False
        self.text = ""
        self.at = 0

    def next_character(self) -> str:
        """Moves to the next character that is not blank; empty at the end of the file."""
        while True:
            self.at = _BLANKS.match(self.text, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.text) or self._ended:
                return self.text[self.at : self.at + 1]
            self._read_more(self._chunk_bytes)

    def parse_element(self) -> Any:
        """Parses the element here, and moves to the comma or bracket that follows it."""
        size = self._chunk_bytes
        while True:
            try:
                value, end = self._scan(self.text, self.at)
                end = _BLANKS.match(self.text, end).end()  # type: ignore[union-attr]
                # a number at the end of the window may go on in the next chunk
                if self.text[end : end + 1] in {",", "]"}:
                    self.at = end
                    return value
            except json.JSONDecodeError:
                pass
            except (ValueError, RecursionError) as error:
                raise FieldError("it is JSON that cannot be read") from error
            if self._ended:
                raise FieldError("it is not JSON")
            self._read_more(size)
            # an element larger than a chunk is parsed anew: doubling keeps that linear in the file's size
            size *= 2

    def _read_more(self, size: int) -> None:
        raw = self._file.read(size)
        self._ended = not raw
        try:
            self.text = self.text[self.at :] + self._decoder.decode(raw, final=self._ended)
        except UnicodeDecodeError as error:
            raise FieldError("it is not UTF-8 text") from error
        self.at = 0
