"""Measures suggestions: CPU time with small and large archives, and how near the nearest notes of a large one are."""

import gzip
import json
import random
import time
from collections.abc import Sequence
from statistics import fmean, median

import material
from archive import LARGE, NOTES, archive
from notebot.core.model.stub import Stub
from notebot.features.suggestions.rules.tag_model import NotedPaper
from notebot.features.suggestions.rules.tag_model.corpus import read_paper
from notebot.features.suggestions.rules.tag_model.neighbour_index import (
    TO_BELONG,
    TO_TELL_APART,
    TextIndex,
    build_index,
)
from notebot.features.suggestions.suggest import Suggester, TagLimits, learn

SIZES = (600, NOTES, LARGE)
SUGGESTIONS = 50
MOST_TIMES = 2.0
"""How much longer a suggestion may take with ``LARGE`` notes than with ``NOTES``."""


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


def nearest_found(papers: Sequence[dict[str, str]], queries: int = 120) -> str:
    """How many of the nearest papers a query to a large archive finds, against a full scan of the same papers."""
    shuffled = random.Random(1).sample(papers, len(papers))
    texts = [read_paper(paper["title"], paper["abstract"]).counts() for paper in shuffled]
    record = build_index(texts[queries:])
    index = TextIndex(record)
    found: dict[tuple[float, int], list[float]] = {(TO_TELL_APART, 5): [], (TO_TELL_APART, 30): [], (TO_BELONG, 10): []}
    nearness = []
    for text in texts[:queries]:
        for (power, count), shares in found.items():
            vector = index.vector(text, power)
            scanned = [(place, index.similarity(vector, place)) for place in range(record.size)]
            exact = sorted(scanned, key=lambda pair: -pair[1])[:count]
            chosen = index.nearest(vector, count)
            shares.append(len({place for place, _ in exact} & {place for place, _ in chosen}) / count)
            if power == TO_BELONG:
                nearness.append(sum(value for _, value in chosen) / sum(value for _, value in exact))
    recalls = ", ".join(f"{fmean(shares):.3f} of the nearest {count}" for (_, count), shares in found.items())
    return f"{record.size:,} abstracts: {recalls}; nearness {fmean(nearness):.4f} of the exact one"


def main() -> None:
    """Prints a line per size."""
    suggestion_ms = {}
    for count in SIZES:
        learning_s, suggestion_ms[count] = measure(count)
        print(
            f"{count:6,} notes: learned in {learning_s:.1f} s, a suggestion takes {suggestion_ms[count]:.1f} ms",
            flush=True,
        )
    ratio = suggestion_ms[LARGE] / suggestion_ms[NOTES]
    print(f"{LARGE:,} notes against {NOTES:,}: {ratio:.2f} × ({MOST_TIMES} allowed)", flush=True)
    if material.SHARED.exists():
        with gzip.open(material.SHARED, "rt", encoding="utf-8") as lines:
            print(nearest_found([json.loads(line) for line in lines]))


if __name__ == "__main__":
    main()
