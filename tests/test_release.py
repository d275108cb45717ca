"""What is released: the same bytes from every build, and a wheel that works where nothing else is installed."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from acceptance.command import TUESDAY, Desk, Running, clean_environment, run, urls_of, wait_for
from notebot import __version__
from servers.faulty_arxiv import FaultyArxiv

TOP = Path(__file__).parents[1]
EPOCH = 1_780_000_000
"""28 May 2026."""
WHEEL, SDIST = f"paper_notebot-{__version__}-py3-none-any.whl", f"paper_notebot-{__version__}.tar.gz"
needs_git = pytest.mark.skipif(
    shutil.which("git") is None or not (TOP / ".git").exists(), reason="only a git checkout knows what is released"
)


@pytest.fixture(scope="module")
def release() -> ModuleType:
    """The script behind `make release`."""
    spec = importlib.util.spec_from_file_location("release", TOP / "contrib/release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def built(release: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Wheel and sdist by name."""
    tree = release.copy_tree(tmp_path_factory.mktemp("tree"))
    files: dict[str, bytes] = release.build(tree, tmp_path_factory.mktemp("dist"), EPOCH)
    return files


@needs_git
@pytest.mark.slow
def test_another_build_has_the_same_bytes(
    release: ModuleType, built: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert set(built) == {WHEEL, SDIST}
    # the second build starts from the sdist, unpacked in another folder, at another time, with other permissions
    folder = tmp_path_factory.mktemp("unpacked")
    (folder / SDIST).write_bytes(built[SDIST])
    with tarfile.open(folder / SDIST) as archive:
        archive.extractall(folder, filter="data")
    tree = folder / SDIST.removesuffix(".tar.gz")
    for path in tree.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
        os.utime(path, (1, 1))
    again = release.build(tree, folder / "dist", EPOCH)
    assert again[WHEEL] == built[WHEEL]


@needs_git
def test_the_wheel_contains_what_a_user_needs_and_nothing_of_ours(built: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / WHEEL).write_bytes(built[WHEEL])
    with zipfile.ZipFile(tmp_path / WHEEL) as wheel:
        names = wheel.namelist()
        metadata = wheel.read(f"paper_notebot-{__version__}.dist-info/METADATA").decode()
        texts = {name: wheel.read(name) for name in names}
        assert {info.date_time for info in wheel.infolist()} == {wheel.infolist()[0].date_time}
    folders = {name.partition("/")[0] for name in names}
    assert folders == {"notebot", f"paper_notebot-{__version__}.data", f"paper_notebot-{__version__}.dist-info"}
    for needed in (
        "notebot/templates/digest.md.j2",
        "notebot/config.example.toml",
        "notebot/py.typed",
        f"paper_notebot-{__version__}.data/data/share/man/man1/notebot.1",
        f"paper_notebot-{__version__}.dist-info/licenses/LICENSE",
    ):
        assert needed in names
    assert not [name for name in names if name.endswith((".pyc", ".db")) or "/tests/" in name]
    assert f"\nVersion: {__version__}\n" in metadata
    assert not [name for name, text in texts.items() if str(TOP).encode() in text]


@needs_git
def test_a_release_needs_its_tag_and_its_section_in_the_changelog(release: ModuleType) -> None:
    changelog = "# Changelog\n\n## 1.2.3 (2026-12-01)\n"
    assert release.problems("1.2.3", "v1.2.3", changelog) == release.problems("1.2.3", "", changelog) == []
    assert len(release.problems("1.2.3", "v1.2.4", changelog)) == 1
    assert len(release.problems("1.2.4", "v1.2.3", changelog)) == 2


def test_the_list_of_packages_names_each_pinned_package_with_its_hashes(release: ModuleType) -> None:
    requirements = (TOP / "contrib/action/requirements.txt").read_text(encoding="utf-8")
    document: dict[str, Any] = release.sbom(requirements, "paper-notebot", __version__, EPOCH)
    assert json.dumps(document) == json.dumps(release.sbom(requirements, "paper-notebot", __version__, EPOCH))
    pinned = set(re.findall(r"^([\w.-]+)==([^\s;]+)", requirements, re.MULTILINE))
    assert {(each["name"], each["version"]) for each in document["components"]} == pinned
    assert sum(len(each["hashes"]) for each in document["components"]) == requirements.count("sha256:")
    assert all(each["hashes"] for each in document["components"])


# In an environment of its own


@pytest.fixture(scope="module")
def installed(built: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of a fresh environment that contains the wheel with the extra `web`, and no test dependency."""
    folder = tmp_path_factory.mktemp("clean")
    (folder / WHEEL).write_bytes(built[WHEEL])
    lock = (TOP / "requirements.lock").read_text(encoding="utf-8")
    # pinned, so that a package released today breaks no test; without hashes, which would forbid our own wheel
    pins = re.findall(r"^[\w.-]+==[^\\\n]+", lock, re.MULTILINE)
    (folder / "constraints.txt").write_text("\n".join(pins), encoding="utf-8")
    return install(sys.executable, folder, "web")


def install(python: str, folder: Path, extra: str) -> Path:
    """Installs the wheel as a user does; skips where no package index answers."""
    subprocess.run([python, "-m", "venv", folder / "env"], check=True)
    words = [
        *(
            str(folder / "env/bin/python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-compile",
            "--disable-pip-version-check",
        ),
        *("--retries", "0", "--timeout", "20", "--constraint", str(folder / "constraints.txt")),
        f"{folder / WHEEL}[{extra}]",
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        if re.search(r"No matching distribution|connection|network|timed out|retries", done.stderr, re.IGNORECASE):
            pytest.skip(f"no package index answers: {done.stderr.strip().splitlines()[-1]}")
        pytest.fail(done.stderr)
    return folder / "env/bin/notebot"


def run_installed(command: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = clean_environment(cwd)
    return subprocess.run(
        [str(command), *words], cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@needs_git
@pytest.mark.slow
def test_the_wheel_works_where_nothing_else_is_installed(installed: Path, tmp_path: Path) -> None:
    packages = {
        path.name.partition("-")[0] for path in installed.parents[1].glob("lib/python*/site-packages/*.dist-info")
    }
    assert not packages & {"pytest", "hypothesis", "ruff", "mypy", "rich", "sphinx", "hatchling"}
    assert (installed.parents[1] / "share/man/man1/notebot.1").is_file()

    def command(*words: str) -> str:
        done = run_installed(installed, *words, cwd=tmp_path)
        assert done.returncode == 0, (words, done)
        return done.stdout

    assert command("--version") == f"notebot {__version__}\n"
    assert len(command("demo", "tour").splitlines()) == 3
    assert "[Paper Note]" in command("--config", "tour/config.toml", "queue", "list")
    command("init", "mine")

    with FaultyArxiv() as arxiv:
        arxiv.day = TUESDAY
        desk = Desk(tmp_path, urls_of(arxiv))
        desk.sections = {"web": {"listen": "127.0.0.1:0"}}
        desk.write_config()
        fetched = command("--config", str(desk.config), "fetch", "2605.90101")
        assert "[Paper Note] Proof Sketches First" in fetched
        words = [str(installed), "--config", str(desk.config), "web", "--listen", "127.0.0.1:0"]
        with Running(words, tmp_path, {**clean_environment(tmp_path), "PYTHONUNBUFFERED": "1"}) as page:
            wait_for(lambda: "Review page: http" in page.out, "the address of the page")
            found = re.search(r"http://\S+", page.out)
            assert found is not None
            browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
            with browser.open(found[0], timeout=30) as answer:
                assert b"notebot" in answer.read()
            assert page.end() == 0


PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


def interpreters() -> Iterator[tuple[str, str | None]]:
    """Each supported version and an interpreter of it that runs, if this machine has one."""
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for version in PYTHONS:
        known = [shutil.which(f"python{version}"), *map(str, versions.glob(f"{version}.*/bin/python"))]
        yield version, next((path for path in known if path and is_python(path, version)), None)


def is_python(path: str, version: str) -> bool:
    words = [path, "-c", "import sys, venv, ssl; print('%d.%d' % sys.version_info[:2])"]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip() == version


@needs_git
@pytest.mark.slow
@pytest.mark.skipif("NOTEBOT_PYTHONS" not in os.environ, reason="half a minute for each Python: make pythons runs it")
@pytest.mark.parametrize("version", PYTHONS)
def test_the_demo_runs_on_every_supported_python(version: str, built: dict[str, bytes], tmp_path: Path) -> None:
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        pytest.skip("the suite itself runs on this one")
    python = dict(interpreters())[version]
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    (tmp_path / WHEEL).write_bytes(built[WHEEL])
    (tmp_path / "constraints.txt").write_text("", encoding="utf-8")  # what a user of that Python gets today
    command = install(python, tmp_path, "web")
    done = run_installed(command, "demo", "tour", cwd=tmp_path)
    # the same digests as here
    assert run("demo", "here", cwd=tmp_path).code == 0
    assert len(done.stdout.splitlines()) == 3
    for path in sorted((tmp_path / "here/digests").iterdir()):
        assert (tmp_path / "tour/digests" / path.name).read_bytes() == path.read_bytes()
