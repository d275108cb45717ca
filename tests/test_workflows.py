"""The workflows that we ship or run: nothing unpinned runs in them, and no outside text becomes a command."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

TOP = Path(__file__).parents[1]
WORKFLOWS = sorted(
    path
    for folder in ("contrib", ".github")
    for path in (TOP / folder).rglob("*.y*ml")
    if path.suffix in (".yml", ".yaml")
)
DIGEST = (TOP / "contrib/ci/digest.yml").read_text(encoding="utf-8")
PINNED_ACTION = re.compile(r"uses: +[\w./-]+@[0-9a-f]{40} +# v\d+\.\d+\.\d+$")
FORBIDDEN_TRIGGERS = {"pull_request_target", "workflow_run"}
"""They run with the repository's rights on what a stranger sent."""


def broken_rules(text: str) -> list[str]:
    """The rules that a workflow breaks."""
    workflow: dict[Any, Any] = yaml.safe_load(text)
    return [
        *unpinned_actions(text),
        *(f"trigger {name}" for name in FORBIDDEN_TRIGGERS & set(workflow[True])),  # YAML 1.1 reads `on` as true
        *([] if workflow.get("permissions") == {} else ["the workflow has permissions of its own"]),
        *([] if "env" not in workflow else ["an environment for all jobs"]),
        *(broken for name, job in workflow["jobs"].items() for broken in rules_broken_by_job(name, job)),
    ]


def unpinned_actions(text: str) -> Iterator[str]:
    for line in text.splitlines():
        bare = line.strip().removeprefix("- ")
        if bare.startswith("uses:") and not PINNED_ACTION.fullmatch(bare):
            yield f"not pinned by commit: {bare}"


def rules_broken_by_job(name: str, job: dict[str, Any]) -> Iterator[str]:
    permissions = job.get("permissions")
    if not isinstance(permissions, dict) or set(permissions.values()) - {"read", "write", "none"}:
        yield f"{name}: permissions are not listed"
    if "timeout-minutes" not in job:
        yield f"{name}: no time limit"
    if "env" in job:
        yield f"{name}: an environment for all steps"
    for step in job["steps"]:
        run = step.get("run", "")
        if "${{" in run:
            yield f"{name}: an expression in a command: {run}"
        if "checkout@" in step.get("uses", "") and step.get("with", {}).get("persist-credentials") is not False:
            yield f"{name}: a checkout leaves the token behind"
        for command in re.findall(r"\bpip3? install\b[^\n;&|]*", run):
            if "--require-hashes" not in command and not re.search(r"--no-deps .*==\d", command):
                yield f"{name}: unpinned: {command}"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_keeps_the_rules(path: Path) -> None:
    assert broken_rules(path.read_text(encoding="utf-8")) == []


def test_there_are_workflows() -> None:
    assert {"digest.yml", "fill.yml"} <= {path.name for path in WORKFLOWS}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda text: re.sub(r"checkout@[0-9a-f]+ +# ", "checkout@", text), "not pinned by commit"),
        (lambda text: text.replace(" # v4.2.2", ""), "not pinned by commit"),
        (lambda text: text.replace("--require-hashes ", ""), "unpinned: pip install"),
        (lambda text: text.replace("==0.1.0", ""), "unpinned: pip install"),
        (lambda text: text.replace("persist-credentials: false", "fetch-depth: 1"), "leaves the token behind"),
        (lambda text: text.replace("permissions: {}\n", "permissions: write-all\n"), "permissions of its own"),
        (lambda text: text.replace("permissions: {}\n", ""), "permissions of its own"),
        (lambda text: text.replace("    permissions:\n      contents: write", "    x:\n      y: z"), "not listed"),
        (lambda text: text.replace("timeout-minutes", "x-minutes"), "no time limit"),
        (lambda text: text.replace("workflow_dispatch", "pull_request_target"), "trigger"),
        (
            lambda text: text.replace("notebot poll", 'echo "${{ github.event.issue.title }}"'),
            "an expression in a command",
        ),
        (lambda text: text.replace("jobs:\n", "env:\n  TOKEN: ${{ github.token }}\njobs:\n"), "an environment for all"),
        (lambda text: text.replace("    steps:\n", "    env:\n      A: b\n    steps:\n"), "an environment for all"),
    ],
)
def test_a_broken_rule_is_found(change: Callable[[str], str], rule: str) -> None:
    broken = broken_rules(change(DIGEST))
    assert broken
    assert all(rule in line for line in broken), broken


def entries(path: Path) -> dict[str, set[str]]:
    """Name and version → hashes."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", "").splitlines()
    return {entry.split()[0]: set(re.findall(r"--hash=\S+", entry)) for entry in joined if entry.strip()}


def test_the_packages_of_the_workflows_are_those_of_the_lock() -> None:
    lock, needed = entries(TOP / "requirements.lock"), entries(TOP / "contrib/notebot-requirements.txt")
    assert needed.items() <= lock.items()
    assert all(needed.values())
    project = (
        (TOP / "pyproject.toml").read_text(encoding="utf-8").partition("\ndependencies = [")[2].partition("\n]")[0]
    )
    wanted = set(re.findall(r'^ *"([\w-]+)', project, re.MULTILINE))
    assert len(wanted) > 5
    assert wanted <= {name.partition("==")[0] for name in needed}
