"""Prints how well tags are suggested on the archive in ``../shared``, where that folder is there."""

import gzip
import heapq
import json
import math
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from msgspec.structs import replace

from notebot.core.model.note import Note
from notebot.core.model.stub import Stub
from notebot.core.note_format.title_line import parse_title_line
from notebot.core.text.words import split_words
from notebot.features.digests.rules.layout import rank_key
from notebot.features.suggestions.interest import judge_interest
from notebot.features.suggestions.rules.interest import Example, InterestModel, learn_interest
from notebot.features.suggestions.rules.tag_model import NotedPaper, count_terms, is_topical, learn_venues
from notebot.features.suggestions.rules.tag_model.corpus import read_note, read_paper
from notebot.features.suggestions.suggest import Suggester, TagLimits, learn

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SPLITS = 5
HELD_OUT = 4
"""One note in so many."""
DAYS = ("2026-05-12", "2026-06-02")
WATCHED = frozenset({"cs.CL", "cs.LG", "cs.AI"})
MIXED_IN = 25
"""Held-out notes that a day may have of its own."""
ARCHIVE_SIZE = 6_500

Tags = frozenset[str]
Abstracts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Material:
    """The archive, and what arXiv says of its papers."""

    notes: list[Note]
    papers: dict[str, dict[str, str]]

    @property
    def described(self) -> list[Note]:
        """Notes of papers with an abstract, each paper once."""
        return list({note.arxiv_id: note for note in self.notes if note.arxiv_id in self.papers}.values())

    def text(self, arxiv_id: str) -> tuple[str, str]:
        """Title and abstract of a paper."""
        return self.papers[arxiv_id]["title"], self.papers[arxiv_id]["abstract"]

    def noted(self, notes: Iterable[Note]) -> list[NotedPaper]:
        """Notes with their abstracts."""
        return [NotedPaper(note, self.papers.get(note.arxiv_id or "", {}).get("abstract", "")) for note in notes]

    def stub(self, arxiv_id: str) -> Stub:
        """A paper as it would be drafted."""
        paper = self.papers[arxiv_id]
        return Stub(
            f"arxiv:{arxiv_id}", arxiv_id, 1, "", paper["title"], tuple(paper["authors"]), paper["abstract"], ()
        )


@dataclass(frozen=True, slots=True)
class Score:
    """Of all suggestions together; shares between 0 and 1."""

    precision: float
    recall: float
    f1: float
    sure: float
    """Precision of those that stand plain; 0 where none does."""


def read() -> Material:
    """The notes in the order of the file."""
    with (DATA / "archive" / "notes.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    notes = [
        Note(
            row["title_line"],
            row["number"],
            tags=tuple(row["tags"]),
            arxiv_id=row["arxiv_id"],
            refs=tuple(row["refs"]),
        )
        for row in rows
    ]
    with gzip.open(DATA / "arxiv" / "meta.jsonl.gz", "rt", encoding="utf-8") as file:
        return Material(notes, {row["id"]: row for row in map(json.loads, file)})


def score(suggested: Sequence[Tags], sure: Sequence[Tags], wanted: Sequence[Tags]) -> Score:
    """All suggestions against all wanted tags."""
    right = sum(len(got & want) for got, want in zip(suggested, wanted, strict=True))
    plain = sum(len(got & want) for got, want in zip(sure, wanted, strict=True))
    precision, recall = right / max(sum(map(len, suggested)), 1), right / max(sum(map(len, wanted)), 1)
    return Score(precision, recall, 2 * precision * recall / (precision + recall), plain / max(sum(map(len, sure)), 1))


