"""What the topics of a config would match."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notebot.app.resources import Resources
    from notebot.features.topics.check import TopicCheck


def check(resources: Resources, *, archive: bool = False) -> list[TopicCheck]:
    """Topics against stored entries; templates parsed.

    Args:
        archive: topics against the notes of the archive too.

    Raises:
        UsageError: a template does not parse.
    """
    from notebot.features.topics.check import check_topics

    resources.renderer.check()
    return check_topics(resources.config.topics, resources.existing_store, resources.clock(), archive=archive)
