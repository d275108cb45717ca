"""Writes the digests of this folder: three as notebot and a curator leave them, and each as saved by real programs.

Needs, in one folder: ``npm install prettier remark-cli remark-gfm markdownlint-cli prosemirror-markdown marked turndown
turndown-plugin-gfm``, a virtual environment ``py`` with ``mdformat mdformat-gfm``; and pandoc on the path. Run it with
``PYTHONPATH=src:tests python tests/features/digests/rules/saved_by_editors/save.py FOLDER`` from the checkout's root.
"""

import subprocess
import sys
from pathlib import Path

from msgspec.structs import replace

from fakes import DAY, paper
from notebot.core.model.stub import AttributedText, Related, RelatedKind, RelatedReason, TagEvidence
from notebot.core.note_format.stub_title import NoteStyle
from notebot.features.digests.adapters.jinja import JinjaRenderer
from notebot.features.digests.rules.layout import Coverage, Layout, Section
from notebot.features.topics.rules.drafting import draft_from_paper

HERE = Path(__file__).parent
TYPED = "証明の 3 節が要点。*x* と [1] は後で確かめる。\n\n続きは明日。"

PROSEMIRROR = """
import {defaultMarkdownParser, defaultMarkdownSerializer} from "prosemirror-markdown";
import fs from "fs";
process.stdout.write(defaultMarkdownSerializer.serialize(defaultMarkdownParser.parse(fs.readFileSync(0, "utf8"))));
"""
TURNDOWN = """
import {marked} from "marked";
import TurndownService from "turndown";
import {gfm} from "turndown-plugin-gfm";
import fs from "fs";
const service = new TurndownService();
service.use(gfm);
process.stdout.write(service.turndown(marked.parse(fs.readFileSync(0, "utf8"))));
"""


def digests() -> dict[str, str]:
    """The digest as written, ticked, and typed into."""
    titles = [
        'Counting *Sheep* & Goats: the `flock_size` of R1\'s "herd"',
        "Proofs <by> Diagram... -- a #1 Benchmark for [x] Tasks_and_Tools with 10% more",
        "Reasoning Is Not Free: O(n^2) ~ what's left",
    ]
    related = Related(12, "Frogs & Toads, arXiv'24", 0.4, RelatedReason(RelatedKind.TAGS, ("PRM", "RewardModel")))
    stubs = [
        replace(
            draft_from_paper(paper(f"2605.0000{number}", title), None, ()),
            tags=("NLP", "Two Words", "Reasoning"),
            tag_evidence=(TagEvidence("Two Words", 0.5, sure=False, why=""),),
            summary=AttributedText(text, "gpt-4o-mini"),
            related=(related,),
        )
        for number, (title, text) in enumerate(zip(titles, SUMMARIES, strict=True), 1)
    ]
    layout = Layout((Section("Mathematics", tuple(stubs[:2])),), (stubs[2],))
    text = JinjaRenderer(NoteStyle(), "ja", ("Mathematics",)).digest(DAY, layout, [], Coverage(DAY, (), ()))
    ticked = text.replace("- [ ] 残す", "- [x] 残す", 1).replace("- [ ] Reasoning Is", "- [x] Reasoning Is")
    head, middle, tail = text.partition("<!-- nb 2605.00002 -->")
    return {
        "untouched": text,
        "ticked": ticked,
        "typed": head + middle + tail.replace("<!-- /nb -->", f"{TYPED}\n\n<!-- /nb -->", 1),
    }


SUMMARIES = (
    "羊を 100 頭 (< 1,000) まで数える手法。正答率は 48.1% で、GPT-5_mini の 30% を上回る。データは公開予定。",
    'Diagrams are read as proofs. The model\'s "steps" -- about 12 of them -- are checked one by one, and what fails '
    "is tried again with *other* tools; the cost is O(n_k) instead of O(n^2).",
    "",
)


def programs(folder: Path) -> dict[str, list[str]]:
    """The command of each program; it reads a digest from standard input and writes what it would save."""
    node = folder / "node_modules/.bin"
    (folder / "prosemirror.mjs").write_text(PROSEMIRROR)
    (folder / "turndown.mjs").write_text(TURNDOWN)
    return {
        "prettier": [f"{node}/prettier", "--parser", "markdown"],
        "prettier-wrap": [f"{node}/prettier", "--parser", "markdown", "--prose-wrap", "always"],
        "remark": [f"{node}/remark", "--use", "remark-gfm", "--quiet"],
        "remark-plain": [f"{node}/remark", "--quiet"],
        "mdformat": [f"{folder}/py/bin/mdformat", "--extensions", "gfm", "-"],
        "mdformat-wrap": [f"{folder}/py/bin/mdformat", "--extensions", "gfm", "--wrap", "60", "--number", "-"],
        "pandoc": ["pandoc", "-f", "gfm", "-t", "gfm"],
        "pandoc-markdown": ["pandoc", "-f", "gfm", "-t", "markdown"],
        "prosemirror": ["node", f"{folder}/prosemirror.mjs"],
        "turndown": ["node", f"{folder}/turndown.mjs"],
    }


def main() -> None:
    """Saves every digest with every program."""
    folder = Path(sys.argv[1]).resolve()
    for kind, text in digests().items():
        (HERE / f"notebot-{kind}.md").write_text(text, encoding="utf-8")
        for name, command in programs(folder).items():
            done = subprocess.run(command, input=text.encode(), capture_output=True, check=True, cwd=folder)
            (HERE / f"{name}-{kind}.md").write_bytes(done.stdout)
        fixed = HERE / f"markdownlint-{kind}.md"
        fixed.write_text(text, encoding="utf-8")
        subprocess.run([f"{folder}/node_modules/.bin/markdownlint", "--fix", fixed], capture_output=True, check=False)


if __name__ == "__main__":
    main()
