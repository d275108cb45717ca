"""What the forms share: an entry in pieces, and text from outside as a page may show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.note_format.issue_body import normalise_line_ends
from notebot.core.note_format.title_line import display_form
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from notebot.core.model.note import Note

# Controls but white space, what turns the direction of text, half pairs and non-characters, which no file can hold.
_UNSEEN = regex(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)


class Pieces(Struct, frozen=True):
    """One entry, drawn once for all pages it stands on."""

    tags: tuple[tuple[str, str], ...]
    """Each tag and how it is drawn."""
    rest: str

    def without(self, own: str) -> str:
        """The entry as it stands on the page of its tag ``own``."""
        return "".join(drawn for tag, drawn in self.tags if tag != own) + self.rest


def clean(text: str) -> str:
    """The text on one line: runs of white space are one blank, no control characters."""
    return " ".join(_UNSEEN.sub("", text).split())


def clean_lines(text: str) -> list[str]:
    """The lines of a text, each clean; no empty ones in front and at the end."""
    return "\n".join(clean(line) for line in normalise_line_ends(text).split("\n")).strip("\n").split("\n")


def shown_title(note: Note) -> str:
    """The title line in the site's display form; wrapped words stay apart."""
    return display_form(clean(note.title_line))


def issue_link(note: Note, repo: str | None) -> str | None:
    """Where the note's issue is, if it has a number and the archive a repository."""
    return issue_address(repo, note.number) if repo and note.number is not None else None


def issue_address(repo: str, number: int) -> str:
    """The web page of an issue."""
    return f"https://github.com/{repo}/issues/{number}"
