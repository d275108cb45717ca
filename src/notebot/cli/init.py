"""`notebot init`: a commented config to start from, with the answers of a person at the terminal."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from notebot.cli.terminal import safe_line, say
from notebot.core.model.errors import StateError
from notebot.core.text.counted import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from notebot.app.first_config import Answers


@click.command()
@click.argument("directory", default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option("-y", "--yes", is_flag=True, help="Ask nothing: write the commented example, to be completed by hand.")
def init(directory: Path, yes: bool) -> None:
    """Write a commented config.toml into DIRECTORY.

    On a terminal, a few questions are asked first, each answer is checked, and topics are proposed if an archive was
    imported there. Nothing is written before the last answer. An existing file is never overwritten.
    """
    from notebot.core.net.files import write_new_file
    from notebot.core.packaged_files import packaged_path

    target = (directory / "config.toml").absolute()
    taken = StateError(f"{directory / 'config.toml'} already exists and was not changed.")
    if target.exists():
        raise taken
    text = packaged_path("config.example.toml").read_text(encoding="utf-8")
    asks = not yes and sys.stdin.isatty() and sys.stderr.isatty()
    if asks:
        from notebot.app.first_config import config_text

        text = config_text(target, text, _ask(target))
    try:
        write_new_file(target, text)
    except FileExistsError as error:
        raise taken from error
    if not asks:
        say(f"Wrote {directory / 'config.toml'}. Set `contact` and your topics, then run {_there(directory)}.")
        return
    say(f"Wrote {directory / 'config.toml'}. Next: {_there(directory)}, then `notebot poll` and `notebot digest`.")


def _there(directory: Path) -> str:
    """The first command with the new config, which other commands look for in the folder that they are called in."""
    check = "`notebot check`"
    return check if directory.resolve() == Path.cwd().resolve() else f"`cd {shlex.quote(str(directory))}` and {check}"


def _ask(target: Path) -> Answers:
    from notebot.app import first_config
    from notebot.core.model.category import resolve_category

    def checked(key: str) -> Callable[[str], str]:
        """A check of an answer by the rules of the config; click asks again after a ``UsageError``."""

        def check(answer: str) -> str:
            problem = first_config.problem_of(target, key, answer.strip())
            if problem is not None:
                raise click.UsageError(safe_line(problem))
            return answer.strip()

        return check

    def categories_of(answer: str) -> list[str]:
        names = answer.replace(",", " ").split()
        if not names:
            raise click.UsageError("Name at least one category, such as cs.CL.")
        # click shows a UsageError of its own kind alone
        try:
            return list(dict.fromkeys(map(resolve_category, names)))
        except Exception as error:
            raise click.UsageError(safe_line(str(error))) from error

    say("notebot asks a few questions. Enter takes the answer in brackets; Ctrl-C ends without writing anything.")
    contact = _prompt(
        "Your e-mail address, sent to arXiv with every request",
        os.environ.get("NOTEBOT_CONTACT") or os.environ.get("EMAIL") or None,
        checked("notebot.contact"),
    )
    language = _prompt("Language of digests, ja or en", first_config.guess_language(), checked("digest.language"))
    timezone = _prompt("Your time zone", first_config.guess_timezone(), checked("notebot.timezone"))
    categories = _prompt("arXiv categories to watch", "cs.CL cs.LG", categories_of)
    repo = _prompt(
        "GitHub repository with your notes as issues, OWNER/NAME; - for none", "-", _optional(checked("archive.repo"))
    )
    folder = ""
    if not repo:
        folder = _prompt(
            "Folder with one Markdown file per note; - for none", "-", _optional(checked("archive.folder"))
        )
    topics = _choose_suggested(target, categories) or _ask_words(target, categories)
    return first_config.Answers(contact, language, timezone, repo, folder, topics)


def _prompt(question: str, default: str | None, check: Callable[[str], Any]) -> Any:
    return click.prompt(question, default=default, value_proc=check, err=True)


def _optional(check: Callable[[str], str]) -> Callable[[str], str]:
    return lambda answer: "" if answer.strip() == "-" else check(answer)


def _choose_suggested(target: Path, categories: list[str]) -> str:
    """Topics learned from an imported archive that the curator takes, as TOML; empty for none."""
    from notebot.app.first_config import suggest
    from notebot.app.topics import topic_toml

    suggestions = suggest(target, categories)
    if not suggestions:
        return ""
    say("Topics learned from the tags of your archive:")
    for number, suggestion in enumerate(suggestions, 1):
        figures = f"found {suggestion.found} of {suggestion.measured} newer notes" if suggestion.measured else ""
        rate = f"{counted(suggestion.per_day, 'paper')} a day" if suggestion.per_day is not None else ""
        say(f"{number:>3} {suggestion.tag}: {', '.join(filter(None, [figures, rate]))}\n      {suggestion.query}")

    def numbers_of(answer: str) -> list[int]:
        words = answer.replace(",", " ").split()
        if words in (["all"], ["-"]):
            return [*range(1, len(suggestions) + 1)] if words == ["all"] else []
        wrong = [word for word in words if not word.isdecimal() or not 1 <= int(word) <= len(suggestions)]
        if wrong or not words:
            raise click.UsageError(f"Write numbers from 1 to {len(suggestions)}, or all, or - for none.")
        return sorted({int(word) for word in words})

    # a query that found none of the notes that it was measured on is no topic to begin with
    useful = [number for number, each in enumerate(suggestions, 1) if each.found or not each.measured]
    proposed = "all" if len(useful) == len(suggestions) else " ".join(map(str, useful)) or "-"
    chosen = _prompt("Which of them to watch: numbers, all, or - for none", proposed, numbers_of)
    return "\n".join(topic_toml(suggestions[number - 1]) for number in chosen)


def _ask_words(target: Path, categories: list[str]) -> str:
    """A topic of words that the curator names, as TOML."""
    from notebot.app.first_config import topic_of_words, topic_problem

    def topic_of(answer: str) -> str:
        # quotation marks are written around phrases, wherever the person set them
        words = [
            " ".join(word.split()) for word in answer.replace('"', " ").split(",") if word.strip() not in ("", "-")
        ]
        for word in words:
            # the person typed no query, so a place in it would mean nothing
            if topic_problem(target, topic_of_words(categories, [word])) is not None:
                raise click.UsageError(
                    f'"{safe_line(word)}" cannot be looked for; write words or phrases, a * only at the end of a word.'
                )
        topic = topic_of_words(categories, words)
        problem = topic_problem(target, topic)
        if problem is not None:
            raise click.UsageError(safe_line(problem))
        return topic

    question = "Words or phrases to look for in titles and abstracts, with commas between; - for every paper"
    topic: str = _prompt(question, "-", topic_of)
    return topic
