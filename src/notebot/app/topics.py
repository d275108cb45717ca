"""Checks the topics and templates of the config, and suggests topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.app.resources import Resources
    from notebot.features.topics.check import TopicCheck
    from notebot.features.topics.suggest import TopicSuggestion


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


def suggest_topics(
    resources: Resources, tags: Sequence[str], *, count: int, per_day: float, categories: Sequence[str] = ()
) -> list[TopicSuggestion]:
    """Suggests topics learned from the imported archive; none if nothing was imported.

    Args:
        tags: suggest topics for these; without them, for the ``count`` most used ones.
        categories: those that the topics watch; without them, the categories of the config.

    Raises:
        NotFoundError: no note has one of ``tags``.
    """
    from notebot.features.suggestions.rules.tag_model import is_topical, learn_venues
    from notebot.features.topics import suggest

    store = resources.existing_store
    if store is None or not store.notes.count():
        return []
    venues = learn_venues(store.notes.newest_first()).tags
    return suggest.suggest_topics(
        store,
        categories or resources.config.categories,
        tags,
        lambda tag: is_topical(tag) and tag not in venues,
        count=count,
        per_day=per_day,
    )


def topic_toml(suggestion: TopicSuggestion) -> str:
    """A suggested topic as a table for config.toml, with its figures as a comment."""
    from notebot.core.text.counted import counted
    from notebot.core.text.toml_text import toml_list, toml_string

    learned = f"# Learned from {counted(suggestion.notes, 'note')}"
    if suggestion.recall is None:
        learned += "; too few to measure what it finds"
    else:
        learned += f"; finds {suggestion.found} of {suggestion.measured} newer ones ({suggestion.recall:.0%})"
    if suggestion.per_day is not None:
        learned += f"; {counted(suggestion.per_day, 'paper')} a day"
    return (
        f"{learned}.\n[[topics]]\nname = {toml_string(suggestion.tag)}\n"
        f"categories = {toml_list(suggestion.categories)}\nquery = {toml_string(suggestion.query)}\n"
        f"tags = {toml_list([suggestion.tag])}\n"
    )
