"""The first config of a curator: checks each answer, and writes the answers into the commented example."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from notebot.core.model.errors import ConfigError
from notebot.core.text.toml_text import toml_list, toml_string

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from notebot.features.topics.suggest import TopicSuggestion

SUGGESTED = 10
_ZONES = "zoneinfo/"
_KEY_LINE = re.compile(r"(?P<key>[a-z_]+) = (?P<value>\S.*?)(?P<comment> +#.*)?")


class Answers(Struct, frozen=True):
    """What `notebot init` asks; empty where it may stay empty."""

    contact: str
    language: str
    timezone: str
    repo: str
    folder: str
    topics: str
    """``[[topics]]`` as TOML."""


def guess_timezone() -> str:
    """The time zone of this machine, by its name; ``UTC`` if it cannot be found."""
    from zoneinfo import ZoneInfo

    sources: tuple[Callable[[], str], ...] = (
        lambda: os.environ.get("TZ", "").removeprefix(":"),
        lambda: Path("/etc/localtime").readlink().as_posix().partition(_ZONES)[2],
        lambda: Path("/etc/timezone").read_text(encoding="utf-8").strip(),
    )
    for read in sources:
        try:
            name = read()
            ZoneInfo(name)
        except (OSError, ValueError, KeyError):
            continue
        return name
    return "UTC"


def guess_language() -> str:
    """``ja`` or ``en``, by the language of the terminal."""
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "ja" if next((name for name in names if name), "").startswith("ja") else "en"


def problem_of(target: Path, key: str, value: object) -> str | None:
    """The first mistake that ``notebot check`` would report of this value; ``None`` if it is valid.

    Args:
        target: the config file that is going to be written.
        key: such as ``archive.repo``.
    """
    section, _, name = key.partition(".")
    return next((problem for problem in _problems(target, {section: {name: value}}) if problem.startswith(key)), None)


def topic_of_words(categories: Sequence[str], words: Sequence[str]) -> str:
    """A topic of papers whose title or abstract contains one of the words, or of all papers without words."""
    terms = [f'"{word}"' if " " in word else word for word in words]
    query = " OR ".join(f"ti:{term} OR abs:{term}" for term in terms)
    lines = ["[[topics]]", 'name = "My papers"', f"categories = {toml_list(categories)}"]
    return "\n".join([*lines, *([f"query = {toml_string(query)}"] if query else []), ""])


def topic_problem(target: Path, topic: str) -> str | None:
    """The first mistake in topics written as TOML; ``None`` if they are valid."""
    import tomllib

    return next((problem for problem in _problems(target, tomllib.loads(topic)) if problem.startswith("topics")), None)


def suggest(target: Path, categories: Sequence[str]) -> list[TopicSuggestion]:
    """Topics learned from an archive that was imported beside the config; none without an archive."""
    from notebot.app.resources import DATABASE, Resources
    from notebot.app.topics import suggest_topics
    from notebot.config.reader import ConfigReader

    config = ConfigReader({}, target).read(need_topics=False, need_contact=False)
    # asking must not create the folder of a config that may never be written
    if not (config.state_dir / DATABASE).exists():
        return []
    resources = Resources(config)
    try:
        return suggest_topics(resources, (), count=SUGGESTED, per_day=15.0, categories=categories)
    finally:
        resources.close()


def config_text(target: Path, example: str, answers: Answers) -> str:
    """The commented example with the answers in it.

    Raises:
        ConfigError: the answers contradict each other.
    """
    import tomllib

    from notebot.config.reader import ConfigReader

    values = {
        "notebot.contact": answers.contact,
        "notebot.timezone": answers.timezone,
        "digest.language": answers.language,
        "summary.language": answers.language,
        "archive.repo": answers.repo,
        "archive.folder": answers.folder,
    }
    before, mark, _ = example.partition("\n[[topics]]\n")
    assert mark  # the example ends with a topic
    text = f"{_with_values(before, values)}\n{answers.topics}"
    ConfigReader(tomllib.loads(text), target).read(need_topics=True)
    return text


def _with_values(text: str, values: Mapping[str, str]) -> str:
    """The text with other values for some keys; comments stay in their column."""
    lines, section = [], ""
    for line in text.split("\n"):
        if line.startswith("["):
            section = line.partition("]")[0].strip("[")
        match = _KEY_LINE.fullmatch(line)
        value = values.get(f"{section}.{match['key']}") if match else None
        if match is None or value is None:
            lines.append(line)
            continue
        written, comment = f"{match['key']} = {toml_string(value)}", (match["comment"] or "").lstrip()
        column = match.start("comment") + len(match["comment"]) - len(comment) if comment else 0
        lines.append(f"{written.ljust(column - 1)} {comment}" if comment else written)
    return "\n".join(lines)


def _problems(target: Path, raw: dict[str, Any]) -> list[str]:
    from notebot.config.reader import ConfigReader

    try:
        ConfigReader(raw, target).read(need_topics=False, need_contact="contact" in raw.get("notebot", {}))
    except ConfigError as error:
        return error.problems
    return []