class Split:
    """A random quarter held out of the papers with abstracts; the model learns from all other notes."""

    def __init__(self, material: Material, seed: int) -> None:
        described = material.described
        random.Random(seed).shuffle(described)
        self.held = described[: len(described) // HELD_OUT]
        papers = {note.arxiv_id for note in self.held}
        self.notes = [note for note in material.notes if not (note.arxiv_id and note.arxiv_id in papers)]
        self.noted = material.noted(self.notes)
        self.stubs = [material.stub(note.arxiv_id or "") for note in self.held]
        self.venues = frozenset(learn_venues(material.notes).tags)
        self.wanted = [self.topical(note) for note in self.held]

    def topical(self, note: Note) -> Tags:
        """The tags that count: no workflow, no venues."""
        return frozenset(tag for tag in note.tags if is_topical(tag) and tag not in self.venues)

    def suggested(self) -> Score:
        """notebot with its default limits."""
        suggester = Suggester(learn("bench", self.noted), TagLimits())
        stubs = [suggester.suggest(stub).stub for stub in self.stubs]
        sure = [frozenset(one.tag for one in stub.tag_evidence if one.sure) for stub in stubs]
        return score([frozenset(stub.tags) for stub in stubs], sure, self.wanted)

    def most_frequent(self, count: int) -> Score:
        """The same tags for every paper."""
        uses = Counter(tag for note in self.notes for tag in self.topical(note))
        same = [frozenset(tag for tag, _ in uses.most_common(count))] * len(self.held)
        return score(same, same, self.wanted)

    def vote(self, least: float, count: int = 10) -> Score:
        """The nearest notes by plain TF-IDF, each with one vote by its similarity."""
        plain = PlainTfIdf([f"{one.note.title_line} {one.abstract}" for one in self.noted])
        voted = [self._voted(plain.nearest(f"{stub.title} {stub.abstract}", count), least) for stub in self.stubs]
        return score(voted, voted, self.wanted)

    def _voted(self, near: list[tuple[int, float]], least: float) -> Tags:
        votes: dict[str, float] = {}
        for place, similarity in near:
            for tag in self.topical(self.notes[place]):
                votes[tag] = votes.get(tag, 0.0) + similarity
        whole = sum(similarity for _, similarity in near)
        return frozenset(tag for tag, vote in votes.items() if vote >= least * whole)


class PlainTfIdf:
    """The textbook's cosine, nothing of notebot in it but how text is cut into words."""

    def __init__(self, texts: Sequence[str]) -> None:
        counted = [Counter(split_words(text)) for text in texts]
        spread = Counter(word for words in counted for word in words)
        self._rarities = {word: math.log((len(texts) + 1) / (count + 1)) + 1 for word, count in spread.items()}
        self._vectors = [self._vector(words) for words in counted]

    def nearest(self, text: str, count: int) -> list[tuple[int, float]]:
        """Places and cosines, the nearest first."""
        vector = self._vector(Counter(split_words(text)))
        found = [sum(vector.get(word, 0.0) * weight for word, weight in other.items()) for other in self._vectors]
        return heapq.nlargest(count, enumerate(found), key=lambda one: one[1])

    def _vector(self, words: Counter[str]) -> dict[str, float]:
        weights = {word: count * self._rarities[word] for word, count in words.items() if word in self._rarities}
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {word: weight / length for word, weight in weights.items()}


def report_tags(material: Material) -> None:
    """Means of the splits, the two baselines in the same run."""
    splits = [Split(material, seed) for seed in range(SPLITS)]
    rows = {f"the {count} most frequent tags": [one.most_frequent(count) for one in splits] for count in (2, 4)}
    rows |= {f"TF-IDF vote of 10, from {least}": [one.vote(least) for one in splits] for least in (0.3, 0.4, 0.5)}
    rows["notebot"] = [one.suggested() for one in splits]
    print(f"tags, mean of {SPLITS} splits      precision  recall  micro-F1  plain tags' precision")
    for name, scores in rows.items():
        means = [mean(getattr(one, field) for one in scores) for field in ("precision", "recall", "f1", "sure")]
        print(f"  {name:30}{means[0]:9.3f}{means[1]:8.3f}{means[2]:10.3f}{means[3]:15.3f}")


def report_day(material: Material, day: str, other_day: str) -> None:
    """Where held-out notes rank among a real day's papers, by nearness alone and with what was learned.

    Args:
        other_day: its papers are the recently announced ones that were not kept.
    """
    noted = {note.arxiv_id for note in material.notes}
    announced = {
        each: [name for name, paper in material.papers.items() if paper.get("announced") == each and name not in noted]
        for each in (day, other_day)
    }
    watched = [name for name in announced[day] if WATCHED.intersection(material.papers[name].get("categories") or ())]
    others = [Example(read_paper(*material.text(name)), liked=False) for name in announced[other_day]]
    shares: dict[tuple[str, int], list[float]] = {}
    for seed in range(SPLITS):
        split = Split(material, seed)
        everything = [*watched, *(stub.arxiv_id for stub in split.stubs)]
        learned = learn("bench", split.noted)
        terms = count_terms(map(material.text, everything), learned.corpus.share_with_abstract)
        suggester = Suggester(learned, TagLimits(), announced=terms)
        told = [one for one in split.noted if one.abstract]
        liked = [Example(read_note(one, parse_title_line(one.note.title_line)), liked=True) for one in told]
        model = InterestModel(learn_interest([*liked, *others]))
        orders: dict[str, dict[str, float]] = {"nearness": {}, "learned": {}}
        for name in everything:
            suggested = suggester.suggest(material.stub(name))
            stub = replace(suggested.stub, nearness=suggested.nearness)
            orders["nearness"][name] = -rank_key(stub)[1]
            stub = replace(stub, interest=judge_interest(model, stub, None))
            orders["learned"][name] = -rank_key(stub)[1]
        for what, scores in orders.items():
            held = [scores[stub.arxiv_id] for stub in split.stubs]
            for count in (MIXED_IN, len(held)):
                top = _in_top([scores[name] for name in watched], held[:count])
                shares.setdefault((what, count), []).append(top)
    for (what, count), found in shares.items():
        chance = 100 / (len(watched) + count)
        print(f"{day}, {what:8}: {mean(found):.3f} of {count} held-out notes in the first 100 (chance {chance:.2f})")


def _in_top(others: Sequence[float], held: Sequence[float]) -> float:
    least = sorted([*others, *held], reverse=True)[99]
    return mean(one >= least for one in held)


def report_time(material: Material) -> None:
    """With as many notes as a large archive has."""
    rng = random.Random(1)
    papers = rng.sample(sorted(material.papers), ARCHIVE_SIZE)
    notes = [
        Note(f"[Paper Note] {material.papers[name]['title']}, A. Author+, arXiv'26", 50 + at, arxiv_id=name, tags=tags)
        for at, (name, tags) in enumerate(zip(papers, _tags(material, rng), strict=True))
    ]
    started = time.perf_counter()
    learned = learn("bench", material.noted(notes))
    built = time.perf_counter()
    suggester = Suggester(learned, TagLimits())
    opened = time.perf_counter()
    day = [material.stub(name) for name, paper in material.papers.items() if paper.get("announced") == DAYS[0]]
    for stub in day:
        suggester.suggest(stub)
    spent_ms = (time.perf_counter() - opened) * 1_000 / len(day)
    print(
        f"{ARCHIVE_SIZE:,} notes: learned in {built - started:.1f} s, opened in {(opened - built) * 1_000:.0f} ms,"
        f" {spent_ms:.1f} ms a stub"
    )


def _tags(material: Material, rng: random.Random) -> list[tuple[str, ...]]:
    return [rng.choice(material.notes).tags for _ in range(ARCHIVE_SIZE)]


def main() -> None:
    """Tags, a real day's ranks, time."""
    if not DATA.exists():
        sys.exit(f"{DATA} is not there; nothing is measured.")
    material = read()
    report_tags(material)
    for day, other_day in (DAYS, DAYS[::-1]):
        report_day(material, day, other_day)
    report_time(material)


if __name__ == "__main__":
    main()
