"""Measures `notebot site` on 6,500 generated notes by the installed command: first run, no change, one change.

    .venv/bin/python bench/site.py [NOTES]

Unlike the notes of ``archive.py``, each has a summary and a comment in Japanese of its own, because their pairs of
characters make the index of the search large.
"""

import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from archive import NOTES, archive, as_issue, generate_notes, measure
from notebot.core.model.note import Note

FIRST_S, AGAIN_S = 10.0, 2.0
INDEX_MB = 1.5
FIRST_PAGE_KB = 100
_KANJI = (
    "学習推論数値検証生成言語模型大規模評価手法提案性能向上精度改善問題解決能力強化報酬最適化訓練事前後処理画像理解対話知識検索"
    "長文脈注意機構多様安全信頼効率計算資源分散並列圧縮蒸留選択探索計画実験結果分析比較従来課題応用医療法律金融教育"
)
_KATAKANA = [
    "モデル",
    "データ",
    "タスク",
    "エージェント",
    "ベンチマーク",
    "スケーリング",
    "トークン",
    "サーバー",
    "パラメータ",
]
_ENDINGS = [
    "を提案し、",
    "を示した。",
    "により",
    "が向上する。",
    "を用いて",
    "に対して",
    "と比較して",
    "であることを確認した。",
    "の",
    "は",
]


def sentences(rng: random.Random, characters: int) -> str:
    """Japanese of about this length: compounds of two to four characters, loan words, and what joins them."""
    text = ""
    while len(text) < characters:
        start = int(len(_KANJI) ** rng.random()) - 1
        word = rng.choice(_KATAKANA) if rng.random() < 0.3 else _KANJI[start : start + rng.randrange(2, 5)]
        text += word + rng.choice(_ENDINGS)
    return text


def notes(count: int) -> Iterator[Note]:
    """The notes of ``archive.py`` with Japanese of their own: 250 characters of summary, 120 of comment."""
    rng = random.Random(11)
    for note in generate_notes(count, archive(0)[1]):
        summary = sentences(rng, 250)
        comments = (*note.comments[:2], sentences(rng, 120))
        body = (note.body or "").partition("# Summary")[0] + f"# Summary (by m)\n- {summary}"
        yield replace(note, summary=summary, comments=comments, body=body)


def size(files: Iterator[Path]) -> int:
    """Bytes of all files."""
    return sum(path.stat().st_size for path in files)


def one_search(site: Path, *tokens: str) -> int:
    """The most bytes that a search for these tokens loads: their files, and those of fifty notes apart."""
    from notebot.features.site.rules.search_index import shard_of

    words = {site / f"search/words-{shard_of(token)}.js" for token in tokens}
    return size(iter(words)) + size(site.glob("search/notes-*.js"))


def main() -> None:
    """Prints a line per figure."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else NOTES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.toml").write_text('[notebot]\ncontact = "bench@example.org"\n', encoding="utf-8")
        # one note at a time: Linux counts the memory of this process to the peak of the commands that it starts
        with (folder / "all.json").open("w", encoding="utf-8") as file:
            for place, note in enumerate(notes(count)):
                file.write(("," if place else "[") + json.dumps(as_issue(note)))
            file.write("]")
        changed = replace(note, title_line=note.title_line.replace("Paper", "Other", 1))
        (folder / "one.json").write_text(json.dumps([as_issue(changed)]), encoding="utf-8")
        measure(folder, "import", "gh", "all.json")
        site = folder / "site"
        for what, limit in (("first run", FIRST_S), ("no change", AGAIN_S), ("one change", FIRST_S)):
            if what == "one change":
                measure(folder, "import", "gh", "one.json")
            start = time.perf_counter()
            cpu, peak = measure(folder, "site", "site")
            taken = time.perf_counter() - start
            written = re.match(r"\d+", (folder / "output").read_text())
            print(
                f"{count:,} notes, {what}: {taken:.2f} s on the clock, {cpu:.2f} s of CPU ({limit:.0f} s allowed), "
                f"peak {peak:.0f} MB, {written[0] if written else '?'} files written"
            )
        everything = size(path for path in site.rglob("*") if path.is_file())
        print(f"the site: {everything / 1e6:.0f} MB in {sum(1 for _ in site.rglob('*')):,} files")
        print(f"first page: {(site / 'index.html').stat().st_size / 1e3:.1f} KB of {FIRST_PAGE_KB} KB allowed")
        index = size(site.glob("search/*"))
        print(f"search index: {index / 1e6:.2f} MB in all ({INDEX_MB} MB allowed to load)")
        for words in (("数学", "学習"), ("reward", "model"), ("サー", "ーバ")):
            print(f"search for {' '.join(words)}: loads at most {one_search(site, *words) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
