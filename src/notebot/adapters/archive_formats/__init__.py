"""Readers of the forms in which the archive is found: exports, published pages, plain text (format.md b to f).

Each gives every note it understood and every passage it did not, raw: nothing is dropped in silence.
"""

from notebot.adapters.archive_formats.agent_docs import read_agent_docs
from notebot.adapters.archive_formats.gh_json import read_gh
from notebot.adapters.archive_formats.github_issue import note_from_issue
from notebot.adapters.archive_formats.notes_jsonl import read_notes
from notebot.adapters.archive_formats.read_result import Reading
from notebot.adapters.archive_formats.seed_text import read_seed_text
from notebot.adapters.archive_formats.tag_page import read_page

__all__ = [
    "Reading",
    "note_from_issue",
    "read_agent_docs",
    "read_gh",
    "read_notes",
    "read_page",
    "read_seed_text",
]
