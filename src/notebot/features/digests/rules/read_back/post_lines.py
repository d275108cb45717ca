"""The posts of an entry: ``元ポスト: URL``, and what stands under it (rules.md 6)."""

import re

from msgspec import Struct, field

from notebot.core.model.digest_reading import PostLine
from notebot.core.text.patterns import regex

_URL = regex(r"https?://[^\s<>\"「」『』（）()【】、。]+", re.IGNORECASE)
_OPENER = regex(r"[^:：]{0,40}(?:ポスト|post)\s?[:：]", re.IGNORECASE)
"""Words that start a block of posts wherever they stand."""
_KIND_LIMIT = 20
"""So many characters without a colon are still the words before a URL, and no sentence."""
_COLONS = ":： \t\u00a0\u3000"


class Linked(Struct, frozen=True):
    """A line around its URLs."""

    words: str
    urls: tuple[str, ...]
    rest: str


class Block(Struct):
    """The lines right under ``元ポスト:`` while they are read; a blank line or other text ends it."""

    kind: str = ""
    waiting: bool = False
    """Nothing but words so far: the URL may stand on the next line."""
    asked: tuple[int, str] | None = None
    """Words that the curator typed on a line of their own, and its place, until their URL comes."""
    posts: list[PostLine] = field(default_factory=list)
    """All posts of the entry."""

    def read(self, text: str) -> str | None:
        """Takes the posts of a line; what is typed behind them, or ``None`` when the line has none to take."""
        linked = around_urls(text)
        if not linked.urls or not self._takes(linked):
            return None
        self.asked, self.waiting = None, False
        self.kind = linked.words.rstrip(_COLONS) or self.kind
        self.posts += [PostLine(self.kind, url) for url in linked.urls]
        return linked.rest

    def open(self, kind: str, asked: tuple[int, str] | None = None) -> None:
        """Words that a URL may follow."""
        self.kind, self.waiting, self.asked = kind.rstrip(_COLONS), True, asked

    def close(self) -> tuple[int, str] | None:
        """Ends the block; the typed words that no URL followed, if any."""
        asked, self.asked, self.kind, self.waiting = self.asked, None, "", False
        return asked

    def _takes(self, linked: Linked) -> bool:
        if _OPENER.fullmatch(linked.words):
            return True
        if not self.kind:
            return False
        if not linked.words or linked.words.endswith((":", "：")):
            return True
        return len(linked.words) <= _KIND_LIMIT and not linked.rest


def around_urls(text: str) -> Linked:
    """The first URLs of a line, with blanks alone between them, and what stands before and behind."""
    found = _URL.search(text)
    if found is None:
        return Linked("", (), text.strip())
    words, urls, end = text[: found.start()].strip(), [], found.start()
    while found:
        urls.append(found[0])
        end = found.end()
        found = _URL.match(text, end + len(text[end:]) - len(text[end:].lstrip()))
    return Linked(words, tuple(urls), text[end:].strip())


def opens_block(text: str, *, inside: bool) -> bool:
    """Whether a line is nothing but the words before a URL on the next one."""
    stripped = text.strip()
    colon = stripped.endswith((":", "：")) and len(stripped) <= 2 * _KIND_LIMIT
    return bool(_OPENER.fullmatch(stripped)) or (inside and colon)
