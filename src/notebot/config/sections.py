"""The sections of ``config.toml`` and their defaults, one class each; docs/reference.md describes each key."""

import msgspec

POLITE_PACE_S = 3.0
"""arXiv's terms of use: at most one request every three seconds."""


class NotebotSection(msgspec.Struct, frozen=True):
    """``[notebot]``"""

    contact: str = ""
    timezone: str = "Asia/Tokyo"
    state_dir: str = "state"
    digest_dir: str = "digests"
    templates_dir: str = ""
    database: str = ""
    logins: list[str] = []


class ArxivSection(msgspec.Struct, frozen=True):
    """``[arxiv]``"""

    feed_url: str = "https://rss.arxiv.org"
    api_url: str = "https://export.arxiv.org/api/query"
    oai_url: str = "https://oaipmh.arxiv.org/oai"
    pace_s: float = POLITE_PACE_S
    timeout_s: float = 30.0
    retry_s: float = 120.0


class ScheduleSection(msgspec.Struct, frozen=True):
    """``[schedule]``"""

    poll: str = "mon-fri 00:30,03:30,05:30,08:30 America/New_York"
    digest: str = "complete, latest 18:00"


class DigestSection(msgspec.Struct, frozen=True):
    """``[digest]``"""

    language: str = "ja"
    full: int = 20
    related: int = 2
    learn: bool = True
    still_to_read: int = 3
    collect_after: str = "10m"
    on_digest: list[str] = []


class NoteSection(msgspec.Struct, frozen=True):
    """``[note]``"""

    prefix: str = "[Paper Note]"
    month: bool = True


class SummarySection(msgspec.Struct, frozen=True):
    """``[summary]``"""

    backend: str = "extractive"
    language: str = "ja"


class LlmSection(msgspec.Struct, frozen=True):
    """``[llm]``"""

    base_url: str = ""
    summary_model: str = ""
    translation_model: str = ""
    api_key_env: str = "NOTEBOT_LLM_KEY"
    timeout_s: float = 120.0
    daily_calls: int = 200


class ArchiveSection(msgspec.Struct, frozen=True):
    """``[archive]``"""

    repo: str = ""
    folder: str = ""
    github_url: str = "https://api.github.com"
    token_env: str = "NOTEBOT_GITHUB_TOKEN"
    hidden_tags: list[str] = msgspec.field(default_factory=lambda: ["translation_required", "action_wanted"])
    pages_dir: str = "pages"


class SiteSection(msgspec.Struct, frozen=True):
    """``[site]``"""

    title: str = ""
    base_url: str = ""


class ZoteroSection(msgspec.Struct, frozen=True):
    """``[zotero]``"""

    library: str = ""
    collection: str = ""
    api_key_env: str = "NOTEBOT_ZOTERO_KEY"
    url: str = "https://api.zotero.org"


class VenueSection(msgspec.Struct, frozen=True):
    """``[venue]``"""

    extra_table: str = ""
    resolvers: list[str] = []
    s2_url: str = "https://api.semanticscholar.org/graph/v1"


class TagsSection(msgspec.Struct, frozen=True):
    """``[tags]``"""

    model: str = "auto"
    min_score: float = 0.5
    sure: float = 0.8
    max: int = 12


class LinksSection(msgspec.Struct, frozen=True):
    """``[links]``"""

    allow_loopback: bool = False
    max_bytes: int = 5_000_000
    timeout_s: float = 20.0


class PostsSection(msgspec.Struct, frozen=True):
    """``[posts]``"""

    strip_share: bool = True
    x_oembed: bool = False
    x_url: str = "https://publish.x.com/oembed"
    bluesky_url: str = "https://public.api.bsky.app/xrpc"
    hackernews_url: str = "https://hacker-news.firebaseio.com/v0"
    huggingface_url: str = "https://huggingface.co/api"
    mastodon_url: str = ""


class XSection(msgspec.Struct, frozen=True):
    """``[x]``"""

    client_id: str = ""
    token_file: str = "x-token.json"
    daily_posts: int = 100
    api_url: str = "https://api.x.com/2"


class InboxSection(msgspec.Struct, frozen=True):
    """``[inbox]``"""

    dir: str = "inbox"
    file: str = ""


class WebSection(msgspec.Struct, frozen=True):
    """``[web]``"""

    listen: str = ""
    allowed_hosts: list[str] = []
    token_file: str = ""
    public_url: str = ""
    read_only: bool = False
    login_header: str = ""
    login_proxies: list[str] = []


class LogSection(msgspec.Struct, frozen=True):
    """``[log]``"""

    format: str = "text"


class SourceSection(msgspec.Struct, frozen=True):
    """One ``[[sources]]``"""

    name: str
    kind: str
    url: str = ""
    topics: list[str] = []
    take_all: bool = False


class DeliverSection(msgspec.Struct, frozen=True):
    """One ``[[deliver]]``; which keys it takes depends on ``kind``"""

    name: str
    kind: str
    events: list[str] = msgspec.field(default_factory=lambda: ["digest", "alert"])
    to: str = ""
    sender: str = msgspec.field(default="", name="from")
    smtp: str = ""
    user: str = ""
    password_env: str = ""
    url: str = ""
    url_env: str = ""
    secret_env: str = ""
    allow_private: bool = False


# `name` and `categories` have no default, so a table without them is reported
class TopicSection(msgspec.Struct, frozen=True):
    """One ``[[topics]]``"""

    name: str
    categories: list[str]
    query: str = ""
    announce: list[str] = msgspec.field(default_factory=lambda: ["new", "cross"])
    tags: list[str] = []


SECTIONS: dict[str, type[msgspec.Struct]] = {
    "notebot": NotebotSection,
    "arxiv": ArxivSection,
    "schedule": ScheduleSection,
    "digest": DigestSection,
    "note": NoteSection,
    "summary": SummarySection,
    "llm": LlmSection,
    "archive": ArchiveSection,
    "site": SiteSection,
    "zotero": ZoteroSection,
    "venue": VenueSection,
    "tags": TagsSection,
    "links": LinksSection,
    "posts": PostsSection,
    "x": XSection,
    "inbox": InboxSection,
    "web": WebSection,
    "log": LogSection,
}
