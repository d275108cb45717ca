"""Reads the page of a paper on Hugging Face from its API; posts there have no API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.errors import BadAnswerError
from notebot.core.model.post import Post, TimeSource
from notebot.features.intake.adapters.post_services.json_access import text_at
from notebot.features.intake.adapters.post_services.json_request import denied_post_error, fetch_json, parse_utc_time
from notebot.features.intake.adapters.post_services.post_html import safe_links

if TYPE_CHECKING:
    from notebot.core.net.client import Http

_SERVICE = "Hugging Face"


def read_huggingface(http: Http, url: str, post: Post) -> Post:
    """The paper's page with its title and links, without text.

    ``ai_summary`` is written by a machine, so it is never presented as the abstract (services.md 3.7).

    Raises:
        NotebotError: Hugging Face did not return the paper.
    """
    if post.handle is not None:
        raise denied_post_error(_SERVICE, "its API has no posts")
    paper = fetch_json(http, f"{url}/papers/{post.id}", _SERVICE)
    if text_at(paper, "id") != post.id:
        raise BadAnswerError("Hugging Face returned something other than the requested paper.")
    # when it entered the daily list; `publishedAt` is the date of the paper itself (services.md 3.7)
    title, posted_at = text_at(paper, "title"), parse_utc_time(text_at(paper, "submittedOnDailyAt"))
    return replace(
        post,
        posted_at=posted_at,
        time_by=TimeSource.TOLD if posted_at else None,
        links=safe_links([text_at(paper, "githubRepo"), text_at(paper, "projectPage")]),
        titles=(title,) if title else (),
        fetched=True,
        reason=None,
    )
