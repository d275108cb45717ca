"""Measures the tag pages of a generated archive: all of them written, and written again after one change."""

import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import material
from notebot.adapters.page_files import PageFolder
from notebot.domain.note import Note
from notebot.domain.tag_order import TagOrder
from notebot.domain.tag_page import PageRules
from notebot.services.pages import Pages, PagesReport

NOTES, TAGS = 6_500, 600
WHOLE_S, AGAIN_S = 20.0, 2.0
"""Seconds that the contract allows."""

_JAPANESE = "大規模言語モデルの数学的な推論能力を高める学習手法を提案し、検証器と合成データの効果を示した。"


class KnownPages:
    """Fingerprints in memory; storing them is not what is measured."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def fingerprints(self) -> dict[str, str]:
        return dict(self.known)

    def store(self, changed: Mapping[str, str]) -> None:
        self.known.update(changed)

    def forget(self, names: Sequence[str]) -> None:
        for name in names:
            del self.known[name]


def archive() -> tuple[list[Note], TagOrder]:
    """Notes of eight years with about eight tags each, common ones on thousands of notes, and their order."""
    rng, vocabulary = random.Random(5), material.words()
    order = TagOrder(tuple(f"{word.title()}{place}" for place, word in enumerate(vocabulary[:TAGS])))
    return [_note(number, rng, vocabulary, order) for number in range(1, NOTES + 1)], order


def _note(number: int, rng: random.Random, vocabulary: list[str], order: TagOrder) -> Note:
    tags = {order.tags[int(TAGS ** rng.random()) - 1] for _ in range(11)} | {order.tags[number % TAGS]}
    issued = date(2018, 1, 1) + timedelta(days=number * 3_000 // NOTES)
    address = f"https://arxiv.org/abs/{issued:%y%m}.{number:05d}"
    title = material.text(rng, vocabulary, 10).title()
    venue = f", arXiv'{issued:%y}" if number % 6 else ""
    body = f"# URL\n- {address}\n# Abstract\n  - {material.text(rng, vocabulary, 200)}\n# Summary (by m)\n- {_JAPANESE}"
    return Note(
        title_line=f"[Paper Note] {title}, Ann Author+{venue}, {issued:%Y.%m}",
        number=number,
        issue_date=issued,
        tags=order.sort(tags),
        urls=(address,),
        summary=_JAPANESE * 5,
        comments=(
            f"元ポスト:\nhttps://x.com/ann/status/{number + 10**18}?s=20",
            f"関連:\n- #{number // 2}",
            _JAPANESE * 3,
        ),
        refs=(number // 2,),
        body=body,
        state="open",
    )


def timed(notes: Sequence[Note], order: TagOrder, folder: Path, known: KnownPages) -> tuple[float, PagesReport]:
    """Seconds of one run, and its report."""
    start = time.perf_counter()
    report = Pages(notes, PageRules(order, repo="owner/notes"), PageFolder(folder), known).run()
    return time.perf_counter() - start, report


def main() -> None:
    """Prints a line a row."""
    notes, order = archive()
    changed = [*notes[:-1], replace(notes[-1], summary="別の要約。")]
    known = KnownPages()
    print(f"{NOTES:,} notes, {TAGS} tags, {sum(len(note.tags) for note in notes) / NOTES:.1f} a note")
    with tempfile.TemporaryDirectory() as folder:
        rows = (
            ("all pages", notes, WHOLE_S),
            ("nothing changed", notes, AGAIN_S),
            ("one note changed", changed, AGAIN_S),
        )
        for what, archived, limit in rows:
            seconds, report = timed(archived, order, Path(folder), known)
            counts = f"{report.written:,} written, {report.unchanged:,} unchanged"
            print(f"{what}: {seconds:.2f} s of {limit:.0f} s allowed ({counts})")


if __name__ == "__main__":
    main()
