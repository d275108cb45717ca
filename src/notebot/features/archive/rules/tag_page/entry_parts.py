"""Parts of an entry that all forms share: text from outside made safe, titles and issue links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.note_format.issue_body import normalise_line_ends
from notebot.core.note_format.title_line import display_form
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from notebot.core.model.note import Note

# Controls except white space, direction marks, and surrogates and non-characters, which UTF-8 or XML cannot hold.
_UNSEEN = regex(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)


def clean(text: str) -> str:
    """The text on one line, with single spaces and without control characters."""
    if not text.isprintable():  # what is printable has none of them, and most lines are
        text = _UNSEEN.sub("", text)
    return " ".join(text.split())


def clean_lines(text: str) -> list[str]:
    """The lines of a text, each cleaned, without empty lines at the start and end."""
    return "\n".join(clean(line) for line in normalise_line_ends(text).split("\n")).strip("\n").split("\n")


def shown_title(note: Note) -> str:
    """The title line in the site's display form, on one line."""
    return display_form(clean(note.title_line))


def issue_link(note: Note, repo: str | None) -> str | None:
    """The URL of the note's issue, or ``None`` without a number or a repository."""
    return issue_address(repo, note.number) if repo and note.number is not None else None


def issue_address(repo: str, number: int) -> str:
    """The URL of an issue."""
    return f"https://github.com/{repo}/issues/{number}"
