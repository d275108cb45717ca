"""Output for the person at the terminal; every command imports it, so it imports nothing heavy."""

import click


def say(sentence: str) -> None:
    """Prints to stderr; stdout is for results."""
    click.echo("\n".join(safe_line(line) for line in sentence.splitlines()), err=True)


def safe_line(text: str) -> str:
    """The text with control characters replaced, so that text from outside cannot control the terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
