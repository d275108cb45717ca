"""Builds the documentation as a site into docs/_build/; `make site-docs` runs it.

The pages are written for a reader of the repository, too, so README and the other pages of the top folder are collected
with those of docs/, and links are changed to where their pages are in the site. Warnings are errors.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).parent
TOP = DOCS.parent
OTHERS = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
"""Pages of the top folder besides the README, which becomes the first page."""
CHAPTERS = {
    "Use": [
        "quickstart",
        "review-page",
        "phone",
        "topics",
        "delivery",
        "site",
        "github",
        "folder-archive",
        "zotero",
        "lab",
        "recover",
    ],
    "Know more": ["reference", "glossary", "design", "architecture", "scale", "field-reports"],
    "The project": ["contributing", "changelog", "security"],
}
"""The order of the pages; a page that is not named here follows at the end of the first chapter."""


def pages() -> dict[str, Path]:
    """Name of a page in the site -> its source."""
    found = {path.stem: path for path in sorted(DOCS.glob("*.md"))}
    found |= {Path(name).stem.lower(): TOP / name for name in OTHERS}
    return {"index": TOP / "README.md", **found}


def rewritten(source: Path, names: dict[Path, str]) -> str:
    """The text of a page whose links lead to the pages of the site.

    A link to a file that is not part of the site, such as a folder of the repository, becomes its text.
    """

    def link(match: re.Match[str]) -> str:
        mark, text, target, anchor = match[1], match[2], match[3], match[4] or ""
        path = (source.parent / target).resolve()
        if path in names:
            return f"{mark}[{text}]({names[path]}.md{anchor})"
        return f"{mark}[{text}](img/{path.name})" if path.parent == DOCS / "img" else text

    text = source.read_text(encoding="utf-8")
    # code is left alone: what looks like a link there is an example
    parts = re.split(r"(^```.*?^```$|`(?:[^`\n]|\n(?!\n))+`(?!\]))", text, flags=re.MULTILINE | re.DOTALL)
    parts[::2] = [re.sub(r"(!?)\[([^\]]+)\]\(([^)#:\s]+)(#[^)]*)?\)", link, part) for part in parts[::2]]
    return "".join(parts)


def contents(names: list[str]) -> str:
    """The tables of contents of the first page."""
    named = {name for chapter in CHAPTERS.values() for name in chapter}
    rest = [name for name in names if name not in named and name != "index"]
    blocks = []
    for number, (caption, chapter) in enumerate(CHAPTERS.items()):
        listed = [name for name in chapter if name in names] + (rest if number == 0 else [])
        blocks.append("\n".join(["```{toctree}", ":hidden:", f":caption: {caption}", "", *listed, "```"]))
    return "\n\n" + "\n\n".join(blocks) + "\n"


def build(target: Path) -> int:
    """Builds the site; returns 0 if there was no warning."""
    from sphinx.cmd.build import build_main

    sources = pages()
    names = {path.resolve(): name for name, path in sources.items()}
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        for name, path in sources.items():
            more = contents(list(sources)) if name == "index" else ""
            (tree / f"{name}.md").write_text(rewritten(path, names) + more, encoding="utf-8")
        shutil.copytree(DOCS / "img", tree / "img")
        shutil.copyfile(DOCS / "conf.py", tree / "conf.py")
        return build_main(["-q", "-W", "--keep-going", "-n", "-E", "-d", str(tree / ".doctrees"), folder, str(target)])


if __name__ == "__main__":
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS / "_build"
    code = build(output)
    sys.stdout.write(f"wrote {output / 'index.html'}\n")
    sys.exit(code)
