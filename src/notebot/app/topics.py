"""Checks the topics and templates of the config."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notebot.app.resources import Resources
    from notebot.features.topics.check import TopicCheck


def check(resources: Resources, *, archive: bool = False) -> list[TopicCheck]:
    """Parses the templates and counts what each topic matches among stored entries.

    Args:
        archive: also compare the topics with the notes of the archive.

    Raises:
        UsageError: a template does not parse.
    """
    from notebot.features.topics.check import check_topics

    resources.renderer.check()
    return check_topics(resources.config.topics, resources.existing_store, resources.clock(), archive=archive)
