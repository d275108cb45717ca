"""Speaking to the person at the terminal; imports nothing of weight, for every command starts here."""

import click


def say(sentence: str) -> None:
    """A sentence on stderr; stdout is for results."""
    click.echo("\n".join(safe_line(line) for line in sentence.splitlines()), err=True)


def safe_line(text: str) -> str:
    """Text from outside for a terminal: no control character of it acts."""
    return "".join(char if char.isprintable() else " " for char in text)
