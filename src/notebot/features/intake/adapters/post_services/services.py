"""Reads a post from the service that its URL names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.errors import NotebotError
from notebot.core.model.post import Post, Service
from notebot.core.supervisor import supervised
from notebot.features.intake.adapters.post_services.bluesky import read_bluesky
from notebot.features.intake.adapters.post_services.hackernews import read_hackernews
from notebot.features.intake.adapters.post_services.huggingface import read_huggingface
from notebot.features.intake.adapters.post_services.mastodon import read_mastodon
from notebot.features.intake.adapters.post_services.x import read_x

if TYPE_CHECKING:
    from collections.abc import Callable

    from notebot.core.net.client import Http
    from notebot.core.net.guard import Guard

# Why a service is not asked (services.md 3.1, 3.5, 3.6).
_NOT_ASKED = {
    Service.X: "X is not asked for posts, because [posts] x_oembed is off.",
    Service.LINKEDIN: "LinkedIn's user agreement does not let programs read posts; give the text with --text.",
    Service.REDDIT: "Reddit lets only approved programs read posts; give the text with --text.",
    Service.PAGE: "It is a page, not a post; give the text with --text.",
}


class ServiceUrls(Struct, frozen=True):
    """The base URLs of the services (``[posts] *_url``), without a trailing slash."""

    x_url: str = "https://publish.x.com/oembed"
    bluesky_url: str = "https://public.api.bsky.app/xrpc"
    hackernews_url: str = "https://hacker-news.firebaseio.com/v0"
    huggingface_url: str = "https://huggingface.co/api"
    mastodon_url: str = ""
    """If empty, the server in the URL of each post is asked."""


class PostServices:
    """Reads posts from their services.

    Args:
        http: for the services whose hosts are in the config.
        guard: for Mastodon servers, whose hosts come from the posts.
        x_oembed: whether X may be asked (``[posts] x_oembed``).
    """

    def __init__(self, http: Http, guard: Guard, urls: ServiceUrls, *, x_oembed: bool) -> None:
        self._readers: dict[Service, Callable[[Post], Post]] = {
            Service.BLUESKY: lambda post: read_bluesky(http, urls.bluesky_url, post),
            Service.MASTODON: lambda post: read_mastodon(guard, urls.mastodon_url, post),
            Service.HACKERNEWS: lambda post: read_hackernews(http, urls.hackernews_url, post),
            Service.HUGGINGFACE: lambda post: read_huggingface(http, urls.huggingface_url, post),
        }
        # Off by default: stored posts must follow deletions and changes on X, a standing obligation (services.md 3.1).
        if x_oembed:
            self._readers[Service.X] = lambda post: read_x(http, urls.x_url, post)

    def read(self, post: Post) -> Post:
        """The post with the content from its service, or unchanged with the reason why it was not fetched."""
        if post.service not in self._readers:
            return replace(post, reason=_NOT_ASKED[post.service])
        try:
            with supervised(f"The post {post.url[:200]}"):
                return self._readers[post.service](post)
        except NotebotError as error:
            return replace(post, reason=str(error), failure=error.kind)
