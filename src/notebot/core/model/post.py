"""A social post about a paper: its service, author, time and text, as far as they are known."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

NOT_ASKED = "Its service has not been asked for it."
"""The ``reason`` of a post that is known only by its URL."""


class Service(StrEnum):
    """The site that a post is on."""

    X = "x"
    BLUESKY = "bluesky"
    MASTODON = "mastodon"
    """Any server with Mastodon's API."""
    HACKERNEWS = "hackernews"
    LINKEDIN = "linkedin"
    REDDIT = "reddit"
    HUGGINGFACE = "huggingface"
    PAGE = "page"
    """Any other web page."""


class TimeSource(StrEnum):
    """How the time of a post was determined."""

    SNOWFLAKE = "snowflake"
    """It is part of the id on X (services.md 3.1)."""
    TID = "tid"
    """It is part of Bluesky's record key, set by the author's program (services.md 3.2)."""
    TOLD = "told"
    """Reported by the service."""
    INFERRED = "inferred"
    """Derived from an id whose form is not documented (LinkedIn, Mastodon)."""


class Post(Struct, frozen=True):
    """A post. If it was not fetched, ``reason`` says why and only its URL's parts are known."""

    service: Service
    handle: str | None
    """The author in lower case, without ``@``; on Bluesky the DID if the URL contains that."""
    id: str
    """The service's id, equal for equal posts; on Mastodon with the server: ``example.org/1123``."""
    url: str
    """Canonical, without share parameters."""
    posted_at: datetime | None = None
    """Aware UTC."""
    time_by: TimeSource | None = None
    """``None`` if and only if ``posted_at`` is."""
    text: str | None = None
    """The author's own words only; ``None`` if they were not fetched or may not be stored."""
    links: tuple[str, ...] = ()
    """Full URLs in the text, the cards and the quoted post, without duplicates."""
    titles: tuple[str, ...] = ()
    """Titles that the service gives to the linked pages: of a card, of a story."""
    fetched: bool = False
    """True if the service returned the post."""
    reason: str | None = NOT_ASKED
    """Why it was not fetched, in one sentence; ``None`` if and only if it was."""
    failure: str | None = None
    """The ``error.kind`` of a failed request to the service."""

    @property
    def key(self) -> str:
        """Equal for all URLs of the same post: ``x:1942610771915202590``."""
        return f"{self.service}:{self.id}"

    @property
    def may_keep_text(self) -> bool:
        """True if the service's terms allow storing the text although the post may be deleted later.

        X requires stored posts to be deleted within a day after their deletion on X (developer agreement).
        """
        return self.service is not Service.X


class PostKind(StrEnum):
    """The role of a post for a paper, as the curator labels it, in the order of a note."""

    SOURCE = "元ポスト"
    AUTHOR = "著者ポスト"
    OFFICIAL = "公式ポスト"
    EXPLAINED = "解説ポスト"
    POINTS = "ポイント解説"
    JAPANESE = "日本語解説"
    VIEW = "所見"
    FOLLOW_UP = "続報"
    DEMO = "デモ"
    REFERENCE = "参考"

    @property
    def rank(self) -> int:
        """The position in a note, from 0; the source post comes first."""
        return list(PostKind).index(self)

    @property
    def words(self) -> str:
        """The label before the URL: ``解説ポスト:``."""
        return f"{self}:"


_OTHER_WORDS = {
    "元ツイート": PostKind.SOURCE,
    "著者による一言解説ポスト": PostKind.AUTHOR,
    "著者による解説ポスト": PostKind.AUTHOR,
    "解説": PostKind.EXPLAINED,
    "ポイント解説ポスト": PostKind.POINTS,
    "参考ポスト": PostKind.REFERENCE,
}


def parse_post_kind(words: str) -> PostKind | None:
    """The kind for a Japanese label, with or without colon, or an English name (``author``, ``follow-up``).

    ``None`` for any other label; the curator may invent labels, and they are kept unchanged.
    """
    bare = words.strip().rstrip(":：").rstrip()
    if bare in _OTHER_WORDS:
        return _OTHER_WORDS[bare]
    name = bare.upper().replace("-", "_")
    return next((kind for kind in PostKind if bare == kind or name == kind.name), None)


def post_rank(words: str) -> int:
    """The position in a note of a post with this label; unknown labels come last."""
    kind = parse_post_kind(words)
    return kind.rank if kind is not None else len(PostKind)
