"""Reads the posts of an entry: ``元ポスト: URL`` and the lines below it (rules.md 6.7)."""

import html
import re

from msgspec import Struct, field

from notebot.core.model.digest_reading import PostLine
from notebot.core.model.post import PostKind
from notebot.core.note_format.phrases import LANGUAGES
from notebot.core.text.patterns import regex
from notebot.features.digests.rules.read_back.typed_fields import composed

_URL = regex(
    r"""\[[^\[\]\n]{0,300}\]\(\s{0,9}<?(?P<linked>https?://[^\s<>()]+(?:\([^\s<>()]*\)[^\s<>()]*)*)>?[^()\n]{0,300}\)
    | <(?P<bracketed>https?://[^\s<>]+)>
    | (?P<bare>https?://[^\s<>\"「」『』（）()【】、。]+)""",
    re.IGNORECASE | re.VERBOSE,
)
"""A post as it was pasted: ``[words](URL)``, ``<URL>`` or a bare URL."""
_BLANKS = regex(r"\s*+")
_ESCAPE = regex(r"\\([!-/:-@\[-`{-~])")
_OPENER = regex(r"[^:：]{0,40}(?:ポスト|post)\s?[:：]", re.IGNORECASE)
"""A label that starts a block of posts anywhere."""
_KIND_LIMIT = 20
"""Up to this length, text before a URL counts as its label even without a colon; longer text is a sentence."""
_COLONS = ":： \t\u00a0\u3000"
_LABELS_IN_NOTES = {
    "source": str(PostKind.SOURCE),
    **{label.casefold(): str(kind) for words in LANGUAGES.values() for kind, label in words.post_labels.items()},
}


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
        self.kind = _kind(linked.words) or self.kind
        self.posts += [PostLine(self.kind, url) for url in linked.urls]
        return linked.rest

    def open(self, kind: str, pending_label: tuple[int, str] | None = None) -> None:
        """Starts a block with a label, which a URL may follow."""
        self.kind, self.waiting, self.pending_label = _kind(kind), True, pending_label

    def close(self) -> tuple[int, str] | None:
        """Ends the block and returns a typed label that no URL followed, if any."""
        pending_label, self.pending_label, self.kind, self.waiting = self.pending_label, None, "", False
        return pending_label

    def _accepts(self, linked: LineAroundUrls) -> bool:
        if _OPENER.fullmatch(composed(linked.words)):
            return True
        if not self.kind:
            return False
        if not linked.words or linked.words.endswith((":", "：")):
            return True
        # without a colon, only a short text before a URL that ends the line is a label; anything else is a sentence
        return len(linked.words) <= _KIND_LIMIT and not linked.rest


def split_around_urls(text: str) -> LineAroundUrls:
    """The first URLs of a line, separated by blanks only, and the text before and after them."""
    found = _URL.search(text)
    if found is None:
        return LineAroundUrls("", (), text.strip())
    words, urls, end = text[: found.start()].strip(), [], found.start()
    while found:
        # Formatters put escapes and entities into a URL.
        url = _ESCAPE.sub(r"\1", found["linked"] or found["bracketed"] or found["bare"])
        urls.append(html.unescape(url).replace("\u2060", ""))
        end = found.end()
        blanks = _BLANKS.match(text, end)
        found = _URL.match(text, blanks.end() if blanks else end)
    return LineAroundUrls(words, tuple(urls), text[end:].strip())


def _kind(words: str) -> str:
    """The label of a post without its colon; a label of an English digest becomes the one that notes have."""
    kind = words.strip("*_ ").rstrip(_COLONS).rstrip("*_")
    return _LABELS_IN_NOTES.get(composed(kind).casefold(), kind)


def opens_block(text: str, *, inside: bool) -> bool:
    """True if the line is only a label for a URL on the next line."""
    stripped = text.strip()
    colon = stripped.endswith((":", "：")) and len(stripped) <= 2 * _KIND_LIMIT
    return bool(_OPENER.fullmatch(composed(stripped))) or (inside and colon)
