"""The repository itself: what is locked, packaged and written down."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from notebot import __version__

TOP = Path(__file__).parents[1]
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (TOP / "requirements.lock").read_text(encoding="utf-8")
# in parts, so that this file does not name what no file may
NEEDLES = [
    "pypi" + ".org",
    "python" + "hosted",
    "/wo" + "rk/",
    "index" + "-url",
    "BEGIN " + "PRIVATE KEY",
    "gh" + "p_",
]


def tracked() -> list[Path]:
    """The files that git keeps; none outside a checkout."""
    try:
        done = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return [path for name in done.stdout.split("\0") if name and (path := TOP / name).is_file()]


def requirements() -> list[str]:
    """The lock's entries, each on one line, without comments."""
    lines = [line for line in LOCK.splitlines() if not line.lstrip().startswith("#")]
    return [entry.strip() for entry in "\n".join(lines).replace("\\\n", "").splitlines() if entry.strip()]


def numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def test_every_locked_package_is_pinned_with_hashes() -> None:
    assert requirements()
    for entry in requirements():
        assert re.match(r"[a-z0-9._-]+==[^ ;]+", entry), entry
        assert re.search(r" --hash=sha256:[0-9a-f]{64}", entry), entry


def test_the_lock_names_no_address_and_no_path() -> None:
    assert "://" not in LOCK
    assert "file:" not in LOCK
    assert not re.search(r"(?m)(?:^|\s)(?:-e\b|/|\.\.?/)", LOCK)


def test_every_dependency_is_locked_within_its_bounds() -> None:
    pinned = dict(entry.split()[0].split("==") for entry in requirements())
    for requirement in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["progress"]]:
        found = re.fullmatch(r"([\w-]+)>=([\d.]+)(?:,<(\d+))?", requirement)
        assert found is not None, requirement
        version = numbers(pinned[found[1]])
        assert numbers(found[2]) <= version
        assert found[3] is None or version < numbers(found[3])


@pytest.mark.skipif(not tracked(), reason="needs a git checkout")
def test_no_tracked_file_names_a_registry_a_private_path_or_a_secret() -> None:
    found = [
        (path.relative_to(TOP), needle)
        for path in tracked()
        for needle in NEEDLES
        if needle in path.read_text(encoding="utf-8", errors="replace")
    ]
    assert found == []


@pytest.mark.skipif(not tracked(), reason="needs a git checkout")
def test_no_generated_file_is_tracked() -> None:
    unwanted = {".pyc", ".db", ".lock"}
    assert [path for path in tracked() if path.suffix in unwanted and path.name != "requirements.lock"] == []


def test_the_extra_called_all_holds_every_other_extra() -> None:
    extras = PROJECT["optional-dependencies"]
    (everything,) = extras["all"]
    found = re.fullmatch(rf"{PROJECT['name']}\[([\w,-]+)\]", everything)
    assert found is not None
    assert set(found[1].split(",")) == extras.keys() - {"all"}


def test_the_package_and_its_metadata_bear_one_version() -> None:
    assert PROJECT["version"] == __version__


def test_the_console_script_leads_to_the_command_line() -> None:
    assert PROJECT["scripts"] == {"notebot": "notebot.cli:main"}


def test_the_licence_is_there() -> None:
    assert PROJECT["license-files"] == ["LICENSE"]
    assert (TOP / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
