"""Prints what a suggestion costs with a usual and a large archive, and the ratio of both."""

import time
from statistics import median

from archive import LARGE, NOTES, archive
from notebot.core.model.stub import Stub
from notebot.features.suggestions.rules.tag_model import NotedPaper
from notebot.features.suggestions.suggest import Suggester, TagLimits, learn

SUGGESTIONS = 20


def milliseconds(count: int) -> float:
    """Median time of a suggestion with an archive of ``count`` generated notes."""
    notes, _ = archive(count)
    suggester = Suggester(learn("bench", [NotedPaper(note) for note in notes]), TagLimits())
    durations = []
    for number, note in enumerate(notes[:: count // SUGGESTIONS][:SUGGESTIONS]):
        abstract = (note.body or "").split("# Abstract")[1].split("# Summary")[0]
        stub = Stub(f"arxiv:{number}", f"2701.{number:05d}", 1, "", note.title_line, ("Ann Author",), abstract, ())
        start = time.perf_counter()
        suggester.suggest(stub)
        durations.append(time.perf_counter() - start)
    return median(durations) * 1e3


def main() -> None:
    """Prints one line."""
    usual, large = milliseconds(NOTES), milliseconds(LARGE)
    print(
        f"a suggestion: {usual:.1f} ms with {NOTES:,} notes, {large:.1f} ms with {LARGE:,}, "
        f"{large / usual:.1f} times (2 allowed)"
    )


if __name__ == "__main__":
    main()
