"""The workflows that we ship or run: nothing unpinned runs in them, and no outside text becomes a command."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from acceptance.command import MONDAY, Desk, clean_environment, desk_with
from notebot import __version__
from servers.github_server import GitHubServer

TOP = Path(__file__).parents[1]
WORKFLOWS = sorted(
    path
    for folder in ("contrib", ".github")
    for path in (TOP / folder).rglob("*.y*ml")
    if path.suffix in (".yml", ".yaml") and path.name not in ("action.yml", "compose.yaml")
)
DIGEST = (TOP / "contrib/workflows/digest.yml").read_text(encoding="utf-8")
RELEASE = (TOP / ".github/workflows/release.yml").read_text(encoding="utf-8")
ACTION = (TOP / "contrib/action/action.yml").read_text(encoding="utf-8")
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
        # a path is a folder of the same commit
        if bare.startswith("uses:") and not bare.startswith("uses: ./") and not PINNED_ACTION.fullmatch(bare):
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
        yield from rules_broken_by_step(name, step)


def rules_broken_by_step(name: str, step: dict[str, Any]) -> Iterator[str]:
    run = step.get("run", "")
    if "${{" in run:
        yield f"{name}: an expression in a command: {run}"
    if "checkout@" in step.get("uses", "") and step.get("with", {}).get("persist-credentials") is not False:
        yield f"{name}: a checkout leaves the token behind"
    for command in re.findall(r"\bpip3? install\b[^\n;&|]*", run):
        if "--require-hashes" not in command and not re.search(r"--no-deps .*==\d", command):
            yield f"{name}: unpinned: {command}"


def rules_broken_by_action(text: str) -> list[str]:
    """The rules that a composite action breaks."""
    action: dict[str, Any] = yaml.safe_load(text)
    broken = [*unpinned_actions(text)]
    for step in action["runs"]["steps"]:
        broken += rules_broken_by_step("action", step)
        if "run" in step and step.get("shell") != "bash":
            broken.append("action: a command without a shell")
    return broken


def test_the_action_keeps_the_rules() -> None:
    assert rules_broken_by_action(ACTION) == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda text: text.replace("--require-hashes ", ""), "unpinned: pip install"),
        (lambda text: text.replace("==1.0.0", ""), "unpinned: pip install"),
        (lambda text: text.replace(" # v4.2.2", ""), "not pinned by commit"),
        (lambda text: text.replace("persist-credentials: false", "fetch-depth: 1"), "leaves the token behind"),
        (lambda text: text.replace("shell: bash", "name: x"), "without a shell"),
        (lambda text: text.replace('/run.sh"', '/run.sh" ${{ inputs.number }}'), "an expression in a command"),
    ],
)
def test_a_broken_rule_of_the_action_is_found(change: Callable[[str], str], rule: str) -> None:
    broken = rules_broken_by_action(change(ACTION))
    assert broken
    assert all(rule in line for line in broken), broken


def test_the_action_installs_the_version_that_it_comes_with_and_the_workflows_call_it_with_its_inputs() -> None:
    assert f'"paper-notebot=={__version__}"' in ACTION
    action = yaml.safe_load(ACTION)
    for name in ("digest.yml", "fill.yml"):
        workflow = yaml.safe_load((TOP / "contrib/workflows" / name).read_text(encoding="utf-8"))
        (job,) = workflow["jobs"].values()
        call = job["steps"][-1]
        assert call["uses"] == "./.github/notebot"
        assert call["with"]["command"] == name.removesuffix(".yml")
        assert set(call["with"]) <= set(action["inputs"])


def test_only_the_last_job_of_a_release_can_publish_and_it_runs_no_command() -> None:
    jobs = yaml.safe_load(RELEASE)["jobs"]
    writing = [name for name, job in jobs.items() if "write" in job["permissions"].values()]
    assert writing == ["publish"]
    assert all("run" not in step for step in jobs["publish"]["steps"])
    assert (jobs["build"]["needs"], jobs["publish"]["needs"]) == ("test", "build")
    required = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert required == f">={jobs['test']['strategy']['matrix']['python'][0]}"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_keeps_the_rules(path: Path) -> None:
    assert broken_rules(path.read_text(encoding="utf-8")) == []


def test_there_are_workflows() -> None:
    assert {"digest.yml", "fill.yml", "release.yml"} <= {path.name for path in WORKFLOWS}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda text: re.sub(r"checkout@[0-9a-f]+ +# ", "checkout@", text), "not pinned by commit"),
        (lambda text: text.replace(" # v4.2.2", ""), "not pinned by commit"),
        (lambda text: text.replace("persist-credentials: false", "fetch-depth: 1"), "leaves the token behind"),
        (lambda text: text.replace("permissions: {}\n", "permissions: write-all\n"), "permissions of its own"),
        (lambda text: text.replace("permissions: {}\n", ""), "permissions of its own"),
        (lambda text: text.replace("    permissions:\n      contents: write", "    x:\n      y: z"), "not listed"),
        (lambda text: text.replace("timeout-minutes", "x-minutes"), "no time limit"),
        (lambda text: text.replace("workflow_dispatch", "pull_request_target"), "trigger"),
        (
            lambda text: text + "      - run: echo ${{ github.event.issue.title }}\n",
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


@pytest.mark.parametrize("name", ["action/requirements.txt", "container/requirements.txt"])
def test_the_packages_that_are_installed_are_those_of_the_lock(name: str) -> None:
    lock, needed = entries(TOP / "requirements.lock"), entries(TOP / "contrib" / name)
    assert needed.items() <= lock.items()
    assert all(needed.values())
    project = (
        (TOP / "pyproject.toml").read_text(encoding="utf-8").partition("\ndependencies = [")[2].partition("\n]")[0]
    )
    wanted = set(re.findall(r'^ *"([\w-]+)', project, re.MULTILINE))
    assert len(wanted) > 5
    assert wanted <= {name.partition("==")[0] for name in needed}


def run_action(desk: Desk, remote: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Runs the action's script as GitHub does, with a repository on this machine in place of GitHub."""
    environment = {
        **clean_environment(desk.folder),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "GITHUB_SERVER_URL": f"file://{remote.parent.parent}",
        "GITHUB_REPOSITORY": "curator/notes.git",
        "NOTEBOT_NOW": desk.now or "",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "TOKEN": "s3cret",
    }
    words = ["bash", str(TOP / "contrib/action/run.sh")]
    return subprocess.run(
        words, cwd=desk.folder, env={**environment, **inputs}, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_action_keeps_state_and_digests_on_a_branch_and_a_failure_turns_it_red(tmp_path: Path) -> None:
    remote = tmp_path / "github/curator/notes.git"
    subprocess.run(["git", "init", "--quiet", "--bare", remote], check=True)
    folder = tmp_path / "checkout"
    (folder / "data").mkdir(parents=True)
    with desk_with(None, folder, now=f"{MONDAY}T14:00+09:00") as (arxiv, desk):
        arxiv.day = MONDAY
        desk.sections = {
            "notebot": {"contact": "a@example.org", "state_dir": "data/state", "digest_dir": "data/digests"}
        }
        desk.write_config()
        done = run_action(desk, remote, COMMAND="digest")
        assert (done.returncode, "s3cret" in done.stdout + done.stderr) == (0, False), done
        listed = ["git", "--git-dir", str(remote), "ls-tree", "-r", "--name-only", "notebot-data"]
        kept = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()
        assert {f"digests/{MONDAY}.md", "state/notebot.db"} <= set(kept)
        assert not [name for name in kept if name.endswith(".lock")]
        arxiv.close()
        assert run_action(desk, remote, COMMAND="digest").returncode == 1
        assert not [path for path in folder.rglob("*") if path.is_file() and b"s3cret" in path.read_bytes()]
    wrong = run_action(desk, remote, COMMAND="nonsense")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "digest or fill" in wrong.stderr


@pytest.mark.slow
def test_the_action_fills_one_issue_without_leaving_its_token(tmp_path: Path) -> None:
    with desk_with(None, tmp_path, now=f"{MONDAY}T14:00+09:00") as (arxiv, desk), GitHubServer("s3cret") as github:
        arxiv.day = MONDAY
        repository = github.add_repository(labels={"NLP": None})
        number = github.open_issue(repository, "x", "https://arxiv.org/abs/2605.90001")
        other = github.open_issue(repository, "x", "https://arxiv.org/abs/2605.90002")
        desk.sections["archive"] = {"repo": "curator/notes", "github_url": github.url}
        desk.write_config()
        missing = run_action(desk, tmp_path / "a/b.git", COMMAND="fill")
        assert missing.returncode != 0
        assert "names the issue" in missing.stderr
        done = run_action(desk, tmp_path / "a/b.git", COMMAND="fill", NUMBER=str(number))
        assert done.returncode == 0, done
    assert repository.issues[number]["title"].startswith("[Paper Note] Counting Steps")
    assert repository.issues[other]["title"] == "x"
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"s3cret" in path.read_bytes()]
