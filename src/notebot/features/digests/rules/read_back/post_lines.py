"""Reads the posts of an entry: ``元ポスト: URL`` and the lines below it (rules.md 6.7)."""

import re

from msgspec import Struct, field

from notebot.core.model.digest_reading import PostLine
from notebot.core.text.patterns import regex

_URL = regex(r"https?://[^\s<>\"「」『』（）()【】、。]+", re.IGNORECASE)
_OPENER = regex(r"[^:：]{0,40}(?:ポスト|post)\s?[:：]", re.IGNORECASE)
"""A label that starts a block of posts anywhere."""
_KIND_LIMIT = 20
"""Up to this length, text before a URL counts as its label even without a colon; longer text is a sentence."""
_COLONS = ":： \t\u00a0\u3000"


class LineAroundUrls(Struct, frozen=True):
    """A line split around its first URLs."""

    words: str
    urls: tuple[str, ...]
    rest: str


class PostBlock(Struct):
    """The state while the lines below ``元ポスト:`` are read; a blank line or other text ends the block."""

    kind: str = ""
    waiting: bool = False
    """True after a label without URL: the URL may be on the next line."""
    pending_label: tuple[int, str] | None = None
    """Place and text of a typed label on its own line, until a URL follows."""
    posts: list[PostLine] = field(default_factory=list)
    """All posts of the entry."""

    def read(self, text: str) -> str | None:
        """Adds the posts of a line and returns the text after them; ``None`` if the line has no posts."""
        linked = split_around_urls(text)
        if not linked.urls or not self._accepts(linked):
            return None
        self.pending_label, self.waiting = None, False
        self.kind = linked.words.rstrip(_COLONS) or self.kind
        self.posts += [PostLine(self.kind, url) for url in linked.urls]
        return linked.rest

    def open(self, kind: str, pending_label: tuple[int, str] | None = None) -> None:
        """Starts a block with a label, which a URL may follow."""
        self.kind, self.waiting, self.pending_label = kind.rstrip(_COLONS), True, pending_label

    def close(self) -> tuple[int, str] | None:
        """Ends the block and returns a typed label that no URL followed, if any."""
        pending_label, self.pending_label, self.kind, self.waiting = self.pending_label, None, "", False
        return pending_label

    def _accepts(self, linked: LineAroundUrls) -> bool:
        if _OPENER.fullmatch(linked.words):
            return True
        if not self.kind:
            return False
        if not linked.words or linked.words.endswith((":", "：")):
            return True
        return len(linked.words) <= _KIND_LIMIT and not linked.rest


def split_around_urls(text: str) -> LineAroundUrls:
    """The first URLs of a line, separated by blanks only, and the text before and after them."""
    found = _URL.search(text)
    if found is None:
        return LineAroundUrls("", (), text.strip())
    words, urls, end = text[: found.start()].strip(), [], found.start()
    while found:
        urls.append(found[0])
        end = found.end()
        found = _URL.match(text, end + len(text[end:]) - len(text[end:].lstrip()))
    return LineAroundUrls(words, tuple(urls), text[end:].strip())


def opens_block(text: str, *, inside: bool) -> bool:
    """True if the line is only a label for a URL on the next line."""
    stripped = text.strip()
    colon = stripped.endswith((":", "：")) and len(stripped) <= 2 * _KIND_LIMIT
    return bool(_OPENER.fullmatch(stripped)) or (inside and colon)
