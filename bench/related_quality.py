"""Prints how good the offered related notes are on the archive in ``../shared``, where that folder is there.

A note counts as right if the curator linked it and the paper's note, or if both have a specific tag: one on at least
two and at most 5 % of the notes. The paper's own tags and links are used to judge an offer, never to make it.
"""

import sys
from collections import Counter
from dataclasses import dataclass
from statistics import mean

from msgspec.structs import replace

from notebot.core.model.note import Note
from notebot.core.model.stub import RelatedReason
from notebot.features.suggestions.rules.related_notes import specific_tags
from notebot.features.suggestions.rules.tag_model import Corpus
from notebot.features.suggestions.suggest import Learned, Suggester, TagLimits, learn
from tag_quality import DATA, SPLITS, Material, Split, read

SHOWN = 2
SHOWN_MISSES = 10
EVERY_NEIGHBOUR = 30


@dataclass(frozen=True, slots=True)
class Offer:
    """One note offered for one paper."""

    paper: Note
    number: int
    score: float
    why: str


class Judge:
    """Says which offers are right."""

    def __init__(self, material: Material) -> None:
        corpus = Corpus(learn("bench", material.noted(material.notes)).corpus)
        specific = specific_tags(corpus)
        tags = corpus.record.tags
        self._tags = {
            number: {tags[tag] for tag in own if tag in specific}
            for number, own in zip(corpus.record.numbers, corpus.record.tags_of, strict=True)
        }
        self.links = {(note.number, ref) for note in material.notes for ref in note.refs if ref in self._tags}

    def is_linked(self, offer: Offer) -> bool:
        """The curator linked the two notes, in either direction."""
        pair = (offer.paper.number, offer.number)
        return pair in self.links or pair[::-1] in self.links

    def is_right(self, offer: Offer) -> bool:
        """Linked, or a specific tag in common."""
        return self.is_linked(offer) or bool(self._tags[offer.paper.number] & self._tags[offer.number])


def offers(learned: Learned, material: Material, papers: list[Note], most: int, floor: float) -> list[list[Offer]]:
    """What is offered for each paper by all notes but its own, and without its links."""
    no_links = tuple(() for _ in learned.related.links)
    learned = replace(learned, related=replace(learned.related, links=no_links, floor=floor))
    suggester = Suggester(learned, TagLimits(), most_related=most)
    found = []
    for note in papers:
        related = suggester.suggest(material.stub(note.arxiv_id or "")).stub.related
        kinds = [one.why.kind if isinstance(one.why, RelatedReason) else "" for one in related]
        found.append([Offer(note, one.number, one.score, kind) for one, kind in zip(related, kinds, strict=True)])
    return found


def report_recall(material: Material, learned: Learned, judge: Judge) -> None:
    """Which of the notes that the curator linked are among the first, whatever their score."""
    papers = [note for note in material.described if any((note.number, ref) in judge.links for ref in note.refs)]
    ranks = []
    for note, ranked in zip(papers, offers(learned, material, papers, EVERY_NEIGHBOUR, 0.0), strict=True):
        numbers = [offer.number for offer in ranked]
        wanted = [ref for ref in note.refs if (note.number, ref) in judge.links]
        ranks += [(numbers.index(ref) + 1 if ref in numbers else EVERY_NEIGHBOUR + 1, note, ref) for ref in wanted]
    for most in (2, 5, 10):
        print(f"related: {sum(rank <= most for rank, _, _ in ranks)} of {len(ranks)} references among the first {most}")
    for rank, note, ref in sorted(ranks, key=lambda row: -row[0])[:SHOWN_MISSES]:
        place = f"{rank:4}" if rank <= EVERY_NEIGHBOUR else "none"
        print(f"  {place} #{note.number} {note.title_line[13:70]} -> #{ref}")


def print_precision(what: str, shown: list[list[Offer]], judge: Judge) -> None:
    """One line on the offers of many papers, and one per kind of reason."""
    flat = [offer for of_paper in shown for offer in of_paper]
    if not flat:
        print(f"{what}: nothing is offered")
        return
    print(
        f"{what}: {len(flat)} offers for {sum(map(bool, shown))} of {len(shown)} papers, "
        f"{mean(map(judge.is_right, flat)):.3f} right, {sum(map(judge.is_linked, flat))} linked"
    )
    for why, count in Counter(offer.why for offer in flat).most_common():
        right = mean(judge.is_right(offer) for offer in flat if offer.why == why)
        print(f"    {why:12}{count:5} offers, {right:.3f} right")


def main() -> None:
    """Recall of the curator's links, and precision of what is shown: each paper left out, and held out in quarters."""
    if not DATA.exists():
        sys.exit(f"{DATA} is not there; nothing is measured.")
    material = read()
    judge = Judge(material)
    learned = learn("bench", material.noted(material.notes))
    report_recall(material, learned, judge)
    print(f"the archive's floor: {learned.related.floor:.3f}")
    shown = offers(learned, material, material.described, SHOWN, learned.related.floor)
    print_precision(f"each of {len(shown)} papers left out", shown, judge)
    held_out, floors = [], []
    for seed in range(SPLITS):
        split = Split(material, seed)
        of_split = learn("bench", split.noted)
        floors.append(of_split.related.floor)
        held_out += offers(of_split, material, split.held, SHOWN, of_split.related.floor)
    print_precision(f"{SPLITS} times a quarter held out, floors {min(floors):.3f}–{max(floors):.3f}", held_out, judge)
    everything = offers(learned, material, material.described, SHOWN, 0.0)
    print_precision("without a floor, for comparison", everything, judge)


if __name__ == "__main__":
    main()
