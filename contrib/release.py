"""Builds what is released into dist/ and writes sbom.cdx.json; `make release` runs it.

Everything is built twice, in folders of their own, and has to have the same bytes. On a tag, the tag has to name the
version, and the changelog has to have a section for it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TOP = Path(__file__).parents[1]


def build(tree: Path, target: Path, epoch: int) -> dict[str, bytes]:
    """Builds sdist and wheel of a source tree; returns the files by name."""
    words = [sys.executable, "-m", "hatchling", "build", "--directory", str(target)]
    subprocess.run(words, cwd=tree, env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}, check=True)
    return {path.name: path.read_bytes() for path in sorted(target.iterdir())}


def copy_tree(target: Path) -> Path:
    """Copies the files that git tracks, or would track, so that nothing that lies about is released."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, cwd=TOP, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, listed):
        if (TOP / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(TOP / name, target / name)
    return target


def sbom(requirements: str, name: str, version: str, epoch: int) -> dict[str, Any]:
    """The packages of a pinned requirements file as CycloneDX 1.5, the same for the same input.

    Written here, because the tools that write it bring more packages than notebot itself has.
    """
    blocks = re.findall(r"^([\w.-]+)==(\S+)(.*?)(?=^\S|\Z)", requirements, re.MULTILINE | re.DOTALL)
    components = [
        {
            "type": "library",
            "bom-ref": f"pkg:pypi/{package}@{pinned}",
            "name": package,
            "version": pinned,
            "purl": f"pkg:pypi/{package}@{pinned}",
            "hashes": [{"alg": "SHA-256", "content": sha} for sha in re.findall(r"sha256:([0-9a-f]{64})", rest)],
        }
        for package, pinned, rest in blocks
    ]
    root = f"pkg:pypi/{name}@{version}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, root + requirements)}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, UTC).isoformat(),
            "component": {"type": "application", "bom-ref": root, "name": name, "version": version, "purl": root},
        },
        "components": components,
        "dependencies": [{"ref": root, "dependsOn": [component["purl"] for component in components]}],
    }


def problems(version: str, tag: str, changelog: str) -> list[str]:
    """What keeps this version from being released under this tag."""
    found = [] if tag in ("", f"v{version}") else [f"The tag {tag} does not name the version {version}."]
    if not re.search(rf"^## {re.escape(version)}\b", changelog, re.MULTILINE):
        found.append(f"CHANGELOG.md has no section for {version}.")
    return found


def main() -> None:
    """Builds, compares, writes."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tag = os.environ.get("GITHUB_REF_NAME", "") if os.environ.get("GITHUB_REF_TYPE") == "tag" else ""
    found = problems(project["version"], tag, (TOP / "CHANGELOG.md").read_text(encoding="utf-8"))
    if found:
        sys.exit("\n".join(found))
    shown = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=TOP, capture_output=True, check=True)
    epoch = int(shown.stdout)
    with tempfile.TemporaryDirectory() as folder:
        trees = [copy_tree(Path(folder) / name / "tree") for name in ("first", "second")]
        first, second = (build(tree, tree.with_name("dist"), epoch) for tree in trees)
        if first != second:
            sys.exit(f"Two builds differ: {[name for name in first if first[name] != second.get(name)]}")
    (TOP / "dist").mkdir(exist_ok=True)
    for name, content in first.items():
        (TOP / "dist" / name).write_bytes(content)
    requirements = (TOP / "contrib/action/requirements.txt").read_text(encoding="utf-8")
    document = sbom(requirements, project["name"], project["version"], epoch)
    (TOP / "sbom.cdx.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
