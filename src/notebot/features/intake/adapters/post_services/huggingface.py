"""Hugging Face: what its API says of a paper that people discuss there; its posts have no API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.errors import BadAnswerError
from notebot.core.model.post import Post, TimeSource
from notebot.features.intake.adapters.post_services.json_access import text_at
from notebot.features.intake.adapters.post_services.json_request import ask_json, aware, closed
from notebot.features.intake.adapters.post_services.post_html import safe_links

if TYPE_CHECKING:
    from notebot.core.net.client import Http

_SERVICE = "Hugging Face"


def read_huggingface(http: Http, url: str, post: Post) -> Post:
    """The paper's page with its links; it has no words of its own: the machine-written summary is not taken.

    Raises:
        NotebotError: Hugging Face did not give it.
    """
    if post.handle is not None:
        raise closed(_SERVICE, "its API has no posts")
    paper = ask_json(http, f"{url}/papers/{post.id}", _SERVICE)
    if text_at(paper, "id") != post.id:
        raise BadAnswerError("Hugging Face answered with something other than the paper that was asked for.")
    title, posted_at = text_at(paper, "title"), aware(text_at(paper, "submittedOnDailyAt"))
    return replace(
        post,
        posted_at=posted_at,
        time_by=TimeSource.TOLD if posted_at else None,
        links=safe_links([text_at(paper, "githubRepo"), text_at(paper, "projectPage")]),
        titles=(title,) if title else (),
        fetched=True,
        reason=None,
    )
