"""Readers for every format of the archive: exports, published pages, plain text (format.md b to f).

Each returns the notes that it could parse and, unchanged, every passage that it could not.
"""

from notebot.features.archive.adapters.formats.agent_docs import read_agent_docs
from notebot.features.archive.adapters.formats.gh_json import read_gh
from notebot.features.archive.adapters.formats.github_issue import note_from_issue
from notebot.features.archive.adapters.formats.notes_jsonl import read_notes
from notebot.features.archive.adapters.formats.read_result import Reading, StreamedReading
from notebot.features.archive.adapters.formats.seed_text import read_seed_text
from notebot.features.archive.adapters.formats.tag_page import read_page

__all__ = [
    "Reading",
    "StreamedReading",
    "note_from_issue",
    "read_agent_docs",
    "read_gh",
    "read_notes",
    "read_page",
    "read_seed_text",
]
