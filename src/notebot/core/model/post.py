"""A social post about papers: where it stands, when it was written, and what is known of its words."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

NOT_ASKED = "Its service has not been asked for it."


class Service(StrEnum):
    """Where a post stands."""

    X = "x"
    BLUESKY = "bluesky"
    MASTODON = "mastodon"
    """Any server that speaks Mastodon's API."""
    HACKERNEWS = "hackernews"
    LINKEDIN = "linkedin"
    REDDIT = "reddit"
    HUGGINGFACE = "huggingface"
    PAGE = "page"
    """None of these: any page of the web."""


class TimeSource(StrEnum):
    """How the time of a post is known."""

    SNOWFLAKE = "snowflake"
    """X counts it into the id."""
    TID = "tid"
    """Bluesky's record key is a time, as the author's program set it."""
    TOLD = "told"
    """The service said so."""
    INFERRED = "inferred"
    """Read out of an id whose form no documentation promises (LinkedIn, Mastodon)."""


class Post(Struct, frozen=True):
    """A post, as far as it is known; what was not read is not there, and ``reason`` says why."""

    service: Service
    handle: str | None
    """The author in lower case, as the service writes it without ``@``; on Bluesky the DID where the URL names that."""
    id: str
    """The service's own id, by which two posts are one; on Mastodon with its server: ``example.org/1123``."""
    url: str
    """Canonical, share parameters stripped."""
    posted_at: datetime | None = None
    """Aware UTC."""
    time_by: TimeSource | None = None
    """``None`` exactly where ``posted_at`` is."""
    text: str | None = None
    """The author's own words, never anything else; ``None`` where they were not read or may not be kept."""
    links: tuple[str, ...] = ()
    """The web addresses in it, whole, each once: of the words, the cards, and what it quotes."""
    titles: tuple[str, ...] = ()
    """How the service titles what the post links to: of a card, of a story."""
    fetched: bool = False
    """Whether the service gave the post."""
    reason: str | None = NOT_ASKED
    """Why it is not fetched, in one sentence; ``None`` exactly where it is."""
    failure: str | None = None
    """The ``error.kind`` of that, where its service was asked."""

    @property
    def key(self) -> str:
        """Equal for two addresses of one post: ``x:1942610771915202590``."""
        return f"{self.service}:{self.id}"

    @property
    def may_keep_text(self) -> bool:
        """Whether the service's terms let a copy of the words stand where the post may be deleted later.

        X obliges who stores them to delete them within a day of their deletion there (developer agreement).
        """
        return self.service is not Service.X


class PostKind(StrEnum):
    """What a post is to a paper, in the curator's words and in the order in which a note shows them."""

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
        """From 0; the source post comes first."""
        return list(PostKind).index(self)

    @property
    def words(self) -> str:
        """As they stand before the URL: ``解説ポスト:``."""
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
    """The kind that the curator's words name, colon or not, or its name in English (``author``, ``follow-up``).

    ``None`` for any other words, which are the curator's and stay as they are.
    """
    bare = words.strip().rstrip(":：").rstrip()
    if bare in _OTHER_WORDS:
        return _OTHER_WORDS[bare]
    name = bare.upper().replace("-", "_")
    return next((kind for kind in PostKind if bare == kind or name == kind.name), None)


def post_rank(words: str) -> int:
    """Where a post under these words stands in a note; words of no kind stand last."""
    kind = parse_post_kind(words)
    return kind.rank if kind is not None else len(PostKind)
