"""Prints the CPU time of a suggestion with archives of 600, 6,000 and 60,000 generated notes."""

import time
from statistics import median

from archive import archive
from notebot.core.model.stub import Stub
from notebot.features.suggestions.rules.tag_model import NotedPaper
from notebot.features.suggestions.suggest import Suggester, TagLimits, learn

SIZES = (600, 6_000, 60_000)
SUGGESTIONS = 50


def measure(count: int) -> tuple[float, float]:
    """CPU seconds to learn from ``count`` notes, and the median CPU milliseconds of a suggestion."""
    notes, _ = archive(count)
    start = time.process_time()
    learned = learn("bench", [NotedPaper(note) for note in notes])
    learning_s = time.process_time() - start
    suggester = Suggester(learned, TagLimits())
    durations = []
    for number, note in enumerate(notes[:: count // SUGGESTIONS][:SUGGESTIONS]):
        abstract = (note.body or "").split("# Abstract")[1].split("# Summary")[0]
        stub = Stub(f"arxiv:{number}", f"2701.{number:05d}", 1, "", note.title_line, ("Ann Author",), abstract, ())
        start = time.process_time()
        suggester.suggest(stub)
        durations.append(time.process_time() - start)
    return learning_s, median(durations) * 1e3


def main() -> None:
    """Prints a line per size."""
    first: float | None = None
    for count in SIZES:
        learning_s, suggestion_ms = measure(count)
        first = first or suggestion_ms
        print(
            f"{count:6,} notes: learned in {learning_s:.1f} s, a suggestion takes {suggestion_ms:.1f} ms, "
            f"{suggestion_ms / first:.1f} times as long as with {SIZES[0]:,}",
            flush=True,
        )


if __name__ == "__main__":
    main()
