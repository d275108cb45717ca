"""Prints how the order of a real day improves with decisions, where ``../shared`` is there.

A simulated curator keeps papers by a hidden mix of subjects, with one decision in ten at random, and decides on papers
of one day. Each order is measured on another day, whose papers nobody decided on.
"""

import random
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import mean

from msgspec.structs import replace

from notebot.core.model.shown_entry import ShownEntry
from notebot.core.model.stub import Stub
from notebot.core.text.words import split_words
from notebot.features.statistics.rules.prediction import kept_in_first, ranked_before
from notebot.features.suggestions.interest import judge_interest
from notebot.features.suggestions.rules.interest import (
    KEPT_WEIGHT,
    SKIPPED_WEIGHT,
    Example,
    InterestModel,
    learn_interest,
)
from notebot.features.suggestions.rules.tag_model.background_terms import MOST_PAPERS
from notebot.features.suggestions.rules.tag_model.corpus import read_paper
from tag_quality import DATA, Material, read

DECISIONS = (0, 25, 50, 100, 200)
DECIDED_DAY, MEASURED_DAY = "2026-05-12", "2026-06-02"
CURATORS = 5
AT_RANDOM = 0.1
THEMES = {
    "agents": {"agent", "agents", "agentic"},
    "speech": {"speech", "audio", "voice", "speaker"},
    "vision": {"image", "images", "video", "visual"},
    "proofs": {"theorem", "proof", "proofs", "convergence"},
    "safety": {"safety", "attack", "attacks", "jailbreak", "adversarial"},
    "retrieval": {"retrieval", "recommendation", "search", "ranking"},
    "medicine": {"medical", "clinical", "patients", "disease"},
    "robots": {"robot", "robots", "robotic", "manipulation"},
}
MIXED = 2
"""Themes of one curator."""


@dataclass(frozen=True, slots=True)
class Curator:
    """Keeps what is about one of the hidden themes."""

    themes: tuple[str, ...]
    rng: random.Random

    def likes(self, stub: Stub) -> bool:
        words = set(split_words(f"{stub.title} {stub.abstract}"))
        return any(words & THEMES[theme] for theme in self.themes)

    def keeps(self, stub: Stub) -> bool:
        return self.rng.random() < 0.5 if self.rng.random() < AT_RANDOM else self.likes(stub)


def papers_of(material: Material, day: str) -> list[Stub]:
    """The papers of a day with their categories."""
    return [
        replace(material.stub(name), categories=tuple(paper["categories"]))
        for name, paper in material.papers.items()
        if paper.get("announced") == day and paper.get("categories")
    ]


def shown(model: InterestModel, curator: Curator, day: Iterable[Stub]) -> list[ShownEntry]:
    """The day in the order of the model, with what the curator likes."""
    scored = [(judge_interest(model, stub, None), stub) for stub in day]
    ranked = sorted(scored, key=lambda pair: -pair[0].score if pair[0] else 0.0)
    return [ShownEntry(MEASURED_DAY, place, curator.likes(stub)) for place, (_, stub) in enumerate(ranked, 1)]


def main() -> None:
    """One line per number of decisions, means over the curators."""
    if not DATA.exists():
        sys.exit(f"{DATA} is not there; nothing is measured.")
    material = read()
    decided_day, measured_day = papers_of(material, DECIDED_DAY), papers_of(material, MEASURED_DAY)
    curves: dict[int, list[tuple[float, float, float]]] = {count: [] for count in DECISIONS}
    for seed in range(CURATORS):
        rng = random.Random(seed)
        curator = Curator(tuple(rng.sample(sorted(THEMES), MIXED)), rng)
        offered = rng.sample(decided_day, max(DECISIONS))
        keeps = [curator.keeps(stub) for stub in offered]
        others = [stub for stub in decided_day if stub not in offered]
        announced = [Example(read_paper(stub.title, stub.abstract), False) for stub in others]
        for count, row in curves.items():
            kept = [stub for stub, is_kept in zip(offered[:count], keeps, strict=False) if is_kept]
            skipped = [stub for stub in offered[:count] if stub not in kept]
            examples = [Example(read_paper(stub.title, stub.abstract), True, KEPT_WEIGHT) for stub in kept]
            examples += [Example(read_paper(stub.title, stub.abstract), False, SKIPPED_WEIGHT) for stub in skipped]
            model = InterestModel(learn_interest([*examples, *announced[:MOST_PAPERS]], kept, skipped))
            entries = shown(model, curator, measured_day)
            likely = mean(entry.kept for entry in entries)
            row.append((ranked_before(entries) or 0.5, (kept_in_first(entries, 20) or 0.0) / 20, likely))
    print(
        f"a hidden mix of {MIXED} of {len(THEMES)} subjects, mean of {CURATORS} curators, decisions without an archive"
    )
    for count, row in curves.items():
        auc, first, chance = (mean(values) for values in zip(*row, strict=True))
        print(f"{count:4} decisions: AUC {auc:.3f}, {first:.2f} of the first 20 are of the mix (chance {chance:.2f})")


if __name__ == "__main__":
    main()
