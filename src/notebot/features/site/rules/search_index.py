"""The index of the site's search, in files that a page loads by script tags, because ``file://`` knows no requests.

    words-17.js   siteSearch.words(17, "数学=Ab|cDe 数値=|f …")   tokens whose first characters hash to 17
    notes-3.js    siteSearch.notes(3, [["1234.html", "Title", "Author+, ACL'26, 2026.03", "2026-03-01"], …])

A search loads the files of its own words, and then those of the notes that it shows. Tokens are those of the archive's
own search (``core.text.search_tokens``). The notes of a token are two lists, by title and tags, and by all other text.
A list is base64 digits of differences (variable length quantities, as source maps have them), ascending; the number of
a note is its index from the oldest, so that a new note changes few files.
"""

from __future__ import annotations

import json
from array import array
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

from notebot.core.text.patterns import regex
from notebot.core.text.search_tokens import tokenise_for_index
from notebot.core.text.words import is_ideographic
from notebot.features.archive.rules.tag_page.entry_parts import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from notebot.features.site.rules.full_note import FullNote

SHARDS = 64
"""Files of tokens. ``search.js`` has the same number."""
CHUNK = 500
"""Notes in a file of notes. ``search.js`` has the same number."""

_ADDRESS = regex(r"https?://[!-~]+")
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def shard_of(token: str) -> int:
    """The file of a token: all that begin with the same Japanese character, or the same two letters, are together."""
    first = ord(token[0])
    if is_ideographic(token):
        return first % SHARDS
    return (first * 31 + (ord(token[1]) if len(token) > 1 else 0)) % SHARDS


def index_files(count: int) -> list[str]:
    """The names of all files for this many notes."""
    chunks = (count + CHUNK - 1) // CHUNK
    words = [f"search/words-{shard}.js" for shard in range(SHARDS)]
    return words + [f"search/notes-{chunk}.js" for chunk in range(chunks)]


class SearchIndex:
    """Collects the notes in any order; of each text only its tokens are kept."""

    def __init__(self, count: int) -> None:
        self._rows: list[str] = [""] * count
        self._by_title: defaultdict[str, array[int]] = defaultdict(partial(array, "I"))
        self._by_text: defaultdict[str, array[int]] = defaultdict(partial(array, "I"))

    @property
    def is_complete(self) -> bool:
        """True if every note was added."""
        return all(self._rows)

    def add(self, index: int, file: str, full: FullNote) -> None:
        """Adds a note."""
        note, title = full.note, full.title
        rest = title.text[title.text.find(title.title) + len(title.title) :].strip(" ,")
        row = [file.rpartition("/")[2], title.title, rest, str(note.issue_date or "")]
        self._rows[index] = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        named = set(tokenise_for_index(clean(f"{note.title_line} {' '.join(note.tags)}")).split())
        # of the abstract only where there is no summary: a summary has its terms, and the index stays small
        text = "\n".join((*full.authors, *(full.summary or (full.abstract,)), full.prose, *note.comments))
        text = _ADDRESS.sub(" ", text)  # every post has words such as `status`, and a number that nobody searches
        for token in named:
            self._by_title[token].append(index)
        for token in set(tokenise_for_index(text).split()):
            self._by_text[token].append(index)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Each file with its text."""
        shards: list[list[str]] = [[] for _ in range(SHARDS)]
        for token in sorted(self._by_title.keys() | self._by_text.keys()):
            lists = _encode(self._by_title.get(token, ())), _encode(self._by_text.get(token, ()))
            shards[shard_of(token)].append(f"{token}={'|'.join(lists)}")
        for shard, lines in enumerate(shards):
            text = json.dumps(" ".join(lines), ensure_ascii=False)
            yield f"search/words-{shard}.js", f"siteSearch.words({shard},{text})\n".encode()
        for chunk, start in enumerate(range(0, len(self._rows), CHUNK)):
            # a note that failed has no row
            rows = ",\n".join(row or "[]" for row in self._rows[start : start + CHUNK])
            yield f"search/notes-{chunk}.js", f"siteSearch.notes({chunk},[{rows}])\n".encode()


def _encode(numbers: Iterable[int] | Sequence[int]) -> str:
    """Differences of ascending numbers; five bits a digit, the lowest first, the sixth bit says that more follow."""
    digits: list[str] = []
    previous = 0
    for number in sorted(numbers):
        rest, previous = number - previous, number
        while rest > 31:
            digits.append(_DIGITS[rest & 31 | 32])
            rest >>= 5
        digits.append(_DIGITS[rest])
    return "".join(digits)
