"""Turns one ``[[topics]]`` table of the config into a topic, and lists its mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from notebot.core.model.category import resolve_category
from notebot.core.model.errors import UsageError
from notebot.features.topics.rules.query import parse_query
from notebot.features.topics.rules.topic import Topic

if TYPE_CHECKING:
    from notebot.config.sections import TopicSection

_LONGEST_TAG = 50
ANNOUNCE_TYPES = ("new", "cross", "replace")


def parse_topic(where: str, table: dict[str, Any], section: TopicSection) -> tuple[Topic, list[str]]:
    """Returns the topic and one line for each mistake.

    Args:
        where: its key, such as ``topics[0]``.
        table: as the file has it; the mistake of a missing key has been reported already.
    """
    named = f'{where} "{section.name}"'
    problems = []
    if "name" in table and not section.name.strip():
        problems.append(f"{where}.name must not be empty.")
    if "categories" in table and not section.categories:
        problems.append(f'{named}.categories must name at least one category, such as "cs.CL".')
    categories = []
    for name in section.categories:
        try:
            categories.append(resolve_category(name))
        except UsageError as error:
            problems.append(f"{named}.categories: {error}")
    query = None
    if section.query.strip():
        try:
            query = parse_query(section.query)
        except UsageError as error:
            problems.append(f"{named}.query: {error} in {section.query!r}.")
    wrong = [word for word in section.announce if word not in ANNOUNCE_TYPES]
    if wrong or not section.announce:
        problems.append(f'{named}.announce may contain "new", "cross" and "replace", not {wrong or section.announce}.')
    for tag in section.tags:
        # a tag becomes a label of the archive, and `#` marks tags in a digest
        if not tag.strip() or tag.startswith("#") or not tag.isprintable() or set(",、") & set(tag):
            problems.append(f"{named}.tags: {tag!r} is not a tag; write its words without # and commas.")
        elif len(tag) > _LONGEST_TAG:
            problems.append(f"{named}.tags: {tag!r} is longer than the {_LONGEST_TAG} characters of a label on GitHub.")
    topic = Topic(
        name=section.name,
        # two names may mean one category: cmp-lg is cs.CL
        categories=tuple(dict.fromkeys(categories)),
        query=query,
        announce=frozenset(section.announce) - set(wrong),
        tags=tuple(section.tags),
    )
    return topic, problems
