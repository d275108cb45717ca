"""One reader for the posts of every service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.errors import NotebotError
from notebot.core.model.post import Post, Service
from notebot.features.intake.adapters.post_services.bluesky import read_bluesky
from notebot.features.intake.adapters.post_services.hackernews import read_hackernews
from notebot.features.intake.adapters.post_services.huggingface import read_huggingface
from notebot.features.intake.adapters.post_services.mastodon import read_mastodon
from notebot.features.intake.adapters.post_services.x import read_x

if TYPE_CHECKING:
    from collections.abc import Callable

    from notebot.core.net.client import Http
    from notebot.core.net.guard import Guard

_UNASKED = {
    Service.X: "X is not asked for posts, as [posts] x_oembed is off.",
    Service.LINKEDIN: "LinkedIn shows posts to no program (its user agreement forbids it); give the words by --text.",
    Service.REDDIT: "Reddit shows posts to no program that it has not approved; give the words by --text.",
    Service.PAGE: "It is a page and no post; give the words by --text.",
}


class Places(Struct, frozen=True):
    """Where the services answer (``[posts] *_url``), without a slash at the end."""

    x_url: str = "https://publish.x.com/oembed"
    bluesky_url: str = "https://public.api.bsky.app/xrpc"
    hackernews_url: str = "https://hacker-news.firebaseio.com/v0"
    huggingface_url: str = "https://huggingface.co/api"
    mastodon_url: str = ""
    """Empty: the server of the post itself."""


class PostReaders:
    """Asks a post's own service for it.

    Args:
        http: for the services, which are named by the config.
        guard: for Mastodon's servers, which are named by the posts.
        places: where the services answer.
        x_oembed: whether X may be asked (``[posts] x_oembed``).
    """

    def __init__(self, http: Http, guard: Guard, places: Places, *, x_oembed: bool) -> None:
        self._readers: dict[Service, Callable[[Post], Post]] = {
            Service.BLUESKY: lambda post: read_bluesky(http, places.bluesky_url, post),
            Service.MASTODON: lambda post: read_mastodon(guard, places.mastodon_url, post),
            Service.HACKERNEWS: lambda post: read_hackernews(http, places.hackernews_url, post),
            Service.HUGGINGFACE: lambda post: read_huggingface(http, places.huggingface_url, post),
        }
        if x_oembed:
            self._readers[Service.X] = lambda post: read_x(http, places.x_url, post)

    def read(self, post: Post) -> Post:
        """The post as its service gave it; or as it was, with the reason why it is not fetched."""
        if post.service not in self._readers:
            return replace(post, reason=_UNASKED[post.service])
        try:
            return self._readers[post.service](post)
        except NotebotError as error:
            return replace(post, reason=str(error), failure=error.kind)
